//! Sets of InfoTypes: what a Scan looks for, and what a reading looked for.

use crate::InfoType;

/// A set of InfoTypes. Its bits are the codes of the index.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct InfoTypes(u64);

impl InfoTypes {
    /// The empty set.
    pub const NONE: InfoTypes = InfoTypes(0);

    /// Those that are looked for when nothing else is said: every kind whose values have a shape
    /// of their own. Names, addresses, secrets and sensitive words are asked for by name;
    /// configured values are looked for where any are configured.
    #[must_use]
    pub fn shaped() -> Self {
        let worded = |one: &InfoType| {
            matches!(
                one,
                InfoType::PostalAddress
                    | InfoType::PersonName
                    | InfoType::Credential
                    | InfoType::SensitiveTerm
                    | InfoType::Configured
            )
        };
        InfoType::ALL
            .into_iter()
            .filter(|one| !worded(one))
            .collect()
    }

    /// Every InfoType.
    #[must_use]
    pub fn all() -> Self {
        InfoType::ALL.into_iter().collect()
    }

    /// This set and that InfoType.
    #[must_use]
    pub const fn with(self, info_type: InfoType) -> Self {
        Self(self.0 | (1 << info_type as u8))
    }

    /// What is in this set and not in that.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether that InfoType is in it.
    #[must_use]
    pub const fn has(self, info_type: InfoType) -> bool {
        self.0 & (1 << info_type as u8) != 0
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in it, in the order of the codes.
    pub fn iter(self) -> impl Iterator<Item = InfoType> {
        InfoType::ALL.into_iter().filter(move |one| self.has(*one))
    }

    /// The number that stands for it in our database: a bit for each code.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set of that number; `None` when a bit stands for no InfoType.
    #[must_use]
    pub fn from_bits(bits: u64) -> Option<Self> {
        Some(Self(bits)).filter(|set| set.without(Self::all()).is_empty())
    }
}

impl FromIterator<InfoType> for InfoTypes {
    fn from_iter<I: IntoIterator<Item = InfoType>>(types: I) -> Self {
        types.into_iter().fold(Self::NONE, Self::with)
    }
}

impl std::fmt::Debug for InfoTypes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl std::fmt::Display for InfoTypes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, one) in self.iter().enumerate() {
            write!(f, "{}{one}", if index > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_read_back_and_strange_bits_are_refused() {
        for set in [InfoTypes::NONE, InfoTypes::shaped(), InfoTypes::all()] {
            assert_eq!(InfoTypes::from_bits(set.bits()), Some(set));
            assert_eq!(set.iter().collect::<InfoTypes>(), set);
        }
        assert_eq!(InfoTypes::from_bits(1), None);
        assert_eq!(InfoTypes::from_bits(1 << 63), None);
    }

    #[test]
    fn what_is_taken_away_is_gone_and_the_rest_stays() {
        let rest = InfoTypes::all().without(InfoTypes::NONE.with(InfoType::EmailAddress));
        assert!(!rest.has(InfoType::EmailAddress) && rest.has(InfoType::PhoneNumber));
        assert_eq!(rest.union(InfoTypes::all()), InfoTypes::all());
        assert!(!InfoTypes::shaped().has(InfoType::PersonName));
    }
}
