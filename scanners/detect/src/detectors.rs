//! Which detectors look at which anchor, and what they are given and give back.
//!
//! **How a detector is added.** It is one file that holds its rule, its source and its examples,
//! and a function `find(place, at, out)`:
//!
//! 1. Its InfoType stands in `hemvist-model`, its [`crate::family::Family`] in `family` (its own,
//!    or that of the InfoTypes that share its labels), its labels in `label_words`.
//! 2. [`find`] below has it called at every anchor where a value of its kind begins or is
//!    recognised. Its first test must turn most places away: an anchor is a cheap signal, and every
//!    detector that hangs on it pays for all of them. Where none of the anchors fits, a new one is a
//!    row in `finder`'s `Seen` and a list in its `Anchors`.
//! 3. It reads `place.text` around `at`, never more than [`crate::CONTEXT_BYTES`] away, so that
//!    findings do not depend on where a text was cut; and it looks at a place as often as it is
//!    asked, so what it reads must be bounded.
//! 4. When the rules hold it asks [`Place::context`] what the field's name and the words around
//!    say (the dearest step: last), and gives [`Found::push`] one Candidate. Rivals for the same
//!    bytes are none of its business: `compete` decides.
//!
//! A value that is not written as it stands (escapes, other digits) is found in a copy, of which
//! `normal` makes a [`Place`], and reported with its range in the original.

use crate::compete::{Candidate, Candidates};
use crate::family::{Families, Family};
use crate::finder::Anchors;
use crate::places::Places;
use crate::population::Census;
use crate::spelling::digits_from;
use crate::{bank, email, identity, ip, labels, mac, phone};
use hemvist_model::{Date, Evidence};
use std::ops::Range;

/// Digits in a row are counted to that: no number has as many.
const RUN_DIGITS_MAX: usize = 64;

