//! One way to speak to both databases: a connection, values for placeholders, rows.
//!
//! The SQL is the same for both wherever it can be; DDL and bulk writing are not here. Every
//! transaction runs in a task of its own: sqlx leaves a PostgreSQL transaction open on the pooled
//! connection when a future is dropped at the wrong moment, and callers' futures are dropped
//! whenever a client hangs up. A spawned task is never dropped halfway.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

use hemvist_model::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Postgres, Row as _, Sqlite};

use crate::{Store, StoreError};

/// What a body of a transaction returns.
pub(crate) type Working<'t, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 't>>;

/// The value of a placeholder. The kinds are explicit because PostgreSQL types even its NULLs.
#[derive(Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Key([u8; 16]),
}

/// A row of an answer, read by column number.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// A connection, inside a transaction or not.
pub(crate) enum Db {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

macro_rules! with_arguments {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
                Value::Key(value) => query.bind(value.to_vec()),
            };
        }
        query
    }};
}

impl Db {
    /// Runs a statement; the number of rows it changed.
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Db::Sqlite(db) => with_arguments!(sqlx::query::<Sqlite>(sql), values)
                .execute(&mut **db)
                .await?
                .rows_affected(),
            Db::Postgres(db) => with_arguments!(sqlx::query::<Postgres>(sql), values)
                .execute(&mut **db)
                .await?
                .rows_affected(),
        })
    }

    /// Runs a statement that must change exactly one row; `otherwise` when it does not.
    pub(crate) async fn execute_one(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
        otherwise: StoreError,
    ) -> Result<(), StoreError> {
        match self.execute(sql, values).await? {
            1 => Ok(()),
            _ => Err(otherwise),
        }
    }

    /// All rows of an answer.
    pub(crate) async fn rows(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = AssertSqlSafe(sql.into());
        Ok(match self {
            Db::Sqlite(db) => with_arguments!(sqlx::query::<Sqlite>(sql), values)
                .fetch_all(&mut **db)
                .await?
                .into_iter()
                .map(Row::Sqlite)
                .collect(),
            Db::Postgres(db) => with_arguments!(sqlx::query::<Postgres>(sql), values)
                .fetch_all(&mut **db)
                .await?
                .into_iter()
                .map(Row::Postgres)
                .collect(),
        })
    }

    /// The first row of an answer, if it has any.
    pub(crate) async fn row(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Runs statements without placeholders, several separated by `;`.
    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match self {
            Db::Sqlite(db) => _ = sqlx::raw_sql(sql).execute(&mut **db).await?,
            Db::Postgres(db) => _ = sqlx::raw_sql(sql).execute(&mut **db).await?,
        }
        Ok(())
    }

    /// The database's clock.
    pub(crate) async fn now(&mut self) -> Result<Timestamp, StoreError> {
        let sql = match self {
            Db::Sqlite(_) => "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
            Db::Postgres(_) => {
                "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
            }
        };
        let row = self.row(sql, vec![]).await?;
        let row = row.ok_or(StoreError::bug("the clock gave no answer"))?;
        Ok(Timestamp(row.int(0)?))
    }

    /// Locks the rows that a SELECT finds until the transaction ends. SQLite needs no word for
    /// it: its one writer has the whole file.
    pub(crate) fn locking(&self, select: &str) -> String {
        match self {
            Db::Sqlite(_) => select.to_owned(),
            Db::Postgres(_) => format!("{select} FOR UPDATE"),
        }
    }

    /// As [`Db::locking`], passing over rows that somebody else has locked. Of the table `of`.
    pub(crate) fn locking_free(&self, select: &str, of: &str) -> String {
        match self {
            Db::Sqlite(_) => select.to_owned(),
            Db::Postgres(_) => format!("{select} FOR UPDATE OF {of} SKIP LOCKED"),
        }
    }
}

/// A connection inside a transaction. If it is dropped there (a panic, a stopping runtime, a
/// COMMIT that got no answer), the connection is closed instead of going back to the pool: the
/// database rolls back, and the next borrower never finds somebody else's transaction.
struct Transaction {
    db: Db,
    open: bool,
}

impl Transaction {
    async fn begin(db: Db) -> Result<Self, StoreError> {
        let mut transaction = Self { db, open: true };
        let begin = match &transaction.db {
            // IMMEDIATE: taking the write lock later can fail in ways that waiting cannot mend.
            Db::Sqlite(_) => "BEGIN IMMEDIATE",
            Db::Postgres(_) => "BEGIN",
        };
        transaction.db.run(begin).await?;
        Ok(transaction)
    }

    async fn end(mut self, commit: bool) -> Result<(), StoreError> {
        let end = if commit { "COMMIT" } else { "ROLLBACK" };
        self.db.run(end).await?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        match &mut self.db {
            Db::Sqlite(db) if self.open => db.close_on_drop(),
            Db::Postgres(db) if self.open => db.close_on_drop(),
            Db::Sqlite(_) | Db::Postgres(_) => {}
        }
    }
}

