//! PostgreSQL's catalogue. A partitioned table is read as one, its partitions are left alone; of
//! tables that inherit, each is read by itself (`ONLY`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hemvist_model::CollectionName;
use hemvist_source::{Column, ColumnKind, Reference, SourceError};
use sqlx::Postgres;
use sqlx::pool::PoolConnection;

use crate::catalogue::{Cascade, Catalogue, Draft, DraftColumn, Follows, Typed, UniqueIndex, Walk};
use crate::engine::{Engine as _, TextRow, number, text};
use crate::postgres::PostgresEngine;
use crate::quoting::{Quotes, display_name, ident};

const TABLES: &str = "\
SELECT c.oid::text, n.nspname::text, c.relname::text, c.relkind::text, c.relispartition::text, \
 c.reltuples::int8::text, \
 CASE WHEN c.relkind = 'r' THEN (pg_relation_size(c.oid) / current_setting('block_size')::int8)::text END \
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
ORDER BY n.nspname, c.relname";

const COLUMNS: &str = "\
WITH RECURSIVE base(type, base) AS ( \
 SELECT oid, oid FROM pg_type WHERE typtype <> 'd' \
 UNION ALL SELECT t.oid, b.base FROM pg_type t JOIN base b ON t.typbasetype = b.type WHERE t.typtype = 'd') \
SELECT a.attrelid::text, a.attnum::text, a.attname::text, format_type(a.atttypid, -1), \
 t.typname::text, t.typcategory::text, t.typtype::text, \
 (t.typnamespace = 'pg_catalog'::regnamespace)::text, (NOT a.attnotnull)::text, \
 (a.attgenerated <> '' OR a.attidentity = 'a')::text \
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN base ON base.type = a.atttypid \
 JOIN pg_type t ON t.oid = base.base \
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') \
ORDER BY a.attrelid, a.attnum";

const INDEXES: &str = "\
SELECT i.indrelid::text, c.relname::text, i.indisprimary::text, \
 (i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL)::text, \
 array_to_string((i.indkey::int2[])[0:i.indnkeyatts - 1], ' '), \
 (SELECT string_agg(d.refobjsubid::text, ' ') FROM pg_depend d WHERE d.classid = 'pg_class'::regclass \
  AND d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid > 0 \
  AND d.refclassid = 'pg_class'::regclass) \
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
WHERE i.indisunique OR i.indisexclusion";

const FOREIGN_KEYS: &str = "\
SELECT k.oid::text, k.confrelid::text, (k.conrelid = k.confrelid)::text, n.nspname::text, \
 c.relname::text, (k.confdeltype IN ('c', 'n', 'd'))::text, a.attname::text, b.attname::text, \
 (k.confupdtype IN ('c', 'n', 'd'))::text \
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid \
 JOIN pg_namespace n ON n.oid = c.relnamespace \
 CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS pair(there, here, place) \
 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.there \
 JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.here \
WHERE k.contype = 'f' AND k.conparentid = 0 \
ORDER BY k.oid, pair.place";

/// Types whose output is the same text as their cast to `text`, so that `COPY` needs no cast.
const DIRECT: [&str; 17] = [
    "date",
    "float4",
    "float8",
    "int2",
    "int4",
    "int8",
    "interval",
    "json",
    "jsonb",
    "numeric",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "uuid",
    "varchar",
];

/// Reads the catalogue.
pub(crate) async fn read(
    connection: &mut PoolConnection<Postgres>,
) -> Result<Catalogue, SourceError> {
    let mut columns = by_table(rows(connection, COLUMNS).await?);
    let indexes = by_table(rows(connection, INDEXES).await?);
    let foreign_keys = rows(connection, FOREIGN_KEYS).await?;
    let mut catalogue = Catalogue::default();
    for row in rows(connection, TABLES).await? {
        let name = CollectionName::new(display_name(&[&text(&row, 1), &text(&row, 2)]));
        let columns = columns.remove(&text(&row, 0)).unwrap_or_default();
        match left_alone(&row, &columns) {
            Some(why) => catalogue.left_alone.push((name, why)),
            None => {
                let indexes = indexes.get(&text(&row, 0)).map(Vec::as_slice);
                let draft = draft(&row, &name, columns, indexes.unwrap_or_default());
                let table = with_references(draft, &text(&row, 0), &foreign_keys).finish();
                catalogue.tables.insert(name, Arc::new(table));
            }
        }
    }
    Ok(catalogue)
}

async fn rows(
    connection: &mut PoolConnection<Postgres>,
    sql: &str,
) -> Result<Vec<TextRow>, SourceError> {
    PostgresEngine::rows(connection, sql.to_owned(), &[]).await
}

fn by_table(rows: Vec<TextRow>) -> BTreeMap<String, Vec<TextRow>> {
    let mut tables: BTreeMap<String, Vec<TextRow>> = BTreeMap::new();
    for row in rows {
        tables.entry(text(&row, 0)).or_default().push(row);
    }
    tables
}

fn left_alone(row: &TextRow, columns: &[TextRow]) -> Option<&'static str> {
    match text(row, 3).as_str() {
        "v" => Some("a view: its rows are other tables' rows"),
        "m" => Some("a materialised view: its rows are other tables' rows"),
        "f" => Some("a foreign table: register its own database"),
        _ if text(row, 4) == "true" => Some("a partition: read with its table"),
        _ if columns.is_empty() => Some("a table without columns"),
        _ => None,
    }
}

