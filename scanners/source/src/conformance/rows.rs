//! The cases for Sources of tables.

mod changing;

use hemvist_model::{CollectionName, Fingerprint, RecordKey};

use super::reading::{Seen, check_resume, fingerprinter, ok, read_all, splits, steps};
use super::{Row, RowFixture, Table};
use crate::{Change, Changed, ColumnKind, Kind, RecordImage, RowKey, RowRecord, Source};

pub use changing::*;

/// Large enough that everything the suite makes is one Split.
const ONE_SPLIT: u64 = 10_000;
/// Rows of a table that is cut into many Splits.
const MANY: usize = 257;
/// Rows to a Split of such a table.
const FEW: u64 = 10;

/// Keys and texts that a careless quoting, joining or paging would confuse.
const HOSTILE: [&str; 22] = [
    "a/b", "a//b", "/a", "..", "'", "''", "\"", "`", "\\", "\\'", "\\N", "NULL", "a,b", "a\tb",
    "a\nb", "a\r\nb", "å", "a\u{30a}", "🦊", "%_", "A", "a",
];

fn text(value: &str) -> Option<Vec<u8>> {
    Some(value.as_bytes().to_vec())
}

/// Persons by a text key, with a name and a note that is NULL in every third row.
fn persons(name: &'static str, rows: usize) -> Table {
    let row = |index: usize| {
        let note = (!index.is_multiple_of(3)).then(|| format!("note {index}").into_bytes());
        vec![
            text(&format!("k{index:04}")),
            text(&format!("name {index}")),
            note,
        ]
    };
    Table {
        name,
        columns: &["id", "name", "note"],
        key_columns: 1,
        rows: (0..rows).map(row).collect(),
    }
}

fn unkeyed(rows: &[[&str; 2]]) -> Table {
    Table {
        name: "log",
        columns: &["name", "note"],
        key_columns: 0,
        rows: rows
            .iter()
            .map(|[name, note]| vec![text(name), text(note)])
            .collect(),
    }
}

fn key(id: &str) -> RecordKey {
    RecordKey::Row(vec![id.to_owned()])
}

fn cells(row: &Row) -> impl Iterator<Item = Option<&[u8]>> {
    row.iter().map(Option::as_deref)
}

fn fingerprint(row: &Row) -> Fingerprint {
    fingerprinter().row(cells(row))
}

fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort();
    rows
}

fn rows_seen(seen: &[Seen]) -> Vec<Row> {
    let row = |seen: &Seen| match seen {
        Seen::Row(_, row) => row.clone(),
        _ => panic!("a row was expected"),
    };
    sorted(seen.iter().map(row).collect())
}

async fn row_of(source: &dyn Source, table: &CollectionName, key: &RecordKey) -> Option<RowRecord> {
    match ok(source.read_record(table, key).await) {
        Some(RecordImage::Row(row)) => Some(row),
        Some(RecordImage::Object(_)) => panic!("a row was expected"),
        None => None,
    }
}

async fn change(
    source: &dyn Source,
    table: &CollectionName,
    key: &RecordKey,
    expected: &Row,
    change: Change,
) -> Changed {
    let expected = fingerprint(expected);
    ok(source
        .change(table, key, &expected, &fingerprinter(), change)
        .await)
}

fn set_note(value: Option<&str>) -> Change {
    let value = value.map(|value| value.as_bytes().to_vec());
    Change::SetFields(vec![("note".to_owned(), value)])
}

/// Every table is listed once, under the same name and in the same order each time.
pub async fn lists_its_tables(fixture: &dyn RowFixture) {
    for name in ["orders", "Person", "archive"] {
        fixture.create(&persons(name, 1)).await;
    }
    let source = fixture.source(ONE_SPLIT).await;
    let names = |collections: Vec<crate::Collection>| -> Vec<CollectionName> {
        collections.into_iter().map(|listed| listed.name).collect()
    };
    let first = names(ok(source.collections().await));
    assert_eq!(
        first,
        names(ok(source.collections().await)),
        "another order"
    );
    assert_eq!(first.len(), 3, "exactly the tables that were made");
    for name in ["orders", "Person", "archive"] {
        assert!(first.contains(&fixture.collection(name)), "{name}");
    }
    assert!(ok(source.left_alone().await).is_empty());
    assert!(!ok(source.probe().await).product.is_empty());
}

