//! `hemvist scan SOURCE`: ask for a scan and watch it.

use std::time::Duration;

use anyhow::{Result, bail};
use hemvist_model::InfoType;
use hemvist_proto::v1;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::show;
use crate::cli::{Global, Scan};
use crate::client::{Client, refusal};
use crate::output::Output;

pub(crate) async fn run(scan: &Scan, global: &Global, output: Output) -> Result<()> {
    let mut client = Client::connect(global).await?;
    for source in &scan.targets {
        let asked = v1::Scan {
            collections: scan.collections.clone(),
            info_types: names(&scan.info_types),
            ..Default::default()
        };
        let started = start(&mut client, source, asked).await?;
        if scan.no_wait {
            output.line(format!("{} is under way", started.name))?;
            output.json(&json!({"scan": started.name}))?;
        } else {
            let ended = watch(&mut client, &started.name, output).await?;
            report(&ended, output)?;
        }
    }
    Ok(())
}

fn names(info_types: &[InfoType]) -> Vec<String> {
    let names = info_types.iter().map(|one| one.as_str().to_owned());
    names.collect()
}

/// Asks for a Scan like this one.
pub(crate) async fn start(client: &mut Client, source: &str, scan: v1::Scan) -> Result<v1::Scan> {
    let request = v1::CreateScanRequest {
        parent: format!("sources/{source}"),
        scan: Some(scan),
        request_id: String::new(),
    };
    Ok(client
        .scans
        .create_scan(request)
        .await
        .map_err(refusal)?
        .into_inner())
}

/// Shows a progress bar until the Scan has ended.
pub(crate) async fn watch(client: &mut Client, name: &str, output: Output) -> Result<v1::Scan> {
    let bar = if output.is_for_people() {
        progress_bar()
    } else {
        ProgressBar::hidden()
    };
    let request = v1::WatchScanRequest {
        name: name.to_owned(),
    };
    let mut stream = client
        .scans
        .watch_scan(request)
        .await
        .map_err(refusal)?
        .into_inner();
    let mut latest = v1::Scan::default();
    while let Some(scan) = stream.message().await.map_err(refusal)? {
        let records = scan
            .coverage
            .as_ref()
            .map_or(0, |coverage| coverage.enumerated);
        bar.set_length(scan.splits_total.max(1).unsigned_abs());
        bar.set_position(scan.splits_ended.unsigned_abs());
        bar.set_message(format!(
            "{} records, {} findings",
            show::grouped(records),
            show::grouped(scan.findings)
        ));
        latest = scan;
    }
    bar.finish_and_clear();
    Ok(latest)
}

fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(1);
    if let Ok(style) =
        ProgressStyle::with_template("{elapsed_precise} {bar:32} {pos}/{len} splits, {msg}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// What a Scan that ended says; an error when it did not finish.
pub(crate) fn report(scan: &v1::Scan, output: Output) -> Result<()> {
    let state = show::short(scan.state().as_str_name(), "SCAN_STATE_");
    let coverage = scan.coverage.clone().unwrap_or_default();
    output.line(format!(
        "{}: {} findings in {}",
        output.strong(state),
        show::grouped(scan.findings),
        show::coverage(&coverage)
    ))?;
    output.line(format!(
        "  looked for: {} (detectors {})",
        scan.info_types.join(", "),
        scan.detector_version
    ))?;
    output.json(&json!({
        "scan": scan.name, "state": state, "findings": scan.findings,
        "info_types": scan.info_types, "detector_version": scan.detector_version,
        "splits": scan.splits_total, "coverage": show::coverage_json(&coverage),
    }))?;
    match scan.state() {
        v1::ScanState::Finished => Ok(()),
        _ => bail!(
            "the scan ended {state}: `hemvist source probe` tells whether the store can be reached"
        ),
    }
}
