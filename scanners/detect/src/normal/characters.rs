//! Characters that stand for others: digits of other scripts, dashes, spaces, fullwidth forms, what
//! is invisible, and UTF-8 that was once read as Windows-1252.
//!
//! Source: Unicode 16 (general categories Nd, Pd, Zs, Cf) and the WHATWG index of Windows-1252.

use crate::spelling::char_before;

/// What a character is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folded {
    /// It stands for itself.
    Same,
    /// It is invisible.
    Removed,
    /// It stands for that ASCII character.
    As(u8),
}

/// The zeros of all decimal digits outside ASCII, ascending; nine more digits follow each.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60,
    0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0,
    0x1e950, 0x1fbf0,
];

/// The characters of the bytes 0x80 to 0x9F in Windows-1252 that are not those of Latin-1.
const WINDOWS_1252: &[(char, u8)] = &[
    ('€', 0x80),
    ('‚', 0x82),
    ('ƒ', 0x83),
    ('„', 0x84),
    ('…', 0x85),
    ('†', 0x86),
    ('‡', 0x87),
    ('ˆ', 0x88),
    ('‰', 0x89),
    ('Š', 0x8a),
    ('‹', 0x8b),
    ('Œ', 0x8c),
    ('Ž', 0x8e),
    ('‘', 0x91),
    ('’', 0x92),
    ('“', 0x93),
    ('”', 0x94),
    ('•', 0x95),
    ('–', 0x96),
    ('—', 0x97),
    ('˜', 0x98),
    ('™', 0x99),
    ('š', 0x9a),
    ('›', 0x9b),
    ('œ', 0x9c),
    ('ž', 0x9e),
    ('Ÿ', 0x9f),
];

/// What a character that is not ASCII is read as.
pub(super) fn fold(char: char) -> Folded {
    if let Some(digit) = digit(char) {
        return Folded::As(b'0' + digit);
    }
    match char {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => Folded::As(b'-'),
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' => Folded::As(b' '),
        '\u{202f}' | '\u{205f}' | '\u{3000}' => Folded::As(b' '),
        '\u{2024}' | '\u{3002}' | '\u{fe52}' | '\u{ff61}' => Folded::As(b'.'),
        '\u{fe55}' => Folded::As(b':'),
        '\u{fe6b}' => Folded::As(b'@'),
        '\u{ff01}'..='\u{ff5e}' => {
            u8::try_from(u32::from(char) - 0xfee0).map_or(Folded::Same, Folded::As)
        }
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' => Folded::Removed,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Folded::Removed,
        '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => Folded::Removed,
        '\u{e0000}'..='\u{e01ef}' => Folded::Removed,
        _ => Folded::Same,
    }
}

fn digit(char: char) -> Option<u8> {
    let code = u32::from(char);
    let behind = ZEROS.partition_point(|zero| *zero <= code);
    let zero = ZEROS.get(behind.checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|digit| *digit < 10)
}

/// The character that the last ones of `text` are when they are taken for the Windows-1252 bytes
/// of its UTF-8, and how many bytes of `text` those take.
pub(super) fn twice_encoded(text: &[u8]) -> Option<(char, usize)> {
    let (mut code, mut shift, mut at) = (0, 0, text.len());
    for _ in 0..4 {
        let (char, length) = char_before(text, at)?;
        at -= length;
        let byte = windows_1252(char)?;
        let lead = match (byte, shift) {
            (0x80..=0xbf, _) => {
                code |= u32::from(byte & 0x3f) << shift;
                shift += 6;
                continue;
            }
            (0xc2..=0xdf, 6) => byte & 0x1f,
            (0xe0..=0xef, 12) => byte & 0x0f,
            (0xf0..=0xf4, 18) => byte & 0x07,
            _ => return None,
        };
        let char = char::from_u32(code | u32::from(lead) << shift)?;
        return (char.len_utf8() * 6 == shift + 6).then_some((char, text.len() - at));
    }
    None
}

/// The byte of a character outside ASCII in Windows-1252, Latin-1's control characters included.
fn windows_1252(char: char) -> Option<u8> {
    match u8::try_from(u32::from(char)) {
        Ok(byte) => Some(byte).filter(|byte| !byte.is_ascii()),
        Err(_) => WINDOWS_1252
            .iter()
            .find(|(known, _)| *known == char)
            .map(|(_, byte)| *byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_read_as_what_they_stand_for() {
        let check = |text: &str, expected: &str| {
            let mut read = String::new();
            for char in text.chars() {
                match fold(char) {
                    Folded::Same => read.push(char),
                    Folded::Removed => {}
                    Folded::As(byte) => read.push(char::from(byte)),
                }
            }
            assert_eq!(read, expected, "{text}");
        };
        check("０１９", "019");
        check("٠٩ ۰۹ ०९ 𝟎𝟗𝟘𝟡𝟶𝟿", "09 09 09 090909");
        check("\u{2010}\u{2015}\u{2212}\u{fe63}\u{ff0d}", "-----");
        check("\u{a0}\u{202f}\u{2009}\u{3000}", "    ");
        check("a\u{ad}b\u{200b}c\u{feff}d\u{2060}", "abcd");
        check("＠．：", "@.:");
        check("åäö €²½", "åäö €²½");
    }

    #[test]
    fn text_that_was_encoded_twice_is_read_once() {
        let check = |text: &str, expected: Option<char>| {
            let found = twice_encoded(text.as_bytes());
            assert_eq!(found.map(|(char, _)| char), expected, "{text}");
            assert!(found.is_none_or(|(_, length)| length == text.len()));
        };
        check("Ã¥", Some('å'));
        check("Ã…", Some('Å'));
        check("Ã\u{96}", Some('Ö'));
        check("Ã–", Some('Ö'));
        check("â€“", Some('–'));
        check("Â\u{a0}", Some('\u{a0}'));
        check("å", None);
        check("¥", None);
        check("a¥", None);
        check("Ãå", None);
    }
}
