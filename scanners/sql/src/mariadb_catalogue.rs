//! MariaDB's and MySQL's catalogue: the connected database, as far as the user may see it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hemvist_model::CollectionName;
use hemvist_source::{Column, ColumnKind, Reference, SourceError};
use sqlx::MySql;
use sqlx::pool::PoolConnection;

use crate::catalogue::{Cascade, Catalogue, Draft, DraftColumn, Follows, Typed, UniqueIndex, Walk};
use crate::engine::{Engine as _, TextRow, number, text};
use crate::mariadb::MariadbEngine;
use crate::quoting::{Quotes, display_name, ident};

const TABLES: &str = "\
SELECT CAST(table_name AS CHAR), CAST(table_type AS CHAR), CAST(engine AS CHAR), \
 CAST(table_rows AS CHAR) \
FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name";

const COLUMNS: &str = "\
SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), LOWER(CAST(data_type AS CHAR)), \
 LOWER(CAST(column_type AS CHAR)), CAST(is_nullable AS CHAR), LOWER(CAST(extra AS CHAR)), \
 CAST(numeric_precision AS CHAR), CAST(numeric_scale AS CHAR) \
FROM information_schema.columns WHERE table_schema = DATABASE() \
ORDER BY table_name, ordinal_position";

const INDEXES: &str = "\
SELECT CAST(table_name AS CHAR), CAST(index_name AS CHAR), CAST(column_name AS CHAR), \
 CAST(non_unique AS CHAR) \
FROM information_schema.statistics WHERE table_schema = DATABASE() \
ORDER BY table_name, index_name, seq_in_index";

/// MariaDB's JSON is a text column under this constraint.
const JSON_CHECKS: &str = "\
SELECT CAST(table_name AS CHAR), CAST(check_clause AS CHAR) \
FROM information_schema.check_constraints \
WHERE constraint_schema = DATABASE() AND check_clause LIKE 'json\\_valid(%'";

const FOREIGN_KEYS: &str = "\
SELECT CAST(k.referenced_table_name AS CHAR), CAST(k.constraint_name AS CHAR), \
 CAST(k.table_schema AS CHAR), CAST(k.table_name AS CHAR), CAST(r.delete_rule AS CHAR), \
 CAST(k.column_name AS CHAR), CAST(k.referenced_column_name AS CHAR), \
 CASE WHEN k.table_schema = DATABASE() THEN 'own' ELSE 'other' END, \
 CAST(r.update_rule AS CHAR) \
FROM information_schema.key_column_usage k \
 JOIN information_schema.referential_constraints r ON r.constraint_schema = k.constraint_schema \
  AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name \
WHERE k.referenced_table_schema = DATABASE() \
ORDER BY k.referenced_table_name, k.table_schema, k.table_name, k.constraint_name, \
 k.ordinal_position";

/// Engines whose changes can be rolled back.
const TRANSACTIONAL: [&str; 3] = ["innodb", "rocksdb", "tokudb"];
/// Engines whose rows are on another server or in another table.
const ELSEWHERE: [&str; 5] = ["federated", "connect", "spider", "mrg_myisam", "blackhole"];

/// Whether the server is MariaDB, by `version()`.
pub(crate) fn is_mariadb(version: &str) -> bool {
    version.to_ascii_lowercase().contains("mariadb")
}

/// Reads the catalogue.
pub(crate) async fn read(connection: &mut PoolConnection<MySql>) -> Result<Catalogue, SourceError> {
    let version = rows(connection, "SELECT version()").await?;
    let checks = match version.first().map(|row| text(row, 0)) {
        Some(version) if is_mariadb(&version) => rows(connection, JSON_CHECKS).await?,
        _ => Vec::new(),
    };
    let json: BTreeSet<(String, String)> = checks
        .iter()
        .map(|row| (text(row, 0), text(row, 1)))
        .collect();
    let sees_all = sees_all(connection).await?;
    let mut columns = by_table(rows(connection, COLUMNS).await?);
    let indexes = by_table(rows(connection, INDEXES).await?);
    let foreign_keys = by_table(rows(connection, FOREIGN_KEYS).await?);
    let mut catalogue = Catalogue::default();
    for row in rows(connection, TABLES).await? {
        let table = text(&row, 0);
        let name = CollectionName::new(display_name(&[&table]));
        let of =
            |rows: &BTreeMap<String, Vec<TextRow>>| rows.get(&table).cloned().unwrap_or_default();
        let columns = columns.remove(&table).unwrap_or_default();
        match left_alone(&row, &columns) {
            Some(why) => catalogue.left_alone.push((name, why)),
            None => {
                let mut draft = draft(&row, &name, &columns, &of(&indexes), &json);
                draft.references_known = sees_all;
                refer(&mut draft, &of(&foreign_keys));
                catalogue.tables.insert(name, Arc::new(draft.finish()));
            }
        }
    }
    Ok(catalogue)
}

