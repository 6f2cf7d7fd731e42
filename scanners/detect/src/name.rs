//! Names of persons.
//!
//! Rule: a common given name, perhaps more of them or initials, and a common surname or a word that
//! ends like one; `Berg, Anna` with both; behind a label, `c/o` or in a field named for it also
//! other words, in capitals too. A given name that is also a word or a place (`Max`, `Victoria`)
//! needs a surname from the list. A company, a place or a heading that goes on with capitals is no
//! person. The Identifier is the name in lower case; it names nobody alone and never acts.
//!
//! Not found: rare names without a label, a given name alone, `af` and `von`, lower case.

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::given_names::{AMBIGUOUS, GIVEN};
use crate::lexicon::{Folded, Lexicon};
use crate::spelling::glued_before;
use crate::surnames::{NO_SURNAMES, SURNAME_ENDINGS, SURNAMES};
use crate::towns::TOWNS;
use crate::words::{canonical, is_capital, next_capital, word_end, word_start};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};
use std::ops::Range;

/// Given name, middle names and surname.
const WORDS_MAX: usize = 4;
/// A field's value longer than this is no name.
const VALUE_BYTES_MAX: usize = 80;
/// Between a label's sign and its value: `": "`.
const LABEL_GAP_BYTES: usize = 2;
/// The end of a label that is said of things as often as of persons, unless it is one of those.
const GENERAL_LABEL: &[u8] = b"name";
const PERSONS_LABELS: [&str; 8] = [
    "contactname",
    "customername",
    "familyname",
    "firstname",
    "fullname",
    "givenname",
    "lastname",
    "surname",
];
/// The longest of those, in bytes.
const LABEL_BYTES_MAX: usize = 12;

static GIVEN_NAMES: Lexicon = Lexicon::new(GIVEN);
static AMBIGUOUS_NAMES: Lexicon = Lexicon::new(AMBIGUOUS);
static FAMILY_NAMES: Lexicon = Lexicon::new(SURNAMES);
static TOWN_NAMES: Lexicon = Lexicon::new(TOWNS);
static OTHER_WORDS: Lexicon = Lexicon::new(NO_SURNAMES);

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A given name and little else.
    Given,
    /// A given name that is also another word or a place.
    Doubtful,
    /// A common surname.
    Surname,
    /// It ends like a surname.
    LikeSurname,
    /// One letter.
    Initial,
    /// Follows the names of companies and places.
    Other,
    Unknown,
}

impl Kind {
    /// What a word is as the first of a name.
    fn first(word: &Folded) -> Self {
        if !GIVEN_NAMES.has(word) {
            return Kind::Unknown;
        }
        match AMBIGUOUS_NAMES.has(word) {
            true => Kind::Doubtful,
            false => Kind::Given,
        }
    }

    /// What a word is behind the first.
    fn later(word: &Folded) -> Self {
        if FAMILY_NAMES.has(word) {
            Kind::Surname
        } else if OTHER_WORDS.has(word) || TOWN_NAMES.has(word) {
            Kind::Other
        } else if word.ends_with(SURNAME_ENDINGS) {
            Kind::LikeSurname
        } else {
            Self::first(word)
        }
    }

    fn is_family(self) -> bool {
        matches!(self, Kind::Surname | Kind::LikeSurname)
    }

    fn is_known(self) -> bool {
        matches!(self, Kind::Given | Kind::Surname | Kind::LikeSurname)
    }
}

/// Looks at a word with a capital behind another one and a blank.
pub(crate) fn find(place: &Place<'_>, second: usize, out: &mut Found) {
    let text = place.text;
    let Some(first) = word_before(text, second.wrapping_sub(1)) else {
        return;
    };
    if !is_capital(text, first.start) {
        return;
    }
    let given = kind_of(text, first.clone(), Kind::first);
    if given == Kind::Unknown || glued_before(text, first.start) {
        return;
    }
    let (mut at, mut surname, mut end) = (first.end, Kind::Unknown, first.end);
    for _ in 1..WORDS_MAX {
        let Some((kind, word)) = next_word(text, at) else {
            break;
        };
        if matches!(kind, Kind::Other | Kind::Unknown) {
            break;
        }
        if kind.is_family() {
            (surname, end) = (kind, word.end);
        }
        at = word.end;
    }
    let strict = given == Kind::Doubtful || next_capital(text, end).is_some();
    let fits = match surname {
        Kind::Surname => true,
        Kind::LikeSurname => !strict,
        _ => false,
    };
    let goes_on = next_word(text, end).is_some_and(|(kind, _)| kind == Kind::Other);
    if fits && !goes_on {
        push(place, first.start..end, Likelihood::Likely, out);
    }
}

