//! Health and reflection.

use std::collections::BTreeSet;

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::{v1, v1alpha};

use super::Running;
use crate::{SERVICES, ServerOptions};

/// What a client sees, in both versions of the protocol.
macro_rules! listed {
    ($version:ident, $channel:expr) => {{
        use $version::server_reflection_client::ServerReflectionClient;
        use $version::server_reflection_request::MessageRequest;
        use $version::server_reflection_response::MessageResponse;
        let request = $version::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut client = ServerReflectionClient::new($channel);
        let answer = client
            .server_reflection_info(futures::stream::iter([request]))
            .await;
        let answer = answer.expect("reflection").into_inner().message().await;
        let answer = answer.expect("an answer").expect("an answer");
        match answer.message_response {
            Some(MessageResponse::ListServicesResponse(list)) => list
                .service
                .into_iter()
                .map(|service| service.name)
                .collect(),
            _ => BTreeSet::new(),
        }
    }};
}

#[tokio::test]
async fn reflection_lists_every_service_in_both_versions() {
    let running = Running::start(ServerOptions::default()).await;
    let channel = running.connect().await;
    let machinery = [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    ];
    let all: BTreeSet<String> = SERVICES
        .into_iter()
        .chain(machinery)
        .map(str::to_owned)
        .collect();
    let found: BTreeSet<String> = listed!(v1, channel.clone());
    assert_eq!(found, all);
    let found: BTreeSet<String> = listed!(v1alpha, channel);
    assert_eq!(found, all);
}

#[tokio::test]
async fn health_knows_every_service_and_no_other() {
    let running = Running::start(ServerOptions::default()).await;
    let mut client = HealthClient::new(running.connect().await);
    for service in std::iter::once("").chain(SERVICES) {
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = client.check(request).await.expect("known").into_inner();
        assert_eq!(answer.status, 1, "{service}");
    }
    let request = HealthCheckRequest {
        service: "hemvist.v1.Nothing".to_owned(),
    };
    let unknown = client.check(request).await.expect_err("unknown");
    assert_eq!(unknown.code(), tonic::Code::NotFound);
}
