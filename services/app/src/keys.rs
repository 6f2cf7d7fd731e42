//! Every key the service needs, derived from one master key per installation.
//!
//! There are only about 90 million valid identity numbers: an unkeyed hash of one is plaintext.
//! Pseudonyms, record references and fingerprints are keyed per Controller, so that equal values
//! of two Controllers never meet.

use ed25519_dalek::SigningKey;
use hemvist_model::{
    CollectionName, ControllerId, Identifier, Pseudonym, RecordKey, RecordRef, SourceId,
};
use hemvist_source::Fingerprinter;
use hemvist_store::SealingKey;
use zeroize::Zeroizing;

/// Bytes of the master key.
pub const MASTER_KEY_BYTES: usize = 32;

/// The installation's keys.
pub struct Keys {
    master: Zeroizing<[u8; MASTER_KEY_BYTES]>,
}

/// The keys of one Controller.
#[derive(Clone)]
pub struct ControllerKeys {
    pseudonym: Zeroizing<[u8; 32]>,
    record_ref: Zeroizing<[u8; 32]>,
    fingerprinter: Fingerprinter,
}

impl Keys {
    /// Keys derived from this master key.
    #[must_use]
    pub fn new(master: [u8; MASTER_KEY_BYTES]) -> Self {
        Self {
            master: Zeroizing::new(master),
        }
    }

    /// The keys of that Controller.
    #[must_use]
    pub fn controller(&self, controller: &ControllerId) -> ControllerKeys {
        let id = controller.as_str();
        ControllerKeys {
            pseudonym: self.derive("hemvist 2026-11 pseudonym", id),
            record_ref: self.derive("hemvist 2026-11 record reference", id),
            fingerprinter: Fingerprinter::new(*self.derive("hemvist 2026-11 fingerprint", id)),
        }
    }

    /// The key under which our own database keeps record keys.
    #[must_use]
    pub fn sealing(&self) -> SealingKey {
        let mut key = [0; 64];
        let mut hasher = blake3::Hasher::new_derive_key("hemvist 2026-11 sealing");
        hasher.update(self.master.as_slice());
        hasher.finalize_xof().fill(&mut key);
        SealingKey(key)
    }

    /// The key that signs receipts.
    #[must_use]
    pub fn signing(&self) -> SigningKey {
        SigningKey::from_bytes(&self.derive("hemvist 2026-11 receipt signature", ""))
    }

    /// The key of the digest that tells configurations of detectors apart.
    pub(crate) fn detectors(&self) -> Zeroizing<[u8; 32]> {
        self.derive("hemvist 2026-11 detectors", "")
    }

    /// A value that is the same for the same request of the same controller, for hashing plans.
    fn derive(&self, purpose: &str, id: &str) -> Zeroizing<[u8; 32]> {
        let mut hasher = blake3::Hasher::new_derive_key(purpose);
        hasher.update(self.master.as_slice()).update(id.as_bytes());
        Zeroizing::new(*hasher.finalize().as_bytes())
    }
}

impl ControllerKeys {
    /// The Pseudonym of an Identifier.
    #[must_use]
    pub fn pseudonym(&self, identifier: &Identifier) -> Pseudonym {
        let mut hasher = blake3::Hasher::new_keyed(&self.pseudonym);
        hasher
            .update(&[identifier.info_type().code()])
            .update(identifier.expose().as_bytes());
        Pseudonym(first_half(&hasher))
    }

    /// The reference of a Record.
    #[must_use]
    pub fn record_ref(
        &self,
        source: &SourceId,
        collection: &CollectionName,
        key: &RecordKey,
    ) -> RecordRef {
        let mut hasher = blake3::Hasher::new_keyed(&self.record_ref);
        // Neither id nor name may hold a NUL, so the three cannot be read another way.
        hasher.update(source.as_str().as_bytes()).update(b"\0");
        hasher
            .update(collection.as_str().as_bytes())
            .update(b"\0")
            .update(&key.encode());
        RecordRef(first_half(&hasher))
    }

    /// Makes the Fingerprints of this Controller's Records.
    #[must_use]
    pub fn fingerprinter(&self) -> &Fingerprinter {
        &self.fingerprinter
    }
}

fn first_half(hasher: &blake3::Hasher) -> [u8; 16] {
    let mut half = [0; 16];
    hasher.finalize_xof().fill(&mut half);
    half
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemvist_model::InfoType;

    #[test]
    fn equal_values_of_two_controllers_never_meet() {
        let keys = Keys::new([7; MASTER_KEY_BYTES]);
        let controller = |id: &str| keys.controller(&ControllerId::new(id).expect("a valid id"));
        let identifier = Identifier::new(InfoType::EmailAddress, "anna@example.com");
        let (a, b) = (controller("a"), controller("b"));
        assert!(a.pseudonym(&identifier) == controller("a").pseudonym(&identifier));
        assert!(a.pseudonym(&identifier) != b.pseudonym(&identifier));
        let other_type = Identifier::new(InfoType::PhoneNumber, "anna@example.com");
        assert!(a.pseudonym(&identifier) != a.pseudonym(&other_type));
    }
}
