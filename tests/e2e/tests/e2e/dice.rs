//! Chance that can be repeated: the same seed gives the same throws.

/// Splitmix64: small, and good enough to spread test data and moments.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// The seed of `HEMVIST_TEST_SEED`, or of the clock; printed, so that a failure can be repeated.
    pub(crate) fn of_the_day(test: &str) -> Dice {
        let given = std::env::var("HEMVIST_TEST_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let clock = std::time::UNIX_EPOCH
            .elapsed()
            .map_or(0, |since| since.as_secs());
        let seed = given.unwrap_or(clock);
        eprintln!("{test}: repeat with HEMVIST_TEST_SEED={seed}");
        Dice::new(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `bound` - 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}
