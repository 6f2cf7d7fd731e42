//! The text of IP addresses: RFC 4291 is read, RFC 5952 is written.
//!
//! The standard library reads and writes the same, and more: it tries an IPv4 address at every
//! group and writes through its formatting machinery, which took half of the time that finding an
//! address takes. Tests hold both to the same.

use crate::spelling::Canonical;
use hemvist_model::Identifier;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// The longest text that is read: `0000:0000:0000:0000:0000:ffff:255.255.255.255`.
pub(crate) const V6_BYTES_MAX: usize = 45;
/// Eight groups of four digits and the colons between them fit.
const _: () = assert!(Identifier::INLINE_BYTES >= 8 * 4 + 7);
/// Groups of an IPv6 address.
const GROUPS: usize = 8;
/// Groups that a dotted tail takes the place of.
const DOTTED_GROUPS: usize = 2;

/// The IPv6 address that is the whole token.
pub(crate) fn read_v6(token: &[u8]) -> Option<Ipv6Addr> {
    let (mut groups, mut count, mut gap) = ([0; GROUPS], 0, None);
    let mut rest = token;
    if let Some(behind) = token.strip_prefix(b"::") {
        (gap, rest) = (Some(0), behind);
    }
    while !rest.is_empty() {
        let (group, digits) = group(rest)?;
        let behind = rest.get(digits..)?;
        if behind.first() == Some(&b'.') {
            let dotted = std::str::from_utf8(rest).ok()?.parse::<Ipv4Addr>().ok()?;
            let room = groups.get_mut(count..count + DOTTED_GROUPS)?;
            let [a, b, c, d] = dotted.octets();
            room.copy_from_slice(&[u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]);
            count += DOTTED_GROUPS;
            break;
        }
        *groups.get_mut(count)? = group;
        count += 1;
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
    match gap {
        // It stands for one group at least.
        Some(gap) if count < GROUPS => groups.get_mut(gap..)?.rotate_right(GROUPS - count),
        None if count == GROUPS => {}
        _ => return None,
    }
    Some(Ipv6Addr::from(groups))
}

/// One to four hex digits, and how many there are.
#[inline]
fn group(rest: &[u8]) -> Option<(u16, usize)> {
    let (mut group, mut digits) = (0, 0);
    for byte in rest {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' | b'A'..=b'F' => (byte | 0x20) - b'a' + 10,
            _ => break,
        };
        group = group << 4 | u16::from(digit);
        digits += 1;
        if digits > 4 {
            return None;
        }
    }
    (digits > 0).then_some((group, digits))
}

/// The canonical text of an address.
#[inline]
pub(crate) fn write(address: IpAddr) -> Canonical<{ Identifier::INLINE_BYTES }> {
    let mut text = Canonical::new();
    match address {
        IpAddr::V4(v4) => write_v4(&mut text, v4),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => {
                b"::ffff:".iter().for_each(|byte| _ = text.push(*byte));
                write_v4(&mut text, v4);
            }
            None => write_v6(&mut text, v6),
        },
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
fn write_v6<const N: usize>(text: &mut Canonical<N>, address: Ipv6Addr) {
    let groups = address.segments();
    let zeros = longest_zeros(&groups);
    for (index, group) in groups.iter().enumerate() {
        if index == zeros.start && !zeros.is_empty() {
            text.push(b':');
        }
        if zeros.contains(&index) {
            continue;
        }
        if index > 0 {
            text.push(b':');
        }
        write_group(text, *group);
    }
    if zeros.end == GROUPS && !zeros.is_empty() {
        text.push(b':');
    }
}

/// The first of the longest runs of two zeros or more.
fn longest_zeros(groups: &[u16; GROUPS]) -> Range<usize> {
    let zeros = groups.iter().rev();
    let mut runs = zeros.fold(0u8, |zeros, group| zeros << 1 | u8::from(*group == 0));
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
        assert_eq!(read_v6(token.as_bytes()), token.parse().ok(), "{token}");
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
            check_write(Ipv4Addr::from(octets).to_ipv6_mapped().into());
            check_write(Ipv4Addr::from(octets).into());
            check_read(&Ipv6Addr::from(address).to_string());
        }
    }
}
