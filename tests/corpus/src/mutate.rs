//! The mutation check: each rule is broken once, in a copy, and a test must turn red.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The mutations, beside this crate's manifest.
const LIST: &str = "mutations.toml";
/// What a copy needs so that it builds alone with the workspace's lock.
const COPIED: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "proto",
    "scanners",
    "services",
    "tests",
    "clippy.toml",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    mutation: Vec<Mutation>,
}

/// One broken rule.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutation {
    /// The rule that is broken.
    name: String,
    /// In which file, from the workspace's root.
    file: String,
    /// Stands there exactly once.
    find: String,
    replace: String,
}

pub(crate) fn run(name: &str) -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = here.ancestors().nth(2).context("no workspace")?;
    let list: List = toml::from_str(&fs::read_to_string(here.join(LIST))?)?;
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(|| workspace.join("target"), PathBuf::from);
    let copy = &workspace.join(target).join("mutate");
    fs::create_dir_all(copy)?;
    for entry in COPIED {
        copy_all(&workspace.join(entry), &copy.join(entry))?;
    }
    if !gates_pass(copy)? {
        bail!("the gates are red without any mutation");
    }
    let mut survived = Vec::new();
    for mutation in list.mutation.iter().filter(|one| one.name.contains(name)) {
        let file = copy.join(&mutation.file);
        let text = fs::read_to_string(&file)?;
        if text.matches(&mutation.find).count() != 1 {
            bail!(
                "{}: its text does not stand exactly once in {}",
                mutation.name,
                mutation.file
            );
        }
        fs::write(&file, text.replace(&mutation.find, &mutation.replace))?;
        let passed = gates_pass(copy)?;
        println!(
            "{:8} {}",
            if passed { "SURVIVED" } else { "caught" },
            mutation.name
        );
        if passed {
            survived.push(mutation.name.as_str());
        }
        fs::write(&file, text)?;
    }
    if !survived.is_empty() {
        bail!("no gate turned red for: {}", survived.join(", "));
    }
    Ok(())
}

/// Whether the gates pass there. A mutation that does not compile is no mutation.
fn gates_pass(copy: &Path) -> Result<bool> {
    let test = |arguments: &[&str]| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        Command::new(cargo)
            .current_dir(copy)
            .env("CARGO_TARGET_DIR", copy.join("target"))
            .args([
                "test",
                "--offline",
                "--quiet",
                "--package",
                "hemvist-corpus",
                "--test",
                "gates",
            ])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    };
    if !test(&["--no-run"])?.success() {
        bail!("the mutated code does not compile");
    }
    Ok(test(&[])?.success())
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path: PathBuf = entry?.path();
        if let Some(name) = path.file_name() {
            copy_all(&path, &to.join(name))?;
        }
    }
    Ok(())
}
