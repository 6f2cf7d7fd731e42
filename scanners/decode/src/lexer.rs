//! The tokens of JSON, and which Field each value belongs to. No values are built.

use crate::escape;
use crate::fields::FieldNames;
use crate::near::find2;
use crate::paths::Place;
use crate::stops::Stops;
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

#[derive(Clone, Copy)]
struct Level {
    /// The object itself, or the array's elements; around the first, the root.
    place: Place,
    kind: Kind,
    /// The last member that was read.
    member: Option<Place>,
    /// The Field of an object's keys, once it was asked for.
    keys: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Around the first level.
    Root,
    Array,
    Object,
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
    /// The innermost level.
    level: Level,
    /// Those around it.
    around: Vec<Level>,
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
        let (kind, member, keys) = (Kind::Root, None, None);
        Self {
            level: Level {
                place: root,
                kind,
                member,
                keys,
            },
            around: Vec::new(),
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
        self.level.kind == Kind::Root
    }

    /// Forgets everything but the root.
    pub(crate) fn reset(&mut self) {
        self.around.truncate(1);
        self.level = self.around.pop().unwrap_or(self.level);
        self.place = self.level.place;
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
        let (mut at, mut stops) = (0, Stops::new(bytes, *b"\"\\"));
        while let Some(byte) = bytes.get(at) {
            // Most tokens are strings.
            let next = match byte {
                b'"' => self.string(at, &mut stops, closed, sink),
                _ => self.token(bytes, at, closed, sink),
            };
            at = next.map_err(|fault| (at, fault))?;
        }
        Ok(())
    }

