//! `serve` and `work`: the long-running roles.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use hemvist_app::{App, AppOptions, Clock, Keys, WorkerOptions};
use hemvist_decode::Limits;
use hemvist_grpc::ServerOptions;
use hemvist_store::{Store, StoreUrl};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::cli::{Serve, Work};
use crate::config::Config;
use crate::{keyring, open, secret, telemetry};

/// The master key's file in the key directory.
const MASTER_KEY_FILE: &str = "master.key";

/// Serves the API, and works unless the configuration says otherwise, until SIGTERM or Ctrl-C.
pub(crate) async fn serve(serve: &Serve) -> Result<()> {
    let mut config = Config::load(serve.config.as_deref())?;
    if let Some(listen) = serve.listen {
        config.listen = listen;
    }
    let _telemetry = telemetry::start(&config.telemetry)?;
    let app = open_app(&config).await?;
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "cannot listen on {}: is another server running there?",
            config.listen
        )
    })?;
    tracing::info!(listen = %listener.local_addr()?, store = store_kind(&config), "serving");
    run(app, listener, &config, stop_on_signal()?).await
}

/// Serves `app` on `listener`, and works beside it, until `stop` turns true.
pub(crate) async fn run(
    app: App,
    listener: TcpListener,
    config: &Config,
    stop: watch::Receiver<bool>,
) -> Result<()> {
    let worker = (config.worker.splits_max > 0).then(|| {
        tokio::spawn({
            let (app, options, stop) = (app.clone(), worker_options(config), stop.clone());
            async move { app.work(options, stop).await }
        })
    });
    let options = ServerOptions {
        unary_time_max: Duration::from_secs(config.limits.unary_seconds_max),
        drain_time_max: Duration::from_secs(config.limits.drain_seconds_max),
        request_bytes_max: config.limits.request_bytes_max,
        continue_trace: Some(telemetry::continue_trace),
        ..ServerOptions::default()
    };
    let mut stopped = stop.clone();
    let shutdown = async move { _ = stopped.wait_for(|stop| *stop).await };
    hemvist_grpc::serve(app, listener, options, shutdown).await?;
    if let Some(worker) = worker {
        // A Split in hand is finished or left to its lease: either way nothing is lost.
        _ = tokio::time::timeout(Duration::from_secs(config.limits.drain_seconds_max), worker)
            .await;
    }
    Ok(())
}

/// Works only, until SIGTERM or Ctrl-C.
pub(crate) async fn work(work: &Work) -> Result<()> {
    let config = Config::load(work.config.as_deref())?;
    let _telemetry = telemetry::start(&config.telemetry)?;
    let app = open_app(&config).await?;
    tracing::info!(store = store_kind(&config), "working");
    app.work(worker_options(&config), stop_on_signal()?).await;
    Ok(())
}

/// Opens the store and the keys that the configuration names.
pub(crate) async fn open_app(config: &Config) -> Result<App> {
    if config.worker.detection_threads > 0 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(config.worker.detection_threads);
        // A second App in one process (tests, demo) keeps the first pool.
        _ = pool.build_global();
    }
    let keys = open_keys(config)?;
    let url = store_url(&config.store.url)?;
    let store = Store::open(&url, keys.sealing())
        .await
        .context("cannot open our own database (store.url)")?;
    Ok(App::new(AppOptions {
        store,
        keys,
        open: open::opener(config.keys.directory.clone()),
        clock: Clock::system(),
        detectors: crate::detectors::of(config)?,
        limits: Limits::default(),
        lease_seconds: config.worker.lease_seconds,
    }))
}

/// Reads the installation's keys, or makes them.
pub(crate) fn open_keys(config: &Config) -> Result<Keys> {
    keyring::open_or_create(&config.keys.directory.join(MASTER_KEY_FILE))
}

fn store_url(configured: &str) -> Result<StoreUrl> {
    if let Some(path) = configured.strip_prefix("sqlite:") {
        return Ok(StoreUrl::Sqlite(Path::new(path).to_path_buf()));
    }
    let url = match configured.split_once(':') {
        Some(("env" | "file", _)) => secret::resolve(configured)?,
        _ => configured.to_owned(),
    };
    url.parse()
        .map_err(|error| anyhow::anyhow!("store.url: {error}"))
}

fn store_kind(config: &Config) -> &'static str {
    if config.store.url.starts_with("sqlite:") {
        "sqlite"
    } else {
        "postgres"
    }
}

fn worker_options(config: &Config) -> WorkerOptions {
    WorkerOptions {
        splits_max: config.worker.splits_max.max(1),
        lease_seconds: config.worker.lease_seconds,
        ..WorkerOptions::default()
    }
}

fn stop_on_signal() -> Result<watch::Receiver<bool>> {
    let (sender, receiver) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        _ = sender.send(true);
        // The receivers must see the value, not a closed channel, for as long as they live.
        sender.closed().await;
    });
    Ok(receiver)
}
