//! The worker: cuts Scans, reads Splits, and takes up erasures that a killed worker left.
//!
//! All it knows it leases from the store, so any number of processes share the work, and what a
//! killed one held comes free when its lease lapses.

use std::sync::Arc;
use std::time::Duration;

use hemvist_model::{Lease, SkipReason};
use hemvist_source::{Kind, SourceError};
use hemvist_store::SplitResult;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::crawl::Examine;
use crate::index::{Indexed, Indexer};
use crate::{App, Error};

/// Whether to stop: told so, or nobody is left to tell.
fn is_stopped(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

/// Why a Split is not read.
const OTHER_DETECTORS: &str = "the detectors are not those of the scan";

/// How a worker works.
#[derive(Debug, Clone, Copy)]
pub struct WorkerOptions {
    /// Splits read at the same time by this process.
    pub splits_max: usize,
    /// How long a lease lasts; it is renewed at a third of that.
    pub lease_seconds: u32,
    /// How long to wait before asking the store for work again when there was none.
    pub idle: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            splits_max: 4,
            lease_seconds: 30,
            idle: Duration::from_millis(500),
        }
    }
}

impl App {
    /// Works until `stop` turns true, then finishes the Splits it has and returns.
    pub async fn work(&self, options: WorkerOptions, mut stop: watch::Receiver<bool>) {
        let mut lanes = JoinSet::new();
        for _ in 0..options.splits_max.max(1) {
            lanes.spawn(self.clone().split_lane(options, stop.clone()));
        }
        lanes.spawn(self.clone().chore_lane(options, stop.clone()));
        // A sender that is gone means the same as true.
        _ = stop.wait_for(|stop| *stop).await;
        while lanes.join_next().await.is_some() {}
    }

    /// Reads Splits, one after the other.
    async fn split_lane(self, options: WorkerOptions, mut stop: watch::Receiver<bool>) {
        while !is_stopped(&stop) {
            let worked = self.split_one(options.lease_seconds).await;
            self.pause_unless(worked, options, &mut stop).await;
        }
    }

    /// Cuts Scans and resumes erasures.
    async fn chore_lane(self, options: WorkerOptions, mut stop: watch::Receiver<bool>) {
        while !is_stopped(&stop) {
            let cut = self.cut_one(options.lease_seconds).await;
            let resumed = self.resume_erasures(options.lease_seconds).await;
            let worked = cut.and_then(|cut| Ok(resumed? || cut));
            self.pause_unless(worked, options, &mut stop).await;
        }
    }

    async fn pause_unless(
        &self,
        worked: Result<bool, Error>,
        options: WorkerOptions,
        stop: &mut watch::Receiver<bool>,
    ) {
        match worked {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => tracing::warn!(reason = error.reason(), "work failed: {error}"),
        }
        tokio::select! {
            () = self.work_signal().notified() => {}
            () = tokio::time::sleep(options.idle) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    /// Leases one Split, reads it and commits it. `false` when there is none.
    async fn split_one(&self, lease_seconds: u32) -> Result<bool, Error> {
        let Some(lease) = self.store().lease_split(lease_seconds).await? else {
            return Ok(false);
        };
        let renewing = self.renew(lease.clone(), lease_seconds);
        let read = self.read_split(&lease);
        let outcome = tokio::select! {
            outcome = read => outcome,
            // Somebody else has it now, or the Scan was cancelled: whatever we read is not ours.
            () = renewing => return Ok(true),
        };
        let committed = match outcome {
            Ok(Ok(result)) => self.store().commit_split(&lease, &result).await,
            Ok(Err(error)) => {
                let retry = error.kind() == Kind::Transient;
                self.store()
                    .fail_split(&lease, error.skip_reason(), retry)
                    .await
            }
            Err(error) => {
                _ = self
                    .store()
                    .fail_split(&lease, SkipReason::Internal, true)
                    .await;
                return Err(error);
            }
        };
        match committed {
            Err(error) if error.kind() == hemvist_store::Kind::LeaseLost => Ok(true),
            other => Ok(other.map(|()| true)?),
        }
    }

    /// Renews the lease again and again; returns when it is lost.
    async fn renew(&self, lease: Lease, lease_seconds: u32) {
        let period = Duration::from_secs(u64::from(lease_seconds)) / 3;
        loop {
            tokio::time::sleep(period).await;
            // An unreachable store is no reason to give up: the commit will tell.
            if let Ok(false) = self.store().renew_lease(&lease, lease_seconds).await {
                return;
            }
        }
    }

    async fn read_split(&self, lease: &Lease) -> Result<Result<SplitResult, SourceError>, Error> {
        let Some(scan) = self.store().scan(&lease.scan).await? else {
            return Err(Error::not_found("scan"));
        };
        if scan.detector_version != self.detector_version() {
            tracing::warn!(
                scan = %scan.id,
                "the scan was asked for with other detectors than this process has: give all \
                 processes one configuration, and scan again"
            );
            return Ok(Err(SourceError::new(Kind::Conflict, OTHER_DETECTORS)));
        }
        let registered = self.registered(&scan.source).await?;
        let source = match self.open(&registered).await {
            Ok(source) => source,
            Err(error) => return Ok(Err(error)),
        };
        let keys = self.keys().controller(&registered.controller);
        let indexer = Indexer::new(
            keys,
            &registered,
            lease.spec.collection.clone(),
            scan.info_types,
            self.clock().now(),
        );
        let examine: Examine<Indexed> = Arc::new(move |examined| indexer.examine(&examined));
        let mut indexed = Indexed::default();
        let mut gather = |part: Indexed| indexed.merge(part);
        let read = self
            .scanner(scan.info_types)
            .split(&*source, &lease.spec, examine, &mut gather)
            .await;
        Ok(read.map(|mut coverage| {
            if indexed.overflowed {
                coverage.add_partial(SkipReason::TooLarge, 1, 0);
            }
            let links = std::mem::take(&mut indexed.links);
            let contradictions = indexed.contradictions;
            SplitResult {
                coverage,
                findings: indexed.into_findings(),
                links,
                contradictions,
            }
        }))
    }
}
