//! What the masks of a text show of anchors.

use crate::blocks::{BATCH_BLOCKS, Cpu, FIRST, NO_ROW, ROW_BLOCKS, Row, Rows};

/// Blocks of a batch, by their numbers in a row.
pub(super) trait Blocks: Copy {
    /// Each of them, and of those behind the batch's own so many.
    fn each(self, behind: usize) -> impl Iterator<Item = usize>;

    /// In which of them the row has anything, one bit each.
    fn occupied(self, row: &Row) -> u64;
}

/// All of so many, worked on alike, several at once: to ask of each whether anything is to be found
/// costs more than to look for it.
#[derive(Clone, Copy)]
pub(super) struct All<C> {
    pub(super) cpu: C,
    pub(super) count: usize,
}

impl<C: Cpu> Blocks for All<C> {
    #[inline(always)]
    fn each(self, behind: usize) -> impl Iterator<Item = usize> {
        FIRST..FIRST + self.count.min(BATCH_BLOCKS) + behind
    }

    #[inline(always)]
    fn occupied(self, row: &Row) -> u64 {
        if is_empty(row) {
            return 0;
        }
        // What stands behind the last block is left from the batch before.
        (u64::from(self.cpu.occupied(row)) << FIRST) & own(self.count)
    }
}

/// Those that are not quiet, one by one, where they are few: one bit each.
#[derive(Clone, Copy)]
pub(super) struct Few {
    noisy: u64,
    count: usize,
}

impl Few {
    /// With more of them it is faster to look at all.
    const MOST: u32 = 6;

    #[inline(always)]
    pub(super) fn of(noisy: u64, count: usize) -> Option<Self> {
        let few = noisy.count_ones() <= Self::MOST;
        few.then_some(Self { noisy, count })
    }
}

impl Blocks for Few {
    #[inline(always)]
    fn each(self, behind: usize) -> impl Iterator<Item = usize> {
        let mut left = self.noisy & own(self.count + behind);
        std::iter::from_fn(move || {
            let block = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            (block < ROW_BLOCKS).then_some(block)
        })
    }

    #[inline(always)]
    fn occupied(self, row: &Row) -> u64 {
        let bit = |block: usize| u64::from(row[block] != 0) << block;
        self.each(0).fold(0, |all, block| all | bit(block))
    }
}

/// The bits of so many blocks from the first on.
#[inline(always)]
fn own(count: usize) -> u64 {
    (1 << (FIRST + count)) - (1 << FIRST)
}

/// What the masks of a batch show of anchors, in the blocks that were looked at.
pub(super) struct Seen {
    pub(super) six: Row,
    pub(super) zero: Row,
    pub(super) dated: Row,
    pub(super) pairs: Row,
    pub(super) groups: Row,
    pub(super) dot: Row,
    pub(super) colon: Row,
    pub(super) odd: Row,
    pub(super) runs: Row,
}

impl Seen {
    pub(super) const NONE: Self = Self {
        six: NO_ROW,
        zero: NO_ROW,
        dated: NO_ROW,
        pairs: NO_ROW,
        groups: NO_ROW,
        dot: NO_ROW,
        colon: NO_ROW,
        odd: NO_ROW,
        runs: NO_ROW,
    };

    #[inline(always)]
    pub(super) fn gather(&mut self, rows: &Rows, blocks: impl Blocks) {
        self.numbers(rows, blocks);
        self.colons(rows, blocks);
        self.dots(rows, blocks);
        self.odd(rows, blocks);
    }

    /// What is odd, and no number that is the value of a key: `status=200`.
    #[inline(always)]
    fn odd(&mut self, rows: &Rows, blocks: impl Blocks) {
        if is_empty(&rows.odd) {
            self.odd = NO_ROW;
            return;
        }
        for block in blocks.each(0) {
            let value = later(&rows.digit, block, 2) & !earlier(&rows.digit, block, 1);
            self.odd[block] = rows.odd[block] & !(rows.number[block] & value);
        }
    }

    #[inline(always)]
    fn numbers(&mut self, rows: &Rows, blocks: impl Blocks) {
        let mut starts = NO_ROW;
        for block in blocks.each(0) {
            let digit = |bytes| later(&rows.digit, block, bytes);
            starts[block] = digit(0) & digit(1) & !earlier(&rows.digit, block, 1);
        }
        if is_empty(&starts) {
            [self.six, self.zero, self.dated, self.pairs, self.groups] = [NO_ROW; 5];
            return;
        }
        for block in blocks.each(0) {
            let digit = |bytes| later(&rows.digit, block, bytes);
            let four = |from| digit(from) & digit(from + 1) & digit(from + 2) & digit(from + 3);
            let two = starts[block];
            let three = two & digit(2);
            self.six[block] = three & digit(3) & digit(4) & digit(5);
            // What dates and groups have and most numbers have not: four digits one byte behind
            // others.
            let pair = two & !digit(2) & digit(3);
            self.dated[block] = pair & digit(4) & !digit(5) & four(6);
            self.pairs[block] = pair & !digit(4) & earlier(&rows.digit, block, 2);
            let (short, long) = (three & !digit(3), three & digit(3) & !digit(4));
            self.groups[block] = short & four(4) | long & four(5);
            self.zero[block] = two & rows.zero[block] & !inside(rows, block);
        }
    }

