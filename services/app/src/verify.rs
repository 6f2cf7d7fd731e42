//! Verify: all planned Collections read and detected again over fresh connections; then the
//! Receipt.
//!
//! "Erased" is said only when every item is erased or retained, everything planned could be read
//! whole, and the person was found nowhere there but in what is retained. Where content is left
//! that no decoder reads, it is "unread left" at best. The statement says what it does not claim,
//! too.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt;
use hemvist_detect::PeopleFields;
use hemvist_model::{
    CollectionName, Coverage, Erasure, ErasureEvent, InfoType, InfoTypes, ItemState, Outcome, Plan,
    PlanItem, Receipt, ReceiptItem, RecordRef, RegisteredSource, SkipReason, SourceId, Verdict,
    VerificationLevel,
};
use hemvist_store::{PlanLease, SourceCoverage};

use crate::acting::{Acting, People, recall};
use crate::gaps::not_looked_for;
use crate::plan::read_fresh;
use crate::{App, Error, receipt};

/// What the second reading saw.
#[derive(Default)]
struct Reread {
    /// Places where the Subject still stands, by Record.
    left: BTreeMap<RecordRef, u64>,
    coverage: BTreeMap<SourceId, Coverage>,
}

impl Reread {
    /// Whether all that was planned could be read again.
    fn is_whole(&self) -> bool {
        !self.coverage.is_empty() && self.coverage.values().all(Coverage::is_complete)
    }

    /// Whether all that is missing is content that no decoder reads.
    fn is_reached(&self) -> bool {
        !self.coverage.is_empty() && self.coverage.values().all(Coverage::is_reached)
    }

    /// Only what was reached is claimed.
    fn level(&self) -> VerificationLevel {
        if self.is_whole() {
            VerificationLevel::ReScan
        } else {
            VerificationLevel::EffectCount
        }
    }
}

impl App {
    /// Reads again, tells the end state, signs the Receipt and closes the erasure.
    pub(crate) async fn verify_erasure(
        &self,
        plan: &Plan,
        erasure: &Erasure,
        lease: &PlanLease,
    ) -> Result<(), Error> {
        let reread = self.read_again(plan).await?;
        let states = self.store().item_states(&plan.id).await?;
        let outcomes: Vec<Outcome> = plan
            .items
            .iter()
            .enumerate()
            .map(|(number, item)| settled(item, states.get(number), &reread))
            .collect();
        self.correct(lease, &states, &outcomes).await?;
        let verdict = ErasureEvent::Verified(verdict(plan, &outcomes, &reread));
        let state = erasure
            .state
            .next(verdict)
            .ok_or_else(|| Error::internal("an erasure was verified out of turn"))?;
        self.forget_erased(plan, &outcomes).await?;
        let approved = erasure.approved.clone();
        let (approved_by, approved_at) =
            approved.ok_or_else(|| Error::internal("an erasure was executed without approval"))?;
        let receipt = Receipt {
            format: receipt::FORMAT.to_owned(),
            software: concat!("hemvist ", env!("CARGO_PKG_VERSION")).to_owned(),
            plan: plan.id.clone(),
            plan_hash: crate::ids::hex(&plan.hash),
            controller: plan.controller.clone(),
            case_reference: self.case_reference(plan).await?,
            state: state.as_str().to_owned(),
            approved_by,
            approved_at,
            completed_at: self.clock().now(),
            verification: reread.level(),
            findings_left: reread.left.values().sum(),
            coverage: reread.coverage.into_iter().collect(),
            candidates: plan.candidates,
            items: plan
                .items
                .iter()
                .zip(&outcomes)
                .map(|(item, outcome)| receipt_item(item, outcome))
                .collect(),
            not_claimed: self.not_claimed(plan).await?,
        };
        let document = receipt::sign(receipt, &self.keys().signing())
            .map_err(|_| Error::internal("a receipt could not be written"))?;
        self.store().finish_plan(lease, verdict, &document).await?;
        Ok(())
    }

    /// Writes down what the second reading showed to be otherwise.
    async fn correct(
        &self,
        lease: &PlanLease,
        states: &[ItemState],
        outcomes: &[Outcome],
    ) -> Result<(), Error> {
        for (number, (state, outcome)) in (0_u32..).zip(states.iter().zip(outcomes)) {
            if *state != ItemState::Done(outcome.clone()) {
                self.store().finish_item(lease, number, outcome).await?;
            }
        }
        Ok(())
    }

