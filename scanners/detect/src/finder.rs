//! Where a value may lie: anchors found by bit masks, 64 bytes at a time.
//!
//! An anchor is a cheap and rare signal, never a decision: the families read the text around it.

use crate::blocks::{
    BATCH_BLOCKS, BLOCK_BYTES, Batch, Batches, Cpu, FIRST, NO_ROW, Row, Rows, Work, at_best,
};
use crate::places::Places;

/// A 0 and the seven digits of the shortest Swedish phone numbers.
const PHONE_DIGITS_MIN: u32 = 8;

/// Where anchors are, one list for each kind: what is asked of one kind of anchor after the other is
/// asked faster than of all kinds as they come.
#[derive(Default)]
pub(crate) struct Anchors {
    /// An `@`.
    pub(crate) at: Places,
    /// A `:` with another one right after it and none before, or with three more, each two to five
    /// bytes on.
    pub(crate) colon: Places,
    /// The first `.` between digits of three, each two to four bytes on.
    pub(crate) dot: Places,
    /// The first of six or more digits.
    pub(crate) digits: Places,
    /// The first of three or four digits, any byte and four digits or more.
    pub(crate) groups: Places,
    /// The first of two digits, any byte, two digits, any byte and four digits, no digit around
    /// them: a date's month and day, and what follows it.
    pub(crate) dated: Places,
    /// The first of two digits, any byte and one digit, no digit around them, with a digit two bytes
    /// before: how a number in pairs ends.
    pub(crate) pairs: Places,
    /// The first of two or more digits, a `0`, that continues no date, time or number, and begins
    /// eight or more digits that little parts.
    pub(crate) zero: Places,
    /// The blank before a word for a sign of an address: ` dot`, ` pun`, ` sna`.
    pub(crate) word: Places,
    /// No anchor: what may write a value in another way with the byte behind it, signs of escapes,
    /// tags and the like, letters of other scripts.
    pub(crate) odd: Places,
    /// No anchor: where base64 begins that may be text, and where words do.
    pub(crate) base64: Places,
}

impl Anchors {
    /// Forgets what was found and keeps the room.
    fn clear(&mut self) {
        for places in [
            &mut self.at,
            &mut self.colon,
            &mut self.dot,
            &mut self.digits,
            &mut self.groups,
            &mut self.dated,
            &mut self.pairs,
            &mut self.zero,
            &mut self.word,
            &mut self.odd,
            &mut self.base64,
        ] {
            places.clear();
        }
    }

    /// Adds those of a batch.
    #[inline(always)]
    fn add(&mut self, cpu: impl Cpu, batch: Batch, batches: &Batches<'_>, seen: &Seen) {
        let (batch, rows) = (InBatch { cpu, batch }, &batches.rows);
        batch.add(&rows.at, &mut self.at);
        batch.add(&rows.word, &mut self.word);
        batch.add(&seen.odd, &mut self.odd);
        batch.add(&seen.colon, &mut self.colon);
        batch.add(&seen.dot, &mut self.dot);
        batch.add(&seen.six, &mut self.digits);
        batch.add(&seen.groups, &mut self.groups);
        batch.add(&seen.dated, &mut self.dated);
        batch.add(&seen.pairs, &mut self.pairs);
        batch.add(&seen.runs, &mut self.base64);
        batch.add_zeros(batches, &seen.zero, &mut self.zero);
    }
}

/// Places in a batch.
#[derive(Clone, Copy)]
struct InBatch<C> {
    cpu: C,
    batch: Batch,
}

impl<C: Cpu> InBatch<C> {
    #[inline(always)]
    fn add(self, row: &Row, places: &mut Places) {
        let mut left = self.occupied(row);
        while left != 0 {
            let index = left.trailing_zeros();
            left &= left - 1;
            places.add(self.start(index), row[FIRST + index as usize]);
        }
    }

    /// Adds those that begin several digits.
    #[inline(always)]
    fn add_zeros(self, batches: &Batches<'_>, row: &Row, places: &mut Places) {
        let (mut left, mut gaps) = (self.occupied(row), NO_ROW);
        while left != 0 {
            let index = left.trailing_zeros();
            left &= left - 1;
            let (start, block) = (self.start(index), FIRST + index as usize);
            let [own, next] = &batches.blocks(start as usize);
            (gaps[block], gaps[block + 1]) = (self.cpu.gaps(own), self.cpu.gaps(next));
            places.add_if(start, row[block], |bit| {
                let digits = later(&batches.rows.digit, block, bit);
                several_digits(digits, later(&gaps, block, bit))
            });
        }
    }

    /// The blocks in which the row has anything.
    #[inline(always)]
    fn occupied(self, row: &Row) -> u32 {
        if is_empty(row) {
            return 0;
        }
        // What stands behind the last block is left from the batch before.
        let own = u32::MAX >> (BATCH_BLOCKS - self.batch.count.min(BATCH_BLOCKS)) as u32;
        self.cpu.occupied(row) & own
    }

