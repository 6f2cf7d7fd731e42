//! Links: enough of them to fold a Subject, and none from contradicted Collections.

use std::collections::BTreeSet;

use hemvist_model::*;
use hemvist_store::SplitResult;

use crate::fixture::*;

crate::on_both! {
    links_suffice_to_fold_a_subject
    a_contradicted_collection_gives_no_links
    links_of_vanished_rows_disappear
    links_of_another_controller_are_not_given
}

const PERSON: InfoType = InfoType::SePersonnummer;
const EMAIL: InfoType = InfoType::EmailAddress;

fn link(anchor: u8, attached: u8, record: u32) -> Link {
    Link {
        anchor: pseudonym(anchor),
        anchor_type: PERSON,
        attached: pseudonym(attached),
        attached_type: EMAIL,
        rule: LinkRule::IdentitySource,
        source: source_id("crm"),
        collection: CollectionName::new("people"),
        record_ref: record_ref(record),
        seen: Timestamp(0),
    }
}

fn linked(links: Vec<Link>, contradictions: u64) -> Option<SplitResult> {
    let mut result = SplitResult {
        links,
        contradictions,
        ..SplitResult::default()
    };
    result.coverage.add_scanned(5, 5);
    Some(result)
}

async fn links_suffice_to_fold_a_subject(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    // 50 and 51 are person 1's, 60 is shared by 1 and 2, 61 is person 2's, and 3 is a stranger.
    let first = [
        link(1, 50, 1),
        link(1, 51, 1),
        link(1, 60, 1),
        link(1, 50, 9),
    ];
    let second = [link(2, 60, 2), link(2, 61, 2), link(3, 70, 3)];
    let splits = vec![linked(first.to_vec(), 0), linked(second.to_vec(), 0)];
    f.scan_all("crm", "a", vec![("people", splits)]).await;
    let check = async |asked: (u8, InfoType), members: &[u8], candidates: &[u8]| {
        let links = f
            .store
            .links(&acme(), &[pseudonym(asked.0)])
            .await
            .expect("read");
        let pairs: BTreeSet<_> = links.iter().map(|l| (l.anchor, l.attached)).collect();
        assert_eq!(pairs.len(), links.len(), "one witness each");
        let subject = fold(&[(pseudonym(asked.0), asked.1)], &links);
        let members: BTreeSet<_> = members.iter().map(|n| pseudonym(*n)).collect();
        let candidates: BTreeSet<_> = candidates.iter().map(|n| pseudonym(*n)).collect();
        assert!(
            subject.members.keys().copied().collect::<BTreeSet<_>>() == members,
            "{}",
            asked.0
        );
        assert!(subject.candidates == candidates, "{}", asked.0);
    };
    check((1, PERSON), &[1, 50, 51], &[60]).await;
    check((50, EMAIL), &[1, 50, 51], &[60]).await;
    check((2, PERSON), &[2, 61], &[60]).await;
    check((60, EMAIL), &[60], &[60]).await;
    check((70, EMAIL), &[3, 70], &[]).await;
    check((99, EMAIL), &[99], &[]).await;
}

async fn a_contradicted_collection_gives_no_links(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let good = || vec![linked(vec![link(1, 50, 1)], 0)];
    let bad = || vec![linked(vec![link(2, 50, 1)], 3), linked(vec![], 4)];
    f.scan_all("crm", "a", vec![("good", good()), ("bad", bad())])
        .await;
    let contradicted = f.store.contradictions(&acme()).await;
    let bad_name = CollectionName::new("bad");
    assert_eq!(contradicted, Ok(vec![(source_id("crm"), bad_name, 7)]));
    let links = f
        .store
        .links(&acme(), &[pseudonym(50)])
        .await
        .expect("read");
    assert_eq!(links.len(), 1);
    assert!(links[0].anchor == pseudonym(1));
    assert_eq!(links[0].collection.as_str(), "good");
    // Mended, and read again.
    let mended = vec![linked(vec![link(2, 50, 1)], 0)];
    f.scan_all("crm", "b", vec![("good", good()), ("bad", mended)])
        .await;
    assert_eq!(f.store.contradictions(&acme()).await, Ok(vec![]));
    let links = f
        .store
        .links(&acme(), &[pseudonym(50)])
        .await
        .expect("read");
    assert_eq!(links.len(), 2);
}

async fn links_of_vanished_rows_disappear(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let before = vec![linked(vec![link(1, 50, 1), link(2, 51, 2)], 0)];
    f.scan_all("crm", "a", vec![("people", before)]).await;
    let after = vec![linked(vec![link(2, 51, 2)], 0)];
    f.scan_all("crm", "b", vec![("people", after)]).await;
    let links = f
        .store
        .links(&acme(), &[pseudonym(50), pseudonym(51)])
        .await;
    assert_eq!(links.expect("read").len(), 1);
}

async fn links_of_another_controller_are_not_given(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let split = vec![linked(vec![link(1, 50, 1)], 0)];
    f.scan_all("crm", "a", vec![("people", split)]).await;
    let other = ControllerId::new("other").expect("an id");
    assert!(
        f.store
            .links(&other, &[pseudonym(50)])
            .await
            .expect("read")
            .is_empty()
    );
}
