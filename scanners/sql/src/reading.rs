//! Rows on their way from a driver to whoever reads Batches: a spawned future per Split fills them, at most
//! [`BATCHES_WAITING`] ahead of the reader.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use hemvist_model::CollectionName;
use hemvist_source::{Batch, BatchStream, Cell, Kind, RowBatch, SourceError};
use tokio::sync::mpsc;

use crate::bounds::{Bounds, Position, encode_position};
use crate::catalogue::{ALIAS, Table, Walk, WalkColumn};
use crate::engine::{Dialect, Engine};
use crate::errors;
use crate::quoting::literal;
use crate::settings::REPLY_TIME_MAX;
use crate::source::SqlSource;

/// Rows in a Batch.
pub(crate) const BATCH_ROWS_MAX: usize = 4096;
/// Text in a Batch, of which the last row may be beyond.
pub(crate) const BATCH_BYTES_MAX: usize = 1 << 20;
/// Text in a single row: as much as cells can point into.
pub(crate) const ROW_BYTES_MAX: usize = 1 << 30;
/// Batches that are read ahead.
pub(crate) const BATCHES_WAITING: usize = 2;

type Item = Result<Batch, SourceError>;

/// Collects cells into Batches and hands them over.
pub struct RowSink {
    table: Arc<Table>,
    walk: Vec<WalkColumn>,
    out: mpsc::Sender<Item>,
    /// Where cells' text goes.
    pub(crate) text: Vec<u8>,
    cells: Vec<Cell>,
    /// How many cells there were when the row began.
    row_start: usize,
    hidden: usize,
    hidden_text: Position,
}

impl RowSink {
    fn new(table: Arc<Table>, out: mpsc::Sender<Item>) -> Self {
        let walk = table.walk_columns();
        let hidden = walk.iter().filter(|one| one.column.is_none()).count();
        Self {
            table,
            walk,
            out,
            text: Vec::new(),
            cells: Vec::new(),
            row_start: 0,
            hidden,
            hidden_text: Position::new(),
        }
    }

    /// Adds a cell.
    pub(crate) fn push(&mut self, cell: Option<&[u8]>) {
        let Some(bytes) = cell else {
            return self.cells.push(Cell::NULL);
        };
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        self.push_from(start);
    }

    /// Adds NULL.
    pub(crate) fn push_null(&mut self) {
        self.cells.push(Cell::NULL);
    }

    /// Adds a cell whose text was written to `text` from `start` on.
    pub(crate) fn push_from(&mut self, start: usize) {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.cells.push(Cell {
            start: offset(start),
            end: offset(self.text.len()),
        });
    }

    /// Ends a row; says whether the Batch is full.
    pub(crate) fn end_row(&mut self) -> Result<bool, SourceError> {
        if self.cells.len() != self.row_start + self.table.columns.len() + self.hidden {
            return Err(SourceError::new(Kind::Bug, "a row of another width"));
        }
        if self.text.len() > BATCH_BYTES_MAX + ROW_BYTES_MAX {
            return Err(SourceError::new(
                Kind::Unsupported,
                "a row of more than 1 GiB",
            ));
        }
        if self.hidden > 0 {
            self.take_hidden();
        }
        self.row_start = self.cells.len();
        let rows = self.cells.len() / self.table.columns.len().max(1);
        Ok(rows >= BATCH_ROWS_MAX || self.text.len() >= BATCH_BYTES_MAX)
    }

    /// Hidden walk columns come last in a row and only say where we are.
    fn take_hidden(&mut self) {
        let cells = self.cells.split_off(self.cells.len() - self.hidden);
        let text = |cell: &Cell| self.text.get(cell.start as usize..cell.end as usize);
        self.hidden_text = cells
            .iter()
            .map(|cell| String::from_utf8_lossy(text(cell).unwrap_or_default()).into_owned())
            .collect();
        self.text
            .truncate(cells.first().map_or(0, |cell| cell.start as usize));
    }

    /// Hands over what is collected; `false` when nobody takes it any more.
    pub(crate) async fn flush(&mut self) -> bool {
        if self.cells.is_empty() {
            return !self.out.is_closed();
        }
        let mut batch = RowBatch {
            collection: Arc::clone(&self.table.collection),
            text: std::mem::replace(&mut self.text, Vec::with_capacity(BATCH_BYTES_MAX)),
            cells: std::mem::take(&mut self.cells),
            resume: None,
        };
        self.cells.reserve(batch.cells.len());
        self.row_start = 0;
        batch.resume = self.resume(&batch);
        self.out.send(Ok(Batch::Rows(batch))).await.is_ok()
    }

    /// The place of the Batch's last row.
    fn resume(&self, batch: &RowBatch) -> Option<Vec<u8>> {
        let last = batch.rows().checked_sub(1)?;
        let mut hidden = self.hidden_text.iter();
        let position: Option<Position> = self
            .walk
            .iter()
            .map(|walk| match walk.column {
                None => hidden.next().cloned(),
                Some(column) => String::from_utf8(batch.cell(last, column)?.to_vec()).ok(),
            })
            .collect();
        position
            .filter(|position| !position.is_empty())
            .map(|position| encode_position(&position))
    }
}

