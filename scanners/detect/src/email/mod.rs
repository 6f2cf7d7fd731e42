//! E-mail addresses.
//!
//! Rule: `local@domain` by RFC 5321, 5322 and 6531, as they stand in text: local part up to 64
//! bytes (also quoted), domain up to 255 bytes with at least two labels and a last one of letters;
//! punctuation around it does not belong to it. The Identifier is lower case throughout, with the
//! domain in A-label form; `+tags` and dots in the local part are kept.
//!
//! An address literal (`@[192.0.2.1]`) is a domain too. Obscured and escaped forms are undone before
//! (`normal`); forms in words (`snabel-a`, ` dot `) are `spelled`'s.

mod marks;
mod other;
mod plain;
mod spelled;

pub(crate) use spelled::find as find_spelled;

use crate::compete::Candidate;
use crate::detectors::{Found, Place, named};
use crate::family::Family;
use crate::punycode;
use crate::spelling::{char_at, char_before, glued_after};
use crate::top_level::is_top_level;
use hemvist_model::{Evidence, Identifier, InfoType, Likelihood};
use marks::marks_of;
use other::is_other;
use plain::Plain;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

const LOCAL_BYTES_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 255;
const LABEL_BYTES_MAX: usize = 63;
/// `IPv6:` and the longest address.
const LITERAL_BYTES_MAX: usize = 5 + 45;
const ADDRESS_BYTES_MAX: usize = LOCAL_BYTES_MAX + 1 + DOMAIN_BYTES_MAX;
/// Few addresses are longer.
const USUAL_BYTES_MAX: usize = 48;

/// Looks at the `@` at `at`.
#[inline]
pub(crate) fn find(place: &Place<'_>, at: usize, out: &mut Found) {
    let begins = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'[' || !byte.is_ascii();
    if place.text.get(at + 1).is_some_and(begins) {
        find_address(place, at, out);
    }
}

#[inline(never)]
fn find_address(place: &Place<'_>, at: usize, out: &mut Found) {
    let padded;
    let around = match plain::around(place.text, at) {
        Some(around) => around,
        None => {
            padded = plain::padded(place.text, at);
            &padded
        }
    };
    match Plain::read(around) {
        Some(Some(plain)) => take_plain(place, at, &plain, out),
        Some(None) => {}
        None => find_any(place, at, out),
    }
}

#[inline(always)]
fn take_plain(place: &Place<'_>, at: usize, plain: &Plain<'_>, out: &mut Found) {
    let lower = plain.lower_case();
    if !plain.is_file(&lower) {
        let identifier = || plain.identifier(&lower);
        report(
            place,
            at,
            plain.range(at),
            plain.marks(&lower),
            identifier,
            out,
        );
    }
}

/// Looks at the `@` of an address that is written in any way.
#[inline(never)]
fn find_any(place: &Place<'_>, at: usize, out: &mut Found) {
    if let Some(range) = any_range(place.text, at)
        && let Some(address) = place.text.get(range.clone())
        && let Some((identifier, marks)) = canonical(address, at - range.start)
    {
        report(place, at, range, marks, || Some(identifier), out);
    }
}

/// Takes the address in `range`, unless it is something else.
#[inline(always)]
fn report(
    place: &Place<'_>,
    at: usize,
    range: Range<usize>,
    marks: Evidence,
    identifier: impl FnOnce() -> Option<Identifier>,
    out: &mut Found,
) {
    if is_other(place.text, range.start, at, range.end) {
        return;
    }
    let context = place.context(range.clone(), Family::Email);
    let evidence = Evidence::SHAPE.with(marks).with(context);
    let likelihood = if named(context) {
        Likelihood::VeryLikely
    } else {
        Likelihood::Likely
    };
    if let Some(identifier) = identifier() {
        out.push(Candidate::new(range, likelihood, evidence, identifier));
    }
}

/// Reads one address that is the whole text.
pub(crate) fn read_whole(text: &str) -> Option<Identifier> {
    let bytes = text.as_bytes();
    let at = bytes.iter().rposition(|byte| *byte == b'@')?;
    let whole = any_range(bytes, at)? == (0..bytes.len());
    let (identifier, _) = whole.then(|| canonical(bytes, at)).flatten()?;
    Some(identifier)
}

