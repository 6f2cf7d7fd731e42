//! Words that are rare enough to be searched for: what secrets begin with, `c/o `.
//!
//! Four letters of each are looked for 64 bytes at a time, roughly; then they are compared.

use crate::blocks::{LETTERS, Letters};
use crate::secret;
use std::sync::LazyLock;

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

/// For each of the letters that blocks are looked through for, what may come first, second and so on.
const MARKS: [[&[u8]; LETTERS]; 8] = [
    [b"e", b"y", b"J", b"h0rl"],
    [b"A", b"KS", b"I", b"A"],
    [b"g", b"h", b"opsu", b"_"],
    [b"g", b"il", b"tp", b"ha"],
    [b"x", b"o", b"x", b"bp"],
    [b"s", b"k", b"_", b"l"],
    [b"-", b"B", b"E", b"G"],
    [b"cC", b"/", b"oO", b" "],
];
pub(crate) static MARK_LETTERS: Letters = {
    let mut letters = [[0; 32]; LETTERS];
    let mut index = 0;
    while index < MARKS.len() * LETTERS {
        let (mark, letter) = (index / LETTERS, index % LETTERS);
        let (bytes, mut byte) = (MARKS[mark][letter], 0);
        while byte < bytes.len() {
            let half = bytes[byte] as usize % 16;
            letters[letter][half] |= 1 << mark;
            letters[letter][half + 16] |= 1 << mark;
            byte += 1;
        }
        index += 1;
    }
    letters
};
/// Bytes that are compared at once.
const HEAD_BYTES: usize = LETTERS;
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

/// Which words were seen already: none begins within another.
#[derive(Default)]
pub(crate) struct RareWords {
    done: usize,
}

impl RareWords {
    /// The word whose mark ends with the byte at `last`, and where it begins. Marks are asked for in
    /// order.
    pub(crate) fn at(&mut self, bytes: &[u8], last: usize) -> Option<(Rare, usize)> {
        let mark = (last + 1).checked_sub(LETTERS)?;
        let (word, start) = word_at(bytes, mark).filter(|(_, start)| *start >= self.done)?;
        self.done = start + word.text.len();
        Some((word.rare, start))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::{Cpu, Look, Window, each_batch};

    struct Marks;

    impl Look<1> for Marks {
        fn look(&self, cpu: impl Cpu, window: &Window) -> [u64; 1] {
            [cpu.letters(window, &MARK_LETTERS)]
        }
    }

    fn seen(text: &str) -> Vec<usize> {
        let (bytes, mut words, mut seen) = (text.as_bytes(), RareWords::default(), Vec::new());
        each_batch(bytes, Marks, &mut Default::default(), |[marks]| {
            let marks = marks.as_slice().iter().map(|mark| *mark as usize);
            seen.extend(
                marks
                    .filter_map(|mark| words.at(bytes, mark))
                    .map(|(_, at)| at),
            );
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
}
