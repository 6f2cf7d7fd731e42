//! Scans and their states.

use crate::{CollectionName, Coverage, InfoTypes, ScanId, SourceId, Timestamp};

/// One run over a Source's Collections with a fixed detector set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Its id.
    pub id: ScanId,
    /// The Source it reads.
    pub source: SourceId,
    /// The Collections it reads; empty for all.
    pub collections: Vec<CollectionName>,
    /// What it looks for: findings of other InfoTypes are neither kept nor taken away.
    pub info_types: InfoTypes,
    /// Where it stands.
    pub state: ScanState,
    /// The detectors it runs with.
    pub detector_version: String,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What has been looked at so far.
    pub coverage: Coverage,
    /// Splits cut, and of those, done or failed.
    pub splits: (u64, u64),
    /// Findings committed so far.
    pub findings: u64,
}

/// Where a Scan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ScanState {
    /// Asked for; its Splits are not all cut yet.
    Cutting = 1,
    /// All Splits are cut; workers read them.
    Running = 2,
    /// Ended; every Split has been read or has its reason.
    Finished = 3,
    /// Stopped by a person.
    Cancelled = 4,
    /// The Source could not be listed at all.
    Failed = 5,
}

/// What may happen to a Scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScanEvent {
    /// All Splits are cut.
    Cut,
    /// The last Split ended.
    LastSplitEnded,
    /// A person cancelled it.
    Cancel,
    /// The Source could not be listed.
    ListingFailed,
}

impl ScanState {
    /// Every state, in the order of the codes.
    pub const ALL: [ScanState; 5] = [
        ScanState::Cutting,
        ScanState::Running,
        ScanState::Finished,
        ScanState::Cancelled,
        ScanState::Failed,
    ];

    /// The state after `event`; `None` when it cannot happen in this state.
    #[must_use]
    pub fn next(self, event: ScanEvent) -> Option<ScanState> {
        use {ScanEvent as E, ScanState as S};
        match (self, event) {
            (S::Cutting, E::Cut) => Some(S::Running),
            (S::Running, E::LastSplitEnded) => Some(S::Finished),
            (S::Cutting | S::Running, E::Cancel) => Some(S::Cancelled),
            (S::Cutting, E::ListingFailed) => Some(S::Failed),
            _ => None,
        }
    }

    /// Whether nothing more happens.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            ScanState::Finished | ScanState::Cancelled | ScanState::Failed
        )
    }

    /// The API's name, such as `RUNNING`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ScanState::Cutting => "CUTTING",
            ScanState::Running => "RUNNING",
            ScanState::Finished => "FINISHED",
            ScanState::Cancelled => "CANCELLED",
            ScanState::Failed => "FAILED",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_states_have_no_successor_and_others_can_be_cancelled() {
        let events = [
            ScanEvent::Cut,
            ScanEvent::LastSplitEnded,
            ScanEvent::Cancel,
            ScanEvent::ListingFailed,
        ];
        for state in ScanState::ALL {
            let successors = events
                .iter()
                .filter(|event| state.next(**event).is_some())
                .count();
            assert_eq!(successors == 0, state.is_final(), "{state:?}");
            assert_eq!(state.next(ScanEvent::Cancel).is_some(), !state.is_final());
        }
    }
}