/// Where the address whose `@` is at `at` begins and ends.
fn any_range(text: &[u8], at: usize) -> Option<Range<usize>> {
    let end = domain_end(text, at + 1)?;
    Some(local_start(text, at)?..end)
}

/// Where the domain that begins at `start` ends, closing punctuation left out.
fn domain_end(text: &[u8], start: usize) -> Option<usize> {
    match text.get(start)? {
        b'[' => literal_end(text, start),
        _ => plain::domain_end(text, start).unwrap_or_else(|| name_end(text, start)),
    }
}

/// Where `[192.0.2.1]` or `[IPv6:2001:db8::1]` ends (RFC 5321, 4.1.3).
#[cold]
fn literal_end(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start + 1..)?;
    let inner = rest.get(..rest.len().min(LITERAL_BYTES_MAX + 1))?;
    let inner = inner.get(..inner.iter().position(|byte| *byte == b']')?)?;
    let end = start + 1 + inner.len() + 1;
    let address = std::str::from_utf8(inner).ok()?;
    let fits = match address.strip_prefix("IPv6:") {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => address.parse::<Ipv4Addr>().is_ok(),
    };
    (fits && !glued_after(text, end)).then_some(end)
}

/// The same for labels parted by dots.
fn name_end(text: &[u8], start: usize) -> Option<usize> {
    let (mut end, mut labels, mut label_start, mut at) = (start, 0, start, start);
    loop {
        let (char, length) = char_at(text, at).unwrap_or((' ', 0));
        let inside = char.is_alphanumeric() || (char == '-' && at > label_start);
        if inside && at - start <= DOMAIN_BYTES_MAX {
            at += length;
            continue;
        }
        let label = text.get(label_start..at)?;
        let dashes = label.iter().rev().take_while(|byte| **byte == b'-').count();
        if label.is_empty() || label.len() > LABEL_BYTES_MAX {
            break;
        }
        labels += 1;
        end = at - dashes;
        if char != '.' || dashes > 0 {
            break;
        }
        (at, label_start) = (at + 1, at + 1);
    }
    let fits = labels >= 2 && end - start <= DOMAIN_BYTES_MAX && !glued_after(text, end);
    (fits && text.get(end) != Some(&b'@') && is_top_level(last_label(text.get(start..end)?)))
        .then_some(end)
}

fn last_label(domain: &[u8]) -> &[u8] {
    let mut labels = domain.rsplit(|byte| *byte == b'.');
    labels.next().unwrap_or_default()
}

/// Where the local part that ends at `end` begins, opening punctuation left out.
fn local_start(text: &[u8], end: usize) -> Option<usize> {
    match text.get(end.checked_sub(1)?)? {
        b'"' => quoted_start(text, end),
        b'.' => None,
        _ => plain::local_start(text, end).or_else(|| unquoted_start(text, end)),
    }
}

/// The same for a local part without quotes.
fn unquoted_start(text: &[u8], end: usize) -> Option<usize> {
    let mut start = end;
    while let Some((char, length)) = char_before(text, start) {
        let doubled = char == '.' && text.get(start) == Some(&b'.');
        if doubled || !is_local(char) {
            break;
        }
        start -= length;
        if end - start > LOCAL_BYTES_MAX {
            return None;
        }
    }
    while let Some((char, length)) = char_at(text, start) {
        if start >= end || char.is_alphanumeric() || char == '_' {
            break;
        }
        start += length;
    }
    (start < end).then_some(start)
}

/// `"anything printable"@…`, without escapes.
fn quoted_start(text: &[u8], end: usize) -> Option<usize> {
    let inner = text.get(end.saturating_sub(LOCAL_BYTES_MAX)..end.checked_sub(1)?)?;
    let quote = inner.iter().rposition(|byte| *byte == b'"')?;
    let content = inner.get(quote + 1..)?;
    let printable = content
        .iter()
        .all(|byte| matches!(byte, b' '..=b'~') && *byte != b'\\');
    let standing = content.first().is_some_and(u8::is_ascii_alphanumeric)
        && content.last().is_some_and(u8::is_ascii_alphanumeric);
    (printable && standing).then(|| end - 1 - content.len() - 1)
}

