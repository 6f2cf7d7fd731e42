//! Access tokens, passwords, session ids: what lets somebody in.
//!
//! Rule: tokens that begin and are built as their issuer says (JWT, GitHub, GitLab, Slack, Stripe,
//! AWS, private keys in PEM), a plausible value behind `password=`, `Bearer ` and the like, user and
//! password in a URL, and any value of a field named for it. Very likely with the structure or the
//! checksum of its issuer, likely behind a label; what stands for a secret (`changeme`, `${VAR}`,
//! `<password>`) is none. The Identifier is the kind of secret, such as `jwt`: a secret is named,
//! never kept or shown.
//!
//! Not found: a password in a sentence, words of one kind of letters behind a label without quotes.

use crate::compete::Candidate;
use crate::detectors::{Found, Place};
use crate::family::Family;
use crate::label_words::family_of;
use crate::secret_value::{self as value, Judged};
use crate::spelling::{Canonical, glued_before};
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};
use std::ops::Range;

/// A longer token is cut here.
pub(crate) const SECRET_BYTES_MAX: usize = 256;
/// A shorter password is a placeholder.
const PASSWORD_BYTES_MIN: usize = 6;
/// A shorter key or session id is a number or a word.
const KEY_BYTES_MIN: usize = 12;
/// A shorter bearer token is none.
const BEARER_BYTES_MIN: usize = 16;

/// The longest label that is looked at, without `_` and `-`.
const LABEL_BYTES_MAX: usize = 16;

/// How a secret is written.
#[derive(Clone, Copy)]
enum Form {
    /// With a beginning of its own; the issuer's rule judges the whole.
    Token(fn(&[u8]) -> Option<Judged>),
    /// A block in PEM.
    Pem,
}

/// What secrets of a kind begin with. They are searched for as they stand (`rare_words`): at least
/// four bytes each.
const BEGINNINGS: &[(&str, Form, &[&str])] = &[
    (
        "jwt",
        Form::Token(value::jwt),
        &["eyJh", "eyJ0", "eyJr", "eyJl"],
    ),
    ("aws-key", Form::Token(value::aws), &["AKIA", "ASIA"]),
    (
        "github-token",
        Form::Token(value::github),
        &["ghp_", "gho_", "ghu_", "ghs_"],
    ),
    ("github-token", Form::Token(value::long), &["github_pat_"]),
    ("gitlab-token", Form::Token(value::long), &["glpat-"]),
    ("slack-token", Form::Token(value::long), &["xoxb-", "xoxp-"]),
    ("stripe-key", Form::Token(value::long), &["sk_live_"]),
    ("private-key", Form::Pem, &["-----BEGIN "]),
];

/// How a label ends, in lower case and without `_` and `-`, the kind of secret behind it and the
/// fewest bytes of one.
const LABELS: &[(&str, &str, usize)] = &[
    ("password", "password", PASSWORD_BYTES_MIN),
    ("passwd", "password", PASSWORD_BYTES_MIN),
    ("senord", "password", PASSWORD_BYTES_MIN),
    ("pwd", "password", PASSWORD_BYTES_MIN),
    ("apikey", "api-key", KEY_BYTES_MIN),
    ("accesstoken", "access-token", KEY_BYTES_MIN),
    ("authtoken", "access-token", KEY_BYTES_MIN),
    ("refreshtoken", "access-token", KEY_BYTES_MIN),
    ("sessiontoken", "session-id", KEY_BYTES_MIN),
    ("clientsecret", "secret-key", KEY_BYTES_MIN),
    ("secretkey", "secret-key", KEY_BYTES_MIN),
    ("sessionid", "session-id", KEY_BYTES_MIN),
    ("sessid", "session-id", KEY_BYTES_MIN),
    ("setcookie", "cookie", KEY_BYTES_MIN),
    ("authorization", "bearer-token", BEARER_BYTES_MIN),
];
/// What may stand before a token in a header.
const SCHEMES: [&[u8]; 3] = [b"Bearer ", b"bearer ", b"Basic "];

