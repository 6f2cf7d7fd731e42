//! The whole API over an app with a store of its own and Sources in memory.

use std::sync::Arc;

use futures::FutureExt;
use hemvist_app::{App, AppOptions, Clock, Keys, OpenSource, WorkerOptions};
use hemvist_proto::v1;
use hemvist_source::Source;
use hemvist_source::memory::{MemorySource, row};
use hemvist_store::{Store, StoreUrl};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::ServerOptions;

/// Of a Source with this root nothing ever comes back.
const SILENT_ROOT: &str = "/silent";

/// A server with its app; stops when dropped.
pub(super) struct House {
    pub(super) channel: Channel,
    pub(super) memory: MemorySource,
    _stop: (oneshot::Sender<()>, watch::Sender<bool>),
    _directory: TempDir,
}

/// Says who calls.
#[derive(Clone)]
pub(super) struct Tester;

impl Interceptor for Tester {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let value = MetadataValue::from_static("svc-test");
        request.metadata_mut().insert("x-hemvist-principal", value);
        Ok(request)
    }
}

impl House {
    pub(super) async fn open(options: ServerOptions) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let memory = MemorySource::new();
        memory.put_table("people", &["id", "pnr", "email"], 1, Vec::new());
        let keys = Keys::new([7; 32]);
        let url = StoreUrl::Sqlite(directory.path().join("hemvist.db"));
        let store = Store::open(&url, keys.sealing()).await.expect("a store");
        let app = App::new(AppOptions {
            store,
            keys,
            open: opener(memory.clone()),
            clock: Clock::system(),
            detectors: Default::default(),
            limits: Default::default(),
            lease_seconds: WorkerOptions::default().lease_seconds,
        });
        let (stop_work, stopped) = watch::channel(false);
        let worker = app.clone();
        tokio::spawn(async move { worker.work(WorkerOptions::default(), stopped).await });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stop, asked) = oneshot::channel::<()>();
        tokio::spawn(crate::serve(app, listener, options, async {
            drop(asked.await);
        }));
        let endpoint = Channel::from_shared(format!("http://{address}")).expect("an address");
        Self {
            channel: endpoint.connect().await.expect("a connection"),
            memory,
            _stop: (stop, stop_work),
            _directory: directory,
        }
    }

    /// A channel that says who calls.
    pub(super) fn caller(&self) -> InterceptedService<Channel, Tester> {
        InterceptedService::new(self.channel.clone(), Tester)
    }
}

fn opener(memory: MemorySource) -> OpenSource {
    Arc::new(move |registered| {
        let memory = memory.clone();
        async move {
            match registered.settings {
                hemvist_model::SourceSettings::Tree { root } if root == SILENT_ROOT => {
                    std::future::pending().await
                }
                _ => Ok(Arc::new(memory) as Arc<dyn Source>),
            }
        }
        .boxed()
    })
}

/// A Source to register, for `controllers/acme`, with `people` as its identity source.
pub(super) fn source(id: &str, root: &str) -> v1::CreateSourceRequest {
    let field = |field: &str, info_type: &str| v1::IdentityField {
        field: field.to_owned(),
        info_type: info_type.to_owned(),
    };
    let tree = v1::TreeSettings {
        root: root.to_owned(),
    };
    v1::CreateSourceRequest {
        source_id: id.to_owned(),
        source: Some(v1::Source {
            controller: "controllers/acme".to_owned(),
            settings: Some(v1::source::Settings::Tree(tree)),
            identity_sources: vec![v1::IdentitySource {
                collection: "people".to_owned(),
                fields: vec![
                    field("pnr", "SE_PERSONNUMMER"),
                    field("email", "EMAIL_ADDRESS"),
                ],
            }],
            ..v1::Source::default()
        }),
    }
}

/// A Source that never answers.
pub(super) fn silent_source(id: &str) -> v1::CreateSourceRequest {
    let mut silent = source(id, SILENT_ROOT);
    if let Some(source) = &mut silent.source {
        // Registering waits a while for a store that its declarations are compared with.
        source.identity_sources.clear();
    }
    silent
}

/// Two people: Astrid and a bystander.
pub(super) fn people(memory: &MemorySource) {
    let rows = vec![
        row(&["1", "19811228-9874", "astrid@example.com"]),
        row(&["2", "19790304-9828", "bo@example.com"]),
    ];
    memory.put_table("people", &["id", "pnr", "email"], 1, rows);
    let orders = vec![
        row(&["10", "astrid@example.com"]),
        row(&["11", "bo@example.com"]),
    ];
    memory.put_table("orders", &["id", "email"], 1, orders);
}

/// Identifiers of a request.
pub(super) fn identifiers(values: &[&str]) -> Vec<v1::Identifier> {
    let one = |value: &&str| v1::Identifier {
        info_type: String::new(),
        value: (*value).to_owned(),
    };
    values.iter().map(one).collect()
}
