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

/// Digits in groups, as they stand in the text. What parts a digit from the one before is a bit
/// at its number, lowest first.
pub(crate) struct Groups {
    digits: [u8; ROOM],
    /// Where the text of each digit ends, counted from `start`; where every gap is one byte long
    /// that is known without.
    ends: Option<[u16; DIGITS_MAX]>,
    start: usize,
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
    /// Reads digits, at most [`DIGITS_MAX`], as long as no more than a gap parts them; nothing where
    /// they are seen to be too few for a number.
    #[inline]
    pub(crate) fn read(text: &[u8], start: usize) -> Option<Self> {
        let mut room = [0; ROOM];
        let plain = Plain::at(text, start, &mut room);
        if plain
            .as_ref()
            .is_some_and(|plain| plain.length < DIGITS_MIN)
        {
            return None;
        }
        let groups = plain.and_then(|plain| Self::read_plain(&plain, start));
        groups.or_else(|| Some(Self::read_any(text, start)))
    }

    fn new(start: usize) -> Self {
        Self {
            digits: [0; ROOM],
            ends: None,
            start,
            gaps: 0,
            spaces: 0,
            dots: 0,
            count: 0,
        }
    }

    fn read_plain(plain: &Plain<'_>, start: usize) -> Option<Self> {
        let (mut groups, mut at) = (Self::new(start), 0);
        while at < plain.length {
            let group = (plain.digit >> at).trailing_ones() as usize;
            if group > LANE_BYTES {
                return None;
            }
            groups.copy(plain.room, at);
            (groups.count, at) = (groups.count + group, at + group);
            if groups.count >= DIGITS_MAX {
                // What stands behind the last digit there is room for is not looked at.
                groups.count = DIGITS_MAX;
                return Some(groups);
            }
            groups.gaps |= 1 << groups.count;
            groups.spaces |= u32::from(plain.room.get(at) == Some(&b' ')) << groups.count;
            at += 1;
        }
        (plain.length < WINDOW_BYTES).then_some(groups)
    }

    /// Copies the next digits, as many as a lane holds.
    #[inline(always)]
    fn copy(&mut self, room: &[u8; ROOM], at: usize) {
        let from = room
            .get(at..)
            .and_then(|rest| rest.first_chunk::<LANE_BYTES>());
        let to = self.digits.get_mut(self.count..);
        let to = to.and_then(|rest| rest.first_chunk_mut::<LANE_BYTES>());
        if let (Some(from), Some(to)) = (from, to) {
            *to = (u8x16::new(*from) & u8x16::splat(0x0f)).to_array();
        }
    }

    fn read_any(text: &[u8], start: usize) -> Self {
        let mut groups = Self::new(start);
        let mut ends = [0; DIGITS_MAX];
        let (mut at, mut gap) = (start, Gap::None);
        while let Some(digit) = digit_at(text, at) {
            if !groups.push(digit, at + 1, gap, &mut ends) {
                break;
            }
            at += 1;
            let length;
            (gap, length) = gap_at(text, at);
            at += length;
        }
        groups.ends = Some(ends);
        groups
    }

    fn push(&mut self, digit: u8, end: usize, gap: Gap, ends: &mut [u16; DIGITS_MAX]) -> bool {
        let index = self.count;
        let end = u16::try_from(end - self.start);
        let (true, Ok(end)) = (index < DIGITS_MAX, end) else {
            return false;
        };
        (self.digits[index], ends[index]) = (digit, end);
        let bit = |has: bool| u32::from(has) << index;
        self.gaps |= bit(gap != Gap::None);
        self.spaces |= bit(gap == Gap::Space);
        self.dots |= bit(gap == Gap::Dot);
        self.count += 1;
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
    pub(crate) fn end(&self, count: usize) -> Option<usize> {
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

/// The bits of the first `count` digits.
fn low(count: usize) -> u32 {
    1u32.checked_shl(count as u32).unwrap_or(0).wrapping_sub(1)
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
            let seen = [text, &long].map(|text| Groups::read(text.as_bytes(), 0).is_some());
            assert_eq!(seen[0], seen[1]);
            seen[0]
        };
        assert!(read("08000000") && read("08-000 000"));
        assert!(!read("0800000"));
    }

    proptest! {
        #[test]
        fn plain_groups_are_read_as_any_groups_are(text in "[0-9]{1,6}[-0-9 ./()a]{0,80}") {
            let mut room = [0; ROOM];
            let plain = Plain::at(text.as_bytes(), 0, &mut room);
            let plain = plain.and_then(|plain| Groups::read_plain(&plain, 0));
            let Some(plain) = plain else { return Ok(()) };
            let any = Groups::read_any(text.as_bytes(), 0);
            prop_assert_eq!(plain.digits(0..plain.count()), any.digits(0..any.count()));
            prop_assert_eq!(plain.end(plain.count()), any.end(any.count()));
            let below = low(plain.count());
            let gaps = |groups: &Groups| [groups.spaces, groups.dots, groups.gaps].map(|gaps| gaps & below);
            prop_assert_eq!(gaps(&plain), gaps(&any));
        }
    }
}
