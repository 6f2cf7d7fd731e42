//! Shapes: three bytes in a row, each of them in a set of its own, and letters: four in a row. Where
//! one of eight shapes or words ends is seen at once, 64 bytes at a time.

use super::sets::Table;
use super::{BLOCK_BYTES, Cpu, LANE_BYTES, Work, at_best};
use crate::places::Places;
use wide::u8x16;

/// Blocks that are looked at together.
const BATCH_BLOCKS: usize = 16;
const BATCH_BYTES: usize = BATCH_BLOCKS * BLOCK_BYTES;
/// Bytes of a shape.
pub(super) const SHAPE_BYTES: usize = 3;
/// How many letters of a word are looked for.
pub(crate) const LETTERS: usize = 4;
/// What may begin before the block that it ends in.
const LEAD_BYTES: usize = LETTERS - 1;
/// Where in a window shapes begin that end with the first byte of its block.
pub(super) const SHAPE_START: usize = LEAD_BYTES + 1 - SHAPE_BYTES;

/// Eight shapes: for each of their bytes what it may be, one set for each shape.
pub(crate) type Shapes = [Table; SHAPE_BYTES];
/// The first letters of eight words: for each of them the lower halves of the bytes that it may be, a
/// bit for each word; twice over, for both halves of a register.
pub(crate) type Letters = [[u8; 2 * LANE_BYTES]; LETTERS];
/// A block and the bytes before it.
pub(crate) type Window = [u8; LEAD_BYTES + BLOCK_BYTES];

/// What is looked for.
pub(crate) trait Look<const KINDS: usize> {
    /// Where each kind of it ends in the block of a window: a bit for each byte.
    fn look(&self, cpu: impl Cpu, window: &Window) -> [u64; KINDS];
}

/// Calls `visit` for every few blocks, in order, with where what is looked for ends in them: one list
/// for each kind.
#[inline]
pub(crate) fn each_batch<const KINDS: usize>(
    bytes: &[u8],
    sought: impl Look<KINDS>,
    room: &mut [Places; KINDS],
    visit: impl FnMut(&mut [Places; KINDS]),
) {
    at_best(Search {
        bytes,
        sought,
        room,
        visit,
    });
}

struct Search<'a, const KINDS: usize, L, V> {
    bytes: &'a [u8],
    sought: L,
    room: &'a mut [Places; KINDS],
    visit: V,
}

impl<const KINDS: usize, L, V> Work for Search<'_, KINDS, L, V>
where
    L: Look<KINDS>,
    V: FnMut(&mut [Places; KINDS]),
{
    #[inline(always)]
    fn run(mut self, cpu: impl Cpu) {
        for first in (0..self.bytes.len()).step_by(BATCH_BYTES) {
            for places in &mut *self.room {
                places.clear();
            }
            let end = self.bytes.len().min(first + BATCH_BYTES);
            for at in (first..end).step_by(BLOCK_BYTES) {
                self.look(cpu, at);
            }
            (self.visit)(self.room);
        }
    }
}

impl<const KINDS: usize, L: Look<KINDS>, V> Search<'_, KINDS, L, V> {
    /// Looks at the block that begins at `at`.
    #[inline(always)]
    fn look(&mut self, cpu: impl Cpu, at: usize) {
        let from = at.checked_sub(LEAD_BYTES);
        let found = match from.and_then(|from| self.bytes.get(from..)?.first_chunk()) {
            Some(window) => self.sought.look(cpu, window),
            None => self.sought.look(cpu, &filled(self.bytes, at)),
        };
        for (places, found) in self.room.iter_mut().zip(found) {
            if found != 0 {
                // A Text is no longer than its offsets reach.
                places.add(at as u32, found);
            }
        }
    }
}

/// The window of the block that begins at `at`; what the text does not have is NUL.
#[inline(never)]
fn filled(bytes: &[u8], at: usize) -> Window {
    let mut window = [0; LEAD_BYTES + BLOCK_BYTES];
    let lead = at.min(LEAD_BYTES);
    let own = bytes.get(at - lead..).unwrap_or_default();
    let own = own.get(..lead + BLOCK_BYTES).unwrap_or(own);
    let room = window.get_mut(LEAD_BYTES - lead..);
    if let Some(room) = room.and_then(|room| room.get_mut(..own.len())) {
        room.copy_from_slice(own);
    }
    window
}

/// What every CPU can do: see [`Cpu::shapes`].
#[inline(always)]
pub(super) fn shapes(window: &Window, shapes: &Shapes) -> u64 {
    ends(|at| {
        let sets = |index: usize| shapes[index].lane(lane(window, at + SHAPE_START + index));
        sets(0) & sets(1) & sets(2)
    })
}

/// What every CPU can do: see [`Cpu::letters`].
#[inline(always)]
pub(super) fn letters(window: &Window, letters: &Letters) -> u64 {
    ends(|at| {
        let words = |index: usize| {
            let (halves, lane) = (lane(&letters[index], 0), lane(window, at + index));
            // Of a byte outside ASCII it says 0.
            halves.shuffle_zeroing(lane & u8x16::splat(0x8f))
        };
        words(0) & words(1) & words(2) & words(3)
    })
}

