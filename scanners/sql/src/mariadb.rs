//! MariaDB and MySQL: connecting, and reading by the text protocol.

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use hemvist_source::SourceError;
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode};
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::query::Query;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, MySql, Pool, Row as _};

use crate::catalogue::Catalogue;
use crate::engine::{Bind, Dialect, Engine, TextRow};
use crate::quoting::{Quotes, statement};
use crate::reading::{RowSink, answered, in_time};
use crate::settings::{
    CONNECT_TIME_MAX, IDLE_TIME_MAX, IDLE_TRANSACTION_SECONDS_MAX, LIFETIME_MAX, LOCK_SECONDS_MAX,
    STATEMENT_SECONDS_MAX, SqlConnection, SqlOptions, WRITE_CONNECTIONS,
};
use crate::source::SqlSource;
use crate::{errors, mariadb_catalogue};

/// A MariaDB or MySQL database as a Source.
pub type MariadbSource = SqlSource<MariadbEngine>;

/// The MariaDB engine.
pub struct MariadbEngine {
    options: MySqlConnectOptions,
    readers: Pool<MySql>,
    writers: Pool<MySql>,
}

impl MariadbSource {
    /// A Source for this database. Connects when first used; needs a tokio runtime.
    #[must_use]
    pub fn connect(settings: &SqlConnection) -> Self {
        Self::connect_with(settings, SqlOptions::default())
    }

    /// [`MariadbSource::connect`] with other limits.
    #[must_use]
    pub fn connect_with(settings: &SqlConnection, options: SqlOptions) -> Self {
        let connect = connect_options(settings);
        let reading = pool(options.read_connections, "READ ONLY");
        let writing = pool(WRITE_CONNECTIONS, "READ WRITE");
        let engine = MariadbEngine {
            readers: reading.connect_lazy_with(connect.clone()),
            writers: writing.connect_lazy_with(connect.clone()),
            options: connect,
        };
        SqlSource::new(engine, options)
    }
}

fn connect_options(settings: &SqlConnection) -> MySqlConnectOptions {
    let options = MySqlConnectOptions::new()
        .port(settings.port)
        .username(&settings.user)
        .database(&settings.database)
        .charset("utf8mb4")
        .ssl_mode(match settings.tls {
            true => MySqlSslMode::VerifyIdentity,
            false => MySqlSslMode::Preferred,
        })
        .disable_statement_logging();
    let options = match &settings.password {
        Some(password) => options.password(password),
        None => options,
    };
    match settings.host.starts_with('/') {
        true => options.socket(&settings.host),
        false => options.host(&settings.host),
    }
}

fn pool(connections: u32, access: &'static str) -> PoolOptions<MySql> {
    PoolOptions::new()
        .max_connections(connections.max(1))
        .min_connections(0)
        .acquire_timeout(CONNECT_TIME_MAX)
        .idle_timeout(IDLE_TIME_MAX)
        .max_lifetime(LIFETIME_MAX)
        .after_connect(move |connection, _| Box::pin(prepare(connection, access)))
        // A future dropped during BEGIN leaves its connection inside a transaction.
        .after_release(|connection: &mut MySqlConnection, _| {
            Box::pin(async move { connection.execute("ROLLBACK").await.map(|_| true) })
        })
}

/// Sets a session up. Strict, so that a value is refused rather than cut to fit.
async fn prepare(connection: &mut MySqlConnection, access: &str) -> Result<(), sqlx::Error> {
    let settings = format!(
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE', \
         innodb_lock_wait_timeout = {LOCK_SECONDS_MAX}, lock_wait_timeout = {LOCK_SECONDS_MAX}"
    );
    connection.execute(statement(settings)).await?;
    let access = format!("SET SESSION TRANSACTION {access}");
    connection.execute(statement(access)).await?;
    // What limits a statement's time has another name in MySQL, which also knows no limit for idle
    // transactions; one of the two is refused everywhere.
    for limits in [
        format!(
            "SET SESSION max_statement_time = {STATEMENT_SECONDS_MAX}, \
             idle_transaction_timeout = {IDLE_TRANSACTION_SECONDS_MAX}"
        ),
        format!(
            "SET SESSION max_execution_time = {}",
            STATEMENT_SECONDS_MAX * 1000
        ),
    ] {
        match connection.execute(statement(limits)).await {
            Ok(_) | Err(sqlx::Error::Database(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn failed(error: sqlx::Error) -> SourceError {
    errors::map(&error, errors::mariadb)
}

fn query(sql: String, binds: &[Bind]) -> Query<'static, MySql, MySqlArguments> {
    binds
        .iter()
        .cloned()
        .fold(sqlx::query(statement(sql)), Query::bind)
}

fn cell(row: &MySqlRow, index: usize) -> Result<Option<&[u8]>, SourceError> {
    row.try_get_unchecked(index).map_err(failed)
}

fn cells(row: &MySqlRow) -> Result<TextRow, SourceError> {
    (0..row.len())
        .map(|index| Ok(cell(row, index)?.map(<[u8]>::to_vec)))
        .collect()
}

#[async_trait]
impl Engine for MariadbEngine {
    type Connection = PoolConnection<MySql>;

    const DIALECT: Dialect = Dialect {
        quotes: Quotes::Mysql,
        numbered: false,
        exact: ("CAST(", " AS BINARY)"),
        same: "<=>",
        lock: " FOR UPDATE",
        begin: "START TRANSACTION",
        count: "CAST(count(*) AS CHAR)",
        hides_denied: true,
        row_values: false,
    };

    async fn probe(&self) -> Result<String, SourceError> {
        let connect = async { self.options.connect().await.map_err(failed) };
        let mut connection: MySqlConnection = in_time(CONNECT_TIME_MAX, connect).await?;
        let version = query("SELECT version()".to_owned(), &[]).fetch_one(&mut connection);
        let version = answered(async { cells(&version.await.map_err(failed)?) }).await?;
        // It answered; how it takes our leave does not matter.
        let _ = connection.close().await;
        let version = crate::engine::text(&version, 0);
        let product = if mariadb_catalogue::is_mariadb(&version) {
            "MariaDB"
        } else {
            "MySQL"
        };
        Ok(format!("{product} {version}"))
    }

    async fn reader(&self) -> Result<Self::Connection, SourceError> {
        self.readers.acquire().await.map_err(failed)
    }

    async fn writer(&self) -> Result<Self::Connection, SourceError> {
        self.writers.acquire().await.map_err(failed)
    }

    async fn catalogue(connection: &mut Self::Connection) -> Result<Catalogue, SourceError> {
        mariadb_catalogue::read(connection).await
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
        // BEGIN and its like cannot be prepared everywhere.
        let done = match binds.is_empty() {
            true => {
                sqlx::raw_sql(statement(sql))
                    .execute(&mut **connection)
                    .await
            }
            false => query(sql, binds).execute(&mut **connection).await,
        };
        done.map(|done| done.rows_affected()).map_err(failed)
    }

    async fn stream(
        connection: &mut Self::Connection,
        sql: String,
        sink: &mut RowSink,
    ) -> Result<bool, SourceError> {
        // Unprepared: the text protocol sends numbers and dates as the text that we want.
        let mut rows = sqlx::raw_sql(statement(sql)).fetch(&mut **connection);
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
    rows: &mut BoxStream<'_, Result<MySqlRow, sqlx::Error>>,
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