/// The columns come in their order, with the key that addresses a row.
pub async fn a_listed_table_says_its_columns_and_key(fixture: &dyn RowFixture) {
    fixture.create(&persons("person", 1)).await;
    fixture.create(&unkeyed(&[["a", "b"]])).await;
    let source = fixture.source(ONE_SPLIT).await;
    for listed in ok(source.collections().await) {
        let names: Vec<&str> = listed
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        let keyed = listed.name == fixture.collection("person");
        let (expected, row_key) = if keyed {
            (
                vec!["id", "name", "note"],
                RowKey::Columns(vec!["id".to_owned()]),
            )
        } else {
            (vec!["name", "note"], RowKey::WholeRow)
        };
        assert_eq!(names, expected);
        assert_eq!(listed.row_key, Some(row_key));
        assert!(listed.referenced_by.is_empty());
        for column in listed.columns.iter() {
            assert_eq!(column.kind, ColumnKind::Text, "{}", column.name);
            assert_eq!(column.nullable, column.name != "id", "{}", column.name);
            assert!(!column.generated, "{}", column.name);
        }
    }
}

/// A name is quoted, never pasted, and reads back to the same table.
pub async fn hostile_table_names_read_back(fixture: &dyn RowFixture) {
    let names = [
        "select",
        "a.b",
        "a b",
        "a\"b",
        "a`b",
        "a'b",
        "a;b--",
        "a\nb",
        "å",
        "🦊",
        "A",
        "a",
        "a_name_of_sixty_bytes_which_is_close_to_what_postgres_allows",
    ];
    let held: Vec<&str> = names
        .into_iter()
        .filter(|name| fixture.holds_table(name))
        .collect();
    for (index, name) in held.iter().enumerate() {
        fixture.create(&persons(name, index + 1)).await;
    }
    let source = fixture.source(ONE_SPLIT).await;
    assert_eq!(ok(source.collections().await).len(), held.len());
    for (index, name) in held.iter().enumerate() {
        let table = fixture.collection(name);
        assert_eq!(
            read_all(&*source, &table).await.len(),
            index + 1,
            "{name:?}"
        );
        let row = fixture.rows(name).await.swap_remove(0);
        let first = key(&String::from_utf8_lossy(
            row[0].as_deref().unwrap_or_default(),
        ));
        let changed = change(&*source, &table, &first, &row, Change::DeleteRow).await;
        assert_eq!(changed, Changed::Done, "{name:?}");
    }
}

/// However it is cut, every row comes exactly once.
pub async fn splits_hold_every_row_once(fixture: &dyn RowFixture) {
    let made = persons("person", MANY);
    fixture.create(&made).await;
    let table = fixture.collection("person");
    for split_records in [1, FEW, ONE_SPLIT] {
        let source = fixture.source(split_records).await;
        let count = ok(splits(&*source, &table).await).len();
        let seen = read_all(&*source, &table).await;
        assert!(
            rows_seen(&seen) == sorted(made.rows.clone()),
            "{split_records}"
        );
        let many = split_records < ONE_SPLIT;
        assert!(
            !many || count > 4,
            "{count} Splits for {split_records} rows each"
        );
    }
}

/// A table without rows is read and gives nothing.
pub async fn a_table_without_rows_reads_as_nothing(fixture: &dyn RowFixture) {
    fixture.create(&persons("person", 0)).await;
    let source = fixture.source(FEW).await;
    assert!(
        read_all(&*source, &fixture.collection("person"))
            .await
            .is_empty()
    );
}

/// Reading goes on after any Batch, by another Source as well.
pub async fn reading_resumes_after_each_batch(fixture: &dyn RowFixture) {
    fixture.create(&persons("person", MANY)).await;
    let table = fixture.collection("person");
    for split_records in [FEW, ONE_SPLIT] {
        let source = fixture.source(split_records).await;
        let fresh = fixture.source(split_records).await;
        check_resume(&*source, &*fresh, &table).await;
    }
}

