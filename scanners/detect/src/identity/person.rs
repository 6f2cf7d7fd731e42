//! Which persons ten digits may name: century, date of birth, check digit.
//!
//! Rule: folkbokföringslagen (1991:481) 18 §, Skatteverket SKV 704 and 707. A samordningsnummer has
//! day + 60; Skatteverket's own test numbers hold month 00, day 60 and days past the month's end, so
//! these count as incomplete dates. In an interim number a letter stands for the first digit of the
//! birth number and counts as 1.

use super::written::{Sign, Written};
use crate::compete::Century;
use hemvist_model::{Date, Identifier, InfoType};

/// A second century is offered, and a stated one believed without a label, only up to this age.
pub(super) const AGE_YEARS_MAX: u16 = 120;
/// A samordningsnummer's day is so many higher.
const COORDINATION_DAYS: u16 = 60;

/// What a number says of whom it names, with its century decided.
#[derive(Clone, Copy)]
pub(super) struct Person {
    century: u16,
    pub(super) year: u16,
    pub(super) coordination: bool,
    /// The day, unless the date is incomplete.
    pub(super) born: Option<Date>,
}

impl Person {
    /// The person whom a number names: the one to take, where no century is stated.
    #[inline(always)]
    pub(super) fn of(written: &Written, reference: Date) -> Option<Self> {
        if let Some(century) = written.century {
            let known = (18..=20).contains(&century).then_some(century)?;
            return Self::born_in(known, written, reference);
        }
        let this_century = reference.year / 100;
        let last_century = this_century.saturating_sub(1);
        let ahead = this_century * 100 + written.digits.pair(0) > reference.year;
        let latest = this_century.saturating_sub(u16::from(ahead));
        let person = match Self::born_in(latest, written, reference) {
            // Also when this century lacks the leap day: the earlier one is tried for itself.
            None if latest > last_century => Self::born_before(latest, *written, reference),
            person => person,
        };
        match written.sign {
            Sign::Minus | Sign::Absent => person,
            Sign::Plus => {
                let latest = person.map_or(last_century, |person| person.century);
                Self::born_before(latest, *written, reference)
            }
        }
    }

    /// The same person a century earlier, who may live too where nothing says which it is.
    #[inline(always)]
    pub(super) fn earlier(&self, written: &Written, reference: Date) -> Option<Self> {
        let open = written.century.is_none() && written.sign == Sign::Absent;
        let year = self.year.saturating_sub(100);
        let alive = open && reference.year.saturating_sub(year) <= AGE_YEARS_MAX;
        let earlier = alive.then(|| Self::born_before(self.century, *written, reference));
        earlier.flatten()
    }

    #[inline(never)]
    fn born_before(century: u16, written: Written, reference: Date) -> Option<Self> {
        Self::born_in(century.saturating_sub(1), &written, reference)
    }

    #[inline(always)]
    fn born_in(century: u16, written: &Written, reference: Date) -> Option<Self> {
        let year = century * 100 + written.digits.pair(0);
        let (month, day) = (written.digits.pair(1), written.digits.pair(2));
        let (coordination, day) = if day >= COORDINATION_DAYS {
            (true, day - COORDINATION_DAYS)
        } else {
            (false, day)
        };
        // Pairs of digits are below a hundred.
        let born = Date::new(year, month as u8, day as u8);
        let past = match born {
            Some(date) => year < reference.year || date <= reference,
            None if written.is_interim() || year > reference.year => false,
            None => coordination && month <= 12 && day <= 31,
        };
        let exists = past && (written.is_interim() || written.has_birth_number());
        exists.then_some(Self {
            century,
            year,
            coordination,
            born,
        })
    }

    /// The first two digits of the year, as text.
    #[inline(always)]
    pub(super) fn century(&self) -> Century {
        [self.century / 10, self.century % 10].map(|digit| b'0' + digit as u8)
    }

    #[inline(always)]
    fn info_type(&self, written: &Written) -> InfoType {
        match (written.is_interim(), self.coordination) {
            (true, _) => InfoType::SeInterimNumber,
            (false, true) => InfoType::SeSamordningsnummer,
            (false, false) => InfoType::SePersonnummer,
        }
    }

    /// Twelve characters: century, then the ten as written, letters in capitals.
    #[inline(always)]
    pub(super) fn identifier(&self, written: &Written) -> Option<Identifier> {
        let [date, mut tail] = written.digits.text();
        let head = date << (2 * u8::BITS) | u64::from(u16::from_le_bytes(self.century()));
        for (at, letter) in (0..).zip(written.letters) {
            if letter != 0 {
                let place = at * u8::BITS;
                tail = tail & !(0xff << place) | u64::from(letter) << place;
            }
        }
        let text = u128::from(head) | u128::from(tail) << u64::BITS;
        Identifier::from_short(self.info_type(written), text.to_le_bytes(), 12)
    }
}
