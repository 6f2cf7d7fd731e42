//! The bounds of decoding.

/// How much of an object is held at once, and how far it is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text a Chunk aims at; it may be longer when one line or row is.
    pub chunk_bytes: usize,
    /// A line, row or value longer than this is cut, with overlap; also what a Chunk never
    /// exceeds by more than two overlaps.
    pub line_bytes_max: usize,
    /// Bytes that a gzip object may unpack to; the rest is a `TOO_LARGE` Skip.
    pub expanded_bytes_max: u64,
    /// Unpacked bytes per packed byte, after the first 16 MiB; beyond is a `TOO_DEEP` Skip.
    pub expansion_ratio_max: u64,
    /// JSON levels; deeper is a `TOO_DEEP` Skip and the rest is read as text.
    pub depth_max: usize,
    /// Context at both sides of a cut in running text; at least what a detector looks around.
    pub overlap_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            chunk_bytes: 256 * 1024,
            line_bytes_max: 1024 * 1024,
            expanded_bytes_max: 64 * 1024 * 1024 * 1024,
            expansion_ratio_max: 250,
            depth_max: 128,
            overlap_bytes: 512,
        }
    }
}

/// Below this a cut could fall inside one character for ever.
const CHUNK_BYTES_MIN: usize = 16;
/// Offsets in a Chunk are 32 bits wide.
const LINE_BYTES_CEILING: usize = 256 * 1024 * 1024;

impl Limits {
    /// The same limits, made consistent: `overlap ≤ chunk ≤ line`, none so small that nothing moves.
    pub(crate) fn sane(self) -> Self {
        let line_bytes_max = self
            .line_bytes_max
            .clamp(CHUNK_BYTES_MIN, LINE_BYTES_CEILING);
        let chunk_bytes = self.chunk_bytes.clamp(CHUNK_BYTES_MIN, line_bytes_max);
        let overlap_bytes = self.overlap_bytes.min(chunk_bytes);
        Self {
            chunk_bytes,
            line_bytes_max,
            overlap_bytes,
            ..self
        }
    }
}
