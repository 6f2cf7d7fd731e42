//! `kill -9` of the real server at random moments: a scan finds what it would have found, an erasure does what it was
//! to do, once, and says so.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hemvist_proto::v1;

use crate::client::Client;
use crate::databases::Database;
use crate::dice::Dice;
use crate::estate::{ARCHIVE, CRM, Estate, check_whole};
use crate::objects::ObjectStore;
use crate::people::Person;
use crate::receipts;
use crate::server::{House, Server, Setup};

/// Rounds of the scan, in each of which the server is killed twice: a Split that takes its worker with it three times
/// is given up, as it should be.
const SCANS: usize = 25;
const KILLS_PER_SCAN: usize = 2;
/// Short, as the dead are waited for; but a living worker must be able to renew it on a busy machine.
const LEASE_SECONDS: u32 = 2;
/// The same where a scan goes over a network and takes longer.
const REMOTE_SCANS: usize = 4;
/// How often the server is killed while it erases, each time another person.
const ERASURES: usize = 50;
/// The same where every erasure goes over a network and takes longer.
const REMOTE_ERASURES: usize = 10;
/// Tables that make a scan last, and how often each holds every note.
const BULK_TABLES: usize = 10;
const BULK_COPIES: usize = 8;

/// What the index says of everybody, whenever it was seen.
type Known = BTreeMap<usize, Vec<v1::Location>>;

fn house(estate: &Estate) -> House {
    House::new(Setup {
        lease_seconds: LEASE_SECONDS,
        environment: estate.environment(),
        ..Setup::default()
    })
}

async fn known(estate: &Estate, client: &mut Client, numbers: &[usize]) -> Known {
    let mut known = Known::new();
    for number in numbers {
        let mut locations = client
            .locate(&estate.people[*number].question())
            .await
            .locations;
        locations
            .iter_mut()
            .for_each(|location| location.last_seen_time = None);
        locations.sort_by(|one, other| {
            (
                &one.record_ref,
                &one.field,
                &one.info_type,
                &one.first.map(|range| range.start),
            )
                .cmp(&(
                    &other.record_ref,
                    &other.field,
                    &other.info_type,
                    &other.first.map(|range| range.start),
                ))
        });
        known.insert(*number, locations);
    }
    known
}

