//! An SQLite file whose writer was killed in the middle of a change.

use std::fs;

use hemvist_model::{CollectionName, RecordKey};
use hemvist_source::{RecordImage, Source as _};
use hemvist_sql::SqliteSource;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};

/// More rows than the cache holds, so that a part of the change is in the file before its end.
const CHANGE: &str = "\
    PRAGMA cache_size = 2; \
    CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT); \
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
        INSERT INTO people SELECT i, 'before' FROM n; \
    BEGIN; \
    UPDATE people SET email = 'after'";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_writer_was_killed_is_read_as_it_was_before() {
    let directory = hemvist_estate::directory();
    let path = |name: &str| directory.path().join(name);
    let options = SqliteConnectOptions::new()
        .filename(path("a.db"))
        .create_if_missing(true);
    let mut writer = options.connect().await.unwrap();
    writer.execute(CHANGE).await.unwrap();
    // What the disk holds at this moment is what a kill would leave.
    fs::copy(path("a.db"), path("b.db")).unwrap();
    assert!(fs::copy(path("a.db-journal"), path("b.db-journal")).unwrap() > 0);

    let source = SqliteSource::connect(&path("b.db"));
    let key = RecordKey::Row(vec!["1".to_owned()]);
    let record = source
        .read_record(&CollectionName::new("people"), &key)
        .await;
    match record.unwrap() {
        Some(RecordImage::Row(row)) => assert_eq!(row.cells[1].as_deref(), Some(&b"before"[..])),
        _ => panic!("the row is gone"),
    }
}
