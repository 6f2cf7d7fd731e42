//! Words rather than anchors: where names, addresses and secrets are looked for.
//!
//! One pass over the bytes of a Text, which most text passes without a stop: it sees shapes of signs
//! (`word_signs`) and marks of the rare words that secrets begin with (`rare_words`). A value that
//! fills a field named for it needs neither.

use crate::blocks::{Cpu, Look, Window, each_batch};
use crate::detectors::{Found, Place};
use crate::family::{Families, Family};
use crate::places::Places;
use crate::rare_words::{CARE_OF_BYTES, MARK_LETTERS, Rare, RareWords};
use crate::segments::{Parted, Segments, Setting, number, offset};
use crate::spelling::{char_at, char_before, is_letter, letter_mask};
use crate::word_signs::{self, SIGN_SHAPES, Sign, may_be, sign_at};
use crate::{address, name, secret};
use hemvist_model::Text;
use std::ops::Range;

/// The longest word, in bytes.
pub(crate) const WORD_BYTES_MAX: usize = 40;

/// Asks the detectors that do not hang on `finder`'s anchors.
pub(crate) fn find_in(
    parted: Parted<'_>,
    mut setting: Setting<'_>,
    room: &mut [Places; 2],
    out: &mut Found,
) {
    let wanted = setting.wanted;
    let of_words = [Family::Address, Family::Name, Family::Secret];
    if !of_words.iter().any(|one| wanted.has(*one)) {
        return;
    }
    find_whole(parted.text, &mut setting, out);
    let mut segments = Segments::new(parted, setting);
    let (bytes, mut words) = (parted.text.bytes, RareWords::default());
    each_batch(bytes, Signs, room, |[signs, marks]| {
        signs.retain(|at| may_be(bytes, at));
        for at in signs.as_slice() {
            if let Some(sign) = sign_at(bytes, offset(*at)) {
                segments.look(offset(*at), out, |place, at, out| {
                    find(place, sign, at, out);
                });
            }
        }
        for at in marks.as_slice() {
            if let Some((word, at)) = words.at(bytes, offset(*at)) {
                segments.look(at, out, |place, at, out| find_rare(place, word, at, out));
            }
        }
    });
}

/// Signs of words, and what rare words begin with.
struct Signs;

impl Look<2> for Signs {
    #[inline(always)]
    fn look(&self, cpu: impl Cpu, window: &Window) -> [u64; 2] {
        [
            cpu.shapes(window, &SIGN_SHAPES),
            cpu.letters(window, &MARK_LETTERS),
        ]
    }
}

/// Looks at a rare word.
fn find_rare(place: &Place<'_>, word: Rare, at: usize, out: &mut Found) {
    match word {
        Rare::Secret(index) if place.wanted.has(Family::Secret) => {
            secret::find(place, index, at, out);
        }
        Rare::CareOf if place.wanted.has(Family::Name) => {
            name::find_care_of(place, at + CARE_OF_BYTES, out);
        }
        _ => {}
    }
}

/// Looks at a sign.
fn find(place: &Place<'_>, sign: Sign, at: usize, out: &mut Found) {
    let names = place.wanted.has(Family::Name);
    let addresses = place.wanted.has(Family::Address);
    let secrets = place.wanted.has(Family::Secret);
    match sign {
        Sign::Label => find_labelled(place, at, out),
        Sign::Url if secrets => secret::find_credentials(place, at + 1, out),
        Sign::Pair if names => name::find(place, at, out),
        Sign::Turned if names => name::find_turned(place, at, out),
        Sign::Numbered if addresses => address::find(place, at, out),
        Sign::Town if addresses => address::find_town(place, at, out),
        _ => {}
    }
}

