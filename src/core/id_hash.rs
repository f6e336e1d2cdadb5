//! Short hashes of activity ids, so that a cursor can contain many and stay short.

/// 36 bits of the FNV-1a hash of an id. The algorithm must never change, since callers store cursors.
///
/// Two ids have equal hashes with a probability of 2⁻³⁶. A reader that continues after a cursor compares new activities with
/// at most 32 hashes, so one in 10⁹ is mistaken for a known one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdHash(u64);

const BITS: u32 = 36;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl IdHash {
    /// Characters of [`IdHash::text`].
    pub const LENGTH: usize = 8;

    /// The largest number that [`IdHash::text`] can contain.
    pub const MOST: u64 = (1 << 12) - 1;

    /// The hash of this id.
    pub fn of(id: &str) -> Self {
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let hash =
            id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
        // The upper bits are folded in, as the authors of the hash recommend for other sizes.
        Self((hash >> BITS ^ hash) & ((1 << BITS) - 1))
    }

    /// A number and the hash, in the URL-safe alphabet of base64.
    pub fn text(self, number: u64) -> [u8; Self::LENGTH] {
        let mut text = [0; Self::LENGTH];
        let mut left = number.min(Self::MOST) << BITS | self.0;
        for place in text.iter_mut().rev() {
            *place = ALPHABET.get((left & 63) as usize).copied().unwrap_or_default();
            left >>= 6;
        }
        text
    }

    /// Reads [`IdHash::text`] back, or `None` if it is not one.
    pub fn parse(text: &[u8]) -> Option<(u64, Self)> {
        let digit = |byte: &u8| ALPHABET.iter().position(|known| known == byte);
        let value = text.iter().try_fold(0, |value, byte| Some(value << 6 | digit(byte)? as u64))?;
        (text.len() == Self::LENGTH).then_some((value >> BITS, Self(value & ((1 << BITS) - 1))))
    }
}
