//! Free ports on the loopback address.
//!
//! Taken from below the range from which Linux picks ports of outgoing connections (32768 and up): between our look
//! and the server's bind, no test's own connection can take one away.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// Finds `N` different ports on which nothing listens.
pub(crate) fn free<const N: usize>() -> Result<[u16; N]> {
    // A start that differs between processes and calls, so that two estates do not try the same ports.
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.subsec_nanos());
    let start = (nanos ^ std::process::id().wrapping_mul(0x9E37_79B9)) % u32::from(COUNT);
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for step in 0..COUNT {
        if held.len() == N {
            break;
        }
        let offset = (start + u32::from(step)) % u32::from(COUNT);
        let port = FIRST + u16::try_from(offset).unwrap_or(0);
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            ports[held.len()] = port;
            held.push(listener);
        }
    }
    if held.len() < N {
        bail!("no {N} free ports between {FIRST} and {}", FIRST + COUNT);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_different_and_can_be_bound() {
        let ports: [u16; 8] = free().unwrap();
        let listeners: Vec<_> = ports
            .iter()
            .map(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap())
            .collect();
        assert_eq!(listeners.len(), 8);
    }
}
