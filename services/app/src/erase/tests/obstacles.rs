//! What stands in the way of an erasure, and how it is told.

use std::sync::atomic::Ordering;

use hemvist_model::{
    CollectionName, CollectionPolicy, Date, ErasureState, HoldId, Outcome, RecordKey, RecordPolicy,
};
use hemvist_source::memory::row;
use hemvist_source::{Changed, Kind};

use super::company::{ANNA, ANNA_EMAIL, ANNA_PHONE, Company};
use crate::{ErrorKind, NewHold, PLAN_LIFETIME_SECONDS};

fn policy(collection: &str, records: RecordPolicy, clear_fields: &[&str]) -> CollectionPolicy {
    CollectionPolicy {
        collection: CollectionName::new(collection),
        records,
        clear_fields: clear_fields
            .iter()
            .map(|field| (*field).to_owned())
            .collect(),
    }
}

async fn outcome_of(
    company: &Company,
    plan: &hemvist_model::Plan,
    collection: &str,
    key: &str,
) -> Option<Outcome> {
    let outcomes = company.outcomes(plan).await;
    let found = outcomes
        .into_iter()
        .find(|(name, record, _)| name == collection && record == key);
    found.expect("an item of that record").2
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_changed_since_it_was_planned_is_left_alone() {
    let company = Company::new(Vec::new()).await;
    let plan = company.plan().await;
    let changed = row(&["10", ANNA_EMAIL, "100"]);
    company.memory.put_row("orders", changed.clone());
    let erasure = company.erase(&plan).await;
    assert_eq!(erasure.state, ErasureState::Incomplete);
    assert_eq!(
        outcome_of(&company, &plan, "orders", "10").await,
        Some(Outcome::Changed)
    );
    assert!(company.memory.rows("orders").contains(&changed));
    assert_eq!(
        outcome_of(&company, &plan, "customers", "1").await,
        Some(Outcome::Deleted)
    );
    let receipt = company.verified_receipt(&plan).await;
    assert_eq!(
        (receipt.state.as_str(), receipt.findings_left),
        ("INCOMPLETE", 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_appears_after_planning_makes_the_erasure_incomplete() {
    let company = Company::new(Vec::new()).await;
    let plan = company.plan().await;
    company
        .memory
        .put_row("orders", row(&["12", ANNA_EMAIL, "1"]));
    assert_eq!(company.erase(&plan).await.state, ErasureState::Incomplete);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_gone_already_is_told_so() {
    let company = Company::new(Vec::new()).await;
    let plan = company.plan().await;
    company
        .memory
        .remove_record("orders", &RecordKey::Row(vec!["10".to_owned()]));
    assert_eq!(company.erase(&plan).await.state, ErasureState::Erased);
    assert_eq!(
        outcome_of(&company, &plan, "orders", "10").await,
        Some(Outcome::AlreadyGone)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_plan_is_never_executed() {
    let company = Company::new(Vec::new()).await;
    let (approved, planned) = (company.plan().await, company.plan().await);
    company
        .app
        .approve_plan(&company.caller, &approved.id, approved.hash)
        .await
        .expect("approved");
    company
        .clock
        .fetch_add(PLAN_LIFETIME_SECONDS, Ordering::SeqCst);
    let execute = company
        .app
        .execute_plan(&company.caller, &approved.id)
        .await;
    assert_eq!(execute.expect_err("expired").reason(), "PLAN_EXPIRED");
    let approve = company
        .app
        .approve_plan(&company.caller, &planned.id, planned.hash)
        .await;
    assert_eq!(approve.expect_err("expired").reason(), "PLAN_EXPIRED");
    for plan in [&approved, &planned] {
        let view = company
            .app
            .erasure(&company.caller, &plan.id)
            .await
            .expect("the plan");
        assert_eq!(view.erasure.state, ErasureState::Expired);
    }
    assert_eq!(company.memory.rows("customers").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_plan_that_was_looked_at_is_approved_and_only_once() {
    let company = Company::new(Vec::new()).await;
    let plan = company.plan().await;
    let (app, caller) = (&company.app, &company.caller);
    let reason = |error: crate::Error| (error.kind(), error.reason());
    let wrong = app
        .approve_plan(caller, &plan.id, [0; 32])
        .await
        .expect_err("another hash");
    assert_eq!(
        reason(wrong),
        (ErrorKind::FailedPrecondition, "PLAN_HASH_DIFFERS")
    );
    let early = app
        .execute_plan(caller, &plan.id)
        .await
        .expect_err("not approved");
    assert_eq!(
        reason(early),
        (ErrorKind::FailedPrecondition, "PLAN_NOT_APPROVED")
    );
    let none = app.receipt(caller, &plan.id).await.expect_err("no receipt");
    assert_eq!(reason(none), (ErrorKind::FailedPrecondition, "NO_RECEIPT"));
    app.approve_plan(caller, &plan.id, plan.hash)
        .await
        .expect("approved");
    let twice = app
        .approve_plan(caller, &plan.id, plan.hash)
        .await
        .expect_err("approved already");
    assert_eq!(
        reason(twice),
        (ErrorKind::FailedPrecondition, "PLAN_NOT_PLANNED")
    );
    assert_eq!(company.memory.rows("customers").len(), 2);
}

async fn hold(company: &Company, until: Date) {
    let hold = NewHold {
        id: None,
        basis: "bokföringslagen 7 kap. 2 §".to_owned(),
        until,
        source: company.source.clone(),
        collection: Some(CollectionName::new("orders")),
        identifier: company.anna().pop(),
    };
    company
        .app
        .create_hold(&company.caller, hold)
        .await
        .expect("a hold");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_keeps_its_records_whenever_it_came() {
    let until = Date::new(2033, 12, 31).expect("a day");
    for before_planning in [true, false] {
        let company = Company::new(Vec::new()).await;
        if before_planning {
            hold(&company, until).await;
        }
        let plan = company.plan().await;
        if !before_planning {
            hold(&company, until).await;
        }
        assert_eq!(
            company.erase(&plan).await.state,
            ErasureState::ErasedWithRetention
        );
        let kept = outcome_of(&company, &plan, "orders", "10").await;
        let basis = "bokföringslagen 7 kap. 2 §".to_owned();
        assert_eq!(
            kept,
            Some(Outcome::Retained {
                basis,
                until: Some(until)
            })
        );
        assert_eq!(company.memory.rows("orders").len(), 2);
        assert_eq!(
            company.located(ANNA_EMAIL).await,
            1,
            "what is kept stays findable"
        );
        assert_eq!(company.verified_receipt(&plan).await.findings_left, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_keep_and_mask() {
    let policies = vec![
        policy("orders", RecordPolicy::Keep, &[]),
        policy("customers", RecordPolicy::Mask, &["name"]),
    ];
    let company = Company::new(policies).await;
    let plan = company.plan().await;
    assert_eq!(
        company.erase(&plan).await.state,
        ErasureState::ErasedWithRetention
    );
    let kept = outcome_of(&company, &plan, "orders", "10").await;
    assert!(kept.is_some_and(|outcome| outcome.is_retained()));
    let masked = &company.memory.rows("customers")[0];
    assert_eq!(
        *masked,
        vec![
            Some(b"1".to_vec()),
            None,
            None,
            Some(ANNA_PHONE.into()),
            None
        ],
        "the name by policy; whose an undeclared phone number is nobody said"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_breaks_off_or_refuses_is_never_called_erased() {
    let company = Company::new(Vec::new()).await;
    let plan = company.plan().await;
    company.memory.deny(true);
    assert_eq!(company.erase(&plan).await.state, ErasureState::Incomplete);
    let outcomes = company.outcomes(&plan).await;
    assert!(
        outcomes
            .iter()
            .all(|(.., outcome)| matches!(outcome, Some(Outcome::Failed { .. })))
    );

    let company = Company::new(Vec::new()).await;
    let plan = company.plan().await;
    company.memory.answer_changes(Some(Changed::WouldCascade));
    assert_eq!(company.erase(&plan).await.state, ErasureState::Incomplete);
    assert_eq!(company.memory.rows("customers").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_could_not_be_read_whole_for_the_plan_is_told_to_the_end() {
    let company = Company::new(Vec::new()).await;
    let before = company.memory.calls();
    company.plan().await;
    let calls = company.memory.calls() - before;
    // Whatever call fails while planning, nothing is called erased that was not proved.
    for call in 1..=calls {
        company.memory.fail_call(call, Kind::Denied);
        let plan = company
            .app
            .plan_erasure(&company.caller, &company.controller, &company.anna(), "")
            .await;
        let Ok(plan) = plan else { continue };
        let gaps = plan
            .items
            .iter()
            .filter(|item| item.outcome.as_ref().is_some_and(|o| !o.is_erased()));
        let listed_only = plan.items.iter().all(|item| item.outcome.is_none());
        assert!(gaps.count() > 0 || listed_only, "call {call}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_no_key_tells_apart_are_unverifiable() {
    let company = Company::new(Vec::new()).await;
    let twins = vec![row(&[ANNA, "a"]), row(&[ANNA, "a"])];
    company
        .memory
        .put_table("twins", &["pnr", "what"], 0, twins.clone());
    company.scan().await;
    let plan = company.plan().await;
    assert_eq!(company.erase(&plan).await.state, ErasureState::Incomplete);
    let outcomes = company.outcomes(&plan).await;
    let twin = outcomes
        .iter()
        .find(|(name, ..)| name == "twins")
        .expect("an item");
    assert!(matches!(twin.2, Some(Outcome::Unverifiable { .. })));
    assert_eq!(company.memory.rows("twins"), twins);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_weak_or_unknown_gives_no_plan() {
    let company = Company::new(Vec::new()).await;
    let plan = |value: &str| {
        let query = [crate::IdentifierQuery {
            info_type: None,
            value: value.to_owned(),
        }];
        let company = &company;
        async move {
            let plan = company
                .app
                .plan_erasure(&company.caller, &company.controller, &query, "")
                .await;
            plan.err().expect("no plan").reason()
        }
    };
    assert_eq!(plan("192.0.2.7").await, "TOO_WEAK_TO_ACT");
    assert_eq!(plan("nobody@example.com").await, "NOTHING_FOUND");
    let by_phone = [crate::IdentifierQuery {
        info_type: None,
        value: ANNA_PHONE.to_owned(),
    }];
    let plan = company
        .app
        .plan_erasure(&company.caller, &company.controller, &by_phone, "")
        .await;
    assert!(plan.is_ok(), "a phone that stands in her own row");
}

/// Whether any byte of Anna's identifiers is left.
fn anna_is_left(company: &Company) -> bool {
    let tables = ["customers", "orders", "notes"].map(|table| company.memory.rows(table));
    let cells = tables.iter().flatten().flatten().flatten().cloned();
    let objects = company.memory.objects("files");
    let bytes = objects.into_iter().flat_map(|(key, bytes)| [key, bytes]);
    cells.chain(bytes).any(|text| {
        let text = String::from_utf8_lossy(&text);
        text.contains(ANNA) || text.contains(ANNA_EMAIL)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_fails_nothing_is_called_erased_that_is_not() {
    for kind in [Kind::Transient, Kind::Denied] {
        let (mut call, mut incomplete) = (1, 0);
        loop {
            let company = Company::new(Vec::new()).await;
            let plan = company.plan().await;
            let before = company.memory.calls();
            company.memory.fail_call(call, kind);
            let state = company.erase(&plan).await.state;
            let outcomes = company.outcomes(&plan).await;
            match state {
                ErasureState::Erased => assert!(!anna_is_left(&company), "{kind:?} {call}"),
                ErasureState::Incomplete => incomplete += 1,
                state => panic!("{kind:?} {call}: {state:?}"),
            }
            assert!(outcomes.iter().all(|(.., outcome)| outcome.is_some()));
            company.verified_receipt(&plan).await;
            if company.memory.calls() - before < call {
                break;
            }
            call += 1;
        }
        assert!(call > 10, "the calls were counted");
        assert!(incomplete > 0, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_made_once_and_never_replaced() {
    let company = Company::new(Vec::new()).await;
    let hold = |basis: &str| NewHold {
        id: Some(HoldId::new("accounts").expect("a valid id")),
        basis: basis.to_owned(),
        until: Date::new(2033, 12, 31).expect("a day"),
        source: company.source.clone(),
        collection: None,
        identifier: None,
    };
    let create = |basis: &'static str| company.app.create_hold(&company.caller, hold(basis));
    assert_eq!(
        create(" ").await.err().expect("no basis").reason(),
        "INVALID_ARGUMENT"
    );
    let made = create("law").await.expect("a hold");
    assert_eq!(
        create("other").await.err().expect("taken").reason(),
        "HOLD_EXISTS"
    );
    let holds = company
        .app
        .holds(&company.caller, &company.controller)
        .await
        .expect("holds");
    assert!(holds == [made.clone()]);
    company
        .app
        .delete_hold(&company.caller, &made.id)
        .await
        .expect("deleted");
    assert!(
        company
            .app
            .delete_hold(&company.caller, &made.id)
            .await
            .is_err()
    );
}
