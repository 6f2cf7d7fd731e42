//! What is kept of a Detection.

use std::sync::Arc;

use crate::{ByteRange, Evidence, FieldPath, InfoType, Likelihood, RecordKey};

/// Keyed hash of InfoType + Identifier, under the Controller's key. Still personal data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pseudonym(pub [u8; 16]);

/// Keyed hash of a Record's address, under the Controller's key: names a Record without saying
/// its key.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct RecordRef(pub [u8; 16]);

/// A Detection at a Location, as it goes into the index: one for each value, Record and Field.
#[derive(Clone)]
pub struct Finding {
    /// Whose.
    pub pseudonym: Pseudonym,
    /// The kind of the value.
    pub info_type: InfoType,
    /// The Record's reference.
    pub record_ref: RecordRef,
    /// The Record's key, sealed by the store before it is written. Shared: an object may hold a
    /// million findings.
    pub record: Arc<RecordKey>,
    /// The place in the Record.
    pub field: Arc<FieldPath>,
    /// Where it stands first, as offsets in the original bytes.
    pub first: ByteRange,
    /// How often it stands in this Field.
    pub occurrences: u32,
    /// The highest of its occurrences.
    pub likelihood: Likelihood,
    /// The reasons of that one.
    pub evidence: Evidence,
}
