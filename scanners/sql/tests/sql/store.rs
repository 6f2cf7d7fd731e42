//! Throw-away databases of all three kinds, and a way into them past the Source.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::TryStreamExt as _;
use hemvist_model::{CollectionName, RecordKey, SplitSpec};
use hemvist_source::{Batch, RecordImage, RowRecord, Source, SourceError};
use hemvist_sql::{MariadbSource, PostgresSource, SqlConnection, SqlOptions, SqliteSource};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, MySqlPool, PgPool, Row as _, SqlitePool};
use tempfile::TempDir;

/// A row: one text or NULL for each column.
pub(crate) type Row = Vec<Option<Vec<u8>>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Mariadb,
    Sqlite,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::Postgres, Kind::Mariadb, Kind::Sqlite];
}

enum Pool {
    Postgres(PgPool),
    Mariadb(MySqlPool),
    Sqlite(SqlitePool),
}

/// A database that no other test knows.
pub(crate) struct Store {
    pub(crate) kind: Kind,
    pool: Pool,
    connection: SqlConnection,
    file: PathBuf,
    _directory: TempDir,
}

impl Store {
    pub(crate) async fn new(kind: Kind) -> Store {
        let directory = hemvist_estate::directory();
        let file = directory.path().join("data.sqlite");
        let (pool, connection) = match kind {
            Kind::Postgres => postgres().await,
            Kind::Mariadb => mariadb().await,
            Kind::Sqlite => {
                let options = SqliteConnectOptions::new()
                    .filename(&file)
                    .create_if_missing(true);
                let pool = SqlitePoolOptions::new().max_connections(1);
                (
                    Pool::Sqlite(pool.connect_with(options).await.unwrap()),
                    nowhere(),
                )
            }
        };
        Store {
            kind,
            pool,
            connection,
            file,
            _directory: directory,
        }
    }

    pub(crate) fn source(&self, split_rows: u64) -> Arc<dyn Source> {
        self.source_as(&self.connection, split_rows)
    }

    fn source_as(&self, connection: &SqlConnection, split_rows: u64) -> Arc<dyn Source> {
        let options = SqlOptions {
            split_rows,
            ..SqlOptions::default()
        };
        match self.kind {
            Kind::Postgres => Arc::new(PostgresSource::connect_with(connection, options)),
            Kind::Mariadb => Arc::new(MariadbSource::connect_with(connection, options)),
            Kind::Sqlite => Arc::new(SqliteSource::connect_with(&self.file, options)),
        }
    }

    /// The same database as a user with these rights and no others; a `{user}` stands for the user.
    /// SQLite knows no users.
    pub(crate) async fn source_with(&self, grants: &[&str]) -> Option<Arc<dyn Source>> {
        static USERS: AtomicU64 = AtomicU64::new(0);
        let number = USERS.fetch_add(1, Ordering::Relaxed);
        let user = format!("u{}_{number}", std::process::id());
        let (create, quoted) = match self.kind {
            Kind::Sqlite => return None,
            Kind::Postgres => (format!("CREATE ROLE {user} LOGIN"), user.clone()),
            Kind::Mariadb => {
                let quoted = format!("'{user}'@'%'");
                (
                    format!("CREATE USER {quoted} IDENTIFIED BY 'secret'"),
                    quoted,
                )
            }
        };
        self.execute(&create).await;
        for grant in grants {
            self.execute(&grant.replace("{user}", &quoted)).await;
        }
        let connection = SqlConnection {
            user,
            password: Some("secret".to_owned()),
            ..self.connection.clone()
        };
        Some(self.source_as(&connection, 100))
    }

    /// The settings, to be spoilt.
    pub(crate) fn connection(&self) -> SqlConnection {
        self.connection.clone()
    }

    pub(crate) fn source_by(&self, connection: &SqlConnection) -> Arc<dyn Source> {
        self.source_as(connection, 100)
    }

    /// Runs statements.
    pub(crate) async fn execute(&self, sql: &str) {
        let text = AssertSqlSafe(sql.to_owned());
        let failed = match &self.pool {
            Pool::Postgres(pool) => sqlx::raw_sql(text).execute(pool).await.err(),
            Pool::Mariadb(pool) => sqlx::raw_sql(text).execute(pool).await.err(),
            Pool::Sqlite(pool) => sqlx::raw_sql(text).execute(pool).await.err(),
        };
        assert!(failed.is_none(), "{:?}: {sql}: {failed:?}", self.kind);
    }

    /// Runs one statement with texts in place of its `?`.
    pub(crate) async fn execute_with(&self, sql: &str, binds: &Row) {
        let text =
            |bind: &Option<Vec<u8>>| bind.clone().map(|bytes| String::from_utf8(bytes).unwrap());
        let binds: Vec<Option<String>> = binds.iter().map(text).collect();
        let mut numbered = String::new();
        let mut number = 0;
        for character in sql.chars() {
            match character {
                '?' if self.kind == Kind::Postgres => {
                    number += 1;
                    numbered += &format!("${number}");
                }
                other => numbered.push(other),
            }
        }
        let query = AssertSqlSafe(numbered);
        macro_rules! run {
            ($pool:expr) => {
                binds
                    .into_iter()
                    .fold(sqlx::query(query), |query, bind| query.bind(bind))
                    .execute($pool)
                    .await
                    .err()
            };
        }
        let failed = match &self.pool {
            Pool::Postgres(pool) => run!(pool),
            Pool::Mariadb(pool) => run!(pool),
            Pool::Sqlite(pool) => run!(pool),
        };
        assert!(failed.is_none(), "{:?}: {sql}: {failed:?}", self.kind);
    }

