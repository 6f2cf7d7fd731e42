//! Where text came from: offsets in the text ↔ offsets in the original bytes.

use hemvist_model::ByteRange;

/// A stretch of text whose characters are all equally long, in the text and in the original.
#[derive(Clone, Copy)]
struct Run {
    /// Text offset where it begins; it ends where the next run begins.
    text: u64,
    /// Original offset where it begins.
    original: u64,
    /// Bytes of one character in the text.
    text_step: u8,
    /// Bytes of one character in the original.
    original_step: u8,
}

impl Run {
    fn original_at(&self, text: u64, round_up: bool) -> u64 {
        let (inside, step) = (text.saturating_sub(self.text), u64::from(self.text_step));
        if step == 1 {
            // Nearly all text, and dividing takes its time.
            return self.original + inside * u64::from(self.original_step);
        }
        let steps = if round_up {
            inside.div_ceil(step)
        } else {
            inside / step
        };
        self.original + steps * u64::from(self.original_step)
    }
}

/// The runs of a text in order. Plain UTF-8 is one run, however long it is.
#[derive(Clone, Default)]
pub(crate) struct OffsetMap {
    runs: Vec<Run>,
    text_end: u64,
    original_end: u64,
}

impl OffsetMap {
    /// A map of no text yet, for original bytes from `original` on (after a byte order mark).
    pub(crate) fn starting_at(original: u64) -> Self {
        Self {
            runs: Vec::new(),
            text_end: 0,
            original_end: original,
        }
    }

    /// Adds `characters` characters of `text_step` bytes each, made from `original_step` each.
    pub(crate) fn append(&mut self, characters: usize, text_step: u8, original_step: u8) {
        if characters == 0 {
            return;
        }
        let same = self
            .runs
            .last()
            .is_some_and(|run| run.text_step == text_step && run.original_step == original_step);
        if !same {
            let (text, original) = (self.text_end, self.original_end);
            self.runs.push(Run {
                text,
                original,
                text_step,
                original_step,
            });
        }
        self.text_end += characters as u64 * u64::from(text_step);
        self.original_end += characters as u64 * u64::from(original_step);
    }

    /// Adds characters as `other` has them from its text offset `start` to `end`.
    pub(crate) fn append_from(&mut self, other: &Self, start: u64, end: u64) {
        let (mut at, mut index) = (start, other.index(start));
        while at < end {
            let Some(run) = other.runs.get(index) else {
                return;
            };
            index += 1;
            let until = other.runs.get(index).map_or(end, |next| next.text.min(end));
            let characters = (until - at) / u64::from(run.text_step);
            self.append(characters as usize, run.text_step, run.original_step);
            at = until;
        }
    }

    /// Forgets what lies before the text offset `text`.
    pub(crate) fn forget_before(&mut self, text: u64) {
        let first = self.index(text);
        self.runs.drain(..first);
    }

    /// A copy that covers the text offsets from `start` to `end`.
    pub(crate) fn copy(&self, start: u64, end: u64) -> Self {
        let (first, last) = (self.index(start), self.index(end));
        let runs = self.runs.get(first..=last).unwrap_or_default().to_vec();
        Self {
            runs,
            text_end: end,
            original_end: self.original_end,
        }
    }

    /// The original bytes of the characters that text offsets `start..end` touch.
    pub(crate) fn original(&self, start: u64, end: u64) -> ByteRange {
        let from = self.at(start, false);
        let to = if end > start {
            self.at(end, true)
        } else {
            from
        };
        ByteRange::new(from, to.max(from))
    }

    fn at(&self, text: u64, round_up: bool) -> u64 {
        // An end belongs to the run of its last byte: the next run may begin mid-gap.
        let index = self.index(if round_up { text - 1 } else { text });
        self.runs
            .get(index)
            .map_or(self.original_end, |run| run.original_at(text, round_up))
    }

    fn index(&self, text: u64) -> usize {
        // Nearly every map has a single run.
        if self.runs.len() < 2 {
            return 0;
        }
        self.runs
            .partition_point(|run| run.text <= text)
            .saturating_sub(1)
    }
}
