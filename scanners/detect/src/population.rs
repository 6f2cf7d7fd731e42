//! Population evidence: what the numbers of one Field, taken together, say of each.
//!
//! Ten or twelve digits may be a personnummer, an order number or a time stamp,
//! and a single one does not tell. A column of them does: of order numbers that pass the check
//! digit some 7 % have a date, of time stamps 10 % pass the check digit, of real identity numbers
//! nearly all do both, and their dates spread over many years.
//!
//! Counting is all this does: counts add up in any order, so the verdict depends neither on how a
//! Field was cut nor on which thread read which piece of it.

use std::collections::{HashMap, HashSet};

use crate::detectors::named;
use crate::family::Family;
use hemvist_model::{Detection, Evidence, InfoType, Likelihood, Text};

/// Fewer numbers than this say nothing about each other.
const PASSING_MIN: u64 = 20;
/// Of the numbers with a date, so many in a hundred must pass the check digit.
const PASSING_OF_DATED_PERCENT: u64 = 90;
/// Of all numbers of that length, so many in a hundred must be dated and pass: a column may hold
/// organisation numbers too, but order numbers never come near.
const PASSING_OF_ALL_PERCENT: u64 = 40;
/// Birth years spread; a counter that happens to look like dates does not.
const YEARS_MIN: u32 = 8;
/// Fields told apart; documents may have keys without end.
const FIELDS_MAX: usize = 10_000;

/// Counts over the numbers of one length in one Field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    all: u64,
    dated: u64,
    passing: u64,
    /// One bit per year of the century among those that pass.
    years: u128,
}

/// Counts over the numbers of one Field that have as many digits as an identity number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    ten: Tally,
    twelve: Tally,
}

/// Censuses by Field name: of a Split, an object, a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Population {
    fields: HashMap<Box<str>, Census>,
    /// There were more Fields than are told apart: none gets a verdict.
    crowded: bool,
}

impl Tally {
    fn merge(&mut self, other: Tally) {
        self.all += other.all;
        self.dated += other.dated;
        self.passing += other.passing;
        self.years |= other.years;
    }

    fn are_people(&self) -> bool {
        self.passing >= PASSING_MIN
            && self.passing * 100 >= self.dated * PASSING_OF_DATED_PERCENT
            && self.passing * 100 >= self.all * PASSING_OF_ALL_PERCENT
            && self.years.count_ones() >= YEARS_MIN
    }
}

impl Census {
    /// Counts a number: with its century or without; the year if there is such a date; whether it
    /// then passes the check digit.
    pub(crate) fn count(&mut self, century_stated: bool, year: Option<u16>, passes: bool) {
        let tally = if century_stated {
            &mut self.twelve
        } else {
            &mut self.ten
        };
        tally.all += 1;
        let Some(year) = year else { return };
        tally.dated += 1;
        if passes {
            tally.passing += 1;
            tally.years |= 1 << (year % 100);
        }
    }

    fn merge(&mut self, other: &Census) {
        self.ten.merge(other.ten);
        self.twelve.merge(other.twelve);
    }

    fn are_people(&self, century_stated: bool) -> bool {
        let tally = if century_stated {
            &self.twelve
        } else {
            &self.ten
        };
        tally.are_people()
    }
}

impl Population {
    /// Adds what one scanned Text held: the names of its Fields, and what was counted in each.
    pub fn add(&mut self, fields: &[String], censuses: &[Census]) {
        let counted = fields.iter().zip(censuses);
        for (field, census) in counted.filter(|(_, census)| **census != Census::default()) {
            self.add_field(field, census);
        }
    }

    /// Adds the counts of another stretch of the same Split, object or document.
    pub fn merge(&mut self, other: &Population) {
        self.crowded |= other.crowded;
        for (field, census) in &other.fields {
            self.add_field(field, census);
        }
    }

    fn add_field(&mut self, field: &str, census: &Census) {
        if let Some(known) = self.fields.get_mut(field) {
            known.merge(census);
        } else if self.fields.len() < FIELDS_MAX {
            self.fields.insert(field.into(), *census);
        } else {
            self.crowded = true;
        }
    }

    /// The Fields whose numbers are identity numbers, as far as the counts show.
    #[must_use]
    pub fn people(&self) -> PeopleFields {
        let mut people = PeopleFields::default();
        for (field, census) in self.fields.iter().filter(|_| !self.crowded) {
            for century_stated in [false, true] {
                if census.are_people(century_stated) {
                    people.of(century_stated).insert(field.clone());
                }
            }
        }
        people
    }
}

