//! A server on loopback and real clients, around a service whose calls end when the test says.

mod draining;
mod house;
mod limits;
mod machinery;
mod raw;
mod refusals;
mod whole_way;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use hemvist_proto::v1;
use hemvist_proto::v1::exports_client::ExportsClient;
use hemvist_proto::v1::exports_server::{Exports, ExportsServer};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tonic_types::StatusExt;

use crate::{Drained, ServeError, ServerOptions, drain, machinery as served_machinery};

/// An Exports service that is told by the controller what to do.
#[derive(Clone)]
struct Gated {
    /// Gets a permit for each call that has reached the handler.
    entered: Arc<Semaphore>,
    /// A permit lets one `controllers/gated` call finish.
    gate: Arc<Semaphore>,
}

#[tonic::async_trait]
impl Exports for Gated {
    type ExportSubjectStream =
        Pin<Box<dyn Stream<Item = Result<v1::ExportChunk, Status>> + Send + 'static>>;

    async fn export_subject(
        &self,
        request: Request<v1::ExportSubjectRequest>,
    ) -> Result<Response<Self::ExportSubjectStream>, Status> {
        self.entered.add_permits(1);
        let one = futures::stream::iter([Ok(v1::ExportChunk::default())]);
        match request.get_ref().controller.as_str() {
            "controllers/silent" => std::future::pending().await,
            "controllers/endless" => {
                Ok(Response::new(one.chain(futures::stream::pending()).boxed()))
            }
            _ => {
                let permit = self.gate.acquire().await;
                permit.map_err(|_| Status::internal("closed"))?.forget();
                Ok(Response::new(one.boxed()))
            }
        }
    }
}

/// A running server, and what it takes to steer it.
struct Running {
    address: SocketAddr,
    service: Gated,
    shutdown: Arc<Notify>,
    server: JoinHandle<Result<Drained, ServeError>>,
}

impl Running {
    async fn start(options: ServerOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = Gated {
            entered: Arc::new(Semaphore::new(0)),
            gate: Arc::new(Semaphore::new(0)),
        };
        let exports = ExportsServer::new(service.clone())
            .max_decoding_message_size(options.request_bytes_max);
        let shutdown = Arc::new(Notify::new());
        let asked = Arc::clone(&shutdown);
        let server = tokio::spawn(async move {
            let routes = Routes::new(exports);
            let (routes, health) = served_machinery::add_to(routes).await?;
            drain::serve(routes, &health, listener, options, asked.notified()).await
        });
        Self {
            address,
            service,
            shutdown,
            server,
        }
    }

    async fn connect(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.address));
        let endpoint = endpoint.expect("an address");
        endpoint.connect().await.expect("a connection")
    }

    /// Starts a call and waits until it is in the handler.
    async fn call(&self, channel: &Channel, controller: &str) -> JoinHandle<Result<u64, Status>> {
        let call = tokio::spawn(export(channel.clone(), controller.to_owned()));
        let entered = self.service.entered.acquire().await;
        entered.expect("never closed").forget();
        call
    }

    async fn drained(self) -> Drained {
        let ended = self.server.await.expect("no panic");
        ended.expect("a listener that held")
    }
}

/// Counts the chunks of a whole answer.
async fn export(channel: Channel, controller: String) -> Result<u64, Status> {
    let request = v1::ExportSubjectRequest {
        controller,
        identifiers: Vec::new(),
    };
    let answer = ExportsClient::new(channel).export_subject(request).await?;
    let (mut chunks, mut stream) = (0, answer.into_inner());
    while stream.message().await?.is_some() {
        chunks += 1;
    }
    Ok(chunks)
}

/// The stable reason of a status.
fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details
        .error_info()
        .map(|info| format!("{}/{}", info.domain, info.reason))
        .unwrap_or_default()
}
