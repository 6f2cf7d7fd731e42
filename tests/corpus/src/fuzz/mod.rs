//! Inputs that nobody thought of: made from the corpus by cutting, splicing, repeating and
//! breaking, for as long as one likes. Each round has a number; the same number makes the same
//! input again.
//!
//! Plain loops over generators on stable Rust: no coverage guidance, which would need another
//! compiler.

mod decode;
mod detect;
mod mutator;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::ValueEnum;
use hemvist_corpus::Numbers;

/// What is fuzzed.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Target {
    /// Bytes straight into the detectors.
    Detect,
    /// Bytes straight into the decoders, and edits back into the bytes.
    Decode,
}

/// Runs rounds until the time is up or something is found.
pub(crate) fn run(target: Target, seconds: u64, first: u64, rounds: u64) -> Result<()> {
    let round = match target {
        Target::Detect => detect::round,
        Target::Decode => decode::round,
    };
    let (started, limit) = (Instant::now(), Duration::from_secs(seconds));
    let (mut done, mut bytes) = (0, 0);
    while started.elapsed() < limit && done < rounds {
        let number = first + done;
        let outcome = std::panic::catch_unwind(|| round(&mut Numbers::new(number)));
        let outcome = outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("it panicked")));
        bytes += outcome.with_context(|| {
            format!("found in round {number}: --first {number} --rounds 1 repeats it")
        })?;
        done += 1;
    }
    println!(
        "nothing found in {done} rounds, {} MB, {:.0} s",
        bytes / 1_000_000,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Writes the input of one round, to look at.
pub(crate) fn save(number: u64, path: &Path) -> Result<()> {
    Ok(fs::write(path, mutator::input(&mut Numbers::new(number)))?)
}

/// Seconds that this thread has had a processor: other programs do not add to them. The clock
/// where Linux does not say.
fn processor_seconds() -> f64 {
    static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat
        .split(' ')
        .next()
        .and_then(|word| word.parse::<f64>().ok());
    nanoseconds.map_or_else(|| STARTED.elapsed().as_secs_f64(), |time| time / 1e9)
}

/// The least that any input must be read at: far below what is normal, far above what a quadratic
/// loop would reach on a large input.
const BYTES_PER_SECOND_MIN: f64 = 1e6;
/// Inputs shorter than this say nothing about speed.
const TIMED_BYTES_MIN: usize = 64 * 1024;
/// How often a slow round is measured again: another program may have had the processor.
const MEASURED_AGAIN: usize = 4;

/// Fails when reading `length` bytes takes longer than any input may.
fn check_speed(length: usize, mut read: impl FnMut()) -> Result<()> {
    if length < TIMED_BYTES_MIN {
        return Ok(());
    }
    let mut best = f64::MAX;
    for _ in 0..=MEASURED_AGAIN {
        let started = processor_seconds();
        read();
        best = best.min(processor_seconds() - started);
        if length as f64 / best >= BYTES_PER_SECOND_MIN {
            return Ok(());
        }
    }
    anyhow::bail!("{length} bytes took {best:.3} s")
}
