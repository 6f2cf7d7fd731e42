//! Which Segment a byte of a Text lies in, where bytes are asked for in order or nearly so.

use crate::detectors::{Found, Place};
use hemvist_model::{Segment, Text};
use std::ops::Range;

/// Segments that are stepped over one by one before the right one is searched for.
const STEPS_MAX: usize = 16;

/// The Segments of a Text, and the one that was asked for last.
pub(crate) struct Segments<'a, 'b> {
    text: Text<'a>,
    /// What is known of a Segment.
    place_of: &'b mut dyn FnMut(Segment) -> Place<'a>,
    /// Those that are asked for.
    run: Range<usize>,
    index: usize,
    /// The Segment of that number, once it was looked at.
    place: Option<Place<'a>>,
}

impl<'a, 'b> Segments<'a, 'b> {
    /// All of them, from the first on.
    pub(crate) fn new(text: Text<'a>, place_of: &'b mut dyn FnMut(Segment) -> Place<'a>) -> Self {
        Self {
            text,
            place_of,
            run: 0..text.segments.len(),
            index: 0,
            place: None,
        }
    }

    /// Has only those looked at from now on, which do not overlap.
    pub(crate) fn enter(&mut self, run: Range<usize>) {
        (self.index, self.place) = (run.start, None);
        self.run = run;
    }

    /// Calls `visit` with the place that holds the byte at `at` of the Text, if one does, and the
    /// offset in it.
    #[inline]
    pub(crate) fn look(
        &mut self,
        at: usize,
        out: &mut Found,
        visit: impl FnOnce(&Place<'a>, usize, &mut Found),
    ) {
        if let Some((place, own)) = self.turn_to(at, out) {
            visit(place, at - own.start, out);
        }
    }

    /// The place that holds the byte at `at` of the Text, if one does, and where it lies: what is
    /// found from now on belongs to it.
    #[inline]
    pub(crate) fn turn_to(
        &mut self,
        at: usize,
        out: &mut Found,
    ) -> Option<(&Place<'a>, Range<usize>)> {
        let own = |segment: &Segment| offset(segment.start)..offset(segment.end);
        let here = |segment: &&Segment| own(segment).contains(&at);
        let segments = self.text.segments;
        if !segments.get(self.index).as_ref().is_some_and(here) {
            self.index = self.seek(at);
            self.place = None;
        }
        let segment = segments.get(self.index).filter(here)?;
        let place = self.place.get_or_insert_with(|| (self.place_of)(*segment));
        out.segment = u32::try_from(self.index).unwrap_or(u32::MAX);
        out.field = offset(segment.field);
        Some((place, own(segment)))
    }

    /// The last Segment of those that begins at `at` or before it.
    fn seek(&self, at: usize) -> usize {
        let segments = self.text.segments;
        let before = |segment: &Segment| offset(segment.start) <= at;
        let following = segments.get(self.index..self.run.end).unwrap_or_default();
        let steps = following
            .iter()
            .take(STEPS_MAX)
            .take_while(|one| before(one))
            .count();
        if !matches!(steps, 0 | STEPS_MAX) {
            return self.index + steps - 1;
        }
        let run = segments.get(self.run.clone()).unwrap_or_default();
        self.run.start + run.partition_point(before).saturating_sub(1)
    }
}

/// An offset or a number as one of a place in memory.
pub(crate) fn offset(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// How many Segments, from the first on, can be looked through at once. One that follows another
/// one without a gap, or a byte that `hides` how it begins, starts a new run.
pub(crate) fn run_length(bytes: &[u8], segments: &[Segment], hides: fn(u8) -> bool) -> usize {
    let hidden = |pair: &&[Segment]| match pair {
        [before, here] => {
            let gap = bytes.get(offset(here.start).saturating_sub(1));
            before.end >= here.start || gap.is_none_or(|gap| hides(*gap))
        }
        _ => false,
    };
    segments.windows(2).take_while(|pair| !hidden(pair)).count() + 1
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
        let mut all = Segments::new(text, &mut place_of);
        let mut out = Found::default();
        all.enter(10..90);
        for at in [40, 41, 43, 60, 52, 359, 358, 40, 200, 199, 39, 360, 0, 399] {
            let index = at / 4;
            let held = (10..90).contains(&index) && at % 4 < 3 && index % 5 != 4;
            let own = all.turn_to(at, &mut out).map(|(_, own)| own);
            assert_eq!(own, held.then(|| 4 * index..4 * index + 3), "{at}");
            assert!(
                !held || (out.segment as usize, out.field) == (index, index),
                "{at}"
            );
        }
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
