//! Phone numbers.
//!
//! Rule: Swedish numbers by PTS' numbering plan (`phone_plan`), written nationally (`0…`) or
//! internationally (`+46`, `0046`, `46`, with or without `(0)`), and other countries' with `+` or
//! `00` by country code and length. Blanks, dashes, dots, slashes and brackets part the groups.
//! The Identifier is E.164. Service numbers are no person's and are left out. An extension behind
//! it (`ankn 12`, `ext. 12`) belongs neither to the range nor to the Identifier: the number alone
//! is what other Sources know the person by.
//!
//! Not read here: numbers without area code, foreign numbers in national form.

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::phone_groups::{DIGITS_MIN, Groups, gap_at};
use crate::phone_plan::{Line, country, swedish_line};
use crate::spelling::{digit_at, digits_from, glued_after, glued_before};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};
use std::ops::Range;

const E164_DIGITS_MAX: usize = 15;
/// So many digits may be a number without gaps; fewer must be followed by more.
const GROUP_DIGITS_MAX: usize = 7;
/// Shorter foreign numbers are too easily something else.
const FOREIGN_DIGITS_MIN: usize = 8;
/// Fictional numbers set aside by PTS: national digits without the 0, first to last.
const FICTIONAL: [std::ops::RangeInclusive<u64>; 5] = [
    701_740_605..=701_740_699,
    313_900_600..=313_900_699,
    406_280_400..=406_280_499,
    846_500_400..=846_500_499,
    980_319_200..=980_319_299,
];

/// A number that exists: where its digits stand in [`Groups`], and what speaks for it.
struct Number {
    /// Whether `46` is to be put before the digits.
    swedish: bool,
    /// The first and the end of its digits among those that were read.
    digits: Range<usize>,
    evidence: Evidence,
    likelihood: Likelihood,
    /// The grouping is not that of a phone number: only with a label.
    odd: bool,
}

/// Looks at two or more digits beginning with 0 at `at`.
#[inline]
pub(crate) fn find_national(place: &Place<'_>, at: usize, out: &mut Found) {
    // Most such digits are of dates and times: they continue, or end after two before a letter.
    if begins_inside(place.text, at) {
        return;
    }
    let run = digits_from(place.text, at, GROUP_DIGITS_MAX);
    if run == GROUP_DIGITS_MAX {
        return find(place, at, at, out);
    }
    let gap = gap_at(place.text, at + run).1;
    let third = if run == 2 { at + run + gap } else { at + 2 };
    let zeros = [at + 1, third].map(|at| place.text.get(at)) == [Some(&b'0'); 2];
    // No country's code begins with 0.
    if gap > 0 && !zeros {
        find(place, at, at, out);
    }
}

/// Looks at an odd byte at `at`: a `+` before a digit begins a number.
#[inline]
pub(crate) fn find_international(place: &Place<'_>, at: usize, out: &mut Found) {
    let begins = matches!(place.text.get(at..), Some([b'+', b'0'..=b'9', ..]));
    if !begins
        || glued_before(place.text, at)
        || at.checked_sub(1).and_then(|at| place.text.get(at)) == Some(&b'+')
    {
        return;
    }
    find(place, at, at + 1, out);
}

/// Looks at six or more digits at `at`: `46…` without sign.
#[inline]
pub(crate) fn find_bare(place: &Place<'_>, at: usize, out: &mut Found) {
    let rest = place.text.get(at..).unwrap_or_default();
    if !rest.starts_with(b"46") || !(10..=12).contains(&digits_from(place.text, at, 13)) {
        return;
    }
    if !begins_inside(place.text, at)
        && at.checked_sub(1).and_then(|at| place.text.get(at)) != Some(&b'+')
    {
        find(place, at, at, out);
    }
}

/// Whether digits at `at` continue a word, a number, a date or a time.
fn begins_inside(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| text.get(at));
    let digit_before = at
        .checked_sub(2)
        .and_then(|at| digit_at(text, at))
        .is_some();
    match before {
        Some(b'-' | b'.' | b'/' | b':') => digit_before,
        Some(b'+') => true,
        _ => glued_before(text, at),
    }
}

fn find(place: &Place<'_>, start: usize, digits: usize, out: &mut Found) {
    let mut groups = Groups::new(digits);
    if !groups.read(place.text) {
        return;
    }
    let plus = start < digits;
    if !plus && !may_begin(&groups) {
        return;
    }
    let Some((number, end)) = longest(place.text, &groups, plus) else {
        return;
    };
    let context = place.context(start..end, Family::Phone);
    if number.odd && !named(context) {
        return;
    }
    let likelihood = match (number.likelihood, named(context)) {
        (_, true) => Likelihood::VeryLikely,
        (likelihood, false) => likelihood,
    };
    let evidence = Evidence::SHAPE.with(number.evidence).with(context);
    if let Some(identifier) = identifier(&groups, &number) {
        out.push(Candidate::new(start..end, likelihood, evidence, identifier));
    }
}

