//! A Chunk: a buffer of text with its way back to the original bytes.

use std::sync::Arc;

use hemvist_model::{ByteRange, Segment, Text};
use memchr::{memchr, memrchr};

use crate::map::OffsetMap;
use crate::rewrite::ByteEdit;

/// What stands in place of redacted text.
const MASK: &str = "[erased]";

/// How an object was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Running text: prose, logs, markup, source code.
    Text,
    /// Rows of cells (RFC 4180, with any of `, ; tab |`).
    Csv {
        /// What stands between two cells.
        delimiter: u8,
    },
    /// One JSON document.
    Json,
    /// One JSON value per line.
    NdJson,
    /// Not read.
    Binary,
}

/// How an object's characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charset {
    /// UTF-8, ASCII included.
    Utf8,
    /// UTF-16, low byte first, by its byte order mark or its many NULs.
    Utf16Le,
    /// UTF-16, high byte first, by its byte order mark or its many NULs.
    Utf16Be,
    /// Some bytes are not UTF-8 and were read as Windows-1252 (Latin-1 and more), one by one.
    Latin1,
}

/// The mask `[erased]`, written in that charset.
#[must_use]
pub fn redaction(charset: Charset) -> Vec<u8> {
    encode(MASK, charset)
}

fn encode(text: &str, charset: Charset) -> Vec<u8> {
    match charset {
        Charset::Utf8 | Charset::Latin1 => text.as_bytes().to_vec(),
        Charset::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Charset::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    }
}

/// Where the lines of a Chunk are, as far as they may be removed one by one.
pub(crate) enum Lines {
    /// Removing a line could break the rest (a JSON document, a CSV with broken quotes).
    Unremovable,
    /// Between line feeds. `first`: whether the buffer begins with a line's first byte;
    /// `last`: whether it ends with the last line's last byte.
    Physical { first: bool, last: bool },
    /// Row `i` ends at `ends[i]`, terminator included, and begins where the row before it ends.
    Rows { ends: Vec<u32> },
}

/// A buffer of decoded text with Segments in it, owned, ready to be sent to another thread.
///
/// The text is valid UTF-8. Running text repeats up to [`crate::Limits::overlap_bytes`] of the
/// Chunks before and after it as `lead` and `trail` of its Segment; cells, JSON values and rows
/// are never repeated.
pub struct Chunk {
    pub(crate) bytes: Vec<u8>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) fields: Arc<Vec<String>>,
    pub(crate) lines: Lines,
    pub(crate) map: OffsetMap,
    /// Offset of `bytes` in the whole decoded text.
    pub(crate) base: u64,
    pub(crate) charset: Charset,
    pub(crate) format: Format,
}

impl Chunk {
    /// What detectors take.
    #[must_use]
    pub fn text(&self) -> Text<'_> {
        Text {
            bytes: &self.bytes,
            segments: &self.segments,
            fields: &self.fields,
        }
    }

    /// How the object's characters are written, as far as it was read.
    #[must_use]
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// How the object is read.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The original bytes of a range of a Segment: offsets in the object, after gunzip where it
    /// is gzip, before any charset decoding. A character that the range only touches is whole in
    /// the answer. An unknown Segment or a range outside it is cut to what is there.
    #[must_use]
    pub fn original(&self, segment: u32, range: ByteRange) -> ByteRange {
        let (start, end) = self.place(segment, range);
        self.to_original(start, end)
    }

    /// The whole line (CSV row, NDJSON line) that holds a range of a Segment, as original
    /// offsets, terminator included: what can be removed so that everything else stays as it is.
    ///
    /// `None` where only redaction is possible: in a JSON document, in a line longer than
    /// [`crate::Limits::line_bytes_max`], and after a broken quote in a CSV.
    #[must_use]
    pub fn line(&self, segment: u32, range: ByteRange) -> Option<ByteRange> {
        let (start, end) = self.place(segment, range);
        let (start, end) = match &self.lines {
            Lines::Unremovable => return None,
            Lines::Physical { first, last } => self.physical_line(start, end, *first, *last)?,
            Lines::Rows { ends } => {
                let row = self.segments.get(segment as usize)?.row as usize;
                let start = if row == 0 {
                    0
                } else {
                    *ends.get(row - 1)? as usize
                };
                (start, *ends.get(row)? as usize)
            }
        };
        Some(self.to_original(start, end))
    }

    /// The edit that blanks a range of a Segment and leaves the format sound: the mask in the
    /// object's own charset, or `null` in place of a whole JSON number.
    #[must_use]
    pub fn redact(&self, segment: u32, range: ByteRange) -> ByteEdit {
        match self.segments.get(segment as usize) {
            Some(number) if self.is_json_number(number) => ByteEdit {
                range: self.to_original(number.start as usize, number.end as usize),
                replacement: encode("null", self.charset),
            },
            _ => ByteEdit {
                range: self.original(segment, range),
                replacement: redaction(self.charset),
            },
        }
    }

    fn is_json_number(&self, segment: &Segment) -> bool {
        let before = (segment.start as usize)
            .checked_sub(1)
            .and_then(|at| self.bytes.get(at));
        matches!(self.format, Format::Json | Format::NdJson)
            && segment.whole_value
            && before != Some(&b'"')
    }

    fn physical_line(
        &self,
        start: usize,
        end: usize,
        first: bool,
        last: bool,
    ) -> Option<(usize, usize)> {
        let from = match memrchr(b'\n', self.bytes.get(..start)?) {
            Some(newline) => newline + 1,
            None if first => 0,
            None => return None,
        };
        // The last byte of the range may itself be the terminator.
        let tail = end.saturating_sub(1).max(start);
        let to = match memchr(b'\n', self.bytes.get(tail..)?) {
            Some(newline) => tail + newline + 1,
            None if last => self.bytes.len(),
            None => return None,
        };
        Some((from, to))
    }

    fn place(&self, segment: u32, range: ByteRange) -> (usize, usize) {
        let Some(segment) = self.segments.get(segment as usize) else {
            return (self.bytes.len(), self.bytes.len());
        };
        let (start, end) = (segment.start as usize, segment.end as usize);
        let inside = |offset: u64| {
            start
                .saturating_add(usize::try_from(offset).unwrap_or(usize::MAX))
                .min(end)
        };
        (inside(range.start), inside(range.end.max(range.start)))
    }

    fn to_original(&self, start: usize, end: usize) -> ByteRange {
        self.map
            .original(self.base + start as u64, self.base + end as u64)
    }
}
