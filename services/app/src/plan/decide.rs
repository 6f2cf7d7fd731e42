//! What becomes of a Record: decided purely, acted on elsewhere.
//!
//! A Record is the person's when it says so itself (a declared identity source, or a whole value
//! that is theirs and nobody else's beside it); otherwise it only mentions them, and everything
//! else in it stays as it is. Where another person's identity number stands, nothing is deleted,
//! whatever the policy.

mod object;
mod row;
#[cfg(test)]
mod tests;

use hemvist_model::{Action, CollectionName, InfoType, Outcome, RecordPolicy, RegisteredSource};

pub(crate) use object::decide_object;
pub(crate) use row::{RowFacts, decide_row, identifies, is_own_row};

/// What stands in place of erased text.
pub(crate) const MASK: &str = "[erased]";

/// What was declared about a Collection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    pub(crate) policy: RecordPolicy,
    /// Cleared too when a Record is masked.
    pub(crate) clear_fields: Vec<String>,
    /// The identifying Fields of an identity source.
    pub(crate) identifying: Vec<(String, InfoType)>,
}

impl Rule {
    pub(crate) fn of(source: &RegisteredSource, collection: &CollectionName) -> Self {
        let policy = source
            .policies
            .iter()
            .find(|policy| policy.collection == *collection);
        let identity = source
            .identity_sources
            .iter()
            .find(|identity| identity.collection == *collection);
        Self {
            policy: policy.map(|policy| policy.records).unwrap_or_default(),
            clear_fields: policy
                .map(|policy| policy.clear_fields.clone())
                .unwrap_or_default(),
            identifying: identity
                .map(|identity| identity.fields.clone())
                .unwrap_or_default(),
        }
    }
}

/// What becomes of a Record, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) action: Action,
    /// Set for [`Action::Leave`] only.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) why: String,
}

impl Decision {
    pub(crate) fn act(action: Action, why: &str) -> Self {
        Self {
            action,
            outcome: None,
            why: why.to_owned(),
        }
    }

    pub(crate) fn leave(outcome: Outcome, why: &str) -> Self {
        Self {
            action: Action::Leave,
            outcome: Some(outcome),
            why: why.to_owned(),
        }
    }

    pub(crate) fn unverifiable(why: &str) -> Self {
        Self::leave(
            Outcome::Unverifiable {
                why: why.to_owned(),
            },
            why,
        )
    }

    pub(crate) fn failed(why: &str) -> Self {
        Self::leave(
            Outcome::Failed {
                why: why.to_owned(),
            },
            why,
        )
    }
}
