//! Registered Sources.

use hemvist_model::{RegisteredSource, SourceId};

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
    /// what it was, whatever `source` says.
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
                let old = find(db, &source.id).await?;
                let old = old.ok_or(StoreError::NotFound("source"))?;
                if old.controller != source.controller {
                    return Err(StoreError::Unsupported(
                        "a source cannot change its controller: delete it and register it anew",
                    ));
                }
                source.created = old.created;
                source.revision = expected_revision.saturating_add(1);
                let update = "UPDATE source SET revision = $1, body = $2 \
                              WHERE id = $3 AND revision = $4";
                let body = encode(&source)?;
                let id = source.id.as_str();
                let values = values![source.revision, body, id, expected_revision];
                let stale = StoreError::Conflict("the source has changed since it was read");
                db.execute_one(update, values, stale).await?;
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

/// In the order of locks that commits take them: Splits, then Scans, then what is counted.
const DELETE_SOURCE: &[&str] = &[
    "DELETE FROM split WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
    "DELETE FROM scan_collection WHERE scan_no IN (SELECT scan_no FROM scan WHERE source_no = $1)",
    "DELETE FROM scan WHERE source_no = $1",
    "DELETE FROM finding WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
    "DELETE FROM record WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
    "DELETE FROM link WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
    "DELETE FROM field WHERE collection_no IN (SELECT collection_no FROM collection WHERE source_no = $1)",
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
