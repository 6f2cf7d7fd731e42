//! The rules as tables.

use std::collections::BTreeMap;

use hemvist_decode::Format;
use hemvist_model::{
    Action, ByteRange, Edit, FieldChange, FieldPath, Fingerprint, InfoType, Outcome, RecordPolicy,
    RecordRef,
};
use hemvist_source::memory::text_column;
use hemvist_source::{Column, ColumnKind};

use super::{Decision, RowFacts, Rule, decide_object, decide_row};
use crate::acting::Whose;
use crate::plan::look::{Line, ObjectLook, Others, Place};

const WHOLE: bool = true;
const PART: bool = false;

fn edit(start: u64, end: u64) -> Edit {
    Edit {
        range: ByteRange::new(start, end),
        replacement: b"[erased]".to_vec(),
    }
}

/// Somebody in a column, filling it or somewhere in its text.
fn place(whose: Whose, column: usize, whole: bool) -> Place {
    let info_type = if whose == Whose::OtherAnchor {
        InfoType::SePersonnummer
    } else {
        InfoType::EmailAddress
    };
    Place {
        whose,
        info_type,
        field: FieldPath::new(["pnr", "email", "text"][column]),
        column: Some(column),
        whole,
        line: None,
        edit: edit(2, 4),
        in_key: false,
    }
}

fn rule(policy: RecordPolicy) -> Rule {
    let identifying = vec![("email".to_owned(), InfoType::EmailAddress)];
    Rule {
        policy,
        clear_fields: vec!["text".to_owned()],
        identifying,
    }
}

fn decide(
    places: &[Place],
    rule: &Rule,
    change: impl FnOnce(&mut Vec<Column>),
    rows: u64,
) -> Decision {
    let mut columns: Vec<Column> = ["pnr", "email", "text"].map(text_column).into();
    change(&mut columns);
    let cells = vec![Some(b"abcdef".to_vec()); 3];
    decide_row(
        &RowFacts {
            columns: &columns,
            cells: &cells,
            rows,
            record_ref: RecordRef([0xab; 16]),
            places,
        },
        rule,
    )
}

fn check_row(policy: RecordPolicy, places: &[(Whose, usize, bool)], deleted: bool) {
    let places: Vec<Place> = places
        .iter()
        .map(|(whose, column, whole)| place(*whose, *column, *whole))
        .collect();
    let decision = decide(&places, &rule(policy), |_| {}, 1);
    assert_eq!(
        decision.action == Action::DeleteRow,
        deleted,
        "{policy:?}: {decision:?}"
    );
    assert!(decision.outcome.is_none());
}

#[test]
fn rows_are_deleted_when_they_are_the_persons() {
    use RecordPolicy::{Auto, Delete, Mask};
    use Whose::{Other, OtherAnchor, Subject};
    check_row(Auto, &[(Subject, 0, WHOLE)], true);
    check_row(Auto, &[(Subject, 0, WHOLE), (Other, 2, PART)], false);
    check_row(Auto, &[(Subject, 2, PART)], false);
    // The declared identity source outweighs a mention of somebody else, but not a second person.
    check_row(Auto, &[(Subject, 1, WHOLE), (Other, 2, PART)], true);
    check_row(Auto, &[(Subject, 1, WHOLE), (OtherAnchor, 0, WHOLE)], false);
    check_row(Delete, &[(Subject, 2, PART), (Other, 1, WHOLE)], true);
    check_row(
        Delete,
        &[(Subject, 2, PART), (OtherAnchor, 0, WHOLE)],
        false,
    );
    check_row(Mask, &[(Subject, 1, WHOLE)], false);
}

fn check_mask(
    change: impl FnOnce(&mut Vec<Column>),
    whole: bool,
    expected: Result<FieldChange, ()>,
) {
    let clear_nothing = Rule {
        clear_fields: Vec::new(),
        ..rule(RecordPolicy::Mask)
    };
    let decision = decide(
        &[place(Whose::Subject, 0, whole)],
        &clear_nothing,
        change,
        1,
    );
    match expected {
        Ok(change) => {
            let changes = vec![(FieldPath::new("pnr"), change)];
            assert_eq!(decision.action, Action::ChangeFields(changes));
        }
        Err(()) => {
            assert_eq!(decision.action, Action::Leave);
            assert!(matches!(decision.outcome, Some(Outcome::Failed { .. })));
        }
    }
}

#[test]
fn columns_are_nulled_masked_or_redacted_as_they_can_be() {
    let mask = |text: &str| Ok(FieldChange::Mask(text.to_owned()));
    let not_null = |columns: &mut Vec<Column>| columns[0].nullable = false;
    check_mask(|_| {}, WHOLE, Ok(FieldChange::Null));
    check_mask(not_null, WHOLE, mask("[erased]"));
    check_mask(|_| {}, PART, Ok(FieldChange::Redact(vec![edit(2, 4)])));
    let unique = |columns: &mut Vec<Column>| {
        columns[0].nullable = false;
        columns[0].unique = true;
    };
    check_mask(unique, WHOLE, mask("[erased abababababababab]"));
    let number = |columns: &mut Vec<Column>| {
        columns[0].nullable = false;
        columns[0].kind = ColumnKind::Number;
    };
    check_mask(number, WHOLE, Err(()));
    check_mask(
        |columns| columns[0].kind = ColumnKind::Number,
        PART,
        Ok(FieldChange::Null),
    );
    check_mask(|columns| columns[0].generated = true, WHOLE, Err(()));
    check_mask(|columns| columns[0].generated = true, PART, Err(()));
}

