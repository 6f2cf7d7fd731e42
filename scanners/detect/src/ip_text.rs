//! The text of IP addresses: RFC 4291 is read, RFC 5952 is written.
//!
//! The standard library reads and writes the same, and more: it tries an IPv4 address at every
//! group and writes through its formatting machinery, which took half of the time that finding an
//! address takes. Tests hold both to the same.

use crate::spelling::Canonical;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// `0000:0000:0000:0000:0000:ffff:255.255.255.255`.
pub(crate) const V6_BYTES_MAX: usize = 45;
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
pub(crate) fn write(address: IpAddr) -> Canonical<V6_BYTES_MAX> {
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
    let (mut zeros, mut here) = (0..0, 0..0);
    for (index, group) in groups.iter().enumerate() {
        here = if *group == 0 {
            here.start..index + 1
        } else {
            index + 1..index + 1
        };
        if here.len() > zeros.len() {
            zeros = here.clone();
        }
    }
    if zeros.len() < 2 {
        zeros = GROUPS..GROUPS;
    }
    for (index, group) in groups.iter().enumerate() {
        if zeros.contains(&index) {
            continue;
        }
        if index == zeros.end && !zeros.is_empty() {
            text.push(b':');
            text.push(b':');
        } else if index > 0 {
            text.push(b':');
        }
        write_group(text, *group);
    }
    if zeros.end == GROUPS && !zeros.is_empty() {
        text.push(b':');
        text.push(b':');
    }
}

fn write_group<const N: usize>(text: &mut Canonical<N>, group: u16) {
    let digits = (u16::BITS - group.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let [_, digit] = (group >> (4 * place) & 0xf).to_be_bytes();
        text.push(if digit < 10 {
            b'0' + digit
        } else {
            b'a' + digit - 10
        });
    }
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