/// All beginnings; the number of one is what [`find`] takes.
pub(crate) fn beginnings() -> impl Iterator<Item = &'static str> {
    BEGINNINGS
        .iter()
        .flat_map(|(_, _, words)| words.iter().copied())
}

fn kind_of(mut index: usize) -> Option<(&'static str, Form)> {
    for (kind, form, words) in BEGINNINGS {
        if index < words.len() {
            return Some((kind, *form));
        }
        index -= words.len();
    }
    None
}

/// Looks at the beginning of that number at `at`.
pub(crate) fn find(place: &Place<'_>, index: usize, at: usize, out: &mut Found) {
    let text = place.text;
    let Some((kind, form)) = kind_of(index) else {
        return;
    };
    let found = match form {
        Form::Token(judge) => token_at(text, at, judge),
        Form::Pem => private_key(text, at),
    };
    if let Some((range, judged)) = found {
        push(range, kind, judged, out);
    }
}

/// Looks at what stands behind a label that ends at `end`.
pub(crate) fn find_labelled(place: &Place<'_>, end: usize, out: &mut Found) {
    let text = place.text;
    let mut label = [0; LABEL_BYTES_MAX];
    let letters = text.get(..end).unwrap_or_default().iter().rev();
    let letters = letters
        .take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
        .filter(|byte| byte.is_ascii_alphabetic());
    for (slot, byte) in label.iter_mut().rev().zip(letters) {
        *slot = byte.to_ascii_lowercase();
    }
    let known = LABELS
        .iter()
        .find(|(ending, ..)| label.ends_with(ending.as_bytes()));
    let Some((_, kind, least)) = known else {
        return;
    };
    let found = match *kind {
        "cookie" | "bearer-token" => header(text, end, *least),
        _ => labelled(text, end, *least),
    };
    if let Some((range, judged)) = found {
        push(range, kind, judged, out);
    }
}

/// Looks at the authority of a URL that begins at `start`.
pub(crate) fn find_credentials(place: &Place<'_>, start: usize, out: &mut Found) {
    if let Some((range, judged)) = credentials(place.text, start) {
        push(range, "url-credentials", judged, out);
    }
}

/// A value that fills a field named for secrets.
pub(crate) fn find_whole(place: &Place<'_>, out: &mut Found) {
    let text = place.text;
    let plain = text.len() >= PASSWORD_BYTES_MIN && !text.contains(&b' ');
    if plain && !value::is_placeholder(text) && !is_name(text) {
        push(
            0..text.len(),
            "field",
            (Likelihood::Likely, Evidence::FIELD_NAME),
            out,
        );
    }
}

/// `api_key`: a column's name above its values.
fn is_name(text: &[u8]) -> bool {
    let mut word = Canonical::<LABEL_BYTES_MAX>::new();
    let fits = text.iter().all(|byte| match byte {
        b'_' | b'-' => true,
        letter => letter.is_ascii_alphabetic() && word.push(letter.to_ascii_lowercase()),
    });
    fits && family_of(word.as_bytes()) == Some(Family::Secret)
}

fn push(range: Range<usize>, kind: &str, (likelihood, evidence): Judged, out: &mut Found) {
    let identifier = Identifier::new(InfoType::Credential, kind);
    let evidence = Evidence::SHAPE.with(evidence);
    out.push(Candidate::new(range, likelihood, evidence, identifier));
}

