//! The Swedish identity family: personnummer, samordningsnummer and their relatives.
//!
//! One parser for all: `written` reads the spellings, `person` says whom ten digits may name,
//! `reserve` and `organisation` know the numbers that look alike and are no personnummer, `facts`
//! tells whoever asks what a number says. This file weighs what was read.
//!
//! A sole trader's organisation number is the owner's personnummer and reported as that.
//!
//! Not done here: joining a birth date and four digits of two columns, or weighing a column.

mod facts;
mod organisation;
mod person;
mod plain;
mod reserve;
mod ten;
mod written;

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::phone_plan::swedish_line;
use hemvist_model::{Date, Evidence, Likelihood};
use person::{AGE_YEARS_MAX, Person};
use written::Read;

pub use facts::{Birth, IdentityKind, IdentityNumber, Region, Sex, read_identity};
#[cfg(test)]
pub(crate) use ten::Ten;
pub(crate) use written::{Sign, Written, is_joined, read_whole};

/// Stamps of machines are taken to be from this year or later.
const STAMP_YEAR_MIN: u16 = 1970;
/// Ten digits that begin like this may be seconds since 1970, from 2017 to 2033.
const EPOCH_SECONDS: std::ops::Range<u16> = 15..20;
/// The long run of a whole number's digits may begin this far behind its first one:
/// `8.112289874E9`.
const INTEGER_HEAD_BYTES: usize = 2;

/// Bytes that may stand between a date and the last four, or begin these: signs, blanks and the
/// letters of interim and reserve numbers.
static GOES_ON: [bool; 256] = {
    let mut goes_on = [false; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        let letter = byte.is_ascii_uppercase() || matches!(byte, b'k' | b'm' | b's' | b'x');
        let sign = matches!(byte, b'-' | b'+' | b' ' | b'\t' | b'\r' | b'\n' | 0x80..);
        goes_on[index] = letter || sign;
        index += 1;
    }
    goes_on
};

/// Whether so many digits, with what follows them, may begin a number of the family.
#[inline]
pub(crate) fn may_begin(place: &Place<'_>, at: usize, run: usize) -> bool {
    let reads = match run {
        6 | 8 => {
            let behind = |bytes: usize| place.text.get(at + run + bytes);
            let word = || behind(0) == Some(&b' ') && behind(1).is_some_and(u8::is_ascii_lowercase);
            behind(0).is_some_and(|byte| GOES_ON[usize::from(*byte)]) && !word()
        }
        10 | 12 | 14 => true,
        _ => false,
    };
    reads || fills_named_field(place)
}

/// Whether the text is the whole value of a field that is named after identity numbers.
#[inline]
fn fills_named_field(place: &Place<'_>) -> bool {
    place.whole_value && place.field.has(Family::Identity)
}

/// Looks at so many digits, six or more, that begin at `at`.
#[inline(never)]
pub(crate) fn find(place: &Place<'_>, at: usize, run: usize, out: &mut Found) {
    if may_be_integer(place, at, run) {
        return find_other(place, at, run, out);
    }
    let Some(read) = plain::read(place.text, at, run) else {
        return find_other(place, at, run, out);
    };
    match Person::of(&read.written, place.reference_date) {
        Some(person) => weigh(place, &read, &person, out),
        None => {
            judge_nobody(place, read, out);
            reserve::find(place, at, run, out);
        }
    }
}

/// The same in any spelling.
#[inline(never)]
fn find_other(place: &Place<'_>, at: usize, run: usize, out: &mut Found) {
    if may_be_integer(place, at, run) {
        find_integer(place, out);
    }
    if let Some(read) = written::read(place.text, at, run) {
        judge(place, read, out);
    }
    reserve::find(place, at, run, out);
}

/// Looks at two digits, a sign, two digits, a sign and four digits that begin at `at`.
#[inline]
pub(crate) fn find_dated(place: &Place<'_>, at: usize, out: &mut Found) {
    if written::may_be_dated(place.text, at) {
        read_dated(place, at, out);
    }
}

#[inline(never)]
fn read_dated(place: &Place<'_>, at: usize, out: &mut Found) {
    let read = written::read_dated(place.text, at);
    if let Some(read) = read.filter(|read| read.written.plausible_date()) {
        judge(place, read, out);
    }
}

/// Whether the text may be the whole value of a field that is named after identity numbers, as a
/// database shows a number: no dash behind the digits. Ten or twelve digits alone are read like any
/// others.
#[inline(always)]
fn may_be_integer(place: &Place<'_>, at: usize, run: usize) -> bool {
    fills_named_field(place)
        && match (at, place.text.get(at + run)) {
            (0, None) => !matches!(run, 10 | 12),
            (0, Some(b'.' | b'e' | b'E')) => true,
            (INTEGER_HEAD_BYTES, _) => place.text.get(at - 1) == Some(&b'.'),
            _ => false,
        }
}

