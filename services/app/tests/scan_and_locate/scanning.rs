//! What is found, and what is said about what was not.

use std::collections::BTreeSet;

use hemvist_app::{ErrorKind, IdentifierQuery, NewScan};
use hemvist_model::{CollectionName, InfoType, ScanState, SkipReason};
use hemvist_source::Kind;

use crate::house::*;

#[tokio::test]
async fn locate_returns_every_record_of_a_subject_and_nobody_elses() {
    let house = House::new(Vec::new()).await;
    people_table(
        &house,
        &[
            &["1", ASTRID, "astrid@example.com"],
            &["2", BO, "bo@example.com"],
        ],
    );
    house.memory.put_object(
        "files",
        b"log.txt",
        format!("ok\npersonnummer {ASTRID} logged in\n").as_bytes(),
    );
    house.memory.put_object(
        "files",
        b"other.txt",
        format!("personnummer {BO} logged in\n").as_bytes(),
    );
    let scan = house.scan().await;
    assert_eq!(scan.state, ScanState::Finished);
    assert!(scan.coverage.is_complete());
    assert_eq!(scan.coverage.enumerated(), 4);
    let expected = BTreeSet::from([
        place("people", "1", "personnummer"),
        place("files", "log.txt", "body"),
    ]);
    for spelling in [ASTRID, "811228-9874", "198112289874", "8112289874"] {
        assert_eq!(house.places(spelling).await, expected, "{}", spelling.len());
    }
}

#[tokio::test]
async fn a_request_id_asks_for_one_scan_only() {
    let house = House::new(Vec::new()).await;
    let ask = async |collections: &[&str], request_id: &str| {
        let collections = collections.iter().map(|name| CollectionName::new(*name));
        let new = NewScan {
            collections: collections.collect(),
            ..NewScan::of(source_id())
        };
        let scan = house.app.create_scan(&caller(), new, request_id).await;
        scan.map(|scan| scan.id)
    };
    let first = ask(&["people"], "r-1").await.expect("a scan");
    assert_eq!(ask(&["people"], "r-1").await.expect("the same"), first);
    let other = ask(&["orders"], "r-1").await.expect_err("another request");
    assert_eq!(other.reason(), "REQUEST_ID_USED");
    let field = "request_id";
    assert_eq!(other.kind(), ErrorKind::InvalidArgument { field });
    assert_ne!(ask(&["people"], "r-2").await.expect("another scan"), first);
    let unnamed = ask(&["people"], "").await.expect("a scan");
    assert_ne!(ask(&["people"], "").await.expect("another scan"), unnamed);
}

#[tokio::test]
async fn what_vanished_disappears_from_the_index_after_the_next_scan() {
    let house = House::new(Vec::new()).await;
    house.memory.put_object(
        "files",
        b"a.txt",
        format!("personnummer {ASTRID}\n").as_bytes(),
    );
    house.memory.put_object(
        "files",
        b"b.txt",
        format!("personnummer {ASTRID}\n").as_bytes(),
    );
    house.scan().await;
    assert_eq!(house.places(ASTRID).await.len(), 2);
    let key = hemvist_model::RecordKey::Object {
        key: b"a.txt".to_vec(),
        version: None,
    };
    house.memory.remove_record("files", &key);
    house.scan().await;
    assert_eq!(
        house.places(ASTRID).await,
        BTreeSet::from([place("files", "b.txt", "body")])
    );
}

#[tokio::test]
async fn a_source_that_denies_is_a_gap_and_keeps_what_was_known() {
    let house = House::new(Vec::new()).await;
    house.memory.put_object(
        "files",
        b"a.txt",
        format!("personnummer {ASTRID}\n").as_bytes(),
    );
    house.scan().await;
    house.memory.deny(true);
    let scan = house.scan().await;
    assert_eq!(scan.state, ScanState::Failed);
    assert!(!scan.coverage.is_complete());
    assert!(
        scan.coverage
            .reasons()
            .any(|(reason, _)| reason == SkipReason::Denied)
    );
    assert_eq!(house.places(ASTRID).await.len(), 1);
}

/// Whatever call fails, once: the scan either gets over it, or says that something is missing.
#[tokio::test]
async fn a_fault_at_any_call_is_got_over_or_told() {
    let house = House::new(Vec::new()).await;
    for number in 0..7 {
        let key = format!("{number}.txt");
        house.memory.put_object(
            "files",
            key.as_bytes(),
            format!("personnummer {ASTRID}\n").as_bytes(),
        );
    }
    let before = house.memory.calls();
    house.scan().await;
    let calls = house.memory.calls() - before;
    assert!(calls > 3, "the scan made {calls} calls");
    for n in 1..=calls {
        house
            .memory
            .fail_call(house.memory.calls() + n, Kind::Transient);
        let scan = house.scan().await;
        let told = scan.state == ScanState::Failed || !scan.coverage.is_complete();
        assert!(told || scan.coverage.enumerated() == 7, "call {n}");
        assert_eq!(
            house.places(ASTRID).await.len(),
            7,
            "call {n}: nothing that is known may be lost"
        );
    }
}

#[tokio::test]
async fn a_bad_identifier_is_refused_without_being_repeated() {
    let house = House::new(Vec::new()).await;
    let query = IdentifierQuery {
        info_type: Some(InfoType::SePersonnummer),
        value: "811228-9875".into(),
    };
    let refused = house
        .app
        .locate(&caller(), &controller(), &[query])
        .await
        .err()
        .expect("refused");
    assert_eq!(refused.reason(), "INVALID_ARGUMENT");
    assert!(!refused.to_string().contains("9875"));
}

#[tokio::test]
async fn digits_of_two_kinds_are_refused_with_the_kinds_that_fit() {
    let house = House::new(Vec::new()).await;
    let ask = async |info_type| {
        // A test number of 2007 without its dash; 070 begins a mobile number too.
        let value = "0701019804".to_owned();
        let query = IdentifierQuery { info_type, value };
        let located = house.app.locate(&caller(), &controller(), &[query]).await;
        located.map(|located| located.subject.members[0].info_type)
    };
    let refused = ask(None).await.expect_err("two kinds").to_string();
    for said in ["SE_PERSONNUMMER", "PHONE_NUMBER", "info_type"] {
        assert!(refused.contains(said), "{refused}");
    }
    assert!(!refused.contains("0701019804"));
    for kind in [InfoType::SePersonnummer, InfoType::PhoneNumber] {
        assert_eq!(ask(Some(kind)).await.expect("located"), kind);
    }
}
