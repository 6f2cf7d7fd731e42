//! Runs the `examples` and `negative_examples` of every detector file.

use crate::detectors::Place;
use crate::family::Families;
use crate::{Engine, Options, Scanned};
use hemvist_model::{Date, Evidence, Likelihood, Segment, Text};

/// The day that all examples are read on.
pub(crate) const TODAY: Date = Date {
    year: 2026,
    month: 6,
    day: 15,
};

/// Scans `text` as running text; with a field name, as a value of that field.
pub(crate) fn scan(text: &str, field: Option<&str>) -> Scanned {
    let options = Options {
        reference_date: TODAY,
    };
    scan_by(&Engine::new(options).with_everything(), text, field)
}

/// The canonical values that `engine` finds in running text.
pub(crate) fn scan_with(engine: &Engine, text: &str) -> Vec<String> {
    let found = scan_by(engine, text, None).detections;
    found
        .iter()
        .map(|one| one.identifier.expose().to_owned())
        .collect()
}

fn scan_by(engine: &Engine, text: &str, field: Option<&str>) -> Scanned {
    let fields = [field.unwrap_or("body").to_owned()];
    let segment = Segment {
        start: 0,
        end: u32::try_from(text.len()).unwrap(),
        field: 0,
        row: 0,
        lead: 0,
        trail: 0,
        whole_value: field.is_some(),
    };
    let text = Text {
        bytes: text.as_bytes(),
        segments: &[segment],
        fields: &fields,
    };
    let mut out = Scanned::default();
    engine.scan(text, &mut out);
    out
}

/// Running text as detectors of every kind see it.
pub(crate) fn place(text: &[u8]) -> Place<'_> {
    Place {
        text,
        own_start: 0,
        own_end: text.len(),
        field: Families::default(),
        whole_value: false,
        wanted: Families::ALL,
        reference_date: TODAY,
    }
}

/// One line per Detection: the text of its range, likelihood, type and canonical value.
pub(crate) fn lines(text: &str, field: Option<&str>) -> Vec<String> {
    let line = |one: &hemvist_model::Detection| {
        let range =
            usize::try_from(one.range.start).unwrap()..usize::try_from(one.range.end).unwrap();
        let (likelihood, info_type) = (one.likelihood, one.info_type());
        format!(
            "{likelihood} {info_type} {} <{}>",
            one.identifier.expose(),
            &text[range]
        )
    };
    scan(text, field).detections.iter().map(line).collect()
}

/// Each example: a text, `FIELD|` before it when it is a value of that field, and the lines of
/// what it holds.
pub(crate) fn check_examples(table: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (text, expected) in table {
        let (field, text) = match text.split_once('|') {
            Some((field, text)) => (Some(field), text),
            None => (None, *text),
        };
        let found = lines(text, field);
        if found != *expected {
            wrong.push(format!("{text:?}: {found:?}, expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each counter-example holds nothing at `Likely` or above.
pub(crate) fn check_negative_examples(table: &[&str]) {
    let mut wrong = Vec::new();
    for text in table {
        let scanned = scan(text, None);
        if scanned
            .detections
            .iter()
            .any(|one| one.likelihood >= Likelihood::Likely)
        {
            wrong.push(format!("{text:?}: {:?}", lines(text, None)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each text holds one Detection whose evidence has `evidence`.
pub(crate) fn check_evidence(table: &[(&str, Evidence)]) {
    for (text, evidence) in table {
        let scanned = scan(text, None);
        let found = scanned
            .detections
            .first()
            .map(|one| one.evidence)
            .unwrap_or_default();
        assert!(found.has(*evidence), "{text}: {:?}", found.words());
    }
}
