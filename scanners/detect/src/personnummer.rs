//! Personnummer and samordningsnummer.
//!
//! Rule: `YYMMDD-NNNC` or `YYYYMMDD-NNNC`, also without the sign; `+` instead of `-` from the year
//! in which the person turns 100. Birth number 001 to 999; check digit by weights 2,1,2,… over
//! the nine digits without century. A samordningsnummer has day + 60; Skatteverket's own test
//! numbers hold month 00, day 60 and days past the month's end, so these count as incomplete
//! dates. Source: folkbokföringslagen (1991:481) 18 §, Skatteverket SKV 704 and 707.
//!
//! Not read here yet: interim numbers, organisation numbers, dates with separators.

use crate::compete::{Candidate, Century};
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::phone_plan::swedish_line;
use crate::spelling::{
    Canonical, dash_length, digit_at, digits_from, glued_after, glued_before, space_length,
};
use hemvist_model::{Date, Evidence, Identifier, InfoType, Likelihood};

/// A second century is offered only up to this age at the reference date.
const AGE_YEARS_MAX: u16 = 120;
/// Stamps of machines are taken to be from this year or later.
const STAMP_YEAR_MIN: u16 = 1990;
/// Birth numbers from here on are Skatteverket's test series.
const TEST_BIRTH_NUMBER: u16 = 980;
/// Ten digits that begin like this may be seconds since 1970, from 2017 to 2033.
const EPOCH_SECONDS: std::ops::Range<u32> = 15..20;

/// The sign between date and birth number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Minus,
    Plus,
    Absent,
}

/// Ten digits as written, and the century where it is written too.
#[derive(Clone, Copy)]
pub(crate) struct Written {
    pub(crate) century: Option<u16>,
    pub(crate) digits: [u8; 10],
    pub(crate) sign: Sign,
}

/// A number with its century decided.
#[derive(Clone, Copy)]
pub(crate) struct Resolved {
    year: u16,
    digits: [u8; 10],
    coordination: bool,
    real_date: bool,
}

/// Looks at six or more digits that begin at `at`.
#[inline]
pub(crate) fn find(place: &Place<'_>, at: usize, out: &mut Found) {
    let Some((written, end)) = read(place.text, at) else {
        return;
    };
    if !plausible_month(&written) || joined(place.text, at, end) {
        return;
    }
    judge(place, written, at..end, out);
}

/// Reads `6|8 digits, sign or space, 4 digits` or `10|12 digits` and where they end.
fn read(text: &[u8], at: usize) -> Option<(Written, usize)> {
    let run = digits_from(text, at, 13);
    let (date, sign, tail) = match run {
        10 | 12 => (run - 4, Sign::Absent, at + run - 4),
        6 | 8 => {
            let (sign, length) = sign_at(text, at + run)?;
            (run, sign, at + run + length)
        }
        _ => return None,
    };
    if digits_from(text, tail, 5) != 4 {
        return None;
    }
    let short = at + date - 6;
    let century = (date == 8).then(|| two(text, at)).flatten();
    let mut digits = [0; 10];
    for (index, digit) in digits.iter_mut().enumerate() {
        let from = if index < 6 {
            short + index
        } else {
            tail + index - 6
        };
        *digit = digit_at(text, from)?;
    }
    Some((
        Written {
            century,
            digits,
            sign,
        },
        tail + 4,
    ))
}

fn sign_at(text: &[u8], at: usize) -> Option<(Sign, usize)> {
    if text.get(at) == Some(&b'+') {
        return Some((Sign::Plus, 1));
    }
    match (dash_length(text, at), space_length(text, at)) {
        (0, 0) => None,
        (0, space) => Some((Sign::Absent, space)),
        (dash, _) => Some((Sign::Minus, dash)),
    }
}

fn two(text: &[u8], at: usize) -> Option<u16> {
    Some(u16::from(digit_at(text, at)?) * 10 + u16::from(digit_at(text, at + 1)?))
}

/// The cheapest test that most digits fail.
fn plausible_month(written: &Written) -> bool {
    let [_, _, month_tens, month_ones, day_tens, ..] = written.digits;
    let day_fits = day_tens <= 3 || (6..=9).contains(&day_tens);
    month_tens * 10 + month_ones <= 12 && day_fits
}

