//! Organisation numbers of legal persons.
//!
//! Rule: ten digits, the third at least 2, so that none is a date; check digit as for a
//! personnummer; sometimes with `16` in front where a person's century stands. The first digit
//! says which form: 0 and 4 are not given. Pension funds' numbers (857209-0606) look like dates at
//! a glance and are not persons. Source: lagen (1974:174) om identitetsbeteckning, SKV 709.
//!
//! A sole trader has none of these: theirs is a personnummer. Ten digits in one run, without a
//! label and outside a VAT number, are not taken: every tenth such number has the check digit.

use super::ten::Ten;
use super::written::Read;
use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};

/// The third and fourth digit, where a person's month stands.
const GROUP_MIN: u16 = 20;
/// Stands where a person's century does.
const CENTURY: u16 = 16;

/// Judges what was read as an organisation's number.
#[inline]
pub(super) fn judge(place: &Place<'_>, read: &Read, out: &mut Found) {
    let written = &read.written;
    let prefixed = written.century == Some(CENTURY);
    if !is_number(written.digits) || !(prefixed || written.century.is_none()) {
        return;
    }
    let context = place.context(read.start..read.end, Family::Identity);
    let likelihood = match (named(context), read.framed || written.parted) {
        (true, _) => Likelihood::VeryLikely,
        (false, true) => Likelihood::Likely,
        (false, false) if prefixed => Likelihood::Possible,
        (false, false) => return,
    };
    let evidence = Evidence::SHAPE.with(Evidence::CHECKSUM).with(context);
    let range = read.start..read.end;
    out.push(Candidate::new(
        range,
        likelihood,
        evidence,
        identifier(written.digits),
    ));
}

/// Whether ten digits may be an organisation's.
pub(super) fn is_number(digits: Ten) -> bool {
    let form = digits.pair(0) / 10;
    !matches!(form, 0 | 4) && digits.pair(1) >= GROUP_MIN && digits.check_digit_fits()
}

/// Ten digits.
pub(super) fn identifier(digits: Ten) -> Identifier {
    let [date, tail] = digits.text();
    let text = u128::from(date) | u128::from(tail) << (6 * u8::BITS);
    let text = text.to_le_bytes();
    let text = text.get(..10).unwrap_or_default();
    Identifier::new(
        InfoType::SeOrganisationNumber,
        std::str::from_utf8(text).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    /// Numbers of public authorities, and the pension fund that everybody stumbles over.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "Skatteverket, 202100-5448",
            &["LIKELY SE_ORGANISATION_NUMBER 2021005448 <202100-5448>"],
        ),
        (
            "orgnr 2021005448",
            &["VERY_LIKELY SE_ORGANISATION_NUMBER 2021005448 <2021005448>"],
        ),
        (
            "organisationsnummer: 16202100-5448",
            &["VERY_LIKELY SE_ORGANISATION_NUMBER 2021005448 <16202100-5448>"],
        ),
        (
            "orgnr|162021005448",
            &["VERY_LIKELY SE_ORGANISATION_NUMBER 2021005448 <162021005448>"],
        ),
        (
            "VAT SE202100544801",
            &["LIKELY SE_ORGANISATION_NUMBER 2021005448 <2021005448>"],
        ),
        (
            "857209-0606",
            &["LIKELY SE_ORGANISATION_NUMBER 8572090606 <857209-0606>"],
        ),
    ];

    /// Nothing in these is likely.
    const NEGATIVE_EXAMPLES: &[&str] = &[
        "202100-5449",
        "2021005448",
        "402100-5446",
        "order 2021005448",
        "SE202100544802",
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
