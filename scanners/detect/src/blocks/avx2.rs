//! Masks with AVX2, 32 bytes at a time.

use super::pairs::{FOLLOWING, NUMBER, SIGNS};
use super::sets::{Table, table};
use super::shapes::{Letters, SHAPE_START, Shapes, Window};
use super::{BATCH_BLOCKS, Block, Cpu, FIRST, Masks, Row, Signs, WORD_BYTES, WORDS, Work, words};
use pulp::NullaryFnOnce;
use pulp::x86::V3;
use std::arch::x86_64::__m256i;
use std::sync::LazyLock;

static CPU: LazyLock<Option<V3>> = LazyLock::new(V3::try_new);

/// Moves the bit of a [`NUMBER`] to the top of its byte.
const NUMBER_SHIFT: i32 = NUMBER.leading_zeros() as i32;
/// Half a block.
const LANE_BYTES: usize = 32;

/// The characters of base64.
static BASE64_SETS: Table = table([
    (1 << 2, 0b1010_1000_0000_0000),
    (1 << 3, 0x03ff),
    (1 << 4 | 1 << 6, 0xfffe),
    (1 << 5 | 1 << 7, 0x07ff),
    (1 << 5, 0x8000),
    // From here on those that may come first.
    (1 << 4, 0xfe00),
    (1 << 5, 0x07ff),
    (1 << 6, 0x007e),
]);
const HEADS: u8 = 0b1110_0000;
/// What all masks but that of base64 are about; no byte belongs to two of them.
static SIGN_SETS: Table = table([
    (1 << 2, 0b0000_1001_0110_0000),
    (1 << 3, 0x3000),
    (1 << 5, 0x1800),
    (1 << 7, 0x0800),
    (1 << 0xc, 0xfff4),
    (1 << 0xd | 1 << 0xe | 1 << 0xf, 0xffff),
    // Digits and `:`, in the upmost bit but one.
    (1 << 3, 0x07ff),
    // `@`, in the upmost bit.
    (1 << 4, 0x0001),
]);
/// What may part the digits of a number.
static GAP_SETS: Table = table([
    (1 << 2, 0xe301),
    (1 << 0, 0x2600),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
]);

/// For each lower half of a letter of [`WORDS`], the second to the last one, the words it may
/// belong to, twice over.
static LETTERS: [[u8; LANE_BYTES]; WORD_BYTES - 1] = {
    let mut letters = [[0; LANE_BYTES]; WORD_BYTES - 1];
    let mut index = 0;
    while index < WORDS.len() * (WORD_BYTES - 1) {
        let (word, letter) = (index / (WORD_BYTES - 1), index % (WORD_BYTES - 1));
        let half = WORDS[word][letter + 1] as usize % 16;
        letters[letter][half] |= 1 << word;
        letters[letter][half + 16] |= 1 << word;
        index += 1;
    }
    letters
};

/// What this CPU has, if that is AVX2.
#[inline(always)]
pub(crate) fn cpu() -> Option<Lanes> {
    (*CPU).map(Lanes)
}

/// AVX2, and the instructions for masks that came with it.
#[derive(Clone, Copy)]
pub(crate) struct Lanes(V3);

impl Lanes {
    /// Runs `work` compiled for this CPU.
    #[inline(always)]
    pub(crate) fn run(self, work: impl Work) {
        self.0.vectorize(Run(self, work));
    }
}

struct Run<W>(Lanes, W);

impl<W: Work> NullaryFnOnce for Run<W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.1.run(self.0);
    }
}

impl Cpu for Lanes {
    #[inline(always)]
    fn classify(self, pair: &[Block; 2]) -> Masks {
        self.classify_one(pair, self.words(pair))
    }

    #[inline(always)]
    fn gaps(self, block: &Block) -> u64 {
        let lanes: [Lane; 2] = pulp::cast(*block);
        !self.mask(both(lanes, |lane| {
            let gaps = self.sets(self.halves(lane), lanes_of(&GAP_SETS));
            let others = self.equal(gaps, self.splat(0));
            self.0.avx2._mm256_andnot_si256(lane, others)
        }))
    }

