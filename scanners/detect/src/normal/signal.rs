//! Where a text may write a value in another way: a few of the bytes that `finder` shows.
//!
//! What its masks find is looked at once more, with its neighbours: most `=`, `(` and dashes
//! have nothing to do with a value, and plain reading knows dashes and blanks by itself.

use super::base64::{begins, run_end};
use super::characters::{Folded, fold};
use super::entity::{self, ENTITY_BYTES_MAX};
use super::{RESYNC_BYTES, words};
use crate::finder::Anchors;
use crate::places::Places;
use crate::spelling::{char_at, char_before};
use hemvist_model::Text;
use std::ops::Range;

/// Bytes of a run that are looked at together.
const HEX_BYTES: usize = 32;

/// Where a Text may write a value in another way. Offsets are the Text's.
#[derive(Default)]
pub(crate) struct Signals {
    /// Bytes that matter.
    pub(super) bytes: Vec<usize>,
    /// Runs of base64 that may hold text.
    pub(super) runs: Vec<Range<usize>>,
}

impl Signals {
    /// Looks at what is odd in the Segments of a Text, each for itself. A run of base64 ends with its
    /// Segment: where the lines of a column are such runs, they are no lines of one.
    pub(crate) fn look(&mut self, text: Text<'_>, anchors: &Anchors) {
        self.bytes.clear();
        self.runs.clear();
        each_in_segment(text, &anchors.odd, |bytes, start, at| {
            if matters(bytes, at) {
                self.bytes.push(start + at);
            }
        });
        // Each run is read once, whether it may hold text or not.
        let mut passed = 0;
        each_in_segment(text, &anchors.base64, |bytes, start, at| {
            if start + at < passed || !begins(bytes, at) {
                return;
            }
            let end = run_end(bytes, at);
            passed = start + end;
            if !bytes.get(at..end).is_some_and(is_hex) {
                self.runs.push(start + at..passed);
            }
        });
    }
}

/// Calls `visit` with the bytes of the Segment that holds a place, where it begins in the Text, and
/// the place's offset in it.
#[inline(always)]
fn each_in_segment(text: Text<'_>, places: &Places, mut visit: impl FnMut(&[u8], usize, usize)) {
    let mut segments = text.segments.iter().peekable();
    for at in places.as_slice() {
        while segments.next_if(|segment| segment.end <= *at).is_some() {}
        let own = segments.peek().filter(|segment| segment.start <= *at);
        let own = own.map(|segment| (segment.start as usize, segment.end as usize));
        if let Some((start, end)) = own
            && let Some(bytes) = text.bytes.get(start..end)
        {
            visit(bytes, start, *at as usize - start);
        }
    }
}

/// Whether it is hex digits and dashes alone: a hash or a UUID. In base64 every digit and every
/// letter up to `g` that begins three bytes of text is written with a capital.
fn is_hex(run: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_digit() | (b'a'..=b'f').contains(byte) | (*byte == b'-');
    // Without a branch for each byte several are looked at together.
    let all = |bytes: &[u8]| bytes.iter().fold(true, |all, byte| all & fits(byte));
    run.chunks(HEX_BYTES).all(all)
}

/// Whether the byte at `at` begins something that may write a value, or its neighbourhood, in
/// another way.
fn matters(bytes: &[u8], at: usize) -> bool {
    let Some([first, rest @ ..]) = bytes.get(at..) else {
        return false;
    };
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    match first {
        b'&' => reference(rest),
        b'%' => matches!(rest, [b'u' | b'U', a, ..] if a.is_ascii_hexdigit()) || hex(rest),
        b'=' => quoted_printable(bytes.get(..at).unwrap_or_default(), rest),
        b'\\' => backslash(before, rest),
        b'<' => tag(before, rest),
        b'(' | b'[' | b'{' => word(rest) && words::may_be(rest),
        b'+' => {
            before.is_some_and(u8::is_ascii_alphanumeric)
                && rest.first().is_some_and(u8::is_ascii_digit)
        }
        0x80.. => character(bytes, at),
        _ => false,
    }
}

