//! Scan and locate over the in-memory Source and an SQLite store: what is found, what is said
//! about what was not, and who is never merged with whom.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{FutureExt, StreamExt, TryStreamExt};
use hemvist_app::{
    App, AppOptions, Clock, ErrorKind, IdentifierQuery, Keys, Located, MASTER_KEY_BYTES,
    WorkerOptions,
};
use hemvist_decode::Limits;
use hemvist_model::{
    Caller, CollectionName, CollectionPolicy, ContradictionReason, ControllerId, IdentitySource,
    InfoType, LinkRule, RecordPolicy, RegisteredSource, Scan, ScanState, SkipReason, SourceId,
    SourceSettings, Timestamp,
};
use hemvist_source::memory::{MemorySource, row};
use hemvist_source::{Kind, Source};
use hemvist_store::{Store, StoreUrl};
use tempfile::TempDir;
use tokio::sync::watch;

/// Skatteverket's test numbers, 980 to 999 as birth numbers.
const ASTRID: &str = "19811228-9874";
const BO: &str = "19900101-9802";

struct House {
    app: App,
    memory: MemorySource,
    stop: watch::Sender<bool>,
    _directory: TempDir,
}

fn caller() -> Caller {
    Caller {
        principal: "test".into(),
        purpose: "test".into(),
        case_reference: String::new(),
    }
}

fn controller() -> ControllerId {
    ControllerId::new("acme").expect("a valid id")
}

fn source_id() -> SourceId {
    SourceId::new("memory").expect("a valid id")
}

impl House {
    async fn new(identity_sources: Vec<IdentitySource>) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let keys = Keys::new([1; MASTER_KEY_BYTES]);
        let url = StoreUrl::Sqlite(directory.path().join("store.db"));
        let store = Store::open(&url, keys.sealing()).await.expect("a store");
        let memory = MemorySource::new().with_split_records(3);
        memory.put_table("people", &["id", "personnummer", "email"], 1, Vec::new());
        let opened: Arc<dyn Source> = Arc::new(memory.clone());
        let open: hemvist_app::OpenSource = Arc::new(move |_| {
            let opened = Arc::clone(&opened);
            async move { Ok(opened) }.boxed()
        });
        let options = AppOptions {
            store,
            keys,
            open,
            clock: Clock::system(),
            limits: Limits::default(),
            lease_seconds: 30,
        };
        let app = App::new(options);
        let (stop, stopped) = watch::channel(false);
        tokio::spawn({
            let app = app.clone();
            async move { app.work(WorkerOptions::default(), stopped).await }
        });
        let registered = RegisteredSource {
            id: source_id(),
            controller: controller(),
            settings: SourceSettings::Tree {
                root: "memory".into(),
            },
            identity_sources,
            policies: Vec::new(),
            exclusions: Vec::new(),
            created: Timestamp(0),
            revision: 0,
        };
        app.create_source(&caller(), registered)
            .await
            .expect("registered");
        Self {
            app,
            memory,
            stop,
            _directory: directory,
        }
    }

    async fn scan(&self) -> Scan {
        let scan = self
            .app
            .create_scan(&caller(), &source_id(), Vec::new(), "")
            .await
            .expect("a scan");
        let steps: Vec<Scan> = self
            .app
            .watch_scan(&caller(), &scan.id)
            .try_collect()
            .await
            .expect("watched");
        steps.last().expect("a last step").clone()
    }

    async fn locate(&self, value: &str) -> Located {
        let query = IdentifierQuery {
            info_type: None,
            value: value.into(),
        };
        self.app
            .locate(&caller(), &controller(), &[query])
            .await
            .expect("located")
    }

    /// Collection, record and field of every location.
    async fn places(&self, value: &str) -> BTreeSet<(String, String, String)> {
        let mut places = BTreeSet::new();
        let mut findings = self.locate(value).await.findings;
        while let Some(located) = findings.next().await {
            let finding = located
                .map_err(|error| error.to_string())
                .expect("a finding")
                .finding;
            places.insert((
                finding.collection.0,
                finding.record.expose(),
                finding.field.0,
            ));
        }
        places
    }
}

