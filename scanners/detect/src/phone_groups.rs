//! The digits of a phone number in groups, and what parts them.

use crate::spelling::{dash_length, digit_at, digit_mask, space_length};
use std::ops::Range;
use wide::u8x16;

/// E.164's limit, and room for `00` and `(0)`.
pub(crate) const DIGITS_MAX: usize = 18;
/// A power of two above it, so that a place in the room needs no test.
const ROOM: usize = 32;
/// How many bytes are read at once.
const WINDOW_BYTES: usize = 32;

/// Digits in groups, as they stand in the text. What parts a digit from the one before is a bit
/// at its number, lowest first.
pub(crate) struct Groups {
    digits: [u8; ROOM],
    /// Where the text of each digit ends, counted from `start`.
    ends: [u16; ROOM],
    start: usize,
    spaces: u32,
    dots: u32,
    signs: u32,
    count: usize,
}

/// What parts two groups.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    None,
    Space,
    Dot,
    Sign,
}

impl Groups {
    /// Reads digits, at most [`DIGITS_MAX`], as long as no more than a gap parts them.
    pub(crate) fn read(text: &[u8], start: usize) -> Self {
        Self::read_plain(text, start).unwrap_or_else(|| Self::read_any(text, start))
    }

    fn new(start: usize) -> Self {
        Self {
            digits: [0; ROOM],
            ends: [0; ROOM],
            start,
            spaces: 0,
            dots: 0,
            signs: 0,
            count: 0,
        }
    }

    /// Groups parted by one blank or dash each, that end within a window: nearly all.
    fn read_plain(text: &[u8], start: usize) -> Option<Self> {
        let window = text.get(start..)?.first_chunk::<WINDOW_BYTES>()?;
        let (digit, gap) = (masks(window, digit_mask), masks(window, gap_mask));
        let inside = digit | (gap & (digit << 1) & (digit >> 1));
        let length = inside.trailing_ones() as usize;
        let after = *window.get(length)?;
        let may_part =
            matches!(after, b' ' | b'(' | b')' | b'-' | b'.' | b'/') || !after.is_ascii();
        if may_part && gap_at(text, start + length).1 > 0 {
            return None;
        }
        let mut groups = Self::new(start);
        for (index, byte) in window.iter().enumerate().take(length) {
            let (slot, bit) = (groups.count % ROOM, 1 << (groups.count % ROOM));
            groups.digits[slot] = byte & 0x0f;
            groups.ends[slot] = index as u16 + 1;
            groups.spaces |= if *byte == b' ' { bit } else { 0 };
            groups.signs |= if *byte == b'-' { bit } else { 0 };
            groups.count += ((digit >> index) & 1) as usize;
        }
        (groups.count <= DIGITS_MAX).then_some(groups)
    }

    fn read_any(text: &[u8], start: usize) -> Self {
        let mut groups = Self::new(start);
        let (mut at, mut gap) = (start, Gap::None);
        while let Some(digit) = digit_at(text, at) {
            if !groups.push(digit, at + 1, gap) {
                break;
            }
            at += 1;
            let length;
            (gap, length) = gap_at(text, at);
            at += length;
        }
        groups
    }

    fn push(&mut self, digit: u8, end: usize, gap: Gap) -> bool {
        let index = self.count;
        let end = u16::try_from(end - self.start);
        let (true, Ok(end)) = (index < DIGITS_MAX, end) else {
            return false;
        };
        (self.digits[index], self.ends[index]) = (digit, end);
        match gap {
            Gap::None => {}
            Gap::Space => self.spaces |= 1 << index,
            Gap::Dot => self.dots |= 1 << index,
            Gap::Sign => self.signs |= 1 << index,
        }
        self.count += 1;
        true
    }

