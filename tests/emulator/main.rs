//! What the emulator promises, request by request.
#![cfg(not(target_arch = "wasm32"))]
// The lints that keep panics out of the product do not reach helpers of tests, where a panic is how a test fails.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod answers;
mod changes;
mod clock;
mod committed;
mod error_forms;
mod errors;
mod faults;
mod late;
mod lifecycle;
mod limits;
mod list_quota;
mod lists;
mod masks;
mod options;
mod quota;
mod revision;
mod robustness;
mod scenarios;
mod shapes;
mod support;