    async fn read_again(&self, plan: &Plan) -> Result<Reread, Error> {
        let acting = Acting::of_plan(&plan.subject, self.keys().controller(&plan.controller));
        let mut collections: BTreeMap<&SourceId, Vec<&CollectionName>> = BTreeMap::new();
        for (source, collection) in &plan.collections {
            collections.entry(source).or_default().push(collection);
        }
        let (people, nothing) = (self.recalled(plan).await?, PeopleFields::default());
        let mut reread = Reread::default();
        for (id, names) in collections {
            let coverage = reread.coverage.entry(id.clone()).or_default();
            let Some(registered) = self.store().source(id).await? else {
                coverage.add_failed(SkipReason::Vanished, names.len() as u64);
                continue;
            };
            // Declared otherwise it may be another store, or one that shows less.
            if !self.is_as_planned(plan, &registered) {
                coverage.add_failed(SkipReason::ChangedWhileReading, names.len() as u64);
                continue;
            }
            // Not the connection that the changes went over.
            self.close(id);
            let source = match self.open(&registered).await {
                Ok(source) => source,
                Err(error) => {
                    coverage.add_failed(error.skip_reason(), names.len() as u64);
                    continue;
                }
            };
            for name in names {
                let place = (id.clone(), name.clone());
                let recalled = people.get(&place).unwrap_or(&nothing);
                let crawler = self.crawler();
                let fresh =
                    read_fresh(&crawler, &*source, id, name, &acting, recalled, &|_| ()).await;
                coverage.merge(&fresh.coverage);
                reread.left.extend(
                    fresh
                        .records
                        .into_iter()
                        .map(|(record, (_, places))| (record, places)),
                );
            }
        }
        Ok(reread)
    }

    /// What the index knows of the neighbours of the Subject's numbers.
    async fn recalled(&self, plan: &Plan) -> Result<People, Error> {
        let mut people = People::new();
        let subject = plan.subject.iter().map(|(pseudonym, _)| *pseudonym);
        let mut findings = self.findings_of(&plan.controller, subject);
        while let Some(finding) = findings.try_next().await? {
            recall(&mut people, &finding);
        }
        Ok(people)
    }

    /// What is gone is forgotten, so that a Locate does not name it until the next Scan. In
    /// Records that are still there only the Subject is forgotten: others stay findable.
    async fn forget_erased(&self, plan: &Plan, outcomes: &[Outcome]) -> Result<(), Error> {
        let mut erased: BTreeMap<(&SourceId, &CollectionName, bool), Vec<RecordRef>> =
            BTreeMap::new();
        for (item, outcome) in plan
            .items
            .iter()
            .zip(outcomes)
            .filter(|(_, outcome)| outcome.is_erased())
        {
            let gone = matches!(
                outcome,
                Outcome::Deleted | Outcome::ObjectDeleted | Outcome::AlreadyGone
            );
            erased
                .entry((&item.source, &item.collection, gone))
                .or_default()
                .push(item.record_ref);
        }
        let subject: Vec<_> = plan
            .subject
            .iter()
            .map(|(pseudonym, _)| *pseudonym)
            .collect();
        for ((source, collection, gone), records) in erased {
            if gone {
                self.store()
                    .forget_findings(&plan.controller, source, collection, &records)
                    .await?;
            } else {
                self.store()
                    .forget_subject(&plan.controller, source, collection, &records, &subject)
                    .await?;
            }
        }
        Ok(())
    }

    async fn case_reference(&self, plan: &Plan) -> Result<String, Error> {
        let caller = self.store().plan_caller(&plan.id).await?;
        Ok(caller
            .map(|caller| caller.case_reference)
            .unwrap_or_default())
    }

    /// What nobody may read into the Receipt.
    async fn not_claimed(&self, plan: &Plan) -> Result<Vec<String>, Error> {
        let mut not_claimed: Vec<String> = [
            "Backups, snapshots and replicas of the sources are not covered.",
            "Deleted rows may lie in a database's files and write-ahead log until it vacuums and recycles them; \
             deleted objects until the store collects them.",
            "Copies outside the registered sources are not covered: exports, mail, paper, other systems.",
            "Only identifiers are recognised: a name or a description without one is not found.",
        ]
        .map(str::to_owned)
        .into();
        if plan.candidates > 0 {
            not_claimed.push(format!(
                "{} findings were too weak to act on (shared identifiers, IP addresses, merely possible ones) and \
                 were left.",
                plan.candidates
            ));
        }
        let sources = self.sources_of(&plan.controller).await?;
        not_claimed.extend(sources.iter().flat_map(left_alone));
        let planned: BTreeSet<_> = plan.collections.iter().cloned().collect();
        not_claimed.extend(self.detectors().exclusions().map(|(info_type, owner, reason)| {
            format!("Scans leave out one value of {info_type} by configuration ({owner}: {reason}).")
        }));
        let wanted = plan.subject.iter().map(|(_, info_type)| *info_type);
        let wanted: InfoTypes = wanted.collect();
        for source in self.store().coverage(&plan.controller).await? {
            not_claimed.extend(not_claimed_of(&source, &planned));
            let missing = not_looked_for(&source, wanted, self.detector_version());
            not_claimed.extend(unsearched(&source, &missing, &planned));
        }
        Ok(not_claimed)
    }
}

