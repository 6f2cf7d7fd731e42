//! Who calls, from the call's metadata. Authentication will fill the same value, here.

use hemvist_model::Caller;
use tonic::{Code, Request, Status};

use crate::status::status_of;

const PRINCIPAL: &str = "x-hemvist-principal";
const PURPOSE: &str = "x-hemvist-purpose";
const CASE: &str = "x-hemvist-case";
/// Names and references, not essays: they go into the audit log.
const VALUE_BYTES_MAX: usize = 128;

/// The caller of a request. Read before anything else of it (AIP-211).
///
/// # Errors
/// UNAUTHENTICATED when no principal is named, or a value is not plain text.
pub(crate) fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    let principal = value(request, PRINCIPAL)?;
    if principal.is_empty() {
        return Err(refuse(
            "CALLER_MISSING",
            "name the caller in the metadata x-hemvist-principal",
        ));
    }
    Ok(Caller {
        principal,
        purpose: value(request, PURPOSE)?,
        case_reference: value(request, CASE)?,
    })
}

fn value<T>(request: &Request<T>, key: &'static str) -> Result<String, Status> {
    let Some(value) = request.metadata().get(key) else {
        return Ok(String::new());
    };
    match value.to_str() {
        Ok(text) if text.len() <= VALUE_BYTES_MAX => Ok(text.to_owned()),
        _ => Err(refuse(
            "CALLER_INVALID",
            "x-hemvist-* metadata takes at most 128 bytes of printable ASCII",
        )),
    }
}

fn refuse(reason: &str, message: &str) -> Status {
    status_of(Code::Unauthenticated, reason, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(metadata: &[(&'static str, &str)], expected: Result<(&str, &str, &str), Code>) {
        let mut request = Request::new(());
        for (key, value) in metadata {
            let value = value.parse().expect("a metadata value");
            request.metadata_mut().insert(*key, value);
        }
        let found = caller(&request);
        let found = found.as_ref().map_err(Status::code);
        let found = found.map(|c| {
            let (purpose, case) = (c.purpose.as_str(), c.case_reference.as_str());
            (c.principal.as_str(), purpose, case)
        });
        assert_eq!(found, expected, "{metadata:?}");
    }

    #[test]
    fn a_caller_needs_a_principal_and_may_say_why() {
        check(&[], Err(Code::Unauthenticated));
        check(&[(PRINCIPAL, "")], Err(Code::Unauthenticated));
        check(&[(PURPOSE, "access-request")], Err(Code::Unauthenticated));
        check(&[(PRINCIPAL, "svc-rights")], Ok(("svc-rights", "", "")));
        let whole = [(PRINCIPAL, "svc"), (PURPOSE, "access"), (CASE, "C-7")];
        check(&whole, Ok(("svc", "access", "C-7")));
        check(&[(PRINCIPAL, &"x".repeat(129))], Err(Code::Unauthenticated));
    }
}
