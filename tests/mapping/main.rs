//! From the service's JSON to the model: whatever is missing, wrong or new in it, nothing fails and nothing else is
//! lost.
#![cfg(not(target_arch = "wasm32"))]
// Clippy exempts only the test functions by itself, not what they call.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod defaults;
mod expected;
mod fixtures;
mod mutations;
