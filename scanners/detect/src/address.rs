//! Postal addresses in Sweden.
//!
//! Rule: a street (a word that ends like one, `Stora Nygatan`, `Karl Johans gata`) or `Box`, a
//! number with perhaps a letter, then perhaps `lgh NNNN`, a postnummer of three and two digits
//! and the town: `Laxvägen 9, 524 32 Herrljunga`. A postnummer and a town that is known, that
//! stands behind a label or `SE-`. In a field named for it any value with a word and a number, a
//! street's name or a postnummer. Who lives there `c/o` is a name and found as one (`name`).
//! The Identifier is lower case, words and numbers parted by single blanks.
//!
//! Not found: farms without a label, a postnummer alone in running text; foreign addresses on
//! purpose, since every country writes its own.

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::lexicon::{Folded, Lexicon};
use crate::spelling::{digit_at, digits_from, glued_after, glued_before};
use crate::towns::TOWNS;
use crate::words::{canonical, is_capital, next_capital, word_end, word_start};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};

static TOWN_NAMES: Lexicon = Lexicon::new(TOWNS);

/// How streets' names end.
pub(crate) const ENDINGS: &[&str] = &[
    "allé",
    "allén",
    "backen",
    "esplanaden",
    "gata",
    "gatan",
    "gränd",
    "gränden",
    "kajen",
    "slingan",
    "stigen",
    "svängen",
    "torget",
    "vagen",
    "vägen",
];
/// The same, of words that are mostly no streets (`utvärderingen`, `järnväg`, `tidplan`): those
/// need a town or a label.
pub(crate) const LOOSE_ENDINGS: &[&str] = &[
    "grand", "gången", "leden", "plan", "platsen", "ringen", "torg", "väg",
];
/// What a box's number stands behind.
pub(crate) const BOX: &str = "Box";
/// Words that go before the name of a street and belong to it.
const BEFORE_STREETS: &[&str] = &[
    "gamla", "inre", "lilla", "nedre", "norra", "nya", "sankt", "södra", "stora", "västra",
    "yttre", "östra", "övre",
];
/// Words that go before the name of a town and belong to it: `Upplands Väsby`.
const BEFORE_TOWNS: &[&str] = &[
    "gamla", "hisings", "norra", "nya", "stora", "södra", "upplands", "västra", "östra",
];
/// Words that begin a sentence, not the name of a street.
const NO_STREETS: &[&str] = &["bor", "den", "från", "hos", "i", "mot", "på", "till", "vid"];
/// A field's value longer than this is no address.
const VALUE_BYTES_MAX: usize = 120;
/// A value with a shorter word needs more to be an address: `fe80`, `eth0`.
const WORD_BYTES_MIN: usize = 3;
/// Digits of the longest number in an address: a postnummer.
const NUMBER_DIGITS_MAX: usize = 5;
/// Words of a street's name before the one that ends like a street.
const WORDS_MAX: usize = 2;

/// Looks at a digit behind a word and a blank.
pub(crate) fn find(place: &Place<'_>, digit: usize, out: &mut Found) {
    let text = place.text;
    let Some(street) = digit.checked_sub(1) else {
        return;
    };
    let Some((start, surely)) = street_before(text, street) else {
        return;
    };
    let Some(number) = number_end(text, street) else {
        return;
    };
    let end = apartment_end(text, number).unwrap_or(number);
    let whole = town_end(text, end);
    let range = start..whole.unwrap_or(end);
    let context = place.context(range.clone(), Family::Address);
    let likelihood = match (whole.is_some() || named(context), surely) {
        (true, _) => Likelihood::VeryLikely,
        (false, true) => Likelihood::Likely,
        (false, false) => return,
    };
    push(place, range, likelihood, context, out);
}

/// Looks at a capital behind a digit and a blank: a postnummer and its town without a street.
pub(crate) fn find_town(place: &Place<'_>, town: usize, out: &mut Found) {
    let text = place.text;
    let Some((start, country)) = postnummer_before(text, town) else {
        return;
    };
    let Some(end) = word_end(text, town).filter(|_| is_capital(text, town)) else {
        return;
    };
    let folded = text.get(town..end).and_then(Folded::new);
    let known = folded.is_some_and(|word| TOWN_NAMES.has(&word));
    let range = start..whole_town_end(text, town..end);
    let context = place.context(range.clone(), Family::Address);
    let likelihood = match (known, country || named(context)) {
        (true, true) => Likelihood::VeryLikely,
        (true, false) | (false, true) => Likelihood::Likely,
        (false, false) => return,
    };
    push(place, range, likelihood, context, out);
}

