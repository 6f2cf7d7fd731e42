//! Resource names: read and written in this file only. What is no name is never repeated.

use hemvist_model::{ControllerId, HoldId, InvalidId, PlanId, ScanId, SourceId};
use tonic::Status;

use crate::status::invalid;

/// `controllers/{controller}`.
pub(crate) fn controller(field: &str, name: &str) -> Result<ControllerId, Status> {
    one(field, name, "controllers", "", ControllerId::new)
}

/// `sources/{source}`.
pub(crate) fn source(field: &str, name: &str) -> Result<SourceId, Status> {
    one(field, name, "sources", "", SourceId::new)
}

/// `holds/{hold}`.
pub(crate) fn hold(field: &str, name: &str) -> Result<HoldId, Status> {
    one(field, name, "holds", "", HoldId::new)
}

/// `plans/{plan}`.
pub(crate) fn plan(field: &str, name: &str) -> Result<PlanId, Status> {
    one(field, name, "plans", "", PlanId::new)
}

/// `plans/{plan}/erasure`.
pub(crate) fn erasure(field: &str, name: &str) -> Result<PlanId, Status> {
    one(field, name, "plans", "/erasure", PlanId::new)
}

/// `plans/{plan}/receipt`.
pub(crate) fn receipt(field: &str, name: &str) -> Result<PlanId, Status> {
    one(field, name, "plans", "/receipt", PlanId::new)
}

/// `sources/{source}/scans/{scan}`.
pub(crate) fn scan(field: &str, name: &str) -> Result<(SourceId, ScanId), Status> {
    let form = "must be sources/{source}/scans/{scan}";
    let read = || {
        let (source, scan) = name.strip_prefix("sources/")?.split_once("/scans/")?;
        Some((SourceId::new(source).ok()?, ScanId::new(scan).ok()?))
    };
    read().ok_or_else(|| invalid(field, form))
}

/// An id that a caller chose: the last segment of a name to be.
pub(crate) fn id<T>(
    field: &str,
    text: &str,
    new: impl FnOnce(String) -> Result<T, InvalidId>,
) -> Result<T, Status> {
    new(text.to_owned()).map_err(|error| invalid(field, &error.to_string()))
}

/// A `request_id`: empty, or of the form of ids.
pub(crate) fn request_id(text: &str) -> Result<&str, Status> {
    if !text.is_empty() {
        let form = "use 1 to 63 of a-z, 0-9 and '-', such as a UUID";
        ScanId::new(text).map_err(|_| invalid("request_id", form))?;
    }
    Ok(text)
}

fn one<T>(
    field: &str,
    name: &str,
    nouns: &str,
    suffix: &str,
    new: impl FnOnce(String) -> Result<T, InvalidId>,
) -> Result<T, Status> {
    let id = name
        .strip_prefix(nouns)
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.strip_suffix(suffix));
    id.and_then(|id| new(id.to_owned()).ok()).ok_or_else(|| {
        let noun = nouns.trim_end_matches('s');
        invalid(field, &format!("must be {nouns}/{{{noun}}}{suffix}"))
    })
}

/// The name of a controller.
pub(crate) fn of_controller(id: &ControllerId) -> String {
    format!("controllers/{id}")
}

/// The name of a Source.
pub(crate) fn of_source(id: &SourceId) -> String {
    format!("sources/{id}")
}

/// The name of a Scan.
pub(crate) fn of_scan(source: &SourceId, scan: &ScanId) -> String {
    format!("sources/{source}/scans/{scan}")
}

/// The name of a Plan.
pub(crate) fn of_plan(id: &PlanId) -> String {
    format!("plans/{id}")
}

/// The name of a Plan's Erasure.
pub(crate) fn of_erasure(id: &PlanId) -> String {
    format!("plans/{id}/erasure")
}

/// The name of a Plan's Receipt.
pub(crate) fn of_receipt(id: &PlanId) -> String {
    format!("plans/{id}/receipt")
}

/// The name of a Hold.
pub(crate) fn of_hold(id: &HoldId) -> String {
    format!("holds/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T>(read: Result<T, Status>, written: Option<&str>, write: impl Fn(&T) -> String) {
        match (read, written) {
            (Ok(read), Some(written)) => assert_eq!(write(&read), written),
            (Ok(read), None) => panic!("{} was read", write(&read)),
            (Err(status), written) => {
                assert_eq!(written, None);
                assert_eq!(status.code(), tonic::Code::InvalidArgument);
            }
        }
    }

    #[test]
    fn names_read_back() {
        let name = "controllers/acme";
        check(controller("f", name), Some(name), of_controller);
        let name = "sources/crm";
        check(source("f", name), Some(name), of_source);
        let name = "holds/h-1";
        check(hold("f", name), Some(name), of_hold);
        let name = "plans/p-1";
        check(plan("f", name), Some(name), of_plan);
        let name = "plans/p-1/erasure";
        check(erasure("f", name), Some(name), of_erasure);
        let name = "plans/p-1/receipt";
        check(receipt("f", name), Some(name), of_receipt);
        let name = "sources/crm/scans/s-1";
        check(scan("f", name), Some(name), |(a, b)| of_scan(a, b));
    }

    #[test]
    fn what_is_no_name_is_refused_and_not_repeated() {
        for bad in [
            "",
            "sources",
            "sources/",
            "sources//",
            "sources/A",
            "source/crm",
            "sources/crm/",
            "sources/crm/scans/x",
            "plans/crm",
            "19811228-9874",
            "sources/astrid@example.com",
        ] {
            check(source("parent", bad), None, of_source);
            let status = source("parent", bad).expect_err("refused");
            assert_eq!(status.message(), "parent: must be sources/{source}");
        }
        check(erasure("f", "plans/erasure"), None, of_erasure);
        check(plan("f", "plans/p-1/erasure"), None, of_plan);
        check(scan("f", "sources/crm/scans/"), None, |(a, b)| {
            of_scan(a, b)
        });
    }
}
