//! Places in a text, gathered without branches: where bits are set is seldom foretold.

/// So many bits of a block are written at once, whether they are there or not: blocks that have
/// any have no more, as a rule.
const USUAL_BITS: usize = 2;
/// Room for one block, always kept.
const BLOCK_BITS: usize = u64::BITS as usize;

/// Offsets in ascending order.
#[derive(Default)]
pub(crate) struct Places {
    room: Vec<u32>,
    count: usize,
}

impl Places {
    /// Forgets all and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds a place for each bit, the lowest bit at `base`.
    #[inline(always)]
    pub(crate) fn add(&mut self, base: u32, bits: u64) {
        if self.room.len() < self.count + BLOCK_BITS {
            self.grow();
        }
        let slots = self.room.get_mut(self.count..).unwrap_or_default();
        let Some((usual, rest)) = slots.split_first_chunk_mut::<USUAL_BITS>() else {
            return;
        };
        let mut left = bits;
        for slot in usual {
            *slot = base.wrapping_add(left.trailing_zeros());
            left &= left.wrapping_sub(1);
        }
        for slot in rest {
            if left == 0 {
                break;
            }
            *slot = base + left.trailing_zeros();
            left &= left - 1;
        }
        self.count += bits.count_ones() as usize;
    }

    /// Adds a place for each bit that fits, the lowest bit at `base`.
    #[inline(always)]
    pub(crate) fn add_if(&mut self, base: u32, bits: u64, fits: impl Fn(u32) -> bool) {
        if self.room.len() < self.count + BLOCK_BITS {
            self.grow();
        }
        let mut left = bits;
        while left != 0 {
            let bit = left.trailing_zeros();
            if let Some(slot) = self.room.get_mut(self.count) {
                *slot = base + bit;
            }
            self.count += usize::from(fits(bit));
            left &= left - 1;
        }
    }

    /// Leaves out the places that do not fit.
    #[inline]
    pub(crate) fn retain(&mut self, fits: impl Fn(u32) -> bool) {
        let places = self.room.get_mut(..self.count).unwrap_or_default();
        let mut kept = 0;
        for index in 0..places.len() {
            let place = places[index];
            places[kept] = place;
            kept += usize::from(fits(place));
        }
        self.count = kept;
    }

    #[cold]
    fn grow(&mut self) {
        self.room.resize(2 * self.room.len() + BLOCK_BITS, 0);
    }

    pub(crate) fn as_slice(&self) -> &[u32] {
        self.room.get(..self.count).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_bit_is_a_place(blocks in proptest::collection::vec(any::<u64>(), 0..9)) {
            let mut places = Places::default();
            let mut expected = Vec::new();
            for (block, bits) in blocks.iter().enumerate() {
                let base = u32::try_from(block).unwrap() * 64;
                // Some blocks with few bits, as most are.
                let bits = if block % 2 == 0 { bits & bits >> 7 & bits >> 13 } else { *bits };
                places.add(base, bits);
                expected.extend((0..64).filter(|bit| bits >> bit & 1 != 0).map(|bit| base + bit));
            }
            prop_assert_eq!(places.as_slice(), &expected);
            let mut some = Places::default();
            for (block, bits) in blocks.iter().enumerate() {
                some.add_if(u32::try_from(block).unwrap() * 64, *bits, |bit| bit % 3 == 0);
            }
            let all = blocks.iter().enumerate().flat_map(|(block, bits)| {
                let base = u32::try_from(block).unwrap() * 64;
                (0..64).filter(move |bit| bits >> bit & 1 != 0 && bit % 3 == 0).map(move |bit| base + bit)
            });
            prop_assert_eq!(some.as_slice(), &all.collect::<Vec<_>>());
            places.retain(|place| place % 3 == 0);
            expected.retain(|place| place % 3 == 0);
            prop_assert_eq!(places.as_slice(), &expected);
        }
    }
}
