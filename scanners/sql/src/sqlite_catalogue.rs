//! SQLite's catalogue. A declared type only says what a column prefers to hold, so that none is
//! kept from scanning but those declared as bytes or truth values.

use std::collections::BTreeSet;
use std::sync::Arc;

use hemvist_model::CollectionName;
use hemvist_source::{Column, ColumnKind, Reference, SourceError};
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;

use crate::catalogue::{
    ALIAS, Cascade, Catalogue, Draft, DraftColumn, Follows, Typed, UniqueIndex, Walk, WalkColumn,
};
use crate::engine::{Bind, Engine as _, TextRow, text};
use crate::quoting::{Quotes, display_name, ident};
use crate::sqlite::SqliteEngine;

const TABLES: &str = "\
SELECT name, type, CAST(wr AS TEXT) FROM pragma_table_list \
WHERE schema = 'main' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name";

const COLUMNS: &str = "\
SELECT CAST(cid AS TEXT), name, upper(type), CAST(\"notnull\" AS TEXT), CAST(pk AS TEXT), \
 CAST(hidden AS TEXT) FROM pragma_table_xinfo(?) ORDER BY cid";

const INDEXES: &str = "\
SELECT list.name, list.origin, CAST(list.partial AS TEXT), CAST(info.cid AS TEXT) \
FROM pragma_index_list(?) AS list JOIN pragma_index_xinfo(list.name) AS info \
WHERE list.\"unique\" AND info.key ORDER BY list.name, info.seqno";

const FOREIGN_KEYS: &str = "\
SELECT CAST(id AS TEXT), \"table\", on_delete, \"from\", \"to\", on_update \
FROM pragma_foreign_key_list(?) ORDER BY id, seq";

/// What a row's number may be called, unless a column is called so.
const ROW_NUMBER_NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// A foreign key, of the table that holds it.
struct ForeignKey {
    table: String,
    refers_to: String,
    follows: Follows,
    /// The referring column, and the one referred to unless that is the primary key.
    pairs: Vec<(String, Option<String>)>,
}

/// Reads the catalogue.
pub(crate) async fn read(
    connection: &mut PoolConnection<Sqlite>,
) -> Result<Catalogue, SourceError> {
    let mut catalogue = Catalogue::default();
    let mut tables = Vec::new();
    for row in rows(connection, TABLES, &[]).await? {
        let name = CollectionName::new(display_name(&[&text(&row, 0)]));
        match text(&row, 1).as_str() {
            "table" => tables.push((name, row)),
            "view" => catalogue
                .left_alone
                .push((name, "a view: its rows are other tables' rows")),
            "virtual" => catalogue
                .left_alone
                .push((name, "a virtual table: read where its rows are")),
            _ => catalogue
                .left_alone
                .push((name, "a table that belongs to a virtual table")),
        }
    }
    let mut foreign_keys = Vec::new();
    for (_, row) in &tables {
        foreign_keys.extend(foreign_keys_of(connection, &text(row, 0)).await?);
    }
    for (name, row) in tables {
        let table = text(&row, 0);
        let columns = rows(connection, COLUMNS, &[Some(table.clone())]).await?;
        let indexes = rows(connection, INDEXES, &[Some(table.clone())]).await?;
        let filled = primary_key_is_filled(connection, &table, &columns).await?;
        let mut draft = draft(&row, &name, &columns, &indexes, filled);
        refer(&mut draft, &table, &columns, &foreign_keys);
        catalogue.tables.insert(name, Arc::new(draft.finish()));
    }
    Ok(catalogue)
}

async fn rows(
    connection: &mut PoolConnection<Sqlite>,
    sql: &str,
    binds: &[Bind],
) -> Result<Vec<TextRow>, SourceError> {
    SqliteEngine::rows(connection, sql.to_owned(), binds).await
}

