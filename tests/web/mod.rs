//! Tests in wasm: the client and the core as natively, and the host of JavaScript runtimes.
// Clippy exempts test functions, but not the functions that they call.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod aborts;
mod client;
mod core;
mod failures;
mod host;
mod page;
#[path = "../support/mod.rs"]
mod support;
