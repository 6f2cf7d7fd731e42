//! Postal addresses in Sweden.
//!
//! Rule: a street (a word that ends like one, `Stora Nygatan`, `Karl Johans gata`) or `Box`, a
//! number with perhaps a letter, then perhaps `lgh NNNN`, a postnummer of three and two digits
//! and the town: `Laxvägen 9, 524 32 Herrljunga`. In a field named for it any value with a word and
//! a number, or a street's name.
//! The Identifier is lower case, words and numbers parted by single blanks.
//!
//! Not found: farms and foreign addresses without a label, a postnummer alone in running text.

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::spelling::{digit_at, digits_from, glued_after};
use crate::words::{canonical, next_capital, word_end};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};

/// How streets' names end.
const ENDINGS: &[&str] = &[
    "vägen",
    "gatan",
    "gränd",
    "gränden",
    "stigen",
    "torget",
    "torg",
    "allén",
    "allé",
    "backen",
    "gata",
    "väg",
    "leden",
    "plan",
    "platsen",
    "kajen",
    "gången",
    "slingan",
    "ringen",
    "grand",
    "vagen",
    "svängen",
    "esplanaden",
];
/// A field's value longer than this is no address.
const VALUE_BYTES_MAX: usize = 120;
/// A value with a shorter word needs more to be an address: `fe80`, `eth0`.
const WORD_BYTES_MIN: usize = 3;
/// Digits of the longest number in an address: a postnummer.
const NUMBER_DIGITS_MAX: usize = 5;
/// Words of a street's name before the one that ends like a street.
const WORDS_MAX: usize = 3;

/// Looks at a word with a capital at `at`.
pub(crate) fn find(place: &Place<'_>, at: usize, out: &mut Found) {
    let text = place.text;
    let Some((street, boxed)) = street_end(text, at) else {
        return;
    };
    let Some(number) = number_end(text, street) else {
        return;
    };
    let end = apartment_end(text, number).unwrap_or(number);
    let whole = town_end(text, end);
    let range = at..whole.unwrap_or(end);
    let context = place.context(range.clone(), Family::Address);
    let likelihood = match (whole.is_some() || named(context), boxed) {
        (true, _) => Likelihood::VeryLikely,
        (false, false) => Likelihood::Likely,
        (false, true) => Likelihood::Possible,
    };
    push(place, range, likelihood, context, out);
}

/// A value that fills a field named for addresses.
pub(crate) fn find_whole(place: &Place<'_>, out: &mut Found) {
    let text = place.text;
    let fits =
        place.whole_value && place.field.has(Family::Address) && text.len() <= VALUE_BYTES_MAX;
    if !fits || !looks_like_address(text) {
        return;
    }
    let range = 0..text.len();
    let context = place.context(range.clone(), Family::Address);
    let likelihood = match text.iter().any(u8::is_ascii_digit) {
        true => Likelihood::VeryLikely,
        false => Likelihood::Possible,
    };
    push(place, range, likelihood, context, out);
}

/// A word and a number, or a street: not the address of a mailbox, a machine or a page.
fn looks_like_address(text: &[u8]) -> bool {
    let (mut word, mut number, mut street) = (false, false, false);
    for token in text.split(|byte| byte.is_ascii_whitespace() || *byte == b',') {
        if token.contains(&b'@') || token.windows(3).any(|window| window == b"://") {
            return false;
        }
        let digits = digits_from(token, 0, NUMBER_DIGITS_MAX + 1);
        let rest = token.get(digits..).unwrap_or_default();
        // `9`, `12B`, `3-5`.
        number |= (1..=NUMBER_DIGITS_MAX).contains(&digits)
            && rest.len() < NUMBER_DIGITS_MAX
            && rest
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        word |= word_end(token, 0).is_some_and(|end| end >= WORD_BYTES_MIN);
        street |= is_street(token);
    }
    street || (word && number)
}

fn push(
    place: &Place<'_>,
    range: std::ops::Range<usize>,
    likelihood: Likelihood,
    context: Evidence,
    out: &mut Found,
) {
    let Some(address) = place.text.get(range.clone()).and_then(canonical) else {
        return;
    };
    let identifier = Identifier::new(InfoType::PostalAddress, &address);
    out.push(Candidate::new(
        range,
        likelihood,
        Evidence::SHAPE.with(context),
        identifier,
    ));
}

/// Where the street that begins at `at` ends, and whether it is a post-office box.
fn street_end(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let mut end = word_end(text, at)?;
    if text.get(at..end)? == b"Box" {
        return Some((end, true));
    }
    for _ in 0..WORDS_MAX {
        if is_street(text.get(at..end)?) {
            return Some((end, false));
        }
        // `Stora Nygatan`, `Karl Johans gata`.
        let start = text
            .get(end)
            .filter(|byte| **byte == b' ')
            .map(|_| end + 1)?;
        end = word_end(text, start)?;
    }
    None
}

