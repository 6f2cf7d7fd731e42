//! Signs of words: a number behind a word, a capital behind a word, a label's sign.
//!
//! A capital is no signal: every sentence has some. What stands right before it is, and three
//! letters more say of most signs that no name, street or label ends there: a rough test of the six
//! bytes there, without branches. All are seen where they end, so that nothing is read ahead.
//! Whoever is told reads the characters; what is turned away here must be what they would turn away.

use crate::address;
use crate::blocks::{Set, Shapes, is, table, within};
use crate::family::Family;
use crate::given_names::GIVEN;
use crate::segments::offset;
use crate::spelling::LANE_BYTES;
use wide::u8x16;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A capital behind a word with a capital and a blank: `Anna Berg`.
    Pair,
    /// The same with a comma between: `Berg, Anna`.
    Turned,
    /// A `:` or `=` behind a word, a quote or a blank.
    Label,
    /// The second `/` of `://`.
    Url,
    /// A digit behind a letter and a blank: `gatan 9`.
    Numbered,
    /// A capital behind digits and a blank: `524 32 Herrljunga`.
    Town,
}

/// What signs look like, and perhaps more: their last bytes and two before it. A capital may also be
/// the first byte of `Å`, `Ä`, `Ö` or `É`.
pub(crate) static SIGN_SHAPES: Shapes = [
    table([
        (LETTER, halves_of_labels(1)),
        (LETTER | QUOTE.0, halves_of_labels(2) | QUOTE.1),
        COLON,
        STREET_END,
        SMALL,
        SMALL,
        DIGIT_OR_COMMA,
        DIGIT_OR_COMMA,
    ]),
    table([
        (LETTER, halves_of_labels(2)),
        (QUOTE.0 | BLANK.0, QUOTE.1 | BLANK.1),
        SLASH,
        BLANK,
        BLANK,
        BLANK,
        BLANK,
        BLANK,
    ]),
    table([
        COLON_OR_EQUAL,
        COLON_OR_EQUAL,
        SLASH,
        DIGIT,
        CAPITAL,
        LATIN,
        CAPITAL,
        LATIN,
    ]),
];
const LETTER: u16 = 0x00f0;
/// And bytes outside ASCII.
const SMALL: Set = (0xffc0, 0xffff);
const CAPITAL: Set = (1 << 4 | 1 << 5, 0xffff);
const LATIN: Set = (1 << 0xc, 1 << 3);
const DIGIT: Set = (1 << 3, 0x03ff);
const DIGIT_OR_COMMA: Set = (1 << 2 | 1 << 3, 0x03ff | 1 << 0xc);
const COLON: Set = (1 << 3, 1 << 0xa);
const COLON_OR_EQUAL: Set = (1 << 3, 1 << 0xa | 1 << 0xd);
const SLASH: Set = (1 << 2, 1 << 0xf);
const QUOTE: Set = (1 << 2, 1 << 2 | 1 << 7);
const BLANK: Set = (1 << 2, 1);
/// The last bytes of words for streets, `é` among them, and of `Box`.
const STREET_END: Set = (
    LETTER | 1 << 0xa,
    1 << 1 | 1 << 4 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 0xe,
);

/// The lower halves of that letter of labels' ends, in either case.
const fn halves_of_labels(letter: usize) -> u16 {
    let (mut halves, mut index) = (0, 0);
    while index < LABELS.len() {
        halves |= 1 << (LABELS[index][letter] % 16);
        index += 1;
    }
    halves
}

/// The first byte of `Å`, `Ä`, `Ö` and `É`.
const LATIN_LEAD: u8 = 0xc3;
/// Their second bytes, of small letters this and those behind it.
const LATIN_SMALL: u8 = 0xa0;

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

/// What a byte says of a sign: in the lowest bits what must end before it.
static BYTES: [u8; 256] = {
    let mut bytes = [NAME; 256];
    let mut index = 0;
    while index < 256 {
        bytes[index] = match index as u8 {
            b':' | b'=' => LABEL,
            b'/' => ANY,
            // The last digit of a postnummer.
            b'0'..=b'9' => STREET | NAME << END_SHIFT,
            b',' => NAME << END_SHIFT,
            b'"' | b'\'' => BETWEEN | LABEL << END_SHIFT,
            b' ' => BETWEEN,
            // What stands beside the capitals.
            b'@' | b'['..=b'_' => 0,
            _ => NAME,
        };
        index += 1;
    }
    bytes
};
const ANY_END: u8 = NAME | STREET | LABEL;
/// Nothing must end before it.
const ANY: u8 = 1 << 7;
/// It may stand between a label's end and its sign.
const BETWEEN: u8 = 1 << 3;
/// Above it, what it stands for where a word would end.
const END_SHIFT: u32 = 4;

