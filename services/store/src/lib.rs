//! Hemvist's own database: the registry, the queue of Splits, the index, Plans with their journal,
//! and the audit log. SQLite by default, PostgreSQL where there is more than one process.
//!
//! Every operation is one method of [`Store`] and one transaction, which a dropped future cannot
//! leave half done. Leases, tokens and instants are those of the database's clock. Record keys,
//! Field paths, Split bounds and Plans are sealed; no Identifier ever comes here.
//!
//! Deliberately absent: detection, Sources, policy about what may be done, retries (the caller
//! reads [`StoreError::kind`]), and any trait: there are two backends, and they share every
//! statement but those that make tables.

mod audit;
mod cut;
mod db;
mod error;
mod forget;
mod holds;
mod index;
mod journal;
mod links;
mod plans;
mod progress;
mod readings;
mod scans;
mod schema;
mod seal;
mod sources;
mod splits;
mod store;
mod types;
mod write;

pub use error::{Kind, StoreError};
pub use seal::SealingKey;
pub use store::{Store, StoreUrl};
pub use types::{
    AuditEntry, CollectionReading, CutLease, FindingCursor, PlanLease, SourceCoverage, SplitResult,
    StoredFinding,
};
