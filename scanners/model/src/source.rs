//! A registered store.

use crate::{CollectionPolicy, ControllerId, Exclusion, IdentitySource, SourceId, Timestamp};

/// One registered store reached with one credential.
///
/// Settings are typed: there is no free-form connection string, and secrets are references
/// (`env:NAME`, `file:PATH`), never values.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RegisteredSource {
    /// Its id, chosen by whoever registered it.
    pub id: SourceId,
    /// For whom it holds data.
    pub controller: ControllerId,
    /// How it is reached.
    pub settings: SourceSettings,
    /// Which Collections say who is who.
    pub identity_sources: Vec<IdentitySource>,
    /// What erasing does, per Collection; `Auto` where nothing is said.
    pub policies: Vec<CollectionPolicy>,
    /// What is left alone on purpose.
    #[serde(default)]
    pub exclusions: Vec<Exclusion>,
    /// When it was registered.
    pub created: Timestamp,
    /// Grows with every change; the API's etag.
    pub revision: u64,
}

/// How a store is reached.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SourceSettings {
    /// PostgreSQL.
    Postgres(SqlSettings),
    /// MariaDB or MySQL.
    Mariadb(SqlSettings),
    /// An SQLite file.
    Sqlite {
        /// The file.
        path: String,
    },
    /// An S3-compatible bucket.
    S3 {
        /// Such as `https://s3.example.com`.
        endpoint: String,
        /// Such as `eu-north-1`; many stores take any.
        region: String,
        /// The bucket.
        bucket: String,
        /// Only keys that begin so; empty for all.
        prefix: String,
        /// The access key's id.
        access_key_id: String,
        /// Reference to the secret key.
        secret_key: String,
    },
    /// A directory with everything below it.
    Tree {
        /// The directory.
        root: String,
    },
}

/// How a database server is reached.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlSettings {
    /// Host name or address; a path is a socket's directory (PostgreSQL) or file (MariaDB).
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The user.
    pub user: String,
    /// Reference to the password, if it needs one.
    pub password: Option<String>,
    /// Whether TLS is required.
    pub tls: bool,
}

/// The kind of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// PostgreSQL.
    Postgres,
    /// MariaDB or MySQL.
    Mariadb,
    /// SQLite.
    Sqlite,
    /// S3-compatible.
    S3,
    /// A file tree.
    Tree,
}

impl SourceSettings {
    /// The kind of store.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        match self {
            SourceSettings::Postgres(_) => SourceKind::Postgres,
            SourceSettings::Mariadb(_) => SourceKind::Mariadb,
            SourceSettings::Sqlite { .. } => SourceKind::Sqlite,
            SourceSettings::S3 { .. } => SourceKind::S3,
            SourceSettings::Tree { .. } => SourceKind::Tree,
        }
    }
}
