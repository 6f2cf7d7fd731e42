//! The states of an erasure. "Erased" with anything unexplained cannot be written down.

use crate::{Outcome, PlanId, Timestamp};

/// Where an erasure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ErasureState {
    /// Planned; nothing has changed.
    Planned = 1,
    /// Approved, bound to the Plan's hash.
    Approved = 2,
    /// Actions are being done, each behind its journal entry.
    Executing = 3,
    /// All items have an outcome; the Collections are read again.
    Verifying = 4,
    /// A fresh reading found nothing.
    Erased = 5,
    /// A fresh reading found nothing but what the law keeps.
    ErasedWithRetention = 6,
    /// Something is left or unproved; the items say what.
    Incomplete = 7,
    /// Time, or a change of what it was planned under, ended the Plan before it was executed.
    Expired = 8,
    /// Every planned Record is erased or retained and a fresh reading found nobody else, but there
    /// is content that no decoder reads: the person may stand in it.
    UnreadLeft = 9,
}

/// What may happen to an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErasureEvent {
    /// Approved with the Plan's hash.
    Approve,
    /// Execution begins.
    Execute,
    /// Every item has an outcome.
    ActionsDone,
    /// The fresh reading is done.
    Verified(Verdict),
    /// Time ran out, or what it was planned under is not so any more.
    Expire,
}

/// What the items and the fresh reading say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Every item is erased, and the reading was whole and found nothing.
    Erased,
    /// The same, but for items that are retained and the Subject in them.
    Retained,
    /// The same as one of these, but for content that no decoder reads.
    Unread,
    /// Anything else.
    Incomplete,
}

/// How far verification got. Only what was reached is claimed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(u8)]
pub enum VerificationLevel {
    /// Nothing was verified.
    None = 0,
    /// The store reported exactly the expected effect.
    EffectCount = 1,
    /// Every changed Record was read again.
    ReRead = 2,
    /// Every planned Collection was read and detected again.
    ReScan = 3,
}

impl VerificationLevel {
    /// The API's name, such as `RE_SCAN`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            VerificationLevel::None => "NONE",
            VerificationLevel::EffectCount => "EFFECT_COUNT",
            VerificationLevel::ReRead => "RE_READ",
            VerificationLevel::ReScan => "RE_SCAN",
        }
    }
}

impl ErasureState {
    /// Every state, in the order of the codes.
    pub const ALL: [ErasureState; 9] = [
        ErasureState::Planned,
        ErasureState::Approved,
        ErasureState::Executing,
        ErasureState::Verifying,
        ErasureState::Erased,
        ErasureState::ErasedWithRetention,
        ErasureState::Incomplete,
        ErasureState::Expired,
        ErasureState::UnreadLeft,
    ];

    /// The state after `event`; `None` when it cannot happen in this state.
    #[must_use]
    pub fn next(self, event: ErasureEvent) -> Option<ErasureState> {
        use {ErasureEvent as E, ErasureState as S};
        match (self, event) {
            (S::Planned, E::Approve) => Some(S::Approved),
            (S::Planned | S::Approved, E::Expire) => Some(S::Expired),
            (S::Approved, E::Execute) => Some(S::Executing),
            (S::Executing, E::ActionsDone) => Some(S::Verifying),
            (S::Verifying, E::Verified(verdict)) => Some(match verdict {
                Verdict::Erased => S::Erased,
                Verdict::Retained => S::ErasedWithRetention,
                Verdict::Unread => S::UnreadLeft,
                Verdict::Incomplete => S::Incomplete,
            }),
            _ => None,
        }
    }

    /// Whether nothing more happens.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            ErasureState::Erased
                | ErasureState::ErasedWithRetention
                | ErasureState::Incomplete
                | ErasureState::Expired
                | ErasureState::UnreadLeft
        )
    }

    /// The API's name, such as `ERASED_WITH_RETENTION`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ErasureState::Planned => "PLANNED",
            ErasureState::Approved => "APPROVED",
            ErasureState::Executing => "EXECUTING",
            ErasureState::Verifying => "VERIFYING",
            ErasureState::Erased => "ERASED",
            ErasureState::ErasedWithRetention => "ERASED_WITH_RETENTION",
            ErasureState::Incomplete => "INCOMPLETE",
            ErasureState::Expired => "EXPIRED",
            ErasureState::UnreadLeft => "UNREAD_LEFT",
        }
    }

    /// The number that stands for it in our database.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The state of that number, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Where an item stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemState {
    /// Nothing was tried.
    Planned,
    /// The intent is durable; the Action may or may not have happened.
    Intended,
    /// It has its outcome.
    Done(Outcome),
}

/// An erasure as it stands.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// The Plan it executes.
    pub plan: PlanId,
    /// Where it stands.
    pub state: ErasureState,
    /// Who approved it, and when.
    pub approved: Option<(String, Timestamp)>,
    /// Items that have an outcome, and all items.
    pub progress: (u64, u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erased_is_reached_only_through_a_clean_verification() {
        let clean = [Verdict::Erased, Verdict::Retained];
        let erased = [ErasureState::Erased, ErasureState::ErasedWithRetention];
        for state in ErasureState::ALL {
            for verdict in [clean.as_slice(), &[Verdict::Unread, Verdict::Incomplete]].concat() {
                let next = state.next(ErasureEvent::Verified(verdict));
                assert_eq!(next.is_some(), state == ErasureState::Verifying);
                let is_erased = next.is_some_and(|next| erased.contains(&next));
                assert_eq!(is_erased, next.is_some() && clean.contains(&verdict));
                assert!(next.is_none_or(ErasureState::is_final));
            }
            for event in [
                ErasureEvent::Approve,
                ErasureEvent::Execute,
                ErasureEvent::ActionsDone,
                ErasureEvent::Expire,
            ] {
                let next = state.next(event);
                assert!(!matches!(
                    next,
                    Some(ErasureState::Erased | ErasureState::ErasedWithRetention)
                ));
                assert!(next.is_none() || !state.is_final());
            }
        }
    }
}
