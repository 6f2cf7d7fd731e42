//! One item of a Plan: a Record read again, looked at, and decided about.

use std::sync::Arc;
use std::time::Duration;

use hemvist_model::{
    Action, CollectionName, Fingerprint, Outcome, PlanItem, RecordKey, RecordRef, RegisteredSource,
};
use hemvist_source::{Kind, RecordImage, RowRecord, Source, SourceError};

use super::decide::{Decision, RowFacts, Rule, decide_object, decide_row};
use super::effect::{changed_cells, key_of, rewrite, rewritten};
use super::look::{self, HoldsOf, holds_of};
use crate::acting::Acting;
use crate::crawl::Crawler;

/// Records read again at the same time.
pub(super) const RECORDS_IN_PARALLEL: usize = 4;
/// How often a call to a Source is tried, the first time included.
pub(crate) const ATTEMPTS_MAX: u32 = 3;
/// How long to wait before another attempt.
pub(crate) const RETRY_PAUSE: Duration = Duration::from_millis(50);

/// Plans the Records of one Collection.
#[derive(Clone)]
pub(super) struct Planner<'a> {
    pub(super) source: Arc<dyn Source>,
    pub(super) registered: &'a RegisteredSource,
    pub(super) collection: CollectionName,
    pub(super) acting: &'a Acting,
    pub(super) rule: Rule,
    /// What keeps the Collection's Records from being changed.
    pub(super) retained: Option<Outcome>,
    pub(super) crawler: Crawler,
}

/// A Record as planning saw it.
struct Looked {
    fingerprint: Fingerprint,
    expected: Option<Fingerprint>,
    moved: Option<RecordKey>,
    holds: HoldsOf,
    decision: Decision,
}

impl Planner<'_> {
    /// The item of a Record; `None` when it, or the Subject in it, is gone since the crawl.
    pub(super) async fn item(&self, record_ref: RecordRef, record: RecordKey) -> Option<PlanItem> {
        let looked = match self.look(record_ref, &record).await {
            Ok(looked) => looked?,
            Err(error) => Looked {
                fingerprint: Fingerprint {
                    digest: [0; 32],
                    store_version: None,
                },
                expected: None,
                moved: None,
                holds: Vec::new(),
                decision: Decision::leave(
                    leave_because(&error),
                    "the record could not be read again",
                ),
            },
        };
        Some(PlanItem {
            source: self.registered.id.clone(),
            collection: self.collection.clone(),
            record,
            record_ref,
            fingerprint: looked.fingerprint,
            expected: looked.expected,
            moved: looked.moved,
            action: looked.decision.action,
            outcome: looked.decision.outcome,
            why: looked.decision.why,
            holds: looked.holds,
        })
    }

    async fn look(
        &self,
        record_ref: RecordRef,
        key: &RecordKey,
    ) -> Result<Option<Looked>, SourceError> {
        let mut attempt = 1;
        loop {
            let looked = match self.source.read_record(&self.collection, key).await {
                Ok(None) => Ok(None),
                Ok(Some(RecordImage::Row(row))) => self.look_at_row(record_ref, key, &row).await,
                Ok(Some(RecordImage::Object(object))) => {
                    let look = look::look_at_object(&self.crawler, key, object, self.acting).await;
                    match look {
                        Ok(look) => self.plan_object(key, look).await,
                        Err(error) => Err(error),
                    }
                }
                Err(error) => Err(error),
            };
            match looked {
                // An object that was written meanwhile is as good as new: look again.
                Err(error)
                    if matches!(error.kind(), Kind::Transient | Kind::Conflict)
                        && attempt < ATTEMPTS_MAX =>
                {
                    attempt += 1;
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                looked => return looked,
            }
        }
    }

    async fn look_at_row(
        &self,
        record_ref: RecordRef,
        key: &RecordKey,
        row: &RowRecord,
    ) -> Result<Option<Looked>, SourceError> {
        let places = look::look_at_row(&self.crawler, row, self.acting).await?;
        let holds = holds_of(&places);
        if holds.is_empty() {
            return Ok(None);
        }
        let fingerprinter = self.acting.keys.fingerprinter();
        let facts = RowFacts {
            columns: &row.collection.columns,
            cells: &row.cells,
            rows: row.rows,
            record_ref,
            places: &places,
        };
        let mut decision = self.retained_or(|| decide_row(&facts, &self.rule));
        let (mut expected, mut moved) = (None, None);
        if let Action::ChangeFields(changes) = &decision.action {
            match changed_cells(row, changes) {
                Some(cells) => {
                    expected = Some(fingerprinter.row(cells.iter().map(Option::as_deref)));
                    moved = Some(key_of(row, &cells)).filter(|moved| moved != key);
                }
                None => {
                    decision = Decision::unverifiable("the row's text is not what its columns say")
                }
            }
        }
        let fingerprint = fingerprinter.row(row.cells.iter().map(Option::as_deref));
        Ok(Some(Looked {
            fingerprint,
            expected,
            moved,
            holds,
            decision,
        }))
    }

    async fn plan_object(
        &self,
        key: &RecordKey,
        look: look::ObjectLook,
    ) -> Result<Option<Looked>, SourceError> {
        let holds = holds_of(&look.places);
        if holds.is_empty() {
            return Ok(None);
        }
        let mut decision = self.retained_or(|| decide_object(&look, &self.rule));
        let mut expected = None;
        if let Action::RewriteObject { edits, gzip } = &decision.action {
            let Some(RecordImage::Object(object)) =
                self.source.read_record(&self.collection, key).await?
            else {
                return Ok(None);
            };
            let outcome = match rewrite(edits, *gzip) {
                Ok(rewrite) => rewritten(object, self.acting.keys.fingerprinter(), rewrite).await?,
                Err(why) => Err(why),
            };
            match outcome {
                Ok((before, after)) if before == look.fingerprint => expected = Some(after),
                Ok(_) => {
                    return Err(SourceError::new(
                        Kind::Conflict,
                        "the object changed while it was planned",
                    ));
                }
                Err(why) => decision = Decision::unverifiable(why),
            }
        }
        Ok(Some(Looked {
            fingerprint: look.fingerprint,
            expected,
            moved: None,
            holds,
            decision,
        }))
    }

    fn retained_or(&self, decide: impl FnOnce() -> Decision) -> Decision {
        match &self.retained {
            Some(outcome) => Decision::leave(
                outcome.clone(),
                "a hold or the collection's policy keeps it",
            ),
            None => decide(),
        }
    }
}

/// What to call a Record that an error kept us from.
pub(crate) fn leave_because(error: &SourceError) -> Outcome {
    match error.kind() {
        Kind::Transient => Outcome::Unreachable,
        Kind::Conflict => Outcome::Changed,
        Kind::Corrupt => Outcome::Unverifiable {
            why: error.to_string(),
        },
        Kind::NotFound | Kind::Denied | Kind::Unsupported | Kind::Bug => Outcome::Failed {
            why: error.to_string(),
        },
    }
}
