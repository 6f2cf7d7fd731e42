//! Sets of words that are asked for at every capital: names, towns.
//!
//! A word is folded on the stack and compared with the one or two of the set that share its slot.
//! Words are lower case; case is folded in ASCII and in the Latin letters that Swedish writes.

use crate::spelling::{LANE_BYTES, byte_mask, lower_case};

/// The longest word of a set, in bytes.
const WORD_BYTES_MAX: usize = 24;
const ROOM_BYTES: usize = 2 * LANE_BYTES;
/// A power of two, several times the number of words: most words meet an empty slot at once.
const SLOTS: usize = 2048;
/// The first byte of `À` to `ÿ` in UTF-8.
const LATIN: u8 = 0xc3;

/// A set of words, made while compiling.
pub(crate) struct Lexicon {
    words: &'static [u8],
    /// Where in `words` one begins, from 1; 0 where the slot is empty.
    slots: [u16; SLOTS],
}

impl Lexicon {
    /// The words of a text, parted by blanks and line ends.
    #[expect(clippy::cast_possible_truncation, reason = "checked while compiling")]
    pub(crate) const fn new(words: &'static str) -> Self {
        let words = words.as_bytes();
        assert!(words.len() < u16::MAX as usize, "places fit two bytes");
        let (mut slots, mut start, mut count) = ([0; SLOTS], 0, 0);
        while start < words.len() {
            let length = length(words, start);
            if length > 0 {
                let mut slot = slot(words, start, length);
                while slots[slot] != 0 {
                    slot = (slot + 1) % SLOTS;
                }
                slots[slot] = start as u16 + 1;
                count += 1;
                assert!(count < SLOTS / 2, "the table is never full");
            }
            start += length + 1;
        }
        Self { words, slots }
    }

    /// Whether the word is one of the set.
    pub(crate) fn has(&self, word: &Folded) -> bool {
        let word = word.as_bytes();
        let mut slot = slot(word, 0, word.len());
        // Ends at an empty slot: the table is never full.
        while let Some(start) = self.slots.get(slot).filter(|start| **start != 0) {
            let start = usize::from(*start) - 1;
            let known = self.words.get(start..start + word.len());
            if known == Some(word) && length(self.words, start) == word.len() {
                return true;
            }
            slot = (slot + 1) % SLOTS;
        }
        false
    }
}

/// The bytes from there to the next blank or line end.
const fn length(words: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < words.len() && words[end] > b' ' {
        end += 1;
    }
    end - start
}

/// A number made of the word's length, ends and middle.
const fn slot(words: &[u8], start: usize, length: usize) -> usize {
    if length == 0 {
        return 0;
    }
    let (first, second) = (words[start] as usize, words[start + length / 4] as usize);
    let (middle, last) = (
        words[start + length / 2] as usize,
        words[start + length - 1] as usize,
    );
    (length * 37 + first * 131 + second * 257 + middle * 17 + last * 571) % SLOTS
}

/// A word in lower case.
pub(crate) struct Folded {
    bytes: [u8; ROOM_BYTES],
    length: usize,
}

impl Folded {
    /// `None` for a word longer than any of a set.
    pub(crate) fn new(word: &[u8]) -> Option<Self> {
        let length = Some(word.len()).filter(|length| *length <= WORD_BYTES_MAX)?;
        let mut bytes = [0; ROOM_BYTES];
        bytes.get_mut(..length)?.copy_from_slice(word);
        let (lanes, _) = bytes.as_chunks_mut();
        let mut leads = 0;
        for lane in lanes.iter_mut().rev() {
            leads = leads << LANE_BYTES | byte_mask(lane, LATIN);
            *lane = lower_case(lane);
        }
        while leads != 0 {
            let letter = bytes.get_mut(leads.trailing_zeros() as usize + 1);
            if let Some(letter) = letter.filter(|letter| (0x80..=0x9e).contains(*letter)) {
                *letter |= 0x20;
            }
            leads &= leads - 1;
        }
        Some(Self { bytes, length })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Whether it ends so, behind two bytes or more.
    pub(crate) fn ends_with(&self, endings: &[&str]) -> bool {
        let word = self.as_bytes();
        let fits =
            |ending: &&str| word.len() > ending.len() + 1 && word.ends_with(ending.as_bytes());
        endings.iter().any(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case() {
        static WORDS: Lexicon = Lexicon::new("anna berg\nåsa örjan björn\n");
        let has = |word: &str| Folded::new(word.as_bytes()).is_some_and(|word| WORDS.has(&word));
        for word in [
            "anna", "Anna", "ANNA", "Åsa", "ÅSA", "åsa", "Örjan", "BJÖRN",
        ] {
            assert!(has(word), "{word}");
        }
        for word in [
            "",
            "ann",
            "annaa",
            "Äsa",
            "bjorn",
            "anna berg",
            "a-word-longer-than-any-of-them",
        ] {
            assert!(!has(word), "{word}");
        }
    }
}
