//! Room of Chunks that are done with: fresh memory costs more than decoding into it.

use hemvist_model::Segment;

use crate::chunk::{Chunk, Lines};

/// Buffers of each kind that are kept; more are let go.
const BUFFERS_MAX: usize = 4;

/// Empty buffers.
#[derive(Default)]
pub(crate) struct Room {
    bytes: Vec<Vec<u8>>,
    segments: Vec<Vec<Segment>>,
    ends: Vec<Vec<u32>>,
}

impl Room {
    /// Takes what a Chunk held.
    pub(crate) fn take_back(&mut self, chunk: Chunk) {
        keep(&mut self.bytes, chunk.bytes);
        keep(&mut self.segments, chunk.segments);
        if let Lines::Rows { ends } = chunk.lines {
            keep(&mut self.ends, ends);
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

fn keep<T>(buffers: &mut Vec<Vec<T>>, mut buffer: Vec<T>) {
    if buffers.len() < BUFFERS_MAX && buffer.capacity() > 0 {
        buffer.clear();
        buffers.push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Chunk, Decoder, Limits};

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
}
