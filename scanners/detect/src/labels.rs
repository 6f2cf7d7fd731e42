//! Words that say what a value is: labels beside it, and field names, in Swedish and English.
//!
//! Words are compared without case and joined across separators, up to three in a row, so that
//! `E-post`, `e_post`, `ePost` and `epost` are one label. The nearest label before a value
//! decides; one after it counts only where none stands before.
//!
//! This runs once for every value that is found, so it is written for speed: one pass backwards
//! over few bytes, which ends at the first label.

use crate::compete::Family;
use crate::label_words::family_of;
use hemvist_model::Evidence;

/// How many bytes before a value may hold its label.
const BEFORE_BYTES: usize = 40;
/// How many bytes after a value may hold its label.
const AFTER_BYTES: usize = 24;
/// Words looked at on one side of a value.
const WORDS_MAX: usize = 5;
/// Words that together may be one label.
const JOINED_WORDS_MAX: usize = 3;
/// Longer stretches are read from their end: of a path, the last names count.
const TEXT_BYTES_MAX: usize = 64;

/// A set of families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Families(u8);

impl Families {
    pub(crate) fn with(self, family: Family) -> Self {
        Self(self.0 | bit(family))
    }

    pub(crate) fn has(self, family: Family) -> bool {
        self.0 & bit(family) != 0
    }
}

fn bit(family: Family) -> u8 {
    match family {
        Family::Identity => 1,
        Family::Email => 2,
        Family::Phone => 4,
        Family::Ip => 8,
    }
}

/// The families that a field's name speaks for: `customer.contact.phoneNumber`, `client_ip`.
pub(crate) fn of_field(name: &str) -> Families {
    let name = name.as_bytes();
    let start = name.len().saturating_sub(TEXT_BYTES_MAX);
    let mut families = Families::default();
    each_label(
        name.get(start..).unwrap_or_default(),
        true,
        TEXT_BYTES_MAX,
        |family| {
            families = families.with(family);
            true
        },
    );
    families
}

/// What a field name and the words around `range` say for `family`.
pub(crate) fn weigh(
    text: &[u8],
    range: std::ops::Range<usize>,
    field: Families,
    family: Family,
) -> Evidence {
    let named = if field.has(family) {
        Evidence::FIELD_NAME
    } else {
        Evidence::NONE
    };
    if named != Evidence::NONE {
        return named;
    }
    // Addresses are not followed by their label.
    let may_follow = matches!(family, Family::Identity | Family::Phone);
    let behind = || {
        if may_follow {
            after(text, range.end)
        } else {
            None
        }
    };
    let label = before(text, range.start).or_else(behind);
    if label == Some(family) {
        Evidence::LABEL_NEARBY
    } else {
        Evidence::NONE
    }
}

fn before(text: &[u8], start: usize) -> Option<Family> {
    let from = start.saturating_sub(BEFORE_BYTES);
    last_label(text.get(from..start)?, from == 0)
}

fn after(text: &[u8], end: usize) -> Option<Family> {
    let rest = text.get(end..)?;
    let window = rest.get(..AFTER_BYTES.min(rest.len()))?;
    let stops = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'0'..=b'9' | b':' | b'=');
    let window = match window.iter().position(stops) {
        // `811228-9874, tel 070…`, `…, tel: 070…`: what leads up to the next value is its own.
        Some(stop) if !matches!(window.get(stop), Some(b'\n' | b'\r')) => {
            let window = window.get(..stop)?;
            let clause = window
                .iter()
                .rposition(|byte| matches!(byte, b',' | b';' | b')' | b'.'))?;
            window.get(..clause)?
        }
        Some(line_end) => window.get(..line_end)?,
        None => window,
    };
    last_label(window, true)
}

/// The last label of a text. Unless it is `whole`, its first word may be a torn one.
fn last_label(text: &[u8], whole: bool) -> Option<Family> {
    let mut last = None;
    let torn = |byte: &&u8| {
        LETTERS
            .get(usize::from(**byte))
            .is_some_and(|letter| *letter > 0)
    };
    let skip = if whole {
        0
    } else {
        text.iter().take_while(torn).count()
    };
    each_label(text.get(skip..)?, false, WORDS_MAX, |family| {
        last = Some(family);
        false
    });
    last
}

