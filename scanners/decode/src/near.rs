//! Searches whose answer is mostly a few bytes away: JSON strings, words between umlauts.
//!
//! A call into a vectorised search costs more than such an answer; so the first bytes are looked
//! at eight at a time, and only what is far is left to `memchr`.

use memchr::memchr2;

/// Bytes looked at here; beyond, `memchr` is faster.
const NEAR_BYTES: usize = 32;
const WORD_BYTES: usize = 8;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Where the first byte is that is one of two.
#[inline(always)]
pub(crate) fn find2(one: u8, other: u8, bytes: &[u8]) -> Option<usize> {
    let (one_word, other_word) = (ONES * u64::from(one), ONES * u64::from(other));
    let near = bytes.get(..NEAR_BYTES).unwrap_or(bytes);
    let (words, rest) = near.as_chunks::<WORD_BYTES>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ one_word) | zeros(word ^ other_word);
        if found != 0 {
            return Some(index * WORD_BYTES + first(found));
        }
    }
    if bytes.len() > NEAR_BYTES {
        let far = bytes.get(NEAR_BYTES..).unwrap_or_default();
        return memchr2(one, other, far).map(|at| NEAR_BYTES + at);
    }
    let at = rest
        .iter()
        .position(|byte| *byte == one || *byte == other)?;
    Some(words.len() * WORD_BYTES + at)
}

/// How many ASCII bytes `bytes` begin with.
#[inline]
pub(crate) fn ascii_up_to(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<WORD_BYTES>();
    for (index, word) in words.iter().enumerate() {
        let high = u64::from_le_bytes(*word) & HIGHS;
        if high != 0 {
            return index * WORD_BYTES + first(high);
        }
    }
    let tail = rest.iter().take_while(|byte| byte.is_ascii()).count();
    words.len() * WORD_BYTES + tail
}

/// The high bit of every byte that is zero; above the first such byte others may be set, too.
#[inline(always)]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// Which byte the lowest bit lies in.
#[inline(always)]
fn first(mask: u64) -> usize {
    (mask.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_two_is_found_wherever_it_is() {
        for length in 0..80 {
            for at in 0..length {
                for byte in [b';', b'\n'] {
                    let mut bytes = vec![b';' + 1; length];
                    bytes[at] = byte;
                    if let Some(later) = bytes.get_mut(at + 3) {
                        *later = b';';
                    }
                    assert_eq!(find2(b';', b'\n', &bytes), Some(at), "{at} of {length}");
                }
            }
            assert_eq!(find2(b';', b'\n', &vec![b'x'; length]), None, "{length}");
        }
    }

    #[test]
    fn ascii_ends_at_the_first_high_bit() {
        for length in 0..40 {
            assert_eq!(ascii_up_to(&vec![b'a'; length]), length);
            for at in 0..length {
                let mut bytes = vec![b'a'; length];
                bytes[at] = 0xE5;
                assert_eq!(ascii_up_to(&bytes), at, "{at} of {length}");
            }
        }
    }
}
