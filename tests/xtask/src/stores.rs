//! `test` and `stores`: work beside running stores.

use std::io::Read as _;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use hemvist_estate::{Estate, Store};

use crate::run::{answers, cargo, program, run, target, workspace};

/// Runs the tests; all of them when `arguments` is empty.
pub(crate) fn test(arguments: &[String]) -> Result<()> {
    let estate = start()?;
    let mut tests = cargo();
    // Feature unification and the build are the same with and without a filter: all of the workspace, unless a
    // package is named.
    let named = arguments
        .iter()
        .any(|word| word == "-p" || word.starts_with("--package"));
    if answers(cargo().args(["nextest", "--version"])) {
        tests.args(["nextest", "run", "--no-tests=warn"]);
    } else {
        tests.arg("test");
    }
    tests.arg("--no-fail-fast");
    if !named {
        tests.arg("--workspace");
        // The end-to-end tests run it: built here, with the same features, rather than by the first of them.
        run(cargo().args(["build", "--workspace", "--bin", "hemvist"]))?;
        let binary = workspace().join(target()).join("debug/hemvist");
        tests.env("HEMVIST_TEST_BINARY", binary);
    }
    run(beside(&estate, tests.args(arguments))).or_else(|failure| {
        estate.ensure_room().context(failure.to_string())?;
        Err(failure)
    })?;
    if arguments.is_empty() {
        run(beside(
            &estate,
            cargo().args(["test", "--quiet", "--workspace", "--doc"]),
        ))?;
    }
    Ok(())
}

/// Keeps the stores until the command ends, or until standard input closes or Ctrl-C.
pub(crate) fn keep(command: &[String]) -> Result<()> {
    if let [name, arguments @ ..] = command {
        return beside_stores(program(name).args(arguments));
    }
    let estate = start()?;
    for variable in estate.variables() {
        println!("export {}='{}'", variable.name, variable.value);
    }
    eprintln!(
        "\nLogs and data: {}\nCtrl-C (or end of input) stops the stores.",
        estate.root().display()
    );
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn start() -> Result<Estate> {
    let cache = target().join("estate");
    Estate::ensure_installed(&Store::ALL, &cache)?;
    let start = Instant::now();
    let estate = Estate::start(&Store::ALL, &cache)?;
    eprintln!(
        "PostgreSQL, MariaDB and S3 are up after {:.1} s",
        start.elapsed().as_secs_f64()
    );
    Ok(estate)
}

/// Runs one command with the stores in its environment.
pub(crate) fn beside_stores(command: &mut Command) -> Result<()> {
    let estate = start()?;
    run(beside(&estate, command))
}

fn beside<'a>(estate: &Estate, command: &'a mut Command) -> &'a mut Command {
    command.envs(
        estate
            .variables()
            .iter()
            .map(|variable| (variable.name, &variable.value)),
    )
}
