//! What a caller of a use case can act on.

use std::borrow::Cow;
use std::fmt;

use hemvist_source::SourceError;
use hemvist_store::StoreError;

/// What kind of answer an error is, in the API's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request itself is wrong; `field` says where.
    InvalidArgument {
        /// The request's field.
        field: &'static str,
    },
    /// The named thing does not exist.
    NotFound,
    /// The id is taken.
    AlreadyExists,
    /// It cannot be done in the present state.
    FailedPrecondition,
    /// Somebody else changed it first: read it again and retry.
    Aborted,
    /// Not allowed.
    PermissionDenied,
    /// A store cannot be reached now: retry later.
    Unavailable,
    /// A defect of ours.
    Internal,
}

/// A use case that did not succeed. Holds no personal data.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    reason: &'static str,
    message: Cow<'static, str>,
}

impl Error {
    /// An error with its stable reason (`UPPER_SNAKE_CASE`) and a message that says what to do.
    pub fn new(
        kind: ErrorKind,
        reason: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            kind,
            reason,
            message: message.into(),
        }
    }

    /// What kind of answer this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable name of the reason, for programs.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    pub(crate) fn invalid(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            ErrorKind::InvalidArgument { field },
            "INVALID_ARGUMENT",
            message,
        )
    }

    /// A `request_id` that was used for another request before (AIP-155).
    pub(crate) fn request_id_used(message: &'static str) -> Self {
        let field = "request_id";
        Self::new(
            ErrorKind::InvalidArgument { field },
            "REQUEST_ID_USED",
            message,
        )
    }

    pub(crate) fn not_found(noun: &str) -> Self {
        Self::new(
            ErrorKind::NotFound,
            "NOT_FOUND",
            format!("there is no such {noun}"),
        )
    }

    pub(crate) fn internal(message: &'static str) -> Self {
        Self::new(ErrorKind::Internal, "INTERNAL", message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        use hemvist_store::Kind;
        let (kind, reason) = match error.kind() {
            Kind::Transient => (ErrorKind::Unavailable, "STORE_UNAVAILABLE"),
            Kind::NotFound => (ErrorKind::NotFound, "NOT_FOUND"),
            Kind::Conflict => (ErrorKind::Aborted, "CONFLICT"),
            Kind::LeaseLost => (ErrorKind::Aborted, "LEASE_LOST"),
            _ => (ErrorKind::Internal, "STORE_FAILED"),
        };
        Self::new(kind, reason, error.to_string())
    }
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        use hemvist_source::Kind;
        let (kind, reason) = match error.kind() {
            Kind::Transient => (ErrorKind::Unavailable, "SOURCE_UNREACHABLE"),
            Kind::NotFound => (ErrorKind::NotFound, "SOURCE_NOT_FOUND"),
            Kind::Denied => (ErrorKind::FailedPrecondition, "SOURCE_DENIED"),
            Kind::Conflict => (ErrorKind::Aborted, "SOURCE_CHANGED"),
            Kind::Corrupt => (ErrorKind::FailedPrecondition, "SOURCE_CORRUPT"),
            Kind::Unsupported => (ErrorKind::FailedPrecondition, "SOURCE_UNSUPPORTED"),
            Kind::Bug => (ErrorKind::Internal, "INTERNAL"),
        };
        Self::new(kind, reason, error.to_string())
    }
}
