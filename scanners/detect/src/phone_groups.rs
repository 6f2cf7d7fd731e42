//! The digits of a phone number in groups, and what parts them.

use crate::spelling::{
    LANE_BYTES, WINDOW_BYTES, break_length, byte_mask, dash_length, digit_at, digit_mask, first_of,
    mask_of, space_length,
};
use std::ops::Range;
use wide::u8x16;

/// E.164's limit, and room for `00` and `(0)`.
pub(crate) const DIGITS_MAX: usize = 18;
/// A 0 and the seven digits of the shortest Swedish numbers; foreign ones have no fewer.
pub(crate) const DIGITS_MIN: usize = 8;
/// Groups are copied whole, with what stands behind them.
const ROOM: usize = WINDOW_BYTES + LANE_BYTES;

/// One digit, a gap, and more digits than a lane holds, which no other group behind a gap can have.
const LONG_SECOND: u32 = ((1 << (LANE_BYTES + 1)) - 1) << 2;

/// Digits in groups, as they stand in the text. What parts a digit from the one before is a bit
/// at its number, lowest first.
pub(crate) struct Groups {
    digits: [u8; ROOM],
    /// Where the text of each digit ends, counted from `start`; where every gap is one byte long
    /// that is known without.
    ends: Option<[u16; DIGITS_MAX]>,
    start: usize,
    /// How long the text of all of them is.
    length: usize,
    gaps: u32,
    spaces: u32,
    dots: u32,
    count: usize,
}

/// Groups parted by one blank or dash each, which is how nearly all are.
struct Plain<'a> {
    room: &'a [u8; ROOM],
    /// One bit per digit, lowest first.
    digit: u32,
    /// Where they end, unless the window ends first.
    length: usize,
}

impl<'a> Plain<'a> {
    /// Those that begin at `start`, if nothing but such gaps parts them.
    #[inline]
    fn at(text: &'a [u8], start: usize, room: &'a mut [u8; ROOM]) -> Option<Self> {
        let room = first_of(text.get(start..)?, room);
        let window = room.first_chunk::<WINDOW_BYTES>()?;
        let (digit, gap) = (mask_of(window, digit_mask), mask_of(window, gap_mask));
        let inside = digit | (gap & (digit << 1) & (digit >> 1));
        let length = inside.trailing_ones() as usize;
        let may_part =
            |byte: &u8| matches!(byte, b' ' | b'(' | b')' | b'-' | b'.' | b'/') || !byte.is_ascii();
        let goes_on =
            window.get(length).is_some_and(may_part) && gap_at(text, start + length).1 > 0;
        (!goes_on).then_some(Self {
            room,
            digit,
            length,
        })
    }
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
    /// Those whose first digit is at `start`, before any is read.
    #[inline(always)]
    pub(crate) fn new(start: usize) -> Self {
        Self {
            digits: [0; ROOM],
            ends: None,
            start,
            length: 0,
            gaps: 0,
            spaces: 0,
            dots: 0,
            count: 0,
        }
    }

    /// Reads digits, at most [`DIGITS_MAX`], as long as no more than a gap parts them; `false` where
    /// they are seen to be too few for a number.
    #[inline(always)]
    pub(crate) fn read(&mut self, text: &[u8]) -> bool {
        let mut room = [0; ROOM];
        let Some(plain) = Plain::at(text, self.start, &mut room) else {
            self.read_any(text);
            return true;
        };
        if plain.length < DIGITS_MIN {
            return false;
        }
        if !self.read_plain(&plain) {
            self.read_any(text);
        }
        true
    }

    /// Reads the digits of groups that are plain; `false` where there is no room for them.
    #[inline(always)]
    fn read_plain(&mut self, plain: &Plain<'_>) -> bool {
        if plain.digit & LONG_SECOND == LONG_SECOND {
            return false;
        }
        // All as if no gap parted them; then what stands behind each gap to where it belongs.
        self.copy(0, plain, 0);
        self.copy(LANE_BYTES, plain, LANE_BYTES);
        let (mut rest, mut passed) = (!plain.digit & low(plain.length), 0);
        let (mut gaps, mut spaces) = (0, 0);
        while rest != 0 {
            let at = rest.trailing_zeros() as usize;
            let digit = at - passed;
            self.copy(digit, plain, at + 1);
            gaps |= 1 << digit;
            spaces |= u32::from(plain.room.get(at) == Some(&b' ')) << digit;
            (rest, passed) = (rest & (rest - 1), passed + 1);
        }
        (self.gaps, self.spaces) = (gaps, spaces);
        self.count = plain.length - passed;
        self.length = plain.length;
        if self.count < DIGITS_MAX {
            return plain.length < WINDOW_BYTES;
        }
        self.count = DIGITS_MAX;
        self.length = DIGITS_MAX + self.gaps(DIGITS_MAX).count_ones() as usize;
        true
    }

    /// Copies a lane of digits, as their values.
    #[inline(always)]
    fn copy(&mut self, digit: usize, plain: &Plain<'_>, at: usize) {
        let lane = plain.room.get(at..).and_then(|rest| rest.first_chunk());
        let to = self.digits.get_mut(digit..);
        let to = to.and_then(|rest| rest.first_chunk_mut());
        if let (Some(lane), Some(to)) = (lane, to) {
            *to = (u8x16::new(*lane) & u8x16::splat(0x0f)).to_array();
        }
    }

