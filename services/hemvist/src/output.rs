//! Tables for people, JSON for programs.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use crate::cli::Format;

/// Where a command's answer goes.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    format: Format,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// The format that was asked for.
    pub(crate) fn format(self) -> Format {
        self.format
    }

    /// Whether a person reads this on a terminal.
    pub(crate) fn is_for_people(self) -> bool {
        self.format == Format::Table
    }

    /// A line for people; nothing in JSON.
    pub(crate) fn line(self, text: impl AsRef<str>) -> Result<()> {
        if self.is_for_people() {
            write(text.as_ref())
        } else {
            Ok(())
        }
    }

    /// Rows for people; `json` for programs.
    pub(crate) fn table(self, header: &[&str], rows: Vec<Vec<String>>, json: &Value) -> Result<()> {
        if !self.is_for_people() {
            return self.json(json);
        }
        let mut table = Table::new();
        table
            .load_style(NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(header.iter().map(|name| name.to_string()));
        rows.into_iter().for_each(|row| _ = table.add_row(row));
        write(&table.to_string())
    }

    /// JSON for programs, one document a line; nothing for people.
    pub(crate) fn json(self, value: &Value) -> Result<()> {
        if self.is_for_people() {
            Ok(())
        } else {
            write(&value.to_string())
        }
    }

    /// The text in bold where a terminal shows it.
    pub(crate) fn strong(self, text: &str) -> String {
        if self.is_for_people()
            && io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none()
        {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A reader that went away (`| head`) is no error of ours.
fn write(text: &str) -> Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}
