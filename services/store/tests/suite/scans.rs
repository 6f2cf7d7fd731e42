//! Scans: asked for once, cut under a Lease, counted, cancelled; what vanishes and what stays.

use hemvist_model::*;
use hemvist_store::Kind;

use crate::fixture::*;

crate::on_both! {
    a_request_id_makes_one_scan
    a_request_id_of_another_scan_is_refused
    scans_are_listed_newest_first
    a_lapsed_cut_is_taken_over_with_what_was_cut
    a_scan_counts_and_finishes_with_its_last_split
    an_unread_collection_has_its_coverage_and_keeps_its_findings
    a_failed_listing_fails_the_scan
    cancelling_ends_splits_and_leases
    vanished_records_disappear_after_a_finished_scan
    nothing_disappears_after_a_failed_split
    an_unlisted_collection_disappears_after_a_whole_scan_only
    an_older_scan_never_replaces_a_younger_ones_findings
}

async fn a_request_id_makes_one_scan(f: Fixture) {
    let unknown = f.store.create_scan(&scan("a", "crm"), "r1").await;
    assert_eq!(unknown.map_err(|e| e.kind()), Err(Kind::NotFound));
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let first = f.store.create_scan(&scan("a", "crm"), "r1").await;
    let again = f.store.create_scan(&scan("b", "crm"), "r1").await;
    assert_eq!(first, Ok(scan("a", "crm")));
    assert_eq!(again, first);
    let taken = f.store.create_scan(&scan("a", "crm"), "r2").await;
    assert_eq!(taken.map_err(|e| e.kind()), Err(Kind::Conflict));
    let (x, y) = (scan("x", "crm"), scan("y", "crm"));
    let (x, y) = tokio::join!(f.store.create_scan(&x, "r3"), f.store.create_scan(&y, "r3"));
    assert_eq!(x.expect("created").id, y.expect("the same").id);
}

async fn a_request_id_of_another_scan_is_refused(f: Fixture) {
    for id in ["crm", "files"] {
        f.store.create_source(&source(id)).await.expect("created");
    }
    let mut first = scan("a", "crm");
    first.collections = vec![CollectionName::new("people")];
    let made = f.store.create_scan(&first, "r").await.expect("created");
    let mut elsewhere = scan("b", "files");
    elsewhere.collections = first.collections.clone();
    for (other, why) in [(elsewhere, "source"), (scan("c", "crm"), "collections")] {
        let refused = f.store.create_scan(&other, "r").await;
        let kind = refused.map_err(|error| error.kind());
        assert_eq!(kind, Err(Kind::Conflict), "{why}");
    }
    first.id = ScanId::new("d").expect("an id");
    assert_eq!(f.store.create_scan(&first, "r").await, Ok(made));
    assert_eq!(f.number("SELECT COUNT(*) FROM scan").await, 1);
}

async fn scans_are_listed_newest_first(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    for id in ["a", "b", "c"] {
        let mut scan = scan(id, "crm");
        scan.collections = vec![CollectionName::new("x"), CollectionName::new("å")];
        let made = f.store.create_scan(&scan, "").await.expect("created");
        assert_eq!(made, scan);
    }
    let ids = |scans: Vec<Scan>| {
        scans
            .into_iter()
            .map(|s| s.id.to_string())
            .collect::<Vec<_>>()
    };
    let crm = source_id("crm");
    let page = f.store.scans(&crm, None, 2).await.expect("listed");
    let last = page[1].id.clone();
    assert_eq!(ids(page), ["c", "b"]);
    let rest = f.store.scans(&crm, Some(&last), 2).await.expect("listed");
    assert_eq!(ids(rest), ["a"]);
}

async fn a_lapsed_cut_is_taken_over_with_what_was_cut(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    f.store
        .create_scan(&scan("a", "crm"), "")
        .await
        .expect("created");
    let lapsed = f.store.lease_cut(0).await.expect("asked").expect("waits");
    let (one, two) = (CollectionName::new("one"), CollectionName::new("two"));
    let specs = || vec![split_spec("one", 0)];
    let added = f.store.add_collection(&lapsed, &one, specs(), None).await;
    assert_eq!(added, Ok(()));
    let ours = f.cut().await;
    assert_eq!(ours.already_cut, vec![one.clone()]);
    assert!(f.store.lease_cut(60).await.expect("asked").is_none());
    let lost = f.store.add_collection(&lapsed, &two, specs(), None).await;
    assert_eq!(lost.map_err(|e| e.kind()), Err(Kind::LeaseLost));
    let lost = f.store.finish_cut(&lapsed, false).await;
    assert_eq!(lost.map_err(|e| e.kind()), Err(Kind::LeaseLost));
    let twice = f.store.add_collection(&ours, &one, specs(), None).await;
    assert_eq!(twice.map_err(|e| e.kind()), Err(Kind::Conflict));
    let added = f.store.add_collection(&ours, &two, specs(), None).await;
    assert_eq!(added, Ok(()));
    assert_eq!(f.store.finish_cut(&ours, false).await, Ok(()));
    let scan = f
        .store
        .scan(&ours.scan.id)
        .await
        .expect("read")
        .expect("is");
    assert_eq!((scan.state, scan.splits), (ScanState::Running, (2, 0)));
}

