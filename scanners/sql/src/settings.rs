//! How a database is reached, and how hard it is worked.

use std::time::Duration;

/// Records that a Split is cut to hold.
pub(crate) const SPLIT_ROWS: u64 = 50_000;
/// Connections for reading, per Source.
pub(crate) const READ_CONNECTIONS: u32 = 2;
/// Connections for changing, per Source; opened by the first change.
pub(crate) const WRITE_CONNECTIONS: u32 = 1;
/// How long to wait for a connection.
pub(crate) const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// How long an unused connection is kept.
pub(crate) const IDLE_TIME_MAX: Duration = Duration::from_secs(60);
/// How long a connection is kept at all.
pub(crate) const LIFETIME_MAX: Duration = Duration::from_secs(30 * 60);
/// How long one statement may run on the server. A Split is one statement; only a table that has
/// neither a key nor row addresses is read in a single one.
pub(crate) const STATEMENT_SECONDS_MAX: u64 = 300;
/// How long a statement may wait for a lock.
pub(crate) const LOCK_SECONDS_MAX: u64 = 5;
/// How long a transaction may sit idle.
pub(crate) const IDLE_TRANSACTION_SECONDS_MAX: u64 = 30;
/// How long to wait for an answer before the peer counts as dead: the drivers set no TCP keepalive.
pub(crate) const REPLY_TIME_MAX: Duration = Duration::from_secs(STATEMENT_SECONDS_MAX + 10);

/// How a database server is reached. Secrets are resolved by the caller; there is no `Debug`.
#[derive(Clone)]
pub struct SqlConnection {
    /// Host name or address; beginning with `/` it is a socket: its directory (PostgreSQL) or file
    /// (MariaDB).
    pub host: String,
    /// TCP port, which also names a PostgreSQL socket.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The user.
    pub user: String,
    /// The password, if one is needed.
    pub password: Option<String>,
    /// Whether TLS with a verified certificate is required.
    pub tls: bool,
}

/// How a Source is worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqlOptions {
    /// Connections for reading.
    pub read_connections: u32,
    /// Records that a Split is cut to hold; at least 1.
    pub split_rows: u64,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self {
            read_connections: READ_CONNECTIONS,
            split_rows: SPLIT_ROWS,
        }
    }
}
