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
    /// Those that are asked for; they do not overlap.
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

    /// Has only those looked at from now on.
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
        if let Some((place, own)) = self.at(at, out) {
            visit(place, at - own.start, out);
        }
    }

    /// The place that holds the byte at `at` of the Text, if one does, and where it lies: what is
    /// found from now on belongs to it.
    #[inline]
    pub(crate) fn at(&mut self, at: usize, out: &mut Found) -> Option<(&Place<'a>, Range<usize>)> {
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
    #[cold]
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
