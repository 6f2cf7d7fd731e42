//! Hemvist, the only binary: `serve`, `work`, `demo`, and a client for people.
//!
//! Reads configuration, wires the rooms together and prints. Holds no logic worth a unit test of
//! its own: what it decides is decided in the libraries.

mod address;
mod cli;
mod client;
mod commands;
mod config;
mod demo;
mod detectors;
mod keyring;
mod open;
mod output;
mod secret;
mod server;
mod telemetry;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::cli::{Cli, Command, Format};
use crate::output::Output;

fn main() -> ExitCode {
    telemetry::silence_panics();
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            _ = std::io::Write::write_fmt(
                &mut std::io::stderr(),
                format_args!("hemvist: {error:#}\n"),
            );
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the operating system gave no threads")?;
    let output = Output::new(cli.global.format.unwrap_or(Format::Table));
    runtime.block_on(async {
        match cli.command {
            Command::Serve(serve) => server::serve(&serve).await,
            Command::Work(work) => server::work(&work).await,
            Command::Demo(demo) => demo::run(&demo, output).await,
            Command::Source(command) => commands::source::run(&command, &cli.global, output).await,
            Command::Scan(scan) if scan.standalone => {
                commands::standalone::run(&scan, output).await
            }
            Command::Scan(scan) => commands::scan::run(&scan, &cli.global, output).await,
            Command::Detect(detect) => {
                return commands::detect::run(&detect, cli.global.format);
            }
            Command::Locate(locate) => commands::locate::run(&locate, &cli.global, output).await,
            Command::Export(export) => commands::export::run(&export, &cli.global, output).await,
            Command::Erase(command) => commands::erase::run(&command, &cli.global, output).await,
            Command::Receipt(command) => {
                commands::receipt::run(&command, &cli.global, output).await
            }
            Command::Hold(command) => commands::hold::run(&command, &cli.global, output).await,
        }?;
        Ok(ExitCode::SUCCESS)
    })
}
