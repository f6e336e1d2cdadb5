//! What holds under wasm as it does natively, and what only the host of JavaScript runtimes does.
// Clippy exempts only the test functions by itself, not what they call.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod aborts;
mod client;
mod core;
mod failures;
mod host;
mod page;
#[path = "../support/mod.rs"]
mod support;
