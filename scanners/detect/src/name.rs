//! Names of persons.
//!
//! Rule: a common given name followed by one to three words with a capital, or any such words
//! behind a label, or in a field named for it. Likely when the last word is a common surname or
//! ends like one, possible otherwise. The Identifier is the name in lower case; it names nobody
//! alone and never acts.
//!
//! Not found: rare names without a label, and names in capitals or lower case throughout.

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::given_names::GIVEN;
use crate::surnames::{SURNAME_ENDINGS, SURNAMES};
use crate::words::{canonical, next_capital, word_end};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};
use std::ops::Range;

/// Given name, middle names and surname.
const WORDS_MAX: usize = 4;
/// A field's value longer than this is no name.
const VALUE_BYTES_MAX: usize = 80;

/// Looks at a word with a capital at `at`.
pub(crate) fn find(place: &Place<'_>, at: usize, out: &mut Found) {
    let text = place.text;
    let Some(first) = word_end(text, at).map(|end| at..end) else {
        return;
    };
    let given = is_in(GIVEN, text.get(first.clone()));
    let mut last = first.clone();
    for _ in 1..WORDS_MAX {
        let Some(next) = next_capital(text, last.end) else {
            break;
        };
        last = next;
    }
    let range = at..last.end;
    let alone = last == first;
    if alone || !given {
        // A label may stand right before only: this is asked for every word with a capital.
        let labelled = matches!(
            place.text.get(at.saturating_sub(2)..at),
            Some([b':' | b'=', b' ' | b'"'] | [_, b'=' | b':'])
        );
        if !labelled {
            return;
        }
    }
    let context = place.context(range.clone(), Family::Name);
    if (alone || !given) && !context.has(Evidence::LABEL_NEARBY) {
        return;
    }
    push(place, range, &last, context, out);
}

/// A value that fills a field named for names.
pub(crate) fn find_whole(place: &Place<'_>, out: &mut Found) {
    let text = place.text;
    if !place.whole_value || !place.field.has(Family::Name) || text.len() > VALUE_BYTES_MAX {
        return;
    }
    let mut at = 0;
    for _ in 0..WORDS_MAX {
        let Some(end) = word_end(text, at) else {
            return;
        };
        let last = at..end;
        if end == text.len() {
            let range = 0..end;
            let context = place.context(range.clone(), Family::Name);
            return push(place, range, &last, context, out);
        }
        // `Berg, Anna`.
        let comma = usize::from(text.get(end) == Some(&b','));
        if text.get(end + comma) != Some(&b' ') {
            return;
        }
        at = last.end + comma + 1;
    }
}

fn push(
    place: &Place<'_>,
    range: Range<usize>,
    last: &Range<usize>,
    context: Evidence,
    out: &mut Found,
) {
    let Some(value) = place.text.get(range.clone()) else {
        return;
    };
    let Some(name) = canonical(value) else { return };
    let known = name
        .split(' ')
        .any(|word| is_listed(GIVEN, word) || is_listed(SURNAMES, word));
    let surname = is_surname(place.text.get(last.clone()));
    let likelihood = match (known || surname, surname, named(context)) {
        (true, _, true) => Likelihood::VeryLikely,
        (_, true, false) => Likelihood::Likely,
        _ => Likelihood::Possible,
    };
    let evidence = Evidence::SHAPE.with(context).with(if known {
        Evidence::COMMON_NAME
    } else {
        Evidence::NONE
    });
    let identifier = Identifier::new(InfoType::PersonName, &name);
    out.push(Candidate::new(range, likelihood, evidence, identifier));
}

fn is_surname(word: Option<&[u8]>) -> bool {
    let Some(word) = word.and_then(canonical) else {
        return false;
    };
    is_listed(SURNAMES, &word)
        || SURNAME_ENDINGS
            .iter()
            .any(|ending| word.len() > ending.len() + 2 && word.ends_with(ending))
}

fn is_in(list: &[&str], word: Option<&[u8]>) -> bool {
    word.and_then(canonical)
        .is_some_and(|word| is_listed(list, &word))
}

fn is_listed(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{check_examples, check_negative_examples};

    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "Hej Anna Lindqvist, välkommen",
            &["LIKELY PERSON_NAME anna lindqvist <Anna Lindqvist>"],
        ),
        (
            "av Åsa Maria Öberg.",
            &["LIKELY PERSON_NAME åsa maria öberg <Åsa Maria Öberg>"],
        ),
        (
            "namn: Zorka Petrovic",
            &["POSSIBLE PERSON_NAME zorka petrovic <Zorka Petrovic>"],
        ),
        (
            "efternamn|Andersson",
            &["VERY_LIKELY PERSON_NAME andersson <Andersson>"],
        ),
        (
            "name|Berg, Anna",
            &["VERY_LIKELY PERSON_NAME berg anna <Berg, Anna>"],
        ),
        (
            "Erik Kommer snart",
            &["POSSIBLE PERSON_NAME erik kommer <Erik Kommer>"],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "Stockholms Stad",
        "Anna kommer",
        "Kontakta Support Direkt",
        "namn: 12",
        "GET /Anna/Berg",
    ];

    #[test]
    fn examples() {
        check_examples(EXAMPLES);
    }

    #[test]
    fn negative_examples() {
        check_negative_examples(NEGATIVE_EXAMPLES);
    }

    #[test]
    fn the_lists_can_be_searched() {
        assert!(GIVEN.is_sorted() && SURNAMES.is_sorted());
        assert!(is_listed(GIVEN, "åsa") && is_listed(SURNAMES, "öberg"));
    }
}
