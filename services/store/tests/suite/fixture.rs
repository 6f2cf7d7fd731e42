//! A fresh database for each case, and short ways to make nouns.

use std::path::PathBuf;
use std::sync::Arc;

use hemvist_model::*;
use hemvist_store::{CutLease, SealingKey, SplitResult, Store, StoreUrl};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

pub(crate) const LEASE_SECONDS: u32 = 3600;

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) url: StoreUrl,
    directory: Option<tempfile::TempDir>,
}

pub(crate) fn sealing_key() -> SealingKey {
    SealingKey([42; 64])
}

impl Fixture {
    pub(crate) async fn sqlite() -> Fixture {
        let directory = hemvist_estate::directory();
        let url = StoreUrl::Sqlite(directory.path().join("below").join("hemvist.db"));
        Self::open(url, Some(directory)).await
    }

    pub(crate) async fn postgres() -> Fixture {
        let url = StoreUrl::Postgres(hemvist_estate::postgres().fresh_database());
        Self::open(url, None).await
    }

    async fn open(url: StoreUrl, directory: Option<tempfile::TempDir>) -> Fixture {
        let store = Store::open(&url, sealing_key()).await.expect("opens");
        Fixture {
            store,
            url,
            directory,
        }
    }

    /// The same database once more, as another process would open it.
    pub(crate) async fn again(&self) -> Store {
        Store::open(&self.url, sealing_key()).await.expect("opens")
    }

    /// The directory of an SQLite database.
    pub(crate) fn files(&self) -> Option<PathBuf> {
        let directory = self.directory.as_ref()?;
        Some(directory.path().join("below"))
    }

    /// A number read past the store.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.url {
            StoreUrl::Sqlite(path) => {
                let url = format!("sqlite:{}", path.display());
                let mut db = sqlx::SqliteConnection::connect(&url).await.expect("opens");
                let row = sqlx::query(sql).fetch_one(&mut db).await.expect("answers");
                row.get(0)
            }
            StoreUrl::Postgres(url) => {
                let mut db = sqlx::PgConnection::connect(url).await.expect("opens");
                let row = sqlx::query(sql).fetch_one(&mut db).await.expect("answers");
                row.get(0)
            }
        }
    }

    /// Whether the database itself refuses a statement.
    pub(crate) async fn refuses(&self, sql: &str) -> bool {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.url {
            StoreUrl::Sqlite(path) => {
                let url = format!("sqlite:{}", path.display());
                let mut db = sqlx::SqliteConnection::connect(&url).await.expect("opens");
                sqlx::query(sql).execute(&mut db).await.is_err()
            }
            StoreUrl::Postgres(url) => {
                let mut db = sqlx::PgConnection::connect(url).await.expect("opens");
                sqlx::query(sql).execute(&mut db).await.is_err()
            }
        }
    }

    /// Runs one whole Scan that reads each Collection in Splits with these results; `None` is a
    /// Split that fails.
    pub(crate) async fn scan_all(
        &self,
        source: &str,
        id: &str,
        collections: Vec<(&str, Vec<Option<SplitResult>>)>,
    ) -> Scan {
        self.scan_as(&scan(id, source), collections).await
    }

    /// The same for a Scan like this one.
    pub(crate) async fn scan_as(
        &self,
        scan: &Scan,
        collections: Vec<(&str, Vec<Option<SplitResult>>)>,
    ) -> Scan {
        let scan = self.store.create_scan(scan, "").await;
        let scan = scan.expect("created");
        let cut = self.cut().await;
        let mut results = Vec::new();
        for (name, parts) in collections {
            let first = results.len();
            let splits = (first..first + parts.len()).map(|n| split_spec(name, n));
            let name = CollectionName::new(name);
            let added = self
                .store
                .add_collection(&cut, &name, splits.collect(), None);
            added.await.expect("added");
            results.extend(parts);
        }
        self.store.finish_cut(&cut, false).await.expect("cut");
        self.work_through(results).await;
        let scan = self.store.scan(&scan.id).await.expect("read");
        scan.expect("exists")
    }

    pub(crate) async fn work_through(&self, results: Vec<Option<SplitResult>>) {
        while let Some(lease) = self.store.lease_split(LEASE_SECONDS).await.expect("asked") {
            let done = match &results[split_index(&lease.spec)] {
                Some(result) => self.store.commit_split(&lease, result).await,
                None => {
                    let reason = SkipReason::Unreachable;
                    self.store.fail_split(&lease, reason, false).await
                }
            };
            done.expect("ended");
        }
    }

    pub(crate) async fn cut(&self) -> CutLease {
        let lease = self.store.lease_cut(LEASE_SECONDS).await.expect("asked");
        lease.expect("a scan waits to be cut")
    }

    /// A registered Source of the Controller `acme` with a Scan that has one Collection `people`
    /// and this many Splits, all cut.
    pub(crate) async fn scan_with_splits(&self, splits: usize) -> Scan {
        let created = self.store.create_source(&source("crm")).await;
        created.expect("registered");
        let scan = self.store.create_scan(&scan("first", "crm"), "").await;
        let cut = self.cut().await;
        let specs = (0..splits).map(|n| split_spec("people", n)).collect();
        let name = CollectionName::new("people");
        let added = self.store.add_collection(&cut, &name, specs, None).await;
        added.expect("added");
        self.store.finish_cut(&cut, false).await.expect("cut");
        scan.expect("created")
    }

    pub(crate) async fn lease(&self, seconds: u32) -> Lease {
        let lease = self.store.lease_split(seconds).await.expect("asked");
        lease.expect("a split waits")
    }

    /// Where a Pseudonym is, as `collection/record/field`, in the order of the index.
    pub(crate) async fn places(&self, pseudonym: Pseudonym) -> Vec<String> {
        let found = self.store.findings(&acme(), pseudonym, None, 10_000).await;
        let found = found.expect("found").into_iter();
        let place = |f: hemvist_store::StoredFinding| {
            format!(
                "{}/{}/{}",
                f.collection,
                f.record.expose(),
                f.field.as_str()
            )
        };
        found.map(place).collect()
    }
}

