//! Two hundred people who do not exist, the same for the same seed.
//!
//! Every identifier is of a series reserved for tests: birth numbers 980 to 999 (Skatteverket), phone numbers
//! 070-174 06 05 to 06 99 (PTS), `example.com` and `example.org` (RFC 2606), 192.0.2.0/24 (RFC 5737).

use std::collections::BTreeSet;

use crate::dice::Dice;

/// How many people there are.
pub(crate) const PEOPLE: usize = 200;

/// Reserved phone numbers by their last two digits: the first ones belong to one person each.
const PHONE_FIRST: usize = 5;
const PHONES_OF_ONE: usize = 88;
/// The rest belong to two people each: a family's telephone.
const PHONES_SHARED: usize = 7;

/// One person in ten has a samordningsnummer.
const SAMORDNING_EVERY: usize = 10;
/// Added to the day of a samordningsnummer.
const SAMORDNING_DAYS: u64 = 60;

const FIRST_NAMES: [&str; 10] = [
    "Åsa", "Bo", "Cecilia", "David", "Elsa", "Folke", "Greta", "Hugo", "Ingrid", "Jörgen",
];
const LAST_NAMES: [&str; 5] = ["Exempel", "Provsson", "Testberg", "Övning", "Attrapp"];

/// A person.
#[derive(Clone)]
pub(crate) struct Person {
    /// 0 to 199.
    pub(crate) number: usize,
    pub(crate) name: String,
    /// Twelve digits.
    pub(crate) anchor: String,
    /// `SE_PERSONNUMMER` or `SE_SAMORDNINGSNUMMER`.
    pub(crate) anchor_type: &'static str,
    pub(crate) email: String,
    /// The last two digits of a reserved number. About half of the people have none.
    phone: Option<usize>,
    /// Somebody else has the same number.
    pub(crate) phone_is_shared: bool,
    pub(crate) ip: String,
}

/// All of them.
pub(crate) fn people(seed: u64) -> Vec<Person> {
    let mut dice = Dice::new(seed);
    let mut taken = BTreeSet::new();
    (0..PEOPLE)
        .map(|number| {
            loop {
                let person = Person::random(number, &mut dice);
                if taken.insert(person.short()) {
                    return person;
                }
            }
        })
        .collect()
}

impl Person {
    fn random(number: usize, dice: &mut Dice) -> Person {
        let samordning = number % SAMORDNING_EVERY == 3;
        // A hundred years old, or not nearly: the sign in the short form must not depend on today.
        let year = if number % 25 == 7 {
            1912 + dice.below(8)
        } else {
            1935 + dice.below(70)
        };
        let day = 1 + dice.below(28) + if samordning { SAMORDNING_DAYS } else { 0 };
        let nine = format!(
            "{:02}{:02}{day:02}{}",
            year % 100,
            1 + dice.below(12),
            980 + dice.below(20)
        );
        let anchor = format!("{}{nine}{}", year / 100, check_digit(&nine));
        let phone = match number {
            _ if number < PHONES_OF_ONE => Some(number),
            _ if number < PHONES_OF_ONE + 2 * PHONES_SHARED => {
                Some(PHONES_OF_ONE + (number - PHONES_OF_ONE) / 2)
            }
            _ => None,
        };
        let domain = if number.is_multiple_of(3) {
            "example.com"
        } else {
            "example.org"
        };
        Person {
            number,
            name: format!(
                "{} {}",
                FIRST_NAMES[number % FIRST_NAMES.len()],
                LAST_NAMES[number / FIRST_NAMES.len() % LAST_NAMES.len()]
            ),
            anchor,
            anchor_type: if samordning {
                "SE_SAMORDNINGSNUMMER"
            } else {
                "SE_PERSONNUMMER"
            },
            email: format!("person.nr{number}@{domain}"),
            phone: phone.map(|number| PHONE_FIRST + number),
            phone_is_shared: number >= PHONES_OF_ONE && phone.is_some(),
            ip: format!("192.0.2.{}", number + 1),
        }
    }