/// Reads such a number.
#[cold]
fn find_integer(place: &Place<'_>, out: &mut Found) {
    let Some(written) = written::read_integer(place.text) else {
        return;
    };
    if written.digits.check_digit_fits() && written.plausible_date() {
        let (start, end, framed) = (0, place.text.len(), false);
        let read = Read {
            written,
            start,
            end,
            framed,
        };
        judge(place, read, out);
    }
}

#[inline(never)]
fn judge(place: &Place<'_>, read: Read, out: &mut Found) {
    match Person::of(&read.written, place.reference_date) {
        Some(person) => weigh(place, &read, &person, out),
        None => judge_nobody(place, read, out),
    }
}

/// Judges what was read and names no person.
#[inline(never)]
fn judge_nobody(place: &Place<'_>, read: Read, out: &mut Found) {
    let plausible = read.written.plausible_date();
    if plausible || !read.written.is_interim() {
        count(place, &read, None, false, out);
    }
    if !plausible && !read.written.is_interim() {
        organisation::judge(place, &read, out);
    }
}

/// Judges what was read as the number of that person.
#[inline(always)]
fn weigh(place: &Place<'_>, read: &Read, person: &Person, out: &mut Found) {
    let written = &read.written;
    // A school's number has no check digit.
    let checked = !written.is_school();
    let checksum = checked && written.digits.check_digit_fits();
    if checked {
        count(place, read, Some(person.year), checksum, out);
    }
    let context = place.context(read.start..read.end, Family::Identity);
    // Letters and a wrong check digit: rather a reserve number or an article's.
    let mistyped = named(context) && matches!(written.letters, [0 | b'T', _]);
    if !checksum && !mistyped {
        return;
    }
    let doubt = doubt(place, read, person);
    let evidence = evidence(written, person, doubt)
        .with(checksum_evidence(checked, checksum))
        .with(context);
    let dated = person.born.is_some() && checked;
    let likelihood = likelihood(dated, checksum || !checked, doubt, named(context));
    let Some(identifier) = person.identifier(written) else {
        return;
    };
    let range = read.start..read.end;
    let mut candidate = Candidate::new(range, likelihood, evidence, identifier);
    let earlier = person.earlier(written, place.reference_date);
    candidate.earlier = earlier.map(|earlier| earlier.century());
    out.push(candidate);
}

#[inline(always)]
fn count(place: &Place<'_>, read: &Read, year: Option<u16>, passes: bool, out: &mut Found) {
    let century_stated = read.written.century.is_some();
    out.count(place, read.start, century_stated, year, passes);
}

/// What else would look the same, if anything.
#[inline(always)]
fn doubt(place: &Place<'_>, read: &Read, person: &Person) -> Evidence {
    let reference = place.reference_date;
    let mut doubt = Evidence::NONE;
    if looks_like_timestamp(&read.written, person, reference) {
        doubt = doubt.with(Evidence::LOOKS_LIKE_TIMESTAMP);
    }
    if looks_like_reference(read, person, reference) {
        doubt = doubt.with(Evidence::LOOKS_LIKE_REFERENCE);
    }
    doubt
}

/// Whether nothing but its digits speaks for it, and they are any number's.
#[inline(always)]
fn looks_like_reference(read: &Read, person: &Person, reference: Date) -> bool {
    let written = &read.written;
    if written.parted {
        return false;
    }
    // Nine in ten such digits are a mobile number: the check digit alone does not outweigh that.
    let mobile = written.is_bare() && person.coordination && looks_like_mobile(written);
    let old = reference.year.saturating_sub(person.year) > AGE_YEARS_MAX;
    let bare = written.is_bare() || old || written.is_interim();
    mobile || (bare && !read.framed)
}

#[inline(always)]
fn likelihood(dated: bool, checksum: bool, doubt: Evidence, named: bool) -> Likelihood {
    match (checksum, named) {
        (true, true) if dated => Likelihood::VeryLikely,
        (true, true) => Likelihood::Likely,
        (true, false) if dated && doubt == Evidence::NONE => Likelihood::Likely,
        _ => Likelihood::Possible,
    }
}

#[inline(always)]
fn checksum_evidence(checked: bool, fits: bool) -> Evidence {
    match (checked, fits) {
        (false, _) => Evidence::NONE,
        (true, true) => Evidence::CHECKSUM,
        (true, false) => Evidence::CHECKSUM_WRONG,
    }
}

#[inline(always)]
fn evidence(written: &Written, person: &Person, doubt: Evidence) -> Evidence {
    let pick = |condition, yes, no| if condition { yes } else { no };
    let stated = written.century.is_some();
    let date = pick(
        person.born.is_some(),
        Evidence::REAL_DATE,
        Evidence::INCOMPLETE_DATE,
    );
    let century = pick(stated, Evidence::CENTURY_STATED, Evidence::CENTURY_INFERRED);
    let test = pick(written.is_test(), Evidence::TEST_SERIES, Evidence::NONE);
    Evidence::SHAPE
        .with(date)
        .with(century)
        .with(test)
        .with(doubt)
}

