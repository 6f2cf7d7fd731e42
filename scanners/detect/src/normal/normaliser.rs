//! A text being normalised, with the way back to the bytes it came from.

use super::RESYNC_BYTES;
use super::tail::{With, change, hex};
use crate::blocks::is;
use crate::spelling::LANE_BYTES;
use std::ops::Range;
use wide::u8x16;

/// Longest escape whose last byte is no sign of its own: `\u002d`, after its first byte.
const ARMED_BYTES: usize = 6;

/// `%2D`.
const PERCENT_BYTES: usize = 3;

/// Normalised text. Every byte knows where in the original it comes from, as offset and length;
/// all bytes made of one escape name the whole escape.
#[derive(Default)]
pub(crate) struct Normal {
    bytes: Vec<u8>,
    starts: Vec<u32>,
    lengths: Vec<u8>,
    /// Up to this length each byte may complete an escape.
    armed: usize,
    /// The last byte was made of a word for a sign: blanks that follow belong to it.
    sign: bool,
}

impl Normal {
    /// Forgets the text and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.starts.clear();
        self.lengths.clear();
        (self.armed, self.sign) = (0, false);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The original offset of each byte, never descending.
    pub(crate) fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// The original bytes of a range that is not empty.
    pub(crate) fn original(&self, range: Range<usize>) -> Option<Range<usize>> {
        let last = range.end.checked_sub(1)?;
        let start = *self.starts.get(range.start)?;
        Some(start as usize..self.end_of(last)?)
    }

    /// Whether the byte at `at` was written as itself in `original`, right behind the one before.
    pub(crate) fn is_plain(&self, at: usize, original: &[u8]) -> bool {
        let behind = at.checked_sub(1).and_then(|before| self.end_of(before));
        let Some(start) = self.starts.get(at).map(|start| *start as usize) else {
            return false;
        };
        let itself = self.lengths.get(at) == Some(&1) && original.get(start) == self.bytes.get(at);
        itself && behind.is_none_or(|end| end == start)
    }

    fn end_of(&self, at: usize) -> Option<usize> {
        Some(*self.starts.get(at)? as usize + usize::from(*self.lengths.get(at)?))
    }

    /// Appends `original` normalised, from no text at all.
    pub(crate) fn read(&mut self, original: &[u8]) {
        let mut at = 0;
        while let Some(rest) = original.get(at..).filter(|rest| !rest.is_empty()) {
            let plain = if self.bytes.len() < self.armed || self.sign {
                0
            } else {
                plain_bytes(rest)
            };
            let (stretch, rest) = rest.split_at(plain);
            self.copy(stretch, at);
            at += plain;
            if let Some(byte) = self.percent(rest) {
                self.part_if_far(at);
                self.append(byte, at, PERCENT_BYTES);
                at += PERCENT_BYTES;
            } else if let Some(byte) = rest.first() {
                let armed = self.armed;
                self.push(*byte, at, 1);
                at += 1;
                // `a="b"`, `100 %.`: nothing begins here, and most signs are such.
                if matches!(rest, [b'=' | b'%', next, ..] if is_apart(*next)) {
                    self.armed = armed;
                }
            }
        }
    }

    /// The byte that `rest` begins with as `%2D`, where neither it nor what stands before can be
    /// part of anything longer: the most frequent escape, undone at once.
    #[inline]
    fn percent(&self, rest: &[u8]) -> Option<u8> {
        let [b'%', digits @ ..] = rest.first_chunk::<PERCENT_BYTES>()? else {
            return None;
        };
        let byte = hex(digits).filter(|byte| matches!(byte, b' '..=b'~') && !is_trigger(*byte));
        byte.filter(|_| self.bytes.len() >= self.armed && !self.sign)
    }

    fn copy(&mut self, stretch: &[u8], at: usize) {
        if !stretch.is_empty() {
            self.part_if_far(at);
            self.bytes.extend_from_slice(stretch);
            self.starts.extend((at as u32..).take(stretch.len()));
            self.lengths.resize(self.bytes.len(), 1);
        }
    }

