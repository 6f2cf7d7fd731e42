//! Where a value may lie: anchors found by bit masks, 64 bytes at a time.
//!
//! An anchor is a cheap and rare signal, never a decision: the families read the text around it.

use crate::blocks::{Masks, each_block};

/// What was seen at an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// An `@`.
    At,
    /// A `:` with another one right after it, or with three more, each two to five bytes on.
    Colon,
    /// The first `.` between digits of three, each two to four bytes on.
    Dot,
    /// The first of six or more digits.
    Digits,
    /// The first of three or four digits, any byte and four digits or more.
    Groups,
    /// The first of two digits, any byte, two digits, any byte and four digits, no digit around
    /// them: a date's month and day, and what follows it.
    Dated,
    /// The first of two or more digits, a `0`; not the hour of a time (`08:`). Such a place may be
    /// [`Anchor::Digits`] as well.
    Zero,
    /// A `+` before a digit.
    Plus,
}

/// Bytes of a block, and of the one before, that may write a value in another way.
pub(crate) struct Odd {
    /// Where the block begins.
    pub(crate) base: usize,
    /// One bit per byte of the block: signs of escapes, tags and the like, letters of other scripts.
    pub(crate) bytes: u64,
    /// One bit per byte of the block before, then of the block: where base64 that may be text
    /// begins.
    pub(crate) runs: u128,
}

/// Where in the next block the first digits of a group that begins in a block may end.
const PARTED_LATER: u64 = 0b1111;
/// How many more colons follow the first one of an address.
const SEVERAL_COLONS_MIN: u32 = 3;
/// Fewer characters in a row are no base64 that holds a value.
const BASE64_CHARS_MIN: u32 = 15;

/// Calls `visit` with every anchor and its offset, in ascending order of the offset.
pub(crate) fn each_anchor(bytes: &[u8], visit: impl FnMut(Anchor, usize)) {
    search(bytes, visit, |_| {});
}

/// Calls `visit` with every anchor and its offset, in ascending order of the offset, and `look`
/// with what may be in disguise.
#[inline(always)]
pub(crate) fn search(
    bytes: &[u8],
    mut visit: impl FnMut(Anchor, usize),
    mut look: impl FnMut(Odd),
) {
    each_block(bytes, |[before, here, after], base| {
        if (here.digit | here.at | here.colon | here.plus) != 0 {
            visit_block(here, after, before.digit >> 63, base, &mut visit);
        }
        let long = has_run(before.base64, here.base64);
        if long || here.odd != 0 {
            let runs = if long { text_runs(before, here) } else { 0 };
            let bytes = here.odd;
            look(Odd { base, bytes, runs });
        }
    });
}

/// Whether a run of the shortest length lies in a block, or reaches into it from the one before.
#[inline(always)]
fn has_run(before: u64, here: u64) -> bool {
    let two = here & here >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    let across = before >> 63 & here & 1 != 0
        && before.leading_ones() + here.trailing_ones() >= BASE64_CHARS_MIN;
    eight & eight >> (BASE64_CHARS_MIN - 8) != 0 || across
}

/// Where, in a block and the one before it, a run of base64 begins whose quanta may be text: the
/// first character of each stands for a byte from blank to `~`.
fn text_runs(before: &Masks, here: &Masks) -> u128 {
    let chars = wide(before.base64, here.base64);
    let heads = wide(before.head, here.head);
    let two = chars & chars >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    let long = eight & eight >> (BASE64_CHARS_MIN - 8);
    long & heads & heads >> 4 & heads >> 8 & heads >> 12
}

#[inline(always)]
fn visit_block(
    here: &Masks,
    after: &Masks,
    digit_before: u64,
    base: usize,
    visit: &mut impl FnMut(Anchor, usize),
) {
    let digits = here.digit;
    let digit = |later: u32| later_by(digits, after.digit, later);
    let starts = digits & !(digits << 1 | digit_before);
    let two = digits & digit(1);
    let three = two & digit(2);
    let six = three & digit(3) & digit(4) & digit(5) & starts;
    let zero = two & starts & here.zero;
    let time = later_by(here.colon, after.colon, 2) & !digit(2);
    let zero = zero & !time;
    // What dates and groups have and most numbers have not: four digits one byte behind them.
    let (mut dated, mut groups) = (0, 0);
    let parted = digits & !digit(1) & digit(2) & digit(3) & digit(4) & digit(5);
    let later = after.digit;
    let parted_later = later & !(later >> 1) & (later >> 2) & (later >> 3) & PARTED_LATER;
    if parted | parted_later != 0 {
        let four =
            |later: u32| digit(later) & digit(later + 1) & digit(later + 2) & digit(later + 3);
        let pairs = two & !digit(2) & digit(3) & digit(4) & !digit(5) & four(6);
        dated = pairs & !digit(10) & starts;
        let short = three & !digit(3) & four(4);
        groups = (short | (four(0) & !digit(4) & four(5))) & starts;
    }
    let plus = here.plus & digit(1);
    let colon = colons(here, after);
    let dot = dots(here, after, digit_before);
    let mut left = here.at | colon | dot | six | zero | plus | dated | groups;
    while left != 0 {
        let bit = left & left.wrapping_neg();
        let at = base + left.trailing_zeros() as usize;
        left ^= bit;
        if (six | zero | dated | groups) & bit != 0 {
            if dated & bit != 0 {
                visit(Anchor::Dated, at);
            }
            if groups & bit != 0 {
                visit(Anchor::Groups, at);
            }
            if six & bit != 0 {
                visit(Anchor::Digits, at);
            }
            if zero & bit != 0 {
                visit(Anchor::Zero, at);
            }
        } else if dot & bit != 0 {
            visit(Anchor::Dot, at);
        } else if colon & bit != 0 {
            visit(Anchor::Colon, at);
        } else if here.at & bit != 0 {
            visit(Anchor::At, at);
        } else {
            visit(Anchor::Plus, at);
        }
    }
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
