//! Changing one row, in one transaction, or nothing.
//!
//! The transaction runs in a spawned future of its own, so that a caller who goes away leaves no open
//! transaction behind (sqlx: a future dropped during `begin` does). Inside it the row is locked,
//! its Fingerprint compared, the change made, exactly one row asserted, and the row read again:
//! triggers may keep, double or alter what we do, and then everything is rolled back.

use hemvist_model::{CollectionName, RecordKey};
use hemvist_source::{Change, Changed, ColumnKind, Fingerprinter, Kind, SourceError};

use crate::catalogue::{Cascade, Table};
use crate::engine::{Bind, Engine, TextRow, number};
use crate::errors;
use crate::reading::answered;
use crate::record;
use crate::source::SqlSource;

/// What is asked for.
pub(crate) struct Order {
    pub(crate) collection: CollectionName,
    pub(crate) key: RecordKey,
    /// The digest of the row's Fingerprint.
    pub(crate) expected: [u8; 32],
    pub(crate) fingerprinter: Fingerprinter,
}

type NamedFields = Vec<(String, Option<Vec<u8>>)>;
type Fields = Vec<(usize, Option<Vec<u8>>)>;

/// How the row is found inside the transaction.
enum Target {
    Key(Vec<String>),
    /// All of its cells.
    Row(TextRow),
}

const UNSEEN: Changed = Changed::Unverifiable("the user cannot see all foreign keys");
const SEVERAL: Changed = Changed::Unverifiable("several rows are equal");
const NOT_ONE: Changed = Changed::Unverifiable("the database changed another number of rows");
const ALTERED: Changed = Changed::Unverifiable("a trigger changed other columns");
const NOT_UTF8: Changed = Changed::Unverifiable("the row holds text that is not UTF-8");

/// Carries the order out, whatever becomes of the caller.
pub(crate) async fn change<E: Engine>(
    source: SqlSource<E>,
    order: Order,
    change: Change,
) -> Result<Changed, SourceError> {
    let fields = match change {
        Change::DeleteRow => None,
        Change::SetFields(fields) => Some(fields),
        Change::DeleteObject | Change::RewriteObject(_) => {
            return Err(SourceError::new(
                Kind::Unsupported,
                "a table holds no objects",
            ));
        }
    };
    tokio::spawn(Box::pin(carry_out(source, order, fields)))
        .await
        .unwrap_or_else(|_| Err(SourceError::new(Kind::Bug, "the change broke off")))
}

async fn carry_out<E: Engine>(
    source: SqlSource<E>,
    order: Order,
    fields: Option<NamedFields>,
) -> Result<Changed, SourceError> {
    let table = source.table(&order.collection).await?;
    if !table.transactional {
        return Ok(Changed::Unverifiable("the table has no transactions"));
    }
    let fields = match fields.map(|fields| resolve(&table, fields)).transpose()? {
        None => None,
        Some(Ok(fields)) => Some(fields),
        Some(Err(refused)) => return Ok(refused),
    };
    let target = match find(&source, &order).await? {
        Ok(target) => target,
        Err(decided) => return Ok(decided),
    };
    let mut connection = source.engine().writer().await?;
    let step = Step {
        table: &table,
        target,
        order: &order,
    };
    match answered(step.transact::<E>(&mut connection, fields)).await {
        Ok(changed) => Ok(changed),
        Err(error) => {
            // Closing it is the one rollback that works in whatever state it is.
            E::discard(connection);
            errors::refusal(&error).map(Changed::Refused).ok_or(error)
        }
    }
}

/// The columns to set, by index; or why they cannot be.
fn resolve(table: &Table, fields: NamedFields) -> Result<Result<Fields, Changed>, SourceError> {
    let columns = &table.collection.columns;
    let mut resolved = Fields::new();
    for (name, value) in fields {
        let Some(index) = columns.iter().position(|column| column.name == name) else {
            return Err(SourceError::new(
                Kind::Conflict,
                "the table's columns changed",
            ));
        };
        let column = &columns[index];
        let refused = if column.generated {
            "the database computes this column"
        } else if table.key.contains(&index) {
            "the column is in the row's key"
        } else if column.kind == ColumnKind::Binary && value.is_some() {
            "a binary column takes no text"
        } else {
            resolved.push((index, value));
            continue;
        };
        return Ok(Err(Changed::Unverifiable(refused)));
    }
    Ok(match resolved.is_empty() {
        true => Err(Changed::Unverifiable("no column to set")),
        false => Ok(resolved),
    })
}