/// Whether the digits are a piece of something longer: letters, `_`-less ids, decimals, versions.
fn joined(text: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    let digit_before = start
        .checked_sub(2)
        .and_then(|at| digit_at(text, at))
        .is_some();
    let joined_before = match before {
        Some(b'+') => true,
        Some(b'-' | b'.') => digit_before,
        Some(b'_') | None => false,
        Some(_) => glued_before(text, start),
    };
    let joined_after = match text.get(end) {
        Some(b'-' | b'.' | b'+') => digit_at(text, end + 1).is_some(),
        Some(b'_') | None => false,
        Some(_) => glued_after(text, end),
    };
    joined_before || joined_after
}

fn judge(place: &Place<'_>, written: Written, range: std::ops::Range<usize>, out: &mut Found) {
    let [first, second] = resolve(&written, place.reference_date);
    let Some(first) = first else { return };
    let checksum = check_digit_fits(&written.digits);
    if written.sign == Sign::Absent {
        out.saw_dated(checksum);
    }
    let context = place.context(range.clone(), Family::Identity);
    if !checksum && !named(context) {
        return;
    }
    let stamp = looks_like_timestamp(&written, &first, place.reference_date);
    // Nine in ten such digits are a mobile number: the check digit alone does not outweigh that.
    let mobile = range.len() == 10 && first.coordination && looks_like_mobile(&written);
    let evidence = evidence(&written, &first, checksum, stamp).with(context);
    let likelihood = likelihood(&first, checksum, stamp || mobile, named(context));
    let mut candidate = Candidate::new(range, likelihood, evidence, first.identifier());
    candidate.earlier = second.map(|second| second.century());
    out.push(candidate);
}

fn likelihood(resolved: &Resolved, checksum: bool, doubt: bool, named: bool) -> Likelihood {
    match (checksum, named) {
        (true, true) if resolved.real_date => Likelihood::VeryLikely,
        (true, true) => Likelihood::Likely,
        (true, false) if resolved.real_date && !doubt => Likelihood::Likely,
        _ => Likelihood::Possible,
    }
}

fn evidence(written: &Written, resolved: &Resolved, checksum: bool, stamp: bool) -> Evidence {
    let pick = |condition, yes, no| if condition { yes } else { no };
    Evidence::SHAPE
        .with(pick(
            resolved.real_date,
            Evidence::REAL_DATE,
            Evidence::INCOMPLETE_DATE,
        ))
        .with(pick(checksum, Evidence::CHECKSUM, Evidence::CHECKSUM_WRONG))
        .with(pick(
            written.century.is_some(),
            Evidence::CENTURY_STATED,
            Evidence::CENTURY_INFERRED,
        ))
        .with(pick(stamp, Evidence::LOOKS_LIKE_TIMESTAMP, Evidence::NONE))
        .with(pick(
            resolved.is_test(),
            Evidence::TEST_SERIES,
            Evidence::NONE,
        ))
}

/// The persons a number may name: the first is the one to take, the second the other century
/// where none is stated. None at all when there is no such date, or it lies after `reference`.
pub(crate) fn resolve(written: &Written, reference: Date) -> [Option<Resolved>; 2] {
    let year_of_century = number(&written.digits, 0..2);
    if let Some(century) = written.century {
        let year = century * 100 + year_of_century;
        let known = (18..=20).contains(&century);
        return [
            known
                .then(|| Resolved::new(written.digits, year, reference))
                .flatten(),
            None,
        ];
    }
    let this_century = reference.year - reference.year % 100 + year_of_century;
    let latest = match Resolved::new(written.digits, this_century, reference) {
        Some(_) => this_century,
        // Also when this century lacks the leap day: the earlier one is tried for itself.
        None => this_century.saturating_sub(100),
    };
    let at = |year: u16| Resolved::new(written.digits, year, reference);
    match written.sign {
        Sign::Minus => [at(latest), None],
        Sign::Plus => [at(latest.saturating_sub(100)), None],
        Sign::Absent => {
            let earlier = latest.saturating_sub(100);
            let alive = reference.year.saturating_sub(earlier) <= AGE_YEARS_MAX;
            [at(latest), alive.then(|| at(earlier)).flatten()]
        }
    }
}

impl Resolved {
    fn new(digits: [u8; 10], year: u16, reference: Date) -> Option<Self> {
        let (month, day) = (number(&digits, 2..4), number(&digits, 4..6));
        let (coordination, day) = if day >= 60 {
            (true, day - 60)
        } else {
            (false, day)
        };
        let date = Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        let incomplete = coordination && month <= 12 && day <= 31;
        let born = match date {
            Some(date) => {
                (date.year, date.month, date.day)
                    <= (reference.year, reference.month, reference.day)
            }
            None => incomplete && year <= reference.year,
        };
        let real_date = date.is_some();
        let exists = born && number(&digits, 6..9) > 0;
        exists.then_some(Self {
            year,
            digits,
            coordination,
            real_date,
        })
    }

