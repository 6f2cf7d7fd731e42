//! Stores that are broken or cannot be reached: a clear error or a Skip with its reason, the rest goes on, nothing is lost.

use std::path::Path;

use hemvist_proto::v1;
use hemvist_proto::v1::source::Settings;
use tonic::Code;

use crate::client::Client;
use crate::databases::{SECRET, parse};
use crate::estate::check_sum;
use crate::files::gzip;
use crate::objects::ObjectStore;
use crate::people::people;
use crate::server::{House, Setup, within};

/// A line longer than any buffer.
const LONG_LINE_BYTES: usize = 64 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn broken_objects_are_skipped_with_a_reason_and_the_rest_is_found() {
    let (directory, people) = (hemvist_estate::directory(), people(3));
    let tree = ObjectStore::tree(directory.path());
    let line = |number: usize| format!("personnummer {}\n", people[number].long());
    let packed = gzip(&[line(4), scramble(100_000)].concat().into_bytes());
    let long = [
        line(5).trim_end(),
        &" ord".repeat(LONG_LINE_BYTES / 4),
        " ",
        &line(6),
    ]
    .concat();
    let objects: [(&str, Vec<u8>); 9] = [
        ("good.txt", line(0).into_bytes()),
        (
            "broken.csv",
            format!(
                "namn;personnummer\nx;{}\n\"y;{}",
                people[1].long(),
                "z".repeat(90)
            )
            .into_bytes(),
        ),
        (
            "broken.json",
            format!("{{\"pnr\": \"{}\", \"more\": [1, {{", people[2].anchor).into_bytes(),
        ),
        (
            "invalid.txt",
            [b"\xc3\x28 \xff\xfe ".as_slice(), line(3).as_bytes()].concat(),
        ),
        ("cut.txt.gz", packed[..packed.len() / 2].to_vec()),
        ("long.txt", long.into_bytes()),
        (
            "program",
            [b"\x7fELF\x02\x01\x01\x00".as_slice(), &noise(100_000)].concat(),
        ),
        ("empty.txt", Vec::new()),
        ("empty.gz", Vec::new()),
    ];
    for (key, bytes) in &objects {
        tree.put(key, bytes).await;
    }
    let house = House::new(Setup::default());
    let mut server = house.serve().await;
    server.client.register("tree", tree.settings(), None).await;
    let scan = server.client.scan("tree").await;
    assert_eq!(scan.state(), v1::ScanState::Finished);
    let coverage = scan.coverage.expect("a coverage");
    check_sum(&coverage);
    assert_eq!(coverage.enumerated, objects.len() as i64, "{coverage:?}");
    assert!(!coverage.complete);
    let reasons: Vec<_> = coverage.reasons.iter().map(v1::SkipCount::reason).collect();
    for reason in [v1::SkipReason::Binary, v1::SkipReason::Corrupt] {
        assert!(reasons.contains(&reason), "{coverage:?}");
    }
    for (number, person) in people.iter().enumerate().take(7) {
        let located = server.client.locate(&person.long()).await;
        assert_eq!(located.locations.len(), 1, "person {number}: {coverage:?}");
        assert!(!located.complete, "a gap is told in every answer");
    }
}

/// Text that hardly packs.
fn scramble(count: usize) -> String {
    noise(count)
        .into_iter()
        .map(|byte| char::from(b'a' + byte % 26))
        .collect()
}

/// Bytes in no order.
fn noise(count: usize) -> Vec<u8> {
    let mut dice = crate::dice::Dice::new(1);
    (0..count)
        .map(|_| u8::try_from(dice.below(256)).expect("a byte"))
        .collect()
}

/// Stores that cannot be read, and what a Scan says of each.
fn bad_stores() -> [(&'static str, Settings, v1::SkipReason); 5] {
    let (user, _, host, port, database) = parse(&hemvist_estate::postgres().tcp_url());
    let password = format!("env:{SECRET}");
    let good = v1::SqlSettings {
        host,
        port,
        database,
        user,
        password,
        tls: false,
    };
    let with = |change: &dyn Fn(&mut v1::SqlSettings)| {
        let mut settings = good.clone();
        change(&mut settings);
        Settings::Postgres(settings)
    };
    let wrong_host = with(&|one| one.host = "nowhere.example".to_owned());
    let wrong_port = with(&|one| one.port = 1);
    let no_secret = with(&|one| one.password = "env:HEMVIST_TEST_NOT_SET".to_owned());
    let no_tree = ObjectStore::tree(Path::new("/no/such/directory")).settings();
    [
        ("wrong-password", with(&|_| ()), v1::SkipReason::Denied),
        ("wrong-host", wrong_host, v1::SkipReason::Unreachable),
        ("wrong-port", wrong_port, v1::SkipReason::Unreachable),
        ("no-secret", no_secret, v1::SkipReason::Denied),
        ("no-tree", no_tree, v1::SkipReason::Vanished),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_that_cannot_be_read_are_clear_errors_and_disturb_no_other() {
    let environment = vec![(SECRET.to_owned(), "not the password".to_owned())];
    let house = House::new(Setup {
        environment,
        ..Setup::default()
    });
    let mut server = house.serve().await;
    let client = &mut server.client;
    let directory = hemvist_estate::directory();
    let good = ObjectStore::tree(directory.path());
    good.put("a.txt", b"person.nr1@example.org\n").await;
    client.register("good", good.settings(), None).await;
    for (id, settings, reason) in bad_stores() {
        client.register(id, settings, None).await;
        check_unreadable(client, id, reason).await;
    }
    let scan = client.scan("good").await;
    assert!(scan.coverage.expect("a coverage").complete);
    let located = client.locate("person.nr1@example.org").await;
    assert_eq!(located.locations.len(), 1);
    assert!(!located.complete, "five stores were never read");
}

async fn check_unreadable(client: &mut Client, id: &str, reason: v1::SkipReason) {
    let request = v1::ProbeSourceRequest {
        name: format!("sources/{id}"),
    };
    let refused = within("ProbeSource", client.sources.probe_source(request)).await;
    let code = refused.expect_err("no store").code();
    let clear = [Code::FailedPrecondition, Code::Unavailable, Code::NotFound];
    assert!(clear.contains(&code), "{id}: {code:?}");
    let scan = client.scan(id).await;
    assert_eq!(scan.state(), v1::ScanState::Failed, "{id}");
    let coverage = scan.coverage.expect("a coverage");
    check_sum(&coverage);
    let reasons: Vec<_> = coverage.reasons.iter().map(v1::SkipCount::reason).collect();
    assert_eq!(reasons, [reason], "{id}: {coverage:?}");
}
