//! SQLite: opening an existing file, and stepping through its rows.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use hemvist_source::SourceError;
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Pool, Row as _, Sqlite};

use crate::catalogue::Catalogue;
use crate::engine::{Bind, Dialect, Engine, TextRow};
use crate::quoting::{Quotes, statement};
use crate::reading::{RowSink, answered, in_time};
use crate::settings::{
    CONNECT_TIME_MAX, IDLE_TIME_MAX, LIFETIME_MAX, LOCK_SECONDS_MAX, SqlOptions, WRITE_CONNECTIONS,
};
use crate::source::SqlSource;
use crate::{errors, sqlite_catalogue};

/// An SQLite file as a Source.
pub type SqliteSource = SqlSource<SqliteEngine>;

/// The SQLite engine.
pub struct SqliteEngine {
    options: SqliteConnectOptions,
    writing: SqliteConnectOptions,
    readers: Pool<Sqlite>,
    writers: Pool<Sqlite>,
}

impl SqliteSource {
    /// A Source for this file, which is never created. Opens it when first used; needs a tokio
    /// runtime.
    #[must_use]
    pub fn connect(path: &Path) -> Self {
        Self::connect_with(path, SqlOptions::default())
    }

    /// [`SqliteSource::connect`] with other limits.
    #[must_use]
    pub fn connect_with(path: &Path, options: SqlOptions) -> Self {
        let file = connect_options(path.to_owned());
        let reading = file.clone().read_only(true).pragma("query_only", "on");
        // Deleted content is overwritten in the file.
        let writing = file.foreign_keys(true).pragma("secure_delete", "on");
        let engine = SqliteEngine {
            readers: pool(options.read_connections).connect_lazy_with(reading.clone()),
            writers: pool(WRITE_CONNECTIONS).connect_lazy_with(writing.clone()),
            options: reading,
            writing,
        };
        SqlSource::new(engine, options)
    }
}

impl SqliteEngine {
    /// What a killed writer left half done is rolled back by whoever opens the file next and may
    /// write. A reader may not, and would be refused until somebody else came: so this is the one
    /// thing that is done to a file that is only read.
    async fn roll_back_killed_writer(&self) {
        let mut journal = self.options.get_filename().as_os_str().to_owned();
        journal.push("-journal");
        let written = tokio::fs::metadata(journal).await;
        if !written.is_ok_and(|journal| journal.len() > 0) {
            return;
        }
        // Where it cannot be rolled back, the reader's own error says so.
        let roll_back = async {
            let mut connection = self.writing.connect().await.map_err(failed)?;
            let read = connection
                .execute("SELECT count(*) FROM sqlite_schema")
                .await;
            let _ = connection.close().await;
            read.map(drop).map_err(failed)
        };
        let _ = in_time(CONNECT_TIME_MAX, roll_back).await;
    }
}

fn connect_options(path: PathBuf) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(std::time::Duration::from_secs(LOCK_SECONDS_MAX))
        .disable_statement_logging()
}

fn pool(connections: u32) -> PoolOptions<Sqlite> {
    PoolOptions::new()
        .max_connections(connections.max(1))
        .min_connections(0)
        .acquire_timeout(CONNECT_TIME_MAX)
        .idle_timeout(IDLE_TIME_MAX)
        .max_lifetime(LIFETIME_MAX)
        .after_release(|connection: &mut SqliteConnection, _| {
            Box::pin(async move {
                // SQLite refuses it outside a transaction, which is what we want to be.
                let _ = connection.execute("ROLLBACK").await;
                Ok(true)
            })
        })
}

fn failed(error: sqlx::Error) -> SourceError {
    errors::map(&error, errors::sqlite)
}

fn query(sql: String, binds: &[Bind]) -> Query<'static, Sqlite, SqliteArguments> {
    binds
        .iter()
        .cloned()
        .fold(sqlx::query(statement(sql)), Query::bind)
}

/// Whatever the type of a value, SQLite gives the bytes of its text.
fn cell(row: &SqliteRow, index: usize) -> Result<Option<&[u8]>, SourceError> {
    row.try_get_unchecked(index).map_err(failed)
}

fn cells(row: &SqliteRow) -> Result<TextRow, SourceError> {
    (0..row.len())
        .map(|index| Ok(cell(row, index)?.map(<[u8]>::to_vec)))
        .collect()
}

#[async_trait]
impl Engine for SqliteEngine {
    type Connection = PoolConnection<Sqlite>;

    const DIALECT: Dialect = Dialect {
        quotes: Quotes::Sqlite,
        numbered: false,
        exact: ("", ""),
        same: "IS",
        lock: "",
        begin: "BEGIN IMMEDIATE",
        count: "CAST(count(*) AS TEXT)",
        hides_denied: false,
        row_values: true,
    };

    async fn probe(&self) -> Result<String, SourceError> {
        let connect = async { self.options.connect().await.map_err(failed) };
        let mut connection: SqliteConnection = in_time(CONNECT_TIME_MAX, connect).await?;
        // The count makes it read the file's header.
        let sql = "SELECT sqlite_version(), count(*) FROM sqlite_schema".to_owned();
        let version = query(sql, &[]).fetch_one(&mut connection);
        let version = answered(async { cells(&version.await.map_err(failed)?) }).await?;
        // It answered; how it takes our leave does not matter.
        let _ = connection.close().await;
        Ok(format!("SQLite {}", crate::engine::text(&version, 0)))
    }

    async fn reader(&self) -> Result<Self::Connection, SourceError> {
        self.roll_back_killed_writer().await;
        self.readers.acquire().await.map_err(failed)
    }

    async fn writer(&self) -> Result<Self::Connection, SourceError> {
        self.writers.acquire().await.map_err(failed)
    }

    async fn catalogue(connection: &mut Self::Connection) -> Result<Catalogue, SourceError> {
        sqlite_catalogue::read(connection).await
    }

    async fn rows(
        connection: &mut Self::Connection,
        sql: String,
        binds: &[Bind],
    ) -> Result<Vec<TextRow>, SourceError> {
        let rows = query(sql, binds).fetch_all(&mut **connection).await;
        rows.map_err(failed)?.iter().map(cells).collect()
    }

    async fn execute(
        connection: &mut Self::Connection,
        sql: String,
        binds: &[Bind],
    ) -> Result<u64, SourceError> {
        let done = query(sql, binds).execute(&mut **connection).await;
        done.map(|done| done.rows_affected()).map_err(failed)
    }

    async fn stream(
        connection: &mut Self::Connection,
        sql: String,
        sink: &mut RowSink,
    ) -> Result<bool, SourceError> {
        let mut rows = query(sql, &[]).fetch(&mut **connection);
        while answered(fill(&mut rows, sink)).await? {
            if !sink.flush().await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn discard(mut connection: Self::Connection) {
        connection.close_on_drop();
    }
}

/// Fills a Batch; `false` at the end.
async fn fill(
    rows: &mut BoxStream<'_, Result<SqliteRow, sqlx::Error>>,
    sink: &mut RowSink,
) -> Result<bool, SourceError> {
    while let Some(row) = rows.next().await {
        let row = row.map_err(failed)?;
        for index in 0..row.len() {
            sink.push(cell(&row, index)?);
        }
        if sink.end_row()? {
            return Ok(true);
        }
    }
    Ok(false)
}
