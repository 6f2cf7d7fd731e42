//! Who may depend on whom. `deny.toml` says part of this again for `cargo deny`; this test needs cargo alone.

use std::collections::BTreeMap;
use std::process::Command;

use super::{report, texts, workspace};

/// For each crate of the product: the crates of ours that it may use. A crate that is not here fails the test: decide
/// what it is for, and what it keeps out, first.
const MAY_USE: &[(&str, &[&str])] = &[
    ("hemvist-model", &[]),
    ("hemvist-proto", &[]),
    ("hemvist-detect", &["hemvist-model"]),
    ("hemvist-decode", &["hemvist-model"]),
    ("hemvist-source", &["hemvist-model"]),
    ("hemvist-sql", &["hemvist-model", "hemvist-source"]),
    ("hemvist-object", &["hemvist-model", "hemvist-source"]),
    ("hemvist-store", &["hemvist-model"]),
    (
        "hemvist-app",
        &[
            "hemvist-model",
            "hemvist-detect",
            "hemvist-decode",
            "hemvist-source",
            "hemvist-store",
        ],
    ),
    (
        "hemvist-grpc",
        &["hemvist-app", "hemvist-model", "hemvist-proto"],
    ),
    (
        "hemvist",
        &[
            "hemvist-app",
            "hemvist-decode",
            "hemvist-detect",
            "hemvist-grpc",
            "hemvist-model",
            "hemvist-object",
            "hemvist-proto",
            "hemvist-source",
            "hemvist-sql",
            "hemvist-store",
        ],
    ),
];

/// Not part of the product: these may use anything.
const TOOLS: &[&str] = &[
    "hemvist-bench",
    "hemvist-corpus",
    "hemvist-e2e",
    "hemvist-estate",
    "xtask",
];

/// For a family of crates from outside (a name, or a prefix with `*`): the only crates that may name them.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("tonic*", &["hemvist-proto", "hemvist-grpc", "hemvist"]),
    ("prost*", &["hemvist-proto", "hemvist-grpc", "hemvist"]),
    // The binary: only to make the demo's company, which is not a Source yet.
    ("sqlx*", &["hemvist-sql", "hemvist-store", "hemvist"]),
    ("aws-*", &["hemvist-object"]),
    // The binary: only to say how many threads detection gets.
    ("rayon*", &["hemvist-app", "hemvist"]),
    ("opentelemetry*", &["hemvist"]),
    ("tracing-*", &["hemvist"]),
    ("clap*", &["hemvist"]),
    ("anyhow", &["hemvist"]),
    ("toml*", &["hemvist"]),
];

/// The pure crates, and what may appear nowhere below them, however deep: I/O runtimes, threads, clocks, randomness,
/// logging.
const PURE: &[&str] = &["hemvist-model", "hemvist-detect", "hemvist-decode"];
const NEVER_BELOW_PURE: &[&str] = &[
    "tokio*",
    "futures*",
    "async-*",
    "rayon*",
    "crossbeam*",
    "tracing*",
    "log",
    "rand*",
    "getrandom",
    "chrono",
    "time",
    "sqlx*",
    "aws-*",
    "tonic*",
    "prost*",
];

#[test]
fn crates_of_the_workspace_obey_the_table() {
    let mut broken = Vec::new();
    for (name, dependencies) in direct_dependencies() {
        if TOOLS.contains(&name.as_str()) {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(listed, _)| *listed == name) else {
            broken.push(format!("{name} is not in the table"));
            continue;
        };
        let ours = dependencies
            .iter()
            .filter(|dependency| dependency.starts_with("hemvist"));
        broken.extend(
            ours.filter(|dependency| !allowed.contains(&dependency.as_str()))
                .map(|dependency| format!("{name} may not use {dependency}")),
        );
    }
    report("dependencies between our crates", broken);
}

#[test]
fn crates_from_outside_stay_in_their_rooms() {
    let mut broken = Vec::new();
    for (name, dependencies) in direct_dependencies() {
        for dependency in dependencies {
            let kept_out = ONLY_IN.iter().any(|(family, rooms)| {
                is_of(family, &dependency) && !rooms.contains(&name.as_str())
            });
            if kept_out && !TOOLS.contains(&name.as_str()) {
                broken.push(format!("{name} may not name {dependency}"));
            }
        }
    }
    report("dependencies on crates from outside", broken);
}

#[test]
fn pure_crates_are_pure_to_the_ground() {
    let mut broken = Vec::new();
    for name in PURE {
        let below = tree(&["--package", name, "--prefix", "none"]);
        for dependency in below.lines().filter_map(|line| line.split(' ').next()) {
            if NEVER_BELOW_PURE
                .iter()
                .any(|family| is_of(family, dependency))
            {
                broken.push(format!("below {name}: {dependency}"));
            }
        }
    }
    report("what a pure crate must not reach", broken);
}

/// What the standard library has of the same. Time as a value (`std::time::Duration`) is fine, asking for it is not.
const NEVER_IN_PURE: &[&str] = &[
    "std::fs",
    "TcpStream",
    "UdpSocket",
    "ToSocketAddrs",
    "std::env",
    "std::process",
    "std::thread",
    "Instant::now",
    "SystemTime::now",
    "println!",
];

#[test]
fn pure_crates_do_no_input_or_output() {
    let mut broken = Vec::new();
    let in_pure = |path: &str| {
        PURE.iter()
            .any(|name| path.starts_with(&format!("scanners/{}/src/", &name["hemvist-".len()..])))
    };
    for text in texts().iter().filter(|text| in_pure(&text.path)) {
        let product = text.lines().take_while(|(_, line)| *line != "#[cfg(test)]");
        let impure =
            product.filter(|(_, line)| NEVER_IN_PURE.iter().any(|word| line.contains(word)));
        broken.extend(
            impure.map(|(number, line)| format!("{}:{number}: {}", text.path, line.trim())),
        );
    }
    report("a pure crate reaches out", broken);
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    let manifests = texts()
        .into_iter()
        .filter(|text| text.path.ends_with("/Cargo.toml"));
    let broken = manifests
        .filter(|text| !text.content.contains("[lints]\nworkspace = true"))
        .map(|text| text.path)
        .collect();
    report("`[lints] workspace = true` is missing", broken);
}

/// Each crate of ours with what it names itself. Test-only dependencies are not in it: they ship to nobody.
fn direct_dependencies() -> BTreeMap<String, Vec<String>> {
    let tree = tree(&[
        "--workspace",
        "--depth",
        "1",
        "--prefix",
        "depth",
        "--no-dedupe",
    ]);
    let mut all = BTreeMap::new();
    let mut current = String::new();
    for line in tree.lines().filter_map(|line| line.split(' ').next()) {
        if let Some(name) = line.strip_prefix('0') {
            current = name.to_owned();
            all.entry(current.clone()).or_insert_with(Vec::new);
        } else if let Some(name) = line.strip_prefix('1') {
            all.entry(current.clone())
                .or_default()
                .push(name.to_owned());
        }
    }
    assert!(
        all.len() >= MAY_USE.len(),
        "cargo tree shows {} crates only",
        all.len()
    );
    all
}

fn tree(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .current_dir(workspace())
        .args(["tree", "--offline", "--edges", "normal,build"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn is_of(family: &str, name: &str) -> bool {
    match family.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == family,
    }
}
