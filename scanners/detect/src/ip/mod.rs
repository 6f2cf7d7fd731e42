//! IPv4 and IPv6 addresses.
//!
//! `v4` and `v6` find them, `text` reads and writes them. The Identifier is RFC 5952 text. Zone,
//! port and prefix length are not part of the range; a prefix length is named in the evidence.
//! Every class is reported and tagged.

mod text;
mod v4;
mod v6;

pub(crate) use v4::find as find_v4;
pub(crate) use v6::find as find_v6;

use crate::spelling::{digit_at, digits_from, glued_after};
use hemvist_model::{Evidence, Identifier, InfoType};
use std::net::IpAddr;

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

fn identifier(address: IpAddr) -> Option<Identifier> {
    let text = text::write(address);
    Identifier::from_start(InfoType::IpAddress, text.bytes(), text.len())
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
            let bits = v6.to_bits();
            let documentation = bits >> 96 == 0x2001_0db8 || bits >> 112 == 0x3fff;
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
    use crate::tables::check_evidence;
    use hemvist_model::Evidence;

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