    #[inline(always)]
    fn shapes(self, window: &Window, shapes: &Shapes) -> u64 {
        let sets = |half: usize, index: usize| {
            let halves = self.halves(lane_at(window, half + SHAPE_START + index));
            self.sets(halves, lanes_of(&shapes[index]))
        };
        self.any(both([0, LANE_BYTES], |half| {
            let two = self.and(sets(half, 0), sets(half, 1));
            self.and(two, sets(half, 2))
        }))
    }

    #[inline(always)]
    fn letters(self, window: &Window, letters: &Letters) -> u64 {
        let words = |half: usize, index: usize| {
            let lane = lane_at(window, half + index);
            // Of a byte outside ASCII it says 0.
            self.0
                .avx2
                ._mm256_shuffle_epi8(pulp::cast(letters[index]), lane)
        };
        self.any(both([0, LANE_BYTES], |half| {
            let two = self.and(words(half, 0), words(half, 1));
            self.and(two, self.and(words(half, 2), words(half, 3)))
        }))
    }

    #[inline(always)]
    fn occupied(self, row: &Row) -> u32 {
        let (avx, avx2) = (self.0.avx, self.0.avx2);
        let (fours, _) = row.split_at(FIRST).1.as_chunks::<4>();
        let mut empty = 0;
        for (index, four) in fours.iter().take(BATCH_BLOCKS / 4).enumerate() {
            let none = avx2._mm256_cmpeq_epi64(pulp::cast(*four), self.splat(0));
            let none = avx._mm256_movemask_pd(pulp::cast(none));
            empty |= none.cast_unsigned() << (4 * index);
        }
        !empty
    }
}

type Lane = __m256i;

/// The 32 bytes from `at` on.
#[inline(always)]
fn lane_at(bytes: &[u8], at: usize) -> Lane {
    let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk);
    pulp::cast(bytes.copied().unwrap_or([0; LANE_BYTES]))
}

/// The same of both halves: `map` is not always compiled into its caller, where it must be.
#[inline(always)]
fn both<T, U>([low, high]: [T; 2], of: impl Fn(T) -> U) -> [U; 2] {
    [of(low), of(high)]
}

#[inline(always)]
fn lanes_of(table: &Table) -> (Lane, Lane) {
    (pulp::cast(table.upper), pulp::cast(table.lower))
}

impl Lanes {
    #[inline(always)]
    fn classify_one(self, pair: &[Block; 2], word: u64) -> Masks {
        let avx2 = self.0.avx2;
        let lanes: [Lane; 2] = pulp::cast(pair[0]);
        let halves = both(lanes, |lane| self.halves(lane));
        let sets = |table| both(halves, |halves| self.sets(halves, lanes_of(table)));
        let signs = sets(&SIGN_SETS);
        if self.none(signs) {
            let above = both(lanes, |lane| avx2._mm256_cmpgt_epi8(lane, self.splat(b'*')));
            return Masks::quiet(self.mask(above), word);
        }
        let equal = |byte: u8| self.mask(both(lanes, |lane| self.equal(lane, self.splat(byte))));
        let (at, colon) = (self.mask(signs), equal(b':'));
        let numbers = self.mask(both(signs, |signs| avx2._mm256_slli_epi16::<1>(signs)));
        let base64 = sets(&BASE64_SETS);
        // No closure: one that is as large is not compiled into its caller.
        let kinds = [
            self.paired(halves[0], pair, 1),
            self.paired(halves[1], pair, LANE_BYTES + 1),
        ];
        let number = |kinds| avx2._mm256_slli_epi16::<{ NUMBER_SHIFT }>(kinds);
        let heads = |sets| avx2._mm256_and_si256(sets, self.splat(HEADS));
        Masks {
            base64: self.any(base64),
            head: self.any(both(base64, heads)),
            word,
            signs: Some(Signs {
                digit: numbers & !colon,
                at,
                colon,
                zero: equal(b'0'),
                dot: equal(b'.'),
                odd: self.any(kinds),
                number: self.mask(both(kinds, number)),
            }),
        }
    }