impl Drop for House {
    fn drop(&mut self) {
        _ = self.stop.send(true);
    }
}

fn place(collection: &str, record: &str, field: &str) -> (String, String, String) {
    (collection.into(), record.into(), field.into())
}

fn people_table(house: &House, rows: &[&[&str]]) {
    let rows = rows.iter().map(|cells| row(cells)).collect();
    house
        .memory
        .put_table("people", &["id", "personnummer", "email"], 1, rows);
}

fn people_declared() -> Vec<IdentitySource> {
    vec![IdentitySource {
        collection: CollectionName::new("people"),
        fields: vec![
            ("personnummer".into(), InfoType::SePersonnummer),
            ("email".into(), InfoType::EmailAddress),
        ],
    }]
}

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
async fn an_email_leads_to_what_is_held_under_its_personnummer_only_by_declaration() {
    for (declared, expected) in [(Vec::new(), 1), (people_declared(), 3)] {
        let house = House::new(declared).await;
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
            format!("personnummer {ASTRID}\n").as_bytes(),
        );
        house.scan().await;
        assert_eq!(house.places("Astrid@Example.com").await.len(), expected);
        let members = house.locate("astrid@example.com").await.subject.members;
        let linked = members.iter().filter(|member| member.linked.is_some());
        assert_eq!(linked.count(), usize::from(expected == 3));
    }
}

