//! What goes in and out of the store besides the model's nouns.

use hemvist_model::{
    ByteRange, Caller, CollectionName, ControllerId, Coverage, Evidence, FieldPath, Finding,
    InfoType, InfoTypes, LeaseToken, Likelihood, Link, PlanId, Pseudonym, RecordKey, RecordRef,
    Scan, ScanState, SourceId, Timestamp,
};

/// A claim on cutting a Scan into Splits.
#[derive(Clone)]
pub struct CutLease {
    /// The Scan, in state `Cutting`.
    pub scan: Scan,
    /// Proof of the claim.
    pub token: LeaseToken,
    /// What an earlier cutter, whose claim lapsed, has already added.
    pub already_cut: Vec<CollectionName>,
    /// For how long each renewal claims it.
    pub lease_seconds: u32,
}

/// What reading one Split brought.
#[derive(Clone, Default)]
pub struct SplitResult {
    /// What was looked at.
    pub coverage: Coverage,
    /// At most one for each Pseudonym, Record and Field; of several, the last is kept.
    pub findings: Vec<Finding>,
    /// Their Source and Collection are taken to be the Split's.
    pub links: Vec<Link>,
    /// Rows that contradict the Collection's declaration as an identity source.
    pub contradictions: u64,
}

/// A Finding as the index has it. Without `Debug`: it holds a record key.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredFinding {
    /// Whose.
    pub pseudonym: Pseudonym,
    /// The kind of the value.
    pub info_type: InfoType,
    /// The registered store.
    pub source: SourceId,
    /// The table, bucket or tree.
    pub collection: CollectionName,
    /// The Record's reference.
    pub record_ref: RecordRef,
    /// The Record's key.
    pub record: RecordKey,
    /// The place in the Record.
    pub field: FieldPath,
    /// Where it stands first, as offsets in the original bytes.
    pub first: ByteRange,
    /// How often it stands in this Field.
    pub occurrences: u32,
    /// The highest of its occurrences.
    pub likelihood: Likelihood,
    /// The reasons of that one.
    pub evidence: Evidence,
    /// When the Split that saw it was committed, by the database's clock.
    pub seen: Timestamp,
    /// The detectors that saw it.
    pub detector_version: String,
    /// Where it stands in the order of [`crate::Store::findings`].
    pub cursor: FindingCursor,
}

impl StoredFinding {
    /// Where the next page begins when this was the last of a page.
    #[must_use]
    pub fn cursor(&self) -> FindingCursor {
        self.cursor
    }
}

/// A place in the order of findings: the index's own numbers, which say nothing about a person.
/// Fit for page tokens.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct FindingCursor {
    /// The Collection's number; Collections of one Source follow each other.
    pub collection: i64,
    /// The Record's reference.
    pub record_ref: RecordRef,
    /// The Field's number in its Collection.
    pub field: i64,
}

/// What the index knows of one Source: what was looked at, when, and with which detectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCoverage {
    /// The Source.
    pub source: SourceId,
    /// When its newest finished Scan of the whole Source ended. Scans of some Collections do not
    /// count: they say nothing about the others.
    pub scanned_at: Option<Timestamp>,
    /// The detectors of that Scan.
    pub detector_version: Option<String>,
    /// The sum over `collections`.
    pub coverage: Coverage,
    /// Each Collection as it was read last, also by Scans that were limited to some Collections;
    /// once for each Scan that looked last for some InfoTypes in it.
    pub collections: Vec<CollectionReading>,
    /// Whether no Scan of the whole Source has ever finished: it may have Collections that nobody
    /// has read, whatever `collections` says.
    pub never_scanned: bool,
    /// Where its newest Scan stands.
    pub scan_state: Option<ScanState>,
}

/// What a Scan looked at in one Collection. Of each InfoType only the newest reading is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionReading {
    /// The table, bucket or tree.
    pub collection: CollectionName,
    /// When the Scan had read it to its end.
    pub ended: Timestamp,
    /// What was looked for, and has not been looked for since.
    pub info_types: InfoTypes,
    /// The detectors of that Scan.
    pub detector_version: String,
    /// What it looked at.
    pub coverage: Coverage,
}

/// A claim on executing a Plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLease {
    /// The Plan.
    pub plan: PlanId,
    /// Proof of the claim.
    pub token: LeaseToken,
    /// For how long each operation under it renews it.
    pub lease_seconds: u32,
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When the call was made.
    pub at: Timestamp,
    /// Who called, and why.
    pub caller: Caller,
    /// Which use case, such as `locate`.
    pub method: &'static str,
    /// For whom the data is held, where the call names one.
    pub controller: Option<ControllerId>,
    /// What it was about: ids only, never personal data.
    pub resource: String,
}
