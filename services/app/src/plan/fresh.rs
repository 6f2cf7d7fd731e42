//! Fresh reading: a Collection crawled again for one Subject.
//!
//! Planning and verification both read this way; the age of the index is never trusted for
//! acting. Nothing is written, neither to the Source nor to the index.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use hemvist_detect::{PeopleFields, Population, is_held_back, is_rival};
use hemvist_model::{
    CollectionName, Coverage, Detection, Evidence, FieldPath, RecordKey, RecordRef, SkipReason,
    SourceId, SplitSpec,
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

/// What one Split or batch gave. Whether digits that stand alone are the Subject's, their
/// neighbours decide, and those are known only at the end.
#[derive(Default)]
struct Seen {
    records: BTreeMap<RecordRef, (RecordKey, u64)>,
    open: BTreeMap<(RecordRef, FieldPath, Doubt), (RecordKey, u64)>,
    population: Population,
    people: PeopleFields,
    coverage: Coverage,
}

/// Why it is open whether a place is the Subject's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    /// It is the Subject's number among identity numbers: with the century, or without.
    HeldBack { century_stated: bool },
    /// It is the Subject's phone number, unless it stands among identity numbers.
    Rival,
}

impl Doubt {
    /// What keeps a Detection of one of the Subject's identifiers open, if anything.
    fn about(detection: &Detection) -> Option<Self> {
        let (likelihood, evidence) = (detection.likelihood, detection.evidence);
        if is_held_back(likelihood, evidence) {
            let century_stated = evidence.has(Evidence::CENTURY_STATED);
            return Some(Doubt::HeldBack { century_stated });
        }
        is_rival(detection.info_type(), likelihood, evidence).then_some(Doubt::Rival)
    }

    fn is_settled_by(self, people: &PeopleFields, field: &FieldPath) -> bool {
        match self {
            Doubt::HeldBack { century_stated } => people.has(century_stated, field.as_str()),
            Doubt::Rival => !people.has(false, field.as_str()),
        }
    }
}

/// Reads a Collection for a Subject. What could not be read is in the Coverage; `tell` hears of
/// every further number of Records that were. Evidence is only ever added: what the index knew of
/// its Fields (`recalled`), what one Split shows and what the whole Collection shows all count.
pub(crate) async fn read_fresh(
    crawler: &Crawler,
    source: &dyn Source,
    id: &SourceId,
    collection: &CollectionName,
    acting: &Acting,
    recalled: &PeopleFields,
    tell: &(dyn Fn(u64) + Sync),
) -> Fresh {
    let mut seen = Seen {
        people: recalled.clone(),
        ..Seen::default()
    };
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
    seen.people.merge(&seen.population.people());
    seen
}

fn examine(source: SourceId, collection: CollectionName, acting: Acting) -> Examine<Seen> {
    Arc::new(move |examined: Examined<'_>| {
        let mut seen = Seen {
            population: examined.population(),
            ..Seen::default()
        };
        for sighting in examined.sightings() {
            let detection = sighting.detection;
            let doubt = Doubt::about(detection);
            let is_theirs = match doubt {
                Some(_) => acting.is_of_subject(detection),
                None => acting.whose(detection) == Whose::Subject,
            };
            if !is_theirs {
                continue;
            }
            let key = examined.record_key(sighting.row);
            let record_ref = acting.keys.record_ref(&source, &collection, &key);
            let record = match doubt {
                None => seen.records.entry(record_ref).or_insert((key, 0)),
                Some(doubt) => {
                    let place = (record_ref, FieldPath::new(sighting.field), doubt);
                    seen.open.entry(place).or_insert((key, 0))
                }
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
        self.people.merge(&other.people);
        for (record_ref, record) in other.records {
            self.add(record_ref, record);
        }
        for (place, (key, places)) in other.open {
            if self.open.len() >= RECORDS_MAX && !self.open.contains_key(&place) {
                self.coverage.add_failed(SkipReason::Internal, 1);
                return;
            }
            self.open.entry(place).or_insert((key, 0)).1 += places;
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
        self.people.merge(&self.population.people());
        for ((record_ref, field, doubt), record) in std::mem::take(&mut self.open) {
            if doubt.is_settled_by(&self.people, &field) {
                self.add(record_ref, record);
            }
        }
        Fresh {
            records: self.records,
            people: self.people,
            coverage: self.coverage,
        }
    }
}