    /// Reads a token that is no string; says where it ends.
    #[inline(always)]
    fn token(
        &mut self,
        bytes: &[u8],
        at: usize,
        closed: bool,
        sink: &mut Sink<'_>,
    ) -> Result<usize, Fault> {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\r' | b'\n') => Ok(at + 1),
            Some(byte @ (b'{' | b'[')) => self.open(*byte == b'[', sink).map(|()| at + 1),
            Some(byte @ (b'}' | b']')) => self.close(*byte == b']').map(|()| at + 1),
            Some(byte @ (b',' | b':')) => self.separator(*byte).map(|()| at + 1),
            Some(b'-' | b'0'..=b'9') => self.number(bytes, at, closed, sink),
            Some(b't') => self.literal(bytes, at, closed, b"true"),
            Some(b'f') => self.literal(bytes, at, closed, b"false"),
            Some(b'n') => self.literal(bytes, at, closed, b"null"),
            _ => Err(Fault::Broken),
        }
    }

    /// The Field of the string that comes next, key or value.
    pub(crate) fn string_field(&mut self, names: &mut FieldNames) -> Result<u32, Fault> {
        match self.takes_key() {
            true => Ok(self.keys_field(names)),
            false if self.takes_value() => Ok(names.of_place(self.place, false)),
            false => Err(Fault::Broken),
        }
    }

    /// Says that the string that came next is over. A key too long to be held has no `raw`.
    pub(crate) fn string_done(&mut self, raw: &[u8], names: &mut FieldNames) {
        match self.takes_key() {
            true => self.key_done(raw, names),
            false => self.value_done(),
        }
    }

    /// Reads the string that begins at `at`, which is the next stop; says where it ends.
    #[inline(always)]
    fn string(
        &mut self,
        at: usize,
        stops: &mut StringStops<'_>,
        closed: bool,
        sink: &mut Sink<'_>,
    ) -> Result<usize, Fault> {
        stops.next();
        let start = at + 1;
        let Some((end, escaped)) = closing_quote(stops) else {
            return Err(match closed {
                true => Fault::Broken,
                false => Fault::Unfinished,
            });
        };
        if self.takes_key() {
            let field = self.keys_field(sink.names);
            sink.push(start, end, field, escaped);
            let raw = stops.view.get(start..end).unwrap_or_default();
            self.key_done(raw, sink.names);
            // What parts keys and values mostly follows at once: a guess that spares a token.
            if stops.view.get(end + 1) == Some(&b':') {
                self.expect = Expect::Value;
                return Ok(end + 2);
            }
        } else if self.takes_value() {
            let field = sink.names.of_place(self.place, false);
            sink.push(start, end, field, escaped);
            self.value_done();
            if stops.view.get(end + 1) == Some(&b',') && self.level.kind == Kind::Object {
                self.expect = Expect::Key;
                return Ok(end + 2);
            }
        } else {
            return Err(Fault::Broken);
        }
        Ok(end + 1)
    }

    #[inline(always)]
    fn keys_field(&mut self, names: &mut FieldNames) -> u32 {
        let place = self.level.place;
        let field = self
            .level
            .keys
            .get_or_insert_with(|| names.of_place(place, true));
        *field
    }

    #[inline(always)]
    fn key_done(&mut self, raw: &[u8], names: &mut FieldNames) {
        let (object, before) = (self.level.place, self.level.member);
        self.place = names.paths().member(object, before, raw);
        self.level.member = Some(self.place);
        self.expect = Expect::Colon;
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
        sink.push(at, at + length, field, false);
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
        if self.around.len() >= self.depth_max {
            return Err(Fault::TooDeep);
        }
        let (kind, expect) = match is_array {
            true => (Kind::Array, Expect::ValueOrEnd),
            false => (Kind::Object, Expect::KeyOrEnd),
        };
        if is_array {
            self.arrays += 1;
            self.place = sink.names.paths().element(self.place);
        } else if sink.counts_rows && self.begins_row() {
            sink.row += 1;
        }
        self.expect = expect;
        let (place, member, keys) = (self.place, None, None);
        self.around.push(self.level);
        self.level = Level {
            place,
            kind,
            member,
            keys,
        };
        Ok(())
    }

    fn begins_row(&self) -> bool {
        match self.level.kind {
            Kind::Root => true,
            Kind::Array => self.arrays == 1,
            Kind::Object => false,
        }
    }

    fn close(&mut self, is_array: bool) -> Result<(), Fault> {
        let (kind, empty) = match is_array {
            true => (Kind::Array, Expect::ValueOrEnd),
            false => (Kind::Object, Expect::KeyOrEnd),
        };
        let may_end = self.expect == Expect::CommaOrEnd || self.expect == empty;
        if self.level.kind != kind || !may_end {
            return Err(Fault::Broken);
        }
        self.level = self.around.pop().ok_or(Fault::Broken)?;
        self.arrays -= usize::from(is_array);
        self.place = self.level.place;
        self.value_done();
        Ok(())
    }

    #[inline(always)]
    fn separator(&mut self, byte: u8) -> Result<(), Fault> {
        self.expect = match (byte, self.expect, self.level.kind) {
            (b':', Expect::Colon, _) => Expect::Value,
            (b',', Expect::CommaOrEnd, Kind::Array) => Expect::Value,
            (b',', Expect::CommaOrEnd, _) => Expect::Key,
            _ => return Err(Fault::Broken),
        };
        Ok(())
    }

    #[inline(always)]
    fn takes_key(&self) -> bool {
        matches!(self.expect, Expect::Key | Expect::KeyOrEnd)
    }

    #[inline(always)]
    fn takes_value(&self) -> bool {
        match self.expect {
            Expect::Value | Expect::ValueOrEnd => true,
            Expect::Nothing => self.many,
            _ => false,
        }
    }

    fn value_done(&mut self) {
        self.expect = match self.level.kind {
            Kind::Root => Expect::Nothing,
            Kind::Array | Kind::Object => Expect::CommaOrEnd,
        };
    }
}

impl Sink<'_> {
    #[inline(always)]
    fn push(&mut self, start: usize, end: usize, field: u32, escaped: bool) {
        if escaped {
            self.escaped.push(self.segments.len());
        }
        if end > start {
            // A Chunk is far below 4 GiB.
            self.segments.push(Segment {
                start: self.base + start as u32,
                end: self.base + end as u32,
                field,
                row: self.row,
                lead: 0,
                trail: 0,
                whole_value: true,
            });
        }
    }
}

/// Where strings may end: quotes and backslashes.
type StringStops<'a> = Stops<'a, 2>;

/// The quote that closes the string whose opening one was the last stop, and whether the string
/// holds escapes.
#[inline(always)]
fn closing_quote(stops: &mut StringStops<'_>) -> Option<(usize, bool)> {
    let stop = stops.next()?;
    match stops.view.get(stop) {
        Some(b'"') => Some((stop, false)),
        _ => Some((closing_quote_behind(stops, stop)?, true)),
    }
}

/// The same behind a backslash.
#[inline(never)]
fn closing_quote_behind(stops: &mut StringStops<'_>, backslash: usize) -> Option<usize> {
    let mut stop = backslash;
    loop {
        let rest = stops.view.get(stop..)?;
        if rest.first() == Some(&b'"') {
            return Some(stop);
        }
        let from = stop + escape::length(rest)?;
        // A stop before that is a character of the escape.
        while stop < from {
            stop = stops.next()?;
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