/// A bit for each byte of a block that `sets` says anything of.
#[inline(always)]
fn ends(sets: impl Fn(usize) -> u8x16) -> u64 {
    (0..BLOCK_BYTES).step_by(LANE_BYTES).fold(0, |all, at| {
        let none = sets(at).simd_eq(u8x16::ZERO).to_bitmask() as u16;
        all | u64::from(!none) << at
    })
}

#[inline(always)]
fn lane(bytes: &[u8], at: usize) -> u8x16 {
    let lane = bytes.get(at..).and_then(<[u8]>::first_chunk);
    u8x16::new(lane.copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::{Portable, table};
    use proptest::prelude::*;

    /// Shapes of every kind of set; the last is never seen.
    static SHAPES: Shapes = [
        table([
            (0xffff, 0xffff),
            (1 << 6, 0xffff),
            (1 << 2, 1),
            (0xff00, 0xffff),
            (1 << 3, 0x3ff),
            (1 << 3, 0x3ff),
            (1 << 6, 1 << 1),
            (0, 0),
        ]),
        table([
            (1 << 3, 1 << 0xa),
            (1 << 2, 1),
            (1 << 6, 0xffff),
            (1 << 2, 1),
            (1 << 3, 0x3ff),
            (1 << 2, 1),
            (1 << 6, 1 << 2),
            (0, 0),
        ]),
        table([
            (1 << 2, 1),
            (1 << 3, 0x3ff),
            (1 << 2, 1),
            (1 << 6, 0xffff),
            (1 << 3, 0x3ff),
            (1 << 4, 0xffff),
            (1 << 6, 1 << 3),
            (1, 1),
        ]),
    ];

    /// The same, byte by byte.
    fn expected(bytes: &[u8]) -> [Vec<u32>; 2] {
        let at = |index: Option<usize>| index.map_or(0, |index| bytes[index]);
        let shape = |end: &usize| {
            let three = [end.checked_sub(2), end.checked_sub(1), Some(*end)].map(at);
            let sets = |index: usize| SHAPES[index].sets(three[index]);
            sets(0) & sets(1) & sets(2) != 0
        };
        let word = |end: &usize| {
            let four = [3, 2, 1, 0].map(|before| at(end.checked_sub(before)));
            let words = |index: usize| match four[index] {
                ascii @ ..0x80 => WORDS[index][usize::from(ascii % 16)],
                _ => 0,
            };
            words(0) & words(1) & words(2) & words(3) != 0
        };
        let all = |fits: &dyn Fn(&usize) -> bool| {
            let ends = (0..bytes.len()).filter(fits);
            ends.map(|end| u32::try_from(end).unwrap()).collect()
        };
        [all(&shape), all(&word)]
    }

    static WORDS: Letters = {
        let mut letters = [[0; 2 * LANE_BYTES]; LETTERS];
        let mut index = 0;
        while index < LETTERS {
            // `abcd`, and ` A: `.
            let halves = [b"abcd"[index] % 16, b" A: "[index] % 16];
            let mut word = 0;
            while word < halves.len() {
                letters[index][halves[word] as usize] |= 1 << word;
                letters[index][halves[word] as usize + LANE_BYTES] |= 1 << word;
                word += 1;
            }
            index += 1;
        }
        letters
    };

    struct Both;

    impl Look<2> for Both {
        fn look(&self, cpu: impl Cpu, window: &Window) -> [u64; 2] {
            [cpu.shapes(window, &SHAPES), cpu.letters(window, &WORDS)]
        }
    }

    /// Where shapes end, and where words do.
    fn seen(bytes: &[u8]) -> [Vec<u32>; 2] {
        let mut seen = [Vec::new(), Vec::new()];
        each_batch(bytes, Both, &mut Default::default(), |places| {
            for (seen, places) in seen.iter_mut().zip(places) {
                seen.extend_from_slice(places.as_slice());
            }
        });
        seen
    }

    #[test]
    fn shapes_are_seen_wherever_they_end() {
        for pad in 0..2500 {
            for shape in [": ", "1 A", "abcd", "  a"] {
                let text = format!("{}{shape}", "x".repeat(pad));
                let bytes = text.as_bytes();
                assert_eq!(seen(bytes), expected(bytes), "{shape} behind {pad}");
            }
        }
    }

    struct OfOne<'a>(&'a Window, &'a mut [u64; 2]);

    impl Work for OfOne<'_> {
        fn run(self, cpu: impl Cpu) {
            *self.1 = Both.look(cpu, self.0);
        }
    }

    proptest! {
        #[test]
        fn shapes_are_the_same_on_every_cpu(bytes in prop::collection::vec(any::<u8>(), 0..40), likely in "[a-c 0-9A:å]{0,200}") {
            let mut text = likely.into_bytes();
            text.extend(bytes);
            prop_assert_eq!(seen(&text), expected(&text));
            let mut here = [0; 2];
            for at in (0..text.len()).step_by(BLOCK_BYTES) {
                let window = filled(&text, at);
                at_best(OfOne(&window, &mut here));
                prop_assert_eq!(here, Both.look(Portable, &window));
            }
        }
    }
}
