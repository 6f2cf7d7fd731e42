//! What must never happen: plaintext at rest, a wrong key that goes unnoticed, something lost on
//! reopening, a transaction left open by a caller that went away.

use std::future::Future;
use std::os::unix::fs::PermissionsExt as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use hemvist_model::*;
use hemvist_store::{Kind, SealingKey, Store, StoreUrl};

use crate::fixture::*;

crate::on_both! {
    a_wrong_sealing_key_is_refused
    reopening_keeps_everything
    opening_at_once_makes_one_database
    an_abandoned_call_leaves_no_transaction_open
    request_ids_are_not_at_rest
    what_cannot_be_opened_is_an_error
}

/// Reserved for documentation, so that it belongs to nobody.
const CANARY: &str = "canary.kanariesson@example.com";

async fn a_wrong_sealing_key_is_refused(f: Fixture) {
    let wrong = Store::open(&f.url, SealingKey([43; 64])).await;
    assert_eq!(wrong.map(|_| ()).map_err(|e| e.kind()), Err(Kind::Corrupt));
}

async fn reopening_keeps_everything(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let split = found(vec![finding(1, 1, "email")]);
    f.scan_all("crm", "a", vec![("people", vec![split])]).await;
    let before = f.store.findings(&acme(), pseudonym(1), None, 10).await;
    let coverage = f.store.coverage(&acme()).await;
    f.store.close().await;
    let closed = f.store.now().await;
    assert_eq!(closed.map_err(|e| e.kind()), Err(Kind::Transient));
    let again = f.again().await;
    assert!(again.findings(&acme(), pseudonym(1), None, 10).await == before);
    assert_eq!(again.coverage(&acme()).await, coverage);
    assert_eq!(
        again.source(&source_id("crm")).await,
        Ok(Some(source("crm")))
    );
}

async fn opening_at_once_makes_one_database(f: Fixture) {
    let url = match &f.url {
        StoreUrl::Sqlite(path) => StoreUrl::Sqlite(path.with_file_name("other.db")),
        StoreUrl::Postgres(_) => StoreUrl::Postgres(hemvist_estate::postgres().fresh_database()),
    };
    let opening = (0..8).map(|n| {
        let url = url.clone();
        tokio::spawn(async move {
            let store = Store::open(&url, sealing_key()).await.expect("opens");
            let made = store.create_source(&source(&format!("s{n}"))).await;
            made.expect("created");
        })
    });
    let opening: Vec<_> = opening.collect();
    for opened in opening {
        opened.await.expect("opened");
    }
    let store = Store::open(&url, sealing_key()).await.expect("opens");
    assert_eq!(store.sources(None, 100).await.expect("listed").len(), 8);
}