    fn is_test(&self) -> bool {
        number(&self.digits, 6..9) >= TEST_BIRTH_NUMBER
    }

    /// The first two digits of the year, as text.
    fn century(&self) -> Century {
        [self.year / 1000, self.year / 100 % 10]
            .map(|digit| b'0' + u8::try_from(digit).unwrap_or(0))
    }

    /// Twelve digits: century, then the ten as written.
    pub(crate) fn identifier(&self) -> Identifier {
        let mut text = Canonical::<12>::new();
        for byte in self
            .century()
            .into_iter()
            .chain(self.digits.map(|digit| b'0' + digit))
        {
            text.push(byte);
        }
        let info_type = if self.coordination {
            InfoType::SeSamordningsnummer
        } else {
            InfoType::SePersonnummer
        };
        Identifier::new(info_type, text.as_str())
    }
}

/// Whether the last four digits are a time of day and the date is one that machines stamp, or the
/// ten digits are a present-day count of seconds.
fn looks_like_timestamp(written: &Written, resolved: &Resolved, reference: Date) -> bool {
    let time = number(&written.digits, 6..8) < 24 && number(&written.digits, 8..10) < 60;
    let day = number(&written.digits, 4..6) <= 31;
    let recent = (STAMP_YEAR_MIN..=reference.year).contains(&resolved.year);
    let bare = written.century.is_none() && written.sign == Sign::Absent;
    let seconds = EPOCH_SECONDS.contains(&u32::from(number(&written.digits, 0..2)));
    (time && day && recent) || (bare && seconds)
}

fn looks_like_mobile(written: &Written) -> bool {
    let first_three = number(&written.digits, 1..4);
    written.digits.first() == Some(&0) && swedish_line(first_three).is_some_and(|line| line.mobile)
}

/// Weights 2,1,2,1,2,1,2,1,2 and the check digit itself: the sum of digits ends in 0.
pub(crate) fn check_digit_fits(digits: &[u8; 10]) -> bool {
    let doubled = |digit: u8| if digit >= 5 { digit * 2 - 9 } else { digit * 2 };
    let (pairs, _) = digits.as_chunks::<2>();
    let sum: u8 = pairs.iter().map(|[even, odd]| doubled(*even) + odd).sum();
    sum.is_multiple_of(10)
}

fn number(digits: &[u8; 10], range: std::ops::Range<usize>) -> u16 {
    let digits = digits.get(range).unwrap_or_default();
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u16::from(*digit))
}

