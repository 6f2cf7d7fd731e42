//! Plans and Erasures as messages.

use hemvist_app::{ErasureView, PlanEvent};
use hemvist_model::{
    Action, ErasureState, FieldPath, InfoType, Outcome, Plan, PlanItem, VerificationLevel,
};
use hemvist_proto::v1;

use crate::page::hex;
use crate::{encode, names};

/// A Plan without its items.
pub(crate) fn plan(plan: Plan) -> v1::Plan {
    let changes = plan
        .items
        .iter()
        .filter(|item| item.action != Action::Leave);
    let collections = plan.collections.iter();
    v1::Plan {
        name: names::of_plan(&plan.id),
        controller: names::of_controller(&plan.controller),
        hash: plan.hash.to_vec(),
        items_total: encode::count(plan.items.len()),
        changes_total: encode::count(changes.count()),
        candidates: encode::count(plan.candidates),
        collections: collections
            .map(|(source, collection)| v1::PlannedCollection {
                source: names::of_source(source),
                collection: collection.0.clone(),
            })
            .collect(),
        create_time: Some(encode::time(plan.created)),
        expire_time: Some(encode::time(plan.expires)),
    }
}

/// A message of planning.
pub(crate) fn event(event: PlanEvent) -> v1::PlanErasureResponse {
    use v1::plan_erasure_response::Event;
    let event = match event {
        PlanEvent::Planning(planning) => Event::Planning(v1::Planning {
            collections_total: encode::count(planning.collections_total),
            collections_done: encode::count(planning.collections_done),
            records_total: encode::count(planning.records_total),
            records_read: encode::count(planning.records_read),
        }),
        PlanEvent::Planned(planned) => Event::Plan(plan(*planned)),
    };
    v1::PlanErasureResponse { event: Some(event) }
}

/// One item of it.
pub(crate) fn item(item: PlanItem) -> v1::PlanItem {
    let field = |(field, info_type, count): (FieldPath, InfoType, u32)| v1::PlannedField {
        field: field.0,
        info_type: info_type.as_str().to_owned(),
        count: encode::count(count),
    };
    v1::PlanItem {
        source: names::of_source(&item.source),
        collection: item.collection.0,
        record: item.record.expose(),
        record_ref: hex(&item.record_ref.0),
        action: action(&item.action).into(),
        why: item.why,
        fields: item.holds.into_iter().map(field).collect(),
        changed_fields: changed_fields(&item.action),
        outcome: item.outcome.map(outcome),
    }
}

fn action(action: &Action) -> v1::Action {
    match action {
        Action::DeleteRow => v1::Action::DeleteRow,
        Action::ChangeFields(_) => v1::Action::ChangeFields,
        Action::RewriteObject { .. } => v1::Action::RewriteObject,
        Action::DeleteObject => v1::Action::DeleteObject,
        Action::Leave => v1::Action::Leave,
    }
}

fn changed_fields(action: &Action) -> Vec<String> {
    match action {
        Action::ChangeFields(changes) => changes.iter().map(|(field, _)| field.0.clone()).collect(),
        _ => Vec::new(),
    }
}

fn outcome(outcome: Outcome) -> v1::Outcome {
    let kind = kind(&outcome).into();
    let (basis, until, why) = match outcome {
        Outcome::Retained { basis, until } => (basis, until.map(encode::date), String::new()),
        Outcome::Unverifiable { why }
        | Outcome::Failed { why }
        | Outcome::OutOfScope { why }
        | Outcome::Unread { why } => (String::new(), None, why),
        _ => (String::new(), None, String::new()),
    };
    v1::Outcome {
        kind,
        basis,
        until,
        why,
    }
}

fn kind(outcome: &Outcome) -> v1::OutcomeKind {
    match outcome {
        Outcome::Deleted => v1::OutcomeKind::Deleted,
        Outcome::Nulled => v1::OutcomeKind::Nulled,
        Outcome::Redacted => v1::OutcomeKind::Redacted,
        Outcome::ObjectRewritten => v1::OutcomeKind::ObjectRewritten,
        Outcome::ObjectDeleted => v1::OutcomeKind::ObjectDeleted,
        Outcome::Retained { .. } => v1::OutcomeKind::Retained,
        Outcome::AlreadyGone => v1::OutcomeKind::AlreadyGone,
        Outcome::Changed => v1::OutcomeKind::Changed,
        Outcome::Unreachable => v1::OutcomeKind::Unreachable,
        Outcome::Unverifiable { .. } => v1::OutcomeKind::Unverifiable,
        Outcome::Failed { .. } => v1::OutcomeKind::Failed,
        Outcome::OutOfScope { .. } => v1::OutcomeKind::OutOfScope,
        Outcome::Unread { .. } => v1::OutcomeKind::Unread,
    }
}

/// Whether an Erasure in this state has its Receipt.
fn has_receipt(state: ErasureState) -> bool {
    state.is_final() && state != ErasureState::Expired
}

