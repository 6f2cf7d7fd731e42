//! Where a value may lie: anchors found by bit masks, 64 bytes at a time.
//!
//! An anchor is a cheap and rare signal, never a decision: the families read the text around it.

use crate::blocks::{Cpu, Masks, Portable, each_block};
use crate::places::Places;

/// What was seen at an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// An `@`.
    At,
    /// A `:` with another one right after it, or with three more, each two to five bytes on.
    Colon,
    /// The first `.` between digits of three, each two to four bytes on.
    Dot,
    /// The first of six or more digits, and how many there are: 64 where there are more.
    Digits(usize),
    /// The first of three or four digits, any byte and four digits or more; how many.
    Groups(usize),
    /// The first of two digits, any byte, two digits, any byte and four digits, no digit around
    /// them: a date's month and day, and what follows it.
    Dated,
    /// The first of two or more digits, a `0`, that continues no date, time or number, and begins
    /// eight or more digits that little parts. Such a place may be [`Anchor::Digits`] as well.
    Zero,
    /// A `+` before a digit.
    Plus,
    /// The blank before a word for a sign of an address: ` dot`, ` pun`, ` sna`.
    Word,
}

/// What may write a value in another way.
#[derive(Default)]
pub(crate) struct Odd {
    /// Signs of escapes, tags and the like, letters of other scripts.
    pub(crate) bytes: Places,
    /// Where base64 that may be text begins.
    pub(crate) runs: Vec<Runs>,
}

/// Runs of base64 in a block and the one before it.
#[derive(Clone, Copy)]
pub(crate) struct Runs {
    /// Where the block begins.
    pub(crate) base: usize,
    /// One bit per byte of the block before, then of the block.
    pub(crate) starts: u128,
}

impl Odd {
    /// Forgets what was found and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.runs.clear();
    }
}

/// A 0 and the seven digits of the shortest Swedish phone numbers.
const PHONE_DIGITS_MIN: u32 = 8;
/// How many more colons follow the first one of an address.
const SEVERAL_COLONS_MIN: u32 = 3;
/// The dots of an IPv4 address.
const DOTS_OF_ADDRESS: u32 = 3;
/// Fewer characters in a row are no base64 that holds a value.
const BASE64_CHARS_MIN: u32 = 15;

/// Calls `visit` with every anchor and its offset, in ascending order of the offset.
pub(crate) fn each_anchor(bytes: &[u8], visit: impl FnMut(Anchor, usize)) {
    search(Portable, bytes, visit, None);
}

/// Calls `visit` with every anchor and its offset, in ascending order of the offset, and gathers
/// what is `odd`.
#[inline(always)]
pub(crate) fn search(
    cpu: impl Cpu,
    bytes: &[u8],
    mut visit: impl FnMut(Anchor, usize),
    mut odd: Option<&mut Odd>,
) {
    each_block(cpu, bytes, |around, base| {
        let [before, here, _] = around;
        if (here.digit | here.at | here.colon | here.plus | here.word) != 0 {
            visit_block(around, base, &mut visit);
        }
        let Some(odd) = &mut odd else { return };
        if here.odd != 0 {
            // A Text is no longer than its offsets reach.
            odd.bytes.add(base as u32, here.odd);
        }
        if has_run(before.base64, here.base64) {
            let starts = text_runs(before, here);
            if starts != 0 {
                odd.runs.push(Runs { base, starts });
            }
        }
    });
}

/// Whether a run of the shortest length lies in a block, or reaches into it from the one before.
#[inline(always)]
fn has_run(before: u64, here: u64) -> bool {
    let two = here & here >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    let across = before.leading_ones() + here.trailing_ones() >= BASE64_CHARS_MIN;
    (eight & eight >> (BASE64_CHARS_MIN - 8) != 0) | across
}

/// Where a run begins whose quanta may be text: the first character of each stands for a byte from
/// blank to `~`.
#[inline(always)]
fn text_runs(before: &Masks, here: &Masks) -> u128 {
    let chars = wide(before.base64, here.base64);
    let heads = wide(before.head, here.head);
    let two = chars & chars >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    let long = eight & eight >> (BASE64_CHARS_MIN - 8);
    long & heads & heads >> 4 & heads >> 8 & heads >> 12
}

