//! The configuration file: one TOML file, units in names, secrets by reference.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

/// The port when nothing else is said.
const DEFAULT_PORT: u16 = 7443;

/// The whole file. Every key has a default; an unknown key is an error.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Address and port of the gRPC server.
    pub(crate) listen: SocketAddr,
    pub(crate) store: StoreConfig,
    pub(crate) keys: KeysConfig,
    pub(crate) worker: WorkerConfig,
    pub(crate) limits: LimitsConfig,
    pub(crate) telemetry: TelemetryConfig,
}

/// Our own database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StoreConfig {
    /// `sqlite:PATH`, or a reference (`env:NAME`, `file:PATH`) to a PostgreSQL URL.
    pub(crate) url: String,
}

/// The master key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct KeysConfig {
    /// Holds `master.key`; made on first use, readable by its owner only.
    pub(crate) directory: PathBuf,
}

/// How this process works on scans and erasures.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WorkerConfig {
    /// Splits read at the same time; 0 makes `serve` an API without a worker.
    pub(crate) splits_max: usize,
    /// How long a lease lasts when its holder dies.
    pub(crate) lease_seconds: u32,
    /// Detection threads; 0 means one for each core.
    pub(crate) detection_threads: usize,
}

/// What the server accepts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsConfig {
    /// The longest a unary call may take when its caller sets no deadline.
    pub(crate) unary_seconds_max: u64,
    /// How long running calls may go on after SIGTERM.
    pub(crate) drain_seconds_max: u64,
    /// The largest request message.
    pub(crate) request_bytes_max: usize,
}

/// Logs and traces.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TelemetryConfig {
    /// An OTLP/gRPC endpoint such as `http://127.0.0.1:4317`; none means no export.
    pub(crate) otlp_endpoint: Option<String>,
    /// Logs as JSON lines rather than text.
    pub(crate) json_logs: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            store: StoreConfig::default(),
            keys: KeysConfig::default(),
            worker: WorkerConfig::default(),
            limits: LimitsConfig::default(),
            telemetry: TelemetryConfig::default(),
        }
    }
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: "sqlite:hemvist.db".into(),
        }
    }
}

impl Default for KeysConfig {
    fn default() -> Self {
        Self {
            directory: "keys".into(),
        }
    }
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            splits_max: 4,
            lease_seconds: 30,
            detection_threads: 0,
        }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            unary_seconds_max: 300,
            drain_seconds_max: 20,
            request_bytes_max: 1024 * 1024,
        }
    }
}

impl Config {
    /// Reads a configuration file; without one everything is default.
    ///
    /// # Errors
    /// Names the file and the key that is wrong.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text)
            .with_context(|| format!("{} is not a valid configuration", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_address_is_the_documented_one() {
        // The client's default in `cli.rs`, the README and the chart say the same.
        assert_eq!(Config::default().listen.to_string(), "127.0.0.1:7443");
    }

    #[test]
    fn unknown_keys_are_errors() {
        assert!(toml::from_str::<Config>("lisen = '127.0.0.1:1'").is_err());
        assert!(toml::from_str::<Config>("[worker]\nlease_minutes = 1").is_err());
    }

    #[test]
    fn the_sample_configuration_is_accepted() {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/hemvist.toml");
        Config::load(Some(Path::new(sample))).expect("the sample fits the code");
    }
}
