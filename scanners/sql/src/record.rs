//! One row, read again.

use std::sync::Arc;

use futures::StreamExt as _;
use hemvist_model::{CollectionName, RecordKey};
use hemvist_source::{Batch, Kind, RowRecord, Source as _, SourceError};

use crate::catalogue::Table;
use crate::engine::{Bind, Dialect, Engine, TextRow};
use crate::source::SqlSource;

/// Rows looked at to learn whether a key answers to one: one more than there should be.
const KEYED_ROWS_MAX: u32 = 2;

/// Reads the row that has this key; of a table without a key, the rows with this digest.
pub(crate) async fn read<E: Engine>(
    source: &SqlSource<E>,
    name: &CollectionName,
    key: &RecordKey,
) -> Result<Option<RowRecord>, SourceError> {
    let table = source.table(name).await?;
    match key {
        RecordKey::Row(values) => {
            let sql = select_by_key(&E::DIALECT, &table, values, "")?;
            let rows = source.rows(sql, &binds(values)).await?;
            Ok(record(&table, rows))
        }
        RecordKey::Unkeyed(digest) => by_digest(source, &table, digest).await,
        RecordKey::Object { .. } => Err(another_kind_of_key()),
    }
}

/// Selects the row that has this key; its [`binds`] go with it.
pub(crate) fn select_by_key(
    dialect: &Dialect,
    table: &Table,
    values: &[String],
    lock: &str,
) -> Result<String, SourceError> {
    let texts: Vec<&str> = table.columns.iter().map(|one| one.text.as_str()).collect();
    Ok(format!(
        "SELECT {} FROM {} WHERE {} LIMIT {KEYED_ROWS_MAX}{lock}",
        texts.join(", "),
        table.from,
        key_condition(dialect, table, values, 0)?,
    ))
}

/// `k1 = $1 AND k2 = $2`, in the columns' own types.
pub(crate) fn key_condition(
    dialect: &Dialect,
    table: &Table,
    values: &[String],
    first_bind: usize,
) -> Result<String, SourceError> {
    if values.is_empty() || values.len() != table.key.len() {
        return Err(another_kind_of_key());
    }
    let key = table.key.iter().filter_map(|one| table.columns.get(*one));
    let conditions: Vec<String> = key
        .enumerate()
        .map(|(index, column)| {
            let placeholder = dialect.placeholder(first_bind + index);
            format!("{} = {}", column.ident, column.typed.around(&placeholder))
        })
        .collect();
    Ok(conditions.join(" AND "))
}

/// Key values as binds.
pub(crate) fn binds(values: &[String]) -> Vec<Bind> {
    values.iter().cloned().map(Some).collect()
}

async fn by_digest<E: Engine>(
    source: &SqlSource<E>,
    table: &Arc<Table>,
    digest: &[u8; 32],
) -> Result<Option<RowRecord>, SourceError> {
    if !table.key.is_empty() {
        return Err(another_kind_of_key());
    }
    let mut rows: Vec<TextRow> = Vec::new();
    let mut count = 0;
    let mut splits = source.splits(&table.collection.name);
    while let Some(split) = splits.next().await {
        let mut batches = source.read(&split?, None);
        while let Some(batch) = batches.next().await {
            let Batch::Rows(batch) = batch? else { continue };
            let wanted = RecordKey::Unkeyed(*digest);
            for row in (0..batch.rows()).filter(|row| batch.key(*row) == wanted) {
                count += 1;
                rows.truncate(0);
                let columns = 0..batch.columns().len();
                rows.push(
                    columns
                        .map(|one| batch.cell(row, one).map(<[u8]>::to_vec))
                        .collect(),
                );
            }
        }
    }
    Ok(record(table, rows).map(|row| RowRecord { rows: count, ..row }))
}

fn record(table: &Table, rows: Vec<TextRow>) -> Option<RowRecord> {
    let count = rows.len() as u64;
    rows.into_iter().next().map(|cells| RowRecord {
        collection: Arc::clone(&table.collection),
        cells,
        rows: count,
    })
}

fn another_kind_of_key() -> SourceError {
    SourceError::new(Kind::Conflict, "the table is addressed in another way now")
}
