//! Scans that look for less: what others found stays, and whose it is can be told.

use hemvist_model::*;
use hemvist_store::{SourceCoverage, StoreUrl};
use sqlx::Connection as _;

use crate::fixture::*;

crate::on_both! {
    a_scan_for_less_leaves_the_rest_and_says_so
    an_older_scan_that_ends_later_takes_nothing_over
    a_cancelled_scan_is_the_reading_of_what_nobody_looked_for
    what_another_scan_finds_meanwhile_keeps_its_record
    a_database_of_the_first_version_knows_what_was_looked_for
}

const EMAIL: InfoTypes = InfoTypes::NONE.with(InfoType::EmailAddress);

fn number(person: u8, record: u32) -> Finding {
    Finding {
        info_type: InfoType::SePersonnummer,
        ..finding(person, record, "pnr")
    }
}

fn for_email(id: &str) -> Scan {
    Scan {
        info_types: EMAIL,
        ..scan(id, "crm")
    }
}

async fn crm(f: &Fixture) -> SourceCoverage {
    let coverage = f.store.coverage(&acme()).await.expect("read");
    coverage.into_iter().next().expect("a source")
}

/// What was looked for last by which reading of `people`, the youngest first.
async fn readings(f: &Fixture) -> Vec<InfoTypes> {
    let known = crm(f).await.collections;
    known.iter().map(|reading| reading.info_types).collect()
}

async fn a_scan_for_less_leaves_the_rest_and_says_so(f: Fixture) {
    let created = f.store.create_source(&source("crm")).await;
    created.expect("created");
    let everything = vec![finding(1, 1, "email"), number(2, 2), number(3, 1)];
    f.scan_all("crm", "a", vec![("people", vec![found(everything)])])
        .await;
    let less = vec![found(vec![finding(4, 3, "email")])];
    let made = f.scan_as(&for_email("b"), vec![("people", less)]).await;
    assert_eq!(made.info_types, EMAIL);
    for (person, places) in [
        (1, vec![]),
        (2, vec!["people/2/pnr"]),
        (3, vec!["people/1/pnr"]),
        (4, vec!["people/3/email"]),
    ] {
        assert_eq!(f.places(pseudonym(person)).await, places, "{person}");
    }
    let rest = InfoTypes::shaped().without(EMAIL);
    assert_eq!(readings(&f).await, [EMAIL, rest]);
    assert_eq!(crm(&f).await.coverage.scanned(), 1 + 3);
    // Nobody else's findings hold on to what is gone.
    f.scan_all("crm", "c", vec![("people", vec![found(vec![])])])
        .await;
    assert_eq!(readings(&f).await, [InfoTypes::shaped()]);
    for (table, left) in [("finding", 0), ("record", 0), ("split", 1)] {
        let count = format!("SELECT COUNT(*) FROM {table}");
        assert_eq!(f.number(&count).await, left, "{table}");
    }
}

async fn an_older_scan_that_ends_later_takes_nothing_over(f: Fixture) {
    f.scan_with_splits(1).await;
    let older = f.lease(600).await;
    let created = f.store.create_scan(&for_email("b"), "").await;
    created.expect("created");
    let cut = f.cut().await;
    let people = CollectionName::new("people");
    let splits = vec![split_spec("people", 0)];
    let added = f.store.add_collection(&cut, &people, splits, None).await;
    added.expect("added");
    f.store.finish_cut(&cut, false).await.expect("cut");
    f.work_through(vec![found(vec![finding(4, 3, "email")])])
        .await;
    assert_eq!(readings(&f).await, [EMAIL]);
    let result = found(vec![number(2, 3)]).expect("a result");
    f.store.commit_split(&older, &result).await.expect("ended");
    let rest = InfoTypes::shaped().without(EMAIL);
    assert_eq!(readings(&f).await, [EMAIL, rest]);
    assert_eq!(f.places(pseudonym(2)).await, ["people/3/pnr"]);
    assert_eq!(f.places(pseudonym(4)).await, ["people/3/email"]);
}