/// Calls `visit` with what up to `words_max` words of at most [`TEXT_BYTES_MAX`] bytes say, alone
/// and joined with up to two behind them, from the last word to the first, until it returns
/// `false`. With `camel`, `phoneNumber` is two words.
#[inline(always)]
fn each_label(text: &[u8], camel: bool, words_max: usize, mut visit: impl FnMut(Family) -> bool) {
    // The letters of the words without what parts them, filled from the end.
    let mut letters = [0; TEXT_BYTES_MAX];
    let mut start = TEXT_BYTES_MAX;
    // Where the word being read ends, and the two behind it.
    let mut ends = [start; JOINED_WORDS_MAX];
    let (mut words, mut upper_behind) = (0, false);
    let bytes = text
        .iter()
        .rev()
        .take(TEXT_BYTES_MAX)
        .map(Some)
        .chain([None]);
    let mut left = text.len();
    for byte in bytes {
        left = left.saturating_sub(1);
        let letter = byte.map_or(0, |byte| letter(*byte, text, left));
        let inside = start < ends[0];
        let humps = camel && inside && upper_behind && byte.is_some_and(u8::is_ascii_lowercase);
        if inside && (letter == 0 || humps) {
            for end in ends.iter().rev() {
                let family = letters.get(start..*end).and_then(family_of);
                if family.is_some_and(|family| !visit(family)) {
                    return;
                }
            }
            ends = [start, ends[0], ends[1]];
            words += 1;
            if words == words_max {
                return;
            }
        }
        upper_behind = byte.is_some_and(u8::is_ascii_uppercase);
        if letter > 0 {
            start -= 1;
            if let Some(slot) = letters.get_mut(start) {
                *slot = letter;
            }
        }
    }
}

/// The byte at `at` in lower case, 0 if it parts words. The digit of `ipv4` and `inet6` is part of
/// a word.
#[inline(always)]
fn letter(byte: u8, text: &[u8], at: usize) -> u8 {
    if matches!(byte, b'4' | b'6') {
        let before = text.get(at.saturating_sub(3)..at).unwrap_or_default();
        let version = before.eq_ignore_ascii_case(b"ipv") || before.eq_ignore_ascii_case(b"net");
        return if version { byte } else { 0 };
    }
    LETTERS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// Every byte of a word in lower case, 0 for what parts words. Bytes of other letters count as
/// letters, those of NBSP and Unicode spaces do not.
static LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut byte = 0u8;
    loop {
        let other = byte >= 0x80 && !matches!(byte, 0xc2 | 0xe2 | 0xa0 | 0x80 | 0xaf);
        if byte.is_ascii_alphabetic() || other {
            letters[byte as usize] = byte.to_ascii_lowercase();
        }
        if byte == u8::MAX {
            break letters;
        }
        byte += 1;
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_names_speak_for_their_family() {
        let table: [(&str, &[Family]); 17] = [
            ("personnummer", &[Family::Identity]),
            ("customer.personalNumber", &[Family::Identity]),
            ("PERSONAL_NUMBER", &[Family::Identity]),
            ("kund.person_id", &[Family::Identity]),
            ("Pers.nr", &[Family::Identity]),
            ("e-post", &[Family::Email]),
            ("contacts[3].eMail", &[Family::Email]),
            ("email_or_phone", &[Family::Email, Family::Phone]),
            ("mobilePhone2", &[Family::Phone]),
            ("clientIp", &[Family::Ip]),
            ("remote_addr", &[Family::Ip]),
            ("ipv4", &[Family::Ip]),
            (
                "meta.customer_relations.very_long_path.with.many.names.phone",
                &[Family::Phone],
            ),
            ("zip", &[]),
            ("recipe", &[]),
            ("hotel", &[]),
            ("", &[]),
        ];
        for (name, expected) in table {
            let families = expected
                .iter()
                .fold(Families::default(), |set, one| set.with(*one));
            assert_eq!(of_field(name), families, "{name}");
        }
    }

    #[test]
    fn labels_stand_before_or_after() {
        let table = [
            ("Personnummer: #", Some(Family::Identity)),
            ("mitt personnummer är #", Some(Family::Identity)),
            ("Pers. nr #", Some(Family::Identity)),
            ("\"e-post\":\"#", Some(Family::Email)),
            ("Telefon\u{a0}#", Some(Family::Phone)),
            ("personnummer och telefon #", Some(Family::Phone)),
            ("# (personnummer)", Some(Family::Identity)),
            ("#, tel: 08", None),
            ("# men tel 08", None),
            ("# (pnr), tel 08", Some(Family::Identity)),
            ("hotel #", None),
            ("zip #", None),
            ("ipv6 #", Some(Family::Ip)),
        ];
        for (text, expected) in table {
            let at = text.find('#').unwrap();
            let label = before(text.as_bytes(), at).or_else(|| after(text.as_bytes(), at + 1));
            assert_eq!(label, expected, "{text}");
        }
    }
}
