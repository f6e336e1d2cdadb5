//! Tests of the client on virtual time, with the emulator or a scripted session.
#![cfg(not(target_arch = "wasm32"))]
// Clippy exempts test functions, but not the functions that they call.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod answers;
mod ask;
mod ask_after_send;
mod batch;
mod cancel;
mod causes;
mod clock;
mod close;
mod create;
mod first_contact;
mod info;
mod journalled;
mod journalled_crashes;
mod journalled_makespan;
mod journalled_quota;
mod journalled_schedules;
mod key;
mod lagging_list;
mod late;
mod list_rate;
mod messages;
mod not_there;
mod once;
mod pilot;
mod polling;
mod polling_crowds;
mod polling_ends;
mod polling_failures;
mod result;
mod retry;
mod siblings;
mod stream;
mod stream_ends;
#[path = "../support/mod.rs"]
mod support;
mod ticks;
mod ticks_close;
mod ticks_cut;
mod ticks_refused;
mod ticks_schedules;
mod too_large;
mod unwrapped;
mod wait;
mod wait_requests;
mod waiting;
mod watch;
mod wrong_dates;
