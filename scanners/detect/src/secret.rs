//! Access tokens, passwords, session ids: what lets somebody in.
//!
//! Rule: tokens that begin as their issuer says (JWT, GitHub, GitLab, Slack, Stripe, AWS, PEM
//! private keys), a value behind `password=`, `Bearer ` and the like, user and password in a URL,
//! and any value of a field named for it. The Identifier is the kind of secret, such as `jwt`:
//! a secret is named, never kept or shown.

use crate::compete::Candidate;
use crate::detectors::{Found, Place};
use crate::family::Family;
use aho_corasick::AhoCorasick;
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};
use std::ops::Range;
use std::sync::LazyLock;

/// A longer token is cut here.
const SECRET_BYTES_MAX: usize = 256;
/// A shorter value behind a label is a placeholder.
const LABELLED_BYTES_MIN: usize = 6;

/// What a secret begins with, its kind, the fewest bytes it has from there on, and whether the
/// beginning belongs to it.
const BEGINNINGS: &[(&str, &str, usize, bool)] = &[
    ("eyJ", "jwt", 40, true),
    ("AKIA", "aws-key", 20, true),
    ("ASIA", "aws-key", 20, true),
    ("ghp_", "github-token", 36, true),
    ("gho_", "github-token", 36, true),
    ("github_pat_", "github-token", 40, true),
    ("glpat-", "gitlab-token", 20, true),
    ("xoxb-", "slack-token", 20, true),
    ("xoxp-", "slack-token", 20, true),
    ("sk_live_", "stripe-key", 20, true),
    ("-----BEGIN ", "private-key", 20, true),
    ("Bearer ", "bearer-token", 16, false),
    ("password", "password", LABELLED_BYTES_MIN, false),
    ("Password", "password", LABELLED_BYTES_MIN, false),
    ("passwd", "password", LABELLED_BYTES_MIN, false),
    ("lösenord", "password", LABELLED_BYTES_MIN, false),
    ("Lösenord", "password", LABELLED_BYTES_MIN, false),
    ("api_key", "api-key", 12, false),
    ("apikey", "api-key", 12, false),
    ("api-key", "api-key", 12, false),
    ("access_token", "access-token", 12, false),
    ("session_id", "session-id", 12, false),
    ("sessionid", "session-id", 12, false),
    ("JSESSIONID", "session-id", 12, false),
    ("PHPSESSID", "session-id", 12, false),
    ("Set-Cookie:", "cookie", 12, false),
    ("://", "url-credentials", 3, false),
];

static FINDER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(BEGINNINGS.iter().map(|(beginning, ..)| beginning)).ok());

/// Looks through one text.
pub(crate) fn find_in(place: &Place<'_>, out: &mut Found) {
    if place.whole_value && place.field.has(Family::Secret) {
        if place.text.len() >= LABELLED_BYTES_MIN && !place.text.contains(&b' ') {
            push(0..place.text.len(), "field", Evidence::FIELD_NAME, out);
        }
        return;
    }
    let Some(finder) = FINDER.as_ref() else {
        return;
    };
    for seen in finder.find_iter(place.text) {
        let Some((_, kind, bytes_min, own)) = BEGINNINGS.get(seen.pattern().as_usize()) else {
            continue;
        };
        let range = match (*kind, own) {
            ("url-credentials", _) => credentials(place.text, seen.end()),
            ("private-key", _) => private_key(place.text, seen.start()),
            (_, true) => Some(token(place.text, seen.start())),
            ("bearer-token" | "cookie", false) => {
                Some(token(place.text, skip_blank(place.text, seen.end())))
            }
            (_, false) => labelled(place.text, seen.end()),
        };
        let Some(range) = range.filter(|range| range.len() >= *bytes_min) else {
            continue;
        };
        let jwt = *kind == "jwt" && dots(place.text, &range) != 2;
        if !jwt && !is_placeholder(place.text.get(range.clone())) {
            let evidence = if *own {
                Evidence::KNOWN_PREFIX
            } else {
                Evidence::LABEL_NEARBY
            };
            push(range, kind, evidence, out);
        }
    }
}

