//! Opening the database, and the pools of connections to it.
//!
//! Deliberately absent: the operations, which are one file for each group of them.

use std::fmt;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use hemvist_model::{LeaseToken, Timestamp};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, PgConnection};

use crate::db::Db;
use crate::seal::{Sealer, SealingKey};
use crate::{Kind, StoreError, schema};

const SQLITE_READERS_MAX: u32 = 4;
const POSTGRES_CONNECTIONS_MAX: u32 = 16;
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// KiB of the database that the writer keeps in memory: the index's inner pages and then some.
const WRITER_CACHE_KIB: &str = "-32768";
/// Two processes that make the same file at once can meet in a lock that SQLite does not wait for.
const OPEN_ATTEMPTS_MAX: u32 = 50;
const OPEN_PAUSE: Duration = Duration::from_millis(100);

/// Hemvist's own database. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    sealer: Sealer,
}

enum Pool {
    /// SQLite has one writer at a time whatever we do: one connection, and others that only read.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// Where the database is. Without `Debug`: a URL may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A file, made when it does not exist: `sqlite:PATH`.
    Sqlite(PathBuf),
    /// A server's database: `postgres://…`.
    Postgres(String),
}

impl FromStr for StoreUrl {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(StoreUrl::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(StoreUrl::Postgres(text.to_owned()));
        }
        Err(StoreError::Unsupported(
            "this store URL: use sqlite:PATH or postgres://…",
        ))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.inner.pool {
            Pool::Sqlite { .. } => "Store(sqlite)",
            Pool::Postgres(_) => "Store(postgres)",
        })
    }
}

impl Store {
    /// Opens the database, making it and its tables where they are missing.
    ///
    /// # Errors
    /// `Corrupt` when `key` is not the key that the database was made with; `Unsupported` for a
    /// URL or file that cannot be used, or a later version's database; `Transient` when the
    /// server does not answer.
    pub async fn open(url: &StoreUrl, key: SealingKey) -> Result<Store, StoreError> {
        let mut attempt = 1;
        loop {
            match Self::open_once(url, key.clone()).await {
                Err(error)
                    if matches!(url, StoreUrl::Sqlite(_))
                        && error.kind() == Kind::Transient
                        && attempt < OPEN_ATTEMPTS_MAX =>
                {
                    attempt += 1;
                    tokio::time::sleep(OPEN_PAUSE).await;
                }
                done => return done,
            }
        }
    }

    async fn open_once(url: &StoreUrl, key: SealingKey) -> Result<Store, StoreError> {
        let pool = match url {
            StoreUrl::Sqlite(path) => open_sqlite(path).await?,
            StoreUrl::Postgres(url) => open_postgres(url).await?,
        };
        let sealer = Sealer::new(key);
        let inner = Arc::new(Inner { pool, sealer });
        let store = Store { inner };
        schema::migrate(&store).await?;
        Ok(store)
    }

    /// Closes the connections; operations after it are `Transient` errors.
    pub async fn close(&self) {
        match &self.inner.pool {
            Pool::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// The database's clock.
    ///
    /// # Errors
    /// `Transient` when the database does not answer.
    pub async fn now(&self) -> Result<Timestamp, StoreError> {
        self.read(|db| Box::pin(async move { db.now().await }))
            .await
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }

    pub(crate) async fn writer(&self) -> Result<Db, StoreError> {
        Ok(match &self.inner.pool {
            Pool::Sqlite { writer, .. } => Db::Sqlite(writer.acquire().await?),
            Pool::Postgres(pool) => Db::Postgres(pool.acquire().await?),
        })
    }

    pub(crate) async fn reader(&self) -> Result<Db, StoreError> {
        Ok(match &self.inner.pool {
            Pool::Sqlite { readers, .. } => Db::Sqlite(readers.acquire().await?),
            Pool::Postgres(pool) => Db::Postgres(pool.acquire().await?),
        })
    }
}

/// A token that no earlier Lease had: random, so that it needs no counter to agree on.
pub(crate) fn new_token() -> Result<LeaseToken, StoreError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| StoreError::bug("the system gave no randomness"))?;
    // Never 0, which stands for nobody.
    Ok(LeaseToken((i64::from_le_bytes(bytes) & i64::MAX) | 1))
}

async fn open_sqlite(path: &Path) -> Result<Pool, StoreError> {
    create_private(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        // What was acknowledged survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(false)
        .busy_timeout(BUSY_TIMEOUT)
        // Deleted findings are overwritten where that costs no further write.
        .pragma("secure_delete", "FAST");
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.clone().pragma("cache_size", WRITER_CACHE_KIB))
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options.read_only(true));
    Ok(Pool::Sqlite { writer, readers })
}

/// Makes the file with mode 0600 before SQLite would make it with the mode of the day. SQLite
/// gives its side files the mode of the main one.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let refused = |_| StoreError::Unsupported("this SQLite path: it cannot be created or opened");
    if let Some(parent) = path.parent() {
        let mut directory = std::fs::DirBuilder::new();
        directory.recursive(true).mode(0o700);
        directory.create(parent).map_err(refused)?;
    }
    let mut file = std::fs::OpenOptions::new();
    file.read(true).write(true).create(true).mode(0o600);
    file.open(path).map(drop).map_err(refused)
}

async fn open_postgres(url: &str) -> Result<Pool, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Unsupported("this store URL: it cannot be read"))?
        .application_name("hemvist")
        // Every statement goes by a key: planning it once for a connection is enough, and takes
        // longer than running it.
        .options([("plan_cache_mode", "force_generic_plan")]);
    // A pool would wait for a server that refuses; whoever opens the store wants to know.
    let first = PgConnection::connect_with(&options).await?;
    first.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    Ok(Pool::Postgres(pool))
}
