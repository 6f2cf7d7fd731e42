//! Characters as people write them: dashes, spaces and letters, in UTF-8 that may be broken.

use wide::u8x16;

/// The character that ends right before `at`, and its length in bytes; `None` at the border and
/// for bytes that are not UTF-8.
#[inline]
pub(crate) fn char_before(text: &[u8], at: usize) -> Option<(char, usize)> {
    let last = *text.get(at.checked_sub(1)?)?;
    if last.is_ascii() {
        Some((char::from(last), 1))
    } else {
        long_char_before(text, at)
    }
}

#[cold]
fn long_char_before(text: &[u8], at: usize) -> Option<(char, usize)> {
    (2..=4).find_map(|length| {
        let bytes = text.get(at.checked_sub(length)?..at)?;
        decode(bytes).map(|char| (char, length))
    })
}

/// The character that begins at `at`, and its length in bytes; `None` at the border and for bytes
/// that are not UTF-8.
#[inline]
pub(crate) fn char_at(text: &[u8], at: usize) -> Option<(char, usize)> {
    let first = *text.get(at)?;
    if first.is_ascii() {
        Some((char::from(first), 1))
    } else {
        long_char_at(text, at, first)
    }
}

#[cold]
fn long_char_at(text: &[u8], at: usize, first: u8) -> Option<(char, usize)> {
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    decode(text.get(at..at.checked_add(length)?)?).map(|char| (char, length))
}

/// The character that these bytes are, if they are one outside ASCII.
#[inline]
fn decode(bytes: &[u8]) -> Option<char> {
    let (first, rest, least) = match bytes {
        [first @ 0xc2..=0xdf, rest @ ..] if rest.len() == 1 => (first & 0x1f, rest, 0x80),
        [first @ 0xe0..=0xef, rest @ ..] if rest.len() == 2 => (first & 0x0f, rest, 0x800),
        [first @ 0xf0..=0xf4, rest @ ..] if rest.len() == 3 => (first & 0x07, rest, 0x1_0000),
        _ => return None,
    };
    let code = rest.iter().try_fold(u32::from(first), |code, byte| {
        (byte & 0xc0 == 0x80).then_some(code << 6 | u32::from(byte & 0x3f))
    })?;
    char::from_u32(code).filter(|_| code >= least)
}

/// Whether a letter, digit or underscore stands right before `at`.
#[inline]
pub(crate) fn glued_before(text: &[u8], at: usize) -> bool {
    char_before(text, at).is_some_and(|(char, _)| is_word(char))
}

/// Whether a letter, digit or underscore begins at `at`.
#[inline]
pub(crate) fn glued_after(text: &[u8], at: usize) -> bool {
    char_at(text, at).is_some_and(|(char, _)| is_word(char))
}

#[inline]
fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Whether it is a letter; those of Swedish and its neighbours are told without a table.
#[inline]
pub(crate) fn is_letter(char: char) -> bool {
    match char {
        '\0'..='\x7f' => char.is_ascii_alphabetic(),
        'À'..='ÿ' => !matches!(char, '×' | '÷'),
        _ => char.is_alphabetic(),
    }
}

/// The byte at `at`, if it is an ASCII digit, as its value.
#[inline]
pub(crate) fn digit_at(text: &[u8], at: usize) -> Option<u8> {
    text.get(at)
        .filter(|byte| byte.is_ascii_digit())
        .map(|byte| byte - b'0')
}

/// How many bytes are looked at together.
pub(crate) const LANE_BYTES: usize = 16;
/// How many bytes most values and what decides about them fit in.
pub(crate) const WINDOW_BYTES: usize = 32;

/// The first of those bytes; where they are fewer, a copy in `room` with NULs behind them.
#[inline(always)]
pub(crate) fn first_of<'a, const N: usize>(bytes: &'a [u8], room: &'a mut [u8; N]) -> &'a [u8; N] {
    match bytes.first_chunk() {
        Some(first) => first,
        None => filled_up(bytes, room),
    }
}

