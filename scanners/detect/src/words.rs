//! Words that begin with a capital: where names and addresses are looked for.
//!
//! Anchors of their own, apart from `finder`'s: every sentence has some, so this pass runs only
//! when names or addresses are asked for. A value that fills a field named for it needs none.

use crate::detectors::{Found, Place};
use crate::family::Family;
use crate::spelling::{char_at, glued_before};
use crate::{address, email_spelled, name, secret};

/// The longest word, in bytes.
pub(crate) const WORD_BYTES_MAX: usize = 40;

/// Asks the detectors that do not hang on `finder`'s anchors.
pub(crate) fn find_in(place: &Place<'_>, out: &mut Found) {
    let wanted = |family| place.wanted.has(family);
    if wanted(Family::Secret) {
        secret::find_in(place, out);
    }
    if wanted(Family::Email) {
        email_spelled::find_in(place, out);
    }
    let (names, addresses) = (wanted(Family::Name), wanted(Family::Address));
    if !names && !addresses {
        return;
    }
    if names {
        name::find_whole(place, out);
    }
    if addresses {
        address::find_whole(place, out);
    }
    each_capital(place.text, |at| {
        if names {
            name::find(place, at, out);
        }
        if addresses {
            address::find(place, at, out);
        }
    });
}

/// Calls `visit` with the beginning of every word that begins with a capital.
fn each_capital(text: &[u8], mut visit: impl FnMut(usize)) {
    for (at, byte) in text.iter().enumerate() {
        // All of Å, Ä, Ö and É begin with this byte.
        let may_be = byte.is_ascii_uppercase() || *byte == 0xc3;
        if may_be && is_capital(text, at) && !glued_before(text, at) {
            visit(at);
        }
    }
}

fn is_capital(text: &[u8], at: usize) -> bool {
    char_at(text, at).is_some_and(|(char, _)| char.is_uppercase())
}

/// Where the word that begins at `at` ends: letters, and `-` or `'` between them.
pub(crate) fn word_end(text: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    while let Some((char, length)) = char_at(text, end) {
        let inner = matches!(char, '-' | '\'' | '’')
            && end > at
            && char_at(text, end + length).is_some_and(|(char, _)| char.is_alphabetic());
        if !(char.is_alphabetic() || inner) {
            break;
        }
        end += length;
        if end - at > WORD_BYTES_MAX {
            return None;
        }
    }
    (end > at).then_some(end)
}

/// The word that begins with a capital right behind one blank at `at`, if one does.
pub(crate) fn next_capital(text: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let start = text.get(at).filter(|byte| **byte == b' ').map(|_| at + 1)?;
    is_capital(text, start).then_some(())?;
    Some(start..word_end(text, start)?)
}

/// The text in lower case, what is no letter or digit as one blank.
pub(crate) fn canonical(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut canonical = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_alphanumeric() || matches!(char, '-' | '\'') {
            canonical.extend(char.to_lowercase());
        } else if !canonical.ends_with(' ') && !canonical.is_empty() {
            canonical.push(' ');
        }
    }
    canonical.truncate(canonical.trim_end().len());
    (!canonical.is_empty()).then_some(canonical)
}
