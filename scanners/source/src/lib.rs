//! The one open trait, [`Source`], and what flows over it.
//!
//! A Source lists its Collections, cuts them into Splits, reads a Split as [`Batch`]es, reads one
//! Record again, and changes one Record if its Fingerprint still holds. It does not detect
//! anything, keeps no index, and knows no plan. The conformance suite in [`conformance`] says
//! what every Source must do; [`memory::MemorySource`] is the smallest one that does.

mod batch;
mod change;
mod collection;
pub mod conformance;
mod error;
mod fingerprint;
pub mod memory;
mod record;

use async_trait::async_trait;
use futures::stream::BoxStream;
use hemvist_model::{CollectionName, Fingerprint, RecordKey, SplitSpec};

pub use batch::{Batch, Cell, ObjectPiece, RowBatch, SkippedRecord};
pub use change::{Change, Changed, Rewrite};
pub use collection::{Capabilities, Collection, Column, ColumnKind, Reference, RowKey};
pub use error::{Kind, SourceError};
pub use fingerprint::{Fingerprinter, ObjectFingerprint};
pub use record::{ObjectRecord, RecordImage, RowRecord, row_digest};

/// Batches of one Split, in order.
pub type BatchStream = BoxStream<'static, Result<Batch, SourceError>>;

/// Splits of one Collection, cut as they are found, so that a large Collection need not be listed
/// to its end before work begins.
pub type SplitStream = BoxStream<'static, Result<SplitSpec, SourceError>>;

/// One store reached with one credential.
///
/// Reading never writes, locks or holds a transaction for long; the bounds are the implementor's
/// and named there. Every method is safe to drop at any await point: nothing stays half done and
/// no connection goes back to its pool inside a transaction.
#[async_trait]
pub trait Source: Send + Sync {
    /// Connects and finds out what the store can do. Called when the Source is registered.
    async fn probe(&self) -> Result<Capabilities, SourceError>;

    /// Lists the Collections, in a stable order. What is left alone on purpose (views) is not
    /// listed here but in [`Source::left_alone`].
    async fn collections(&self) -> Result<Vec<Collection>, SourceError>;

    /// Names of what is left alone on purpose, with the reason in words.
    async fn left_alone(&self) -> Result<Vec<(CollectionName, &'static str)>, SourceError>;

    /// Cuts a Collection into Splits that together hold every Record exactly once.
    ///
    /// A Collection that is gone gives `Kind::NotFound`, one that may not be read `Kind::Denied`.
    fn splits(&self, collection: &CollectionName) -> SplitStream;

    /// Reads a Split from its beginning, or from after the Batch that gave `resume`.
    ///
    /// An object that cannot be read comes as [`Batch::Skipped`] and the rest goes on; an `Err`
    /// ends the stream.
    fn read(&self, split: &SplitSpec, resume: Option<&[u8]>) -> BatchStream;

    /// Reads one Record again; `None` when it is gone.
    async fn read_record(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
    ) -> Result<Option<RecordImage>, SourceError>;

    /// Changes one Record, if its Fingerprint still is `expected`, in one transaction or one
    /// conditional request: exactly this Record or nothing.
    async fn change(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
        expected: &Fingerprint,
        fingerprinter: &Fingerprinter,
        change: Change,
    ) -> Result<Changed, SourceError>;
}
