//! A Text looked through at once, and which of its Segments a byte lies in, where bytes are asked for
//! in order or nearly so.

use crate::detectors::{Found, Place};
use crate::family::Families;
use crate::labels;
use hemvist_model::{Date, Segment, Text};
use wide::u32x8;

/// Segments that are stepped over before the right one is searched for.
const STEPS_MAX: usize = 16;
/// Stands between Segments that are laid apart: no value and no word is made of it.
const GAP: u8 = 0;

/// A Text whose bytes can be looked through at once: what stands between two Segments hides nothing.
#[derive(Clone, Copy)]
pub(crate) struct Parted<'a> {
    pub(crate) text: Text<'a>,
    /// Where each Segment begins.
    starts: &'a [u32],
}

/// Room for that, reused from Text to Text.
#[derive(Default)]
pub(crate) struct Room {
    bytes: Vec<u8>,
    segments: Vec<Segment>,
    starts: Vec<u32>,
}

impl<'a> Parted<'a> {
    /// The Text itself, or a copy where a gap is missing or hides how the Segment behind it begins.
    pub(crate) fn new(text: Text<'a>, room: &'a mut Room) -> Self {
        let mut reached = None;
        let mut is_parted = |segment: &Segment| {
            let apart = reached.is_none_or(|end| end < segment.start);
            let inside = offset(segment.end) <= text.bytes.len();
            let gap = offset(segment.start).checked_sub(1);
            reached = Some(segment.end);
            apart
                && inside
                && !gap
                    .and_then(|gap| text.bytes.get(gap))
                    .is_some_and(|gap| HIDES[usize::from(*gap)])
        };
        let text = match text.segments.iter().all(&mut is_parted) {
            true => up_to(text, reached.unwrap_or(0)),
            false => laid_apart(text, &mut room.bytes, &mut room.segments),
        };
        room.starts.clear();
        room.starts
            .extend(text.segments.iter().map(|segment| segment.start));
        let starts = &room.starts;
        Self { text, starts }
    }
}

/// The same Text without what stands behind all of its Segments.
fn up_to(text: Text<'_>, end: u32) -> Text<'_> {
    let bytes = text.bytes.get(..offset(end)).unwrap_or(text.bytes);
    Text { bytes, ..text }
}

/// The same Segments, one behind the other with a gap between.
fn laid_apart<'a>(
    text: Text<'a>,
    bytes: &'a mut Vec<u8>,
    segments: &'a mut Vec<Segment>,
) -> Text<'a> {
    bytes.clear();
    segments.clear();
    for segment in text.segments {
        let own = offset(segment.start)..offset(segment.end);
        let start = number(bytes.len());
        bytes.extend_from_slice(text.bytes.get(own).unwrap_or_default());
        let end = number(bytes.len());
        bytes.push(GAP);
        segments.push(Segment {
            start,
            end,
            ..*segment
        });
    }
    Text {
        bytes,
        segments,
        fields: text.fields,
    }
}

/// Behind such a byte neither a value nor a word begins.
static HIDES: [bool; 256] = {
    let mut hides = [false; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        let joins = matches!(byte, b'+' | b'/' | b'-' | b'_' | b'.' | b':' | 0x80..);
        hides[index] = byte.is_ascii_alphanumeric() || joins;
        index += 1;
    }
    hides
};

/// What is known of every Segment of a Text.
pub(crate) struct Setting<'b> {
    /// The families that are asked.
    pub(crate) wanted: Families,
    pub(crate) reference_date: Date,
    /// What the fields' names speak for, once it was asked.
    pub(crate) fields: &'b mut [Option<Families>],
}

impl Setting<'_> {
    /// A Segment of the Text as detectors see it.
    pub(crate) fn place<'a>(&mut self, text: Text<'a>, segment: &Segment) -> Place<'a> {
        let mut place = self.nowhere();
        self.turn(&mut place, text, segment);
        place
    }

    /// An empty one.
    fn nowhere<'a>(&self) -> Place<'a> {
        Place {
            text: &[],
            own_start: 0,
            own_end: 0,
            field: Families::default(),
            whole_value: false,
            wanted: self.wanted,
            reference_date: self.reference_date,
        }
    }

    /// Makes a place that of another Segment: only what differs is written.
    #[inline(always)]
    fn turn<'a>(&mut self, place: &mut Place<'a>, text: Text<'a>, segment: &Segment) {
        let own = offset(segment.start)..offset(segment.end);
        place.text = text.bytes.get(own).unwrap_or_default();
        place.own_start = offset(segment.lead);
        place.own_end = place.text.len().saturating_sub(offset(segment.trail));
        place.field = self.families(text, offset(segment.field));
        place.whole_value = segment.whole_value;
    }

    /// The families that the name of the field of that number speaks for.
    #[inline(always)]
    pub(crate) fn families(&mut self, text: Text<'_>, field: usize) -> Families {
        match (self.fields.get_mut(field), text.fields.get(field)) {
            (Some(Some(families)), _) => *families,
            (Some(unknown), Some(name)) => ask(unknown, name),
            _ => Families::default(),
        }
    }
}

#[cold]
fn ask(unknown: &mut Option<Families>, name: &str) -> Families {
    *unknown.insert(labels::of_field(name))
}

/// The Segments of a Text, and the one that was asked for last.
pub(crate) struct Segments<'a, 'b> {
    parted: Parted<'a>,
    setting: Setting<'b>,
    index: usize,
    /// The Segment of that number, empty at first, and where it begins.
    place: Place<'a>,
    start: usize,
}

