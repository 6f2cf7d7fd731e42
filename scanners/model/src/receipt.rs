//! The signed statement of what an erasure did, and what it does not claim.

use crate::{
    CollectionName, ControllerId, Coverage, InfoType, Outcome, PlanId, RecordRef, SourceId,
    Timestamp, VerificationLevel,
};

/// What is signed. Holds no Identifier, no record key and no content.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The form of this document, for readers of a later day.
    pub format: String,
    /// The software that did it.
    pub software: String,
    /// The Plan.
    pub plan: PlanId,
    /// SHA-256 of the Plan, in hex.
    pub plan_hash: String,
    /// For whom the data was held.
    pub controller: ControllerId,
    /// The case it belongs to, as the caller gave it.
    pub case_reference: String,
    /// The end state, such as `ERASED`.
    pub state: String,
    /// Who approved, and when.
    pub approved_by: String,
    /// When it was approved.
    pub approved_at: Timestamp,
    /// When verification ended.
    pub completed_at: Timestamp,
    /// How far verification got.
    pub verification: VerificationLevel,
    /// What verification looked at, per Source.
    pub coverage: Vec<(SourceId, Coverage)>,
    /// Findings of the Subject that verification still saw, retained ones included.
    pub findings_left: u64,
    /// Candidates that were never acted on.
    pub candidates: u64,
    /// One for each Record.
    pub items: Vec<ReceiptItem>,
    /// What this does not claim, in words.
    pub not_claimed: Vec<String>,
}

/// What became of one Record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptItem {
    /// The store.
    pub source: SourceId,
    /// The table, bucket or tree.
    pub collection: CollectionName,
    /// The Record's reference, which says nothing about its key.
    pub record_ref: RecordRef,
    /// What kinds of data of the Subject it held.
    pub info_types: Vec<InfoType>,
    /// What became of it.
    pub outcome: Outcome,
}