/// Where the postnummer before the town at `town` begins, and whether `SE-` stands before it.
fn postnummer_before(text: &[u8], town: usize) -> Option<(usize, bool)> {
    let head = text.get(..town)?;
    let digits = match head {
        [.., b'1'..=b'9', a, b, b' ', c, d, b' '] => ([a, b, c, d], 7),
        [.., b'1'..=b'9', a, b, c, d, b' '] => ([a, b, c, d], 6),
        _ => return None,
    };
    let all = digits.0.into_iter().all(u8::is_ascii_digit);
    let start = town.checked_sub(digits.1).filter(|_| all)?;
    let before = text.get(..start)?;
    let country = before.ends_with(b"SE-") || before.ends_with(b"S-");
    let apart = match before.last() {
        Some(b'-' | b'.' | b',' | b'/' | b'+') => country,
        Some(b' ') => !before.iter().nth_back(1).is_some_and(u8::is_ascii_digit),
        _ => !glued_before(text, start),
    };
    apart.then_some((start, country))
}

/// Whether a field's name is one for postnummer: five digits in another are any number, as in
/// `address_id`.
pub(crate) fn is_postal(field: &str) -> bool {
    let field = field.to_lowercase();
    ["postn", "postk", "postal", "postcode", "zip"]
        .iter()
        .any(|word| field.contains(word))
}

/// A value that fills a field named for addresses, or for postnummer where it is `postal`.
pub(crate) fn find_whole(place: &Place<'_>, postal: bool, out: &mut Found) {
    let text = place.text;
    let fits =
        place.whole_value && place.field.has(Family::Address) && text.len() <= VALUE_BYTES_MAX;
    let postnummer = is_postnummer(text) && (postal || text.contains(&b' '));
    if !fits || !(looks_like_address(text) || postnummer) {
        return;
    }
    let range = 0..text.len();
    let context = place.context(range.clone(), Family::Address);
    // Five digits alone are another country's postal code as well.
    let likelihood = match (text.iter().any(u8::is_ascii_digit), is_postnummer(text)) {
        (true, false) => Likelihood::VeryLikely,
        (true, true) => Likelihood::Likely,
        (false, _) => Likelihood::Possible,
    };
    push(place, range, likelihood, context, out);
}

