//! IPv4 addresses: dotted quads without leading zeros (RFC 791).
//!
//! Version numbers, object identifiers and section numbers are told apart as far as shape and
//! neighbours allow.

use super::{class, follows, prefix};
use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::spelling::{digit_at, digit_mask, first_of, glued_after, glued_before};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};
use std::net::Ipv4Addr;

/// More than the longest IPv4 address.
const WINDOW_BYTES: usize = 16;
/// Four numbers that are all below this may be a version or a section.
const VERSION_NUMBER_MAX: u8 = 20;

/// Words before four numbers that are a version, however large.
const VERSION_WORDS: &[&[u8]] = &[
    b"build",
    b"firmware",
    b"rel",
    b"release",
    b"v",
    b"ver",
    b"version",
    b"versionen",
];
/// The longest of them, and what parts it from the numbers.
const VERSION_WORD_BYTES_MAX: usize = 12;

/// Looks at the first `.` of a dotted run.
#[inline]
pub(crate) fn find(place: &Place<'_>, at: usize, out: &mut Found) {
    let text = place.text;
    let leading = text.get(at.saturating_sub(4)..at).unwrap_or_default();
    let digits = leading
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let start = at - digits;
    if !(1..=3).contains(&digits) || glued_before(text, start) || follows(text, start, b'.') {
        return;
    }
    let mut room = [0; WINDOW_BYTES];
    let window = first_of(text.get(start..).unwrap_or_default(), &mut room);
    let Some((address, end)) = address_at(text, start, window) else {
        return;
    };
    let context = place.context(start..end, Family::Ip);
    let version = looks_like_version(text, start, address);
    let doubtful = version || address.octets().first() == Some(&0);
    let likelihood = match (named(context), doubtful) {
        (true, _) => Likelihood::VeryLikely,
        (false, true) => Likelihood::Possible,
        (false, false) => Likelihood::Likely,
    };
    let marks = if version {
        Evidence::LOOKS_LIKE_VERSION
    } else {
        Evidence::NONE
    };
    let evidence = Evidence::SHAPE
        .with(class(address.into()))
        .with(marks)
        .with(prefix(text, end, 32))
        .with(context);
    // Without leading zeros it is written as it is named.
    if let Some(identifier) = Identifier::from_short(InfoType::IpAddress, *window, end - start) {
        out.push(Candidate::new(start..end, likelihood, evidence, identifier));
    }
}

/// Four numbers from 0 to 255 without leading zeros that nothing continues, and where they end.
fn address_at(text: &[u8], start: usize, window: &[u8; WINDOW_BYTES]) -> Option<(Ipv4Addr, usize)> {
    let digits = digit_mask(window);
    let (mut octets, mut from) = ([0; 4], 0);
    for (index, octet) in octets.iter_mut().enumerate() {
        if index > 0 {
            window.get(from).filter(|byte| **byte == b'.')?;
            from += 1;
        }
        let count = (digits >> from).trailing_ones() as usize;
        *octet = number(window.get(from..from + count)?)?;
        from += count;
    }
    let end = start + from;
    let longer = text.get(end) == Some(&b'.') && digit_at(text, end + 1).is_some();
    (!longer && !glued_after(text, end)).then(|| (Ipv4Addr::from(octets), end))
}

/// The octet that one to three digits write without a leading zero.
#[inline(always)]
fn number(digits: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| u16::from(byte & 0x0f);
    match digits {
        [ones] => Some(ones & 0x0f),
        [tens @ b'1'..=b'9', ones] => Some((tens & 0x0f) * 10 + (ones & 0x0f)),
        [hundreds @ b'1'..=b'2', tens, ones] => {
            u8::try_from(digit(hundreds) * 100 + digit(tens) * 10 + digit(ones)).ok()
        }
        _ => None,
    }
}

/// `Chrome/120.0.0.0`, `openssl-1.1.1.1`, `version 3.21.17.8`, and four small numbers, `10.…` apart.
fn looks_like_version(text: &[u8], start: usize, address: Ipv4Addr) -> bool {
    let before = text.get(start.saturating_sub(2)..start).unwrap_or_default();
    let product = matches!(before, [letter, b'/' | b'-'] if letter.is_ascii_alphabetic());
    let [first, ..] = address.octets();
    let small = address
        .octets()
        .iter()
        .all(|number| *number < VERSION_NUMBER_MAX);
    product || (small && first != 10 && first != 0) || follows_version_word(text, start)
}

