//! Scan, locate, export, hold, erase: the main job over the wire.

use std::time::Duration;

use futures::TryStreamExt;
use hemvist_proto::v1;
use hemvist_proto::v1::erasures_client::ErasuresClient;
use hemvist_proto::v1::exports_client::ExportsClient;
use hemvist_proto::v1::locate_response::Answer;
use hemvist_proto::v1::plan_erasure_response::Event;
use hemvist_proto::v1::policies_client::PoliciesClient;
use hemvist_proto::v1::scans_client::ScansClient;
use hemvist_proto::v1::sources_client::SourcesClient;
use hemvist_proto::v1::subjects_client::SubjectsClient;
use hemvist_source::memory::MemorySource;
use tonic::Code;

use super::house::{House, identifiers, people, source};
use super::reason;
use crate::ServerOptions;

/// A house whose Source is scanned.
async fn scanned() -> House {
    scanned_with(ServerOptions::default()).await
}

async fn scanned_with(options: ServerOptions) -> House {
    let house = House::open(options).await;
    people(&house.memory);
    let mut sources = SourcesClient::new(house.caller());
    sources
        .create_source(source("crm", "/srv"))
        .await
        .expect("registered");
    let mut scans = ScansClient::new(house.caller());
    let request = v1::CreateScanRequest {
        parent: "sources/crm".to_owned(),
        scan: None,
        request_id: "once".to_owned(),
    };
    let scan = scans
        .create_scan(request.clone())
        .await
        .expect("a scan")
        .into_inner();
    let again = scans
        .create_scan(request)
        .await
        .expect("a scan")
        .into_inner();
    assert_eq!(
        scan.name, again.name,
        "the same request gives the same scan"
    );
    let watch = scans
        .watch_scan(v1::WatchScanRequest { name: scan.name })
        .await;
    let steps: Vec<v1::Scan> = watch
        .expect("a watch")
        .into_inner()
        .try_collect()
        .await
        .expect("steps");
    let last = steps.last().expect("an end");
    assert_eq!(last.state(), v1::ScanState::Finished);
    let coverage = last.coverage.as_ref().expect("coverage");
    assert_eq!((coverage.enumerated, coverage.scanned), (4, 4));
    house
}

async fn locate(house: &House, value: &str) -> Vec<Answer> {
    let request = v1::LocateRequest {
        controller: "controllers/acme".to_owned(),
        identifiers: identifiers(&[value]),
    };
    let answers = SubjectsClient::new(house.caller()).locate(request).await;
    let answers = answers.expect("an answer").into_inner();
    let answers: Vec<_> = answers.try_collect().await.expect("a whole answer");
    answers
        .into_iter()
        .filter_map(|message: v1::LocateResponse| message.answer)
        .collect()
}

#[tokio::test]
async fn locate_says_who_where_what_was_looked_at_and_ends() {
    let house = scanned().await;
    let answers = locate(&house, "astrid@example.com").await;
    let mut places = Vec::new();
    let shape: Vec<&str> = answers
        .iter()
        .map(|answer| match answer {
            Answer::Subject(_) => "subject",
            Answer::Location(location) => {
                let place = (
                    &*location.collection,
                    &*location.record,
                    &*location.info_type,
                );
                places.push(place);
                "location"
            }
            Answer::Coverage(_) => "coverage",
            Answer::End(_) => "end",
        })
        .collect();
    assert_eq!(
        shape,
        [
            "subject", "location", "location", "location", "coverage", "end"
        ]
    );
    explained(&answers);
    places.sort_unstable();
    let expected = [
        ("orders", "10", "EMAIL_ADDRESS"),
        ("people", "1", "EMAIL_ADDRESS"),
        ("people", "1", "SE_PERSONNUMMER"),
    ];
    assert_eq!(places, expected);
    let Some(Answer::End(end)) = answers.last() else {
        panic!("an end");
    };
    assert_eq!((end.locations, end.sources, end.complete), (3, 1, true));
    let none = locate(&house, "nobody@example.com").await;
    assert_eq!(none.len(), 3, "subject, coverage, end");
}

