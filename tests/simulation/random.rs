//! The random numbers of a schedule, from its seed.

use std::cell::Cell;

/// The splitmix64 generator.
#[derive(Debug)]
pub struct Random(Cell<u64>);

impl Random {
    /// The streams of a seed are independent sequences.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mixed = Self(Cell::new(seed));
        let start = mixed.next() ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed.0.set(start);
        mixed.next();
        mixed
    }

    pub fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in the inclusive range.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// True with this percentage.
    pub fn percent(&self, share: u64) -> bool {
        self.between(1, 100) <= share
    }

    pub fn of<T: Copy>(&self, things: &[T]) -> T {
        things[usize::try_from(self.between(0, things.len() as u64 - 1)).unwrap()]
    }

    /// Shuffles the items.
    pub fn shuffle<T>(&self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, usize::try_from(self.between(0, last as u64)).unwrap());
        }
    }

    /// A number in `0.0..1.0`.
    pub fn fraction(&self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / 4_294_967_296.0
    }
}
