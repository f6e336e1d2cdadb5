//! Sixteen bytes at a time: which of them are a given one. One instruction each in wasm; elsewhere, which is in tests, a
//! loop.

/// How many bytes a block has.
pub const BLOCK: usize = 16;

#[cfg(target_feature = "simd128")]
mod lanes {
    use core::arch::wasm32::{i8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128, v128_and, v128_or};

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
        pub fn and(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }

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
    pub struct Block([u8; BLOCK]);

    /// Some bytes of a block.
    #[derive(Clone, Copy)]
    pub struct Places(u16);

    impl Block {
        pub fn of(bytes: &[u8; BLOCK]) -> Self {
            Self(*bytes)
        }

        pub fn places_of(self, byte: u8) -> Places {
            self.places(|_, other| other == byte)
        }

        pub fn below(self, byte: u8) -> Places {
            self.places(|_, other| other < byte)
        }

        pub fn beyond_ascii(self) -> Places {
            self.places(|_, other| !other.is_ascii())
        }

        pub fn like(self, other: Self) -> Places {
            self.places(|at, byte| other.0.get(at) == Some(&byte))
        }

        fn places(self, is_wanted: impl Fn(usize, u8) -> bool) -> Places {
            let bits = self.0.iter().enumerate().map(|(at, byte)| u16::from(is_wanted(at, *byte)) << at);
            Places(bits.fold(0, |all, bit| all | bit))
        }
    }

    impl Places {
        pub fn and(self, other: Self) -> Self {
            Self(self.0 & other.0)
        }

        pub fn or(self, other: Self) -> Self {
            Self(self.0 | other.0)
        }

        pub fn bits(self) -> u16 {
            self.0
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

/// Whether a byte is among these.
pub fn contains(bytes: &[u8], byte: u8) -> bool {
    let mut rest = bytes;
    while let Some((block, after)) = rest.split_first_chunk() {
        if Block::of(block).places_of(byte).bits() != 0 {
            return true;
        }
        rest = after;
    }
    rest.contains(&byte)
}