/// Whether the first digits, without a sign, are those of some number: then it is worth trying how
/// many of them belong to it.
fn may_begin(groups: &Groups) -> bool {
    match groups.digits(0..4) {
        Some([0, 0, code, _]) => *code != 0,
        Some([0, area @ ..]) => swedish_line(number(area)).is_some(),
        _ => true,
    }
}

/// The longest run of groups that is a number: all of them, or fewer where a blank parts them
/// from what follows.
fn longest(text: &[u8], groups: &Groups, plus: bool) -> Option<(Number, usize)> {
    let mut count = groups.count();
    while count >= DIGITS_MIN {
        let end = groups.end(count)?;
        let complete = count < groups.count() || !glued_after(text, end);
        if complete && let Some(number) = judge(groups, count, plus) {
            return Some((number, end));
        }
        count = groups.shorter(count)?;
    }
    None
}

fn judge(groups: &Groups, count: usize, plus: bool) -> Option<Number> {
    let digits = groups.digits(0..count)?;
    match digits {
        _ if plus => international(groups, 0..count, Likelihood::Likely),
        [0, 0, 4, 6, ..] => international(groups, 2..count, Likelihood::Likely),
        [0, 0, ..] => international(groups, 2..count, Likelihood::Possible),
        [0, ..] => national_number(groups, 1..count),
        [4, 6, ..] => international(groups, 0..count, Likelihood::Possible),
        _ => None,
    }
}

fn national_number(groups: &Groups, range: Range<usize>) -> Option<Number> {
    let national = groups.digits(range.clone())?;
    let line = line_of(national)?;
    if is_date(groups, range.end) {
        return None;
    }
    let parted = groups.parted(range.end);
    let likelihood = if parted || line.mobile {
        Likelihood::Likely
    } else {
        Likelihood::Possible
    };
    let odd = parted && !look_like_phone(groups, line, range.end);
    Some(Number {
        swedish: true,
        evidence: Evidence::NATIONAL_FORM
            .with(Evidence::KNOWN_PREFIX)
            .with(reserved(national)),
        digits: range,
        likelihood,
        odd,
    })
}

fn international(groups: &Groups, range: Range<usize>, likelihood: Likelihood) -> Option<Number> {
    let digits = groups.digits(range.clone())?;
    // `+59.3293` is a coordinate.
    let odd = groups.parted_by_dots_alone(range.end);
    if let [4, 6, national @ ..] = digits {
        let trunk = usize::from(national.first() == Some(&0));
        let national = national.get(trunk..)?;
        line_of(national)?;
        return Some(Number {
            swedish: true,
            digits: range.start + 2 + trunk..range.end,
            evidence: Evidence::INTERNATIONAL_FORM
                .with(Evidence::KNOWN_PREFIX)
                .with(reserved(national)),
            likelihood,
            odd,
        });
    }
    let fits = (FOREIGN_DIGITS_MIN..=E164_DIGITS_MAX).contains(&digits.len());
    let known = |length: usize| {
        let code = digits.get(..length).map_or(0, number);
        country(code).is_some_and(|range| range.contains(&(digits.len() - length)))
    };
    let exists = fits && digits.first() != Some(&0) && (1..=3).any(known);
    exists.then_some(Number {
        swedish: false,
        digits: range,
        evidence: Evidence::INTERNATIONAL_FORM,
        likelihood,
        odd,
    })
}

fn line_of(national: &[u8]) -> Option<Line> {
    let first = national.first_chunk::<3>()?;
    swedish_line(number(first)).filter(|line| line.fits(national.len()))
}

/// The number that a few digits write.
fn number(digits: &[u8]) -> u16 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u16::from(*digit))
}

fn reserved(national: &[u8]) -> Evidence {
    if is_fictional(national) {
        Evidence::RESERVED_RANGE
    } else {
        Evidence::NONE
    }
}

fn is_fictional(national: &[u8]) -> bool {
    // All of them have nine digits.
    let Ok([first, rest @ ..]) = <[u8; 9]>::try_from(national) else {
        return false;
    };
    let number = u64::from(first) * 100_000_000 + eight(rest);
    FICTIONAL.iter().any(|range| range.contains(&number))
}

/// The number that eight digits write: all pairs, then all fours are joined at once.
fn eight(digits: [u8; 8]) -> u64 {
    let digits = u64::from_le_bytes(digits);
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours * 10_000 + (fours >> 32)) & 0xffff_ffff
}

