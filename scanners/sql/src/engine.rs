//! What differs between the databases.

use async_trait::async_trait;
use hemvist_source::{Kind, SourceError};

use crate::catalogue::Catalogue;
use crate::quoting::Quotes;
use crate::reading::RowSink;

/// One row as text, `None` for NULL.
pub(crate) type TextRow = Vec<Option<Vec<u8>>>;

/// A text value for a placeholder.
pub(crate) type Bind = Option<String>;

/// The few words in which the databases' SQL differs.
pub struct Dialect {
    pub(crate) quotes: Quotes,
    /// Whether placeholders are `$1` (PostgreSQL) or `?`.
    pub(crate) numbered: bool,
    /// What stands around a placeholder that is compared with [`crate::catalogue::TableColumn::exact`].
    pub(crate) exact: (&'static str, &'static str),
    /// "Equal, and NULL equals NULL".
    pub(crate) same: &'static str,
    /// Locks the rows of a SELECT.
    pub(crate) lock: &'static str,
    /// Begins a transaction that writes.
    pub(crate) begin: &'static str,
    /// Whether the catalogue does not list tables that the user may not read.
    pub(crate) hides_denied: bool,
    /// Counts rows, as text.
    pub(crate) count: &'static str,
    /// Whether `(a, b) > (1, 2)` uses an index.
    pub(crate) row_values: bool,
}

impl Dialect {
    /// The placeholder for the bind with this index.
    pub(crate) fn placeholder(&self, index: usize) -> String {
        match self.numbered {
            true => format!("${}", index + 1),
            false => "?".to_owned(),
        }
    }

    /// The placeholder for an exact comparison.
    pub(crate) fn exact_placeholder(&self, index: usize) -> String {
        format!(
            "{}{}{}",
            self.exact.0,
            self.placeholder(index),
            self.exact.1
        )
    }
}

/// One database product. Sealed: it cannot be named outside this crate.
///
/// A connection that is dropped goes back to its pool outside any transaction.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// A connection on loan from a pool.
    type Connection: Send;

    /// Its SQL.
    const DIALECT: Dialect;

    /// Connects once, without a pool that would try again and hide why it failed; gives product and
    /// version.
    async fn probe(&self) -> Result<String, SourceError>;

    /// A connection that cannot write.
    async fn reader(&self) -> Result<Self::Connection, SourceError>;

    /// A connection that can.
    async fn writer(&self) -> Result<Self::Connection, SourceError>;

    /// Reads the catalogue.
    async fn catalogue(connection: &mut Self::Connection) -> Result<Catalogue, SourceError>;

    /// The few rows that a statement gives.
    async fn rows(
        connection: &mut Self::Connection,
        sql: String,
        binds: &[Bind],
    ) -> Result<Vec<TextRow>, SourceError>;

    /// Runs a statement; gives the number of rows that it changed.
    async fn execute(
        connection: &mut Self::Connection,
        sql: String,
        binds: &[Bind],
    ) -> Result<u64, SourceError>;

    /// Streams a SELECT's rows into the sink; `false` when nobody takes them any more.
    async fn stream(
        connection: &mut Self::Connection,
        sql: String,
        sink: &mut RowSink,
    ) -> Result<bool, SourceError>;

    /// Closes a connection that may have an unfinished statement, instead of giving it back.
    fn discard(connection: Self::Connection);
}

/// The text of a cell of our own catalogue queries; empty for NULL.
pub(crate) fn text(row: &TextRow, index: usize) -> String {
    let cell = row
        .get(index)
        .and_then(Option::as_deref)
        .unwrap_or_default();
    String::from_utf8_lossy(cell).into_owned()
}

/// A number of our own catalogue queries; `None` for NULL or none.
pub(crate) fn number<T: std::str::FromStr>(row: &TextRow, index: usize) -> Option<T> {
    let cell = row.get(index).and_then(Option::as_deref)?;
    std::str::from_utf8(cell).ok()?.parse().ok()
}

/// A row's texts; keys must be UTF-8 to be sent back.
pub(crate) fn texts(row: TextRow) -> Result<Vec<String>, SourceError> {
    row.into_iter()
        .map(|cell| String::from_utf8(cell.unwrap_or_default()))
        .collect::<Result<_, _>>()
        .map_err(|_| SourceError::new(Kind::Unsupported, "a key that is not UTF-8 text"))
}
