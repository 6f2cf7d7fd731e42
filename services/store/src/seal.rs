//! Sealing of what may be personal before it is written: AES-256-SIV, deterministic.
//!
//! Deterministic, so that equal plaintexts under one purpose are equal at rest and a unique index
//! works on them; the purpose is authenticated, so that a sealed value cannot be moved to where
//! it would mean something else. Keys come from outside; none is made or stored here.

use aes_siv::KeyInit as _;
use aes_siv::siv::Aes256Siv;
use zeroize::ZeroizeOnDrop;

use crate::StoreError;

/// The key under which the store seals. Has no `Debug`; wiped when dropped.
#[derive(Clone, ZeroizeOnDrop)]
pub struct SealingKey(pub [u8; 64]);

/// What a sealed value is: authenticated together with it. The texts are at rest in every sealed
/// value, so they never change.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Check,
    Record,
    Field,
    Bounds,
    PlanItem,
    Outcome,
    Request,
}

impl Purpose {
    fn text(self) -> &'static str {
        match self {
            Purpose::Check => "hemvist store check",
            Purpose::Record => "hemvist store record",
            Purpose::Field => "hemvist store field",
            Purpose::Bounds => "hemvist store bounds",
            Purpose::PlanItem => "hemvist store plan item",
            Purpose::Outcome => "hemvist store outcome",
            Purpose::Request => "hemvist store request",
        }
    }
}

/// Seals and opens under one key. The cipher is made anew for each value: it keeps state.
pub(crate) struct Sealer {
    key: SealingKey,
}

impl Sealer {
    pub(crate) fn new(key: SealingKey) -> Self {
        Self { key }
    }

    pub(crate) fn seal(&self, purpose: Purpose, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        Aes256Siv::new((&self.key.0).into())
            .encrypt([purpose.text()], plain)
            .map_err(|_| StoreError::bug("sealing failed"))
    }

    /// A client's `request_id`, which may be anything, even somebody's number; `None` when empty.
    pub(crate) fn seal_request(&self, request_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let given = Some(request_id.as_bytes()).filter(|id| !id.is_empty());
        given.map(|id| self.seal(Purpose::Request, id)).transpose()
    }

    pub(crate) fn open(&self, purpose: Purpose, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        Aes256Siv::new((&self.key.0).into())
            .decrypt([purpose.text()], sealed)
            .map_err(|_| StoreError::Corrupt("a sealed value: wrong sealing key, or damage"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_values_open_only_whole_under_their_key_and_purpose() {
        let sealer = Sealer::new(SealingKey([7; 64]));
        let other = Sealer::new(SealingKey([8; 64]));
        for plain in [b"".as_slice(), b"x", &[9; 100]] {
            let sealed = sealer.seal(Purpose::Record, plain).expect("sealed");
            assert!(sealer.open(Purpose::Record, &sealed).as_deref() == Ok(plain));
            assert!(sealed == sealer.seal(Purpose::Record, plain).expect("sealed"));
            assert!(sealer.open(Purpose::Bounds, &sealed).is_err());
            assert!(other.open(Purpose::Record, &sealed).is_err());
            for position in 0..sealed.len() {
                let mut damaged = sealed.clone();
                damaged[position] ^= 1;
                assert!(sealer.open(Purpose::Record, &damaged).is_err());
            }
        }
    }
}
