//! What the service says and what follows from it: pure, synchronous, without clock, chance or I/O.

pub mod diff;
pub mod json;
pub mod time;
