//! Splits: one worker at a time, taken over when a Lease lapses, committed once.

use std::collections::BTreeSet;

use hemvist_model::*;
use hemvist_store::Kind;

use crate::fixture::*;

crate::on_both! {
    many_workers_never_share_a_split
    a_lapsed_lease_is_taken_over_and_the_old_token_is_lost
    a_renewed_lease_stays_ours
    committing_twice_counts_once
    a_failed_split_is_retried_and_then_given_up
    a_split_whose_workers_die_is_given_up
    the_last_splits_of_many_workers_finish_the_scan_once
}

const SPLITS: usize = 24;

async fn many_workers_never_share_a_split(f: Fixture) {
    f.scan_with_splits(SPLITS).await;
    let other = f.again().await;
    let mut workers = Vec::new();
    for worker in 0..6 {
        let store = if worker % 2 == 0 { &f.store } else { &other }.clone();
        workers.push(tokio::spawn(async move {
            let mut splits = Vec::new();
            // An empty answer may mean that others hold the rest only for a moment.
            let mut empty = 0;
            while empty < 20 {
                match store.lease_split(LEASE_SECONDS).await.expect("asked") {
                    Some(lease) => splits.push((lease.split, split_index(&lease.spec))),
                    None => empty += 1,
                }
            }
            splits
        }));
    }
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.expect("worked"));
    }
    let distinct: BTreeSet<_> = all.iter().copied().collect();
    assert_eq!((all.len(), distinct.len()), (SPLITS, SPLITS));
}

async fn a_lapsed_lease_is_taken_over_and_the_old_token_is_lost(f: Fixture) {
    f.scan_with_splits(1).await;
    let old = f.lease(0).await;
    let new = f.lease(60).await;
    assert_eq!((new.split, new.attempt), (old.split, 2));
    assert!(new.token != old.token && new.spec == old.spec);
    assert!(f.store.lease_split(60).await.expect("asked").is_none());
    let result = found(vec![finding(1, 1, "email")]).expect("a result");
    let lost = [
        f.store.commit_split(&old, &result).await,
        f.store.fail_split(&old, SkipReason::Internal, false).await,
    ];
    for outcome in lost {
        assert_eq!(outcome.map_err(|e| e.kind()), Err(Kind::LeaseLost));
    }
    assert_eq!(f.store.renew_lease(&old, 60).await, Ok(false));
    assert!(f.places(pseudonym(1)).await.is_empty());
    assert_eq!(f.store.commit_split(&new, &result).await, Ok(()));
    assert_eq!(f.places(pseudonym(1)).await.len(), 1);
}

async fn a_renewed_lease_stays_ours(f: Fixture) {
    f.scan_with_splits(1).await;
    let lease = f.lease(0).await;
    assert!(lease.expires <= f.store.now().await.expect("a clock"));
    assert_eq!(f.store.renew_lease(&lease, 60).await, Ok(true));
    assert!(f.store.lease_split(60).await.expect("asked").is_none());
}

async fn committing_twice_counts_once(f: Fixture) {
    let scan = f.scan_with_splits(2).await;
    let lease = f.lease(60).await;
    let double = vec![finding(1, 1, "email"), finding(1, 1, "email")];
    let result = found(double).expect("a result");
    assert_eq!(f.store.commit_split(&lease, &result).await, Ok(()));
    let again = f.store.commit_split(&lease, &result).await;
    assert_eq!(again.map_err(|e| e.kind()), Err(Kind::LeaseLost));
    let scan = f.store.scan(&scan.id).await.expect("read").expect("is");
    assert_eq!((scan.splits, scan.findings), ((2, 1), 1));
    assert_eq!(scan.coverage, result.coverage);
}

async fn a_failed_split_is_retried_and_then_given_up(f: Fixture) {
    let scan = f.scan_with_splits(1).await;
    for attempt in 1..=3 {
        let lease = f.lease(60).await;
        assert_eq!(lease.attempt, attempt);
        let failed = f.store.fail_split(&lease, SkipReason::Timeout, true).await;
        assert_eq!(failed, Ok(()));
    }
    assert!(f.store.lease_split(60).await.expect("asked").is_none());
    let scan = f.store.scan(&scan.id).await.expect("read").expect("is");
    assert_eq!((scan.state, scan.splits), (ScanState::Finished, (1, 1)));
    let reasons: Vec<_> = scan.coverage.reasons().collect();
    assert_eq!(reasons, [(SkipReason::Timeout, 10)]);
}

async fn a_split_whose_workers_die_is_given_up(f: Fixture) {
    let scan = f.scan_with_splits(1).await;
    for _ in 0..3 {
        f.lease(0).await;
    }
    assert!(f.store.lease_split(60).await.expect("asked").is_none());
    let scan = f.store.scan(&scan.id).await.expect("read").expect("is");
    assert_eq!(scan.state, ScanState::Finished);
    let reasons: Vec<_> = scan.coverage.reasons().collect();
    assert_eq!(reasons, [(SkipReason::Unreachable, 10)]);
}

async fn the_last_splits_of_many_workers_finish_the_scan_once(f: Fixture) {
    let scan = f.scan_with_splits(SPLITS).await;
    let mut workers = Vec::new();
    for n in 0..u32::try_from(SPLITS).expect("few") {
        let lease = f.lease(LEASE_SECONDS).await;
        let store = f.store.clone();
        workers.push(tokio::spawn(async move {
            let field = format!("field-{}", n % 5);
            let result = found(vec![finding(1, n, &field)]).expect("a result");
            store.commit_split(&lease, &result).await
        }));
    }
    for worker in workers {
        assert_eq!(worker.await.expect("worked"), Ok(()));
    }
    let scan = f.store.scan(&scan.id).await.expect("read").expect("is");
    assert_eq!((scan.state, scan.splits.1), (ScanState::Finished, 24));
    assert_eq!(f.places(pseudonym(1)).await.len(), SPLITS);
    assert_eq!(f.number("SELECT COUNT(*) FROM field").await, 5);
}
