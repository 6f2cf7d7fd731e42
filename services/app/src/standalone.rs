//! A scan without any server or index: crawl once, count what lies where, show no value.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use hemvist_decode::Limits;
use hemvist_detect::{PeopleFields, Population, is_held_back, is_rival};
use hemvist_model::{
    CollectionName, Coverage, Date, Detection, Evidence, InfoType, InfoTypes, Likelihood, SplitSpec,
};
use hemvist_source::{Source, SourceError};

use crate::Detectors;
use crate::crawl::{Crawler, Examine, Examined};

/// Splits read at the same time.
const SPLITS_IN_PARALLEL: usize = 4;
/// Field names told apart in one Collection; documents may have keys without end.
const FIELDS_MAX: usize = 10_000;
/// The name under which Fields over that number are counted together.
const OTHER_FIELDS: &str = "(further fields)";

/// How many values of one InfoType stand in one Field of one Collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRow {
    /// The table, bucket or tree.
    pub collection: CollectionName,
    /// The Field.
    pub field: String,
    /// The kind of data.
    pub info_type: InfoType,
    /// Values, by Likelihood: POSSIBLE, LIKELY, VERY_LIKELY.
    pub values: [u64; 3],
}

/// What to look through, and for what.
#[derive(Clone, Default)]
pub struct StandaloneOptions {
    /// These Collections only; empty: all.
    pub collections: Vec<String>,
    /// Which detectors look.
    pub detectors: Detectors,
    /// Only these; empty: what the detectors are configured to look for.
    pub info_types: InfoTypes,
}

