//! A tree of mixed text: `hemvist scan --standalone` beside reading it with `cat`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::measure::{self, Run};
use crate::mix;

/// Runs of each program; the fastest counts.
const RUNS: usize = 3;

pub(crate) fn run(binary: &Path, megabytes: usize) -> Result<()> {
    let directory = hemvist_estate::directory();
    let bytes = make(directory.path(), megabytes * 1_000_000)?;
    let cat = measure::best(RUNS, || {
        let mut find = Command::new("find");
        find.arg(directory.path())
            .args(["-type", "f", "-exec", "cat", "{}", "+"]);
        measure::run(find.stdout(Stdio::null()))
    })?;
    let both = measure::best(RUNS, || scan(binary, directory.path(), &[]))?;
    let one = measure::best(RUNS, || {
        scan(binary, directory.path(), &[("RAYON_NUM_THREADS", "1")])
    })?;
    let rate = |run: Run| bytes as f64 / 1e6 / run.seconds;
    println!(
        "\ntext: {} MB of mixed text in {} files",
        bytes / 1_000_000,
        bytes / mix::FILE_BYTES
    );
    println!("  find -exec cat             {:7.0} MB/s", rate(cat));
    println!(
        "  scan, all detection threads{:7.0} MB/s, {:.0} MB per cpu second, {:.1} x the wall of cat, peak {:.0} MiB",
        rate(both),
        bytes as f64 / 1e6 / both.cpu_seconds,
        both.seconds / cat.seconds,
        both.peak_mebibytes
    );
    println!(
        "  scan, one detection thread {:7.0} MB/s, peak {:.0} MiB",
        rate(one),
        one.peak_mebibytes
    );
    big_objects(binary)
}

/// Peak memory must not grow with an object's size.
fn big_objects(binary: &Path) -> Result<()> {
    let mut peaks = Vec::new();
    for megabytes in [100, 1_000] {
        let directory = hemvist_estate::directory();
        let (_, text) = mix::file(0);
        let mut file = fs::File::create(directory.path().join("big.log"))?;
        for _ in 0..megabytes * 1_000_000 / text.len() {
            std::io::Write::write_all(&mut file, text.as_bytes())?;
        }
        let run = scan(binary, directory.path(), &[])?;
        println!(
            "  one log of {megabytes:4} MB         {:7.0} MB/s, peak {:.0} MiB",
            f64::from(megabytes as u32) / run.seconds,
            run.peak_mebibytes
        );
        peaks.push(run.peak_mebibytes);
    }
    if let [small, big] = peaks.as_slice() {
        println!("  peak memory 1000 MB / 100 MB: {:.2}", big / small);
    }
    Ok(())
}

fn scan(binary: &Path, tree: &Path, environment: &[(&str, &str)]) -> Result<Run> {
    let mut command = Command::new(binary);
    command
        .args(["scan", "--standalone", "--format", "json"])
        .arg(tree)
        .envs(environment.iter().copied());
    measure::run(command.stdout(Stdio::null()))
}

fn make(root: &Path, bytes: usize) -> Result<usize> {
    let mut made = 0;
    for index in 0..bytes.div_ceil(mix::FILE_BYTES) {
        let (ending, text) = mix::file(index);
        fs::write(root.join(format!("{index:04}.{ending}")), &text)?;
        made += text.len();
    }
    Ok(made)
}
