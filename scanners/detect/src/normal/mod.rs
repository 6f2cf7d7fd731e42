//! Values in disguise: written with escapes, foreign digits, markup, or in base64.
//!
//! Plain text does not pay: signals (`signal`) name the few bytes that may write a value in another
//! way. Around them a bounded stretch is normalised (`normaliser`), the detectors read it, and what
//! they find is led back to the original bytes, whole escapes included. What plain reading has
//! found as well is settled where candidates compete.
//!
//! Whatever is found depends on no more than [`CONTEXT_BYTES`] on either side of its first byte,
//! so that findings do not depend on where a text was cut: that is what the bounds here are for.
//!
//! What it deliberately does not do: decode charsets and formats, and read `+` as a blank or `at`
//! as a sign where nothing says so.

mod base64;
mod characters;
mod entity;
mod markup;
mod normaliser;
mod signal;
mod tail;
mod words;

use crate::blocks::{Cpu, Work, at_best};
use crate::compete::Candidate;
use crate::detectors::{Found, Place, find};
use crate::family::Family;
use crate::finder::search;
use base64::each_stretch;
use hemvist_model::{Evidence, Likelihood, Segment, Text};
use normaliser::Normal;
pub(crate) use signal::Signals;
use std::cell::Cell;
use std::ops::Range;
pub(crate) use words::is_known_domain;

/// An escape, however deep it is nested, and markup are at most this long.
const RESYNC_BYTES: usize = 64;
/// How far around an anchor the text is read.
const AROUND_BYTES: usize = 256;
/// How far before its anchor a value may begin.
const VALUE_HEAD_BYTES: usize = 160;
/// What is normalised at once, besides what is around it.
const STRETCH_BYTES: usize = 4096;
/// What is read on either side of the signals of a stretch.
const MARGIN_BYTES: usize = 2 * AROUND_BYTES + RESYNC_BYTES;

const _: () = assert!(VALUE_HEAD_BYTES + AROUND_BYTES + RESYNC_BYTES <= crate::CONTEXT_BYTES);

/// Room that is reused from Text to Text.
#[derive(Default)]
pub(crate) struct Room {
    normal: Normal,
    decoded: base64::Room,
    seen: Found,
    found: Vec<Candidate>,
}

impl Room {
    /// What was found in the last Text.
    pub(crate) fn candidates(&mut self) -> &mut Vec<Candidate> {
        &mut self.found
    }
}

/// Signals near each other, in one Segment. Offsets are the Text's.
struct Stretch {
    segment: usize,
    signals: Range<usize>,
    /// Anchors before it were examined with the stretch before.
    from: usize,
}

/// Finds what is written in disguise where the signals are; `place_of` says what is known of a Segment.
pub(crate) fn find_disguised<'a>(
    text: Text<'a>,
    signals: &mut Signals,
    room: &mut Room,
    place_of: &mut dyn FnMut(Segment) -> Place<'a>,
) {
    room.found.clear();
    let mut search = Search {
        text,
        place_of,
        room,
    };
    let mut stretch: Option<Stretch> = None;
    signals.sort();
    for at in signals.bytes.iter().copied() {
        if let Some(open) = &mut stretch {
            let near = at < open.signals.end + 2 * AROUND_BYTES && at < search.end_of(open.segment);
            if near && at - open.signals.start < STRETCH_BYTES {
                open.signals.end = at + 1;
                continue;
            }
            search.normalise(open);
        }
        stretch = search.open(at, stretch.take());
    }
    if let Some(open) = stretch {
        search.normalise(&open);
    }
    for run in signals.runs.iter().cloned() {
        search.decode(run);
    }
}

struct Search<'a, 'b> {
    text: Text<'a>,
    place_of: &'b mut dyn FnMut(Segment) -> Place<'a>,
    room: &'b mut Room,
}

