//! What a store answered, in our words.
//!
//! Only the status and, of the code, letters and digits come through: messages of stores name
//! keys.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use hemvist_source::{Kind, SourceError};

/// Bytes of a code that are shown.
const CODE_BYTES_MAX: usize = 48;

/// A failed request.
#[derive(Clone)]
pub(super) struct Failure {
    /// The HTTP status; 0 when there was no answer.
    pub(super) status: u16,
    code: String,
    timed_out: bool,
}

impl<E: ProvideErrorMetadata> From<SdkError<E>> for Failure {
    fn from(error: SdkError<E>) -> Self {
        let code = error
            .as_service_error()
            .and_then(ProvideErrorMetadata::code);
        let plain = |character: &char| character.is_ascii_alphanumeric();
        Self {
            status: error
                .raw_response()
                .map_or(0, |answer| answer.status().as_u16()),
            code: code
                .unwrap_or_default()
                .chars()
                .filter(plain)
                .take(CODE_BYTES_MAX)
                .collect(),
            timed_out: matches!(error, SdkError::TimeoutError(_)),
        }
    }
}

impl Failure {
    pub(super) fn is_no_bucket(&self) -> bool {
        self.code == "NoSuchBucket"
    }

    /// The object or version is not there. A version id that is none of the store's is one such.
    pub(super) fn is_gone(&self) -> bool {
        let malformed = self.status == 400 && self.code == "InvalidArgument";
        !self.is_no_bucket() && (self.status == 404 || self.status == 405 || malformed)
    }

    /// The condition did not hold, or another write came between.
    pub(super) fn is_condition(&self) -> bool {
        self.status == 412 || self.status == 409
    }

    pub(super) fn is_denied(&self) -> bool {
        matches!(self.status, 401 | 403)
    }

    pub(super) fn is_unsupported(&self) -> bool {
        self.status == 501 || self.code == "NotImplemented"
    }

    pub(super) fn error(&self) -> SourceError {
        let (kind, words) = match self.status {
            0 if self.timed_out => (Kind::Transient, "the store does not answer in time"),
            0 => {
                let words = "the store cannot be reached: check the endpoint's scheme, host, port \
                             and certificate, and the way there";
                (Kind::Transient, words)
            }
            _ if self.code == "InvalidObjectState" => (
                Kind::Unsupported,
                "the object is archived and must be restored first",
            ),
            401 | 403 => {
                let words = "the store refuses: check the access key, its secret and its rights";
                (Kind::Denied, words)
            }
            404 if self.is_no_bucket() => (Kind::NotFound, "there is no such bucket"),
            404 | 405 => (Kind::NotFound, "there is no such object"),
            409 | 412 => (Kind::Conflict, "the object changed"),
            408 | 429 | 500 | 502..=599 => (Kind::Transient, "the store is busy or broken"),
            200..=399 => (Kind::Corrupt, "the store's answer cannot be understood"),
            _ => (Kind::Unsupported, "the store cannot do this"),
        };
        let code = match self.code.as_str() {
            "" => String::new(),
            code => format!(", {code}"),
        };
        match self.status {
            0 => SourceError::new(kind, words),
            status => SourceError::new(kind, format!("{words} (status {status}{code})")),
        }
    }
}

impl From<Failure> for SourceError {
    fn from(failure: Failure) -> Self {
        failure.error()
    }
}