/// Looks at a `:` or `=` that may stand behind a label. Most labels end with other letters than
/// those of names and secrets.
fn find_labelled(place: &Place<'_>, sign: usize, out: &mut Found) {
    let text = place.text;
    if text.get(sign + 1..sign + 3) == Some(b"//") {
        return;
    }
    let end = label_end(text, sign);
    let Some([one, two, three]) = text.get(..end).and_then(<[u8]>::last_chunk) else {
        return;
    };
    match word_signs::labelled([*one, *two, *three]) {
        Some(Family::Name) if place.wanted.has(Family::Name) => {
            name::find_labelled(place, sign, out);
        }
        Some(Family::Secret) if place.wanted.has(Family::Secret) => {
            secret::find_labelled(place, end, out);
        }
        _ => {}
    }
}

/// Where the label before a sign ends: before a blank, before a quote.
fn label_end(text: &[u8], sign: usize) -> usize {
    let before = |end: usize, signs: &[u8]| {
        let last = end.checked_sub(1).and_then(|at| text.get(at));
        end - usize::from(last.is_some_and(|last| signs.contains(last)))
    };
    before(before(sign, b" "), b"\"'")
}

/// Asks for the values that fill a field named for names, addresses or secrets.
fn find_whole(text: Text<'_>, setting: &mut Setting<'_>, out: &mut Found) {
    let named = |(index, name): (usize, &String)| Named::of(setting.families(text, index), name);
    let fields: Vec<Option<Named>> = text.fields.iter().enumerate().map(named).collect();
    if fields.iter().all(Option::is_none) {
        return;
    }
    for (index, segment) in text.segments.iter().enumerate() {
        let Some(Some(named)) = fields.get(offset(segment.field)) else {
            continue;
        };
        if !segment.whole_value {
            continue;
        }
        let place = setting.place(text, segment);
        out.segment = number(index);
        let asked = |family| place.wanted.has(family) && place.field.has(family);
        if asked(Family::Name) {
            name::find_whole(&place, named.alone, out);
        }
        if asked(Family::Address) {
            address::find_whole(&place, named.postal, out);
        }
        if asked(Family::Secret) {
            secret::find_whole(&place, out);
        }
    }
}

/// What a field's name says that is named for such values.
struct Named {
    /// It says no more than `name`.
    alone: bool,
    /// It names postnummer.
    postal: bool,
}

impl Named {
    /// `None` where the name speaks for other families than those.
    fn of(families: Families, name: &str) -> Option<Self> {
        let worded = [Family::Name, Family::Address, Family::Secret];
        let named = worded.iter().any(|family| families.has(*family));
        named.then(|| Self {
            alone: name::says_little(name.as_bytes()),
            postal: address::is_postal(name),
        })
    }
}

/// Whether a capital begins at `at`.
pub(crate) fn is_capital(text: &[u8], at: usize) -> bool {
    char_at(text, at).is_some_and(|(char, _)| char.is_uppercase())
}

/// Where the word that begins at `at` ends: letters, and `-` or `'` between them.
pub(crate) fn word_end(text: &[u8], at: usize) -> Option<usize> {
    let lane = text.get(at..).and_then(<[u8]>::first_chunk);
    if let Some(lane) = lane {
        let letters = letter_mask(lane).trailing_ones() as usize;
        match lane.get(letters) {
            None | Some(b'-' | b'\'' | 0x80..) => {}
            Some(_) => return (letters > 0).then_some(at + letters),
        }
    }
    long_word_end(text, at)
}

