//! A scan without any server or index: crawl once, count what lies where, show no value.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use hemvist_decode::Limits;
use hemvist_detect::{Engine, Options};
use hemvist_model::{CollectionName, Coverage, Date, InfoType, Likelihood, SplitSpec};
use hemvist_source::{Source, SourceError};

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

/// What a standalone scan of one Source saw.
#[derive(Debug, Clone, Default)]
pub struct StandaloneSummary {
    /// Where which InfoTypes lie, in the order of Collection, Field and InfoType.
    pub rows: Vec<SummaryRow>,
    /// What was looked at.
    pub coverage: Coverage,
    /// Collections left alone on purpose, and why.
    pub left_alone: Vec<(CollectionName, &'static str)>,
}

type Counts = BTreeMap<(String, InfoType), [u64; 3]>;

/// Crawls a Source once: these Collections, or all when none are named. `progress` is called with the Coverage of every Split that ends.
///
/// # Errors
/// When the Source cannot be listed at all; what fails below that is Coverage.
pub async fn scan_standalone(
    source: Arc<dyn Source>,
    wanted: &[String],
    reference_date: Date,
    progress: &(dyn Fn(&Coverage) + Send + Sync),
) -> Result<StandaloneSummary, SourceError> {
    let crawler = Crawler::new(
        Arc::new(Engine::new(Options { reference_date })),
        Limits::default(),
    );
    let mut summary = StandaloneSummary {
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
        let mut counts = Counts::new();
        let splits = source.splits(&collection.name);
        let read = splits
            .map_ok(|split| read_split(&crawler, &source, split))
            .try_buffer_unordered(SPLITS_IN_PARALLEL);
        let mut read = std::pin::pin!(read);
        while let Some(split) = read.next().await {
            let (split_counts, coverage) =
                split.unwrap_or_else(|error| (Counts::new(), failed(&error, None)));
            split_counts
                .into_iter()
                .for_each(|(place, values)| add(&mut counts, place, values));
            progress(&coverage);
            summary.coverage.merge(&coverage);
        }
        summary.rows.extend(
            counts
                .into_iter()
                .map(|((field, info_type), values)| SummaryRow {
                    collection: collection.name.clone(),
                    field,
                    info_type,
                    values,
                }),
        );
    }
    Ok(summary)
}

async fn read_split(
    crawler: &Crawler,
    source: &Arc<dyn Source>,
    split: SplitSpec,
) -> Result<(Counts, Coverage), SourceError> {
    let examine: Examine<Counts> = Arc::new(|examined| count(&examined));
    let mut counts = Counts::new();
    let mut gather = |batch: Counts| {
        batch
            .into_iter()
            .for_each(|(place, values)| add(&mut counts, place, values))
    };
    let read = crawler.split(&**source, &split, examine, &mut gather).await;
    let coverage = read.unwrap_or_else(|error| failed(&error, split.records));
    Ok((counts, coverage))
}

fn count(examined: &Examined<'_>) -> Counts {
    let mut by_place: std::collections::HashMap<(&str, InfoType), [u64; 3]> =
        std::collections::HashMap::new();
    for sighting in examined.sightings() {
        let values = by_place
            .entry((sighting.field, sighting.detection.info_type()))
            .or_default();
        let step = match sighting.detection.likelihood {
            Likelihood::Possible => 0,
            Likelihood::Likely => 1,
            Likelihood::VeryLikely => 2,
        };
        values[step] += 1;
    }
    by_place
        .into_iter()
        .map(|((field, info_type), values)| ((field.to_owned(), info_type), values))
        .collect()
}

fn add(counts: &mut Counts, mut place: (String, InfoType), values: [u64; 3]) {
    if counts.len() >= FIELDS_MAX && !counts.contains_key(&place) {
        OTHER_FIELDS.clone_into(&mut place.0);
    }
    let known = counts.entry(place).or_default();
    known
        .iter_mut()
        .zip(values)
        .for_each(|(known, more)| *known += more);
}

fn failed(error: &SourceError, records: Option<u64>) -> Coverage {
    let mut coverage = Coverage::default();
    coverage.add_failed(error.skip_reason(), records.unwrap_or(1).max(1));
    coverage
}
