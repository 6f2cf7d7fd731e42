//! Where a value may lie: anchors found by bit masks, 64 bytes at a time.
//!
//! An anchor is a cheap and rare signal, never a decision: the families read the text around it.
//! The masks are made 16 bytes at a time with what every CPU of the target has (SSE2, NEON, or
//! plain arithmetic), so that findings do not depend on the machine.

use wide::u8x16;

const BLOCK_BYTES: usize = 64;
const LANE_BYTES: usize = 16;
const EMPTY: [u8; BLOCK_BYTES] = [0; BLOCK_BYTES];

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

/// One bit per byte of a block, lowest first. All are 0 where there is no digit, `@`, `:` or `+`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Masks {
    digit: u64,
    zero: u64,
    at: u64,
    colon: u64,
    dot: u64,
    plus: u64,
}

/// Calls `visit` with every anchor and its offset, in ascending order of the offset.
pub(crate) fn each_anchor(bytes: &[u8], mut visit: impl FnMut(Anchor, usize)) {
    let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
    let mut last = [0; BLOCK_BYTES];
    if let Some(room) = last.get_mut(..rest.len()) {
        room.copy_from_slice(rest);
    }
    // One place where a block is classified and one where it is visited: the code stays small. It
    // begins with an empty block and ends with one, so that each has the next beside it.
    let (mut here, mut digit_before) = (Masks::default(), 0);
    for index in 0..=blocks.len() + 1 {
        let behind = if index == blocks.len() { &last } else { &EMPTY };
        let after = classify(blocks.get(index).unwrap_or(behind));
        if here.is_worth_a_look() {
            let base = (index - 1) * BLOCK_BYTES;
            visit_block(here, after, digit_before, base, &mut visit);
        }
        digit_before = here.digit >> 63;
        here = after;
    }
}

impl Masks {
    #[inline(always)]
    fn is_worth_a_look(&self) -> bool {
        (self.digit | self.at | self.colon | self.plus) != 0
    }
}

#[inline(always)]
fn visit_block(
    here: Masks,
    after: Masks,
    digit_before: u64,
    base: usize,
    visit: &mut impl FnMut(Anchor, usize),
) {
    let digits = wide(here.digit, after.digit);
    let follows_digit = (digits << 1) | u128::from(digit_before);
    let starts = digits & !follows_digit;
    let two = digits & (digits >> 1);
    let four = two & (two >> 2);
    let six = low(four & (two >> 4) & starts);
    let time = low(wide(here.colon, after.colon) >> 2 & !(digits >> 2));
    let zero = low(two & starts) & here.zero & !time;
    // What dates and groups have and most numbers have not: four digits one byte behind them.
    let (mut dated, mut groups) = (0, 0);
    if digits & !(digits >> 1) & (four >> 2) != 0 {
        let pairs = two & !(digits >> 2) & (two >> 3) & !(digits >> 5) & (four >> 6);
        dated = low(pairs & !(digits >> 10) & starts);
        let short = two & (digits >> 2) & !(digits >> 3) & (four >> 4);
        groups = low((short | (four & !(digits >> 4) & (four >> 5))) & starts);
    }
    let plus = here.plus & low(digits >> 1);
    let colon = colons(here, after);
    let dot = dots(here, after, follows_digit);
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
fn colons(here: Masks, after: Masks) -> u64 {
    if here.colon == 0 {
        return 0;
    }
    let all = wide(here.colon, after.colon);
    let double = all & (all >> 1);
    // A colon that has one more, then two, then three: a time of day has no more than two.
    let mut several = all;
    for _ in 0..3 {
        let nearby = (several >> 2) | (several >> 3) | (several >> 4) | (several >> 5);
        several = all & nearby;
        if low(several) == 0 {
            break;
        }
    }
    low(double | several)
}

#[inline(always)]
fn dots(here: Masks, after: Masks, follows_digit: u128) -> u64 {
    if here.dot == 0 {
        return 0;
    }
    let digits = wide(here.digit, after.digit);
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

#[inline(always)]
fn classify(block: &[u8; BLOCK_BYTES]) -> Masks {
    let (lanes, _) = block.as_chunks::<LANE_BYTES>();
    let lane = |index: usize| u8x16::new(lanes.get(index).copied().unwrap_or_default());
    let (a, b, c, d) = (lane(0), lane(1), lane(2), lane(3));
    let equal = |byte: u8| {
        let wanted = u8x16::splat(byte);
        [
            a.simd_eq(wanted),
            b.simd_eq(wanted),
            c.simd_eq(wanted),
            d.simd_eq(wanted),
        ]
    };
    // `:` follows `9`: one comparison tells both.
    let number = |bytes: u8x16| {
        let place = bytes - u8x16::splat(b'0');
        place.min(u8x16::splat(10)).simd_eq(place)
    };
    let number = [number(a), number(b), number(c), number(d)];
    let (at, plus) = (equal(b'@'), equal(b'+'));
    let rare = |index: usize| at[index] | plus[index];
    let any_rare = (rare(0) | rare(1)) | (rare(2) | rare(3));
    let any_number = (number[0] | number[1]) | (number[2] | number[3]);
    let mut masks = Masks::default();
    if (any_rare | any_number).to_bitmask() == 0 {
        return masks;
    }
    let all = |[a, b, c, d]: [u8x16; 4]| {
        let mask = |lanes: u8x16| u64::from(lanes.to_bitmask());
        mask(a) | (mask(b) << 16) | (mask(c) << 32) | (mask(d) << 48)
    };
    if any_rare.to_bitmask() != 0 {
        (masks.at, masks.plus) = (all(at), all(plus));
    }
    masks.colon = all(equal(b':'));
    masks.digit = all(number) & !masks.colon;
    masks.zero = all(equal(b'0'));
    masks.dot = all(equal(b'.'));
    masks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn masks_say_what_each_byte_is(bytes in any::<[u8; 32]>()) {
            // The second half holds the characters that matter, the first any bytes.
            let likely = bytes.map(|byte| b"0123456789@:.+/;-a"[usize::from(byte) % 18]);
            let block: Vec<u8> = bytes.into_iter().chain(likely).collect();
            let block: [u8; BLOCK_BYTES] = block.try_into().unwrap();
            let bits = |fits: fn(u8) -> bool| {
                block.iter().rev().fold(0u64, |mask, byte| (mask << 1) | u64::from(fits(*byte)))
            };
            let expected = Masks {
                digit: bits(|byte| byte.is_ascii_digit()),
                zero: bits(|byte| byte == b'0'),
                at: bits(|byte| byte == b'@'),
                colon: bits(|byte| byte == b':'),
                dot: bits(|byte| byte == b'.'),
                plus: bits(|byte| byte == b'+'),
            };
            let worth_it = expected.is_worth_a_look();
            let expected = if worth_it { expected } else { Masks::default() };
            prop_assert_eq!(classify(&block), expected);
        }
    }
}
