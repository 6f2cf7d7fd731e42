//! Where a text may write a value in another way: a few bytes, found 64 at a time.
//!
//! What a byte mask finds is looked at once more, with its neighbours: most `=`, `(` and dashes
//! have nothing to do with a value, and plain reading knows dashes and blanks by itself.

use super::base64::run_end;
use super::characters::{Folded, fold};
use super::{RESYNC_BYTES, entity::ENTITY_BYTES_MAX};
use crate::spelling::{char_at, char_before};
use wide::u8x16;

const BLOCK_BYTES: usize = 64;
const LANE_BYTES: usize = 16;
/// Fewer characters in a row are no base64 that holds a value.
const BASE64_CHARS_MIN: usize = 15;

/// What a text may write a value in.
pub(super) enum Signal {
    /// A byte that matters, by its offset.
    Byte(usize),
    /// A run of base64 that may hold text.
    Base64(std::ops::Range<usize>),
}

/// Calls `visit` with every signal; those of one kind come in ascending order.
pub(super) fn each(bytes: &[u8], mut visit: impl FnMut(Signal)) {
    let (mut dense_before, mut done) = (0, 0);
    each_block(bytes, |block, base| {
        let (any, dense) = glance(block);
        let mut left = if any { signals(block) } else { 0 };
        while left != 0 {
            let at = base + left.trailing_zeros() as usize;
            left &= left - 1;
            if matters(bytes, at) {
                visit(Signal::Byte(at));
            }
        }
        if has_run(dense_before, dense) {
            each_text_run(bytes, block, base, |at| {
                if at >= done {
                    done = run_end(bytes, at);
                    visit(Signal::Base64(at..done));
                }
            });
        }
        dense_before = dense;
    });
}

/// Whole blocks, the last one filled up with NULs, and one of NULs so that every run ends.
fn each_block(bytes: &[u8], mut visit: impl FnMut(&[u8; BLOCK_BYTES], usize)) {
    let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
    let mut base = 0;
    for block in blocks {
        visit(block, base);
        base += BLOCK_BYTES;
    }
    let mut last = [0; BLOCK_BYTES];
    if let Some(room) = last.get_mut(..rest.len()) {
        room.copy_from_slice(rest);
    }
    visit(&last, base);
    visit(&[0; BLOCK_BYTES], base + BLOCK_BYTES);
}

#[inline(always)]
fn lanes(block: &[u8; BLOCK_BYTES]) -> [u8x16; 4] {
    let (lanes, _) = block.as_chunks::<LANE_BYTES>();
    let lane = |index: usize| u8x16::new(lanes.get(index).copied().unwrap_or_default());
    [lane(0), lane(1), lane(2), lane(3)]
}

#[inline(always)]
fn mask(lanes: [u8x16; 4]) -> u64 {
    let [a, b, c, d] = lanes.map(|lane| u64::from(lane.to_bitmask()));
    a | (b << 16) | (c << 32) | (d << 48)
}

/// Whether each byte lies from `first` to `last`.
#[inline(always)]
fn within(lane: u8x16, first: u8, last: u8) -> u8x16 {
    let place = lane - u8x16::splat(first);
    place.min(u8x16::splat(last - first)).simd_eq(place)
}

/// Whether each byte is `least` or more.
#[inline(always)]
fn at_least(lane: u8x16, least: u8) -> u8x16 {
    lane.max(u8x16::splat(least)).simd_eq(lane)
}

/// The first bytes of characters outside ASCII, except of `å` and its neighbours.
#[inline(always)]
fn leads(lane: u8x16) -> u8x16 {
    at_least(lane, 0xc4) | lane.simd_eq(u8x16::splat(0xc2))
}

/// Whether there is a signal, or one of their neighbours `' ) * ; ] | }`; and the bytes that are
/// neither blanks, quotes nor other low signs. This is all that most bytes of plain text cost.
#[inline(always)]
fn glance(block: &[u8; BLOCK_BYTES]) -> (bool, u64) {
    let lanes = lanes(block);
    let [a, b, c, d] = lanes.map(|lane| {
        within(lane, b'%', b'+') | within(lane | u8x16::splat(0x60), b'{', b'}') | leads(lane)
    });
    let any = ((a | b) | (c | d)).to_bitmask() != 0;
    (any, mask(lanes.map(|lane| at_least(lane, b'+'))))
}

/// The bytes `% & ( + < = [ \ {`, and the first bytes of characters outside ASCII except `å` and
/// its neighbours.
fn signals(block: &[u8; BLOCK_BYTES]) -> u64 {
    mask(lanes(block).map(|lane| {
        let brackets = within(lane | u8x16::splat(0x20), b'{', b'|');
        let percent = within(lane, b'%', b'(');
        let tags = within(lane, b'<', b'=');
        let plus = lane.simd_eq(u8x16::splat(b'+'));
        (brackets | percent) | (tags | plus) | leads(lane)
    }))
}

