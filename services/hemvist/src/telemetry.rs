//! Logs to standard error, traces to OTLP when configured.
//!
//! What may be in them is decided where they are written: ids, counts and reasons; never a
//! subject, identifier, record or object key.

use std::collections::HashMap;
use std::io::IsTerminal;

use anyhow::{Context, Result};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::TelemetryConfig;

/// What is logged unless `HEMVIST_LOG` says otherwise. Dependencies only when they warn: a driver
/// at debug level would print statements.
const DEFAULT_FILTER: &str = "warn,hemvist=info,hemvist_app=info,hemvist_grpc=info";

/// Keeps trace export alive; flushes when dropped.
pub(crate) struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

/// Sets up logging and trace export for the process. Must run inside the tokio runtime.
///
/// # Errors
/// When the OTLP endpoint is no valid address. A collector that is down is no error.
pub(crate) fn start(config: &TelemetryConfig) -> Result<Telemetry> {
    let filter =
        EnvFilter::try_from_env("HEMVIST_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let format = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let format = if config.json_logs {
        format.json().boxed()
    } else {
        format.boxed()
    };
    let provider = config.otlp_endpoint.as_deref().map(exporter).transpose()?;
    let traces = provider.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("hemvist"))
            .with_location(false)
            .with_threads(false)
    });
    // A second start (tests, demo) keeps the first: one process has one set of subscribers.
    _ = tracing_subscriber::registry()
        .with(filter)
        .with(format)
        .with(traces)
        .try_init();
    Ok(Telemetry { provider })
}

fn exporter(endpoint: &str) -> Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .context("telemetry.otlp_endpoint is not a valid OTLP/gRPC address")?;
    let resource = Resource::builder().with_service_name("hemvist").build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build())
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.provider {
            _ = provider.shutdown();
        }
    }
}

/// Makes a call's span continue the trace that its caller's `traceparent` header names (W3C Trace
/// Context); a header that names none changes nothing.
pub(crate) fn continue_trace(traceparent: &str, span: &tracing::Span) {
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract(&carrier);
    _ = span.set_parent(context);
}

/// Replaces the panic message, which may hold what was being read, by the place of the panic.
pub(crate) fn silence_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(place, "a defect of ours: please report it");
    }));
}
