//! Signs that may begin another way to write something, by the byte behind them: most `=`, `(` and
//! `\` of a text are none.

use super::sets::{Table, table};
use super::{BLOCK_BYTES, Block};

/// What an odd byte is, one bit for each kind. Some hold bytes that are not odd.
pub(super) static SIGNS: Table = table([
    // `=`, three times.
    (1 << 3, 1 << 0xd),
    (1 << 3, 1 << 0xd),
    (1 << 3, 1 << 0xd),
    // `(`, `[`, `{`, and `+`.
    (1 << 2 | 1 << 5 | 1 << 7, 1 << 8 | 1 << 0xb),
    // `%`, `&`, `+`.
    (1 << 2, 1 << 5 | 1 << 6 | 1 << 0xb),
    // `<`, `\`.
    (1 << 3 | 1 << 5, 1 << 0xc),
    // `&`, `<`, `\`.
    (1 << 2 | 1 << 3 | 1 << 5, 1 << 6 | 1 << 0xc),
    // What is outside ASCII.
    (0xff00, 0xffff),
]);

/// What may follow each of those for it to matter, and more that is rare behind them.
pub(super) static FOLLOWING: Table = table([
    // Digits but `4`: they may be a number that is the value of a key.
    (1 << 3, 0x03ef),
    // `=40`, an `@`.
    (1 << 3, 1 << 4),
    // `A` to `F`, line ends.
    (1 | 1 << 4, 0x007e | 1 << 0xa | 1 << 0xd),
    // How `at`, `dot`, `punkt` and `snabel-a` begin, signs, a blank.
    (0x00fc, 0b0100_0100_0001_1011),
    // Letters, digits, signs.
    (0x00f8, 0xffff),
    (0x00f8, 0xffff),
    // `#`, `/`, `!` and their like.
    (1 << 2, 0xfffe),
    (0xffff, 0xffff),
]);

/// The bit of digits behind `=`.
pub(super) const NUMBER: u8 = 1;

/// Bytes that with the next one may begin another way to write something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pairs {
    pub(crate) any: u64,
    /// Those of them that are a `=` before a digit other than `4`.
    pub(crate) number: u64,
}

impl Pairs {
    /// Those of the first block, byte by byte.
    pub(super) fn of(blocks: &[Block; 2]) -> Self {
        let bytes = blocks.as_flattened();
        let pairs = bytes.iter().zip(bytes.iter().skip(1)).take(BLOCK_BYTES);
        let none = Self { any: 0, number: 0 };
        pairs.rev().fold(none, |pairs, (first, second)| {
            let kinds = SIGNS.sets(*first) & FOLLOWING.sets(*second);
            Self {
                any: pairs.any << 1 | u64::from(kinds != 0),
                number: pairs.number << 1 | u64::from(kinds & NUMBER),
            }
        })
    }
}
