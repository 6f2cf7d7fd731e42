//! Which signs of words are worth reading around: a rough test of the six bytes there, without branches.
//!
//! Three letters before it say of most signs that no name, street or label ends there. Whoever is
//! told reads the characters; what is turned away here must be what they would turn away.

use crate::address;
use crate::family::Family;
use crate::given_names::GIVEN;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A capital behind a word with a capital and a blank: `Anna Berg`.
    Pair,
    /// The same with a comma between: `Berg, Anna`.
    Turned,
    /// A `:` or `=`, not behind a digit or another one.
    Label,
    /// A digit behind a letter and a blank: `gatan 9`.
    Numbered,
    /// A capital behind a digit and a blank: `524 32 Herrljunga`.
    Town,
}

/// The ends of labels of names, then of secrets.
const LABELS: [[u8; TAIL_BYTES]; 15] = [
    *b"amn", *b"ame", *b"son", *b"ord", *b"swd", *b"pwd", *b"key", *b"ken", *b"ret", *b"nid",
    *b"sid", *b"-id", *b"_id", *b"kie", *b"ion",
];
const NAME_LABELS: usize = 3;

/// Bytes of a word's end that are looked at.
const TAIL_BYTES: usize = 3;
/// Bits of the number of a tail, of which there are several times fewer.
const TAIL_BITS: u32 = 12;
const TAILS: usize = 1 << TAIL_BITS;
/// A given name, a street and a label may end so.
const NAME: u8 = 1;
const STREET: u8 = 2;
const LABEL: u8 = 4;

static ENDS: [u8; TAILS] = {
    let mut ends = [0; TAILS];
    add_words(GIVEN, NAME, &mut ends);
    add_all(address::ENDINGS, &mut ends);
    add_all(address::LOOSE_ENDINGS, &mut ends);
    add_words(address::BOX, STREET, &mut ends);
    let mut index = 0;
    while index < LABELS.len() {
        ends[tail(LABELS[index])] |= LABEL;
        index += 1;
    }
    ends
};

const fn add_all(endings: &[&str], ends: &mut [u8; TAILS]) {
    let mut index = 0;
    while index < endings.len() {
        add_words(endings[index], STREET, ends);
        index += 1;
    }
}

/// Adds the tails of words that blanks or line ends part.
const fn add_words(words: &str, kind: u8, ends: &mut [u8; TAILS]) {
    let words = words.as_bytes();
    let (mut start, mut at) = (0, 0);
    while at <= words.len() {
        if at == words.len() || words[at] <= b' ' {
            add_word(words, start, at, kind, ends);
            start = at + 1;
        }
        at += 1;
    }
}

/// Before a word that is shorter than a tail stands any byte.
const fn add_word(words: &[u8], start: usize, end: usize, kind: u8, ends: &mut [u8; TAILS]) {
    if end >= start + TAIL_BYTES {
        ends[tail([words[end - 3], words[end - 2], words[end - 1]])] |= kind;
    } else if end > start {
        assert!(
            end == start + TAIL_BYTES - 1,
            "a word of one letter ends nowhere"
        );
        let mut before = 0;
        while before <= u8::MAX as usize {
            ends[tail([before as u8, words[end - 2], words[end - 1]])] |= kind;
            before += 1;
        }
    }
}

/// A number made of three bytes, the same for either case.
#[inline(always)]
const fn tail([one, two, three]: [u8; TAIL_BYTES]) -> usize {
    tail_of(u32::from_le_bytes([one, two, three, 0]))
}

/// The same of the three lower bytes of a word.
#[inline(always)]
const fn tail_of(bytes: u32) -> usize {
    let letters = bytes & 0x00ff_ffff | 0x0020_2020;
    (letters.wrapping_mul(0x9e37_79b1) >> (u32::BITS - TAIL_BITS)) as usize
}

/// What a byte says of a sign, in the bits of words' ends.
#[derive(Clone, Copy)]
struct Byte {
    /// What must end before it.
    here: u8,
    /// Whether it may stand between a label's end and its sign.
    between: u8,
    /// What it stands for where a word would end.
    end: u8,
}

