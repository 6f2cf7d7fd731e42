//! The tokens of JSON, and which Field each value belongs to. No values are built.

use crate::escape;
use crate::fields::FieldNames;
use crate::near::find2;
use crate::paths::Place;
use crate::text::offset;
use hemvist_model::Segment;

/// Why lexing stopped before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A token does not end in sight.
    Unfinished,
    /// Not JSON.
    Broken,
    /// Too many levels.
    TooDeep,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    /// A value is complete and no other is open.
    Nothing,
}

struct Level {
    /// The object itself, or the array's elements.
    place: Place,
    is_array: bool,
    /// The last member that was read.
    member: Option<Place>,
}

/// Where Segments go.
pub(crate) struct Sink<'a> {
    pub(crate) names: &'a mut FieldNames,
    pub(crate) segments: &'a mut Vec<Segment>,
    /// Indices of the Segments in whose text there are escapes.
    pub(crate) escaped: &'a mut Vec<usize>,
    /// Offset of the lexed bytes in the text.
    pub(crate) base: u32,
    pub(crate) row: u32,
    /// Whether each object of the outermost array begins a row.
    pub(crate) counts_rows: bool,
}

/// Where in a JSON text we are. Keeps no text; its size is bounded by the depth limit.
pub(crate) struct Lexer {
    levels: Vec<Level>,
    root: Place,
    /// Where the next value stands.
    place: Place,
    expect: Expect,
    arrays: usize,
    depth_max: usize,
    /// Whether another value may follow the first.
    many: bool,
}

impl Lexer {
    /// For values that stand at `root`.
    pub(crate) fn new(root: Place, depth_max: usize, many: bool) -> Self {
        Self {
            levels: Vec::new(),
            root,
            place: root,
            expect: Expect::Value,
            arrays: 0,
            depth_max,
            many,
        }
    }

    /// Whether a value is complete and none is open.
    pub(crate) fn is_complete(&self) -> bool {
        self.expect == Expect::Nothing
    }

    /// Whether no value is open: one is complete, or none has begun.
    pub(crate) fn is_between_values(&self) -> bool {
        self.levels.is_empty()
    }

    /// Forgets everything but the root.
    pub(crate) fn reset(&mut self) {
        self.levels.clear();
        self.place = self.root;
        self.expect = Expect::Value;
        self.arrays = 0;
    }