/// Whether a run of the shortest length lies in a block, or reaches into it from the one before.
#[inline(always)]
fn has_run(before: u64, here: u64) -> bool {
    let across = before.leading_ones() + here.trailing_ones();
    let two = here & here >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    eight & eight >> (BASE64_CHARS_MIN - 8) != 0 || across >= BASE64_CHARS_MIN as u32
}

/// Calls `visit` with where, in the block at `base` and the one before it, a run of base64 begins
/// whose quanta may be text: the first character of each stands for a byte from blank to `~`.
fn each_text_run(
    bytes: &[u8],
    block: &[u8; BLOCK_BYTES],
    base: usize,
    mut visit: impl FnMut(usize),
) {
    let before = base.checked_sub(BLOCK_BYTES);
    let before = before.and_then(|from| bytes.get(from..)?.first_chunk());
    let before = before.unwrap_or(&[0; BLOCK_BYTES]);
    let both = |of: fn(u8x16) -> u8x16| {
        let (before, here) = (mask(lanes(before).map(of)), mask(lanes(block).map(of)));
        u128::from(before) | u128::from(here) << BLOCK_BYTES
    };
    let chars = both(|lane| {
        let letters = within(lane | u8x16::splat(0x20), b'a', b'z');
        let digits = within(lane, b'/', b'9') | lane.simd_eq(u8x16::splat(b'+'));
        letters | digits | lane.simd_eq(u8x16::splat(b'-')) | lane.simd_eq(u8x16::splat(b'_'))
    });
    let heads = both(|lane| within(lane, b'I', b'Z') | within(lane, b'a', b'f'));
    let two = chars & chars >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    let long = eight & eight >> (BASE64_CHARS_MIN - 8);
    let mut left = long & heads & heads >> 4 & heads >> 8 & heads >> 12;
    while left != 0 {
        let at = (base + left.trailing_zeros() as usize).checked_sub(BLOCK_BYTES);
        left &= left - 1;
        at.into_iter().for_each(&mut visit);
    }
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
        b'(' | b'[' | b'{' => word(rest),
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

fn reference(rest: &[u8]) -> bool {
    let begins = rest
        .first()
        .is_some_and(|byte| *byte == b'#' || byte.is_ascii_alphabetic());
    let near = rest
        .get(..ENTITY_BYTES_MAX.min(rest.len()))
        .unwrap_or_default();
    begins && near.contains(&b';')
}

/// `=2D`, `=40`, a soft line break; two digits only where they are no value of a key.
fn quoted_printable(before: &[u8], rest: &[u8]) -> bool {
    match rest {
        [b'\n', ..] | [b'\r', b'\n', ..] | [b'4', b'0', b'A'..=b'Z' | b'a'..=b'z', ..] => true,
        [b'0'..=b'9', b'0'..=b'9', ..] => before
            .last_chunk::<4>()
            .is_some_and(|bytes| bytes.iter().all(u8::is_ascii_digit)),
        [b'0'..=b'9' | b'A'..=b'F', b'0'..=b'9' | b'A'..=b'F', ..] => true,
        _ => false,
    }
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

/// A tag that touches something on either side, or a number on one.
fn tag(before: Option<&u8>, rest: &[u8]) -> bool {
    let opens = rest
        .first()
        .is_some_and(|byte| matches!(byte, b'/' | b'!') || byte.is_ascii_alphabetic());
    let touches = |byte: &u8| is_value(*byte) || matches!(byte, b'>' | b';' | b'<' | b'&');
    let Some(before) = before.filter(|byte| opens && (touches(byte) || **byte == b' ')) else {
        return false;
    };
    let near = rest.get(..RESYNC_BYTES.min(rest.len())).unwrap_or_default();
    let end = near.iter().position(|byte| matches!(byte, b'>' | b'<'));
    let Some(end) = end.filter(|end| near.get(*end) == Some(&b'>')) else {
        return false;
    };
    rest.get(end + 1)
        .is_some_and(|after| match (before, after) {
            (b' ', after) => after.is_ascii_digit(),
            (before, b' ' | b'\r' | b'\n') => before.is_ascii_digit() || *before == b'-',
            (_, after) => touches(after),
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

    fn check(text: &str, expected: &[usize]) {
        for shift in [0, 1, 40, 63, 64] {
            let (shifted, mut found) = (" ".repeat(shift) + text, Vec::new());
            each(shifted.as_bytes(), |signal| {
                if let Signal::Byte(at) = signal {
                    found.push(at - shift);
                }
            });
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
        check(
            "ny kund 811228-9874, 070-174 06 05; anna@example.com 192.0.2.1",
            &[],
        );
    }

    #[test]
    fn long_runs_that_may_be_text_are_found() {
        let check = |text: &str, expected: &[&str]| {
            for shift in [0, 1, 40, 56, 63, 64] {
                let (shifted, mut found) = (" ".repeat(shift) + text, Vec::new());
                each(shifted.as_bytes(), |signal| {
                    if let Signal::Base64(run) = signal {
                        found.push(shifted[run].to_owned());
                    }
                });
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
