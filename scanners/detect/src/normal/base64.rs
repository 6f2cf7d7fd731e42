//! Text in base64, RFC 4648's two alphabets, also in lines.
//!
//! Where a run begins is not known in general (a path or a name may lead up to it, or the text was
//! cut), so all four ways to cut it into quanta are tried; the wrong ones decode to noise at once.

use super::normaliser::Normal;
use std::ops::Range;

/// Fewer quanta that decode to text hold no value.
const QUANTA_MIN: usize = 3;
/// A line end inside base64 follows at least this many of its characters.
const LINE_CHARS_MIN: usize = 16;
/// Fewer characters than that hold no value.
const RUN_CHARS_MIN: usize = 15;
const NONE: u8 = 0xff;
/// The first character of four that stand for text: the first byte is one from blank to `~`.
const HEADS: Range<u8> = b' ' / 4..0x80 / 4;

/// The characters of a run: offset and value.
#[derive(Default)]
pub(super) struct Room {
    at: Vec<u32>,
    value: Vec<u8>,
}

/// Calls `visit` with each stretch of `run` that decodes to text, normalised.
pub(super) fn each_stretch(
    run: &[u8],
    room: &mut Room,
    normal: &mut Normal,
    visit: &mut dyn FnMut(&mut Normal),
) {
    room.at.clear();
    room.value.clear();
    for (at, byte) in run.iter().enumerate() {
        let value = value(*byte);
        if value != NONE {
            room.at.push(at as u32);
            room.value.push(value);
        }
    }
    for phase in 0..4 {
        let mut from = phase;
        while let Some(quanta) = room.value.get(from..) {
            let (quanta, _) = quanta.as_chunks::<4>();
            let texts = quanta.iter().take_while(|quantum| is_text(quantum)).count();
            if texts >= QUANTA_MIN {
                read(run, room, from, texts, normal);
                visit(normal);
            }
            from += 4 * (texts + 1);
        }
    }
}

/// Decodes `count` quanta from the character `from` on, and the short one that ends the run.
fn read(run: &[u8], room: &Room, from: usize, count: usize, normal: &mut Normal) {
    normal.clear();
    let place = |index: usize| room.at.get(index).map_or(run.len(), |at| *at as usize);
    let last = from + 4 * count;
    for first in (from..last).step_by(4) {
        let (start, end) = (place(first), place(first + 3) + 1);
        for byte in bytes(room.value.get(first..first + 4).unwrap_or_default()) {
            normal.push(byte, start, end - start);
        }
    }
    let rest = room.value.get(last..).unwrap_or_default();
    if matches!(rest.len(), 2 | 3) {
        let start = place(last);
        let [a, b, _] = bytes(rest);
        let short = if rest.len() == 2 { 1 } else { 2 };
        let padding = run
            .get(place(last + rest.len() - 1) + 1..)
            .unwrap_or_default();
        let padding = padding.iter().take_while(|byte| **byte == b'=').count();
        let length = place(last + rest.len() - 1) + 1 + padding - start;
        for byte in [a, b]
            .into_iter()
            .take(short)
            .take_while(|byte| is_text_byte(*byte))
        {
            normal.push(byte, start, length);
        }
    }
}

/// Whether characters begin at `at` whose quanta may be text.
pub(super) fn begins(bytes: &[u8], at: usize) -> bool {
    let run = bytes
        .get(at..)
        .and_then(<[u8]>::first_chunk::<RUN_CHARS_MIN>);
    run.is_some_and(|run| {
        let chars = run.iter().all(|byte| value(*byte) != NONE);
        let heads = run
            .iter()
            .step_by(4)
            .all(|byte| HEADS.contains(&value(*byte)));
        chars && heads
    })
}

/// The run of base64 that begins at `start`, its line ends and padding included.
pub(super) fn run_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut chars = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let here = rest.iter().take_while(|byte| value(**byte) != NONE).count();
        (at, chars) = (at + here, chars + here);
        let rest = bytes.get(at..).unwrap_or_default();
        let line_end = match rest {
            [b'\r', b'\n', next, ..] if value(*next) != NONE => 2,
            [b'\n', next, ..] if value(*next) != NONE => 1,
            _ => 0,
        };
        if line_end == 0 || chars < LINE_CHARS_MIN {
            let padding = rest
                .iter()
                .take(2)
                .take_while(|byte| **byte == b'=')
                .count();
            return at + padding;
        }
        (at, chars) = (at + line_end, 0);
    }
}

/// The value of a character of either alphabet, or [`NONE`].
fn value(byte: u8) -> u8 {
    VALUES[usize::from(byte)]
}

static VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut byte = 0;
    while byte < 256 {
        let index = byte as u8;
        values[byte] = match index {
            b'A'..=b'Z' => index - b'A',
            b'a'..=b'z' => index - b'a' + 26,
            b'0'..=b'9' => index - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => NONE,
        };
        byte += 1;
    }
    values
};

fn bytes(quantum: &[u8]) -> [u8; 3] {
    let all = quantum
        .iter()
        .fold(0, |all: u32, value| all << 6 | u32::from(*value));
    let missing = 4_usize.saturating_sub(quantum.len());
    let [_, a, b, c] = (all << (6 * missing)).to_be_bytes();
    [a, b, c]
}

fn is_text(quantum: &[u8; 4]) -> bool {
    bytes(quantum).into_iter().all(is_text_byte)
}

fn is_text_byte(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}
