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

use crate::compete::Candidate;
use crate::detectors::{Found, Look, Place, find};
use crate::family::Family;
use crate::finder::{Anchors, search};
use crate::places::Places;
use crate::segments::Setting;
use base64::each_stretch;
use hemvist_model::{Evidence, Likelihood, Text};
use normaliser::Normal;
pub(crate) use signal::Signals;
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

/// Offsets that are stepped over before the right one is searched for.
const STEPS_MAX: usize = 8;

const _: () = assert!(VALUE_HEAD_BYTES + AROUND_BYTES + RESYNC_BYTES <= crate::CONTEXT_BYTES);

/// Room that is reused from Text to Text.
#[derive(Default)]
pub(crate) struct Room {
    normal: Normal,
    decoded: base64::Room,
    anchors: Anchors,
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

/// Finds what is written in disguise where the signals are.
pub(crate) fn find_disguised<'a>(
    text: Text<'a>,
    setting: Setting<'a>,
    signals: &Signals,
    room: &'a mut Room,
) {
    room.found.clear();
    let mut search = Search {
        text,
        setting,
        room,
    };
    let mut stretch: Option<Stretch> = None;
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

struct Search<'a> {
    text: Text<'a>,
    setting: Setting<'a>,
    room: &'a mut Room,
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

impl Search<'_> {
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

    /// Asks the detectors about each anchor, which see no further than [`AROUND_BYTES`].
    fn examine(&mut self, frame: &Frame) {
        let Some(segment) = self.text.segments.get(frame.segment) else {
            return;
        };
        let own = segment.start as usize..segment.end as usize;
        let original = self.text.bytes.get(own).unwrap_or_default();
        search(self.room.normal.bytes(), &mut self.room.anchors);
        let view = View {
            frame,
            original,
            normal: &self.room.normal,
            known: self.setting.place(self.text, segment),
            low: 0,
            high: 0,
        };
        let (seen, found) = (&mut self.room.seen, &mut self.room.found);
        find(
            &self.room.anchors,
            self.setting.wanted,
            &mut Views { view, seen, found },
        );
    }
}

/// Shows what is around the anchors of normalised text, and keeps what is found there.
struct Views<'v, 'a> {
    view: View<'v, 'a>,
    seen: &'v mut Found,
    found: &'v mut Vec<Candidate>,
}

impl<'v, 'a: 'v> Look for Views<'v, 'a> {
    fn each(&mut self, anchors: &Places, find: impl Fn(&Place<'_>, usize, &mut Found)) {
        let view = &mut self.view;
        (view.low, view.high) = (0, 0);
        for at in anchors.as_slice() {
            let Some(written) = view.turn(*at) else {
                continue;
            };
            find(&view.place(), *at as usize - view.low, self.seen);
            if self.seen.candidates.is_empty() {
                continue;
            }
            let seen = self.seen.candidates.drain();
            self.found
                .extend(seen.filter_map(|one| view.lead_back(one, written)));
        }
    }
}

/// What is around an anchor of normalised text.
struct View<'v, 'a> {
    frame: &'v Frame,
    /// The Segment as it is written.
    original: &'a [u8],
    normal: &'v Normal,
    known: Place<'a>,
    low: usize,
    high: usize,
}

impl<'v, 'a: 'v> View<'v, 'a> {
    /// Goes on to the anchor at `at`: what is around it, and where it is written.
    #[inline(always)]
    fn turn(&mut self, at: u32) -> Option<usize> {
        let starts = self.normal.starts();
        let written = *starts.get(at as usize)? as usize;
        if !self.frame.anchors.contains(&written) {
            return None;
        }
        self.low = first_from(starts, self.low, |start| start + AROUND_BYTES >= written);
        self.high = first_from(starts, self.high, |start| start > written + AROUND_BYTES);
        Some(written)
    }

    fn place(&self) -> Place<'v> {
        let bytes = self.normal.bytes();
        let all = self.frame.whole == (true, true) && (self.low, self.high) == (0, bytes.len());
        Place {
            text: bytes.get(self.low..self.high).unwrap_or_default(),
            whole_value: self.known.whole_value
                && all
                && covers(self.normal, self.frame, self.original.len()),
            ..self.known
        }
    }

    /// The candidate with its place in the original, unless it is cut off or plain reading finds
    /// it. Its anchor is written at `anchor`.
    fn lead_back(&self, candidate: Candidate, anchor: usize) -> Option<Candidate> {
        let (frame, normal) = (self.frame, self.normal);
        let cut_before = self.low > 0 || !frame.whole.0;
        let cut_behind = self.high < normal.bytes().len() || !frame.whole.1;
        let cut = (cut_before && candidate.start == 0)
            || (cut_behind && candidate.end == self.high - self.low);
        let range = candidate.start + self.low..candidate.end + self.low;
        let written = self.original.get(frame.base..).unwrap_or_default();
        if cut || is_plain(normal, &range, written) {
            return None;
        }
        let range = normal.original(range)?;
        if anchor > range.start + VALUE_HEAD_BYTES {
            return None;
        }
        let range = range.start + frame.base..range.end + frame.base;
        Some(led_back(candidate, range, frame.segment, self.original))
    }
}

/// The first of the offsets from `from` on that `ends` says something of, as it does of all behind
/// it: a few steps away where anchors are many, far away where they are few.
#[inline(always)]
fn first_from(starts: &[u32], from: usize, ends: impl Fn(usize) -> bool) -> usize {
    let before = |start: &u32| !ends(*start as usize);
    let mut at = from;
    while starts.get(at).is_some_and(before) {
        at += 1;
        if at - from == STEPS_MAX {
            let rest = starts.get(at..).unwrap_or_default();
            return at + rest.partition_point(before);
        }
    }
    at
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