/// What a Source leaves alone by declaration, in sentences.
fn left_alone(source: &RegisteredSource) -> impl Iterator<Item = String> {
    let id = &source.id;
    source.exclusions.iter().map(move |one| match &one.pattern {
        None => format!(
            "Source {id}, {}: left alone by declaration.",
            one.collection
        ),
        Some(pattern) => format!(
            "Source {id}, {}: what is named {pattern} is left alone by declaration.",
            one.collection
        ),
    })
}

/// What was not looked for outside the Plan, in sentences.
fn unsearched<'a>(
    source: &'a SourceCoverage,
    missing: &'a BTreeMap<&CollectionName, InfoTypes>,
    planned: &'a BTreeSet<(SourceId, CollectionName)>,
) -> impl Iterator<Item = String> {
    let id = &source.source;
    let elsewhere = missing
        .iter()
        .filter(move |(name, _)| !planned.contains(&(id.clone(), (**name).clone())));
    elsewhere.map(move |(name, info_types)| {
        format!(
            "Source {id}, {name}: no scan with the present detectors has looked for {info_types}, so the \
             person may stand there."
        )
    })
}

/// What nobody may read into the Receipt about one Source.
fn not_claimed_of(
    source: &SourceCoverage,
    planned: &BTreeSet<(SourceId, CollectionName)>,
) -> Vec<String> {
    let id = &source.source;
    let mut sentences = Vec::new();
    if source.never_scanned {
        sentences.push(format!(
            "Source {id} has never been scanned as a whole: what lies in the rest of it is unknown."
        ));
    }
    let is_planned = |name: &CollectionName| planned.contains(&(id.clone(), name.clone()));
    let others = source
        .collections
        .iter()
        .filter(|reading| !is_planned(&reading.collection));
    let (whole, gaps): (Vec<_>, Vec<_>) =
        others.partition(|reading| reading.coverage.is_complete());
    let whole: BTreeSet<_> = whole
        .into_iter()
        .map(|reading| &reading.collection)
        .collect();
    if !whole.is_empty() {
        sentences.push(format!(
            "Source {id}: {} collections where the index knew nothing of the person were not read again.",
            whole.len()
        ));
    }
    for reading in gaps {
        let name = &reading.collection;
        let reasons: Vec<String> = reading
            .coverage
            .reasons()
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        sentences.push(format!(
            "Source {id}, {name}: could not be read whole ({}), so the person may stand there.",
            reasons.join(", ")
        ));
    }
    sentences
}

/// An item's outcome in the light of the second reading.
fn settled(item: &PlanItem, state: Option<&ItemState>, reread: &Reread) -> Outcome {
    let outcome = match state {
        Some(ItemState::Done(outcome)) => outcome.clone(),
        _ => Outcome::Failed {
            why: "it has no outcome in the journal".to_owned(),
        },
    };
    if outcome.is_erased() && reread.left.contains_key(&item.record_ref) {
        return Outcome::Failed {
            why: "the person was found in it again after the change".to_owned(),
        };
    }
    outcome
}

fn verdict(plan: &Plan, outcomes: &[Outcome], reread: &Reread) -> Verdict {
    let kept = plan
        .items
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| outcome.is_retained());
    let kept: BTreeSet<RecordRef> = kept.map(|(item, _)| item.record_ref).collect();
    let is_settled = |outcome: &Outcome| {
        outcome.is_erased() || outcome.is_retained() || matches!(outcome, Outcome::Unread { .. })
    };
    let settled = outcomes.iter().all(is_settled);
    let nothing_else = reread.left.keys().all(|record| kept.contains(record));
    let unread = |outcome: &Outcome| matches!(outcome, Outcome::Unread { .. });
    let whole = reread.is_whole() && !outcomes.iter().any(unread);
    match (settled && nothing_else && reread.is_reached(), whole) {
        (false, _) => Verdict::Incomplete,
        (true, false) => Verdict::Unread,
        (true, true) if kept.is_empty() => Verdict::Erased,
        (true, true) => Verdict::Retained,
    }
}

fn receipt_item(item: &PlanItem, outcome: &Outcome) -> ReceiptItem {
    let info_types: BTreeSet<InfoType> = item
        .holds
        .iter()
        .map(|(_, info_type, _)| *info_type)
        .collect();
    ReceiptItem {
        source: item.source.clone(),
        collection: item.collection.clone(),
        record_ref: item.record_ref,
        info_types: info_types.into_iter().collect(),
        outcome: outcome.clone(),
    }
}