    /// Rows of text columns.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Row> {
        let text = AssertSqlSafe(sql.to_owned());
        macro_rules! fetch {
            ($pool:expr) => {
                sqlx::query(text)
                    .fetch_all($pool)
                    .await
                    .unwrap()
                    .iter()
                    .map(|row| {
                        (0..row.len())
                            .map(|index| {
                                row.try_get_unchecked::<Option<Vec<u8>>, _>(index).unwrap()
                            })
                            .collect()
                    })
                    .collect()
            };
        }
        match &self.pool {
            Pool::Postgres(pool) => fetch!(pool),
            Pool::Mariadb(pool) => fetch!(pool),
            Pool::Sqlite(pool) => fetch!(pool),
        }
    }

    /// A name as SQL.
    pub(crate) fn quote(&self, name: &str) -> String {
        match self.kind {
            Kind::Mariadb => format!("`{}`", name.replace('`', "``")),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// The Collection of a table in the default schema whose name is a plain word.
    pub(crate) fn collection(&self, table: &str) -> CollectionName {
        let plain = table
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let shown = match plain {
            true => table.to_owned(),
            false => format!("\"{}\"", table.replace('"', "\"\"")),
        };
        CollectionName::new(match self.kind {
            Kind::Postgres => format!("public.{shown}"),
            _ => shown,
        })
    }
}

fn nowhere() -> SqlConnection {
    SqlConnection {
        host: String::new(),
        port: 0,
        database: String::new(),
        user: String::new(),
        password: None,
        tls: false,
    }
}

async fn postgres() -> (Pool, SqlConnection) {
    let url = hemvist_estate::postgres().fresh_database();
    let options = PgConnectOptions::from_str(&url).unwrap();
    let socket = options.get_socket().map(|path| path.display().to_string());
    let connection = SqlConnection {
        host: socket.unwrap_or_else(|| options.get_host().to_owned()),
        port: options.get_port(),
        database: options.get_database().unwrap_or_default().to_owned(),
        user: options.get_username().to_owned(),
        ..nowhere()
    };
    let pool = PgPoolOptions::new().max_connections(2);
    (
        Pool::Postgres(pool.connect_with(options).await.unwrap()),
        connection,
    )
}

async fn mariadb() -> (Pool, SqlConnection) {
    let url = hemvist_estate::mariadb().fresh_database();
    let options = MySqlConnectOptions::from_str(&url).unwrap();
    let password = url
        .split_once("//")
        .and_then(|(_, rest)| rest.split_once('@'));
    let password = password.and_then(|(user, _)| user.split_once(':'));
    let connection = SqlConnection {
        host: options.get_host().to_owned(),
        port: options.get_port(),
        database: options.get_database().unwrap_or_default().to_owned(),
        user: options.get_username().to_owned(),
        password: password.map(|(_, password)| password.to_owned()),
        tls: false,
    };
    let pool = MySqlPoolOptions::new().max_connections(2);
    (
        Pool::Mariadb(pool.connect_with(options).await.unwrap()),
        connection,
    )
}

/// Cells as text.
pub(crate) fn row(cells: &[Option<&str>]) -> Row {
    cells
        .iter()
        .map(|cell| cell.map(|text| text.as_bytes().to_vec()))
        .collect()
}

/// All rows of a Collection with their keys, Split by Split, and what the Splits say they hold.
pub(crate) async fn read_all(
    source: &dyn Source,
    collection: &CollectionName,
) -> Result<Vec<(RecordKey, Row)>, SourceError> {
    let splits: Vec<SplitSpec> = source.splits(collection).try_collect().await?;
    let mut all = Vec::new();
    for split in &splits {
        let rows = read_split(source, split, None).await?;
        let cut_for = split.records.unwrap_or(rows.len() as u64);
        assert_eq!(cut_for, rows.len() as u64, "{collection}");
        all.extend(rows);
    }
    Ok(all)
}

/// The rows of one Split with their keys.
pub(crate) async fn read_split(
    source: &dyn Source,
    split: &SplitSpec,
    resume: Option<&[u8]>,
) -> Result<Vec<(RecordKey, Row)>, SourceError> {
    let mut batches = source.read(split, resume);
    let mut rows = Vec::new();
    while let Some(batch) = batches.try_next().await? {
        let Batch::Rows(batch) = batch else {
            panic!("rows were expected")
        };
        let columns = batch.columns().len();
        rows.extend((0..batch.rows()).map(|row| {
            let cells = (0..columns).map(|column| batch.cell(row, column).map(<[u8]>::to_vec));
            (batch.key(row), cells.collect())
        }));
    }
    Ok(rows)
}

/// One row as it is now.
pub(crate) async fn read_again(
    source: &dyn Source,
    collection: &CollectionName,
    key: &RecordKey,
) -> Option<RowRecord> {
    match source.read_record(collection, key).await {
        Ok(Some(RecordImage::Row(row))) => Some(row),
        Ok(Some(RecordImage::Object(_))) => panic!("a row was expected"),
        Ok(None) => None,
        Err(error) => panic!("{error}"),
    }
}

/// The key of a row with one key column.
pub(crate) fn key(value: &str) -> RecordKey {
    RecordKey::Row(vec![value.to_owned()])
}
