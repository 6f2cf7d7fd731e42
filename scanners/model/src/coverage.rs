//! What was looked at, and what was not and why.

/// Why a unit was not (fully) examined. A closed set: a gap without a reason cannot be written.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[repr(u8)]
pub enum SkipReason {
    /// The store refused access.
    Denied = 1,
    /// It was listed but is gone.
    Vanished = 2,
    /// It changed while it was being read.
    ChangedWhileReading = 3,
    /// The store could not be reached, or broke off.
    Unreachable = 4,
    /// Binary content that no decoder reads yet.
    Binary = 5,
    /// A format, column type or charset that no decoder reads yet.
    Unsupported = 6,
    /// The bytes contradict their own format (truncated gzip, broken JSON or CSV).
    Corrupt = 7,
    /// A line, cell or object over the configured limit.
    TooLarge = 8,
    /// Nested deeper than the limit, or expanding more than the limit.
    TooDeep = 9,
    /// The time limit passed.
    Timeout = 10,
    /// The Scan was cancelled first.
    Cancelled = 11,
    /// Left alone on purpose: a view, an excluded Collection.
    Excluded = 12,
    /// A defect of ours: please report it.
    Internal = 13,
}

impl SkipReason {
    /// Every reason, in the order of the codes.
    pub const ALL: [SkipReason; 13] = [
        SkipReason::Denied,
        SkipReason::Vanished,
        SkipReason::ChangedWhileReading,
        SkipReason::Unreachable,
        SkipReason::Binary,
        SkipReason::Unsupported,
        SkipReason::Corrupt,
        SkipReason::TooLarge,
        SkipReason::TooDeep,
        SkipReason::Timeout,
        SkipReason::Cancelled,
        SkipReason::Excluded,
        SkipReason::Internal,
    ];

    /// Whether it lies in the content itself, so that reading again would give the same.
    #[must_use]
    pub fn is_of_content(self) -> bool {
        matches!(
            self,
            SkipReason::Binary
                | SkipReason::Unsupported
                | SkipReason::Corrupt
                | SkipReason::TooLarge
                | SkipReason::TooDeep
        )
    }

    /// The API's name, such as `CHANGED_WHILE_READING`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SkipReason::Denied => "DENIED",
            SkipReason::Vanished => "VANISHED",
            SkipReason::ChangedWhileReading => "CHANGED_WHILE_READING",
            SkipReason::Unreachable => "UNREACHABLE",
            SkipReason::Binary => "BINARY",
            SkipReason::Unsupported => "UNSUPPORTED",
            SkipReason::Corrupt => "CORRUPT",
            SkipReason::TooLarge => "TOO_LARGE",
            SkipReason::TooDeep => "TOO_DEEP",
            SkipReason::Timeout => "TIMEOUT",
            SkipReason::Cancelled => "CANCELLED",
            SkipReason::Excluded => "EXCLUDED",
            SkipReason::Internal => "INTERNAL",
        }
    }

    /// The number that stands for it in our database.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The reason of that number, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

impl std::fmt::Display for SkipReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A unit that was not (fully) examined. Holds no content and no key.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Skip {
    /// Why.
    pub reason: SkipReason,
    /// What to know or do, in our own words; never a store's message, which may hold values.
    pub detail: String,
}

impl Skip {
    /// A Skip for that reason, with our words about it.
    pub fn new(reason: SkipReason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

/// How many Records were listed, and what became of each:
/// `enumerated = scanned + partial + skipped + failed`.
///
/// The counts are private so that the sum cannot be broken: each method counts one whole unit.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Coverage {
    scanned: u64,
    partial: u64,
    skipped: u64,
    failed: u64,
    bytes: u64,
    reasons: std::collections::BTreeMap<SkipReason, u64>,
}

impl Coverage {
    /// Counts `records` Records that were examined whole.
    pub fn add_scanned(&mut self, records: u64, bytes: u64) {
        self.scanned += records;
        self.bytes += bytes;
    }

