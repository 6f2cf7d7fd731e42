//! The mutation check: each rule is broken once, in a copy, and its gate must turn red.

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
    /// The test of `tests/gates` that must turn red.
    gate: String,
    /// In which file, from the workspace's root.
    file: String,
    /// Stands there exactly once.
    find: String,
    replace: String,
}

/// Tries the mutations with one of those texts in their names; all when there is none.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let workspace = workspace()?;
    let mutations = mutations()?;
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(|| workspace.join("target"), PathBuf::from);
    let copy = &workspace.join(target).join("mutate");
    fs::create_dir_all(copy)?;
    for entry in COPIED {
        copy_all(&workspace.join(entry), &copy.join(entry))?;
    }
    if gates(copy, &[])? != Gates::Green {
        bail!("the gates are not green without any mutation");
    }
    let (mut tried, mut failed) = (0, Vec::new());
    let chosen = |one: &&Mutation| {
        names.is_empty() || names.iter().any(|name| one.name.contains(name.as_str()))
    };
    for mutation in mutations.iter().filter(chosen) {
        let file = copy.join(&mutation.file);
        let text = fs::read_to_string(&file)?;
        fs::write(&file, mutation.apply(&text)?)?;
        let gates = gates(copy, &["--", &mutation.gate])?;
        fs::write(&file, text)?;
        let outcome = match gates {
            Gates::Red => "caught",
            Gates::Green => "SURVIVED",
            Gates::NotBuilt => "NOT BUILT",
        };
        println!("{outcome:10} {}", mutation.name);
        tried += 1;
        if gates != Gates::Red {
            failed.push(mutation.name.as_str());
        }
    }
    println!("{} of {tried} mutations were caught", tried - failed.len());
    if !failed.is_empty() {
        bail!("no gate turned red for: {}", failed.join(", "));
    }
    Ok(())
}

impl Mutation {
    /// The file's text with the rule broken.
    fn apply(&self, text: &str) -> Result<String> {
        if text.matches(&self.find).count() != 1 {
            bail!(
                "{}: its text does not stand exactly once in {}",
                self.name,
                self.file
            );
        }
        Ok(text.replace(&self.find, &self.replace))
    }
}

fn workspace() -> Result<&'static Path> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).context("no workspace")
}

fn mutations() -> Result<Vec<Mutation>> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    let list: List = toml::from_str(&fs::read_to_string(list)?)?;
    Ok(list.mutation)
}

/// What the gates say.
#[derive(PartialEq, Eq)]
enum Gates {
    Green,
    Red,
    /// A mutation that does not compile is no mutation.
    NotBuilt,
}

/// What the gates say of the code there; all, or those that `chosen` names.
fn gates(copy: &Path, chosen: &[&str]) -> Result<Gates> {
    let test = |arguments: &[&str]| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        Command::new(cargo)
            .current_dir(copy)
            .env("CARGO_TARGET_DIR", copy.join("target"))
            .args(["test", "--offline", "--quiet"])
            .args(["--package", "hemvist-corpus", "--test", "gates"])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    };
    Ok(if !test(&["--no-run"])?.success() {
        Gates::NotBuilt
    } else if test(chosen)?.success() {
        Gates::Green
    } else {
        Gates::Red
    })
}

/// Files that are the same stay as they are, so that cargo builds only what changed; what is no
/// longer there goes.
fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        let text = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        if !fs::read(to).is_ok_and(|known| known == text) {
            fs::write(to, text).with_context(|| format!("cannot write {}", to.display()))?;
        }
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path: PathBuf = entry?.path();
        if let Some(name) = path.file_name() {
            copy_all(&path, &to.join(name))?;
        }
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        match from.join(entry.file_name()).exists() {
            true => {}
            false if entry.file_type()?.is_dir() => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_what_the_original_has_and_no_more() {
        let room = std::env::temp_dir().join(format!("hemvist-mutate-{}", std::process::id()));
        let (from, to) = (room.join("from"), room.join("to"));
        fs::create_dir_all(from.join("kept")).unwrap();
        fs::create_dir_all(to.join("gone")).unwrap();
        fs::write(from.join("kept/a.rs"), "new").unwrap();
        fs::write(to.join("gone/b.rs"), "old").unwrap();
        fs::write(to.join("kept.rs"), "old").unwrap();
        copy_all(&from, &to).unwrap();
        let left = fs::read_to_string(to.join("kept/a.rs")).unwrap();
        let names = fs::read_dir(&to).unwrap().count();
        fs::remove_dir_all(&room).unwrap();
        assert_eq!((left.as_str(), names), ("new", 1));
    }

    #[test]
    fn every_mutation_stands_exactly_once_in_its_file_and_has_its_gate() {
        let workspace = workspace().unwrap();
        let mutations = mutations().unwrap();
        let gates = ["main.rs", "negatives.rs"].map(|file| {
            let path = workspace.join("tests/corpus/tests/gates").join(file);
            fs::read_to_string(path).unwrap()
        });
        let gates = gates.concat();
        for mutation in &mutations {
            let text = fs::read_to_string(workspace.join(&mutation.file)).unwrap();
            assert!(mutation.apply(&text).unwrap() != text, "{}", mutation.name);
            let gate = format!("\nfn {}() {{", mutation.gate);
            assert_eq!(gates.matches(&gate).count(), 1, "{}", mutation.gate);
        }
        let names: std::collections::HashSet<&str> =
            mutations.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names.len(), mutations.len(), "two have one name");
    }
}
