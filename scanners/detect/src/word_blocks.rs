//! Where names, addresses and labelled values may lie: signs of words, 64 bytes at a time.
//!
//! A capital is no signal: every sentence has some. Two words in a row with one, a number behind a
//! word, a label's sign are, and rare enough to be looked at one by one (`word_signs`). All are seen
//! where they end, so that nothing is read ahead.
//!
//! Words are told apart roughly, by bytes: whoever looks reads the characters.

use crate::blocks::{BLOCK_BYTES, Block, Cpu, Work, at_best, is, within};
use crate::places::Places;
use wide::u8x16;

const LANE_BYTES: usize = 16;
/// Blocks whose signs are looked at together.
const BATCH_BLOCKS: usize = 16;
/// The first byte of `Å`, `Ä`, `Ö` and `É`.
pub(crate) const LATIN: u8 = 0xc3;

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

/// Calls `visit` with the offset of every byte that may end what is looked for, in order: a capital
/// behind a blank and a word with a capital, or such a word and a byte more, or the digits of a
/// postnummer; a digit behind a blank and a word; a `:` or `=` that is not behind a digit or another
/// one. Those that do not fit are left out first.
#[inline]
pub(crate) fn each_sign(
    bytes: &[u8],
    room: &mut Places,
    fits: impl Fn(usize) -> bool,
    visit: impl FnMut(usize),
) {
    let reader = Reader::default();
    at_best(Search {
        bytes,
        room,
        reader,
        fits,
        visit,
    });
}

/// Calls `visit` with the beginning of every word that fits, in order. Behind a character outside
/// ASCII, which may be a letter or a sign, a word may begin as well: who asks must look.
#[inline]
pub(crate) fn each_word(
    bytes: &[u8],
    room: &mut Places,
    fits: impl Fn(usize) -> bool,
    visit: impl FnMut(usize),
) {
    let reader = WordReader::default();
    at_best(Search {
        bytes,
        room,
        reader,
        fits,
        visit,
    });
}

/// What is looked for, from block to block.
trait Read {
    /// One bit for each byte of the block that it is.
    fn step(&mut self, here: &Kinds) -> u64;
}

/// Bytes that are gathered without branches, looked at together, and visited if they fit.
struct Search<'a, R, F, V> {
    bytes: &'a [u8],
    room: &'a mut Places,
    reader: R,
    fits: F,
    visit: V,
}

impl<R: Read, F: Fn(usize) -> bool, V: FnMut(usize)> Work for Search<'_, R, F, V> {
    #[inline(always)]
    fn run(mut self, cpu: impl Cpu) {
        let (blocks, rest) = self.bytes.as_chunks::<BLOCK_BYTES>();
        let mut last = [[0; BLOCK_BYTES]];
        if let Some(room) = last.as_flattened_mut().get_mut(..rest.len()) {
            room.copy_from_slice(rest);
        }
        let mut base = 0;
        for batch in blocks.chunks(BATCH_BLOCKS).chain([last.as_slice()]) {
            self.room.clear();
            for block in batch {
                // A Text is no longer than its offsets reach.
                self.room.add(base, self.reader.step(&cpu.kinds(block)));
                base += BLOCK_BYTES as u32;
            }
            self.room.retain(|at| (self.fits)(at as usize));
            for at in self.room.as_slice() {
                (self.visit)(*at as usize);
            }
        }
    }
}

