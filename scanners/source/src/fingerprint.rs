//! Fingerprints: keyed hashes of a Record's whole content.

use hemvist_model::Fingerprint;

use crate::record::update_with_cells;

/// Makes Fingerprints under one key, so that they say nothing to whoever lacks it.
#[derive(Clone)]
pub struct Fingerprinter {
    key: [u8; 32],
}

impl Fingerprinter {
    /// Fingerprints under this key.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The Fingerprint of a row: every cell in the order of the columns, `None` for NULL.
    #[must_use]
    pub fn row<'a>(&self, cells: impl Iterator<Item = Option<&'a [u8]>>) -> Fingerprint {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        update_with_cells(&mut hasher, cells);
        Fingerprint {
            digest: *hasher.finalize().as_bytes(),
            store_version: None,
        }
    }

    /// Begins the Fingerprint of an object, fed piece by piece.
    #[must_use]
    pub fn object(&self) -> ObjectFingerprint {
        ObjectFingerprint {
            hasher: blake3::Hasher::new_keyed(&self.key),
        }
    }
}

/// The Fingerprint of an object on its way.
pub struct ObjectFingerprint {
    hasher: blake3::Hasher,
}

impl ObjectFingerprint {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// The Fingerprint of all bytes taken, with the store's mark of that state if there is one.
    #[must_use]
    pub fn finish(&self, store_version: Option<String>) -> Fingerprint {
        Fingerprint {
            digest: *self.hasher.finalize().as_bytes(),
            store_version,
        }
    }
}
