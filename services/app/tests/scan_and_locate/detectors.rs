//! Detectors by configuration, values that are left out, and Scans that look for less.

use std::collections::BTreeSet;

use hemvist_app::{DetectorOptions, Detectors, ExcludedValues, NewScan};
use hemvist_detect::Rule;
use hemvist_model::{
    CollectionName, Date, IdentitySource, InfoType, InfoTypes, ScanState, SkipReason,
};
use hemvist_source::memory::row;

use crate::house::*;

const EMAIL: InfoTypes = InfoTypes::NONE.with(InfoType::EmailAddress);
const OURS: &str = "info@example.com";

fn badge() -> Rule {
    Rule {
        name: "badge".into(),
        patterns: vec!["B-[0-9]{6}".into()],
        labels: vec!["badge".into()],
        fields: vec!["badge_id".into()],
        examples: vec!["badge B-123456".into()],
        counter_examples: vec!["B-123456".into()],
        ..Rule::default()
    }
}

fn configured(rules: Vec<Rule>, excluded: Option<&str>) -> Detectors {
    let exclusion = |value: &str| ExcludedValues {
        info_type: InfoType::EmailAddress,
        values: vec![value.into()],
        owner: "support".into(),
        reason: "our own mailbox".into(),
    };
    let options = DetectorOptions {
        rules,
        exclusions: excluded.map(exclusion).into_iter().collect(),
        info_types: InfoTypes::NONE,
    };
    let today = Date::new(2026, 11, 22).expect("a date");
    Detectors::new(options, today).expect("it holds")
}

fn visits(house: &House, rows: &[[&str; 4]]) {
    let rows = rows.iter().map(|cells| row(cells)).collect();
    house.memory.put_table("visits", &VISITS, 1, rows);
}

async fn scan_for(house: &House, info_types: InfoTypes) {
    let new = NewScan {
        info_types,
        ..NewScan::of(source_id())
    };
    let scan = house.watch(new).await;
    assert_eq!(scan.state, ScanState::Finished);
    assert_eq!(scan.info_types, info_types);
}

#[tokio::test]
async fn a_configured_value_is_found_linked_and_located() {
    let identity = IdentitySource {
        collection: CollectionName::new("visits"),
        fields: vec![
            ("pnr".into(), InfoType::SePersonnummer),
            ("badge_id".into(), InfoType::Configured),
        ],
    };
    let house = House::with(vec![identity], configured(vec![badge()], None)).await;
    visits(
        &house,
        &[
            ["1", "B-123456", ASTRID, "astrid@example.com"],
            ["2", "B-654321", BO, "bo@example.com"],
        ],
    );
    let log = b"door 7: badge B-123456 in, parcel B-654321 out\n";
    house.memory.put_object("files", b"door.log", log);
    let scan = house.scan().await;
    assert!(scan.detector_version.contains('+'));
    assert!(scan.info_types.has(InfoType::Configured));
    let astrid = BTreeSet::from([
        place("visits", "1", "badge_id"),
        place("visits", "1", "pnr"),
        place("files", "door.log", "body"),
    ]);
    for spelling in ["badge:B-123456", "Badge: b-123456", ASTRID] {
        assert_eq!(house.places(spelling).await, astrid, "{}", spelling.len());
    }
    assert!(house.locate(ASTRID).await.is_complete());
}

#[tokio::test]
async fn an_index_of_other_detectors_answers_nothing_for_these() {
    let house = House::with(vec![], configured(vec![badge()], None)).await;
    visits(&house, &[["1", "B-123456", ASTRID, ""]]);
    house.scan().await;
    let mut wider = badge();
    wider.patterns.push("V-[0-9]{4}".into());
    let changed = house.again(configured(vec![wider], None)).await;
    let located = changed.locate(ASTRID).await;
    assert!(!located.is_complete());
    let unsearched = located.unsearched(&located.coverage[0]);
    assert!(unsearched.has(InfoType::SePersonnummer));
    assert_ne!(
        located.coverage[0].detector_version.as_ref(),
        Some(&located.detector_version)
    );
    changed.scan().await;
    assert!(changed.locate(ASTRID).await.is_complete());
}

