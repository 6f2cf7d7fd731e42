//! The engine: one pass over a Text, from anchors to Detections.

use crate::compete::Candidate;
use crate::configured::{Configured, Exclusion};
use crate::detectors::{Found, Look, Place, find};
use crate::family::{Families, Family};
use crate::finder::{Anchors, search};
use crate::places::Places;
use crate::population::Census;
use crate::segments::{self, Parted, Segments, Setting, number, offset};
use crate::terms::{self, Person};
use crate::{normal, words};
use hemvist_model::{Date, Detection, InfoType, Segment, Skip, Text};

/// What detection depends on besides the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The day the data is from, or is looked at: decides the century of a 10-digit number, and
    /// that nobody is born after it.
    pub reference_date: Date,
}

/// Finds personal data in text. Share one behind an `Arc`: scanning does not change it.
#[derive(Debug)]
pub struct Engine {
    options: Options,
    wanted: Families,
    configured: Vec<Configured>,
    exclusions: Vec<Exclusion>,
}

/// What scanning found and what it had to leave out. Reuse one for many Texts: it keeps its room.
#[derive(Default)]
pub struct Scanned {
    /// The findings, ordered by Segment and place within each Text.
    pub detections: Vec<Detection>,
    /// What could not be examined.
    pub skips: Vec<Skip>,
    found: Found,
    fields: Vec<Option<Families>>,
    anchors: Anchors,
    signals: normal::Signals,
    normal: normal::Room,
    persons: Vec<Person>,
    signs: [Places; 2],
    words: [Places; 1],
    parted: segments::Room,
}

impl Scanned {
    /// Forgets the findings and keeps the room.
    pub fn clear(&mut self) {
        self.detections.clear();
        self.skips.clear();
    }

    /// What was counted in each field of the Text that was scanned last.
    #[must_use]
    pub fn censuses(&self) -> &[Census] {
        &self.found.censuses
    }
}