async fn a_scan_counts_and_finishes_with_its_last_split(f: Fixture) {
    let scan = f.scan_with_splits(2).await;
    let first = f.lease(60).await;
    assert_eq!(first.spec.records, Some(10));
    let result = found(vec![finding(1, 1, "email"), finding(2, 2, "email")]);
    let result = result.expect("a result");
    f.store
        .commit_split(&first, &result)
        .await
        .expect("committed");
    let now = f.store.scan(&scan.id).await.expect("read").expect("is");
    assert_eq!(
        (now.state, now.splits, now.findings),
        (ScanState::Running, (2, 1), 2)
    );
    assert_eq!(now.coverage, result.coverage);
    let second = f.lease(60).await;
    let failed = f
        .store
        .fail_split(&second, SkipReason::Corrupt, false)
        .await;
    assert_eq!(failed, Ok(()));
    let now = f.store.scan(&scan.id).await.expect("read").expect("is");
    assert_eq!((now.state, now.splits), (ScanState::Finished, (2, 2)));
    assert!(now.ended.is_some());
    assert_eq!((now.coverage.scanned(), now.coverage.failed()), (2, 10));
}

async fn an_unread_collection_has_its_coverage_and_keeps_its_findings(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let split = found(vec![finding(1, 1, "email")]);
    f.scan_all("crm", "a", vec![("people", vec![split])]).await;
    f.store
        .create_scan(&scan("b", "crm"), "")
        .await
        .expect("created");
    let cut = f.cut().await;
    let mut denied = Coverage::default();
    denied.add_skipped(SkipReason::Denied, 1);
    let people = CollectionName::new("people");
    let added = f
        .store
        .add_collection(&cut, &people, vec![], Some(denied.clone()));
    added.await.expect("added");
    f.store.finish_cut(&cut, false).await.expect("cut");
    let scan = f.store.scan(&cut.scan.id).await.expect("read").expect("is");
    assert_eq!(
        (scan.state, scan.coverage),
        (ScanState::Finished, denied.clone())
    );
    assert_eq!(f.places(pseudonym(1)).await, ["people/1/email"]);
    let coverage = f.store.coverage(&acme()).await.expect("read");
    assert_eq!(coverage[0].coverage, denied);
}

async fn a_failed_listing_fails_the_scan(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    f.store
        .create_scan(&scan("a", "crm"), "")
        .await
        .expect("created");
    let cut = f.cut().await;
    let name = CollectionName::new("people");
    let specs = vec![split_spec("people", 0)];
    let added = f.store.add_collection(&cut, &name, specs, None).await;
    assert_eq!(added, Ok(()));
    assert_eq!(f.store.finish_cut(&cut, true).await, Ok(()));
    let scan = f.store.scan(&cut.scan.id).await.expect("read").expect("is");
    assert_eq!((scan.state, scan.splits), (ScanState::Failed, (1, 1)));
    assert_eq!(scan.coverage.failed(), 10);
    assert!(f.store.lease_split(60).await.expect("asked").is_none());
}

