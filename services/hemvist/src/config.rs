//! The configuration file: one TOML file, units in names, secrets by reference.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use hemvist_model::InfoType;
use serde::Deserialize;

use crate::detectors::{DetectorConfig, ExclusionConfig};

/// The port when nothing else is said.
const DEFAULT_PORT: u16 = 7443;

/// The whole file. Every key has a default; an unknown key is an error. Without `Debug`: examples
/// may be personal data.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Address and port of the gRPC server.
    pub(crate) listen: SocketAddr,
    pub(crate) store: StoreConfig,
    pub(crate) keys: KeysConfig,
    pub(crate) worker: WorkerConfig,
    pub(crate) limits: LimitsConfig,
    pub(crate) telemetry: TelemetryConfig,
    /// What scans look for when nothing else is asked; empty: every kind with a shape of its own.
    pub(crate) info_types: Vec<InfoType>,
    /// Detectors of one's own.
    pub(crate) detectors: Vec<DetectorConfig>,
    /// Values that scans leave out.
    pub(crate) exclusions: Vec<ExclusionConfig>,
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
            info_types: Vec::new(),
            detectors: Vec::new(),
            exclusions: Vec::new(),
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
    /// Names the file, the line and what is wrong, without repeating a value: it may be personal
    /// data or a secret.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(0, |before| before.matches('\n').count()) + 1;
            anyhow!(
                "{} is not a valid configuration: line {line}: {}",
                path.display(),
                without_value(error.message())
            )
        })
    }
}

/// What stands before a value, or before a key that is none of ours, in the messages of the reader.
const QUOTING: [(&str, char); 6] = [
    (" string ", '"'),
    (" integer ", '`'),
    (" floating point ", '`'),
    (" boolean ", '`'),
    ("unknown field ", '`'),
    ("unknown variant ", '`'),
];

/// A message without the value that it quotes.
fn without_value(message: &str) -> String {
    let quoted = QUOTING.iter().find_map(|(words, sign)| {
        let at = message.find(&format!("{words}{sign}"))? + words.len();
        let (before, quoted) = message.split_at_checked(at)?;
        // A text may hold the sign that ends it; nothing else does.
        let rest = match sign {
            '"' => quoted.rsplit_once('"'),
            _ => quoted.get(1..)?.split_once('`'),
        };
        let rest = rest.map_or("", |(_, rest)| rest);
        Some(format!("{}{}", before.trim_end(), rest))
    });
    quoted.unwrap_or_else(|| message.to_owned())
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
    fn a_wrong_value_is_named_by_its_line_and_not_repeated() {
        let check = |line: &str, said: &str| {
            let file = tempfile::NamedTempFile::new().expect("a temporary file");
            let text = format!("[[detectors]]\nname = 'badge'\n{line}\n");
            std::fs::write(file.path(), text).expect("writable");
            let error = Config::load(Some(file.path())).err().expect("refused");
            let words = format!("{error:#}");
            assert!(words.contains(&format!("line 3: {said}")), "{words}");
            assert!(
                !words.contains("123456") && !words.contains("true"),
                "{words}"
            );
        };
        check("examples = 'B-123456'", "invalid type: string, expected");
        check("examples = [123456]", "invalid type: integer, expected");
        check(
            "examples = [123456.5]",
            "invalid type: floating point, expected",
        );
        check("examples = true", "invalid type: boolean, expected");
        check("123456 = 'a'", "unknown field, expected");
    }

    #[test]
    fn unknown_keys_are_errors() {
        assert!(toml::from_str::<Config>("lisen = '127.0.0.1:1'").is_err());
        assert!(toml::from_str::<Config>("[worker]\nlease_minutes = 1").is_err());
        assert!(toml::from_str::<Config>("[[detectors]]\nname = 'a'\nregex = 'b'").is_err());
        assert!(toml::from_str::<Config>("[[exclusions]]\npattern = 'b'").is_err());
        assert!(toml::from_str::<Config>("info_types = ['EMAIL']").is_err());
    }

    #[test]
    fn the_sample_configurations_are_accepted() {
        let load = |name: &str| {
            let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
            Config::load(Some(&deploy.join(name))).expect("the sample fits the code")
        };
        load("hemvist.toml");
        let mut sample = load("hemvist-detectors.toml");
        assert_eq!((sample.detectors.len(), sample.exclusions.len()), (3, 1));
        // What it leaves out stands in the environment, which is not the test's to change.
        sample.exclusions.clear();
        crate::detectors::of(&sample).expect("its detectors hold");
    }
}
