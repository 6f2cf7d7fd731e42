//! Signs that may begin another way to write something, by the byte behind them: most `=`, `(` and
//! `\` of a text are none.

use super::sets::{Table, table};

/// What an odd byte is, one bit for each kind.
pub(super) static SIGNS: Table = table([
    // `=`, twice.
    (1 << 3, 1 << 0xd),
    (1 << 3, 1 << 0xd),
    // `(`.
    (1 << 2, 1 << 8),
    // `[`, `{`.
    (1 << 5 | 1 << 7, 1 << 0xb),
    // `%`, `&`, `+`.
    (1 << 2, 1 << 5 | 1 << 6 | 1 << 0xb),
    // `<`, `\`.
    (1 << 3 | 1 << 5, 1 << 0xc),
    // The first bytes of what is outside ASCII, but that of `å` and its neighbours.
    (1 << 0xc, 0xfff4),
    (1 << 0xd | 1 << 0xe | 1 << 0xf, 0xffff),
]);

/// What may follow each of those for it to matter, and more that is rare behind them.
pub(super) static FOLLOWING: Table = table([
    // Digits but `4`: they may be a number that is the value of a key.
    (1 << 3, 0x03ef),
    // `=40`, an `@`; `A` to `F`, line ends.
    (1 | 1 << 3 | 1 << 4, 0x007e | 1 << 0xa | 1 << 0xd),
    // How `at`, `dot`, `punkt` and `snabel-a` begin, signs, a blank.
    (0x00fc, 0b0100_0100_0001_1011),
    (0x00fc, 0b0100_0100_0001_1011),
    // Letters, digits, signs.
    (0x00fc, 0xffff),
    (0x00fc, 0xffff),
    (0xffff, 0xffff),
    (0xffff, 0xffff),
]);

/// The bit of digits but `4` behind `=`.
pub(super) const NUMBER: u8 = 1;
