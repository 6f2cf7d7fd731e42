//! The rules of the house that no compiler knows, as tests: who may depend on whom, how long a file may be, which
//! words and derives may not appear.
//!
//! Each rule reports everything that breaks it at once, with a path and a line to go to.

mod dependencies;
mod files;
mod secrecy;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the repository.
struct Text {
    /// Relative to the workspace, with `/`.
    path: String,
    content: String,
}

impl Text {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.content
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }
}

fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap()
}

/// Every text file that a person wrote: not what is built, generated or locked.
fn texts() -> Vec<Text> {
    let mut texts = Vec::new();
    collect(workspace(), &mut texts);
    assert!(
        texts.len() > 50,
        "the walk found {} files only",
        texts.len()
    );
    texts
}

fn collect(directory: &Path, texts: &mut Vec<Text>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy();
        // In a worktree `.git` is a file.
        if ["target", ".git", "third_party"].contains(&name.as_ref()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, texts);
        } else if name != "Cargo.lock" {
            // A file that is not UTF-8 is test data.
            if let Ok(content) = fs::read_to_string(&path) {
                let path = path
                    .strip_prefix(workspace())
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/");
                texts.push(Text { path, content });
            }
        }
    }
}

/// Fails with every broken place.
#[track_caller]
fn report(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}
