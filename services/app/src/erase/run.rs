//! Executing a Plan: for each item its intent, durable; then the Action; then its outcome.
//!
//! An item whose intent is durable may or may not have been acted on, by a process that was
//! killed or by a call whose answer was lost. So it is read first: what equals the expected state
//! is done, what is gone was to go; anything else goes to the Source, which acts only on exactly
//! the state that was planned.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hemvist_model::{
    Action, ErasureEvent, ErasureState, FieldChange, FieldPath, Fingerprint, ItemState, Outcome,
    Plan, PlanItem, RecordKey, SourceId,
};
use hemvist_source::{
    Change, Changed, Fingerprinter, Kind, RecordImage, RowRecord, Source, SourceError,
};
use hemvist_store::PlanLease;

use futures::TryStreamExt;

use crate::plan::{ATTEMPTS_MAX, RETRY_PAUSE, done, leave_because, plan_hash, rewrite, set_fields};
use crate::{App, Error, ErrorKind};

/// The Sources that an execution has opened, or could not open.
type Opened = BTreeMap<SourceId, Result<Arc<dyn Source>, Outcome>>;

impl App {
    /// Runs an erasure to its end under a Lease, from wherever it stands.
    pub(super) async fn run_erasure(
        &self,
        lease: PlanLease,
        lease_seconds: u32,
    ) -> Result<(), Error> {
        let outcome = tokio::select! {
            outcome = self.run_steps(&lease) => outcome,
            () = self.renew_erasure(&lease, lease_seconds) => {
                return Err(Error::new(ErrorKind::Aborted, "LEASE_LOST", "somebody else executes the plan now"));
            }
        };
        if outcome.is_err() {
            // So that nobody has to wait for it to lapse; if this fails too, it lapses.
            _ = self.store().release_plan(&lease).await;
        }
        outcome
    }

    /// Renews the Lease again and again; returns when it is lost.
    async fn renew_erasure(&self, lease: &PlanLease, lease_seconds: u32) {
        let period = Duration::from_secs(u64::from(lease_seconds)) / 3;
        loop {
            tokio::time::sleep(period).await;
            if let Ok(false) = self.store().renew_plan(lease, lease_seconds).await {
                return;
            }
        }
    }

    pub(super) async fn run_steps(&self, lease: &PlanLease) -> Result<(), Error> {
        let Some((plan, mut erasure)) = self.store().plan(&lease.plan).await? else {
            return Err(Error::not_found("plan"));
        };
        if plan_hash(&plan) != plan.hash {
            return Err(Error::internal(
                "the stored plan is not the one that its hash names: nothing is done",
            ));
        }
        if erasure.state == ErasureState::Executing {
            self.act_on_items(&plan, lease).await?;
            erasure.state = self
                .store()
                .advance(lease, ErasureEvent::ActionsDone)
                .await?;
        }
        if erasure.state == ErasureState::Verifying {
            self.verify_erasure(&plan, &erasure, lease).await?;
        }
        Ok(())
    }

    async fn act_on_items(&self, plan: &Plan, lease: &PlanLease) -> Result<(), Error> {
        let states = self.store().item_states(&plan.id).await?;
        let mut opened = Opened::new();
        for (number, item) in plan.items.iter().enumerate() {
            let state = states.get(number).cloned().unwrap_or(ItemState::Planned);
            let number =
                u32::try_from(number).map_err(|_| Error::internal("a plan has too many items"))?;
            if matches!(state, ItemState::Done(_)) {
                continue;
            }
            if !opened.contains_key(&item.source) {
                let source = self.open_for_acting(plan, &item.source).await?;
                opened.insert(item.source.clone(), source);
            }
            let retained = self.decided(plan, item).await?;
            let outcome = match (state, retained) {
                (ItemState::Planned, Some(outcome)) => outcome,
                (ItemState::Planned, None) => {
                    self.store().intend(lease, number).await?;
                    self.act(plan, item, &opened, Trial::First).await
                }
                (_, retained) => self.act(plan, item, &opened, Trial::Again(retained)).await,
            };
            self.store().finish_item(lease, number, &outcome).await?;
        }
        Ok(())
    }

