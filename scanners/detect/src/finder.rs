//! Where a value may lie: anchors found by bit masks, 64 bytes at a time.
//!
//! An anchor is a cheap and rare signal, never a decision: the families read the text around it.

use crate::blocks::{BATCH_BLOCKS, BLOCK_BYTES, Cpu, FIRST, NO_ROW, Row, Rows, each_batch};
use crate::places::Places;

/// What was seen at an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// An `@`.
    At,
    /// A `:` with another one right after it, or with three more, each two to five bytes on.
    Colon,
    /// The first `.` between digits of three, each two to four bytes on.
    Dot,
    /// The first of six or more digits, and how many there are: 64 where there are more.
    Digits(usize),
    /// The first of three or four digits, any byte and four digits or more; how many.
    Groups(usize),
    /// The first of two digits, any byte, two digits, any byte and four digits, no digit around
    /// them: a date's month and day, and what follows it.
    Dated,
    /// The first of two or more digits, a `0`, that continues no date, time or number, and begins
    /// eight or more digits that little parts. Such a place may be [`Anchor::Digits`] as well.
    Zero,
    /// A `+` before a digit.
    Plus,
    /// The blank before a word for a sign of an address: ` dot`, ` pun`, ` sna`.
    Word,
}

/// What may write a value in another way.
#[derive(Default)]
pub(crate) struct Odd {
    /// Signs of escapes, tags and the like, letters of other scripts.
    pub(crate) bytes: Places,
    /// Where base64 that may be text begins.
    pub(crate) runs: Vec<Runs>,
}

/// Runs of base64 that begin in a block.
#[derive(Clone, Copy)]
pub(crate) struct Runs {
    /// Where the block begins.
    pub(crate) base: usize,
    /// One bit per byte of the block.
    pub(crate) starts: u64,
}

impl Odd {
    /// Forgets what was found and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.runs.clear();
    }
}

/// A 0 and the seven digits of the shortest Swedish phone numbers.
const PHONE_DIGITS_MIN: u32 = 8;

/// Calls `visit` with every anchor and its offset, in ascending order of the offset, and gathers
/// what is `odd`.
#[inline(always)]
pub(crate) fn search(
    cpu: impl Cpu,
    bytes: &[u8],
    mut visit: impl FnMut(Anchor, usize),
    mut odd: Option<&mut Odd>,
) {
    let mut anchors = Anchors::NONE;
    each_batch(cpu, bytes, |rows, count, base| {
        anchors.gather(rows, count);
        for block in FIRST..FIRST + count {
            let base = base + (block - FIRST) * BLOCK_BYTES;
            if anchors.any[block] != 0 {
                anchors.visit(rows, block, base, &mut visit);
            }
            let Some(odd) = &mut odd else { continue };
            if rows.odd[block] != 0 {
                // A Text is no longer than its offsets reach.
                odd.bytes.add(base as u32, rows.odd[block]);
            }
            if anchors.runs[block] != 0 {
                let starts = anchors.runs[block];
                odd.runs.push(Runs { base, starts });
            }
        }
    });
}

/// Where anchors are, for each block of a batch. All blocks are worked on alike, several at once:
/// to ask of each whether anything is to be found costs more than to look for it. Of a whole batch
/// it is asked.
struct Anchors {
    six: Row,
    zero: Row,
    dated: Row,
    groups: Row,
    dot: Row,
    colon: Row,
    plus: Row,
    /// Any of these, or one that the masks show already.
    any: Row,
    /// No anchor: where base64 begins that may be text.
    runs: Row,
}

#[expect(
    clippy::needless_range_loop,
    reason = "rows of one block and of its neighbours, several at once"
)]
impl Anchors {
    const NONE: Self = Self {
        six: NO_ROW,
        zero: NO_ROW,
        dated: NO_ROW,
        groups: NO_ROW,
        dot: NO_ROW,
        colon: NO_ROW,
        plus: NO_ROW,
        any: NO_ROW,
        runs: NO_ROW,
    };

