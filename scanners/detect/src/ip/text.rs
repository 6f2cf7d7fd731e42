//! The text of IP addresses: RFC 4291 is read, RFC 5952 is written.
//!
//! The standard library reads and writes the same, and more: it tries an IPv4 address at every
//! group and writes through its formatting machinery, which took half of the time that finding an
//! address takes. Tests hold both to the same.

use crate::spelling::Canonical;
use hemvist_model::Identifier;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use wide::u16x8;

/// The longest text that is read: `0000:0000:0000:0000:0000:ffff:255.255.255.255`.
pub(crate) const V6_BYTES_MAX: usize = 45;
/// Eight groups of four digits and the colons between them fit.
const _: () = assert!(Identifier::INLINE_BYTES >= 8 * 4 + 7);
/// Groups of an IPv6 address.
const GROUPS: usize = 8;
/// A bit of small letters and digits that capitals lack.
const SMALL: u8 = 0x20;
/// Groups that a dotted tail takes the place of.
const DOTTED_GROUPS: usize = 2;

/// An IPv6 address and how it is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct V6 {
    pub(crate) address: Ipv6Addr,
    /// How many groups are written, a dotted tail as one.
    pub(crate) groups: usize,
    /// Whether it is written as it is named.
    pub(crate) canonical: bool,
}

/// The IPv6 address that is the whole token.
pub(crate) fn read_v6(token: &[u8]) -> Option<V6> {
    let (mut bits, mut count, mut gap) = (0, 0, None);
    let (mut shortest, mut dotted) = (true, false);
    let mut rest = token;
    if let Some(behind) = token.strip_prefix(b"::") {
        (gap, rest) = (Some(0), behind);
    }
    while !rest.is_empty() {
        let (group, digits, is_short) = group(rest)?;
        let behind = rest.get(digits..)?;
        dotted = behind.first() == Some(&b'.');
        if dotted {
            let tail = std::str::from_utf8(rest).ok()?.parse::<Ipv4Addr>().ok()?;
            bits = bits << u32::BITS | u128::from(tail.to_bits());
            count += DOTTED_GROUPS;
            break;
        }
        bits = bits << u16::BITS | u128::from(group);
        count += 1;
        shortest &= is_short;
        rest = match behind {
            [] => behind,
            [b':', b':', more @ ..] if gap.is_none() => {
                gap = Some(count);
                more
            }
            [b':', more @ ..] if more.first().is_some_and(u8::is_ascii_hexdigit) => more,
            _ => return None,
        };
    }
    let zeros = match gap {
        // It stands for one group at least.
        Some(gap) if count < GROUPS => gap..gap + GROUPS - count,
        None if count == GROUPS => 0..0,
        _ => return None,
    };
    let address = Ipv6Addr::from_bits(part(bits, &zeros));
    Some(V6 {
        address,
        groups: count - usize::from(dotted),
        canonical: shortest && !dotted && longest_zeros(&address.segments()) == zeros,
    })
}

/// Groups with those put in that are zeros.
fn part(groups: u128, zeros: &Range<usize>) -> u128 {
    let bits = |groups: usize| groups as u32 * u16::BITS;
    let behind = bits(GROUPS - zeros.end);
    let head = groups.checked_shr(behind).unwrap_or(0);
    let tail = groups ^ head.checked_shl(behind).unwrap_or(0);
    let head = head.checked_shl(bits(GROUPS - zeros.start)).unwrap_or(0);
    head | tail
}

/// One to four hex digits, how many there are, and whether they are written in the shortest way.
#[inline]
fn group(rest: &[u8]) -> Option<(u16, usize, bool)> {
    let (mut group, mut digits, mut signs) = (0, 0, u8::MAX);
    for byte in rest {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' | b'A'..=b'F' => (byte | SMALL) - b'a' + 10,
            _ => break,
        };
        group = group << 4 | u16::from(digit);
        signs &= byte;
        digits += 1;
        if digits > 4 {
            return None;
        }
    }
    let shortest = signs & SMALL != 0 && (digits == 1 || rest.first() != Some(&b'0'));
    (digits > 0).then_some((group, digits, shortest))
}

/// The canonical text of an address, of an IPv6 address one that is no IPv4 address.
#[inline]
pub(crate) fn write(address: IpAddr) -> Canonical<{ Identifier::INLINE_BYTES }> {
    let mut text = Canonical::new();
    match address {
        IpAddr::V4(v4) => write_v4(&mut text, v4),
        IpAddr::V6(v6) => write_v6(&mut text, &v6.segments()),
    }
    text
}

