//! The spellings of every day, seen with one look: `YYMMDD-NNNC`, `YYYYMMDD-NNNC` and the same
//! without the dash.
//!
//! Each has a length of its own. Any other spelling, also of such a length, is left to `written`.

use super::ten::Ten;
use super::written::{Read, Sign, VAT_ENDING, Written, is_account, is_joined, two};

/// Reads so many digits, six or more, at `at`, with a dash before the last four or nothing.
#[inline(always)]
pub(super) fn read(text: &[u8], at: usize, run: usize) -> Option<Read> {
    let rest = text.get(at..)?;
    let (century, digits, length) = match run {
        6 => of_length::<11>(rest),
        8 => of_length::<13>(rest),
        10 => of_length::<10>(rest),
        12 => of_length::<12>(rest).filter(|_| rest.get(10..12) != Some(VAT_ENDING)),
        _ => None,
    }?;
    let parted = length % 2 == 1;
    let end = at + length;
    let framed = is_account(text, at, end);
    (framed || !is_joined(text, at, end)).then_some(Read {
        written: Written {
            century,
            digits,
            letters: [0, 0],
            sign: if parted { Sign::Minus } else { Sign::Absent },
            parted,
        },
        start: at,
        end,
        framed,
    })
}

/// A spelling of that many bytes: of an odd number of them one is a dash.
#[inline(always)]
fn of_length<const BYTES: usize>(rest: &[u8]) -> Option<(Option<u16>, Ten, usize)> {
    let own: &[u8; BYTES] = rest.first_chunk()?;
    if BYTES % 2 == 1 && own[BYTES - 5] != b'-' {
        return None;
    }
    let (date, tail) = (2 * usize::from(BYTES >= 12), BYTES - 4);
    let century = if date > 0 { two(own, 0) } else { None };
    Some((century, Ten::read(own, date, tail)?, BYTES))
}

#[cfg(test)]
mod tests {
    use super::super::{find, find_other, may_begin};
    use crate::detectors::Found;
    use crate::family::Family;
    use crate::spelling::digits_from;
    use crate::tables::place;
    use proptest::prelude::*;

    /// Everything that is found, and what is counted, by plain reading or without it.
    fn found(text: &str, at: usize, named: bool, plainly: bool) -> Found {
        let (mut place, mut out) = (place(text.as_bytes()), Found::default());
        if named {
            (place.whole_value, place.field) = (true, place.field.with(Family::Identity));
        }
        out.censuses.push(Default::default());
        let run = digits_from(text.as_bytes(), at, 64);
        match plainly {
            true if may_begin(&place, at, run) => find(&place, at, run, &mut out),
            true => {}
            false => find_other(&place, at, run, &mut out),
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn plain_spellings_are_read_like_any_other(
            named in any::<bool>(),
            before in prop_oneof![
                Just(""), Just(" "), Just("pnr "), Just("SE"), Just("x"), Just("1."), Just("."), Just("x."),
                Just("3300,"), Just("3782-"), Just("+"), Just("å"), Just("organisationsnummer: "),
            ],
            century in "((1[6789]|20|99|[0-9]{2})?)",
            date in prop_oneof![
                "[0-9]{2}(0[0-9]|1[0-3])[0-9]{2}",
                "[0129][0-9](02|06)(28|29|3[01]|88|89|9[012])",
                "[0-9]{6}",
            ],
            dash in prop_oneof![Just("-"), Just(""), Just(" "), Just("+"), Just("--")],
            tail in prop_oneof![
                "[0-9]{4}", "0[0-9]{3}", "[0-9A-Z]{4}", "[0-9a-z]{4}", "[0-9]{1,5}", "98[0-9]{2}", "[0-9]{2}01",
            ],
            behind in prop_oneof![
                Just(""), Just(" "), Just("."), Just(".5"), Just("-"), Just("-1"), Just("x"),
                Just("c"), Just("7"), Just("E11"), Just(" (pnr)"), Just("ö"),
            ],
        ) {
            let text = format!("{before}{century}{date}{dash}{tail}{behind}");
            let [mut one, mut other] =
                [true, false].map(|plainly| found(&text, before.len(), named, plainly));
            prop_assert_eq!(one.censuses, other.censuses, "{}", &text);
            let [one, other] = [&mut one.candidates, &mut other.candidates].map(|found| {
                found.drain().map(|one| {
                    (one.start..one.end, one.likelihood, one.evidence, one.earlier, one.identifier)
                }).collect::<Vec<_>>()
            });
            prop_assert!(one == other, "{}", text);
        }
    }
}
