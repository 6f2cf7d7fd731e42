//! Running text: Chunks end at line ends, and each repeats a little of its neighbours.

use std::sync::Arc;

use hemvist_model::{FieldPath, Segment};
use memchr::{memchr, memrchr};

use crate::chunk::Lines;
use crate::escape::unsplit;
use crate::limits::Limits;
use crate::window::{Cut, Window};

/// Longest UTF-8 character.
pub(crate) const CHAR_BYTES_MAX: usize = 4;

/// Cuts running text.
pub(crate) struct TextReader {
    fields: Arc<Vec<String>>,
    /// Whether single lines may be removed.
    removable: bool,
    /// Whether the line end was not within `chunk_bytes` and is looked for further on.
    long: bool,
    /// Whether the fresh text begins with the first byte of a line.
    at_line_start: bool,
}

impl TextReader {
    /// For a text from its beginning.
    pub(crate) fn new(removable: bool) -> Self {
        let fields = Arc::new(vec![FieldPath::BODY.to_owned()]);
        Self {
            fields,
            removable,
            long: false,
            at_line_start: true,
        }
    }

    /// The next Chunk's cut, or `None` when more text is needed first.
    pub(crate) fn next(&mut self, window: &Window, limits: &Limits, ended: bool) -> Option<Cut> {
        let end = loop {
            let reach = if self.long {
                limits.line_bytes_max
            } else {
                limits.chunk_bytes
            };
            let fresh = window.fresh();
            if fresh.is_empty() || (!ended && fresh.len() < with_context(reach, limits)) {
                return None;
            }
            if fresh.len() <= reach {
                break window.bytes.len();
            }
            if let Some(end) = line_end(fresh, reach, self.long, limits) {
                break window.lead + end;
            }
            if self.long || limits.line_bytes_max == limits.chunk_bytes {
                break window.boundary(window.lead + limits.line_bytes_max, window.lead + 1);
            }
            self.long = true;
        };
        self.long = false;
        Some(self.cut(window, end, limits))
    }

    fn cut(&mut self, window: &Window, end: usize, limits: &Limits) -> Cut {
        let cut = overlapping(window, end, window.bytes.len(), limits, Content::Text);
        let segment = Segment {
            start: 0,
            end: offset(cut.through),
            field: 0,
            row: 0,
            lead: offset(window.lead),
            trail: offset(cut.through - end),
            whole_value: false,
        };
        let ends_line = end > 0 && window.bytes.get(end - 1) == Some(&b'\n');
        let last = cut.through == window.bytes.len() && cut.through == end;
        let first = window.lead == 0 && self.at_line_start;
        self.at_line_start = ends_line;
        let lines = match self.removable {
            true => Lines::Physical { first, last },
            false => Lines::Unremovable,
        };
        Cut {
            segments: vec![segment],
            fields: Arc::clone(&self.fields),
            lines,
            ..cut
        }
    }
}

/// Bytes that must be there before a cut at `reach` and its trail are certain.
pub(crate) fn with_context(reach: usize, limits: &Limits) -> usize {
    reach + limits.overlap_bytes + CHAR_BYTES_MAX
}

/// What is cut: where escapes mean something, none is split.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Text,
    Json,
}

impl Content {
    /// The last place up to `limit` where a cut is sound, when `from` is such a place.
    pub(crate) fn boundary(self, window: &Window, from: usize, limit: usize) -> usize {
        let limit = match self {
            Content::Text => limit,
            Content::Json => unsplit(&window.bytes, from, limit),
        };
        window.boundary(limit, from)
    }
}

/// A cut at `end` with context on both sides; no trail reaches past `border`.
pub(crate) fn overlapping(
    window: &Window,
    end: usize,
    border: usize,
    limits: &Limits,
    content: Content,
) -> Cut {
    let through = content.boundary(window, end, border.min(end + limits.overlap_bytes));
    let kept_from = content.boundary(window, 0, end.saturating_sub(limits.overlap_bytes));
    let keep = if end == window.bytes.len() {
        0
    } else {
        end - kept_from
    };
    let (segments, escaped, fields) = (Vec::new(), Vec::new(), Arc::new(Vec::new()));
    Cut {
        end,
        through,
        keep,
        segments,
        escaped,
        fields,
        lines: Lines::Unremovable,
    }
}

/// An offset in a Chunk; [`Limits::sane`] keeps Chunks far below 4 GiB.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The last line end within `reach`, or, when none is within a Chunk, the first after that.
fn line_end(fresh: &[u8], reach: usize, long: bool, limits: &Limits) -> Option<usize> {
    let within = fresh.get(..reach)?;
    if long {
        let from = limits.chunk_bytes;
        memchr(b'\n', within.get(from..)?).map(|at| from + at + 1)
    } else {
        memrchr(b'\n', within).map(|at| at + 1)
    }
}