async fn foreign_keys_of(
    connection: &mut PoolConnection<Sqlite>,
    table: &str,
) -> Result<Vec<ForeignKey>, SourceError> {
    let rows = rows(connection, FOREIGN_KEYS, &[Some(table.to_owned())]).await?;
    let keys = rows.chunk_by(|one, next| text(one, 0) == text(next, 0));
    let pair = |row: &TextRow| {
        let referred = row.get(4).and_then(Option::as_ref).map(|_| text(row, 4));
        (text(row, 3), referred)
    };
    let key = |rows: &[TextRow]| {
        let row = rows.first()?;
        Some(ForeignKey {
            table: table.to_owned(),
            refers_to: text(row, 1),
            follows: Follows::of_rules(&text(row, 2), &text(row, 5)),
            pairs: rows.iter().map(pair).collect(),
        })
    };
    Ok(keys.filter_map(key).collect())
}

/// A primary key may hold NULL in SQLite, though few do: one that does addresses no row.
async fn primary_key_is_filled(
    connection: &mut PoolConnection<Sqlite>,
    table: &str,
    columns: &[TextRow],
) -> Result<bool, SourceError> {
    let empty: Vec<String> = primary_key(columns)
        .iter()
        .filter_map(|index| columns.get(*index))
        .map(|column| format!("{} IS NULL", ident(Quotes::Sqlite, &text(column, 1))))
        .collect();
    if empty.is_empty() {
        return Ok(false);
    }
    let from = ident(Quotes::Sqlite, table);
    let sql = format!(
        "SELECT '1' FROM {from} WHERE {} LIMIT 1",
        empty.join(" OR ")
    );
    Ok(rows(connection, &sql, &[]).await?.is_empty())
}

fn draft(
    row: &TextRow,
    name: &CollectionName,
    columns: &[TextRow],
    indexes: &[TextRow],
    filled: bool,
) -> Draft {
    let with_row_numbers = text(row, 2) != "1";
    let row_number = with_row_numbers.then(|| row_number_name(columns)).flatten();
    let indexes = unique_indexes(columns, indexes);
    let primary = primary_key(columns);
    let unique: BTreeSet<usize> = indexes
        .iter()
        .flat_map(|(index, _)| index.columns.clone())
        .chain(primary.clone())
        .collect();
    let mut keys: Vec<UniqueIndex> = Vec::new();
    keys.extend(
        indexes
            .into_iter()
            .filter_map(|(index, whole)| whole.then_some(index)),
    );
    if !primary.is_empty() {
        keys.push(UniqueIndex {
            name: String::new(),
            primary: true,
            columns: primary.clone(),
        });
    }
    Draft {
        name: name.clone(),
        from: ident(Quotes::Sqlite, &text(row, 0)),
        records_estimate: None,
        columns: columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let filled = filled && primary.contains(&index);
                draft_column(column, filled, unique.contains(&index))
            })
            .collect(),
        indexes: keys,
        transactional: true,
        references_known: true,
        walk_first: row_number.is_some(),
        walk: row_number.map_or(Walk::Whole, |name| Walk::Columns(vec![by_row_number(name)])),
        referenced_by: Vec::new(),
        cascades: Vec::new(),
    }
}

fn row_number_name(columns: &[TextRow]) -> Option<&'static str> {
    let taken = |name: &&str| {
        columns
            .iter()
            .any(|row| text(row, 1).eq_ignore_ascii_case(name))
    };
    ROW_NUMBER_NAMES.into_iter().find(|name| !taken(name))
}

fn by_row_number(name: &str) -> WalkColumn {
    WalkColumn {
        expression: format!("{ALIAS}.{name}"),
        text: format!("CAST({ALIAS}.{name} AS TEXT)"),
        typed: Typed::new("CAST(", " AS INTEGER)"),
        column: None,
    }
}

fn primary_key(columns: &[TextRow]) -> Vec<usize> {
    let mut key: Vec<(u32, usize)> = columns
        .iter()
        .enumerate()
        .filter_map(|(index, row)| Some((text(row, 4).parse().ok()?, index)))
        .filter(|(place, _)| *place > 0)
        .collect();
    key.sort_unstable();
    key.into_iter().map(|(_, index)| index).collect()
}