async fn cancelling_ends_splits_and_leases(f: Fixture) {
    let scan = f.scan_with_splits(3).await;
    let done = f.lease(60).await;
    let result = found(vec![finding(1, 1, "email")]).expect("a result");
    f.store
        .commit_split(&done, &result)
        .await
        .expect("committed");
    let leased = f.lease(60).await;
    let now = f.store.cancel_scan(&scan.id).await.expect("cancelled");
    assert_eq!((now.state, now.splits), (ScanState::Cancelled, (3, 3)));
    assert_eq!(
        now.coverage.reasons().collect::<Vec<_>>(),
        [(SkipReason::Cancelled, 20)]
    );
    let late = f.store.commit_split(&leased, &result).await;
    assert_eq!(late.map_err(|e| e.kind()), Err(Kind::LeaseLost));
    assert_eq!(f.store.renew_lease(&leased, 60).await, Ok(false));
    assert!(f.store.lease_split(60).await.expect("asked").is_none());
    assert_eq!(f.store.cancel_scan(&scan.id).await, Ok(now));
    let unknown = ScanId::new("none").expect("an id");
    let unknown = f.store.cancel_scan(&unknown).await;
    assert_eq!(unknown.map_err(|e| e.kind()), Err(Kind::NotFound));
    let finished = f.scan_all("crm", "second", vec![]).await;
    let late = f.store.cancel_scan(&finished.id).await;
    assert_eq!(late.map_err(|e| e.kind()), Err(Kind::Conflict));
}

async fn vanished_records_disappear_after_a_finished_scan(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let before = found(vec![
        finding(1, 1, "email"),
        finding(1, 2, "email"),
        finding(2, 1, "email"),
    ]);
    f.scan_all("crm", "a", vec![("people", vec![before])]).await;
    // Record 2 is gone, and record 1 has lost the second person.
    let after = found(vec![finding(1, 1, "email"), finding(1, 3, "note")]);
    f.scan_all("crm", "b", vec![("people", vec![after])]).await;
    assert_eq!(
        f.places(pseudonym(1)).await,
        ["people/1/email", "people/3/note"]
    );
    assert!(f.places(pseudonym(2)).await.is_empty());
    assert_eq!(f.number("SELECT COUNT(*) FROM finding").await, 2);
    assert_eq!(f.number("SELECT COUNT(*) FROM record").await, 2);
}

async fn nothing_disappears_after_a_failed_split(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let before = found(vec![finding(1, 1, "email"), finding(1, 2, "email")]);
    f.scan_all("crm", "a", vec![("people", vec![before])]).await;
    let after = found(vec![finding(1, 3, "email")]);
    let scan = f
        .scan_all("crm", "b", vec![("people", vec![after, None])])
        .await;
    assert_eq!(scan.state, ScanState::Finished);
    let all = ["people/1/email", "people/2/email", "people/3/email"];
    assert_eq!(f.places(pseudonym(1)).await, all);
    let found = f.store.findings(&acme(), pseudonym(1), None, 10).await;
    let found = found.expect("found");
    assert!(found.windows(2).all(|pair| pair[0].seen <= pair[1].seen));
    let coverage = &f.store.coverage(&acme()).await.expect("read")[0].coverage;
    assert_eq!((coverage.scanned(), coverage.failed()), (1, 10));
}

async fn an_unlisted_collection_disappears_after_a_whole_scan_only(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let one = || vec![found(vec![finding(1, 1, "email")])];
    f.scan_all("crm", "a", vec![("kept", one()), ("dropped", one())])
        .await;
    let mut partial = scan("b", "crm");
    partial.collections = vec![CollectionName::new("kept")];
    f.store.create_scan(&partial, "").await.expect("created");
    let cut = f.cut().await;
    let name = CollectionName::new("kept");
    let added = f
        .store
        .add_collection(&cut, &name, vec![split_spec("kept", 0)], None);
    added.await.expect("added");
    f.store.finish_cut(&cut, false).await.expect("cut");
    f.work_through(one()).await;
    assert_eq!(f.places(pseudonym(1)).await.len(), 2);
    f.scan_all("crm", "c", vec![("kept", one())]).await;
    assert_eq!(f.places(pseudonym(1)).await, ["kept/1/email"]);
    let coverage = f.store.coverage(&acme()).await.expect("read");
    assert_eq!(coverage[0].collections.len(), 1);
}

async fn an_older_scan_never_replaces_a_younger_ones_findings(f: Fixture) {
    f.scan_with_splits(1).await;
    let old = f.lease(LEASE_SECONDS).await;
    let mut young = finding(1, 1, "email");
    young.occurrences = 99;
    f.scan_all("crm", "young", vec![("people", vec![found(vec![young])])])
        .await;
    let result = found(vec![finding(1, 1, "email")]).expect("a result");
    f.store
        .commit_split(&old, &result)
        .await
        .expect("committed");
    let found = f.store.findings(&acme(), pseudonym(1), None, 10).await;
    let occurrences: Vec<u32> = found
        .expect("found")
        .iter()
        .map(|f| f.occurrences)
        .collect();
    assert_eq!(occurrences, [99]);
}
