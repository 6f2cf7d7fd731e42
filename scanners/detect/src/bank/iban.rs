//! International bank account numbers.
//!
//! Rule: two letters of the country, two check digits, up to 30 letters and digits; the length is
//! the country's; the whole, its first four characters moved to the end and letters counted from
//! 10, leaves 1 when divided by 97. In print it stands in groups of four. Source: ISO 13616, the
//! IBAN registry's lengths.

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::spelling::{Canonical, glued_after, glued_before};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};

/// The longest in the registry (Malta 31, Saint Lucia 32, Russia 33).
const LENGTH_MAX: usize = 34;
/// How far before its first long run of digits an IBAN may begin: `SE`, `SE45 `, `NL91ABNA`,
/// `GB29 NWBK `.
const STARTS: [usize; 4] = [2, 5, 8, 10];

/// Country and length.
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NL", 18),
    (b"NO", 15),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"SA", 24),
    (b"SC", 31),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
];

/// Whether what stands before digits may begin an IBAN.
#[inline]
pub(crate) fn may_be(place: &Place<'_>, at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|at| place.text.get(at));
    match before(1) {
        Some(b' ') => before(2).is_some_and(is_inside),
        Some(byte) => byte.is_ascii_uppercase(),
        None => false,
    }
}

/// Looks at digits that begin at `at`, six or four and more.
pub(crate) fn find(place: &Place<'_>, at: usize, _run: usize, out: &mut Found) {
    for start in STARTS.into_iter().filter_map(|back| at.checked_sub(back)) {
        if glued_before(place.text, start) {
            continue;
        }
        if let Some((identifier, end)) = read(place.text, start) {
            let context = place.context(start..end, Family::Iban);
            let likelihood = match named(context) {
                true => Likelihood::VeryLikely,
                false => Likelihood::Likely,
            };
            let evidence = Evidence::SHAPE.with(Evidence::CHECKSUM).with(context);
            return out.push(Candidate::new(start..end, likelihood, evidence, identifier));
        }
    }
}

fn is_inside(byte: &u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase()
}

/// Reads one that begins at `start`, and where it ends.
pub(super) fn read(text: &[u8], start: usize) -> Option<(Identifier, usize)> {
    let head = text.get(start..start + 4)?;
    let (country, check) = head.split_first_chunk::<2>()?;
    if !check.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (_, length) = LENGTHS.iter().find(|(known, _)| *known == country)?;
    let (mut number, mut end) = (Canonical::<LENGTH_MAX>::new(), start);
    while number.as_bytes().len() < *length {
        if text.get(end) == Some(&b' ') && number.as_bytes().len().is_multiple_of(4) {
            end += 1;
        }
        let byte = text.get(end).filter(|byte| is_inside(byte))?;
        number.push(*byte);
        end += 1;
    }
    let fits = !glued_after(text, end) && remainder(number.as_bytes()) == 1;
    fits.then(|| (Identifier::new(InfoType::Iban, number.as_str()), end))
}

/// What is left of the rearranged number after division by 97.
fn remainder(number: &[u8]) -> u32 {
    let (head, rest) = number.split_at_checked(4).unwrap_or_default();
    rest.iter().chain(head).fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.wrapping_sub(b'A')) + 10) % 97,
    })
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    /// The examples of the registry itself.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "IBAN: SE45 5000 0000 0583 9825 7466.",
            &["VERY_LIKELY IBAN SE4550000000058398257466 <SE45 5000 0000 0583 9825 7466>"],
        ),
        (
            "NL41ABNA0417A16430",
            &["LIKELY IBAN NL41ABNA0417A16430 <NL41ABNA0417A16430>"],
        ),
        (
            "till SE4550000000058398257466",
            &["LIKELY IBAN SE4550000000058398257466 <SE4550000000058398257466>"],
        ),
        (
            "GB29 NWBK 6016 1331 9268 19",
            &["LIKELY IBAN GB29NWBK60161331926819 <GB29 NWBK 6016 1331 9268 19>"],
        ),
        (
            "NL91ABNA0417164300",
            &["LIKELY IBAN NL91ABNA0417164300 <NL91ABNA0417164300>"],
        ),
        (
            "DE89 3704 0044 0532 0130 00",
            &["LIKELY IBAN DE89370400440532013000 <DE89 3704 0044 0532 0130 00>"],
        ),
        (
            "ring 08-46 50 04, SE45 5000 0000 0583 9825 7466",
            &[
                "VERY_LIKELY PHONE_NUMBER +468465004 <08-46 50 04>",
                "LIKELY IBAN SE4550000000058398257466 <SE45 5000 0000 0583 9825 7466>",
            ],
        ),
        (
            "NO9386011117947",
            &["LIKELY IBAN NO9386011117947 <NO9386011117947>"],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "SE45 5000 0000 0583 9825 7467",
        "SE455000000005839825746",
        "XSE4550000000058398257466",
        "SE45500000000583982574661",
        "ZZ4550000000058398257466",
        "SE45",
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