fn is_street(name: &[u8]) -> bool {
    let last = name.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    ENDINGS.iter().any(|ending| {
        let ending = ending.as_bytes();
        // A street called no more than `Väg` is a way of speaking.
        last.ends_with(ending) && name.len() > ending.len() + 1
    })
}

/// ` 9`, ` 12B`, ` 12 B`: where the number ends.
fn number_end(text: &[u8], at: usize) -> Option<usize> {
    let start = text.get(at).filter(|byte| **byte == b' ').map(|_| at + 1)?;
    let digits = digits_from(text, start, 6);
    let first = digit_at(text, start)?;
    if first == 0 || digits > 5 {
        return None;
    }
    let end = start + digits;
    let letter = usize::from(text.get(end) == Some(&b' '));
    let lettered = text.get(end + letter).is_some_and(u8::is_ascii_uppercase)
        && !glued_after(text, end + letter + 1);
    let end = if lettered { end + letter + 1 } else { end };
    (!glued_after(text, end)).then_some(end)
}

/// `, lgh 1102` and ` lgh 1102`.
fn apartment_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    let rest = rest.strip_prefix(b" lgh ")?;
    let start = text.len() - rest.len();
    let digits = digits_from(text, start, 5);
    (digits == 4).then_some(start + digits)
}

/// `, 524 32 Herrljunga`, also on the next line.
fn town_end(text: &[u8], at: usize) -> Option<usize> {
    let gap = text
        .get(at..)?
        .iter()
        .take_while(|byte| matches!(byte, b',' | b' ' | b'\n' | b'\r'))
        .count();
    let start = at + gap;
    let second = match digits_from(text, start, 6) {
        5 => start + 3,
        3 if text.get(start + 3) == Some(&b' ') => start + 4,
        _ => return None,
    };
    if gap == 0 || gap > 3 || digits_from(text, second, 3) != 2 {
        return None;
    }
    let gap = text
        .get(second + 2..)?
        .iter()
        .take_while(|byte| **byte == b' ')
        .count();
    let town = next_capital(text, (second + 2 + gap).checked_sub(1)?).filter(|_| gap > 0)?;
    Some(town.end)
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "bor på Laxvägen 9, 524 32 Herrljunga.",
            &[
                "VERY_LIKELY POSTAL_ADDRESS laxvägen 9 524 32 herrljunga <Laxvägen 9, 524 32 Herrljunga>",
            ],
        ),
        (
            "Stora Nygatan 12B, lgh 1102, 111 27  Stockholm",
            &[
                "VERY_LIKELY POSTAL_ADDRESS stora nygatan 12b lgh 1102 111 27 stockholm <Stora Nygatan 12B, lgh 1102, 111 27  Stockholm>",
            ],
        ),
        (
            "Karl Johans gata 3 i går",
            &["LIKELY POSTAL_ADDRESS karl johans gata 3 <Karl Johans gata 3>"],
        ),
        (
            "Box 123, 524 21 Herrljunga",
            &["VERY_LIKELY POSTAL_ADDRESS box 123 524 21 herrljunga <Box 123, 524 21 Herrljunga>"],
        ),
        (
            "gatuadress|Torp Norrgården 4",
            &["VERY_LIKELY POSTAL_ADDRESS torp norrgården 4 <Torp Norrgården 4>"],
        ),
        (
            "adress|S:t Eriksgatan 12, 524 32 Herrljunga",
            &[
                "VERY_LIKELY POSTAL_ADDRESS s t eriksgatan 12 524 32 herrljunga <S:t Eriksgatan 12, 524 32 Herrljunga>",
            ],
        ),
        (
            "address|Laxvägen",
            &["POSSIBLE POSTAL_ADDRESS laxvägen <Laxvägen>"],
        ),
        (
            "address|2001:db8::1",
            &["LIKELY IP_ADDRESS 2001:db8::1 <2001:db8::1>"],
        ),
        (
            "address|192.0.2.17",
            &["LIKELY IP_ADDRESS 192.0.2.17 <192.0.2.17>"],
        ),
        (
            "address|00:00:5e:00:53:01",
            &["LIKELY MAC_ADDRESS 00:00:5e:00:53:01 <00:00:5e:00:53:01>"],
        ),
        (
            "address|anna@example.com",
            &["LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>"],
        ),
        ("address|web 12.example.com", &[]),
        ("address|host12", &[]),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "Box 12",
        "Vägen 9",
        "Laxvägen är lång",
        "Planen 2024 gäller",
        "E4 Norrgående 9",
        "Laxvägen 9000000",
    ];

    #[test]
    fn examples() {
        check_examples(EXAMPLES);
    }

    #[test]
    fn negative_examples() {
        check_negative_examples(NEGATIVE_EXAMPLES);
    }
}