/// A credential that may not read gives `Denied`, whatever is asked.
pub async fn a_denied_table_is_denied(fixture: &dyn RowFixture) {
    let made = persons("person", 3);
    fixture.create(&made).await;
    let table = fixture.collection("person");
    let allowed = fixture.source(ONE_SPLIT).await;
    let cut = ok(splits(&*allowed, &table).await);
    let Some(denied) = fixture.denied().await else {
        return;
    };
    let error = match splits(&*denied, &table).await {
        Err(error) => error.kind(),
        Ok(_) => panic!("cut without the right to read"),
    };
    assert_eq!(error, Kind::Denied);
    let read = steps(&*denied, &cut[0], None).await.err();
    assert_eq!(read.map(|error| error.kind()), Some(Kind::Denied));
    let again = denied.read_record(&table, &key("k0001")).await.err();
    assert_eq!(again.map(|error| error.kind()), Some(Kind::Denied));
}

/// A table that is dropped gives `NotFound`, whatever is asked.
pub async fn a_dropped_table_is_not_found(fixture: &dyn RowFixture) {
    let made = persons("person", 3);
    fixture.create(&made).await;
    let table = fixture.collection("person");
    let source = fixture.source(ONE_SPLIT).await;
    let cut = ok(splits(&*source, &table).await);
    fixture.drop_table("person").await;
    let not_found = Some(Kind::NotFound);
    let error = splits(&*source, &table).await.err();
    assert_eq!(error.map(|error| error.kind()), not_found);
    let error = steps(&*source, &cut[0], None).await.err();
    assert_eq!(error.map(|error| error.kind()), not_found);
    let error = source.read_record(&table, &key("k0001")).await.err();
    assert_eq!(error.map(|error| error.kind()), not_found);
    assert!(ok(source.collections().await).is_empty());
}

/// A row that goes between cutting and reading is simply not there.
pub async fn a_row_deleted_after_cutting_is_left_out(fixture: &dyn RowFixture) {
    fixture.create(&persons("person", 30)).await;
    let table = fixture.collection("person");
    let source = fixture.source(FEW).await;
    let cut = ok(splits(&*source, &table).await);
    fixture.delete("person", "k0009").await;
    fixture.delete("person", "k0010").await;
    let mut seen = Vec::new();
    for split in &cut {
        let read = ok(steps(&*source, split, None).await);
        seen.extend(read.into_iter().flat_map(|step| step.seen));
    }
    assert!(rows_seen(&seen) == sorted(fixture.rows("person").await));
    assert_eq!(seen.len(), 28);
}

fn hostile() -> Table {
    let long = "x".repeat(200);
    let values = HOSTILE.into_iter().chain(["", long.as_str()]);
    Table {
        name: "person",
        columns: &["id", "name", "note"],
        key_columns: 1,
        rows: values
            .map(|value| vec![text(value), text(value), text("-")])
            .collect(),
    }
}

/// Keys and texts come back byte by byte, and address their own row alone.
pub async fn hostile_keys_and_texts_read_back(fixture: &dyn RowFixture) {
    let made = hostile();
    fixture.create(&made).await;
    let table = fixture.collection("person");
    for split_records in [1, ONE_SPLIT] {
        let source = fixture.source(split_records).await;
        let seen = read_all(&*source, &table).await;
        assert!(
            rows_seen(&seen) == sorted(made.rows.clone()),
            "{split_records}"
        );
    }
    let source = fixture.source(ONE_SPLIT).await;
    let fresh = fixture.source(ONE_SPLIT).await;
    check_resume(&*source, &*fresh, &table).await;
    let mut expected = made.rows.clone();
    for row in &mut expected {
        let id = String::from_utf8_lossy(row[0].as_deref().unwrap_or_default()).into_owned();
        let read = row_of(&*source, &table, &key(&id)).await;
        assert!(read.is_some_and(|read| read.cells == *row), "{id:?}");
        let done = change(&*source, &table, &key(&id), row, set_note(Some(&id))).await;
        assert_eq!(done, Changed::Done, "{id:?}");
        row[2] = text(&id);
    }
    assert!(sorted(fixture.rows("person").await) == sorted(expected));
}