/// `524 32` and `52432`.
fn is_postnummer(text: &[u8]) -> bool {
    let ([a, b, c, b' ', d, e] | [a, b, c, d, e]) = text else {
        return false;
    };
    *a != b'0' && [a, b, c, d, e].into_iter().all(u8::is_ascii_digit)
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

/// Where the street or `Box` that ends at `end` begins, and whether it is one without a town: a
/// `Box 12` is a picture as often as an address.
fn street_before(text: &[u8], end: usize) -> Option<(usize, bool)> {
    // What most words end with is turned away at once.
    let last = *text.get(end.checked_sub(1)?)?;
    if !matches!(last, b'n' | b'x' | b't' | b'd' | b'g' | b'a' | 0xa9) {
        return None;
    }
    let mut start = word_start(text, end)?;
    let word = text.get(start..end)?;
    if last == b'x' {
        return (word == BOX.as_bytes() && !glued_before(text, start)).then_some((start, false));
    }
    // `Norra Vägen`: the whole word.
    let ends = |ending: &&&str| {
        let tail = word.len().checked_sub(ending.len());
        let tail = tail.and_then(|at| Some((at, word.get(at..)?)));
        tail.is_some_and(|(at, tail)| match at {
            0 => tail.eq_ignore_ascii_case(ending.as_bytes()),
            _ => tail == ending.as_bytes(),
        })
    };
    let sure = ENDINGS.iter().find(ends);
    let ending = sure.or_else(|| LOOSE_ENDINGS.iter().find(ends))?;
    // A street called no more than `Väg` is a way of speaking: its name stands before it.
    let bare = word.len() <= ending.len() + 1;
    let (mut named, mut whose) = (!bare && is_capital(text, start), false);
    for _ in 0..WORDS_MAX {
        let Some(before) = start
            .checked_sub(1)
            .and_then(|blank| capital_before(text, blank))
        else {
            break;
        };
        let word = text.get(before..start - 1).unwrap_or_default();
        if is_one_of(word, NO_STREETS) || !(bare || is_one_of(word, BEFORE_STREETS)) {
            break;
        }
        whose |= word.ends_with(b"s");
        (start, named) = (before, true);
    }
    let surely = if bare { whose } else { sure.is_some() };
    (named && !glued_before(text, start)).then_some((start, surely))
}

/// Where the word with a capital before the blank at `blank` begins.
fn capital_before(text: &[u8], blank: usize) -> Option<usize> {
    let blank = (text.get(blank) == Some(&b' ')).then_some(blank)?;
    word_start(text, blank).filter(|start| is_capital(text, *start))
}

fn is_one_of(word: &[u8], words: &[&str]) -> bool {
    let listed = |word: Folded| words.iter().any(|one| one.as_bytes() == word.as_bytes());
    Folded::new(word).is_some_and(listed)
}

fn is_street(name: &[u8]) -> bool {
    let street = |ending: &&str| name.ends_with(ending.as_bytes()) && name.len() > ending.len() + 1;
    ENDINGS.iter().chain(LOOSE_ENDINGS).any(street)
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
    Some(whole_town_end(text, town))
}

/// Where the town ends whose first word stands there.
fn whole_town_end(text: &[u8], first: std::ops::Range<usize>) -> usize {
    let begins = |word: &[u8]| is_one_of(word, BEFORE_TOWNS);
    let second = text.get(first.clone()).filter(|word| begins(word));
    let second = second.and_then(|_| next_capital(text, first.end));
    second.map_or(first.end, |second| second.end)
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
            "Hon bor på Västra Esplanaden 3, 524 32 Herrljunga",
            &[
                "VERY_LIKELY POSTAL_ADDRESS västra esplanaden 3 524 32 herrljunga <Västra Esplanaden 3, 524 32 Herrljunga>",
            ],
        ),
        (
            "postnummer|524 32",
            &["LIKELY POSTAL_ADDRESS 524 32 <524 32>"],
        ),
        ("zip_code|52432", &["LIKELY POSTAL_ADDRESS 52432 <52432>"]),
        ("zip_code|024 32", &[]),
        ("billing_address_id|48291", &[]),
        ("memory_address|40960", &[]),
        ("address|524 32", &["LIKELY POSTAL_ADDRESS 524 32 <524 32>"]),
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
        (
            "På Lilla Nygatan 4 i går",
            &["LIKELY POSTAL_ADDRESS lilla nygatan 4 <Lilla Nygatan 4>"],
        ),
        (
            "Anna bor på Sjöringen 2, 524 32 Herrljunga",
            &[
                "VERY_LIKELY POSTAL_ADDRESS sjöringen 2 524 32 herrljunga <Sjöringen 2, 524 32 Herrljunga>",
            ],
        ),
        (
            "194 80 Upplands Väsby i dag",
            &["LIKELY POSTAL_ADDRESS 194 80 upplands väsby <194 80 Upplands Väsby>"],
        ),
        (
            "Laxvägen 9, 426 55 Västra Frölunda.",
            &[
                "VERY_LIKELY POSTAL_ADDRESS laxvägen 9 426 55 västra frölunda <Laxvägen 9, 426 55 Västra Frölunda>",
            ],
        ),
        (
            "SE-524 32 Torp",
            &["LIKELY POSTAL_ADDRESS 524 32 torp <524 32 Torp>"],
        ),
        (
            "postadress: 524 32 Herrljunga",
            &["VERY_LIKELY POSTAL_ADDRESS 524 32 herrljunga <524 32 Herrljunga>"],
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
        "Utvärderingen 2023 och Tidplan 12",
        "Enligt Sveriges plan",
        "vår plan 12",
        "Fig 123 45 Results",
        "12345 Items",
        "12 345 67 Stockholm",
        "Baker Street 221, London",
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
