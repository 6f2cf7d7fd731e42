//! Who is linked with what, by which declaration, and who is not.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use hemvist_model::{
    CollectionName, CollectionPolicy, ContradictionReason, IdentitySource, InfoType, LinkRule,
    RecordPolicy, RegisteredSource, SourceId,
};

use crate::house::*;

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
    let none = "there is no collection persons; there are: files, people, visits";
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