impl Engine {
    /// An engine for those options. It looks for every kind of data whose values have a shape of
    /// their own; for names, addresses, secrets and sensitive terms with [`Engine::with`].
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            wanted: Families::SHAPED,
            configured: Vec::new(),
            exclusions: Vec::new(),
        }
    }

    /// The same engine with the detectors of that kind of data and its family.
    #[must_use]
    pub fn with(mut self, info_type: InfoType) -> Self {
        self.wanted = self.wanted.with(Family::of(info_type));
        self
    }

    /// The same engine with every detector there is.
    #[must_use]
    pub fn with_everything(mut self) -> Self {
        self.wanted = Families::ALL;
        self
    }

    /// The same engine with detectors by configuration.
    #[must_use]
    pub fn with_configured(mut self, configured: Vec<Configured>) -> Self {
        self.configured = configured;
        self
    }

    /// The same engine that leaves those values out. Few are expected: they are compared one by one.
    #[must_use]
    pub fn excluding(mut self, exclusions: Vec<Exclusion>) -> Self {
        self.exclusions = exclusions;
        self
    }

    fn is_excluded(&self, candidate: &Candidate) -> bool {
        let same = |one: &Exclusion| one.identifier == candidate.identifier;
        self.exclusions.iter().any(same)
    }

    /// The same engine without the detectors of that kind of data and its family: what competed
    /// with them stands alone then.
    #[must_use]
    pub fn without(mut self, info_type: InfoType) -> Self {
        self.wanted = self.wanted.without(Family::of(info_type));
        self
    }

    /// Appends what lies in `text` to `out`.
    ///
    /// A value is reported when its first byte lies in its Segment's own stretch, behind `lead`
    /// and before `trail`; the rest is context. Texts that overlap by [`crate::CONTEXT_BYTES`]
    /// therefore report every value exactly once. Segments that do not lie in `bytes` are left
    /// out.
    pub fn scan(&self, text: Text<'_>, out: &mut Scanned) {
        out.fields.clear();
        out.fields.resize(text.fields.len(), None);
        out.found.censuses.clear();
        out.found
            .censuses
            .resize(text.fields.len(), Census::default());
        let mut room = std::mem::take(&mut out.parted);
        let parted = Parted::new(text, &mut room);
        self.scan_anchors(parted, out);
        self.scan_disguised(parted.text, out);
        self.scan_words(parted, out);
        self.settle(parted.text, out);
        out.parted = room;
    }

    /// Lets what was found compete, and looks for sensitive terms beside the persons among it.
    fn settle(&self, text: Text<'_>, out: &mut Scanned) {
        let known = out.detections.len();
        let terms = self.wanted.has(Family::Term);
        let (found, persons) = (&mut out.detections, &mut out.persons);
        persons.clear();
        let keeps = |candidate: &Candidate| {
            if terms && terms::is_person(candidate.identifier.info_type(), candidate.likelihood) {
                persons.push((candidate.segment, candidate.start..candidate.end));
            }
            is_reported(text.segments, candidate) && !self.is_excluded(candidate)
        };
        out.found.candidates.settle(keeps, found);
        if !persons.is_empty() {
            terms::find(text, persons, &mut out.words, |detection| {
                found.push(detection);
            });
            if let Some(new) = found.get_mut(known..) {
                new.sort_by_key(|one| (one.segment, one.range.start, one.range.end));
            }
        }
    }

    /// Asks the detectors that hang on anchors.
    fn scan_anchors(&self, parted: Parted<'_>, out: &mut Scanned) {
        let text = parted.text;
        search(text.bytes, &mut out.anchors);
        let mut shown = Shown {
            segments: Segments::new(parted, self.setting(&mut out.fields)),
            found: &mut out.found,
        };
        find(&out.anchors, self.wanted, &mut shown);
        out.signals.look(text, &out.anchors);
    }

    /// Reads once more, normalised, what is around the signals of the Text.
    fn scan_disguised(&self, text: Text<'_>, out: &mut Scanned) {
        let setting = self.setting(&mut out.fields);
        normal::find_disguised(text, setting, &out.signals, &mut out.normal);
        out.found.candidates.append(out.normal.candidates());
    }

    /// Asks the detectors that hang on words rather than on anchors, then the configured ones.
    fn scan_words(&self, parted: Parted<'_>, out: &mut Scanned) {
        let text = parted.text;
        let (found, signs) = (&mut out.found, &mut out.signs);
        words::find_in(parted, self.setting(&mut out.fields), signs, found);
        let mut setting = self.setting(&mut out.fields);
        if !self.configured.is_empty() {
            for (index, segment) in text.segments.iter().enumerate() {
                let place = setting.place(text, segment);
                found.segment = number(index);
                let field = text.fields.get(offset(segment.field));
                for configured in &self.configured {
                    configured.find_in(&place, field.map_or("", String::as_str), found);
                }
            }
        }
    }

    fn setting<'a>(&self, fields: &'a mut [Option<Families>]) -> Setting<'a> {
        Setting {
            wanted: self.wanted,
            reference_date: self.options.reference_date,
            fields,
        }
    }
}

/// The Segments of a Text as detectors see them.
struct Shown<'f, 'a, 'b> {
    segments: Segments<'a, 'b>,
    found: &'f mut Found,
}

impl Look for Shown<'_, '_, '_> {
    #[inline]
    fn each(&mut self, anchors: &Places, find: impl Fn(&Place<'_>, usize, &mut Found)) {
        for at in anchors.as_slice() {
            self.segments
                .look(offset(*at), self.found, |place, at, out| {
                    find(place, at, out)
                });
        }
    }
}

fn is_reported(segments: &[Segment], candidate: &Candidate) -> bool {
    segments
        .get(offset(candidate.segment))
        .is_some_and(|segment| {
            let bytes = offset(segment.end.saturating_sub(segment.start));
            let own = offset(segment.lead)..bytes.saturating_sub(offset(segment.trail));
            own.contains(&candidate.start)
        })
}
