//! Sixteen bytes at a time: which of them are a given one. One instruction each in wasm; elsewhere, which is in tests,
//! some for eight bytes.

/// How many bytes a block has.
pub const BLOCK: usize = 16;

#[cfg(target_feature = "simd128")]
mod lanes {
    use core::arch::wasm32::{i8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128, v128_or};

    use super::BLOCK;

    /// A block, to be compared.
    #[derive(Clone, Copy)]
    pub struct Block(v128);

    /// Some bytes of a block.
    #[derive(Clone, Copy)]
    pub struct Places(v128);

    impl Block {
        #[inline(always)]
        pub fn of(bytes: &[u8; BLOCK]) -> Self {
            let [a, b, c, d, e, f, g, h, rest @ ..] = *bytes;
            Self(u64x2(u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes(rest)))
        }

        #[inline(always)]
        pub fn places_of(self, byte: u8) -> Places {
            Places(u8x16_eq(self.0, u8x16_splat(byte)))
        }

        #[inline(always)]
        pub fn below(self, byte: u8) -> Places {
            Places(u8x16_lt(self.0, u8x16_splat(byte)))
        }

        #[inline(always)]
        pub fn beyond_ascii(self) -> Places {
            Places(self.0)
        }

        #[inline(always)]
        pub fn like(self, other: Self) -> Places {
            Places(u8x16_eq(self.0, other.0))
        }
    }

    impl Places {
        #[inline(always)]
        pub fn or(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }

        #[inline(always)]
        pub fn bits(self) -> u16 {
            i8x16_bitmask(self.0)
        }
    }
}

#[cfg(not(target_feature = "simd128"))]
mod lanes {
    use super::BLOCK;

    /// A block, to be compared.
    #[derive(Clone, Copy)]
    pub struct Block([u64; 2]);

    /// Some bytes of a block: the highest bit of each.
    #[derive(Clone, Copy)]
    pub struct Places([u64; 2]);

    const HIGHEST: u64 = each(0x80);

    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }

    /// Which of eight bytes are at least `byte`, which is ASCII and not 0. Nothing is carried from one to the next.
    #[inline(always)]
    fn at_least(word: u64, byte: u8) -> u64 {
        (((word & !HIGHEST) + each(0x80 - byte)) | word) & HIGHEST
    }

    impl Block {
        #[inline(always)]
        pub fn of(bytes: &[u8; BLOCK]) -> Self {
            let [a, b, c, d, e, f, g, h, rest @ ..] = *bytes;
            Self([u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes(rest)])
        }

        #[inline(always)]
        pub fn places_of(self, byte: u8) -> Places {
            self.like(Self([each(byte); 2]))
        }

        #[inline(always)]
        pub fn below(self, byte: u8) -> Places {
            Places(self.0.map(|word| at_least(word, byte) ^ HIGHEST))
        }

        #[inline(always)]
        pub fn beyond_ascii(self) -> Places {
            Places(self.0.map(|word| word & HIGHEST))
        }

        #[inline(always)]
        pub fn like(self, other: Self) -> Places {
            let ([a, b], [c, d]) = (self.0, other.0);
            Self([a ^ c, b ^ d]).below(1)
        }
    }

    impl Places {
        #[inline(always)]
        pub fn or(self, other: Self) -> Self {
            let ([a, b], [c, d]) = (self.0, other.0);
            Self([a | c, b | d])
        }

        /// The product has each byte's bit in its highest byte, in their order.
        #[inline(always)]
        pub fn bits(self) -> u16 {
            let [low, high] = self.0.map(|word| ((word >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u16);
            low | high << 8
        }
    }
}

pub use lanes::{Block, Places};

/// These bytes, of which there are fewer, and zeros behind them.
#[inline(always)]
pub fn padded<const LENGTH: usize>(bytes: &[u8]) -> [u8; LENGTH] {
    let mut whole = [0; LENGTH];
    for (to, from) in whole.iter_mut().zip(bytes) {
        *to = *from;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(places: Places) -> Vec<usize> {
        (0..BLOCK).filter(|at| places.bits() >> at & 1 == 1).collect()
    }

    #[test]
    fn each_byte_is_told_from_every_other_wherever_it_is() {
        for byte in 0..=u8::MAX {
            for at in 0..BLOCK {
                for around in [0, 1, 0x7F, 0x80, 0xFF, byte.wrapping_sub(1), byte.wrapping_add(1), byte ^ 0x80] {
                    let mut bytes = [around; BLOCK];
                    bytes[at] = byte;
                    let block = Block::of(&bytes);
                    let places = |is_one: &dyn Fn(u8) -> bool| -> Vec<usize> {
                        (0..BLOCK).filter(|at| is_one(bytes[*at])).collect()
                    };
                    assert_eq!(bits(block.places_of(byte)), places(&|other| other == byte));
                    assert_eq!(bits(block.like(Block::of(&[byte; BLOCK]))), places(&|other| other == byte));
                    assert_eq!(bits(block.below(0x20)), places(&|other| other < 0x20));
                    assert_eq!(bits(block.beyond_ascii()), places(&|other| !other.is_ascii()));
                    let (one, other) = (block.places_of(byte), block.places_of(around));
                    assert_eq!(bits(one.or(other)), (0..BLOCK).collect::<Vec<_>>());
                }
            }
        }
    }
}