/// Where in a Segment anchors are looked at, and where normalised text lies in it.
struct Frame {
    segment: usize,
    /// Offset of the normalised text in the Segment.
    base: usize,
    /// Whether the text begins and ends with the Segment.
    whole: (bool, bool),
    anchors: Range<usize>,
}

impl Search<'_, '_> {
    /// The Segment that holds `at`, if one does.
    fn segment_at(&self, at: usize) -> Option<usize> {
        let segments = self.text.segments;
        let behind = segments.partition_point(|segment| segment.start as usize <= at);
        let index = behind.checked_sub(1)?;
        (at < segments.get(index)?.end as usize).then_some(index)
    }

    fn end_of(&self, segment: usize) -> usize {
        self.text
            .segments
            .get(segment)
            .map_or(0, |segment| segment.end as usize)
    }

    fn open(&self, at: usize, last: Option<Stretch>) -> Option<Stretch> {
        let segment = self.segment_at(at)?;
        let from = last
            .filter(|last| last.segment == segment)
            .map_or(0, |last| last.signals.end + AROUND_BYTES);
        Some(Stretch {
            segment,
            signals: at..at + 1,
            from,
        })
    }

    /// Reads the text around the signals of `stretch`.
    fn normalise(&mut self, stretch: &Stretch) {
        let Some(segment) = self.text.segments.get(stretch.segment) else {
            return;
        };
        let (start, end) = (segment.start as usize, segment.end as usize);
        let from = stretch
            .signals
            .start
            .saturating_sub(MARGIN_BYTES)
            .max(start);
        let to = (stretch.signals.end + MARGIN_BYTES).min(end);
        let Some(original) = self.text.bytes.get(from..to) else {
            return;
        };
        self.room.normal.clear();
        self.room.normal.read(original);
        if self.room.normal.bytes() == original {
            // Nothing is written in another way after all.
            return;
        }
        let first = stretch
            .signals
            .start
            .saturating_sub(AROUND_BYTES)
            .max(stretch.from)
            .max(from);
        self.examine(&Frame {
            segment: stretch.segment,
            base: from - start,
            whole: (from == start, to == end),
            anchors: first - from..stretch.signals.end + AROUND_BYTES - from,
        });
    }

    /// Reads what base64 there is in `run`.
    fn decode(&mut self, run: Range<usize>) {
        let mut at = run.start;
        while at < run.end {
            let Some(segment) = self.segment_at(at) else {
                return;
            };
            let border = self
                .text
                .segments
                .get(segment)
                .map_or(0, |segment| segment.start as usize);
            let end = run.end.min(self.end_of(segment));
            let to = end.min(at + STRETCH_BYTES);
            let window = at.saturating_sub(MARGIN_BYTES).max(run.start).max(border)
                ..(to + MARGIN_BYTES).min(end);
            let Some(original) = self.text.bytes.get(window.clone()) else {
                return;
            };
            let (mut decoded, mut normal) = (
                std::mem::take(&mut self.room.decoded),
                std::mem::take(&mut self.room.normal),
            );
            each_stretch(original, &mut decoded, &mut normal, &mut |normal| {
                std::mem::swap(&mut self.room.normal, normal);
                self.examine(&Frame {
                    segment,
                    base: window.start - border,
                    // What is around base64 is no part of the text in it.
                    whole: (true, true),
                    anchors: at - window.start..to - window.start,
                });
                std::mem::swap(&mut self.room.normal, normal);
            });
            (self.room.decoded, self.room.normal) = (decoded, normal);
            at = to;
        }
    }

    fn examine(&mut self, frame: &Frame) {
        at_best(Examine {
            search: self,
            frame,
        });
    }

