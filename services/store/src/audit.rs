//! The audit log: append-only, by triggers of the database too.

use crate::db::values;
use crate::{AuditEntry, Store, StoreError};

impl Store {
    /// Appends an entry; durable when this returns.
    ///
    /// # Errors
    /// `Transient`, as everywhere. What was to be audited must not happen then.
    pub async fn audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let values = values![
            entry.at,
            entry.caller.principal.as_str(),
            entry.caller.purpose.as_str(),
            entry.caller.case_reference.as_str(),
            entry.method,
            entry.controller.as_ref().map(ToString::to_string),
            entry.resource.as_str(),
        ];
        self.write(move |db| {
            Box::pin(async move {
                let insert = "INSERT INTO audit (at, principal, purpose, case_reference, method, \
                              controller, resource) VALUES ($1, $2, $3, $4, $5, $6, $7)";
                let failed = StoreError::bug("an audit entry was not written");
                db.execute_one(insert, values, failed).await
            })
        })
        .await
    }
}
