//! InfoTypes compete for a range of text: at most one is reported for the same bytes.
//!
//! A candidate falls when one that overlaps it is stronger, whether or not that one falls itself:
//! so the outcome depends on direct neighbours only, and not on where a text was cut.

use crate::family::{Families, Family};
use crate::spelling::Canonical;
use hemvist_model::{ByteRange, Detection, Evidence, Identifier, InfoType, Likelihood};

/// The first two digits of a year.
pub(crate) type Century = [u8; 2];

/// A value that passed its own rules, before it met its rivals. Offsets are the Segment's.
pub(crate) struct Candidate {
    pub(crate) segment: u32,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) likelihood: Likelihood,
    pub(crate) evidence: Evidence,
    pub(crate) identifier: Identifier,
    /// The same number a century earlier, when that person may live too.
    pub(crate) earlier: Option<Century>,
    /// It was read in normalised text: truer than plain reading of the same bytes.
    pub(crate) undisguised: bool,
    fallen: bool,
    /// It won over an equal that fits the very same bytes: only by the order of families.
    drawn: bool,
}

impl Candidate {
    #[inline(always)]
    pub(crate) fn new(
        range: std::ops::Range<usize>,
        likelihood: Likelihood,
        evidence: Evidence,
        identifier: Identifier,
    ) -> Self {
        let (start, end) = (range.start, range.end);
        Self {
            segment: 0,
            start,
            end,
            likelihood,
            evidence,
            identifier,
            earlier: None,
            undisguised: false,
            fallen: false,
            drawn: false,
        }
    }

    fn family(&self) -> Family {
        Family::of(self.identifier.info_type())
    }

    fn named(&self) -> bool {
        self.evidence.has(Evidence::LABEL_NEARBY) || self.evidence.has(Evidence::FIELD_NAME)
    }
}

/// The candidates of a Text, in the order in which they were found.
#[derive(Default)]
pub(crate) struct Candidates {
    all: Vec<Option<Candidate>>,
    /// What is put in order instead of the candidates.
    order: Vec<Spot>,
}

/// Segment, start, end and number of a candidate, from the highest bits to the lowest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Spot(u128);

impl Spot {
    fn new(candidate: &Candidate, number: usize) -> Self {
        // A Text is no longer than 32 bits reach.
        let place = (candidate.start as u64) << 32 | candidate.end as u64;
        let place = u128::from(candidate.segment) << 64 | u128::from(place);
        Self(place << 32 | number as u128)
    }

    fn number(self) -> usize {
        self.0 as u32 as usize
    }

    fn end(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Whether the other one, which comes behind, begins in this one.
    fn touches(self, other: Self) -> bool {
        let start = (other.0 >> 64) as u32;
        self.0 >> 96 == other.0 >> 96 && start < self.end()
    }
}

impl Candidates {
    #[inline(always)]
    pub(crate) fn push(&mut self, candidate: Candidate) {
        self.order.push(Spot::new(&candidate, self.all.len()));
        self.all.push(Some(candidate));
    }

