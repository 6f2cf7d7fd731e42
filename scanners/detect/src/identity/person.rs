//! Which persons ten digits may name: century, date of birth, check digit.
//!
//! Rule: folkbokföringslagen (1991:481) 18 §, Skatteverket SKV 704 and 707. The check digit is
//! that of weights 2,1,2,… over the nine digits without century. A samordningsnummer has day + 60;
//! Skatteverket's own test numbers hold month 00, day 60 and days past the month's end, so these
//! count as incomplete dates. In an interim number a letter stands for the first digit of the
//! birth number and counts as 1.

use super::written::{Sign, Written};
use crate::bank::luhn_sum;
use crate::compete::Century;
use hemvist_model::{Date, Identifier, InfoType};

/// A second century is offered, and a stated one believed without a label, only up to this age.
pub(super) const AGE_YEARS_MAX: u16 = 120;
/// Ten digits as text.
const ZEROS: u128 = u128::from_le_bytes(*b"0000000000\0\0\0\0\0\0");
/// Birth numbers from here on are Skatteverket's test series.
const TEST_BIRTH_NUMBER: u16 = 980;

/// A number with its century decided.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(super) year: u16,
    pub(super) digits: [u8; 10],
    pub(super) letters: [u8; 2],
    pub(super) coordination: bool,
    /// The day, unless the date is incomplete.
    pub(super) born: Option<Date>,
}

/// The persons a number may name: the first is the one to take, the second the other century
/// where none is stated. None at all when there is no such date, or it lies after `reference`.
pub(crate) fn resolve(written: &Written, reference: Date) -> [Option<Person>; 2] {
    let at = |year: u16| {
        let begun = year <= reference.year;
        begun
            .then(|| Person::new(written, year, reference))
            .flatten()
    };
    let year_of_century = number(&written.digits, 0..2);
    if let Some(century) = written.century {
        let known = (18..=20).contains(&century);
        return [
            known.then(|| at(century * 100 + year_of_century)).flatten(),
            None,
        ];
    }
    let this_century = reference.year - reference.year % 100 + year_of_century;
    let (latest, person) = match at(this_century) {
        Some(person) => (this_century, Some(person)),
        // Also when this century lacks the leap day: the earlier one is tried for itself.
        None => {
            let latest = this_century.saturating_sub(100);
            (latest, at(latest))
        }
    };
    let earlier = latest.saturating_sub(100);
    match written.sign {
        Sign::Minus => [person, None],
        Sign::Plus => [at(earlier), None],
        Sign::Absent => {
            let alive = reference.year.saturating_sub(earlier) <= AGE_YEARS_MAX;
            [person, alive.then(|| at(earlier)).flatten()]
        }
    }
}

impl Person {
    fn new(written: &Written, year: u16, reference: Date) -> Option<Self> {
        let digits = written.digits;
        let (month, day) = (number(&digits, 2..4), number(&digits, 4..6));
        let (coordination, day) = if day >= 60 {
            (true, day - 60)
        } else {
            (false, day)
        };
        let date = Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        let incomplete = coordination && !written.is_interim() && month <= 12 && day <= 31;
        let past = match date {
            Some(date) => {
                (date.year, date.month, date.day)
                    <= (reference.year, reference.month, reference.day)
            }
            None => incomplete,
        };
        let exists = past && (written.is_interim() || number(&digits, 6..9) > 0);
        exists.then_some(Self {
            year,
            digits,
            letters: written.letters,
            coordination,
            born: date,
        })
    }

    pub(super) fn is_interim(&self) -> bool {
        self.letters != [0, 0]
    }

    pub(super) fn is_test(&self) -> bool {
        !self.is_interim() && number(&self.digits, 6..9) >= TEST_BIRTH_NUMBER
    }

    /// The first two digits of the year, as text.
    pub(super) fn century(&self) -> Century {
        let century = self.year / 100;
        [century / 10, century % 10].map(|digit| {
            let [digit, _] = digit.to_le_bytes();
            b'0' + digit
        })
    }

    pub(super) fn info_type(&self) -> InfoType {
        match (self.is_interim(), self.coordination) {
            (true, _) => InfoType::SeInterimNumber,
            (false, true) => InfoType::SeSamordningsnummer,
            (false, false) => InfoType::SePersonnummer,
        }
    }

    /// Twelve characters: century, then the ten as written, letters in capitals.
    pub(crate) fn identifier(&self) -> Option<Identifier> {
        let mut lane = [0; 16];
        *lane.first_chunk_mut()? = self.digits;
        let text = (u128::from_le_bytes(lane) | ZEROS) << (2 * u8::BITS);
        let mut text = text | u128::from(u16::from_le_bytes(self.century()));
        for (at, letter) in (8..).zip(self.letters).filter(|(_, letter)| *letter != 0) {
            let place = at * u8::BITS;
            text = text & !(0xff << place) | u128::from(letter) << place;
        }
        Identifier::from_short(self.info_type(), text.to_le_bytes(), 12)
    }
}

/// Weights 2,1,2,1,2,1,2,1,2 and the check digit itself: the sum of digits ends in 0.
pub(crate) fn check_digit_fits(digits: &[u8; 10]) -> bool {
    let ([first, second], last) = digits.split_first_chunk().unwrap_or((&[0; 2], &[]));
    let last = last.first_chunk().copied().unwrap_or_default();
    let sum = luhn_sum(u64::from(*first) | u64::from(*second) << u8::BITS);
    let sum = sum + luhn_sum(u64::from_le_bytes(last));
    sum.is_multiple_of(10)
}

/// The number that those digits write.
pub(super) fn number(digits: &[u8; 10], range: std::ops::Range<usize>) -> u16 {
    let digits = digits.get(range).unwrap_or_default();
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u16::from(*digit))
}
