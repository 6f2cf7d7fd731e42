//! Canaries: identifiers, keys and cells of the stores are found nowhere but in the stores and in answers to whoever
//! asked for them: not in logs (at debug level too), errors, traces, receipts, or our own database.

use std::process::Command;

use hemvist_proto::v1;
use tonic::Status;

use crate::client::Client;
use crate::collector::Collector;
use crate::databases::Database;
use crate::estate::{ARCHIVE, CRM, Estate};
use crate::needles::Needles;
use crate::objects::ObjectStore;
use crate::receipts;
use crate::server::{House, Setup, eventually};

/// Words around identifiers in cells, and in objects' keys.
const WORDS: [&str; 4] = [
    "bor på samma adress",
    "Mitt personnummer är",
    "inskannat/",
    "share a session",
];
/// Who is erased while their data resists.
const RESISTING: usize = 42;
const ERASED: usize = 9;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaks_beside_an_sqlite_store() {
    let (house, needles) = used_house(None).await;
    assert!(
        check_own_files(&house, &needles) > 0,
        "the database is a file"
    );
}

/// Looks through our own database's files, and says how many there are.
fn check_own_files(house: &House, needles: &Needles) -> usize {
    let files = [
        "hemvist.db",
        "hemvist.db-wal",
        "hemvist.db-journal",
        "hemvist.db-shm",
    ];
    let files = files
        .map(|file| house.path(file))
        .into_iter()
        .filter(|file| file.exists());
    files
        .map(|file| needles.check("our own database", &std::fs::read(file).expect("a file")))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaks_beside_a_postgres_store() {
    let url = hemvist_estate::postgres().fresh_database();
    let (_house, needles) = used_house(Some(url.clone())).await;
    let dumped = Command::new("pg_dump")
        .args(["--dbname", &url])
        .output()
        .expect("pg_dump runs");
    assert!(
        dumped.status.success(),
        "{}",
        String::from_utf8_lossy(&dumped.stderr)
    );
    assert!(
        String::from_utf8_lossy(&dumped.stdout).contains("COPY public.finding"),
        "the index is in the dump"
    );
    needles.check("a dump of our own database", &dumped.stdout);
}

/// A house in which everything has been done, what goes wrong included, with its logs, errors, traces and receipts
/// already looked through. It still runs when its database is looked at: kept open until the end of this.
async fn used_house(store: Option<String>) -> (House, Needles) {
    let directory = hemvist_estate::directory();
    let tree = ObjectStore::tree(&directory.path().join("tree"));
    let estate = Estate::of_objects_and_tables(Database::postgres().await, tree).await;
    let needles = needles(&estate);
    let planted =
        std::fs::read(directory.path().join("tree/export/kunder.csv")).expect("a planted object");
    assert!(
        needles.first_in(&planted).is_some(),
        "the search finds what is there"
    );

    let (collector, endpoint) = Collector::start().await;
    let environment = vec![("HEMVIST_LOG".to_owned(), "debug".to_owned())];
    let house = House::new(Setup {
        store,
        otlp: Some(endpoint),
        environment,
        ..Setup::default()
    });
    let mut server = house.serve().await;
    let client = &mut server.client;
    estate.register(client).await;
    estate.scan(client).await;
    let mut statuses = refusals(client, &estate).await;
    check_receipts(client, &estate, &needles).await;
    statuses.extend(resistance(client, &estate, &needles).await);
    for status in &statuses {
        needles.check("an error", format!("{status:?}").as_bytes());
        needles.check("an error's details", status.details());
    }
    let traced = async || (!collector.bytes().is_empty()).then_some(());
    // While it runs there is a write-ahead log beside the file.
    check_own_files(&house, &needles);
    server.process.terminate().await;
    eventually("traces arrive", traced).await;
    assert!(
        collector.bytes().windows(6).any(|bytes| bytes == b"Locate"),
        "calls are traced"
    );
    needles.check("a trace", &collector.bytes());
    let printed = house.printed();
    assert!(
        printed.windows(5).any(|bytes| bytes == b"DEBUG"),
        "the log is at debug level"
    );
    needles.check("the log", &printed);
    (house, needles)
}

fn needles(estate: &Estate) -> Needles {
    let mut texts: Vec<String> = estate
        .people
        .iter()
        .flat_map(|person| person.spellings())
        .collect();
    texts.extend(estate.people.iter().map(|person| person.name.clone()));
    texts.extend(WORDS.map(str::to_owned));
    texts.sort();
    texts.dedup();
    Needles::new(&texts)
}

/// Every way to be refused that has something to repeat.
async fn refusals(client: &mut Client, estate: &Estate) -> Vec<Status> {
    let mut statuses = Vec::new();
    for person in estate.people.iter().take(5) {
        let wrong_digit = format!(
            "{}{}",
            &person.anchor[..11],
            (person.anchor.as_bytes()[11] - b'0' + 1) % 10
        );
        for wrong in [
            format!("{} {}", person.email, person.anchor),
            format!("{}x", person.long()),
            wrong_digit,
        ] {
            statuses.extend(client.try_locate(&wrong).await.err());
            statuses.extend(client.try_plan(&wrong).await.err());
        }
        let name = format!("sources/{}", person.email);
        let request = v1::GetSourceRequest { name: name.clone() };
        statuses.extend(client.sources.get_source(request).await.err());
        let request = v1::CreateScanRequest {
            parent: name,
            scan: None,
            request_id: person.long(),
        };
        statuses.extend(client.scans.create_scan(request).await.err());
        let request = v1::GetPlanRequest {
            name: format!("plans/{}", person.anchor),
        };
        statuses.extend(client.erasures.get_plan(request).await.err());
    }
    assert_eq!(statuses.len(), 5 * 9, "all of it is refused");
    statuses
}

async fn check_receipts(client: &mut Client, estate: &Estate, needles: &Needles) {
    for number in [ERASED, ERASED + 20] {
        let person = &estate.people[number];
        assert!(!client.locate(&person.question()).await.locations.is_empty());
        client.export(&person.question()).await;
        let ended = client.erase(&person.question()).await;
        assert_eq!(ended.erasure.state(), v1::ErasureState::Erased);
        needles.check("a receipt", &ended.receipt);
    }
}

/// Stores whose own errors hold what they refuse: a trigger that repeats the row, a check that shows it, a table that
/// vanishes, a credential that is taken away.
async fn resistance(client: &mut Client, estate: &Estate, needles: &Needles) -> Vec<Status> {
    let person = &estate.people[RESISTING];
    let stubborn = "\
        CREATE FUNCTION complain() RETURNS trigger LANGUAGE plpgsql AS $$ \
        BEGIN RAISE EXCEPTION 'cannot touch %, %', OLD.receipt_to, OLD.details; END $$; \
        CREATE TRIGGER complain BEFORE DELETE OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION complain(); \
        ALTER TABLE notes ADD CHECK (body NOT LIKE '%erased%' AND id::text::int = id) NOT VALID";
    estate.crm.run(stubborn).await;
    let ended = client.erase(&person.question()).await;
    assert_eq!(ended.erasure.state(), v1::ErasureState::Incomplete);
    assert!(
        receipts::count(&ended.erasure, v1::OutcomeKind::Failed) >= 2,
        "{:?}",
        ended.erasure.outcomes
    );
    needles.check("a receipt", &ended.receipt);
    for item in client.items(&ended.plan).await {
        needles.check(
            "an outcome",
            format!("{:?} {}", item.outcome, item.why).as_bytes(),
        );
    }
    estate
        .crm
        .run("DROP TABLE orders; DROP VIEW everybody; ALTER TABLE customers RENAME TO clients")
        .await;
    let mut statuses = Vec::new();
    statuses.extend(client.try_plan(&person.question()).await.err());
    client.scan(CRM).await;
    client.scan(ARCHIVE).await;
    statuses
}
