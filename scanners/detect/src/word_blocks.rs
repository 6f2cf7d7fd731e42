//! Where names and addresses may lie: signs of words, 64 bytes at a time.
//!
//! A capital is no signal: every sentence has some. Two words in a row with one, a number behind a
//! word, a capital behind a label are, and rare enough to be looked at one by one.
//!
//! Words are told apart roughly, by bytes: whoever looks reads the characters.

use crate::blocks::BLOCK_BYTES;
use wide::u8x16;

const LANE_BYTES: usize = 16;
/// The first byte of `Å`, `Ä`, `Ö` and `É`.
const LATIN: u8 = 0xc3;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A word with a capital, a blank and a word with a capital: the first word's ends.
    Pair(usize, usize),
    /// The same with a comma before the blank: `Berg, Anna`.
    Turned(usize, usize),
    /// A word with a capital that stands up to three bytes behind `:` or `=`.
    Labelled(usize),
    /// A digit behind a letter and a blank: `gatan 9`.
    Numbered(usize),
    /// A capital behind a digit and a blank: `524 32 Herrljunga`.
    Town(usize),
}

/// One bit per byte of a block, lowest first.
#[derive(Clone, Copy, Default)]
struct Kinds {
    upper: u64,
    small: u64,
    /// What goes on a word: lower case, all outside ASCII, and dashes.
    lower: u64,
    dash: u64,
    digit: u64,
    blank: u64,
    comma: u64,
    label: u64,
}

/// Calls `visit` with every sign. Those of one kind come in order, all of a block before those of
/// the next.
pub(crate) fn each_sign(bytes: &[u8], mut visit: impl FnMut(Sign)) {
    let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
    let mut last = [0; BLOCK_BYTES];
    if let Some(room) = last.get_mut(..rest.len()) {
        room.copy_from_slice(rest);
    }
    let all = blocks.iter().chain([&last]);
    let following = all.skip(1).chain([&[0; BLOCK_BYTES]]);
    let mut before = Kinds::default();
    let mut here = Kinds::of(blocks.first().unwrap_or(&last));
    for (index, block) in following.enumerate() {
        let after = Kinds::of(block);
        if here.upper != 0 || here.digit != 0 {
            visit_block(&before, &here, &after, index * BLOCK_BYTES, &mut visit);
        }
        (before, here) = (here, after);
    }
}

impl Kinds {
    #[inline(always)]
    fn of(block: &[u8; BLOCK_BYTES]) -> Self {
        let (lanes, _) = block.as_chunks::<LANE_BYTES>();
        let mut kinds = Self::default();
        for (index, lane) in lanes.iter().enumerate() {
            let (lane, shift) = (u8x16::new(*lane), index * LANE_BYTES);
            let bits = |lane: u8x16| u64::from(lane.to_bitmask()) << shift;
            kinds.upper |= bits(within(lane, b'A', b'Z') | is(lane, LATIN));
            let wide = lane.max(u8x16::splat(0x80)).simd_eq(lane);
            kinds.small |= bits(within(lane, b'a', b'z'));
            kinds.lower |= bits(wide);
            kinds.dash |= bits(is(lane, b'-'));
            kinds.digit |= bits(within(lane, b'0', b'9'));
            kinds.blank |= bits(is(lane, b' '));
            kinds.comma |= bits(is(lane, b','));
            kinds.label |= bits(is(lane, b':') | is(lane, b'='));
        }
        kinds.lower |= kinds.small | kinds.dash;
        kinds
    }
}

#[inline(always)]
fn within(lane: u8x16, first: u8, last: u8) -> u8x16 {
    let place = lane - u8x16::splat(first);
    place.min(u8x16::splat(last - first)).simd_eq(place)
}

#[inline(always)]
fn is(lane: u8x16, byte: u8) -> u8x16 {
    lane.simd_eq(u8x16::splat(byte))
}

/// The mask moved so many bytes on, with what comes from the block before.
#[inline(always)]
fn moved(here: u64, before: u64, bytes: u32) -> u64 {
    here << bytes | before >> (u64::BITS - bytes)
}

#[inline(always)]
fn visit_block(
    before: &Kinds,
    here: &Kinds,
    after: &Kinds,
    base: usize,
    visit: &mut impl FnMut(Sign),
) {
    let blank = moved(here.blank, before.blank, 1);
    let word = here.upper | here.lower;
    let word_before = before.upper | before.lower;
    let numbered = here.digit & blank & moved(word, word_before, 2);
    let town = here.upper & blank & moved(here.digit, before.digit, 2);
    let glue = |kinds: &Kinds| kinds.upper | kinds.small | kinds.digit;
    let glued = moved(glue(here), glue(before), 1);
    let dashed = moved(here.dash, before.dash, 1) & moved(glue(here), glue(before), 2);
    let starts = here.upper & !glued & !dashed;
    let near = moved(here.label, before.label, 1)
        | moved(here.label, before.label, 2)
        | moved(here.label, before.label, 3);
    each_bit(numbered, |bit| visit(Sign::Numbered(base + bit)));
    each_bit(town, |bit| visit(Sign::Town(base + bit)));
    each_bit(starts & near, |bit| visit(Sign::Labelled(base + bit)));
    if starts != 0 {
        visit_pairs(starts, here, after, base, visit);
    }
}