fn push(range: Range<usize>, kind: &str, evidence: Evidence, out: &mut Found) {
    let identifier = Identifier::new(InfoType::Credential, kind);
    let evidence = Evidence::SHAPE.with(evidence);
    out.push(Candidate::new(
        range,
        Likelihood::Likely,
        evidence,
        identifier,
    ));
}

fn token(text: &[u8], start: usize) -> Range<usize> {
    let inside = |byte: &&u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'/' | b'=' | b'~' | b'%')
    };
    let rest = text.get(start..).unwrap_or_default();
    start
        ..start
            + rest
                .iter()
                .take(SECRET_BYTES_MAX)
                .take_while(inside)
                .count()
}

/// `="…`, `: …`, `":"…`: the value behind a label that ends at `end`.
fn labelled(text: &[u8], end: usize) -> Option<Range<usize>> {
    let quoted = end + usize::from(matches!(text.get(end), Some(b'"' | b'\'')));
    let sign = skip_blank(text, quoted);
    matches!(text.get(sign), Some(b'=' | b':')).then_some(())?;
    let open = skip_blank(text, sign + 1);
    let start = open + usize::from(matches!(text.get(open), Some(b'"' | b'\'')));
    let rest = text.get(start..)?;
    let stop = |byte: &&u8| {
        !matches!(
            byte,
            b' ' | b'"' | b'\'' | b',' | b';' | b'&' | b'<' | b'\n' | b'\r' | b'\t'
        )
    };
    Some(start..start + rest.iter().take(SECRET_BYTES_MAX).take_while(stop).count())
}

fn skip_blank(text: &[u8], at: usize) -> usize {
    at + usize::from(text.get(at) == Some(&b' '))
}

/// `user:password` before the `@` of a URL's authority that begins at `start`.
fn credentials(text: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let rest = rest.get(..rest.len().min(SECRET_BYTES_MAX))?;
    let stop = |byte: &u8| {
        matches!(
            byte,
            b'/' | b' ' | b'"' | b'\'' | b'\n' | b'<' | b'>' | b'@'
        )
    };
    let end = rest
        .iter()
        .position(stop)
        .filter(|at| rest.get(*at) == Some(&b'@'))?;
    rest.get(..end)?
        .contains(&b':')
        .then_some(start..start + end)
}

/// The first line of a key, from `-----BEGIN ` on.
fn private_key(text: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let line = rest.get(..rest.len().min(SECRET_BYTES_MAX))?;
    let end = line
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(line.len());
    let line = line.get(..end)?;
    let private = line.windows(11).any(|window| window == b"PRIVATE KEY");
    private.then_some(start..start + end)
}

fn dots(text: &[u8], range: &Range<usize>) -> usize {
    let token = text.get(range.clone()).unwrap_or_default();
    token.iter().filter(|byte| **byte == b'.').count()
}

/// `********`, `<secret>`, `${PASSWORD}`: stands for a secret and is none.
fn is_placeholder(value: Option<&[u8]>) -> bool {
    let value = value.unwrap_or_default();
    let first = value.first().copied().unwrap_or(b'*');
    matches!(first, b'*' | b'<' | b'$' | b'{' | b'%') || value.iter().all(|byte| *byte == first)
}

#[cfg(test)]
mod tests {
    use crate::tables::{check_examples, check_negative_examples};

    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "password=hunter22;",
            &["LIKELY CREDENTIAL password <hunter22>"],
        ),
        (
            "{\"password\": \"hunter22\"}",
            &["LIKELY CREDENTIAL password <hunter22>"],
        ),
        (
            "postgres://anna:hunter2@db.example.com/x",
            &["LIKELY CREDENTIAL url-credentials <anna:hunter2>"],
        ),
        (
            "Authorization: Bearer abcdefghij0123456789",
            &["LIKELY CREDENTIAL bearer-token <abcdefghij0123456789>"],
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMII",
            &["LIKELY CREDENTIAL private-key <-----BEGIN RSA PRIVATE KEY----->"],
        ),
        (
            "apikey|0123456789abcdef",
            &["LIKELY CREDENTIAL field <0123456789abcdef>"],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "password=********",
        "password=${DB_PASSWORD}",
        "glöm inte ditt password",
        "-----BEGIN CERTIFICATE-----",
        "https://www.example.com/a:b@c",
        "eyJhbGciOiJub25lIn0",
        "Bearer x",
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
