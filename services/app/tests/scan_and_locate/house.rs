//! An App with an in-memory Source, an SQLite store and a worker.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{FutureExt, StreamExt, TryStreamExt};
use hemvist_app::{
    App, AppOptions, Clock, Detectors, Error, IdentifierQuery, Keys, Located, MASTER_KEY_BYTES,
    NewScan, WorkerOptions,
};
use hemvist_decode::Limits;
use hemvist_model::{
    Caller, CollectionName, ControllerId, IdentitySource, InfoType, Plan, RegisteredSource, Scan,
    ScanId, SourceId, SourceSettings, Timestamp,
};
use hemvist_source::Source;
use hemvist_source::memory::{MemorySource, row};
use hemvist_store::{Store, StoreUrl};
use tempfile::TempDir;
use tokio::sync::watch;

/// Skatteverket's test numbers, 980 to 999 as birth numbers.
pub(crate) const ASTRID: &str = "19811228-9874";
pub(crate) const BO: &str = "19900101-9802";

/// The columns of the Collection `visits`.
pub(crate) const VISITS: [&str; 4] = ["id", "badge_id", "pnr", "email"];

pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) memory: MemorySource,
    pub(crate) stop: watch::Sender<bool>,
    directory: Arc<TempDir>,
}

pub(crate) fn caller() -> Caller {
    Caller {
        principal: "test".into(),
        purpose: "test".into(),
        case_reference: String::new(),
    }
}

pub(crate) fn controller() -> ControllerId {
    ControllerId::new("acme").expect("a valid id")
}

pub(crate) fn source_id() -> SourceId {
    SourceId::new("memory").expect("a valid id")
}

impl House {
    pub(crate) async fn new(identity_sources: Vec<IdentitySource>) -> Self {
        Self::with(identity_sources, Detectors::default()).await
    }

    /// A House with these detectors.
    pub(crate) async fn with(identity_sources: Vec<IdentitySource>, detectors: Detectors) -> Self {
        let house = Self::idle(identity_sources, detectors).await;
        house.work();
        house
    }

    /// A House in which nobody works.
    pub(crate) async fn idle(identity_sources: Vec<IdentitySource>, detectors: Detectors) -> Self {
        let directory = Arc::new(TempDir::new().expect("a temporary directory"));
        let memory = MemorySource::new().with_split_records(3);
        memory.put_table("people", &["id", "personnummer", "email"], 1, Vec::new());
        memory.put_table("visits", &VISITS, 1, Vec::new());
        let house = Self::of(memory, directory, detectors).await;
        let registered = RegisteredSource {
            id: source_id(),
            controller: controller(),
            settings: SourceSettings::Tree {
                root: "memory".into(),
            },
            identity_sources,
            policies: Vec::new(),
            exclusions: Vec::new(),
            created: Timestamp(0),
            revision: 0,
        };
        let created = house.app.create_source(&caller(), registered).await;
        created.expect("registered");
        house
    }

    /// The same House after a restart with other detectors.
    pub(crate) async fn again(&self, detectors: Detectors) -> Self {
        _ = self.stop.send(true);
        let directory = Arc::clone(&self.directory);
        let house = Self::of(self.memory.clone(), directory, detectors).await;
        house.work();
        house
    }

    async fn of(memory: MemorySource, directory: Arc<TempDir>, detectors: Detectors) -> Self {
        let keys = Keys::new([1; MASTER_KEY_BYTES]);
        let url = StoreUrl::Sqlite(directory.path().join("store.db"));
        let store = Store::open(&url, keys.sealing()).await.expect("a store");
        let opened: Arc<dyn Source> = Arc::new(memory.clone());
        let open: hemvist_app::OpenSource = Arc::new(move |_| {
            let opened = Arc::clone(&opened);
            async move { Ok(opened) }.boxed()
        });
        let options = AppOptions {
            store,
            keys,
            open,
            clock: Clock::system(),
            detectors,
            limits: Limits::default(),
            lease_seconds: 30,
        };
        Self {
            app: App::new(options),
            memory,
            stop: watch::channel(false).0,
            directory,
        }
    }

    fn work(&self) {
        let (app, stopped) = (self.app.clone(), self.stop.subscribe());
        tokio::spawn(async move { app.work(WorkerOptions::default(), stopped).await });
    }

    pub(crate) async fn scan(&self) -> Scan {
        self.watch(NewScan::of(source_id())).await
    }

    /// Such a Scan, once it has ended.
    pub(crate) async fn watch(&self, new: NewScan) -> Scan {
        let scan = self.app.create_scan(&caller(), new, "").await;
        self.ended(&scan.expect("a scan").id).await
    }

    /// The Scan of that id, once it has ended.
    pub(crate) async fn ended(&self, id: &ScanId) -> Scan {
        let steps = self.app.watch_scan(&caller(), id).try_collect().await;
        let steps: Vec<Scan> = steps.expect("watched");
        steps.last().expect("a last step").clone()
    }

    pub(crate) async fn plan(&self, values: &[&str]) -> Result<Plan, Error> {
        let query = |value: &&str| IdentifierQuery {
            info_type: None,
            value: (*value).into(),
        };
        let queries: Vec<IdentifierQuery> = values.iter().map(query).collect();
        self.app
            .plan_erasure(&caller(), &controller(), &queries, "")
            .await
    }

    pub(crate) async fn locate(&self, value: &str) -> Located {
        let query = IdentifierQuery {
            info_type: None,
            value: value.into(),
        };
        self.app
            .locate(&caller(), &controller(), &[query])
            .await
            .expect("located")
    }

    /// Collection, record and field of every location.
    pub(crate) async fn places(&self, value: &str) -> BTreeSet<(String, String, String)> {
        let mut places = BTreeSet::new();
        let mut findings = self.locate(value).await.findings;
        while let Some(located) = findings.next().await {
            let finding = located
                .map_err(|error| error.to_string())
                .expect("a finding")
                .finding;
            places.insert((
                finding.collection.0,
                finding.record.expose(),
                finding.field.0,
            ));
        }
        places
    }
}

impl Drop for House {
    fn drop(&mut self) {
        _ = self.stop.send(true);
    }
}

pub(crate) fn place(collection: &str, record: &str, field: &str) -> (String, String, String) {
    (collection.into(), record.into(), field.into())
}

pub(crate) fn people_table(house: &House, rows: &[&[&str]]) {
    let rows = rows.iter().map(|cells| row(cells)).collect();
    house
        .memory
        .put_table("people", &["id", "personnummer", "email"], 1, rows);
}

pub(crate) fn people_declared() -> Vec<IdentitySource> {
    vec![IdentitySource {
        collection: CollectionName::new("people"),
        fields: vec![
            ("personnummer".into(), InfoType::SePersonnummer),
            ("email".into(), InfoType::EmailAddress),
        ],
    }]
}
