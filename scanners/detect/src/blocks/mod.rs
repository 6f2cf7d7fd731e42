//! What the bytes of a text are, 64 at a time: one bit per byte and kind.
//!
//! Everything that looks for something in text begins here. The masks say the same on every CPU:
//! where it has AVX2 they are made 32 bytes at a time, elsewhere 16 bytes at a time with what every
//! CPU of the target has. AVX-512 was tried: masks gained, and all that follows them lost more.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod batches;
mod pairs;
mod sets;
mod shapes;

pub(crate) use batches::{BATCH_BLOCKS, Batch, Batches, FIRST, NO_ROW, ROW_BLOCKS, Row, Rows};
pub(crate) use sets::{Set, table};
pub(crate) use shapes::{LETTERS, Letters, Look, Shapes, Window, each_batch};

use pairs::{FOLLOWING, NUMBER, SIGNS};
use wide::u8x16;

pub(crate) const BLOCK_BYTES: usize = 64;
const LANE_BYTES: usize = 16;
pub(crate) type Block = [u8; BLOCK_BYTES];

/// One bit per byte of a block, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Masks {
    base64: u64,
    head: u64,
    word: u64,
    /// None of a quiet block.
    signs: Option<Signs>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Signs {
    digit: u64,
    at: u64,
    colon: u64,
    zero: u64,
    dot: u64,
    odd: u64,
    /// Those of them that are a `=` before a digit other than `4`.
    number: u64,
}

impl Masks {
    /// Those of a quiet block, whose characters of base64 are guessed.
    #[inline(always)]
    fn quiet(base64: u64, word: u64) -> Self {
        Self {
            base64,
            head: base64,
            word,
            signs: None,
        }
    }
}

/// How the words for the signs of an address begin, in small letters behind a blank: `dot`, `punkt`,
/// `snabel-a`.
const WORDS: [&[u8; WORD_BYTES]; 3] = [b" dot", b" pun", b" sna"];
const WORD_BYTES: usize = 4;

/// A kind of CPU: how it makes masks.
pub(crate) trait Cpu: Copy {
    /// The masks of the first block, which may look into the second.
    fn classify(self, pair: &[Block; 2]) -> Masks;

    /// What may part the digits of a number: blanks and line ends, `( ) - . /`, and all bytes
    /// outside ASCII.
    fn gaps(self, block: &Block) -> u64;

    /// Where shapes end in the block of a window.
    fn shapes(self, window: &Window, shapes: &Shapes) -> u64;

    /// Where the letters of words end in the block of a window, and perhaps others: those whose
    /// bytes have the same lower halves.
    fn letters(self, window: &Window, letters: &Letters) -> u64;

    /// In which blocks of a batch the mask has anything: one bit each, the first block's lowest.
    fn occupied(self, row: &Row) -> u32;
}

/// What every CPU of the target has.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

impl Cpu for Portable {
    #[inline(always)]
    fn classify(self, pair: &[Block; 2]) -> Masks {
        classify_one(pair)
    }

    #[inline(always)]
    fn gaps(self, block: &Block) -> u64 {
        mask(lanes(block).map(gap))
    }

    #[inline(always)]
    fn shapes(self, window: &Window, shapes: &Shapes) -> u64 {
        shapes::shapes(window, shapes)
    }

    #[inline(always)]
    fn letters(self, window: &Window, letters: &Letters) -> u64 {
        shapes::letters(window, letters)
    }

    #[inline(always)]
    fn occupied(self, row: &Row) -> u32 {
        let batch = row.iter().skip(FIRST).take(BATCH_BLOCKS).rev();
        batch.fold(0, |all, mask| all << 1 | u32::from(*mask != 0))
    }
}

/// What is compiled once for each kind of CPU: all that is inlined into it.
pub(crate) trait Work {
    fn run(self, cpu: impl Cpu);
}

/// Runs `work` compiled for the CPU at hand. The outcome is the same on all of them.
#[inline(always)]
pub(crate) fn at_best(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    if let Some(cpu) = avx2::cpu() {
        return cpu.run(work);
    }
    work.run(Portable);
}

#[inline(always)]
fn lanes(block: &Block) -> [u8x16; 4] {
    let (lanes, _) = block.as_chunks::<LANE_BYTES>();
    let lane = |index: usize| u8x16::new(lanes.get(index).copied().unwrap_or_default());
    [lane(0), lane(1), lane(2), lane(3)]
}

#[inline(always)]
fn mask(lanes: [u8x16; 4]) -> u64 {
    let [a, b, c, d] = lanes.map(|lane| u64::from(lane.to_bitmask()));
    a | (b << 16) | (c << 32) | (d << 48)
}

/// Whether each byte lies from `first` to `last`.
#[inline(always)]
pub(crate) fn within(lane: u8x16, first: u8, last: u8) -> u8x16 {
    let place = lane - u8x16::splat(first);
    place.min(u8x16::splat(last - first)).simd_eq(place)
}

