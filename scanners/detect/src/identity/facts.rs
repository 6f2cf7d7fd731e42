//! What an identity number says about its holder, for whoever asks.
//!
//! The holder's name, home or whether the number was ever given is not in it.

use super::person::Person;
use super::{Written, organisation, read_whole, reserve};
use crate::parse::ParseError;
use hemvist_model::{Date, Identifier};

pub use super::reserve::Region;

/// What kind of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityKind {
    /// Given at birth or immigration; a sole trader's organisation number, too.
    Personnummer,
    /// For those who are not registered as living in Sweden.
    Samordningsnummer,
    /// Provisional, with a letter.
    Interim,
    /// A school's, `TF` and two digits; without check digit.
    School,
    /// Of health care.
    Reserve(Region),
    /// Of a legal person.
    Organisation,
}

/// The date of birth, as far as the number says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Birth {
    /// That day.
    On(Date),
    /// Day or month was not known when the number was given.
    Incomplete {
        /// The year that is written.
        year: u16,
    },
    /// The number says nothing about it.
    Unstated,
}

/// The legal sex, by the parity of the birth number's last digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Even.
    Female,
    /// Odd.
    Male,
}

/// A number that was read, with what it says. Holds an Identifier, so it is never printed.
pub struct IdentityNumber {
    /// The canonical value.
    pub identifier: Identifier,
    /// What kind of number it is.
    pub kind: IdentityKind,
    /// When its holder was born.
    pub birth: Birth,
    /// The holder's sex, where the number says it.
    pub sex: Option<Sex>,
    /// Of a series that Skatteverket sets aside for tests: nobody has it.
    pub test_series: bool,
}

/// Reads a number of the identity family in any spelling. Two come back when ten digits without
/// sign may be of two centuries, the likelier first.
///
/// # Errors
/// Says in words what to do, and never repeats `text`.
pub fn read_identity(text: &str, reference_date: Date) -> Result<Vec<IdentityNumber>, ParseError> {
    let text = text.trim();
    let Some(written) = read_whole(text) else {
        return reserved(text)
            .map(|one| vec![one])
            .ok_or(ParseError::Unknown);
    };
    let persons = persons(&written, reference_date);
    if !persons.is_empty() && (written.is_school() || written.digits.check_digit_fits()) {
        return Ok(persons);
    }
    let prefixed = written.century.is_none_or(|century| century == 16);
    if prefixed && organisation::is_number(written.digits) {
        return Ok(vec![legal_person(&written)]);
    }
    match reserved(text) {
        Some(one) => Ok(vec![one]),
        None if !written.digits.check_digit_fits() => Err(ParseError::CheckDigit),
        None => Err(ParseError::NoSuchDate),
    }
}

fn persons(written: &Written, reference_date: Date) -> Vec<IdentityNumber> {
    let first = Person::of(written, reference_date);
    let second = first.and_then(|first| first.earlier(written, reference_date));
    [first, second]
        .iter()
        .flatten()
        .filter_map(|person| facts(written, person))
        .collect()
}

fn facts(written: &Written, person: &Person) -> Option<IdentityNumber> {
    let school = written.is_school();
    let kind = match (school, written.is_interim(), person.coordination) {
        (true, ..) => IdentityKind::School,
        (_, true, _) => IdentityKind::Interim,
        (.., true) => IdentityKind::Samordningsnummer,
        _ => IdentityKind::Personnummer,
    };
    let odd = !(written.digits.pair(4) / 10).is_multiple_of(2);
    let sex = if odd { Sex::Male } else { Sex::Female };
    let incomplete = Birth::Incomplete { year: person.year };
    Some(IdentityNumber {
        identifier: person.identifier(written)?,
        kind,
        birth: person.born.map_or(incomplete, Birth::On),
        sex: (!school).then_some(sex),
        test_series: written.is_test(),
    })
}

fn legal_person(written: &Written) -> IdentityNumber {
    IdentityNumber {
        identifier: organisation::identifier(written.digits),
        kind: IdentityKind::Organisation,
        birth: Birth::Unstated,
        sex: None,
        test_series: false,
    }
}

fn reserved(text: &str) -> Option<IdentityNumber> {
    let (identifier, region) = reserve::read_whole(text.as_bytes())?;
    let sex = match (region, identifier.expose().as_bytes().get(8)) {
        (Region::VastraGotaland, Some(b'K')) => Some(Sex::Female),
        (Region::VastraGotaland, Some(b'M')) => Some(Sex::Male),
        _ => None,
    };
    Some(IdentityNumber {
        birth: reserved_birth(region, identifier.expose()),
        identifier,
        kind: IdentityKind::Reserve(region),
        sex,
        test_series: false,
    })
}

fn reserved_birth(region: Region, number: &str) -> Birth {
    let digits = |range| number.get(range).and_then(|text: &str| text.parse().ok());
    let (Some(year), Some(month), Some(day)) = (digits(0..4), digits(4..6), digits(6..8)) else {
        return Birth::Unstated;
    };
    let narrow = |value: u16| u8::try_from(value).unwrap_or(0);
    match region {
        Region::Stockholm => Birth::Unstated,
        _ => Date::new(year, narrow(month), narrow(day))
            .map_or(Birth::Incomplete { year }, Birth::On),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::TODAY;

    fn check(text: &str, expected: &[(IdentityKind, &str, Birth, Option<Sex>, bool)]) {
        let found = read_identity(text, TODAY).unwrap_or_default();
        let found: Vec<_> = found
            .iter()
            .map(|one| {
                (
                    one.kind,
                    one.identifier.expose(),
                    one.birth,
                    one.sex,
                    one.test_series,
                )
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_number_tells_kind_birth_sex_and_series() {
        use IdentityKind::{
            Interim, Organisation, Personnummer, Reserve, Samordningsnummer, School,
        };
        let on = |year, month, day| Birth::On(Date { year, month, day });
        let (female, male) = (Some(Sex::Female), Some(Sex::Male));
        check(
            "811228-9874",
            &[(Personnummer, "198112289874", on(1981, 12, 28), male, true)],
        );
        check(
            "SE811228987401",
            &[(Personnummer, "198112289874", on(1981, 12, 28), male, true)],
        );
        check(
            "1981/12/28-9874",
            &[(Personnummer, "198112289874", on(1981, 12, 28), male, true)],
        );
        check(
            "1212129983",
            &[
                (Personnummer, "201212129983", on(2012, 12, 12), female, true),
                (Personnummer, "191212129983", on(1912, 12, 12), female, true),
            ],
        );
        let incomplete = Birth::Incomplete { year: 1981 };
        check(
            "810060-9802",
            &[(Samordningsnummer, "198100609802", incomplete, female, true)],
        );
        check(
            "811228-T988",
            &[(Interim, "19811228T988", on(1981, 12, 28), female, false)],
        );
        check(
            "20120304-TF07",
            &[(School, "20120304TF07", on(2012, 3, 4), None, false)],
        );
        check(
            "202100-5448",
            &[(Organisation, "2021005448", Birth::Unstated, None, false)],
        );
        check(
            "16202100-5448",
            &[(Organisation, "2021005448", Birth::Unstated, None, false)],
        );
        let region = Reserve(Region::VastraGotaland);
        check(
            "19811228K064",
            &[(region, "19811228K064", on(1981, 12, 28), female, false)],
        );
        let region = Reserve(Region::Stockholm);
        check(
            "992016123453",
            &[(region, "992016123453", Birth::Unstated, None, false)],
        );
        check("hej", &[]);
    }
}
