//! Looking through text sixteen bytes at a time. What is found in a block is told as bits, the first byte's lowest.

/// How many bytes are looked at at once.
pub(super) const BLOCK: usize = 16;

pub(super) type Block = [u8; BLOCK];

/// The block that begins at `at`, if all of it is there.
#[inline(always)]
pub(super) fn block_at(bytes: &[u8], at: usize) -> Option<&Block> {
    bytes.get(at..)?.first_chunk()
}

/// The block that begins at `at`; of what ends before, zeros.
#[inline(always)]
pub(super) fn block(bytes: &[u8], at: usize) -> &Block {
    const NOTHING: Block = [0; BLOCK];
    block_at(bytes, at).unwrap_or(&NOTHING)
}

/// The first of these bits.
#[inline(always)]
pub(super) const fn first(bits: u32) -> usize {
    bits.trailing_zeros() as usize
}

/// The bits of the first `count` bytes, at most all of a block.
#[inline(always)]
pub(super) const fn up_to(count: usize) -> u32 {
    (1 << count) - 1
}

/// What ends a string, or is to be looked at in it.
pub(super) struct Parts {
    pub(super) quotes: u32,
    pub(super) backslashes: u32,
    pub(super) controls: u32,
    /// What stands behind most backslashes: a quote, another one, `n`, `r`, `t`.
    pub(super) usual: u32,
}

/// Which bytes stand behind a backslash that counts, the one after the block among them. `carried` is 1 if the first one
/// does. A backslash counts if the run of them before it is even: taken away from the bits after it, it borrows its way
/// through the run (the reader `simdjson` finds them so). No loop, since whoever guesses its length is mostly wrong.
#[inline(always)]
pub(super) const fn escaped(backslashes: u32, carried: u32) -> u32 {
    const ODD: u32 = 0xAAAA_AAAA;
    let free = backslashes & !carried;
    ((free << 1 | ODD).wrapping_sub(free) ^ ODD) ^ (backslashes | carried)
}

#[cfg(target_feature = "simd128")]
mod by_vector {
    use core::arch::wasm32::{i8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128, v128_or};

    use super::{Block, Parts};

    /// One instruction, once it is compiled; lane by lane it is sixteen.
    #[inline(always)]
    fn load(block: &Block) -> v128 {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *block;
        u64x2(u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p]))
    }

    #[inline(always)]
    fn are(bytes: v128, byte: u8) -> v128 {
        u8x16_eq(bytes, u8x16_splat(byte))
    }

    #[inline(always)]
    fn bits(bytes: v128) -> u32 {
        u32::from(i8x16_bitmask(bytes))
    }

    /// Quotes, backslashes and control characters.
    #[inline(always)]
    pub(crate) fn marks(block: &Block) -> u32 {
        let bytes = load(block);
        bits(v128_or(v128_or(are(bytes, b'"'), are(bytes, b'\\')), u8x16_lt(bytes, u8x16_splat(0x20))))
    }

    #[inline(always)]
    pub(crate) fn parts(block: &Block) -> Parts {
        let bytes = load(block);
        let (quotes, backslashes) = (are(bytes, b'"'), are(bytes, b'\\'));
        let letters = v128_or(v128_or(are(bytes, b'n'), are(bytes, b'r')), are(bytes, b't'));
        Parts {
            quotes: bits(quotes),
            backslashes: bits(backslashes),
            controls: bits(u8x16_lt(bytes, u8x16_splat(0x20))),
            usual: bits(v128_or(v128_or(quotes, backslashes), letters)),
        }
    }

    /// What JSON takes for white space.
    #[inline(always)]
    pub(crate) fn white(block: &Block) -> u32 {
        let bytes = load(block);
        bits(v128_or(v128_or(are(bytes, b' '), are(bytes, b'\n')), v128_or(are(bytes, b'\r'), are(bytes, b'\t'))))
    }

    /// What is not ASCII.
    #[inline(always)]
    pub(crate) fn high(block: &Block) -> u32 {
        bits(load(block))
    }

    /// Where both are the same.
    #[inline(always)]
    pub(crate) fn same(a: &Block, b: &Block) -> u32 {
        bits(u8x16_eq(load(a), load(b)))
    }
}

#[cfg(not(target_feature = "simd128"))]
mod by_byte {
    use super::{Block, Parts};

    fn bits(block: &Block, is_wanted: impl Fn(usize, u8) -> bool) -> u32 {
        block.iter().enumerate().fold(0, |bits, (at, byte)| bits | u32::from(is_wanted(at, *byte)) << at)
    }

    pub(crate) fn marks(block: &Block) -> u32 {
        bits(block, |_, byte| matches!(byte, b'"' | b'\\' | ..0x20))
    }

    pub(crate) fn parts(block: &Block) -> Parts {
        Parts {
            quotes: bits(block, |_, byte| byte == b'"'),
            backslashes: bits(block, |_, byte| byte == b'\\'),
            controls: bits(block, |_, byte| byte < 0x20),
            usual: bits(block, |_, byte| matches!(byte, b'"' | b'\\' | b'n' | b'r' | b't')),
        }
    }

    pub(crate) fn white(block: &Block) -> u32 {
        bits(block, |_, byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
    }

    pub(crate) fn high(block: &Block) -> u32 {
        bits(block, |_, byte| !byte.is_ascii())
    }

    pub(crate) fn same(a: &Block, b: &Block) -> u32 {
        bits(a, |at, byte| b.get(at) == Some(&byte))
    }
}

#[cfg(not(target_feature = "simd128"))]
pub(super) use by_byte::{high, marks, parts, same, white};
#[cfg(target_feature = "simd128")]
pub(super) use by_vector::{high, marks, parts, same, white};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_a_backslash_that_counts_is_found() {
        for backslashes in 0..1 << BLOCK {
            for carried in 0..2 {
                let (mut expected, mut counts) = (0, carried == 1);
                for at in 0..=BLOCK {
                    expected |= u32::from(counts) << at;
                    counts = !counts && backslashes >> at & 1 == 1;
                }
                assert_eq!(escaped(backslashes, carried) & up_to(BLOCK + 1), expected, "{backslashes:b} {carried}");
            }
        }
    }
}
