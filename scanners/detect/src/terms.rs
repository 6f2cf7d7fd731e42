//! Words of articles 9 and 10 of the GDPR, beside a person.
//!
//! Rule: a word of the table, or one that continues it by a Swedish ending, in the sentence of an
//! identity number, e-mail address, phone number or name, or in another cell of its row. Alone a
//! word like `fackförening` says nothing about anybody. The Identifier is the category.
//!
//! Not done: telling a negation or an institution's name from a statement about the person.

use crate::blocks::{Cpu, Look, Shapes, Window, each_batch, table};
use crate::lexicon::Folded;
use crate::places::Places;
use crate::segments::offset;
use crate::spelling::{char_at, glued_before, is_letter};
use hemvist_model::{
    ByteRange, Detection, Evidence, Identifier, InfoType, Likelihood, Segment, Text,
};
use std::ops::Range;

/// How far from a person a word of the same sentence is looked for.
const NEARBY_BYTES: usize = 160;
/// How much of another cell of the row is looked through.
const CELL_BYTES_MAX: usize = 4096;
/// The longest term, in bytes.
const TERM_BYTES_MAX: usize = 24;
/// Letters that may follow a word: `diagnosen`, `sjukskriven`.
const ENDING_BYTES_MAX: usize = 4;

/// Category, and its words in Swedish and English, lower case.
const TERMS: &[(&str, &[&str])] = &[
    (
        "health",
        &[
            "diagnos",
            "sjukskriv",
            "journalanteckning",
            "patientjournal",
            "läkarintyg",
            "cancer",
            "diabetes",
            "depression",
            "epilepsi",
            "hiv",
            "gravid",
            "adhd",
            "autism",
            "missbruk",
            "allergi",
            "funktionsnedsättning",
            "sjukdom",
            "medical record",
            "pregnan",
            "sick leave",
            "disabilit",
            "diagnosed",
        ],
    ),
    (
        "union",
        &[
            "fackförening",
            "fackligt",
            "fackmedlem",
            "trade union",
            "union member",
        ],
    ),
    (
        "religion",
        &[
            "muslim",
            "kristen",
            "judisk",
            "katolik",
            "buddhist",
            "hindu",
            "trosbekännelse",
            "religio",
            "jewish",
            "christian faith",
        ],
    ),
    (
        "politics",
        &[
            "partimedlem",
            "politisk åsikt",
            "political opinion",
            "party member",
        ],
    ),
    (
        "ethnic-origin",
        &["etnisk", "etnicitet", "ethnic", "hudfärg", "romsk"],
    ),
    (
        "sexuality",
        &[
            "homosexuell",
            "bisexuell",
            "sexuell läggning",
            "sexual orientation",
            "transsexuell",
        ],
    ),
    (
        "biometrics",
        &[
            "fingeravtryck",
            "ansiktsigenkänning",
            "fingerprint scan",
            "dna-profil",
        ],
    ),
    (
        "crime",
        &[
            "dömd",
            "åtalad",
            "belastningsregist",
            "brottsmisstänkt",
            "misstänkt för",
            "fängelse",
            "convicted",
            "criminal record",
            "polisanmäl",
        ],
    ),
];

/// One bit for each number that the first four bytes of a term make: most words have none.
static BEGINNINGS: [u64; BEGINNING_BITS / 64] = beginnings();
/// The logarithm of the number of bits, several times that of terms and of bytes behind a short one.
const BEGINNING_LOG: u32 = 14;
const BEGINNING_BITS: usize = 1 << BEGINNING_LOG;