/// The word that ends at `end`, if one does.
fn word_before(text: &[u8], end: usize) -> Option<Range<usize>> {
    Some(word_start(text, end)?..end)
}

/// Looks at `Berg, Anna`: a word with a capital behind another one, a comma and a blank.
pub(crate) fn find_turned(place: &Place<'_>, second: usize, out: &mut Found) {
    let text = place.text;
    let comma = second.wrapping_sub(2);
    let Some(first) = word_before(text, comma).filter(|_| text.get(comma) == Some(&b',')) else {
        return;
    };
    let family = kind_of(text, first.clone(), Kind::later);
    let apart = !glued_before(text, first.start) && !follows_capital(text, first.start);
    if !family.is_family() || !apart || !is_capital(text, first.start) {
        return;
    }
    let Some((given, end)) = turned_end(text, first.end) else {
        return;
    };
    let fits = given == Kind::Given || given == Kind::Doubtful && family == Kind::Surname;
    let another = next_word(text, end).is_some_and(|(kind, _)| kind != Kind::Unknown);
    if fits && !another {
        push(place, first.start..end, Likelihood::Likely, out);
    }
}

/// The given name behind the comma at `comma`, and where it and those behind it end.
fn turned_end(text: &[u8], comma: usize) -> Option<(Kind, usize)> {
    let word = next_capital(text, comma + 1)?;
    let given = kind_of(text, word.clone(), Kind::first);
    let mut end = word.end;
    while let Some((Kind::Given | Kind::Doubtful | Kind::Initial, word)) = next_word(text, end) {
        end = word.end;
    }
    Some((given, end))
}

/// Looks at what stands behind the sign of a label that may be one for names.
pub(crate) fn find_labelled(place: &Place<'_>, sign: usize, out: &mut Found) {
    let text = place.text;
    let gap = text
        .get(sign + 1..)
        .unwrap_or_default()
        .iter()
        .take(LABEL_GAP_BYTES);
    let open = gap.take_while(|byte| matches!(byte, b' ' | b'"' | b'\''));
    let at = sign + 1 + open.count();
    let Some((end, known)) = words_from(text, at) else {
        return;
    };
    let little = !known && says_little(text.get(..sign).unwrap_or_default());
    if little || !known && goes_on(text, end) {
        return;
    }
    let context = place.context(at..end, Family::Name);
    if context.has(Evidence::LABEL_NEARBY) {
        let likelihood = match known {
            true => Likelihood::VeryLikely,
            false => Likelihood::Possible,
        };
        push(place, at..end, likelihood, out);
    }
}

/// Looks at the word behind `c/o `.
pub(crate) fn find_care_of(place: &Place<'_>, at: usize, out: &mut Found) {
    let text = place.text;
    if let Some((mut end, known)) = words_from(text, at) {
        // `c/o Berg, Laxvägen 9`: the comma parts the name from the address.
        let comma = text.get(at..end).unwrap_or_default();
        if let Some(comma) = comma.iter().position(|byte| *byte == b',')
            && turned_end(text, at + comma).is_none_or(|(given, _)| given == Kind::Unknown)
        {
            end = at + comma;
        }
        let likelihood = match known {
            true => Likelihood::Likely,
            false => Likelihood::Possible,
        };
        push(place, at..end, likelihood, out);
    }
}

/// Where the words with a capital that begin at `at` end, and whether one is a known name.
fn words_from(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let mut end = word_end(text, at).filter(|_| is_capital(text, at))?;
    let mut known = is_known(text, at..end);
    for count in 1..WORDS_MAX {
        let comma = usize::from(count == 1 && text.get(end) == Some(&b','));
        let Some(word) = next_capital(text, end + comma) else {
            break;
        };
        known |= is_known(text, word.clone());
        end = word.end;
    }
    Some((end, known))
}

/// Words that go on in lower case are a sentence, and no name.
fn goes_on(text: &[u8], end: usize) -> bool {
    matches!(text.get(end..end + 2), Some([b' ', b'a'..=b'z']))
}