#[test]
fn masking_clears_what_the_policy_names_and_equal_rows_are_left() {
    let decision = decide(
        &[place(Whose::Subject, 0, WHOLE)],
        &rule(RecordPolicy::Mask),
        |_| {},
        1,
    );
    let cleared = ["pnr", "text"].map(|name| (FieldPath::new(name), FieldChange::Null));
    assert_eq!(decision.action, Action::ChangeFields(cleared.into()));
    let decision = decide(
        &[place(Whose::Subject, 0, WHOLE)],
        &rule(RecordPolicy::Delete),
        |_| {},
        2,
    );
    assert!(matches!(
        decision.outcome,
        Some(Outcome::Unverifiable { .. })
    ));
}

#[test]
fn what_fills_a_declared_column_of_the_persons_own_row_is_masked_with_it() {
    let check = |other: Whose, declared: bool, expected: &[&str]| {
        let places = [place(Whose::Subject, 1, WHOLE), place(other, 0, WHOLE)];
        let mut rule = rule(RecordPolicy::Mask);
        if declared {
            rule.identifying
                .push(("pnr".to_owned(), places[1].info_type));
        }
        let Action::ChangeFields(changes) = decide(&places, &rule, |_| {}, 1).action else {
            panic!("no fields are changed");
        };
        let fields: Vec<_> = changes.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, expected, "{other:?} {declared}");
    };
    check(Whose::Other, true, &["pnr", "email", "text"]);
    check(Whose::Other, false, &["email", "text"]);
    check(Whose::OtherAnchor, true, &["email", "text"]);
}

/// An object with the Subject at 12..14 on the line 10..20.
fn look(format: Format, whole: bool, on_line: Others, anywhere: Others) -> ObjectLook {
    let line = ByteRange::new(10, 20);
    let mut subject = place(Whose::Subject, 1, whole);
    subject.line = (format != Format::Json).then_some(line);
    subject.edit = edit(12, 14);
    let lines = subject.line.map(|range| {
        (
            range.start,
            Line {
                range,
                others: on_line,
                whole,
            },
        )
    });
    ObjectLook {
        fingerprint: Fingerprint {
            digest: [0; 32],
            store_version: None,
        },
        format,
        gzip: false,
        examined_whole: true,
        places: vec![subject],
        too_many: false,
        lines: lines.into_iter().collect::<BTreeMap<_, _>>(),
        others: anywhere,
    }
}

#[derive(Debug, PartialEq)]
enum Expected {
    Line,
    Value,
    Object,
    Unverifiable,
}

fn check_object(look: &ObjectLook, policy: RecordPolicy, expected: Expected) {
    let decision = decide_object(
        look,
        &Rule {
            policy,
            ..Rule::default()
        },
    );
    let line = vec![Edit {
        range: ByteRange::new(10, 20),
        replacement: Vec::new(),
    }];
    let found = match (&decision.action, &decision.outcome) {
        (Action::DeleteObject, None) => Expected::Object,
        (Action::RewriteObject { edits, .. }, None) if *edits == line => Expected::Line,
        (Action::RewriteObject { edits, .. }, None) if *edits == vec![edit(12, 14)] => {
            Expected::Value
        }
        (Action::Leave, Some(Outcome::Unverifiable { .. })) => Expected::Unverifiable,
        _ => panic!("{decision:?}"),
    };
    assert_eq!(found, expected, "{policy:?} {:?}", look.format);
}

#[test]
fn objects_lose_the_persons_lines_or_values_and_nothing_else() {
    use RecordPolicy::{Auto, Delete, Mask};
    let (nobody, somebody) = (
        Others::default(),
        Others {
            anchor: false,
            attached: true,
        },
    );
    let anchor = Others {
        anchor: true,
        attached: false,
    };
    let csv = Format::Csv { delimiter: b',' };
    check_object(&look(csv, WHOLE, nobody, somebody), Auto, Expected::Line);
    check_object(
        &look(Format::NdJson, WHOLE, nobody, nobody),
        Auto,
        Expected::Line,
    );
    check_object(&look(csv, WHOLE, somebody, somebody), Auto, Expected::Value);
    check_object(&look(csv, PART, nobody, nobody), Auto, Expected::Value);
    check_object(&look(csv, WHOLE, nobody, nobody), Mask, Expected::Value);
    check_object(
        &look(Format::Text, PART, nobody, nobody),
        Auto,
        Expected::Value,
    );
    check_object(
        &look(Format::Text, PART, nobody, somebody),
        Delete,
        Expected::Line,
    );
    check_object(
        &look(Format::Text, PART, anchor, anchor),
        Delete,
        Expected::Value,
    );
    check_object(
        &look(Format::Json, WHOLE, nobody, nobody),
        Auto,
        Expected::Value,
    );
    check_object(
        &look(Format::Json, WHOLE, nobody, nobody),
        Delete,
        Expected::Object,
    );
}

#[test]
fn an_object_named_after_the_person_goes_only_when_nobody_else_is_in_it() {
    let named = |others: Others, examined_whole: bool| {
        let mut look = look(Format::Text, PART, others, others);
        look.places[0].in_key = true;
        look.examined_whole = examined_whole;
        look
    };
    let (nobody, somebody) = (
        Others::default(),
        Others {
            anchor: false,
            attached: true,
        },
    );
    check_object(&named(nobody, true), RecordPolicy::Auto, Expected::Object);
    check_object(
        &named(somebody, true),
        RecordPolicy::Auto,
        Expected::Unverifiable,
    );
    check_object(
        &named(nobody, false),
        RecordPolicy::Auto,
        Expected::Unverifiable,
    );
    check_object(
        &named(nobody, true),
        RecordPolicy::Mask,
        Expected::Unverifiable,
    );
}
