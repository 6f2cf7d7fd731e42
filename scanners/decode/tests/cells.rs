//! JSON inside a database cell.

use hemvist_decode::{FieldNames, json_segments};

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
        (r#""a""#, None),
        ("", None),
    ] {
        let mut out = Vec::new();
        let whole = json_segments(cell.as_bytes(), 100, 7, "data", &mut fields, &mut out);
        assert_eq!(whole, expected.is_some(), "{cell}");
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