/// Reads one number that is the whole text: digits with any dashes and spaces between them.
pub(crate) fn read_whole(text: &str) -> Option<Written> {
    let bytes = text.as_bytes();
    let (mut all, mut count, mut at) = ([0; 12], 0, 0);
    let (mut sign, mut signed_at) = (Sign::Absent, 0);
    while at < bytes.len() {
        if let Some(digit) = digit_at(bytes, at) {
            *all.get_mut(count)? = digit;
            (count, at) = (count + 1, at + 1);
            continue;
        }
        let (read, length) = sign_at(bytes, at)?;
        if read != Sign::Absent {
            (sign, signed_at) = (read, count);
        }
        // Years, months and days come in pairs of digits; 070-174 06 15 is a telephone's.
        if read != Sign::Absent && count % 2 == 1 {
            return None;
        }
        at += length;
    }
    // Only the sign before the last four tells a century: 1981-12-28-9874.
    if signed_at + 4 != count {
        sign = Sign::Absent;
    }
    let digits = *all
        .get(count.checked_sub(10)?..count)?
        .first_chunk::<10>()?;
    let century = match count {
        12 => Some(u16::from(*all.first()?) * 10 + u16::from(*all.get(1)?)),
        10 => None,
        _ => return None,
    };
    Some(Written {
        century,
        digits,
        sign,
    })
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_evidence, check_examples, check_negative_examples};
    use hemvist_model::Evidence;

    /// A text and what it holds; `FIELD|` before it when it is the value of a field.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "ny kund 811228-9874 idag",
            &["LIKELY SE_PERSONNUMMER 198112289874 <811228-9874>"],
        ),
        (
            "ny kund 19811228-9874.",
            &["LIKELY SE_PERSONNUMMER 198112289874 <19811228-9874>"],
        ),
        (
            "(198112289874)",
            &["LIKELY SE_PERSONNUMMER 198112289874 <198112289874>"],
        ),
        (
            "Personnummer: 811228-9874",
            &["VERY_LIKELY SE_PERSONNUMMER 198112289874 <811228-9874>"],
        ),
        (
            "personnr|8112289874",
            &["VERY_LIKELY SE_PERSONNUMMER 198112289874 <8112289874>"],
        ),
        (
            "811228\u{2013}9874 och 811228\u{2212}9874",
            &[
                "LIKELY SE_PERSONNUMMER 198112289874 <811228\u{2013}9874>",
                "LIKELY SE_PERSONNUMMER 198112289874 <811228\u{2212}9874>",
            ],
        ),
        (
            "811228 9874 / 19811228\u{a0}9874",
            &[
                "LIKELY SE_PERSONNUMMER 198112289874 <811228 9874>",
                "LIKELY SE_PERSONNUMMER 198112289874 <19811228\u{a0}9874>",
            ],
        ),
        (
            "940402+9887",
            &["LIKELY SE_PERSONNUMMER 189404029887 <940402+9887>"],
        ),
        (
            "121212-9983 121212+9983",
            &[
                "LIKELY SE_PERSONNUMMER 201212129983 <121212-9983>",
                "LIKELY SE_PERSONNUMMER 191212129983 <121212+9983>",
            ],
        ),
        (
            "pnr 1212129983",
            &[
                "VERY_LIKELY SE_PERSONNUMMER 201212129983 <1212129983>",
                "POSSIBLE SE_PERSONNUMMER 191212129983 <1212129983>",
            ],
        ),
        (
            "000229-9808",
            &["LIKELY SE_PERSONNUMMER 200002299808 <000229-9808>"],
        ),
        (
            "811288-9871",
            &["LIKELY SE_SAMORDNINGSNUMMER 198112889871 <811288-9871>"],
        ),
        (
            "810060-9802 samordningsnummer 810075-9805",
            &[
                "POSSIBLE SE_SAMORDNINGSNUMMER 198100609802 <810060-9802>",
                "LIKELY SE_SAMORDNINGSNUMMER 198100759805 <810075-9805>",
            ],
        ),
        (
            "personnummer 811228-9875",
            &["POSSIBLE SE_PERSONNUMMER 198112289875 <811228-9875>"],
        ),
        (
            "personnummer 0601019805, mobil",
            &[
                "VERY_LIKELY SE_PERSONNUMMER 200601019805 <0601019805>",
                "POSSIBLE SE_PERSONNUMMER 190601019805 <0601019805>",
            ],
        ),
        (
            "0701149809 0701749806",
            &[
                "POSSIBLE SE_PERSONNUMMER 200701149809 <0701149809>",
                "POSSIBLE SE_PERSONNUMMER 190701149809 <0701149809>",
                "LIKELY PHONE_NUMBER +46701749806 <0701749806>",
            ],
        ),
        (
            "rapport_19811228-9874_slut.pdf",
            &["LIKELY SE_PERSONNUMMER 198112289874 <19811228-9874>"],
        ),
        (
            "811228-9874@example.com",
            &[
                "LIKELY SE_PERSONNUMMER 198112289874 <811228-9874>",
                "LIKELY EMAIL_ADDRESS 811228-9874@example.com <811228-9874@example.com>",
            ],
        ),
    ];

    /// Nothing in these is likely.
    const NEGATIVE_EXAMPLES: &[&str] = &[
        "811228-9875",
        "19000229-9809",
        "990229-9801",
        "20991231-9994",
        "811228-0000",
        "811328-9870",
        "1198112289874",
        "8112289874123",
        "8112289874-01",
        "0.8112289874",
        "8112289874.50",
        "a8112289874b",
        "202405011230",
        "20240501123045",
        "20240501-1230",
        "1701019810",
        "2024-05-01 12:30:45",
        "810060-9802",
        "12-811228-9874",
        "SHA 9f8112289874c",
    ];

    #[test]
    fn examples() {
        check_examples(EXAMPLES);
    }

    #[test]
    fn negative_examples() {
        check_negative_examples(NEGATIVE_EXAMPLES);
    }

    #[test]
    fn evidence_says_what_speaks_for_and_against() {
        check_evidence(&[
            (
                "811228-9874",
                Evidence::REAL_DATE
                    .with(Evidence::CHECKSUM)
                    .with(Evidence::TEST_SERIES),
            ),
            ("810060-9802", Evidence::INCOMPLETE_DATE),
            ("19811228-9874", Evidence::CENTURY_STATED),
            (
                "pnr 811228-9875",
                Evidence::CHECKSUM_WRONG.with(Evidence::LABEL_NEARBY),
            ),
            ("0701149809", Evidence::COMPETES),
        ]);
    }
}