macro_rules! column {
    ($row:expr, $index:expr) => {
        match $row {
            Row::Sqlite(row) => row.try_get_unchecked($index),
            Row::Postgres(row) => row.try_get_unchecked($index),
        }
    };
}

impl Row {
    pub(crate) fn int(&self, index: usize) -> Result<i64, StoreError> {
        Ok(column!(self, index)?)
    }

    pub(crate) fn opt_int(&self, index: usize) -> Result<Option<i64>, StoreError> {
        Ok(column!(self, index)?)
    }

    /// A count: never negative in a sound database.
    pub(crate) fn count(&self, index: usize) -> Result<u64, StoreError> {
        u64::try_from(self.int(index)?).map_err(|_| StoreError::Corrupt("a negative count"))
    }

    pub(crate) fn text(&self, index: usize) -> Result<String, StoreError> {
        Ok(column!(self, index)?)
    }

    pub(crate) fn opt_text(&self, index: usize) -> Result<Option<String>, StoreError> {
        Ok(column!(self, index)?)
    }

    pub(crate) fn bytes(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        Ok(column!(self, index)?)
    }

    pub(crate) fn opt_bytes(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(column!(self, index)?)
    }

    /// Sixteen or thirty-two bytes, as the column must have them.
    pub(crate) fn key<const N: usize>(&self, index: usize) -> Result<[u8; N], StoreError> {
        let bytes = self.bytes(index)?;
        bytes
            .try_into()
            .map_err(|_| StoreError::Corrupt("a key of the wrong length"))
    }
}

macro_rules! into_value {
    ($($from:ty: $pattern:pat => $value:expr),* $(,)?) => {
        $(impl From<$from> for Value {
            fn from($pattern: $from) -> Self {
                $value
            }
        })*
    };
}

into_value! {
    i64: value => Value::Int(Some(value)),
    u8: value => Value::Int(Some(value.into())),
    u32: value => Value::Int(Some(value.into())),
    u64: value => Value::Int(Some(i64::try_from(value).unwrap_or(i64::MAX))),
    Option<i64>: value => Value::Int(value),
    Timestamp: value => Value::Int(Some(value.0)),
    &str: value => Value::Text(Some(value.to_owned())),
    String: value => Value::Text(Some(value)),
    Option<String>: value => Value::Text(value),
    Vec<u8>: value => Value::Bytes(Some(value)),
    &[u8]: value => Value::Bytes(Some(value.to_vec())),
    Option<Vec<u8>>: value => Value::Bytes(value),
    [u8; 16]: value => Value::Key(value),
    [u8; 32]: value => Value::Bytes(Some(value.to_vec())),
}

/// The values of a statement's placeholders, in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use values;

/// `$first, $first+1, …`: as many placeholders.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    names.join(", ")
}

impl Store {
    /// Runs a transaction in a task of its own and commits it, or rolls it back on an error.
    pub(crate) async fn write<T, F>(&self, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Db) -> Working<'t, T> + Send + 'static,
    {
        let store = self.clone();
        spawned(async move {
            let mut transaction = Transaction::begin(store.writer().await?).await?;
            let result = body(&mut transaction.db).await;
            let ended = transaction.end(result.is_ok()).await;
            // Of two errors the first says what happened.
            result.and_then(|value| ended.map(|()| value))
        })
        .await
    }

    /// Runs statements that only read, in a task of its own and on a connection for reading.
    pub(crate) async fn read<T, F>(&self, body: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Db) -> Working<'t, T> + Send + 'static,
    {
        let store = self.clone();
        spawned(async move { body(&mut store.reader().await?).await }).await
    }
}

async fn spawned<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => Err(StoreError::bug("an operation panicked")),
        Err(_) => Err(StoreError::transient("the process is stopping")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, SealingKey, StoreUrl};

    #[tokio::test]
    async fn a_panic_inside_a_transaction_rolls_it_back() {
        let directory = hemvist_estate::directory();
        let url = StoreUrl::Sqlite(directory.path().join("store.db"));
        let store = Store::open(&url, SealingKey([1; 64])).await.expect("opens");
        let insert = "INSERT INTO source (id, controller, revision, body) \
                      VALUES ('a', 'b', 1, '{}')";
        let panicked = store.write::<(), _>(move |db| {
            Box::pin(async move {
                db.execute(insert, vec![]).await?;
                panic!("a defect")
            })
        });
        let kind = panicked.await.map_err(|error| error.kind());
        assert_eq!(kind, Err(Kind::Bug));
        let written =
            store.write(move |db| Box::pin(async move { db.execute(insert, vec![]).await }));
        assert_eq!(written.await, Ok(1), "the first was rolled back");
    }
}