    /// What kinds of pairs each byte of half a block begins; the bytes that follow stand from `next`
    /// on.
    #[inline(always)]
    fn paired(self, halves: (Lane, Lane), pair: &[Block; 2], next: usize) -> Lane {
        let following = self.halves(lane_at(pair.as_flattened(), next));
        self.0.avx2._mm256_and_si256(
            self.sets(halves, lanes_of(&SIGNS)),
            self.sets(following, lanes_of(&FOLLOWING)),
        )
    }

    /// Blanks before one of [`WORDS`].
    #[inline(always)]
    fn words(self, pair: &[Block; 2]) -> u64 {
        let maybe = both([0, LANE_BYTES], |half| self.maybe_words(pair, half));
        if self.none(maybe) {
            return 0;
        }
        words(pair, self.any(maybe))
    }

    /// Blanks of half a block before bytes whose lower halves are those of the letters of a word.
    #[inline(always)]
    fn maybe_words(self, pair: &[Block; 2], half: usize) -> Lane {
        let lane = |at: usize| lane_at(pair.as_flattened(), half + at);
        let avx2 = self.0.avx2;
        let [first, second, third] = [0, 1, 2].map(|at| {
            // Of a byte outside ASCII it says 0.
            avx2._mm256_shuffle_epi8(pulp::cast(LETTERS[at]), lane(at + 1))
        });
        let blank = self.equal(lane(0), self.splat(b' '));
        avx2._mm256_and_si256(
            avx2._mm256_and_si256(blank, first),
            avx2._mm256_and_si256(second, third),
        )
    }

    /// Whether no byte belongs to any set.
    #[inline(always)]
    fn none(self, [low, high]: [Lane; 2]) -> bool {
        let all = self.0.avx2._mm256_or_si256(low, high);
        self.0.avx._mm256_testz_si256(all, all) == 1
    }

    /// Which bytes belong to any set.
    #[inline(always)]
    fn any(self, sets: [Lane; 2]) -> u64 {
        !self.mask(both(sets, |sets| self.equal(sets, self.splat(0))))
    }

    #[inline(always)]
    fn splat(self, byte: u8) -> Lane {
        self.0.avx._mm256_set1_epi8(byte.cast_signed())
    }

    #[inline(always)]
    fn and(self, one: Lane, other: Lane) -> Lane {
        self.0.avx2._mm256_and_si256(one, other)
    }

    #[inline(always)]
    fn equal(self, one: Lane, other: Lane) -> Lane {
        self.0.avx2._mm256_cmpeq_epi8(one, other)
    }

    /// The upper and the lower half of each byte.
    #[inline(always)]
    fn halves(self, lane: Lane) -> (Lane, Lane) {
        let avx2 = self.0.avx2;
        let half = self.splat(0x0f);
        (
            avx2._mm256_and_si256(avx2._mm256_srli_epi16::<4>(lane), half),
            avx2._mm256_and_si256(lane, half),
        )
    }

    /// The sets that each byte belongs to.
    #[inline(always)]
    fn sets(self, (above, below): (Lane, Lane), (upper, lower): (Lane, Lane)) -> Lane {
        let avx2 = self.0.avx2;
        avx2._mm256_and_si256(
            avx2._mm256_shuffle_epi8(upper, above),
            avx2._mm256_shuffle_epi8(lower, below),
        )
    }

    /// One bit per byte, lowest first.
    #[inline(always)]
    fn mask(self, lanes: [Lane; 2]) -> u64 {
        let [low, high] = both(lanes, |lane| {
            u64::from(self.0.avx2._mm256_movemask_epi8(lane).cast_unsigned())
        });
        low | (high << 32)
    }
}