/// Keys of two columns page, resume and address a row in their own order.
pub async fn keys_of_several_columns_read_back(fixture: &dyn RowFixture) {
    let parts = ["", "a", "a,", "b", ",b", "å"];
    let pairs = parts
        .iter()
        .flat_map(|one| parts.iter().map(move |two| (one, two)));
    let made = Table {
        name: "pair",
        columns: &["one", "two", "note"],
        key_columns: 2,
        rows: pairs
            .map(|(one, two)| vec![text(one), text(two), None])
            .collect(),
    };
    fixture.create(&made).await;
    let table = fixture.collection("pair");
    let (source, fresh) = (fixture.source(4).await, fixture.source(4).await);
    let seen = read_all(&*source, &table).await;
    assert!(rows_seen(&seen) == sorted(made.rows.clone()));
    check_resume(&*source, &*fresh, &table).await;
    let one = RecordKey::Row(vec!["a,".to_owned(), "b".to_owned()]);
    let row = vec![text("a,"), text("b"), None];
    let done = change(&*source, &table, &one, &row, Change::DeleteRow).await;
    assert_eq!(done, Changed::Done);
    let rest: Vec<Row> = made.rows.into_iter().filter(|made| *made != row).collect();
    assert!(sorted(fixture.rows("pair").await) == sorted(rest));
}

/// NULL, the empty text and the word NULL are three values, read and written.
pub async fn null_is_not_the_empty_text(fixture: &dyn RowFixture) {
    let row = |id: &str, note: Option<&str>| vec![text(id), None, note.and_then(text)];
    let made = Table {
        rows: vec![row("1", None), row("2", Some("")), row("3", Some("NULL"))],
        ..persons("person", 0)
    };
    fixture.create(&made).await;
    let table = fixture.collection("person");
    let source = fixture.source(ONE_SPLIT).await;
    assert!(rows_seen(&read_all(&*source, &table).await) == made.rows);
    for (id, old, new) in [("1", 0, Some("")), ("2", 1, None)] {
        let done = change(&*source, &table, &key(id), &made.rows[old], set_note(new)).await;
        assert_eq!(done, Changed::Done, "{id}");
    }
    let expected = vec![row("1", Some("")), row("2", None), row("3", Some("NULL"))];
    assert!(sorted(fixture.rows("person").await) == expected);
}

/// Reading a Record again gives the cells that reading the Split gave.
pub async fn a_row_read_again_equals_the_row_read(fixture: &dyn RowFixture) {
    fixture.create(&persons("person", 12)).await;
    let table = fixture.collection("person");
    let source = fixture.source(FEW).await;
    for seen in read_all(&*source, &table).await {
        let Seen::Row(key, cells) = seen else {
            panic!("a row was expected")
        };
        let again = row_of(&*source, &table, &key).await;
        let Some(again) = again else {
            panic!("a row that was read is gone")
        };
        assert!(again.cells == cells && again.rows == 1);
        assert_eq!(again.collection.name, table);
    }
}

/// A row that is deleted, and one that never was, read as nothing.
pub async fn a_row_that_is_gone_reads_as_none(fixture: &dyn RowFixture) {
    fixture.create(&persons("person", 3)).await;
    let table = fixture.collection("person");
    let source = fixture.source(ONE_SPLIT).await;
    fixture.delete("person", "k0001").await;
    for id in ["k0001", "no such key", ""] {
        assert!(row_of(&*source, &table, &key(id)).await.is_none(), "{id}");
    }
}

/// Rows of a table without a key come all, equal ones as often as they are there.
pub async fn rows_without_a_key_read_back(fixture: &dyn RowFixture) {
    let made = unkeyed(&[["a", "1"], ["a", "1"], ["b", ""], ["b", "2"], ["c", "3"]]);
    fixture.create(&made).await;
    let table = fixture.collection("log");
    for split_records in [1, 2, ONE_SPLIT] {
        let source = fixture.source(split_records).await;
        let seen = read_all(&*source, &table).await;
        assert!(
            rows_seen(&seen) == sorted(made.rows.clone()),
            "{split_records}"
        );
        for seen in seen {
            let Seen::Row(key, cells) = seen else {
                panic!("a row was expected")
            };
            let twice = cells == made.rows[0];
            let Some(again) = row_of(&*source, &table, &key).await else {
                panic!("a row that was read is gone")
            };
            assert!(again.cells == cells && again.rows == if twice { 2 } else { 1 });
        }
    }
}