/// Whether a label or a field's name says `name` and not whose: `upstream-name`, `fileName`.
pub(crate) fn says_little(label: &[u8]) -> bool {
    let mut word = [0; LABEL_BYTES_MAX];
    let letters = label
        .iter()
        .rev()
        .skip_while(|byte| !byte.is_ascii_alphabetic())
        .take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b' '))
        .filter(|byte| byte.is_ascii_alphabetic());
    for (slot, byte) in word.iter_mut().rev().zip(letters) {
        *slot = byte.to_ascii_lowercase();
    }
    let persons = |one: &&str| word.ends_with(one.as_bytes());
    word.ends_with(GENERAL_LABEL) && !PERSONS_LABELS.iter().any(persons)
}

/// A value that fills a field named for names; `little` when that name is said of things as well.
pub(crate) fn find_whole(place: &Place<'_>, little: bool, out: &mut Found) {
    let text = place.text;
    if text.len() > VALUE_BYTES_MAX {
        return;
    }
    let (mut at, mut known, mut capitals) = (0, false, 0);
    for _ in 0..WORDS_MAX {
        let Some(end) = word_end(text, at) else {
            return;
        };
        known |= is_known(text, at..end);
        capitals += usize::from(is_capital(text, at));
        if end == text.len() {
            if !known && little && capitals < 2 {
                return;
            }
            let likelihood = match known {
                true => Likelihood::VeryLikely,
                false => Likelihood::Possible,
            };
            return push(place, 0..end, likelihood, out);
        }
        // `Berg, Anna`.
        let comma = usize::from(text.get(end) == Some(&b','));
        if text.get(end + comma) != Some(&b' ') {
            return;
        }
        at = end + comma + 1;
    }
}

fn push(place: &Place<'_>, range: Range<usize>, likelihood: Likelihood, out: &mut Found) {
    let Some(name) = place.text.get(range.clone()).and_then(canonical) else {
        return;
    };
    let context = place.context(range.clone(), Family::Name);
    let known = likelihood > Likelihood::Possible;
    let likelihood = match known && named(context) {
        true => Likelihood::VeryLikely,
        false => likelihood,
    };
    let common = if known {
        Evidence::COMMON_NAME
    } else {
        Evidence::NONE
    };
    let evidence = Evidence::SHAPE.with(context).with(common);
    let identifier = Identifier::new(InfoType::PersonName, &name);
    out.push(Candidate::new(range, likelihood, evidence, identifier));
}

fn kind_of(text: &[u8], word: Range<usize>, kind: fn(&Folded) -> Kind) -> Kind {
    let folded = text.get(word).and_then(Folded::new);
    folded.map_or(Kind::Unknown, |folded| kind(&folded))
}

fn is_known(text: &[u8], word: Range<usize>) -> bool {
    kind_of(text, word.clone(), Kind::first) == Kind::Given
        || kind_of(text, word, Kind::later).is_known()
}

/// The word with a capital behind one blank at `at`: `M.` as well.
fn next_word(text: &[u8], at: usize) -> Option<(Kind, Range<usize>)> {
    let mut word = next_capital(text, at)?;
    if word.len() == 1 {
        word.end += usize::from(text.get(word.end) == Some(&b'.'));
        return Some((Kind::Initial, word));
    }
    Some((kind_of(text, word.clone(), Kind::later), word))
}