static BYTES: [Byte; 256] = {
    let (here, between, end) = (NAME, 0, 0);
    let mut bytes = [Byte { here, between, end }; 256];
    let mut index = 0;
    while index < 256 {
        let byte = &mut bytes[index];
        match index as u8 {
            b':' | b'=' => byte.here = LABEL,
            // The last digit of a postnummer.
            b'0'..=b'9' => (byte.here, byte.end) = (STREET, NAME),
            b',' => byte.end = NAME,
            b'"' | b'\'' => (byte.between, byte.end) = (LABEL, LABEL),
            b' ' => byte.between = LABEL,
            _ => {}
        }
        index += 1;
    }
    bytes
};

/// Whether the bytes around one that `word_blocks` saw may be those of a sign.
#[inline(always)]
pub(crate) fn may_be(bytes: &[u8], at: usize) -> bool {
    let around = at
        .checked_sub(4)
        .and_then(|from| bytes.get(from..)?.first_chunk());
    let Some([far, three, two, one, here, next]) = around else {
        return true;
    };
    let [apart, between, wanted] = [two, one, here].map(|byte| BYTES[usize::from(*byte)]);
    let label = wanted.here & LABEL;
    let before = u32::from_le_bytes([*far, *three, *two, *one]);
    // A label ends right before its sign or a byte before it, other words always do that.
    let joined = label & !between.between != 0;
    let ends = ENDS[tail_of(before >> (u32::from(joined) * u8::BITS))];
    ((ends | apart.end) & wanted.here != 0) | (label != 0) & (*next == b'/')
}

/// What a label that ends with those bytes, in either case, is one for.
pub(crate) fn labelled(end: [u8; TAIL_BYTES]) -> Option<Family> {
    let index = LABELS
        .iter()
        .position(|label| label.eq_ignore_ascii_case(&end))?;
    Some(match index {
        0..NAME_LABELS => Family::Name,
        _ => Family::Secret,
    })
}

/// Which sign it is.
pub(crate) fn sign_at(bytes: &[u8], at: usize) -> Option<Sign> {
    match bytes.get(at)? {
        b':' | b'=' => Some(Sign::Label),
        b'0'..=b'9' => Some(Sign::Numbered),
        _ => match at.checked_sub(2).and_then(|before| bytes.get(before))? {
            b'0'..=b'9' => Some(Sign::Town),
            b',' => Some(Sign::Turned),
            b'a'..=b'z' | 0x80.. => Some(Sign::Pair),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::Places;
    use crate::word_blocks::each_sign;

    fn signs(text: &str) -> Vec<(Sign, usize)> {
        let (bytes, mut signs) = (text.as_bytes(), Vec::new());
        each_sign(
            bytes,
            &mut Places::default(),
            |at| may_be(bytes, at),
            |at| signs.extend(sign_at(bytes, at).map(|sign| (sign, at))),
        );
        signs
    }

    #[test]
    fn signs_are_what_they_say() {
        let table: [(&str, &[(Sign, usize)]); 13] = [
            ("(Anna Berg)", &[(Sign::Pair, 6)]),
            (" Åsa Öberg", &[(Sign::Pair, 6)]),
            ("x;Bo Ek och", &[(Sign::Pair, 5)]),
            ("“Anna-Karin Berg”", &[(Sign::Pair, 14)]),
            ("Berg, Anna", &[(Sign::Turned, 6)]),
            ("Namn: x", &[(Sign::Label, 4)]),
            ("\"name\": x", &[(Sign::Label, 6)]),
            ("\"name\" : x", &[(Sign::Label, 7)]),
            ("user_ID = x", &[(Sign::Label, 8)]),
            ("https://a", &[(Sign::Label, 5)]),
            ("gatan 9 b", &[(Sign::Numbered, 6)]),
            ("Box 9 bb", &[(Sign::Numbered, 4)]),
            ("524 32 Herrljunga", &[(Sign::Town, 7)]),
        ];
        for (text, expected) in table {
            for pad in 0..130 {
                let found = signs(&format!("{}{text}", " ".repeat(pad)));
                let expected: Vec<_> = expected
                    .iter()
                    .map(|(sign, at)| (*sign, at + pad))
                    .collect();
                assert_eq!(found, expected, "{text} behind {pad}");
            }
        }
    }

    #[test]
    fn everyday_words_are_no_signs() {
        let text = "Hon kom. det var McDonald som anna Berg\nANNA BERG, 12 h, 08:15:00 a::b=c, \
                    12:30 Swift Linux, fn total: usize = limit * 4; the European Union; INFO Cache 12 \
                    kept 3 Entries, see: this, 2026 och 3 Kronor";
        assert_eq!(signs(text), []);
    }
}