impl<'a, 'b> Segments<'a, 'b> {
    /// All of them, from the first on.
    pub(crate) fn new(parted: Parted<'a>, setting: Setting<'b>) -> Self {
        Self {
            parted,
            index: 0,
            place: setting.nowhere(),
            start: 0,
            setting,
        }
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
        if self.inside(at).is_none() {
            self.turn_to(at, out);
        }
        if let Some(at) = self.inside(at) {
            visit(&self.place, at, out);
        }
    }

    /// The offset in the place of the byte at `at` of the Text, if it holds that.
    #[inline(always)]
    fn inside(&self, at: usize) -> Option<usize> {
        let inside = at.wrapping_sub(self.start);
        (inside < self.place.text.len()).then_some(inside)
    }

    /// Turns to the last Segment that begins at `at` of the Text or before it.
    #[inline(never)]
    fn turn_to(&mut self, at: usize, out: &mut Found) {
        self.index = self.seek(at);
        if let Some(segment) = self.parted.text.segments.get(self.index) {
            self.setting
                .turn(&mut self.place, self.parted.text, segment);
            self.start = offset(segment.start);
            out.segment = number(self.index);
            out.field = offset(segment.field);
        }
    }

    /// The number of that Segment.
    #[inline(always)]
    fn seek(&self, at: usize) -> usize {
        let (starts, at) = (self.parted.starts, number(at));
        let following = starts.get(self.index..).and_then(<[u32]>::first_chunk);
        // Where they end is not foretold: all are compared, several at once.
        let steps = following.map_or(0, |following: &[u32; STEPS_MAX]| {
            let (lanes, _) = following.as_chunks();
            let behind = |lane: &[u32; 8]| u32x8::new(*lane).simd_gt(u32x8::splat(at)).to_bitmask();
            let behind = lanes
                .iter()
                .rev()
                .fold(0, |all, lane| all << 8 | behind(lane));
            (behind | 1 << STEPS_MAX).trailing_zeros() as usize
        });
        if !matches!(steps, 0 | STEPS_MAX) {
            return self.index + steps - 1;
        }
        seek_afar(starts, at)
    }
}

#[inline(never)]
fn seek_afar(starts: &[u32], at: u32) -> usize {
    let before = starts.partition_point(|start| *start <= at);
    before.saturating_sub(1)
}

/// An offset or a number as one of a place in memory.
pub(crate) fn offset(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// The other way round: a Text is no longer than its offsets reach.
pub(crate) fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Engine, Options, Scanned};
    use hemvist_model::{Date, InfoType};

    #[test]
    fn the_segment_of_a_byte_is_found_however_far_away_it_is() {
        let bytes = [b' '; 400];
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
        let (mut room, mut out) = (Room::default(), Found::default());
        let setting = Setting {
            wanted: Families::ALL,
            reference_date: Date::new(2026, 6, 15).unwrap(),
            fields: &mut [],
        };
        let mut all = Segments::new(Parted::new(text, &mut room), setting);
        for at in [40, 41, 43, 60, 52, 359, 358, 40, 200, 199, 39, 360, 0, 399] {
            let index = at / 4;
            let held = at % 4 < 3 && index % 5 != 4;
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
    fn segments_whose_gap_is_missing_or_hides_something_are_laid_apart() {
        let bytes = b"1:2,3_45";
        let segment = |(start, end)| Segment {
            start,
            end,
            field: 0,
            row: 0,
            lead: 0,
            trail: 0,
            whole_value: false,
        };
        let check =
            |bytes: &[u8], segments: &[(u32, u32)], expected: &[u8], laid: &[(u32, u32)]| {
                let segments: Vec<Segment> = segments.iter().copied().map(segment).collect();
                let text = Text {
                    bytes,
                    segments: &segments,
                    fields: &[],
                };
                let mut room = Room::default();
                let parted = Parted::new(text, &mut room).text;
                assert_eq!(parted.bytes, expected);
                let places = parted.segments.iter().map(|one| (one.start, one.end));
                assert_eq!(places.collect::<Vec<_>>(), laid);
            };
        check(bytes, &[], b"", &[]);
        check(bytes, &[(0, 1), (4, 7)], b"1:2,3_4", &[(0, 1), (4, 7)]);
        // Behind a sign, behind a digit, behind the Segment before, in it, in a later place.
        check(bytes, &[(2, 3), (4, 5)], b"2\x003\x00", &[(0, 1), (2, 3)]);
        check(bytes, &[(0, 1), (7, 8)], b"1\x005\x00", &[(0, 1), (2, 3)]);
        check(
            bytes,
            &[(0, 4), (4, 5)],
            b"1:2,\x003\x00",
            &[(0, 4), (5, 6)],
        );
        check(
            bytes,
            &[(0, 5), (4, 5)],
            b"1:2,3\x003\x00",
            &[(0, 5), (6, 7)],
        );
        check(bytes, &[(4, 5), (0, 1)], b"3\x001\x00", &[(0, 1), (2, 3)]);
        for gap in ["7", "z", "+", "/", "-", "_", ".", ":", "å"] {
            let text = format!("1{gap}2");
            let segments = [(0, 1), (number(1 + gap.len()), number(text.len()))];
            check(text.as_bytes(), &segments, b"1\x002\x00", &[(0, 1), (2, 3)]);
        }
        // One that lies nowhere is empty.
        check(bytes, &[(0, 9), (9, 9)], b"\x00\x00", &[(0, 0), (1, 1)]);
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