/// Visits the anchors of a block.
#[inline(always)]
fn visit_block(
    [before, here, after]: &[Masks; 3],
    base: usize,
    visit: &mut impl FnMut(Anchor, usize),
) {
    let mut numbers = Numbers::default();
    let mut dot = 0;
    if here.digit != 0 {
        numbers = Numbers::of(before, here, after);
        dot = dots(here, after, before.digit >> 63);
    }
    let plus = here.plus & later_by(here.digit, after.digit, 1);
    let colon = colons(here, after);
    let mut left = here.at | colon | dot | plus | here.word | numbers.any();
    while left != 0 {
        let bit = left & left.wrapping_neg();
        let index = left.trailing_zeros();
        let at = base + index as usize;
        left ^= bit;
        if numbers.any() & bit != 0 {
            numbers.visit(bit, ahead(here.digit, after.digit, index), at, visit);
        } else if dot & bit != 0 {
            visit(Anchor::Dot, at);
        } else if colon & bit != 0 {
            visit(Anchor::Colon, at);
        } else if here.at & bit != 0 {
            visit(Anchor::At, at);
        } else if plus & bit != 0 {
            visit(Anchor::Plus, at);
        } else {
            visit(Anchor::Word, at);
        }
    }
}

/// Where numbers of several kinds may begin in a block.
#[derive(Default)]
struct Numbers {
    six: u64,
    zero: u64,
    dated: u64,
    groups: u64,
}

impl Numbers {
    #[inline(always)]
    fn of(before: &Masks, here: &Masks, after: &Masks) -> Self {
        let digit = |later: u32| later_by(here.digit, after.digit, later);
        let follows_digit = here.digit << 1 | before.digit >> 63;
        let starts = here.digit & !follows_digit;
        let two = starts & digit(1);
        if two == 0 {
            return Self::default();
        }
        let three = two & digit(2);
        let six = three & digit(3) & digit(4) & digit(5);
        let (dated, groups) = Self::parted(two, three, here, after);
        let mut zero = two & here.zero;
        if zero != 0 {
            zero &= !inside(before, here, follows_digit);
            zero = several_digits(zero, here, after);
        }
        Self {
            six,
            zero,
            dated,
            groups,
        }
    }

    /// What dates and groups have and most numbers have not: four digits one byte behind others.
    #[inline(always)]
    fn parted(two: u64, three: u64, here: &Masks, after: &Masks) -> (u64, u64) {
        let digit = |later: u32| later_by(here.digit, after.digit, later);
        let four =
            |later: u32| digit(later) & digit(later + 1) & digit(later + 2) & digit(later + 3);
        let pairs = two & !digit(2) & digit(3) & digit(4) & !digit(5);
        let dated = if pairs == 0 { 0 } else { pairs & four(6) };
        let short = three & !digit(3);
        let long = three & digit(3) & !digit(4);
        let groups = if short | long == 0 {
            0
        } else {
            short & four(4) | long & four(5)
        };
        (dated, groups)
    }

    #[inline(always)]
    fn any(&self) -> u64 {
        self.six | self.zero | self.dated | self.groups
    }

    /// Visits what begins at one place; `digits` says which bytes from there on are some.
    #[inline(always)]
    fn visit(&self, bit: u64, digits: u64, at: usize, visit: &mut impl FnMut(Anchor, usize)) {
        let run = digits.trailing_ones() as usize;
        if self.dated & bit != 0 {
            visit(Anchor::Dated, at);
        }
        if self.groups & bit != 0 {
            visit(Anchor::Groups(run), at);
        }
        if self.six & bit != 0 {
            visit(Anchor::Digits(run), at);
        }
        if self.zero & bit != 0 {
            visit(Anchor::Zero, at);
        }
    }
}

/// Where what stands before continues digits: `-05` of a date, `:08` of a time, `T08`.
#[inline(always)]
fn inside(before: &Masks, here: &Masks, follows_digit: u64) -> u64 {
    let joins = (here.base64 | here.dot | here.colon) & follows_digit;
    let joined = (before.base64 | before.dot | before.colon) >> 63 & before.digit >> 62 & 1;
    joins << 1 | joined
}