    /// Moves `others` behind these.
    pub(crate) fn append(&mut self, others: &mut Vec<Candidate>) {
        others.drain(..).for_each(|one| self.push(one));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Takes them out, in the order in which they were found.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Candidate> {
        self.order.clear();
        self.all.drain(..).flatten()
    }

    /// Lets them compete and appends the Detections of those that stand and that are to be kept,
    /// ordered by place.
    #[inline]
    pub(crate) fn settle(
        &mut self,
        mut keeps: impl FnMut(&Candidate) -> bool,
        out: &mut Vec<Detection>,
    ) {
        // A few ascending runs, one for each kind of anchor, are merged: no `sort_unstable`.
        self.order.sort();
        for (index, spot) in self.order.iter().enumerate() {
            let behind = self.order.get(index + 1..).unwrap_or_default().iter();
            for other in behind.take_while(|other| spot.touches(**other)) {
                let pair = [spot.number(), other.number()];
                if let Ok([Some(one), Some(other)]) = self.all.get_disjoint_mut(pair) {
                    contest(one, other);
                }
            }
            // It has met all that overlap it.
            let kept = |one: &mut Candidate| {
                if one.drawn {
                    one.likelihood = Likelihood::Possible;
                }
                !one.fallen && keeps(one)
            };
            let slot = self.all.get_mut(spot.number());
            if let Some(candidate) = slot.and_then(|slot| slot.take_if(kept)) {
                detect(candidate, out);
            }
        }
        self.order.clear();
        self.all.clear();
    }
}

fn contest(one: &mut Candidate, other: &mut Candidate) {
    if coexist(one, other) || coexist(other, one) {
        return;
    }
    if holds(one, other) || holds(other, one) {
        let inner = if holds(one, other) { other } else { one };
        inner.fallen = true;
        return;
    }
    if either(one, other) || either(other, one) {
        for candidate in [one, other] {
            candidate.evidence = candidate.evidence.with(Evidence::COMPETES);
        }
        return;
    }
    let (winner, loser) = if stronger(other, one) {
        (other, one)
    } else {
        (one, other)
    };
    // What has no shape of its own is looked for in some Scans and not in others: it must not
    // decide about what has.
    match (is_worded(winner), is_worded(loser)) {
        (true, false) => return,
        (false, true) => return loser.fallen = true,
        _ => loser.fallen = true,
    }
    if winner.family() != loser.family() {
        winner.evidence = winner.evidence.with(Evidence::COMPETES);
        let same_place = winner.start == loser.start && winner.end == loser.end;
        let equal = winner.likelihood == loser.likelihood && winner.named() == loser.named();
        winner.drawn |= same_place && equal;
    }
}

fn is_worded(one: &Candidate) -> bool {
    !Families::SHAPED.has(one.family())
}

/// Digits inside an IBAN, whose check leaves one text in 97 and whose length is the country's: they
/// are nothing else, whatever stands before.
fn holds(one: &Candidate, other: &Candidate) -> bool {
    one.family() == Family::Iban
        && other.family() != Family::Iban
        && one.start <= other.start
        && other.end <= one.end
}

/// An identity number inside an e-mail address: both are true.
fn coexist(one: &Candidate, other: &Candidate) -> bool {
    one.family() == Family::Email
        && other.family() == Family::Identity
        && other.evidence.has(Evidence::CHECKSUM)
        && one.start <= other.start
        && other.end < one.end
}

/// Digits that read as a phone number and, held back for that, as a person's: nothing names either,
/// so both are said. Their neighbours may decide ([`crate::PeopleFields`]): in a column of identity
/// numbers those of some years of birth would otherwise be missing as a whole.
fn either(one: &Candidate, other: &Candidate) -> bool {
    one.family() == Family::Phone
        && other.family() == Family::Identity
        && matches!(
            other.identifier.info_type(),
            InfoType::SePersonnummer | InfoType::SeSamordningsnummer
        )
        && (one.start, one.end) == (other.start, other.end)
        && other.likelihood == Likelihood::Possible
        && other
            .evidence
            .has(Evidence::CHECKSUM.with(Evidence::REAL_DATE))
        && !one.named()
        && !other.named()
}

/// Whether `one` beats `other`. On a tie the one that begins first stays.
fn stronger(one: &Candidate, other: &Candidate) -> bool {
    let bytes = |candidate: &Candidate| candidate.end - candidate.start;
    if one.family() == other.family() {
        if is_same(one, other) {
            return one.likelihood > other.likelihood;
        }
        return (one.undisguised, bytes(one)) > (other.undisguised, bytes(other));
    }
    let strength = |candidate: &Candidate| {
        let order = std::cmp::Reverse(candidate.family());
        (
            candidate.named(),
            candidate.likelihood,
            bytes(candidate),
            order,
        )
    };
    strength(one) > strength(other)
}

/// Whether both are one value at one place, read twice.
fn is_same(one: &Candidate, other: &Candidate) -> bool {
    (one.start, one.end) == (other.start, other.end) && one.identifier == other.identifier
}

/// Appends the Detections of a candidate that stands: two when two centuries are possible.
#[inline]
fn detect(candidate: Candidate, out: &mut Vec<Detection>) {
    let (segment, evidence, earlier) = (candidate.segment, candidate.evidence, candidate.earlier);
    // Both are what `usize` holds at most.
    let range = ByteRange::new(candidate.start as u64, candidate.end as u64);
    out.push(Detection {
        segment,
        range,
        likelihood: candidate.likelihood,
        evidence,
        identifier: candidate.identifier,
    });
    if let (Some(century), Some(later)) = (earlier, out.last()) {
        let identifier = in_century(&later.identifier, century);
        out.push(Detection {
            segment,
            range,
            likelihood: Likelihood::Possible,
            evidence: evidence.with(Evidence::CENTURY_AMBIGUOUS),
            identifier,
        });
    }
}

fn in_century(identifier: &Identifier, century: Century) -> Identifier {
    let mut text = Canonical::<12>::new();
    let digits = identifier.expose().bytes().skip(century.len());
    for byte in century.into_iter().chain(digits) {
        text.push(byte);
    }
    Identifier::new(identifier.info_type(), text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_are_ordered_by_place_at_the_limits_too() {
        const MAX: usize = u32::MAX as usize;
        let spot = |segment, start, end, number| {
            let identifier = Identifier::new(InfoType::IpAddress, "192.0.2.1");
            let (likelihood, evidence) = (Likelihood::Likely, Evidence::SHAPE);
            let mut candidate = Candidate::new(start..end, likelihood, evidence, identifier);
            candidate.segment = segment;
            Spot::new(&candidate, number)
        };
        let spots = [
            spot(0, 0, MAX, 9),
            spot(0, 1, 5, 3),
            spot(0, 1, 5, 7),
            spot(0, 1, MAX, 0),
            spot(0, MAX - 1, MAX, 2),
            spot(1, 0, 1, 1),
            spot(u32::MAX, 0, 1, 4),
        ];
        assert!(spots.is_sorted());
        let touched = spots.map(|other| spots[0].touches(other));
        assert_eq!(touched, [true, true, true, true, true, false, false]);
        assert!(!spots[1].touches(spot(0, 5, 6, 0)) && spots[1].touches(spot(0, 4, 6, 0)));
        assert_eq!((spots[3].end(), spots[2].number()), (u32::MAX, 7));
    }
}
