//! Words that say what a value is: labels beside it, and field names, in Swedish and English.
//!
//! Words are compared without case and joined across separators, up to three in a row, so that
//! `E-post`, `e_post`, `ePost` and `epost` are one label. The nearest label before a value
//! decides; one after it counts only where none stands before, and none of another sentence counts.
//!
//! This runs once for every value that is found, so it is written for speed: a mask of the letters
//! before it, and a table that turns most words away by their last three.

use crate::family::{Families, Family};
use crate::label_words::{LABEL_BYTES_MAX, ends_label, family_of, may_be_label};
use crate::spelling::{
    Canonical, LANE_BYTES, byte_mask, digit_mask, digits_from, glued_after, glued_before,
    letter_mask, mask_of,
};
use std::ops::Range;

/// How many bytes before a value may hold its label; of longer field names the end counts.
const WINDOW_BYTES: usize = 64;
/// How many bytes after a value may hold its label.
const AFTER_BYTES: usize = 24;
/// Words looked at before a value that needs its label, and after it.
pub(crate) const WORDS_MAX: usize = 5;
/// Words looked at before an address, whose shape says most.
const ADDRESS_WORDS_MAX: usize = 2;
/// Words that together may be one label.
const JOINED_WORDS_MAX: usize = 3;
/// Random letters spell a label as short as this every now and then.
const SHORT_BYTES_MAX: usize = 3;
/// How many bytes may part a value from a label after it.
const AFTER_OPENING_BYTES: usize = 3;

/// Fifteen digits in groups, the first of four at least, and what may open a label behind them fit:
/// no number that needs its label is longer.
const NUMBER_BYTES: usize = 32;

type Window = [u8; WINDOW_BYTES];

/// The families that a field's name speaks for: `customer.contact.phoneNumber`, `client_ip`.
pub(crate) fn of_field(name: &str) -> Families {
    let (mut families, mut address) = (Families::default(), None);
    let window = spaced(name.as_bytes());
    each_label(
        &window,
        letters(&window),
        false,
        usize::MAX,
        |family, last| {
            if address.is_some_and(|word| last <= word) {
                families = families.without(Family::Address);
            }
            address = (family == Family::Address).then_some(last);
            families = families.with(family);
            true
        },
    );
    families
}

/// The end of a name, with the words of `phoneNumber` parted.
fn spaced(name: &[u8]) -> Window {
    let mut window = [0; WINDOW_BYTES];
    let mut slots = window.iter_mut().rev();
    let mut upper_behind = false;
    for byte in name.iter().rev() {
        if upper_behind && byte.is_ascii_lowercase() {
            slots.next();
        }
        upper_behind = byte.is_ascii_uppercase();
        let Some(slot) = slots.next() else { break };
        *slot = *byte;
    }
    window
}

/// How many words before a value of that family may be its label.
pub(crate) fn words_before(family: Family) -> usize {
    match family {
        Family::Email | Family::Ip | Family::Mac => ADDRESS_WORDS_MAX,
        _ => WORDS_MAX,
    }
}

/// The family that the nearest label before `start` speaks for, of so many words.
#[inline]
pub(crate) fn before(text: &[u8], start: usize, words_max: usize) -> Option<Family> {
    let head = text.get(..start)?;
    match head.last_chunk::<WINDOW_BYTES>() {
        Some(window) => first_label(window, head.len() > WINDOW_BYTES, words_max),
        None => short_label(head, words_max),
    }
}

/// The same near the beginning of a text.
#[inline(never)]
fn short_label(text: &[u8], words_max: usize) -> Option<Family> {
    first_label(&right_aligned(text), false, words_max)
}

/// Whether a label may stand behind a number that begins at `start`: whether letters follow what
/// may be its digits, what parts them (the comma of `8327-9, 123…` too) and what opens a label.
/// Where the text ends before that shows, they may.
pub(crate) fn may_follow(text: &[u8], start: usize) -> bool {
    let window = text
        .get(start..)
        .and_then(|rest| rest.first_chunk::<NUMBER_BYTES>());
    let Some(window) = window else { return true };
    let digits = mask_of(window, digit_mask);
    let parting = |lane: &[u8; LANE_BYTES]| {
        let signs = byte_mask(lane, b'(') | byte_mask(lane, b'[') | byte_mask(lane, b',');
        byte_mask(lane, b' ') | byte_mask(lane, b'-') | signs
    };
    let length = (digits | mask_of(window, parting)).trailing_ones();
    window
        .get(length as usize)
        .is_some_and(u8::is_ascii_alphabetic)
}

