//! The masks of a text, 32 blocks at a time and by kind.

use super::{BLOCK_BYTES, Block, Cpu, Masks};

/// Blocks that are looked at together.
pub(crate) const BATCH_BLOCKS: usize = 32;
/// The block before a batch, its own, and two behind it.
pub(crate) const ROW_BLOCKS: usize = BATCH_BLOCKS + 3;
/// Where the first block of a batch stands in its rows.
pub(crate) const FIRST: usize = 1;

const EMPTY: Block = [0; BLOCK_BYTES];

/// The masks of a batch by kind, so that one kind of several blocks is worked on at once: one of
/// each block, from [`FIRST`] on, between those of the block before and the block behind. Most
/// blocks of most texts are quiet: they have no digit, `@`, `:` or odd byte.
pub(crate) struct Rows {
    /// The characters of base64, in both alphabets; in a quiet block all of ASCII from `+` on.
    pub(crate) base64: Row,
    /// Those that stand for a byte from blank to `~` where they come first of four: `I` to `Z`
    /// and `a` to `f`; in a quiet block the same as of the row above.
    pub(crate) head: Row,
    pub(crate) digit: Row,
    pub(crate) at: Row,
    pub(crate) colon: Row,
    pub(crate) zero: Row,
    /// None of a quiet block.
    pub(crate) dot: Row,
    /// Bytes that with the next one may begin another way to write something.
    pub(crate) odd: Row,
    /// Those of them that are a `=` before a digit other than `4`.
    pub(crate) number: Row,
    /// Blanks before one of [`WORDS`].
    pub(crate) word: Row,
    /// Which blocks are not quiet, of its own and those behind: one bit each, by their numbers in a
    /// row.
    pub(crate) noisy: u64,
}

/// A mask for each block of a batch and those around it.
pub(crate) type Row = [u64; ROW_BLOCKS];

pub(crate) const NO_ROW: Row = [0; ROW_BLOCKS];

impl Rows {
    const NONE: Self = Self {
        base64: NO_ROW,
        head: NO_ROW,
        digit: NO_ROW,
        at: NO_ROW,
        colon: NO_ROW,
        zero: NO_ROW,
        dot: NO_ROW,
        odd: NO_ROW,
        number: NO_ROW,
        word: NO_ROW,
        noisy: 0,
    };

    /// Of a new batch only the block before it is known, the last one of a whole batch.
    #[inline(always)]
    fn turn(&mut self) {
        self.base64[0] = self.base64[BATCH_BLOCKS];
        self.noisy = 0;
        for row in [
            &mut self.digit,
            &mut self.at,
            &mut self.colon,
            &mut self.zero,
            &mut self.dot,
            &mut self.odd,
            &mut self.number,
        ] {
            let last = row[BATCH_BLOCKS];
            *row = NO_ROW;
            row[0] = last;
        }
    }

    #[inline(always)]
    fn set(&mut self, block: usize, masks: Masks) {
        let block = block % ROW_BLOCKS;
        if let Some(signs) = masks.signs {
            self.digit[block] = signs.digit;
            self.at[block] = signs.at;
            self.colon[block] = signs.colon;
            self.zero[block] = signs.zero;
            self.dot[block] = signs.dot;
            self.odd[block] = signs.odd;
            self.number[block] = signs.number;
            self.noisy |= 1 << block;
        }
        // Last, where both ways have met again: else their places are decided as well.
        self.base64[block] = masks.base64;
        self.head[block] = masks.head;
        self.word[block] = masks.word;
    }

    /// Writes the masks of each block but the last, into which only the one before it looks.
    #[inline(always)]
    fn classify(&mut self, cpu: impl Cpu, blocks: &[Block]) {
        for (index, pair) in blocks.windows(2).enumerate() {
            if let Some(pair) = pair.first_chunk() {
                self.set(FIRST + index, cpu.classify(pair));
            }
        }
    }
}

/// The masks of a text, one batch after another. The last block is filled up with NULs.
pub(crate) struct Batches<'a> {
    bytes: &'a [u8],
    /// The masks of the batch at hand.
    pub(crate) rows: Rows,
    next: usize,
}

/// So many blocks from an offset on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch {
    pub(crate) base: usize,
    pub(crate) count: usize,
}

impl<'a> Batches<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let (rows, next) = (Rows::NONE, 0);
        Self { bytes, rows, next }
    }

    /// Goes on to the next batch, if there is one.
    #[inline(always)]
    pub(crate) fn next(&mut self, cpu: impl Cpu) -> Option<Batch> {
        let left = self
            .bytes
            .get(self.next..)
            .filter(|left| !left.is_empty())?;
        let base = self.next;
        let count = BATCH_BLOCKS.min(left.len().div_ceil(BLOCK_BYTES));
        self.rows.turn();
        match left.as_chunks().0.first_chunk::<{ BATCH_BLOCKS + 2 }>() {
            Some(whole) => self.rows.classify(cpu, whole),
            None => {
                let rest = filled(left);
                self.rows
                    .classify(cpu, rest.get(..count + 2).unwrap_or(&rest));
                self.rows.set(FIRST + count + 1, Masks::quiet(0, 0));
            }
        }
        self.next += count * BLOCK_BYTES;
        Some(Batch { base, count })
    }

    /// Two blocks of the text, the first of which begins at `at`.
    #[inline(always)]
    pub(crate) fn blocks(&self, at: usize) -> [Block; 2] {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let blocks = rest.as_chunks().0.first_chunk().copied();
        blocks.unwrap_or_else(|| {
            let [one, two, ..] = filled(rest);
            [one, two]
        })
    }
}

/// Blocks that begin with these bytes; the others are NULs.
#[inline(never)]
fn filled(bytes: &[u8]) -> [Block; BATCH_BLOCKS + 2] {
    let mut blocks = [EMPTY; BATCH_BLOCKS + 2];
    let room = blocks.as_flattened_mut();
    let fits = bytes.len().min(room.len());
    if let (Some(room), Some(bytes)) = (room.get_mut(..fits), bytes.get(..fits)) {
        room.copy_from_slice(bytes);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Portable;

    #[test]
    fn every_block_comes_once_between_its_neighbours() {
        let batch = BATCH_BLOCKS * BLOCK_BYTES;
        for length in [
            0,
            1,
            63,
            64,
            65,
            batch - 1,
            batch,
            batch + 1,
            batch + 64,
            3 * batch + 70,
        ] {
            let bytes: Vec<u8> = (0..length).map(|at| b"7a @"[at / 5 % 4]).collect();
            let digit = |block: usize| {
                let at = |bit: usize| bytes.get(block * BLOCK_BYTES + bit) == Some(&b'7');
                (0..BLOCK_BYTES).fold(0, |mask, bit| mask | u64::from(at(bit)) << bit)
            };
            let (mut blocks, mut batches) = (0, Batches::new(&bytes));
            while let Some(Batch { base, count }) = batches.next(Portable) {
                let rows = &batches.rows;
                assert_eq!(base, blocks * BLOCK_BYTES);
                let before = blocks.checked_sub(1).map_or(0, digit);
                assert_eq!(rows.digit[0], before);
                for (index, mask) in rows.digit[FIRST..=FIRST + count].iter().enumerate() {
                    assert_eq!(*mask, digit(blocks + index));
                }
                assert_eq!(rows.digit[FIRST + count + 1], 0);
                blocks += count;
            }
            assert_eq!(blocks, length.div_ceil(BLOCK_BYTES));
        }
    }
}
