//! Tags of HTML and XML inside a value: `811228-<b>9874</b>`.

use super::RESYNC_BYTES;
use super::tail::{Change, With};
use crate::blocks::{is, within};
use crate::spelling::LANE_BYTES;
use wide::u8x16;

/// Elements that stand inside a line of text. All others part what is before from what follows.
const INLINE: [u64; 26] = {
    let names: [&[u8]; 26] = [
        b"a", b"abbr", b"b", b"bdi", b"bdo", b"big", b"cite", b"code", b"em", b"font", b"i",
        b"ins", b"kbd", b"mark", b"nobr", b"s", b"samp", b"small", b"span", b"strong", b"sub",
        b"sup", b"tt", b"u", b"var", b"wbr",
    ];
    let (mut packed, mut index) = ([0; 26], 0);
    while index < names.len() {
        packed[index] = pack(names[index]);
        index += 1;
    }
    packed
};
/// The longest of them.
const NAME_BYTES_MAX: usize = 6;
/// Attributes with four digits in a row may hold a value, such a tag stays: two pairs of them.
const DIGITS_IN_PAIRS: u32 = 2;

type Window = [u8; RESYNC_BYTES];

/// The tag that `text` ends with: nothing if it stands inside a line, else a line end.
pub(super) fn tag(text: &[u8]) -> Option<Change> {
    let mut room = [0; RESYNC_BYTES];
    let window = last_of(text, &mut room);
    // A bit for each byte before the last one.
    let before = |of: fn(u8x16) -> u8x16| mask(window, of) & (u64::MAX >> 1);
    // `<` and `>`.
    let angles = before(|lane| is(lane | u8x16::splat(2), b'>'));
    let at = angles.checked_ilog2()? as usize;
    let inner = window.get(at + 1..RESYNC_BYTES - 1)?;
    if window.get(at) != Some(&b'<') || holds_value(before, at) {
        return None;
    }
    let length = RESYNC_BYTES - at;
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
    let inline = name.len() <= NAME_BYTES_MAX && INLINE.contains(&pack(name));
    let with = if inline {
        With::Nothing
    } else {
        With::Byte(b'\n')
    };
    Some(Change::new(length, with))
}

/// Letters and digits of a short name in lower case, as one number.
const fn pack(name: &[u8]) -> u64 {
    let (mut packed, mut index) = (0, 0);
    while index < name.len() {
        packed = packed << 8 | (name[index] | 0x20) as u64;
        index += 1;
    }
    packed
}

/// Whether four digits in a row or an `@` stand behind the byte at `at`.
#[inline(always)]
fn holds_value(before: impl Fn(fn(u8x16) -> u8x16) -> u64, at: usize) -> bool {
    let inner = (u64::MAX << at) << 1;
    let digits = before(|lane| within(lane, b'0', b'9')) & inner;
    let signs = before(|lane| is(lane, b'@')) & inner;
    let pairs = digits & digits >> 1;
    signs | pairs & pairs >> DIGITS_IN_PAIRS != 0
}

/// The last bytes of `text`, behind NULs where it is shorter.
fn last_of<'a>(text: &'a [u8], room: &'a mut Window) -> &'a Window {
    match text.last_chunk() {
        Some(last) => last,
        None => {
            let (_, own) = room.split_at_mut(RESYNC_BYTES - text.len());
            own.copy_from_slice(text);
            room
        }
    }
}

/// One bit for each byte of the window that `of` says all ones of, lowest first.
#[inline(always)]
fn mask(window: &Window, of: fn(u8x16) -> u8x16) -> u64 {
    let (lanes, _) = window.as_chunks::<LANE_BYTES>();
    lanes.iter().rev().fold(0, |all, lane| {
        all << LANE_BYTES | u64::from(of(u8x16::new(*lane)).to_bitmask())
    })
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
        check("<b id=\"1234\">", None);
        check("<b id=\"123\" x=\"456\">", Some(With::Nothing));
        check("<3>", None);
        check("<>", None);
        check("a>", None);
    }
}