    #[inline(always)]
    fn gather(&mut self, rows: &Rows, count: usize) {
        let end = FIRST + count.min(BATCH_BLOCKS);
        self.numbers(rows, end);
        self.colons(rows, end);
        self.dots(rows, end);
        self.runs(rows, end);
        for block in FIRST..end {
            let numbers = self.six[block] | self.zero[block] | self.dated[block];
            let signs = self.dot[block] | self.colon[block] | rows.at[block] | rows.word[block];
            self.plus[block] = rows.plus[block] & later(&rows.digit, block, 1);
            self.any[block] = numbers | self.groups[block] | signs | self.plus[block];
        }
    }

    #[inline(always)]
    fn numbers(&mut self, rows: &Rows, end: usize) {
        let mut starts = NO_ROW;
        for block in FIRST..end {
            let digit = |bytes| later(&rows.digit, block, bytes);
            starts[block] = digit(0) & digit(1) & !earlier(&rows.digit, block, 1);
        }
        if is_empty(&starts) {
            [self.six, self.zero, self.dated, self.groups] = [NO_ROW; 4];
            return;
        }
        for block in FIRST..end {
            let digit = |bytes| later(&rows.digit, block, bytes);
            let four = |from| digit(from) & digit(from + 1) & digit(from + 2) & digit(from + 3);
            let two = starts[block];
            let three = two & digit(2);
            self.six[block] = three & digit(3) & digit(4) & digit(5);
            // What dates and groups have and most numbers have not: four digits one byte behind
            // others.
            let pairs = two & !digit(2) & digit(3) & digit(4) & !digit(5);
            self.dated[block] = pairs & four(6);
            let (short, long) = (three & !digit(3), three & digit(3) & !digit(4));
            self.groups[block] = short & four(4) | long & four(5);
            self.zero[block] = two & rows.zero[block] & !inside(rows, block);
        }
    }

    /// A colon that has one right behind it; one that has one more near, then two, then three: a
    /// time of day has no more than two.
    #[inline(always)]
    fn colons(&mut self, rows: &Rows, end: usize) {
        let (mut one, mut two) = (NO_ROW, NO_ROW);
        let near = |row: &Row, block| {
            let near = later(row, block, 2) | later(row, block, 3);
            rows.colon[block] & (near | later(row, block, 4) | later(row, block, 5))
        };
        if is_empty(&rows.colon) {
            self.colon = NO_ROW;
            return;
        }
        for block in FIRST..end + 1 {
            one[block] = near(&rows.colon, block);
        }
        for block in FIRST..end + 1 {
            two[block] = near(&one, block);
        }
        for block in FIRST..end {
            let double = rows.colon[block] & later(&rows.colon, block, 1);
            self.colon[block] = double | near(&two, block);
        }
    }

    /// A dot between digits with another one near, then two, that is not the second or third
    /// itself: seen within the block, and by whoever looks.
    #[inline(always)]
    fn dots(&mut self, rows: &Rows, end: usize) {
        let (mut inside, mut two) = (NO_ROW, NO_ROW);
        let near =
            |row: &Row, block| later(row, block, 2) | later(row, block, 3) | later(row, block, 4);
        for block in FIRST..end + 1 {
            let between = earlier(&rows.digit, block, 1) & later(&rows.digit, block, 1);
            inside[block] = rows.dot[block] & between;
        }
        if is_empty(&inside) {
            self.dot = NO_ROW;
            return;
        }
        for block in FIRST..end + 1 {
            two[block] = inside[block] & near(&inside, block);
        }
        for block in FIRST..end {
            let (dot, digit) = (inside[block], rows.digit[block]);
            let behind = dot << 2 | dot << 3 | (dot << 4 & digit << 2);
            self.dot[block] = dot & near(&two, block) & !behind;
        }
    }