    /// Appends one byte that comes from `length` bytes at `start`, and undoes what it completes.
    pub(crate) fn push(&mut self, byte: u8, start: usize, length: usize) {
        if self.sign && byte == b' ' {
            return;
        }
        self.sign = false;
        self.part_if_far(start);
        self.append(byte, start, length);
        while let Some(change) = change(&self.bytes) {
            let cut = self.bytes.len() - change.length;
            let Some(original) = self.original(cut..self.bytes.len()) else {
                return;
            };
            self.bytes.truncate(cut);
            self.starts.truncate(cut);
            self.lengths.truncate(cut);
            match change.with {
                With::Nothing => return,
                With::Byte(byte) => self.replace(&[byte], original),
                With::Sign(byte) => {
                    self.replace(&[byte], original);
                    self.sign = true;
                }
                With::Char(char) => {
                    self.replace(char.encode_utf8(&mut [0; 4]).as_bytes(), original)
                }
            }
        }
    }

    /// Appends what stands for `original`. Escapes nested beyond the limit become a character that
    /// means nothing; any number of backslashes is one.
    fn replace(&mut self, with: &[u8], original: Range<usize>) {
        let mut unreadable = [0; 3];
        char::REPLACEMENT_CHARACTER.encode_utf8(&mut unreadable);
        let near = original
            .start
            .max(original.end.saturating_sub(RESYNC_BYTES));
        let with = if near > original.start && with != b"\\" {
            &unreadable
        } else {
            with
        };
        for byte in with {
            self.append(*byte, near, original.end - near);
        }
    }

    /// What was removed since the last byte parts it from the next when it was long.
    fn part_if_far(&mut self, start: usize) {
        let last = self
            .bytes
            .len()
            .checked_sub(1)
            .and_then(|last| self.end_of(last));
        if let Some(end) = last.filter(|end| start > end + RESYNC_BYTES) {
            for byte in char::REPLACEMENT_CHARACTER.encode_utf8(&mut [0; 4]).bytes() {
                self.append(byte, end, RESYNC_BYTES);
            }
        }
    }

    fn append(&mut self, byte: u8, start: usize, length: usize) {
        self.bytes.push(byte);
        self.starts.push(start as u32);
        self.lengths.push(u8::try_from(length).unwrap_or(u8::MAX));
        if matches!(byte, b'%' | b'=' | b'\\') {
            self.armed = self.bytes.len() + ARMED_BYTES;
        }
    }
}

/// Whether a byte behind `=` or `%` is part of no escape, and of nothing that may become one or
/// vanish.
fn is_apart(byte: u8) -> bool {
    let part = byte.is_ascii_hexdigit() || matches!(byte, b'u' | b'\r' | b'\n' | b'<' | b'&');
    !part && !is_trigger(byte)
}

/// How many bytes there are before the first that [`is_trigger`].
fn plain_bytes(rest: &[u8]) -> usize {
    // Escapes follow one another.
    if rest.first().is_some_and(|byte| is_trigger(*byte)) {
        return 0;
    }
    let (lanes, last) = rest.as_chunks::<LANE_BYTES>();
    for (index, lane) in lanes.iter().enumerate() {
        let triggers = triggers(u8x16::new(*lane));
        if triggers != 0 {
            return index * LANE_BYTES + triggers.trailing_zeros() as usize;
        }
    }
    let plain = last.iter().take_while(|byte| !is_trigger(**byte));
    rest.len() - last.len() + plain.count()
}

/// One bit for each byte that [`is_trigger`], lowest first.
#[inline]
fn triggers(lane: u8x16) -> u32 {
    // Some of them differ in one bit.
    let brackets = is(lane | u8x16::splat(b')' ^ b'+'), b'+') | is(lane | u8x16::splat(0x20), b'}');
    let signs = is(lane, b'%') | is(lane, b'=') | is(lane, b'\\') | is(lane, b';');
    (brackets | signs | is(lane, b'>') | lane).to_bitmask()
}

