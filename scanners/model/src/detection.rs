//! What a detector found, in memory only.

use crate::{ByteRange, Identifier, InfoType, Likelihood};

/// One piece of personal data found in a text. Lives in memory only; a [`crate::Finding`] is what
/// is kept of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Detection {
    /// Which Segment of the scanned text, counted from 0.
    pub segment: u32,
    /// Where in the Segment, as byte offsets from its beginning.
    pub range: ByteRange,
    /// How sure.
    pub likelihood: Likelihood,
    /// Why, as a set of reasons.
    pub evidence: Evidence,
    /// The canonical value, which also names the InfoType.
    pub identifier: Identifier,
}

impl Detection {
    /// The kind of personal data.
    #[must_use]
    pub fn info_type(&self) -> InfoType {
        self.identifier.info_type()
    }
}

/// A set of reasons for or against a Detection. Never holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Evidence(pub u32);

macro_rules! evidence {
    ($($bit:literal $name:ident $words:literal)*) => {
        impl Evidence {
            $(#[doc = $words] pub const $name: Evidence = Evidence(1 << $bit);)*

            const WORDS: &'static [(Evidence, &'static str)] = &[$((Evidence::$name, $words)),*];
        }
    };
}

// The bits are stored in the index: never re-number, only add.
evidence! {
    0 SHAPE "the shape fits"
    1 REAL_DATE "the birth date exists"
    2 INCOMPLETE_DATE "the birth date is incomplete"
    3 CHECKSUM "the check digit is right"
    4 CHECKSUM_WRONG "the check digit is wrong"
    5 LABEL_NEARBY "a label stands beside it"
    6 FIELD_NAME "the field's name says so"
    7 WHOLE_FIELD "it fills the whole field"
    8 CENTURY_STATED "the century is written"
    9 CENTURY_INFERRED "the century was inferred"
    10 CENTURY_AMBIGUOUS "two centuries are possible"
    11 TEST_SERIES "a number from a reserved test series"
    12 INTERNATIONAL_FORM "written in international form"
    13 NATIONAL_FORM "written in Swedish national form"
    14 KNOWN_PREFIX "the prefix is assigned"
    15 RESERVED_RANGE "from a range reserved for documentation or fiction"
    16 PRIVATE_RANGE "a private, loopback or link-local address"
    17 ROLE_ADDRESS "a role or no-reply mailbox that names no one person"
    18 LOOKS_LIKE_TIMESTAMP "a timestamp would look the same"
    19 LOOKS_LIKE_VERSION "a version number would look the same"
    20 COMPETES "another kind of data fits the same characters"
    21 QUOTED_SPELLING "written in an obscured or encoded spelling"
    22 POPULATION "its neighbours in the column agree"
    23 PREFIX_LENGTH "a network, not one address"
    24 LOOKS_LIKE_REFERENCE "an order or reference number would look the same"
    25 MULTICAST "a multicast address: it names no one machine"
    26 SHARED_ADDRESS "an operator's shared address (carrier-grade NAT)"
    27 COMMON_NAME "a common name in Sweden"
    28 BESIDE_PERSON "it stands beside a person"
}

impl Evidence {
    /// The set with nothing in it.
    pub const NONE: Evidence = Evidence(0);

    /// This set and that.
    #[must_use]
    pub const fn with(self, other: Evidence) -> Evidence {
        Evidence(self.0 | other.0)
    }

    /// Whether every reason of `other` is in this set.
    #[must_use]
    pub const fn has(self, other: Evidence) -> bool {
        self.0 & other.0 == other.0
    }

    /// The reasons in words, in a fixed order.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        Self::WORDS
            .iter()
            .filter(|(bit, _)| self.has(*bit))
            .map(|(_, words)| *words)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_says_its_reasons_in_words() {
        let evidence = Evidence::REAL_DATE.with(Evidence::CHECKSUM);
        assert_eq!(
            evidence.words(),
            ["the birth date exists", "the check digit is right"]
        );
        assert!(Evidence::NONE.words().is_empty());
    }
}
