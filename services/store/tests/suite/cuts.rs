//! Cutting under a Lease: renewed while it is at work, given up when every cutter goes away.

use hemvist_model::*;
use hemvist_store::{CutLease, Kind};

use crate::fixture::*;

crate::on_both! {
    a_renewed_cut_stays_ours
    a_scan_whose_cutters_die_fails
    the_last_cutter_may_still_end_the_cut
}

impl Fixture {
    async fn waiting_scan(&self) {
        let created = self.store.create_source(&source("crm")).await;
        created.expect("created");
        let created = self.store.create_scan(&scan("a", "crm"), "").await;
        created.expect("created");
    }

    async fn try_cut(&self, seconds: u32) -> Option<CutLease> {
        self.store.lease_cut(seconds).await.expect("asked")
    }
}

async fn a_renewed_cut_stays_ours(f: Fixture) {
    f.waiting_scan().await;
    let mut lease = f.try_cut(0).await.expect("waits");
    lease.lease_seconds = 60;
    assert_eq!(f.store.renew_cut(&lease).await, Ok(true));
    assert!(f.try_cut(60).await.is_none());
    lease.lease_seconds = 0;
    assert_eq!(f.store.renew_cut(&lease).await, Ok(true));
    let new = f.try_cut(60).await.expect("lapsed");
    assert_eq!(f.store.renew_cut(&lease).await, Ok(false));
    assert_eq!(f.store.renew_cut(&new).await, Ok(true));
    f.store.finish_cut(&new, false).await.expect("cut");
    assert_eq!(f.store.renew_cut(&new).await, Ok(false));
}

async fn a_scan_whose_cutters_die_fails(f: Fixture) {
    f.waiting_scan().await;
    let first = f.try_cut(0).await.expect("waits");
    let name = CollectionName::new("people");
    let specs = vec![split_spec("people", 0)];
    let added = f.store.add_collection(&first, &name, specs, None).await;
    added.expect("added");
    for _ in 2..=4 {
        f.try_cut(0).await.expect("taken over");
    }
    let last = f.try_cut(0).await.expect("taken over");
    let other = f.store.create_scan(&scan("b", "crm"), "").await;
    other.expect("created");
    // Whoever asks next gets the other Scan, and this one has failed.
    let next = f.try_cut(60).await.expect("the other");
    assert_eq!(next.scan.id.as_str(), "b");
    let lost = f.store.finish_cut(&last, false).await;
    assert_eq!(lost.map_err(|e| e.kind()), Err(Kind::LeaseLost));
    let failed = f.store.scan(&last.scan.id).await.expect("read");
    let failed = failed.expect("exists");
    assert_eq!((failed.state, failed.splits), (ScanState::Failed, (1, 1)));
    assert!(failed.ended.is_some());
    // The Split's ten Records, and the Source as one.
    let reasons: Vec<_> = failed.coverage.reasons().collect();
    assert_eq!(reasons, [(SkipReason::Internal, 11)]);
    let coverage = f.store.coverage(&acme()).await.expect("read");
    let whole = &coverage[0].collections[0];
    assert_eq!(
        (whole.collection.as_str(), whole.coverage.failed()),
        ("*", 1)
    );
    assert!(f.store.lease_split(60).await.expect("asked").is_none());
}

async fn the_last_cutter_may_still_end_the_cut(f: Fixture) {
    f.waiting_scan().await;
    for _ in 1..=4 {
        f.try_cut(0).await.expect("taken over");
    }
    let last = f.try_cut(60).await.expect("taken over");
    assert!(f.try_cut(60).await.is_none());
    f.store.finish_cut(&last, false).await.expect("cut");
    let scan = f.store.scan(&last.scan.id).await.expect("read");
    assert_eq!(scan.expect("exists").state, ScanState::Finished);
}
