//! Who calls a use case, and why.

/// The principal behind a call, the purpose they state, and the case it belongs to.
///
/// Every use case takes one. It is filled from call metadata for now; authentication fills it
/// later, at one place.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Caller {
    /// A stable name of the calling person or service, such as `svc-rights` or `dpo@example.com`.
    pub principal: String,
    /// Why the call is made, such as `access-request`.
    pub purpose: String,
    /// The case in the rights workflow, empty when there is none.
    pub case_reference: String,
}
