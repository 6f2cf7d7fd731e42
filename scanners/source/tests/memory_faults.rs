//! What the in-memory Source does on command.

use futures::TryStreamExt;
use hemvist_model::{CollectionName, RecordKey, SkipReason};
use hemvist_source::conformance::reading::{Seen, fingerprinter, ok, splits, steps};
use hemvist_source::memory::{MemorySource, row};
use hemvist_source::{Change, Changed, Kind, Source};

fn persons() -> (MemorySource, CollectionName) {
    let source = MemorySource::new();
    let rows = (0..10).map(|id| row(&[&id.to_string(), "name"])).collect();
    source.put_table("person", &["id", "name"], 1, rows);
    (source, CollectionName::new("person"))
}

#[tokio::test]
async fn the_chosen_call_fails_and_no_other() {
    let (source, table) = persons();
    let split = ok(splits(&source, &table).await).swap_remove(0);
    source.fail_call(2, Kind::Transient);
    let mut batches = source.read(&split, None);
    assert!(matches!(batches.try_next().await, Ok(Some(_))));
    let error = batches.try_next().await.err();
    assert_eq!(error.map(|error| error.kind()), Some(Kind::Transient));
    assert_eq!(ok(steps(&source, &split, None).await).len(), 3);
}

#[tokio::test]
async fn a_store_can_change_between_two_pieces() {
    let source = MemorySource::new();
    source.put_object("bucket", b"log", &[1; 100_000]);
    let bucket = CollectionName::new("bucket");
    let split = ok(splits(&source, &bucket).await).swap_remove(0);
    source.at_call(
        2,
        Box::new(|source| {
            source.put_object("bucket", b"log", &[2; 100_000]);
            Ok(())
        }),
    );
    let steps = ok(steps(&source, &split, None).await);
    assert!(matches!(
        steps[0].seen[0],
        Seen::Skipped(_, SkipReason::ChangedWhileReading)
    ));
}

#[tokio::test]
async fn changes_are_answered_as_asked() {
    let (source, table) = persons();
    let key = RecordKey::Row(vec!["1".to_owned()]);
    let expected = fingerprinter().row([Some(b"1".as_slice()), Some(b"name")].into_iter());
    let delete = async || {
        let change = Change::DeleteRow;
        ok(source
            .change(&table, &key, &expected, &fingerprinter(), change)
            .await)
    };
    source.answer_changes(Some(Changed::WouldCascade));
    assert_eq!(delete().await, Changed::WouldCascade);
    assert_eq!(source.rows("person").len(), 10);
    source.answer_changes(None);
    assert_eq!(delete().await, Changed::Done);
    assert_eq!(source.rows("person").len(), 9);
}
