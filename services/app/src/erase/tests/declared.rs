//! What is declared: a Plan is executed under nothing else, and what is excluded is left alone.

use hemvist_detect::Rule;
use hemvist_model::{
    CollectionName, CollectionPolicy, ErasureEvent, ErasureState, Exclusion, InfoType, Outcome,
    RecordPolicy, RegisteredSource, SourceSettings,
};
use hemvist_source::memory::row;

use super::company::{ANNA, ANNA_EMAIL, Company};
use crate::{App, DetectorOptions, Detectors, ExcludedValues};

type Alter = fn(&mut RegisteredSource);

/// Every kind of declaration, altered.
const ALTERATIONS: [Alter; 5] = [
    |source| {
        source
            .policies
            .push(policy("customers", RecordPolicy::Mask))
    },
    |source| source.identity_sources.clear(),
    |source| source.identity_sources[0].fields.truncate(1),
    |source| source.exclusions.push(exclusion("files", None)),
    |source| {
        source.settings = SourceSettings::Tree {
            root: "elsewhere".to_owned(),
        };
    },
];

fn policy(collection: &str, records: RecordPolicy) -> CollectionPolicy {
    CollectionPolicy {
        collection: CollectionName::new(collection),
        records,
        clear_fields: Vec::new(),
    }
}

fn exclusion(collection: &str, pattern: Option<&str>) -> Exclusion {
    Exclusion {
        collection: CollectionName::new(collection),
        pattern: pattern.map(str::to_owned),
    }
}

async fn declare(company: &Company, alter: impl FnOnce(&mut RegisteredSource)) {
    let source = company.app.source(&company.caller, &company.source).await;
    let mut source = source.expect("registered");
    alter(&mut source);
    let updated = company.app.update_source(&company.caller, source).await;
    updated.expect("updated");
}

