//! Which detectors look at which anchor, and what they are given and give back.
//!
//! **How a detector is added.** It is one file that holds its rule, its source and its examples,
//! and a function `find(place, at, out)`:
//!
//! 1. Its InfoType stands in `hemvist-model`, its [`crate::family::Family`] in `family` (its own,
//!    or that of the InfoTypes that share its labels), its labels in `label_words`.
//! 2. [`find`] below calls it at every anchor where a value of its kind begins or is recognised.
//!    Its first test must turn most places away: an anchor is a cheap signal, and every detector
//!    that hangs on it pays for all of them. Where none of the anchors fits, a new one is a mask
//!    in `finder`.
//! 3. It reads `place.text` around `at`, never more than [`crate::CONTEXT_BYTES`] away, so that
//!    findings do not depend on where a text was cut; and it looks at a place as often as it is
//!    asked, so what it reads must be bounded.
//! 4. When the rules hold it asks [`Place::context`] what the field's name and the words around
//!    say (the dearest step: last), and gives [`Found::push`] one Candidate. Rivals for the same
//!    bytes are none of its business: `compete` decides.
//!
//! A value that is not written as it stands (escapes, other digits) is found in a copy, of which
//! `normal` makes a [`Place`], and reported with its range in the original.

use crate::compete::Candidate;
use crate::family::{Families, Family};
use crate::finder::Anchor;
use crate::population::Census;
use crate::{bank, email, email_spelled, identity, ip, labels, mac, phone};
use hemvist_model::{Date, Evidence};
use std::cell::Cell;
use std::ops::Range;

/// A detector: looks at the anchor at an offset of the text.
type Find = fn(&Place<'_>, usize, &mut Found);
/// The same for so many digits that begin there.
type FindRun = fn(&Place<'_>, usize, usize, &mut Found);

/// Asks the detectors whose values begin, or are recognised, at such an anchor.
#[inline]
pub(crate) fn find(place: &Place<'_>, anchor: Anchor, at: usize, out: &mut Found) {
    let mut ask = |family, find: Find| {
        if place.wanted.has(family) {
            find(place, at, out);
        }
    };
    match anchor {
        Anchor::At => ask(Family::Email, email::find),
        Anchor::Colon => {
            ask(Family::Ip, ip::find_v6);
            ask(Family::Mac, mac::find);
        }
        Anchor::Dot => ask(Family::Ip, ip::find_v4),
        Anchor::Digits(run) => find_digits(place, at, run.min(place.text.len() - at), out),
        Anchor::Groups(run) => find_money(place, at, run.min(place.text.len() - at), out),
        Anchor::Dated => ask(Family::Identity, identity::find_dated),
        Anchor::Zero => ask(Family::Phone, phone::find_national),
        Anchor::Plus => ask(Family::Phone, phone::find_international),
        Anchor::Word => ask(Family::Email, email_spelled::find),
    }
}

/// Asks the detectors of numbers that begin with so many digits in a row: how many there are, and
/// what follows them, says at once which of them may have a number there.
#[inline]
fn find_digits(place: &Place<'_>, at: usize, run: usize, out: &mut Found) {
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
        ask(Family::Bankgiro, bank::find_giro);
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
    /// The label that was looked for last; starts empty.
    pub(crate) known: Cell<Known>,
}

/// What stands before a value.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known {
    start: usize,
    /// How many words were looked at; 0 where nothing is known yet.
    words: usize,
    label: Option<Family>,
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

    /// Whether a value of that family that begins at `start` may be [`named`], before it is read.
    pub(crate) fn may_be_named(&self, start: usize, family: Family) -> bool {
        let label = || self.label_before(start, family);
        self.field.has(family) || label().is_none_or(|label| label == family)
    }

    /// The family that the nearest label before a value speaks for, or the one after it where
    /// there is none.
    fn label(&self, range: Range<usize>, family: Family) -> Option<Family> {
        let before = self.label_before(range.start, family);
        before.or_else(|| labels::after(self.text, range.end, family))
    }

    /// Most values are judged by several detectors: what stands before is kept.
    fn label_before(&self, start: usize, family: Family) -> Option<Family> {
        let words = labels::words_before(family);
        let mut known = self.known.get();
        if (known.start, known.words) != (start, words) {
            let label = labels::before(self.text, start, words);
            known = Known {
                start,
                words,
                label,
            };
            self.known.set(known);
        }
        known.label
    }
}

/// Whether a field name or a label speaks for it.
pub(crate) fn named(evidence: Evidence) -> bool {
    evidence.has(Evidence::FIELD_NAME) || evidence.has(Evidence::LABEL_NEARBY)
}

/// What the detectors found so far.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) candidates: Vec<Candidate>,
    /// The Segment that is looked at.
    pub(crate) segment: u32,
    /// The field it belongs to.
    pub(crate) field: usize,
    /// One for each field of the Text.
    pub(crate) censuses: Vec<Census>,
}

impl Found {
    /// Takes a candidate of the Segment that is looked at.
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