/// The Fields whose numbers are identity numbers: written without a century, or with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleFields {
    ten: HashSet<Box<str>>,
    twelve: HashSet<Box<str>>,
}

impl PeopleFields {
    fn of(&mut self, century_stated: bool) -> &mut HashSet<Box<str>> {
        if century_stated {
            &mut self.twelve
        } else {
            &mut self.ten
        }
    }

    /// Whether numbers written so are identity numbers in that Field.
    #[must_use]
    pub fn has(&self, century_stated: bool, field: &str) -> bool {
        if century_stated {
            self.twelve.contains(field)
        } else {
            self.ten.contains(field)
        }
    }

    /// Takes over another verdict: what one of them knows, both know.
    pub fn merge(&mut self, other: &PeopleFields) {
        self.ten.extend(other.ten.iter().cloned());
        self.twelve.extend(other.twelve.iter().cloned());
    }

    /// Takes over what an earlier verdict left in the evidence of a finding in `field`.
    pub fn recall(&mut self, field: &str, info_type: InfoType, evidence: Evidence) {
        let identity = Family::of(info_type) == Family::Identity;
        if identity && evidence.has(Evidence::POPULATION) {
            let fields = self.of(evidence.has(Evidence::CENTURY_STATED));
            fields.insert(field.into());
        }
    }

    /// What a value in `field` is worth among its neighbours. An identity number that was held
    /// back because an order number or a time stamp would look the same is `LIKELY` where the
    /// others are identity numbers; a phone number that would read as one of them is not.
    #[must_use]
    pub fn weigh(
        &self,
        field: &str,
        info_type: InfoType,
        likelihood: Likelihood,
        evidence: Evidence,
    ) -> (Likelihood, Evidence) {
        let agreed = evidence.with(Evidence::POPULATION);
        let century_stated = evidence.has(Evidence::CENTURY_STATED);
        if is_held_back(likelihood, evidence) && self.has(century_stated, field) {
            (Likelihood::Likely, agreed)
        } else if is_rival(info_type, likelihood, evidence) && self.has(false, field) {
            (Likelihood::Possible, agreed)
        } else {
            (likelihood, evidence)
        }
    }

    /// Weighs what was found in a Text.
    pub fn weigh_all(&self, text: Text<'_>, detections: &mut [Detection]) {
        if self.ten.is_empty() && self.twelve.is_empty() {
            return;
        }
        for one in detections {
            let segment = text.segments.get(one.segment as usize);
            let field = segment.and_then(|segment| text.fields.get(segment.field as usize));
            let Some(field) = field else { continue };
            let info_type = one.info_type();
            (one.likelihood, one.evidence) =
                self.weigh(field, info_type, one.likelihood, one.evidence);
        }
    }
}

/// Whether neighbours may still decide about it: an identity number that is right in itself, but
/// that something else would look like.
#[must_use]
pub fn is_held_back(likelihood: Likelihood, evidence: Evidence) -> bool {
    let doubted = evidence.has(Evidence::LOOKS_LIKE_REFERENCE)
        || evidence.has(Evidence::LOOKS_LIKE_TIMESTAMP);
    likelihood == Likelihood::Possible
        && doubted
        && evidence.has(Evidence::REAL_DATE.with(Evidence::CHECKSUM))
        && !evidence.has(Evidence::CENTURY_AMBIGUOUS)
}

