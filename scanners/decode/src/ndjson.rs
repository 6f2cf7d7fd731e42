//! NDJSON: one JSON value per line, each line standing alone.

use hemvist_model::{FieldPath, Segment, SkipReason};
use memchr::memchr;

use crate::chunk::Lines;
use crate::fields::FieldNames;
use crate::lexer::{Lexer, Sink};
use crate::limits::Limits;
use crate::line;
use crate::room::Room;
use crate::skips::Skips;
use crate::text::{Content, offset};
use crate::window::{Cut, Window};

/// Cuts NDJSON.
pub(crate) struct NdJsonReader {
    lexer: Lexer,
    names: FieldNames,
    /// How many Segments the last Chunk had: the next will be alike.
    values: usize,
    /// Whether a line that is not JSON is worth a Skip (it is read as text anyway).
    strict: bool,
    wide: bool,
    inside_long_line: bool,
}

impl NdJsonReader {
    /// `strict`: the object's name promises NDJSON; otherwise its first lines looked like it.
    pub(crate) fn new(limits: &Limits, strict: bool) -> Self {
        let mut names = FieldNames::new();
        Self {
            lexer: Lexer::new(names.paths().root(""), limits.depth_max, false),
            names,
            values: 0,
            strict,
            wide: false,
            inside_long_line: false,
        }
    }

    /// The next Chunk's cut, or `None` when more text is needed first.
    pub(crate) fn next(
        &mut self,
        window: &Window,
        limits: &Limits,
        ended: bool,
        skips: &mut Skips,
        room: &mut Room,
    ) -> Option<Cut> {
        loop {
            if self.inside_long_line {
                let (cut, over) =
                    line::piece(window, limits, ended, &mut self.names, Content::Json)?;
                self.inside_long_line = !over;
                return Some(cut);
            }
            let reach = if self.wide {
                limits.line_bytes_max
            } else {
                limits.chunk_bytes
            };
            let text = window.bytes.as_slice();
            if text.is_empty() || (!ended && text.len() < reach) {
                return None;
            }
            let view = text.get(..reach).unwrap_or(text);
            let cut = self.lines(view, ended && text.len() <= reach, skips, room);
            let widest = reach == limits.line_bytes_max;
            self.wide = cut.is_none() && !widest;
            self.inside_long_line = cut.is_none() && widest;
            if cut.is_some() {
                return cut;
            }
        }
    }

    /// As many whole lines as the view holds.
    fn lines(
        &mut self,
        view: &[u8],
        closed: bool,
        skips: &mut Skips,
        room: &mut Room,
    ) -> Option<Cut> {
        let (mut segments, mut ends) = room.rows();
        segments.reserve(self.values);
        let mut escaped = Vec::new();
        let mut at = 0;
        while at < view.len() {
            let rest = view.get(at..).unwrap_or_default();
            let end = match memchr(b'\n', rest) {
                Some(length) => at + length + 1,
                None if closed => view.len(),
                None => break,
            };
            let line = view.get(at..end).unwrap_or_default();
            let mut sink = Sink {
                names: &mut self.names,
                segments: &mut segments,
                escaped: &mut escaped,
                base: offset(at),
                row: offset(ends.len()),
                counts_rows: false,
            };
            if !read_line(&mut self.lexer, line, &mut sink) && self.strict {
                skips.note(
                    SkipReason::Corrupt,
                    "lines that are not JSON; they were read as text",
                );
            }
            ends.push(offset(end));
            at = end;
        }
        self.values = segments.len();
        let (fields, lines) = (self.names.shared(), Lines::Rows { ends });
        (at > 0).then_some(Cut {
            end: at,
            through: at,
            keep: 0,
            segments,
            escaped,
            fields,
            lines,
        })
    }
}

/// Whether the line is JSON; if not, it becomes one Segment of text.
fn read_line(lexer: &mut Lexer, line: &[u8], sink: &mut Sink<'_>) -> bool {
    let (segments, escaped) = (sink.segments.len(), sink.escaped.len());
    lexer.reset();
    let lexed = lexer.lex(line, true, sink);
    if (lexed.is_ok() && lexer.is_complete()) || line.trim_ascii().is_empty() {
        return true;
    }
    sink.segments.truncate(segments);
    sink.escaped.truncate(escaped);
    sink.segments.push(Segment {
        start: sink.base,
        end: sink.base + offset(line.trim_ascii_end().len()),
        field: sink.names.index(FieldPath::BODY),
        row: sink.row,
        lead: 0,
        trail: 0,
        whole_value: false,
    });
    false
}
