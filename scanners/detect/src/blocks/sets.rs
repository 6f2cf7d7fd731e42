//! Two tables, one for the upper and one for the lower half of a byte, that say in one step which of
//! eight sets a byte belongs to: each set is all pairs of some upper and some lower halves.

use wide::u8x16;

/// Upper halves, lower halves: one bit each.
pub(crate) type Set = (u16, u16);

/// For each upper half the sets it belongs to, and for each lower half; twice over, for both halves
/// of a register.
pub(crate) struct Table {
    pub(super) upper: [u8; 32],
    pub(super) lower: [u8; 32],
}

pub(crate) const fn table(sets: [Set; 8]) -> Table {
    let mut table = Table {
        upper: [0; 32],
        lower: [0; 32],
    };
    let mut index = 0;
    while index < 32 * 8 {
        let (half, set) = (index / 8, index % 8);
        table.upper[half] |= ((sets[set].0 >> (half % 16) & 1) as u8) << set;
        table.lower[half] |= ((sets[set].1 >> (half % 16) & 1) as u8) << set;
        index += 1;
    }
    table
}

impl Table {
    /// The sets that each byte of a lane belongs to.
    #[inline(always)]
    pub(super) fn lane(&self, lane: u8x16) -> u8x16 {
        let of = |table: &[u8; 32], half| {
            let half_table = table.first_chunk().copied().unwrap_or_default();
            u8x16::new(half_table).shuffle(half)
        };
        of(&self.upper, lane >> 4) & of(&self.lower, lane & u8x16::splat(0x0f))
    }

    /// The sets of a byte, one bit each.
    #[inline(always)]
    pub(super) fn sets(&self, byte: u8) -> u8 {
        self.upper[usize::from(byte >> 4)] & self.lower[usize::from(byte & 0xf)]
    }
}
