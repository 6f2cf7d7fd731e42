//! `hemvist detect --stats` on trees of files, beside reading them with `cat`.
//!
//! Two trees: one like a company's file share (`share`), in which most bytes are nobody's, and one
//! of tables and logs with somebody in every other line (`mix`). Then one file of two sizes.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::measure::{self, Run};
use crate::{mix, share};

/// Runs of each program; the fastest counts.
const RUNS: usize = 3;
/// Files of a directory.
const DIRECTORY_FILES: usize = 64;

pub(crate) fn run(binary: &Path, megabytes: usize) -> Result<()> {
    let bytes = megabytes * 1_000_000;
    one_tree(binary, "files of a share", bytes, share::file)?;
    one_tree(binary, "dense data", bytes, mix::file)?;
    one_file(binary, megabytes)
}

fn one_tree(
    binary: &Path,
    name: &str,
    bytes: usize,
    file: fn(usize) -> (&'static str, String),
) -> Result<()> {
    let directory = hemvist_estate::directory();
    let (made, files) = make(directory.path(), bytes, file)?;
    let cat = measure::best(RUNS, || {
        let mut find = Command::new("find");
        find.arg(directory.path())
            .args(["-type", "f", "-exec", "cat", "{}", "+"]);
        measure::run(find.stdout(Stdio::null()))
    })?;
    let rate = |run: Run| made as f64 / 1e6 / run.seconds;
    println!("\ntree: {} MB in {files} {name}", made / 1_000_000);
    println!(
        "  find -exec cat           {:6.0} MB/s, {:.2} s",
        rate(cat),
        cat.seconds
    );
    for threads in ["2", "1"] {
        let detect = measure::best(RUNS, || detect(binary, directory.path(), threads))?;
        println!(
            "  detect --stats, {threads} thread{} {:6.0} MB/s, {:.2} s, {:.1} x cat; {:.0} MB per cpu second, \
             peak {:.0} MiB",
            if threads == "1" { " " } else { "s" },
            rate(detect),
            detect.seconds,
            detect.seconds / cat.seconds,
            made as f64 / 1e6 / detect.cpu_seconds,
            detect.peak_mebibytes
        );
    }
    Ok(())
}

/// Peak memory must not grow with a file's size.
fn one_file(binary: &Path, megabytes: usize) -> Result<()> {
    println!();
    let mut peaks = Vec::new();
    for megabytes in [megabytes / 10, megabytes] {
        let directory = hemvist_estate::directory();
        let path = directory.path().join("big.log");
        let mut file = fs::File::create(&path)?;
        let (_, text) = mix::file(0);
        for _ in 0..megabytes * 1_000_000 / text.len() {
            file.write_all(text.as_bytes())?;
        }
        drop(file);
        // How far threads run ahead of each other differs from run to run: the highest peak counts.
        let mut run = detect(binary, &path, "2")?;
        for _ in 1..RUNS {
            let next = detect(binary, &path, "2")?;
            run.seconds = run.seconds.min(next.seconds);
            run.peak_mebibytes = run.peak_mebibytes.max(next.peak_mebibytes);
        }
        println!(
            "  one log of {megabytes:4} MB       {:6.0} MB/s, peak {:.1} MiB",
            megabytes as f64 / run.seconds,
            run.peak_mebibytes
        );
        peaks.push(run.peak_mebibytes);
    }
    if let [small, big] = peaks.as_slice() {
        println!("  peak memory, big / small: {:.2}", big / small);
    }
    Ok(())
}

fn detect(binary: &Path, path: &Path, threads: &str) -> Result<Run> {
    let mut command = Command::new(binary);
    command
        .args(["detect", "--stats", "--threads", threads])
        .arg(path);
    measure::run(command.stdout(Stdio::null()))
}

/// Writes files until there are so many bytes; says how many bytes and files there are.
fn make(
    root: &Path,
    bytes: usize,
    file: fn(usize) -> (&'static str, String),
) -> Result<(usize, usize)> {
    let (mut made, mut files) = (0, 0);
    while made < bytes {
        let directory = root.join(format!("{:03}", files / DIRECTORY_FILES));
        fs::create_dir_all(&directory)?;
        let (ending, text) = file(files);
        fs::write(directory.join(format!("{files:05}.{ending}")), &text)?;
        (made, files) = (made + text.len(), files + 1);
    }
    Ok((made, files))
}
