//! One run of a program: how long it took, how much processor and how much memory.

use std::fs;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a running program's counters are read.
const SAMPLE_PERIOD: Duration = Duration::from_millis(10);
/// Clock ticks per second in `/proc/PID/stat`: fixed at 100 on every Linux that we run on.
const TICKS_PER_SECOND: f64 = 100.0;

/// What one run took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Run {
    /// Wall time.
    pub(crate) seconds: f64,
    /// Processor time, user and system.
    pub(crate) cpu_seconds: f64,
    /// The most memory it ever held.
    pub(crate) peak_mebibytes: f64,
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Result<Run> {
    let start = Instant::now();
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let mut run = Run::default();
    let status = loop {
        sample(&child, &mut run);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(SAMPLE_PERIOD);
    };
    run.seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{} ended with {status}", command.get_program().display());
    }
    Ok(run)
}

/// Of several runs the fastest: noise only ever adds.
pub(crate) fn best(runs: usize, mut once: impl FnMut() -> Result<Run>) -> Result<Run> {
    let mut best = once()?;
    for _ in 1..runs {
        let next = once()?;
        if next.seconds < best.seconds {
            best = next;
        }
    }
    Ok(best)
}

/// Reads the counters of a running program; one that has ended keeps what was read last.
pub(crate) fn sample(child: &Child, run: &mut Run) {
    let proc = format!("/proc/{}", child.id());
    let status = fs::read_to_string(format!("{proc}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    if let Some(kibibytes) =
        peak.and_then(|value| value.split_whitespace().next()?.parse::<f64>().ok())
    {
        run.peak_mebibytes = kibibytes / 1024.0;
    }
    let stat = fs::read_to_string(format!("{proc}/stat")).unwrap_or_default();
    // The name in parentheses may hold blanks; what follows it is numbers.
    let numbers = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> = numbers
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|value| value.parse().ok())
        .collect();
    if ticks.len() == 2 {
        run.cpu_seconds = ticks.iter().sum::<f64>() / TICKS_PER_SECOND;
    }
}