const fn beginnings() -> [u64; BEGINNING_BITS / 64] {
    let mut bits = [0; BEGINNING_BITS / 64];
    let mut list = 0;
    while list < TERMS.len() {
        let words = TERMS[list].1;
        let mut index = 0;
        while index < words.len() {
            let word = words[index].as_bytes();
            let mut fourth = 0;
            while fourth <= u8::MAX as usize {
                // Behind a term of three letters stands any byte.
                let short = word.len() == 3;
                let last = if short { fourth as u8 } else { word[3] };
                let number = beginning([word[0], word[1], word[2], last]);
                bits[number / 64] |= 1 << (number % 64);
                fourth += if short { 1 } else { u8::MAX as usize + 1 };
            }
            index += 1;
        }
        list += 1;
    }
    bits
}

/// A number made of four letters, the same for either case.
#[inline(always)]
const fn beginning(letters: [u8; 4]) -> usize {
    let letters = u32::from_le_bytes(letters) | 0x2020_2020;
    (letters.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BEGINNING_LOG)) as usize
}

/// How words begin: behind a byte that is no letter or digit, or one outside ASCII, which may be
/// either; who asks must look. The first byte may be any.
static WORD_SHAPES: Shapes = [
    table([(0xffff, 0xffff); 8]),
    table([
        (0x0007, 0xffff),
        (1 << 3, 0xfc00),
        (1 << 4 | 1 << 6, 0x0001),
        (1 << 5 | 1 << 7, 0xf800),
        (0xff00, 0xffff),
        (0, 0),
        (0, 0),
        (0, 0),
    ]),
    table([
        (0xfff0, 0xffff),
        (0xfff0, 0xffff),
        (0xfff0, 0xffff),
        (0xfff0, 0xffff),
        (0x00f0, 0xffff),
        (0, 0),
        (0, 0),
        (0, 0),
    ]),
];

struct Beginnings;

impl Look<1> for Beginnings {
    #[inline(always)]
    fn look(&self, cpu: impl Cpu, window: &Window) -> [u64; 1] {
        [cpu.shapes(window, &WORD_SHAPES)]
    }
}

/// A person that was found: the Segment's number and the place in it.
pub(crate) type Person = (u32, Range<usize>);

/// Whether that kind of data makes words beside it a statement about somebody.
pub(crate) fn is_person(info_type: InfoType, likelihood: Likelihood) -> bool {
    let kind = matches!(
        info_type,
        InfoType::SePersonnummer
            | InfoType::SeSamordningsnummer
            | InfoType::SeInterimNumber
            | InfoType::SeReserveNumber
            | InfoType::EmailAddress
            | InfoType::PhoneNumber
            | InfoType::PersonName
    );
    kind && likelihood >= Likelihood::Likely
}

/// The words beside `persons`, which are ordered by Segment and place; those in a Segment's own
/// stretch. No word reaches from one Segment of the Text into another.
pub(crate) fn find(
    text: Text<'_>,
    persons: &[Person],
    room: &mut [Places; 1],
    mut keep: impl FnMut(Detection),
) {
    let mut rows = 0..0;
    for persons in persons.chunk_by(|one, next| one.0 == next.0) {
        let Some((number, _)) = persons.first() else {
            continue;
        };
        let index = offset(*number);
        let Some(segment) = text.segments.get(index) else {
            continue;
        };
        if !segment.whole_value {
            find_in_text(text, index, persons, room, &mut keep);
        } else if index >= rows.end {
            let row = row_of(text, index);
            // Rows that follow each other are looked through at once.
            if rows.end != row.start {
                find_in_cells(text, rows, room, &mut keep);
                rows = row.start..row.start;
            }
            rows.end = row.end;
        }
    }
    find_in_cells(text, rows, room, &mut keep);
}

