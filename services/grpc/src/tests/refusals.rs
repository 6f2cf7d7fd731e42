//! What a wrong request is told: a code, a stable reason, the field, and never its own content.

use std::time::Duration;

use hemvist_proto::v1;
use hemvist_proto::v1::erasures_client::ErasuresClient;
use hemvist_proto::v1::policies_client::PoliciesClient;
use hemvist_proto::v1::scans_client::ScansClient;
use hemvist_proto::v1::sources_client::SourcesClient;
use hemvist_proto::v1::subjects_client::SubjectsClient;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::house::{House, identifiers, silent_source, source};
use super::reason;
use crate::ServerOptions;

async fn house() -> House {
    House::open(ServerOptions::default()).await
}

fn refused<T>(answer: Result<T, Status>, code: Code, expected: &str) -> Status {
    let status = answer.err().expect("a refusal");
    assert_eq!(status.code(), code, "{}", status.message());
    assert_eq!(reason(&status), format!("hemvist/{expected}"));
    status
}

#[tokio::test]
async fn who_does_not_say_who_they_are_learns_nothing() {
    let house = house().await;
    let channel = || house.channel.clone();
    let missing = |status| refused::<()>(Err(status), Code::Unauthenticated, "CALLER_MISSING");
    // Each request is wrong too: that must not show (AIP-211).
    let (mut sources, mut scans) = (SourcesClient::new(channel()), ScansClient::new(channel()));
    let answer = sources.get_source(v1::GetSourceRequest::default()).await;
    missing(answer.expect_err("refused"));
    let answer = scans.watch_scan(v1::WatchScanRequest::default()).await;
    missing(answer.expect_err("refused"));
    let mut subjects = SubjectsClient::new(channel());
    let answer = subjects.locate(v1::LocateRequest::default()).await;
    missing(answer.expect_err("refused"));
    let mut erasures = ErasuresClient::new(channel());
    let answer = erasures
        .plan_erasure(v1::PlanErasureRequest::default())
        .await;
    missing(answer.expect_err("refused"));
    let mut policies = PoliciesClient::new(channel());
    let answer = policies.delete_hold(v1::DeleteHoldRequest::default()).await;
    missing(answer.expect_err("refused"));
}

#[tokio::test]
async fn a_scan_for_what_nobody_looks_for_is_refused() {
    let house = house().await;
    let mut sources = SourcesClient::new(house.caller());
    let made = sources.create_source(source("crm", "data")).await;
    made.expect("registered");
    for (names, field) in [
        (["EMAIL_ADDRESS", "EMAIL"], "scan.info_types[1]"),
        // No detector is configured here.
        (["EMAIL_ADDRESS", "CONFIGURED"], "scan.info_types"),
    ] {
        let scan = v1::Scan {
            info_types: names.map(str::to_owned).into(),
            ..v1::Scan::default()
        };
        let request = v1::CreateScanRequest {
            parent: "sources/crm".into(),
            scan: Some(scan),
            request_id: String::new(),
        };
        let answer = ScansClient::new(house.caller()).create_scan(request).await;
        let status = refused(answer, Code::InvalidArgument, "INVALID_ARGUMENT");
        let details = status.get_error_details();
        let violations = details.bad_request().expect("the field");
        assert_eq!(violations.field_violations[0].field, field);
    }
}

#[tokio::test]
async fn a_wrong_identifier_is_never_repeated() {
    let house = house().await;
    let controller = || "controllers/acme".to_owned();
    for wrong in ["19811228-9875", "Astrid Test", "astrid@", "", "+46 70"] {
        let request = v1::LocateRequest {
            controller: controller(),
            identifiers: identifiers(&[wrong]),
        };
        let status = SubjectsClient::new(house.caller()).locate(request).await;
        let status = refused(status, Code::InvalidArgument, "INVALID_ARGUMENT");
        unrepeated(&status, wrong);
        let request = v1::PlanErasureRequest {
            controller: controller(),
            identifiers: identifiers(&[wrong]),
            request_id: String::new(),
        };
        let status = ErasuresClient::new(house.caller())
            .plan_erasure(request)
            .await;
        unrepeated(
            &refused(status, Code::InvalidArgument, "INVALID_ARGUMENT"),
            wrong,
        );
    }
}

