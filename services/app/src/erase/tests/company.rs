//! A small company: Anna, Bo and what is held about them. All identities are from reserved series.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use hemvist_decode::Limits;
use hemvist_model::{
    Caller, CollectionName, CollectionPolicy, ControllerId, Erasure, IdentitySource, InfoType,
    Outcome, Plan, Receipt, RegisteredSource, SourceId, SourceSettings, Timestamp,
};
use hemvist_source::Source;
use hemvist_source::memory::{MemorySource, row};
use hemvist_store::{Store, StoreUrl};
use tempfile::TempDir;

use crate::{
    App, AppOptions, Clock, Detectors, IdentifierQuery, Keys, NewScan, WorkerOptions,
    verify_receipt,
};

pub(crate) const ANNA: &str = "19811228-9874";
pub(crate) const ANNA_EMAIL: &str = "anna@example.com";
pub(crate) const ANNA_PHONE: &str = "070-174 06 05";
pub(crate) const BO_EMAIL: &str = "bo@example.org";
pub(crate) const BO_PHONE: &str = "070-174 06 06";
/// A day in late 2026, in seconds.
const NOW_SECONDS: i64 = 1_795_000_000;

/// A personnummer of the test series: birth numbers 980 to 999.
pub(crate) fn personnummer(day: &str, birth_number: u32) -> String {
    let digits = format!("{}{birth_number}", &day[2..]);
    let sum: u32 = digits
        .bytes()
        .enumerate()
        .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 })
        .map(|product| product / 10 + product % 10)
        .sum();
    format!("{day}-{birth_number}{}", (10 - sum % 10) % 10)
}

pub(crate) struct Company {
    pub(crate) app: App,
    pub(crate) memory: MemorySource,
    pub(crate) caller: Caller,
    pub(crate) controller: ControllerId,
    pub(crate) source: SourceId,
    pub(crate) clock: Arc<AtomicI64>,
    home: TempDir,
}

/// How the Source in memory is handed to the App.
pub(crate) type Wrap = Arc<dyn Fn(MemorySource) -> Arc<dyn Source> + Send + Sync>;

pub(crate) fn plain() -> Wrap {
    Arc::new(|memory| Arc::new(memory) as Arc<dyn Source>)
}

async fn app(
    home: &TempDir,
    memory: &MemorySource,
    clock: &Arc<AtomicI64>,
    wrap: Wrap,
    detectors: Detectors,
) -> App {
    let keys = Keys::new([7; 32]);
    let url = StoreUrl::Sqlite(home.path().join("hemvist.db"));
    let store = Store::open(&url, keys.sealing()).await.expect("a store");
    let (opened, now) = (memory.clone(), Arc::clone(clock));
    App::new(AppOptions {
        store,
        keys,
        open: Arc::new(move |_| {
            let source = wrap(opened.clone());
            async move { Ok(source) }.boxed()
        }),
        clock: Clock::from_fn(move || Timestamp(now.load(Ordering::SeqCst) * 1_000_000)),
        detectors,
        limits: Limits::default(),
        lease_seconds: 30,
    })
}

impl Company {
    pub(crate) async fn new(policies: Vec<CollectionPolicy>) -> Self {
        Self::wrapped(policies, plain()).await
    }

    /// The company with its data, registered and scanned.
    pub(crate) async fn wrapped(policies: Vec<CollectionPolicy>, wrap: Wrap) -> Self {
        let home = TempDir::new().expect("a temporary directory");
        let (memory, clock) = (MemorySource::new(), Arc::new(AtomicI64::new(NOW_SECONDS)));
        let app = app(&home, &memory, &clock, wrap, Detectors::default()).await;
        let name = |text: &str| text.to_owned();
        let caller = Caller {
            principal: name("dpo"),
            purpose: name("erasure"),
            case_reference: name("case-7"),
        };
        let controller = ControllerId::new("acme").expect("a valid id");
        let source = SourceId::new("crm").expect("a valid id");
        let company = Self {
            app,
            memory,
            caller,
            controller,
            source,
            clock,
            home,
        };
        company.fill();
        company.register(policies).await;
        company.scan().await;
        company
    }

    /// Another process over the same store, with these detectors.
    pub(crate) async fn beside(&self, detectors: Detectors) -> App {
        app(&self.home, &self.memory, &self.clock, plain(), detectors).await
    }