fn draft(
    row: &TextRow,
    name: &CollectionName,
    columns: Vec<TextRow>,
    indexes: &[TextRow],
) -> Draft {
    let quoted = format!(
        "{}.{}",
        ident(Quotes::Standard, &text(row, 1)),
        ident(Quotes::Standard, &text(row, 2))
    );
    let numbers: Vec<String> = columns.iter().map(|column| text(column, 1)).collect();
    let unique: BTreeSet<String> = indexes
        .iter()
        .flat_map(|index| [text(index, 4), text(index, 5)])
        .flat_map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let estimate: Option<u64> = number(row, 5);
    let plain = text(row, 3) == "r";
    Draft {
        name: name.clone(),
        from: if plain {
            format!("ONLY {quoted}")
        } else {
            quoted
        },
        records_estimate: estimate,
        columns: columns
            .iter()
            .map(|column| draft_column(column, unique.contains(&text(column, 1))))
            .collect(),
        indexes: indexes
            .iter()
            .filter_map(|index| unique_index(index, &numbers))
            .collect(),
        transactional: true,
        references_known: true,
        walk: match plain {
            true => pages(number(row, 6).unwrap_or(0), estimate),
            false => Walk::Whole,
        },
        walk_first: false,
        referenced_by: Vec::new(),
        cascades: Vec::new(),
    }
}

fn pages(pages: u64, estimate: Option<u64>) -> Walk {
    /// Of a table that was never analysed.
    const ROWS_PER_PAGE: f64 = 40.0;
    Walk::Pages {
        pages,
        rows_per_page: estimate
            .filter(|rows| *rows > 0 && pages > 0)
            .map_or(ROWS_PER_PAGE, |rows| rows as f64 / pages as f64),
    }
}

fn unique_index(row: &TextRow, numbers: &[String]) -> Option<UniqueIndex> {
    let columns: Option<Vec<usize>> = text(row, 4)
        .split(' ')
        .map(|number| numbers.iter().position(|one| one == number))
        .collect();
    Some(UniqueIndex {
        name: text(row, 1),
        primary: text(row, 2) == "true",
        columns: columns.filter(|_| text(row, 3) == "true")?,
    })
}

fn draft_column(row: &TextRow, unique: bool) -> DraftColumn {
    let name = text(row, 2);
    let quoted = ident(Quotes::Standard, &name);
    let (base, builtin) = (text(row, 4), text(row, 7) == "true");
    let array = text(row, 5) == "A";
    let enumeration = text(row, 6) == "e";
    let kind = match (array, builtin) {
        (true, _) => ColumnKind::Array,
        (false, true) => kind(&base),
        (false, false) if base == "citext" => ColumnKind::Text,
        (false, false) => ColumnKind::Other,
    };
    let whole = match (kind, base.as_str()) {
        (ColumnKind::Binary, _) => format!("encode({quoted}, 'hex')"),
        // A host without its `/32`, as the type's own output has it.
        (ColumnKind::Inet, "inet") => format!("abbrev({quoted}::inet)"),
        _ => format!("{quoted}::text"),
    };
    let direct = builtin && (array || DIRECT.contains(&base.as_str()));
    DraftColumn {
        scanned: if direct {
            quoted.clone()
        } else {
            whole.clone()
        },
        exact: format!("({whole}) COLLATE \"C\""),
        text: whole,
        typed: match kind {
            ColumnKind::Binary => Typed::new("decode(", ", 'hex')"),
            _ => Typed::new("", &format!("::{}", text(row, 3))),
        },
        // The operators of other types are in schemas that our sessions do not search.
        ordered: builtin || enumeration,
        addressable: true,
        follows_updates: false,
        referable: unique,
        ident: quoted,
        column: Column {
            name,
            kind,
            nullable: text(row, 8) == "true",
            unique,
            generated: text(row, 9) == "true",
        },
    }
}

fn kind(base: &str) -> ColumnKind {
    match base {
        "text" | "varchar" | "bpchar" | "char" | "name" | "xml" => ColumnKind::Text,
        "json" | "jsonb" => ColumnKind::Json,
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" | "money" | "oid" => {
            ColumnKind::Number
        }
        "inet" | "cidr" => ColumnKind::Inet,
        "bytea" => ColumnKind::Binary,
        "bool" | "date" | "time" | "timetz" | "timestamp" | "timestamptz" | "interval" | "uuid"
        | "bit" | "varbit" => ColumnKind::Opaque,
        _ => ColumnKind::Other,
    }
}

fn with_references(mut draft: Draft, table: &str, foreign_keys: &[TextRow]) -> Draft {
    let pointing = foreign_keys.iter().filter(|row| text(row, 1) == table);
    for pairs in pointing
        .collect::<Vec<_>>()
        .chunk_by(|one, next| text(one, 0) == text(next, 0))
    {
        let Some(row) = pairs.first() else { continue };
        let (schema, name) = (text(row, 3), text(row, 4));
        let follows = Follows {
            deletes: text(row, 5) == "true",
            updates: text(row, 8) == "true",
        };
        draft.referenced_by.push(Reference {
            from: CollectionName::new(display_name(&[&schema, &name])),
            cascades: follows.deletes,
        });
        if follows.any() {
            let quoted = |row: &TextRow, index| ident(Quotes::Standard, &text(row, index));
            draft.cascades.push(Cascade {
                follows,
                from: format!("{}.{}", quoted(row, 3), quoted(row, 4)),
                own: text(row, 2) == "true",
                pairs: pairs
                    .iter()
                    .map(|row| (quoted(row, 6), quoted(row, 7)))
                    .collect(),
            });
        }
    }
    draft
}
