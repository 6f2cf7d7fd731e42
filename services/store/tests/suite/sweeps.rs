//! What an incomplete reading leaves: only what could not have been missed is gone.

use hemvist_model::*;

use crate::fixture::*;

crate::on_both! {
    only_a_reading_that_proves_absence_sweeps_a_collection
    an_unlisted_collection_stays_when_something_was_not_read
    a_listing_that_works_again_ends_the_failed_one
}

/// How a unit was not examined whole.
type Count = fn(&mut Coverage, SkipReason);

const SKIPPED: Count = |coverage, reason| coverage.add_skipped(reason, 1);
const PARTIAL: Count = |coverage, reason| coverage.add_partial(reason, 1, 10);
const FAILED: Count = |coverage, reason| coverage.add_failed(reason, 1);

async fn only_a_reading_that_proves_absence_sweeps_a_collection(f: Fixture) {
    let proving = [
        SkipReason::Vanished,
        SkipReason::Excluded,
        SkipReason::Binary,
        SkipReason::Unsupported,
    ];
    let mut person = 0;
    for reason in SkipReason::ALL {
        for (count, proves) in [(SKIPPED, true), (PARTIAL, true), (FAILED, false)] {
            person += 1;
            let swept = proves && proving.contains(&reason);
            check(&f, person, |coverage| count(coverage, reason), swept).await;
        }
    }
    check(&f, person + 1, |_| {}, true).await;
}

/// Records 1 and 2 were found; then only record 1, in a Split that is done.
async fn check(f: &Fixture, person: u8, gap: impl Fn(&mut Coverage), swept: bool) {
    let id = format!("source-{person}");
    let created = f.store.create_source(&source(&id)).await;
    created.expect("created");
    let before = found(vec![
        finding(person, 1, "email"),
        finding(person, 2, "email"),
    ]);
    let scan_id = format!("before-{person}");
    f.scan_all(&id, &scan_id, vec![("tree", vec![before])])
        .await;
    let mut after = found(vec![finding(person, 1, "email")]).expect("a result");
    gap(&mut after.coverage);
    let coverage = after.coverage.clone();
    let scan_id = format!("after-{person}");
    f.scan_all(&id, &scan_id, vec![("tree", vec![Some(after)])])
        .await;
    let left = f.places(pseudonym(person)).await.len();
    assert_eq!(left, if swept { 1 } else { 2 }, "{coverage:?}");
}

async fn an_unlisted_collection_stays_when_something_was_not_read(f: Fixture) {
    let created = f.store.create_source(&source("crm")).await;
    created.expect("created");
    let one = || found(vec![finding(1, 1, "email")]);
    let both = vec![("kept", vec![one()]), ("dropped", vec![one()])];
    f.scan_all("crm", "a", both).await;
    let mut denied = one().expect("a result");
    denied.coverage.add_skipped(SkipReason::Denied, 1);
    for (id, second, left) in [("b", Some(denied), 2), ("c", None, 2), ("d", one(), 1)] {
        f.scan_all("crm", id, vec![("kept", vec![one(), second])])
            .await;
        assert_eq!(f.places(pseudonym(1)).await.len(), left, "{id}");
    }
}

async fn a_listing_that_works_again_ends_the_failed_one(f: Fixture) {
    let created = f.store.create_source(&source("crm")).await;
    created.expect("created");
    let created = f.store.create_scan(&scan("a", "crm"), "").await;
    created.expect("created");
    let cut = f.cut().await;
    let mut unread = Coverage::default();
    unread.add_failed(SkipReason::Unreachable, 1);
    let whole = CollectionName::new("*");
    let added = f
        .store
        .add_collection(&cut, &whole, vec![], Some(unread))
        .await;
    added.expect("added");
    f.store.finish_cut(&cut, true).await.expect("failed");
    let coverage = f.store.coverage(&acme()).await.expect("read");
    assert_eq!(coverage[0].coverage.failed(), 1);
    // Something in it cannot be read, but it was listed.
    f.scan_all("crm", "b", vec![("kept", vec![None])]).await;
    let coverage = f.store.coverage(&acme()).await.expect("read");
    let names: Vec<&str> = coverage[0]
        .collections
        .iter()
        .map(|c| c.collection.as_str())
        .collect();
    assert_eq!(names, ["kept"]);
}
