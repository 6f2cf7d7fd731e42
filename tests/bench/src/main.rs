//! Every figure that the project claims, measured on the real binary beside a yardstick in the same run.
//!
//! A crate of its own so that `xtask` stays without gRPC. Started by `cargo xtask bench`, which builds the release
//! binary and starts PostgreSQL. Makes its own data from reserved test series; asserts nothing: a figure is a fact,
//! not a test.
#![allow(clippy::print_stdout, reason = "a command-line tool talks")]

mod locate;
mod measure;
mod mix;
mod share;
mod table;
mod text;
mod tree;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bench {
    /// `hemvist scan --standalone` on a tree of mixed text, beside `find -exec cat`.
    Text,
    /// `hemvist detect --stats` on two trees and on single files, beside `find -exec cat`.
    Tree,
    /// `hemvist scan --standalone` on a PostgreSQL table of 12 columns, beside `COPY … TO STDOUT`.
    Table,
    /// Locate over gRPC on an index of many findings, beside an empty call.
    Locate,
}

/// Measures the real binary.
#[derive(Parser)]
struct Arguments {
    /// What to measure; everything when nothing is named.
    benches: Vec<Bench>,
    /// The release binary.
    #[arg(long)]
    binary: PathBuf,
    /// Size of each tree in MB.
    #[arg(long, default_value_t = 1_000)]
    megabytes: usize,
    /// Rows of the table.
    #[arg(long, default_value_t = 1_000_000)]
    rows: usize,
    /// Findings in the index that is asked.
    #[arg(long, default_value_t = 1_000_000)]
    findings: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let wanted = |bench| arguments.benches.is_empty() || arguments.benches.contains(&bench);
    println!("{} cores", std::thread::available_parallelism()?);
    if wanted(Bench::Text) {
        text::run(&arguments.binary, arguments.megabytes)?;
    }
    if wanted(Bench::Tree) {
        tree::run(&arguments.binary, arguments.megabytes)?;
    }
    if wanted(Bench::Table) {
        table::run(&arguments.binary, arguments.rows)?;
    }
    if wanted(Bench::Locate) {
        locate::run(&arguments.binary, arguments.findings)?;
    }
    Ok(())
}
