//! Health and reflection: what every gRPC server is asked about itself.

use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tonic_reflection::server::Builder;

use crate::methods::DESCRIPTORS;
use crate::{SERVICES, ServeError};

/// Adds health (of the server and of each service) and reflection in both versions.
pub(crate) async fn add_to(routes: Routes) -> Result<(Routes, HealthReporter), ServeError> {
    let (reporter, health) = tonic_health::server::health_reporter();
    set_status(&reporter, ServingStatus::Serving).await;
    let routes = routes
        .add_service(health)
        .add_service(described().build_v1()?)
        .add_service(described().build_v1alpha()?);
    Ok((routes, reporter))
}

/// Sets what health says of the server and of each service.
pub(crate) async fn set_status(reporter: &HealthReporter, status: ServingStatus) {
    for service in std::iter::once("").chain(SERVICES) {
        reporter.set_service_status(service, status).await;
    }
}

/// Everything that is served, and the error details, so that clients can show them.
fn described() -> Builder<'static> {
    DESCRIPTORS
        .into_iter()
        .chain([tonic_types::pb::FILE_DESCRIPTOR_SET])
        .fold(
            Builder::configure(),
            Builder::register_encoded_file_descriptor_set,
        )
}