/// Words that begin in a block with a capital, and what follows them.
#[inline(always)]
fn visit_pairs(
    starts: u64,
    here: &Kinds,
    after: &Kinds,
    base: usize,
    visit: &mut impl FnMut(Sign),
) {
    let wide = |here: u64, after: u64| u128::from(here) | u128::from(after) << 64;
    let upper = wide(here.upper, after.upper);
    let lower = wide(here.lower, after.lower);
    // `Anna-Karin`: a capital within a word goes on it.
    let lower = lower | (upper & lower << 1);
    let second = u128::from(starts) << 1 & lower;
    // Adding a bit to a run of bits moves it behind the run.
    let ends = lower.wrapping_add(second) & !lower;
    let blank = wide(here.blank, after.blank);
    let pairs = ends & blank & upper >> 1;
    let turned = ends & wide(here.comma, after.comma) & blank >> 1 & upper >> 2;
    let mut left = pairs | turned;
    while left != 0 {
        let end = left.trailing_zeros();
        left &= left - 1;
        // The last beginning before the end: words do not overlap.
        let known = u128::from(starts) & ((1 << end) - 1);
        let start = base + (u128::BITS - 1).saturating_sub(known.leading_zeros()) as usize;
        let end_at = base + end as usize;
        visit(match pairs >> end & 1 {
            1 => Sign::Pair(start, end_at),
            _ => Sign::Turned(start, end_at),
        });
    }
}

#[inline(always)]
fn each_bit(mut mask: u64, mut visit: impl FnMut(usize)) {
    while mask != 0 {
        visit(mask.trailing_zeros() as usize);
        mask &= mask - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(text: &str) -> Vec<Sign> {
        let mut signs = Vec::new();
        each_sign(text.as_bytes(), |sign| signs.push(sign));
        signs
    }

    fn moved_by(sign: Sign, bytes: usize) -> Sign {
        match sign {
            Sign::Pair(start, end) => Sign::Pair(start + bytes, end + bytes),
            Sign::Turned(start, end) => Sign::Turned(start + bytes, end + bytes),
            Sign::Labelled(at) => Sign::Labelled(at + bytes),
            Sign::Numbered(at) => Sign::Numbered(at + bytes),
            Sign::Town(at) => Sign::Town(at + bytes),
        }
    }

    #[test]
    fn signs_are_what_they_say() {
        let table: [(&str, &[Sign]); 8] = [
            ("(Anna Berg)", &[Sign::Pair(1, 5)]),
            ("Åsa Öberg", &[Sign::Pair(0, 4)]),
            ("“Anna-Karin Berg”", &[Sign::Pair(3, 13)]),
            ("Berg, Anna", &[Sign::Turned(0, 4)]),
            ("namn: Anna", &[Sign::Labelled(6)]),
            ("\"namn\":\"ANNA\"", &[Sign::Labelled(8)]),
            ("gatan 9", &[Sign::Numbered(6)]),
            ("32 Herrljunga", &[Sign::Town(3)]),
        ];
        for (text, expected) in table {
            assert_eq!(signs(text), expected, "{text}");
        }
    }

    #[test]
    fn everyday_words_are_no_signs() {
        let text = "Hon kom. Det var McDonald som anna Berg; ANNA BERG; I 2024: a=b 12 h";
        let pairs = |sign: &Sign| matches!(sign, Sign::Pair(..) | Sign::Turned(..));
        assert_eq!(signs(text).into_iter().find(pairs), None);
    }

    #[test]
    fn signs_are_the_same_wherever_a_block_ends() {
        let text = "Anna-Karin Lindqvist; Berg, Åsa\nnamn: Zorka\nLaxvägen 9, 524 32 Herrljunga";
        let key = |sign: &Sign| format!("{sign:?}");
        let mut plain = signs(text);
        assert_eq!(plain.len(), 5, "{plain:?}");
        plain.sort_by_key(key);
        for pad in 0..130 {
            let padded = signs(&format!("{}{text}", " ".repeat(pad)));
            let mut expected: Vec<_> = plain.iter().map(|sign| moved_by(*sign, pad)).collect();
            let mut padded = padded;
            padded.sort_by_key(key);
            expected.sort_by_key(key);
            assert_eq!(padded, expected, "{pad}");
        }
    }
}
