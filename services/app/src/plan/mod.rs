//! Plan: what an erasure would do, Record by Record. Changes nothing and holds no lock.
//!
//! The index says only where to look; every Collection that it names is read afresh, every Record
//! found there is read again as a whole, and the Plan binds each to the Fingerprint it had then.

mod decide;
mod declared;
mod effect;
mod fresh;
mod hash;
mod item;
mod look;
mod order;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use hemvist_detect::PeopleFields;
use hemvist_model::{
    Action, Caller, CollectionName, ControllerId, Exclusion, Fingerprint, Outcome, Plan, PlanId,
    PlanItem, RecordKey, RegisteredSource, SourceId, Subject,
};
use hemvist_source::Source;
use hemvist_store::StoredFinding;

use crate::acting::{ACTING_LIKELIHOOD, Acting, People, recall};
use crate::{App, Error, ErrorKind, IdentifierQuery};
use watch::Told;

pub(crate) use decide::{Rule, identifies, is_own_row};
pub(crate) use declared::declared;
pub(crate) use effect::{done, rewrite, set_fields};
pub(crate) use fresh::read_fresh;
pub(crate) use hash::plan_hash;
pub(crate) use item::{ATTEMPTS_MAX, RETRY_PAUSE, leave_because};
pub(crate) use look::{Place, examine_places};
pub use watch::{PlanEvent, PlanStream, Planning};

/// How long a Plan may be approved and executed, in seconds: a day.
pub const PLAN_LIFETIME_SECONDS: i64 = 24 * 60 * 60;
/// Items that one Plan may have. One person with more Records is a fault, or needs a person.
const PLAN_ITEMS_MAX: usize = 100_000;

/// Collections in which the index knows the Subject, and what it knows below the threshold.
#[derive(Default)]
struct Known {
    collections: BTreeMap<SourceId, BTreeSet<CollectionName>>,
    /// Where the index knows the Subject in what is left alone by declaration.
    excluded: BTreeSet<(SourceId, CollectionName)>,
    people: People,
    candidates: u64,
}

impl App {
    /// Plans, telling how far it is.
    async fn plan_telling(
        &self,
        caller: &Caller,
        controller: &ControllerId,
        identifiers: &[IdentifierQuery],
        request_id: &str,
        told: &Told,
    ) -> Result<Plan, Error> {
        // Before anything is read that they decide: a change on the way must not go unseen.
        let sources = self.sources_of(controller).await?;
        let subject = self.subject(controller, identifiers).await?;
        self.audit(caller, "PlanErasure", Some(controller), "")
            .await?;
        let (excluded, keys) = (
            self.excluded(controller),
            self.keys().controller(controller),
        );
        let acting = Acting::of(&subject, &excluded, keys)?;
        if let Some(plan) = self.planned_before(controller, &acting, request_id).await? {
            return Ok(plan);
        }
        let known = self
            .known_collections(controller, &subject, &acting, &sources)
            .await?;
        if known.collections.is_empty() && known.excluded.is_empty() {
            return Err(Error::new(
                ErrorKind::FailedPrecondition,
                "NOTHING_FOUND",
                "the index knows no data of this person that may be acted on: scan the sources first, or look at \
                 the coverage that a locate gives",
            ));
        }
        let plan = self
            .make_plan(controller, &acting, &known, &sources, told)
            .await?;
        match self.store().create_plan(&plan, caller, request_id).await {
            Ok(()) => Ok(plan),
            // The same request came in twice at the same time.
            Err(error) if error.kind() == hemvist_store::Kind::Conflict => self
                .planned_before(controller, &acting, request_id)
                .await?
                .ok_or_else(|| error.into()),
            Err(error) => Err(error.into()),
        }
    }

