//! IPv4 and IPv6 addresses.
//!
//! Rule: RFC 791 dotted quads without leading zeros; RFC 4291 text forms. The Identifier is RFC
//! 5952 text, and a v4-mapped address is the v4 address. Zone, port and prefix length are not part
//! of the range; a prefix length is named in the evidence. Every class is reported and tagged.
//! Version numbers, object identifiers, section numbers and EUI-64 are told apart as far as shape
//! and neighbours allow.

use crate::blocks::within;
use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::ip_text::{self, V6_BYTES_MAX, read_v6};
use crate::spelling::{
    LANE_BYTES, WINDOW_BYTES, byte_mask, digit_at, digit_mask, digits_from, glued_after,
    glued_before, mask_of,
};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wide::u8x16;

/// More than the longest IPv4 address.
const V4_WINDOW_BYTES: usize = 16;
/// Eight pairs of hex digits and what parts them.
const EUI64_BYTES: usize = 23;
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
pub(crate) fn find_v4(place: &Place<'_>, at: usize, out: &mut Found) {
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
    let window = window_at(text, start);
    let Some((address, end)) = v4_at(text, start, &window) else {
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
    if let Some(identifier) = Identifier::from_short(InfoType::IpAddress, window, end - start) {
        out.push(Candidate::new(start..end, likelihood, evidence, identifier));
    }
}

/// What begins at `start`, filled up with NULs.
fn window_at(text: &[u8], start: usize) -> [u8; V4_WINDOW_BYTES] {
    let rest = text.get(start..).unwrap_or_default();
    rest.first_chunk().copied().unwrap_or_else(|| {
        let mut padded = [0; V4_WINDOW_BYTES];
        let both = padded.iter_mut().zip(rest);
        both.for_each(|(slot, byte)| *slot = *byte);
        padded
    })
}

/// Four numbers from 0 to 255 without leading zeros that nothing continues, and where they end.
fn v4_at(text: &[u8], start: usize, window: &[u8; V4_WINDOW_BYTES]) -> Option<(Ipv4Addr, usize)> {
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

/// Looks at a `:` that another one follows within five bytes.
#[inline]
pub(crate) fn find_v6(place: &Place<'_>, at: usize, out: &mut Found) {
    let text = place.text;
    let double = text.get(at + 1) == Some(&b':');
    let worth_it = if double {
        double_colon_alone(text, at)
    } else {
        first_of_eight(text, at)
    };
    if !worth_it {
        return;
    }
    let Some((start, end)) = v6_token(text, at) else {
        return;
    };
    let token = text.get(start..end).unwrap_or_default();
    let Some(address) = read_v6(token) else {
        return;
    };
    if is_eui64(token) {
        return;
    }
    let context = place.context(start..end, Family::Ip);
    let doubt = doubt_v6(token, address);
    let likelihood = match (named(context), doubt) {
        (true, _) => Likelihood::VeryLikely,
        (false, Some(likelihood)) => likelihood,
        (false, None) => return,
    };
    let canonical = address
        .to_ipv4_mapped()
        .map_or(IpAddr::V6(address), IpAddr::V4);
    push(
        canonical,
        start..end,
        likelihood,
        prefix(text, end, 128).with(context),
        out,
    );
}

/// Whether the `::` at `at` is no `:::` and stands between what may surround it in an address.
fn double_colon_alone(text: &[u8], at: usize) -> bool {
    let colon = |at: Option<usize>| at.and_then(|at| text.get(at)) == Some(&b':');
    if colon(at.checked_sub(1)) || colon(Some(at + 2)) {
        return false;
    }
    let hex_after = text.get(at + 2).is_some_and(u8::is_ascii_hexdigit);
    hex_after
        || at
            .checked_sub(1)
            .and_then(|at| text.get(at))
            .is_some_and(u8::is_ascii_hexdigit)
}

/// Whether the `:` at `at` is the first of seven with one to four hex digits between them.
fn first_of_eight(text: &[u8], at: usize) -> bool {
    let hex_from = |at: usize| {
        let rest = text.get(at..).unwrap_or_default();
        rest.iter()
            .take(5)
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count()
    };
    let before = text.get(at.saturating_sub(5)..at).unwrap_or_default();
    let leading = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    if !(1..=4).contains(&leading) || follows(text, at - leading, b':') {
        return false;
    }
    let mut colon = at;
    for hop in 0..6 {
        let digits = hex_from(colon + 1);
        let next = colon + 1 + digits;
        if !(1..=4).contains(&digits) {
            return false;
        }
        match text.get(next) {
            Some(b':') => colon = next,
            // `1:2:3:4:5:6:192.0.2.1`.
            Some(b'.') => return hop == 5,
            _ => return false,
        }
    }
    true
}

/// The run of hex digits, colons and a dotted tail around `at`, and whether words touch it.
fn v6_token(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let start = at - v6_bytes_before(text, at);
    let mut end = at + v6_bytes_from(text, at);
    // Punctuation of the sentence: `2001:db8::1.` and `2001:db8::1:`, but not `2001:db8::`.
    let token = text.get(start..end)?;
    if token.ends_with(b".") || (token.ends_with(b":") && !token.ends_with(b"::")) {
        end -= 1;
    }
    let length = end - start;
    let fits = length <= V6_BYTES_MAX && !glued_before(text, start) && !glued_after(text, end);
    (fits && !follows(text, start, b'.')).then_some((start, end))
}

/// How many hex digits and colons stand before `at`, counted to one more than an address has.
fn v6_bytes_before(text: &[u8], at: usize) -> usize {
    let before = text.get(at.saturating_sub(V6_BYTES_MAX + 1)..at);
    let before = before.unwrap_or_default();
    if let Some(window) = before.last_chunk::<WINDOW_BYTES>() {
        let inside = mask_of(window, v6_mask);
        if inside != u32::MAX {
            return inside.leading_ones() as usize;
        }
    }
    let inside = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b':';
    before.iter().rev().take_while(inside).count()
}

/// How many hex digits, colons and dots begin at `at`, counted to more than an address has.
fn v6_bytes_from(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(window) = rest.first_chunk::<WINDOW_BYTES>() {
        let inside = mask_of(window, |lane| v6_mask(lane) | byte_mask(lane, b'.'));
        if inside != u32::MAX {
            return inside.trailing_ones() as usize;
        }
    }
    let inside = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let near = rest.iter().take(V6_BYTES_MAX + 2);
    near.take_while(inside).count()
}

/// One bit per hex digit or colon, which stands behind the digits, lowest first.
#[inline(always)]
fn v6_mask(lane: &[u8; LANE_BYTES]) -> u32 {
    let lane = u8x16::new(*lane);
    (within(lane, b'0', b':') | within(lane | u8x16::splat(0x20), b'a', b'f')).to_bitmask()
}

/// Whether it is eight pairs, the name of a network card: `00:1b:44:ff:fe:11:3a:b7`.
fn is_eui64(token: &[u8]) -> bool {
    let pairs = |token: &[u8]| {
        token
            .split(|byte| *byte == b':')
            .all(|group| group.len() == 2)
    };
    token.len() == EUI64_BYTES && pairs(token)
}

/// How likely it is an address without a label; `None` if not at all.
fn doubt_v6(token: &[u8], address: Ipv6Addr) -> Option<Likelihood> {
    // `dead::beef` is a path in a program.
    if !token.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let groups = token.split(|byte| *byte == b':');
    let second = groups.filter(|group| !group.is_empty()).nth(1);
    let [first, ..] = address.segments();
    let assigned = (0x2000..0x4000).contains(&first) || first >= 0xfc00 || token.starts_with(b"::");
    let likely = assigned && (second.is_some() || address.is_loopback());
    Some(if likely {
        Likelihood::Likely
    } else {
        Likelihood::Possible
    })
}

fn follows(text: &[u8], start: usize, byte: u8) -> bool {
    start.checked_sub(1).and_then(|at| text.get(at)) == Some(&byte)
}

/// Evidence of `/24` after an address.
fn prefix(text: &[u8], end: usize, bits: usize) -> Evidence {
    if text.get(end) != Some(&b'/') {
        return Evidence::NONE;
    }
    let digits = digits_from(text, end + 1, 4);
    let number = (0..digits.min(3))
        .filter_map(|index| digit_at(text, end + 1 + index))
        .fold(0, |number, digit| number * 10 + usize::from(digit));
    let stands = (1..=3).contains(&digits) && number <= bits;
    let alone = !glued_after(text, end + 1 + digits) && text.get(end + 1 + digits) != Some(&b'/');
    if stands && alone {
        Evidence::PREFIX_LENGTH
    } else {
        Evidence::NONE
    }
}

fn push(
    address: IpAddr,
    range: std::ops::Range<usize>,
    likelihood: Likelihood,
    evidence: Evidence,
    out: &mut Found,
) {
    let evidence = Evidence::SHAPE.with(class(address)).with(evidence);
    if let Some(identifier) = identifier(address) {
        out.push(Candidate::new(range, likelihood, evidence, identifier));
    }
}

fn identifier(address: IpAddr) -> Option<Identifier> {
    let text = ip_text::write(address);
    Identifier::from_padded(InfoType::IpAddress, *text.bytes(), text.len())
}

/// What the address' block is for (RFC 6890; RFC 5771 and 4291 for multicast).
fn class(address: IpAddr) -> Evidence {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let shared = first == 100 && (64..128).contains(&second);
            match first {
                _ if shared => Evidence::PRIVATE_RANGE.with(Evidence::SHARED_ADDRESS),
                _ if v4.is_private() || v4.is_loopback() || v4.is_link_local() => {
                    Evidence::PRIVATE_RANGE
                }
                224..=239 => Evidence::MULTICAST,
                _ if v4.is_documentation() => Evidence::RESERVED_RANGE,
                _ => Evidence::NONE,
            }
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            let documentation = (first == 0x2001 && second == 0xdb8) || first == 0x3fff;
            let local = v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local();
            match (local, documentation) {
                (true, _) => Evidence::PRIVATE_RANGE,
                (_, true) => Evidence::RESERVED_RANGE,
                _ if v6.is_multicast() => Evidence::MULTICAST,
                _ => Evidence::NONE,
            }
        }
    }
}

