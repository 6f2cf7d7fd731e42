//! Hemvist's own database.

mod error;
mod seal;
mod store;
mod types;

pub use error::{Kind, StoreError};
pub use seal::SealingKey;
pub use store::{Store, StoreUrl};
pub use types::{
    AuditEntry, CutLease, FindingCursor, PlanLease, SourceCoverage, SplitResult, StoredFinding,
};
