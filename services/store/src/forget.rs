//! Forgetting what an erasure has changed in the sources, before the next Scan would see it.

use hemvist_model::{CollectionName, ControllerId, Pseudonym, RecordRef, SourceId};

use crate::db::{Db, Value, placeholders, values};
use crate::{Store, StoreError};

/// Records, and Pseudonyms, forgotten in one DELETE.
const KEYS_PER_STATEMENT: usize = 128;

impl Store {
    /// Deletes all findings and Links of Records that an erasure removed; how many findings there
    /// were.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn forget_findings(
        &self,
        controller: &ControllerId,
        source: &SourceId,
        collection: &CollectionName,
        record_refs: &[RecordRef],
    ) -> Result<u64, StoreError> {
        let names = values![controller.as_str(), source.as_str(), collection.as_str()];
        let record_refs = record_refs.to_vec();
        self.write(move |db| {
            Box::pin(async move {
                let Some(collection_no) = number(db, names).await? else {
                    return Ok(0);
                };
                let mut forgotten = 0;
                for records in record_refs.chunks(KEYS_PER_STATEMENT) {
                    let (here, values) = among(collection_no, records);
                    for table in ["link", "record", "finding"] {
                        let delete = format!("DELETE FROM {table} WHERE {here}");
                        let deleted = db.execute(delete, values.clone()).await?;
                        forgotten += if table == "finding" { deleted } else { 0 };
                    }
                }
                Ok(forgotten)
            })
        })
        .await
    }

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
                let Some(collection_no) = number(db, names).await? else {
                    return Ok(());
                };
                for records in record_refs.chunks(KEYS_PER_STATEMENT) {
                    for theirs in pseudonyms.chunks(KEYS_PER_STATEMENT) {
                        forget(db, collection_no, records, theirs).await?;
                    }
                    let (here, values) = among(collection_no, records);
                    let orphans = format!(
                        "DELETE FROM record WHERE {here} AND NOT EXISTS (SELECT 1 FROM finding f \
                         WHERE f.collection_no = record.collection_no \
                         AND f.record_ref = record.record_ref)"
                    );
                    db.execute(orphans, values).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

async fn forget(
    db: &mut Db,
    collection_no: i64,
    records: &[RecordRef],
    pseudonyms: &[Pseudonym],
) -> Result<(), StoreError> {
    let (here, mut values) = among(collection_no, records);
    let theirs = placeholders(values.len() + 1, pseudonyms.len());
    values.extend(pseudonyms.iter().map(|pseudonym| Value::from(pseudonym.0)));
    let links = format!(
        "DELETE FROM link WHERE {here} AND (anchor IN ({theirs}) OR attached IN ({theirs}))"
    );
    db.execute(links, values.clone()).await?;
    let findings = format!("DELETE FROM finding WHERE {here} AND pseudonym IN ({theirs})");
    db.execute(findings, values).await?;
    Ok(())
}

/// A condition that chooses these Records of a Collection, and its values.
fn among(collection_no: i64, records: &[RecordRef]) -> (String, Vec<Value>) {
    let mut values = values![collection_no];
    values.extend(records.iter().map(|record| Value::from(record.0)));
    let these = placeholders(2, records.len());
    let condition = format!("collection_no = $1 AND record_ref IN ({these})");
    (condition, values)
}

/// The number of a Collection by its names: Controller, Source, Collection.
async fn number(db: &mut Db, names: Vec<Value>) -> Result<Option<i64>, StoreError> {
    let select = "SELECT c.collection_no FROM collection c JOIN source o \
                  ON o.source_no = c.source_no WHERE o.controller = $1 AND o.id = $2 AND c.name = $3";
    let row = db.row(select, names).await?;
    row.map(|row| row.int(0)).transpose()
}
