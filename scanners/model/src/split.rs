//! Splits: bounded slices of a Collection, leased, retried and committed as units.

use crate::{CollectionName, ScanId, SplitId, Timestamp};

/// What a Source needs to read one Split: opaque to everybody else.
///
/// The bounds may hold record keys, so this has no `Debug`; at rest it is sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct SplitSpec {
    /// The Collection it is a slice of.
    pub collection: CollectionName,
    /// The Source's own description of the slice.
    pub bounds: Vec<u8>,
    /// How many Records it was cut to hold, when that is known.
    pub records: Option<u64>,
}

/// Proof that a Lease is still ours: every commit under it names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseToken(pub i64);

/// A time-limited claim on a Split.
#[derive(Clone)]
pub struct Lease {
    /// The Split.
    pub split: SplitId,
    /// Its Scan.
    pub scan: ScanId,
    /// What to read.
    pub spec: SplitSpec,
    /// Proof of the claim.
    pub token: LeaseToken,
    /// How often it has been leased, this time included.
    pub attempt: u32,
    /// When it lapses, by the database's clock.
    pub expires: Timestamp,
}

/// Where a Split stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum SplitState {
    /// Waits for a worker.
    Pending = 1,
    /// A worker has it, until its Lease lapses.
    Leased = 2,
    /// Read, and its findings are committed.
    Done = 3,
    /// Given up after the last attempt; its Coverage says why.
    Failed = 4,
}

/// What may happen to a Split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SplitEvent {
    /// A worker leases it, or takes it over from a Lease that lapsed.
    Lease,
    /// Its findings are committed.
    Commit,
    /// The attempt failed and another is allowed.
    Retry,
    /// The attempt failed and it was the last.
    GiveUp,
}

impl SplitState {
    /// Every state, in the order of the codes.
    pub const ALL: [SplitState; 4] = [
        SplitState::Pending,
        SplitState::Leased,
        SplitState::Done,
        SplitState::Failed,
    ];

    /// The state after `event`; `None` when it cannot happen in this state.
    #[must_use]
    pub fn next(self, event: SplitEvent) -> Option<SplitState> {
        use {SplitEvent as E, SplitState as S};
        match (self, event) {
            (S::Pending | S::Leased, E::Lease) => Some(S::Leased),
            (S::Leased, E::Commit) => Some(S::Done),
            (S::Leased, E::Retry) => Some(S::Pending),
            (S::Leased, E::GiveUp) => Some(S::Failed),
            _ => None,
        }
    }

    /// The number that stands for it in our database.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// A Split as the store keeps it.
#[derive(Clone)]
pub struct Split {
    /// Its number.
    pub id: SplitId,
    /// What to read.
    pub spec: SplitSpec,
    /// Where it stands.
    pub state: SplitState,
    /// How often it has been leased.
    pub attempts: u32,
}