/// The words in those Segments.
fn find_in_cells(
    text: Text<'_>,
    cells: Range<usize>,
    room: &mut [Places; 1],
    keep: &mut impl FnMut(Detection),
) {
    let mut from = cells.start;
    while from < cells.end {
        // As many as fit, long ones alone.
        let cells = text.segments.get(from..cells.end).unwrap_or_default();
        let start = cells.first().map_or(0, |cell| offset(cell.start));
        let short = |cell: &&Segment| offset(cell.end).saturating_sub(start) <= CELL_BYTES_MAX;
        let count = cells.iter().take_while(short).count().max(1);
        let cells = cells.get(..count).unwrap_or_default();
        let end = cells.last().map_or(start, |cell| offset(cell.end));
        let bytes = text.bytes.get(start..end.min(start + CELL_BYTES_MAX));
        let bytes = bytes.unwrap_or_default();
        each_term(bytes, 0..bytes.len(), room, |at, category| {
            let within = |cell: &Segment| {
                offset(cell.start) <= start + at.start && start + at.end <= offset(cell.end)
            };
            if let Some(place) = cells.iter().position(within) {
                let cell = cells.get(place).map_or(start, |cell| offset(cell.start));
                let range = start + at.start - cell..start + at.end - cell;
                keep(detection(from + place, range, category));
            }
        });
        from += count;
    }
}

/// The words near the persons of a Segment of running text.
fn find_in_text(
    text: Text<'_>,
    index: usize,
    persons: &[Person],
    room: &mut [Places; 1],
    keep: &mut impl FnMut(Detection),
) {
    let Some(segment) = text.segments.get(index) else {
        return;
    };
    let value = slice(text, index);
    let own = offset(segment.lead)..value.len().saturating_sub(offset(segment.trail));
    let near = |(_, at): &Person| {
        at.start.saturating_sub(NEARBY_BYTES)..(at.end + NEARBY_BYTES).min(value.len())
    };
    let touch = |one: &Person, next: &Person| near(one).end >= near(next).start;
    for persons in persons.chunk_by(touch) {
        let (Some(first), Some(last)) = (persons.first(), persons.last()) else {
            continue;
        };
        let stretch = near(first).start..near(last).end;
        each_term(value, stretch, room, |at, category| {
            let behind = |person: &Person| near(person).end < at.end;
            let from = persons.partition_point(behind);
            let beside = persons.get(from..).unwrap_or_default().iter();
            let mut beside = beside.take_while(|person| near(person).start <= at.start);
            let together = beside.any(|person| in_one_sentence(value, &at, &person.1));
            if together && own.contains(&at.start) {
                keep(detection(index, at, category));
            }
        });
    }
}

fn detection(segment: usize, range: Range<usize>, category: &str) -> Detection {
    let segment = u32::try_from(segment).unwrap_or(u32::MAX);
    let offset = |offset: usize| u64::try_from(offset).unwrap_or(u64::MAX);
    Detection {
        segment,
        range: ByteRange::new(offset(range.start), offset(range.end)),
        likelihood: Likelihood::Likely,
        evidence: Evidence::SHAPE.with(Evidence::BESIDE_PERSON),
        identifier: Identifier::new(InfoType::SensitiveTerm, category),
    }
}

/// The cells of the row that a Segment belongs to.
fn row_of(text: Text<'_>, index: usize) -> Range<usize> {
    let row = text.segments.get(index).map(|segment| segment.row);
    let same = |one: &&Segment| Some(one.row) == row;
    let before = text.segments.get(..index).unwrap_or_default();
    let after = text.segments.get(index..).unwrap_or_default();
    index - before.iter().rev().take_while(same).count()
        ..index + after.iter().take_while(same).count()
}

fn slice<'a>(text: Text<'a>, index: usize) -> &'a [u8] {
    let segment = text.segments.get(index);
    segment
        .and_then(|segment| text.bytes.get(offset(segment.start)..offset(segment.end)))
        .unwrap_or_default()
}

/// Whether no line and no sentence ends between both.
fn in_one_sentence(text: &[u8], one: &Range<usize>, other: &Range<usize>) -> bool {
    let between = match one.start < other.start {
        true => text.get(one.end..(other.start + 1).min(text.len())),
        false => text.get(other.end..(one.start + 1).min(text.len())),
    };
    let ends = |window: &[u8]| matches!(window, [b'\n', _] | [b'.' | b'!' | b'?', b' ']);
    !between.unwrap_or_default().windows(2).any(ends)
}