/// What a standalone scan of one Source saw.
#[derive(Debug, Clone, Default)]
pub struct StandaloneSummary {
    /// Where which InfoTypes lie, in the order of Collection, Field and InfoType.
    pub rows: Vec<SummaryRow>,
    /// What was looked for.
    pub info_types: InfoTypes,
    /// What was looked at.
    pub coverage: Coverage,
    /// Collections left alone on purpose, and why.
    pub left_alone: Vec<(CollectionName, &'static str)>,
}

type Counts = BTreeMap<(String, InfoType), Values>;

/// Values of one InfoType in one Field.
#[derive(Clone, Copy, Default)]
struct Values {
    /// By Likelihood, as each stands alone.
    alone: [u64; 3],
    /// Those that their neighbours may make `LIKELY`: without a century, and with it.
    held_back: [u64; 2],
    /// Those that their neighbours may make `POSSIBLE`.
    rivals: u64,
}

/// What was counted in a batch, a Split or a Collection.
#[derive(Default)]
struct Counted {
    counts: Counts,
    population: Population,
}

/// Crawls a Source once. `progress` is called with the Coverage of every Split that ends.
///
/// # Errors
/// When the Source cannot be listed at all; what fails below that is Coverage.
pub async fn scan_standalone(
    source: Arc<dyn Source>,
    options: &StandaloneOptions,
    reference_date: Date,
    progress: &(dyn Fn(&Coverage) + Send + Sync),
) -> Result<StandaloneSummary, SourceError> {
    let info_types = options.detectors.wanted(options.info_types);
    let engine = options.detectors.scanning(info_types, reference_date);
    let crawler = Crawler::new(Arc::new(engine), Limits::default());
    let wanted = &options.collections;
    let mut summary = StandaloneSummary {
        info_types,
        left_alone: source.left_alone().await?,
        ..Default::default()
    };
    let is_wanted = |name: &CollectionName| {
        wanted.is_empty() || wanted.iter().any(|wanted| wanted == name.as_str())
    };
    for collection in source
        .collections()
        .await?
        .into_iter()
        .filter(|collection| is_wanted(&collection.name))
    {
        let mut counted = Counted::default();
        let splits = source.splits(&collection.name);
        let read = splits
            .map_ok(|split| read_split(&crawler, &source, split, info_types))
            .try_buffer_unordered(SPLITS_IN_PARALLEL);
        let mut read = std::pin::pin!(read);
        while let Some(split) = read.next().await {
            let (of_split, coverage) =
                split.unwrap_or_else(|error| (Counted::default(), failed(&error, None)));
            counted.merge(of_split);
            progress(&coverage);
            summary.coverage.merge(&coverage);
        }
        let people = counted.population.people();
        let row = |((field, info_type), values): ((String, InfoType), Values)| SummaryRow {
            collection: collection.name.clone(),
            values: values.among(&people, &field),
            field,
            info_type,
        };
        summary.rows.extend(counted.counts.into_iter().map(row));
    }
    Ok(summary)
}

async fn read_split(
    crawler: &Crawler,
    source: &Arc<dyn Source>,
    split: SplitSpec,
    wanted: InfoTypes,
) -> Result<(Counted, Coverage), SourceError> {
    let examine: Examine<Counted> = Arc::new(move |examined| count(&examined, wanted));
    let mut counted = Counted::default();
    let mut gather = |batch: Counted| counted.merge(batch);
    let read = crawler.split(&**source, &split, examine, &mut gather).await;
    let coverage = read.unwrap_or_else(|error| failed(&error, split.records));
    Ok((counted, coverage))
}

fn count(examined: &Examined<'_>, wanted: InfoTypes) -> Counted {
    let mut by_place: HashMap<(&str, InfoType), Values> = HashMap::new();
    for sighting in examined.sightings() {
        let detection = sighting.detection;
        if !wanted.has(detection.info_type()) {
            continue;
        }
        let values = by_place
            .entry((sighting.field, detection.info_type()))
            .or_default();
        values.count(detection);
    }
    let named = |((field, info_type), values): ((&str, InfoType), Values)| {
        ((field.to_owned(), info_type), values)
    };
    Counted {
        counts: by_place.into_iter().map(named).collect(),
        population: examined.population(),
    }
}

impl Counted {
    fn merge(&mut self, other: Counted) {
        self.population.merge(&other.population);
        for (mut place, values) in other.counts {
            if self.counts.len() >= FIELDS_MAX && !self.counts.contains_key(&place) {
                OTHER_FIELDS.clone_into(&mut place.0);
            }
            self.counts.entry(place).or_default().add(values);
        }
    }
}

impl Values {
    fn count(&mut self, detection: &Detection) {
        let (likelihood, evidence) = (detection.likelihood, detection.evidence);
        let step = match likelihood {
            Likelihood::Possible => 0,
            Likelihood::Likely => 1,
            Likelihood::VeryLikely => 2,
        };
        self.alone[step] += 1;
        if is_held_back(likelihood, evidence) {
            self.held_back[usize::from(evidence.has(Evidence::CENTURY_STATED))] += 1;
        }
        self.rivals += u64::from(is_rival(detection.info_type(), likelihood, evidence));
    }

    fn add(&mut self, other: Values) {
        let add = |known: &mut [u64], more: &[u64]| {
            known
                .iter_mut()
                .zip(more)
                .for_each(|(known, more)| *known += more);
        };
        add(&mut self.alone, &other.alone);
        add(&mut self.held_back, &other.held_back);
        self.rivals += other.rivals;
    }

    /// By Likelihood, weighed among their neighbours.
    fn among(&self, people: &PeopleFields, field: &str) -> [u64; 3] {
        let [mut possible, mut likely, very_likely] = self.alone;
        for (century_stated, held_back) in [false, true].into_iter().zip(self.held_back) {
            if people.has(century_stated, field) {
                possible -= held_back;
                likely += held_back;
            }
        }
        if people.has(false, field) {
            possible += self.rivals;
            likely -= self.rivals;
        }
        [possible, likely, very_likely]
    }
}

fn failed(error: &SourceError, records: Option<u64>) -> Coverage {
    let mut coverage = Coverage::default();
    coverage.add_failed(error.skip_reason(), records.unwrap_or(1).max(1));
    coverage
}
