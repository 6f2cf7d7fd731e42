//! Where names, addresses and labelled values may lie: signs of words, 64 bytes at a time.
//!
//! A capital is no signal: every sentence has some. Two words in a row with one, a number behind a
//! word, a label's sign are, and rare enough to be looked at one by one. All are seen where they
//! end, so that nothing is read ahead.
//!
//! Words are told apart roughly, by bytes: whoever looks reads the characters.

use crate::blocks::{BLOCK_BYTES, Block};
use wide::u8x16;

const LANE_BYTES: usize = 16;
/// Blocks that are classified before they are looked at.
const BATCH_BLOCKS: usize = 16;
/// The first byte of `Å`, `Ä`, `Ö` and `É`.
const LATIN: u8 = 0xc3;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A capital behind a word with a capital and a blank: `Anna Berg`.
    Pair,
    /// The same with a byte more between: `Berg, Anna`.
    Turned,
    /// A `:` or `=`, not behind a digit or another one.
    Label,
    /// A digit behind a letter and a blank: `gatan 9`.
    Numbered,
    /// A capital behind a digit and a blank: `524 32 Herrljunga`.
    Town,
}

/// One bit per byte of a block, lowest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kinds {
    /// Capitals in ASCII, and the first byte of others that Swedish writes.
    pub(crate) upper: u64,
    pub(crate) small: u64,
    /// Bytes outside ASCII.
    pub(crate) high: u64,
    pub(crate) digit: u64,
    pub(crate) blank: u64,
    pub(crate) label: u64,
}

/// Calls `visit` with every sign and its offset. Those of one kind come in order, all of a block
/// before those of the next.
pub(crate) fn each_sign(bytes: &[u8], mut visit: impl FnMut(Sign, usize)) {
    let mut reader = Reader::default();
    each_block(bytes, |kinds, base| reader.step(kinds, base, &mut visit));
}

/// Calls `visit` with the beginning of every word, in order. Behind a character outside ASCII, which
/// may be a letter or a sign, a word may begin as well: who asks must look.
pub(crate) fn each_word(bytes: &[u8], mut visit: impl FnMut(usize)) {
    let (mut before, mut high_before) = (0, 0);
    each_block(bytes, |kinds, base| {
        let letters = kinds.upper | kinds.small | kinds.high;
        let glue = letters | kinds.digit;
        let behind_high = (kinds.upper | kinds.small) & moved(kinds.high, high_before, 1);
        let mut left = letters & !moved(glue, before, 1) | behind_high;
        (before, high_before) = (glue, kinds.high);
        while left != 0 {
            visit(base + left.trailing_zeros() as usize);
            left &= left - 1;
        }
    });
}

/// Calls `visit` with what the bytes of every block are, and its offset. The last one is filled up
/// with NULs.
#[inline(always)]
fn each_block(bytes: &[u8], mut visit: impl FnMut(&Kinds, usize)) {
    let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
    let mut last = [[0; BLOCK_BYTES]];
    if let Some(room) = last.as_flattened_mut().get_mut(..rest.len()) {
        room.copy_from_slice(rest);
    }
    let mut room = [Kinds::default(); BATCH_BLOCKS];
    let mut base = 0;
    for batch in blocks.chunks(BATCH_BLOCKS).chain([last.as_slice()]) {
        classify(batch, &mut room);
        for kinds in room.iter().take(batch.len()) {
            visit(kinds, base);
            base += BLOCK_BYTES;
        }
    }
}

#[inline(always)]
fn classify(blocks: &[Block], kinds: &mut [Kinds]) {
    #[cfg(target_arch = "x86_64")]
    if crate::wide_words::classify(blocks, kinds) {
        return;
    }
    for (block, kinds) in blocks.iter().zip(kinds) {
        *kinds = Kinds::of(block);
    }
}

