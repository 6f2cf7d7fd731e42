//! The cases in which a Source changes a row.

use std::sync::Arc;

use hemvist_model::RecordKey;

use super::{ONE_SPLIT, cells, change, key, persons, set_note, sorted, text, unkeyed};
use crate::conformance::{Row, RowFixture};
use crate::{Change, Changed, Source, row_digest};

/// Deleting takes one row and leaves every other as it was.
pub async fn deleting_deletes_one_row(fixture: &dyn RowFixture) {
    let made = persons("person", 9);
    fixture.create(&made).await;
    let table = fixture.collection("person");
    let source = fixture.source(ONE_SPLIT).await;
    let target = &made.rows[4];
    let done = change(&*source, &table, &key("k0004"), target, Change::DeleteRow).await;
    assert_eq!(done, Changed::Done);
    let rest: Vec<Row> = made
        .rows
        .iter()
        .filter(|row| *row != target)
        .cloned()
        .collect();
    assert!(sorted(fixture.rows("person").await) == rest);
    let again = change(&*source, &table, &key("k0004"), target, Change::DeleteRow).await;
    assert_eq!(again, Changed::Gone);
}

/// Setting fields writes those cells of one row, NULL as well, and nothing else.
pub async fn setting_fields_changes_one_row(fixture: &dyn RowFixture) {
    let made = persons("person", 9);
    fixture.create(&made).await;
    let table = fixture.collection("person");
    let source = fixture.source(ONE_SPLIT).await;
    let fields = vec![
        ("name".to_owned(), text("[erased]")),
        ("note".to_owned(), None),
    ];
    let set = Change::SetFields(fields);
    let done = change(&*source, &table, &key("k0004"), &made.rows[4], set).await;
    assert_eq!(done, Changed::Done);
    let mut expected = made.rows;
    expected[4] = vec![text("k0004"), text("[erased]"), None];
    assert!(sorted(fixture.rows("person").await) == expected);
}

/// Setting a field to what it holds counts as done (MariaDB reports no row as changed then).
pub async fn setting_fields_to_nothing_new_is_done(fixture: &dyn RowFixture) {
    let made = persons("person", 3);
    fixture.create(&made).await;
    let table = fixture.collection("person");
    let source = fixture.source(ONE_SPLIT).await;
    let same = set_note(Some("note 1"));
    let done = change(&*source, &table, &key("k0001"), &made.rows[1], same).await;
    assert_eq!(done, Changed::Done);
    assert!(sorted(fixture.rows("person").await) == made.rows);
}

/// A row whose Fingerprint is another is left as it is, however small the difference.
pub async fn a_changed_row_is_left_alone(fixture: &dyn RowFixture) {
    let made = persons("person", 6);
    fixture.create(&made).await;
    let table = fixture.collection("person");
    let source = fixture.source(ONE_SPLIT).await;
    fixture
        .set("person", "k0001", "note", Some("note 1 "))
        .await;
    fixture.set("person", "k0002", "note", None).await;
    fixture.set("person", "k0003", "note", Some("")).await;
    let before = sorted(fixture.rows("person").await);
    for index in 1..=3 {
        let key = key(&format!("k000{index}"));
        for attempt in [Change::DeleteRow, set_note(None), set_note(Some("x"))] {
            let differs = change(&*source, &table, &key, &made.rows[index], attempt).await;
            assert_eq!(differs, Changed::FingerprintDiffers, "row {index}");
        }
    }
    assert!(sorted(fixture.rows("person").await) == before);
}

/// A row that is gone cannot be changed, and nothing else is.
pub async fn a_row_that_is_gone_cannot_be_changed(fixture: &dyn RowFixture) {
    let made = persons("person", 3);
    fixture.create(&made).await;
    let table = fixture.collection("person");
    let source = fixture.source(ONE_SPLIT).await;
    fixture.delete("person", "k0001").await;
    for attempt in [Change::DeleteRow, set_note(None)] {
        let gone = change(&*source, &table, &key("k0001"), &made.rows[1], attempt).await;
        assert_eq!(gone, Changed::Gone);
    }
    assert_eq!(fixture.rows("person").await.len(), 2);
}

/// Of two changes planned on the same state and made at once, exactly one is done.
pub async fn of_two_changes_at_once_one_is_done(fixture: &dyn RowFixture) {
    let made = persons("person", 8);
    fixture.create(&made).await;
    let table = fixture.collection("person");
    let source: Arc<dyn Source> = fixture.source(ONE_SPLIT).await;
    for (index, row) in made.rows.iter().enumerate() {
        let key = key(&format!("k{index:04}"));
        let (one, other) = futures::join!(
            change(&*source, &table, &key, row, set_note(Some("one"))),
            change(&*source, &table, &key, row, set_note(Some("other"))),
        );
        let done = [&one, &other]
            .iter()
            .filter(|done| ***done == Changed::Done)
            .count();
        let lost = [&one, &other]
            .iter()
            .filter(|lost| ***lost == Changed::FingerprintDiffers)
            .count();
        assert_eq!((done, lost), (1, 1), "{one:?} and {other:?}");
    }
}

/// A row that only its values address is changed, or left as unverifiable, but never another.
pub async fn a_row_without_a_key_is_changed_alone(fixture: &dyn RowFixture) {
    let made = unkeyed(&[["a", "1"], ["b", "2"], ["c", "3"]]);
    fixture.create(&made).await;
    let table = fixture.collection("log");
    let source = fixture.source(ONE_SPLIT).await;
    let key_of = |row: &Row| RecordKey::Unkeyed(row_digest(cells(row)));
    let row = &made.rows[1];
    let done = change(&*source, &table, &key_of(row), row, Change::DeleteRow).await;
    assert_eq!(done, Changed::Done);
    let row = &made.rows[2];
    let done = change(&*source, &table, &key_of(row), row, set_note(None)).await;
    assert_eq!(done, Changed::Done);
    let gone = change(&*source, &table, &key_of(row), row, set_note(None)).await;
    assert_eq!(gone, Changed::Gone);
    let expected = vec![vec![text("a"), text("1")], vec![text("c"), None]];
    assert!(sorted(fixture.rows("log").await) == expected);
}

/// Which of two equal rows is meant cannot be said, so neither is touched.
pub async fn equal_rows_without_a_key_are_left_alone(fixture: &dyn RowFixture) {
    let made = unkeyed(&[["a", "1"], ["a", "1"], ["b", "2"]]);
    fixture.create(&made).await;
    let table = fixture.collection("log");
    let source = fixture.source(ONE_SPLIT).await;
    let row = &made.rows[0];
    let key = RecordKey::Unkeyed(row_digest(cells(row)));
    for attempt in [Change::DeleteRow, set_note(None)] {
        let left = change(&*source, &table, &key, row, attempt).await;
        assert!(matches!(left, Changed::Unverifiable(_)), "{left:?}");
    }
    assert!(sorted(fixture.rows("log").await) == sorted(made.rows));
}
