//! What is declared as left alone, taken out of what a Source gives.
//!
//! An excluded Collection is listed as left alone, an excluded object is skipped as `EXCLUDED`, an
//! excluded column is read and never searched. Changes go through as they are: they name Records
//! that were planned under the same declarations.

use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use hemvist_model::{
    CollectionName, Exclusion, Fingerprint, RecordKey, Skip, SkipReason, SplitSpec,
};
use hemvist_source::{
    Batch, BatchStream, Capabilities, Change, Changed, Collection, ColumnKind, Fingerprinter,
    ObjectPiece, RecordImage, SkippedRecord, Source, SourceError, SplitStream,
};

/// Why an excluded Collection is left alone.
const DECLARED: &str = "left alone by declaration";

/// A Source without what is excluded.
pub(crate) struct Excluding {
    source: Arc<dyn Source>,
    exclusions: Arc<[Exclusion]>,
}

impl Excluding {
    /// The Source as it is when nothing is excluded.
    pub(crate) fn of(source: Arc<dyn Source>, exclusions: &[Exclusion]) -> Arc<dyn Source> {
        match exclusions.is_empty() {
            true => source,
            false => Arc::new(Self {
                source,
                exclusions: exclusions.into(),
            }),
        }
    }

    fn is_whole(&self, name: &CollectionName) -> bool {
        self.exclusions.iter().any(|one| one.is_whole(name))
    }
}

/// The Collection as it is searched.
fn searched(exclusions: &[Exclusion], collection: &Collection) -> Collection {
    let mut searched = collection.clone();
    let columns = collection.columns.iter().cloned().map(|mut column| {
        let fits = |one: &Exclusion| one.fits(&collection.name, column.name.as_bytes());
        if exclusions.iter().any(fits) {
            column.kind = ColumnKind::Opaque;
        }
        column
    });
    searched.columns = columns.collect();
    searched
}

/// The Batch without what is excluded; `None` for nothing.
fn without(exclusions: &[Exclusion], batch: Batch) -> Option<Batch> {
    match batch {
        Batch::Rows(mut rows) => {
            rows.collection = Arc::new(searched(exclusions, &rows.collection));
            Some(Batch::Rows(rows))
        }
        Batch::Object(piece) if is_excluded(exclusions, &piece) => piece.last.then(|| {
            Batch::Skipped(SkippedRecord {
                key: piece.key,
                skip: Skip::new(SkipReason::Excluded, DECLARED),
            })
        }),
        batch => Some(batch),
    }
}

fn is_excluded(exclusions: &[Exclusion], piece: &ObjectPiece) -> bool {
    let RecordKey::Object { key, .. } = &piece.key else {
        return false;
    };
    exclusions
        .iter()
        .any(|one| one.fits(&piece.collection, key))
}

#[async_trait]
impl Source for Excluding {
    async fn probe(&self) -> Result<Capabilities, SourceError> {
        self.source.probe().await
    }

    async fn collections(&self) -> Result<Vec<Collection>, SourceError> {
        let listed = self.source.collections().await?;
        let kept = listed.iter().filter(|one| !self.is_whole(&one.name));
        Ok(kept.map(|one| searched(&self.exclusions, one)).collect())
    }

    async fn left_alone(&self) -> Result<Vec<(CollectionName, &'static str)>, SourceError> {
        let mut left = self.source.left_alone().await?;
        let listed = self.source.collections().await?;
        let excluded = listed.into_iter().filter(|one| self.is_whole(&one.name));
        left.extend(excluded.map(|one| (one.name, DECLARED)));
        Ok(left)
    }

    fn splits(&self, collection: &CollectionName) -> SplitStream {
        match self.is_whole(collection) {
            true => stream::empty().boxed(),
            false => self.source.splits(collection),
        }
    }

    fn read(&self, split: &SplitSpec, resume: Option<&[u8]>) -> BatchStream {
        let exclusions = Arc::clone(&self.exclusions);
        let batches = self.source.read(split, resume).filter_map(move |batch| {
            let left = batch.map(|batch| without(&exclusions, batch)).transpose();
            std::future::ready(left)
        });
        batches.boxed()
    }

    async fn read_record(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
    ) -> Result<Option<RecordImage>, SourceError> {
        let image = self.source.read_record(collection, key).await?;
        Ok(image.map(|image| match image {
            RecordImage::Row(mut row) => {
                row.collection = Arc::new(searched(&self.exclusions, &row.collection));
                RecordImage::Row(row)
            }
            object => object,
        }))
    }

    async fn change(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
        expected: &Fingerprint,
        fingerprinter: &Fingerprinter,
        change: Change,
    ) -> Result<Changed, SourceError> {
        let source = &self.source;
        source
            .change(collection, key, expected, fingerprinter, change)
            .await
    }
}