#[inline(never)]
fn filled_up<'a, const N: usize>(bytes: &[u8], room: &'a mut [u8; N]) -> &'a [u8; N] {
    *room = [0; N];
    if let Some(own) = room.get_mut(..bytes.len()) {
        own.copy_from_slice(bytes);
    }
    room
}

/// What `mask` says of each byte of a window: one bit per byte, lowest first.
#[inline(always)]
pub(crate) fn mask_of(window: &[u8; WINDOW_BYTES], mask: impl Fn(&[u8; LANE_BYTES]) -> u32) -> u32 {
    let (lanes, _) = window.as_chunks::<LANE_BYTES>();
    lanes
        .iter()
        .rev()
        .fold(0, |all, lane| (all << LANE_BYTES) | mask(lane))
}

/// One bit per ASCII letter, lowest first.
#[inline(always)]
pub(crate) fn letter_mask(lane: &[u8; LANE_BYTES]) -> u32 {
    letters(u8x16::new(*lane)).to_bitmask()
}

/// A lane with its ASCII letters in lower case.
#[inline(always)]
pub(crate) fn lower_case(lane: &[u8; LANE_BYTES]) -> [u8; LANE_BYTES] {
    let lane = u8x16::new(*lane);
    (lane | (letters(lane) & u8x16::splat(0x20))).to_array()
}

/// All bits of each byte that is an ASCII letter.
#[inline(always)]
fn letters(lane: u8x16) -> u8x16 {
    let place = (lane | u8x16::splat(0x20)) - u8x16::splat(b'a');
    place.min(u8x16::splat(25)).simd_eq(place)
}

/// One bit per byte of that value, lowest first.
#[inline(always)]
pub(crate) fn byte_mask(lane: &[u8; LANE_BYTES], byte: u8) -> u32 {
    u8x16::new(*lane).simd_eq(u8x16::splat(byte)).to_bitmask()
}

/// One bit per ASCII digit, lowest first.
#[inline(always)]
pub(crate) fn digit_mask(lane: &[u8; LANE_BYTES]) -> u32 {
    let place = u8x16::new(*lane) - u8x16::splat(b'0');
    place.min(u8x16::splat(9)).simd_eq(place).to_bitmask()
}

/// How many digits begin at `at`, counted to at most `limit`.
#[inline]
pub(crate) fn digits_from(text: &[u8], at: usize, limit: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let count = |rest: &[u8]| rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = match rest.split_first_chunk() {
        Some((lane, rest)) => match digit_mask(lane).trailing_ones() as usize {
            LANE_BYTES if limit > LANE_BYTES => {
                LANE_BYTES + count(rest.get(..limit - LANE_BYTES).unwrap_or(rest))
            }
            digits => digits,
        },
        None => count(rest),
    };
    digits.min(limit)
}

/// Length in bytes of the dash at `at`, 0 if there is none: `-`, U+2010 to U+2015, U+2212,
/// U+FE63, U+FF0D.
#[inline]
pub(crate) fn dash_length(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    match rest {
        [b'-', ..] => 1,
        [0xe2, 0x80, 0x90..=0x95, ..] | [0xe2, 0x88, 0x92, ..] => 3,
        [0xef, 0xb9, 0xa3, ..] | [0xef, 0xbc, 0x8d, ..] => 3,
        _ => 0,
    }
}