/// A detector of numbers: looks at so many digits that begin at an offset of the text.
type FindRun = fn(&Place<'_>, usize, usize, &mut Found);

/// Shows detectors the text around anchors.
pub(crate) trait Look {
    /// Calls `find` for each of the anchors, which are in ascending order, with the place that
    /// holds it, if there is one, and its offset in it.
    fn each(&mut self, anchors: &Places, find: impl Fn(&Place<'_>, usize, &mut Found));
}

/// Asks at every anchor the detectors whose values begin, or are recognised, at such a one: one
/// kind of anchor after the other, so that what is done next is foretold.
#[inline]
pub(crate) fn find(anchors: &Anchors, wanted: Families, places: &mut impl Look) {
    let asked = |family| wanted.has(family);
    if asked(Family::Email) {
        places.each(&anchors.at, email::find);
        places.each(&anchors.word, email::find_spelled);
    }
    if asked(Family::Ip) {
        places.each(&anchors.dot, ip::find_v4);
        places.each(&anchors.colon, ip::find_v6);
    }
    if asked(Family::Mac) {
        places.each(&anchors.colon, mac::find);
    }
    // What is found at one place comes out in this order.
    if asked(Family::Identity) {
        places.each(&anchors.dated, identity::find_dated);
    }
    if asked(Family::Plusgiro) {
        places.each(&anchors.pairs, bank::find_giro_in_pairs);
    }
    places.each(&anchors.groups, find_groups);
    places.each(&anchors.digits, find_digits);
    if asked(Family::Phone) {
        places.each(&anchors.zero, phone::find_national);
        places.each(&anchors.odd, phone::find_international);
    }
}

/// How many digits begin at `at`.
#[inline]
fn run_at(place: &Place<'_>, at: usize) -> usize {
    digits_from(place.text, at, RUN_DIGITS_MAX)
}

/// Asks the detectors of numbers that begin with a group of digits.
#[inline]
fn find_groups(place: &Place<'_>, at: usize, out: &mut Found) {
    let run = run_at(place, at);
    // A card's, an account's and a giro number's go on behind a blank or a dash, an IBAN's with
    // letters too.
    if matches!(place.text.get(at + run), Some(b' ' | b'-' | b'A'..=b'Z')) {
        find_money(place, at, run, out);
    }
}

/// Asks the detectors of numbers that begin with so many digits in a row: how many there are, and
/// what follows them, says at once which of them may have a number there.
#[inline]
fn find_digits(place: &Place<'_>, at: usize, out: &mut Found) {
    let run = run_at(place, at);
    if place.wanted.has(Family::Identity) && identity::may_begin(place, at, run) {
        identity::find(place, at, run, out);
    }
    if place.wanted.has(Family::Phone) && (10..=12).contains(&run) {
        phone::find_bare(place, at, out);
    }
    find_money(place, at, run, out);
}

/// The same for accounts, giro numbers and cards.
#[inline]
fn find_money(place: &Place<'_>, at: usize, run: usize, out: &mut Found) {
    let mut ask = |family, find: FindRun| {
        if place.wanted.has(family) {
            find(place, at, run, out);
        }
    };
    if bank::may_be_iban(place, at) {
        ask(Family::Iban, bank::find_iban);
    }
    if run == 4 || run > 12 {
        ask(Family::Card, bank::find_card);
    }
    if bank::may_be_account(place, at, run) {
        ask(Family::BankAccount, bank::find_account);
    }
    if bank::may_be_giro(place, at, run) {
        bank::find_giro(place, at, run, out);
    }
}

/// One Segment as the detectors see it. Offsets are the Segment's own.
pub(crate) struct Place<'a> {
    pub(crate) text: &'a [u8],
    /// Where the text's own stretch begins, behind what is only context.
    pub(crate) own_start: usize,
    /// One past its end.
    pub(crate) own_end: usize,
    /// What the field's name speaks for.
    pub(crate) field: Families,
    /// Whether the text is all that the field holds.
    pub(crate) whole_value: bool,
    /// The families that are asked.
    pub(crate) wanted: Families,
    pub(crate) reference_date: Date,
}

impl Place<'_> {
    /// What surrounds a value of that family: field name, labels, and whether it stands alone.
    pub(crate) fn context(&self, range: Range<usize>, family: Family) -> Evidence {
        let alone = self.whole_value && range == (0..self.text.len());
        let whole = if alone {
            Evidence::WHOLE_FIELD
        } else {
            Evidence::NONE
        };
        if self.field.has(family) {
            return Evidence::FIELD_NAME.with(whole);
        }
        if self.label(range, family) == Some(family) {
            return Evidence::LABEL_NEARBY.with(whole);
        }
        whole
    }

    /// Whether a number of one of those families that begins at `start` may be [`named`], before it
    /// is read.
    pub(crate) fn may_be_named(&self, start: usize, families: Families) -> bool {
        self.field.meets(families)
            || match labels::before(self.text, start, labels::WORDS_MAX) {
                Some(label) => families.has(label),
                None => labels::may_follow(self.text, start),
            }
    }

    /// The family that the nearest label before a value speaks for, or the one after it where
    /// there is none.
    fn label(&self, range: Range<usize>, family: Family) -> Option<Family> {
        let before = labels::before(self.text, range.start, labels::words_before(family));
        before.or_else(|| labels::after(self.text, range.end, family))
    }
}

/// Whether a field name or a label speaks for it.
pub(crate) fn named(evidence: Evidence) -> bool {
    evidence.has(Evidence::FIELD_NAME) || evidence.has(Evidence::LABEL_NEARBY)
}

/// What the detectors found so far.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) candidates: Candidates,
    /// The Segment that is looked at.
    pub(crate) segment: u32,
    /// The field it belongs to.
    pub(crate) field: usize,
    /// One for each field of the Text.
    pub(crate) censuses: Vec<Census>,
}

impl Found {
    /// Takes a candidate of the Segment that is looked at.
    #[inline(always)]
    pub(crate) fn push(&mut self, mut candidate: Candidate) {
        candidate.segment = self.segment;
        self.candidates.push(candidate);
    }

    /// Counts a number as long as an identity number that begins at `start`, unless another Text
    /// counts it: see [`Census::count`].
    pub(crate) fn count(
        &mut self,
        place: &Place<'_>,
        start: usize,
        century_stated: bool,
        year: Option<u16>,
        passes: bool,
    ) {
        let own = place.own_start <= start && start < place.own_end;
        if let Some(census) = self.censuses.get_mut(self.field).filter(|_| own) {
            census.count(century_stated, year, passes);
        }
    }
}
