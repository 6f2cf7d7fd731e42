//! Deadlines, sizes and numbers of calls.

use std::time::Duration;

use hemvist_proto::v1;
use hemvist_proto::v1::exports_client::ExportsClient;
use prost::Message;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::raw::raw_call;
use super::{Running, export, reason};
use crate::ServerOptions;

#[tokio::test]
async fn a_client_s_deadline_is_answered_deadline_exceeded() {
    let running = Running::start(ServerOptions::default()).await;
    for (controller, timeout) in [
        ("controllers/silent", "40m"),
        ("controllers/endless", "40m"),
        ("controllers/silent", "1m"),
        ("controllers/silent", "0n"),
        ("controllers/endless", "0n"),
    ] {
        let request = v1::ExportSubjectRequest {
            controller: controller.to_owned(),
            identifiers: Vec::new(),
        };
        let path = "/hemvist.v1.Exports/ExportSubject";
        let trailers = raw_call(running.address, path, timeout, &request.encode_to_vec()).await;
        let status = tonic::Status::from_header_map(&trailers).expect("a status");
        assert_eq!(
            status.code(),
            Code::DeadlineExceeded,
            "{controller} {timeout}"
        );
        assert_eq!(reason(&status), "hemvist/DEADLINE_EXCEEDED");
    }
}

#[tokio::test]
async fn a_call_without_deadline_is_not_waited_for_without_end() {
    let options = ServerOptions {
        unary_time_max: Duration::from_millis(40),
        ..ServerOptions::default()
    };
    let running = Running::start(options).await;
    let channel = running.connect().await;
    let status = export(channel, "controllers/silent".into()).await;
    let status = status.expect_err("ended");
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(reason(&status), "hemvist/DEADLINE_EXCEEDED");
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let options = ServerOptions {
        request_bytes_max: 100,
        ..ServerOptions::default()
    };
    let running = Running::start(options).await;
    let channel = running.connect().await;
    let status = export(channel, "x".repeat(200)).await.expect_err("refused");
    assert_eq!(status.code(), Code::OutOfRange);
    assert!(!status.message().contains("xx"));
}

#[tokio::test]
async fn calls_beyond_the_limit_are_refused_and_health_is_still_answered() {
    let options = ServerOptions {
        calls_max: 1,
        ..ServerOptions::default()
    };
    let running = Running::start(options).await;
    let channel = running.connect().await;
    let call = running.call(&channel, "controllers/endless").await;
    let refused = export(channel.clone(), "controllers/gated".into()).await;
    let refused = refused.expect_err("one is running");
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(reason(&refused), "hemvist/TOO_MANY_CALLS");
    let mut health = HealthClient::new(channel.clone());
    let alive = health.check(HealthCheckRequest::default()).await;
    assert!(alive.is_ok());

    // A client that goes away gives its place back.
    call.abort();
    running.service.gate.add_permits(1);
    let second = async {
        loop {
            match export(channel.clone(), "controllers/gated".into()).await {
                Err(status) if status.code() == Code::ResourceExhausted => {}
                other => break other,
            }
        }
    };
    let second = tokio::time::timeout(Duration::from_secs(10), second).await;
    assert_eq!(second.expect("the place came back").expect("an answer"), 1);
}

#[tokio::test]
async fn unknown_methods_are_unimplemented() {
    let running = Running::start(ServerOptions::default()).await;
    let trailers = raw_call(running.address, "/hemvist.v1.Subjects/Nope", "1S", &[]).await;
    let status = tonic::Status::from_header_map(&trailers).expect("a status");
    assert_eq!(status.code(), Code::Unimplemented);
    let mut client = ExportsClient::new(running.connect().await);
    let metadata = "x".repeat(64 << 10).parse().expect("metadata");
    let mut request = tonic::Request::new(v1::ExportSubjectRequest::default());
    request.metadata_mut().insert("x-large", metadata);
    assert!(client.export_subject(request).await.is_err());
}