    #[inline(never)]
    fn read_any(&mut self, text: &[u8]) {
        *self = Self::new(self.start);
        let mut ends = [0; DIGITS_MAX];
        let (mut at, mut gap) = (self.start, Gap::None);
        while let Some(digit) = digit_at(text, at) {
            if !self.push(digit, at + 1, gap, &mut ends) {
                break;
            }
            at += 1;
            let length;
            (gap, length) = gap_at(text, at);
            at += length;
        }
        self.ends = Some(ends);
    }

    fn push(&mut self, digit: u8, end: usize, gap: Gap, ends: &mut [u16; DIGITS_MAX]) -> bool {
        let index = self.count;
        let length = end - self.start;
        let (true, Ok(end)) = (index < DIGITS_MAX, u16::try_from(length)) else {
            return false;
        };
        (self.digits[index], ends[index]) = (digit, end);
        let bit = |has: bool| u32::from(has) << index;
        self.gaps |= bit(gap != Gap::None);
        self.spaces |= bit(gap == Gap::Space);
        self.dots |= bit(gap == Gap::Dot);
        self.count += 1;
        self.length = length;
        true
    }

    /// How many digits were read.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Those digits as ASCII, and whatever fills up a lane.
    pub(crate) fn ascii(&self, from: usize) -> [u8; LANE_BYTES] {
        let rest = self.digits.get(from..);
        let lane = rest
            .and_then(|rest| rest.first_chunk().copied())
            .unwrap_or_default();
        (u8x16::new(lane) + u8x16::splat(b'0')).to_array()
    }

    pub(crate) fn digits(&self, range: Range<usize>) -> Option<&[u8]> {
        self.digits.get(range)
    }

    /// Where the first `count` digits end in the text.
    #[inline(always)]
    pub(crate) fn end(&self, count: usize) -> Option<usize> {
        if count == self.count {
            return Some(self.start + self.length);
        }
        let end = match &self.ends {
            Some(ends) => usize::from(*ends.get(count.checked_sub(1)?)?),
            None => count + self.gaps(count).count_ones() as usize,
        };
        Some(self.start + end)
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
        self.gaps & low(count)
    }
}

/// The bits of the first `count` digits or bytes, at most as many as a window has.
#[inline(always)]
fn low(count: usize) -> u32 {
    ((1u64 << count) - 1) as u32
}

/// One bit per blank or dash, lowest first.
#[inline(always)]
fn gap_mask(lane: &[u8; LANE_BYTES]) -> u32 {
    byte_mask(lane, b' ') | byte_mask(lane, b'-')
}

/// What parts two groups at `at`, and its length in bytes: at most a blank, a sign and a blank;
/// `(0)` counts its brackets only. Nothing unless a digit follows.
#[inline]
pub(crate) fn gap_at(text: &[u8], at: usize) -> (Gap, usize) {
    match text.get(at..at + 2) {
        Some([b'0'..=b'9', _]) => (Gap::None, 0),
        Some([b' ', b'0'..=b'9']) => (Gap::Space, 1),
        Some([b'-', b'0'..=b'9']) => (Gap::Sign, 1),
        _ => any_gap_at(text, at),
    }
}

#[inline(never)]
fn any_gap_at(text: &[u8], at: usize) -> (Gap, usize) {
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
        let broken = break_length(text, at + length);
        length += match broken {
            0 => space_length(text, at + length),
            broken => broken,
        };
        // What stands on the next line may be something else.
        gap = if broken > 0 { Gap::Space } else { gap };
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

    #[test]
    fn eight_digits_are_enough_and_seven_are_not() {
        let read = |text: &str| {
            let long = format!("{text}{}", " ".repeat(2 * ROOM));
            let seen = [text, &long].map(|text| Groups::new(0).read(text.as_bytes()));
            assert_eq!(seen[0], seen[1]);
            seen[0]
        };
        assert!(read("08000000") && read("08-000 000"));
        assert!(!read("0800000"));
    }

    proptest! {
        #[test]
        fn plain_groups_are_read_as_any_groups_are(
            text in "[0-9]{1,6}[-0-9 ./()a]{0,80}|[0-9]{1,3}[ -][0-9]{15,18}[- a]?[0-9]{0,2}\
                |([0-9] ){14,15}[0-9]{1,4}[ -]?[0-9]{0,3}",
        ) {
            let mut room = [0; ROOM];
            let plain = Plain::at(text.as_bytes(), 0, &mut room);
            let (mut groups, mut any) = (Groups::new(0), Groups::new(0));
            let read = plain.is_some_and(|plain| groups.read_plain(&plain));
            if !read {
                return Ok(());
            }
            any.read_any(text.as_bytes());
            prop_assert_eq!(groups.digits(0..groups.count()), any.digits(0..any.count()));
            prop_assert_eq!(groups.end(groups.count()), any.end(any.count()));
            let below = low(groups.count());
            let gaps = |groups: &Groups| [groups.spaces, groups.dots, groups.gaps].map(|gaps| gaps & below);
            prop_assert_eq!(gaps(&groups), gaps(&any));
        }
    }
}
