//! `hemvist detect`: what personal data lies in files or standard input, with its places.

mod files;
mod lines;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use hemvist_app::{Clock, DetectOptions, DetectSummary, Told, detect};
use hemvist_model::{InfoType, Skip};
use serde_json::json;

use crate::cli::{Detect, Format};
use lines::Lines;

/// Not everything was examined.
const SKIPPED: u8 = 3;
/// Bytes of output gathered before they are written.
const OUTPUT_BYTES: usize = 64 * 1024;

pub(crate) fn run(arguments: &Detect, format: Option<Format>) -> Result<ExitCode> {
    let cores = std::thread::available_parallelism();
    let threads = arguments.threads.or(cores.ok());
    let options = DetectOptions {
        reference_date: Clock::system().now().date(),
        threads: threads.map_or(1, usize::from),
        column: arguments.column.clone(),
        detectors: crate::detectors::load(arguments.config.as_deref())?,
        info_types: arguments.info_types.iter().copied().collect(),
    };
    let mut inputs = files::inputs(&arguments.files);
    let summary = if arguments.stats {
        stats(&mut inputs, &options, format)?
    } else {
        findings(&mut inputs, &options, format, arguments.reveal)?
    };
    Ok(match summary.skips {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(SKIPPED),
    })
}

fn findings(
    inputs: &mut files::Inputs<'_>,
    options: &DetectOptions,
    format: Option<Format>,
    reveal: bool,
) -> Result<DetectSummary> {
    let output = BufWriter::with_capacity(OUTPUT_BYTES, io::stdout());
    let mut lines = Lines::new(output, format.unwrap_or(Format::Json), reveal);
    let mut tell = |name: &str, told: Told<'_>| match told {
        Told::Found(found) => written(lines.found(name, &found)),
        Told::Skipped(skip) => say(name, skip),
    };
    let summary = detect(inputs, options, &mut tell)?;
    written(lines.finish());
    Ok(summary)
}

fn stats(
    inputs: &mut files::Inputs<'_>,
    options: &DetectOptions,
    format: Option<Format>,
) -> Result<DetectSummary> {
    let started = Instant::now();
    let mut counts: BTreeMap<InfoType, u64> = BTreeMap::new();
    let mut tell = |name: &str, told: Told<'_>| match told {
        Told::Found(found) => *counts.entry(found.detection.info_type()).or_default() += 1,
        Told::Skipped(skip) => say(name, skip),
    };
    let summary = detect(inputs, options, &mut tell)?;
    let seconds = started.elapsed().as_secs_f64();
    let rate = summary.bytes as f64 / 1e6 / seconds.max(1e-9);
    let text = match format {
        Some(Format::Json) => {
            let named = counts.iter().map(|(kind, count)| (kind.as_str(), count));
            let counts: serde_json::Map<_, _> = named
                .map(|(name, count)| (name.to_owned(), json!(count)))
                .collect();
            let bytes = summary.bytes;
            json!({"bytes": bytes, "seconds": seconds, "megabytes_per_second": rate, "counts": counts})
                .to_string()
                + "\n"
        }
        _ => {
            let mut text = format!(
                "{:22}{}\n{:22}{seconds:.3}\n{:22}{rate:.0}\n",
                "bytes", summary.bytes, "seconds", "MB/s"
            );
            for (kind, count) in &counts {
                text += &format!("{kind:22}{count}\n");
            }
            text
        }
    };
    written(io::stdout().lock().write_all(text.as_bytes()));
    Ok(summary)
}

/// A reader that went away (`| head`) wants no more; output that cannot be written is the end.
fn written(outcome: io::Result<()>) {
    let Err(error) = outcome else { return };
    if error.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    _ = writeln!(io::stderr(), "hemvist: cannot write: {error}");
    std::process::exit(1);
}

fn say(name: &str, skip: &Skip) {
    _ = writeln!(io::stderr(), "{name}: {}: {}", skip.reason, skip.detail);
}
