//! Swedish bank accounts.
//!
//! Rule: clearing number of four digits out of a bank's range (Swedbank's from 8000 on take a
//! fifth), then six to ten digits of the account, in one group or two: `9150 000 1234`. The check
//! differs from bank to bank and is not asked for; a label or a field's name is. Source: Bankgirot,
//! "Bankernas kontonummer".
//!
//! A Nordea personkonto (3300, 3782) is its holder's personnummer and found as that.

use super::Groups;
use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::{Families, Family};
use crate::identity::is_joined;
use crate::spelling::{digit_at, digits_from};
use hemvist_model::{Evidence, InfoType, Likelihood};

/// Clearing number and account together.
const DIGITS: std::ops::RangeInclusive<usize> = 10..=15;
/// The last of three groups.
const TAIL_DIGITS_MAX: usize = 8;

/// First and last clearing number of the banks.
const CLEARING: &[(u16, u16)] = &[
    (1100, 2099),
    (2300, 2499),
    (3000, 9029),
    (9040, 9049),
    (9060, 9069),
    (9100, 9109),
    (9120, 9124),
    (9130, 9199),
    (9230, 9239),
    (9250, 9289),
    (9300, 9349),
    (9390, 9449),
    (9460, 9479),
    (9500, 9599),
    (9630, 9719),
    (9880, 9899),
    (9960, 9969),
];

/// Whether so many digits, with what stands beside them, may be an account's.
#[inline]
pub(crate) fn may_be(place: &Place<'_>, at: usize, run: usize) -> bool {
    let blank_before = || at.checked_sub(1).and_then(|at| place.text.get(at)) == Some(&b' ');
    let parted = || matches!(place.text.get(at + run), Some(b' ' | b'-'));
    match run {
        3 | 4 => parted(),
        // Behind `8327-9, `.
        6..=9 => blank_before(),
        10..=15 => true,
        _ => false,
    }
}

/// Looks at so many digits that begin at `at`, where [`may_be`] says so.
pub(crate) fn find(place: &Place<'_>, at: usize, run: usize, out: &mut Found) {
    let text = place.text;
    if run == 3 {
        return find_in_groups(place, at, out);
    }
    // `8327-9, 123…` and `8327-9 123…`: the clearing number stands before these digits.
    let start = match run {
        6..=10 => swedbank_start(text, at).unwrap_or(at),
        _ => at,
    };
    let tail_alone = start == at && (6..=9).contains(&run);
    let account = Families::default().with(Family::BankAccount);
    if tail_alone || !place.may_be_named(start, account) {
        return;
    }
    let mut groups = Groups::read(text, start, *DIGITS.end());
    if start < at {
        groups = joined(text, start, at);
    }
    judge(place, start, &groups, out);
}

/// Looks at an account in three groups, the one in the middle of which begins at `at`:
/// `9150 000 1234`. More groups are another number, or another one follows.
fn find_in_groups(place: &Place<'_>, at: usize, out: &mut Found) {
    let text = place.text;
    let tail = digits_from(text, at + 4, TAIL_DIGITS_MAX + 1);
    let end = at + 4 + tail;
    let Some(start) = clearing_before(text, at) else {
        return;
    };
    let follows = text.get(end).zip(text.get(end + 1));
    let goes_on = follows.is_some_and(|(sign, next)| {
        matches!(sign, b'-' | b'+' | b' ') && next.is_ascii_digit()
            || matches!(sign, b'&' | b'%' | b'=' | b'\\' | 0x80..)
    });
    let account = Families::default().with(Family::BankAccount);
    if !goes_on && place.may_be_named(start, account) {
        let groups = Groups::read(text, start, 4 + 3 + tail);
        judge(place, start, &groups, out);
    }
}

fn judge(place: &Place<'_>, start: usize, groups: &Groups, out: &mut Found) {
    let text = place.text;
    if !is_number(groups.digits()) || is_joined(text, start, groups.end) {
        return;
    }
    let context = place.context(start..groups.end, Family::BankAccount);
    if named(context) && digit_at(text, groups.end).is_none() {
        let evidence = Evidence::SHAPE.with(Evidence::KNOWN_PREFIX).with(context);
        let identifier = groups.identifier(InfoType::SeBankAccount);
        let range = start..groups.end;
        out.push(Candidate::new(
            range,
            Likelihood::Likely,
            evidence,
            identifier,
        ));
    }
}

