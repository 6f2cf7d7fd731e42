//! Cutting a table into Splits: along its key by jumps over the index, each Split with an exact
//! count; along its pages; or not at all.

use futures::StreamExt as _;
use hemvist_model::{CollectionName, SplitSpec};
use hemvist_source::{SourceError, SplitStream};

use std::sync::Arc;

use crate::bounds::{Bounds, Position};
use crate::catalogue::{ALIAS, Table, Walk};
use crate::engine::{Engine, number, texts};
use crate::reading::{order, range};
use crate::source::SqlSource;

/// The greatest row number on a page (PostgreSQL's `OffsetNumber` has 16 bits).
const LAST_ON_PAGE: u32 = u16::MAX as u32;

/// The Splits of a table, found one by one.
pub(crate) fn cut<E: Engine>(source: SqlSource<E>, name: CollectionName, rows: u64) -> SplitStream {
    let cutter = Cutter {
        source,
        name,
        rows,
        table: None,
        next: Next::After(None),
    };
    futures::stream::unfold(cutter, |mut cutter| async move {
        let split = match cutter.next().await.transpose()? {
            Ok(split) => Ok(split),
            Err(error) => {
                cutter.next = Next::Nothing;
                Err(cutter.source.explained(&cutter.name, error).await)
            }
        };
        Some((split, cutter))
    })
    .boxed()
}

enum Next {
    /// The Split after this position (and, walking pages, this page).
    After(Option<(Position, u64)>),
    /// All Splits are cut.
    Nothing,
}

struct Cutter<E> {
    source: SqlSource<E>,
    name: CollectionName,
    rows: u64,
    table: Option<Arc<Table>>,
    next: Next,
}

impl<E: Engine> Cutter<E> {
    async fn next(&mut self) -> Result<Option<SplitSpec>, SourceError> {
        let after = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => return Ok(None),
            Next::After(after) => after,
        };
        let table = match &self.table {
            Some(table) => Arc::clone(table),
            None => self.begin().await?,
        };
        let (after, page) = after.map_or((None, 0), |(position, page)| (Some(position), page));
        let mut bounds = Bounds { after, upto: None };
        let records = match &table.walk {
            Walk::Whole => None,
            Walk::Columns(_) => {
                bounds.upto = self.jump(&table, &bounds).await?;
                match &bounds.upto {
                    Some(_) => Some(self.rows),
                    None => Some(self.count(&table, &bounds).await?),
                }
            }
            Walk::Pages {
                pages,
                rows_per_page,
            } => {
                let end = page.saturating_add(pages_per_split(self.rows, *rows_per_page));
                if end < *pages {
                    bounds.upto = Some(vec![format!("({},{LAST_ON_PAGE})", end - 1)]);
                    self.next = Next::After(bounds.upto.clone().map(|upto| (upto, end)));
                }
                None
            }
        };
        if let (Walk::Columns(_), Some(upto)) = (&table.walk, &bounds.upto) {
            self.next = Next::After(Some((upto.clone(), 0)));
        }
        Ok(Some(SplitSpec {
            collection: self.name.clone(),
            bounds: bounds.encode(),
            records,
        }))
    }

    /// Looks the table up, and whether every column may be read: a missing right must show here and
    /// not as a table without rows.
    async fn begin(&mut self) -> Result<Arc<Table>, SourceError> {
        let table = self.source.table(&self.name).await?;
        self.source
            .rows(
                format!(
                    "SELECT 1 FROM (SELECT * FROM {} LIMIT 0) AS every_column",
                    table.from
                ),
                &[],
            )
            .await?;
        self.table = Some(Arc::clone(&table));
        Ok(table)
    }

    /// The last row of the next full Split.
    async fn jump(&self, table: &Table, bounds: &Bounds) -> Result<Option<Position>, SourceError> {
        let walk = table.walk_columns();
        let key: Vec<&str> = walk.iter().map(|one| one.text.as_str()).collect();
        let sql = format!(
            "SELECT {} FROM {} AS {ALIAS}{}{} LIMIT 1 OFFSET {}",
            key.join(", "),
            table.from,
            range(&E::DIALECT, &walk, bounds)?,
            order(table, &walk),
            self.rows - 1,
        );
        let row = self.source.rows(sql, &[]).await?.into_iter().next();
        row.map(texts).transpose()
    }

    /// How many rows are left for the last Split: fewer than a full one.
    async fn count(&self, table: &Table, bounds: &Bounds) -> Result<u64, SourceError> {
        let where_rows = range(&E::DIALECT, &table.walk_columns(), bounds)?;
        let as_text = E::DIALECT.count;
        let sql = format!(
            "SELECT {as_text} FROM {} AS {ALIAS}{where_rows}",
            table.from
        );
        let rows = self.source.rows(sql, &[]).await?;
        Ok(rows.first().and_then(|row| number(row, 0)).unwrap_or(0))
    }
}

fn pages_per_split(rows: u64, rows_per_page: f64) -> u64 {
    let pages = rows as f64 / rows_per_page.max(1.0);
    (pages as u64).max(1)
}
