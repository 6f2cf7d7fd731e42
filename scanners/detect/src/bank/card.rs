//! Payment cards.
//!
//! Rule: 13 to 19 digits by issuer (ISO/IEC 7812): the leading digits are an issuer's, the length
//! is one that it gives, the check digit is Luhn's. Grouped 4-4-4-4 or 4-6-5 it is likely; in one
//! run every tenth reference number with such a beginning looks the same.

use super::{Groups, luhn};
use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::identity::is_joined;
use crate::spelling::digits_from;
use hemvist_model::{Evidence, InfoType, Likelihood};

const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;

/// First and last of the leading four digits, and the lengths that the issuer gives.
const ISSUERS: &[(u16, u16, &[usize])] = &[
    (2221, 2720, &[16]),
    (3000, 3059, &[14]),
    (3400, 3499, &[15]),
    (3528, 3589, &[16]),
    (3600, 3699, &[14]),
    (3700, 3799, &[15]),
    (3800, 3999, &[14]),
    (4000, 4999, &[13, 16, 19]),
    (5100, 5599, &[16]),
    (6011, 6011, &[16, 19]),
    (6200, 6299, &[16, 17, 18, 19]),
    (6440, 6599, &[16, 19]),
];

/// Looks at so many digits that begin at `at`.
pub(crate) fn find(place: &Place<'_>, at: usize, run: usize, out: &mut Found) {
    let issuer = matches!(place.text.get(at), Some(b'2'..=b'6'));
    if !issuer || !(run == 4 || (DIGITS_MIN..=DIGITS_MAX).contains(&run)) {
        return;
    }
    let Some(groups) = read(place.text, at, run) else {
        return;
    };
    let grouped = run == 4;
    let joined =
        is_joined(place.text, at, groups.end) || (grouped && follows_group(place.text, at));
    if !is_number(groups.digits()) || joined {
        return;
    }
    let context = place.context(at..groups.end, Family::Card);
    let (likelihood, doubt) = match (named(context), grouped) {
        (true, _) => (Likelihood::VeryLikely, Evidence::NONE),
        (false, true) => (Likelihood::Likely, Evidence::NONE),
        (false, false) => (Likelihood::Possible, Evidence::LOOKS_LIKE_REFERENCE),
    };
    let evidence = Evidence::SHAPE
        .with(Evidence::CHECKSUM)
        .with(doubt)
        .with(context);
    let identifier = groups.identifier(InfoType::PaymentCard);
    out.push(Candidate::new(
        at..groups.end,
        likelihood,
        evidence,
        identifier,
    ));
}

/// Reads one run, or groups 4-4-4-4(-3) and 4-6-5 with one and the same sign between them.
#[inline]
fn read(text: &[u8], at: usize, run: usize) -> Option<Groups> {
    if run > 4 {
        return Some(Groups::read(text, at, run));
    }
    let sign = text
        .get(at + 4)
        .filter(|byte| matches!(byte, b' ' | b'-'))?;
    let sizes: &[usize] = match digits_from(text, at + 5, 7) {
        4 => &[4, 4, 4, 3],
        6 => &[6, 5],
        _ => return None,
    };
    let (mut end, mut count) = (at + 4, 4);
    for (index, size) in sizes.iter().enumerate() {
        if text.get(end) != Some(sign) || digits_from(text, end + 1, 7) != *size {
            // The last group of three is seldom there.
            if index == 3 {
                break;
            }
            return None;
        }
        end += 1 + size;
        count += size;
    }
    Some(Groups::read(text, at, count))
}

/// Whether the fours of a longer number go on at `at`, parted by one and the same sign: two groups
/// of it stand before, of which the first may have letters, as an IBAN's.
fn follows_group(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).and_then(<[u8]>::last_chunk);
    let Some([_, _, a, b, first, c, d, e, f, second]) = before else {
        return false;
    };
    let sign = text.get(at + 4);
    let digits = [a, b, c, d, e, f].into_iter().all(u8::is_ascii_digit);
    digits && Some(first) == sign && Some(second) == sign
}

/// Whether digits are a card's.
pub(super) fn is_number(digits: &[u8]) -> bool {
    let Some(first) = digits.first_chunk::<4>() else {
        return false;
    };
    let first = first
        .iter()
        .fold(0, |number, digit| number * 10 + u16::from(*digit));
    let given = ISSUERS.iter().any(|(from, to, lengths)| {
        (*from..=*to).contains(&first) && lengths.contains(&digits.len())
    });
    given && luhn(digits)
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    /// Numbers that the issuers publish for tests.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "betalt med 4111 1111 1111 1111.",
            &["LIKELY PAYMENT_CARD 4111111111111111 <4111 1111 1111 1111>"],
        ),
        (
            "5555-5555-5555-4444",
            &["LIKELY PAYMENT_CARD 5555555555554444 <5555-5555-5555-4444>"],
        ),
        (
            "kortnummer 378282246310005",
            &["VERY_LIKELY PAYMENT_CARD 378282246310005 <378282246310005>"],
        ),
        (
            "3782 822463 10005",
            &["LIKELY PAYMENT_CARD 378282246310005 <3782 822463 10005>"],
        ),
        (
            "4111111111111111",
            &["POSSIBLE PAYMENT_CARD 4111111111111111 <4111111111111111>"],
        ),
        (
            "kort: 2024 5555 5555 5555 4444",
            &["LIKELY PAYMENT_CARD 5555555555554444 <5555 5555 5555 4444>"],
        ),
        (
            "ordernr 10024 4111 1111 1111 1111",
            &["LIKELY PAYMENT_CARD 4111111111111111 <4111 1111 1111 1111>"],
        ),
        (
            "txn 884812 4111111111111111 OK",
            &["POSSIBLE PAYMENT_CARD 4111111111111111 <4111111111111111>"],
        ),
        (
            "2024 4111-1111-1111-1111",
            &["LIKELY PAYMENT_CARD 4111111111111111 <4111-1111-1111-1111>"],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "4111 1111 1111 1112",
        "4111 1111-1111 1111",
        "1111 1111 1111 1117",
        "4111111111111111",
        "4111 1111 1111",
        "SE46 5000 4111 1111 1111 1111",
        "20240512123456",
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
