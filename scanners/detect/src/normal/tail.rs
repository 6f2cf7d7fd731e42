//! What the end of a text stands for: one escape of any kind, undone as soon as it is complete.
//!
//! Everything is decided by the last bytes alone. A text in which no end of any beginning stands
//! for something else therefore stays as it is, and normalising twice is normalising once; and an
//! escape inside an escape needs no second pass, because the outer one is undone first.

use super::characters::{Folded, fold, twice_encoded};
use super::entity::{self, ENTITY_BYTES_MAX};
use super::{markup, words};
use crate::spelling::char_before;

/// Longest `\u{…}` that is read.
const BRACED_BYTES_MAX: usize = 10;
/// How far behind a `+` its query parameter may begin.
const PARAMETER_BYTES_MAX: usize = 64;

/// The last `length` bytes stand for `with`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) length: usize,
    pub(super) with: With,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum With {
    Nothing,
    /// A byte of a character.
    Byte(u8),
    Char(char),
    /// A word for a sign: blanks after it belong to it.
    Sign(u8),
}

impl Change {
    pub(super) fn new(length: usize, with: With) -> Self {
        Self { length, with }
    }
}

/// What the end of `text` stands for, if it is not itself.
pub(super) fn change(text: &[u8]) -> Option<Change> {
    let (last, before) = text.split_last()?;
    let special = match last {
        b'0'..=b'9' | b'A'..=b'F' | b'a'..=b'f' => hexadecimal(text),
        b';' => reference(text),
        b'>' => markup::tag(text),
        b'}' => braced(text).or_else(|| words::sign(text)),
        b')' | b']' => words::sign(text),
        b'+' => blank_in_query(before),
        b'\n' => soft_break(text),
        0x80..=0xbf => character(text),
        _ => None,
    };
    special.or_else(|| backslash(text))
}

/// `%2D`, `=2D`, `\x2d`, `\u002d`, `%u002d`.
fn hexadecimal(text: &[u8]) -> Option<Change> {
    let byte = hex(text.last_chunk::<2>()?)?;
    let rest = text.get(..text.len() - 2)?;
    let printable = !byte.is_ascii_control() || matches!(byte, b'\t' | b'\n' | b'\r');
    match rest {
        [.., b'%'] if printable => Some(Change::new(3, With::Byte(byte))),
        [before @ .., b'='] if printable && is_quoted_printable(before, text) => {
            Some(Change::new(3, With::Byte(byte)))
        }
        [.., b'\\', b'x'] if printable => Some(Change::new(4, With::Byte(byte))),
        _ => unit(text),
    }
}

/// Whether `=XX` at the end of `text` is an escape and not the value of a key: `id=2012`.
fn is_quoted_printable(before: &[u8], text: &[u8]) -> bool {
    let Some(digits) = text.last_chunk::<2>() else {
        return false;
    };
    if digits.iter().any(u8::is_ascii_lowercase) {
        return false;
    }
    // `=40` is the sign of an address; a blank or a digit is told from a value by what it follows.
    let follows_number = before
        .last_chunk::<4>()
        .is_some_and(|bytes| bytes.iter().all(u8::is_ascii_digit));
    !digits.iter().all(u8::is_ascii_digit) || digits == b"40" || follows_number
}

/// `\u002d` or `%u002d`, or the second half of a surrogate pair.
fn unit(text: &[u8]) -> Option<Change> {
    let second = unit_at_end(text)?;
    if !(0xdc00..0xe000).contains(&second) {
        return char::from_u32(second)
            .filter(|char| !char.is_control() || matches!(char, '\t' | '\n' | '\r'))
            .map(|char| Change::new(6, With::Char(char)));
    }
    let first = unit_at_end(text.get(..text.len() - 6)?)?;
    let high = first.checked_sub(0xd800).filter(|high| *high < 0x400)?;
    char::from_u32(0x10000 + (high << 10) + (second - 0xdc00))
        .map(|char| Change::new(12, With::Char(char)))
}

fn unit_at_end(text: &[u8]) -> Option<u32> {
    let [b'\\' | b'%', b'u', a, b, c, d] = text.last_chunk::<6>()? else {
        return None;
    };
    Some(u32::from(hex(&[*a, *b])?) << 8 | u32::from(hex(&[*c, *d])?))
}

/// The byte that two hex digits write.
pub(super) fn hex(digits: &[u8; 2]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let [high, low] = *digits;
    u8::try_from(value(high)? << 4 | value(low)?).ok()
}

