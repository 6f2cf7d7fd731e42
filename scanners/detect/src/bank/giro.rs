//! Bankgiro and plusgiro numbers.
//!
//! Rule: bankgiro seven or eight digits, `123-4567` or `1234-5678`; plusgiro six to eight,
//! `123456-7` or in pairs, `12 34 56-7`; both end in Luhn's check digit. Every tenth number passes
//! that, so only those count that a label or a field's name speaks for. Source: Bankgirot, Nordea.

use super::{Groups, luhn, luhn_sum};
use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::{Families, Family};
use crate::identity::is_joined;
use crate::spelling::{digit_at, digits_from};
use hemvist_model::{Evidence, InfoType, Likelihood};

const PLUSGIRO_DIGITS_MAX: usize = 8;

/// Whether so many digits, with what stands behind them, may be a giro number.
#[inline]
pub(crate) fn may_be(place: &Place<'_>, at: usize, run: usize) -> bool {
    let behind = |bytes: usize| place.text.get(at + run + bytes);
    let dash = behind(0) == Some(&b'-');
    match run {
        3 | 4 => dash,
        5..=8 if dash => !behind(2).is_some_and(u8::is_ascii_digit),
        6..=8 => luhn_fits(place.text, at + run, run),
        _ => false,
    }
}

/// Looks at so many digits that begin at `at`.
pub(crate) fn find(place: &Place<'_>, at: usize, run: usize, out: &mut Found) {
    let text = place.text;
    let dash = text.get(at + run) == Some(&b'-');
    let tail = if dash {
        digits_from(text, at + run + 1, 5)
    } else {
        0
    };
    match (run, tail) {
        (3 | 4, 4) => judge(place, at, run + 4, &[InfoType::SeBankgiro], out),
        (5..=7, 1) => judge(place, at, run + 1, &[InfoType::SePlusgiro], out),
        (6..=8, _) if !dash => {
            let either = [InfoType::SeBankgiro, InfoType::SePlusgiro];
            judge(place, at, run, &either, out);
        }
        _ => {}
    }
}

/// Looks at a plusgiro number in pairs of digits, the last of which begins at `at`: the longest that
/// passes the check. What a dash leads up to belongs to another number.
pub(crate) fn find_in_pairs(place: &Place<'_>, at: usize, out: &mut Found) {
    let text = place.text;
    if text.get(at + 2) != Some(&b'-') {
        return;
    }
    let (mut start, mut count, mut longest) = (at, 3, None);
    while let Some(pair) =
        pair_before(text, start).filter(|pair| count + pair <= PLUSGIRO_DIGITS_MAX)
    {
        (start, count) = (start - 1 - pair, count + pair);
        if is_plusgiro(Groups::read(text, start, count).digits()) {
            longest = Some((start, count));
        }
        if pair == 1 {
            break;
        }
    }
    if let Some((start, count)) = longest {
        judge(place, start, count, &[InfoType::SePlusgiro], out);
    }
}

/// How many digits, one or two, stand before the blank that leads up to `start`.
fn pair_before(text: &[u8], start: usize) -> Option<usize> {
    let end = start
        .checked_sub(1)
        .filter(|at| text.get(*at) == Some(&b' '))?;
    let pair = digits_until(text, end);
    let before = end.checked_sub(pair + 1).and_then(|at| text.get(at));
    (matches!(pair, 1 | 2) && before != Some(&b'-')).then_some(pair)
}

/// How many digits end at `end`, of up to three.
fn digits_until(text: &[u8], end: usize) -> usize {
    let before = text.get(..end).unwrap_or_default().iter().rev();
    let digits = before.take(3).take_while(|byte| byte.is_ascii_digit());
    digits.count()
}

#[inline]
fn judge(place: &Place<'_>, at: usize, count: usize, either: &[InfoType], out: &mut Found) {
    let asked = |family: &Family| place.wanted.has(*family);
    let families = either.iter().map(|one| Family::of(*one)).filter(asked);
    if !place.may_be_named(at, families.fold(Families::default(), Families::with)) {
        return;
    }
    let groups = Groups::read(place.text, at, count);
    // Both have the same check digit.
    if !is_plusgiro(groups.digits())
        || digit_at(place.text, groups.end).is_some()
        || is_joined(place.text, at, groups.end)
    {
        return;
    }
    for info_type in either {
        let family = Family::of(*info_type);
        if !asked(&family) || *info_type == InfoType::SeBankgiro && !is_bankgiro(groups.digits()) {
            continue;
        }
        let context = place.context(at..groups.end, family);
        if named(context) {
            let evidence = Evidence::SHAPE.with(Evidence::CHECKSUM).with(context);
            let identifier = groups.identifier(*info_type);
            out.push(Candidate::new(
                at..groups.end,
                Likelihood::VeryLikely,
                evidence,
                identifier,
            ));
        }
    }
}