impl Kinds {
    /// What every CPU can do.
    pub(crate) fn of(block: &Block) -> Self {
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

/// Looks for signs; what is known of the block before.
#[derive(Default)]
struct Reader {
    before: Kinds,
    /// Where words with a capital begin.
    starts: u64,
    /// One past their ends.
    ends: u64,
    /// Where digits are the last ones of a postnummer, perhaps.
    numbers: u64,
    /// Whether one goes on in the next block.
    carry: bool,
}

impl Read for Reader {
    #[inline(always)]
    fn step(&mut self, here: &Kinds) -> u64 {
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
        let label = here.label & !moved(here.digit | here.label, before.digit | before.label, 1);
        let word = here.upper | lower;
        let word_before = before.upper | before.small | before.high;
        let number = here.digit & blank & moved(word, word_before, 2);
        let digits = here.digit & moved(here.digit, before.digit, 1);
        let apart = moved(here.digit | here.blank, before.digit | before.blank, 2);
        let numbers = digits & apart;
        let behind = moved(ends, self.ends, 1) | moved(ends | numbers, self.ends | self.numbers, 2);
        *self = Self {
            before: *here,
            starts,
            ends,
            numbers,
            carry: carry | carried,
        };
        label | number | here.upper & blank & behind
    }
}

/// Looks for the beginnings of words.
#[derive(Default)]
struct WordReader {
    /// Letters and digits of the block before.
    before: u64,
    /// Its bytes outside ASCII.
    high: u64,
}

impl Read for WordReader {
    #[inline(always)]
    fn step(&mut self, here: &Kinds) -> u64 {
        let letters = here.upper | here.small | here.high;
        let glue = letters | here.digit;
        let behind_high = (here.upper | here.small) & moved(here.high, self.high, 1);
        let begin = letters & !moved(glue, self.before, 1) | behind_high;
        (self.before, self.high) = (glue, here.high);
        begin
    }
}

/// The mask moved so many bytes on, with what comes from the block before.
#[inline(always)]
fn moved(here: u64, before: u64, bytes: u32) -> u64 {
    here << bytes | before >> (u64::BITS - bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Portable;
    use proptest::prelude::*;

    #[test]
    fn signs_are_the_same_wherever_a_block_ends() {
        let text = "Alexandra Lindqvist; Berg, Åsa\nnamn: Zorka\nLaxvägen 9, 524 32 Herrljunga";
        let text = format!("{text}. Hon kom. det var McDonald som anna Berg\nANNA BERG, 08:15:00");
        for pad in 0..130 {
            let (mut seen, mut room) = (Vec::new(), Places::default());
            let text = format!("{}{text}", " ".repeat(pad));
            let visit = |at| seen.push(at - pad);
            each_sign(text.as_bytes(), &mut room, |_| true, visit);
            assert_eq!(seen, [10, 21, 27, 36, 54, 64, 76], "{pad}");
            seen.clear();
            let visit = |at| seen.push(at - pad);
            each_sign(text.as_bytes(), &mut room, |at| at % 2 == pad % 2, visit);
            assert_eq!(seen, [10, 36, 54, 64, 76], "{pad}");
        }
    }

    #[test]
    fn words_begin_behind_what_is_no_letter() {
        for pad in 0..130 {
            let (mut words, mut room) = (Vec::new(), Places::default());
            let text = format!("{}Ett åtal, x9y dömd “citat", " ".repeat(pad));
            let visit = |at| words.push(at - pad);
            each_word(text.as_bytes(), &mut room, |_| true, visit);
            // Behind `å`, `ö` and the quote one may begin.
            assert_eq!(words, [0, 4, 6, 11, 15, 18, 21, 24], "{pad}");
        }
    }

    struct Classify<'a>(&'a Block, &'a mut Kinds);

    impl Work for Classify<'_> {
        fn run(self, cpu: impl Cpu) {
            *self.1 = cpu.kinds(self.0);
        }
    }

    proptest! {
        #[test]
        fn kinds_are_the_same_on_every_cpu(bytes in any::<[u8; 32]>()) {
            // The second half holds the characters that matter, the first any bytes.
            let likely = bytes.map(|byte| b"azAZ09 :=@[`{/;\xc3\x80"[usize::from(byte) % 17]);
            let block: Vec<u8> = bytes.into_iter().chain(likely).collect();
            let block: Block = block.try_into().unwrap();
            let (mut here, mut portable) = (Kinds::default(), Kinds::default());
            at_best(Classify(&block, &mut here));
            Classify(&block, &mut portable).run(Portable);
            prop_assert_eq!(here, portable);
        }
    }
}