/// How to find the row. One without a key is looked for now: that may take as long as reading the
/// table, and in the transaction all its cells are compared again anyway.
async fn find<E: Engine>(
    source: &SqlSource<E>,
    order: &Order,
) -> Result<Result<Target, Changed>, SourceError> {
    if let RecordKey::Row(values) = &order.key {
        return Ok(Ok(Target::Key(values.clone())));
    }
    let found = record::read(source, &order.collection, &order.key).await?;
    Ok(match found {
        None => Err(Changed::Gone),
        Some(row) if row.rows != 1 => Err(SEVERAL),
        Some(row) if !order.holds(&row.cells) => Err(Changed::FingerprintDiffers),
        Some(row) => Ok(Target::Row(row.cells)),
    })
}

impl Order {
    fn holds(&self, cells: &TextRow) -> bool {
        let cells = cells.iter().map(Option::as_deref);
        self.fingerprinter.row(cells).digest == self.expected
    }
}

/// One change in its transaction.
struct Step<'a> {
    table: &'a Table,
    target: Target,
    order: &'a Order,
}

impl Step<'_> {
    async fn transact<E: Engine>(
        &self,
        connection: &mut E::Connection,
        fields: Option<Fields>,
    ) -> Result<Changed, SourceError> {
        E::execute(connection, E::DIALECT.begin.to_owned(), &[]).await?;
        let changed = match fields {
            None => self.delete::<E>(connection).await?,
            Some(fields) => self.set::<E>(connection, &fields).await?,
        };
        let end = match changed {
            Changed::Done => "COMMIT",
            _ => "ROLLBACK",
        };
        E::execute(connection, end.to_owned(), &[]).await?;
        Ok(changed)
    }

    /// Locks the row and compares its Fingerprint; its cells, or why not.
    async fn lock<E: Engine>(
        &self,
        connection: &mut E::Connection,
    ) -> Result<Result<TextRow, Changed>, SourceError> {
        let values = match &self.target {
            Target::Row(cells) => return Ok(Ok(cells.clone())),
            Target::Key(values) => values,
        };
        let mut rows = self
            .by_key::<E>(connection, values, E::DIALECT.lock)
            .await?;
        Ok(match (rows.pop(), rows.is_empty()) {
            (None, _) => Err(Changed::Gone),
            (Some(_), false) => Err(SEVERAL),
            (Some(cells), true) if !self.order.holds(&cells) => Err(Changed::FingerprintDiffers),
            (Some(cells), true) => Ok(cells),
        })
    }

    async fn by_key<E: Engine>(
        &self,
        connection: &mut E::Connection,
        values: &[String],
        lock: &str,
    ) -> Result<Vec<TextRow>, SourceError> {
        let sql = record::select_by_key(&E::DIALECT, self.table, values, lock)?;
        E::rows(connection, sql, &record::binds(values)).await
    }

    async fn delete<E: Engine>(
        &self,
        connection: &mut E::Connection,
    ) -> Result<Changed, SourceError> {
        if let Err(decided) = self.lock::<E>(connection).await? {
            return Ok(decided);
        }
        let Some((condition, binds)) = self.condition::<E>(0)? else {
            return Ok(NOT_UTF8);
        };
        if !self.table.references_known {
            return Ok(UNSEEN);
        }
        let follows = |cascade: &&Cascade| cascade.follows.deletes;
        let cascades = self.table.cascades.iter().filter(follows);
        if self.takes_along::<E>(connection, cascades).await? {
            return Ok(Changed::WouldCascade);
        }
        let sql = format!("DELETE FROM {} WHERE {condition}", self.table.from);
        let deleted = E::execute(connection, sql, &binds).await?;
        if let Some(decided) = self.not_one(deleted) {
            return Ok(decided);
        }
        let left = self.count::<E>(connection, &condition, &binds).await?;
        Ok(match left {
            0 => Changed::Done,
            _ => Changed::Unverifiable("a trigger kept the row"),
        })
    }

    /// Whether a row of any table would change with ours by one of these foreign keys.
    async fn takes_along<E: Engine>(
        &self,
        connection: &mut E::Connection,
        cascades: impl Iterator<Item = &Cascade>,
    ) -> Result<bool, SourceError> {
        let Some((condition, binds)) = self.condition::<E>(0)? else {
            return Ok(true);
        };
        for cascade in cascades {
            let sql = self.referring_rows(cascade, &condition);
            if !E::rows(connection, sql, &binds).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Why columns that foreign keys point at cannot be set, if they cannot.
    async fn pulls<E: Engine>(
        &self,
        connection: &mut E::Connection,
        fields: &Fields,
    ) -> Result<Option<Changed>, SourceError> {
        // What is computed may follow from what is set.
        let moves = |index: usize| {
            self.table.collection.columns[index].generated
                || fields.iter().any(|(field, _)| *field == index)
        };
        let columns = self.table.columns.iter().enumerate();
        let moved: Vec<_> = columns.filter(|(index, _)| moves(*index)).collect();
        if !self.table.references_known && moved.iter().any(|(_, column)| column.referable) {
            return Ok(Some(UNSEEN));
        }
        let points = |here: &str| {
            moved
                .iter()
                .any(|(_, column)| column.ident.eq_ignore_ascii_case(here))
        };
        let follows = |cascade: &&Cascade| {
            cascade.follows.updates && cascade.pairs.iter().any(|(_, here)| points(here))
        };
        let cascades = self.table.cascades.iter().filter(follows);
        let would = self.takes_along::<E>(connection, cascades).await?;
        Ok(would.then_some(Changed::WouldCascade))
    }

    /// A row that refers to ours by a foreign key that would take it along. A row that refers to
    /// itself takes nothing else along.
    fn referring_rows(&self, cascade: &Cascade, condition: &str) -> String {
        let pair =
            |(there, here): &(String, String)| format!("referring.{there} = referred.{here}");
        let pairs: Vec<String> = cascade.pairs.iter().map(pair).collect();
        let key = self
            .table
            .key
            .iter()
            .filter_map(|one| self.table.columns.get(*one));
        let own: Vec<String> = key
            .map(|column| format!("referring.{0} = referred.{0}", column.ident))
            .collect();
        let except_itself = match cascade.own && !own.is_empty() {
            true => format!(" AND NOT ({})", own.join(" AND ")),
            false => String::new(),
        };
        format!(
            "SELECT '1' FROM {} AS referred WHERE {condition} AND EXISTS (SELECT 1 FROM {} AS \
             referring WHERE {}{except_itself}) LIMIT 1",
            self.table.from,
            cascade.from,
            pairs.join(" AND "),
        )
    }

    async fn set<E: Engine>(
        &self,
        connection: &mut E::Connection,
        fields: &Fields,
    ) -> Result<Changed, SourceError> {
        let old = match self.lock::<E>(connection).await? {
            Ok(cells) => cells,
            Err(decided) => return Ok(decided),
        };
        let mut new = old.clone();
        for (index, value) in fields {
            new[*index].clone_from(value);
        }
        let Some(Assignments { sql, mut binds }) = self.assignments::<E>(fields) else {
            return Ok(NOT_UTF8);
        };
        let (Some((condition, found_by)), Some((image, image_binds))) =
            (self.condition::<E>(binds.len())?, self.image::<E>(&new, 0))
        else {
            return Ok(NOT_UTF8);
        };
        binds.extend(found_by);
        if let Some(decided) = self.pulls::<E>(connection, fields).await? {
            return Ok(decided);
        }
        let before = match self.target {
            Target::Key(_) => 0,
            Target::Row(_) => self.count::<E>(connection, &image, &image_binds).await?,
        };
        let sql = format!("UPDATE {} SET {sql} WHERE {condition}", self.table.from);
        let updated = E::execute(connection, sql, &binds).await?;
        if let Some(decided) = self.not_one(updated) {
            return Ok(decided);
        }
        let as_meant = match &self.target {
            Target::Key(values) => {
                let rows = self.by_key::<E>(connection, values, "").await?;
                rows.len() == 1 && self.is_image(&rows[0], &new, fields)
            }
            Target::Row(_) => {
                new == old || self.count::<E>(connection, &image, &image_binds).await? == before + 1
            }
        };
        Ok(if as_meant { Changed::Done } else { ALTERED })
    }

    /// Whether a row is what we meant it to become. What the database computes may differ, and so
    /// may the spelling of what is not plain text (`jsonb`).
    fn is_image(&self, row: &TextRow, new: &TextRow, fields: &Fields) -> bool {
        let columns = self.table.collection.columns.iter().enumerate();
        columns
            .zip(row.iter().zip(new))
            .all(|((index, column), (is, meant))| {
                let set = fields.iter().any(|(field, _)| *field == index);
                column.generated
                    || is == meant
                    || (set && column.kind != ColumnKind::Text && is.is_some() && meant.is_some())
            })
    }

    fn assignments<E: Engine>(&self, fields: &Fields) -> Option<Assignments> {
        let mut sql = Vec::new();
        let mut binds = Vec::new();
        for (index, value) in fields {
            let column = self.table.columns.get(*index)?;
            let value = as_bind(value.as_ref())?;
            sql.push(match value {
                None => format!("{} = NULL", column.ident),
                Some(value) => {
                    let placeholder = E::DIALECT.placeholder(binds.len());
                    binds.push(Some(value));
                    format!("{} = {}", column.ident, column.typed.around(&placeholder))
                }
            });
        }
        let listed = |index| fields.iter().any(|(field, _)| *field == index);
        for (index, column) in self.table.columns.iter().enumerate() {
            if column.follows_updates && !listed(index) {
                sql.push(format!("{0} = {0}", column.ident));
            }
        }
        Some(Assignments {
            sql: sql.join(", "),
            binds,
        })
    }

    /// `WHERE` for the row; `None` when it cannot be said in UTF-8.
    fn condition<E: Engine>(
        &self,
        first_bind: usize,
    ) -> Result<Option<(String, Vec<Bind>)>, SourceError> {
        Ok(match &self.target {
            Target::Row(cells) => self.image::<E>(cells, first_bind),
            Target::Key(values) => Some((
                record::key_condition(&E::DIALECT, self.table, values, first_bind)?,
                record::binds(values),
            )),
        })
    }

    /// `WHERE` for rows with exactly these cells; what the database computes follows from them.
    fn image<E: Engine>(&self, cells: &TextRow, first_bind: usize) -> Option<(String, Vec<Bind>)> {
        let mut conditions = Vec::new();
        let mut binds = Vec::new();
        let computed = self
            .table
            .collection
            .columns
            .iter()
            .map(|one| one.generated);
        for ((column, cell), computed) in self.table.columns.iter().zip(cells).zip(computed) {
            if computed {
                continue;
            }
            let placeholder = E::DIALECT.exact_placeholder(first_bind + binds.len());
            conditions.push(format!(
                "{} {} {placeholder}",
                column.exact,
                E::DIALECT.same
            ));
            binds.push(as_bind(cell.as_ref())?);
        }
        Some((conditions.join(" AND "), binds))
    }

    async fn count<E: Engine>(
        &self,
        connection: &mut E::Connection,
        condition: &str,
        binds: &[Bind],
    ) -> Result<u64, SourceError> {
        let (count, from) = (E::DIALECT.count, &self.table.from);
        let sql = format!("SELECT {count} FROM {from} WHERE {condition}");
        let rows = E::rows(connection, sql, binds).await?;
        rows.first()
            .and_then(|row| number(row, 0))
            .ok_or_else(|| SourceError::new(Kind::Corrupt, "the database could not count"))
    }

    /// What to answer when not exactly one row was changed.
    fn not_one(&self, changed: u64) -> Option<Changed> {
        match (changed, &self.target) {
            (1, _) => None,
            // Found a moment ago: whoever changed or deleted it took its address with it.
            (0, Target::Row(_)) => Some(Changed::Gone),
            (_, Target::Row(_)) => Some(SEVERAL),
            _ => Some(NOT_ONE),
        }
    }
}

struct Assignments {
    sql: String,
    binds: Vec<Bind>,
}

fn as_bind(cell: Option<&Vec<u8>>) -> Option<Bind> {
    cell.map(|bytes| String::from_utf8(bytes.clone()))
        .transpose()
        .ok()
}
