//! An App with an in-memory Source, an SQLite store and a worker.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{FutureExt, StreamExt, TryStreamExt};
use hemvist_app::{
    App, AppOptions, Clock, IdentifierQuery, Keys, Located, MASTER_KEY_BYTES, WorkerOptions,
};
use hemvist_decode::Limits;
use hemvist_model::{
    Caller, CollectionName, ControllerId, IdentitySource, InfoType, RegisteredSource, Scan,
    SourceId, SourceSettings, Timestamp,
};
use hemvist_source::Source;
use hemvist_source::memory::{MemorySource, row};
use hemvist_store::{Store, StoreUrl};
use tempfile::TempDir;
use tokio::sync::watch;

/// Skatteverket's test numbers, 980 to 999 as birth numbers.
pub(crate) const ASTRID: &str = "19811228-9874";
pub(crate) const BO: &str = "19900101-9802";

pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) memory: MemorySource,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) _directory: TempDir,
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
        let directory = TempDir::new().expect("a temporary directory");
        let keys = Keys::new([1; MASTER_KEY_BYTES]);
        let url = StoreUrl::Sqlite(directory.path().join("store.db"));
        let store = Store::open(&url, keys.sealing()).await.expect("a store");
        let memory = MemorySource::new().with_split_records(3);
        memory.put_table("people", &["id", "personnummer", "email"], 1, Vec::new());
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
            limits: Limits::default(),
            lease_seconds: 30,
        };
        let app = App::new(options);
        let (stop, stopped) = watch::channel(false);
        tokio::spawn({
            let app = app.clone();
            async move { app.work(WorkerOptions::default(), stopped).await }
        });
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
        app.create_source(&caller(), registered)
            .await
            .expect("registered");
        Self {
            app,
            memory,
            stop,
            _directory: directory,
        }
    }

    pub(crate) async fn scan(&self) -> Scan {
        let scan = self
            .app
            .create_scan(&caller(), &source_id(), Vec::new(), "")
            .await
            .expect("a scan");
        let steps: Vec<Scan> = self
            .app
            .watch_scan(&caller(), &scan.id)
            .try_collect()
            .await
            .expect("watched");
        steps.last().expect("a last step").clone()
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
