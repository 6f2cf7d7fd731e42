//! PostgreSQL, MariaDB (and MySQL) and SQLite as Sources.
//!
//! One [`SqlSource`] holds what is the same for all three: cutting tables into Splits along their
//! key, reading them as Batches, reading one row again, changing one row in one transaction.
//! An engine per database holds what differs: connecting, its catalogue, its way to stream rows
//! and the meaning of its error codes.
//!
//! Deliberately absent: connection strings (settings are typed), views (their rows are other
//! tables' rows), the content of binary columns when scanning (see [`SqlSource`]), and any message
//! of a driver or database, because those quote cell values.

mod bounds;
mod catalogue;
mod changing;
mod copy;
mod engine;
mod errors;
mod mariadb;
mod mariadb_catalogue;
mod postgres;
mod postgres_catalogue;
mod quoting;
mod reading;
mod record;
mod settings;
mod source;
mod splits;
mod sqlite;
mod sqlite_catalogue;

pub use mariadb::MariadbSource;
pub use postgres::PostgresSource;
pub use settings::{SqlConnection, SqlOptions};
pub use source::SqlSource;
pub use sqlite::SqliteSource;
