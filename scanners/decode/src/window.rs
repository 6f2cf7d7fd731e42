//! The stretch of decoded text that is held at the moment.

use std::sync::Arc;

use hemvist_model::Segment;

use crate::chunk::{Charset, Chunk, Format, Lines};
use crate::escape::unescape;
use crate::map::OffsetMap;

/// Decoded text from which Chunks are cut. Always valid UTF-8.
pub(crate) struct Window {
    /// Context already reported, then fresh text.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes of `bytes` are context only.
    pub(crate) lead: usize,
    /// Where each character came from; grows with `bytes`.
    pub(crate) map: OffsetMap,
    /// Offset of `bytes` in the whole decoded text.
    base: u64,
    charset: Charset,
    /// Text offset of the first byte that was not UTF-8.
    foreign_from: Option<u64>,
}

/// One Chunk's borders and contents, as offsets in [`Window::bytes`].
pub(crate) struct Cut {
    /// Where fresh text of the next Chunk begins.
    pub(crate) end: usize,
    /// Where this Chunk's bytes end: `end`, or beyond it by the trail.
    pub(crate) through: usize,
    /// Bytes before `end` that the next Chunk repeats.
    pub(crate) keep: usize,
    pub(crate) segments: Vec<Segment>,
    /// Indices of the Segments in whose text there may be JSON escapes, ascending.
    pub(crate) escaped: Vec<usize>,
    pub(crate) fields: Arc<Vec<String>>,
    pub(crate) lines: Lines,
}

impl Window {
    /// A window over an empty buffer; the original's first `skipped` bytes (its byte order mark)
    /// are no text.
    pub(crate) fn new(bytes: Vec<u8>, charset: Charset, skipped: u64) -> Self {
        Self {
            bytes,
            lead: 0,
            map: OffsetMap::starting_at(skipped),
            base: 0,
            charset,
            foreign_from: None,
        }
    }

    /// Adds text that is valid UTF-8 in the original.
    pub(crate) fn push_utf8(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.map.append(bytes.len(), 1, 1);
    }

    /// Adds a character that is `original_bytes` long in the original.
    pub(crate) fn push_char(&mut self, character: char, original_bytes: u8) {
        let mut buffer = [0; 4];
        let encoded = character.encode_utf8(&mut buffer).as_bytes();
        self.bytes.extend_from_slice(encoded);
        self.map.append(1, encoded.len() as u8, original_bytes);
    }

    /// Adds ASCII characters that are `original_bytes` long each; says how many they were.
    pub(crate) fn push_ascii(
        &mut self,
        ascii: impl Iterator<Item = u8>,
        original_bytes: u8,
    ) -> usize {
        let before = self.bytes.len();
        self.bytes.extend(ascii);
        let characters = self.bytes.len() - before;
        self.map.append(characters, 1, original_bytes);
        characters
    }

    /// Says that the next character is not UTF-8 in an object that was taken for it.
    pub(crate) fn mark_foreign(&mut self) {
        let at = self.base + self.bytes.len() as u64;
        self.foreign_from.get_or_insert(at);
    }

    /// The charset of the text up to `end`, or of all of it.
    pub(crate) fn charset(&self, end: Option<usize>) -> Charset {
        let foreign = self
            .foreign_from
            .is_some_and(|from| end.is_none_or(|end| from < self.base + end as u64));
        if foreign {
            Charset::Latin1
        } else {
            self.charset
        }
    }

    /// Bytes not yet reported.
    pub(crate) fn fresh(&self) -> &[u8] {
        self.bytes.get(self.lead..).unwrap_or_default()
    }

    /// The nearest offset at or before `at` (and not before `floor`) that splits no character.
    pub(crate) fn boundary(&self, at: usize, floor: usize) -> usize {
        let mut at = at.min(self.bytes.len());
        while at > floor && self.bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80) {
            at -= 1;
        }
        at
    }

    /// Takes a Chunk off the front; what is left goes to the empty buffer `next`. `None` when there
    /// is nothing to detect in it.
    pub(crate) fn cut(&mut self, cut: Cut, format: Format, mut next: Vec<u8>) -> Option<Chunk> {
        let charset = self.charset(Some(cut.through));
        let (base, kept_from) = (self.base, cut.end - cut.keep);
        let rest = self.bytes.get(kept_from..).unwrap_or_default();
        next.extend_from_slice(rest);
        let mut bytes = std::mem::replace(&mut self.bytes, next);
        bytes.truncate(cut.through);
        let map = self.map.copy(base, base + cut.through as u64);
        self.base += kept_from as u64;
        self.lead = cut.keep;
        self.map.forget_before(self.base);
        let Cut {
            segments,
            escaped,
            fields,
            lines,
            ..
        } = cut;
        if segments.is_empty() {
            return None;
        }
        let mut chunk = Chunk {
            bytes,
            segments,
            fields,
            lines,
            map,
            base,
            charset,
            format,
        };
        if !escaped.is_empty() {
            unescape(&mut chunk, &escaped);
        }
        Some(chunk)
    }
}
