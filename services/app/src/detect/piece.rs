//! An input being read, and the pieces that come of it.

use std::io::{self, ErrorKind, Read};

use hemvist_decode::{Chunk, Decoder, Limits};
use hemvist_detect::{Engine, Population, Scanned};
use hemvist_model::{Detection, Skip, SkipReason};

use super::{DetectInput, OpenInput};

/// Bytes read of an input at a time: about a Chunk.
const PIECE_BYTES: usize = 256 * 1024;

/// What a thread needs for one piece at a time.
#[derive(Default)]
pub(super) struct Bench {
    /// Bytes as they were read.
    raw: Vec<u8>,
    scanned: Scanned,
}

/// One input, from its first byte to its last.
pub(super) enum Reading {
    /// Not opened yet.
    Closed {
        open: Result<OpenInput, Skip>,
        decoder: Decoder,
    },
    Open {
        reader: Box<dyn Read + Send>,
        decoder: Decoder,
    },
}

impl Reading {
    pub(super) fn new(input: DetectInput, column: Option<&str>) -> Self {
        let limits = Limits::default();
        let decoder = match column {
            Some(field) => Decoder::of_values(field, limits),
            None => Decoder::new(input.name.as_bytes(), limits),
        };
        Reading::Closed {
            open: input.open,
            decoder,
        }
    }

    /// Reads and decodes the next piece. Gives the input back when there is more of it.
    pub(super) fn next(self, piece: &mut Piece, bench: &mut Bench) -> Option<Self> {
        let (mut reader, mut decoder) = match self {
            Reading::Open { reader, decoder } => (reader, decoder),
            Reading::Closed { open, decoder } => match open.map(|open| open()) {
                Ok(Ok(reader)) => (reader, decoder),
                Ok(Err(error)) => {
                    piece.notes.push(skip(&error));
                    return None;
                }
                Err(skip) => {
                    piece.notes.push(skip);
                    return None;
                }
            },
        };
        let (length, ended) = piece.fill(&mut *reader, &mut bench.raw);
        for chunk in piece.spent.drain(..) {
            decoder.take_back(chunk);
        }
        let chunks = &mut piece.chunks;
        let bytes = bench.raw.get(..length).unwrap_or_default();
        decoder.push(bytes, &mut |chunk| chunks.push(chunk));
        if !ended {
            return Some(Reading::Open { reader, decoder });
        }
        let decoded = decoder.finish(&mut |chunk| chunks.push(chunk));
        piece.notes.extend(decoded.skips);
        None
    }
}

/// A stretch of an input: its Chunks and what is in them.
#[derive(Default)]
pub(super) struct Piece {
    /// Bytes read for it.
    pub(super) bytes: u64,
    chunks: Vec<Chunk>,
    /// Chunks of an earlier piece, whose room can be used again.
    spent: Vec<Chunk>,
    detections: Vec<Detection>,
    /// What was counted of its numbers.
    pub(super) population: Population,
    /// Where the Detections of each Chunk end.
    ends: Vec<usize>,
    notes: Vec<Skip>,
}

impl Piece {
    /// Reads until the buffer is full, or the input or the luck ends. Says how much there is, and
    /// whether that was all.
    fn fill(&mut self, reader: &mut dyn Read, raw: &mut Vec<u8>) -> (usize, bool) {
        raw.resize(PIECE_BYTES, 0);
        let mut length = 0;
        let ended = loop {
            match reader.read(raw.get_mut(length..).unwrap_or_default()) {
                Ok(0) => break length < PIECE_BYTES,
                Ok(read) => length += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.notes.push(skip(&error));
                    break true;
                }
            }
        };
        self.bytes = length as u64;
        (length, ended)
    }

    /// Looks for personal data in every Chunk.
    pub(super) fn examine(&mut self, engine: &Engine, bench: &mut Bench) {
        let scanned = &mut bench.scanned;
        scanned.clear();
        std::mem::swap(&mut scanned.detections, &mut self.detections);
        for chunk in &self.chunks {
            engine.scan(chunk.text(), scanned);
            let fields = chunk.text().fields;
            self.population.add(fields, scanned.censuses());
            self.ends.push(scanned.detections.len());
        }
        std::mem::swap(&mut scanned.detections, &mut self.detections);
        scanned.skips.append(&mut self.notes);
        std::mem::swap(&mut scanned.skips, &mut self.notes);
    }

    /// Says that a defect of ours kept it from being examined.
    pub(super) fn fail(&mut self) {
        self.chunks.clear();
        let detail = "a defect of ours: please report it";
        self.notes.push(Skip::new(SkipReason::Internal, detail));
    }

    /// Each Chunk with its Detections.
    pub(super) fn examined(&self) -> impl Iterator<Item = (&Chunk, &[Detection])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends);
        self.chunks.iter().zip(ranges).map(|(chunk, (from, to))| {
            let detections = self.detections.get(from..*to);
            (chunk, detections.unwrap_or_default())
        })
    }

    /// What was not examined.
    pub(super) fn skips(&self) -> impl Iterator<Item = &Skip> {
        self.notes.iter()
    }

    /// Forgets everything and keeps the room.
    pub(super) fn clear(&mut self) {
        self.bytes = 0;
        self.spent.append(&mut self.chunks);
        self.detections.clear();
        self.population = Population::default();
        self.ends.clear();
        self.notes.clear();
    }
}

/// What the operating system said, in our words: its own may hold a path.
fn skip(error: &io::Error) -> Skip {
    let (reason, detail) = match error.kind() {
        ErrorKind::PermissionDenied => (SkipReason::Denied, "it may not be read"),
        ErrorKind::NotFound => (SkipReason::Vanished, "it is not there"),
        _ => (SkipReason::Unreachable, "reading it failed"),
    };
    Skip::new(reason, detail)
}