/// Whether a byte may begin an escape that ends in any byte, or end one.
fn is_trigger(byte: u8) -> bool {
    static TRIGGERS: [bool; 256] = {
        let mut triggers = [false; 256];
        let mut index = 0x80;
        while index < 256 {
            triggers[index] = true;
            index += 1;
        }
        let mut signs = b"%=\\;>)]}+".as_slice();
        while let [sign, rest @ ..] = signs {
            triggers[*sign as usize] = true;
            signs = rest;
        }
        triggers
    };
    TRIGGERS.get(usize::from(byte)).copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normalised(text: &[u8]) -> Normal {
        let mut normal = Normal::default();
        normal.read(text);
        normal
    }

    #[test]
    fn escapes_are_undone_however_deep() {
        let check = |text: &str, expected: &str| {
            let normal = normalised(text.as_bytes());
            assert_eq!(std::str::from_utf8(normal.bytes()), Ok(expected), "{text}");
        };
        check("anna%40example.com", "anna@example.com");
        check("anna%2525252540example.com", "anna@example.com");
        check("811228&amp;amp;#45;9874", "811228-9874");
        check("811228\\\\\\\\u002d9874", "811228-9874");
        check("811228&#37;2D9874", "811228-9874");
        check("811228-=\r\n9874", "811228-9874");
        check("811228-<b>9874</b>", "811228-9874");
        check("811228&lt;b&gt;-9874", "811228-9874");
        check(
            "Bj%C3%B6rn Bj&ouml;rn BjÃ¶rn BjÃƒÂ¶rn",
            "Björn Björn Björn Björn",
        );
        check("anna (at) example (dot) com", "anna@example.com");
        check("10[.]0[.]0[.]1", "10.0.0.1");
        check("８１１２２８－９８７４", "811228-9874");
        check("100% sant; a < b > c", "100% sant; a < b > c");
    }

    #[test]
    fn triggers_are_seen_together() {
        for byte in 0..=255 {
            let seen = triggers(u8x16::splat(byte));
            assert_eq!(seen, if is_trigger(byte) { 0xffff } else { 0 }, "{byte}");
        }
    }

    #[test]
    fn nesting_beyond_the_limit_means_nothing() {
        let text = format!("a%{}40b", "25".repeat(100));
        let normal = normalised(text.as_bytes());
        assert!(normal.bytes().starts_with("a\u{fffd}".as_bytes()));
    }

    #[test]
    fn ranges_name_whole_escapes() {
        let original = b"x811228&#45;9874y";
        let normal = normalised(original);
        assert_eq!(normal.bytes(), b"x811228-9874y");
        assert_eq!(normal.original(1..12), Some(1..16));
        assert_eq!(normal.original(7..8), Some(7..12));
        assert!(normal.is_plain(6, original) && !normal.is_plain(7, original));
        let tagged = normalised(b"8<b>1");
        assert_eq!(tagged.original(0..2), Some(0..5));
        assert!(!tagged.is_plain(1, b"8<b>1"));
    }

    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            "[%=\\\\&;#xu0-9a-f{}<>b/+ ()\\[\\].@-]{0,8}",
            prop::sample::select(vec![
                "%25", "%", "40", "2540", "&amp;", "amp;", "&#", "64;", "&#x26;", "\\u005c",
                "u002d", "\\x5c", "=3D", "3D", "=\n", "=\r\n", "<b>", "&lt;", "&gt;", "(at)",
                " [dot] ", "?a=1+", "Ã", "¥", "ƒÂ", "â€“", "\u{200b}", "\u{ad}", "４", "－", "０",
                "å", "\u{a0}", "%C3", "%A5",
            ])
            .prop_map(str::to_owned),
        ]
    }

    /// Every byte is looked at as the end of an escape.
    fn patiently(text: &[u8]) -> Normal {
        let mut normal = Normal::default();
        for (at, byte) in text.iter().enumerate() {
            normal.push(*byte, at, 1);
        }
        normal
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn normalising_twice_is_normalising_once(pieces in prop::collection::vec(piece(), 0..40)) {
            let once = normalised(pieces.concat().as_bytes());
            let twice = normalised(once.bytes());
            prop_assert_eq!(
                String::from_utf8_lossy(twice.bytes()), String::from_utf8_lossy(once.bytes())
            );
        }

        #[test]
        fn nothing_is_passed_over(pieces in prop::collection::vec(piece(), 0..40)) {
            let text = pieces.concat();
            let (fast, slow) = (normalised(text.as_bytes()), patiently(text.as_bytes()));
            prop_assert_eq!(&fast.bytes, &slow.bytes, "{:?}", text);
            prop_assert_eq!((&fast.starts, &fast.lengths), (&slow.starts, &slow.lengths), "{:?}", text);
        }

        #[test]
        fn every_byte_leads_back(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let normal = normalised(&bytes);
            prop_assert!(normal.starts().is_sorted());
            for at in 0..normal.bytes().len() {
                let original = normal.original(at..at + 1).unwrap();
                prop_assert!(original.start < original.end && original.end <= bytes.len());
            }
        }
    }
}
