//! Words that are rare enough to be searched for: what secrets begin with, `c/o `.
//!
//! Three letters of each are looked for 64 bytes at a time, four tell most of the rest apart.

use crate::blocks::{BLOCK_BYTES, Cpu, Work, at_best, is};
use crate::places::Places;
use crate::secret;
use std::sync::LazyLock;
use wide::u8x16;

/// A word that was searched for.
#[derive(Clone, Copy)]
pub(crate) enum Rare {
    /// The beginning of a secret or its label, by its number.
    Secret(usize),
    /// `c/o `.
    CareOf,
}

pub(crate) const CARE_OF_BYTES: usize = 4;
const CARE_OF: [&str; 2] = ["c/o ", "C/O "];

/// Letters of words that blocks are looked through for.
pub(crate) const MARK_LETTERS: usize = 3;
/// For each of them those that may come first, second and third.
pub(crate) const MARKS: [[&[u8]; MARK_LETTERS]; 8] = [
    [b"e", b"y", b"J"],
    [b"A", b"KS", b"I"],
    [b"g", b"h", b"opsu"],
    [b"g", b"il", b"pt"],
    [b"x", b"o", b"x"],
    [b"s", b"k", b"_"],
    [b"-", b"B", b"E"],
    [b"cC", b"/", b"oO"],
];
const WINDOW_BYTES: usize = BLOCK_BYTES + MARK_LETTERS - 1;
/// A block and what its last letters begin.
pub(crate) type Window = [u8; WINDOW_BYTES];
/// Blocks whose marks are looked at together.
const BATCH_BLOCKS: usize = 16;
/// Bytes that are compared at once.
const HEAD_BYTES: usize = 4;
const LANE_BYTES: usize = 16;
/// What many dashes go before: its last one is the mark's.
const PEM_DASHES: &str = "-----";

struct Word {
    text: &'static str,
    rare: Rare,
    /// Where its mark begins.
    mark: usize,
    /// What stands there.
    head: [u8; HEAD_BYTES],
}

static WORDS: LazyLock<Vec<Word>> = LazyLock::new(|| {
    let secrets = secret::beginnings().enumerate();
    let secrets = secrets.map(|(index, word)| (word, Rare::Secret(index)));
    let care_of = CARE_OF.map(|word| (word, Rare::CareOf));
    let words = secrets.chain(care_of).filter_map(|(text, rare)| {
        let mark = match text.starts_with(PEM_DASHES) {
            true => PEM_DASHES.len() - 1,
            false => 0,
        };
        let head = *text.as_bytes().get(mark..)?.first_chunk()?;
        Some(Word {
            text,
            rare,
            mark,
            head,
        })
    });
    words.collect()
});

/// Calls `visit` with every rare word and where it begins, in order; none begins within another.
pub(crate) fn each_rare_word(bytes: &[u8], room: &mut Places, mut visit: impl FnMut(Rare, usize)) {
    let mut done = 0;
    let visit = |mark: usize| {
        if let Some((word, start)) = word_at(bytes, mark).filter(|(_, start)| *start >= done) {
            done = start + word.text.len();
            visit(word.rare, start);
        }
    };
    at_best(Search { bytes, room, visit });
}

/// The word whose mark is at `mark`, and where it begins.
fn word_at(bytes: &[u8], mark: usize) -> Option<(&'static Word, usize)> {
    let head = bytes.get(mark..)?.first_chunk::<HEAD_BYTES>()?;
    let is_here = |word: &&Word| {
        let start = Some(mark).filter(|_| word.head == *head);
        let start = start.and_then(|mark| mark.checked_sub(word.mark));
        let rest = start.and_then(|start| bytes.get(start..));
        rest.is_some_and(|rest| rest.starts_with(word.text.as_bytes()))
    };
    let word = WORDS.iter().find(is_here)?;
    Some((word, mark - word.mark))
}

struct Search<'a, V> {
    bytes: &'a [u8],
    room: &'a mut Places,
    visit: V,
}

