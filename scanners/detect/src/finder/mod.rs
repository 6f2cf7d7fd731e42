//! Where a value may lie: anchors found by bit masks, 64 bytes at a time.
//!
//! An anchor is a cheap and rare signal, never a decision: the families read the text around it.

mod seen;

use crate::blocks::{BLOCK_BYTES, Batch, Batches, Cpu, FIRST, NO_ROW, Row, Work, at_best};
use crate::places::Places;
use seen::{All, Blocks, Few, Seen, later};

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
    /// What may write a value in another way with the byte behind it: signs of escapes, tags and the
    /// like, letters of other scripts. Among them every `+` before a digit, which is an anchor.
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

    /// Adds those of a batch that lie in such blocks of it.
    #[inline(always)]
    fn add(
        &mut self,
        found: InBatch<impl Blocks>,
        seen: &Seen,
        batches: &Batches<'_>,
        cpu: impl Cpu,
    ) {
        found.add(&batches.rows.at, &mut self.at);
        found.add(&seen.odd, &mut self.odd);
        found.add(&seen.colon, &mut self.colon);
        found.add(&seen.dot, &mut self.dot);
        found.add(&seen.six, &mut self.digits);
        found.add(&seen.groups, &mut self.groups);
        found.add(&seen.dated, &mut self.dated);
        found.add(&seen.pairs, &mut self.pairs);
        found.add_zeros(cpu, batches, &seen.zero, &mut self.zero);
    }
}

/// Blocks of a batch that begins there.
#[derive(Clone, Copy)]
struct InBatch<B> {
    base: usize,
    blocks: B,
}

impl<B: Blocks> InBatch<B> {
    #[inline(always)]
    fn add(self, row: &Row, places: &mut Places) {
        let mut left = self.blocks.occupied(row);
        while left != 0 {
            let block = left.trailing_zeros() as usize;
            left &= left - 1;
            places.add(self.start(block), row[block]);
        }
    }

    /// Adds those that begin several digits.
    #[inline(always)]
    fn add_zeros(self, cpu: impl Cpu, batches: &Batches<'_>, row: &Row, places: &mut Places) {
        let (mut left, mut gaps) = (self.blocks.occupied(row), NO_ROW);
        while left != 0 {
            let block = left.trailing_zeros() as usize;
            left &= left - 1;
            let start = self.start(block);
            let [own, next] = &batches.blocks(start as usize);
            (gaps[block], gaps[block + 1]) = (cpu.gaps(own), cpu.gaps(next));
            places.add_if(start, row[block], |bit| {
                let digits = later(&batches.rows.digit, block, bit);
                several_digits(digits, later(&gaps, block, bit))
            });
        }
    }

    /// Where a block begins. A Text is no longer than its offsets reach.
    #[inline(always)]
    fn start(self, block: usize) -> u32 {
        (self.base + (block - FIRST) * BLOCK_BYTES) as u32
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
        while let Some(Batch { base, count }) = batches.next(cpu) {
            let (all, rows, anchors) = (All { cpu, count }, &batches.rows, &mut *self.anchors);
            match Few::of(rows.noisy, count) {
                Some(blocks) => {
                    seen.gather(rows, blocks);
                    anchors.add(InBatch { base, blocks }, &seen, &batches, cpu);
                }
                None => {
                    seen.gather(rows, all);
                    anchors.add(InBatch { base, blocks: all }, &seen, &batches, cpu);
                }
            }
            // Words and base64 may stand in any block.
            seen.runs(rows, all);
            let whole = InBatch { base, blocks: all };
            whole.add(&rows.word, &mut anchors.word);
            whole.add(&seen.runs, &mut anchors.base64);
        }
    }
}

/// Whether no fewer digits than a phone number has follow, parted by what may part them.
#[inline(always)]
fn several_digits(digits: u64, gaps: u64) -> bool {
    let length = (digits | gaps).trailing_ones();
    let beyond = u64::MAX.checked_shl(length).unwrap_or(0);
    // What fills a block goes on, perhaps with the others.
    length == u64::BITS || (digits & !beyond).count_ones() >= PHONE_DIGITS_MIN
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
        // Among quiet blocks, and among blocks that hold a `:` that is nothing.
        for lone in [" ", ":"] {
            let block = format!("{lone:64}");
            for pad in 0..2500 {
                let padding = &block.repeat(pad / 64 + 1)[..pad];
                let padding = padding.trim_end_matches(':');
                let padded = anchors(&format!("{padding:pad$}{text}"));
                let moved: Vec<_> = padded
                    .into_iter()
                    .map(|(kind, at)| (kind, at - pad as u32))
                    .collect();
                assert_eq!(moved, plain, "{pad}");
            }
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