/// E.164: `+`, the country and the number.
fn identifier(groups: &Groups, number: &Number) -> Option<Identifier> {
    let digits = u128::from_le_bytes(groups.ascii(number.digits.start));
    let (prefix, bytes) = match number.swedish {
        true => (u128::from(u32::from_le_bytes(*b"+46\0")), 3),
        false => (u128::from(b'+'), 1),
    };
    let text = (digits << (bytes * u8::BITS as usize) | prefix).to_le_bytes();
    Identifier::from_short(InfoType::PhoneNumber, text, bytes + number.digits.len())
}

/// Whether the first group is the area code (a mobile's may take one digit more) and the rest is
/// no decimal number (`08.512345`).
fn look_like_phone(groups: &Groups, line: Line, count: usize) -> bool {
    let first = groups.first_group(count);
    let area = first == line.prefix() + 1 || (line.mobile && first == line.prefix() + 2);
    area && !groups.is_decimal(count)
}

/// `09/02/2026`: no number, whatever stands before it.
fn is_date(groups: &Groups, count: usize) -> bool {
    let parted = count == 8 && groups.is_parted_at(count, &[2, 4]);
    let Some([_, _, month @ .., a, b, _, _]) = groups.digits(0..count).filter(|_| parted) else {
        return false;
    };
    (1..=12).contains(&number(month)) && matches!((a, b), (1, 9) | (2, 0))
}