/// The family that a label right behind a value of that family speaks for. Addresses are not
/// followed by their label.
pub(crate) fn after(text: &[u8], end: usize, family: Family) -> Option<Family> {
    if words_before(family) == ADDRESS_WORDS_MAX {
        return None;
    }
    let rest = text.get(end..)?;
    let parted = rest.first().is_some_and(is_opening);
    if parted { behind(rest) } else { None }
}

/// What parts a value from a label that follows: ` (personnummer)`, `-personnummer`.
fn is_opening(byte: &u8) -> bool {
    matches!(byte, b' ' | b'(' | b'[' | b'-')
}

/// The family that a label speaks for that little parts from the beginning.
#[inline(never)]
fn behind(rest: &[u8]) -> Option<Family> {
    let near = rest.iter().take(AFTER_OPENING_BYTES);
    let opened = near.take_while(|byte| is_opening(byte)).count();
    rest.get(opened).filter(|byte| byte.is_ascii_alphabetic())?;
    let window = rest.get(..AFTER_BYTES.min(rest.len()))?;
    let stops = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'0'..=b'9' | b':' | b'=');
    let window = match window.iter().position(stops) {
        // `811228-9874, tel 070…`, `…, tel: 070…`: what leads up to the next value is its own.
        Some(stop) if !matches!(window.get(stop), Some(b'\n' | b'\r')) => {
            let window = window.get(..stop)?;
            let clause = |byte: &u8| matches!(byte, b',' | b';' | b')' | b'.');
            window.get(..window.iter().rposition(clause)?)?
        }
        Some(line_end) => window.get(..line_end)?,
        None => window,
    };
    short_label(window, WORDS_MAX)
}

fn right_aligned(text: &[u8]) -> Window {
    let mut window = [0; WINDOW_BYTES];
    let room = window.get_mut(WINDOW_BYTES.saturating_sub(text.len())..);
    if let Some(room) = room.filter(|room| room.len() == text.len()) {
        room.copy_from_slice(text);
    }
    window
}

/// The label that ends last in the window; of `IP address` the whole, not its last word.
#[inline]
fn first_label(window: &Window, torn: bool, words_max: usize) -> Option<Family> {
    let letters = letters(window);
    if may_have_label(window, letters, words_max) {
        last_label(window, letters, torn, words_max)
    } else {
        None
    }
}

/// The same where some word ends as a label does.
#[inline(never)]
fn last_label(window: &Window, letters: u64, torn: bool, words_max: usize) -> Option<Family> {
    let (mut first, mut address) = (None, usize::MAX);
    each_label(window, letters, torn, words_max, |family, last| {
        if last <= address {
            (first, address) = (Some(family), last);
        }
        first == Some(Family::Address)
    });
    first
}

/// Whether one of so many words, from the last on, ends as some label does: most have none that do.
#[inline]
fn may_have_label(window: &Window, letters: u64, words_max: usize) -> bool {
    let mut ends = letters & !(letters >> 1);
    for _ in 0..words_max {
        let Some(last) = ends.checked_ilog2() else {
            return false;
        };
        if ends_as_label(window, letters, last) {
            return true;
        }
        ends ^= 1 << last;
    }
    false
}

/// Whether some label may end with the letter at `last`, whatever parts it from those before: most
/// words end otherwise.
#[inline(always)]
fn ends_as_label(window: &Window, letters: u64, last: u32) -> bool {
    let before = letters & ((1 << last) - 1);
    let second = (before | 1).ilog2();
    let third = (before & !(1 << second) | 1).ilog2();
    let ends = ends_label([third, second, last].map(|at| window[at as usize % WINDOW_BYTES]));
    ends && begins_as_label(window, before | 1 << last, last)
}

/// Whether some label begins and ends as the last of those letters do, of one word or several
/// joined, and is as long.
#[inline(never)]
fn begins_as_label(window: &Window, letters: u64, last: u32) -> bool {
    let letter = |at: u32| window[at as usize % WINDOW_BYTES];
    let mut length = 0;
    words(letters).take(JOINED_WORDS_MAX).any(|word| {
        length += word.range().len();
        may_be_label(letter(word.start), letter(last), length)
    })
}