/// Whether the word before the blank before `at` begins with a capital: a name that is not turned.
fn follows_capital(text: &[u8], at: usize) -> bool {
    let blank = at
        .checked_sub(1)
        .filter(|blank| text.get(*blank) == Some(&b' '));
    let start = blank.and_then(|blank| word_start(text, blank));
    start.is_some_and(|start| is_capital(text, start))
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
            "och sedan pratade med\u{a0}Åsa Öberg",
            &["LIKELY PERSON_NAME åsa öberg <Åsa Öberg>"],
        ),
        (
            "sedan pratade de med Ann-charlotte Berg",
            &["LIKELY PERSON_NAME ann-charlotte berg <Ann-charlotte Berg>"],
        ),
        (
            "av Åsa Maria Öberg.",
            &["LIKELY PERSON_NAME åsa maria öberg <Åsa Maria Öberg>"],
        ),
        (
            "namn: Zorka Tadic",
            &["POSSIBLE PERSON_NAME zorka tadic <Zorka Tadic>"],
        ),
        (
            "NAMN: ÅSA ÖBERG",
            &["VERY_LIKELY PERSON_NAME åsa öberg <ÅSA ÖBERG>"],
        ),
        (
            "Namn: Zander, Zorka",
            &["POSSIBLE PERSON_NAME zander zorka <Zander, Zorka>"],
        ),
        (
            "skicka till Lindqvist, Anna Maria.",
            &["LIKELY PERSON_NAME lindqvist anna maria <Lindqvist, Anna Maria>"],
        ),
        (
            "Anders Berg, Anna Lind",
            &[
                "LIKELY PERSON_NAME anders berg <Anders Berg>",
                "LIKELY PERSON_NAME anna lind <Anna Lind>",
            ],
        ),
        (
            "‘Anna-Karin M. Lindqvist’",
            &["LIKELY PERSON_NAME anna-karin m lindqvist <Anna-Karin M. Lindqvist>"],
        ),
        (
            "c/o Lindqvist",
            &["LIKELY PERSON_NAME lindqvist <Lindqvist>"],
        ),
        (
            "c/o Lindqvist, Laxvägen 9",
            &[
                "LIKELY PERSON_NAME lindqvist <Lindqvist>",
                "LIKELY POSTAL_ADDRESS laxvägen 9 <Laxvägen 9>",
            ],
        ),
        (
            "c/o Berg, Anna",
            &["LIKELY PERSON_NAME berg anna <Berg, Anna>"],
        ),
        (
            "av Max Lindqvist i går",
            &["LIKELY PERSON_NAME max lindqvist <Max Lindqvist>"],
        ),
        ("Last name: Tadic", &["POSSIBLE PERSON_NAME tadic <Tadic>"]),
        (
            "efternamn|Andersson",
            &["VERY_LIKELY PERSON_NAME andersson <Andersson>"],
        ),
        ("efternamn|Tadic", &["POSSIBLE PERSON_NAME tadic <Tadic>"]),
        (
            "name|Berg, Anna",
            &["VERY_LIKELY PERSON_NAME berg anna <Berg, Anna>"],
        ),
        ("name|serde", &[]),
        ("name|Checkout", &[]),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "Stockholms Stad",
        "Anna kommer",
        "Kontakta Support Direkt",
        "namn: 12",
        "GET /Anna/Berg",
        "fooAnna Berg",
    ];

    /// Not even possible: a name without a surname, a company, a place, a heading, a bare label.
    const NO_NAMES: &[&str] = &[
        "Erik Kommer snart",
        "Max Iceberg",
        "Will Lindqvist",
        "Per Vattenström",
        "Erik Lindqvist AB",
        "Anna Lind Street",
        "Gustav Adolfs Torg",
        "Anna Vattenström Bygger Hus",
        "Victoria Badstrand",
        "Maria Stockholm",
        "I Lund, Anna Berg och andra",
        "name: Upload Artifact",
        "name: String",
        "Upstream-Name: Zorka Tadic",
        "thread_name: ThreadNameFn",
        "namn: Den ska stå först",
    ];

    #[test]
    fn what_is_no_name_is_not_reported_at_all() {
        for text in NO_NAMES {
            let found = crate::tables::lines(text, None);
            let names =
                |line: &&String| line.contains("PERSON_NAME") && !line.ends_with("<Anna Berg>");
            assert_eq!(found.iter().find(names), None, "{text}");
        }
    }

    #[test]
    fn examples() {
        check_examples(EXAMPLES);
    }

    #[test]
    fn negative_examples() {
        check_negative_examples(NEGATIVE_EXAMPLES);
    }

    #[test]
    fn every_listed_word_is_found_and_listed_once() {
        for (list, lexicon) in [
            (GIVEN, &GIVEN_NAMES),
            (AMBIGUOUS, &GIVEN_NAMES),
            (SURNAMES, &FAMILY_NAMES),
            (TOWNS, &TOWN_NAMES),
            (NO_SURNAMES, &OTHER_WORDS),
        ] {
            let words: Vec<&str> = list.split_whitespace().collect();
            assert!(words.is_sorted_by(|one, next| one < next), "{words:?}");
            let has =
                |word: &str| Folded::new(word.as_bytes()).is_some_and(|word| lexicon.has(&word));
            assert_eq!(words.into_iter().find(|word| !has(word)), None);
        }
    }
}
