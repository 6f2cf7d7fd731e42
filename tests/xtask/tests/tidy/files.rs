//! How files are: short, and named in the words of the house.

use super::{report, texts};

/// Lines of a Rust file above its tests. About half of it is the aim.
const LINES_MAX: usize = 500;

/// A file of this name collects what belongs nowhere.
const NAMES_REFUSED: &[&str] = &[
    "common", "core", "util", "utils", "manager", "helper", "helpers", "misc",
];

#[test]
fn no_rust_file_is_too_long() {
    let mut broken = Vec::new();
    for text in texts().iter().filter(|text| text.is_rust()) {
        let lines = text
            .lines()
            .take_while(|(_, line)| *line != "#[cfg(test)]")
            .count();
        if lines > LINES_MAX {
            broken.push(format!("{}: {lines} lines", text.path));
        }
    }
    report(&format!("more than {LINES_MAX} lines"), broken);
}

#[test]
fn files_have_names_that_say_something() {
    let broken = texts()
        .into_iter()
        .map(|text| text.path)
        .filter(|path| {
            path.split('/')
                .any(|word| NAMES_REFUSED.contains(&word.split('.').next().unwrap_or(word)))
        })
        .collect();
    report("a name that says nothing", broken);
}

/// Words for what has a better name here, at the end of a type's name.
const TYPES_REFUSED: &[&str] = &[
    "Manager",
    "Helper",
    "Util",
    "Utils",
    "Dataset",
    "Container",
    "Job",
    "Hit",
];

#[test]
fn types_have_names_that_say_something() {
    let mut broken = Vec::new();
    for text in texts().iter().filter(|text| text.is_rust()) {
        for (number, line) in text.lines() {
            let words: Vec<&str> = line
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .collect();
            let declares = |pair: &[&str]| {
                ["struct", "enum", "trait", "type"].contains(&pair[0])
                    && TYPES_REFUSED.iter().any(|word| pair[1].ends_with(word))
            };
            if words.windows(2).any(declares) {
                broken.push(format!("{}:{number}: {}", text.path, line.trim()));
            }
        }
    }
    report("a type's name that says nothing", broken);
}

#[test]
fn every_rust_file_says_what_it_is() {
    let broken = texts()
        .into_iter()
        .filter(|text| text.is_rust() && text.content.lines().count() > 0)
        .filter(|text| !text.content.starts_with("//!"))
        .map(|text| text.path)
        .collect();
    report("no header `//!`", broken);
}
