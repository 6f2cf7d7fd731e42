//! Charsets → UTF-8, character by character, with the way back kept.

use std::sync::LazyLock;

use hemvist_model::SkipReason;

use crate::chunk::Charset;
use crate::near::ascii_up_to;
use crate::skips::Skips;
use crate::sniff::bare_utf16;
use crate::text::CHAR_BYTES_MAX;
use crate::window::Window;

const BOM_UTF8: &[u8] = b"\xEF\xBB\xBF";
const BOM_UTF16_LE: &[u8] = b"\xFF\xFE";
const BOM_UTF16_BE: &[u8] = b"\xFE\xFF";

/// Looked at for broken bytes before the rest of a piece is.
const NEAR_BYTES: usize = 128;

/// UTF-16 units that are looked at together.
const UNITS_AT_ONCE: usize = 16;

/// The characters of the bytes 0x80 to 0xFF in Windows-1252, which holds all of printable Latin-1.
static WINDOWS_1252: LazyLock<Vec<char>> = LazyLock::new(|| {
    let bytes: Vec<u8> = (0x80..=0xFF).collect();
    encoding_rs::WINDOWS_1252
        .decode_without_bom_handling(&bytes)
        .0
        .chars()
        .collect()
});

/// Turns an object's bytes into UTF-8 in a [`Window`].
pub(crate) struct Transcoder {
    charset: Charset,
    /// Bytes of a character that is not complete yet.
    held: Vec<u8>,
}

impl Transcoder {
    /// Decides by the object's first bytes. Also says how many of them are a byte order mark.
    pub(crate) fn for_head(head: &[u8]) -> (Self, Charset, usize) {
        let (charset, skipped) = if head.starts_with(BOM_UTF8) {
            (Charset::Utf8, BOM_UTF8.len())
        } else if head.starts_with(BOM_UTF16_LE) {
            (Charset::Utf16Le, BOM_UTF16_LE.len())
        } else if head.starts_with(BOM_UTF16_BE) {
            (Charset::Utf16Be, BOM_UTF16_BE.len())
        } else {
            (bare_utf16(head).unwrap_or(Charset::Utf8), 0)
        };
        (
            Self {
                charset,
                held: Vec::new(),
            },
            charset,
            skipped,
        )
    }

    /// Adds the text of `bytes` to the window; an incomplete character waits for the next bytes.
    pub(crate) fn push(&mut self, mut bytes: &[u8], window: &mut Window) {
        while !self.held.is_empty() {
            let Some((byte, rest)) = bytes.split_first() else {
                return;
            };
            bytes = rest;
            self.held.push(*byte);
            let held = std::mem::take(&mut self.held);
            self.convert(&held, window);
        }
        self.convert(bytes, window);
    }

    /// Says that no more bytes follow.
    pub(crate) fn finish(&mut self, window: &mut Window, skips: &mut Skips) {
        match self.charset {
            Charset::Utf8 | Charset::Latin1 => push_foreign(&self.held, window),
            Charset::Utf16Le | Charset::Utf16Be if !self.held.is_empty() => {
                skips.note(
                    SkipReason::Corrupt,
                    "the UTF-16 text ends inside a character",
                );
            }
            _ => {}
        }
        self.held.clear();
    }

    /// Converts what is complete and holds the rest, which is shorter than a character.
    fn convert(&mut self, bytes: &[u8], window: &mut Window) {
        let done = match self.charset {
            Charset::Utf8 | Charset::Latin1 => convert_utf8(bytes, window),
            Charset::Utf16Le => convert_utf16(bytes, u16::from_le_bytes, window),
            Charset::Utf16Be => convert_utf16(bytes, u16::from_be_bytes, window),
        };
        self.held
            .extend_from_slice(bytes.get(done..).unwrap_or_default());
        debug_assert!(
            self.held.len() < CHAR_BYTES_MAX,
            "more than one character is held"
        );
    }
}

/// Bytes that are no UTF-8 are read one by one, so that nothing is lost. Says how many bytes are
/// done; the others may be the beginning of a character.
fn convert_utf8(bytes: &[u8], window: &mut Window) -> usize {
    let mut rest = bytes;
    loop {
        let (valid, after) = rest.split_at(valid_up_to(rest));
        window.push_utf8(valid);
        let Some(length) = foreign_length(after) else {
            return bytes.len() - after.len();
        };
        let (foreign, after) = after.split_at(length);
        push_foreign(foreign, window);
        rest = after;
    }
}

