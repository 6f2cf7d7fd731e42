//! A Text looked through at once, and which of its Segments a byte lies in, where bytes are asked for
//! in order or nearly so.

use crate::detectors::{Found, Place};
use hemvist_model::{Segment, Text};
use std::ops::Range;

/// Segments that are stepped over before the right one is searched for.
const STEPS_MAX: usize = 16;

/// A Text as it is looked through.
#[derive(Clone, Copy)]
pub(crate) struct Parted<'a> {
    pub(crate) text: Text<'a>,
    bytes: &'a [u8],
    /// Where each Segment begins.
    starts: &'a [u32],
}

/// Room for that, reused from Text to Text.
#[derive(Default)]
pub(crate) struct Room {
    bytes: Vec<u8>,
    starts: Vec<u32>,
}

/// Segments that are looked through at once, and the bytes that they lie in.
pub(crate) struct Run<'a> {
    segments: Range<usize>,
    pub(crate) start: usize,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Parted<'a> {
    /// Where the byte before a Segment hides how it begins, a NUL stands instead in what is looked
    /// through: no value is made of it.
    pub(crate) fn new(text: Text<'a>, room: &'a mut Room) -> Self {
        let Room { bytes, starts } = room;
        let mut reached = 0;
        bytes.clear();
        for segment in text.segments {
            let gap = offset(segment.start).checked_sub(1);
            let hides = |gap: &usize| *gap >= reached && text.bytes.get(*gap).is_some_and(hides);
            if let Some(gap) = gap.filter(hides) {
                if bytes.is_empty() {
                    bytes.extend_from_slice(text.bytes);
                }
                bytes[gap] = 0;
            }
            reached = reached.max(offset(segment.end));
        }
        starts.clear();
        starts.extend(text.segments.iter().map(|segment| segment.start));
        Self {
            text,
            bytes: if bytes.is_empty() { text.bytes } else { bytes },
            starts,
        }
    }

    /// All its Segments. One that follows another one without a gap begins a new run.
    pub(crate) fn runs(self) -> impl Iterator<Item = Run<'a>> {
        let apart = |before: &Segment, here: &Segment| before.end < here.start;
        let mut first = 0;
        self.text.segments.chunk_by(apart).map(move |segments| {
            let ends = segments.first().zip(segments.last());
            let bytes = ends.map_or(0..0, |(one, last)| offset(one.start)..offset(last.end));
            first += segments.len();
            Run {
                segments: first - segments.len()..first,
                start: bytes.start,
                bytes: self.bytes.get(bytes).unwrap_or_default(),
            }
        })
    }
}

/// Behind such a byte neither a value nor a word begins.
fn hides(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'.' | b':')
}

/// The Segments of a Text, and the one that was asked for last.
pub(crate) struct Segments<'a, 'b> {
    parted: Parted<'a>,
    /// What is known of a Segment.
    place_of: &'b mut dyn FnMut(Segment) -> Place<'a>,
    /// Those that are asked for.
    run: Range<usize>,
    index: usize,
    /// The Segment of that number, and where it lies, once it was asked for.
    place: Option<Place<'a>>,
    own: Range<usize>,
}

impl<'a, 'b> Segments<'a, 'b> {
    /// All of them, from the first on.
    pub(crate) fn new(
        parted: Parted<'a>,
        place_of: &'b mut dyn FnMut(Segment) -> Place<'a>,
    ) -> Self {
        Self {
            parted,
            place_of,
            run: 0..parted.text.segments.len(),
            index: 0,
            place: None,
            own: 0..0,
        }
    }

    /// Has only those of the run looked at from now on.
    pub(crate) fn enter(&mut self, run: &Run<'a>) {
        self.run = run.segments.clone();
        (self.index, self.place, self.own) = (self.run.start, None, 0..0);
    }

    /// Calls `visit` with the place that holds the byte at `at` of the Text, if one does, and the
    /// offset in it: what is found there belongs to it.
    #[inline(always)]
    pub(crate) fn look(
        &mut self,
        at: usize,
        out: &mut Found,
        visit: impl FnOnce(&Place<'a>, usize, &mut Found),
    ) {
        if !self.own.contains(&at) {
            self.turn_to(at, out);
        }
        if let Some(place) = &self.place {
            visit(place, at - self.own.start, out);
        }
    }

    /// Turns to the Segment that holds the byte at `at` of the Text, or to none.
    #[inline(never)]
    fn turn_to(&mut self, at: usize, out: &mut Found) {
        self.index = self.seek(at);
        (self.place, self.own) = (None, 0..0);
        let Some(segment) = self.parted.text.segments.get(self.index) else {
            return;
        };
        let own = offset(segment.start)..offset(segment.end);
        if own.contains(&at) {
            (self.place, self.own) = (Some((self.place_of)(*segment)), own);
            out.segment = u32::try_from(self.index).unwrap_or(u32::MAX);
            out.field = offset(segment.field);
        }
    }

    /// The last Segment of the run that begins at `at` or before it.
    #[inline]
    fn seek(&self, at: usize) -> usize {
        let before = |start: &u32| offset(*start) <= at;
        let run = self.parted.starts.get(..self.run.end).unwrap_or_default();
        let following = run.get(self.index..).and_then(<[u32]>::first_chunk);
        // Where they end is not foretold: all are counted, several at once.
        let last = u32::try_from(at).unwrap_or(u32::MAX);
        let steps = following.map_or(0, |starts: &[u32; STEPS_MAX]| {
            let before = starts.map(|start| u32::from(start <= last));
            offset(before.iter().sum())
        });
        if !matches!(steps, 0 | STEPS_MAX) {
            return self.index + steps - 1;
        }
        let first = self.run.start;
        let run = run.get(first..).unwrap_or_default();
        first + run.partition_point(before).saturating_sub(1)
    }
}

/// An offset or a number as one of a place in memory.
pub(crate) fn offset(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Engine, Options, Scanned};
    use hemvist_model::{Date, InfoType};

