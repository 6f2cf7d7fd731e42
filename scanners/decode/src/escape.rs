//! Escapes in JSON strings: what they stand for, and where a cut would split one.
//!
//! What is no valid escape (`\x`, `\u12`) stays as it is written, as text. Two halves of a
//! surrogate pair are one escape; half a pair alone is U+FFFD, so that nothing glues to it.

use memchr::memchr;

use crate::chunk::{Chunk, Lines};
use crate::map::OffsetMap;
use crate::text::offset;

/// Length of `\uXXXX`.
const UNIT_BYTES: usize = 6;

/// One escape in a text.
pub(crate) struct Escape {
    /// Where its backslash is.
    pub(crate) at: usize,
    /// How many bytes it is written in.
    pub(crate) length: usize,
    /// What it stands for.
    pub(crate) character: char,
}

/// The first escape in `bytes` at or after `from`, which lies inside no other.
pub(crate) fn next(bytes: &[u8], from: usize) -> Option<Escape> {
    let mut at = from;
    loop {
        at += memchr(b'\\', bytes.get(at..)?)?;
        if let Some((character, length)) = read(bytes.get(at..)?) {
            return Some(Escape {
                at,
                length,
                character,
            });
        }
        at += 2;
    }
}

/// How many bytes the escape that `bytes` begin with takes; an invalid one takes two. `None` when
/// it is not over yet.
pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
    if *bytes.get(1)? != b'u' {
        return Some(2);
    }
    let digits = bytes.get(2..UNIT_BYTES).or(bytes.get(2..))?;
    match digits.iter().position(|byte| !byte.is_ascii_hexdigit()) {
        Some(_) => Some(2),
        None => (digits.len() == UNIT_BYTES - 2).then_some(UNIT_BYTES),
    }
}

/// The last offset up to `limit` that splits no escape, when `from` splits none. Looks at nothing
/// past `limit`, so that it does not matter how much text is there already.
pub(crate) fn unsplit(bytes: &[u8], from: usize, limit: usize) -> usize {
    let mut at = from;
    while let Some(found) = bytes.get(at..limit).and_then(|rest| memchr(b'\\', rest)) {
        match bytes.get(at + found..limit).and_then(length) {
            Some(length) => at += found + length,
            None => return at + found,
        }
    }
    limit
}

fn read(bytes: &[u8]) -> Option<(char, usize)> {
    let character = match *bytes.get(1)? {
        byte @ (b'"' | b'\\' | b'/') => char::from(byte),
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return read_units(bytes),
        _ => return None,
    };
    Some((character, 2))
}

fn read_units(bytes: &[u8]) -> Option<(char, usize)> {
    let first = unit(bytes)?;
    let second = bytes.get(UNIT_BYTES..).and_then(unit);
    let pair = [Some(first), second].into_iter().flatten();
    match char::decode_utf16(pair).next()? {
        Ok(character) => Some((character, UNIT_BYTES * character.len_utf16())),
        Err(_) => Some((char::REPLACEMENT_CHARACTER, UNIT_BYTES)),
    }
}

/// The UTF-16 unit that `bytes` begin with as `\uXXXX`.
fn unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

/// Puts what they stand for in place of the escapes in those Segments (ascending). A place in the
/// Chunk still leads to its original bytes: of an escape, to all of it.
pub(crate) fn unescape(chunk: &mut Chunk, escaped: &[usize]) {
    let mut text = Unescaped::of(chunk);
    let mut rows: &mut [u32] = match &mut chunk.lines {
        Lines::Rows { ends } => ends,
        Lines::Physical { .. } | Lines::Unremovable => &mut [],
    };
    let mut escaped = escaped.iter().peekable();
    for (number, segment) in chunk.segments.iter_mut().enumerate() {
        let (earlier, later) = rows.split_at_mut(rows.partition_point(|end| *end <= segment.start));
        earlier.iter_mut().for_each(|end| *end -= text.removed());
        rows = later;
        let borders = [
            segment.start,
            segment.start + segment.lead,
            segment.end - segment.trail,
            segment.end,
        ];
        let has_escapes = escaped.next_if(|next| **next == number).is_some();
        let [start, fresh, trail, end] = if has_escapes {
            text.copy_to(segment.start as usize);
            borders.map(|border| text.decode_to(border as usize))
        } else {
            borders.map(|border| border - text.removed())
        };
        (segment.start, segment.end) = (start, end);
        (segment.lead, segment.trail) = (fresh - start, end - trail);
    }
    rows.iter_mut().for_each(|end| *end -= text.removed());
    text.copy_to(text.raw.len());
    (chunk.bytes, chunk.map, chunk.base) = (text.bytes, text.map, 0);
}

/// A Chunk's text on its way from raw to unescaped, which is never longer.
struct Unescaped {
    raw: Vec<u8>,
    raw_map: OffsetMap,
    /// Offset of `raw` in `raw_map`.
    raw_base: u64,
    /// How far `raw` is done.
    done: usize,
    bytes: Vec<u8>,
    map: OffsetMap,
}

impl Unescaped {
    fn of(chunk: &mut Chunk) -> Self {
        let raw = std::mem::take(&mut chunk.bytes);
        let raw_map = std::mem::take(&mut chunk.map);
        Self {
            bytes: Vec::with_capacity(raw.len()),
            map: OffsetMap::starting_at(raw_map.original(chunk.base, chunk.base).start),
            raw,
            raw_map,
            raw_base: chunk.base,
            done: 0,
        }
    }

    /// By how much the text that is done became shorter.
    fn removed(&self) -> u32 {
        offset(self.done - self.bytes.len())
    }

    fn copy_to(&mut self, to: usize) {
        let stretch = self.raw.get(self.done..to).unwrap_or_default();
        self.bytes.extend_from_slice(stretch);
        let (from, until) = (self.raw_base + self.done as u64, self.raw_base + to as u64);
        self.map.append_from(&self.raw_map, from, until);
        self.done = to;
    }

    /// Says where `to` came to lie.
    fn decode_to(&mut self, to: usize) -> u32 {
        while let Some(escape) = next(self.raw.get(..to).unwrap_or_default(), self.done) {
            self.copy_to(escape.at);
            let (from, end) = (self.done as u64, (self.done + escape.length) as u64);
            let original = self
                .raw_map
                .original(self.raw_base + from, self.raw_base + end);
            let mut buffer = [0; 4];
            let encoded = escape.character.encode_utf8(&mut buffer).as_bytes();
            self.bytes.extend_from_slice(encoded);
            let length = u8::try_from(original.end - original.start).unwrap_or(u8::MAX);
            self.map.append(1, encoded.len() as u8, length);
            self.done += escape.length;
        }
        self.copy_to(to);
        offset(self.bytes.len())
    }
}
