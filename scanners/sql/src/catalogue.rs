//! What is known of a database's tables: what others see of them, and the SQL to read and address
//! their rows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hemvist_model::CollectionName;
use hemvist_source::{Collection, Column, ColumnKind, Reference, RowKey};

/// What a table is called in the statements that walk it. Its columns are named with it there,
/// because `ORDER BY "id"` is otherwise by the text that is selected as `"id"`.
pub(crate) const ALIAS: &str = "target";

/// How long a catalogue is believed.
pub(crate) const CATALOGUE_TIME_MAX: Duration = Duration::from_secs(30);

/// All tables of one database.
#[derive(Default)]
pub struct Catalogue {
    /// The tables that are read.
    pub(crate) tables: BTreeMap<CollectionName, Arc<Table>>,
    /// What is not, and why.
    pub(crate) left_alone: Vec<(CollectionName, &'static str)>,
}

/// One table.
pub(crate) struct Table {
    /// What others see of it.
    pub(crate) collection: Arc<Collection>,
    /// Its name after `FROM`.
    pub(crate) from: String,
    /// One for each of the Collection's columns.
    pub(crate) columns: Vec<TableColumn>,
    /// Indexes of the key's columns; empty without a key.
    pub(crate) key: Vec<usize>,
    /// The order in which it is read.
    pub(crate) walk: Walk,
    /// Whether a change to it can be rolled back.
    pub(crate) transactional: bool,
    /// Whether all foreign keys that point here are known: a change may take rows along otherwise.
    pub(crate) references_known: bool,
    /// Foreign keys of any table that point here and change its rows with a row here.
    pub(crate) cascades: Vec<Cascade>,
}

/// How the database is asked for one column.
pub(crate) struct TableColumn {
    /// Its quoted name.
    pub(crate) ident: String,
    /// Its text when scanned: of a binary column that is no key, only whether there is something.
    pub(crate) scanned: String,
    /// Its whole text; hexadecimal for binary.
    pub(crate) text: String,
    /// The whole text, compared byte by byte.
    pub(crate) exact: String,
    /// What turns a text back into the column's type.
    pub(crate) typed: Typed,
    /// Whether the database itself changes it with every update unless told not to.
    pub(crate) follows_updates: bool,
    /// Whether a foreign key could point at it.
    pub(crate) referable: bool,
}

/// What stands around a text value to make it one of the column's type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Typed {
    pub(crate) fn new(before: &str, after: &str) -> Self {
        Self {
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }

    /// `value`, a literal or a placeholder, in the column's type.
    pub(crate) fn around(&self, value: &str) -> String {
        format!("{}{value}{}", self.before, self.after)
    }
}

/// The order in which a table is read, so that a Split has two ends and a Batch a place.
pub(crate) enum Walk {
    /// Along these columns, which are unique together and not NULL.
    Columns(Vec<WalkColumn>),
    /// In physical order by page (PostgreSQL): `ctid` bounds Splits, it never addresses a row.
    Pages {
        /// How many pages there are.
        pages: u64,
        /// How many rows are on one, about.
        rows_per_page: f64,
    },
    /// In one piece, for want of any order.
    Whole,
}

/// One column of a walk.
#[derive(Clone)]
pub(crate) struct WalkColumn {
    /// What is compared and ordered by.
    pub(crate) expression: String,
    /// Its text.
    pub(crate) text: String,
    /// Back from the text.
    pub(crate) typed: Typed,
    /// Which of the table's columns it is; `None` for a hidden one (`rowid`, `ctid`).
    pub(crate) column: Option<usize>,
}

/// What a foreign key does to the rows that refer to one, besides refusing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Follows {
    /// When that row is deleted.
    pub(crate) deletes: bool,
    /// When what they refer to is changed.
    pub(crate) updates: bool,
}

impl Follows {
    /// Of the SQL standard's rules, such as `SET NULL`.
    pub(crate) fn of_rules(on_delete: &str, on_update: &str) -> Self {
        let acts = |rule| matches!(rule, "CASCADE" | "SET NULL" | "SET DEFAULT");
        Self {
            deletes: acts(on_delete),
            updates: acts(on_update),
        }
    }

    /// Whether it ever does something.
    pub(crate) fn any(self) -> bool {
        self.deletes || self.updates
    }
}

/// A foreign key whose rows go, or change, with the row they refer to.
pub(crate) struct Cascade {
    /// When they do.
    pub(crate) follows: Follows,
    /// The referring table after `FROM`.
    pub(crate) from: String,
    /// Whether that is the table itself.
    pub(crate) own: bool,
    /// Pairs of quoted names: the referring column and the one here.
    pub(crate) pairs: Vec<(String, String)>,
}