/// Whether the bytes around the last one of a shape may be those of a sign.
#[inline(always)]
pub(crate) fn may_be(bytes: &[u8], at: u32) -> bool {
    let around = offset(at)
        .checked_sub(4)
        .and_then(|from| bytes.get(from..)?.first_chunk());
    let Some([far, three, two, one, here]) = around else {
        return true;
    };
    let [apart, between, wanted] = [two, one, here].map(|byte| BYTES[usize::from(*byte)]);
    let is_label = wanted & LABEL != 0;
    let before = u32::from_le_bytes([*far, *three, *two, *one]);
    // A label ends right before its sign or a byte before it, other words always do that.
    let joined = is_label & (between & BETWEEN == 0);
    let ends = ENDS[tail_of(before >> (u32::from(joined) * u8::BITS))];
    (ends | apart >> END_SHIFT | ANY) & wanted & (ANY_END | ANY) != 0
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
        b'/' => Some(Sign::Url),
        b'0'..=b'9' => Some(Sign::Numbered),
        _ => match bytes.get(..at.checked_sub(1)?)? {
            [.., b' ' | b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'] => Some(Sign::Town),
            [.., b','] => Some(Sign::Turned),
            before @ [.., b'a'..=b'z' | 0x80..] => {
                begins_with_capital(before).then_some(Sign::Pair)
            }
            _ => None,
        },
    }
}

/// Whether the word that ends there may begin with a capital, among the last bytes or before.
#[inline(always)]
fn begins_with_capital(before: &[u8]) -> bool {
    let Some(before) = before.last_chunk::<LANE_BYTES>() else {
        return true;
    };
    let lane = u8x16::new(*before);
    let (small, high) = (within(lane, b'a', b'z').to_bitmask(), lane.to_bitmask());
    let word = ((small | high) as u16).leading_ones() as usize;
    let Some(first) = LANE_BYTES.checked_sub(word + 1) else {
        return true;
    };
    // Small letters of Swedish. Other characters may be capitals, or part the word from what is before.
    let leads = is(lane, LATIN_LEAD).to_bitmask();
    let known = leads | leads << 1 & within(lane, LATIN_SMALL, 0xbf).to_bitmask();
    let others = (high & !known) >> first;
    others != 0 || matches!(before.get(first), Some(b'A'..=b'Z' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::{Cpu, Look, Window, each_batch};

    struct Shaped;

    impl Look<1> for Shaped {
        fn look(&self, cpu: impl Cpu, window: &Window) -> [u64; 1] {
            [cpu.shapes(window, &SIGN_SHAPES)]
        }
    }

    fn signs(text: &str) -> Vec<(Sign, usize)> {
        let (bytes, mut found) = (text.as_bytes(), Vec::new());
        each_batch(bytes, Shaped, &mut Default::default(), |[signs]| {
            let all = signs.as_slice().iter().map(|at| *at as usize);
            let kept = all.filter(|at| may_be(bytes, *at as u32));
            found.extend(kept.filter_map(|at| Some((sign_at(bytes, at)?, at))));
        });
        found
    }

    #[test]
    fn signs_are_what_they_say() {
        let table: [(&str, &[(Sign, usize)]); 15] = [
            ("(Anna Berg)", &[(Sign::Pair, 6)]),
            (" Åsa Öberg", &[(Sign::Pair, 6)]),
            ("och sedan med\u{a0}Åsa Öberg", &[(Sign::Pair, 20)]),
            ("x;Bo Ek och", &[(Sign::Pair, 5)]),
            ("“Anna-Karin Berg”", &[(Sign::Pair, 14)]),
            ("Berg, Anna", &[(Sign::Turned, 6)]),
            ("Namn: x", &[(Sign::Label, 4)]),
            ("\"name\": x", &[(Sign::Label, 6)]),
            ("\"name\" : x", &[(Sign::Label, 7)]),
            ("user_ID = x", &[(Sign::Label, 8)]),
            ("https://a", &[(Sign::Url, 7)]),
            ("s3://a", &[(Sign::Url, 4)]),
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
    fn all_labels_and_streets_are_signs() {
        let check = |text: &str, sign: Sign| {
            for text in [text.to_ascii_lowercase(), text.to_ascii_uppercase()] {
                let found = signs(&format!(";{text}"));
                assert_eq!(found, [(sign, text.len())], "{text}");
            }
        };
        for label in LABELS {
            let label = str::from_utf8(&label).unwrap();
            for sign in [":", "=", " :", "\":", "'=", "\" ="] {
                check(&format!("{label}{sign}"), Sign::Label);
            }
        }
        for street in address::ENDINGS.iter().chain(address::LOOSE_ENDINGS) {
            check(&format!("{street} 9"), Sign::Numbered);
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