    /// Fifteen characters of base64 or more whose quanta may be text: the first character of each
    /// stands for a byte from blank to `~`.
    #[inline(always)]
    fn runs(&mut self, rows: &Rows, end: usize) {
        let (mut three, mut chars) = (NO_ROW, NO_ROW);
        for block in FIRST..end + 1 {
            let char = |bytes| later(&rows.base64, block, bytes);
            three[block] = char(0) & char(1) & char(2);
        }
        for block in FIRST..end {
            let char = |bytes| later(&three, block, bytes);
            chars[block] = char(0) & char(3) & char(6) & char(9) & char(12);
        }
        if is_empty(&chars) {
            self.runs = NO_ROW;
            return;
        }
        for block in FIRST..end {
            let head = |bytes| later(&rows.head, block, bytes);
            self.runs[block] = chars[block] & head(0) & head(4) & head(8) & head(12);
        }
    }

    /// Visits the anchors of a block.
    #[inline(always)]
    fn visit(&self, rows: &Rows, block: usize, base: usize, visit: &mut impl FnMut(Anchor, usize)) {
        let mut left = self.any[block];
        while left != 0 {
            let (bit, index) = (left & left.wrapping_neg(), left.trailing_zeros());
            let at = base + index as usize;
            left ^= bit;
            let has = |row: &Row| row[block] & bit != 0;
            if has(&rows.digit) {
                let digits = later(&rows.digit, block, index);
                let run = digits.trailing_ones() as usize;
                if has(&self.dated) {
                    visit(Anchor::Dated, at);
                }
                if has(&self.groups) {
                    visit(Anchor::Groups(run), at);
                }
                if has(&self.six) {
                    visit(Anchor::Digits(run), at);
                }
                if has(&self.zero) && several_digits(digits, later(&rows.gap, block, index)) {
                    visit(Anchor::Zero, at);
                }
            } else if has(&self.dot) {
                visit(Anchor::Dot, at);
            } else if has(&self.colon) {
                visit(Anchor::Colon, at);
            } else if has(&rows.at) {
                visit(Anchor::At, at);
            } else if has(&self.plus) {
                visit(Anchor::Plus, at);
            } else {
                visit(Anchor::Word, at);
            }
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

/// Whether no fewer digits than a phone number has follow, parted by what may part them.
#[inline(always)]
fn several_digits(digits: u64, gaps: u64) -> bool {
    let length = (digits | gaps).trailing_ones();
    let beyond = u64::MAX.checked_shl(length).unwrap_or(0);
    length == u64::BITS || (digits & !beyond).count_ones() >= PHONE_DIGITS_MIN
}

/// What the mask says of the byte that stands so many behind each, fewer than 64.
#[inline(always)]
fn later(row: &Row, block: usize, bytes: u32) -> u64 {
    row[block] >> bytes | (row[block + 1] << 1) << (u64::BITS - 1 - bytes)
}

/// What the mask says of the byte that stands so many before each, one or more.
#[inline(always)]
fn earlier(row: &Row, block: usize, bytes: u32) -> u64 {
    row[block] << bytes | row[block - 1] >> (u64::BITS - bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Portable;

    fn anchors(text: &str) -> Vec<(Anchor, usize)> {
        let mut found = Vec::new();
        search(
            Portable,
            text.as_bytes(),
            |anchor, at| found.push((anchor, at)),
            None,
        );
        found
    }

    #[test]
    fn anchors_are_the_same_wherever_a_block_ends() {
        let text = "a@b ::1 10.0.0.1 0701740605 +46 12:34:56";
        let plain = anchors(text);
        assert_eq!(plain.len(), 6);
        for pad in 0..130 {
            let padded = anchors(&format!("{}{text}", " ".repeat(pad)));
            let moved: Vec<_> = padded
                .into_iter()
                .map(|(kind, at)| (kind, at - pad))
                .collect();
            assert_eq!(moved, plain, "{pad}");
        }
    }

    #[test]
    fn everyday_numbers_are_no_anchors() {
        assert_eq!(
            anchors("2024-11-12 1.5 12:34 08:15:59 v1.2.3, ratio 0.25, 12345 items; a: b; a+b"),
            []
        );
    }
}
