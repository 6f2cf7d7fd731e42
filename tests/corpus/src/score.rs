//! How well findings fit the labels.

use std::fmt;

use hemvist_model::{InfoType, Likelihood};

use crate::document::{Document, Label, Strength};
use crate::examine::Found;

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Found at any Likelihood. POSSIBLE is allowed to be wrong, so only misses count against it.
    Detected,
    /// Shown, that is LIKELY or above. A value that nothing speaks for but its digits need not
    /// be: it counts neither way.
    Shown,
    /// Shown with exactly the planted bytes and the planted meaning.
    Exact,
}

impl Layer {
    /// All of them.
    pub const ALL: [Layer; 3] = [Layer::Detected, Layer::Shown, Layer::Exact];
}

/// Right, wrong and missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Labels that were found.
    pub right: u64,
    /// Findings without a label.
    pub wrong: u64,
    /// Labels that were not found.
    pub missed: u64,
}

impl Counts {
    /// The harmonic mean of precision and recall; 0 when nothing was there to find.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let right = self.right as f64;
        let all = 2.0 * right + (self.wrong + self.missed) as f64;
        if all > 0.0 { 2.0 * right / all } else { 0.0 }
    }

    /// The share of labels that were found; 0 when there is none.
    #[must_use]
    pub fn recall(&self) -> f64 {
        let all = (self.right + self.missed) as f64;
        if all > 0.0 {
            self.right as f64 / all
        } else {
            0.0
        }
    }
}

/// Counts per InfoType and Layer.
#[derive(Debug, Clone, Default)]
pub struct Score {
    counts: [[Counts; 3]; InfoType::ALL.len()],
    /// Up to [`EXAMPLES_MAX`] places of each InfoType that went wrong, for people. All values are
    /// made up.
    pub examples: Vec<String>,
    /// How many there are of each.
    told: [usize; InfoType::ALL.len()],
}

/// Examples kept of an InfoType.
const EXAMPLES_MAX: usize = 8;
/// Bytes shown on either side of an example.
const AROUND_BYTES: usize = 30;

impl Score {
    /// The counts of one InfoType and Layer.
    #[must_use]
    pub fn of(&self, info_type: InfoType, layer: Layer) -> Counts {
        InfoType::ALL
            .iter()
            .position(|known| *known == info_type)
            .map(|index| self.counts[index][layer as usize])
            .unwrap_or_default()
    }

    fn count(&mut self, info_type: InfoType, layer: Layer) -> Option<&mut Counts> {
        let index = InfoType::ALL.iter().position(|known| *known == info_type)?;
        Some(&mut self.counts[index][layer as usize])
    }

    fn example(
        &mut self,
        what: &str,
        info_type: InfoType,
        document: &Document,
        place: (usize, usize),
    ) {
        let index = InfoType::ALL.iter().position(|known| *known == info_type);
        let Some(told) = index.and_then(|index| self.told.get_mut(index)) else {
            return;
        };
        *told += 1;
        if *told <= EXAMPLES_MAX {
            let around = place.0.saturating_sub(AROUND_BYTES)
                ..(place.1 + AROUND_BYTES).min(document.bytes.len());
            let text = String::from_utf8_lossy(&document.bytes[around]).replace('\n', "⏎");
            self.examples
                .push(format!("{what} {info_type} in {}: {text}", document.name));
        }
    }
}

/// Adds how well the findings, in ascending order, fit the document's labels.
pub fn score(document: &Document, found: &[Found], score: &mut Score) {
    for label in &document.labels {
        let near = overlapping(found, label);
        let best = near.iter().map(|found| found.likelihood).max();
        let mut layers = vec![(Layer::Detected, best.is_some())];
        if label.strength == Strength::Clear {
            let exact = near.iter().any(|found| is_exact(found, label));
            layers.push((Layer::Shown, best >= Some(Likelihood::Likely)));
            layers.push((Layer::Exact, exact));
        }
        for (layer, right) in &layers {
            tally(score, label.info_type, *layer, *right);
        }
        if let Some((layer, _)) = layers.iter().find(|(_, right)| !right) {
            let what = format!("missed ({layer:?})");
            let place = (label.start, label.end);
            score.example(&what, label.info_type, document, place);
        }
    }
    let shown = found
        .iter()
        .filter(|found| found.likelihood >= Likelihood::Likely);
    for found in shown {
        let labelled = document.labels.iter().any(|label| {
            label.info_type == found.info_type && label.start < found.end && found.start < label.end
        });
        if !labelled {
            for layer in [Layer::Shown, Layer::Exact] {
                if let Some(counts) = score.count(found.info_type, layer) {
                    counts.wrong += 1;
                }
            }
            score.example("wrong", found.info_type, document, (found.start, found.end));
        }
    }
}

fn tally(score: &mut Score, info_type: InfoType, layer: Layer, right: bool) {
    if let Some(counts) = score.count(info_type, layer) {
        counts.right += u64::from(right);
        counts.missed += u64::from(!right);
    }
}

fn overlapping<'f>(found: &'f [Found], label: &Label) -> Vec<&'f Found> {
    found
        .iter()
        .filter(|found| found.start < label.end && label.start < found.end)
        .filter(|found| found.info_type == label.info_type)
        .collect()
}

fn is_exact(found: &Found, label: &Label) -> bool {
    (found.start, found.end) == (label.start, label.end)
        && found.identifier == label.identifier
        && found.likelihood >= Likelihood::Likely
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:24}{:10}{:>8}{:>8}{:>8}{:>9}{:>9}",
            "", "layer", "right", "wrong", "missed", "recall", "F1"
        )?;
        for info_type in InfoType::ALL {
            for layer in Layer::ALL {
                let counts = self.of(info_type, layer);
                if counts == Counts::default() {
                    continue;
                }
                writeln!(
                    f,
                    "{info_type:24}{:10}{:>8}{:>8}{:>8}{:>9.4}{:>9.4}",
                    format!("{layer:?}"),
                    counts.right,
                    counts.wrong,
                    counts.missed,
                    counts.recall(),
                    counts.f1()
                )?;
            }
        }
        for example in &self.examples {
            writeln!(f, "  {example}")?;
        }
        Ok(())
    }
}