/// Whether the user may delete in the whole database. Foreign keys are shown only to those who may
/// do more than read the table that holds them, and the others would take rows along unseen.
async fn sees_all(connection: &mut PoolConnection<MySql>) -> Result<bool, SourceError> {
    let database = rows(connection, "SELECT DATABASE()").await?;
    let database = database.first().map(|row| text(row, 0)).unwrap_or_default();
    let scopes = [
        "*.*".to_owned(),
        format!("{}.*", ident(Quotes::Mysql, &database)),
    ];
    let grants = rows(connection, "SHOW GRANTS").await?;
    Ok(grants.iter().map(|row| text(row, 0)).any(|grant| {
        let Some((rights, rest)) = grant.split_once(" ON ") else {
            return false;
        };
        // A name is a pattern there, in which `_` is escaped.
        let scope = rest
            .split(" TO ")
            .next()
            .unwrap_or_default()
            .replace('\\', "");
        let mut rights = rights.trim_start_matches("GRANT ").split(", ");
        scopes.contains(&scope) && rights.any(|one| one == "DELETE" || one == "ALL PRIVILEGES")
    }))
}

async fn rows(
    connection: &mut PoolConnection<MySql>,
    sql: &str,
) -> Result<Vec<TextRow>, SourceError> {
    MariadbEngine::rows(connection, sql.to_owned(), &[]).await
}

fn by_table(rows: Vec<TextRow>) -> BTreeMap<String, Vec<TextRow>> {
    let mut tables: BTreeMap<String, Vec<TextRow>> = BTreeMap::new();
    for row in rows {
        tables.entry(text(&row, 0)).or_default().push(row);
    }
    tables
}

fn engine(row: &TextRow) -> String {
    text(row, 2).to_ascii_lowercase()
}

fn left_alone(row: &TextRow, columns: &[TextRow]) -> Option<&'static str> {
    match text(row, 1).as_str() {
        "VIEW" | "SYSTEM VIEW" => Some("a view: its rows are other tables' rows"),
        "SEQUENCE" => Some("a sequence"),
        _ if ELSEWHERE.contains(&engine(row).as_str()) => {
            Some("a table whose rows are kept elsewhere")
        }
        _ if columns.is_empty() => Some("a table without columns that the user may see"),
        _ => None,
    }
}

fn draft(
    row: &TextRow,
    name: &CollectionName,
    columns: &[TextRow],
    indexes: &[TextRow],
    json: &BTreeSet<(String, String)>,
) -> Draft {
    // A foreign key may point at any index here, unique or not.
    let referable: BTreeSet<String> = indexes.iter().map(|index| text(index, 2)).collect();
    let indexes: Vec<&TextRow> = indexes.iter().filter(|row| text(row, 3) == "0").collect();
    let unique: BTreeSet<String> = indexes.iter().map(|index| text(index, 2)).collect();
    Draft {
        name: name.clone(),
        from: ident(Quotes::Mysql, &text(row, 0)),
        records_estimate: number(row, 3),
        columns: columns
            .iter()
            .map(|column| {
                let check = format!("json_valid({})", ident(Quotes::Mysql, &text(column, 1)));
                let json = json.contains(&(text(row, 0), check));
                DraftColumn {
                    referable: referable.contains(&text(column, 1)),
                    ..draft_column(column, unique.contains(&text(column, 1)), json)
                }
            })
            .collect(),
        indexes: unique_indexes(columns, &indexes),
        transactional: TRANSACTIONAL.contains(&engine(row).as_str()),
        references_known: false,
        walk: Walk::Whole,
        walk_first: false,
        referenced_by: Vec::new(),
        cascades: Vec::new(),
    }
}

fn unique_indexes(columns: &[TextRow], indexes: &[&TextRow]) -> Vec<UniqueIndex> {
    indexes
        .chunk_by(|one, next| text(one, 1) == text(next, 1))
        .filter_map(|index| {
            let place =
                |row: &&TextRow| columns.iter().position(|one| text(one, 1) == text(row, 2));
            let name = text(index.first()?, 1);
            Some(UniqueIndex {
                primary: name == "PRIMARY",
                name,
                columns: index.iter().map(place).collect::<Option<_>>()?,
            })
        })
        .collect()
}

/// How a type is asked for.
struct Spelling {
    kind: ColumnKind,
    /// Whether the text protocol's own text is the one we want.
    direct: bool,
    typed: Typed,
    ordered: bool,
    addressable: bool,
}