    /// Counts `records` Records that were examined in part, for that reason.
    pub fn add_partial(&mut self, reason: SkipReason, records: u64, bytes: u64) {
        self.partial += records;
        self.bytes += bytes;
        *self.reasons.entry(reason).or_default() += records;
    }

    /// Counts `records` Records that were left out on purpose or could not be read at all.
    pub fn add_skipped(&mut self, reason: SkipReason, records: u64) {
        self.skipped += records;
        *self.reasons.entry(reason).or_default() += records;
    }

    /// Counts `records` Records that should have been read and failed.
    pub fn add_failed(&mut self, reason: SkipReason, records: u64) {
        self.failed += records;
        *self.reasons.entry(reason).or_default() += records;
    }

    /// Adds another Coverage to this one.
    pub fn merge(&mut self, other: &Coverage) {
        self.scanned += other.scanned;
        self.partial += other.partial;
        self.skipped += other.skipped;
        self.failed += other.failed;
        self.bytes += other.bytes;
        for (reason, count) in &other.reasons {
            *self.reasons.entry(*reason).or_default() += count;
        }
    }

    /// Records that were listed.
    #[must_use]
    pub fn enumerated(&self) -> u64 {
        self.scanned + self.partial + self.skipped + self.failed
    }

    /// Records examined whole.
    #[must_use]
    pub fn scanned(&self) -> u64 {
        self.scanned
    }

    /// Records examined in part.
    #[must_use]
    pub fn partial(&self) -> u64 {
        self.partial
    }

    /// Records left out.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Records that failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Bytes of content that went through detection.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How often each reason was given, over partial, skipped and failed.
    pub fn reasons(&self) -> impl Iterator<Item = (SkipReason, u64)> + '_ {
        self.reasons.iter().map(|(reason, count)| (*reason, *count))
    }

    /// Whether everything that was listed was examined whole, but for what is left alone on
    /// purpose (a view's rows are another table's).
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let excluded = self.reasons.get(&SkipReason::Excluded).copied();
        self.partial == 0 && self.failed == 0 && self.skipped == excluded.unwrap_or(0)
    }

    /// Whether all that was listed could be reached, so that what is missing, if anything, is
    /// content that no decoder reads.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.failed == 0
            && self
                .reasons
                .keys()
                .all(|reason| reason.is_of_content() || *reason == SkipReason::Excluded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_is_conserved_and_counts_reasons() {
        let mut coverage = Coverage::default();
        coverage.add_scanned(5, 100);
        coverage.add_partial(SkipReason::Corrupt, 1, 10);
        coverage.add_skipped(SkipReason::Binary, 2);
        assert!(!coverage.is_complete());
        let mut total = Coverage::default();
        total.add_failed(SkipReason::Unreachable, 1);
        total.merge(&coverage);
        assert_eq!(total.enumerated(), 9);
        assert_eq!(total.reasons().map(|(_, count)| count).sum::<u64>(), 4);
    }

    #[test]
    fn what_is_left_alone_on_purpose_is_no_gap() {
        let mut coverage = Coverage::default();
        coverage.add_scanned(5, 100);
        coverage.add_skipped(SkipReason::Excluded, 1);
        assert!(coverage.is_complete());
        coverage.add_skipped(SkipReason::Denied, 1);
        assert!(!coverage.is_complete());
    }

    #[test]
    fn what_cannot_be_decoded_was_reached_and_what_was_refused_was_not() {
        for reason in SkipReason::ALL {
            let mut coverage = Coverage::default();
            coverage.add_scanned(5, 100);
            coverage.add_partial(reason, 1, 1);
            assert!(!coverage.is_complete());
            let reached = reason.is_of_content() || reason == SkipReason::Excluded;
            assert_eq!(coverage.is_reached(), reached, "{reason}");
        }
        assert!(SkipReason::Binary.is_of_content());
        assert!(!SkipReason::Denied.is_of_content());
    }

    #[test]
    fn reasons_read_back() {
        for reason in SkipReason::ALL {
            assert_eq!(SkipReason::from_code(reason.code()), Some(reason));
        }
    }
}
