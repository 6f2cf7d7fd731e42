//! PostgreSQL: connecting, and reading by `COPY`.

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use hemvist_source::SourceError;
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow, PgSslMode};
use sqlx::query::Query;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Pool, Postgres, Row as _};

use crate::catalogue::Catalogue;
use crate::engine::{Bind, Dialect, Engine, TextRow};
use crate::quoting::{Quotes, statement};
use crate::reading::{RowSink, answered, in_time};
use crate::settings::{
    CONNECT_TIME_MAX, IDLE_TIME_MAX, IDLE_TRANSACTION_SECONDS_MAX, LIFETIME_MAX, LOCK_SECONDS_MAX,
    STATEMENT_SECONDS_MAX, SqlConnection, SqlOptions, WRITE_CONNECTIONS,
};
use crate::source::SqlSource;
use crate::{copy, errors, postgres_catalogue};

/// After this long without a word the server asks whether we are alive.
const KEEPALIVE_SECONDS: u64 = 30;

/// A PostgreSQL database as a Source.
pub type PostgresSource = SqlSource<PostgresEngine>;

/// The PostgreSQL engine.
pub struct PostgresEngine {
    options: PgConnectOptions,
    readers: Pool<Postgres>,
    writers: Pool<Postgres>,
}

impl PostgresSource {
    /// A Source for this database. Connects when first used; needs a tokio runtime.
    #[must_use]
    pub fn connect(settings: &SqlConnection) -> Self {
        Self::connect_with(settings, SqlOptions::default())
    }

    /// [`PostgresSource::connect`] with other limits.
    #[must_use]
    pub fn connect_with(settings: &SqlConnection, options: SqlOptions) -> Self {
        // Reading resolves names in `pg_catalog` only, not to whatever somebody put into `public`.
        // Writing fires triggers, which may count on the ordinary path.
        let reading = connect_options(settings).options([
            ("default_transaction_read_only", "on"),
            ("search_path", "pg_catalog"),
        ]);
        let writing = connect_options(settings).options([("default_transaction_read_only", "off")]);
        let engine = PostgresEngine {
            readers: pool(options.read_connections).connect_lazy_with(reading.clone()),
            writers: pool(WRITE_CONNECTIONS).connect_lazy_with(writing),
            options: reading,
        };
        SqlSource::new(engine, options)
    }
}

fn connect_options(settings: &SqlConnection) -> PgConnectOptions {
    let options = PgConnectOptions::new_without_pgpass()
        .port(settings.port)
        .username(&settings.user)
        .password(settings.password.as_deref().unwrap_or_default())
        .database(&settings.database)
        .application_name("hemvist")
        .ssl_mode(match settings.tls {
            true => PgSslMode::VerifyFull,
            false => PgSslMode::Prefer,
        })
        .disable_statement_logging();
    match settings.host.starts_with('/') {
        true => options.socket(&settings.host),
        false => options.host(&settings.host),
    }
    .options(session())
}

/// What every session is set to. The second half keeps notices (they may quote values) away, texts
/// the same from session to session, and makes row security an error instead of rows left out.
fn session() -> [(&'static str, String); 11] {
    let seconds = |seconds: u64| format!("{seconds}s");
    [
        ("statement_timeout", seconds(STATEMENT_SECONDS_MAX)),
        ("lock_timeout", seconds(LOCK_SECONDS_MAX)),
        (
            "idle_in_transaction_session_timeout",
            seconds(IDLE_TRANSACTION_SECONDS_MAX),
        ),
        ("tcp_keepalives_idle", KEEPALIVE_SECONDS.to_string()),
        ("client_min_messages", "error".to_owned()),
        ("standard_conforming_strings", "on".to_owned()),
        ("row_security", "off".to_owned()),
        ("synchronize_seqscans", "off".to_owned()),
        ("bytea_output", "hex".to_owned()),
        ("IntervalStyle", "postgres".to_owned()),
        ("DateStyle", "ISO".to_owned()),
    ]
}

fn pool(connections: u32) -> PoolOptions<Postgres> {
    PoolOptions::new()
        .max_connections(connections.max(1))
        .min_connections(0)
        .acquire_timeout(CONNECT_TIME_MAX)
        .idle_timeout(IDLE_TIME_MAX)
        .max_lifetime(LIFETIME_MAX)
        // A future dropped during BEGIN leaves its connection inside a transaction.
        .after_release(|connection: &mut PgConnection, _| {
            Box::pin(async move { connection.execute("ROLLBACK").await.map(|_| true) })
        })
}

fn failed(error: sqlx::Error) -> SourceError {
    errors::map(&error, errors::postgres)
}

fn query(sql: String, binds: &[Bind]) -> Query<'static, Postgres, sqlx::postgres::PgArguments> {
    binds
        .iter()
        .cloned()
        .fold(sqlx::query(statement(sql)), Query::bind)
}

fn cells(row: &PgRow) -> Result<TextRow, SourceError> {
    (0..row.len())
        .map(|index| {
            row.try_get_unchecked::<Option<&[u8]>, _>(index)
                .map(|cell| cell.map(<[u8]>::to_vec))
                .map_err(failed)
        })
        .collect()
}

#[async_trait]
impl Engine for PostgresEngine {
    type Connection = PoolConnection<Postgres>;

    const DIALECT: Dialect = Dialect {
        quotes: Quotes::Standard,
        numbered: true,
        exact: ("", ""),
        same: "IS NOT DISTINCT FROM",
        lock: " FOR UPDATE",
        begin: "BEGIN",
        count: "count(*)::text",
        hides_denied: false,
        row_values: true,
    };

    async fn probe(&self) -> Result<String, SourceError> {
        let connect = async { self.options.connect().await.map_err(failed) };
        let mut connection: PgConnection = in_time(CONNECT_TIME_MAX, connect).await?;
        let version = query("SELECT current_setting('server_version')".to_owned(), &[])
            .fetch_one(&mut connection);
        let version = answered(async { cells(&version.await.map_err(failed)?) }).await?;
        // It answered; how it takes our leave does not matter.
        let _ = connection.close().await;
        Ok(format!("PostgreSQL {}", crate::engine::text(&version, 0)))
    }

    async fn reader(&self) -> Result<Self::Connection, SourceError> {
        self.readers.acquire().await.map_err(failed)
    }

    async fn writer(&self) -> Result<Self::Connection, SourceError> {
        self.writers.acquire().await.map_err(failed)
    }

    async fn catalogue(connection: &mut Self::Connection) -> Result<Catalogue, SourceError> {
        postgres_catalogue::read(connection).await
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
        let copy = format!("COPY ({sql}) TO STDOUT");
        let begun = async { connection.copy_out_raw(&copy).await.map_err(failed) };
        let mut lines = answered(begun).await?;
        while answered(fill(&mut lines, sink)).await? {
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
    lines: &mut BoxStream<'_, Result<bytes::Bytes, sqlx::Error>>,
    sink: &mut RowSink,
) -> Result<bool, SourceError> {
    while let Some(line) = lines.next().await {
        copy::push_row(&line.map_err(failed)?, sink)?;
        if sink.end_row()? {
            return Ok(true);
        }
    }
    Ok(false)
}
