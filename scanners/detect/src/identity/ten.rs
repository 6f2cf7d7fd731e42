//! The ten digits of an identity number, all at once: what each pair of them writes, and the check
//! digit.
//!
//! Rule: weights 2,1,2,… over the nine digits without century, then the check digit itself; the sum
//! of digits ends in 0.

/// Every byte of a word, times what it is multiplied by.
const EACH: u64 = u64::from_le_bytes([1; 8]);
/// The first digit of each pair.
const FIRSTS: u64 = 0x00ff_00ff_00ff_00ff;
/// The bytes of the six digits of a date.
const DATE: u64 = u64::MAX >> 16;
/// The bytes of the last four.
const TAIL: u64 = u64::MAX >> 32;

/// Ten digits by value, the first one in the lowest byte.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ten {
    date: u64,
    tail: u64,
}

impl Ten {
    /// Ten digits that were read one by one.
    pub(crate) fn new(digits: [u8; 10]) -> Self {
        let [a, b, c, d, e, f, tail @ ..] = digits;
        Self {
            date: u64::from_le_bytes([a, b, c, d, e, f, 0, 0]),
            tail: u64::from(u32::from_le_bytes(tail)),
        }
    }

    /// The digits at two places of a text; `None` where others stand there.
    #[inline(always)]
    pub(super) fn read(text: &[u8], date: usize, tail: usize) -> Option<Self> {
        let [a, b, c, d, e, f] = *text.get(date..)?.first_chunk()?;
        let tail = u32::from_le_bytes(*text.get(tail..)?.first_chunk()?);
        let date = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]) ^ (zeros() & DATE);
        let tail = u64::from(tail) ^ (zeros() & TAIL);
        // A digit and six more stay below sixteen.
        let others = (date | tail | (date + 6 * EACH) | (tail + 6 * EACH)) & (0xf0 * EACH);
        (others == 0).then_some(Self { date, tail })
    }

    /// The number that two of them write: the year, the month, the day and two more, by index.
    #[inline(always)]
    pub(super) fn pair(self, index: u32) -> u16 {
        let (digits, at) = match index {
            0..3 => (self.date, index),
            _ => (self.tail, index - 3),
        };
        // Below a hundred each: none reaches the next.
        let pairs = digits * 10 + (digits >> u8::BITS);
        (pairs >> (2 * u8::BITS * at)) as u16 & 0xff
    }

    /// Whether the last one is the check digit of those before it.
    #[inline(always)]
    pub(crate) fn check_digit_fits(self) -> bool {
        let doubled = (self.date & FIRSTS) | (self.tail & FIRSTS) << u8::BITS;
        // From five on, the double has two digits: nine less.
        let carried = ((doubled + 3 * EACH) >> 3) & EACH;
        // Added up from the lowest byte on: what is taken off was added there or before.
        let sum = (self.date + self.tail + doubled).wrapping_sub(9 * carried);
        let sum = sum.wrapping_mul(EACH) >> (7 * u8::BITS);
        sum.is_multiple_of(10)
    }

    /// The text of the date's six and of the last four.
    #[inline(always)]
    pub(super) fn text(self) -> [u64; 2] {
        [self.date | (zeros() & DATE), self.tail | (zeros() & TAIL)]
    }
}

/// Eight digits as text, all of them zero.
const fn zeros() -> u64 {
    u64::from_le_bytes([b'0'; 8])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::luhn;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_check_digit_is_luhns(digits: [u8; 10]) {
            let digits = digits.map(|digit| digit % 10);
            prop_assert_eq!(Ten::new(digits).check_digit_fits(), luhn(&digits));
        }
    }

    #[test]
    fn ten_digits_are_digits_alone() {
        let ten = Ten::new([8, 1, 1, 2, 2, 8, 9, 8, 7, 4]);
        assert!(Ten::read(b"811228-9874", 0, 7) == Some(ten));
        assert_eq!(
            [0, 1, 2, 3, 4].map(|index| ten.pair(index)),
            [81, 12, 28, 98, 74]
        );
        for at in (0..11).filter(|at| *at != 6) {
            for byte in 0..=u8::MAX {
                let mut text = *b"090909-0909";
                text[at] = byte;
                assert_eq!(
                    Ten::read(&text, 0, 7).is_some(),
                    byte.is_ascii_digit(),
                    "{at}: {byte}"
                );
            }
        }
    }
}
