//! Bytes of a few kinds where something may happen, found 64 bytes at a time.

use wide::u8x16;

const BLOCK_BYTES: usize = 64;
const LANE_BYTES: usize = 16;

/// The stops of a view: the bytes that are one of `N`.
pub(crate) struct Stops<'a, const N: usize> {
    pub(crate) view: &'a [u8],
    bytes: [u8; N],
    /// Where the block begins that was looked at last.
    base: usize,
    /// One bit for each stop of the block that was not given yet, lowest first.
    left: u64,
}

impl<'a, const N: usize> Stops<'a, N> {
    pub(crate) fn new(view: &'a [u8], bytes: [u8; N]) -> Self {
        let (base, left) = (0, 0);
        let mut stops = Self {
            view,
            bytes,
            base,
            left,
        };
        stops.look(0);
        stops
    }

    /// The next stop, each given once.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<usize> {
        while self.left == 0 {
            if self.base >= self.view.len() {
                return None;
            }
            self.look(self.base + BLOCK_BYTES);
        }
        let stop = self.base + self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        Some(stop)
    }

    /// Whether there is a stop at such a byte.
    pub(crate) fn has(&self, byte: u8) -> bool {
        self.bytes.contains(&byte)
    }

    /// Goes on or back to `at`; from there on, stops are these bytes.
    pub(crate) fn turn_to(&mut self, at: usize, bytes: [u8; N]) {
        self.bytes = bytes;
        self.look(at);
    }

    /// Looks at the block that begins at `base`.
    #[inline(never)]
    fn look(&mut self, base: usize) {
        let rest = self.view.get(base..).unwrap_or_default();
        self.base = base;
        self.left = match rest.first_chunk() {
            Some(block) => self.stops_in(block),
            None => {
                let mut last = [0; BLOCK_BYTES];
                last[..rest.len()].copy_from_slice(rest);
                self.stops_in(&last)
            }
        };
    }

    #[inline(always)]
    fn stops_in(&self, block: &[u8; BLOCK_BYTES]) -> u64 {
        let (lanes, _) = block.as_chunks::<LANE_BYTES>();
        lanes.iter().rev().fold(0, |bits, lane| {
            let lane = u8x16::new(*lane);
            let is = |byte: u8| u8x16::simd_eq(lane, u8x16::splat(byte));
            let stops = self
                .bytes
                .iter()
                .fold(u8x16::ZERO, |stops, byte| stops | is(*byte));
            bits << LANE_BYTES | u64::from(stops.to_bitmask())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_are_given_once_and_from_wherever_is_asked() {
        let mut view: Vec<u8> = (0..300).map(|at| b"abcdefg"[at % 7]).collect();
        let all = [0, 5, 6, 63, 64, 65, 130, 210, 256, 299];
        for (index, at) in all.into_iter().enumerate() {
            view[at] = b";\n\""[index % 3];
        }
        let mut stops = Stops::new(&view, *b";\n\"");
        let mut seen = || std::iter::from_fn(|| stops.next()).collect::<Vec<_>>();
        assert_eq!(seen(), all);
        assert_eq!(seen(), []);
        for from in (0..310).chain((0..310).rev()) {
            for bytes in [*b";\n\"", *b";\n;"] {
                let counts = |at: &usize| *at >= from && bytes.contains(&view[*at]);
                let expected: Vec<usize> = all.into_iter().filter(counts).collect();
                stops.turn_to(from, bytes);
                let seen: Vec<usize> = std::iter::from_fn(|| stops.next()).collect();
                assert_eq!(seen, expected, "{from}");
            }
        }
    }
}
