//! Two workers on one PostgreSQL store share a scan; when one is killed, the other finishes.

use std::fs;

use hemvist_proto::v1;

use crate::client::Client;
use crate::estate::check_sum;
use crate::objects::ObjectStore;
use crate::people::{Person, people};
use crate::server::{House, Process, Setup, eventually};

/// Splits of a tree are of at most so many objects.
const OBJECTS: usize = 16_000;
/// A worker has read of the tree when it has read so many bytes: its own start-up is far below.
const READ_BYTES_MIN: u64 = 6 * 1024 * 1024;
const OBJECT_BYTES: usize = 2_000;

fn text(person: &Person, object: usize) -> String {
    let mut text = format!("Ärende {object}: personnummer {}.\n", person.long());
    while text.len() < OBJECT_BYTES {
        text += "Det är inget särskilt med den här raden, mer än att den tar plats.\n";
    }
    text
}

/// How many bytes a process has read in all, from whatever.
fn read_bytes(process: &Process) -> u64 {
    let counters =
        fs::read_to_string(format!("/proc/{}/io", process.id())).expect("a running process");
    let line = counters
        .lines()
        .find_map(|line| line.strip_prefix("rchar: "))
        .expect("a counter");
    line.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_a_scan_and_one_alone_finishes_it() {
    let directory = hemvist_estate::directory();
    let (tree, people) = (ObjectStore::tree(directory.path()), people(7));
    for object in 0..OBJECTS {
        let person = &people[object % people.len()];
        tree.put(
            &format!("{}/{object}.txt", object % 100),
            text(person, object).as_bytes(),
        )
        .await;
    }
    let house = House::new(Setup {
        store: Some(hemvist_estate::postgres().fresh_database()),
        lease_seconds: 2,
        splits_max: 0,
        ..Setup::default()
    });
    let mut server = house.serve().await;
    let worker = house.with_splits(1);
    let (mut one, other) = (house.start("work", &worker), house.start("work", &worker));

    server.client.register("tree", tree.settings(), None).await;
    let scan = server.client.start_scan("tree").await;
    eventually("both workers read", async || {
        let both = [&one, &other].map(read_bytes);
        both.iter()
            .all(|bytes| *bytes >= READ_BYTES_MIN)
            .then_some(())
    })
    .await;
    one.kill();

    let scan = server.client.watch_scan(&scan.name).await;
    assert_eq!(scan.state(), v1::ScanState::Finished);
    let coverage = scan.coverage.expect("a coverage");
    check_sum(&coverage);
    assert_eq!(
        (coverage.scanned, coverage.complete),
        (OBJECTS as i64, true),
        "{coverage:?}"
    );
    assert_eq!(
        scan.findings, OBJECTS as i64,
        "each once, whoever was killed"
    );
    check_people(&mut server.client, &people).await;
    other.terminate().await;
}

async fn check_people(client: &mut Client, people: &[Person]) {
    for person in people {
        let located = client.locate(&person.long()).await;
        assert_eq!(
            located.locations.len(),
            OBJECTS / people.len(),
            "person {}",
            person.number
        );
    }
}
