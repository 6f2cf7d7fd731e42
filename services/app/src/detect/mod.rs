//! The detectors on files and streams, without Sources, Scans or index: what `hemvist detect` does.
//!
//! Inputs are read, decoded and examined on several threads and reported in order: by input, then
//! by place. Memory does not grow with the inputs, because only so many pieces are held (`board`).
//!
//! Deliberately absent: opening files and showing findings, which are the caller's.

mod board;
mod piece;
mod report;

use std::io::{self, Read};

use hemvist_model::{ByteRange, Date, Detection, InfoTypes, Skip};

use crate::Detectors;
use crate::error::Error;
use board::Board;
use report::Report;

/// Opens one input. Called once, on the thread that reads it.
pub type OpenInput = Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send>> + Send>;

/// One thing to look through.
pub struct DetectInput {
    /// What it is called in the answers; its extension is a hint at its format.
    pub name: String,
    /// How it is opened, or why it cannot be examined at all.
    pub open: Result<OpenInput, Skip>,
}

/// How to look.
#[derive(Clone)]
pub struct DetectOptions {
    /// The day the data is from, or is looked at.
    pub reference_date: Date,
    /// Threads that read, decode and detect; at least one is used.
    pub threads: usize,
    /// The Field whose values the lines are, for headerless lists.
    pub column: Option<String>,
    /// Which detectors look.
    pub detectors: Detectors,
    /// Only these are told; empty: everything.
    pub info_types: InfoTypes,
}

/// What is told of an input, in order.
pub enum Told<'a> {
    /// A piece of personal data.
    Found(FoundValue<'a>),
    /// The input was not, or not wholly, examined.
    Skipped(&'a Skip),
}

/// A Detection and where it stands.
pub struct FoundValue<'a> {
    /// Offsets in the input's bytes, after gunzip where it is gzip.
    pub range: ByteRange,
    /// The Field: a column, a JSON path, `body`.
    pub field: &'a str,
    /// What was found.
    pub detection: &'a Detection,
}

/// Where answers go: the input's name and what is told of it.
pub type Tell<'a> = &'a mut (dyn FnMut(&str, Told<'_>) + Send);

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DetectSummary {
    /// Inputs met.
    pub inputs: u64,
    /// Bytes read of them.
    pub bytes: u64,
    /// Skips told.
    pub skips: u64,
}

/// Looks through all inputs and tells what is in them, in their order. What cannot be read is told
/// as a Skip; nothing else stops it.
///
/// # Errors
/// When the operating system gives no threads, or values of configured detectors are asked for and
/// there are none.
pub fn detect(
    inputs: &mut (dyn Iterator<Item = DetectInput> + Send),
    options: &DetectOptions,
    tell: Tell<'_>,
) -> Result<DetectSummary, Error> {
    options.detectors.check(options.info_types)?;
    let threads = options.threads.max(1);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|_| Error::internal("the operating system gave no threads"))?;
    let wanted = match options.info_types.is_empty() {
        true => InfoTypes::all(),
        false => options.info_types,
    };
    let engine = options.detectors.scanning(wanted, options.reference_date);
    let mut tell_wanted = |name: &str, told: Told<'_>| match told {
        Told::Found(found) if !wanted.has(found.detection.info_type()) => {}
        told => tell(name, told),
    };
    let report = Report::new(&mut tell_wanted);
    let board = Board::new(inputs, options.column.clone(), threads, report);
    pool.broadcast(|_| board.work(&engine));
    Ok(board.summary())
}

#[cfg(test)]
mod tests;