/// Reads one number that is the whole text.
pub(crate) fn read_whole(text: &str) -> Option<Identifier> {
    let text = text.strip_prefix("tel:").unwrap_or(text).trim_start();
    let bytes = text.as_bytes();
    let plus = bytes.first() == Some(&b'+');
    // `(08) 12 34 56` and `+(46) 8…`.
    let open = usize::from(plus) + usize::from(bytes.get(usize::from(plus)) == Some(&b'('));
    let mut groups = Groups::new(open);
    let end = groups.read(bytes).then(|| groups.end(groups.count()))??;
    let number = judge(&groups, groups.count(), plus)?;
    (end == bytes.len()).then(|| identifier(&groups, &number))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{check_evidence, check_examples, check_negative_examples};

    /// A text and what it holds; `FIELD|` before it when it is the value of a field.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "Anna 070-174 06 05 svarar",
            &["LIKELY PHONE_NUMBER +46701740605 <070-174 06 05>"],
        ),
        (
            "0701-74 06 05",
            &["LIKELY PHONE_NUMBER +46701740605 <0701-74 06 05>"],
        ),
        (
            "0701740605",
            &["LIKELY PHONE_NUMBER +46701740605 <0701740605>"],
        ),
        (
            "070 174 06 05.",
            &["LIKELY PHONE_NUMBER +46701740605 <070 174 06 05>"],
        ),
        (
            "+46701740605",
            &["LIKELY PHONE_NUMBER +46701740605 <+46701740605>"],
        ),
        (
            "+46 (0)70-174 06 05",
            &["LIKELY PHONE_NUMBER +46701740605 <+46 (0)70-174 06 05>"],
        ),
        (
            "+46\u{a0}70\u{a0}174\u{a0}06\u{a0}05",
            &["LIKELY PHONE_NUMBER +46701740605 <+46\u{a0}70\u{a0}174\u{a0}06\u{a0}05>"],
        ),
        (
            "0046 70 1740605",
            &["LIKELY PHONE_NUMBER +46701740605 <0046 70 1740605>"],
        ),
        (
            "070\u{2013}174 06 05",
            &["LIKELY PHONE_NUMBER +46701740605 <070\u{2013}174 06 05>"],
        ),
        (
            "070/174 06 05",
            &["LIKELY PHONE_NUMBER +46701740605 <070/174 06 05>"],
        ),
        (
            "070.174.06.05",
            &["LIKELY PHONE_NUMBER +46701740605 <070.174.06.05>"],
        ),
        (
            "tel:+46-70-174-06-05",
            &["VERY_LIKELY PHONE_NUMBER +46701740605 <+46-70-174-06-05>"],
        ),
        (
            "Telefon: 0701740605",
            &["VERY_LIKELY PHONE_NUMBER +46701740605 <0701740605>"],
        ),
        (
            "mobil 46701740605",
            &["VERY_LIKELY PHONE_NUMBER +46701740605 <46701740605>"],
        ),
        (
            "46701740605",
            &["POSSIBLE PHONE_NUMBER +46701740605 <46701740605>"],
        ),
        (
            "phone|0701740605",
            &["VERY_LIKELY PHONE_NUMBER +46701740605 <0701740605>"],
        ),
        (
            "17,0701740605,x",
            &["LIKELY PHONE_NUMBER +46701740605 <0701740605>"],
        ),
        (
            "070-174 06 05 12 st",
            &["LIKELY PHONE_NUMBER +46701740605 <070-174 06 05>"],
        ),
        (
            "070-174 06 05 ankn 12",
            &["LIKELY PHONE_NUMBER +46701740605 <070-174 06 05>"],
        ),
        (
            "08-465 004 12, ext. 12",
            &["LIKELY PHONE_NUMBER +46846500412 <08-465 004 12>"],
        ),
        (
            "tel 08-465 004 12 anknytning 1234",
            &["VERY_LIKELY PHONE_NUMBER +46846500412 <08-465 004 12>"],
        ),
        (
            "<a href=\"tel:0701740605\">",
            &["VERY_LIKELY PHONE_NUMBER +46701740605 <0701740605>"],
        ),
        (
            "0046701740605",
            &["LIKELY PHONE_NUMBER +46701740605 <0046701740605>"],
        ),
        (
            "+46 40 62804 43\n09/02/2026",
            &["LIKELY PHONE_NUMBER +46406280443 <+46 40 62804 43>"],
        ),
        (
            "+46 40 62804 43 09/02/2026",
            &["LIKELY PHONE_NUMBER +46406280443 <+46 40 62804 43>"],
        ),
        (
            "(tel +46 40 62804 43)\n09/02/2026",
            &["VERY_LIKELY PHONE_NUMBER +46406280443 <+46 40 62804 43>"],
        ),
        (
            "+46 40-\n62804 43",
            &["LIKELY PHONE_NUMBER +46406280443 <+46 40-\n62804 43>"],
        ),
        (
            "08-465 004 12 eller (08) 465 004 13",
            &[
                "LIKELY PHONE_NUMBER +46846500412 <08-465 004 12>",
                "LIKELY PHONE_NUMBER +46846500413 <08) 465 004 13>",
            ],
        ),
        (
            "0980-319 200",
            &["LIKELY PHONE_NUMBER +46980319200 <0980-319 200>"],
        ),
        (
            "0846500412",
            &["POSSIBLE PHONE_NUMBER +46846500412 <0846500412>"],
        ),
        (
            "+1 (202) 555-0143",
            &["LIKELY PHONE_NUMBER +12025550143 <+1 (202) 555-0143>"],
        ),
        (
            "+44 20 7946 0958",
            &["LIKELY PHONE_NUMBER +442079460958 <+44 20 7946 0958>"],
        ),
        (
            "fodelsedag 070117-4060 men tel 0701174060",
            &["VERY_LIKELY PHONE_NUMBER +46701174060 <0701174060>"],
        ),
    ];

    /// Nothing in these is likely.
    const NEGATIVE_EXAMPLES: &[&str] = &[
        "112",
        "113 13",
        "114 14",
        "1177",
        "118 118",
        "020-12 34 56",
        "0771-12 34 56",
        "0900-123 45 67",
        "tel 112",
        "ring 113 13 eller 114 14",
        "telefon 1177",
        "ring 118 118, 118 100",
        "tel: 116 117, tel: 116000",
        "telefon 020-12 34 56",
        "tel: 0771-12 34 56",
        "tel: 0900-123 45 67",
        "ring 90 510, tel: 90000",
        "tel +46 771 12 34 56",
        "tel 0046 20 12 34 56",
        "tel +46 900 123 45 67",
        "2024-01-02 03:04:05",
        "2024-01-02T03:04:05.070174",
        "01 02 2024 12",
        "08-02-2024",
        "tel\n09/02/2026 19.22",
        "telefon 08.02.2024",
        "08.02.2024",
        "0.0701740605",
        "08.5123456",
        "59.329300, 18.068600",
        "+59.329323",
        "+0100",
        "070174060",
        "07017406051234",
        "0701740605abc",
        "1-070-174 06 05",
        "order 0012345678901",
        "00:00:01",
        "a+46701740605x",
        "x0701740605",
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
    fn evidence_names_the_form() {
        check_evidence(&[
            (
                "070-174 06 05",
                Evidence::NATIONAL_FORM.with(Evidence::RESERVED_RANGE),
            ),
            (
                "+46 70 174 06 05",
                Evidence::INTERNATIONAL_FORM.with(Evidence::KNOWN_PREFIX),
            ),
        ]);
    }

    #[test]
    fn fictional_numbers_are_those_that_were_set_aside() {
        let check = |number: u64, expected| {
            let digits: Vec<u8> = number.to_string().bytes().map(|byte| byte - b'0').collect();
            assert_eq!(is_fictional(&digits), expected, "{number}");
        };
        for range in FICTIONAL {
            check(range.start() - 1, false);
            check(*range.start(), true);
            check(*range.end(), true);
            check(range.end() + 1, false);
            check(range.start() / 10, false);
        }
    }
}
