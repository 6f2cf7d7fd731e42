//! Callers who go away: a change that nobody waits for any more leaves nothing open behind it.

use std::sync::Arc;

use hemvist_source::{Change, Changed, Source};

use crate::erasing::{fingerprint, fingerprinter, set};
use crate::store::{Kind, Store, key, row};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_goes_away_leaves_no_transaction() {
    let store = Store::new(Kind::Postgres).await;
    store
        .execute("CREATE TABLE person (id int PRIMARY KEY, name text)")
        .await;
    store
        .execute("INSERT INTO person SELECT g, 'a' FROM generate_series(1, 100) g")
        .await;
    let source: Arc<dyn Source> = store.source(100);
    let table = store.collection("person");
    for id in 1..=100 {
        let key = key(&id.to_string());
        let expected = fingerprint(&*source, &store, "person", &key).await;
        let (fingerprinter, mask) = (fingerprinter(), set("name", Some("b")));
        let mut change = source.change(&table, &key, &expected, &fingerprinter, mask);
        for _ in 0..id % 4 {
            let once = futures::future::poll_fn(|context| {
                let _ = change.as_mut().poll(context);
                std::task::Poll::Ready(())
            });
            once.await;
            tokio::task::yield_now().await;
        }
    }
    // The one write connection is free, and therefore outside the others' transactions.
    let key = key("8");
    let expected = fingerprint(&*source, &store, "person", &key).await;
    let (fingerprinter, delete) = (fingerprinter(), Change::DeleteRow);
    let last = source.change(&table, &key, &expected, &fingerprinter, delete);
    assert_eq!(last.await.unwrap(), Changed::Done);
    let open = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() \
                AND application_name = 'hemvist' AND xact_start IS NOT NULL AND state <> 'active'";
    assert_eq!(store.rows(open).await, [row(&[Some("0")])]);
    let torn = store
        .rows("SELECT count(*)::text FROM person WHERE name NOT IN ('a', 'b')")
        .await;
    assert_eq!(torn, [row(&[Some("0")])]);
}
