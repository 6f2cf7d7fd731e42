//! The crawl: Batches of a Split, from the Source to the detectors and back.
//!
//! Reading is async and bounded; decoding and detection run on rayon. A batch is handed over once
//! and its result comes back once; at most [`in_flight_max`] are on their way, so that memory does
//! not grow with the Split. This module knows neither the index nor any plan: what is done with
//! the sightings is the caller's `examine`, which runs on the detection threads.

mod examined;
mod object;
mod passages;
mod record;
mod rows;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hemvist_decode::Limits;
use hemvist_detect::{Engine, PeopleFields, Scanned};
use hemvist_model::{Coverage, SkipReason, SplitSpec, Text};
use hemvist_source::{Batch, ColumnKind, Kind, RowBatch, Source, SourceError};
use tokio::sync::oneshot;

use examined::Unit;
pub(crate) use examined::{Examined, Sighting};
use object::OpenObject;
pub(crate) use passages::Passage;
use rows::RowText;

/// How often one Split is taken up again after the store broke off.
const RESUMES_MAX: u32 = 3;

/// What a caller makes of the detections of one batch; runs on a detection thread.
pub(crate) type Examine<T> = Arc<dyn Fn(Examined<'_>) -> T + Send + Sync>;

/// Reads Splits and detects in them.
#[derive(Clone)]
pub(crate) struct Crawler {
    engine: Arc<Engine>,
    people: Arc<PeopleFields>,
    limits: Limits,
}

impl Crawler {
    pub(crate) fn new(engine: Arc<Engine>, limits: Limits) -> Self {
        Self {
            engine,
            people: Arc::default(),
            limits,
        }
    }

    /// The same crawler, which knows beforehand in which Fields the numbers are identity numbers.
    pub(crate) fn among(&self, people: PeopleFields) -> Self {
        Self {
            people: Arc::new(people),
            ..self.clone()
        }
    }

    /// Detects in one Text, after what `scanned` already holds.
    fn scan(&self, text: Text<'_>, scanned: &mut Scanned) {
        let known = scanned.detections.len();
        self.engine.scan(text, scanned);
        let new = scanned.detections.get_mut(known..).unwrap_or_default();
        self.people.weigh_all(text, new);
    }

    /// Reads one Split to its end. Every batch's sightings go through `examine`, its results to
    /// `gather` (in no particular order).
    ///
    /// # Errors
    /// When the Split could not be read to its end; what was gathered is then incomplete.
    pub(crate) async fn split<T: Send + 'static>(
        &self,
        source: &dyn Source,
        spec: &SplitSpec,
        examine: Examine<T>,
        gather: &mut (dyn FnMut(T) + Send),
    ) -> Result<Coverage, SourceError> {
        let mut crawl = Crawl::new(self.clone(), examine, gather);
        let mut resumes = 0;
        let mut stream = source.read(spec, None);
        while let Some(batch) = stream.next().await {
            match batch {
                Ok(batch) => crawl.take(batch).await,
                Err(error)
                    if error.kind() == Kind::Transient
                        && resumes < RESUMES_MAX
                        && crawl.can_resume() =>
                {
                    resumes += 1;
                    stream = source.read(spec, crawl.resume.as_deref());
                }
                Err(error) => {
                    crawl.settle(0).await;
                    return Err(error);
                }
            }
        }
        crawl.settle(0).await;
        Ok(crawl.coverage)
    }
}

/// How many batches may be on their way to and from detection.
fn in_flight_max() -> usize {
    rayon::current_num_threads() + 2
}

/// What came back for one batch.
struct Settled<T> {
    results: Vec<T>,
    coverage: Coverage,
}

/// One Split being read.
struct Crawl<'g, T> {
    crawler: Crawler,
    examine: Examine<T>,
    gather: &'g mut (dyn FnMut(T) + Send),
    in_flight: FuturesUnordered<oneshot::Receiver<Settled<T>>>,
    object: Option<OpenObject>,
    /// Where to go on right after the latest batch. Never an earlier place: what came after that
    /// would be counted twice.
    resume: Option<Vec<u8>>,
    coverage: Coverage,
}

