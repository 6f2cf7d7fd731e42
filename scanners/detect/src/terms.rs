//! Words of articles 9 and 10 of the GDPR, beside a person.
//!
//! Rule: a word of the table, or one that continues it by a Swedish ending, in the sentence of an
//! identity number, e-mail address, phone number or name, or in another cell of its row. Alone a
//! word like `fackförening` says nothing about anybody. The Identifier is the category.
//!
//! Not done: telling a negation or an institution's name from a statement about the person.

use aho_corasick::{AhoCorasick, MatchKind};
use hemvist_model::{ByteRange, Detection, Evidence, Identifier, InfoType, Likelihood, Text};
use std::ops::Range;
use std::sync::LazyLock;

/// How far from a person a word of the same sentence is looked for.
const NEARBY_BYTES: usize = 160;
/// How much of another cell of the row is looked through.
const CELL_BYTES_MAX: usize = 4096;
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

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(TERMS.iter().flat_map(|(_, words)| words.iter()))
        .ok()
});

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

/// The words beside `persons`, which are ordered by Segment; those in a Segment's own stretch.
pub(crate) fn find(text: Text<'_>, persons: &[Person], mut keep: impl FnMut(Detection)) {
    let mut done = (0u32, 0usize);
    for (number, range) in persons {
        let index = usize::try_from(*number).unwrap_or(usize::MAX);
        let Some(segment) = text.segments.get(index) else {
            continue;
        };
        if segment.whole_value {
            let row = row_of(text, index);
            for cell in row {
                let number = u32::try_from(cell).unwrap_or(u32::MAX);
                if (number, 0) >= done {
                    let value = slice(text, cell);
                    each_term(value, 0..value.len().min(CELL_BYTES_MAX), |at, category| {
                        keep(detection(number, at, category));
                    });
                    done = (number + 1, 0);
                }
            }
            continue;
        }
        let value = slice(text, index);
        let mut near = sentence(value, range);
        if done.0 == *number {
            near.start = near.start.max(done.1);
        }
        let (lead, trail) = (
            offset(segment.lead),
            value.len().saturating_sub(offset(segment.trail)),
        );
        each_term(value, near.clone(), |at, category| {
            if at.start >= lead && at.start < trail {
                keep(detection(*number, at, category));
            }
        });
        done = (*number, near.end);
    }
}

fn detection(segment: u32, range: Range<usize>, category: &str) -> Detection {
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
    let same = |one: &&hemvist_model::Segment| Some(one.row) == row;
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

/// The sentence or line around `range`, no further than [`NEARBY_BYTES`].
fn sentence(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let from = range.start.saturating_sub(NEARBY_BYTES);
    let to = (range.end + NEARBY_BYTES).min(text.len());
    let ends = |window: &[u8]| matches!(window, [b'\n', _] | [b'.' | b'!' | b'?', b' ']);
    let before = text.get(from..range.start).unwrap_or_default();
    let after = text.get(range.end..to).unwrap_or_default();
    let start = before
        .windows(2)
        .rposition(ends)
        .map_or(from, |at| from + at + 1);
    let end = after
        .windows(2)
        .position(ends)
        .map_or(to, |at| range.end + at + 1);
    start..end
}

fn each_term(text: &[u8], near: Range<usize>, mut visit: impl FnMut(Range<usize>, &'static str)) {
    let (Some(finder), Some(stretch)) = (FINDER.as_ref(), text.get(near.clone())) else {
        return;
    };
    for seen in finder.find_iter(stretch) {
        let start = near.start + seen.start();
        let letters = text.get(near.start + seen.end()..).unwrap_or_default();
        let ending = letters
            .iter()
            .take(ENDING_BYTES_MAX + 1)
            .take_while(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
            .count();
        let word = !crate::spelling::glued_before(text, start) && ending <= ENDING_BYTES_MAX;
        if let (true, Some(category)) = (word, category_of(seen.pattern().as_usize())) {
            visit(start..near.start + seen.end() + ending, category);
        }
    }
}

fn category_of(mut index: usize) -> Option<&'static str> {
    for (category, words) in TERMS {
        if index < words.len() {
            return Some(category);
        }
        index -= words.len();
    }
    None
}

fn offset(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
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
            "Dömd 2019: anna@example.com",
            &[
                "LIKELY SENSITIVE_TERM crime <Dömd>",
                "LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>",
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
