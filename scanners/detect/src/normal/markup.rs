//! Tags of HTML and XML inside a value: `811228-<b>9874</b>`.

use super::RESYNC_BYTES;
use super::tail::{Change, With};

/// Elements that stand inside a line of text. All others part what is before from what follows.
const INLINE: &[&[u8]] = &[
    b"a", b"abbr", b"b", b"bdi", b"bdo", b"big", b"cite", b"code", b"em", b"font", b"i", b"ins",
    b"kbd", b"mark", b"nobr", b"s", b"samp", b"small", b"span", b"strong", b"sub", b"sup", b"tt",
    b"u", b"var", b"wbr",
];
/// Attributes with this many digits in a row may hold a value: such a tag stays.
const DIGITS_MAX: usize = 3;

/// The tag that `text` ends with: nothing if it stands inside a line, else a line end.
pub(super) fn tag(text: &[u8]) -> Option<Change> {
    let near = text.get(text.len().saturating_sub(RESYNC_BYTES)..text.len() - 1)?;
    let at = near.iter().rposition(|byte| matches!(byte, b'<' | b'>'))?;
    let inner = near.get(at + 1..).filter(|_| near.get(at) == Some(&b'<'))?;
    let length = near.len() + 1 - at;
    if holds_value(inner) {
        return None;
    }
    if inner.starts_with(b"!--") && inner.ends_with(b"--") {
        return Some(Change::new(length, With::Nothing));
    }
    let element = inner.strip_prefix(b"/").unwrap_or(inner);
    let named = element
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric());
    let (name, rest) = element.split_at(named.count());
    let closes = matches!(rest, [] | [b' ' | b'\t' | b'\r' | b'\n' | b'/', ..]);
    if !closes || !name.first().is_some_and(u8::is_ascii_alphabetic) {
        return None;
    }
    let inline = INLINE.iter().any(|known| name.eq_ignore_ascii_case(known));
    let with = if inline {
        With::Nothing
    } else {
        With::Byte(b'\n')
    };
    Some(Change::new(length, with))
}

fn holds_value(inner: &[u8]) -> bool {
    let digits = |window: &[u8]| window.iter().all(u8::is_ascii_digit);
    inner.contains(&b'@') || inner.windows(DIGITS_MAX + 1).any(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_removed_or_end_a_line() {
        let check = |text: &str, expected: Option<With>| {
            let found = tag(text.as_bytes()).map(|change| (change.length, change.with));
            assert_eq!(found, expected.map(|with| (text.len(), with)), "{text}");
        };
        check("<b>", Some(With::Nothing));
        check("</SPAN>", Some(With::Nothing));
        check("<span class=\"x\">", Some(With::Nothing));
        check("<!-- x -->", Some(With::Nothing));
        check("<br/>", Some(With::Byte(b'\n')));
        check("</td>", Some(With::Byte(b'\n')));
        check("<anna@example.com>", None);
        check("<a href=\"mailto:anna@example.com\">", None);
        check("<b id=\"8112289874\">", None);
        check("<3>", None);
        check("<>", None);
        check("a>", None);
    }
}
