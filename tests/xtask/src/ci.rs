//! `ci`: all that must pass. Cheap checks first. A tool that is not there is named and left out, except the ones
//! that come with Rust.

use std::process::Stdio;

use anyhow::{Result, bail};

use crate::run::{answers, cargo, program, run};
use crate::stores;

pub(crate) fn ci() -> Result<()> {
    for (component, verb) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if !answers(cargo().args([verb, "--version"])) {
            bail!("cargo {verb} is missing; install it with `rustup component add {component}`");
        }
    }
    run(cargo().args(["fmt", "--all", "--check"]))?;
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))?;
    if present("cargo-deny", &["--version"]) {
        run(cargo().args(["deny", "check", "bans", "licenses", "sources"]))?;
    }
    if present("buf", &["--version"]) {
        run(program("buf").args(["lint", "proto"]))?;
    }
    if present("helm", &["version"]) {
        let chart = ["helm/hemvist", "--values", "helm/hemvist/ci/values.yaml"];
        run(program("helm").args(["lint", "--strict"]).args(chart))?;
        run(program("helm")
            .args(["template", "hemvist"])
            .args(chart)
            .stdout(Stdio::null()))?;
    }
    stores::test(&[])
}

/// Optional tools: each checks again what a test checks in part, and more.
fn present(tool: &str, question: &[&str]) -> bool {
    let there = answers(program(tool).args(question));
    if !there {
        eprintln!("\n(left out: {tool} is not installed)");
    }
    there
}