/// Those of the places from which on no fewer digits than a phone number has follow, parted by
/// what may part them.
#[inline(always)]
fn several_digits(places: u64, here: &Masks, after: &Masks) -> u64 {
    let (mut left, mut kept) = (places, 0);
    while left != 0 {
        let (bit, index) = (left & left.wrapping_neg(), left.trailing_zeros());
        left ^= bit;
        let digits = ahead(here.digit, after.digit, index);
        let number = digits | ahead(here.gap, after.gap, index);
        let length = number.trailing_ones();
        let beyond = u64::MAX.checked_shl(length).unwrap_or(0);
        if length == u64::BITS || (digits & !beyond).count_ones() >= PHONE_DIGITS_MIN {
            kept |= bit;
        }
    }
    kept
}

/// What the mask says from a byte of the block on.
#[inline(always)]
fn ahead(here: u64, after: u64, from: u32) -> u64 {
    here >> from | (after << 1) << (u64::BITS - 1 - from)
}

/// What the mask says of the byte that stands so many behind each.
#[inline(always)]
fn later_by(here: u64, after: u64, bytes: u32) -> u64 {
    match bytes {
        0 => here,
        _ => here >> bytes | after << (u64::BITS - bytes),
    }
}

#[inline(always)]
fn wide(here: u64, after: u64) -> u128 {
    u128::from(here) | (u128::from(after) << 64)
}

#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the upper half belongs to the next block"
)]
fn low(mask: u128) -> u64 {
    mask as u64
}

#[inline(always)]
fn colons(here: &Masks, after: &Masks) -> u64 {
    if here.colon == 0 {
        return 0;
    }
    let double = here.colon & later_by(here.colon, after.colon, 1);
    if here.colon.count_ones() + after.colon.count_ones() <= SEVERAL_COLONS_MIN {
        return double;
    }
    let all = wide(here.colon, after.colon);
    // A colon that has one more, then two, then three: a time of day has no more than two.
    let mut several = all;
    for _ in 0..SEVERAL_COLONS_MIN {
        let nearby = (several >> 2) | (several >> 3) | (several >> 4) | (several >> 5);
        several = all & nearby;
        if low(several) == 0 {
            break;
        }
    }
    double | low(several)
}

#[inline(always)]
fn dots(here: &Masks, after: &Masks, digit_before: u64) -> u64 {
    let inside = here.dot & (here.digit << 1 | digit_before);
    if inside & later_by(here.digit, after.digit, 1) == 0 {
        return 0;
    }
    let digits = wide(here.digit, after.digit);
    let follows_digit = (digits << 1) | u128::from(digit_before);
    let all = wide(here.dot, after.dot) & follows_digit & (digits >> 1);
    if all.count_ones() < DOTS_OF_ADDRESS {
        return 0;
    }
    let two = all & ((all >> 2) | (all >> 3) | (all >> 4));
    if low(two) == 0 {
        return 0;
    }
    let three = all & ((two >> 2) | (two >> 3) | (two >> 4));
    // Behind another one it is not the first: seen within the block, and by whoever looks.
    let behind = (all << 2) | (all << 3) | ((all << 4) & (digits << 2));
    low(three & !behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchors(text: &str) -> Vec<(Anchor, usize)> {
        let mut found = Vec::new();
        each_anchor(text.as_bytes(), |anchor, at| found.push((anchor, at)));
        found
    }

    #[test]
    fn anchors_are_the_same_wherever_a_block_ends() {
        let text = "a@b ::1 10.0.0.1 0701740605 +46 12:34:56";
        let plain = anchors(text);
        assert_eq!(plain.len(), 6);
        for pad in 0..130 {
            let padded = anchors(&format!("{}{text}", " ".repeat(pad)));
            let moved: Vec<_> = padded
                .into_iter()
                .map(|(kind, at)| (kind, at - pad))
                .collect();
            assert_eq!(moved, plain, "{pad}");
        }
    }

    #[test]
    fn everyday_numbers_are_no_anchors() {
        assert_eq!(
            anchors("2024-11-12 1.5 12:34 08:15:59 v1.2.3, ratio 0.25, 12345 items; a: b; a+b"),
            []
        );
    }
}
