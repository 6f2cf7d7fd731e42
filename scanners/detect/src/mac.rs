//! MAC addresses: names of network cards.
//!
//! Rule: six pairs of hex digits with colons between them (IEEE 802, EUI-48). The Identifier is
//! lower case. All zeros and all ones name no card.
//!
//! Not read: the spellings with dashes and dots, which number too many other things.

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::spelling::{Canonical, glued_after, glued_before};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};

/// `00:1b:44:11:3a:b7`.
const TEXT_BYTES: usize = 17;

/// Looks at the `:` at `at`.
#[inline]
pub(crate) fn find(place: &Place<'_>, at: usize, out: &mut Found) {
    // Most colons have none in the right places.
    if let Some(start) = at.checked_sub(2)
        && place.text.get(at + 3) == Some(&b':')
    {
        find_pairs(place, start, out);
    }
}

#[inline(never)]
fn find_pairs(place: &Place<'_>, start: usize, out: &mut Found) {
    let end = start + TEXT_BYTES;
    let Some(identifier) = place.text.get(start..end).and_then(read) else {
        return;
    };
    let more = |at: Option<usize>| at.and_then(|at| place.text.get(at)) == Some(&b':');
    let apart = !glued_before(place.text, start) && !glued_after(place.text, end);
    if !apart || more(start.checked_sub(1)) || more(Some(end)) {
        return;
    }
    let context = place.context(start..end, Family::Mac);
    let likelihood = match named(context) {
        true => Likelihood::VeryLikely,
        false => Likelihood::Likely,
    };
    let evidence = Evidence::SHAPE.with(context);
    out.push(Candidate::new(start..end, likelihood, evidence, identifier));
}

/// Reads one that is the whole text.
pub(crate) fn read(text: &[u8]) -> Option<Identifier> {
    let mut lower = Canonical::<TEXT_BYTES>::new();
    for (index, byte) in text.iter().enumerate() {
        let fits = if index % 3 == 2 {
            *byte == b':'
        } else {
            byte.is_ascii_hexdigit()
        };
        if !fits || !lower.push(byte.to_ascii_lowercase()) {
            return None;
        }
    }
    let nobody = |one: u8| {
        lower
            .as_bytes()
            .iter()
            .all(|byte| matches!(*byte, b':') || *byte == one)
    };
    let whole = text.len() == TEXT_BYTES && !nobody(b'0') && !nobody(b'f');
    whole.then(|| Identifier::new(InfoType::MacAddress, lower.as_str()))
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    /// From the range that RFC 7042 sets aside for documentation.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "eth0 00:00:5E:00:53:AF up",
            &["LIKELY MAC_ADDRESS 00:00:5e:00:53:af <00:00:5E:00:53:AF>"],
        ),
        (
            "mac=00:00:5e:00:53:01",
            &["VERY_LIKELY MAC_ADDRESS 00:00:5e:00:53:01 <00:00:5e:00:53:01>"],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "00:00:5e:00:53",
        "00:00:5e:00:53:01:02:03",
        "x00:00:5e:00:53:01",
        "00:00:5e:00:53:0g",
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
