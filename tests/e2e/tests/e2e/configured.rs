//! Detectors and exclusions by configuration, through the real binary: served, on the command line, and refused.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hemvist_proto::v1;

use crate::client::Client;
use crate::databases::Database;
use crate::server::{House, Setup, binary};

const ASTRID: &str = "19811228-9874";
const OURS: &str = "info@example.com";

const DETECTORS: &str = r#"
[[detectors]]
name = "badge"
patterns = ["B-[0-9]{6}"]
labels = ["passerkort"]
fields = ["badge_id"]
examples = ["Passerkort: B-123456"]
counter_examples = ["B-123456"]

[[exclusions]]
info_type = "EMAIL_ADDRESS"
values = "env:OUR_MAILBOXES"
owner = "support"
reason = "our own mailbox"
"#;

const VISITS: &str = "CREATE TABLE visits (id INTEGER PRIMARY KEY, badge_id TEXT, pnr TEXT, email TEXT); \
     INSERT INTO visits VALUES (1, 'B-123456', '19811228-9874', 'astrid@example.com'), \
     (2, 'B-654321', '19900101-9802', 'info@example.com')";

/// A server with these detectors, and one SQLite database that it has registered.
async fn house(database: &Path) -> (House, Client, Database, crate::server::Process) {
    let house = House::new(Setup {
        configuration: DETECTORS.to_owned(),
        environment: vec![("OUR_MAILBOXES".to_owned(), OURS.to_owned())],
        ..Setup::default()
    });
    let visits = Database::sqlite(database).await;
    visits.run(VISITS).await;
    let server = house.serve().await;
    let mut client = server.client;
    client
        .register("office", visits.settings.clone(), None)
        .await;
    (house, client, visits, server.process)
}

fn fields(located: &[v1::Location]) -> Vec<&str> {
    let places = located.iter().map(|location| location.field.as_str());
    places.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn configured_values_are_located_and_excluded_ones_are_told() {
    let directory = hemvist_estate::directory();
    let (_house, mut client, _visits, _process) = house(&directory.path().join("office.db")).await;
    let scan = client.scan("office").await;
    assert!(scan.info_types.contains(&"CONFIGURED".to_owned()));
    assert!(scan.detector_version.contains('+'));

    let badge = client.locate("badge:B-123456").await;
    assert_eq!(fields(&badge.locations), ["badge_id"]);
    assert_eq!(badge.locations[0].record, "1");
    assert!(badge.complete);

    let excluded = client.locate(OURS).await;
    assert!(excluded.locations.is_empty() && !excluded.complete);
    let exclusion = excluded.subject.members[0].exclusion.as_ref();
    let exclusion = exclusion.expect("it is left out");
    assert_eq!(
        (exclusion.owner.as_str(), exclusion.reason.as_str()),
        ("support", "our own mailbox")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_for_less_leaves_the_rest_and_says_what_it_looked_for() {
    let directory = hemvist_estate::directory();
    let (_house, mut client, visits, _process) = house(&directory.path().join("office.db")).await;
    client.scan("office").await;
    visits
        .run("UPDATE visits SET pnr = NULL, email = 'new@example.com' WHERE id = 1")
        .await;
    let less = client.scan_for("office", &["EMAIL_ADDRESS"]).await;
    assert_eq!(less.info_types, ["EMAIL_ADDRESS"]);
    assert_eq!(less.findings, 1);

    let number = client.locate(ASTRID).await;
    assert_eq!(fields(&number.locations), ["pnr"]);
    let readings = &number.coverage[0].collections;
    assert_eq!(readings[0].info_types, ["EMAIL_ADDRESS"]);
    let others = &readings[1].info_types;
    assert!(others.contains(&"SE_PERSONNUMMER".to_owned()));
    assert!(!others.contains(&"EMAIL_ADDRESS".to_owned()));
    assert!(
        client
            .locate("astrid@example.com")
            .await
            .locations
            .is_empty()
    );
    assert_eq!(
        fields(&client.locate("new@example.com").await.locations),
        ["email"]
    );

    client.scan("office").await;
    assert!(client.locate(ASTRID).await.locations.is_empty());
}

fn detect(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command
        .arg("detect")
        .args(arguments)
        .current_dir(directory)
        .env("OUR_MAILBOXES", OURS);
    command.output().expect("the binary runs")
}

#[test]
fn detect_takes_the_same_configuration() {
    let directory = hemvist_estate::directory();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text);
    write("hemvist.toml", DETECTORS).expect("a configuration");
    let text = format!("passerkort B-654321, {OURS}, bo@example.com, {ASTRID}\n");
    write("a.txt", &text).expect("a file");
    let check = |arguments: &[&str], expected: &[&str]| {
        let output = detect(directory.path(), arguments);
        let printed = String::from_utf8(output.stdout).expect("text");
        let found = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).expect("a document");
            line["identifier"].as_str().expect("revealed").to_owned()
        };
        let found: Vec<String> = printed.lines().map(found).collect();
        assert_eq!(found, expected, "{arguments:?}");
    };
    let configured = ["--config", "hemvist.toml", "--reveal", "a.txt"];
    let all = ["badge:b-654321", "bo@example.com", "198112289874"];
    check(&configured, &all);
    let narrow = [
        "--info-type",
        "CONFIGURED",
        "--info-type",
        "SE_PERSONNUMMER",
    ];
    let both: Vec<&str> = configured.into_iter().chain(narrow).collect();
    check(&both, &[all[0], all[2]]);
    check(&["--reveal", "a.txt"], &[OURS, all[1], all[2]]);
}

#[test]
fn a_detector_that_fails_an_example_stops_the_start_and_is_named_without_it() {
    let directory = hemvist_estate::directory();
    let wrong = DETECTORS.replace("[\"B-123456\"]", "[\"B-123456\", \"passerkort B-199001\"]");
    fs::write(directory.path().join("hemvist.toml"), wrong).expect("a configuration");
    for role in ["serve", "work", "detect"] {
        let mut command = Command::new(binary());
        command
            .args([role, "--config", "hemvist.toml"])
            .current_dir(directory.path())
            .env("OUR_MAILBOXES", OURS);
        let output = command.output().expect("the binary runs");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success(), "{role}");
        let place = "detector 1 (`badge`): the rule finds something in its counter-example 2";
        assert!(said.contains(place), "{role}: {said}");
        assert!(!said.contains("B-199001"), "{role}: {said}");
    }
}
