//! The kinds of `word_blocks` with AVX2, where the CPU has it.

use crate::blocks::Block;
use crate::word_blocks::Kinds;
use pulp::NullaryFnOnce;
use pulp::x86::V3;
use std::arch::x86_64::__m256i;
use std::sync::LazyLock;

static CPU: LazyLock<Option<V3>> = LazyLock::new(V3::try_new);

/// Half a block.
type Lane = __m256i;

/// Writes the kinds of each block; `false` when this CPU cannot.
#[inline(always)]
pub(crate) fn classify(blocks: &[Block], kinds: &mut [Kinds]) -> bool {
    let Some(cpu) = *CPU else {
        return false;
    };
    cpu.vectorize(Classify { cpu, blocks, kinds });
    true
}

struct Classify<'a> {
    cpu: V3,
    blocks: &'a [Block],
    kinds: &'a mut [Kinds],
}

impl NullaryFnOnce for Classify<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for (block, kinds) in self.blocks.iter().zip(self.kinds) {
            *kinds = Lanes(self.cpu, pulp::cast(*block)).kinds();
        }
    }
}

/// A block.
struct Lanes(V3, [Lane; 2]);

impl Lanes {
    #[inline(always)]
    fn kinds(&self) -> Kinds {
        let avx2 = self.0.avx2;
        let any_case = |lane| avx2._mm256_or_si256(lane, self.splat(0x20));
        let letter = self.mask(|lane| self.within(any_case(lane), b'a', b'z'));
        // The bit that tells the cases apart, moved to the top.
        let small = self.mask(|lane| avx2._mm256_slli_epi16::<2>(lane));
        Kinds {
            upper: letter & !small | self.mask(|lane| self.is(lane, 0xc3)),
            small: letter & small,
            high: self.mask(|lane| lane),
            digit: self.mask(|lane| self.within(lane, b'0', b'9')),
            blank: self.mask(|lane| self.is(lane, b' ')),
            label: self.mask(|lane| self.is(lane, b':')) | self.mask(|lane| self.is(lane, b'=')),
        }
    }

    #[inline(always)]
    fn splat(&self, byte: u8) -> Lane {
        self.0.avx._mm256_set1_epi8(byte.cast_signed())
    }

    #[inline(always)]
    fn is(&self, lane: Lane, byte: u8) -> Lane {
        self.0.avx2._mm256_cmpeq_epi8(lane, self.splat(byte))
    }

    #[inline(always)]
    fn within(&self, lane: Lane, first: u8, last: u8) -> Lane {
        let avx2 = self.0.avx2;
        let place = avx2._mm256_sub_epi8(lane, self.splat(first));
        avx2._mm256_cmpeq_epi8(avx2._mm256_min_epu8(place, self.splat(last - first)), place)
    }

    /// The upper bit of each byte, lowest first.
    #[inline(always)]
    fn mask(&self, of: impl Fn(Lane) -> Lane) -> u64 {
        let bits = |lane| u64::from(self.0.avx2._mm256_movemask_epi8(of(lane)).cast_unsigned());
        let [low, high] = self.1;
        bits(low) | bits(high) << 32
    }
}
