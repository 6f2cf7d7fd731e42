//! Where the cells of rows end: delimiters and line feeds, 64 bytes at a time.

use wide::u8x16;

const BLOCK_BYTES: usize = 64;
const LANE_BYTES: usize = 16;

/// The ends of cells in a view, if no quotes hide them.
pub(crate) struct Stops<'a> {
    pub(crate) view: &'a [u8],
    pub(crate) delimiter: u8,
    /// Where the block begins that was looked at last.
    base: usize,
    /// One bit for each stop of the block, lowest first.
    block: u64,
}

impl<'a> Stops<'a> {
    pub(crate) fn new(view: &'a [u8], delimiter: u8) -> Self {
        let (base, block) = (0, 0);
        let mut stops = Self {
            view,
            delimiter,
            base,
            block,
        };
        stops.look(0);
        stops
    }

    /// The first stop at `from` or behind it. Asking in order is cheap.
    #[inline(always)]
    pub(crate) fn next(&mut self, from: usize) -> Option<usize> {
        if !(self.base..self.base + BLOCK_BYTES).contains(&from) {
            self.look(from);
        }
        let mut left = self.block & u64::MAX << (from - self.base);
        while left == 0 {
            if self.base >= self.view.len() {
                return None;
            }
            self.look(self.base + BLOCK_BYTES);
            left = self.block;
        }
        Some(self.base + left.trailing_zeros() as usize)
    }

    /// Looks at the block that begins at `base`.
    #[inline]
    fn look(&mut self, base: usize) {
        let rest = self.view.get(base..).unwrap_or_default();
        let mut last = [0; BLOCK_BYTES];
        let block = rest.first_chunk().unwrap_or_else(|| {
            last[..rest.len()].copy_from_slice(rest);
            &last
        });
        let (lanes, _) = block.as_chunks::<LANE_BYTES>();
        let is = |lane, byte: u8| u8x16::simd_eq(lane, u8x16::splat(byte));
        self.base = base;
        self.block = lanes.iter().rev().fold(0, |block, lane| {
            let lane = u8x16::new(*lane);
            let stops = is(lane, self.delimiter) | is(lane, b'\n');
            block << LANE_BYTES | u64::from(stops.to_bitmask())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_are_found_wherever_they_are_and_whoever_asks() {
        let mut view: Vec<u8> = (0..300).map(|at| b"abcdefg"[at % 7]).collect();
        let expected = [0, 5, 6, 63, 64, 65, 130, 210, 256, 299];
        for (index, at) in expected.into_iter().enumerate() {
            view[at] = b";\n"[index % 2];
        }
        let mut stops = Stops::new(&view, b';');
        // One after another, then from every place, forwards and backwards.
        let (mut seen, mut from) = (Vec::new(), 0);
        while let Some(stop) = stops.next(from) {
            seen.push(stop);
            from = stop + 1;
        }
        assert_eq!(seen, expected);
        for from in (0..310).chain((0..310).rev()).chain([0, 200, 20, 309, 4]) {
            let first = expected.into_iter().find(|at| *at >= from);
            assert_eq!(stops.next(from), first, "{from}");
        }
    }
}
