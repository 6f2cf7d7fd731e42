//! What one client, one call and one connection may use. Every bound of the server is here.

use std::time::Duration;

use tonic::transport::Server;

/// Makes a call's span, not yet entered, continue the trace that a `traceparent` header names.
pub type ContinueTrace = fn(traceparent: &str, span: &tracing::Span);

/// Bounds of a server. [`ServerOptions::default`] is what a small machine bears.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Calls that run at the same time; more are answered `RESOURCE_EXHAUSTED` at once. Health
    /// checks do not count.
    pub calls_max: usize,
    /// Calls that run at the same time on one connection; a client sends more only when others
    /// end.
    pub connection_calls_max: u32,
    /// The largest request message, in bytes.
    pub request_bytes_max: usize,
    /// The largest response message, in bytes. Above 4 MiB most clients must raise their own.
    pub response_bytes_max: usize,
    /// How long a call may take to its answer (of a stream: to its first message), if the client
    /// sets no shorter deadline. Planning an erasure reads Collections afresh and is the longest.
    pub unary_time_max: Duration,
    /// How long running calls may go on after a shutdown was asked for.
    pub drain_time_max: Duration,
    /// After this a connection is asked to close, so that clients find new replicas.
    pub connection_time_max: Duration,
    /// How often a silent client is asked whether it is still there.
    pub keepalive_period: Duration,
    /// How long it may take to say so.
    pub keepalive_time_max: Duration,
    /// Given in by whoever exports traces; this crate knows no exporter.
    pub continue_trace: Option<ContinueTrace>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            calls_max: 512,
            connection_calls_max: 64,
            request_bytes_max: 1 << 20,
            response_bytes_max: 16 << 20,
            unary_time_max: Duration::from_secs(300),
            drain_time_max: Duration::from_secs(25),
            connection_time_max: Duration::from_secs(3600),
            keepalive_period: Duration::from_secs(30),
            keepalive_time_max: Duration::from_secs(10),
            continue_trace: None,
        }
    }
}

/// Calls that a client opened and reset before we looked at them (CVE-2023-44487).
const PENDING_RESETS_MAX: usize = 20;
/// Calls that we reset because of a client's errors (CVE-2025-8671).
const LOCAL_RESETS_MAX: usize = 64;
/// All metadata of one call, in bytes: a principal, a purpose, a case and a trace context.
const HEADER_BYTES_MAX: u32 = 16 << 10;

impl ServerOptions {
    /// A transport that keeps to these bounds.
    ///
    /// No `max_connection_age_grace`: with it tonic 0.14 cuts the connection without a GOAWAY.
    pub(crate) fn transport(&self) -> Server {
        Server::builder()
            .max_concurrent_streams(self.connection_calls_max)
            .max_connection_age(self.connection_time_max)
            .http2_keepalive_interval(Some(self.keepalive_period))
            .http2_keepalive_timeout(Some(self.keepalive_time_max))
            .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS_MAX))
            .http2_max_local_error_reset_streams(Some(LOCAL_RESETS_MAX))
            .http2_max_header_list_size(HEADER_BYTES_MAX)
    }
}