fn spelling(row: &TextRow, json: bool) -> Spelling {
    let cast = |to: &str| Typed::new("CAST(", &format!(" AS {to})"));
    let unsigned = text(row, 3).contains("unsigned");
    let spell = |kind, direct, typed| Spelling {
        kind,
        direct,
        typed,
        ordered: true,
        addressable: true,
    };
    let unordered = |spelling| Spelling {
        ordered: false,
        ..spelling
    };
    use ColumnKind as K;
    match text(row, 2).as_str() {
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
            let kind = if json { K::Json } else { K::Text };
            spell(kind, true, Typed::default())
        }
        "enum" | "set" => unordered(spell(K::Other, true, Typed::default())),
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => {
            let to = if unsigned { "UNSIGNED" } else { "SIGNED" };
            spell(K::Number, !text(row, 3).contains("zerofill"), cast(to))
        }
        "decimal" => {
            let to = format!("DECIMAL({},{})", text(row, 6), text(row, 7));
            spell(K::Number, !text(row, 3).contains("zerofill"), cast(&to))
        }
        "float" | "double" => Spelling {
            addressable: false,
            ..unordered(spell(K::Number, false, Typed::default()))
        },
        "year" => spell(K::Opaque, true, cast("UNSIGNED")),
        "date" => spell(K::Opaque, true, cast("DATE")),
        "time" => spell(K::Opaque, true, cast("TIME(6)")),
        "datetime" | "timestamp" => spell(K::Opaque, true, cast("DATETIME(6)")),
        "bit" => unordered(spell(K::Opaque, false, cast("UNSIGNED"))),
        "uuid" => unordered(spell(K::Opaque, false, Typed::default())),
        "inet4" | "inet6" => unordered(spell(K::Inet, false, Typed::default())),
        "json" => unordered(spell(K::Json, false, Typed::default())),
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            spell(K::Binary, false, Typed::new("UNHEX(", ")"))
        }
        // Geometries and vectors: bytes in a form of their own.
        _ => Spelling {
            addressable: false,
            ..unordered(spell(K::Binary, false, Typed::new("UNHEX(", ")")))
        },
    }
}

fn draft_column(row: &TextRow, unique: bool, json: bool) -> DraftColumn {
    let name = text(row, 1);
    let quoted = ident(Quotes::Mysql, &name);
    let spelling = spelling(row, json);
    let string = spelling.direct && spelling.typed == Typed::default();
    let whole = match (spelling.kind, text(row, 2).as_str()) {
        (ColumnKind::Binary, _) => format!("LOWER(HEX({quoted}))"),
        (_, "bit") => format!("CAST({quoted} + 0 AS CHAR)"),
        _ if string => quoted.clone(),
        // The binary protocol, which binds bring with them, would send no text.
        _ => format!("CAST({quoted} AS CHAR)"),
    };
    let extra = text(row, 5);
    DraftColumn {
        scanned: if spelling.direct {
            quoted.clone()
        } else {
            whole.clone()
        },
        exact: format!("CAST(CONVERT({whole} USING utf8mb4) AS BINARY)"),
        text: whole,
        typed: spelling.typed,
        ordered: spelling.ordered,
        addressable: spelling.addressable,
        follows_updates: extra.contains("on update"),
        referable: unique,
        ident: quoted,
        column: Column {
            name,
            kind: spelling.kind,
            nullable: text(row, 4) == "YES",
            unique,
            // MySQL also says `DEFAULT_GENERATED` of columns that can be written.
            generated: extra.contains("virtual") || extra.contains("stored generated"),
        },
    }
}

fn refer(draft: &mut Draft, foreign_keys: &[TextRow]) {
    let same = |one: &TextRow, next: &TextRow| (1..4).all(|at| text(one, at) == text(next, at));
    for pairs in foreign_keys.chunk_by(same) {
        let Some(row) = pairs.first() else { continue };
        let (schema, table) = (text(row, 2), text(row, 3));
        let here = text(row, 7) == "own";
        let from = match here {
            true => display_name(&[&table]),
            false => display_name(&[&schema, &table]),
        };
        let follows = Follows::of_rules(&text(row, 4), &text(row, 8));
        if follows.any() {
            let quoted = |row: &TextRow, index| ident(Quotes::Mysql, &text(row, index));
            draft.cascades.push(Cascade {
                follows,
                from: format!("{}.{}", quoted(row, 2), quoted(row, 3)),
                own: here && from == draft.name.as_str(),
                pairs: pairs
                    .iter()
                    .map(|row| (quoted(row, 5), quoted(row, 6)))
                    .collect(),
            });
        }
        draft.referenced_by.push(Reference {
            from: CollectionName::new(from),
            cascades: follows.deletes,
        });
    }
}
