//! One error for all Sources.

use std::fmt;

use hemvist_model::SkipReason;

/// What went wrong, as far as a retry policy or a person needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// May succeed when tried again: a broken connection, a time-out, a busy store.
    Transient,
    /// The Collection or Record is not there.
    NotFound,
    /// The credential does not allow it, or is wrong.
    Denied,
    /// The Record changed since it was read.
    Conflict,
    /// The store gave something that contradicts itself.
    Corrupt,
    /// The store or its settings cannot do this.
    Unsupported,
    /// A defect of ours.
    Bug,
}

/// A failed call to a Source.
///
/// The message is in our own words: drivers put cell values into theirs, so none of a driver's
/// text passes through here (a code such as a SQLSTATE may).
#[derive(Debug, Clone)]
pub struct SourceError {
    kind: Kind,
    message: String,
}

impl SourceError {
    /// An error of that kind, with a message that holds no record content.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The reason to give for a unit that this error kept from being examined.
    #[must_use]
    pub fn skip_reason(&self) -> SkipReason {
        match self.kind {
            Kind::Transient => SkipReason::Unreachable,
            Kind::NotFound => SkipReason::Vanished,
            Kind::Denied => SkipReason::Denied,
            Kind::Conflict => SkipReason::ChangedWhileReading,
            Kind::Corrupt => SkipReason::Corrupt,
            Kind::Unsupported => SkipReason::Unsupported,
            Kind::Bug => SkipReason::Internal,
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SourceError {}
