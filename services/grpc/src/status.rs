//! From errors to `tonic::Status`: one place, so that every answer has the same shape.
//!
//! Every status carries a `google.rpc.ErrorInfo` with a stable reason; what is wrong with a
//! request also a `google.rpc.BadRequest`. No message repeats what the caller sent.

use hemvist_app::{Error, ErrorKind};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The `domain` of every `ErrorInfo`.
const DOMAIN: &str = "hemvist";

/// The answer to a use case that did not succeed.
pub(crate) fn status(error: Error) -> Status {
    let code = match error.kind() {
        ErrorKind::InvalidArgument { field } => {
            return invalid_with(field, error.reason(), &error.to_string());
        }
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::AlreadyExists => Code::AlreadyExists,
        ErrorKind::FailedPrecondition => Code::FailedPrecondition,
        ErrorKind::Aborted => Code::Aborted,
        ErrorKind::PermissionDenied => Code::PermissionDenied,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::Internal => Code::Internal,
    };
    status_of(code, error.reason(), &error.to_string())
}

/// A status with its reason.
pub(crate) fn status_of(code: Code, reason: &str, message: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, std::collections::HashMap::new());
    Status::with_error_details(code, message, details)
}

/// The answer to a request whose `field` is not of its form.
pub(crate) fn invalid(field: &str, message: &str) -> Status {
    invalid_with(field, "INVALID_ARGUMENT", message)
}

fn invalid_with(field: &str, reason: &str, message: &str) -> Status {
    let mut details = ErrorDetails::new();
    details
        .set_error_info(reason, DOMAIN, std::collections::HashMap::new())
        .add_bad_request_violation(field, message);
    let message = format!("{field}: {message}");
    Status::with_error_details(Code::InvalidArgument, message, details)
}