/// Whether each byte is that one.
#[inline(always)]
pub(crate) fn is(lane: u8x16, byte: u8) -> u8x16 {
    lane.simd_eq(u8x16::splat(byte))
}

/// What every CPU can do.
fn classify_one(pair: &[Block; 2]) -> Masks {
    let lanes = lanes(&pair[0]);
    let all = |of: fn(u8x16) -> u8x16| mask(lanes.map(of));
    let word = words(pair, all(|lane| is(lane, b' ')));
    let (at, colon) = (all(|lane| is(lane, b'@')), all(|lane| is(lane, b':')));
    let (digit, maybe) = (all(|lane| within(lane, b'0', b'9')), all(odd));
    if digit | at | colon | maybe == 0 {
        let any = all(|lane| within(lane, b'+', 0x7f));
        return Masks::quiet(any, word);
    }
    let (odd, number) = odd_pairs(pair, maybe);
    Masks {
        base64: all(base64),
        head: all(|lane| within(lane, b'I', b'Z') | within(lane, b'a', b'f')),
        word,
        signs: Some(Signs {
            digit,
            at,
            colon,
            zero: all(|lane| is(lane, b'0')),
            dot: all(|lane| is(lane, b'.')),
            odd,
            number,
        }),
    }
}

/// Those of the blanks that begin one of [`WORDS`].
#[inline]
fn words(pair: &[Block; 2], mut blanks: u64) -> u64 {
    // The bit that tells the cases of a letter apart.
    const SMALL: u32 = u32::from_le_bytes([0, 0x20, 0x20, 0x20]);
    let mut words = 0;
    while blanks != 0 {
        let four = pair.as_flattened().get(blanks.trailing_zeros() as usize..);
        let four = four.and_then(<[u8]>::first_chunk).copied();
        let four = four.map(|four| u32::from_le_bytes(four) | SMALL);
        if four.is_some_and(|four| WORDS.map(|word| u32::from_le_bytes(*word)).contains(&four)) {
            words |= blanks & blanks.wrapping_neg();
        }
        blanks &= blanks - 1;
    }
    words
}

/// Those of the odd bytes that with the next one may begin another way to write something, and
/// among them the `=` before numbers.
#[inline]
fn odd_pairs(pair: &[Block; 2], mut maybe: u64) -> (u64, u64) {
    let (bytes, mut odd, mut number) = (pair.as_flattened(), 0, 0);
    while maybe != 0 {
        let (at, bit) = (
            maybe.trailing_zeros() as usize,
            maybe & maybe.wrapping_neg(),
        );
        if let Some([first, second]) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            let kinds = SIGNS.sets(*first) & FOLLOWING.sets(*second);
            odd |= if kinds != 0 { bit } else { 0 };
            number |= if kinds & NUMBER != 0 { bit } else { 0 };
        }
        maybe ^= bit;
    }
    (odd, number)
}

/// The bytes `% & ( + < = [ \\ {`, and the first bytes of characters outside ASCII except `å` and
/// its neighbours.
#[inline(always)]
fn odd(lane: u8x16) -> u8x16 {
    let brackets = within(lane, b'[', b'\\') | is(lane, b'{') | is(lane, b'(');
    let signs = within(lane, b'%', b'&') | within(lane, b'<', b'=') | is(lane, b'+');
    let leads = lane.max(u8x16::splat(0xc4)).simd_eq(lane) | is(lane, 0xc2);
    (brackets | signs) | leads
}

#[inline(always)]
fn gap(lane: u8x16) -> u8x16 {
    let signs = within(lane, b'-', b'/') | within(lane, b'(', b')');
    let blanks = is(lane, b' ') | within(lane, b'\t', b'\n') | is(lane, b'\r');
    signs | blanks | lane.max(u8x16::splat(0x80)).simd_eq(lane)
}