/// Each unique index, and whether it covers all rows by whole columns.
fn unique_indexes(columns: &[TextRow], indexes: &[TextRow]) -> Vec<(UniqueIndex, bool)> {
    indexes
        .chunk_by(|one, next| text(one, 0) == text(next, 0))
        .map(|index| {
            let place = |row: &TextRow| columns.iter().position(|one| text(one, 0) == text(row, 3));
            let places: Vec<usize> = index.iter().filter_map(place).collect();
            let first = index.first();
            let whole = places.len() == index.len()
                && first.is_some_and(|row| text(row, 2) == "0" && text(row, 1) != "pk");
            let index = UniqueIndex {
                name: first.map(|row| text(row, 0)).unwrap_or_default(),
                primary: false,
                columns: places,
            };
            (index, whole)
        })
        .collect()
}

fn draft_column(row: &TextRow, filled: bool, unique: bool) -> DraftColumn {
    let name = text(row, 1);
    let quoted = ident(Quotes::Sqlite, &name);
    let declared = text(row, 2);
    let kind = kind(&declared);
    let real = ["REAL", "FLOA", "DOUB"]
        .iter()
        .any(|word| declared.contains(word));
    let whole = match kind {
        ColumnKind::Binary => {
            format!("CASE WHEN {quoted} IS NOT NULL THEN lower(hex({quoted})) END")
        }
        _ => quoted.clone(),
    };
    DraftColumn {
        scanned: whole.clone(),
        exact: format!("CAST({whole} AS TEXT) COLLATE BINARY"),
        text: whole,
        typed: match kind {
            ColumnKind::Binary => Typed::new("unhex(", ")"),
            _ => Typed::default(),
        },
        ordered: true,
        // Only with an affinity does a text compare equal to the number that it spells.
        addressable: !real
            && matches!(
                kind,
                ColumnKind::Text | ColumnKind::Json | ColumnKind::Number
            ),
        follows_updates: false,
        referable: unique,
        ident: quoted,
        column: Column {
            name,
            kind,
            nullable: !filled && text(row, 3) == "0",
            unique,
            generated: matches!(text(row, 5).as_str(), "2" | "3"),
        },
    }
}

/// By SQLite's own rules for affinity, in its order.
fn kind(declared: &str) -> ColumnKind {
    let says = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if says(&["INT"]) {
        ColumnKind::Number
    } else if says(&["JSON"]) {
        ColumnKind::Json
    } else if says(&["CHAR", "CLOB", "TEXT"]) {
        ColumnKind::Text
    } else if says(&["BLOB"]) {
        ColumnKind::Binary
    } else if says(&["BOOL"]) {
        ColumnKind::Opaque
    } else if says(&["REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL"]) {
        ColumnKind::Number
    } else {
        ColumnKind::Other
    }
}

fn refer(draft: &mut Draft, table: &str, columns: &[TextRow], foreign_keys: &[ForeignKey]) {
    let quoted = |name: &str| ident(Quotes::Sqlite, name);
    let primary = primary_key(columns);
    let pointing = foreign_keys
        .iter()
        .filter(|key| key.refers_to.eq_ignore_ascii_case(table));
    for key in pointing {
        draft.referenced_by.push(Reference {
            from: CollectionName::new(display_name(&[&key.table])),
            cascades: key.follows.deletes,
        });
        let here = |place: usize, named: &Option<String>| match named {
            Some(name) => Some(quoted(name)),
            None => Some(quoted(&text(columns.get(*primary.get(place)?)?, 1))),
        };
        let pairs = key.pairs.iter().enumerate();
        let pairs: Option<Vec<(String, String)>> = pairs
            .map(|(place, (there, named))| Some((quoted(there), here(place, named)?)))
            .collect();
        if let (true, Some(pairs)) = (key.follows.any(), pairs) {
            draft.cascades.push(Cascade {
                follows: key.follows,
                from: quoted(&key.table),
                own: key.table.eq_ignore_ascii_case(table),
                pairs,
            });
        }
    }
}