/// Reads one address that is the whole text; brackets and zone are left out.
pub(crate) fn read_whole(text: &str) -> Option<Identifier> {
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let address = inner.split_once('%').map_or(inner, |(address, _)| address);
    let address = match address.parse().ok()? {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4),
        v4 => v4,
    };
    identifier(address)
}

#[cfg(test)]
mod tests {
    use super::{V6_BYTES_MAX, v6_bytes_before, v6_bytes_from};
    use crate::tables::{check_evidence, check_examples, check_negative_examples};
    use hemvist_model::Evidence;

    /// A text and what it holds; `FIELD|` before it when it is the value of a field.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "från 2001:0db8:0000:0000:0000:0000:0000:0001 i går kväll, sedan inte mer på länge",
            &["LIKELY IP_ADDRESS 2001:db8::1 <2001:0db8:0000:0000:0000:0000:0000:0001>"],
        ),
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
        (
            "2001:db8::1",
            &["LIKELY IP_ADDRESS 2001:db8::1 <2001:db8::1>"],
        ),
        (
            "[2001:DB8:0:0:0:0:0:1]:443",
            &["LIKELY IP_ADDRESS 2001:db8::1 <2001:DB8:0:0:0:0:0:1>"],
        ),
        (
            "2001:db8:1:2:3:4:5:6 x",
            &["LIKELY IP_ADDRESS 2001:db8:1:2:3:4:5:6 <2001:db8:1:2:3:4:5:6>"],
        ),
        (
            "::ffff:192.0.2.17",
            &["LIKELY IP_ADDRESS 192.0.2.17 <::ffff:192.0.2.17>"],
        ),
        ("fe80::1%eth0", &["LIKELY IP_ADDRESS fe80::1 <fe80::1>"]),
        (
            "från 2001:db8::1: nej",
            &["LIKELY IP_ADDRESS 2001:db8::1 <2001:db8::1>"],
        ),
        (
            "2001:db8::/32",
            &["LIKELY IP_ADDRESS 2001:db8:: <2001:db8::>"],
        ),
        ("::1", &["LIKELY IP_ADDRESS ::1 <::1>"]),
        ("ip 8.8.8.8", &["VERY_LIKELY IP_ADDRESS 8.8.8.8 <8.8.8.8>"]),
        ("8.8.8.8", &["POSSIBLE IP_ADDRESS 8.8.8.8 <8.8.8.8>"]),
        (
            "ip 00:00:5e:00:53:01, EUI-64",
            &["LIKELY MAC_ADDRESS 00:00:5e:00:53:01 <00:00:5e:00:53:01>"],
        ),
        ("ip|00:00:5e:ff:fe:00:53:01", &[]),
        (
            "IP address: 8.8.8.8",
            &["VERY_LIKELY IP_ADDRESS 8.8.8.8 <8.8.8.8>"],
        ),
        (
            "ip_address|2001:db8::17",
            &["VERY_LIKELY IP_ADDRESS 2001:db8::17 <2001:db8::17>"],
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
        "12:34:56",
        "00:1b:44:ff:fe:11:3a:b7",
        "std::vec",
        "dead::beef",
        "a::b::1",
        "x::1",
        "1:2:3:4:5:6:7:8:9",
        ":::1",
        "Foo::Bar",
        "::",
        "1.2.3.4 Allmänt",
        "0.1.2.3",
    ];

    #[test]
    fn bytes_of_an_address_are_counted_however_many_there_are() {
        for count in 0..60 {
            for pad in [0, 1, 20, 60] {
                let inside = "2001:0dB8:".repeat(6)[..count].to_owned();
                let text = format!("{}{inside} {}", "x".repeat(pad), "y".repeat(pad));
                let (start, end) = (pad, pad + count);
                let from = v6_bytes_from(text.as_bytes(), start);
                assert_eq!(from, count.min(V6_BYTES_MAX + 2), "{count} {pad}");
                let before = v6_bytes_before(text.as_bytes(), end);
                assert_eq!(before, count.min(V6_BYTES_MAX + 1), "{count} {pad}");
            }
        }
    }

    #[test]
    fn examples() {
        check_examples(EXAMPLES);
    }

    #[test]
    fn negative_examples() {
        check_negative_examples(NEGATIVE_EXAMPLES);
    }

    #[test]
    fn evidence_names_the_class() {
        check_evidence(&[
            (
                "192.0.2.0/24",
                Evidence::PREFIX_LENGTH.with(Evidence::RESERVED_RANGE),
            ),
            ("192.168.1.10", Evidence::PRIVATE_RANGE),
            (
                "100.64.3.4",
                Evidence::PRIVATE_RANGE.with(Evidence::SHARED_ADDRESS),
            ),
            ("233.252.0.7 ", Evidence::MULTICAST),
            ("ff0e::db8:0:1", Evidence::MULTICAST),
            ("fd12:3456::1", Evidence::PRIVATE_RANGE),
            ("version 3.21.17.8", Evidence::LOOKS_LIKE_VERSION),
            ("nginx-1.2.3.4", Evidence::LOOKS_LIKE_VERSION),
        ]);
    }
}