/// The linked member names its path, rule and witness; each location its member.
fn explained(answers: &[Answer]) {
    let Some(Answer::Subject(subject)) = answers.first() else {
        panic!("a subject");
    };
    let [asked, linked] = subject.members.as_slice() else {
        panic!("two members");
    };
    assert_eq!(asked.membership(), v1::Membership::Asked);
    assert_eq!(asked.explanation, None);
    assert_eq!(linked.membership(), v1::Membership::Linked);
    let why = linked.explanation.clone().expect("an explanation");
    assert_eq!((why.via_member, why.witnesses), (0, 1));
    assert_eq!(why.rule(), v1::LinkRule::IdentitySource);
    let witness = why.witness.expect("a witness");
    assert_eq!(
        (&*witness.source, &*witness.collection),
        ("sources/crm", "people")
    );
    assert!(witness.seen_time.is_some());
    for answer in answers {
        let Answer::Location(location) = answer else {
            continue;
        };
        let member = &subject.members[location.member as usize];
        assert_eq!(location.info_type, member.info_type);
        assert_eq!(location.membership(), member.membership());
        let is_witness = location.collection == "people";
        assert_eq!(is_witness, location.record_ref == witness.record_ref);
    }
}

#[tokio::test]
async fn an_export_holds_the_person_s_data_alone_and_ends_with_its_manifest() {
    let house = scanned().await;
    let request = v1::ExportSubjectRequest {
        controller: "controllers/acme".to_owned(),
        identifiers: identifiers(&["19811228-9874"]),
    };
    let mut exports = ExportsClient::new(house.caller());
    let chunks = exports.export_subject(request).await.expect("an export");
    let chunks: Vec<v1::ExportChunk> = chunks.into_inner().try_collect().await.expect("chunks");
    let last = chunks.last().expect("a manifest");
    assert_eq!(
        (last.file_name.as_str(), last.last_of_file),
        ("manifest.json", true)
    );
    let data: Vec<u8> = chunks
        .iter()
        .flat_map(|chunk| chunk.data.to_vec())
        .collect();
    let data = String::from_utf8(data).expect("text");
    assert!(data.contains("astrid@example.com"));
    assert!(!data.contains("bo@example.com"));
}

/// A unary call may take so long.
const UNARY: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn planning_may_take_longer_than_a_unary_call() {
    let house = scanned_with(ServerOptions {
        unary_time_max: UNARY,
        ..ServerOptions::default()
    })
    .await;
    let (go_on, held) = std::sync::mpsc::channel::<()>();
    let hold = move |_: &MemorySource| {
        // Until the other end is dropped.
        _ = held.recv();
        Ok(())
    };
    house.memory.at_call(1, Box::new(hold));
    let request = v1::PlanErasureRequest {
        controller: "controllers/acme".to_owned(),
        identifiers: identifiers(&["19811228-9874"]),
        request_id: String::new(),
    };
    let mut erasures = ErasuresClient::new(house.caller());
    let stream = erasures.plan_erasure(request).await.expect("planning");
    let mut stream = stream.into_inner();
    let waited = tokio::time::timeout(UNARY + UNARY / 2, async {
        while let Some(said) = stream.message().await.expect("no end") {
            assert!(matches!(said.event, Some(Event::Planning(_))));
        }
    });
    assert!(waited.await.is_err(), "it waits for the source");
    drop(go_on);
    let said: Vec<_> = stream.try_collect().await.expect("a plan");
    let last = said.into_iter().next_back().and_then(|said| said.event);
    assert!(matches!(last, Some(Event::Plan(_))));
}

