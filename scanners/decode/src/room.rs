//! Room of Chunks that are done with: fresh memory costs more than decoding into it.

use hemvist_model::Segment;

use crate::chunk::{Chunk, Lines};

/// Buffers of each kind that a Decoder keeps; of Chunks that it takes back more are let go.
pub const BUFFERS_MAX: usize = 4;
/// A kept buffer is at most so many times as large as Chunks usually need; what one very long line
/// made larger is let go.
const GROWTH_MAX: usize = 2;
/// Bytes of text for each Segment or row that is kept room for: tables are seldom finer.
const CELL_BYTES: usize = 8;

/// Empty buffers.
pub(crate) struct Room {
    /// Bytes that a kept buffer for text may take.
    bytes_max: usize,
    bytes: Vec<Vec<u8>>,
    segments: Vec<Vec<Segment>>,
    ends: Vec<Vec<u32>>,
}

impl Room {
    /// Room for Chunks that usually need buffers of so many bytes.
    pub(crate) fn new(buffer_bytes: usize) -> Self {
        Self {
            bytes_max: buffer_bytes.saturating_mul(GROWTH_MAX),
            bytes: Vec::new(),
            segments: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Takes what a Chunk held.
    pub(crate) fn take_back(&mut self, chunk: Chunk) {
        let cells_max = self.bytes_max / CELL_BYTES;
        keep(&mut self.bytes, chunk.bytes, self.bytes_max);
        keep(&mut self.segments, chunk.segments, cells_max);
        if let Lines::Rows { ends } = chunk.lines {
            keep(&mut self.ends, ends, cells_max);
        }
    }

    /// A buffer for text, empty.
    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        self.bytes.pop().unwrap_or_default()
    }

    /// A buffer for Segments, empty, and one for the ends of rows.
    pub(crate) fn rows(&mut self) -> (Vec<Segment>, Vec<u32>) {
        (self.segments(), self.ends.pop().unwrap_or_default())
    }

    /// A buffer for Segments, empty.
    pub(crate) fn segments(&mut self) -> Vec<Segment> {
        self.segments.pop().unwrap_or_default()
    }
}

fn keep<T>(buffers: &mut Vec<Vec<T>>, mut buffer: Vec<T>, capacity_max: usize) {
    let kept = 1..=capacity_max;
    if buffers.len() < BUFFERS_MAX && kept.contains(&buffer.capacity()) {
        buffer.clear();
        buffers.push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Limits};

    fn decoded(name: &str, bytes: &[u8], spent: &mut Vec<Chunk>) -> Vec<Chunk> {
        let limits = Limits {
            chunk_bytes: 64,
            ..Limits::default()
        };
        let (mut decoder, mut chunks) = (Decoder::new(name.as_bytes(), limits), Vec::new());
        for piece in bytes.chunks(100) {
            spent.drain(..).for_each(|chunk| decoder.take_back(chunk));
            decoder.push(piece, &mut |chunk| chunks.push(chunk));
        }
        decoder.finish(&mut |chunk| chunks.push(chunk));
        chunks
    }

    #[test]
    fn chunks_are_the_same_in_used_room() {
        let objects = [
            ("a.csv", "namn;ort\nAnna;Borås\n".repeat(2000)),
            ("b.ndjson", "{\"a\":\"b\\u00e5\",\"c\":[1,2]}\n".repeat(900)),
            ("c.txt", "Så är det.\n".repeat(1800)),
            ("d.json", format!("[{}1]", "{\"a\":1},".repeat(1500))),
        ];
        let mut spent = Vec::new();
        for (name, text) in objects {
            let fresh = decoded(name, text.as_bytes(), &mut Vec::new());
            let again = decoded(name, text.as_bytes(), &mut spent);
            assert!(fresh.len() > 1 && fresh.len() == again.len(), "{name}");
            for (one, other) in fresh.iter().zip(&again) {
                assert_eq!(one.text().bytes, other.text().bytes, "{name}");
                assert_eq!(one.text().segments, other.text().segments, "{name}");
            }
            spent = again;
        }
    }

    #[test]
    fn buffers_that_grew_for_a_long_line_are_let_go() {
        let text = "b\n".repeat(50_000) + &"a".repeat(100_000) + "\n";
        let chunks = decoded("a.txt", text.as_bytes(), &mut Vec::new());
        let mut lengths = [0, 0];
        let mut room = Room::new(20_000);
        // The long line's first, while there is room for any.
        for chunk in chunks.into_iter().rev() {
            let grown = chunk.bytes.capacity() > 40_000;
            lengths[usize::from(grown)] += 1;
            room.take_back(chunk);
        }
        assert!(lengths.iter().all(|count| *count > 0), "{lengths:?}");
        assert!(!room.bytes.is_empty() && room.bytes.len() <= BUFFERS_MAX);
        assert!(room.bytes.iter().all(|buffer| buffer.capacity() <= 40_000));
    }
}