impl Table {
    /// The columns that bound a Split, in order.
    pub(crate) fn walk_columns(&self) -> Vec<WalkColumn> {
        match &self.walk {
            Walk::Columns(columns) => columns.clone(),
            Walk::Pages { .. } => vec![WalkColumn {
                expression: format!("{ALIAS}.ctid"),
                text: format!("{ALIAS}.ctid::text"),
                typed: Typed::new("", "::tid"),
                column: None,
            }],
            Walk::Whole => Vec::new(),
        }
    }
}

/// A table as an engine's catalogue describes it.
pub(crate) struct Draft {
    pub(crate) name: CollectionName,
    pub(crate) from: String,
    pub(crate) records_estimate: Option<u64>,
    pub(crate) columns: Vec<DraftColumn>,
    /// Unique indexes over whole columns and all rows.
    pub(crate) indexes: Vec<UniqueIndex>,
    pub(crate) transactional: bool,
    pub(crate) references_known: bool,
    /// How to read it when its key gives no order.
    pub(crate) walk: Walk,
    /// Whether `walk` is better than the key even if that gives an order.
    pub(crate) walk_first: bool,
    pub(crate) referenced_by: Vec<Reference>,
    pub(crate) cascades: Vec<Cascade>,
}

/// A column as an engine's catalogue describes it.
pub(crate) struct DraftColumn {
    pub(crate) column: Column,
    pub(crate) ident: String,
    /// Its whole text in the cheapest way.
    pub(crate) scanned: String,
    pub(crate) text: String,
    pub(crate) exact: String,
    pub(crate) typed: Typed,
    /// Whether its text, put back into its type, stands at the same place in its order.
    pub(crate) ordered: bool,
    /// Whether its text, put back into its type, is equal to it.
    pub(crate) addressable: bool,
    pub(crate) follows_updates: bool,
    pub(crate) referable: bool,
}

impl Draft {
    /// Settles how rows are addressed and walked.
    pub(crate) fn finish(self) -> Table {
        let key = choose_key(&self.indexes, |index| {
            let column = self.columns.get(index);
            column.is_some_and(|one| !one.column.nullable && one.addressable)
        });
        let keyed = |index: &usize| self.columns.get(*index);
        let by_key = !self.walk_first
            && !key.is_empty()
            && key.iter().filter_map(keyed).all(|column| column.ordered);
        let walk = match by_key {
            false => self.walk,
            true => Walk::Columns(
                key.iter()
                    .filter_map(|index| Some(keyed(index)?.walk(*index)))
                    .collect(),
            ),
        };
        let names = key.iter().filter_map(keyed);
        let names: Vec<String> = names.map(|one| one.column.name.clone()).collect();
        let (columns, sql): (Vec<Column>, Vec<TableColumn>) = self
            .columns
            .into_iter()
            .enumerate()
            .map(|(index, column)| column.finish(key.is_empty() || key.contains(&index)))
            .unzip();
        Table {
            collection: Arc::new(Collection {
                name: self.name,
                records_estimate: self.records_estimate,
                columns: columns.into(),
                row_key: Some(match names.is_empty() {
                    true => RowKey::WholeRow,
                    false => RowKey::Columns(names),
                }),
                referenced_by: self.referenced_by,
            }),
            from: self.from,
            columns: sql,
            key,
            walk,
            transactional: self.transactional,
            references_known: self.references_known,
            cascades: self.cascades,
        }
    }
}

impl DraftColumn {
    fn walk(&self, index: usize) -> WalkColumn {
        WalkColumn {
            expression: format!("{ALIAS}.{}", self.ident),
            text: self.text.clone(),
            typed: self.typed.clone(),
            column: Some(index),
        }
    }

    /// A binary column's content is fetched in a scan only where it addresses the row.
    fn finish(self, addresses: bool) -> (Column, TableColumn) {
        let scanned = match self.column.kind == ColumnKind::Binary && !addresses {
            true => format!("CASE WHEN {} IS NOT NULL THEN '' END", self.ident),
            false => self.scanned,
        };
        let sql = TableColumn {
            ident: self.ident,
            scanned,
            text: self.text,
            exact: self.exact,
            typed: self.typed,
            follows_updates: self.follows_updates,
            referable: self.referable,
        };
        (self.column, sql)
    }
}

/// Picks what addresses a row: the primary key, otherwise the unique index over NOT NULL columns
/// with the fewest columns (the first of them by name).
pub(crate) fn choose_key(indexes: &[UniqueIndex], usable: impl Fn(usize) -> bool) -> Vec<usize> {
    let candidates = indexes
        .iter()
        .filter(|index| !index.columns.is_empty() && index.columns.iter().all(|one| usable(*one)));
    candidates
        .min_by_key(|index| (!index.primary, index.columns.len(), index.name.clone()))
        .map(|index| index.columns.clone())
        .unwrap_or_default()
}

/// A unique index over whole columns and all rows.
pub(crate) struct UniqueIndex {
    pub(crate) name: String,
    pub(crate) primary: bool,
    /// Indexes of its columns, in order.
    pub(crate) columns: Vec<usize>,
}