#[tokio::test]
async fn every_location_is_explained_by_path_rule_and_witnesses() {
    let house = House::new(people_declared()).await;
    people_table(
        &house,
        &[
            &["1", ASTRID, "astrid@example.com"],
            &["2", ASTRID, "astrid@example.com"],
            &["3", ASTRID, "astrid@example.net"],
            &["4", BO, "bo@example.com"],
        ],
    );
    house.scan().await;
    let located = house.locate("astrid@example.com").await;
    let members = &located.subject.members;
    let kinds: Vec<InfoType> = members.iter().map(|member| member.info_type).collect();
    let expected = [
        InfoType::EmailAddress,
        InfoType::SePersonnummer,
        InfoType::EmailAddress,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(members[0].linked, None, "asked for");
    let path = |member: usize| {
        let why = members[member].linked.as_ref().expect("linked");
        assert_eq!(why.rule, LinkRule::IdentitySource);
        assert_eq!(why.witness.collection.as_str(), "people");
        (why.via, why.witnesses, why.witness.record_ref)
    };
    let (number, other) = (path(1), path(2));
    assert_eq!((number.0, number.1), (0, 2), "two rows with the address");
    assert_eq!((other.0, other.1), (1, 1), "one row with the number");
    let findings: Vec<_> = located.findings.try_collect().await.expect("findings");
    assert_eq!(findings.len(), 6);
    for found in findings {
        let member = &located.subject.members[found.member];
        assert_eq!(found.finding.info_type, member.info_type);
        let is_third = found.finding.record.expose() == "3";
        assert_eq!(is_third, found.finding.record_ref == other.2);
    }
}

#[tokio::test]
async fn a_request_id_asks_for_one_scan_only() {
    let house = House::new(Vec::new()).await;
    let ask = async |collections: &[&str], request_id: &str| {
        let collections = collections.iter().map(|name| CollectionName::new(*name));
        let collections = collections.collect();
        let (caller, source) = (caller(), source_id());
        let scan = house
            .app
            .create_scan(&caller, &source, collections, request_id);
        scan.await.map(|scan| scan.id)
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
async fn a_shared_email_merges_nobody() {
    let house = House::new(people_declared()).await;
    people_table(
        &house,
        &[
            &["1", ASTRID, "family@example.com"],
            &["2", BO, "family@example.com"],
        ],
    );
    house.scan().await;
    assert_eq!(
        house.places(ASTRID).await,
        BTreeSet::from([place("people", "1", "personnummer")])
    );
    assert_eq!(house.locate(ASTRID).await.subject.candidates, 1);
    assert_eq!(house.places("family@example.com").await.len(), 2);
}

#[tokio::test]
async fn a_row_with_two_people_contradicts_its_declaration_and_links_nobody() {
    let house = House::new(people_declared()).await;
    let both = format!("{ASTRID} {BO}");
    people_table(
        &house,
        &[
            &["1", ASTRID, "astrid@example.com"],
            &["2", &both, "bo@example.com"],
        ],
    );
    house.scan().await;
    let located = house.locate("astrid@example.com").await;
    assert_eq!(located.subject.members.len(), 1);
    assert_eq!(located.contradicted.len(), 1);
}

/// A declaration of a Collection and a Field for the personnummer.
fn declared(collection: &str, field: &str) -> Vec<IdentitySource> {
    let mut declared = people_declared();
    declared[0].collection = CollectionName::new(collection);
    declared[0].fields[0].0 = field.into();
    declared
}

#[tokio::test]
async fn declarations_about_what_is_not_there_are_refused_with_what_is() {
    let house = House::new(people_declared()).await;
    house.memory.put_object("files", b"a.txt", b"nothing");
    let registered = house.app.source(&caller(), &source_id()).await;
    let registered = registered.expect("registered");
    let refusal = async |changed: RegisteredSource| {
        let updated = house.app.update_source(&caller(), changed.clone()).await;
        let updated = updated.expect_err("refused").to_string();
        let mut other = changed;
        other.id = SourceId::new("other").expect("a valid id");
        let created = house.app.create_source(&caller(), other).await;
        assert_eq!(created.expect_err("refused").to_string(), updated);
        updated
    };
    let check = async |declared: Vec<IdentitySource>, expected: &str| {
        let changed = RegisteredSource {
            identity_sources: declared,
            ..registered.clone()
        };
        assert_eq!(refusal(changed).await, expected);
    };
    let none = "there is no collection persons; there are: files, people";
    check(declared("persons", "personnummer"), none).await;
    let none = "collection people has no field pnr; it has: id, personnummer, email";
    check(declared("people", "pnr"), none).await;
    let objects = "collection files holds objects: only the fields of tables can be declared";
    check(declared("files", "personnummer"), objects).await;
    let mut changed = registered.clone();
    changed.policies = vec![CollectionPolicy {
        collection: CollectionName::new("people"),
        records: RecordPolicy::Mask,
        clear_fields: vec!["name".into()],
    }];
    let none = "collection people has no field name; it has: id, personnummer, email";
    assert_eq!(refusal(changed).await, none);
    // A path below a column that may hold JSON.
    let mut nested = registered.clone();
    nested.identity_sources = declared("people", "personnummer.number");
    let updated = house.app.update_source(&caller(), nested).await;
    updated.expect("accepted");
}

#[tokio::test]
async fn what_was_declared_before_the_source_was_reached_is_told_by_the_first_scan() {
    let house = House::new(Vec::new()).await;
    let mut wrong = house
        .app
        .source(&caller(), &source_id())
        .await
        .expect("registered");
    wrong.identity_sources = declared("people", "pnr");
    wrong.identity_sources.extend(declared("persons", "pnr"));
    house.memory.deny(true);
    let updated = house.app.update_source(&caller(), wrong).await;
    let mut updated = updated.expect("a source need not be reachable");
    house.memory.deny(false);
    let probed = house.app.probe_source(&caller(), &source_id()).await;
    assert_eq!(probed.expect_err("told").reason(), "DECLARED_NOT_THERE");
    house.scan().await;
    let told = house.locate(ASTRID).await.contradicted;
    let told: Vec<_> = told.into_iter().map(|told| told.reason).collect();
    let no_field = ContradictionReason::NoField("pnr".into());
    assert_eq!(told, [no_field, ContradictionReason::NoCollection]);
    updated.identity_sources = people_declared();
    let mended = house.app.update_source(&caller(), updated).await;
    mended.expect("accepted");
    assert_eq!(house.locate(ASTRID).await.contradicted, []);
}

#[tokio::test]
async fn two_addresses_in_one_cell_link_to_nobody() {
    let house = House::new(people_declared()).await;
    let both = "astrid@example.com, bo@example.com";
    people_table(&house, &[&["1", ASTRID, both]]);
    house.scan().await;
    for address in ["astrid@example.com", "bo@example.com"] {
        let members = house.locate(address).await.subject.members;
        assert_eq!(members.len(), 1, "{address}");
    }
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
