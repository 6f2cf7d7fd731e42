//! `bench`: the detectors in process, and the real binary beside real stores.

use anyhow::Result;

use crate::run::{cargo, run, target};
use crate::stores::beside_stores;

/// The detectors alone, beside one regular expression with a pattern for each main type.
const DETECT: &str = "detect";

/// Measures what is named; everything when nothing is.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let (detect, rest): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|word| *word == DETECT);
    if !detect.is_empty() || rest.is_empty() {
        run(cargo().args([
            "run",
            "--release",
            "--package",
            "hemvist-detect",
            "--example",
            "throughput",
        ]))?;
    }
    if detect.is_empty() || !rest.is_empty() {
        run(cargo().args([
            "build",
            "--release",
            "--package",
            "hemvist",
            "--package",
            "hemvist-bench",
        ]))?;
        let release = target().join("release");
        let mut bench = crate::run::program(release.join("hemvist-bench"));
        bench
            .arg("--binary")
            .arg(release.join("hemvist"))
            .args(rest);
        beside_stores(&mut bench)?;
    }
    Ok(())
}