/// Calls `visit` with every term that lies in that stretch and its category.
fn each_term(
    text: &[u8],
    near: Range<usize>,
    room: &mut [Places; 1],
    mut visit: impl FnMut(Range<usize>, &'static str),
) {
    let stretch = text.get(near.clone()).unwrap_or_default();
    let may_begin = |at: usize| {
        let first = stretch.get(at..).and_then(|rest| rest.first_chunk());
        // The last word may be shorter than that.
        first.is_none_or(|first| {
            let number = beginning(*first);
            BEGINNINGS[number / 64] >> (number % 64) & 1 == 1
        })
    };
    let mut done = near.start;
    each_batch(stretch, Beginnings, room, |[words]| {
        words.retain(|at| may_begin(offset(at)));
        for at in words.as_slice() {
            let start = near.start + offset(*at);
            if start >= done
                && let Some((range, category)) =
                    term_at(text, start).filter(|(range, _)| range.end <= near.end)
                && !glued_before(text, start)
            {
                done = range.end;
                visit(range, category);
            }
        }
    });
}

/// The longest term that begins at `start`, its ending included, and its category.
fn term_at(text: &[u8], start: usize) -> Option<(Range<usize>, &'static str)> {
    let rest = text.get(start..)?;
    let folded = Folded::new(rest.get(..rest.len().min(TERM_BYTES_MAX))?)?;
    let words = TERMS
        .iter()
        .flat_map(|(category, words)| words.iter().map(move |word| (word.len(), word, category)));
    // Most are told apart by a byte, without a call.
    let first = folded.as_bytes().first();
    let begins = |word: &[u8]| word.first() == first && folded.as_bytes().starts_with(word);
    let (length, _, category) = words
        .filter(|(_, word, _)| begins(word.as_bytes()))
        .max_by_key(|(length, ..)| *length)?;
    let (word_end, mut end) = (start + length, start + length);
    while let Some((char, bytes)) = char_at(text, end)
        && is_letter(char)
    {
        end += bytes;
        if end - word_end > ENDING_BYTES_MAX {
            return None;
        }
    }
    Some((start..end, *category))
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "811228-9874 är sjukskriven.",
            &[
                "LIKELY SE_PERSONNUMMER 198112289874 <811228-9874>",
                "LIKELY SENSITIVE_TERM health <sjukskriven>",
            ],
        ),
        (
            "811228-9874 har ”diabetes”, säger hon",
            &[
                "LIKELY SE_PERSONNUMMER 198112289874 <811228-9874>",
                "LIKELY SENSITIVE_TERM health <diabetes>",
            ],
        ),
        (
            "Dömd 2019: anna@example.com",
            &[
                "LIKELY SENSITIVE_TERM crime <Dömd>",
                "LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>",
            ],
        ),
        (
            "811228-9874 ringde. Många är sjukskrivna.",
            &["LIKELY SE_PERSONNUMMER 198112289874 <811228-9874>"],
        ),
        (
            "Många är sjukskrivna\n811228-9874 ringde",
            &["LIKELY SE_PERSONNUMMER 198112289874 <811228-9874>"],
        ),
        (
            "ÅTALAD för: anna@example.com, medical record",
            &[
                "LIKELY SENSITIVE_TERM crime <ÅTALAD>",
                "LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>",
                "LIKELY SENSITIVE_TERM health <medical record>",
            ],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "Många är sjukskrivna.",
        "fackförening och diagnos",
        "anna.example är gravid",
        "fördömda 12",
    ];

    #[test]
    fn examples() {
        check_examples(EXAMPLES);
    }

    #[test]
    fn negative_examples() {
        check_negative_examples(NEGATIVE_EXAMPLES);
    }
}
