//! JSON inside a database cell.

use hemvist_decode::{FieldNames, JsonCell, json_segments};

#[test]
fn json_in_a_cell_is_all_or_nothing() {
    let mut fields = FieldNames::new();
    fields.index("id");
    for (cell, expected) in [
        (
            r#"{"email":"a","n":[1]}"#,
            Some(vec![
                "data.#key=email",
                "data.email=a",
                "data.#key=n",
                "data.n[]=1",
            ]),
        ),
        (" [1]", Some(vec!["data[]=1"])),
        ("{}", Some(vec![])),
        ("{}{}", None),
        (r#"{"a":"#, None),
        (r#""a""#, Some(vec!["data=a"])),
        (r#""a" b"#, None),
        ("12", None),
        ("", None),
    ] {
        let mut out = Vec::new();
        let whole = json_segments(cell.as_bytes(), 100, 7, "data", &mut fields, &mut out);
        let outcome = match expected {
            Some(_) => JsonCell::Exact,
            None => JsonCell::NotJson,
        };
        assert_eq!(whole, outcome, "{cell}");
        let told: Vec<String> = out
            .iter()
            .map(|s| {
                assert_eq!((s.row, s.whole_value), (7, true));
                let text = &cell[s.start as usize - 100..s.end as usize - 100];
                format!("{}={text}", fields.as_slice()[s.field as usize])
            })
            .collect();
        assert_eq!(told, expected.unwrap_or_default(), "{cell}");
    }
}

#[track_caller]
fn check_escapes(string: &str, outcome: JsonCell, expected: &[&str]) {
    let cell = format!(r#"{{"n":7,"t":"{string}","last":"x"}}"#);
    let (mut fields, mut out) = (FieldNames::new(), Vec::new());
    let told = json_segments(cell.as_bytes(), 100, 3, "data", &mut fields, &mut out);
    assert_eq!(told, outcome, "{string}");
    let text = |start: u32, end: u32| cell[start as usize - 100..end as usize - 100].to_owned();
    let stretches: Vec<String> = out
        .iter()
        .filter(|s| fields.as_slice()[s.field as usize] == "data.t")
        .map(|s| {
            assert!(!s.whole_value && s.row == 3 && s.lead + s.trail == 0);
            text(s.start, s.end)
        })
        .collect();
    assert_eq!(stretches, expected, "{string}");
    // Everything around the string is as ever.
    let others = out.iter().filter(|s| s.whole_value);
    let others: Vec<String> = others.map(|s| text(s.start, s.end)).collect();
    assert_eq!(others, ["n", "7", "t", "last", "x"]);
    for stretch in stretches {
        let edited = cell.replacen(&stretch, "[erased]", 1);
        assert!(serde_json::from_str::<serde_json::Value>(&edited).is_ok());
    }
}

#[test]
fn a_string_with_escapes_in_a_cell_is_seen_in_stretches_between_them() {
    use JsonCell::{Exact, Inexact};
    check_escapes(
        r"Hej\nanna@example.com\n19811228-9874",
        Exact,
        &["Hej", "anna@example.com", "19811228-9874"],
    );
    check_escapes(r"a\t\t19811228-9874\r", Exact, &["a", "19811228-9874"]);
    check_escapes(r#"\"anna@example.com\""#, Exact, &["anna@example.com"]);
    check_escapes(
        r"https:\/\/example.com\/anna@example.com",
        Exact,
        &["https:", "example.com", "anna@example.com"],
    );
    check_escapes(
        r"p\u00e5 19811228-9874 \ud83d\ude00",
        Exact,
        &["p", " 19811228-9874 "],
    );
    check_escapes(r"\n", Exact, &[]);
    // What may be a character of an identifier is left out with its word, and told.
    check_escapes(r"till anna\u0040example.com nu", Inexact, &["till ", " nu"]);
    check_escapes(r"\u002B46701740605", Inexact, &[]);
    check_escapes(r"bj\u00f6rn@example.com 1", Inexact, &[" 1"]);
    check_escapes(r"08\/1234", Inexact, &[]);
    check_escapes(r"070\u00a01740605 a\nb", Inexact, &[" a", "b"]);
    check_escapes(r#"\"a\"@example.com"#, Inexact, &[]);
}
