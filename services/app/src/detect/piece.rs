//! An input being read, and the pieces that come of it.

use std::io::{self, ErrorKind, Read};

use hemvist_decode::{BUFFERS_MAX, Chunk, Decoder, Limits};
use hemvist_detect::{Population, Scanned};
use hemvist_model::{Detection, Skip, SkipReason, Text};

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
    /// Chunks of an earlier piece, whose room can be used again: as many as a Decoder keeps.
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

    /// Looks for personal data in every Chunk. What a Chunk holds is handed over before the next is
    /// looked at, so that a panic costs no earlier Chunk's.
    pub(super) fn examine(&mut self, bench: &mut Bench, scan: impl Fn(Text<'_>, &mut Scanned)) {
        let scanned = &mut bench.scanned;
        scanned.clear();
        for chunk in &self.chunks {
            scan(chunk.text(), scanned);
            let fields = chunk.text().fields;
            self.population.add(fields, scanned.censuses());
            self.detections.append(&mut scanned.detections);
            self.notes.append(&mut scanned.skips);
            self.ends.push(self.detections.len());
        }
    }

    /// Says that a defect of ours kept it from being wholly examined: only the Chunks that were
    /// count.
    pub(super) fn fail(&mut self) {
        self.chunks.truncate(self.ends.len());
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
        self.spent.truncate(BUFFERS_MAX);
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use hemvist_detect::{Engine, Options};
    use hemvist_model::Date;

    use super::*;

    /// A piece of several Chunks with an address in each line.
    fn piece() -> Piece {
        let mut piece = Piece::default();
        let limits = Limits {
            chunk_bytes: 64,
            ..Limits::default()
        };
        let mut decoder = Decoder::new(b"a.txt", limits);
        let text = "Skriv till anna@example.com i dag.\n".repeat(40);
        decoder.push(text.as_bytes(), &mut |chunk| piece.chunks.push(chunk));
        decoder.finish(&mut |chunk| piece.chunks.push(chunk));
        piece
    }

    #[test]
    fn a_panic_in_one_chunk_costs_the_chunks_before_it_nothing() {
        let reference_date = Date::new(2026, 1, 31).unwrap();
        let engine = Engine::new(Options { reference_date });
        let (mut whole, mut broken) = (piece(), piece());
        whole.examine(&mut Bench::default(), |text, out| engine.scan(text, out));
        let (left, mut bench) = (Cell::new(3), Bench::default());
        let scan = |text: Text<'_>, out: &mut Scanned| {
            engine.scan(text, out);
            left.set(left.get() - 1);
            assert!(left.get() > 0, "a defect");
        };
        let examine = AssertUnwindSafe(|| broken.examine(&mut bench, scan));
        assert!(catch_unwind(examine).is_err());
        broken.fail();
        let kept: Vec<&[Detection]> = broken.examined().map(|(_, found)| found).collect();
        let all: Vec<&[Detection]> = whole.examined().map(|(_, found)| found).collect();
        assert!(all.len() > 3 && all.iter().all(|found| !found.is_empty()));
        assert!(kept == all[..2]);
        let reasons: Vec<SkipReason> = broken.skips().map(|skip| skip.reason).collect();
        assert_eq!(reasons, [SkipReason::Internal]);
    }
}