/// A phone number that fits the same digits as an identity number, and that nothing names.
#[must_use]
pub fn is_rival(info_type: InfoType, likelihood: Likelihood, evidence: Evidence) -> bool {
    info_type == InfoType::PhoneNumber
        && likelihood == Likelihood::Likely
        && evidence.has(Evidence::COMPETES)
        && !named(evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Ten;
    use crate::tables::scan;
    use hemvist_model::InfoType::{PhoneNumber, SePersonnummer};

    /// Ten digits that begin so, with their check digit.
    fn checked(nine: &str) -> String {
        let with = |digit: usize| format!("{nine}{digit}");
        let fits = |text: &String| {
            let digits: Vec<u8> = text.bytes().map(|byte| byte - b'0').collect();
            Ten::new(*digits.first_chunk().unwrap()).check_digit_fits()
        };
        (0..10).map(with).find(fits).unwrap()
    }

    #[test]
    fn a_dashed_number_like_a_moment_is_held_back_for_its_neighbours() {
        let passes = Evidence::REAL_DATE.with(Evidence::CHECKSUM);
        let stamp = passes.with(Evidence::LOOKS_LIKE_TIMESTAMP);
        assert!(is_held_back(Likelihood::Possible, stamp));
        assert!(!is_held_back(Likelihood::Likely, stamp));
        let wrong = Evidence::REAL_DATE.with(Evidence::LOOKS_LIKE_TIMESTAMP);
        assert!(!is_held_back(Likelihood::Possible, wrong));
    }

    /// Test people born on many days, as ten digits.
    fn people() -> Vec<String> {
        let born = |n: u32| (n * 37 % 100, 1 + n % 12, 1 + n % 28, 980 + n % 20);
        let ten = |n| {
            let (year, month, day, number) = born(n);
            checked(&format!("{year:02}{month:02}{day:02}{number}"))
        };
        (0..100).map(ten).collect()
    }

    /// How many of these values, alone in a column without a name, are likely to be of that kind.
    fn likely(values: &[String], info_type: InfoType) -> usize {
        let mut population = Population::default();
        let scanned: Vec<_> = values
            .iter()
            .map(|value| scan(value, Some("kolumn")))
            .collect();
        for one in &scanned {
            population.add(&["kolumn".to_owned()], one.censuses());
        }
        let people = population.people();
        let is_likely = |one: &&crate::Scanned| {
            one.detections.iter().any(|found| {
                let (likelihood, _) = people.weigh(
                    "kolumn",
                    found.info_type(),
                    found.likelihood,
                    found.evidence,
                );
                found.info_type() == info_type && likelihood >= Likelihood::Likely
            })
        };
        scanned.iter().filter(is_likely).count()
    }

    fn check(values: &[String], info_type: InfoType, expected: usize) {
        assert_eq!(likely(values, info_type), expected, "{:?}", values.first());
    }

    #[test]
    fn a_column_of_identity_numbers_is_told_by_its_neighbours() {
        let ten = people();
        check(&ten, SePersonnummer, 100);
        check(&ten, PhoneNumber, 0);
        check(&ten[..19], SePersonnummer, 0);
        let twelve: Vec<String> = ten
            .iter()
            .map(|ten| format!("{}{ten}", if ten < &"26".to_owned() { 20 } else { 19 }))
            .collect();
        check(&twelve, SePersonnummer, 100);
        let organisations = (0..120).map(|n| checked(&format!("556{:06}", n * 7919)));
        let mixed: Vec<String> = ten.iter().cloned().chain(organisations).collect();
        check(&mixed, SePersonnummer, 100);
    }

    #[test]
    fn stamps_and_references_are_not_people() {
        let stamp = |n: u32| {
            format!(
                "{}{:02}{:02}{:02}{:02}",
                1990 + n % 36,
                1 + n % 12,
                1 + n % 28,
                n % 24,
                n * 7 % 60
            )
        };
        check(&(0..1000).map(stamp).collect::<Vec<_>>(), SePersonnummer, 0);
        let reference =
            |n: u32| checked(&format!("{:09}", u64::from(n) * 7_919_993 % 1_000_000_000));
        let references: Vec<String> = (0..1000).map(reference).collect();
        check(&references, SePersonnummer, 0);
        let counter: Vec<String> = (0..100)
            .map(|n| checked(&format!("850101{:03}", n + 1)))
            .collect();
        check(&counter, SePersonnummer, 0);
    }

    #[test]
    fn counts_add_up_in_any_order_and_are_counted_once() {
        let census = |text: &str| *scan(text, Some("a")).censuses().first().unwrap();
        let count = |text, all, dated, passing| {
            let Census { ten, twelve } = census(text);
            let mut tally = ten;
            tally.merge(twelve);
            assert_eq!(
                (tally.all, tally.dated, tally.passing),
                (all, dated, passing),
                "{text}"
            );
        };
        count("198112289874", 1, 1, 1);
        count("8112289875 202405011230", 2, 2, 0);
        count("811228-9874 8113289870", 2, 1, 1);
        count("070-174 06 05", 0, 0, 0);
        let (mut one, mut other) = (Population::default(), Population::default());
        let fields = ["a".to_owned()];
        for text in ["8112289874", "198112289874", "8112289875"] {
            one.add(&fields, &[census(text)]);
        }
        for text in ["8112289875", "8112289874", "198112289874"] {
            let mut piece = Population::default();
            piece.add(&fields, &[census(text)]);
            other.merge(&piece);
        }
        assert_eq!(one, other);
    }
}