    /// A Source that is declared otherwise by now may be another store: neither an Action nor a
    /// look at whether one was done belongs there.
    async fn open_for_acting(
        &self,
        plan: &Plan,
        id: &SourceId,
    ) -> Result<Result<Arc<dyn Source>, Outcome>, Error> {
        let Some(registered) = self.store().source(id).await? else {
            return Ok(Err(Outcome::Failed {
                why: "the source is not registered any more".to_owned(),
            }));
        };
        if !self.is_as_planned(plan, &registered) {
            return Ok(Err(Outcome::Changed));
        }
        Ok(match self.open(&registered).await {
            Ok(source) => Ok(source),
            Err(error) => Err(leave_because(&error)),
        })
    }

    /// The outcome that needs no Action: decided when planned, or a Hold or another declaration
    /// that came since.
    async fn decided(&self, plan: &Plan, item: &PlanItem) -> Result<Option<Outcome>, Error> {
        if item.action == Action::Leave {
            let why = "nothing was to be done".to_owned();
            return Ok(Some(
                item.outcome.clone().unwrap_or(Outcome::OutOfScope { why }),
            ));
        }
        let Some(registered) = self.store().source(&item.source).await? else {
            let why = "the source is not registered any more".to_owned();
            return Ok(Some(Outcome::Failed { why }));
        };
        let holds = self.store().holds(&plan.controller).await?;
        let subject: Vec<_> = plan
            .subject
            .iter()
            .map(|(pseudonym, _)| *pseudonym)
            .collect();
        let today = self.clock().now().date();
        let retained =
            crate::policy::retained(&holds, &registered, &item.collection, &subject, today);
        // What decided the item is not declared any more: plan again.
        let as_planned = self.is_declared_as_planned(plan).await?;
        let outdated = (!as_planned).then_some(Outcome::Changed);
        Ok(retained.or(outdated))
    }

    async fn act(
        &self,
        plan: &Plan,
        item: &PlanItem,
        opened: &Opened,
        mut trial: Trial,
    ) -> Outcome {
        let source = match opened.get(&item.source) {
            Some(Ok(source)) => source,
            Some(Err(outcome)) => return outcome.clone(),
            None => return Outcome::Unreachable,
        };
        let keys = self.keys().controller(&plan.controller);
        let actor = Actor {
            source: &**source,
            item,
            fingerprinter: keys.fingerprinter(),
        };
        let mut attempt = 1;
        loop {
            match actor.attempt(&trial).await {
                Ok(outcome) => return outcome,
                Err(error) if error.kind() == Kind::Transient && attempt < ATTEMPTS_MAX => {
                    attempt += 1;
                    // The answer may be what was lost, not the deed.
                    if matches!(trial, Trial::First) {
                        trial = Trial::Again(None);
                    }
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                Err(error) => return leave_because(&error),
            }
        }
    }
}

const DELETES_OTHERS: &str = "deleting the row would delete or change rows of other tables: declare policy MASK for \
                              its collection and plan again";
const CHANGES_OTHERS: &str = "rows of other tables refer to what would be changed and would change with it: erase \
                              those first, or declare policy DELETE for the collection, and plan again";

fn is_deletion(action: &Action) -> bool {
    matches!(action, Action::DeleteRow | Action::DeleteObject)
}

/// Whether an Action may have been done before.
enum Trial {
    /// Its intent is new.
    First,
    /// An earlier attempt may have had its effect. If it had not, this outcome stands instead of
    /// another attempt: a Hold that came in the meantime.
    Again(Option<Outcome>),
}

/// Acts on one Record.
struct Actor<'a> {
    source: &'a dyn Source,
    item: &'a PlanItem,
    fingerprinter: &'a Fingerprinter,
}