    /// Anna's and Bo's rows and objects.
    fn fill(&self) {
        let bo = personnummer("19900101", 981);
        self.memory.put_table(
            "customers",
            &["id", "pnr", "email", "phone", "name"],
            1,
            vec![
                row(&["1", ANNA, ANNA_EMAIL, ANNA_PHONE, "Anna"]),
                row(&["2", &bo, BO_EMAIL, BO_PHONE, "Bo"]),
            ],
        );
        self.memory.put_table(
            "orders",
            &["id", "customer", "total"],
            1,
            vec![row(&["10", ANNA_EMAIL, "99"]), row(&["11", BO_EMAIL, "12"])],
        );
        self.memory.put_table(
            "notes",
            &["id", "text", "by"],
            1,
            vec![
                row(&["1", &format!("Ring {ANNA_EMAIL} om {BO_EMAIL}."), "x"]),
                row(&["2", &format!("Bo: {BO_EMAIL}"), "y"]),
            ],
        );
        let csv = format!("name,email\r\nAnna,{ANNA_EMAIL}\r\nBo,{BO_EMAIL}\r\n");
        self.memory
            .put_object("files", b"export.csv", csv.as_bytes());
        let log = format!("login {BO_EMAIL}\nmail to {ANNA_EMAIL} sent\nlogout {BO_EMAIL}\n");
        self.memory.put_object("files", b"app.log", log.as_bytes());
        let ticket = format!(r#"{{"from": "{ANNA_EMAIL}", "cc": "{BO_EMAIL}", "n": 1.50}}"#);
        self.memory
            .put_object("files", b"ticket.json", ticket.as_bytes());
        self.memory.put_object(
            "files",
            format!("cv/{ANNA}.txt").as_bytes(),
            b"Curriculum vitae",
        );
        self.memory.put_object(
            "files",
            b"other.txt",
            format!("only {BO_EMAIL}\n").as_bytes(),
        );
    }

    async fn register(&self, policies: Vec<CollectionPolicy>) {
        let fields = [
            ("pnr", InfoType::SePersonnummer),
            ("email", InfoType::EmailAddress),
        ];
        let source = RegisteredSource {
            id: self.source.clone(),
            controller: self.controller.clone(),
            settings: SourceSettings::Tree {
                root: "memory".to_owned(),
            },
            identity_sources: vec![IdentitySource {
                collection: CollectionName::new("customers"),
                fields: fields
                    .map(|(field, info_type)| (field.to_owned(), info_type))
                    .into(),
            }],
            policies,
            exclusions: Vec::new(),
            created: Timestamp(0),
            revision: 0,
        };
        self.app
            .create_source(&self.caller, source)
            .await
            .expect("registered");
    }

    pub(crate) async fn scan(&self) {
        let scan = self
            .app
            .create_scan(&self.caller, NewScan::of(self.source.clone()), "")
            .await
            .expect("a scan");
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let options = WorkerOptions {
            idle: Duration::from_millis(1),
            ..WorkerOptions::default()
        };
        let app = self.app.clone();
        let worker = tokio::spawn(async move { app.work(options, stopped).await });
        let mut watch = self.app.watch_scan(&self.caller, &scan.id);
        while let Some(seen) = watch.next().await {
            seen.expect("the scan can be read");
        }
        stop.send(true).expect("the worker listens");
        worker.await.expect("the worker ended");
    }

    pub(crate) fn anna(&self) -> Vec<IdentifierQuery> {
        vec![IdentifierQuery {
            info_type: None,
            value: ANNA.to_owned(),
        }]
    }

    pub(crate) async fn plan(&self) -> Plan {
        self.app
            .plan_erasure(&self.caller, &self.controller, &self.anna(), "")
            .await
            .expect("a plan")
    }

    /// Approves, executes and waits for the end.
    pub(crate) async fn erase(&self, plan: &Plan) -> Erasure {
        self.app
            .approve_plan(&self.caller, &plan.id, plan.hash)
            .await
            .expect("approved");
        self.app
            .execute_plan(&self.caller, &plan.id)
            .await
            .expect("executing");
        let mut watch = self.app.watch_erasure(&self.caller, &plan.id);
        let mut last = None;
        while let Some(erasure) = watch.next().await {
            last = Some(erasure.expect("can be read"));
        }
        last.expect("an erasure").erasure
    }

    pub(crate) async fn verified_receipt(&self, plan: &Plan) -> Receipt {
        let document = self
            .app
            .receipt(&self.caller, &plan.id)
            .await
            .expect("a receipt");
        let key = self.app.keys().signing().verifying_key().to_bytes();
        verify_receipt(&document, Some(&key)).expect("a valid receipt")
    }

    /// The outcomes, each with the Collection and the key's text.
    pub(crate) async fn outcomes(&self, plan: &Plan) -> Vec<(String, String, Option<Outcome>)> {
        let view = self.app.erasure(&self.caller, &plan.id).await;
        let items = view.expect("the plan").plan.items.into_iter();
        items
            .map(|item| {
                (
                    item.collection.0.clone(),
                    item.record.expose(),
                    item.outcome,
                )
            })
            .collect()
    }

    /// Whether the audit log names a method. Read past the store, as bytes: it stands nowhere
    /// else.
    pub(crate) fn is_audited(&self, method: &str) -> bool {
        let holds = |name| {
            let bytes = std::fs::read(self.home.path().join(name)).unwrap_or_default();
            let mut windows = bytes.windows(method.len());
            windows.any(|text| text == method.as_bytes())
        };
        holds("hemvist.db") || holds("hemvist.db-wal")
    }

    /// How many findings a Locate of Anna gives.
    pub(crate) async fn located(&self, value: &str) -> usize {
        let query = [IdentifierQuery {
            info_type: None,
            value: value.to_owned(),
        }];
        let located = self
            .app
            .locate(&self.caller, &self.controller, &query)
            .await
            .expect("located");
        located
            .findings
            .filter(|finding| std::future::ready(finding.is_ok()))
            .count()
            .await
    }
}