pub(crate) fn acme() -> ControllerId {
    ControllerId::new("acme").expect("an id")
}

pub(crate) fn source_id(id: &str) -> SourceId {
    SourceId::new(id).expect("an id")
}

pub(crate) fn source(id: &str) -> RegisteredSource {
    RegisteredSource {
        id: source_id(id),
        controller: acme(),
        settings: SourceSettings::Tree {
            root: "/srv".into(),
        },
        identity_sources: vec![],
        policies: vec![],
        exclusions: Vec::new(),
        created: Timestamp(17),
        revision: 1,
    }
}

pub(crate) fn scan(id: &str, source: &str) -> Scan {
    Scan {
        id: ScanId::new(id).expect("an id"),
        source: source_id(source),
        collections: vec![],
        info_types: InfoTypes::shaped(),
        state: ScanState::Cutting,
        detector_version: "detectors-1".into(),
        created: Timestamp(18),
        ended: None,
        coverage: Coverage::default(),
        splits: (0, 0),
        findings: 0,
    }
}

pub(crate) fn split_spec(collection: &str, index: usize) -> SplitSpec {
    SplitSpec {
        collection: CollectionName::new(collection),
        bounds: index.to_string().into_bytes(),
        records: Some(10),
    }
}

pub(crate) fn split_index(spec: &SplitSpec) -> usize {
    let text = String::from_utf8(spec.bounds.clone()).expect("as cut");
    text.parse().expect("as cut")
}

pub(crate) fn pseudonym(n: u8) -> Pseudonym {
    Pseudonym([n; 16])
}

pub(crate) fn record_ref(n: u32) -> RecordRef {
    let mut bytes = [7; 16];
    // The high bytes first, so that the order of references is that of the numbers.
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    RecordRef(bytes)
}

/// Whose, in which Record (its key is the number too), in which Field.
pub(crate) fn finding(person: u8, record: u32, field: &str) -> Finding {
    Finding {
        pseudonym: pseudonym(person),
        info_type: InfoType::EmailAddress,
        record_ref: record_ref(record),
        record: Arc::new(RecordKey::Row(vec![record.to_string()])),
        field: Arc::new(FieldPath::new(field)),
        first: ByteRange::new(3, 20),
        occurrences: 2,
        likelihood: Likelihood::VeryLikely,
        evidence: Evidence::SHAPE.with(Evidence::PREFIX_LENGTH),
    }
}

/// A Split's result with these findings, one Record scanned for each.
pub(crate) fn found(findings: Vec<Finding>) -> Option<SplitResult> {
    let mut result = SplitResult::default();
    let records = u64::try_from(findings.len()).expect("few");
    result.coverage.add_scanned(records, 100);
    result.findings = findings;
    Some(result)
}

pub(crate) fn caller() -> Caller {
    Caller {
        principal: "dpo".into(),
        purpose: "access-request".into(),
        case_reference: "C-1".into(),
    }
}