fn hex(rest: &[u8]) -> bool {
    matches!(rest, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

/// `&ndash;` and `&#45;`, and what may become such a reference; not `&mut x;`.
fn reference(rest: &[u8]) -> bool {
    let begins = rest
        .first()
        .is_some_and(|byte| *byte == b'#' || byte.is_ascii_alphabetic());
    let near = rest
        .get(..ENTITY_BYTES_MAX.min(rest.len()))
        .unwrap_or_default();
    let end = near.iter().position(|byte| *byte == b';');
    let name = end.filter(|_| begins).and_then(|end| near.get(..end));
    name.is_some_and(|name| entity::character(name).is_some() || is_escaped(name))
}

/// Whether an escape may stand in it.
fn is_escaped(bytes: &[u8]) -> bool {
    let sign = |byte: &u8| matches!(byte, b'%' | b'=' | b'\\' | b'&' | b'<' | 0x80..);
    bytes.iter().any(sign)
}

/// `=2D`, `=40`, a soft line break; two digits only where they are no value of a key.
fn quoted_printable(before: &[u8], rest: &[u8]) -> bool {
    match rest {
        [b'4', b'0', b'A'..=b'Z' | b'a'..=b'z', ..] => true,
        [b'0'..=b'9', b'0'..=b'9', ..] => {
            let digits = |bytes: &[u8; 4]| bytes.iter().all(u8::is_ascii_digit);
            before.last().is_some_and(u8::is_ascii_digit) && before.last_chunk().is_some_and(digits)
        }
        [b'0'..=b'9' | b'A'..=b'F', b'0'..=b'9' | b'A'..=b'F', ..] => true,
        [b'\n', next @ ..] | [b'\r', b'\n', next @ ..] => {
            !parts(next) || matches!(before.last(), Some(b'\r' | b'\n'))
        }
        _ => false,
    }
}

/// Whether a line begins with more blanks than a value has in a row: `let x =` and what is indented
/// below it.
fn parts(line: &[u8]) -> bool {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    let (blanks, rest) = line.split_at(blanks.count());
    (blanks.len() > 1 || blanks.contains(&b'\t')) && !matches!(rest, [] | [b'\r' | b'\n', ..])
}

fn backslash(before: Option<&u8>, rest: &[u8]) -> bool {
    match rest {
        [b'u' | b'x', next, ..] => next.is_ascii_hexdigit() || *next == b'{',
        [b'n' | b't' | b'r', next, ..] => is_value(*next),
        // `\"` ends a value and `\/` stands in paths: neither changes what plain reading sees.
        [b'"' | b'\'' | b'\\', ..] => false,
        [sign, next, ..] if sign.is_ascii_punctuation() => {
            before.is_some_and(|byte| is_value(*byte)) && is_value(*next)
        }
        _ => false,
    }
}

/// Whether the name of an element may stand behind a `<`, or a comment: not in `Vec<u8, A>`.
fn is_named(rest: &[u8]) -> bool {
    let element = rest.strip_prefix(b"/").unwrap_or(rest);
    let letters = element
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric());
    let behind = element.get(letters.count());
    let ends = |byte: &u8| matches!(byte, b'>' | b'/' | b'!' | b' ' | b'\t' | b'\r' | b'\n');
    behind.is_some_and(|byte| ends(byte) || is_escaped(&[*byte]))
}

/// A tag that touches something on either side, or a number on one.
fn tag(before: Option<&u8>, rest: &[u8]) -> bool {
    let opens = rest
        .first()
        .is_some_and(|byte| matches!(byte, b'/' | b'!') || byte.is_ascii_alphabetic());
    // Another tag or an entity may end right before it and begin right behind it.
    let ends = |byte: &u8| is_value(*byte) || matches!(byte, b'>' | b';');
    let begins = |byte: &u8| is_value(*byte) || matches!(byte, b'<' | b'&');
    let Some(before) = before.filter(|byte| opens && (ends(byte) || **byte == b' ')) else {
        return false;
    };
    if !is_named(rest) {
        return false;
    }
    let near = rest.get(..RESYNC_BYTES.min(rest.len())).unwrap_or_default();
    let end = near.iter().position(|byte| matches!(byte, b'>' | b'<'));
    let Some(end) = end.filter(|end| near.get(*end) == Some(&b'>')) else {
        return false;
    };
    rest.get(end + 1)
        .is_some_and(|after| match (before, after) {
            (b' ', after) => after.is_ascii_digit(),
            (before, b' ' | b'\r' | b'\n') => before.is_ascii_digit() || *before == b'-',
            (_, after) => begins(after),
        })
}

/// The beginning of a word for a sign: `(at)`, `[ dot ]`, `[.]`.
fn word(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    match rest {
        [b'.' | b'@' | b':', b']' | b')' | b'}' | b' ', ..] => true,
        [a, b, ..] => {
            let start = [a.to_ascii_lowercase(), b.to_ascii_lowercase()];
            matches!(&start, b"at" | b"do" | b"pu" | b"sn")
        }
        _ => false,
    }
}

/// Characters that stand for others, where they touch what a value is made of.
fn character(bytes: &[u8], at: usize) -> bool {
    let Some((char, length)) = char_at(bytes, at) else {
        return false;
    };
    let near = |byte: Option<&u8>| byte.is_some_and(|byte| is_value(*byte) || !byte.is_ascii());
    let before = near(at.checked_sub(1).and_then(|at| bytes.get(at)));
    let after = near(bytes.get(at + length));
    let twice =
        || char_before(bytes, at).is_some_and(|(char, _)| matches!(char, '\u{c2}'..='\u{f4}'));
    match (fold(char), char) {
        // Plain reading knows blanks.
        (Folded::As(b' ') | Folded::Same, _) => before && twice(),
        (Folded::As(b'-'), _) => before && after,
        _ => before || after,
    }
}

/// Whether a value may hold that byte, other than between its groups.
fn is_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'@' | b'.' | b'+' | b'_' | b'%' | b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finder::search;
    use crate::segments::number;
    use hemvist_model::Segment;
    use proptest::prelude::*;

    fn signals(text: &str) -> Signals {
        signals_in(text, &[(0, text.len())])
    }

    fn signals_in(text: &str, segments: &[(usize, usize)]) -> Signals {
        let (mut signals, mut anchors) = (Signals::default(), Anchors::default());
        let segments: Vec<Segment> = segments
            .iter()
            .map(|(start, end)| Segment {
                start: number(*start),
                end: number(*end),
                field: 0,
                row: 0,
                lead: 0,
                trail: 0,
                whole_value: false,
            })
            .collect();
        let text = Text {
            bytes: text.as_bytes(),
            segments: &segments,
            fields: &[],
        };
        search(text.bytes, &mut anchors);
        signals.look(text, &anchors);
        signals
    }

    fn check(text: &str, expected: &[usize]) {
        for shift in [0, 1, 40, 63, 64] {
            let found = signals(&(" ".repeat(shift) + text)).bytes;
            let found: Vec<usize> = found.iter().map(|at| at - shift).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn signals_are_what_may_write_a_value_in_another_way() {
        check("811228&#45;9874", &[6]);
        check("811228%2D9874 100% av", &[6]);
        check("811228=2D9874 a=b id=x n=200 811228=209874", &[6, 35]);
        check("811228\\u002d9874 \\\"a\\\"", &[6]);
        check("811228-<b>9874</b> <p> och</b> <p>", &[7, 14]);
        check("anna(at)example.com (se nedan)", &[4]);
        check("８1 – “a” å", &[0]);
        check("anna\u{ad}berg och \u{ad}", &[4]);
        check("mellan\u{2013}tal a - b", &[6]);
        check("BjÃ¶rn", &[4]);
        check("&mut x; &lt; &a%6dp; &amp;#45;", &[8, 13, 15, 21]);
        check("let x =\n    y =\n1 z=\r\n\t7 u =\n \n", &[14, 27]);
        check("Vec<u8, A>b<br/>c</b>d<i&#62;>", &[11, 17, 24]);
        check(
            "fn(at, do) x(DOT)y ( snabel-a ) (data) (at&#41; (at\n)",
            &[12, 19, 39, 42, 48],
        );
        check(
            "ny kund 811228-9874, 070-174 06 05; anna@example.com 192.0.2.1",
            &[],
        );
    }

    proptest! {
        #[test]
        fn what_matters_is_never_passed_by(bytes in "[-=%&<>(\\[{+#!/@:.;,\\\\40-9A-Fadnpsux \r\n]{0,80}") {
            let matter: Vec<usize> = (0..bytes.len())
                .filter(|at| matters(bytes.as_bytes(), *at))
                .collect();
            prop_assert_eq!(signals(&bytes).bytes, matter);
        }
    }

    #[test]
    fn what_stands_beside_a_segment_says_nothing_of_it() {
        let text = "x=\n811228&#45;9874 a\\-9";
        assert_eq!(signals_in(text, &[(0, 2), (3, 18), (20, 23)]).bytes, [9]);
        assert_eq!(signals(text).bytes, [1, 9, 20]);
    }

    #[test]
    fn a_run_belongs_to_one_segment() {
        let text = "YW5uYUBleGFtcGxlLmNvbQ\nYW5uYUBleGFtcGxlLmNvbQ";
        let runs = |segments: &[(usize, usize)]| {
            let runs = signals_in(text, segments).runs;
            runs.iter()
                .map(|run| (run.start, run.end))
                .collect::<Vec<_>>()
        };
        assert_eq!(runs(&[(0, 45)]), [(0, 45)]);
        assert_eq!(runs(&[(0, 22), (23, 45)]), [(0, 22), (23, 45)]);
        assert_eq!(runs(&[(23, 45)]), [(23, 45)]);
        assert!(runs(&[(0, 14), (40, 45)]).is_empty());
    }

    #[test]
    fn long_runs_that_may_be_text_are_found() {
        let check = |text: &str, expected: &[&str]| {
            for shift in [0, 1, 40, 56, 63, 64] {
                let shifted = " ".repeat(shift) + text;
                let runs = signals(&shifted).runs;
                let found: Vec<&str> = runs.iter().map(|run| &shifted[run.clone()]).collect();
                assert_eq!(found, expected, "{text}");
            }
        };
        check("YW5uYUBleGFtcGxlLmNvbQ==", &["YW5uYUBleGFtcGxlLmNvbQ=="]);
        check("ODExMjI4LTk4NzQ=", &["ODExMjI4LTk4NzQ="]);
        check("personuppgiftsbehandling", &[]);
        check("9f86d081884c7d659a2feaa0c55ad015", &[]);
        check(
            "YW5uYUBleGFtcGxl\r\nLmNvbQ== x",
            &["YW5uYUBleGFtcGxl\r\nLmNvbQ=="],
        );
    }
}
