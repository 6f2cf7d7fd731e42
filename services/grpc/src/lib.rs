//! The API over gRPC: decode, call the app, encode, map errors.
//!
//! A file per service; around them the manners of a server: deadlines, limits, health,
//! reflection, draining. Decides nothing about personal data, keeps nothing, and knows neither
//! SQL nor any Source.

mod answer;
mod call;
mod caller;
mod deadline;
mod decode;
mod drain;
mod encode;
mod erasures;
mod exports;
mod machinery;
mod methods;
mod names;
mod options;
mod outcome;
mod page;
mod planned;
mod policies;
mod registration;
mod scans;
mod sources;
mod status;
mod subjects;
#[cfg(test)]
mod tests;

use std::future::Future;

use hemvist_app::App;
use hemvist_proto::v1::erasures_server::ErasuresServer;
use hemvist_proto::v1::exports_server::ExportsServer;
use hemvist_proto::v1::policies_server::PoliciesServer;
use hemvist_proto::v1::scans_server::ScansServer;
use hemvist_proto::v1::sources_server::SourcesServer;
use hemvist_proto::v1::subjects_server::SubjectsServer;
use tokio::net::TcpListener;
use tonic::service::Routes;

use erasures::ErasuresService;
use exports::ExportsService;
use policies::PoliciesService;
use scans::ScansService;
use sources::SourcesService;
use subjects::SubjectsService;

pub use drain::Drained;
pub use options::{ContinueTrace, ServerOptions};

/// The services of the API, by the names that health checks use.
pub const SERVICES: [&str; 6] = [
    "hemvist.v1.Erasures",
    "hemvist.v1.Exports",
    "hemvist.v1.Policies",
    "hemvist.v1.Scans",
    "hemvist.v1.Sources",
    "hemvist.v1.Subjects",
];

/// Serves the API on `listener` until `shutdown` is ready, then drains; says how that ended.
///
/// # Errors
/// [`ServeError`] when the listener fails. Failing calls and clients are no errors.
pub async fn serve(
    app: App,
    listener: TcpListener,
    options: ServerOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<Drained, ServeError> {
    let (routes, health) = machinery::add_to(api(&app, &options)).await?;
    drain::serve(routes, &health, listener, options, shutdown).await
}

/// Every service, with the bounds of its messages.
fn api(app: &App, options: &ServerOptions) -> Routes {
    macro_rules! bounded {
        ($server:path, $service:path) => {
            <$server>::new($service(app.clone()))
                .max_decoding_message_size(options.request_bytes_max)
                .max_encoding_message_size(options.response_bytes_max)
        };
    }
    Routes::new(bounded!(SourcesServer<_>, SourcesService))
        .add_service(bounded!(ScansServer<_>, ScansService))
        .add_service(bounded!(SubjectsServer<_>, SubjectsService))
        .add_service(bounded!(ErasuresServer<_>, ErasuresService))
        .add_service(bounded!(ExportsServer<_>, ExportsService))
        .add_service(bounded!(PoliciesServer<_>, PoliciesService))
}

/// Why the server could not serve.
#[derive(Debug)]
pub enum ServeError {
    /// The descriptors that were built in cannot be read: a defect of ours.
    Descriptors,
    /// The listener or the transport failed.
    Transport(tonic::transport::Error),
}

impl From<tonic::transport::Error> for ServeError {
    fn from(error: tonic::transport::Error) -> Self {
        Self::Transport(error)
    }
}

impl From<tonic_reflection::server::Error> for ServeError {
    fn from(_: tonic_reflection::server::Error) -> Self {
        Self::Descriptors
    }
}

impl std::fmt::Display for ServeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Descriptors => f.write_str("the API's descriptors cannot be read"),
            Self::Transport(_) => f.write_str("the listener failed"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Descriptors => None,
            Self::Transport(error) => Some(error),
        }
    }
}
