//! What happens to calls when the server is asked to stop.

use std::time::Duration;

use tokio::net::TcpStream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::{Running, reason};
use crate::{Drained, ServerOptions};

#[tokio::test]
async fn running_calls_finish_and_new_ones_are_refused() {
    let running = Running::start(ServerOptions::default()).await;
    let channel = running.connect().await;
    let call = running.call(&channel, "controllers/gated").await;
    let mut health = HealthClient::new(running.connect().await);
    let watch = health.watch(HealthCheckRequest::default()).await;
    let mut watch = watch.expect("health").into_inner();
    let first = watch.message().await.expect("a status").expect("a status");
    assert_eq!(first.status, ServingStatus::Serving as i32);

    running.shutdown.notify_one();
    let second = watch.message().await.expect("a status").expect("a status");
    assert_eq!(second.status, ServingStatus::NotServing as i32);
    let ended = watch.message().await.expect_err("an endless call is ended");
    assert_eq!(reason(&ended), "hemvist/SHUTTING_DOWN");
    let refused = TcpStream::connect(running.address).await;
    assert!(refused.is_err(), "the listener is closed");
    assert!(!call.is_finished());

    running.service.gate.add_permits(1);
    assert_eq!(call.await.expect("no panic").expect("a whole answer"), 1);
    assert_eq!(running.drained().await, Drained::Finished);
}

fn soon() -> ServerOptions {
    ServerOptions {
        drain_time_max: Duration::from_millis(50),
        ..ServerOptions::default()
    }
}

#[tokio::test]
async fn at_the_hard_limit_running_calls_are_ended() {
    let running = Running::start(soon()).await;
    let channel = running.connect().await;
    let silent = running.call(&channel, "controllers/silent").await;
    let endless = running.call(&channel, "controllers/endless").await;
    running.shutdown.notify_one();
    for call in [silent, endless] {
        let status = call.await.expect("no panic").expect_err("cut short");
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(reason(&status), "hemvist/SHUTTING_DOWN");
    }
    assert_eq!(running.drained().await, Drained::CutShort);
}

#[tokio::test]
async fn a_client_that_says_nothing_holds_nothing_up() {
    let running = Running::start(soon()).await;
    let _silent = TcpStream::connect(running.address).await.expect("accepted");
    let channel = running.connect().await;
    let call = running.call(&channel, "controllers/gated").await;
    running.service.gate.add_permits(1);
    assert_eq!(call.await.expect("no panic").expect("an answer"), 1);
    running.shutdown.notify_one();
    assert_eq!(running.drained().await, Drained::CutShort);
}
