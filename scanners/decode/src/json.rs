//! One JSON document, however long: each string, number and key becomes a Segment as it goes by.

use hemvist_model::{Segment, SkipReason};

use crate::chunk::Lines;
use crate::fields::FieldNames;
use crate::lexer::{Fault, Lexer, Sink, string_end};
use crate::limits::Limits;
use crate::room::Room;
use crate::skips::Skips;
use crate::text::{Content, TextReader, offset, overlapping, with_context};
use crate::window::{Cut, Window};

const ENDS_EARLY: &str = "the JSON document ends too early";

/// Cuts a JSON document.
pub(crate) struct JsonReader {
    lexer: Lexer,
    names: FieldNames,
    /// How many Segments the last Chunk had: the next will be alike.
    values: usize,
    /// Whether a token did not end within `chunk_bytes` and is looked at as far as a line may go.
    wide: bool,
    stage: Stage,
}

enum Stage {
    /// Between two tokens.
    Tokens,
    /// In a string too long to be held; `begun`: its opening quote is already cut off.
    LongString { field: u32, begun: bool },
    /// Past what could not be read as JSON.
    Rest(TextReader),
}

impl JsonReader {
    pub(crate) fn new(limits: &Limits) -> Self {
        let mut names = FieldNames::new();
        let lexer = Lexer::new(names.paths().root(""), limits.depth_max, true);
        Self {
            lexer,
            names,
            values: 0,
            wide: false,
            stage: Stage::Tokens,
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
            match &mut self.stage {
                Stage::Rest(reader) => return reader.next(window, limits, ended),
                Stage::LongString { field, begun } => {
                    let (field, begun) = (*field, *begun);
                    return self.string_piece(window, limits, ended, skips, field, begun);
                }
                Stage::Tokens => {}
            }
            let reach = if self.wide {
                limits.line_bytes_max
            } else {
                limits.chunk_bytes
            };
            let text = window.bytes.as_slice();
            if text.is_empty() {
                if ended && !self.lexer.is_between_values() {
                    skips.note(SkipReason::Corrupt, ENDS_EARLY);
                }
                return None;
            }
            if !ended && text.len() < reach {
                return None;
            }
            // Judged by a view of fixed length, so that pieces do not change the answer.
            let view = text.get(..reach).unwrap_or(text);
            let widest = reach == limits.line_bytes_max;
            let closed = ended && text.len() <= reach;
            let cut = self.tokens(view, closed, widest, skips, room);
            self.wide = cut.is_none() && !widest;
            if cut.is_some() {
                return cut;
            }
        }
    }

    /// As many tokens as the view holds; none means to look further, or that the stage changed.
    fn tokens(
        &mut self,
        view: &[u8],
        closed: bool,
        widest: bool,
        skips: &mut Skips,
        room: &mut Room,
    ) -> Option<Cut> {
        let (mut segments, mut escaped) = (room.segments(), Vec::new());
        segments.reserve(self.values);
        let mut sink = Sink {
            names: &mut self.names,
            segments: &mut segments,
            escaped: &mut escaped,
            base: 0,
            row: 0,
            counts_rows: true,
        };
        let end = match self.lexer.lex(view, closed, &mut sink) {
            Ok(()) => view.len(),
            Err((0, Fault::Unfinished)) if !widest => return None,
            Err((at, Fault::Unfinished)) if at > 0 => at,
            Err((at, fault)) => {
                if fault == Fault::Unfinished
                    && view.first() == Some(&b'"')
                    && let Ok(field) = self.lexer.string_field(&mut self.names)
                {
                    self.stage = Stage::LongString {
                        field,
                        begun: false,
                    };
                    return None;
                }
                self.give_up(fault, skips);
                at
            }
        };
        self.values = segments.len();
        let (fields, lines) = (self.names.shared(), Lines::Unremovable);
        (end > 0).then_some(Cut {
            end,
            through: end,
            keep: 0,
            segments,
            escaped,
            fields,
            lines,
        })
    }

    fn give_up(&mut self, fault: Fault, skips: &mut Skips) {
        match fault {
            Fault::TooDeep => {
                skips.note(
                    SkipReason::TooDeep,
                    "JSON levels over the limit; read as text from there",
                );
            }
            _ => skips.note(SkipReason::Corrupt, "broken JSON; read as text from there"),
        }
        self.stage = Stage::Rest(TextReader::new(false));
    }

    fn string_piece(
        &mut self,
        window: &Window,
        limits: &Limits,
        ended: bool,
        skips: &mut Skips,
        field: u32,
        begun: bool,
    ) -> Option<Cut> {
        let (fresh, reach) = (window.fresh(), limits.line_bytes_max);
        if ended && fresh.is_empty() {
            skips.note(SkipReason::Corrupt, ENDS_EARLY);
        }
        if fresh.is_empty() || (!ended && fresh.len() < with_context(reach, limits)) {
            return None;
        }
        let bytes = window.bytes.as_slice();
        let from = window.lead + usize::from(!begun);
        let limit = bytes.len().min(window.lead + reach);
        let (mut cut, content_end) = match string_end(bytes, from, limit) {
            Ok(quote) => {
                self.stage = Stage::Tokens;
                self.lexer.string_done(&[], &mut self.names);
                let mut cut = overlapping(window, quote + 1, quote + 1, limits, Content::Json);
                cut.keep = 0;
                (cut, quote)
            }
            Err(unsplit) => {
                self.stage = Stage::LongString { field, begun: true };
                // Where the text ends inside an escape, the rest of it will never come.
                let at = if limit == bytes.len() {
                    limit
                } else {
                    window.boundary(unsplit, from)
                };
                let within = bytes.len().min(at + limits.overlap_bytes);
                let border = string_end(bytes, at, within).unwrap_or_else(|unsplit| unsplit);
                let cut = overlapping(window, at, border, limits, Content::Json);
                let through = cut.through;
                (cut, through)
            }
        };
        let start = if begun { 0 } else { from };
        // Nothing may be left of the string but its quote.
        if content_end > start {
            cut.segments.push(Segment {
                start: offset(start),
                end: offset(content_end),
                field,
                row: 0,
                lead: offset(window.lead),
                trail: offset(content_end - cut.end.min(content_end)),
                whole_value: false,
            });
            cut.escaped.push(0);
        }
        cut.fields = self.names.shared();
        Some(cut)
    }
}
