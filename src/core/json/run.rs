//! Looking through text sixteen bytes at a time. What is found in a block is told as bits, the first byte's lowest.

use crate::core::block::{Block, Places};

pub(super) use crate::core::block::BLOCK;

/// The bytes of a block.
pub(super) type Bytes = [u8; BLOCK];

/// The block that begins at `at`, if all of it is there.
#[inline(always)]
pub(super) fn block_at(bytes: &[u8], at: usize) -> Option<&Bytes> {
    bytes.get(at..)?.first_chunk()
}

/// The block that begins at `at`; of what ends before, zeros.
#[inline(always)]
pub(super) fn block(bytes: &[u8], at: usize) -> &Bytes {
    const NOTHING: Bytes = [0; BLOCK];
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

#[inline(always)]
fn bits(places: Places) -> u32 {
    u32::from(places.bits())
}

/// Quotes, backslashes and control characters.
#[inline(always)]
pub(super) fn marks(block: &Bytes) -> u32 {
    let block = Block::of(block);
    bits(block.places_of(b'"').or(block.places_of(b'\\')).or(block.below(0x20)))
}

#[inline(always)]
pub(super) fn parts(block: &Bytes) -> Parts {
    let block = Block::of(block);
    let (quotes, backslashes) = (block.places_of(b'"'), block.places_of(b'\\'));
    let letters = block.places_of(b'n').or(block.places_of(b'r')).or(block.places_of(b't'));
    Parts {
        quotes: bits(quotes),
        backslashes: bits(backslashes),
        controls: bits(block.below(0x20)),
        usual: bits(quotes.or(backslashes).or(letters)),
    }
}

/// What JSON takes for white space.
#[inline(always)]
pub(super) fn white(block: &Bytes) -> u32 {
    let block = Block::of(block);
    let ends = block.places_of(b'\n').or(block.places_of(b'\r'));
    bits(block.places_of(b' ').or(block.places_of(b'\t')).or(ends))
}

/// What is not ASCII.
#[inline(always)]
pub(super) fn high(block: &Bytes) -> u32 {
    bits(Block::of(block).beyond_ascii())
}

/// Where both are the same.
#[inline(always)]
pub(super) fn same(a: &Bytes, b: &Bytes) -> u32 {
    bits(Block::of(a).like(Block::of(b)))
}

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