/// The words that those letters are, from the last to the first.
#[inline(always)]
fn words(letters: u64) -> impl Iterator<Item = Word> {
    let (mut starts, mut ends) = (letters & !(letters << 1), letters & !(letters >> 1));
    std::iter::from_fn(move || {
        let (start, last) = (starts.checked_ilog2()?, ends.checked_ilog2()?);
        (starts, ends) = (starts ^ 1 << start, ends ^ 1 << last);
        Some(Word { start, last })
    })
}

/// Calls `visit` with what up to `words_max` words say, alone and joined with up to two behind
/// them, from the last word to the first, until it returns `false`; and with the word that the
/// label ends with, counted from the last. In a `torn` window the word at its very beginning does
/// not count.
fn each_label(
    window: &Window,
    letters: u64,
    torn: bool,
    words_max: usize,
    mut visit: impl FnMut(Family, usize) -> bool,
) {
    let (mut joined, mut ending) = ([Word::default(); JOINED_WORDS_MAX], 0);
    for (index, word) in words(letters).take(words_max).enumerate() {
        if torn && word.start == 0 {
            // Torn in the middle, it is not known what it says.
            return;
        }
        let [next, after, _] = joined;
        joined = [word, next, after];
        // One bit for each of the three, lowest first.
        ending = ending << 1 & 0b110 | u32::from(ends_as_label(window, letters, word.last));
        if ending != 0
            && let Some((family, behind)) = known(window, joined, ending)
        {
            let end = joined.get(behind).map_or(0, |last| last.range().end);
            if ends_sentence(window, end) || !visit(family, index - behind) {
                return;
            }
        }
    }
}

/// Letters in a row: where the first and the last one stand.
#[derive(Clone, Copy, Default)]
struct Word {
    start: u32,
    last: u32,
}

impl Word {
    fn range(self) -> Range<usize> {
        self.start as usize..self.last as usize + 1
    }
}

/// What the first of the words says, alone or joined with as many behind it as have a bit in
/// `ending`: the longest label, and how many words behind belong to it. A word too short to count
/// says nothing.
fn known(window: &Window, words: [Word; JOINED_WORDS_MAX], ending: u32) -> Option<(Family, usize)> {
    let [first, ..] = words.map(Word::range);
    let mut known = None;
    for (behind, word) in words.into_iter().enumerate() {
        let counts =
            || behind > 0 || first.len() > SHORT_BYTES_MAX || stands_alone(window, first.clone());
        if ending >> behind & 1 != 0
            && let Some(family) = said(window, first.start..word.range().end)
            && counts()
        {
            known = Some((family, behind));
        }
    }
    known
}

/// What the letters there say, joined.
fn said(window: &Window, range: Range<usize>) -> Option<Family> {
    let mut label = Canonical::<LABEL_BYTES_MAX>::new();
    let mut letters = window
        .get(range)?
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic());
    let fits = letters.all(|letter| label.push(letter.to_ascii_lowercase()));
    if fits {
        family_of(label.as_bytes())
    } else {
        None
    }
}

/// Whether a sentence ends behind `from`, and another begins: `ring 112. Sökande 811228-9874`.
#[cold]
fn ends_sentence(window: &Window, from: usize) -> bool {
    let behind = window.get(from..).unwrap_or_default();
    let begins = |rest: &[u8]| {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r');
        let blanks = rest.iter().take_while(blank).count();
        let capital = match rest.get(blanks..) {
            Some([0xc3, second, ..]) => (0x80..0xa0).contains(second),
            Some([first, ..]) => first.is_ascii_uppercase(),
            _ => false,
        };
        blanks > 0 && capital
    };
    let ends = |sign: &u8| matches!(sign, b'.' | b'!' | b'?');
    let mut signs = behind.iter().enumerate().filter(|(_, sign)| ends(sign));
    signs.any(|(at, _)| behind.get(at + 1..).is_some_and(begins))
}

