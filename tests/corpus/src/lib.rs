//! Made-up Swedish data with labels: what lies where is known because it was put there.
//!
//! Every label comes from the generator, none from our own detectors. Numbers and domains come from
//! series that no person has; names and postal addresses are put together from common words. What
//! stands around them varies. The same seed gives the same bytes. Thresholds may be looked at on
//! [`Set::Develop`]; [`Set::Judge`] is what the gates read.
//!
//! Deliberately absent: real text, real people, and knowledge of how detection works.

mod casework;
mod decoys;
mod disguise;
mod document;
mod examine;
mod json;
mod logs;
mod money;
mod negatives;
mod numbers;
mod prose;
mod relatives;
mod score;
mod secrets;
mod tables;
mod values;
mod words;

pub use disguise::{DISGUISES, Disguise};
pub use document::{Document, Label, Strength};
pub use examine::{Found, examine};
pub use negatives::{NegativeKind, Setting};
pub use numbers::Numbers;
pub use score::{Counts, Layer, Score, score};
pub use values::Value;

/// Which half of the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// To look at while rules are made.
    Develop,
    /// To judge by.
    Judge,
}

impl Set {
    /// No seed of one set is ever one of the other.
    fn seed(self, index: u64) -> u64 {
        match self {
            Set::Develop => 2 * index,
            Set::Judge => 2 * index + 1,
        }
    }

    /// A generator of numbers for the document of that index.
    #[must_use]
    pub fn numbers(self, index: u64) -> Numbers {
        Numbers::new(self.seed(index))
    }
}

/// Seeds of the others end below.
const RELATIVES_FROM: u64 = 100_000;

/// The document of that index: logs, CSV, JSON, NDJSON, Swedish and English prose in turn, then
/// case files, registers and configuration with what the others have little of.
#[must_use]
pub fn document(set: Set, index: u64) -> Document {
    let mut numbers = set.numbers(index);
    let mut document = match index % 10 {
        0 => logs::document(&mut numbers),
        1 => tables::document(&mut numbers),
        2 => json::document(&mut numbers),
        3 => json::lines(&mut numbers),
        4 => prose::swedish(&mut numbers),
        5 => prose::english(&mut numbers),
        6 => casework::swedish(&mut numbers),
        7 => casework::english(&mut numbers),
        8 => casework::register(&mut numbers),
        _ => casework::configuration(&mut numbers),
    };
    document.name = format!("{index:04}-{}", document.name);
    document
}

/// So many documents of a set, and a fifth as many with relatives of the personnummer.
pub fn documents(set: Set, count: u64) -> impl Iterator<Item = Document> {
    let relatives = (0..count / 5).map(move |index| relatives(set, index));
    (0..count)
        .map(move |index| document(set, index))
        .chain(relatives)
}

/// The document of that index with relatives of the personnummer alone: letters and registers in
/// turn. They stand apart, so that the others stay as they were.
fn relatives(set: Set, index: u64) -> Document {
    let mut numbers = set.numbers(RELATIVES_FROM + index);
    let mut document = relatives::document(&mut numbers, index);
    document.name = format!("r{index:03}-{}", document.name);
    document
}