impl Kinds {
    /// What every CPU can do.
    fn of(block: &Block) -> Self {
        let (lanes, _) = block.as_chunks::<LANE_BYTES>();
        let mut kinds = Self::default();
        for (index, lane) in lanes.iter().enumerate() {
            let (lane, shift) = (u8x16::new(*lane), index * LANE_BYTES);
            let bits = |lane: u8x16| u64::from(lane.to_bitmask()) << shift;
            kinds.upper |= bits(within(lane, b'A', b'Z') | is(lane, LATIN));
            kinds.small |= bits(within(lane, b'a', b'z'));
            kinds.high |= bits(lane);
            kinds.digit |= bits(within(lane, b'0', b'9'));
            kinds.blank |= bits(is(lane, b' '));
            kinds.label |= bits(is(lane, b':') | is(lane, b'='));
        }
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

/// What is known of the block before.
#[derive(Default)]
struct Reader {
    before: Kinds,
    /// Where words with a capital begin.
    starts: u64,
    /// One past their ends.
    ends: u64,
    /// Whether one goes on in the next block.
    carry: bool,
}

impl Reader {
    #[inline(always)]
    fn step(&mut self, here: &Kinds, base: usize, visit: &mut impl FnMut(Sign, usize)) {
        let before = &self.before;
        let glue = |kinds: &Kinds| kinds.upper | kinds.small | kinds.digit;
        let starts = here.upper & !moved(glue(here), glue(before), 1);
        let lower = here.small | here.high;
        // Adding a bit to a run of bits moves it behind the run.
        let second = moved(starts, self.starts, 1) & lower;
        let (sum, carry) = lower.overflowing_add(second);
        let (sum, carried) = sum.overflowing_add(u64::from(self.carry));
        let ends = sum & !lower;
        let blank = moved(here.blank, before.blank, 1);
        let capital = here.upper & blank;
        let number = here.digit & blank;
        let label = here.label & !moved(here.digit | here.label, before.digit | before.label, 1);
        if capital | number | label != 0 {
            let word = here.upper | lower;
            let word_before = before.upper | before.small | before.high;
            let see = |sign, mask, visit: &mut _| each_bit(mask, sign, base, visit);
            see(Sign::Label, label, visit);
            see(Sign::Numbered, number & moved(word, word_before, 2), visit);
            see(Sign::Pair, capital & moved(ends, self.ends, 1), visit);
            see(Sign::Turned, capital & moved(ends, self.ends, 2), visit);
            see(
                Sign::Town,
                capital & moved(here.digit, before.digit, 2),
                visit,
            );
        }
        *self = Self {
            before: *here,
            starts,
            ends,
            carry: carry | carried,
        };
    }
}

/// The mask moved so many bytes on, with what comes from the block before.
#[inline(always)]
fn moved(here: u64, before: u64, bytes: u32) -> u64 {
    here << bytes | before >> (u64::BITS - bytes)
}

#[inline(always)]
fn each_bit(mut mask: u64, sign: Sign, base: usize, visit: &mut impl FnMut(Sign, usize)) {
    while mask != 0 {
        visit(sign, base + mask.trailing_zeros() as usize);
        mask &= mask - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signs(text: &str) -> Vec<(Sign, usize)> {
        let mut signs = Vec::new();
        each_sign(text.as_bytes(), |sign, at| signs.push((sign, at)));
        signs.sort_by_key(|(_, at)| *at);
        signs
    }

    #[test]
    fn signs_are_what_they_say() {
        let table: [(&str, &[(Sign, usize)]); 8] = [
            ("(Anna Berg)", &[(Sign::Pair, 6)]),
            ("Åsa Öberg", &[(Sign::Pair, 5)]),
            ("“Anna-Karin Berg”", &[(Sign::Pair, 14)]),
            ("Berg, Anna", &[(Sign::Turned, 6)]),
            ("namn: x", &[(Sign::Label, 4)]),
            ("a::b=c, 12:30", &[(Sign::Label, 1), (Sign::Label, 4)]),
            ("gatan 9", &[(Sign::Numbered, 6)]),
            ("32 Herrljunga", &[(Sign::Town, 3)]),
        ];
        for (text, expected) in table {
            assert_eq!(signs(text), expected, "{text}");
        }
    }

    #[test]
    fn words_begin_behind_what_is_no_letter() {
        for pad in 0..130 {
            let mut words = Vec::new();
            let text = format!("{}Ett åtal, x9y dömd “citat", " ".repeat(pad));
            each_word(text.as_bytes(), |at| words.push(at - pad));
            // Behind `å`, `ö` and the quote one may begin.
            assert_eq!(words, [0, 4, 6, 11, 15, 18, 21, 24], "{pad}");
        }
    }

    #[test]
    fn everyday_words_are_no_signs() {
        let text = "Hon kom. det var McDonald som anna Berg\nANNA BERG, 12 h, 08:15:00";
        assert_eq!(signs(text), []);
    }

    #[test]
    fn signs_are_the_same_wherever_a_block_ends() {
        let text = "Alexandra Lindqvist; Berg, Åsa\nnamn: Zorka\nLaxvägen 9, 524 32 Herrljunga";
        let plain = signs(text);
        assert_eq!(plain.len(), 6, "{plain:?}");
        for pad in 0..130 {
            let padded = signs(&format!("{}{text}", " ".repeat(pad)));
            let expected: Vec<_> = plain.iter().map(|(sign, at)| (*sign, at + pad)).collect();
            assert_eq!(padded, expected, "{pad}");
        }
    }

    proptest! {
        #[test]
        fn kinds_are_the_same_on_every_cpu(bytes in any::<[u8; 32]>()) {
            // The second half holds the characters that matter, the first any bytes.
            let likely = bytes.map(|byte| b"azAZ09 :=@[`{/;\xc3\x80"[usize::from(byte) % 17]);
            let block: Vec<u8> = bytes.into_iter().chain(likely).collect();
            let block: Block = block.try_into().unwrap();
            let mut here = [Kinds::default()];
            classify(&[block], &mut here);
            prop_assert_eq!(here, [Kinds::of(&block)]);
        }
    }
}
