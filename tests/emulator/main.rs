//! Tests of the emulator's behaviour, by requests.
#![cfg(not(target_arch = "wasm32"))]
// A panic is how a test fails; the lints against panics are meant for the published code.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod activity_list_quota;
mod answers;
mod clock;
mod committed;
mod error_formats;
mod errors;
mod faults;
mod lifecycle;
mod limits;
mod lists;
mod masks;
mod options;
mod patches;
mod quota;
mod replication_lag;
mod revision;
mod robustness;
mod scenarios;
mod shapes;
mod support;
