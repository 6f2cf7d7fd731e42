//! Plans: what an erasure would do, Record by Record.

use crate::{
    ByteRange, CollectionName, ControllerId, Date, FieldPath, InfoType, PlanId, Pseudonym,
    RecordKey, RecordRef, SourceId, Timestamp,
};

/// The state of a Record when it was planned: the precondition of its Action.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fingerprint {
    /// Keyed hash over the whole Record.
    pub digest: [u8; 32],
    /// The store's own mark (ETag), where it has one.
    pub store_version: Option<String>,
}

/// A range of original bytes and what takes its place (empty: removed).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Edit {
    /// Offsets in the object's bytes (after decompression).
    pub range: ByteRange,
    /// The bytes that stand there afterwards. Never personal data: a mask, or nothing.
    pub replacement: Vec<u8>,
}

/// What becomes of one column of a row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FieldChange {
    /// Set to NULL.
    Null,
    /// Set to this fixed text, which is not personal data.
    Mask(String),
    /// Keep the text and put masks in place of these ranges of it.
    Redact(Vec<Edit>),
}

/// One change to one Record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Action {
    /// Delete the row.
    DeleteRow,
    /// Null, mask or redact columns of the row.
    ChangeFields(Vec<(FieldPath, FieldChange)>),
    /// Remove or redact ranges of the object, every other byte identical.
    RewriteObject {
        /// Ascending and disjoint.
        edits: Vec<Edit>,
        /// Whether the object is gzip, so that offsets count in the decompressed bytes.
        gzip: bool,
    },
    /// Delete the object (this version of it).
    DeleteObject,
    /// Change nothing, for the reason in the item's decided [`Outcome`].
    Leave,
}

/// What came of a plan's item. Closed: anything not listed cannot be reported.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "outcome", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// The row is gone.
    Deleted,
    /// Columns were set to NULL or a fixed mask.
    Nulled,
    /// Ranges of a text were masked.
    Redacted,
    /// The object was written anew without the person's lines or values.
    ObjectRewritten,
    /// The object is gone.
    ObjectDeleted,
    /// A Hold or policy keeps it.
    Retained {
        /// The legal basis.
        basis: String,
        /// The last day of it, where it ends.
        until: Option<Date>,
    },
    /// It was gone when we came.
    AlreadyGone,
    /// It is not what was planned any more: plan again.
    Changed,
    /// The store could not be reached.
    Unreachable,
    /// It cannot be done, or proved, safely.
    Unverifiable {
        /// Why, in our words.
        why: String,
    },
    /// The store refused, or we failed.
    Failed {
        /// Why, in our words.
        why: String,
    },
    /// Not acted on by rule.
    OutOfScope {
        /// Why, in our words.
        why: String,
    },
    /// Content of a Collection that no decoder reads: the person may stand in it.
    Unread {
        /// How much of it, for which reasons.
        why: String,
    },
}

impl Outcome {
    /// Whether the person's data is gone from this Record.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        matches!(
            self,
            Outcome::Deleted
                | Outcome::Nulled
                | Outcome::Redacted
                | Outcome::ObjectRewritten
                | Outcome::ObjectDeleted
                | Outcome::AlreadyGone
        )
    }

    /// Whether it was left for a legal reason.
    #[must_use]
    pub fn is_retained(&self) -> bool {
        matches!(self, Outcome::Retained { .. })
    }

    /// The API's name, such as `OBJECT_REWRITTEN`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Deleted => "DELETED",
            Outcome::Nulled => "NULLED",
            Outcome::Redacted => "REDACTED",
            Outcome::ObjectRewritten => "OBJECT_REWRITTEN",
            Outcome::ObjectDeleted => "OBJECT_DELETED",
            Outcome::Retained { .. } => "RETAINED",
            Outcome::AlreadyGone => "ALREADY_GONE",
            Outcome::Changed => "CHANGED",
            Outcome::Unreachable => "UNREACHABLE",
            Outcome::Unverifiable { .. } => "UNVERIFIABLE",
            Outcome::Failed { .. } => "FAILED",
            Outcome::OutOfScope { .. } => "OUT_OF_SCOPE",
            Outcome::Unread { .. } => "UNREAD",
        }
    }
}

/// One Record in a Plan.
#[derive(Clone)]
pub struct PlanItem {
    /// The store.
    pub source: SourceId,
    /// The table, bucket or tree.
    pub collection: CollectionName,
    /// The Record; sealed at rest.
    pub record: RecordKey,
    /// The Record's reference, which says nothing about its key.
    pub record_ref: RecordRef,
    /// Its state when planned.
    pub fingerprint: Fingerprint,
    /// Its state after the Action; `None` when it will be gone, or nothing is done.
    pub expected: Option<Fingerprint>,
    /// Its key after the Action, where that is another: a row without a key is addressed by its
    /// content, and a column of the key may be masked.
    pub moved: Option<RecordKey>,
    /// What will be done.
    pub action: Action,
    /// Decided at planning for [`Action::Leave`]; otherwise what execution found.
    pub outcome: Option<Outcome>,
    /// Why this Action, in words.
    pub why: String,
    /// What of the Subject's stands in it, and how often.
    pub holds: Vec<(FieldPath, InfoType, u32)>,
}

/// An immutable list of Actions, bound by its hash.
#[derive(Clone)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// For whom the data is held.
    pub controller: ControllerId,
    /// The Subject's Pseudonyms when planned.
    pub subject: Vec<(Pseudonym, InfoType)>,
    /// SHA-256 over everything in the Plan; approval names it.
    pub hash: [u8; 32],
    /// When it was made.
    pub created: Timestamp,
    /// After this it must be planned again.
    pub expires: Timestamp,
    /// The Collections that were read for it, which verification reads again.
    pub collections: Vec<(SourceId, CollectionName)>,
    /// Digests of what is declared about every Source that decided it (those of its Collections,
    /// and those that say who is who): with another declaration it must be planned again.
    pub declarations: Vec<(SourceId, [u8; 32])>,
    /// The Records.
    pub items: Vec<PlanItem>,
    /// Findings under the acting threshold (weak identifiers, shared ones, only POSSIBLE): counted
    /// and shown, never acted on.
    pub candidates: u64,
}
