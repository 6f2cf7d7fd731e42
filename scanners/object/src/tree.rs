//! A directory with everything below it.
//!
//! A key is the path from the root, as the bytes that the file system holds. Every path is walked
//! name by name without following a symbolic link, so nothing outside the root is ever reached;
//! only the root itself may be a link. Links, sockets, pipes and devices are listed and skipped,
//! directories that cannot be listed as well: a gap is never silent.
//!
//! Rewriting writes a new file and renames it over the old one, so a program that keeps the old
//! file open goes on writing into a file that has no name any more: a log is rewritten after it is
//! rotated, never while it is written. Another program that writes between the last check and the
//! rename, a few microseconds, is not noticed.

mod change;
mod path;
mod read;
mod walk;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{FutureExt, StreamExt, stream};
use hemvist_model::{CollectionName, Fingerprint, RecordKey, SplitSpec};
use hemvist_source::{
    BatchStream, Capabilities, Change, Changed, Collection, Fingerprinter, Kind, RecordImage,
    Source, SourceError, SplitStream,
};
use tokio::sync::{Mutex, mpsc};

use crate::SplitLimits;
use crate::opened::{self, Opened};

/// The name of a tree's one Collection.
pub const COLLECTION: &str = "files";

/// Splits that are cut before somebody takes them.
const SPLITS_AHEAD: usize = 2;

/// A file tree.
pub struct TreeSource {
    root: Arc<PathBuf>,
    limits: SplitLimits,
    /// One change at a time: two that rewrite one file would each rename over the other's.
    changing: Arc<Mutex<()>>,
}

impl TreeSource {
    /// The tree below `root`, which is looked at when asked and not now.
    #[must_use]
    pub fn new(root: PathBuf, limits: SplitLimits) -> Self {
        Self {
            root: Arc::new(root),
            limits,
            changing: Arc::default(),
        }
    }

    fn check_collection(&self, collection: &CollectionName) -> Result<(), SourceError> {
        if collection.as_str() == COLLECTION {
            Ok(())
        } else {
            Err(SourceError::new(
                Kind::NotFound,
                "a tree has one Collection, named files",
            ))
        }
    }
}

/// Runs what waits for a disk where waiting is allowed.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(SourceError::new(
            Kind::Bug,
            "reading a tree broke off inside",
        )),
    }
}

async fn open(root: Arc<PathBuf>, key: Vec<u8>) -> Result<Opened, SourceError> {
    blocking(move || read::open(&root, &key)).await
}

#[async_trait]
impl Source for TreeSource {
    async fn probe(&self) -> Result<Capabilities, SourceError> {
        let root = Arc::clone(&self.root);
        blocking(move || walk::check_root(&root)).await?;
        Ok(Capabilities {
            product: "file tree".to_owned(),
            conditional_writes: true,
            versions: false,
        })
    }

    async fn collections(&self) -> Result<Vec<Collection>, SourceError> {
        self.probe().await?;
        Ok(vec![Collection {
            name: CollectionName::new(COLLECTION),
            records_estimate: None,
            columns: Arc::default(),
            row_key: None,
            referenced_by: Vec::new(),
        }])
    }

    async fn left_alone(&self) -> Result<Vec<(CollectionName, &'static str)>, SourceError> {
        Ok(Vec::new())
    }

    fn splits(&self, collection: &CollectionName) -> SplitStream {
        if let Err(error) = self.check_collection(collection) {
            return stream::iter([Err(error)]).boxed();
        }
        let (root, limits, collection) = (Arc::clone(&self.root), self.limits, collection.clone());
        let (sender, receiver) = mpsc::channel(SPLITS_AHEAD);
        // Nobody waits for the walk: it ends by itself once the receiver is dropped.
        tokio::task::spawn_blocking(move || walk::walk(&root, collection, limits, &sender));
        stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|split| (split, receiver))
        })
        .boxed()
    }

    fn read(&self, split: &SplitSpec, resume: Option<&[u8]>) -> BatchStream {
        let root = Arc::clone(&self.root);
        let opening = move |entry: crate::list::Entry| open(Arc::clone(&root), entry.key).boxed();
        opened::read(split, resume, Arc::new(opening))
    }

    async fn read_record(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
    ) -> Result<Option<RecordImage>, SourceError> {
        self.check_collection(collection)?;
        let RecordKey::Object { key, version: None } = key else {
            return Ok(None);
        };
        open(Arc::clone(&self.root), key.clone()).await?.image()
    }

    async fn change(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
        expected: &Fingerprint,
        fingerprinter: &Fingerprinter,
        change: Change,
    ) -> Result<Changed, SourceError> {
        self.check_collection(collection)?;
        let RecordKey::Object { key, version: None } = key else {
            return Ok(Changed::Gone);
        };
        let change = change::Planned {
            root: Arc::clone(&self.root),
            key: key.clone(),
            expected: expected.clone(),
            fingerprinter: fingerprinter.clone(),
        }
        .with(change)?;
        let turn = Arc::clone(&self.changing).lock_owned().await;
        // Once begun it runs to its end, whoever stops waiting for it.
        blocking(move || {
            let _turn = turn;
            change.run()
        })
        .await
    }
}
