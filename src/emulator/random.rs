//! Pseudo-random numbers from the seed.

/// The splitmix64 generator.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// Creates the generator of one stream of a seed. Each session has its own stream, so that requests for one session never
    /// change the ids of another.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut mixed = Self(seed);
        let offset = mixed.next();
        Self(offset ^ stream.wrapping_mul(STEP))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `bound - 1`; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// A number from 0 (inclusive) to 1 (exclusive).
    pub(super) fn unit(&mut self) -> f64 {
        let bits = u32::try_from(self.next() >> 32).unwrap_or(0);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }

    /// `length` lower-case hexadecimal digits.
    pub(super) fn hex(&mut self, length: usize) -> String {
        (0..length).filter_map(|_| char::from_digit(u32::try_from(self.below(16)).ok()?, 16)).collect()
    }

    /// A decimal number of `length` digits, as text: session ids do not fit into 64 bits.
    pub(super) fn digits(&mut self, length: usize) -> String {
        (0..length)
            .filter_map(|place| {
                let digit = if place == 0 { 1 + self.below(9) } else { self.below(10) };
                char::from_digit(u32::try_from(digit).ok()?, 10)
            })
            .collect()
    }
}