/// Whether a word is one of its own (`pg`, `tel2`, `ipv6`) and no piece of an escape or a token.
#[cold]
fn stands_alone(window: &Window, word: Range<usize>) -> bool {
    let sign = |byte: &u8| matches!(byte, b'%' | b'+' | b'\\' | b'/');
    let behind = window.get(word.end..).unwrap_or_default();
    let digits = digits_from(behind, 0, 2);
    let after = behind.get(digits);
    let ends = digits < 2
        && !glued_after(behind, digits)
        && !after.is_some_and(|byte| sign(byte) || control(byte));
    let before = word.start.checked_sub(1).and_then(|at| window.get(at));
    let begins = before.is_none_or(|byte| {
        !glued_before(window, word.start) && !matches!(byte, b'%' | b'+' | b'\\') && !control(byte)
    });
    begins && ends
}

/// A byte that stands in no text; zeros fill up the window.
fn control(byte: &u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, 0 | b'\t' | b'\n' | b'\r')
}

/// One bit per ASCII letter, lowest first.
#[inline(always)]
fn letters(window: &Window) -> u64 {
    let (lanes, _) = window.as_chunks();
    lanes.iter().rev().fold(0, |mask, lane| {
        (mask << LANE_BYTES) | u64::from(letter_mask(lane))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn field_names_speak_for_their_family() {
        let table: [(&str, &[Family]); 27] = [
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
            ("ip_address", &[Family::Ip]),
            ("ip-adress", &[Family::Ip]),
            ("mac_address", &[Family::Mac]),
            ("email_address", &[Family::Email]),
            ("e-postadress", &[Family::Email]),
            ("adress_epost", &[Family::Address, Family::Email]),
            ("street_address", &[Family::Address]),
            ("zip", &[]),
            ("Förnamn", &[Family::Name]),
            ("kund.fullständigt_namn", &[Family::Name]),
            ("lösenord", &[Family::Secret]),
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
    fn labels_of_one_to_three_words_speak_for_what_follows() {
        for (text, family) in [
            ("personnummer: ", Some(Family::Identity)),
            ("Person nr ", Some(Family::Identity)),
            ("Social security number: ", Some(Family::Identity)),
            ("security number: ", None),
            ("IBAN nummer ", Some(Family::Iban)),
        ] {
            assert_eq!(
                before(text.as_bytes(), text.len(), WORDS_MAX),
                family,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_label_that_follows_may_follow(
            number in prop_oneof!["[0-9]{4,9}([- ]?[0-9]{1,2}){0,3}", "[0-9]{4}([- ][0-9]){8,11}"],
            opening in "[ (\\[-]{0,3}",
            label in prop_oneof![Just("konto"), Just("bankgiro"), Just("pg"), Just("7"), Just("")],
        ) {
            let text = format!("{number}{opening}{label} och mer text som fyller fönstret");
            let followed = after(text.as_bytes(), number.len(), Family::BankAccount).is_some();
            prop_assert!(may_follow(text.as_bytes(), 0) || !followed, "{}", text);
        }
    }

    #[test]
    fn labels_stand_before_or_after() {
        let table = [
            ("Personnummer: #", Some(Family::Identity)),
            ("mitt personnummer är #", Some(Family::Identity)),
            ("Pers. nr #", Some(Family::Identity)),
            ("Födelsenummer #", Some(Family::Identity)),
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
            ("IP address: #", Some(Family::Ip)),
            ("bg #", Some(Family::Bankgiro)),
            ("?tel=#", Some(Family::Phone)),
            ("tel2: #", Some(Family::Phone)),
            ("\ttel\t#", Some(Family::Phone)),
            ("%pg #", None),
            ("a4%3Apg%20#", None),
            ("3pg #", None),
            ("åpg #", None),
            ("pgå #", None),
            ("pg17 #", None),
            ("x+bg/#", None),
            ("\u{1}pg #", None),
            ("ip eller adress #", Some(Family::Address)),
            ("phone, street and address #", Some(Family::Address)),
            ("ring 112. Ärende #", None),
            ("Ring tel. 112! Kunden #", None),
            ("ring 112.\r\nÄrende #", None),
            ("ring 112.\n\nKunden #", None),
            ("Tel. #", Some(Family::Phone)),
            ("pers. nr. #", Some(Family::Identity)),
        ];
        for (text, expected) in table {
            let at = text.find('#').unwrap();
            let label = before(text.as_bytes(), at, WORDS_MAX)
                .or_else(|| after(text.as_bytes(), at + 1, Family::Identity));
            assert_eq!(label, expected, "{text}");
        }
    }
}
