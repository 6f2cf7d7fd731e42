//! The engine: one pass over a Text, from anchors to Detections.

use crate::compete::{Candidate, compete, detections};
use crate::finder::{Anchor, each_anchor};
use crate::labels::{self, Families};
use crate::{email, ip, personnummer, phone};
use hemvist_model::{Date, Detection, Evidence, Segment, Skip, Text};

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
}

/// What scanning found and what it had to leave out. Reuse one for many Texts: it keeps its room.
#[derive(Default)]
pub struct Scanned {
    /// The findings, ordered by Segment and place within each Text.
    pub detections: Vec<Detection>,
    /// What could not be examined.
    pub skips: Vec<Skip>,
    candidates: Vec<Candidate>,
    fields: Vec<Option<Families>>,
}

impl Scanned {
    /// Forgets the findings and keeps the room.
    pub fn clear(&mut self) {
        self.detections.clear();
        self.skips.clear();
    }
}

/// One Segment as the detectors see it. Offsets are the Segment's own.
pub(crate) struct Place<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) field: Families,
    pub(crate) whole_value: bool,
    pub(crate) reference_date: Date,
}

impl Place<'_> {
    /// What surrounds a value of that family: field name, labels, and whether it stands alone.
    pub(crate) fn context(
        &self,
        range: std::ops::Range<usize>,
        family: crate::compete::Family,
    ) -> Evidence {
        let alone = self.whole_value && range == (0..self.text.len());
        let whole = if alone {
            Evidence::WHOLE_FIELD
        } else {
            Evidence::NONE
        };
        labels::weigh(self.text, range, self.field, family).with(whole)
    }
}

/// Whether a field name or a label speaks for it.
pub(crate) fn named(evidence: Evidence) -> bool {
    evidence.has(Evidence::FIELD_NAME) || evidence.has(Evidence::LABEL_NEARBY)
}

impl Engine {
    /// An engine for those options.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options }
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
        let mut first = 0;
        while first < text.segments.len() {
            let count = text
                .segments
                .get(first..)
                .map_or(1, |rest| run_length(text.bytes, rest));
            self.scan_run(text, first..first + count, out);
            first += count;
        }
        let (candidates, found) = (&mut out.candidates, &mut out.detections);
        compete(candidates, |candidate| {
            if is_reported(text.segments, &candidate) {
                found.extend(detections(candidate));
            }
        });
    }

    /// Scans Segments that are parted by bytes which cannot hide the beginning of a value.
    fn scan_run(&self, text: Text<'_>, run: std::ops::Range<usize>, out: &mut Scanned) {
        let segments = text.segments.get(run.clone()).unwrap_or_default();
        let (Some(first), Some(last)) = (segments.first(), segments.last()) else {
            return;
        };
        let (start, end) = (offset(first.start), offset(last.end));
        let Some(bytes) = text.bytes.get(start..end) else {
            return;
        };
        let mut index = 0;
        each_anchor(bytes, |anchor, at| {
            let at = start + at;
            while segments
                .get(index)
                .is_some_and(|segment| offset(segment.end) <= at)
            {
                index += 1;
            }
            let Some(segment) = segments.get(index) else {
                return;
            };
            let from = offset(segment.start);
            let slice = text.bytes.get(from..offset(segment.end));
            let (Some(slice), Some(at)) = (slice, at.checked_sub(from)) else {
                return;
            };
            let place = Place {
                text: slice,
                field: field_families(text, *segment, &mut out.fields),
                whole_value: segment.whole_value,
                reference_date: self.options.reference_date,
            };
            let known = out.candidates.len();
            find(&place, anchor, at, &mut out.candidates);
            let number = u32::try_from(run.start + index).unwrap_or(u32::MAX);
            for candidate in out.candidates.iter_mut().skip(known) {
                candidate.segment = number;
            }
        });
    }
}

/// Asks the families whose values begin, or are recognised, at such an anchor.
fn find(place: &Place<'_>, anchor: Anchor, at: usize, out: &mut Vec<Candidate>) {
    match anchor {
        Anchor::At => email::find(place, at, out),
        Anchor::Colon => ip::find_v6(place, at, out),
        Anchor::Dot => ip::find_v4(place, at, out),
        Anchor::Digits => {
            personnummer::find(place, at, out);
            phone::find_bare(place, at, out);
        }
        Anchor::Zero => phone::find_national(place, at, out),
        Anchor::Plus => phone::find_international(place, at, out),
    }
}

/// How many Segments, from the first on, can share one pass of the finder. A Segment that follows
/// a digit or another Segment without a gap starts a new one: its own beginning would not show.
fn run_length(bytes: &[u8], segments: &[Segment]) -> usize {
    let hidden = |pair: &&[Segment]| match pair {
        [before, here] => {
            let gap = bytes.get(offset(here.start).saturating_sub(1));
            before.end >= here.start || gap.is_none_or(u8::is_ascii_digit)
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

fn offset(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