#[tokio::test]
async fn an_erasure_is_planned_approved_executed_and_proved() {
    let house = scanned().await;
    let mut erasures = ErasuresClient::new(house.caller());
    let request = v1::PlanErasureRequest {
        controller: "controllers/acme".to_owned(),
        identifiers: identifiers(&["19811228-9874"]),
        request_id: String::new(),
    };
    let stream = erasures.plan_erasure(request).await.expect("planning");
    let mut said: Vec<_> = stream.into_inner().try_collect().await.expect("a plan");
    let Some(Event::Plan(plan)) = said.pop().and_then(|said| said.event) else {
        panic!("planning ends with the plan");
    };
    let first = said.into_iter().next().and_then(|said| said.event);
    let Some(Event::Planning(planning)) = first else {
        panic!("planning says how far it is");
    };
    assert_eq!(planning.collections_total, plan.collections.len() as i64);
    assert!(planning.records_total > 0);
    assert_eq!((plan.items_total, plan.changes_total), (2, 2));
    let mut request = v1::ListPlanItemsRequest {
        parent: plan.name.clone(),
        page_size: 1,
        page_token: String::new(),
    };
    let mut records = Vec::new();
    loop {
        let page = erasures
            .list_plan_items(request.clone())
            .await
            .expect("a page")
            .into_inner();
        records.extend(page.items.into_iter().map(|item| item.record));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    records.sort();
    assert_eq!(records, ["1", "10"]);

    let mut approve = v1::ApprovePlanRequest {
        name: plan.name.clone(),
        plan_hash: vec![0; 32],
    };
    let other = erasures
        .approve_plan(approve.clone())
        .await
        .expect_err("another hash");
    assert_eq!(
        (other.code(), &*reason(&other)),
        (Code::FailedPrecondition, "hemvist/PLAN_HASH_DIFFERS")
    );
    approve.plan_hash = plan.hash;
    let approved = erasures
        .approve_plan(approve)
        .await
        .expect("approved")
        .into_inner();
    assert_eq!(approved.state(), v1::ErasureState::Approved);
    assert_eq!(approved.approved_by, "svc-test");
    execute(&house, plan.name).await;
}

async fn execute(house: &House, plan: String) {
    let mut erasures = ErasuresClient::new(house.caller());
    let receipt = v1::GetReceiptRequest {
        name: format!("{plan}/receipt"),
    };
    let early = erasures
        .get_receipt(receipt.clone())
        .await
        .expect_err("not executed");
    assert_eq!(early.code(), Code::FailedPrecondition);
    let request = v1::ExecutePlanRequest { name: plan };
    let erasure = erasures
        .execute_plan(request)
        .await
        .expect("started")
        .into_inner();
    let watch = erasures
        .watch_erasure(v1::WatchErasureRequest { name: erasure.name })
        .await;
    let steps: Vec<v1::Erasure> = watch
        .expect("a watch")
        .into_inner()
        .try_collect()
        .await
        .expect("steps");
    let last = steps.last().expect("an end");
    assert_eq!(last.state(), v1::ErasureState::Erased);
    assert_eq!(last.verification(), v1::VerificationLevel::ReScan);
    assert_eq!((last.items_done, last.items_total), (2, 2));
    assert_eq!(last.receipt, receipt.name);
    let document = erasures
        .get_receipt(receipt)
        .await
        .expect("a receipt")
        .into_inner()
        .document;
    assert!(hemvist_app::verify_receipt(&document, None).is_ok());
    assert_eq!(house.memory.rows("people").len(), 1);
    assert_eq!(
        locate(house, "19811228-9874").await.len(),
        3,
        "nothing is left"
    );
}

#[tokio::test]
async fn a_hold_is_made_listed_and_lifted() {
    let house = scanned().await;
    let mut policies = PoliciesClient::new(house.caller());
    let hold = v1::Hold {
        basis: "bokföringslagen 7 kap. 2 §".to_owned(),
        until: Some(v1::Date {
            year: 2031,
            month: 12,
            day: 31,
        }),
        source: "sources/crm".to_owned(),
        collection: "orders".to_owned(),
        ..v1::Hold::default()
    };
    let request = v1::CreateHoldRequest {
        hold_id: "accounts".to_owned(),
        hold: Some(hold.clone()),
        identifier: identifiers(&["astrid@example.com"]).pop(),
    };
    let made = policies
        .create_hold(request)
        .await
        .expect("a hold")
        .into_inner();
    assert!(made.one_subject);
    let no_day = v1::CreateHoldRequest {
        hold: Some(v1::Hold {
            until: Some(v1::Date {
                year: 2031,
                month: 2,
                day: 29,
            }),
            ..hold
        }),
        ..v1::CreateHoldRequest::default()
    };
    let refused = policies.create_hold(no_day).await.expect_err("no such day");
    assert!(refused.message().starts_with("hold.until:"));
    let list = v1::ListHoldsRequest {
        controller: "controllers/acme".to_owned(),
        ..v1::ListHoldsRequest::default()
    };
    let holds = policies
        .list_holds(list.clone())
        .await
        .expect("holds")
        .into_inner()
        .holds;
    assert_eq!(holds, std::slice::from_ref(&made));
    policies
        .delete_hold(v1::DeleteHoldRequest { name: made.name })
        .await
        .expect("lifted");
    assert!(
        policies
            .list_holds(list)
            .await
            .expect("holds")
            .into_inner()
            .holds
            .is_empty()
    );
}