/// `\u{2d}`.
fn braced(text: &[u8]) -> Option<Change> {
    let near = text.get(text.len().saturating_sub(BRACED_BYTES_MAX)..)?;
    let at = near.windows(3).rposition(|window| window == b"\\u{")?;
    let digits = std::str::from_utf8(near.get(at + 3..near.len() - 1)?).ok()?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    let char =
        char::from_u32(code).filter(|char| !char.is_control() && !digits.starts_with('+'))?;
    Some(Change::new(near.len() - at, With::Char(char)))
}

/// `&#45;`, `&ndash;`.
fn reference(text: &[u8]) -> Option<Change> {
    let near = text.get(text.len().saturating_sub(ENTITY_BYTES_MAX)..text.len() - 1)?;
    let at = near.iter().rposition(|byte| *byte == b'&')?;
    let char = entity::character(near.get(at + 1..)?)?;
    Some(Change::new(near.len() + 1 - at, With::Char(char)))
}

/// `\n`, `\/`, `\"`, and any other sign behind a backslash; `\\` is one backslash.
fn backslash(text: &[u8]) -> Option<Change> {
    let [.., b'\\', escaped] = text else {
        return None;
    };
    let byte = match escaped {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        sign if sign.is_ascii_punctuation() => *sign,
        _ => return None,
    };
    Some(Change::new(2, With::Byte(byte)))
}

/// `+` in the value of a query parameter is a blank, unless the value begins with it.
fn blank_in_query(before: &[u8]) -> Option<Change> {
    let near = before.get(before.len().saturating_sub(PARAMETER_BYTES_MAX)..)?;
    let is_open = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b' ' | b'+' | b'[' | b']')
    };
    let equals = near.iter().rposition(|byte| !is_open(byte))?;
    if near.get(equals) != Some(&b'=') || equals + 1 == near.len() {
        return None;
    }
    let named = near.get(..equals)?;
    let opening = named
        .iter()
        .rposition(|byte| !is_open(byte) || *byte == b' ')?;
    let is_parameter = matches!(named.get(opening), Some(b'?' | b'&')) && opening + 1 < equals;
    is_parameter.then_some(Change::new(1, With::Byte(b' ')))
}

/// The soft line break of quoted-printable: `=` at the end of a line.
fn soft_break(text: &[u8]) -> Option<Change> {
    let line = text.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let kept = line.strip_suffix(b"=")?;
    if let Some(kept) = kept.strip_suffix(b"=20") {
        return Some(Change::new(text.len() - kept.len(), With::Byte(b' ')));
    }
    // `==` ends base64.
    (kept.last() != Some(&b'=')).then_some(Change::new(text.len() - kept.len(), With::Nothing))
}

fn character(text: &[u8]) -> Option<Change> {
    let (char, length) = char_before(text, text.len())?;
    if let Some((char, length)) = twice_encoded(text) {
        return Some(Change::new(length, With::Char(char)));
    }
    match fold(char) {
        Folded::Same => None,
        Folded::Removed => Some(Change::new(length, With::Nothing)),
        Folded::As(byte) => Some(Change::new(length, With::Byte(byte))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_stand_for_signs() {
        let check = |text: &str, expected: Option<(usize, With)>| {
            let found = change(text.as_bytes()).map(|change| (change.length, change.with));
            assert_eq!(found, expected, "{text}");
        };
        let byte = |length, byte| Some((length, With::Byte(byte)));
        check("a%2D", byte(3, b'-'));
        check("a%40", byte(3, b'@'));
        check("a%01", None);
        check("a=2D", byte(3, b'-'));
        check("a=2d", None);
        check("anna=40", byte(3, b'@'));
        check("id=20", None);
        check("811228=20", byte(3, b' '));
        check("\\x40", byte(4, b'@'));
        check("\\u002d", Some((6, With::Char('-'))));
        check("%u002D", Some((6, With::Char('-'))));
        check("\\ud835\\udfce", Some((12, With::Char('𝟎'))));
        check("\\udfce", None);
        check("\\u{2d}", Some((6, With::Char('-'))));
        check("\\u{+2d}", None);
        check("&#45;", Some((5, With::Char('-'))));
        check("x;", None);
        check("\\/", byte(2, b'/'));
        check("\\t", byte(2, b'\t'));
        check("\\w", None);
        check("?tel=070+", byte(1, b' '));
        check("&tel=070 174+", byte(1, b' '));
        check("?tel=+", None);
        check("tel=070+", None);
        check("a=\r\n", Some((3, With::Nothing)));
        check("a==\n", None);
        check("a=20=\n", byte(5, b' '));
        check("Ã¥", Some((4, With::Char('å'))));
        check("å", None);
        check("１", byte(3, b'1'));
        check("\u{200b}", Some((3, With::Nothing)));
    }
}
