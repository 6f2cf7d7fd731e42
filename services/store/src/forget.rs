//! Forgetting one Subject in Records that other people stand in too.

use hemvist_model::{CollectionName, ControllerId, Pseudonym, RecordRef, SourceId};

use crate::db::{Value, placeholders, values};
use crate::{Store, StoreError};

/// Records forgotten in one DELETE.
const RECORDS_PER_STATEMENT: usize = 128;

impl Store {
    /// Deletes these Pseudonyms' findings and Links of Records that an erasure changed; whoever
    /// else stands in them stays.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn forget_subject(
        &self,
        controller: &ControllerId,
        source: &SourceId,
        collection: &CollectionName,
        record_refs: &[RecordRef],
        pseudonyms: &[Pseudonym],
    ) -> Result<(), StoreError> {
        let names = values![controller.as_str(), source.as_str(), collection.as_str()];
        let (record_refs, pseudonyms) = (record_refs.to_vec(), pseudonyms.to_vec());
        self.write(move |db| {
            Box::pin(async move {
                let select = "SELECT c.collection_no FROM collection c JOIN source o \
                              ON o.source_no = c.source_no \
                              WHERE o.controller = $1 AND o.id = $2 AND c.name = $3";
                let Some(row) = db.row(select, names).await? else {
                    return Ok(());
                };
                let collection_no = row.int(0)?;
                for records in record_refs.chunks(RECORDS_PER_STATEMENT) {
                    let mut values = values![collection_no];
                    values.extend(records.iter().map(|record| Value::from(record.0)));
                    let only_records = values.clone();
                    values.extend(pseudonyms.iter().map(|pseudonym| Value::from(pseudonym.0)));
                    let these = placeholders(2, records.len());
                    let theirs = placeholders(2 + records.len(), pseudonyms.len());
                    let here = format!("collection_no = $1 AND record_ref IN ({these})");
                    let links = format!(
                        "DELETE FROM link WHERE {here} AND (anchor IN ({theirs}) OR attached IN ({theirs}))"
                    );
                    db.execute(links, values.clone()).await?;
                    let findings =
                        format!("DELETE FROM finding WHERE {here} AND pseudonym IN ({theirs})");
                    db.execute(findings, values).await?;
                    let orphans = format!(
                        "DELETE FROM record WHERE {here} AND NOT EXISTS (SELECT 1 FROM finding f \
                         WHERE f.collection_no = record.collection_no \
                         AND f.record_ref = record.record_ref)"
                    );
                    db.execute(orphans, only_records).await?;
                }
                Ok(())
            })
        })
        .await
    }
}