/// `version 3.21.17.8`, `"release": "3.21.17.8"`.
#[inline]
fn follows_version_word(text: &[u8], start: usize) -> bool {
    let from = start.saturating_sub(VERSION_WORD_BYTES_MAX);
    let before = text.get(from..start).unwrap_or_default();
    let parting = |byte: &&u8| matches!(byte, b' ' | b':' | b'=' | b'"' | b'\'' | b'.');
    let gap = before.iter().rev().take_while(parting).count();
    let word = before.get(..before.len() - gap).unwrap_or_default();
    let last = word.last().map(u8::to_ascii_lowercase);
    let may_be = |known: &&&[u8]| known.last().copied() == last;
    gap > 0
        && VERSION_WORDS.iter().any(|known| may_be(&known))
        && is_version_word(text, start - gap)
}

/// Whether such a word ends at `end`.
#[cold]
fn is_version_word(text: &[u8], end: usize) -> bool {
    let before = text.get(end.saturating_sub(VERSION_WORD_BYTES_MAX)..end);
    let letters = before.unwrap_or_default().iter().rev();
    let length = letters
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let word = text.get(end - length..end).unwrap_or_default();
    let known = |known: &&[u8]| word.eq_ignore_ascii_case(known);
    !glued_before(text, end - length) && VERSION_WORDS.iter().any(known)
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    /// A text and what it holds; `FIELD|` before it when it is the value of a field.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "från 192.0.2.17 idag.",
            &["LIKELY IP_ADDRESS 192.0.2.17 <192.0.2.17>"],
        ),
        (
            "client_ip=192.0.2.17:443",
            &["VERY_LIKELY IP_ADDRESS 192.0.2.17 <192.0.2.17>"],
        ),
        (
            "http://192.0.2.17/x?a=198.51.100.7",
            &[
                "LIKELY IP_ADDRESS 192.0.2.17 <192.0.2.17>",
                "LIKELY IP_ADDRESS 198.51.100.7 <198.51.100.7>",
            ],
        ),
        (
            "10.0.0.1-10.0.0.9",
            &[
                "LIKELY IP_ADDRESS 10.0.0.1 <10.0.0.1>",
                "LIKELY IP_ADDRESS 10.0.0.9 <10.0.0.9>",
            ],
        ),
        (
            "192.0.2.0/24.",
            &["LIKELY IP_ADDRESS 192.0.2.0 <192.0.2.0>"],
        ),
        ("ip 8.8.8.8", &["VERY_LIKELY IP_ADDRESS 8.8.8.8 <8.8.8.8>"]),
        ("8.8.8.8", &["POSSIBLE IP_ADDRESS 8.8.8.8 <8.8.8.8>"]),
        (
            "IP address: 8.8.8.8",
            &["VERY_LIKELY IP_ADDRESS 8.8.8.8 <8.8.8.8>"],
        ),
        (
            "ny version kör på 192.0.2.17",
            &["LIKELY IP_ADDRESS 192.0.2.17 <192.0.2.17>"],
        ),
        (
            "clientIp|192.0.2.17",
            &["VERY_LIKELY IP_ADDRESS 192.0.2.17 <192.0.2.17>"],
        ),
    ];

    /// Nothing in these is likely.
    const NEGATIVE_EXAMPLES: &[&str] = &[
        "OpenSSL 1.1.1.1",
        "Chrome/120.0.0.0 Safari",
        "version 3.21.17.8",
        "\"Version\": \"3.21.17.8\"",
        "release=21.35.17.8",
        "build 21.35.17.8, v. 21.35.17.8",
        "kapitel 1.2.3.4",
        "v192.0.2.17",
        "192.0.2.17.5",
        "1.3.6.1.4.1.311",
        "192.0.2.256",
        "192.0.02.17",
        "192.0.2.17x",
        "1.2.3",
        "1.2.3.4 Allmänt",
        "0.1.2.3",
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
