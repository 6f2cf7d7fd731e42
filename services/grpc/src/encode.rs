//! The nouns as messages: what several services send.

use hemvist_model::{Coverage, Date, InfoTypes, Likelihood, SkipReason, Timestamp};
use hemvist_proto::v1;

/// A count for the wire, which has no unsigned numbers (AIP-141).
pub(crate) fn count(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

pub(crate) fn time(at: Timestamp) -> prost_types::Timestamp {
    let micros = at.0.rem_euclid(1_000_000);
    prost_types::Timestamp {
        seconds: at.0.div_euclid(1_000_000),
        nanos: i32::try_from(micros * 1000).unwrap_or(0),
    }
}

pub(crate) fn date(date: Date) -> v1::Date {
    v1::Date {
        year: date.year.into(),
        month: date.month.into(),
        day: date.day.into(),
    }
}

/// The names of what is in a set.
pub(crate) fn info_types(set: InfoTypes) -> Vec<String> {
    set.iter().map(|one| one.as_str().to_owned()).collect()
}

pub(crate) fn coverage(coverage: &Coverage) -> v1::Coverage {
    let reason = |(reason, times): (SkipReason, u64)| v1::SkipCount {
        reason: skip_reason(reason).into(),
        count: count(times),
    };
    v1::Coverage {
        enumerated: count(coverage.enumerated()),
        scanned: count(coverage.scanned()),
        partial: count(coverage.partial()),
        skipped: count(coverage.skipped()),
        failed: count(coverage.failed()),
        reasons: coverage.reasons().map(reason).collect(),
        examined_bytes: count(coverage.bytes()),
        complete: coverage.is_complete(),
    }
}

fn skip_reason(reason: SkipReason) -> v1::SkipReason {
    match reason {
        SkipReason::Denied => v1::SkipReason::Denied,
        SkipReason::Vanished => v1::SkipReason::Vanished,
        SkipReason::ChangedWhileReading => v1::SkipReason::ChangedWhileReading,
        SkipReason::Unreachable => v1::SkipReason::Unreachable,
        SkipReason::Binary => v1::SkipReason::Binary,
        SkipReason::Unsupported => v1::SkipReason::Unsupported,
        SkipReason::Corrupt => v1::SkipReason::Corrupt,
        SkipReason::TooLarge => v1::SkipReason::TooLarge,
        SkipReason::TooDeep => v1::SkipReason::TooDeep,
        SkipReason::Timeout => v1::SkipReason::Timeout,
        SkipReason::Cancelled => v1::SkipReason::Cancelled,
        SkipReason::Excluded => v1::SkipReason::Excluded,
        SkipReason::Internal => v1::SkipReason::Internal,
    }
}

pub(crate) fn likelihood(likelihood: Likelihood) -> v1::Likelihood {
    match likelihood {
        Likelihood::Possible => v1::Likelihood::Possible,
        Likelihood::Likely => v1::Likelihood::Likely,
        Likelihood::VeryLikely => v1::Likelihood::VeryLikely,
    }
}

/// A place in a repeated field, which other messages name.
pub(crate) fn place(place: usize) -> i32 {
    place.try_into().unwrap_or(i32::MAX)
}