    /// Asks the detectors about each anchor, which see no further than [`AROUND_BYTES`].
    #[inline(always)]
    fn ask(&mut self, cpu: impl Cpu, frame: &Frame) {
        let Some(segment) = self.text.segments.get(frame.segment) else {
            return;
        };
        let own = segment.start as usize..segment.end as usize;
        let original = self.text.bytes.get(own.clone()).unwrap_or_default();
        let written = original.get(frame.base..).unwrap_or_default();
        let normal = &self.room.normal;
        let (bytes, starts) = (normal.bytes(), normal.starts());
        let known = (self.place_of)(*segment);
        let (mut low, mut high) = (0, 0);
        let visit = |anchor, at: usize| {
            let Some(place) = starts.get(at).map(|start| *start as usize) else {
                return;
            };
            if !frame.anchors.contains(&place) {
                return;
            }
            while starts
                .get(low)
                .is_some_and(|start| *start as usize + AROUND_BYTES < place)
            {
                low += 1;
            }
            while starts
                .get(high)
                .is_some_and(|start| *start as usize <= place + AROUND_BYTES)
            {
                high += 1;
            }
            let view = Place {
                text: bytes.get(low..high).unwrap_or_default(),
                whole_value: known.whole_value
                    && frame.whole == (true, true)
                    && (low, high) == (0, bytes.len())
                    && covers(normal, frame, own.len()),
                known: Cell::default(),
                ..known
            };
            find(&view, anchor, at - low, &mut self.room.seen);
            let borders = (
                low > 0 || !frame.whole.0,
                high < bytes.len() || !frame.whole.1,
            );
            for candidate in self.room.seen.candidates.drain(..) {
                let cut = (borders.0 && candidate.start == 0)
                    || (borders.1 && candidate.end == high - low);
                let range = candidate.start + low..candidate.end + low;
                if cut || is_plain(normal, &range, written) {
                    continue;
                }
                let near = |range: &Range<usize>| place <= range.start + VALUE_HEAD_BYTES;
                if let Some(range) = normal.original(range).filter(near) {
                    let range = range.start + frame.base..range.end + frame.base;
                    self.room
                        .found
                        .push(led_back(candidate, range, frame.segment, original));
                }
            }
        };
        search(cpu, bytes, visit, None);
    }
}

/// What [`Search::ask`] does for any CPU.
struct Examine<'s, 'a, 'b> {
    search: &'s mut Search<'a, 'b>,
    frame: &'s Frame,
}

impl Work for Examine<'_, '_, '_> {
    #[inline(always)]
    fn run(self, cpu: impl Cpu) {
        self.search.ask(cpu, self.frame);
    }
}

/// Whether the text is all of a Segment of that length: a value that fills it fills the field.
fn covers(normal: &Normal, frame: &Frame, bytes: usize) -> bool {
    let all = normal.original(0..normal.bytes().len());
    frame.base == 0 && all == Some(0..bytes)
}

/// Whether the value at `range` and what touches it are written as themselves: then plain reading
/// finds it too.
fn is_plain(normal: &Normal, range: &Range<usize>, original: &[u8]) -> bool {
    let from = range.start.saturating_sub(1);
    let to = normal.bytes().len().min(range.end + 1);
    (from..to).all(|at| normal.is_plain(at, original))
}

/// The candidate with its place in the original.
fn led_back(
    mut candidate: Candidate,
    range: Range<usize>,
    segment: usize,
    original: &[u8],
) -> Candidate {
    let written = original.get(range.clone()).unwrap_or_default();
    let worded = Family::of(candidate.identifier.info_type()) == Family::Email
        && !written.contains(&b'@')
        && written
            .iter()
            .any(|byte| matches!(byte, b'(' | b'[' | b'{'))
        && !is_known_domain(candidate.identifier.expose());
    if worded {
        candidate.likelihood = Likelihood::Possible;
    }
    if range.len() != candidate.end - candidate.start {
        candidate.evidence = candidate.evidence.with(Evidence::QUOTED_SPELLING);
    }
    candidate.segment = u32::try_from(segment).unwrap_or(u32::MAX);
    (candidate.start, candidate.end, candidate.undisguised) = (range.start, range.end, true);
    candidate
}