fn write_v4<const N: usize>(text: &mut Canonical<N>, address: Ipv4Addr) {
    for (index, octet) in address.octets().into_iter().enumerate() {
        if index > 0 {
            text.push(b'.');
        }
        if octet >= 100 {
            text.push(b'0' + octet / 100);
        }
        if octet >= 10 {
            text.push(b'0' + octet / 10 % 10);
        }
        text.push(b'0' + octet % 10);
    }
}

/// Small letters, no leading zeros, `::` for the first of the longest runs of two zeros or more.
fn write_v6<const N: usize>(text: &mut Canonical<N>, groups: &[u16; GROUPS]) {
    let zeros = longest_zeros(groups);
    write_groups(text, groups.get(..zeros.start).unwrap_or_default());
    if !zeros.is_empty() {
        text.push_some(*b"::", 2);
    }
    write_groups(text, groups.get(zeros.end..).unwrap_or_default());
}

fn write_groups<const N: usize>(text: &mut Canonical<N>, groups: &[u16]) {
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            text.push(b':');
        }
        write_group(text, *group);
    }
}

/// The first of the longest runs of two zeros or more.
fn longest_zeros(groups: &[u16; GROUPS]) -> Range<usize> {
    let mut runs = u16x8::new(*groups).simd_eq(u16x8::ZERO).to_bitmask();
    let mut length = 0;
    // Where so many zeros begin, then one more.
    let mut longest = 0;
    while runs != 0 {
        (longest, length) = (runs, length + 1);
        runs &= runs >> 1;
    }
    let start = longest.trailing_zeros() as usize;
    if length < 2 {
        0..0
    } else {
        start..start + length
    }
}

/// All four digits at once, of which the leading zeros are left out: where the last group of the
/// longest address begins, four bytes have room.
#[inline]
fn write_group<const N: usize>(text: &mut Canonical<N>, group: u16) {
    let [_, _, a, b] = u32::from(group).to_be_bytes();
    let digits = u32::from_le_bytes([a >> 4, a & 0xf, b >> 4, b & 0xf]);
    let letters = ((digits + 0x0606_0606) >> 4) & 0x0101_0101;
    let written = digits + 0x3030_3030 + letters * u32::from(b'a' - b'0' - 10);
    let leading = (group | 1).leading_zeros() / 4;
    let written = written >> (leading * u8::BITS);
    text.push_some(written.to_le_bytes(), 4 - leading as usize);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check_read(token: &str) {
        let groups = token.split(':').filter(|group| !group.is_empty()).count();
        let expected = token.parse().ok().map(|address: Ipv6Addr| V6 {
            address,
            groups,
            canonical: write(address.into()).as_str() == token,
        });
        assert_eq!(read_v6(token.as_bytes()), expected, "{token}");
    }

    fn check_write(address: IpAddr) {
        assert_eq!(write(address).as_str(), address.to_string());
    }

    #[test]
    fn tokens_are_read_like_the_standard_library_reads_them() {
        for token in [
            "::",
            "::1",
            "1::",
            "1::2",
            ":1",
            "1:",
            ":::",
            "1:::2",
            "1::2::3",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "::2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "1::3:4:5:6:7:8",
            "::1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7:8::",
            "12345::",
            "00001::",
            "abcd:EF01::",
            "::ffff:192.0.2.1",
            "1:2:3:4:5:6:192.0.2.1",
            "1:2:3:4:5:6:7:192.0.2.1",
            "1:2:3:4:5:192.0.2.1",
            "::192.0.2.01",
            "::192.0.2",
            "::192.0.2.1:1",
            "192.0.2.1",
            "",
            "1:2:3:4:5:6::192.0.2.1",
            "g::",
            "::0000:0",
            "::1.2.3.4.5",
        ] {
            check_read(token);
        }
    }

    proptest! {
        #[test]
        fn any_token_is_read_like_the_standard_library_reads_it(
            groups in proptest::collection::vec("[0-9a-fA-F]{0,5}", 0..10),
            tail in "(|192\\.0\\.2\\.[0-9]{1,3}|::|:|\\.)",
        ) {
            check_read(&format!("{}{tail}", groups.join(":")));
        }

        #[test]
        fn addresses_are_written_like_the_standard_library_writes_them(
            groups in any::<[u16; GROUPS]>(),
            zeros in any::<[bool; GROUPS]>(),
            octets in any::<[u8; 4]>(),
        ) {
            let mut address = groups;
            for (group, zero) in address.iter_mut().zip(zeros) {
                *group = if zero { 0 } else { *group >> (*group % 16) };
            }
            check_write(Ipv6Addr::from(address).into());
            check_write(Ipv4Addr::from(octets).into());
            check_read(&Ipv6Addr::from(address).to_string());
        }
    }
}