impl<V: FnMut(usize)> Work for Search<'_, V> {
    #[inline(always)]
    fn run(mut self, cpu: impl Cpu) {
        for first in (0..self.bytes.len()).step_by(BATCH_BLOCKS * BLOCK_BYTES) {
            self.room.clear();
            let rest = self.bytes.get(first..).unwrap_or_default();
            for at in (0..rest.len().min(BATCH_BLOCKS * BLOCK_BYTES)).step_by(BLOCK_BYTES) {
                let rest = rest.get(at..).unwrap_or_default();
                let found = match rest.first_chunk() {
                    Some(window) => cpu.marks(window),
                    None => cpu.marks(&filled(rest)),
                };
                if found != 0 {
                    // A Text is no longer than its offsets reach.
                    self.room.add((first + at) as u32, found);
                }
            }
            for mark in self.room.as_slice() {
                (self.visit)(*mark as usize);
            }
        }
    }
}

/// The last bytes, and NULs behind them.
#[inline(never)]
fn filled(bytes: &[u8]) -> Window {
    let mut window = [0; WINDOW_BYTES];
    for (slot, byte) in window.iter_mut().zip(bytes) {
        *slot = *byte;
    }
    window
}

/// What every CPU can do.
pub(crate) fn marks(window: &Window) -> u64 {
    (0..BLOCK_BYTES).step_by(LANE_BYTES).fold(0, |marks, at| {
        let lanes = [0, 1, 2].map(|letter| {
            let bytes = window.get(at + letter..).and_then(<[u8]>::first_chunk);
            u8x16::new(bytes.copied().unwrap_or_default())
        });
        let any_of = |lane, bytes: &[u8]| {
            bytes
                .iter()
                .fold(u8x16::ZERO, |any, byte| any | is(lane, *byte))
        };
        let here = MARKS
            .iter()
            .fold(u8x16::ZERO, |here, [first, second, third]| {
                here | any_of(lanes[0], first) & any_of(lanes[1], second) & any_of(lanes[2], third)
            });
        marks | u64::from(here.to_bitmask()) << at
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen(text: &str) -> Vec<usize> {
        let mut seen = Vec::new();
        each_rare_word(text.as_bytes(), &mut Places::default(), |_, at| {
            seen.push(at)
        });
        seen
    }

    #[test]
    fn every_word_is_seen_wherever_it_is() {
        assert_eq!(WORDS.len(), secret::beginnings().count() + CARE_OF.len());
        for word in WORDS.iter() {
            for pad in 0..130 {
                let text = format!("{}{} x", "-".repeat(pad), word.text);
                assert_eq!(seen(&text), [pad], "{}", word.text);
                let cut = &text[..pad + word.text.len() - 1];
                assert_eq!(seen(cut), [], "{cut}");
            }
        }
    }

    #[test]
    fn no_word_begins_within_another() {
        assert_eq!(seen("xoxb-----BEGIN x"), [0]);
        assert_eq!(seen("xoxb------BEGIN x"), [0, 5]);
        assert_eq!(seen("eyJheyJhC/O c/o eyjh EYJH"), [0, 4, 8, 12]);
    }

    struct Mark<'a>(&'a Window, &'a mut u64);

    impl Work for Mark<'_> {
        fn run(self, cpu: impl Cpu) {
            *self.1 = cpu.marks(self.0);
        }
    }

    proptest! {
        #[test]
        fn no_cpu_misses_a_mark(bytes in any::<[u8; 32]>(), letters in any::<[u8; 32]>()) {
            let letters = letters.map(|byte| b"eyJAKSIghopsuiltx_k-BEcC/oO"[usize::from(byte) % 27]);
            let window: Vec<u8> = letters.into_iter().chain(bytes).chain(*b"Jy").collect();
            let window: Window = window.try_into().unwrap();
            let mut here = 0;
            at_best(Mark(&window, &mut here));
            let portable = marks(&window);
            prop_assert_eq!(here & portable, portable);
        }
    }
}