impl Actor<'_> {
    async fn attempt(&self, trial: &Trial) -> Result<Outcome, SourceError> {
        if let Trial::Again(retained) = trial {
            if self.is_done().await? {
                return Ok(done(&self.item.action));
            }
            if let Some(retained) = retained {
                return Ok(retained.clone());
            }
        }
        let change = match &self.item.action {
            Action::Leave => return Ok(done(&Action::Leave)),
            Action::ChangeFields(changes) => return self.change_fields(changes).await,
            Action::DeleteRow => Change::DeleteRow,
            Action::DeleteObject => Change::DeleteObject,
            Action::RewriteObject { edits, gzip } => match rewrite(edits, *gzip) {
                Ok(rewrite) => Change::RewriteObject(rewrite),
                Err(why) => {
                    return Ok(Outcome::Unverifiable {
                        why: why.to_owned(),
                    });
                }
            },
        };
        self.change(change).await
    }

    /// Columns are changed from what stands in them, so the row is read first.
    async fn change_fields(
        &self,
        changes: &[(FieldPath, FieldChange)],
    ) -> Result<Outcome, SourceError> {
        let row = match self.read(&self.item.record).await? {
            Some(RecordImage::Row(row)) => row,
            Some(RecordImage::Object(_)) => return Ok(Outcome::Changed),
            None => return Ok(self.gone()),
        };
        if self.fingerprint(&row).digest != self.item.fingerprint.digest {
            return Ok(Outcome::Changed);
        }
        match set_fields(&row, changes) {
            Some(change) => self.change(change).await,
            None => Ok(Outcome::Changed),
        }
    }

    async fn change(&self, change: Change) -> Result<Outcome, SourceError> {
        let item = self.item;
        let changed = self
            .source
            .change(
                &item.collection,
                &item.record,
                &item.fingerprint,
                self.fingerprinter,
                change,
            )
            .await?;
        Ok(match changed {
            Changed::Done => done(&item.action),
            Changed::Gone => self.gone(),
            Changed::FingerprintDiffers => Outcome::Changed,
            Changed::Unverifiable(why) => Outcome::Unverifiable {
                why: why.to_owned(),
            },
            Changed::Refused(why) => Outcome::Failed {
                why: why.to_owned(),
            },
            Changed::WouldCascade => Outcome::Failed {
                why: match is_deletion(&item.action) {
                    true => DELETES_OTHERS.to_owned(),
                    false => CHANGES_OTHERS.to_owned(),
                },
            },
        })
    }

    /// What it means that the Record is not there. Where its content is in what addresses it, that
    /// it is gone cannot be told from that somebody changed it.
    fn gone(&self) -> Outcome {
        match (&self.item.record, &self.item.moved) {
            (RecordKey::Unkeyed(_), _) | (_, Some(_)) => Outcome::Changed,
            _ => Outcome::AlreadyGone,
        }
    }

    /// Where the Record stands after the Action, if not where it stood.
    fn successor(&self) -> Option<RecordKey> {
        match (&self.item.moved, &self.item.record) {
            (Some(moved), _) => Some(moved.clone()),
            // A store that keeps versions has another one then, under the same key.
            (
                None,
                RecordKey::Object {
                    key,
                    version: Some(_),
                },
            ) => Some(RecordKey::Object {
                key: key.clone(),
                version: None,
            }),
            _ => None,
        }
    }

    /// Whether an earlier attempt did have its effect.
    async fn is_done(&self) -> Result<bool, SourceError> {
        let present = self.read(&self.item.record).await?;
        if is_deletion(&self.item.action) {
            return Ok(present.is_none());
        }
        let present = match (present, self.successor()) {
            (None, Some(successor)) => self.read(&successor).await?,
            (present, _) => present,
        };
        let present = match present {
            None => return Ok(false),
            Some(RecordImage::Row(row)) => self.fingerprint(&row),
            Some(RecordImage::Object(mut object)) => {
                let mut fingerprint = self.fingerprinter.object();
                while let Some(piece) = object.content.try_next().await? {
                    fingerprint.update(&piece);
                }
                fingerprint.finish(None)
            }
        };
        Ok(self
            .item
            .expected
            .as_ref()
            .is_some_and(|expected| expected.digest == present.digest))
    }

    async fn read(&self, key: &RecordKey) -> Result<Option<RecordImage>, SourceError> {
        self.source.read_record(&self.item.collection, key).await
    }

    fn fingerprint(&self, row: &RowRecord) -> Fingerprint {
        self.fingerprinter
            .row(row.cells.iter().map(Option::as_deref))
    }
}
