//! IPv6 addresses: the text forms of RFC 4291.
//!
//! The names of network cards and paths of programs (EUI-64, `dead::beef`) are told apart as far as
//! shape and neighbours allow. A v4-mapped address is the v4 address.

use super::text::{V6, V6_BYTES_MAX, read_v6};
use super::{class, follows, identifier, prefix};
use crate::blocks::within;
use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::spelling::{LANE_BYTES, WINDOW_BYTES, byte_mask, glued_after, glued_before, mask_of};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};
use std::net::IpAddr;
use wide::u8x16;

/// Eight pairs of hex digits and what parts them.
const EUI64_BYTES: usize = 23;

/// Looks at a `:` that another one follows within five bytes.
#[inline]
pub(crate) fn find(place: &Place<'_>, at: usize, out: &mut Found) {
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
    let Some((start, end)) = token_at(text, at) else {
        return;
    };
    let token = text.get(start..end).unwrap_or_default();
    let Some(read) = read_v6(token) else {
        return;
    };
    if is_eui64(token) {
        return;
    }
    let context = place.context(start..end, Family::Ip);
    let likelihood = match (named(context), doubt(token, &read)) {
        (true, _) => Likelihood::VeryLikely,
        (false, Some(likelihood)) => likelihood,
        (false, None) => return,
    };
    let mapped = read.address.to_ipv4_mapped();
    let canonical = mapped.map_or(IpAddr::V6(read.address), IpAddr::V4);
    let identifier = if read.canonical && mapped.is_none() {
        Identifier::from_ascii(InfoType::IpAddress, token)
    } else {
        identifier(canonical)
    };
    let evidence = Evidence::SHAPE
        .with(class(canonical))
        .with(prefix(text, end, 128))
        .with(context);
    if let Some(identifier) = identifier {
        out.push(Candidate::new(start..end, likelihood, evidence, identifier));
    }
}

/// Whether the `::` at `at` is no `:::`, no `shop::db`, and stands beside a hex digit.
fn double_colon_alone(text: &[u8], at: usize) -> bool {
    let kind = |byte: Option<&u8>| byte.map_or(0, |byte| BESIDE[usize::from(*byte)]);
    let before = kind(at.checked_sub(1).and_then(|before| text.get(before)));
    let after = kind(text.get(at + 2));
    (before | after) & (HEX | NEVER) == HEX
}

/// It may be an address's own.
const HEX: u8 = 1;
/// No address has it there, nor ends there.
const NEVER: u8 = 2;

/// What a byte says of the `::` beside it.
static BESIDE: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        kinds[index] = match byte {
            _ if byte.is_ascii_hexdigit() => HEX,
            b'_' | b':' => NEVER,
            _ if byte.is_ascii_alphanumeric() => NEVER,
            _ => 0,
        };
        index += 1;
    }
    kinds
};

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
fn token_at(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let start = at - bytes_before(text, at);
    let mut end = at + bytes_from(text, at);
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
fn bytes_before(text: &[u8], at: usize) -> usize {
    let before = text.get(at.saturating_sub(V6_BYTES_MAX + 1)..at);
    let before = before.unwrap_or_default();
    if let Some(window) = before.last_chunk::<WINDOW_BYTES>() {
        let inside = mask_of(window, inside_mask);
        if inside != u32::MAX {
            return inside.leading_ones() as usize;
        }
    }
    let inside = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b':';
    before.iter().rev().take_while(inside).count()
}

/// How many hex digits, colons and dots begin at `at`, counted to more than an address has.
fn bytes_from(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(window) = rest.first_chunk::<WINDOW_BYTES>() {
        let inside = mask_of(window, |lane| inside_mask(lane) | byte_mask(lane, b'.'));
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
fn inside_mask(lane: &[u8; LANE_BYTES]) -> u32 {
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
fn doubt(token: &[u8], read: &V6) -> Option<Likelihood> {
    // `dead::beef` is a path in a program.
    if !token.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let [first, ..] = read.address.segments();
    let assigned = (0x2000..0x4000).contains(&first) || first >= 0xfc00 || token.starts_with(b"::");
    let likely = assigned && (read.groups > 1 || read.address.is_loopback());
    Some(if likely {
        Likelihood::Likely
    } else {
        Likelihood::Possible
    })
}

#[cfg(test)]
mod tests {
    use super::{V6_BYTES_MAX, bytes_before, bytes_from};
    use crate::tables::{check_examples, check_negative_examples};

    /// A text and what it holds; `FIELD|` before it when it is the value of a field.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "från 2001:0db8:0000:0000:0000:0000:0000:0001 i går kväll, sedan inte mer på länge",
            &["LIKELY IP_ADDRESS 2001:db8::1 <2001:0db8:0000:0000:0000:0000:0000:0001>"],
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
        (
            "ip 00:00:5e:00:53:01, EUI-64",
            &["LIKELY MAC_ADDRESS 00:00:5e:00:53:01 <00:00:5e:00:53:01>"],
        ),
        ("ip|00:00:5e:ff:fe:00:53:01", &[]),
        (
            "ip_address|2001:db8::17",
            &["VERY_LIKELY IP_ADDRESS 2001:db8::17 <2001:db8::17>"],
        ),
    ];

    /// Nothing in these is likely.
    const NEGATIVE_EXAMPLES: &[&str] = &[
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
    ];

    #[test]
    fn bytes_of_an_address_are_counted_however_many_there_are() {
        for count in 0..60 {
            for pad in [0, 1, 20, 60] {
                let inside = "2001:0dB8:".repeat(6)[..count].to_owned();
                let text = format!("{}{inside} {}", "x".repeat(pad), "y".repeat(pad));
                let (start, end) = (pad, pad + count);
                let from = bytes_from(text.as_bytes(), start);
                assert_eq!(from, count.min(V6_BYTES_MAX + 2), "{count} {pad}");
                let before = bytes_before(text.as_bytes(), end);
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
}