/// Reads a slice in a spawned future of its own.
pub(crate) fn read<E: Engine>(
    source: SqlSource<E>,
    name: CollectionName,
    bounds: Result<Bounds, SourceError>,
) -> BatchStream {
    let (out, taken) = mpsc::channel(BATCHES_WAITING);
    tokio::spawn(Box::pin(async move {
        if let Err(error) = fill(&source, &name, bounds, out.clone()).await {
            let error = source.explained(&name, error).await;
            // Nobody left to tell is as good as told.
            let _ = out.send(Err(error)).await;
        }
    }));
    futures::stream::unfold(taken, |mut taken| async move {
        taken.recv().await.map(|item| (item, taken))
    })
    .boxed()
}

async fn fill<E: Engine>(
    source: &SqlSource<E>,
    name: &CollectionName,
    bounds: Result<Bounds, SourceError>,
    out: mpsc::Sender<Item>,
) -> Result<(), SourceError> {
    let bounds = bounds?;
    let table = source.table(name).await?;
    let sql = select(&E::DIALECT, &table, &bounds)?;
    let mut sink = RowSink::new(table, out);
    let mut connection = source.engine().reader().await?;
    let read = E::stream(&mut connection, sql, &mut sink).await;
    match &read {
        Ok(true) => drop(connection),
        _ => E::discard(connection),
    }
    if read? {
        sink.flush().await;
    }
    Ok(())
}

/// Waits for a driver, but not for ever.
pub(crate) async fn in_time<T>(
    limit: Duration,
    waiting: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    tokio::time::timeout(limit, waiting)
        .await
        .unwrap_or_else(|_| Err(errors::silent()))
}

/// [`in_time`] with the limit for statements.
pub(crate) async fn answered<T>(
    waiting: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    in_time(REPLY_TIME_MAX, waiting).await
}

fn select(dialect: &Dialect, table: &Table, bounds: &Bounds) -> Result<String, SourceError> {
    let walk = table.walk_columns();
    let scanned = table.columns.iter().map(|column| column.scanned.as_str());
    let hidden = walk.iter().filter(|one| one.column.is_none());
    let columns: Vec<&str> = scanned.chain(hidden.map(|one| one.text.as_str())).collect();
    Ok(format!(
        "SELECT {} FROM {} AS {ALIAS}{}{}",
        columns.join(", "),
        table.from,
        range(dialect, &walk, bounds)?,
        order(table, &walk),
    ))
}

/// `ORDER BY` the walk. Pages are read in physical order anyway, and a sort would cost.
pub(crate) fn order(table: &Table, walk: &[WalkColumn]) -> String {
    match table.walk {
        Walk::Columns(_) => {
            let expressions: Vec<&str> = walk.iter().map(|one| one.expression.as_str()).collect();
            format!(" ORDER BY {}", expressions.join(", "))
        }
        Walk::Pages { .. } | Walk::Whole => String::new(),
    }
}

/// `WHERE` for a slice.
pub(crate) fn range(
    dialect: &Dialect,
    walk: &[WalkColumn],
    bounds: &Bounds,
) -> Result<String, SourceError> {
    let mut conditions = Vec::new();
    for (position, beyond, last) in [(&bounds.after, ">", ">"), (&bounds.upto, "<", "<=")] {
        if let Some(position) = position {
            let values = values(dialect, walk, position)?;
            conditions.push(match dialect.row_values && walk.len() > 1 {
                true => row_values(walk, &values, last),
                false => step_by_step(walk, &values, beyond, last),
            });
        }
    }
    Ok(match conditions.is_empty() {
        true => String::new(),
        false => format!(" WHERE {}", conditions.join(" AND ")),
    })
}

fn values(
    dialect: &Dialect,
    walk: &[WalkColumn],
    position: &[String],
) -> Result<Vec<String>, SourceError> {
    if position.len() != walk.len() || position.is_empty() {
        return Err(SourceError::new(Kind::Conflict, "the table's key changed"));
    }
    walk.iter()
        .zip(position)
        .map(|(walk, text)| Ok(walk.typed.around(&literal(dialect.quotes, text)?)))
        .collect()
}

fn row_values(walk: &[WalkColumn], values: &[String], operator: &str) -> String {
    let expressions: Vec<&str> = walk.iter().map(|one| one.expression.as_str()).collect();
    format!(
        "({}) {operator} ({})",
        expressions.join(", "),
        values.join(", ")
    )
}

/// `a > 1 OR (a = 1 AND b > 2)`: MariaDB's optimiser finds no range in row values.
fn step_by_step(walk: &[WalkColumn], values: &[String], beyond: &str, last: &str) -> String {
    let mut condition = String::new();
    for (index, (walk, value)) in walk.iter().zip(values).enumerate().rev() {
        let name = &walk.expression;
        condition = match index + 1 == values.len() {
            true => format!("{name} {last} {value}"),
            false => format!("({name} {beyond} {value} OR ({name} = {value} AND {condition}))"),
        };
    }
    condition
}