    /// `811228-9874`, or with `+` for whoever is older than a hundred.
    pub(crate) fn short(&self) -> String {
        let sign = if self.anchor.as_str() < "1920" {
            '+'
        } else {
            '-'
        };
        format!("{}{sign}{}", &self.anchor[2..8], &self.anchor[8..])
    }

    /// `19811228-9874`.
    pub(crate) fn long(&self) -> String {
        format!("{}-{}", &self.anchor[..8], &self.anchor[8..])
    }

    /// A spelling of the identity number, another one for `turn` 0, 1 and 2.
    pub(crate) fn written(&self, turn: usize) -> String {
        match turn % 3 {
            0 => self.short(),
            1 => self.long(),
            _ => self.anchor.clone(),
        }
    }

    /// `070-174 06 05`.
    pub(crate) fn phone(&self) -> Option<String> {
        self.phone.map(|last| format!("070-174 06 {last:02}"))
    }

    /// `+46701740605`.
    pub(crate) fn phone_abroad(&self) -> Option<String> {
        self.phone.map(|last| format!("+467017406{last:02}"))
    }

    /// The phone number, where nobody else has it.
    pub(crate) fn own_phone(&self) -> Option<String> {
        self.phone().filter(|_| !self.phone_is_shared)
    }

    /// Every spelling that stands in a store or that somebody asks by; not the IP address, which many people share.
    pub(crate) fn spellings(&self) -> Vec<String> {
        let mut spellings = vec![self.short(), self.long(), self.anchor.clone()];
        spellings.extend([self.email.clone(), self.email.to_uppercase()]);
        if !self.phone_is_shared {
            spellings.extend(self.phone());
            spellings.extend(self.phone_abroad());
            spellings.extend(self.phone().map(|phone| phone.replace([' ', '-'], "")));
        }
        spellings
    }

    /// What somebody types who looks for this person: of all kinds and spellings, a different one from person to
    /// person.
    pub(crate) fn question(&self) -> String {
        let own_phone = self.phone().filter(|_| !self.phone_is_shared);
        match (self.number % 7, own_phone) {
            (0, _) => self.short(),
            (1, _) => self.anchor.clone(),
            (2, _) => self.email.to_uppercase(),
            (3, Some(phone)) => phone,
            (4, Some(_)) => self.phone_abroad().unwrap_or_default(),
            (5, Some(phone)) => phone.replacen('0', "0046 ", 1).replace('-', ""),
            (3 | 4, None) => self.email.clone(),
            _ => format!(" {} {} ", &self.anchor[..8], &self.anchor[8..])
                .trim()
                .replace(' ', "-"),
        }
    }
}

/// Weights 2, 1, 2, …; the sum of the products' digits and the check digit end in 0 (Skatteverket).
fn check_digit(nine: &str) -> u32 {
    let products = nine.bytes().enumerate().map(|(index, digit)| {
        let product = u32::from(digit - b'0') * if index % 2 == 0 { 2 } else { 1 };
        product / 10 + product % 10
    });
    (10 - products.sum::<u32>() % 10) % 10
}

#[test]
fn nobody_can_be_a_real_person() {
    assert_eq!(
        check_digit("811228987"),
        4,
        "Skatteverket's example 811228-9874"
    );
    let people = people(1);
    assert_eq!(people.len(), PEOPLE);
    for person in &people {
        let birth_number: u32 = person.anchor[8..11].parse().expect("digits");
        assert!((980..=999).contains(&birth_number));
        let last = person.phone.unwrap_or(PHONE_FIRST);
        assert!((5..=99).contains(&last));
    }
    let shared = people
        .iter()
        .filter(|person| person.phone_is_shared)
        .count();
    assert_eq!(shared, 2 * PHONES_SHARED);
}