/// Whether up to eight digits that end at `end` have Luhn's check digit; `true` where eight bytes
/// do not stand before it: nine in ten numbers go no further.
#[inline]
fn luhn_fits(text: &[u8], end: usize, count: usize) -> bool {
    let bytes = text.get(..end).and_then(<[u8]>::last_chunk);
    let Some(bytes) = bytes else { return true };
    let others = 8 * (8 - count.min(8)) as u32;
    let digits = u64::from_le_bytes(*bytes) & u64::from_le_bytes([0x0f; 8]);
    let digits = digits.checked_shr(others).unwrap_or(0) << others;
    luhn_sum(digits).is_multiple_of(10)
}

pub(super) fn is_bankgiro(digits: &[u8]) -> bool {
    matches!(digits.len(), 7 | 8) && luhn(digits)
}

pub(super) fn is_plusgiro(digits: &[u8]) -> bool {
    matches!(digits.len(), 6..=PLUSGIRO_DIGITS_MAX) && luhn(digits)
}

#[cfg(test)]
mod tests {
    use crate::tables::{TODAY, check_examples, check_negative_examples, scan_with};
    use crate::{Engine, Options};
    use hemvist_model::InfoType;

    /// Numbers of charities that ask for gifts in public.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "901-9514 (bankgiro)",
            &["VERY_LIKELY SE_BANKGIRO 9019514 <901-9514>"],
        ),
        (
            "900800-4 - plusgiro",
            &["VERY_LIKELY SE_PLUSGIRO 9008004 <900800-4>"],
        ),
        (
            "Bankgiro 901-9514",
            &["VERY_LIKELY SE_BANKGIRO 9019514 <901-9514>"],
        ),
        (
            "bankgironr|5050-1055",
            &["VERY_LIKELY SE_BANKGIRO 50501055 <5050-1055>"],
        ),
        (
            "bg: 50501055",
            &["VERY_LIKELY SE_BANKGIRO 50501055 <50501055>"],
        ),
        (
            "plusgiro 900800-4",
            &["VERY_LIKELY SE_PLUSGIRO 9008004 <900800-4>"],
        ),
        (
            "PlusGiro: 90 08 00-4.",
            &["VERY_LIKELY SE_PLUSGIRO 9008004 <90 08 00-4>"],
        ),
        (
            "plusgiro 12 90 08 00-4, 5 90 08 00-4, 2025-11-22 90 08 00-4",
            &["VERY_LIKELY SE_PLUSGIRO 9008004 <90 08 00-4>"; 3],
        ),
        (
            "plusgiro 90 08 00-4 90 20 03-3",
            &[
                "VERY_LIKELY SE_PLUSGIRO 9008004 <90 08 00-4>",
                "VERY_LIKELY SE_PLUSGIRO 9020033 <90 20 03-3>",
            ],
        ),
        (
            "pg 4 81 30-9",
            &["VERY_LIKELY SE_PLUSGIRO 481309 <4 81 30-9>"],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "901-9514",
        "order 50501055",
        "bankgiro 901-9515",
        "plusgiro 900800-5",
        "90 08 00-4",
        "plusgiro 90 08 00-5",
        "plusgiro 90 08 00-41",
        "bg 901-95141",
        "%Pg%A7 900800-4",
        "%8FPg 900800-4",
        "%C3%50g%11 9008004",
    ];

    #[test]
    fn both_ways_to_check_digits_agree() {
        for number in (0..100_000_000).step_by(7_919) {
            let text = format!("{number:08}");
            let digits: Vec<u8> = text.bytes().map(|byte| byte - b'0').collect();
            for count in 6..=8 {
                let expected = super::luhn(&digits[8 - count..]);
                let line = format!("x {text}");
                assert_eq!(
                    super::luhn_fits(line.as_bytes(), 10, count),
                    expected,
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn either_kind_is_found_without_the_other() {
        let found = |without| {
            let options = Options {
                reference_date: TODAY,
            };
            let engine = Engine::new(options).without(without);
            scan_with(&engine, "bankgiro 901-9514, plusgiro 900800-4")
        };
        assert_eq!(found(InfoType::SeBankgiro), ["9008004"]);
        assert_eq!(found(InfoType::SePlusgiro), ["9019514"]);
    }

    #[test]
    fn examples() {
        check_examples(EXAMPLES);
    }

    #[test]
    fn negative_examples() {
        check_negative_examples(NEGATIVE_EXAMPLES);
    }
}