    /// Reads tokens from the beginning of `bytes`, which continue what was read before. On a
    /// fault everything before the offset has been read and can be cut off.
    pub(crate) fn lex(
        &mut self,
        bytes: &[u8],
        closed: bool,
        sink: &mut Sink<'_>,
    ) -> Result<(), (usize, Fault)> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let next = match byte {
                b' ' | b'\t' | b'\r' | b'\n' => Ok(at + 1),
                b'"' => self.string(bytes, at, closed, sink),
                b'{' | b'[' => self.open(*byte == b'[', sink).map(|()| at + 1),
                b'}' | b']' => self.close(*byte == b']').map(|()| at + 1),
                b',' | b':' => self.separator(*byte).map(|()| at + 1),
                b'-' | b'0'..=b'9' => self.number(bytes, at, closed, sink),
                b't' => self.literal(bytes, at, closed, b"true"),
                b'f' => self.literal(bytes, at, closed, b"false"),
                b'n' => self.literal(bytes, at, closed, b"null"),
                _ => Err(Fault::Broken),
            };
            at = next.map_err(|fault| (at, fault))?;
            // What parts values mostly follows at once: a guess that spares a jump.
            if let Some(byte @ (b':' | b',')) = bytes.get(at) {
                self.separator(*byte).map_err(|fault| (at, fault))?;
                at += 1;
            }
        }
        Ok(())
    }

    /// The Field of the string that comes next, key or value.
    pub(crate) fn string_field(&mut self, names: &mut FieldNames) -> Result<u32, Fault> {
        match (self.expect, self.levels.last()) {
            (Expect::Key | Expect::KeyOrEnd, Some(level)) => Ok(names.of_place(level.place, true)),
            _ if self.takes_value() => Ok(names.of_place(self.place, false)),
            _ => Err(Fault::Broken),
        }
    }

    /// Says that the string that came next is over. A key too long to be held has no `raw`.
    pub(crate) fn string_done(&mut self, raw: &[u8], names: &mut FieldNames) {
        match (self.expect, self.levels.last_mut()) {
            (Expect::Key | Expect::KeyOrEnd, Some(level)) => {
                self.place = names.paths().member(level.place, level.member, raw);
                level.member = Some(self.place);
                self.expect = Expect::Colon;
            }
            _ => self.value_done(),
        }
    }

    fn string(
        &mut self,
        bytes: &[u8],
        at: usize,
        closed: bool,
        sink: &mut Sink<'_>,
    ) -> Result<usize, Fault> {
        let start = at + 1;
        let unfinished = if closed {
            Fault::Broken
        } else {
            Fault::Unfinished
        };
        let rest = bytes.get(start..).unwrap_or_default();
        let mut end = start + find2(b'"', b'\\', rest).ok_or(unfinished)?;
        let escaped = bytes.get(end) == Some(&b'\\');
        if escaped {
            end = string_end(bytes, end, bytes.len()).map_err(|_| unfinished)?;
        }
        let field = self.string_field(sink.names)?;
        let raw = bytes.get(start..end).unwrap_or_default();
        if escaped {
            sink.escaped.push(sink.segments.len());
        }
        sink.push(start, end, field);
        self.string_done(raw, sink.names);
        Ok(end + 1)
    }

    fn number(
        &mut self,
        bytes: &[u8],
        at: usize,
        closed: bool,
        sink: &mut Sink<'_>,
    ) -> Result<usize, Fault> {
        let rest = bytes.get(at..).unwrap_or_default();
        let inside = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let digits = rest.iter().position(|byte| !byte.is_ascii_digit());
        let whole = digits.filter(|digits| rest.get(*digits).is_some_and(|byte| !inside(byte)));
        let length = whole.or_else(|| rest.iter().position(|byte| !inside(byte)));
        if length.is_none() && !closed {
            return Err(Fault::Unfinished);
        }
        let length = length.unwrap_or(rest.len());
        let number = rest.get(..length).unwrap_or_default();
        if (whole.is_none() && !is_number(number)) || !self.takes_value() {
            return Err(Fault::Broken);
        }
        let field = sink.names.of_place(self.place, false);
        sink.push(at, at + length, field);
        self.value_done();
        Ok(at + length)
    }

    fn literal(
        &mut self,
        bytes: &[u8],
        at: usize,
        closed: bool,
        word: &[u8],
    ) -> Result<usize, Fault> {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.len() < word.len() && !closed && word.starts_with(rest) {
            return Err(Fault::Unfinished);
        }
        if !rest.starts_with(word) || !self.takes_value() {
            return Err(Fault::Broken);
        }
        self.value_done();
        Ok(at + word.len())
    }

    fn open(&mut self, is_array: bool, sink: &mut Sink<'_>) -> Result<(), Fault> {
        if !self.takes_value() {
            return Err(Fault::Broken);
        }
        if self.levels.len() >= self.depth_max {
            return Err(Fault::TooDeep);
        }
        if is_array {
            self.arrays += 1;
            self.place = sink.names.paths().element(self.place);
        } else if sink.counts_rows && self.begins_row() {
            sink.row += 1;
        }
        self.expect = if is_array {
            Expect::ValueOrEnd
        } else {
            Expect::KeyOrEnd
        };
        self.levels.push(Level {
            place: self.place,
            is_array,
            member: None,
        });
        Ok(())
    }

    fn begins_row(&self) -> bool {
        match self.levels.last() {
            Some(level) => level.is_array && self.arrays == 1,
            None => true,
        }
    }

    fn close(&mut self, is_array: bool) -> Result<(), Fault> {
        let level = self.levels.last().ok_or(Fault::Broken)?;
        let empty = if is_array {
            Expect::ValueOrEnd
        } else {
            Expect::KeyOrEnd
        };
        let may_end = self.expect == Expect::CommaOrEnd || self.expect == empty;
        if level.is_array != is_array || !may_end {
            return Err(Fault::Broken);
        }
        self.levels.pop();
        self.arrays -= usize::from(is_array);
        self.place = self.levels.last().map_or(self.root, |level| level.place);
        self.value_done();
        Ok(())
    }

    fn separator(&mut self, byte: u8) -> Result<(), Fault> {
        self.expect = match (byte, self.expect, self.levels.last()) {
            (b':', Expect::Colon, _) => Expect::Value,
            (b',', Expect::CommaOrEnd, Some(level)) if level.is_array => Expect::Value,
            (b',', Expect::CommaOrEnd, Some(_)) => Expect::Key,
            _ => return Err(Fault::Broken),
        };
        Ok(())
    }

    fn takes_value(&self) -> bool {
        match self.expect {
            Expect::Value | Expect::ValueOrEnd => true,
            Expect::Nothing => self.many,
            _ => false,
        }
    }

    fn value_done(&mut self) {
        self.expect = if self.levels.is_empty() {
            Expect::Nothing
        } else {
            Expect::CommaOrEnd
        };
    }
}

impl Sink<'_> {
    fn push(&mut self, start: usize, end: usize, field: u32) {
        if end > start {
            self.segments.push(Segment {
                start: self.base.saturating_add(offset(start)),
                end: self.base.saturating_add(offset(end)),
                field,
                row: self.row,
                lead: 0,
                trail: 0,
                whole_value: true,
            });
        }
    }
}

/// Where the string whose content begins at `from` has its closing quote; if that is not before
/// `limit`, the last offset up to `limit` that splits no escape.
pub(crate) fn string_end(bytes: &[u8], from: usize, limit: usize) -> Result<usize, usize> {
    let mut at = from;
    while let Some(found) = find2(b'"', b'\\', bytes.get(at..limit).unwrap_or_default()) {
        let found = at + found;
        if bytes.get(found) == Some(&b'"') {
            return Ok(found);
        }
        let escape = bytes.get(found..limit).and_then(escape::length);
        at = found + escape.ok_or(found)?;
    }
    Err(limit)
}

/// JSON's number grammar, but leading zeros are let through: sloppy writers keep them.
fn is_number(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let Some(mut rest) = after_digits(bytes) else {
        return false;
    };
    if let Some(fraction) = rest.strip_prefix(b".") {
        let Some(after) = after_digits(fraction) else {
            return false;
        };
        rest = after;
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => {
            after_digits(exponent).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    }
}

fn after_digits(bytes: &[u8]) -> Option<&[u8]> {
    let digits = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if digits == 0 {
        None
    } else {
        bytes.get(digits..)
    }
}
