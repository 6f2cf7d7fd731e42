//! Scans: asking for one, watching it, cancelling it.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use hemvist_model::{
    Caller, CollectionName, Coverage, InfoTypes, Scan, ScanId, ScanState, SourceId,
};

use crate::{App, Error, ErrorKind};

/// How often a watched Scan is read again. Workers may live in other processes, so there is no
/// signal to wait for.
const WATCH_PERIOD: Duration = Duration::from_millis(150);

/// A Scan over and over, until it has ended.
pub type ScanWatch = BoxStream<'static, Result<Scan, Error>>;

/// A Scan to be made.
#[derive(Debug, Clone)]
pub struct NewScan {
    /// The Source it reads.
    pub source: SourceId,
    /// These Collections only; empty: all.
    pub collections: Vec<CollectionName>,
    /// What it looks for; empty: what the detectors are configured to look for.
    pub info_types: InfoTypes,
}

impl NewScan {
    /// A Scan of the whole Source for what the detectors are configured to look for.
    #[must_use]
    pub fn of(source: SourceId) -> Self {
        Self {
            source,
            collections: Vec::new(),
            info_types: InfoTypes::NONE,
        }
    }
}

impl App {
    /// Asks for a Scan. Workers pick it up.
    ///
    /// The same `request_id` gives the same Scan again (AIP-155); empty means none.
    ///
    /// # Errors
    /// `NotFound` when the Source is not registered; `InvalidArgument` when the `request_id` asked
    /// for another Scan before, or for values of configured detectors where there are none.
    pub async fn create_scan(
        &self,
        caller: &Caller,
        new: NewScan,
        request_id: &str,
    ) -> Result<Scan, Error> {
        let info_types = self.detectors().wanted(new.info_types);
        self.detectors().check(info_types)?;
        let source = &new.source;
        let registered = self.registered(source).await?;
        self.audit(
            caller,
            "CreateScan",
            Some(&registered.controller),
            source.as_str(),
        )
        .await?;
        let scan = Scan {
            id: ScanId::new(crate::ids::random()?)
                .map_err(|_| Error::internal("a generated id was refused"))?,
            source: source.clone(),
            collections: new.collections,
            info_types,
            state: ScanState::Cutting,
            detector_version: self.detector_version().to_owned(),
            created: self.clock().now(),
            ended: None,
            coverage: Coverage::default(),
            splits: (0, 0),
            findings: 0,
        };
        let made = self.store().create_scan(&scan, request_id).await;
        let scan = made.map_err(|error| match error.kind() {
            hemvist_store::Kind::Conflict => Error::request_id_used(
                "this request_id was used for a scan of another source, of other collections or for \
                 other info types: choose a new one for each request",
            ),
            _ => error.into(),
        })?;
        self.work_signal().notify_waiters();
        Ok(scan)
    }

    /// One Scan as it stands now.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn scan(&self, _caller: &Caller, id: &ScanId) -> Result<Scan, Error> {
        self.store()
            .scan(id)
            .await?
            .ok_or_else(|| Error::not_found("scan"))
    }

    /// Scans of a Source, newest first, from after `after`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn scans(
        &self,
        _caller: &Caller,
        source: &SourceId,
        after: Option<&ScanId>,
        limit: u32,
    ) -> Result<Vec<Scan>, Error> {
        Ok(self.store().scans(source, after, limit).await?)
    }

    /// Stops a Scan: what has been committed stays, the rest is Coverage `CANCELLED`.
    ///
    /// # Errors
    /// `NotFound`, or `FailedPrecondition` when it has ended already.
    pub async fn cancel_scan(&self, caller: &Caller, id: &ScanId) -> Result<Scan, Error> {
        let scan = self.scan(caller, id).await?;
        self.audit(caller, "CancelScan", None, id.as_str()).await?;
        self.store()
            .cancel_scan(&scan.id)
            .await
            .map_err(|error| match error.kind() {
                hemvist_store::Kind::Conflict => Error::new(
                    ErrorKind::FailedPrecondition,
                    "SCAN_ENDED",
                    "the scan has ended already",
                ),
                _ => error.into(),
            })
    }

    /// The Scan now and after every step, until it has ended or cannot be read.
    pub fn watch_scan(&self, caller: &Caller, id: &ScanId) -> ScanWatch {
        let watch = (self.clone(), caller.clone(), id.clone(), None::<Scan>);
        futures::stream::unfold(Some(watch), |watch| async move {
            let (app, caller, id, seen) = watch?;
            loop {
                let next = match app.scan(&caller, &id).await {
                    Ok(scan) if seen.as_ref() == Some(&scan) => {
                        tokio::time::sleep(WATCH_PERIOD).await;
                        continue;
                    }
                    Ok(scan) => scan,
                    Err(error) => return Some((Err(error), None)),
                };
                let rest = (!next.state.is_final()).then(|| (app, caller, id, Some(next.clone())));
                return Some((Ok(next), rest));
            }
        })
        .boxed()
    }
}