/// The same of any word.
fn long_word_end(text: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    while let Some((char, length)) = char_at(text, end) {
        let inner = matches!(char, '-' | '\'' | '’')
            && end > at
            && char_at(text, end + length).is_some_and(|(char, _)| is_letter(char));
        if !(is_letter(char) || inner) {
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
pub(crate) fn next_capital(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = text.get(at).filter(|byte| **byte == b' ').map(|_| at + 1)?;
    is_capital(text, start).then_some(())?;
    Some(start..word_end(text, start)?)
}

/// Where the word that ends at `end` begins: letters and dashes.
pub(crate) fn word_start(text: &[u8], end: usize) -> Option<usize> {
    let lane = text.get(..end).and_then(<[u8]>::last_chunk);
    if let Some(lane) = lane {
        let letters = (letter_mask(lane) as u16).leading_ones() as usize;
        match lane.iter().nth_back(letters) {
            None | Some(b'-' | 0x80..) => {}
            Some(_) => return (letters > 0).then_some(end - letters),
        }
    }
    long_word_start(text, end)
}

/// The same of any word.
fn long_word_start(text: &[u8], end: usize) -> Option<usize> {
    let mut start = end;
    while let Some((char, length)) = char_before(text, start)
        && (is_letter(char) || char == '-')
    {
        start -= length;
        if end - start > WORD_BYTES_MAX {
            return None;
        }
    }
    // A dash before it is a list's.
    let start = start + usize::from(text.get(start) == Some(&b'-'));
    (start < end).then_some(start)
}

/// The text in lower case, what is no letter or digit as one blank.
pub(crate) fn canonical(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut canonical = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '0'..='9' | 'a'..='z' | '-' | '\'' | 'ß'..='ö' | 'ø'..='ÿ' => canonical.push(char),
            'A'..='Z' => canonical.push(char.to_ascii_lowercase()),
            '\u{80}'.. if char.is_alphanumeric() => canonical.extend(char.to_lowercase()),
            _ if canonical.is_empty() || canonical.ends_with(' ') => {}
            _ => canonical.push(' '),
        }
    }
    canonical.truncate(canonical.trim_end().len());
    (!canonical.is_empty()).then_some(canonical)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What stands around signs: words of names, streets and labels, and what is none.
    fn piece() -> impl Strategy<Value = String> {
        let words = [
            "Anna",
            "anna",
            "och sedan",
            "på båten",
            "Ann-Charlotte",
            "Ann-charlotte",
            "ann-Charlotte",
            "Bo",
            "Åsa",
            "Berg",
            "Öberg",
            "Lindqvist",
            "Laxvägen",
            "Box",
            "Storgatan",
            "524 32",
            "52432",
            "Herrljunga",
            "9",
            "12 B",
            "namn",
            "Name",
            "password",
            "secret",
            "session_id",
            "https",
            "user:pw@",
            "a1b2c3d4e5f6g7h8",
            "c/o",
        ];
        let signs = [
            " ", " ", " ", ", ", ":", ": ", "=", "\"", "' ", "//", "\n", "-", ".", "x", "\u{a0}",
            "–", "…", "’",
        ];
        prop_oneof![
            3 => prop::sample::select(words.to_vec()).prop_map(str::to_owned),
            3 => prop::sample::select(signs.to_vec()).prop_map(str::to_owned),
            1 => ".{0,3}",
        ]
    }

    proptest! {
        #[test]
        fn words_begin_and_end_alike_however_they_are_read(text in "([a-zA-Z]{0,9}|[ -~]|[åÅé’×ª]){0,6}") {
            let bytes = text.as_bytes();
            for at in 0..=bytes.len() {
                prop_assert_eq!(word_end(bytes, at), long_word_end(bytes, at));
                prop_assert_eq!(word_start(bytes, at), long_word_start(bytes, at));
            }
        }

        #[test]
        fn signs_that_are_turned_away_are_none(pieces in prop::collection::vec(piece(), 0..30)) {
            let text = pieces.concat();
            let bytes = text.as_bytes();
            let place = crate::tables::place(bytes);
            each_batch(bytes, Signs, &mut Default::default(), |[signs, _]| {
                for at in signs.as_slice().iter().copied() {
                    let (kept, at) = (may_be(bytes, at), offset(at));
                    let sign = match sign_at(bytes, at) {
                        Some(_) if kept => continue,
                        Some(sign) => sign,
                        None => Sign::Pair,
                    };
                    let mut out = Found::default();
                    find(&place, sign, at, &mut out);
                    assert!(out.candidates.is_empty(), "{text:?} at {at}");
                }
            });
        }
    }
}
