//! `hemvist scan --standalone`: crawl once, in this process, and show where what lies.

use std::sync::Mutex;

use anyhow::{Context, Result};
use hemvist_app::{Clock, StandaloneOptions, StandaloneSummary, scan_standalone};
use hemvist_model::{Coverage, InfoType};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::show::grouped;
use crate::address::{self, AddressOptions};
use crate::cli::Scan;
use crate::detectors;
use crate::open;
use crate::output::Output;

pub(crate) async fn run(scan: &Scan, output: Output) -> Result<()> {
    let options = StandaloneOptions {
        collections: scan.collections.clone(),
        detectors: detectors::load(scan.config.as_deref())?,
        info_types: scan.info_types.iter().copied().collect(),
    };
    options.detectors.check(options.info_types)?;
    for target in &scan.targets {
        let settings = address::parse(target, &AddressOptions::from(&scan.reach))?;
        let source =
            open::open(&settings, None).with_context(|| format!("cannot open {target}"))?;
        let bar = spinner(output);
        let seen = Mutex::new(Coverage::default());
        let started = std::time::Instant::now();
        let summary = scan_standalone(source, &options, Clock::system().now().date(), &|more| {
            let mut seen = seen
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            seen.merge(more);
            bar.set_message(format!(
                "{} records, {}",
                seen.enumerated(),
                HumanBytes(seen.bytes())
            ));
        })
        .await
        .with_context(|| format!("cannot list {target}"))?;
        bar.finish_and_clear();
        show(target, &summary, started.elapsed().as_secs_f64(), output)?;
    }
    Ok(())
}

fn spinner(output: Output) -> ProgressBar {
    if !output.is_for_people() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {spinner} {msg}") {
        bar.set_style(style);
    }
    bar
}

fn show(target: &str, summary: &StandaloneSummary, seconds: f64, output: Output) -> Result<()> {
    let count = |values: u64| grouped(i64::try_from(values).unwrap_or(i64::MAX));
    let rows = summary.rows.iter().map(|row| {
        let [possible, likely, very_likely] = row.values.map(count);
        vec![
            row.collection.to_string(),
            row.field.clone(),
            row.info_type.to_string(),
            very_likely,
            likely,
            possible,
        ]
    });
    let header = [
        "collection",
        "field",
        "info type",
        "very likely",
        "likely",
        "possible",
    ];
    output.table(&header, rows.collect(), &document(target, summary, seconds))?;
    let coverage = &summary.coverage;
    let megabytes = coverage.bytes() as f64 / 1e6;
    output.line(format!(
        "{} of {} records, {} in {seconds:.1} s ({:.0} MB/s)",
        count(coverage.scanned()),
        count(coverage.enumerated()),
        HumanBytes(coverage.bytes()),
        megabytes / seconds.max(1e-9),
    ))?;
    output.line(format!("  looked for: {}", summary.info_types))?;
    for (reason, records) in coverage.reasons() {
        output.line(format!(
            "  not (fully) examined: {} {reason}",
            count(records)
        ))?;
    }
    for (name, why) in &summary.left_alone {
        output.line(format!("  left alone: {name} ({why})"))?;
    }
    Ok(())
}

fn document(target: &str, summary: &StandaloneSummary, seconds: f64) -> Value {
    let rows: Vec<Value> = summary
        .rows
        .iter()
        .map(|row| {
            let [possible, likely, very_likely] = row.values;
            json!({
                "collection": row.collection, "field": row.field, "info_type": row.info_type,
                "very_likely": very_likely, "likely": likely, "possible": possible,
            })
        })
        .collect();
    let reasons: serde_json::Map<String, Value> = summary
        .coverage
        .reasons()
        .map(|(reason, count)| (reason.to_string(), json!(count)))
        .collect();
    json!({
        "target": target, "rows": rows, "seconds": seconds,
        "info_types": summary.info_types.iter().map(InfoType::as_str).collect::<Vec<_>>(),
        "coverage": {
            "enumerated": summary.coverage.enumerated(), "scanned": summary.coverage.scanned(),
            "partial": summary.coverage.partial(), "skipped": summary.coverage.skipped(),
            "failed": summary.coverage.failed(), "bytes": summary.coverage.bytes(), "reasons": reasons,
        },
        "left_alone": summary.left_alone.iter().map(|(name, _)| name).collect::<Vec<_>>(),
    })
}
