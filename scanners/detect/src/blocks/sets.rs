//! Two tables, one for the upper and one for the lower half of a byte, that say in one step which of
//! eight sets a byte belongs to: each set is all pairs of some upper and some lower halves.

/// Upper halves, lower halves: one bit each.
pub(super) type Set = (u16, u16);

/// For each upper half the sets it belongs to, and for each lower half; twice over, for both halves
/// of a register.
pub(super) struct Table {
    pub(super) upper: [u8; 32],
    pub(super) lower: [u8; 32],
}

pub(super) const fn table(sets: [Set; 8]) -> Table {
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
    /// The sets of a byte, one bit each.
    #[inline(always)]
    pub(super) fn sets(&self, byte: u8) -> u8 {
        self.upper[usize::from(byte >> 4)] & self.lower[usize::from(byte & 0xf)]
    }
}
