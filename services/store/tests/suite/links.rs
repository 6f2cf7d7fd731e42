//! Links: enough of them to fold a Subject, and none from contradicted Collections.

use std::collections::BTreeSet;

use hemvist_model::*;
use hemvist_store::{Kind, SplitResult};

use crate::fixture::*;

crate::on_both! {
    links_suffice_to_fold_a_subject
    a_link_has_its_latest_witness_and_the_number_of_all
    a_contradicted_collection_gives_no_links
    what_a_source_was_listed_without_contradicts_its_declaration
    links_of_vanished_rows_disappear
    links_of_another_controller_are_not_given
    links_end_with_the_declaration_they_rest_on
    a_split_read_under_an_older_declaration_is_read_again
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
        witness: Witness {
            source: source_id("crm"),
            collection: CollectionName::new("people"),
            record_ref: record_ref(record),
            seen: Timestamp(0),
        },
        witnesses: 1,
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
        assert_eq!(pairs.len(), links.len(), "one for each pair");
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

async fn a_link_has_its_latest_witness_and_the_number_of_all(f: Fixture) {
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let first = linked(vec![link(1, 50, 2), link(1, 50, 3)], 0);
    let second = linked(vec![link(1, 50, 8), link(1, 51, 8)], 0);
    f.scan_all("crm", "a", vec![("people", vec![first, second])])
        .await;
    // Asked from either side, and from both.
    for asked in [vec![1], vec![50], vec![1, 50, 51]] {
        let pseudonyms: Vec<_> = asked.iter().map(|n| pseudonym(*n)).collect();
        let links = f.store.links(&acme(), &pseudonyms).await.expect("read");
        let of = |attached| links.iter().find(|l| l.attached == pseudonym(attached));
        let of = |attached| of(attached).expect("a link");
        assert_eq!((links.len(), of(50).witnesses, of(51).witnesses), (2, 3, 1));
        assert!(of(50).witness.record_ref == record_ref(8), "{asked:?}");
        assert!(of(50).witness.seen > Timestamp(0));
    }
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
    let expected = Contradiction {
        source: source_id("crm"),
        collection: CollectionName::new("bad"),
        reason: ContradictionReason::SeveralPeople(7),
    };
    assert_eq!(contradicted, Ok(vec![expected]));
    let links = f
        .store
        .links(&acme(), &[pseudonym(50)])
        .await
        .expect("read");
    assert_eq!(links.len(), 1);
    assert!(links[0].anchor == pseudonym(1));
    assert_eq!(links[0].witness.collection.as_str(), "good");
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

async fn what_a_source_was_listed_without_contradicts_its_declaration(f: Fixture) {
    let declared = declared(&[("people", "pnr"), ("gone", "pnr")]);
    f.store.create_source(&declared).await.expect("created");
    let scan = scan("a", "crm");
    f.store.create_scan(&scan, "").await.expect("created");
    let lease = f.store.lease_cut(60).await.expect("read").expect("a claim");
    let gone = CollectionName::new("gone");
    let missing = [
        (CollectionName::new("people"), Some("pnr".to_owned())),
        (gone.clone(), None),
    ];
    f.store
        .keep_missing(&lease, 1, &missing)
        .await
        .expect("kept");
    let told = f.store.contradictions(&acme()).await.expect("read");
    let reasons: Vec<_> = told.into_iter().map(|told| told.reason).collect();
    let no_field = ContradictionReason::NoField("pnr".to_owned());
    assert_eq!(reasons, [no_field, ContradictionReason::NoCollection]);
    // Declared anew: nothing is known of that, and what an older listing says does not count.
    f.store.update_source(&declared, 1).await.expect("updated");
    assert_eq!(f.store.contradictions(&acme()).await, Ok(vec![]));
    f.store
        .keep_missing(&lease, 1, &missing)
        .await
        .expect("late");
    assert_eq!(f.store.contradictions(&acme()).await, Ok(vec![]));
    f.store.finish_cut(&lease, false).await.expect("finished");
    let late = f.store.keep_missing(&lease, 2, &missing).await;
    assert_eq!(late.map_err(|e| e.kind()), Err(Kind::LeaseLost));
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

/// The Source `crm` with these identity sources: Collection and Field.
fn declared(collections: &[(&str, &str)]) -> RegisteredSource {
    let declarations = collections
        .iter()
        .map(|(collection, field)| IdentitySource {
            collection: CollectionName::new(*collection),
            fields: vec![((*field).into(), PERSON), ("email".into(), EMAIL)],
        });
    RegisteredSource {
        identity_sources: declarations.collect(),
        ..source("crm")
    }
}

async fn links_end_with_the_declaration_they_rest_on(f: Fixture) {
    let first = declared(&[("kept", "pnr"), ("changed", "pnr"), ("gone", "pnr")]);
    f.store.create_source(&first).await.expect("created");
    f.store
        .create_source(&source("other"))
        .await
        .expect("created");
    let split = |contradictions| vec![linked(vec![link(1, 50, 1)], contradictions)];
    let all = || {
        vec![
            ("kept", split(2)),
            ("changed", split(3)),
            ("gone", split(4)),
        ]
    };
    f.scan_all("crm", "a", all()).await;
    f.scan_all("other", "b", all()).await;
    let links = "SELECT COUNT(*) FROM link";
    // Nothing else about the declarations: nothing happens.
    let mut moved = first.clone();
    moved.settings = SourceSettings::Tree {
        root: "/new".into(),
    };
    moved.identity_sources.reverse();
    f.store.update_source(&moved, 1).await.expect("updated");
    assert_eq!(f.number(links).await, 6);
    let stale = declared(&[]);
    let stale = f.store.update_source(&stale, 1).await;
    assert_eq!(stale.map_err(|e| e.kind()), Err(Kind::Conflict));
    assert_eq!(f.number(links).await, 6);

    let second = declared(&[("kept", "pnr"), ("changed", "owner")]);
    f.store.update_source(&second, 2).await.expect("updated");
    assert_eq!(f.number(links).await, 4);
    let contradicted = f.store.contradictions(&acme()).await.expect("read");
    let ours = contradicted.iter().filter(|c| c.source == source_id("crm"));
    let names: Vec<&str> = ours.map(|c| c.collection.as_str()).collect();
    assert_eq!(names, ["kept"]);
    assert_eq!(contradicted.len(), 4);
}

async fn a_split_read_under_an_older_declaration_is_read_again(f: Fixture) {
    f.scan_with_splits(2).await;
    let wrong = linked(vec![link(1, 50, 1)], 5).expect("a result");
    let done = f.lease(60).await;
    f.store
        .commit_split(&done, &wrong)
        .await
        .expect("committed");
    let reading = f.lease(60).await;
    let right = declared(&[("people", "owner")]);
    f.store.update_source(&right, 1).await.expect("updated");
    let late = f.store.commit_split(&reading, &wrong).await;
    assert_eq!(late.map_err(|e| e.kind()), Err(Kind::LeaseLost));
    let again = f.lease(60).await;
    assert_eq!((again.split, again.attempt), (reading.split, 1));
    let result = linked(vec![link(2, 51, 2)], 0).expect("a result");
    f.store
        .commit_split(&again, &result)
        .await
        .expect("committed");
    assert_eq!(f.store.contradictions(&acme()).await, Ok(vec![]));
    let asked = [pseudonym(50), pseudonym(51)];
    let links = f.store.links(&acme(), &asked).await.expect("read");
    assert!(links.len() == 1 && links[0].anchor == pseudonym(2));
}