    async fn planned_before(
        &self,
        controller: &ControllerId,
        acting: &Acting,
        request_id: &str,
    ) -> Result<Option<Plan>, Error> {
        if request_id.is_empty() {
            return Ok(None);
        }
        let Some(id) = self.store().plan_request(request_id).await? else {
            return Ok(None);
        };
        let plan = self.store().plan(&id).await?.map(|(plan, _)| plan);
        match plan {
            Some(plan) if plan.controller != *controller || !acting.is_subject_of(&plan) => {
                Err(Error::request_id_used(
                    "this request_id was used for another person: choose a new one for each request",
                ))
            }
            plan => Ok(plan),
        }
    }

    async fn known_collections(
        &self,
        controller: &ControllerId,
        subject: &Subject,
        acting: &Acting,
        sources: &[RegisteredSource],
    ) -> Result<Known, Error> {
        let mut known = Known::default();
        // What the Subject shares with others is counted.
        let shared = subject.candidates.iter();
        let shared = shared.filter(|pseudonym| !subject.members.contains_key(pseudonym));
        let pseudonyms = subject.members.keys().chain(shared).copied();
        let mut findings = self.findings_of(controller, pseudonyms);
        while let Some(finding) = findings.try_next().await? {
            if !acting.pseudonyms.contains_key(&finding.pseudonym)
                || finding.likelihood < ACTING_LIKELIHOOD
            {
                known.candidates += 1;
                continue;
            }
            recall(&mut known.people, &finding);
            let exclusions = exclusions_of(sources, &finding.source);
            if exclusions.iter().any(|one| is_excluded(one, &finding)) {
                let place = (finding.source.clone(), finding.collection.clone());
                known.excluded.insert(place);
            }
            if !exclusions
                .iter()
                .any(|one| one.is_whole(&finding.collection))
            {
                let collections = known.collections.entry(finding.source).or_default();
                collections.insert(finding.collection);
            }
        }
        Ok(known)
    }

    async fn make_plan(
        &self,
        controller: &ControllerId,
        acting: &Acting,
        known: &Known,
        sources: &[RegisteredSource],
        told: &Told,
    ) -> Result<Plan, Error> {
        self.tell_of(controller, &known.collections, told).await?;
        let mut items = Vec::new();
        for (source, collections) in &known.collections {
            let planned = self.plan_source(source, collections, acting, known, told);
            items.extend(planned.await?);
            if items.len() > PLAN_ITEMS_MAX {
                return Err(Error::new(
                    ErrorKind::FailedPrecondition,
                    "PLAN_TOO_LARGE",
                    format!(
                        "the person stands in more than {PLAN_ITEMS_MAX} records: a person must look at this"
                    ),
                ));
            }
        }
        items.extend(known.excluded.iter().map(|place| left_alone(acting, place)));
        let created = self.clock().now();
        let names = |(source, names): (&SourceId, &BTreeSet<CollectionName>)| {
            names
                .iter()
                .map(|name| (source.clone(), name.clone()))
                .collect::<Vec<_>>()
        };
        let mut plan = Plan {
            id: PlanId::new(crate::ids::random()?)
                .map_err(|_| Error::internal("a generated id was refused"))?,
            controller: controller.clone(),
            subject: acting
                .pseudonyms
                .iter()
                .map(|(pseudonym, info_type)| (*pseudonym, *info_type))
                .collect(),
            hash: [0; 32],
            created,
            expires: created.plus_seconds(PLAN_LIFETIME_SECONDS),
            collections: known.collections.iter().flat_map(names).collect(),
            declarations: self.declarations(sources, known.collections.keys()),
            items,
            candidates: known.candidates,
        };
        plan.hash = plan_hash(&plan);
        Ok(plan)
    }