/// The characters of RFC 5322's atext, less those that in practice part an address from a
/// neighbour: `= / ? { } | ^ $ * backtick`.
#[inline(always)]
fn is_local(char: char) -> bool {
    char.is_alphanumeric()
        || matches!(
            char,
            '.' | '_' | '-' | '+' | '%' | '&' | '\'' | '!' | '#' | '~'
        )
}

/// The Identifier of an address whose `@` is at `at`, and what it says of itself.
fn canonical(address: &[u8], at: usize) -> Option<(Identifier, Evidence)> {
    let ascii = match address.len() {
        0..=USUAL_BYTES_MAX => lower_case::<USUAL_BYTES_MAX>(address, at),
        _ => lower_case::<ADDRESS_BYTES_MAX>(address, at),
    };
    ascii.or_else(|| international(address))
}

/// The same for ASCII; `None` for others.
fn lower_case<const N: usize>(address: &[u8], at: usize) -> Option<(Identifier, Evidence)> {
    let mut room = [0; N];
    room.get_mut(..address.len())?.copy_from_slice(address);
    // All at once, whatever stands in it.
    room.make_ascii_lowercase();
    let lower = room.get(..address.len())?;
    let identifier = Identifier::from_ascii(InfoType::EmailAddress, lower)?;
    Some((identifier, marks_of(lower, at)?))
}

