//! The App: everything the use cases need, given in once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use hemvist_decode::Limits;
use hemvist_detect::Engine;
use hemvist_model::{Caller, ControllerId, InfoTypes, RegisteredSource, SourceId};
use hemvist_source::{Source, SourceError};
use hemvist_store::{AuditEntry, Store};
use tokio::sync::Notify;

use crate::crawl::Crawler;
use crate::exclude::Excluding;
use crate::plan::declared;
use crate::{Clock, Detectors, Error, Keys};

/// Opens a registered store: resolves its secrets and connects. Given in by the binary, which
/// alone knows the concrete Sources.
pub type OpenSource = Arc<
    dyn Fn(RegisteredSource) -> BoxFuture<'static, Result<Arc<dyn Source>, SourceError>>
        + Send
        + Sync,
>;

/// What an [`App`] is made of.
pub struct AppOptions {
    /// Our own database.
    pub store: Store,
    /// The installation's keys.
    pub keys: Keys,
    /// How Sources are opened.
    pub open: OpenSource,
    /// What time it is.
    pub clock: Clock,
    /// Which detectors look.
    pub detectors: Detectors,
    /// Bounds of decoding.
    pub limits: Limits,
    /// How long the claim of an execution on its Plan lasts when its holder dies; it is renewed at
    /// a third of that.
    pub lease_seconds: u32,
}

/// The use cases. Cheap to clone; every clone is the same App.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

/// Open Sources, each with the revision of the settings that it was opened with.
type OpenSources = HashMap<SourceId, ([u8; 32], Arc<dyn Source>)>;

struct Inner {
    options: AppOptions,
    detector_version: String,
    opened: Mutex<OpenSources>,
    work: Notify,
}

impl App {
    /// An App of these.
    #[must_use]
    pub fn new(options: AppOptions) -> Self {
        let inner = Inner {
            detector_version: options.detectors.version(&options.keys),
            options,
            opened: Mutex::new(HashMap::new()),
            work: Notify::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.options.store
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.options.keys
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.options.clock
    }

    pub(crate) fn lease_seconds(&self) -> u32 {
        self.inner.options.lease_seconds
    }

    pub(crate) fn limits(&self) -> Limits {
        self.inner.options.limits
    }

    /// Wakes this process's worker; other processes find work by asking the store.
    pub(crate) fn work_signal(&self) -> &Notify {
        &self.inner.work
    }

    /// Which detectors look.
    #[must_use]
    pub fn detectors(&self) -> &Detectors {
        &self.inner.options.detectors
    }

    /// The version of the detectors as they are configured.
    #[must_use]
    pub fn detector_version(&self) -> &str {
        &self.inner.detector_version
    }

    /// A crawler for planning, verifying and exporting: it sees all that may be acted on, whatever
    /// Scans look for. Today is the reference date.
    pub(crate) fn crawler(&self) -> Crawler {
        let today = self.clock().now().date();
        self.crawler_of(self.detectors().acting(today))
    }

    /// A crawler for Scans that look for those InfoTypes.
    pub(crate) fn scanner(&self, wanted: InfoTypes) -> Crawler {
        let today = self.clock().now().date();
        self.crawler_of(self.detectors().scanning(wanted, today))
    }

    fn crawler_of(&self, engine: Engine) -> Crawler {
        Crawler::new(Arc::new(engine), self.limits())
    }

    /// Makes a call durable in the audit log before anything is answered or changed.
    pub(crate) async fn audit(
        &self,
        caller: &Caller,
        method: &'static str,
        controller: Option<&ControllerId>,
        resource: impl Into<String>,
    ) -> Result<(), Error> {
        let entry = AuditEntry {
            at: self.clock().now(),
            caller: caller.clone(),
            method,
            controller: controller.cloned(),
            resource: resource.into(),
        };
        Ok(self.store().audit(&entry).await?)
    }

    /// The registered Source of that id.
    pub(crate) async fn registered(&self, id: &SourceId) -> Result<RegisteredSource, Error> {
        self.store()
            .source(id)
            .await?
            .ok_or_else(|| Error::not_found("source"))
    }

    /// An open Source: connected once for what is declared about it. Its revision would not do: a
    /// Source that is registered anew begins at 1 again.
    pub(crate) async fn open(
        &self,
        registered: &RegisteredSource,
    ) -> Result<Arc<dyn Source>, SourceError> {
        let now = declared(registered);
        let known = self.opened().get(&registered.id).cloned();
        if let Some((then, source)) = known
            && then == now
        {
            return Ok(source);
        }
        let source = (self.inner.options.open)(registered.clone()).await?;
        let source = Excluding::of(source, &registered.exclusions);
        self.opened()
            .insert(registered.id.clone(), (now, Arc::clone(&source)));
        Ok(source)
    }

    /// A Source opened with settings that are not registered (yet), for this call alone.
    pub(crate) async fn open_apart(
        &self,
        source: &RegisteredSource,
    ) -> Result<Arc<dyn Source>, SourceError> {
        (self.inner.options.open)(source.clone()).await
    }

    pub(crate) fn close(&self, id: &SourceId) {
        self.opened().remove(id);
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, OpenSources> {
        self.inner
            .opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
