//! The life of a call, around every handler: a place among the running ones, a span, deadlines,
//! and the end that draining sets.
//!
//! Knows nothing of any service, its messages or its callers.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::{Instrument, Span};

use crate::answer::Answer;
use crate::deadline::{Deadlines, exceeded};
use crate::drain::{Phase, Phases};
use crate::methods::{self, Methods};
use crate::options::ServerOptions;
use crate::outcome::Outcome;
use crate::status::status_of;

/// Puts [`Calls`] around a service.
#[derive(Clone)]
pub(crate) struct CallLayer(Arc<Shared>);

struct Shared {
    methods: Methods,
    places: Arc<Semaphore>,
    options: ServerOptions,
    phases: Phases,
}

impl CallLayer {
    /// A layer for all connections of one server.
    pub(crate) fn new(methods: Methods, options: ServerOptions, phases: Phases) -> Self {
        let places = Arc::new(Semaphore::new(options.calls_max));
        Self(Arc::new(Shared {
            methods,
            places,
            options,
            phases,
        }))
    }
}

impl<S> Layer<S> for CallLayer {
    type Service = Calls<S>;

    fn layer(&self, inner: S) -> Calls<S> {
        let shared = Arc::clone(&self.0);
        Calls { inner, shared }
    }
}

/// A service whose calls have a span, deadlines and an end.
#[derive(Clone)]
pub(crate) struct Calls<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Service<Request<Body>> for Calls<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = &self.shared;
        let method = shared.methods.of(request.uri().path());
        let mut outcome = Outcome::begin(method);
        shared.continue_trace(request.headers(), &outcome.span());
        let place = match shared.place(method) {
            Ok(place) => place,
            Err(status) => {
                outcome.record(status.code());
                return std::future::ready(Ok(status.into_http())).boxed();
            }
        };
        let deadlines = Deadlines::of(request.headers(), &shared.options);
        let last = if methods::is_endless(method) {
            Phase::Draining
        } else {
            Phase::Stopped
        };
        let no_answer = end(Some(deadlines.answer), shared.phases.clone(), last);
        let no_more = end(deadlines.end, shared.phases.clone(), last);
        let span = outcome.span();
        let head = span.in_scope(|| self.inner.call(request)).instrument(span);
        async move {
            let response = tokio::select! {
                biased;
                response = head => response?,
                status = no_answer => status.into_http(),
            };
            if outcome.record_header(response.headers()) {
                return Ok(response);
            }
            Ok(response.map(|body| Body::new(Answer::new(body, no_more, outcome, place))))
        }
        .boxed()
    }
}

impl Shared {
    /// Hands the caller's `traceparent` (W3C Trace Context) to whoever exports traces.
    fn continue_trace(&self, headers: &HeaderMap, span: &Span) {
        let parent = headers
            .get("traceparent")
            .and_then(|text| text.to_str().ok());
        if let (Some(continue_trace), Some(parent)) = (self.options.continue_trace, parent) {
            continue_trace(parent, span);
        }
    }

    /// A place among the running calls. The machinery needs none, so that a busy server is still
    /// seen to be alive.
    fn place(&self, method: &str) -> Result<Option<OwnedSemaphorePermit>, Status> {
        if methods::is_machinery(method) {
            return Ok(None);
        }
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map(Some).map_err(|_| {
            status_of(
                Code::ResourceExhausted,
                "TOO_MANY_CALLS",
                "as many calls are running as this server takes: retry with a backoff",
            )
        })
    }
}

/// Waits until the call must end, and says why.
fn end(deadline: Option<Instant>, mut phases: Phases, last: Phase) -> BoxFuture<'static, Status> {
    async move {
        let time_is_up = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = time_is_up => exceeded(),
            () = phases.reach(last) => status_of(
                Code::Unavailable,
                "SHUTTING_DOWN",
                "this server is shutting down: retry elsewhere",
            ),
        }
    }
    .boxed()
}