fn token_at(
    text: &[u8],
    start: usize,
    judge: fn(&[u8]) -> Option<Judged>,
) -> Option<(Range<usize>, Judged)> {
    if glued_before(text, start) {
        return None;
    }
    let range = token(text, start);
    let judged = judge(text.get(range.clone())?)?;
    Some((range, judged))
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

/// `: Bearer …`, `: …`: a token with a digit in it, not one that is found by its own beginning.
fn header(text: &[u8], end: usize, least: usize) -> Option<(Range<usize>, Judged)> {
    let open = value_start(text, end)?.0;
    let scheme = SCHEMES.iter().find(|scheme| {
        text.get(open..)
            .is_some_and(|rest| rest.starts_with(scheme))
    });
    let range = token(text, open + scheme.map_or(0, |scheme| scheme.len()));
    let secret = text.get(range.clone())?;
    // A first word is a scheme nobody listed, and no token.
    let fits = range.len() >= least
        && (scheme.is_some() || text.get(range.end) != Some(&b' '))
        && value::is_mixed(secret)
        && !value::is_placeholder(secret)
        && !has_own_beginning(secret);
    fits.then_some((range, (Likelihood::Likely, Evidence::LABEL_NEARBY)))
}

/// Whether a token is found as what its issuer says it is.
fn has_own_beginning(secret: &[u8]) -> bool {
    let begins = |words: &[&str]| words.iter().any(|word| secret.starts_with(word.as_bytes()));
    BEGINNINGS.iter().any(|(_, form, words)| match form {
        Form::Token(judge) => begins(words) && judge(secret).is_some(),
        Form::Pem => false,
    })
}

/// Where the value of a label that ends at `end` begins, and whether in quotes.
fn value_start(text: &[u8], end: usize) -> Option<(usize, bool)> {
    let quote = |at: usize| usize::from(matches!(text.get(at), Some(b'"' | b'\'')));
    let sign = skip_blank(text, end + quote(end));
    matches!(text.get(sign), Some(b'=' | b':')).then_some(())?;
    let open = skip_blank(text, sign + 1);
    Some((open + quote(open), quote(open) == 1))
}

/// `="…`, `: …`, `":"…`: the value behind a label that ends at `end`.
fn labelled(text: &[u8], end: usize, least: usize) -> Option<(Range<usize>, Judged)> {
    let (start, quoted) = value_start(text, end)?;
    let rest = text.get(start..)?;
    let stop = |byte: &&u8| {
        !matches!(
            byte,
            b' ' | b'"' | b'\'' | b',' | b';' | b'&' | b'<' | b'\n' | b'\r' | b'\t'
        )
    };
    let length = rest.iter().take(SECRET_BYTES_MAX).take_while(stop).count();
    let secret = rest.get(..length).filter(|_| length >= least)?;
    let likelihood = match least {
        KEY_BYTES_MIN => value::is_mixed(secret).then_some(Likelihood::Likely),
        _ => value::password(secret, quoted),
    }?;
    let judged = (likelihood, Evidence::LABEL_NEARBY);
    (!value::is_placeholder(secret)).then_some((start..start + length, judged))
}

fn skip_blank(text: &[u8], at: usize) -> usize {
    at + usize::from(text.get(at) == Some(&b' '))
}

/// `user:password` before the `@` of a URL's authority that begins at `start`.
fn credentials(text: &[u8], start: usize) -> Option<(Range<usize>, Judged)> {
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
    let both = rest.get(..end)?;
    let colon = both.iter().position(|byte| *byte == b':')?;
    let (user, password) = (both.get(..colon)?, both.get(colon + 1..)?);
    let likelihood = match user == password {
        // `postgres:postgres@localhost`.
        true => Likelihood::Possible,
        false => Likelihood::Likely,
    };
    let stands = !password.is_empty() && !value::is_placeholder(password);
    stands.then_some((start..start + end, (likelihood, Evidence::LABEL_NEARBY)))
}

/// The first line of a key, from `-----BEGIN ` on; very likely with a key behind it.
fn private_key(text: &[u8], start: usize) -> Option<(Range<usize>, Judged)> {
    const END: &[u8] = b"PRIVATE KEY-----";
    let rest = text.get(start..)?;
    let line = rest.get(..rest.len().min(SECRET_BYTES_MAX))?;
    let end = line.windows(END.len()).position(|window| window == END)? + END.len();
    let one_line = !line.get(..end)?.contains(&b'\n');
    let mut key = line.get(end..)?;
    for gap in [&b"\\r"[..], b"\r", b"\\n", b"\n"] {
        key = key.strip_prefix(gap).unwrap_or(key);
    }
    let likelihood = match key {
        [a, b, c, ..] if [a, b, c].into_iter().all(u8::is_ascii_alphanumeric) => {
            Likelihood::VeryLikely
        }
        _ => Likelihood::Possible,
    };
    one_line.then_some((start..start + end, (likelihood, Evidence::KNOWN_PREFIX)))
}

#[cfg(test)]
mod tests {
    use super::*;
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
            "DB_PASSWORD=Tr0ub4dor&x",
            &["LIKELY CREDENTIAL password <Tr0ub4dor>"],
        ),
        (
            "Ditt lösenord: Sommar2024",
            &["LIKELY CREDENTIAL password <Sommar2024>"],
        ),
        (
            "password: \"hemligt\"",
            &["POSSIBLE CREDENTIAL password <hemligt>"],
        ),
        (
            "postgres://anna:hunter2@db.example.com/x",
            &["LIKELY CREDENTIAL url-credentials <anna:hunter2>"],
        ),
        (
            "oauth2://anna:hunter2@db.example.com/x",
            &["LIKELY CREDENTIAL url-credentials <anna:hunter2>"],
        ),
        (
            "postgres://app:app@db.example.com/x",
            &["POSSIBLE CREDENTIAL url-credentials <app:app>"],
        ),
        (
            "Authorization: Bearer abcdefghij0123456789",
            &["LIKELY CREDENTIAL bearer-token <abcdefghij0123456789>"],
        ),
        (
            "Authorization: Bearer glpat-a1B2a1B2a1B2a1B2a1B2",
            &["VERY_LIKELY CREDENTIAL gitlab-token <glpat-a1B2a1B2a1B2a1B2a1B2>"],
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMII",
            &["VERY_LIKELY CREDENTIAL private-key <-----BEGIN RSA PRIVATE KEY----->"],
        ),
        (
            "apikey|0123456789abcdef",
            &["LIKELY CREDENTIAL field <0123456789abcdef>"],
        ),
        ("apikey|api_key", &[]),
        (
            "password|hemligt.lösenord!",
            &["LIKELY CREDENTIAL field <hemligt.lösenord!>"],
        ),
        (
            "password|access-token-foo",
            &["LIKELY CREDENTIAL field <access-token-foo>"],
        ),
        (
            "lösenord|Vinter2024",
            &["LIKELY CREDENTIAL field <Vinter2024>"],
        ),
        (
            "losenord|password123",
            &["LIKELY CREDENTIAL field <password123>"],
        ),
        (
            "api_key=0123456789abcdef",
            &["LIKELY CREDENTIAL api-key <0123456789abcdef>"],
        ),
        (
            "Cookie: JSESSIONID=0123456789ABCDEF",
            &["LIKELY CREDENTIAL session-id <0123456789ABCDEF>"],
        ),
        (
            "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            &["VERY_LIKELY CREDENTIAL jwt <eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl>"],
        ),
    ];

    const NEGATIVE_EXAMPLES: &[&str] = &[
        "password=********",
        "password=${DB_PASSWORD}",
        "password=changeme",
        "password: <password>",
        "password: xxxxxxxx",
        "password: String,",
        "password = get_password(user)",
        "password: required",
        "\"password_hash\": \"hunter22\"",
        "glöm inte ditt password",
        "api_key=your_api_key_123",
        "access_token: AccessTokenProvider",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\n...",
        "https://www.example.com/a:b@c",
        "https://user:password@www.example.com",
        "https://user:$TOKEN@www.example.com",
        "eyJhbGciOiJub25lIn0",
        "Bearer x",
        "Bearer authentication-scheme",
        "Authorization: AWS4-HMAC-SHA256 Credential=x",
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
    fn beginnings_are_long_enough_to_be_searched_for_together() {
        assert!(beginnings().all(|word| word.len() >= 4));
    }
}
