//! The last stage: what was found is weighed among its neighbours and told.
//!
//! Pieces come in the order of their input. What neighbours may still decide about, and whatever
//! follows it, waits until the input ends or too much waits; then the counts decide.

use hemvist_detect::{PeopleFields, Population, is_held_back, is_rival};
use hemvist_model::{ByteRange, Detection, FieldPath, Skip};

use super::piece::Piece;
use super::{DetectSummary, FoundValue, Tell, Told};

/// What waits at most. With more, the input's beginning decides about all of it.
const WAITING_MAX: usize = 20_000;

pub(super) struct Report<'a> {
    tell: Tell<'a>,
    pub(super) summary: DetectSummary,
    input: Input,
}

/// What is known of the input that is told.
#[derive(Default)]
struct Input {
    population: Population,
    /// The verdict, once it is taken.
    people: Option<PeopleFields>,
    waiting: Vec<Waiting>,
}

enum Waiting {
    Found {
        range: ByteRange,
        field: Box<str>,
        detection: Detection,
    },
    Skipped(Skip),
}

impl<'a> Report<'a> {
    pub(super) fn new(tell: Tell<'a>) -> Self {
        Self {
            tell,
            summary: DetectSummary::default(),
            input: Input::default(),
        }
    }

    /// Takes the next piece of an input.
    pub(super) fn take(&mut self, name: &str, piece: &Piece) {
        self.summary.bytes += piece.bytes;
        self.input.population.merge(&piece.population);
        for (chunk, detections) in piece.examined() {
            let text = chunk.text();
            for detection in detections {
                let segment = text.segments.get(detection.segment as usize);
                let field = segment.and_then(|segment| text.fields.get(segment.field as usize));
                let field = field.map_or(FieldPath::BODY, String::as_str);
                let range = chunk.original(detection.segment, detection.range);
                self.found(name, range, field, detection);
            }
        }
        for skip in piece.skips() {
            self.summary.skips += 1;
            if self.input.waiting.is_empty() {
                (self.tell)(name, Told::Skipped(skip));
            } else {
                self.input.waiting.push(Waiting::Skipped(skip.clone()));
            }
        }
    }

    /// Tells what still waits.
    pub(super) fn end_input(&mut self, name: &str) {
        self.summary.inputs += 1;
        self.decide(name);
        self.input = Input::default();
    }

    fn found(&mut self, name: &str, range: ByteRange, field: &str, detection: &Detection) {
        let (likelihood, evidence) = (detection.likelihood, detection.evidence);
        let open = is_held_back(likelihood, evidence)
            || is_rival(detection.info_type(), likelihood, evidence);
        if self.input.people.is_some() || (!open && self.input.waiting.is_empty()) {
            return self.tell_found(name, range, field, detection);
        }
        self.input.waiting.push(Waiting::Found {
            range,
            field: field.into(),
            detection: detection.clone(),
        });
        if self.input.waiting.len() >= WAITING_MAX {
            self.decide(name);
        }
    }

    fn decide(&mut self, name: &str) {
        self.input.people = Some(self.input.population.people());
        for waiting in std::mem::take(&mut self.input.waiting) {
            match waiting {
                Waiting::Skipped(skip) => (self.tell)(name, Told::Skipped(&skip)),
                Waiting::Found {
                    range,
                    field,
                    detection,
                } => self.tell_found(name, range, &field, &detection),
            }
        }
    }

    fn tell_found(&mut self, name: &str, range: ByteRange, field: &str, detection: &Detection) {
        let (likelihood, evidence) = (detection.likelihood, detection.evidence);
        let weighed = self.input.people.as_ref().map(|people| {
            let (likelihood, evidence) =
                people.weigh(field, detection.info_type(), likelihood, evidence);
            Detection {
                likelihood,
                evidence,
                ..detection.clone()
            }
        });
        let found = FoundValue {
            range,
            field,
            detection: weighed.as_ref().unwrap_or(detection),
        };
        (self.tell)(name, Told::Found(found));
    }
}
