//! What keeps personal data from slipping out and foreign text from slipping in.

use super::{Text, report, texts};

/// Types that hold personal data or a secret in the clear. Whoever prints one writes the code for it by hand, and
/// somebody sees it in review.
const SECRET_TYPES: &[&str] = &["Identifier", "RecordKey"];
const REVEALING: &[&str] = &["Debug", "Display", "Serialize"];

/// sqlx's own word for "I have looked: nothing foreign is in this SQL".
const ASSERTION: &str = concat!("AssertSql", "Safe");

#[test]
fn secret_types_cannot_be_printed() {
    let mut broken = Vec::new();
    for text in texts()
        .iter()
        .filter(|text| text.is_rust() && text.path.contains("/src/"))
    {
        for name in SECRET_TYPES {
            broken.extend(revealed(text, name));
        }
    }
    report("a type that must not be printable is", broken);
}

fn revealed(text: &Text, name: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let mut derives = String::new();
    for (number, line) in text.lines() {
        let line = line.trim();
        let declared = line
            .strip_prefix("pub struct ")
            .or_else(|| line.strip_prefix("pub enum "));
        let declared = declared.and_then(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
        let by_derive =
            declared == Some(name) && REVEALING.iter().any(|word| derives.contains(word));
        let by_hand = line.starts_with("impl")
            && REVEALING
                .iter()
                .any(|word| line.contains(&format!("{word} for {name} ")));
        if by_derive || by_hand {
            broken.push(format!("{}:{number}: {line}", text.path));
        }
        if line.starts_with("#[derive") {
            derives = line.to_owned();
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            derives.clear();
        }
    }
    broken
}

#[test]
fn one_file_per_crate_vouches_for_dynamic_sql() {
    let texts = texts();
    let vouching: Vec<&str> = texts
        .iter()
        .filter(|text| text.is_rust() && text.path.contains("/src/"))
        .filter(|text| text.content.contains(ASSERTION))
        .map(|text| text.path.as_str())
        .collect();
    let elsewhere = vouching
        .iter()
        .filter(|path| !path.starts_with("scanners/sql/") && !path.starts_with("services/store/"));
    report(
        "dynamic SQL outside its two crates",
        elsewhere.map(|path| (*path).to_owned()).collect(),
    );
    for room in ["scanners/sql/", "services/store/"] {
        let files: Vec<_> = vouching
            .iter()
            .filter(|path| path.starts_with(room))
            .collect();
        assert!(
            files.len() <= 1,
            "more than one file of {room} vouches for dynamic SQL: {files:?}"
        );
    }
}

#[test]
fn the_check_sees_what_it_must() {
    #[track_caller]
    fn check(content: &str, broken: usize) {
        let text = Text {
            path: "a.rs".to_owned(),
            content: content.to_owned(),
        };
        assert_eq!(revealed(&text, "Identifier").len(), broken, "{content}");
    }
    check("#[derive(Clone)]\npub struct Identifier {", 0);
    check(
        "#[derive(Clone, Debug)]\n/// Text.\npub struct Identifier {",
        1,
    );
    check(
        "#[derive(Debug)]\npub struct Other;\npub struct Identifier(String);",
        0,
    );
    check("#[derive(Debug)]\npub struct IdentifierKind;", 0);
    check("impl fmt::Display for Identifier {", 1);
    check("impl serde::Serialize for Identifier {", 1);
}
