//! Fresh reading: a Collection crawled again for one Subject.
//!
//! Planning and verification both read this way; the age of the index is never trusted for
//! acting. Nothing is written, neither to the Source nor to the index.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use hemvist_model::{
    CollectionName, Coverage, RecordKey, RecordRef, SkipReason, SourceId, SplitSpec,
};
use hemvist_source::{Source, SourceError};

use crate::acting::{Acting, Whose};
use crate::crawl::{Crawler, Examine, Examined};

/// Splits of one Collection read at the same time.
const SPLITS_IN_PARALLEL: usize = 4;
/// Records of one Subject in one Collection that are kept; more are a fault, not a person.
const RECORDS_MAX: usize = 100_000;

/// The Subject's Records in one Collection, as they are now.
#[derive(Default)]
pub(crate) struct Fresh {
    /// Each with the number of places where the Subject stands.
    pub(crate) records: BTreeMap<RecordRef, (RecordKey, u64)>,
    /// What was looked at.
    pub(crate) coverage: Coverage,
}

/// Reads a Collection for a Subject. What could not be read is in the Coverage; `tell` hears of
/// every further number of Records that were.
pub(crate) async fn read_fresh(
    crawler: &Crawler,
    source: &dyn Source,
    id: &SourceId,
    collection: &CollectionName,
    acting: &Acting,
    tell: &(dyn Fn(u64) + Sync),
) -> Fresh {
    let mut fresh = Fresh::default();
    let examine = examine(id.clone(), collection.clone(), acting.clone());
    let splits = source.splits(collection);
    let read = splits
        .map_ok(|split| {
            let examine = Arc::clone(&examine);
            async move { Ok::<_, SourceError>(read_split(crawler, source, split, examine).await) }
        })
        .try_buffer_unordered(SPLITS_IN_PARALLEL);
    let mut read = std::pin::pin!(read);
    while let Some(split) = read.next().await {
        match split {
            Ok(split) => {
                tell(split.coverage.enumerated());
                fresh.merge(split);
            }
            Err(error) => fresh.coverage.add_failed(error.skip_reason(), 1),
        }
    }
    fresh
}

async fn read_split(
    crawler: &Crawler,
    source: &dyn Source,
    split: SplitSpec,
    examine: Examine<Fresh>,
) -> Fresh {
    let mut fresh = Fresh::default();
    let mut gather = |batch: Fresh| fresh.merge(batch);
    let read = crawler.split(source, &split, examine, &mut gather).await;
    match read {
        Ok(coverage) => fresh.coverage.merge(&coverage),
        Err(error) => fresh
            .coverage
            .add_failed(error.skip_reason(), split.records.unwrap_or(1).max(1)),
    }
    fresh
}

fn examine(source: SourceId, collection: CollectionName, acting: Acting) -> Examine<Fresh> {
    Arc::new(move |examined: Examined<'_>| {
        let mut fresh = Fresh::default();
        for sighting in examined.sightings() {
            if acting.whose(sighting.detection) == Whose::Subject {
                let key = examined.record_key(sighting.row);
                let record_ref = acting.keys.record_ref(&source, &collection, &key);
                fresh.records.entry(record_ref).or_insert((key, 0)).1 += 1;
            }
        }
        fresh
    })
}

impl Fresh {
    fn merge(&mut self, other: Fresh) {
        self.coverage.merge(&other.coverage);
        for (record_ref, (key, places)) in other.records {
            if self.records.len() >= RECORDS_MAX && !self.records.contains_key(&record_ref) {
                self.coverage.add_failed(SkipReason::Internal, 1);
                return;
            }
            self.records.entry(record_ref).or_insert((key, 0)).1 += places;
        }
    }
}
