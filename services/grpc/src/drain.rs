//! Starting to serve, and ceasing in good order.
//!
//! On shutdown: health says NOT_SERVING and watches end, the listener closes and clients are told
//! to go elsewhere, running calls finish; at the hard limit those that still run are ended. Never
//! waits for a silent client, as the transport alone would (hyper#4170).

use std::future::Future;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::ServeError;
use crate::call::CallLayer;
use crate::machinery;
use crate::methods::Methods;
use crate::options::ServerOptions;

/// For the last words of calls that were ended at the hard limit.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Where a server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Takes calls.
    Serving,
    /// Takes no new ones; running ones finish.
    Draining,
    /// Nothing may run any more.
    Stopped,
}

/// A view of the server's phase.
#[derive(Debug, Clone)]
pub(crate) struct Phases(watch::Receiver<Phase>);

impl Phases {
    /// Waits until the server is in this phase, or a later one.
    pub(crate) async fn reach(&mut self, phase: Phase) {
        // An error means that the server is gone, and every phase with it.
        drop(self.0.wait_for(|present| *present >= phase).await);
    }
}

/// Serves until `shutdown`, then drains. How it ended is `Drained`.
pub(crate) async fn serve(
    routes: Routes,
    health: &HealthReporter,
    listener: TcpListener,
    options: ServerOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<Drained, ServeError> {
    let (phase, phases) = watch::channel(Phase::Serving);
    let methods = Methods::served().map_err(|_| ServeError::Descriptors)?;
    let layer = CallLayer::new(methods, options.clone(), Phases(phases));
    let (close, closed) = oneshot::channel::<()>();
    let incoming = TcpIncoming::from(listener)
        .with_nodelay(Some(true))
        .with_keepalive(Some(options.keepalive_period));
    let server = options
        .transport()
        .layer(layer)
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, async { drop(closed.await) });
    let mut server = std::pin::pin!(server);
    tokio::select! {
        ended = &mut server => return ended.map(|()| Drained::Finished).map_err(Into::into),
        () = shutdown => {}
    }
    machinery::set_status(health, ServingStatus::NotServing).await;
    phase.send_replace(Phase::Draining);
    drop(close);
    if let Ok(ended) = tokio::time::timeout(options.drain_time_max, &mut server).await {
        return ended.map(|()| Drained::Finished).map_err(Into::into);
    }
    phase.send_replace(Phase::Stopped);
    drop(tokio::time::timeout(LAST_WORDS, &mut server).await);
    Ok(Drained::CutShort)
}

/// How draining ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// Every running call finished.
    Finished,
    /// The hard limit passed; what still ran was ended with UNAVAILABLE.
    CutShort,
}