impl<'g, T: Send + 'static> Crawl<'g, T> {
    fn new(crawler: Crawler, examine: Examine<T>, gather: &'g mut (dyn FnMut(T) + Send)) -> Self {
        Self {
            crawler,
            examine,
            gather,
            in_flight: FuturesUnordered::new(),
            object: None,
            resume: None,
            coverage: Coverage::default(),
        }
    }

    /// Only between Records: half an object read twice would be counted twice.
    fn can_resume(&self) -> bool {
        self.object.is_none() && self.resume.is_some()
    }

    async fn take(&mut self, batch: Batch) {
        self.settle(in_flight_max() - 1).await;
        match batch {
            Batch::Rows(rows) => self.take_rows(rows),
            Batch::Object(piece) => self.take_piece(piece).await,
            Batch::Skipped(skipped) => self.take_skipped(skipped),
        }
    }

    fn take_rows(&mut self, mut rows: RowBatch) {
        self.resume = rows.resume.take();
        let (crawler, examine) = (self.crawler.clone(), Arc::clone(&self.examine));
        let mut lost = Coverage::default();
        lost.add_failed(SkipReason::Internal, rows.rows() as u64);
        self.hand_over(lost, move || {
            let layout = RowText::new(&rows);
            let mut scanned = Scanned::default();
            crawler.scan(layout.text(&rows), &mut scanned);
            let result = examine(Examined {
                unit: Unit::Rows(&rows, &layout),
                scanned: &scanned,
            });
            Settled {
                results: vec![result],
                coverage: coverage_of_rows(&rows, &scanned, layout.inexact_rows()),
            }
        });
    }

    /// Runs `work` on a detection thread. A panic there is a defect of ours, but only of this
    /// batch: it is counted as `lost` and the rest goes on.
    fn hand_over(&mut self, lost: Coverage, work: impl FnOnce() -> Settled<T> + Send + 'static) {
        let (answer, settled) = oneshot::channel();
        self.in_flight.push(settled);
        rayon::spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Settled {
                results: Vec::new(),
                coverage: lost,
            });
            // Nobody listens any more when the crawl was dropped.
            _ = answer.send(outcome);
        });
    }

    /// Waits until at most `left` batches are on their way.
    async fn settle(&mut self, left: usize) {
        while self.in_flight.len() > left {
            if let Some(Ok(settled)) = self.in_flight.next().await {
                self.coverage.merge(&settled.coverage);
                settled.results.into_iter().for_each(&mut *self.gather);
            }
        }
    }
}

fn coverage_of_rows(rows: &RowBatch, scanned: &Scanned, inexact_rows: u64) -> Coverage {
    let mut coverage = Coverage::default();
    let (count, bytes) = (rows.rows() as u64, rows.text.len() as u64);
    let unread = unread_rows(rows);
    match scanned.skips.first() {
        Some(skip) => coverage.add_partial(skip.reason, count, bytes),
        None => {
            // A row may be both; it is counted once.
            let inexact_rows = inexact_rows.min(count - unread);
            coverage.add_scanned(count - unread - inexact_rows, bytes);
            if unread > 0 {
                coverage.add_partial(SkipReason::Binary, unread, 0);
            }
            if inexact_rows > 0 {
                coverage.add_partial(SkipReason::Unsupported, inexact_rows, 0);
            }
        }
    }
    coverage
}

/// Rows in which a binary column holds something.
fn unread_rows(rows: &RowBatch) -> u64 {
    let columns = rows.columns().iter().enumerate();
    let binary: Vec<usize> = columns
        .filter(|(_, column)| column.kind == ColumnKind::Binary)
        .map(|(index, _)| index)
        .collect();
    let holds = |row: &usize| {
        binary
            .iter()
            .any(|column| rows.cell(*row, *column).is_some())
    };
    (0..rows.rows()).filter(holds).count() as u64
}
