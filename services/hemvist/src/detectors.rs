//! Detectors by configuration: from the file to what the app takes.
//!
//! Their examples are executed here, when a process starts; a rule that does not hold stops it.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use hemvist_app::{Clock, DetectorOptions, Detectors, ExcludedValues};
use hemvist_detect::{Checksum, Rule};
use hemvist_model::InfoType;
use serde::Deserialize;

use crate::config::Config;
use crate::secret;

/// A detector of one's own. Without `Debug`: examples may be personal data.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DetectorConfig {
    /// Stands before the value, as in `badge:B-123456`.
    name: String,
    /// Regular expressions.
    #[serde(default)]
    patterns: Vec<String>,
    /// Words, in small or capital letters.
    #[serde(default)]
    words: Vec<String>,
    /// What a value's digits must pass.
    checksum: Option<ChecksumConfig>,
    /// Words of which one stands before a value on its line.
    #[serde(default)]
    labels: Vec<String>,
    /// Columns and JSON keys that say as much as a label.
    #[serde(default)]
    fields: Vec<String>,
    /// Texts in which a value is found.
    examples: Vec<String>,
    /// Texts in which none is.
    #[serde(default)]
    counter_examples: Vec<String>,
}

/// A check of digits.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChecksumConfig {
    Luhn,
    Mod97,
}

/// Values that scans leave out.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExclusionConfig {
    /// Their kind.
    info_type: InfoType,
    /// `env:NAME` or `file:PATH` of the values, one a line: they may be personal data.
    values: String,
    /// Who answers for it.
    owner: String,
    /// Why.
    reason: String,
}

/// The detectors that this file configures; without one, those of the house.
///
/// # Errors
/// As [`Config::load`] and [`of`].
pub(crate) fn load(path: Option<&Path>) -> Result<Detectors> {
    of(&Config::load(path)?)
}

/// The detectors as configured.
///
/// # Errors
/// Names the detector and the example, or the exclusion, by number; never its text.
pub(crate) fn of(config: &Config) -> Result<Detectors> {
    let mut exclusions = Vec::new();
    for (number, exclusion) in (1..).zip(&config.exclusions) {
        let read = excluded(exclusion);
        exclusions.push(read.with_context(|| format!("the configuration's exclusion {number}"))?);
    }
    let options = DetectorOptions {
        rules: config.detectors.iter().map(rule).collect(),
        exclusions,
        info_types: config.info_types.iter().copied().collect(),
    };
    Detectors::new(options, Clock::system().now().date())
        .map_err(|error| anyhow!("the configuration's {error}"))
}

fn rule(config: &DetectorConfig) -> Rule {
    let config = config.clone();
    Rule {
        name: config.name,
        patterns: config.patterns,
        words: config.words,
        checksum: config.checksum.map(|checksum| match checksum {
            ChecksumConfig::Luhn => Checksum::Luhn,
            ChecksumConfig::Mod97 => Checksum::Mod97,
        }),
        labels: config.labels,
        fields: config.fields,
        examples: config.examples,
        counter_examples: config.counter_examples,
    }
}

fn excluded(config: &ExclusionConfig) -> Result<ExcludedValues> {
    let text = secret::resolve(&config.values)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(ExcludedValues {
        info_type: config.info_type,
        values: lines.map(str::to_owned).collect(),
        owner: config.owner.clone(),
        reason: config.reason.clone(),
    })
}