    /// How many digits were read.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn digits(&self, range: Range<usize>) -> Option<&[u8]> {
        self.digits.get(range)
    }

    /// Where the first `count` digits end in the text.
    pub(crate) fn end(&self, count: usize) -> Option<usize> {
        let end = self.ends.get(count.checked_sub(1)?)?;
        Some(self.start + usize::from(*end))
    }

    /// How many digits stand before the last blank that parts the first `count`.
    pub(crate) fn shorter(&self, count: usize) -> Option<usize> {
        (self.spaces & low(count))
            .checked_ilog2()
            .map(|last| last as usize)
    }

    /// Whether anything parts the first `count` digits.
    pub(crate) fn parted(&self, count: usize) -> bool {
        self.gaps(count) != 0
    }

    pub(crate) fn parted_by_dots_alone(&self, count: usize) -> bool {
        let gaps = self.gaps(count);
        gaps != 0 && gaps == self.dots & low(count)
    }

    /// How many of the first `count` digits stand before the first gap.
    pub(crate) fn first_group(&self, count: usize) -> usize {
        (self.gaps(count).trailing_zeros() as usize).min(count)
    }

    /// Whether gaps stand before those digits of the first `count` and nowhere else.
    pub(crate) fn is_parted_at(&self, count: usize, digits: &[usize]) -> bool {
        self.gaps(count) == digits.iter().fold(0, |gaps, digit| gaps | 1 << digit)
    }

    /// Whether one dot and nothing else parts the first `count` digits.
    pub(crate) fn is_decimal(&self, count: usize) -> bool {
        self.parted_by_dots_alone(count) && self.gaps(count).count_ones() == 1
    }

    fn gaps(&self, count: usize) -> u32 {
        (self.spaces | self.dots | self.signs) & low(count)
    }
}

/// The bits of the first `count` digits.
fn low(count: usize) -> u32 {
    (1 << count) - 1
}

fn masks(window: &[u8; WINDOW_BYTES], mask: fn(&[u8; 16]) -> u32) -> u32 {
    let (lanes, _) = window.as_chunks::<16>();
    lanes
        .iter()
        .rev()
        .fold(0, |all, lane| (all << 16) | mask(lane))
}

/// One bit per blank or dash, lowest first.
fn gap_mask(lane: &[u8; 16]) -> u32 {
    let lane = u8x16::new(*lane);
    (lane.simd_eq(u8x16::splat(b' ')) | lane.simd_eq(u8x16::splat(b'-'))).to_bitmask()
}

/// What parts two groups at `at`, and its length in bytes: at most a blank, a sign and a blank;
/// `(0)` counts its brackets only. Nothing unless a digit follows.
pub(crate) fn gap_at(text: &[u8], at: usize) -> (Gap, usize) {
    if digit_at(text, at).is_some() {
        return (Gap::None, 0);
    }
    let blank = space_length(text, at);
    let mut length = blank;
    let mut gap = if blank > 0 { Gap::Space } else { Gap::None };
    // `) `, ` (`, `) - ` and the like.
    for _ in 0..3 {
        let sign = match text.get(at + length) {
            Some(b'(' | b')' | b'/') => 1,
            Some(b'.') if gap == Gap::None => {
                gap = Gap::Dot;
                length += 1;
                break;
            }
            _ => dash_length(text, at + length),
        };
        if sign == 0 {
            break;
        }
        length += sign;
        gap = Gap::Sign;
    }
    if gap == Gap::Sign {
        length += space_length(text, at + length);
        length += usize::from(text.get(at + length) == Some(&b'('));
    }
    if digit_at(text, at + length).is_some() {
        (gap, length)
    } else {
        (Gap::None, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn plain_groups_are_read_as_any_groups_are(text in "[0-9]{1,6}[-0-9 ./()a]{30,60}") {
            let Some(plain) = Groups::read_plain(text.as_bytes(), 0) else { return Ok(()) };
            let any = Groups::read_any(text.as_bytes(), 0);
            prop_assert_eq!(plain.digits(0..plain.count()), any.digits(0..any.count()));
            prop_assert_eq!(plain.end(plain.count()), any.end(any.count()));
            let gaps = |groups: &Groups| (groups.spaces, groups.dots, groups.signs);
            let below = low(plain.count());
            prop_assert_eq!((plain.spaces & below, plain.dots, plain.signs & below), gaps(&any));
        }
    }
}