#[tokio::test]
async fn what_is_excluded_is_not_indexed_and_every_answer_about_it_says_so() {
    let house = House::with(vec![], configured(vec![], Some(OURS))).await;
    visits(
        &house,
        &[["1", "", ASTRID, OURS], ["2", "", BO, "bo@example.com"]],
    );
    house.scan().await;
    assert!(house.places(OURS).await.is_empty());
    assert_eq!(house.places("bo@example.com").await.len(), 1);
    let located = house.locate(OURS).await;
    let explained = ("support".to_owned(), "our own mailbox".to_owned());
    assert_eq!(located.subject.members[0].excluded, Some(explained));
    assert!(!located.is_complete());
    assert!(house.locate(ASTRID).await.is_complete());
    let refused = house.plan(&[OURS]).await.err().expect("nobody's");
    assert_eq!(refused.reason(), "TOO_WEAK_TO_ACT");
}

#[tokio::test]
async fn a_scan_for_less_takes_nothing_of_the_rest_away_and_its_gap_is_told() {
    let house = House::new(Vec::new()).await;
    visits(&house, &[["1", "", ASTRID, "astrid@example.com"]]);
    scan_for(&house, InfoTypes::shaped()).await;
    visits(
        &house,
        &[
            ["1", "", "", "new@example.com"],
            ["2", "", BO, "bo@example.com"],
        ],
    );
    scan_for(&house, EMAIL).await;
    // As it was when somebody looked for it last: read then, and named with that time.
    assert_eq!(house.places(ASTRID).await.len(), 1);
    assert!(house.places("astrid@example.com").await.is_empty());
    assert_eq!(house.places("new@example.com").await.len(), 1);
    assert!(house.places(BO).await.is_empty());
    let coverage = house.locate(BO).await.coverage.remove(0);
    let of_visits = coverage.collections.iter();
    let of_visits = of_visits.filter(|reading| reading.collection.as_str() == "visits");
    let looked_for: Vec<InfoTypes> = of_visits.map(|reading| reading.info_types).collect();
    assert_eq!(looked_for, [EMAIL, InfoTypes::shaped().without(EMAIL)]);
    scan_for(&house, InfoTypes::shaped()).await;
    assert!(house.places(ASTRID).await.is_empty());
    assert_eq!(house.places(BO).await.len(), 1);
}

#[tokio::test]
async fn what_was_never_looked_for_is_no_answer() {
    let house = House::new(Vec::new()).await;
    visits(&house, &[["1", "", ASTRID, "astrid@example.com"]]);
    scan_for(&house, EMAIL).await;
    let located = house.locate(ASTRID).await;
    assert!(!located.is_complete());
    let unsearched = located.unsearched(&located.coverage[0]);
    assert_eq!(unsearched, InfoTypes::NONE.with(InfoType::SePersonnummer));
    assert!(house.locate("astrid@example.com").await.is_complete());
}

#[tokio::test]
async fn planning_sees_all_that_acts_whatever_was_scanned_for() {
    let house = House::with(vec![], configured(vec![badge()], Some(OURS))).await;
    visits(
        &house,
        &[
            ["1", "", "", "astrid@example.com"],
            ["2", "", ASTRID, ""],
            ["3", "B-123456", "", ""],
            ["4", "", BO, OURS],
        ],
    );
    scan_for(&house, EMAIL).await;
    let asked = ["astrid@example.com", ASTRID, "badge:B-123456"];
    let plan = house.plan(&asked).await.expect("a plan");
    let mut records: Vec<String> = plan.items.iter().map(|item| item.record.expose()).collect();
    records.sort();
    assert_eq!(records, ["1", "2", "3"]);
}

#[tokio::test]
async fn nothing_is_scanned_for_detectors_that_there_are_not() {
    let house = House::new(Vec::new()).await;
    let new = NewScan {
        info_types: InfoTypes::NONE.with(InfoType::Configured),
        ..NewScan::of(source_id())
    };
    let refused = house.app.create_scan(&caller(), new, "").await;
    let refused = refused.expect_err("no detector");
    assert_eq!(refused.reason(), "INVALID_ARGUMENT");
}

#[tokio::test]
async fn a_worker_with_other_detectors_leaves_the_scan_a_gap() {
    let house = House::idle(vec![], configured(vec![badge()], None)).await;
    visits(&house, &[["1", "B-123456", ASTRID, ""]]);
    let new = NewScan::of(source_id());
    let scan = house.app.create_scan(&caller(), new, "").await;
    let scan = scan.expect("a scan");
    let other = house.again(Detectors::default()).await;
    let ended = other.ended(&scan.id).await;
    assert_eq!(ended.findings, 0);
    let reasons: Vec<SkipReason> = ended.coverage.reasons().map(|(reason, _)| reason).collect();
    assert_eq!(reasons, [SkipReason::ChangedWhileReading]);
    assert!(!other.locate(ASTRID).await.is_complete());
}