/// Where a clearing number begins that ends before what parts it from the group at `at`, and that no
/// digits lead up to: they would be the number's, or a country's.
fn clearing_before(text: &[u8], at: usize) -> Option<usize> {
    let start = at.checked_sub(5)?;
    let (clearing, parting) = text.get(start..at)?.split_at_checked(4)?;
    let digits = clearing.iter().all(u8::is_ascii_digit);
    let before = text.get(..start).unwrap_or_default();
    let led = matches!(before, [.., b'0'..=b'9', b' ' | b'-'] | [.., b'0'..=b'9']);
    (digits && !led && matches!(parting, [b' ' | b'-'])).then_some(start)
}

/// Where `8327-9, ` or `8327-9 ` begins that ends at `at`.
fn swedbank_start(text: &[u8], at: usize) -> Option<usize> {
    let before = text.get(at.saturating_sub(8)..at)?;
    let before = before.strip_suffix(b" ")?;
    let before = before.strip_suffix(b",").unwrap_or(before);
    let clearing = before.last_chunk::<6>()?;
    let [
        b'8',
        b'0'..=b'9',
        b'0'..=b'9',
        b'0'..=b'9',
        b'-',
        b'0'..=b'9',
    ] = clearing
    else {
        return None;
    };
    let gap = text
        .get(..at)?
        .iter()
        .rev()
        .take_while(|byte| !byte.is_ascii_digit())
        .count();
    Some(at - gap - clearing.len())
}

/// The digits of `8327-9` at `start` and of what follows at `at`.
fn joined(text: &[u8], start: usize, at: usize) -> Groups {
    let mut head = Groups::read(text, start, 5);
    let tail = Groups::read(text, at, 10);
    for digit in tail.digits() {
        if let Some(slot) = head.digits.get_mut(head.count) {
            *slot = *digit;
            head.count += 1;
        }
    }
    head.end = tail.end;
    head
}

/// Whether digits may be clearing number and account.
pub(super) fn is_number(digits: &[u8]) -> bool {
    let Some(first) = digits.first_chunk::<4>() else {
        return false;
    };
    let first = first
        .iter()
        .fold(0, |number, digit| number * 10 + u16::from(*digit));
    let banks = CLEARING
        .iter()
        .any(|(from, to)| (*from..=*to).contains(&first));
    banks && DIGITS.contains(&digits.len())
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "konto 8327-9, 1234567890",
            &["LIKELY SE_BANK_ACCOUNT 832791234567890 <8327-9, 1234567890>"],
        ),
        (
            "kontonummer: 5123-1234567.",
            &["LIKELY SE_BANK_ACCOUNT 51231234567 <5123-1234567>"],
        ),
        (
            "konto 9150 000 1234",
            &["LIKELY SE_BANK_ACCOUNT 91500001234 <9150 000 1234>"],
        ),
        (
            "6152-818 771123 (konto)",
            &["LIKELY SE_BANK_ACCOUNT 6152818771123 <6152-818 771123>"],
        ),
        (
            "8327-9, 1234567890 (konto) betalas ut på fredag",
            &["LIKELY SE_BANK_ACCOUNT 832791234567890 <8327-9, 1234567890>"],
        ),
        (
            "betala till 51231234567 [konto]",
            &["LIKELY SE_BANK_ACCOUNT 51231234567 <51231234567>"],
        ),
        (
            "kontonr|51231234567",
            &["LIKELY SE_BANK_ACCOUNT 51231234567 <51231234567>"],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "5123-1234567",
        "konto 2150-1234567",
        "konto 51231",
        "konto 2150 000 1234",
        "konto 19150 000 1234",
        "9150 000 1234",
        "konto 4463 7469 246 811228",
        "konto 5123 4567 890 2026-11-22",
        "konto +46 5123 456 7890",
        "konto 9150 000 1234 5678",
        "konto 9150 000 811228&#45;1234",
        "order 51231234567",
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
