//! Findings as lines: NDJSON for programs, columns for people.

use std::collections::HashMap;
use std::io::{self, Write};

use hemvist_app::FoundValue;
use hemvist_model::Evidence;
use serde_json::Value;

use crate::cli::Format;

/// Sets of reasons whose words are kept ready. There are far fewer; a bound all the same.
const WORDS_MAX: usize = 4096;

/// Writes findings. Keeps what repeats from line to line as it is written.
pub(super) struct Lines<W: Write> {
    output: W,
    format: Format,
    reveal: bool,
    file: Written,
    field: Written,
    evidence: HashMap<Evidence, String>,
}

/// A name and how it stands in the output.
#[derive(Default)]
struct Written {
    name: String,
    text: String,
}

impl Written {
    fn of(&mut self, name: &str, format: Format) -> &str {
        if self.name != name || self.text.is_empty() {
            name.clone_into(&mut self.name);
            self.text = match format {
                Format::Json => Value::from(name).to_string(),
                Format::Table => name.escape_debug().to_string(),
            };
        }
        &self.text
    }
}

impl<W: Write> Lines<W> {
    pub(super) fn new(output: W, format: Format, reveal: bool) -> Self {
        Self {
            output,
            format,
            reveal,
            file: Written::default(),
            field: Written::default(),
            evidence: HashMap::new(),
        }
    }

    /// Writes one finding of that file.
    pub(super) fn found(&mut self, file: &str, found: &FoundValue<'_>) -> io::Result<()> {
        let detection = found.detection;
        let file = self.file.of(file, self.format);
        let field = self.field.of(found.field, self.format);
        if self.evidence.len() >= WORDS_MAX {
            self.evidence.clear();
        }
        let format = self.format;
        let words = self.evidence.entry(detection.evidence);
        let words = words.or_insert_with(|| in_words(detection.evidence, format));
        let (kind, likelihood) = (detection.info_type(), detection.likelihood);
        let (start, end) = (found.range.start, found.range.end);
        let value = self.reveal.then(|| detection.identifier.expose());
        match (format, value) {
            (Format::Json, value) => {
                write!(
                    self.output,
                    "{{\"file\":{file},\"info_type\":\"{kind}\",\"start\":{start},\"end\":{end},\
                     \"likelihood\":\"{likelihood}\",\"evidence\":{words},\"field\":{field}"
                )?;
                if let Some(value) = value {
                    write!(self.output, ",\"identifier\":{}", Value::from(value))?;
                }
                self.output.write_all(b"}\n")
            }
            (Format::Table, value) => {
                let place = format!("{file}:{start}-{end}");
                write!(
                    self.output,
                    "{place:40} {kind:20} {likelihood:11} {field:16} "
                )?;
                match value {
                    Some(value) => writeln!(self.output, "{value}  {words}"),
                    None => writeln!(self.output, "{words}"),
                }
            }
        }
    }

    /// Writes what is still held.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

fn in_words(evidence: Evidence, format: Format) -> String {
    let words = evidence.words();
    match format {
        Format::Json => Value::from(words).to_string(),
        Format::Table => words.join(", "),
    }
}
