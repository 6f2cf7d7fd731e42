//! The engine: one pass over a Text, from anchors to Detections.

use crate::blocks::{Cpu, Work, at_best};
use crate::compete::{Candidate, compete, detect};
use crate::configured::{Configured, Exclusion};
use crate::detectors::{Found, Place, find};
use crate::family::{Families, Family};
use crate::finder::search;
use crate::places::Places;
use crate::population::Census;
use crate::terms::{self, Person};
use crate::{labels, normal, words};
use hemvist_model::{Date, Detection, InfoType, Segment, Skip, Text};
use std::cell::Cell;
use std::ops::Range;

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
    signals: normal::Signals,
    normal: normal::Room,
    persons: Vec<Person>,
    signs: Places,
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
        out.signals.clear();
        let mut first = 0;
        while first < text.segments.len() {
            let count = text
                .segments
                .get(first..)
                .map_or(1, |rest| run_length(text.bytes, rest));
            at_best(Run {
                engine: self,
                text,
                segments: first..first + count,
                out,
            });
            first += count;
        }
        self.scan_disguised(text, out);
        self.scan_words(text, out);
        let known = out.detections.len();
        let terms = self.wanted.has(Family::Term);
        let (candidates, found) = (&mut out.found.candidates, &mut out.detections);
        let persons = &mut out.persons;
        persons.clear();
        compete(candidates, |candidate| {
            if terms && terms::is_person(candidate.identifier.info_type(), candidate.likelihood) {
                persons.push((candidate.segment, candidate.start..candidate.end));
            }
            if is_reported(text.segments, &candidate) && !self.is_excluded(&candidate) {
                detect(candidate, found);
            }
        });
        if !persons.is_empty() {
            terms::find(text, persons, &mut out.signs, |detection| {
                found.push(detection);
            });
            if let Some(new) = found.get_mut(known..) {
                new.sort_by_key(|one| (one.segment, one.range.start, one.range.end));
            }
        }
    }

    /// Reads once more, normalised, what is around the signals of the Text.
    fn scan_disguised(&self, text: Text<'_>, out: &mut Scanned) {
        let mut signals = std::mem::take(&mut out.signals);
        let mut room = std::mem::take(&mut out.normal);
        normal::find_disguised(text, &mut signals, &mut room, &mut |segment| {
            self.place(text, segment, out)
        });
        out.found.candidates.append(room.candidates());
        (out.normal, out.signals) = (room, signals);
    }

    /// Asks the detectors that hang on words rather than on anchors, then the configured ones.
    fn scan_words(&self, text: Text<'_>, out: &mut Scanned) {
        let mut found = std::mem::take(&mut out.found);
        let mut signs = std::mem::take(&mut out.signs);
        let mut place_of = |segment: Segment| self.place(text, segment, out);
        words::find_in(text, self.wanted, &mut signs, &mut place_of, &mut found);
        if !self.configured.is_empty() {
            for (index, segment) in text.segments.iter().enumerate() {
                let place = place_of(*segment);
                found.segment = number(index);
                let field = text.fields.get(offset(segment.field));
                for configured in &self.configured {
                    configured.find_in(&place, field.map_or("", String::as_str), &mut found);
                }
            }
        }
        (out.found, out.signs) = (found, signs);
    }

    /// Scans Segments that are parted by bytes which cannot hide the beginning of a value.
    #[inline(always)]
    fn scan_run(&self, cpu: impl Cpu, text: Text<'_>, run: Range<usize>, out: &mut Scanned) {
        let segments = text.segments.get(run.clone()).unwrap_or_default();
        let (Some(first), Some(last)) = (segments.first(), segments.last()) else {
            return;
        };
        let (start, end) = (offset(first.start), offset(last.end));
        let Some(bytes) = text.bytes.get(start..end) else {
            return;
        };
        out.found.segment = number(run.start);
        let mut from = 0;
        let mut place = self.place(text, *first, out);
        let mut following = segments.iter();
        following.next();
        let mut signals = std::mem::take(&mut out.signals);
        let visit = |anchor, at: usize| {
            while from + place.text.len() <= at {
                let Some(segment) = following.next() else {
                    return;
                };
                from = offset(segment.start) - start;
                place = self.place(text, *segment, out);
                out.found.segment += 1;
            }
            if let Some(at) = at.checked_sub(from) {
                find(&place, anchor, at, &mut out.found);
            }
        };
        search(cpu, bytes, visit, Some(&mut signals.odd));
        signals.look(bytes, start);
        out.signals = signals;
    }

    fn place<'a>(&self, text: Text<'a>, segment: Segment, out: &mut Scanned) -> Place<'a> {
        out.found.field = offset(segment.field);
        let own = offset(segment.start)..offset(segment.end);
        let text_of = text.bytes.get(own).unwrap_or_default();
        Place {
            text: text_of,
            own_start: offset(segment.lead),
            own_end: text_of.len().saturating_sub(offset(segment.trail)),
            field: field_families(text, segment, &mut out.fields),
            whole_value: segment.whole_value,
            wanted: self.wanted,
            reference_date: self.options.reference_date,
            known: Cell::default(),
        }
    }
}

/// Segments that are scanned together.
struct Run<'a> {
    engine: &'a Engine,
    text: Text<'a>,
    segments: Range<usize>,
    out: &'a mut Scanned,
}

impl Work for Run<'_> {
    #[inline(always)]
    fn run(self, cpu: impl Cpu) {
        self.engine
            .scan_run(cpu, self.text, self.segments, self.out);
    }
}

/// How many Segments, from the first on, can share one pass of the finder. A Segment that follows
/// another one without a gap, or a byte that may belong to a number or a word, starts a new one:
/// its own beginning would not show.
fn run_length(bytes: &[u8], segments: &[Segment]) -> usize {
    let hides = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_.:".contains(byte);
    let hidden = |pair: &&[Segment]| match pair {
        [before, here] => {
            let gap = bytes.get(offset(here.start).saturating_sub(1));
            before.end >= here.start || gap.is_none_or(hides)
        }
        _ => false,
    };
    segments.windows(2).take_while(|pair| !hidden(pair)).count() + 1
}

fn field_families(text: Text<'_>, segment: Segment, known: &mut [Option<Families>]) -> Families {
    let index = offset(segment.field);
    let (Some(name), Some(slot)) = (text.fields.get(index), known.get_mut(index)) else {
        return Families::default();
    };
    *slot.get_or_insert_with(|| labels::of_field(name))
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

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn offset(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
