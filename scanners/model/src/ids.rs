//! Ids as newtypes: a plan's id can never be passed where a scan's is wanted.

use std::fmt;

/// Why a text is not an id: what was wrong, without repeating the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidId {
    /// Which id was read, such as `source`.
    pub noun: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not a {} id: use 1 to 63 of a-z, 0-9 and '-', beginning with a letter or digit",
            self.noun
        )
    }
}

impl std::error::Error for InvalidId {}

fn valid(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

macro_rules! id {
    ($name:ident, $noun:literal, $doc:literal) => {
        #[doc = $doc]
        ///
        /// 1 to 63 characters of `a-z`, `0-9` and `-` (AIP-122), never personal data.
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads an id; refuses what does not fit the form.
            ///
            /// # Errors
            /// [`InvalidId`] when the text is not of the form above.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                if valid(&text) {
                    Ok(Self(text))
                } else {
                    Err(InvalidId { noun: $noun })
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

id!(
    SourceId,
    "source",
    "One registered store reached with one credential."
);
id!(
    ControllerId,
    "controller",
    "The legal entity for whom a Source holds data."
);
id!(
    ScanId,
    "scan",
    "One run over Collections with a fixed detector set."
);
id!(
    PlanId,
    "plan",
    "An immutable, hashed list of Actions, and the Erasure made of it."
);
id!(ExportId, "export", "A package of one Subject's data.");
id!(
    HoldId,
    "hold",
    "A reason not to act, with legal basis and end date."
);

/// A Split's number in our own database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SplitId(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_the_aip_form_are_accepted_and_others_refused() {
        for good in ["a", "crm", "crm-2024", "0abc", &"x".repeat(63)] {
            assert!(SourceId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "å", "a/b", "a b", &"x".repeat(64)] {
            assert!(SourceId::new(bad).is_err(), "{bad}");
        }
    }
}