    /// A colon that has one right behind it and none before; one that has one more near, then two,
    /// then three: a time of day has no more than two. What stands behind may be another Segment's.
    #[inline(always)]
    fn colons(&mut self, rows: &Rows, blocks: impl Blocks) {
        let (mut one, mut two) = (NO_ROW, NO_ROW);
        let near = |row: &Row, block| {
            let near = later(row, block, 2) | later(row, block, 3);
            rows.colon[block] & (near | later(row, block, 4) | later(row, block, 5))
        };
        if is_empty(&rows.colon) {
            self.colon = NO_ROW;
            return;
        }
        for block in blocks.each(1) {
            one[block] = near(&rows.colon, block);
        }
        for block in blocks.each(1) {
            two[block] = near(&one, block);
        }
        for block in blocks.each(0) {
            let next = later(&rows.colon, block, 1);
            let before = earlier(&rows.colon, block, 1);
            self.colon[block] = rows.colon[block] & next & !before | near(&two, block) & !next;
        }
    }

    /// A dot between digits with another one near, then two, that is not the second or third
    /// itself: seen within the block, and by whoever looks.
    #[inline(always)]
    fn dots(&mut self, rows: &Rows, blocks: impl Blocks) {
        let (mut inside, mut two) = (NO_ROW, NO_ROW);
        let near =
            |row: &Row, block| later(row, block, 2) | later(row, block, 3) | later(row, block, 4);
        for block in blocks.each(1) {
            let between = earlier(&rows.digit, block, 1) & later(&rows.digit, block, 1);
            inside[block] = rows.dot[block] & between;
        }
        if is_empty(&inside) {
            self.dot = NO_ROW;
            return;
        }
        for block in blocks.each(1) {
            two[block] = inside[block] & near(&inside, block);
        }
        for block in blocks.each(0) {
            let (dot, digit) = (inside[block], rows.digit[block]);
            let behind = dot << 2 | dot << 3 | (dot << 4 & digit << 2);
            self.dot[block] = dot & near(&two, block) & !behind;
        }
    }

    /// Fifteen characters of base64 or more whose quanta may be text: the first character of each
    /// stands for a byte from blank to `~`.
    #[inline(always)]
    pub(super) fn runs(&mut self, rows: &Rows, blocks: impl Blocks) {
        let (mut three, mut chars) = (NO_ROW, NO_ROW);
        for block in blocks.each(1) {
            let char = |bytes| later(&rows.base64, block, bytes);
            three[block] = char(0) & char(1) & char(2);
        }
        for block in blocks.each(0) {
            let char = |bytes| later(&three, block, bytes);
            chars[block] = char(0) & char(3) & char(6) & char(9) & char(12);
        }
        if is_empty(&chars) {
            self.runs = NO_ROW;
            return;
        }
        for block in blocks.each(0) {
            let head = |bytes| later(&rows.head, block, bytes);
            self.runs[block] = chars[block] & head(0) & head(4) & head(8) & head(12);
        }
    }
}

#[inline(always)]
fn is_empty(row: &Row) -> bool {
    row.iter().fold(0, |all, mask| all | mask) == 0
}

/// Where what stands before continues digits: `-05` of a date, `:08` of a time, `T08`.
#[inline(always)]
fn inside(rows: &Rows, block: usize) -> u64 {
    let joins = |block: usize| rows.base64[block] | rows.dot[block] | rows.colon[block];
    let before = earlier(&rows.digit, block, 2);
    (joins(block) << 1 | joins(block - 1) >> (u64::BITS - 1)) & before
}

/// What the mask says of the byte that stands so many behind each, fewer than 64.
#[inline(always)]
pub(super) fn later(row: &Row, block: usize, bytes: u32) -> u64 {
    row[block] >> bytes | (row[block + 1] << 1) << (u64::BITS - 1 - bytes)
}

/// What the mask says of the byte that stands so many before each, one or more.
#[inline(always)]
fn earlier(row: &Row, block: usize, bytes: u32) -> u64 {
    row[block] << bytes | row[block - 1] >> (u64::BITS - bytes)
}