/// Whether the last four digits are a time of day and the date is one that machines stamp, or the
/// ten digits are a present-day count of seconds.
#[inline(always)]
fn looks_like_timestamp(written: &Written, person: &Person, reference: Date) -> bool {
    let [year, day, hour, minute] = [0, 2, 3, 4].map(|index| written.digits.pair(index));
    let (time, day) = (hour < 24 && minute < 60, day <= 31);
    let recent = (STAMP_YEAR_MIN..=reference.year).contains(&person.year);
    let seconds = written.is_bare() && EPOCH_SECONDS.contains(&year);
    !written.is_interim() && ((time && day && recent) || seconds)
}

fn looks_like_mobile(written: &Written) -> bool {
    let [first, second] = [0, 1].map(|index| written.digits.pair(index));
    first < 10 && swedish_line(first * 100 + second).is_some_and(|line| line.mobile)
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
                "LIKELY PHONE_NUMBER +46701149809 <0701149809>",
                "POSSIBLE SE_SAMORDNINGSNUMMER 200701749806 <0701749806>",
                "POSSIBLE SE_SAMORDNINGSNUMMER 190701749806 <0701749806>",
                "LIKELY PHONE_NUMBER +46701749806 <0701749806>",
            ],
        ),
        (
            "rapport_19811228-9874_slut.pdf",
            &["LIKELY SE_PERSONNUMMER 198112289874 <19811228-9874>"],
        ),
        (
            "811228-T988 interimsnummer 811228-T989",
            &[
                "LIKELY SE_INTERIM_NUMBER 19811228T988 <811228-T988>",
                "POSSIBLE SE_INTERIM_NUMBER 19811228T989 <811228-T989>",
            ],
        ),
        (
            "pnr: 20120304-TF07",
            &["LIKELY SE_INTERIM_NUMBER 20120304TF07 <20120304-TF07>"],
        ),
        (
            "ordernr 8112289874 klart",
            &["POSSIBLE SE_PERSONNUMMER 198112289874 <8112289874>"],
        ),
        (
            "pnr8112289874",
            &["VERY_LIKELY SE_PERSONNUMMER 198112289874 <8112289874>"],
        ),
        (
            "kund19811228-9874.pdf",
            &["LIKELY SE_PERSONNUMMER 198112289874 <19811228-9874>"],
        ),
        (
            "GET /kund/198112289874/konto",
            &["LIKELY SE_PERSONNUMMER 198112289874 <198112289874>"],
        ),
        (
            "momsnr SE811228987401",
            &["VERY_LIKELY SE_PERSONNUMMER 198112289874 <8112289874>"],
        ),
        (
            "3300-8112289874, 37828112289874",
            &[
                "LIKELY SE_PERSONNUMMER 198112289874 <8112289874>",
                "LIKELY SE_PERSONNUMMER 198112289874 <8112289874>",
            ],
        ),
        (
            "1981-12-28-9874, 1981 12 28 9874, 1981/12/28-9874, nr 7 81.12.28-9874",
            &[
                "LIKELY SE_PERSONNUMMER 198112289874 <1981-12-28-9874>",
                "LIKELY SE_PERSONNUMMER 198112289874 <1981 12 28 9874>",
                "LIKELY SE_PERSONNUMMER 198112289874 <1981/12/28-9874>",
                "LIKELY SE_PERSONNUMMER 198112289874 <81.12.28-9874>",
            ],
        ),
        (
            "811228 - 9874",
            &["LIKELY SE_PERSONNUMMER 198112289874 <811228 - 9874>"],
        ),
        (
            "pnr|8112289874.0",
            &["VERY_LIKELY SE_PERSONNUMMER 198112289874 <8112289874.0>"],
        ),
        (
            "pnr|1.98112289874E11",
            &["VERY_LIKELY SE_PERSONNUMMER 198112289874 <1.98112289874E11>"],
        ),
        (
            "pnr|81032898E2",
            &["VERY_LIKELY SE_PERSONNUMMER 198103289800 <81032898E2>"],
        ),
        (
            "pnr|81032898e2",
            &["VERY_LIKELY SE_PERSONNUMMER 198103289800 <81032898e2>"],
        ),
        (
            "personnummer|101019883",
            &["VERY_LIKELY SE_PERSONNUMMER 200101019883 <101019883>"],
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
        "8112289874",
        "ocr 8112289874",
        "19811228T988",
        "20240512T1234",
        "20240512T123456Z",
        "188112289877",
        "2024-05-12 1430",
        "2024-05-12-1430",
        "1981-12/28-9874",
        "11981-12-28-9874",
        "1981-12-28-98745",
        "antal|101019883",
        "123456 Tack",
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