    /// A Text is no longer than its offsets reach.
    #[inline(always)]
    fn start(self, index: u32) -> u32 {
        self.batch.base as u32 + index * BLOCK_BYTES as u32
    }
}

/// Finds the anchors in `bytes`, which are no longer than a Text.
pub(crate) fn search(bytes: &[u8], anchors: &mut Anchors) {
    anchors.clear();
    at_best(Search { bytes, anchors });
}

struct Search<'a> {
    bytes: &'a [u8],
    anchors: &'a mut Anchors,
}

impl Work for Search<'_> {
    #[inline(always)]
    fn run(self, cpu: impl Cpu) {
        let (mut seen, mut batches) = (Seen::NONE, Batches::new(self.bytes));
        while let Some(batch) = batches.next(cpu) {
            seen.gather(&batches.rows, batch.count);
            self.anchors.add(cpu, batch, &batches, &seen);
        }
    }
}

/// What the masks of a batch show of anchors. All blocks are worked on alike, several at once: to
/// ask of each whether anything is to be found costs more than to look for it. Of a whole batch it
/// is asked.
struct Seen {
    six: Row,
    zero: Row,
    dated: Row,
    pairs: Row,
    groups: Row,
    dot: Row,
    colon: Row,
    odd: Row,
    runs: Row,
}

#[expect(
    clippy::needless_range_loop,
    reason = "rows of one block and of its neighbours, several at once"
)]
impl Seen {
    const NONE: Self = Self {
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
    fn gather(&mut self, rows: &Rows, count: usize) {
        let end = FIRST + count.min(BATCH_BLOCKS);
        self.numbers(rows, end);
        self.colons(rows, end);
        self.dots(rows, end);
        self.runs(rows, end);
        self.odd(rows, end);
    }

    /// What is odd, and no number that is the value of a key: `status=200`.
    #[inline(always)]
    fn odd(&mut self, rows: &Rows, end: usize) {
        if is_empty(&rows.odd) {
            self.odd = NO_ROW;
            return;
        }
        for block in FIRST..end {
            let value = later(&rows.digit, block, 2) & !earlier(&rows.digit, block, 1);
            self.odd[block] = rows.odd[block] & !(rows.number[block] & value);
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
            [self.six, self.zero, self.dated, self.pairs, self.groups] = [NO_ROW; 5];
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
            let next = later(&rows.colon, block, 1);
            let before = earlier(&rows.colon, block, 1);
            self.colon[block] = rows.colon[block] & next & !before | near(&two, block) & !next;
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
    // What fills a block goes on, perhaps with the others.
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

    fn anchors(text: &str) -> Vec<(&'static str, u32)> {
        let mut found = Anchors::default();
        search(text.as_bytes(), &mut found);
        let kinds = [
            ("at", &found.at),
            ("colon", &found.colon),
            ("dot", &found.dot),
            ("digits", &found.digits),
            ("groups", &found.groups),
            ("dated", &found.dated),
            ("pairs", &found.pairs),
            ("zero", &found.zero),
            ("word", &found.word),
            ("odd", &found.odd),
            ("base64", &found.base64),
        ];
        let places = |(kind, places): (_, &Places)| {
            let places = places.as_slice().to_vec();
            places.into_iter().map(move |at| (kind, at))
        };
        kinds.into_iter().flat_map(places).collect()
    }

    #[test]
    fn anchors_are_the_same_wherever_a_block_ends() {
        let text = "a@b ::1 10.0.0.1 0701740605 +46 12:34:56 1981-12-28-9874 a punkt b \
                    4992-74 ODExMjI4LTk4NzQ= 3300-8112289874 a%40b n=20 =2D 90 08 00-4";
        let plain = anchors(text);
        let expected = [
            ("at", 1),
            ("colon", 4),
            ("dot", 10),
            ("digits", 17),
            ("digits", 97),
            ("groups", 92),
            ("dated", 35),
            ("dated", 46),
            ("pairs", 8),
            ("pairs", 129),
            ("zero", 17),
            ("word", 58),
            ("odd", 28),
            ("odd", 109),
            ("odd", 119),
            ("base64", 75),
        ];
        assert_eq!(plain, expected);
        for pad in 0..2500 {
            let padded = anchors(&format!("{}{text}", " ".repeat(pad as usize)));
            let moved: Vec<_> = padded
                .into_iter()
                .map(|(kind, at)| (kind, at - pad))
                .collect();
            assert_eq!(moved, plain, "{pad}");
        }
    }

    #[test]
    fn digits_parted_by_more_than_a_block_may_go_on() {
        let parted = |bytes| anchors(&format!("08{}46", " ".repeat(bytes)));
        assert_eq!(parted(62), [("zero", 0)]);
        assert_eq!(parted(10), []);
    }

    #[test]
    fn everyday_numbers_are_no_anchors() {
        assert_eq!(
            anchors("2024-11-12 1.5 12:34 08:15:59 v1.2.3, ratio 0.25, 12345 items; a: b; a+b"),
            [("pairs", 8), ("odd", 70)]
        );
    }
}