/// Length in bytes of the space at `at`, 0 if there is none: blank, NBSP, U+2000 to U+200A,
/// U+202F, U+3000. Tabs and line ends separate values and do not count.
#[inline]
pub(crate) fn space_length(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    match rest {
        [b' ', ..] => 1,
        [0xc2, 0xa0, ..] => 2,
        [0xe2, 0x80, 0x80..=0x8a | 0xaf, ..] | [0xe3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

/// Line ends in the middle of a value: a break and the end of a line of markup.
const BREAKS_MAX: usize = 2;
/// Line ends and blanks around them that belong together.
const BREAK_BYTES_MAX: usize = 16;

/// Length in bytes of the line end at `at` with the blanks around it, 0 if there is none.
#[inline]
pub(crate) fn break_length(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b' ' | b'\t' | b'\r' | b'\n') => long_break(text, at),
        _ => 0,
    }
}

fn long_break(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default().iter();
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let (length, breaks) = rest
        .take(BREAK_BYTES_MAX)
        .take_while(blank)
        .fold((0, 0), |(length, breaks), byte| {
            (length + 1, breaks + usize::from(*byte == b'\n'))
        });
    if (1..=BREAKS_MAX).contains(&breaks) {
        length
    } else {
        0
    }
}

/// Room for a canonical value on the stack.
pub(crate) struct Canonical<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Canonical<N> {
    pub(crate) fn new() -> Self {
        Self {
            bytes: [0; N],
            length: 0,
        }
    }

    /// Appends a byte; `false` when the room is full.
    pub(crate) fn push(&mut self, byte: u8) -> bool {
        let Some(slot) = self.bytes.get_mut(self.length) else {
            return false;
        };
        *slot = byte;
        self.length += 1;
        true
    }

    /// Appends the first `count` of those bytes, behind which NULs stand; `false` when there is no
    /// room for all.
    #[inline]
    pub(crate) fn push_some<const M: usize>(&mut self, bytes: [u8; M], count: usize) -> bool {
        let room = self.bytes.get_mut(self.length..);
        let Some(room) = room.and_then(|room| room.first_chunk_mut()) else {
            return false;
        };
        *room = bytes;
        self.length += count;
        true
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// All bytes: NULs stand behind those that were appended.
    pub(crate) fn bytes(&self) -> &[u8; N] {
        &self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn characters_are_read_from_either_side_and_broken_ones_are_not() {
        let text = "aå€😀".as_bytes();
        assert_eq!(char_before(text, 3), Some(('å', 2)));
        assert_eq!(char_at(text, 3), Some(('€', 3)));
        assert_eq!(char_before(text, text.len()), Some(('😀', 4)));
        assert_eq!(char_at(text, 2), None);
        assert_eq!(char_before(text, 2), None);
        assert_eq!(char_at(b"\xe5", 0), None);
        assert_eq!(char_before(b"", 0), None);
    }

    proptest! {
        #[test]
        fn characters_are_read_as_utf8_says(
            bytes in proptest::collection::vec(any::<u8>(), 2..=4),
            char in any::<char>(),
        ) {
            let mut room = [0; 4];
            for bytes in [bytes.as_slice(), char.encode_utf8(&mut room).as_bytes()] {
                let mut chars = std::str::from_utf8(bytes).unwrap_or_default().chars();
                let only = chars.next().filter(|char| chars.next().is_none() && !char.is_ascii());
                prop_assert_eq!(decode(bytes), only);
            }
        }
    }

    #[test]
    fn dashes_and_spaces_have_their_length() {
        for dash in ["-", "\u{2010}", "\u{2015}", "\u{2212}", "\u{ff0d}"] {
            assert_eq!(dash_length(dash.as_bytes(), 0), dash.len());
        }
        for space in [" ", "\u{a0}", "\u{2009}", "\u{202f}"] {
            assert_eq!(space_length(space.as_bytes(), 0), space.len());
        }
        assert_eq!(dash_length(b"_", 0) + space_length(b"\t", 0), 0);
    }

    #[test]
    fn line_ends_take_the_blanks_around_them() {
        for (text, length) in [
            ("\n1", 1),
            (" \r\n\t 1", 5),
            ("\n\n1", 2),
            ("\n\n\n", 0),
            (" 1", 0),
            ("1", 0),
            ("", 0),
        ] {
            assert_eq!(break_length(text.as_bytes(), 0), length, "{text:?}");
        }
    }
}
