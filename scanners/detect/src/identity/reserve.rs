//! Reserve numbers of health care: for patients without an identity number.
//!
//! Rule, twelve characters with or without a dash before the last four:
//! Stockholm `99yyyyNNNNNC`; Västra Götaland `yyyymmddGggC`, G one of K M X, gg 06 to 89; Värmland
//! `yyyymmddSBNC`, B one of F U X P L, C a letter but V or 1 to 9; Inera `yyyymmxxNNNC`, xx 32 to
//! 59. Source: the regions' formats as HL7 Sweden's base profiles state them.
//!
//! Most have no check digit that is published, so they count with a label only; Stockholm's alone
//! are reported without, as possible.

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::spelling::{Canonical, dash_length, digits_from};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};

use super::ten::Ten;
use super::written::is_joined;

/// Which region's format it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// `99yyyyNNNNNC`.
    Stockholm,
    /// `yyyymmddGggC`.
    VastraGotaland,
    /// `yyyymmddSBNC`.
    Varmland,
    /// `yyyymmxxNNNC`.
    Inera,
}

/// Looks at so many digits that begin at `at`.
#[inline(never)]
pub(super) fn find(place: &Place<'_>, at: usize, run: usize, out: &mut Found) {
    let Some((number, end)) = read(place.text, at, run) else {
        return;
    };
    let Some(region) = region(&number) else {
        return;
    };
    let digits = number.as_bytes();
    let checksum = region == Region::Stockholm && luhn(digits);
    let context = place.context(at..end, Family::Identity);
    let likelihood = match (named(context), region) {
        (true, Region::Stockholm) if !checksum => Likelihood::Possible,
        (true, _) => Likelihood::Likely,
        (false, Region::Stockholm) if checksum => Likelihood::Possible,
        (false, _) => return,
    };
    let check = if checksum {
        Evidence::CHECKSUM
    } else {
        Evidence::NONE
    };
    let evidence = Evidence::SHAPE.with(check).with(context);
    let identifier = Identifier::new(InfoType::SeReserveNumber, number.as_str());
    out.push(Candidate::new(at..end, likelihood, evidence, identifier));
}

/// Reads eight digits of so many, perhaps a dash, and four characters; letters become capitals.
#[inline]
fn read(text: &[u8], at: usize, run: usize) -> Option<(Canonical<12>, usize)> {
    let dash = match run {
        8 => dash_length(text, at + 8),
        12 => 0,
        _ => return None,
    };
    let head = text.get(at..at + 8)?;
    let tail = text.get(at + 8 + dash..at + 12 + dash)?;
    // Most are a date and digits: neither Stockholm's, nor with a day past 31, nor with a letter.
    if !head.starts_with(b"99") && matches!((head, tail), ([.., b'0'..=b'2', _], [b'0'..=b'9', ..]))
    {
        return None;
    }
    let mut number = Canonical::new();
    for byte in head.iter().chain(tail) {
        number.push(byte.to_ascii_uppercase());
    }
    let end = at + 12 + dash;
    let fits = number.as_bytes().iter().all(u8::is_ascii_alphanumeric);
    (fits && !is_joined(text, at, end)).then_some((number, end))
}

/// The format that twelve characters have, if any.
fn region(number: &Canonical<12>) -> Option<Region> {
    let (year, rest) = number.as_bytes().split_first_chunk::<4>()?;
    let (date, tail) = rest.split_first_chunk::<4>()?;
    let two = |tens: u8, ones: u8| (tens - b'0') * 10 + (ones - b'0');
    let [c1, c2, y1, y2] = *year;
    let [m1, m2, d1, d2] = *date;
    let (century, month, day) = (two(c1, c2), two(m1, m2), two(d1, d2));
    if century == 99 {
        let given = matches!(two(y1, y2), 19 | 20);
        return (given && tail.iter().all(u8::is_ascii_digit)).then_some(Region::Stockholm);
    }
    if !(17..=20).contains(&century) || !(1..=12).contains(&month) {
        return None;
    }
    let dated = (1..=31).contains(&day);
    match *tail {
        [
            b'K' | b'M' | b'X',
            tens @ b'0'..=b'8',
            ones @ b'0'..=b'9',
            b'0'..=b'9',
        ] if dated && two(tens, ones) >= 6 => Some(Region::VastraGotaland),
        [b'S', b'F' | b'U' | b'X' | b'P' | b'L', b'0'..=b'9', last]
            if dated
                && (matches!(last, b'1'..=b'9') || (last.is_ascii_uppercase() && last != b'V')) =>
        {
            Some(Region::Varmland)
        }
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'] if (32..=59).contains(&day) => {
            Some(Region::Inera)
        }
        _ => None,
    }
}

/// Reads a number that is the whole text.
pub(super) fn read_whole(text: &[u8]) -> Option<(Identifier, Region)> {
    let (number, end) =
        read(text, 0, digits_from(text, 0, 13)).filter(|(_, end)| *end == text.len())?;
    debug_assert_eq!(end, text.len());
    let region = region(&number)?;
    Some((
        Identifier::new(InfoType::SeReserveNumber, number.as_str()),
        region,
    ))
}

/// The check digit over the last ten.
fn luhn(number: &[u8]) -> bool {
    let Some(two) = number.len().checked_sub(10) else {
        return false;
    };
    Ten::read(number, two, two + 6).is_some_and(Ten::check_digit_fits)
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "reservnummer 992016123453",
            &["LIKELY SE_RESERVE_NUMBER 992016123453 <992016123453>"],
        ),
        (
            "patient 992016123453",
            &["POSSIBLE SE_RESERVE_NUMBER 992016123453 <992016123453>"],
        ),
        (
            "reservnr 19811228K064",
            &["LIKELY SE_RESERVE_NUMBER 19811228K064 <19811228K064>"],
        ),
        (
            "reservnummer: 19811228-SF3A",
            &["LIKELY SE_RESERVE_NUMBER 19811228SF3A <19811228-SF3A>"],
        ),
        (
            "reservnummer|198112451234",
            &["LIKELY SE_RESERVE_NUMBER 198112451234 <198112451234>"],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "992016123452",
        "reservnummer 992116123452",
        "reservnummer 19811228K904",
        "reservnummer 19811228-SF3V",
        "19811228K064",
        "19811228-SF3A",
        "198112451234",
        "reservnummer 198113451234",
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