#[inline(always)]
fn base64(lane: u8x16) -> u8x16 {
    let letters = within(lane | u8x16::splat(0x20), b'a', b'z');
    let digits = within(lane, b'/', b'9') | is(lane, b'+');
    letters | digits | is(lane, b'-') | is(lane, b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EMPTY: Block = [0; BLOCK_BYTES];

    /// What `Masks` says, byte by byte.
    fn expected(block: &Block, next: &Block) -> Masks {
        let text = [*block, *next].as_flattened().to_ascii_lowercase();
        let word = |at: usize| WORDS.iter().any(|word| text[at..].starts_with(*word));
        let word = |mask, at| (mask << 1) | u64::from(word(at));
        let bits = |fits: &dyn Fn(u8) -> bool| {
            let bit = |mask, byte: &u8| (mask << 1) | u64::from(fits(*byte));
            block.iter().rev().fold(0u64, bit)
        };
        let odd = |byte: u8| b"%&(+<=[\\{\xc2".contains(&byte) || byte >= 0xc4;
        let seen = |byte: u8| matches!(byte, b'0'..=b':' | b'@') || odd(byte);
        let quiet = bits(&seen) == 0;
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
        let head = |byte: u8| matches!(byte, b'I'..=b'Z' | b'a'..=b'f');
        let any = |byte: u8| quiet && matches!(byte, b'+'..=0x7f);
        let kinds = |at: usize| {
            let bytes = [*block, *next].as_flattened()[at..at + 2].to_vec();
            SIGNS.sets(bytes[0]) & FOLLOWING.sets(bytes[1])
        };
        let pairs = |of: u8| {
            (0..BLOCK_BYTES)
                .rev()
                .fold(0, |mask, at| mask << 1 | u64::from(kinds(at) & of != 0))
        };
        let signs = Signs {
            digit: bits(&|byte| byte.is_ascii_digit()),
            at: bits(&|byte| byte == b'@'),
            colon: bits(&|byte| byte == b':'),
            zero: bits(&|byte| byte == b'0'),
            dot: bits(&|byte| byte == b'.'),
            odd: pairs(u8::MAX),
            number: pairs(NUMBER),
        };
        Masks {
            base64: bits(&|byte| any(byte) || base64(byte)),
            head: bits(&|byte| any(byte) || head(byte)),
            word: (0..BLOCK_BYTES).rev().fold(0, word),
            signs: (!quiet).then_some(signs),
        }
    }

    fn check(block: Block, next: Block) {
        let expected = expected(&block, &next);
        let pair = [block, next];
        assert_eq!(classify_one(&pair), expected, "portable: {block:?}");
        let (mut here, mut gaps) = (Masks::quiet(0, 0), 0);
        struct All<'a>(&'a [Block; 2], &'a mut Masks, &'a mut u64);
        impl Work for All<'_> {
            fn run(self, cpu: impl Cpu) {
                *self.1 = cpu.classify(self.0);
                *self.2 = cpu.gaps(&self.0[0]);
            }
        }
        at_best(All(&pair, &mut here, &mut gaps));
        assert_eq!(here, expected, "this CPU: {block:?}");
        assert_eq!(gaps, Portable.gaps(&block), "this CPU: {block:?}");
    }

    #[test]
    fn masks_say_what_every_byte_is() {
        for byte in 0..=255 {
            for at in [0, 15, 16, 31, 32, 63] {
                let mut block = [b' '; BLOCK_BYTES];
                block[at] = byte;
                check(block, EMPTY);
            }
        }
    }

    #[test]
    fn signs_that_may_begin_something_are_odd_bytes() {
        for byte in 0..=255 {
            let odd = odd(u8x16::splat(byte)).to_bitmask() != 0;
            assert_eq!(SIGNS.sets(byte) != 0, odd, "{byte}");
        }
    }

    #[test]
    fn gaps_are_what_parts_the_digits_of_a_number() {
        for byte in 0..=255 {
            let expected = b" \t\r\n()-./".contains(&byte) || byte >= 0x80;
            let gaps = Portable.gaps(&[byte; BLOCK_BYTES]);
            assert_eq!(gaps, if expected { u64::MAX } else { 0 }, "{byte}");
        }
    }

    #[test]
    fn words_are_seen_wherever_they_begin() {
        for word in [
            " dot ",
            " PUNKT",
            " Snabel-a",
            " doc",
            " dut",
            "\0dot",
            " pint",
            " pent",
        ] {
            for at in 0..BLOCK_BYTES {
                let mut pair = [[b'x'; BLOCK_BYTES]; 2];
                pair.as_flattened_mut()[at..at + word.len()].copy_from_slice(word.as_bytes());
                check(pair[0], pair[1]);
            }
        }
    }

    #[test]
    fn blocks_that_have_anything_are_the_same_on_every_cpu() {
        struct Occupied<'a>(&'a Row, &'a mut u32);
        impl Work for Occupied<'_> {
            fn run(self, cpu: impl Cpu) {
                *self.1 = cpu.occupied(self.0);
            }
        }
        for block in 0..ROW_BLOCKS {
            let (mut row, mut here) = (NO_ROW, 0);
            row[block] = 1 << block;
            at_best(Occupied(&row, &mut here));
            let own = (FIRST..FIRST + BATCH_BLOCKS).contains(&block);
            let expected = if own { 1 << (block - FIRST) } else { 0 };
            assert_eq!(here, expected, "this CPU: {block}");
            assert_eq!(Portable.occupied(&row), expected, "portable: {block}");
        }
    }

    proptest! {
        #[test]
        fn masks_are_the_same_on_every_cpu(bytes in any::<[u8; 32]>()) {
            // The second half holds the characters that matter, the first any bytes.
            let likely = bytes.map(|byte| b"0123456789@:.+/;-a (\n\t=%&<\\"[usize::from(byte) % 27]);
            let block: Vec<u8> = bytes.into_iter().chain(likely).collect();
            check(block.try_into().unwrap(), [bytes[0]; BLOCK_BYTES]);
        }
    }
}
