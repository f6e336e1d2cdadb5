//! Client and service in one process on virtual time, under every fault: what each schedule does follows from its seed,
//! and what must hold of all of them is checked at each request, at each end of a call, and when all is over.
//!
//! `SIMULATION_SEEDS` says how many schedules are tried (`SIMULATION_FIRST` is the first), `SIMULATION_SEED` replays one
//! with a trace of everything that happened. `npm run simulate` sets them.
#![cfg(not(target_arch = "wasm32"))]
// Clippy exempts only the test functions by itself, not what they call.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

mod books;
mod callers;
mod chance;
mod host;
mod schedule;
mod server;
#[path = "../support/mod.rs"]
mod support;
mod weather;
mod world;

use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use schedule::{Report, run};

/// Enough for every build of the tests; `npm test` tries ten thousand in a faster one.
const USUAL_SEEDS: u64 = 200;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a whole number")))
}

/// So much of a trace is shown of a schedule among many; a replay shows all.
const SHOWN_LINES: usize = 50;

/// The trace of a schedule, by which it can be followed what went wrong: its last lines, up to the first law broken.
fn replay(seed: u64, most_lines: usize) -> Report {
    let report = run(seed, true);
    let end = report.trace.iter().position(|line| line.contains("BROKEN")).map_or(report.trace.len(), |at| at + 1);
    let shown = if most_lines < end { &report.trace[end - most_lines..end] } else { &report.trace[..] };
    for line in shown {
        println!("{line}");
    }
    report
}

#[test]
fn nothing_is_done_twice_and_nothing_is_lost_whatever_goes_wrong() {
    if let Some(seed) = number("SIMULATION_SEED") {
        let report = replay(seed, usize::MAX);
        assert_eq!(report.broken, None, "seed {seed}");
        println!("seed {seed}: every invariant holds ({} requests)", report.requests);
        return;
    }
    let first = number("SIMULATION_FIRST").unwrap_or(1);
    let end = first + number("SIMULATION_SEEDS").unwrap_or(USUAL_SEEDS);
    let begin = Instant::now();
    let next = AtomicU64::new(first);
    let failures: Mutex<Vec<(u64, String)>> = Mutex::default();
    let [requests, calls, sessions] = [const { AtomicU64::new(0) }; 3];
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || !failures.lock().unwrap().is_empty() {
                        return;
                    }
                    let report = run(seed, false);
                    requests.fetch_add(report.requests as u64, Ordering::Relaxed);
                    calls.fetch_add(report.calls as u64, Ordering::Relaxed);
                    sessions.fetch_add(report.sessions as u64, Ordering::Relaxed);
                    if let Some(law) = report.broken {
                        failures.lock().unwrap().push((seed, law));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    if let Some((seed, law)) = failures.first() {
        replay(*seed, SHOWN_LINES);
        panic!("seed {seed}: {law}\nagain: npm run simulate -- --seed {seed}");
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{} schedules, {} calls, {} requests, {} sessions in {seconds:.1} s: every invariant holds",
        end - first,
        calls.into_inner(),
        requests.into_inner(),
        sessions.into_inner()
    );
}

#[test]
fn a_seed_gives_the_same_schedule_every_time() {
    for seed in [1, 2, 3] {
        let first = run(seed, true).trace;
        assert!(!first.is_empty());
        assert_eq!(first, run(seed, true).trace);
    }
}
