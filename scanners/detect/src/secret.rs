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
use crate::secret_value::{self as value, Judged};
use crate::spelling::glued_before;
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

/// How a secret is written behind its beginning.
#[derive(Clone, Copy)]
enum Form {
    /// The beginning belongs to it; the issuer's rule judges the whole.
    Token(fn(&[u8]) -> Option<Judged>),
    /// The beginning ends a label: `="…`, `: …`; the fewest bytes of the value.
    Labelled(usize),
    /// `Bearer …`, `Set-Cookie: …`; the fewest bytes.
    Header(usize),
    /// `user:password@`.
    Url,
    /// A block in PEM.
    Pem,
}

/// What secrets of a kind begin with, or the ends of their labels. They are searched for as they
/// stand, all at once: at least four bytes each.
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
    ("bearer-token", Form::Header(BEARER_BYTES_MIN), &["earer "]),
    (
        "password",
        Form::Labelled(PASSWORD_BYTES_MIN),
        &[
            "assword", "ASSWORD", "asswd", "ASSWD", "senord", "SENORD", "Pwd=", "pwd=",
        ],
    ),
    (
        "api-key",
        Form::Labelled(KEY_BYTES_MIN),
        &["pi_key", "pi-key", "pikey", "piKey", "PI_KEY", "pi-Key"],
    ),
    (
        "access-token",
        Form::Labelled(KEY_BYTES_MIN),
        &[
            "s_token", "h_token", "n_token", "sToken", "hToken", "_TOKEN",
        ],
    ),
    (
        "secret-key",
        Form::Labelled(KEY_BYTES_MIN),
        &[
            "t_secret", "tSecret", "_SECRET", "cret_key", "CRET_KEY", "cretKey",
        ],
    ),
    (
        "session-id",
        Form::Labelled(KEY_BYTES_MIN),
        &["ssion_id", "ssionid", "ssionId", "SSIONID", "SESSID"],
    ),
    (
        "cookie",
        Form::Header(KEY_BYTES_MIN),
        &["Set-Cookie:", "set-cookie:"],
    ),
    (
        "url-credentials",
        Form::Url,
        &["s://", "p://", "l://", "b://", "v://"],
    ),
];

/// All beginnings; the number of one is what [`find`] takes.
pub(crate) fn beginnings() -> impl Iterator<Item = &'static str> {
    BEGINNINGS
        .iter()
        .flat_map(|(_, _, words)| words.iter().copied())
}

fn kind_of(mut index: usize) -> Option<(&'static str, Form, &'static str)> {
    for (kind, form, words) in BEGINNINGS {
        if let Some(word) = words.get(index) {
            return Some((kind, *form, word));
        }
        index -= words.len();
    }
    None
}

/// Looks at the beginning of that number at `at`.
pub(crate) fn find(place: &Place<'_>, index: usize, at: usize, out: &mut Found) {
    let text = place.text;
    let Some((kind, form, word)) = kind_of(index) else {
        return;
    };
    let end = at + word.len();
    let found = match form {
        Form::Token(judge) => token_at(text, at, judge),
        // The sign of `pwd=` is part of the word.
        Form::Labelled(least) => labelled(text, end - usize::from(word.ends_with('=')), least),
        Form::Header(least) => header(text, end, least),
        Form::Url => credentials(text, end),
        Form::Pem => private_key(text, at),
    };
    if let Some((range, judged)) = found {
        push(range, kind, judged, out);
    }
}

/// A value that fills a field named for secrets.
pub(crate) fn find_whole(place: &Place<'_>, out: &mut Found) {
    let text = place.text;
    let plain = text.len() >= PASSWORD_BYTES_MIN && !text.contains(&b' ');
    if plain && !value::is_placeholder(text) {
        push(
            0..text.len(),
            "field",
            (Likelihood::Likely, Evidence::FIELD_NAME),
            out,
        );
    }
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

/// `Bearer …`: a token with a digit in it, not one that is found by its own beginning.
fn header(text: &[u8], end: usize, least: usize) -> Option<(Range<usize>, Judged)> {
    let range = token(text, skip_blank(text, end));
    let secret = text.get(range.clone())?;
    let fits = range.len() >= least
        && value::is_mixed(secret)
        && !value::is_placeholder(secret)
        && value::jwt(secret).is_none();
    fits.then_some((range, (Likelihood::Likely, Evidence::LABEL_NEARBY)))
}

/// `="…`, `: …`, `":"…`: the value behind a label that ends at `end`.
fn labelled(text: &[u8], end: usize, least: usize) -> Option<(Range<usize>, Judged)> {
    let is_quote = |at: usize| usize::from(matches!(text.get(at), Some(b'"' | b'\'')));
    let sign = skip_blank(text, end + is_quote(end));
    matches!(text.get(sign), Some(b'=' | b':')).then_some(())?;
    let open = skip_blank(text, sign + 1);
    let quoted = is_quote(open) == 1;
    let start = open + is_quote(open);
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
            "postgres://app:app@db.example.com/x",
            &["POSSIBLE CREDENTIAL url-credentials <app:app>"],
        ),
        (
            "Authorization: Bearer abcdefghij0123456789",
            &["LIKELY CREDENTIAL bearer-token <abcdefghij0123456789>"],
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMII",
            &["VERY_LIKELY CREDENTIAL private-key <-----BEGIN RSA PRIVATE KEY----->"],
        ),
        (
            "apikey|0123456789abcdef",
            &["LIKELY CREDENTIAL field <0123456789abcdef>"],
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