fn unrepeated(status: &Status, wrong: &str) {
    let details = status.get_error_details();
    let request = details.bad_request().expect("a BadRequest");
    assert_eq!(request.field_violations.len(), 1);
    let said = format!("{} {:?}", status.message(), status.details());
    let bytes = String::from_utf8_lossy(status.details()).into_owned();
    assert!(
        wrong.is_empty() || !(said + &bytes).contains(wrong),
        "{wrong}"
    );
}

#[tokio::test]
async fn a_wrong_name_is_never_repeated() {
    let house = house().await;
    let mut sources = SourcesClient::new(house.caller());
    let name = "sources/19811228-9874 astrid".to_owned();
    let status = sources.get_source(v1::GetSourceRequest { name }).await;
    let status = refused(status, Code::InvalidArgument, "INVALID_ARGUMENT");
    unrepeated(&status, "astrid");
    let name = "sources/nowhere".to_owned();
    let status = sources.get_source(v1::GetSourceRequest { name }).await;
    refused(status, Code::NotFound, "NOT_FOUND");
}

#[tokio::test]
async fn sources_are_registered_listed_changed_and_forgotten() {
    let house = house().await;
    let mut sources = SourcesClient::new(house.caller());
    for id in ["a", "b", "c"] {
        let made = sources.create_source(source(id, "/srv")).await;
        let made = made.expect("registered").into_inner();
        assert_eq!(made.name, format!("sources/{id}"));
    }
    let again = sources.create_source(source("a", "/srv")).await;
    refused(again, Code::AlreadyExists, "SOURCE_EXISTS");
    let mut request = v1::ListSourcesRequest {
        page_size: 2,
        page_token: String::new(),
    };
    let first = sources.list_sources(request.clone()).await;
    let first = first.expect("a page").into_inner();
    request.page_token = first.next_page_token;
    let second = sources.list_sources(request).await;
    let second = second.expect("a page").into_inner();
    let names = first.sources.iter().chain(&second.sources);
    let names: Vec<_> = names.map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["sources/a", "sources/b", "sources/c"]);
    assert_eq!(second.next_page_token, "");
    etags(&mut sources, first.sources[0].clone()).await;
}

type Sources = SourcesClient<
    tonic::service::interceptor::InterceptedService<
        tonic::transport::Channel,
        super::house::Tester,
    >,
>;

async fn etags(sources: &mut Sources, seen: v1::Source) {
    let mut changed = seen.clone();
    changed.identity_sources.clear();
    let request = v1::UpdateSourceRequest {
        source: Some(changed),
        update_mask: None,
    };
    let updated = sources.update_source(request.clone()).await;
    let updated = updated.expect("an update").into_inner();
    assert!(updated.identity_sources.is_empty());
    assert_ne!(updated.etag, seen.etag);
    let lost = sources.update_source(request).await;
    refused(lost, Code::Aborted, "ETAG_STALE");
    let delete = |etag: &str| v1::DeleteSourceRequest {
        name: seen.name.clone(),
        etag: etag.to_owned(),
    };
    let stale = sources.delete_source(delete(&seen.etag)).await;
    refused(stale, Code::Aborted, "ETAG_STALE");
    sources
        .delete_source(delete(&updated.etag))
        .await
        .expect("deleted");
    let gone = sources.delete_source(delete("")).await;
    refused(gone, Code::NotFound, "NOT_FOUND");
}

#[tokio::test]
async fn a_source_that_never_answers_is_waited_for_until_the_deadline_only() {
    let options = ServerOptions {
        unary_time_max: Duration::from_millis(300),
        ..ServerOptions::default()
    };
    let house = House::open(options).await;
    let mut sources = SourcesClient::new(house.caller());
    let made = sources.create_source(silent_source("silent")).await;
    let name = made.expect("registered").into_inner().name;
    let status = sources.probe_source(v1::ProbeSourceRequest { name }).await;
    refused(status, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
}

#[tokio::test]
async fn requests_over_the_size_limit_are_refused_by_every_service() {
    let options = ServerOptions {
        request_bytes_max: 1000,
        ..ServerOptions::default()
    };
    let house = House::open(options).await;
    let large = "x".repeat(2000);
    let request = v1::LocateRequest {
        controller: large.clone(),
        identifiers: Vec::new(),
    };
    let status = SubjectsClient::new(house.caller()).locate(request).await;
    assert_eq!(
        status.err().map(|status| status.code()),
        Some(Code::OutOfRange)
    );
    let request = v1::GetPlanRequest { name: large };
    let status = ErasuresClient::new(house.caller()).get_plan(request).await;
    assert_eq!(
        status.err().map(|status| status.code()),
        Some(Code::OutOfRange)
    );
}