async fn a_cancelled_scan_is_the_reading_of_what_nobody_looked_for(f: Fixture) {
    let created = f.store.create_source(&source("crm")).await;
    created.expect("created");
    let less = vec![found(vec![finding(1, 1, "email")])];
    f.scan_as(&for_email("a"), vec![("people", less)]).await;
    let created = f.store.create_scan(&scan("b", "crm"), "").await;
    created.expect("created");
    let cut = f.cut().await;
    let people = CollectionName::new("people");
    let splits = vec![split_spec("people", 0)];
    let added = f.store.add_collection(&cut, &people, splits, None).await;
    added.expect("added");
    f.store.cancel_scan(&cut.scan.id).await.expect("cancelled");
    let known = crm(&f).await.collections;
    let failed: Vec<_> = known
        .iter()
        .map(|reading| (reading.info_types, reading.coverage.failed()))
        .collect();
    let rest = InfoTypes::shaped().without(EMAIL);
    assert_eq!(failed, [(rest, 10), (EMAIL, 0)]);
    assert_eq!(f.places(pseudonym(1)).await.len(), 1);
}

async fn what_another_scan_finds_meanwhile_keeps_its_record(f: Fixture) {
    let StoreUrl::Postgres(url) = &f.url else {
        // SQLite has one writer at a time: there is no meanwhile.
        return;
    };
    let created = f.store.create_source(&source("crm")).await;
    created.expect("created");
    let email = vec![found(vec![finding(1, 1, "email")])];
    f.scan_all("crm", "a", vec![("people", email)]).await;
    let mut other = sqlx::PgConnection::connect(url).await.expect("opens");
    // As a commit of an older Scan writes: it finds a number in the Record, and has not ended yet.
    let writing = "BEGIN; UPDATE record SET split_no = split_no; \
                   INSERT INTO finding SELECT split_no, 0, collection_no, field_no, 1, 1, 0, 1, 1, \
                   decode(repeat('02', 16), 'hex'), record_ref FROM finding";
    let written = sqlx::raw_sql(writing).execute(&mut other).await;
    written.expect("written");
    let narrow = for_email("b");
    let less = f.scan_as(&narrow, vec![("people", vec![found(vec![])])]);
    let meanwhile = async {
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while f.number(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
        sqlx::raw_sql("COMMIT").execute(&mut other).await
    };
    let (_, ended) = tokio::join!(less, meanwhile);
    ended.expect("committed");
    assert_eq!(f.places(pseudonym(2)).await, ["people/1/email"]);
}

/// Takes the database back to the first version, as a release before wrote it.
const BACK: [&str; 7] = [
    "ALTER TABLE collection ADD COLUMN covered_scan BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE collection ADD COLUMN covered_at BIGINT",
    "ALTER TABLE collection ADD COLUMN coverage TEXT",
    "UPDATE collection SET covered_scan = r.scan_no, covered_at = r.ended, coverage = r.coverage \
     FROM reading r WHERE r.collection_no = collection.collection_no",
    "DROP TABLE reading",
    "ALTER TABLE scan DROP COLUMN info_types",
    "UPDATE schema_version SET version = 1",
];

async fn a_database_of_the_first_version_knows_what_was_looked_for(f: Fixture) {
    let created = f.store.create_source(&source("crm")).await;
    created.expect("created");
    let both = || vec![found(vec![finding(1, 1, "email")])];
    let made = f
        .scan_all("crm", "a", vec![("people", both()), ("orders", both())])
        .await;
    let before = crm(&f).await;
    assert_eq!(before.collections.len(), 2);
    for sql in BACK {
        assert!(!f.refuses(sql).await, "{sql}");
    }
    let store = f.again().await;
    let after = store.coverage(&acme()).await.expect("read");
    assert_eq!(after, [before]);
    assert_eq!(store.scan(&made.id).await, Ok(Some(made)));
}