/// How many bytes are no UTF-8 where valid text ends; `None` when they may only be incomplete.
fn foreign_length(bytes: &[u8]) -> Option<usize> {
    if is_alone(bytes) {
        return Some(1);
    }
    // Four bytes say whether the next character is broken or only incomplete.
    let head = bytes.get(..CHAR_BYTES_MAX).unwrap_or(bytes);
    let error = std::str::from_utf8(head).err()?;
    error.error_len().filter(|_| error.valid_up_to() == 0)
}

/// Whether a byte that is not ASCII comes first and nothing that could continue it: what an
/// umlaut in Latin-1 mostly looks like, and never UTF-8.
fn is_alone(bytes: &[u8]) -> bool {
    matches!(bytes, [first, next, ..] if !first.is_ascii() && next & 0xC0 != 0x80)
}

/// Long text is checked with SIMD; text broken every few bytes is not worth setting that up.
fn valid_up_to(bytes: &[u8]) -> usize {
    let ascii = ascii_up_to(bytes.get(..NEAR_BYTES).unwrap_or(bytes));
    if is_alone(bytes.get(ascii..).unwrap_or_default()) {
        return ascii;
    }
    let (near, far) = bytes.split_at(bytes.len().min(NEAR_BYTES));
    match std::str::from_utf8(near) {
        Err(error) if error.error_len().is_some() || far.is_empty() => error.valid_up_to(),
        Err(error) => {
            let near = error.valid_up_to();
            near + far_up_to(bytes.get(near..).unwrap_or_default())
        }
        Ok(_) => near.len() + far_up_to(far),
    }
}

fn far_up_to(bytes: &[u8]) -> usize {
    match simdutf8::compat::from_utf8(bytes) {
        Ok(text) => text.len(),
        Err(error) => error.valid_up_to(),
    }
}

fn push_foreign(bytes: &[u8], window: &mut Window) {
    for byte in bytes {
        window.mark_foreign();
        let high = usize::from(*byte)
            .checked_sub(0x80)
            .and_then(|high| WINDOWS_1252.get(high));
        window.push_char(high.copied().unwrap_or(char::from(*byte)), 1);
    }
}

/// Lone surrogates become U+FFFD. Says how many bytes are done.
fn convert_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, window: &mut Window) -> usize {
    let unit_at = |at: usize| bytes.get(at..)?.first_chunk::<2>().map(|pair| unit(*pair));
    let mut at = 0;
    while let Some(first) = unit_at(at) {
        if first < 0x80 {
            at += push_ascii_units(bytes.get(at..).unwrap_or_default(), unit, window);
            continue;
        }
        let second = match first {
            0xD800..=0xDBFF => match unit_at(at + 2) {
                Some(second) => Some(second).filter(|second| (0xDC00..=0xDFFF).contains(second)),
                None => return at,
            },
            _ => None,
        };
        let units = std::iter::once(first).chain(second);
        let character = char::decode_utf16(units).next().and_then(Result::ok);
        let original_bytes = if second.is_some() { 4 } else { 2 };
        window.push_char(
            character.unwrap_or(char::REPLACEMENT_CHARACTER),
            original_bytes,
        );
        at += usize::from(original_bytes);
    }
    at
}

/// Adds the ASCII characters that UTF-16 begins with; says how many bytes those are.
fn push_ascii_units(bytes: &[u8], unit: fn([u8; 2]) -> u16, window: &mut Window) -> usize {
    let (units, _) = bytes.as_chunks::<2>();
    let (blocks, rest) = units.as_chunks::<UNITS_AT_ONCE>();
    let mut characters = 0;
    for block in blocks {
        let units = block.map(unit);
        if units.iter().fold(0, |all, unit| all | unit) >= 0x80 {
            let ascii = units.into_iter().map_while(ascii_of);
            return 2 * (characters + window.push_ascii(ascii, 2));
        }
        let ascii = units.map(|unit| ascii_of(unit).unwrap_or_default());
        characters += window.push_ascii(ascii.into_iter(), 2);
    }
    let ascii = rest.iter().map_while(|pair| ascii_of(unit(*pair)));
    2 * (characters + window.push_ascii(ascii, 2))
}

fn ascii_of(unit: u16) -> Option<u8> {
    u8::try_from(unit).ok().filter(u8::is_ascii)
}
