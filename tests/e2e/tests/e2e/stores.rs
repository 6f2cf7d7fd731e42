//! The whole way on each kind of store: plant 200 people, scan, locate each, export one, erase ten, verify.

use hemvist_proto::v1;
use sha2::{Digest, Sha256};

use crate::client::Client;
use crate::databases::Database;
use crate::estate::Estate;
use crate::objects::ObjectStore;
use crate::people::Person;
use crate::receipts;
use crate::server::{House, Setup};

/// Who is erased: with a samordningsnummer, a hundred years old, with keys that name them, with a shared telephone.
const ERASED: [usize; 10] = [3, 7, 9, 20, 29, 41, 77, 94, 95, 150];
/// Who asks for an export.
const EXPORTED: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn postgres_from_scan_to_receipt() {
    whole_way(Estate::of_database(Database::postgres().await).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_from_scan_to_receipt() {
    whole_way(Estate::of_database(Database::mariadb().await).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_from_scan_to_receipt() {
    let directory = hemvist_estate::directory();
    let database = Database::sqlite(&directory.path().join("crm.db")).await;
    whole_way(Estate::of_database(database).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_from_scan_to_receipt() {
    let directory = hemvist_estate::directory();
    let database = Database::sqlite(&directory.path().join("crm.db")).await;
    whole_way(Estate::of_objects(database, ObjectStore::s3().await).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tree_from_scan_to_receipt() {
    let directory = hemvist_estate::directory();
    let database = Database::sqlite(&directory.path().join("crm.db")).await;
    let tree = ObjectStore::tree(&directory.path().join("tree"));
    whole_way(Estate::of_objects(database, tree).await).await;
}

async fn whole_way(estate: Estate) {
    let house = House::new(Setup {
        environment: estate.environment(),
        ..Setup::default()
    });
    let mut server = house.serve().await;
    let client = &mut server.client;
    estate.register(client).await;
    estate.scan(client).await;
    check_counts(&estate, client).await;
    for person in &estate.people {
        estate.check_located(person, &client.locate(&person.question()).await);
    }
    check_export(&estate, client).await;

    let before = estate.snapshot().await;
    for number in ERASED {
        erase(&house, client, &estate.people[number]).await;
    }
    estate.check_erased(&before, &ERASED).await;
    // Once from the index as the erasures left it, and once as a new scan finds it.
    check_after(&estate, client).await;
    estate.scan(client).await;
    check_after(&estate, client).await;
    server.process.terminate().await;
}

/// The Coverage of each Source knows every Record that was planted.
async fn check_counts(estate: &Estate, client: &mut Client) {
    let located = client.locate(&estate.people[0].anchor).await;
    for (source, records) in &estate.records {
        let name = format!("sources/{source}");
        let known = located
            .coverage
            .iter()
            .find(|coverage| coverage.source == name)
            .expect("its coverage");
        let coverage = known.coverage.as_ref().expect("a coverage");
        assert_eq!(coverage.scanned, *records as i64, "{source}: {coverage:?}");
    }
}

async fn check_export(estate: &Estate, client: &mut Client) {
    let person = &estate.people[EXPORTED];
    let mut files = client.export(&person.question()).await;
    let manifest = files.remove("manifest.json").expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    let listed = manifest["files"].as_array().expect("files");
    assert_eq!(listed.len(), files.len());
    for file in listed {
        let bytes = &files[file["name"].as_str().expect("a name")];
        let digest: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(file["sha256"].as_str(), Some(digest.as_str()));
        assert_eq!(file["bytes"].as_u64(), Some(bytes.len() as u64));
    }
    let package = String::from_utf8(files.into_values().flatten().collect())
        .expect("text")
        .to_lowercase();
    assert!(
        package.contains(&person.email),
        "the person's own address is not in their export"
    );
    for other in estate
        .people
        .iter()
        .filter(|other| other.number != EXPORTED)
    {
        for spelling in other.spellings() {
            assert!(
                !package.contains(&spelling.to_lowercase()),
                "person {} is in the export",
                other.number
            );
        }
    }
}

async fn erase(house: &House, client: &mut Client, person: &Person) {
    let ended = client.erase(&person.question()).await;
    let items = client.items(&ended.plan).await;
    let outcomes: Vec<_> = items
        .iter()
        .map(|item| (&item.collection, &item.record, &item.why, &item.outcome))
        .collect();
    assert_eq!(
        ended.erasure.state(),
        v1::ErasureState::Erased,
        "person {}: {outcomes:#?}",
        person.number
    );
    assert_eq!(ended.erasure.verification(), v1::VerificationLevel::ReScan);
    receipts::check(&ended);
    if person.number == ERASED[0] {
        receipts::check_by_command(house, &ended);
    }
}

async fn check_after(estate: &Estate, client: &mut Client) {
    for person in &estate.people {
        let located = client.locate(&person.question()).await;
        if ERASED.contains(&person.number) {
            assert!(
                located.locations.is_empty(),
                "person {} is still known",
                person.number
            );
        } else {
            estate.check_located(person, &located);
        }
    }
}