/// Polls a call that many times and drops it.
async fn abandon<T>(polls: usize, call: impl Future<Output = T>) {
    let mut call = pin!(call);
    for _ in 0..polls {
        let waker = &mut Context::from_waker(Waker::noop());
        if call.as_mut().poll(waker).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn an_abandoned_call_leaves_no_transaction_open(f: Fixture) {
    f.scan_with_splits(40).await;
    for polls in 0..40 {
        abandon(polls, f.store.lease_split(0)).await;
        abandon(polls, f.store.create_source(&source("twice"))).await;
        abandon(polls, f.store.scan(&scan("first", "crm").id)).await;
    }
    // Everything still works, on every pooled connection.
    for n in 0..40 {
        let made = f.store.create_source(&source(&format!("s{n}"))).await;
        assert_eq!(made, Ok(()));
    }
    if matches!(f.url, StoreUrl::Sqlite(_)) {
        return;
    }
    let open = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                AND state LIKE 'idle in transaction%'";
    // Calls that nobody waits for any more may still be at work for a moment.
    for _ in 0..200 {
        if f.number(open).await == 0 {
            return;
        }
    }
    panic!("a transaction stays open");
}

async fn request_ids_are_not_at_rest(f: Fixture) {
    // A test number that belongs to nobody: a client may choose a person's.
    let personal = "19811228-9874";
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let made = f.store.create_scan(&scan("a", "crm"), personal).await;
    let again = f.store.create_scan(&scan("b", "crm"), personal).await;
    assert!(made.is_ok() && again == made);
    let plan = Plan {
        id: PlanId::new("p").expect("an id"),
        controller: acme(),
        subject: vec![],
        hash: [1; 32],
        created: Timestamp(1),
        expires: Timestamp(2),
        collections: vec![],
        declarations: vec![],
        items: vec![],
        candidates: 0,
    };
    let written = f.store.create_plan(&plan, &caller(), personal).await;
    assert_eq!(written, Ok(()));
    let found = f.store.plan_request(personal).await;
    assert_eq!(found, Ok(Some(plan.id)));
    assert_eq!(f.store.plan_request("").await, Ok(None));
    for table in ["scan", "plan"] {
        let count = async |condition: &str| {
            f.number(&format!("SELECT COUNT(*) FROM {table} WHERE {condition}"))
                .await
        };
        assert_eq!(count("request_id IS NOT NULL").await, 1, "{table}");
        let plain = format!("CAST(request_id AS TEXT) = '{personal}'");
        assert_eq!(count(&plain).await, 0, "{table}");
    }
}

async fn what_cannot_be_opened_is_an_error(f: Fixture) {
    for text in ["", "sqlite:", "mysql://localhost/x", "/var/lib/hemvist.db"] {
        let kind = text.parse::<StoreUrl>().map(|_| ()).map_err(|e| e.kind());
        assert_eq!(kind, Err(Kind::Unsupported), "{text}");
    }
    let urls = match &f.url {
        StoreUrl::Sqlite(path) => {
            let damaged = path.with_file_name("damaged.db");
            std::fs::write(&damaged, [b'x'; 5000]).expect("written");
            vec![
                (
                    StoreUrl::Sqlite(path.join("below-a-file.db")),
                    Kind::Unsupported,
                ),
                (StoreUrl::Sqlite(damaged), Kind::Corrupt),
            ]
        }
        StoreUrl::Postgres(_) => {
            let server = hemvist_estate::postgres();
            vec![
                (
                    StoreUrl::Postgres(server.url_of("no_such_database")),
                    Kind::Unsupported,
                ),
                (
                    StoreUrl::Postgres("postgres://127.0.0.1:1/x".into()),
                    Kind::Transient,
                ),
            ]
        }
    };
    for (n, (url, kind)) in urls.into_iter().enumerate() {
        let opened = Store::open(&url, sealing_key()).await.map(|_| ());
        assert_eq!(opened.map_err(|e| e.kind()), Err(kind), "{n}");
    }
}

/// A Plan with the canary wherever it takes text.
fn planted_plan(source: SourceId, people: &CollectionName) -> Plan {
    Plan {
        id: PlanId::new("p").expect("an id"),
        controller: acme(),
        subject: vec![],
        hash: [1; 32],
        created: Timestamp(1),
        expires: Timestamp(2),
        collections: vec![],
        declarations: vec![],
        items: vec![PlanItem {
            source,
            collection: people.clone(),
            record: RecordKey::Row(vec![CANARY.into()]),
            record_ref: record_ref(1),
            fingerprint: Fingerprint {
                digest: [1; 32],
                store_version: Some(CANARY.into()),
            },
            expected: None,
            moved: Some(RecordKey::Row(vec![CANARY.into()])),
            action: Action::DeleteRow,
            outcome: Some(Outcome::Failed { why: CANARY.into() }),
            why: CANARY.into(),
            holds: vec![(FieldPath::new(CANARY), InfoType::EmailAddress, 1)],
        }],
        candidates: 0,
    }
}

/// SQLite only: its bytes are ours to look at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_is_in_any_byte_of_the_files() {
    let f = Fixture::sqlite().await;
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let scan = f.store.create_scan(&scan("a", "crm"), CANARY).await;
    let cut = f.cut().await;
    let people = CollectionName::new("people");
    let spec = |bounds: &str| SplitSpec {
        collection: people.clone(),
        bounds: bounds.as_bytes().to_vec(),
        records: None,
    };
    // One Split stays open, with its bounds.
    let splits = vec![spec(CANARY), spec(CANARY)];
    let added = f.store.add_collection(&cut, &people, splits, None).await;
    added.expect("added");
    let lease = f.lease(60).await;
    assert!(lease.spec.bounds == CANARY.as_bytes());
    let mut planted = finding(1, 1, &format!("$.{CANARY}"));
    planted.record = Arc::new(RecordKey::Row(vec![CANARY.into()]));
    let result = found(vec![planted]).expect("a result");
    f.store
        .commit_split(&lease, &result)
        .await
        .expect("committed");
    let plan = planted_plan(scan.expect("created").source, &people);
    f.store
        .create_plan(&plan, &caller(), CANARY)
        .await
        .expect("created");

    let mut files = 0;
    for file in std::fs::read_dir(f.files().expect("files")).expect("listed") {
        let file = file.expect("listed");
        let mode = file.metadata().expect("a mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
        let bytes = std::fs::read(file.path()).expect("read");
        // Also a half of it: a key may be cut by a page's border.
        for part in [&CANARY[..12], &CANARY[12..]] {
            let there = bytes
                .windows(part.len())
                .any(|window| window == part.as_bytes());
            assert!(!there, "{:?}", file.file_name());
        }
        files += 1;
    }
    assert!(files >= 2, "the file and its log");
}
