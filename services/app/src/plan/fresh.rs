//! Fresh reading: a Collection crawled again for one Subject.
//!
//! Planning and verification both read this way; the age of the index is never trusted for
//! acting. Nothing is written, neither to the Source nor to the index.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use hemvist_detect::{PeopleFields, Population};
use hemvist_model::{
    CollectionName, Coverage, Evidence, FieldPath, RecordKey, RecordRef, SkipReason, SourceId,
    SplitSpec,
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
    /// In which Fields the numbers are identity numbers.
    pub(crate) people: PeopleFields,
    /// What was looked at.
    pub(crate) coverage: Coverage,
}

/// What one Split or batch gave. Whether numbers that stand alone are the Subject's is known only
/// when all of the Collection has been counted.
#[derive(Default)]
struct Seen {
    records: BTreeMap<RecordRef, (RecordKey, u64)>,
    held_back: BTreeMap<(RecordRef, FieldPath, bool), (RecordKey, u64)>,
    population: Population,
    coverage: Coverage,
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
    let mut seen = Seen::default();
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
                seen.merge(split);
            }
            Err(error) => seen.coverage.add_failed(error.skip_reason(), 1),
        }
    }
    seen.decided()
}

async fn read_split(
    crawler: &Crawler,
    source: &dyn Source,
    split: SplitSpec,
    examine: Examine<Seen>,
) -> Seen {
    let mut seen = Seen::default();
    let mut gather = |batch: Seen| seen.merge(batch);
    let read = crawler.split(source, &split, examine, &mut gather).await;
    match read {
        Ok(coverage) => seen.coverage.merge(&coverage),
        Err(error) => seen
            .coverage
            .add_failed(error.skip_reason(), split.records.unwrap_or(1).max(1)),
    }
    seen
}

fn examine(source: SourceId, collection: CollectionName, acting: Acting) -> Examine<Seen> {
    Arc::new(move |examined: Examined<'_>| {
        let mut seen = Seen {
            population: examined.population(),
            ..Seen::default()
        };
        for sighting in examined.sightings() {
            let whose = acting.whose(sighting.detection);
            let held_back = whose != Whose::Subject && acting.may_be_subject(sighting.detection);
            if whose != Whose::Subject && !held_back {
                continue;
            }
            let key = examined.record_key(sighting.row);
            let record_ref = acting.keys.record_ref(&source, &collection, &key);
            let record = if held_back {
                let stated = sighting.detection.evidence.has(Evidence::CENTURY_STATED);
                let place = (record_ref, FieldPath::new(sighting.field), stated);
                seen.held_back.entry(place).or_insert((key, 0))
            } else {
                seen.records.entry(record_ref).or_insert((key, 0))
            };
            record.1 += 1;
        }
        seen
    })
}

impl Seen {
    fn merge(&mut self, other: Seen) {
        self.coverage.merge(&other.coverage);
        self.population.merge(&other.population);
        for (record_ref, record) in other.records {
            self.add(record_ref, record);
        }
        for (place, (key, places)) in other.held_back {
            if self.held_back.len() >= RECORDS_MAX && !self.held_back.contains_key(&place) {
                self.coverage.add_failed(SkipReason::Internal, 1);
                return;
            }
            self.held_back.entry(place).or_insert((key, 0)).1 += places;
        }
    }

    fn add(&mut self, record_ref: RecordRef, (key, places): (RecordKey, u64)) {
        if self.records.len() >= RECORDS_MAX && !self.records.contains_key(&record_ref) {
            self.coverage.add_failed(SkipReason::Internal, 1);
            return;
        }
        self.records.entry(record_ref).or_insert((key, 0)).1 += places;
    }

    fn decided(mut self) -> Fresh {
        let people = self.population.people();
        for ((record_ref, field, century_stated), record) in std::mem::take(&mut self.held_back) {
            if people.has(century_stated, field.as_str()) {
                self.add(record_ref, record);
            }
        }
        Fresh {
            records: self.records,
            people,
            coverage: self.coverage,
        }
    }
}