async fn wait_up_to(dice: &mut Dice, longest: Duration) {
    let micros = dice.below(u64::try_from(longest.as_micros()).expect("a short time"));
    tokio::time::sleep(Duration::from_micros(micros)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_whose_server_is_killed_finds_what_an_undisturbed_one_finds() {
    let directory = hemvist_estate::directory();
    let crm = Database::sqlite(&directory.path().join("crm.db")).await;
    scan_under_kills(crm, SCANS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_of_postgres_whose_server_is_killed_finds_what_an_undisturbed_one_finds() {
    scan_under_kills(Database::postgres().await, REMOTE_SCANS).await;
}

async fn scan_under_kills(crm: Database, rounds: usize) {
    let mut dice = Dice::of_the_day("kills during scans");
    let estate = Estate::of_database(crm).await;
    estate.crm.run(&bulk()).await;
    let everybody: Vec<usize> = (0..estate.people.len()).collect();

    let house_undisturbed = house(&estate);
    let mut server = house_undisturbed.serve().await;
    estate.register(&mut server.client).await;
    let start = Instant::now();
    estate.scan(&mut server.client).await;
    let longest = start.elapsed();
    let expected = known(&estate, &mut server.client, &everybody).await;
    server.process.terminate().await;

    let house = house(&estate);
    // Record references are keyed: with the same key they are the same.
    std::fs::create_dir(house.path("keys")).expect("a directory");
    std::fs::copy(
        house_undisturbed.path("keys/master.key"),
        house.path("keys/master.key"),
    )
    .expect("the key");
    let mut server = house.serve().await;
    estate.register(&mut server.client).await;
    for round in 0..rounds {
        let scan = server.client.start_scan(CRM).await;
        for _ in 0..KILLS_PER_SCAN {
            wait_up_to(&mut dice, longest).await;
            server = killed(&house, server).await;
        }
        let scan = server.client.watch_scan(&scan.name).await;
        assert_eq!(scan.state(), v1::ScanState::Finished, "round {round}");
        check_whole(&scan.coverage.expect("a coverage"));
        let some: Vec<usize> = (0..3)
            .map(|_| dice.below(everybody.len() as u64) as usize)
            .collect();
        for (number, locations) in known(&estate, &mut server.client, &some).await {
            assert!(
                locations == expected[&number],
                "person {number} after round {round}"
            );
        }
    }
    let found = known(&estate, &mut server.client, &everybody).await;
    assert!(found == expected, "the findings differ");
}

async fn killed(house: &House, mut server: Server) -> Server {
    server.process.kill();
    drop(server);
    house.serve().await
}

fn bulk() -> String {
    let copies: Vec<String> = (0..BULK_COPIES)
        .map(|copy| format!("SELECT {copy} AS copy"))
        .collect();
    let copies = copies.join(" UNION ALL ");
    let table = |table: usize| {
        format!(
            "CREATE TABLE bulk_{table} (nr INTEGER PRIMARY KEY, body TEXT);\n\
             INSERT INTO bulk_{table} SELECT ROW_NUMBER() OVER (), body FROM notes, ({copies}) AS copies;\n"
        )
    };
    (0..BULK_TABLES).map(table).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_whose_server_is_killed_is_done_once_and_truly_reported() {
    let directory = hemvist_estate::directory();
    let crm = Database::sqlite(&directory.path().join("crm.db")).await;
    let tree = ObjectStore::tree(&directory.path().join("tree"));
    erase_under_kills(crm, tree, ERASURES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erasures_on_postgres_whose_server_is_killed_are_done_once_and_truly_reported() {
    let directory = hemvist_estate::directory();
    let tree = ObjectStore::tree(&directory.path().join("tree"));
    erase_under_kills(Database::postgres().await, tree, REMOTE_ERASURES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erasures_on_mariadb_whose_server_is_killed_are_done_once_and_truly_reported() {
    let directory = hemvist_estate::directory();
    let tree = ObjectStore::tree(&directory.path().join("tree"));
    erase_under_kills(Database::mariadb().await, tree, REMOTE_ERASURES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erasures_on_s3_whose_server_is_killed_are_done_once_and_truly_reported() {
    let directory = hemvist_estate::directory();
    let crm = Database::sqlite(&directory.path().join("crm.db")).await;
    erase_under_kills(crm, ObjectStore::s3().await, REMOTE_ERASURES).await;
}

async fn erase_under_kills(crm: Database, archive: ObjectStore, kills: usize) {
    let mut dice = Dice::of_the_day("kills during erasures");
    let estate = Estate::of_private_objects(crm, archive).await;
    let house = house(&estate);
    let mut server = house.serve().await;
    estate.register(&mut server.client).await;
    estate.scan(&mut server.client).await;
    let before = estate.snapshot().await;

    // None of them shares a Record or a telephone with another. The first is undisturbed, to know how long it takes.
    let alone = |person: &&Person| person.number % 4 >= 2 && !person.phone_is_shared;
    let erased: Vec<usize> = estate
        .people
        .iter()
        .filter(alone)
        .map(|person| person.number)
        .collect();
    let erased = &erased[..=kills];
    let start = Instant::now();
    let plan = server
        .client
        .approved(&estate.people[erased[0]].question())
        .await;
    server.client.execute(&plan).await;
    let mut plans = vec![plan.clone()];
    server.client.ended(plan).await;
    let longest = start.elapsed();

    for number in &erased[1..] {
        let plan = server
            .client
            .approved(&estate.people[*number].question())
            .await;
        server.client.execute(&plan).await;
        wait_up_to(&mut dice, longest / 2).await;
        server = killed(&house, server).await;
        plans.push(plan);
    }
    for (plan, number) in plans.into_iter().zip(erased) {
        check_truly_reported(&mut server.client, plan, *number).await;
    }
    estate.check_erased(&before, erased).await;
    for source in [CRM, ARCHIVE] {
        assert_eq!(
            server.client.scan(source).await.state(),
            v1::ScanState::Finished
        );
    }
    for person in &estate.people {
        let located = server.client.locate(&person.question()).await;
        match erased.contains(&person.number) {
            true => assert!(
                located.locations.is_empty(),
                "person {} is still there",
                person.number
            ),
            false => estate.check_located(person, &located),
        }
    }
}

async fn check_truly_reported(client: &mut Client, plan: v1::Plan, number: usize) {
    let ended = client.ended(plan).await;
    let items = client.items(&ended.plan).await;
    let outcomes = items
        .iter()
        .map(|item| (&item.collection, &item.record, &item.outcome));
    let shown = format!(
        "person {number}: {:#?} {}",
        outcomes.collect::<Vec<_>>(),
        receipts::gaps(&ended)
    );
    assert_eq!(ended.erasure.state(), v1::ErasureState::Erased, "{shown}");
    // Whoever deleted it says so, though the answer may have been lost with the process.
    assert_eq!(
        receipts::count(&ended.erasure, v1::OutcomeKind::AlreadyGone),
        0,
        "{shown}"
    );
    receipts::check(&ended);
}
