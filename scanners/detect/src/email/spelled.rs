//! E-mail addresses in words: `anna snabel-a example punkt se`, `anna at example dot com`.
//!
//! Rule: a local part, ` at ` or a word for `@`, and a domain whose dots may be words, that ends as
//! addresses mostly do; behind ` at ` at least one dot is a word, for `at example.com` is a place.
//! `snabel-a` is said of nothing else; ` at ` counts for little without a label. The Identifier is
//! the address as `email` writes it.
//!
//! Not read: dots in words in the local part, other languages. Words in brackets are `normal`'s.

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::email;
use crate::family::Family;
use crate::normal::is_known_domain;
use hemvist_model::{Evidence, Likelihood};

/// Words for `@`, the blanks around them included.
const SIGNS: [&str; 3] = [" snabel-a ", " snabel a ", " snabela "];
/// The one that also means other things.
const DOUBTFUL: &str = " at ";
/// Words for a dot.
const DOTS: [&str; 2] = [" dot ", " punkt "];
/// The longest local part and the longest label, in bytes.
const WORD_BYTES_MAX: usize = 64;
/// Labels of a domain.
const LABELS_MAX: usize = 4;

/// Looks at what may be a word for `@` or for a dot: ` at ` is in every other sentence.
pub(crate) fn find(place: &Place<'_>, at: usize, out: &mut Found) {
    let text = place.text;
    let spoken = |words: &[&'static str]| words.iter().find(|word| begins(text, at, word)).copied();
    let sign = match (spoken(&SIGNS), spoken(&DOTS)) {
        (Some(sign), _) => Some((at, sign.len(), false)),
        (None, Some(_)) => sign_before(text, at),
        (None, None) => return,
    };
    if let Some((start, length, doubtful)) = sign
        && let Some(candidate) = judge(place, start, start + length, doubtful)
    {
        out.push(candidate);
    }
}

/// The word for `@` before the label that ends at `dot`.
fn sign_before(text: &[u8], dot: usize) -> Option<(usize, usize, bool)> {
    let head = text.get(dot.saturating_sub(WORD_BYTES_MAX)..dot)?;
    let inside = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let label = dot - head.iter().rev().take_while(inside).count();
    let start = label.checked_sub(DOUBTFUL.len())?;
    begins(text, start, DOUBTFUL).then_some((start, DOUBTFUL.len(), true))
}

/// The address whose `@` is the word between `local_end` and `domain`.
fn judge(place: &Place<'_>, local_end: usize, domain: usize, doubtful: bool) -> Option<Candidate> {
    let text = place.text;
    let start = local_start(text, local_end)?;
    let (domain, spoken, end) = domain_of(text, domain)?;
    if doubtful && !spoken {
        return None;
    }
    let local = std::str::from_utf8(text.get(start..local_end)?).ok()?;
    let identifier = email::read_whole(&format!("{local}@{domain}"))?;
    let context = place.context(start..end, Family::Email);
    let likelihood = match (named(context), doubtful) {
        (true, _) => Likelihood::VeryLikely,
        (false, false) => Likelihood::Likely,
        (false, true) => Likelihood::Possible,
    };
    let evidence = Evidence::SHAPE
        .with(Evidence::QUOTED_SPELLING)
        .with(context);
    Some(Candidate::new(start..end, likelihood, evidence, identifier))
}

fn local_start(text: &[u8], end: usize) -> Option<usize> {
    let head = text.get(end.saturating_sub(WORD_BYTES_MAX + 1)..end)?;
    let inside =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+');
    let bytes = head.iter().rev().take_while(inside).count();
    let start = end - bytes;
    // `anna@example.com at home dot com`: the domain of another address.
    let domain = start.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'@');
    let stands = text.get(start).is_some_and(u8::is_ascii_alphanumeric)
        && !domain
        && !crate::spelling::glued_before(text, start);
    ((1..=WORD_BYTES_MAX).contains(&bytes) && stands).then_some(start)
}

/// The domain that begins at `start`, whether a dot of it is a word, and where it ends: behind the
/// last label that ends as addresses do.
fn domain_of(text: &[u8], start: usize) -> Option<(String, bool, usize)> {
    let (mut domain, mut spoken, mut at) = (String::new(), false, start);
    let mut best = None;
    for _ in 0..LABELS_MAX {
        let label = label_at(text, at)?;
        domain.push_str(label);
        at += label.len();
        if domain.contains('.') && is_known_domain(&domain) {
            best = Some((domain.clone(), spoken, at));
        }
        let word = DOTS.iter().find(|dot| begins(text, at, dot));
        let dotted =
            text.get(at) == Some(&b'.') && text.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        match (word, dotted) {
            (Some(word), _) => (spoken, at) = (true, at + word.len()),
            (None, true) => at += 1,
            (None, false) => break,
        }
        domain.push('.');
    }
    best
}

fn begins(text: &[u8], at: usize, word: &str) -> bool {
    let here = text.get(at..at + word.len()).unwrap_or_default();
    here.eq_ignore_ascii_case(word.as_bytes())
}

/// The label of ASCII letters, digits and dashes at `at`, with nothing glued behind it.
fn label_at(text: &[u8], at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    let inside = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'-';
    let bytes = rest.iter().take(WORD_BYTES_MAX).take_while(inside).count();
    let label = std::str::from_utf8(rest.get(..bytes)?).ok()?;
    let stands = !label.is_empty() && !crate::spelling::glued_after(text, at + bytes);
    stands.then(|| label.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "skriv till anna.berg snabel-a example punkt se, tack",
            &["LIKELY EMAIL_ADDRESS anna.berg@example.se <anna.berg snabel-a example punkt se>"],
        ),
        (
            "Anna Snabel-A example.org.",
            &["LIKELY EMAIL_ADDRESS anna@example.org <Anna Snabel-A example.org>"],
        ),
        (
            "mejla bo snabel a mail punkt example punkt com.",
            &[
                "VERY_LIKELY EMAIL_ADDRESS bo@mail.example.com <bo snabel a mail punkt example punkt com>",
            ],
        ),
        (
            "e-mail: anna at example dot com",
            &["VERY_LIKELY EMAIL_ADDRESS anna@example.com <anna at example dot com>"],
        ),
        (
            "see anna AT example DOT net today",
            &["POSSIBLE EMAIL_ADDRESS anna@example.net <anna AT example DOT net>"],
        ),
        (
            "mail anna@example.com at work dot se",
            &["VERY_LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>"],
        ),
        (
            "anna&#64;example.com at home dot com",
            &["LIKELY EMAIL_ADDRESS anna@example.com <anna&#64;example.com>"],
        ),
        (
            "user=anna%40example.com at example dot com 200",
            &["LIKELY EMAIL_ADDRESS anna@example.com <anna%40example.com>"],
        ),
        (
            "anna (at) example (dot) com",
            &["LIKELY EMAIL_ADDRESS anna@example.com <anna (at) example (dot) com>"],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "e-mail us: meet at example.com",
        "mail: look at dot com",
        "skriv snabel-a och punkt",
        "tecknet snabel-a kallas så",
        "mail at noon dot",
        "e-post: vi ses at kontoret punkt slut",
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