    #[test]
    fn the_segment_of_a_byte_is_found_however_far_away_it_is() {
        let bytes = [b'x'; 400];
        // Three bytes and a gap each; every fifth is empty.
        let segment = |index: u32| Segment {
            start: 4 * index,
            end: 4 * index + if index % 5 == 4 { 0 } else { 3 },
            field: index,
            row: 0,
            lead: 0,
            trail: 0,
            whole_value: false,
        };
        let segments: Vec<Segment> = (0..100).map(segment).collect();
        let text = Text {
            bytes: &bytes,
            segments: &segments,
            fields: &[],
        };
        let mut place_of = |_| crate::tables::place(b"xxx");
        let (mut room, mut out) = (Room::default(), Found::default());
        let mut all = Segments::new(Parted::new(text, &mut room), &mut place_of);
        all.run = 10..90;
        all.index = 10;
        for at in [40, 41, 43, 60, 52, 359, 358, 40, 200, 199, 39, 360, 0, 399] {
            let index = at / 4;
            let held = (10..90).contains(&index) && at % 4 < 3 && index % 5 != 4;
            let mut own = None;
            all.look(at, &mut out, |_, own_at, _| own = Some(own_at));
            assert_eq!(own, held.then_some(at % 4), "{at}");
            assert!(
                !held || (out.segment as usize, out.field) == (index, index),
                "{at}"
            );
        }
    }

    #[test]
    fn a_gap_that_hides_what_follows_is_blank_and_segments_without_one_are_runs() {
        let bytes = b"1:2,3_4.5678-9";
        let segment = |(start, end)| Segment {
            start,
            end,
            field: 0,
            row: 0,
            lead: 0,
            trail: 0,
            whole_value: false,
        };
        let check = |segments: &[(u32, u32)], expected: &[(usize, &[u8])]| {
            let segments: Vec<Segment> = segments.iter().copied().map(segment).collect();
            let (text, mut room) = (
                Text {
                    bytes,
                    segments: &segments,
                    fields: &[],
                },
                Room::default(),
            );
            let parted = Parted::new(text, &mut room);
            let runs: Vec<_> = parted.runs().map(|run| (run.start, run.bytes)).collect();
            assert_eq!(runs, expected);
        };
        // One behind each kind of sign, one behind a digit; a comma hides nothing.
        check(
            &[(0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 12), (13, 14)],
            &[(0, b"1\x002,3\x004\x005\x0078\x009")],
        );
        check(
            &[(2, 3), (3, 5), (5, 5), (6, 7)],
            &[(2, b"2"), (3, b",3"), (5, b"\x004")],
        );
        // What stands before a Segment may be another one's.
        check(
            &[(0, 9), (2, 3), (8, 9)],
            &[(0, b"1:2,3_4.5"), (2, b"2,3_4.5")],
        );
        check(&[], &[]);
    }

    #[test]
    fn a_name_whose_label_lies_in_two_overlapping_segments_is_found_once() {
        let text = "Vi har talat med henne om saken i dag. Kontaktperson: Xerxa Blomqvarn, som bor i Lund.";
        let (bytes, lead) = (text.as_bytes(), 28);
        let name = u32::try_from(text.find("Xerxa").unwrap()).unwrap();
        let segment = |start, end, lead, trail| Segment {
            start,
            end,
            field: 0,
            row: 0,
            lead,
            trail,
            whole_value: false,
        };
        let segments = [
            segment(0, name, 0, lead),
            segment(name - lead, u32::try_from(bytes.len()).unwrap(), lead, 0),
        ];
        let (options, mut out) = (
            Options {
                reference_date: Date::new(2026, 6, 15).unwrap(),
            },
            Scanned::default(),
        );
        Engine::new(options).with_everything().scan(
            Text {
                bytes,
                segments: &segments,
                fields: &[],
            },
            &mut out,
        );
        let names = out
            .detections
            .iter()
            .filter(|one| one.info_type() == InfoType::PersonName);
        let found: Vec<u32> = names.map(|one| one.segment).collect();
        assert_eq!(found, [1]);
    }
}
