//! The masks of `blocks` with AVX2, where the CPU has it.
//!
//! Two tables, one for the upper and one for the lower half of a byte, say in one step which of
//! eight sets a byte belongs to: each set is all pairs of some upper and some lower halves.

use crate::blocks::{Block, Masks};
use pulp::NullaryFnOnce;
use pulp::x86::V3;
use std::arch::x86_64::__m256i;
use std::sync::LazyLock;

static CPU: LazyLock<Option<V3>> = LazyLock::new(V3::try_new);

/// Upper halves, lower halves: one bit each.
type Set = (u16, u16);

const BASE64: [Set; 8] = [
    (1 << 2, 0b1010_1000_0000_0000),
    (1 << 3, 0x03ff),
    (1 << 4 | 1 << 6, 0xfffe),
    (1 << 5 | 1 << 7, 0x07ff),
    (1 << 5, 0x8000),
    // From here on the characters that may come first.
    (1 << 4, 0xfe00),
    (1 << 5, 0x07ff),
    (1 << 6, 0x007e),
];
const HEADS: u8 = 0b1110_0000;
const ODD: [Set; 8] = [
    (1 << 2, 0b0000_1001_0110_0000),
    (1 << 3, 0x3000),
    (1 << 5, 0x1800),
    (1 << 7, 0x0800),
    (1 << 0xc, 0xfff4),
    (1 << 0xd | 1 << 0xe | 1 << 0xf, 0xffff),
    (0, 0),
    (0, 0),
];

/// For each upper half the sets it belongs to, and for each lower half; twice over, for both
/// halves of a register.
type Table = ([u8; 32], [u8; 32]);

const fn table(sets: [Set; 8]) -> Table {
    let mut table = ([0; 32], [0; 32]);
    let mut index = 0;
    while index < 32 * 8 {
        let (half, set) = (index / 8, index % 8);
        table.0[half] |= ((sets[set].0 >> (half % 16) & 1) as u8) << set;
        table.1[half] |= ((sets[set].1 >> (half % 16) & 1) as u8) << set;
        index += 1;
    }
    table
}

static BASE64_TABLE: Table = table(BASE64);
static ODD_TABLE: Table = table(ODD);

/// Writes the masks of each block; `false` when this CPU cannot.
#[inline(always)]
pub(crate) fn classify(blocks: &[Block], masks: &mut [Masks]) -> bool {
    let Some(cpu) = *CPU else {
        return false;
    };
    cpu.vectorize(Classify { cpu, blocks, masks });
    true
}

struct Classify<'a> {
    cpu: V3,
    blocks: &'a [Block],
    masks: &'a mut [Masks],
}

impl NullaryFnOnce for Classify<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let lanes = Lanes(self.cpu);
        let tables = [&BASE64_TABLE, &ODD_TABLE]
            .map(|(upper, lower)| (pulp::cast(*upper), pulp::cast(*lower)));
        for (block, masks) in self.blocks.iter().zip(self.masks) {
            *masks = lanes.classify(block, tables);
        }
    }
}

#[derive(Clone, Copy)]
struct Lanes(V3);

/// Half a block.
type Lane = __m256i;

impl Lanes {
    #[inline(always)]
    fn classify(self, block: &Block, [base64, odd]: [(Lane, Lane); 2]) -> Masks {
        let lanes: [Lane; 2] = pulp::cast(*block);
        let all = |of: &dyn Fn(Lane) -> Lane| self.mask(lanes.map(of));
        let equal = |byte: u8| self.mask(lanes.map(|lane| self.equal(lane, self.splat(byte))));
        let sets = lanes.map(|lane| self.sets(lane, base64));
        let avx2 = self.0.avx2;
        let mut masks = Masks {
            digit: all(&|lane| self.digit(lane)),
            at: equal(b'@'),
            plus: equal(b'+'),
            odd: !self.mask(lanes.map(|lane| self.equal(self.sets(lane, odd), self.splat(0)))),
            base64: !self.mask(sets.map(|sets| self.equal(sets, self.splat(0)))),
            head: !self.mask(sets.map(|sets| {
                let heads = avx2._mm256_and_si256(sets, self.splat(HEADS));
                self.equal(heads, self.splat(0))
            })),
            ..Masks::default()
        };
        let colon = equal(b':');
        if masks.digit | masks.at | masks.plus | colon != 0 {
            (masks.colon, masks.zero, masks.dot) = (colon, equal(b'0'), equal(b'.'));
        }
        masks
    }

    #[inline(always)]
    fn splat(self, byte: u8) -> Lane {
        self.0.avx._mm256_set1_epi8(byte.cast_signed())
    }

    #[inline(always)]
    fn equal(self, one: Lane, other: Lane) -> Lane {
        self.0.avx2._mm256_cmpeq_epi8(one, other)
    }

    #[inline(always)]
    fn digit(self, lane: Lane) -> Lane {
        let avx2 = self.0.avx2;
        let place = avx2._mm256_sub_epi8(lane, self.splat(b'0'));
        self.equal(avx2._mm256_min_epu8(place, self.splat(9)), place)
    }

    /// The sets that each byte belongs to.
    #[inline(always)]
    fn sets(self, lane: Lane, (upper, lower): (Lane, Lane)) -> Lane {
        let avx2 = self.0.avx2;
        let half = self.splat(0x0f);
        let above = avx2._mm256_and_si256(avx2._mm256_srli_epi16::<4>(lane), half);
        let below = avx2._mm256_and_si256(lane, half);
        avx2._mm256_and_si256(
            avx2._mm256_shuffle_epi8(upper, above),
            avx2._mm256_shuffle_epi8(lower, below),
        )
    }

    /// One bit per byte, lowest first.
    #[inline(always)]
    fn mask(self, lanes: [Lane; 2]) -> u64 {
        let [low, high] =
            lanes.map(|lane| u64::from(self.0.avx2._mm256_movemask_epi8(lane).cast_unsigned()));
        low | (high << 32)
    }
}
