//! What becomes of a call: its span and the one line about it in the log.
//!
//! Names by OpenTelemetry's conventions for gRPC. Holds the method and the status code, never
//! anything of the caller or the content.

use tokio::time::Instant;
use tonic::Code;
use tonic::codegen::http::HeaderMap;
use tracing::Span;
use tracing::field::Empty;

use crate::methods::is_machinery;

/// A call that runs. Dropped without an outcome, its client has gone.
pub(crate) struct Outcome {
    span: Span,
    began: Instant,
    machinery: bool,
    recorded: bool,
}

impl Outcome {
    /// Begins the span of a call of `method`.
    pub(crate) fn begin(method: &str) -> Self {
        let span = tracing::info_span!(
            "rpc",
            otel.name = method,
            otel.kind = "server",
            otel.status_code = Empty,
            rpc.system.name = "grpc",
            rpc.method = method,
            rpc.response.status_code = Empty,
        );
        Self {
            span,
            began: Instant::now(),
            machinery: is_machinery(method),
            recorded: false,
        }
    }

    /// The call's span.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Records the outcome; only the first one counts.
    pub(crate) fn record(&mut self, code: Code) {
        if std::mem::replace(&mut self.recorded, true) {
            return;
        }
        let name = name(code);
        self.span.record("rpc.response.status_code", name);
        if is_fault(code) {
            self.span.record("otel.status_code", "ERROR");
        }
        let duration_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let _inside = self.span.enter();
        match (is_fault(code), self.machinery) {
            (true, _) => tracing::warn!(duration_ms, status = name, "call failed"),
            (false, true) => tracing::debug!(duration_ms, status = name, "call ended"),
            (false, false) => tracing::info!(duration_ms, status = name, "call ended"),
        }
    }

    /// Records the outcome that headers or trailers state, and says whether they state one.
    pub(crate) fn record_header(&mut self, headers: &HeaderMap) -> bool {
        let Some(code) = headers.get("grpc-status") else {
            return false;
        };
        self.record(Code::from_bytes(code.as_bytes()));
        true
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        self.record(Code::Cancelled);
    }
}

/// Whether the server is to blame (OpenTelemetry's list for server spans).
fn is_fault(code: Code) -> bool {
    use Code as C;
    matches!(
        code,
        C::Unknown
            | C::DeadlineExceeded
            | C::Unimplemented
            | C::Internal
            | C::Unavailable
            | C::DataLoss
    )
}

fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
