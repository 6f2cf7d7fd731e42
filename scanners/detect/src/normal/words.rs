//! Words for signs: `(at)`, `[dot]`, `[.]`, `(snabel-a)`.

use super::RESYNC_BYTES;
use super::tail::{Change, With};

const SIGNS: &[(&[u8], u8)] = &[
    (b"at", b'@'),
    (b"@", b'@'),
    (b"snabel-a", b'@'),
    (b"snabel a", b'@'),
    (b"snabela", b'@'),
    (b"dot", b'.'),
    (b".", b'.'),
    (b"punkt", b'.'),
    (b":", b':'),
];
/// The longest word with a blank on either side in its brackets.
const INNER_BYTES_MAX: usize = 10;
/// Blanks before a bracket that belong to it.
const BLANKS_MAX: usize = 2;

/// Endings of addresses that are written with words. `if(at)item.call()` is a program.
const TOP_LEVEL: &[&str] = &[
    "ai", "app", "biz", "cloud", "co", "com", "de", "dev", "dk", "edu", "eu", "example", "fi",
    "fr", "gov", "info", "io", "me", "net", "no", "nu", "org", "se", "tech", "uk", "us",
];

/// Whether an address ends as addresses mostly do.
pub(crate) fn is_known_domain(address: &str) -> bool {
    let ending = address.rsplit('.').next().unwrap_or_default();
    TOP_LEVEL.contains(&ending)
}

/// Whether a word for a sign and the closing bracket may stand behind an opening one, if in an escape.
pub(super) fn may_be(rest: &[u8]) -> bool {
    let near = rest.get(..=INNER_BYTES_MAX).unwrap_or(rest);
    let inside = |byte: &&u8| {
        byte.is_ascii_alphabetic()
            || byte.is_ascii_whitespace()
            || matches!(byte, b'-' | b'.' | b'@' | b':')
    };
    let (word, behind) = near.split_at(near.iter().take_while(inside).count());
    match behind.first() {
        Some(b')' | b']' | b'}') => {
            let word = word.trim_ascii();
            SIGNS
                .iter()
                .any(|(known, _)| word.eq_ignore_ascii_case(known))
        }
        behind => {
            behind.is_some_and(|byte| matches!(byte, b'%' | b'=' | b'\\' | b'&' | b'<' | 0x80..))
        }
    }
}

/// The bracketed word that `text` ends with, and the blanks before it.
pub(super) fn sign(text: &[u8]) -> Option<Change> {
    let (close, inside) = text.split_last()?;
    let near = inside.get(inside.len().saturating_sub(INNER_BYTES_MAX + 1)..)?;
    let open = match close {
        b')' => b'(',
        b']' => b'[',
        _ => b'{',
    };
    let at = near.iter().rposition(|byte| *byte == open)?;
    let word = near.get(at + 1..)?.trim_ascii();
    let (_, sign) = SIGNS
        .iter()
        .find(|(known, _)| word.eq_ignore_ascii_case(known))?;
    let before = inside.get(..inside.len() - (near.len() - at))?;
    let blanks = before
        .iter()
        .rev()
        .take(BLANKS_MAX)
        .take_while(|byte| **byte == b' ')
        .count();
    let value = before.get(..before.len() - blanks)?;
    // A word or a number stands before it; `:` may follow another one.
    let follows = value
        .last()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    let length = text.len() - value.len();
    (length < RESYNC_BYTES && follows).then_some(Change::new(length, With::Sign(*sign)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bracketed_words_are_signs() {
        let check = |text: &str, expected: Option<(usize, u8)>| {
            let found = sign(text.as_bytes());
            let expected = expected.map(|(length, sign)| Change::new(length, With::Sign(sign)));
            assert_eq!(found, expected, "{text}");
        };
        check("anna(at)", Some((4, b'@')));
        check("anna [AT]", Some((5, b'@')));
        check("anna ( at )", Some((7, b'@')));
        check("anna{snabel-a}", Some((10, b'@')));
        check("example[dot]", Some((5, b'.')));
        check("example (punkt)", Some((8, b'.')));
        check("10[.]", Some((3, b'.')));
        check("anna (at\n)", Some((6, b'@')));
        check("anna(at]", None);
        check("(at)", None);
        check("anna(a)", None);
        check("f(x, at)", None);
    }
}
