//! JSON inside a database cell, whose text is the batch's own and stays as it is written.

use hemvist_model::Segment;
use memchr::memchr;

use crate::escape::{self, Escape};
use crate::fields::FieldNames;
use crate::lexer::{Lexer, Sink};
use crate::text::offset;

/// Levels of JSON in a database cell.
const CELL_DEPTH_MAX: usize = 128;

/// What became of a cell that may be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonCell {
    /// Not one whole JSON object, array or string, or deeper than 128 levels. Nothing was added:
    /// the cell should be read as text.
    NotJson,
    /// Every value became a Segment.
    Exact,
    /// As `Exact`, but an escape may be a character of an identifier (`anna\u0040example.com`),
    /// which was left out: the row was examined in part only.
    Inexact,
}

/// For JSON inside a database cell: adds a Segment for each string, number and key, their Fields
/// being paths under `prefix`, their offsets counted from `base`, all in row `row`.
///
/// A string with escapes gives a Segment for each stretch between them, none of which is a whole
/// value, so that an edit never begins inside an escape.
pub fn json_segments(
    cell: &[u8],
    base: u32,
    row: u32,
    prefix: &str,
    fields: &mut FieldNames,
    out: &mut Vec<Segment>,
) -> JsonCell {
    if !matches!(cell.trim_ascii_start().first(), Some(b'{' | b'[' | b'"')) {
        return JsonCell::NotJson;
    }
    let (before, mut escaped) = (out.len(), Vec::new());
    let mut lexer = Lexer::new(fields.paths().root(prefix), CELL_DEPTH_MAX, false);
    let mut sink = Sink {
        names: fields,
        segments: out,
        escaped: &mut escaped,
        base,
        row,
        counts_rows: false,
    };
    if lexer.lex(cell, true, &mut sink).is_err() || !lexer.is_complete() {
        out.truncate(before);
        return JsonCell::NotJson;
    }
    let Some(first) = escaped.first() else {
        return JsonCell::Exact;
    };
    let (mut outcome, mut next) = (JsonCell::Exact, escaped.iter().peekable());
    for (number, segment) in (*first..).zip(out.split_off(*first)) {
        if next.next_if(|next| **next == number).is_none() {
            out.push(segment);
            continue;
        }
        let place = (segment.start - base) as usize..(segment.end - base) as usize;
        if !push_stretches(cell.get(place).unwrap_or_default(), segment, out) {
            outcome = JsonCell::Inexact;
        }
    }
    outcome
}

/// Adds what stands between the escapes of a string. A word in which an escape may be a character
/// of an identifier is left out, because what is left of it may be somebody else's identifier;
/// says whether there was none.
fn push_stretches(raw: &[u8], whole: Segment, out: &mut Vec<Segment>) -> bool {
    let mut push = |start: usize, end: usize| {
        if end > start {
            out.push(Segment {
                start: whole.start + offset(start),
                end: whole.start + offset(end),
                whole_value: false,
                ..whole
            });
        }
    };
    let (mut from, mut word_start, mut exact) = (0, 0, true);
    for word in raw.split(u8::is_ascii_whitespace) {
        let word_end = word_start + word.len();
        if is_exact(word) {
            let so_far = raw.get(..word_end).unwrap_or_default();
            while let Some(escape) = escape::next(so_far, from.max(word_start)) {
                push(from, escape.at);
                from = escape.at + escape.length;
            }
        } else {
            push(from, word_start);
            (from, exact) = (word_end, false);
        }
        word_start = word_end + 1;
    }
    push(from, raw.len());
    exact
}

/// Whether no escape in a word can be a character of an identifier.
fn is_exact(word: &[u8]) -> bool {
    let (has_at, mut from) = (memchr(b'@', word).is_some(), 0);
    while let Some(Escape {
        at,
        length,
        character,
    }) = escape::next(word, from)
    {
        from = at + length;
        let (before, after) = (
            at.checked_sub(1).and_then(|at| word.get(at)),
            word.get(from),
        );
        let touches_digit = [before, after]
            .into_iter()
            .flatten()
            .any(u8::is_ascii_digit);
        let may_belong = match character {
            // These part values; but `"` may end a quoted name before `@`, `/` stand in a number.
            '\0'..'\x20' | '\\' => false,
            '"' => after == Some(&b'@'),
            '/' => touches_digit,
            _ => character.is_ascii() || has_at || touches_digit,
        };
        if may_belong {
            return false;
        }
    }
    true
}