async fn state(company: &Company, plan: &hemvist_model::Plan) -> ErasureState {
    let erasure = company.app.erasure(&company.caller, &plan.id).await;
    erasure.expect("the plan").erasure.state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_declaration_voids_plan_and_approval() {
    for alter in ALTERATIONS {
        let company = Company::new(Vec::new()).await;
        let (app, caller) = (&company.app, &company.caller);
        let (planned, approved) = (company.plan().await, company.plan().await);
        app.approve_plan(caller, &approved.id, approved.hash)
            .await
            .expect("approved");
        declare(&company, alter).await;
        let approve = app.approve_plan(caller, &planned.id, planned.hash).await;
        assert_eq!(approve.expect_err("outdated").reason(), "PLAN_OUTDATED");
        let execute = app.execute_plan(caller, &approved.id).await;
        assert_eq!(execute.expect_err("outdated").reason(), "PLAN_OUTDATED");
        assert_eq!(state(&company, &planned).await, ErasureState::Planned);
        assert_eq!(state(&company, &approved).await, ErasureState::Expired);
        assert_eq!(company.memory.rows("customers").len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_of_another_source_that_says_who_is_who_counts_too() {
    let company = Company::new(Vec::new()).await;
    let plan = company.plan().await;
    let source = company.app.source(&company.caller, &company.source).await;
    let mut source = source.expect("registered");
    source.id = hemvist_model::SourceId::new("hr").expect("a valid id");
    let made = company.app.create_source(&company.caller, source).await;
    made.expect("registered");
    let approve = company
        .app
        .approve_plan(&company.caller, &plan.id, plan.hash)
        .await;
    assert_eq!(approve.expect_err("outdated").reason(), "PLAN_OUTDATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_changes_nothing_voids_nothing() {
    let company = Company::new(Vec::new()).await;
    let plan = company.plan().await;
    declare(&company, |_| ()).await;
    assert_eq!(company.erase(&plan).await.state, ErasureState::Erased);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_that_changes_during_execution_stops_it() {
    for alter in ALTERATIONS {
        let company = Company::new(Vec::new()).await;
        let (app, caller) = (&company.app, &company.caller);
        let plan = company.plan().await;
        let approved = app.approve_plan(caller, &plan.id, plan.hash).await;
        approved.expect("approved");
        let lease = app.store().lease_plan(&plan.id, 30).await.expect("asked");
        let lease = lease.expect("free");
        let moved = app.store().advance(&lease, ErasureEvent::Execute).await;
        moved.expect("executing");
        declare(&company, alter).await;
        app.run_steps(&lease).await.expect("to the end");
        assert_eq!(state(&company, &plan).await, ErasureState::Incomplete);
        for (collection, record, outcome) in company.outcomes(&plan).await {
            assert_eq!(outcome, Some(Outcome::Changed), "{collection} {record}");
        }
        assert_eq!(company.memory.rows("customers").len(), 2);
    }
}

/// Another process with a detector that the company does not have.
async fn with_badges(company: &Company) -> App {
    let badge = Rule {
        name: "badge".into(),
        patterns: vec!["B-[0-9]{6}".into()],
        examples: vec!["B-123456".into()],
        ..Rule::default()
    };
    let options = DetectorOptions {
        rules: vec![badge],
        exclusions: vec![ExcludedValues {
            info_type: InfoType::EmailAddress,
            values: vec!["info@example.com".into()],
            owner: "support".into(),
            reason: "our own mailbox".into(),
        }],
        ..DetectorOptions::default()
    };
    let today = company.app.clock().now().date();
    let detectors = Detectors::new(options, today).expect("it holds");
    company.beside(detectors).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_says_what_was_not_looked_for_and_what_is_left_out() {
    let mut company = Company::new(Vec::new()).await;
    let cars = vec![row(&["1", "ABC 123"])];
    company
        .memory
        .put_table("parking", &["id", "plate"], 1, cars);
    company.scan().await;
    company.app = with_badges(&company).await;
    let plan = company.plan().await;
    assert_eq!(company.erase(&plan).await.state, ErasureState::Erased);
    let receipt = company.verified_receipt(&plan).await;
    let says = |start: &str| {
        receipt
            .not_claimed
            .iter()
            .any(|said| said.starts_with(start))
    };
    assert!(says(
        "Source crm, parking: no scan with the present detectors"
    ));
    assert!(!says("Source crm, customers: no scan with the present"));
    assert!(says(
        "Scans leave out one value of EMAIL_ADDRESS by configuration (support: our"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_detectors_void_plan_and_approval() {
    let company = Company::new(Vec::new()).await;
    let (planned, approved) = (company.plan().await, company.plan().await);
    let caller = &company.caller;
    let approve = company
        .app
        .approve_plan(caller, &approved.id, approved.hash);
    approve.await.expect("approved");
    let other = with_badges(&company).await;
    let approve = other.approve_plan(caller, &planned.id, planned.hash).await;
    assert_eq!(approve.expect_err("outdated").reason(), "PLAN_OUTDATED");
    let execute = other.execute_plan(caller, &approved.id).await;
    assert_eq!(execute.expect_err("outdated").reason(), "PLAN_OUTDATED");
    assert_eq!(company.memory.rows("customers").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_detectors_read_again_is_never_called_erased() {
    let company = Company::new(Vec::new()).await;
    let (app, caller) = (&company.app, &company.caller);
    let plan = company.plan().await;
    let approved = app.approve_plan(caller, &plan.id, plan.hash).await;
    approved.expect("approved");
    let lease = app.store().lease_plan(&plan.id, 30).await.expect("asked");
    let lease = lease.expect("free");
    let moved = app.store().advance(&lease, ErasureEvent::Execute).await;
    moved.expect("executing");
    let other = with_badges(&company).await;
    other.run_steps(&lease).await.expect("to the end");
    assert_eq!(state(&company, &plan).await, ErasureState::Incomplete);
    assert_eq!(company.memory.rows("customers").len(), 2);
}

/// A company with a picture among its files, and a table with one.
async fn with_binaries() -> Company {
    let company = Company::new(Vec::new()).await;
    let picture: Vec<u8> = (0..=255).cycle().take(4096).collect();
    company.memory.put_object("files", b"photo.jpg", &picture);
    company
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_nobody_reads_is_told_apart_from_failure_and_from_erased() {
    let company = with_binaries().await;
    let plan = company.plan().await;
    let erasure = company.erase(&plan).await;
    let outcomes = company.outcomes(&plan).await;
    assert_eq!(erasure.state, ErasureState::UnreadLeft, "{outcomes:?}");
    let unread: Vec<_> = outcomes
        .iter()
        .filter_map(|(.., outcome)| outcome.as_ref().filter(|one| !one.is_erased()))
        .collect();
    let [Outcome::Unread { why }] = unread.as_slice() else {
        panic!("one gap, named: {unread:?}");
    };
    assert!(why.contains("BINARY: 1"), "{why}");
    let receipt = company.verified_receipt(&plan).await;
    assert_eq!(receipt.state, "UNREAD_LEFT");
    assert!(
        receipt
            .items
            .iter()
            .any(|item| matches!(item.outcome, Outcome::Unread { .. }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_content_excuses_nothing_else() {
    let company = with_binaries().await;
    let plan = company.plan().await;
    company
        .memory
        .put_row("orders", row(&["12", ANNA_EMAIL, "1"]));
    assert_eq!(company.erase(&plan).await.state, ErasureState::Incomplete);
    let company = with_binaries().await;
    let plan = company.plan().await;
    company
        .memory
        .put_row("orders", row(&["10", ANNA_EMAIL, "100"]));
    assert_eq!(company.erase(&plan).await.state, ErasureState::Incomplete);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_excluded_is_left_alone_and_named() {
    let company = with_binaries().await;
    declare(&company, |source| {
        source.exclusions = vec![exclusion("files", Some("*.jpg")), exclusion("notes", None)];
    })
    .await;
    let plan = company.plan().await;
    // The index knows her in the notes: whoever approves sees that they are left.
    let notes = plan
        .items
        .iter()
        .filter(|item| item.collection.as_str() == "notes");
    let left: Vec<_> = notes.map(|item| item.outcome.clone()).collect();
    assert!(
        matches!(left.as_slice(), [Some(Outcome::Unread { .. })]),
        "{left:?}"
    );
    let erasure = company.erase(&plan).await;
    let outcomes = company.outcomes(&plan).await;
    assert_eq!(erasure.state, ErasureState::UnreadLeft, "{outcomes:?}");
    let receipt = company.verified_receipt(&plan).await;
    for named in [
        "Source crm, files: what is named *.jpg is left alone by declaration.",
        "Source crm, notes: left alone by declaration.",
    ] {
        assert!(
            receipt.not_claimed.iter().any(|said| said == named),
            "{named}"
        );
    }
    let notes = company.memory.rows("notes");
    assert!(
        notes
            .iter()
            .flatten()
            .flatten()
            .any(|cell| { String::from_utf8_lossy(cell).contains(ANNA_EMAIL) })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_wholly_the_person_s_is_deleted_where_the_policy_says_so() {
    for (records, kept) in [(RecordPolicy::Auto, true), (RecordPolicy::Delete, false)] {
        let company = Company::new(vec![policy("files", records)]).await;
        let letter = format!("Hej, jag heter Anna. {ANNA}, {ANNA_EMAIL}\n");
        company
            .memory
            .put_object("files", b"letter.txt", letter.as_bytes());
        let plan = company.plan().await;
        assert_eq!(company.erase(&plan).await.state, ErasureState::Erased);
        let objects = company.memory.objects("files");
        assert_eq!(
            objects.contains_key(&b"letter.txt"[..]),
            kept,
            "{records:?}"
        );
        assert!(objects.contains_key(&b"app.log"[..]), "Bo stands in it");
    }
}