/// The execution of a Plan.
pub(crate) fn erasure(view: ErasureView) -> v1::Erasure {
    let ErasureView {
        plan,
        erasure,
        verification,
    } = view;
    let (items_done, items_total) = erasure.progress;
    let receipt = has_receipt(erasure.state).then(|| names::of_receipt(&erasure.plan));
    let (approved_by, approve_time) = erasure.approved.unzip();
    v1::Erasure {
        name: names::of_erasure(&erasure.plan),
        state: state(erasure.state).into(),
        items_total: encode::count(items_total),
        items_done: encode::count(items_done),
        outcomes: outcomes(&plan),
        verification: level(verification).into(),
        approved_by: approved_by.unwrap_or_default(),
        approve_time: approve_time.map(encode::time),
        receipt: receipt.unwrap_or_default(),
    }
}

fn outcomes(plan: &Plan) -> Vec<v1::OutcomeCount> {
    let mut counts = std::collections::BTreeMap::new();
    for outcome in plan.items.iter().filter_map(|item| item.outcome.as_ref()) {
        *counts.entry(i32::from(kind(outcome))).or_insert(0) += 1;
    }
    let count = |(kind, count)| v1::OutcomeCount { kind, count };
    counts.into_iter().map(count).collect()
}

fn state(state: ErasureState) -> v1::ErasureState {
    match state {
        ErasureState::Planned => v1::ErasureState::Planned,
        ErasureState::Approved => v1::ErasureState::Approved,
        ErasureState::Executing => v1::ErasureState::Executing,
        ErasureState::Verifying => v1::ErasureState::Verifying,
        ErasureState::Erased => v1::ErasureState::Erased,
        ErasureState::ErasedWithRetention => v1::ErasureState::ErasedWithRetention,
        ErasureState::Incomplete => v1::ErasureState::Incomplete,
        ErasureState::Expired => v1::ErasureState::Expired,
        ErasureState::UnreadLeft => v1::ErasureState::UnreadLeft,
    }
}

fn level(level: VerificationLevel) -> v1::VerificationLevel {
    match level {
        VerificationLevel::None => v1::VerificationLevel::Unspecified,
        VerificationLevel::EffectCount => v1::VerificationLevel::EffectCount,
        VerificationLevel::ReRead => v1::VerificationLevel::ReRead,
        VerificationLevel::ReScan => v1::VerificationLevel::ReScan,
    }
}

#[cfg(test)]
mod tests {
    use hemvist_model::{
        CollectionName, ControllerId, Date, Erasure, FieldChange, Fingerprint, PlanId, RecordKey,
        RecordRef, SourceId, Timestamp,
    };

    use super::*;

    fn planned(action: Action, outcome: Option<Outcome>) -> PlanItem {
        PlanItem {
            source: SourceId::new("crm").expect("an id"),
            collection: CollectionName::new("people"),
            record: RecordKey::Row(vec!["7".into()]),
            record_ref: RecordRef([0xab; 16]),
            fingerprint: Fingerprint {
                digest: [0; 32],
                store_version: None,
            },
            expected: None,
            moved: None,
            action,
            outcome,
            why: "the row is the person's".into(),
            holds: vec![(FieldPath::new("pnr"), InfoType::SePersonnummer, 1)],
        }
    }

    fn of(items: Vec<PlanItem>) -> Plan {
        Plan {
            id: PlanId::new("p-1").expect("an id"),
            controller: ControllerId::new("acme").expect("an id"),
            subject: Vec::new(),
            hash: [7; 32],
            created: Timestamp(0),
            expires: Timestamp(1),
            collections: Vec::new(),
            declarations: Vec::new(),
            items,
            candidates: 2,
        }
    }

    #[test]
    fn a_plan_counts_what_it_changes_and_an_item_says_how() {
        let retained = Outcome::Retained {
            basis: "bokföringslagen 7 kap. 2 §".into(),
            until: Date::new(2031, 12, 31),
        };
        let change = vec![(FieldPath::new("email"), FieldChange::Null)];
        let items = vec![
            planned(Action::ChangeFields(change), None),
            planned(Action::Leave, Some(retained)),
        ];
        let messages: Vec<_> = items.iter().cloned().map(item).collect();
        assert_eq!(messages[0].changed_fields, ["email"]);
        assert_eq!(messages[0].outcome, None);
        let left = messages[1].outcome.as_ref().expect("decided");
        assert_eq!(left.kind(), v1::OutcomeKind::Retained);
        assert_eq!(left.until.expect("a day").year, 2031);
        let plan = plan(of(items));
        assert_eq!(
            (plan.items_total, plan.changes_total, plan.candidates),
            (2, 1, 2)
        );
    }

    #[test]
    fn only_an_ended_erasure_has_a_receipt_and_a_level() {
        let items = vec![
            planned(Action::DeleteRow, Some(Outcome::Deleted)),
            planned(Action::DeleteRow, Some(Outcome::Deleted)),
            planned(Action::DeleteRow, None),
        ];
        let plan = of(items);
        for state in ErasureState::ALL {
            let stands = Erasure {
                plan: plan.id.clone(),
                state,
                approved: None,
                progress: (2, 3),
            };
            let message = erasure(ErasureView {
                plan: plan.clone(),
                erasure: stands,
                verification: VerificationLevel::None,
            });
            assert_eq!(message.receipt.is_empty(), !has_receipt(state), "{state:?}");
            assert_eq!(message.outcomes.len(), 1);
            assert_eq!(message.outcomes[0].count, 2);
        }
        assert!(!has_receipt(ErasureState::Expired));
        assert!(has_receipt(ErasureState::Incomplete));
    }
}