/// The same for one with other characters than ASCII's.
fn international(address: &[u8]) -> Option<(Identifier, Evidence)> {
    let (local, domain) = std::str::from_utf8(address).ok()?.rsplit_once('@')?;
    let mut text = local.to_lowercase();
    let at = text.len();
    text.push('@');
    punycode::push_domain(&mut text, domain)?;
    let identifier = Identifier::new(InfoType::EmailAddress, &text);
    Some((identifier, marks_of(text.as_bytes(), at)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{check_evidence, check_examples, check_negative_examples};
    use proptest::prelude::*;

    /// A text and what it holds; `FIELD|` before it when it is the value of a field.
    const EXAMPLES: &[(&str, &[&str])] = &[
        (
            "Skriv till Anna.Berg@Example.COM.",
            &["LIKELY EMAIL_ADDRESS anna.berg@example.com <Anna.Berg@Example.COM>"],
        ),
        (
            "<anna@example.com>, (bo+x@example.org)!",
            &[
                "LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>",
                "LIKELY EMAIL_ADDRESS bo+x@example.org <bo+x@example.org>",
            ],
        ),
        (
            "mailto:anna@example.com?subject=hej",
            &["VERY_LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>"],
        ),
        (
            "e-post: åsa@räksmörgås.example",
            &["VERY_LIKELY EMAIL_ADDRESS åsa@xn--rksmrgs-5wao1o.example <åsa@räksmörgås.example>"],
        ),
        (
            "anna@xn--rksmrgs-5wao1o.example",
            &[
                "LIKELY EMAIL_ADDRESS anna@xn--rksmrgs-5wao1o.example <anna@xn--rksmrgs-5wao1o.example>",
            ],
        ),
        (
            "\"john doe\"@example.com",
            &["LIKELY EMAIL_ADDRESS \"john doe\"@example.com <\"john doe\"@example.com>"],
        ),
        (
            "{\"email\":\"anna@example.com\"}",
            &["VERY_LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>"],
        ),
        (
            "contact.eMail|anna@example.com",
            &["VERY_LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>"],
        ),
        (
            "user=anna@example.com;",
            &["LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>"],
        ),
        (
            "'o'brien@example.com'",
            &["LIKELY EMAIL_ADDRESS o'brien@example.com <o'brien@example.com>"],
        ),
        (
            "0701740605@example.com",
            &["LIKELY EMAIL_ADDRESS 0701740605@example.com <0701740605@example.com>"],
        ),
        (
            "anna@[192.0.2.1], bo@[IPv6:2001:db8::1]",
            &[
                "LIKELY EMAIL_ADDRESS anna@[192.0.2.1] <anna@[192.0.2.1]>",
                "LIKELY EMAIL_ADDRESS bo@[ipv6:2001:db8::1] <bo@[IPv6:2001:db8::1]>",
            ],
        ),
        (
            "https://bot:hemligt7@ci.example.com/build/3",
            &["LIKELY CREDENTIAL url-credentials <bot:hemligt7>"],
        ),
        (
            "amqp://bot:hem$ligt@mq.example.com",
            &["LIKELY CREDENTIAL url-credentials <bot:hem$ligt>"],
        ),
        (
            "https://www.example.com?mail=anna@example.com",
            &["VERY_LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>"],
        ),
        (
            "IP address and e-mail address: anna@example.com",
            &["VERY_LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>"],
        ),
        (
            "anna@example.com-",
            &["LIKELY EMAIL_ADDRESS anna@example.com <anna@example.com>"],
        ),
    ];

    /// Nothing in these is likely.
    const NEGATIVE_EXAMPLES: &[&str] = &[
        "https://user@host.example.com/x",
        "ssh://git@host.example.com/repo",
        "git@host.example.com:org/repo.git",
        "anna@host.example.com:/srv/data",
        "[root@host.example.com ~]# ls",
        "icon@2x.png",
        "bild-17@2x.png photo@3x.jpg",
        "@types/node",
        "@angular/router@17.2.1",
        "npm i @scope/pkg@latest",
        "@Test(name = \"a\") @org.junit.Test",
        "git clone git@git.example.com:team/repo.git",
        "root@db1:~# ls",
        "root@db1.example.com:~# ls",
        "References: <1.2@mail.example.com> <3@mail.example.com>",
        "In-Reply-To: <CAF=17@mail.example.com>",
        "ftp://anna@example.com@host.example.com",
        "anna@[192.0.2.256]",
        "left-pad@1.3.0",
        "root@host",
        "anna@@example.com",
        "anna.@example.com",
        "anna@example",
        "Message-ID: <20240501.1234@mail.example.com>",
        "@Override",
        "anna@-example.com",
        "a@b.c",
        "x@example.com@y",
        "npm i lodash@4.17.21.js",
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
    fn evidence_marks_roles_and_reserved_domains() {
        check_evidence(&[
            (
                "noreply@example.com",
                Evidence::ROLE_ADDRESS.with(Evidence::RESERVED_RANGE),
            ),
            ("info+faktura@foretag.example", Evidence::ROLE_ADDRESS),
        ]);
    }

    /// Where an address is, what it is and what it says of itself.
    type Read = Option<(Range<usize>, Option<Identifier>, Evidence)>;

    /// The address whose `@` is at `at`, where it is plain.
    fn read_plain(text: &[u8], at: usize) -> Option<Read> {
        let padded = plain::padded(text, at);
        let plain = Plain::read(plain::around(text, at).unwrap_or(&padded))?
            .filter(|plain| !plain.is_file(&plain.lower_case()));
        Some(plain.map(|plain| {
            let lower = plain.lower_case();
            (
                plain.range(at),
                plain.identifier(&lower),
                plain.marks(&lower),
            )
        }))
    }

    fn read_any(text: &[u8], at: usize) -> Read {
        let end = match text.get(at + 1)? {
            b'[' => literal_end(text, at + 1)?,
            _ => name_end(text, at + 1)?,
        };
        let start = match text.get(at - 1)? {
            b'"' => quoted_start(text, at)?,
            b'.' => return None,
            _ => unquoted_start(text, at)?,
        };
        let range = start..end;
        let (identifier, marks) = canonical(text.get(range.clone())?, at - start)?;
        Some((range, Some(identifier), marks))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn plain_addresses_are_read_as_any_are(
            before in "[ ,:<'\"”]{32}|[ ']{30}[a-c._'å+-]{2}",
            local in "[a-cX-Z0-9._+-]{1,12}|(info|hr)[+.]?[a-c]{0,4}|[a-c]\\.{1,2}[a-c]{0,2}|[-a-c._+%'&\"å]{0,4}",
            domain in "([a-zA-Z0-9]{1,5}[.-]){1,3}|([a-c][-.å_@]{0,2}){1,3}\\.|\\[192\\.0\\.2\\.",
            end in "com|se|example|CSV|html?|[a-z]{0,3}|1\\]",
            behind in "([ ,_@-]|\\.[ .aå”-]|[\\[å”]|) {32}",
        ) {
            let at = before.len() + local.len();
            let text = format!("{before}{local}@{domain}{end}{behind}");
            if let Some(plain) = read_plain(text.as_bytes(), at) {
                prop_assert!(plain == read_any(text.as_bytes(), at), "{text}");
            }
        }
    }
}