    async fn plan_source(
        &self,
        id: &SourceId,
        collections: &BTreeSet<CollectionName>,
        acting: &Acting,
        known: &Known,
        told: &Told,
    ) -> Result<Vec<PlanItem>, Error> {
        let registered = self.registered(id).await?;
        let holds = self.store().holds(&registered.controller).await?;
        let source = match self.open(&registered).await {
            Ok(source) => source,
            Err(error) => {
                let gap = |name: &CollectionName| gap(acting, id, name, leave_because(&error));
                return Ok(collections.iter().map(gap).collect());
            }
        };
        let mut items = Vec::new();
        for name in order::children_first(&*source, collections).await {
            let planner = item::Planner {
                source: Arc::clone(&source),
                registered: &registered,
                collection: name.clone(),
                acting,
                rule: Rule::of(&registered, &name),
                retained: crate::policy::retained(
                    &holds,
                    &registered,
                    &name,
                    &acting.list(),
                    self.clock().now().date(),
                ),
                crawler: self.crawler(),
            };
            let place = (id.clone(), name.clone());
            let recalled = known.people.get(&place).cloned().unwrap_or_default();
            let planned = self.plan_collection(&planner, &recalled, told);
            items.extend(planned.await);
            told.send_modify(|planning| planning.collections_done += 1);
        }
        Ok(items)
    }

    async fn plan_collection(
        &self,
        planner: &item::Planner<'_>,
        recalled: &PeopleFields,
        told: &Told,
    ) -> Vec<PlanItem> {
        let id = &planner.registered.id;
        let source: &dyn Source = &*planner.source;
        let fresh = read_fresh(
            &planner.crawler,
            source,
            id,
            &planner.collection,
            planner.acting,
            recalled,
            &|records| told.send_modify(|planning| planning.records_read += records),
        )
        .await;
        let planner = &item::Planner {
            crawler: planner.crawler.among(fresh.people),
            ..planner.clone()
        };
        let records = futures::stream::iter(fresh.records);
        let items = records.map(|(record_ref, (key, _))| planner.item(record_ref, key));
        let items = items
            .buffered(item::RECORDS_IN_PARALLEL)
            .filter_map(|item| async { item });
        let mut items: Vec<PlanItem> = items.collect().await;
        if !fresh.coverage.is_complete() {
            let reasons: Vec<String> = fresh
                .coverage
                .reasons()
                .map(|(reason, count)| format!("{reason}: {count}"))
                .collect();
            let why = format!(
                "the collection could not be read whole ({})",
                reasons.join(", ")
            );
            let outcome = match fresh.coverage.is_reached() {
                true => Outcome::Unread { why },
                false => Outcome::Unverifiable { why },
            };
            items.push(gap(planner.acting, id, &planner.collection, outcome));
        }
        items
    }
}

/// Stands for what of a Collection could not be read: an item that no execution can turn into a
/// success, so that the gap is in the Plan, in its hash and in the Receipt.
fn gap(
    acting: &Acting,
    source: &SourceId,
    collection: &CollectionName,
    outcome: Outcome,
) -> PlanItem {
    let record = RecordKey::Row(Vec::new());
    PlanItem {
        source: source.clone(),
        collection: collection.clone(),
        record_ref: acting.keys.record_ref(source, collection, &record),
        record,
        fingerprint: Fingerprint {
            digest: [0; 32],
            store_version: None,
        },
        expected: None,
        moved: None,
        action: Action::Leave,
        outcome: Some(outcome),
        why: "a part of the collection could not be read, so the person may stand there too"
            .to_owned(),
        holds: Vec::new(),
    }
}

fn exclusions_of<'a>(sources: &'a [RegisteredSource], id: &SourceId) -> &'a [Exclusion] {
    let source = sources.iter().find(|source| source.id == *id);
    source.map_or(&[], |source| source.exclusions.as_slice())
}

fn is_excluded(exclusion: &Exclusion, finding: &StoredFinding) -> bool {
    let name = match &finding.record {
        RecordKey::Object { key, .. } => key.as_slice(),
        RecordKey::Row(_) | RecordKey::Unkeyed(_) => finding.field.as_str().as_bytes(),
    };
    exclusion.fits(&finding.collection, name)
}

/// Stands for what is left alone although the index knows the Subject there, so that whoever
/// approves sees it, and nobody calls it erased.
fn left_alone(acting: &Acting, (source, collection): &(SourceId, CollectionName)) -> PlanItem {
    let why = "left alone by declaration".to_owned();
    PlanItem {
        why: "the index knows the person here, and the source declares that it is left alone"
            .to_owned(),
        ..gap(acting, source, collection, Outcome::Unread { why })
    }
}
