//! The nouns of Hemvist: what the other crates talk about.
//!
//! Pure by rule: no I/O, no async, no clock, no randomness, no logging, no cryptography. Values
//! that point at a person ([`Identifier`], [`RecordKey`]) have neither `Debug` nor `Display` nor
//! `Serialize`, so that no log line, error or trace can show one by accident.

mod caller;
mod coverage;
mod date;
mod detection;
mod erasure;
mod export;
mod finding;
mod hold;
mod identifier;
mod ids;
mod info_type;
mod info_types;
mod likelihood;
mod link;
mod location;
mod plan;
mod policy;
mod receipt;
mod scan;
mod source;
mod split;
mod text;

pub use caller::Caller;
pub use coverage::{Coverage, Skip, SkipReason};
pub use date::{Date, Timestamp};
pub use detection::{Detection, Evidence};
pub use erasure::{Erasure, ErasureEvent, ErasureState, ItemState, Verdict, VerificationLevel};
pub use export::{ExportFile, ExportManifest};
pub use finding::{Finding, Pseudonym, RecordRef};
pub use hold::Hold;
pub use identifier::Identifier;
pub use ids::{ControllerId, ExportId, HoldId, InvalidId, PlanId, ScanId, SourceId, SplitId};
pub use info_type::{IdentifierClass, InfoType};
pub use info_types::InfoTypes;
pub use likelihood::Likelihood;
pub use link::{Explanation, Link, LinkRule, Member, Membership, Subject, Witness, fold};
pub use location::{ByteRange, CollectionName, FieldPath, Location, RecordKey};
pub use plan::{Action, Edit, FieldChange, Fingerprint, Outcome, Plan, PlanItem};
pub use policy::{
    CollectionPolicy, Contradiction, ContradictionReason, Exclusion, IdentitySource, RecordPolicy,
};
pub use receipt::{Receipt, ReceiptItem};
pub use scan::{Scan, ScanEvent, ScanState};
pub use source::{RegisteredSource, SourceKind, SourceSettings, SqlSettings};
pub use split::{Lease, LeaseToken, Split, SplitEvent, SplitSpec, SplitState};
pub use text::{Segment, Text};
