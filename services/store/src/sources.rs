//! Registered Sources.

use std::collections::{BTreeMap, BTreeSet};

use hemvist_model::{CollectionName, IdentitySource, RegisteredSource, SourceId};

use crate::db::{Db, Row, values};
use crate::{Store, StoreError};

impl Store {
    /// Registers a Source.
    ///
    /// # Errors
    /// `Conflict` when its id is taken.
    pub async fn create_source(&self, source: &RegisteredSource) -> Result<(), StoreError> {
        let body = encode(source)?;
        let values = values![
            source.id.as_str(),
            source.controller.as_str(),
            source.revision,
            body
        ];
        self.write(move |db| {
            Box::pin(async move {
                let insert = "INSERT INTO source (id, controller, revision, body) \
                              VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
                let taken = StoreError::Conflict("a source with this id exists");
                db.execute_one(insert, values, taken).await
            })
        })
        .await
    }

    /// Replaces a Source's settings and declarations. The revision grows by one; `created` stays
    /// what it was, whatever `source` says. Links and contradictions of a Collection whose identity
    /// declaration is another one now are gone at once; Splits of it that are being read lose
    /// their Leases and are read again.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the revision is not `expected_revision`; `Unsupported` when the
    /// Controller changes, because what was indexed belongs to the old one.
    pub async fn update_source(
        &self,
        source: &RegisteredSource,
        expected_revision: u64,
    ) -> Result<RegisteredSource, StoreError> {
        let mut source = source.clone();
        self.write(move |db| {
            Box::pin(async move {
                // Locked first, so that the declarations compared are those replaced.
                let source_no = number_for_update(db, &source.id).await?;
                let source_no = source_no.ok_or(StoreError::NotFound("source"))?;
                let old = find(db, &source.id).await?;
                let old = old.ok_or(StoreError::NotFound("source"))?;
                if old.controller != source.controller {
                    return Err(StoreError::Unsupported(
                        "a source cannot change its controller: delete it and register it anew",
                    ));
                }
                source.created = old.created;
                source.revision = expected_revision.saturating_add(1);
                let update = "UPDATE source SET revision = $1, body = $2, missing = '[]' \
                              WHERE id = $3 AND revision = $4";
                let body = encode(&source)?;
                let id = source.id.as_str();
                let values = values![source.revision, body, id, expected_revision];
                let stale = StoreError::Conflict("the source has changed since it was read");
                db.execute_one(update, values, stale).await?;
                for collection in redeclared(&old.identity_sources, &source.identity_sources) {
                    forget_links(db, source_no, &collection).await?;
                }
                Ok(source)
            })
        })
        .await
    }

    /// One Source.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn source(&self, id: &SourceId) -> Result<Option<RegisteredSource>, StoreError> {
        let id = id.clone();
        self.read(move |db| Box::pin(async move { find(db, &id).await }))
            .await
    }

    /// At most `limit` Sources in the order of their ids, those after `after`.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn sources(
        &self,
        after: Option<&SourceId>,
        limit: u32,
    ) -> Result<Vec<RegisteredSource>, StoreError> {
        let after = after.map_or(String::new(), |id| id.as_str().to_owned());
        self.read(move |db| {
            Box::pin(async move {
                let select = "SELECT body FROM source WHERE id > $1 ORDER BY id LIMIT $2";
                let rows = db.rows(select, values![after, limit]).await?;
                rows.iter().map(decode).collect()
            })
        })
        .await
    }

    /// Removes a Source with its Scans, findings, Links and Coverage; whether there was one. Its
    /// Holds stay, for the day it is registered again.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn delete_source(&self, id: &SourceId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |db| {
            Box::pin(async move {
                let Some(source_no) = number_for_update(db, &id).await? else {
                    return Ok(false);
                };
                for sql in DELETE_SOURCE {
                    db.execute(*sql, values![source_no]).await?;
                }
                Ok(true)
            })
        })
        .await
    }
}

/// The Collections that one list declares otherwise than the other, or not at all.
fn redeclared(old: &[IdentitySource], new: &[IdentitySource]) -> BTreeSet<CollectionName> {
    let by_name = |list: &[IdentitySource]| {
        let mut declared = BTreeMap::<CollectionName, Vec<_>>::new();
        for source in list {
            let fields = declared.entry(source.collection.clone()).or_default();
            fields.extend(source.fields.iter().cloned());
        }
        declared
    };
    let (old, new) = (by_name(old), by_name(new));
    let names = old.keys().chain(new.keys());
    let changed = names.filter(|name| old.get(*name) != new.get(*name));
    changed.cloned().collect()
}

/// Deletes a Collection's Links and contradictions. Splits that are being read would commit those
/// of the declaration that their reader saw: they wait to be read again, which costs no attempt.
async fn forget_links(
    db: &mut Db,
    source_no: i64,
    collection: &CollectionName,
) -> Result<(), StoreError> {
    let select = "SELECT collection_no FROM collection WHERE source_no = $1 AND name = $2";
    let names = values![source_no, collection.as_str()];
    let Some(row) = db.row(select, names).await? else {
        return Ok(());
    };
    let leased = "SELECT split_no FROM split WHERE collection_no = $1 AND state = 2 \
                  ORDER BY split_no";
    let again = format!(
        "UPDATE split SET state = 1, attempts = attempts - 1, lease_token = 0, lease_until = 0 \
         WHERE split_no IN ({})",
        db.locking(leased)
    );
    db.execute(again, values![row.int(0)?]).await?;
    for sql in [
        "UPDATE scan_collection SET contradictions = 0 WHERE collection_no = $1 AND ended IS NULL",
        "DELETE FROM link WHERE collection_no = $1",
        "UPDATE collection SET contradictions = 0 WHERE collection_no = $1",
    ] {
        db.execute(sql, values![row.int(0)?]).await?;
    }
    Ok(())
}

/// In the order of locks that commits take them: Splits, then Scans, then what is counted.
const DELETE_SOURCE: &[&str] = &[
    "DELETE FROM split WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
    "DELETE FROM scan_collection WHERE scan_no IN (SELECT scan_no FROM scan WHERE source_no = $1)",
    "DELETE FROM scan WHERE source_no = $1",
    "DELETE FROM finding WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
    "DELETE FROM record WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
    "DELETE FROM link WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
    "DELETE FROM field WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
    "DELETE FROM reading WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
    "DELETE FROM collection WHERE source_no = $1",
    "DELETE FROM source WHERE source_no = $1",
];

/// The number of a Source, which stays as it is until the transaction ends.
pub(crate) async fn number_for_update(
    db: &mut Db,
    id: &SourceId,
) -> Result<Option<i64>, StoreError> {
    let select = db.locking("SELECT source_no FROM source WHERE id = $1");
    let row = db.row(select, values![id.as_str()]).await?;
    row.map(|row| row.int(0)).transpose()
}

async fn find(db: &mut Db, id: &SourceId) -> Result<Option<RegisteredSource>, StoreError> {
    let select = "SELECT body FROM source WHERE id = $1";
    let row = db.row(select, values![id.as_str()]).await?;
    row.as_ref().map(decode).transpose()
}

fn encode(source: &RegisteredSource) -> Result<String, StoreError> {
    serde_json::to_string(source).map_err(|_| StoreError::bug("a source cannot be encoded"))
}

fn decode(row: &Row) -> Result<RegisteredSource, StoreError> {
    serde_json::from_str(&row.text(0)?).map_err(|_| StoreError::Corrupt("a source"))
}
