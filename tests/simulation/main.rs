//! Simulation of clients and service in one process on virtual time, with faults. Each schedule is determined by its seed, and
//! invariants are checked at each request, at each end of a call, and at the end.
//!
//! `SIMULATION_SEEDS` is the number of schedules (`SIMULATION_FIRST` is the first), `SIMULATION_SEED` replays one with a trace,
//! and `SIMULATION_STOPS` ends a run at the first broken seed. `npm run simulate` sets them.
#![cfg(not(target_arch = "wasm32"))]
// Clippy exempts test functions, but not the functions that they call.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

mod answers;
mod call;
mod callers;
mod calling;
mod closing;
mod dates;
mod faults;
mod feeds;
mod host;
mod invariants;
mod later_invariants;
mod pilots;
mod processes;
mod random;
mod readers;
mod records;
mod rendering;
mod schedule;
mod server;
mod session_life;
#[path = "../support/mod.rs"]
mod support;
mod ticks;
mod world;

use std::collections::BTreeMap;
use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use schedule::{Counts, Report, run};
use world::Violation;

/// Enough for a debug build; `npm test` runs ten thousand in a release build.
const USUAL_SEEDS: u64 = 200;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a whole number")))
}

/// The number of trace lines for a schedule among many; a replay shows all.
const SHOWN_LINES: usize = 50;

/// The number of seeds per line.
const SEEDS_IN_A_LINE: usize = 12;

/// The end of a schedule's trace, up to the first violation.
fn print_end(seed: u64) {
    let trace = run(seed, true).trace;
    let end = trace.iter().position(|line| line.contains("BROKEN")).map_or(trace.len(), |at| at + 1);
    trace[end.saturating_sub(SHOWN_LINES)..end].iter().for_each(|line| println!("{line}"));
}

/// Lists the broken seeds by invariant, the most frequent first.
fn list(broken: &BTreeMap<u64, Violation>) {
    let mut groups: BTreeMap<&str, Vec<(u64, &str)>> = BTreeMap::new();
    for (seed, Violation { invariant, detail }) in broken {
        groups.entry(invariant).or_default().push((*seed, detail));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, seeds)| std::cmp::Reverse(seeds.len()));
    for (invariant, seeds) in groups {
        let (first, detail) = seeds[0];
        println!("broken {} times: {invariant}", seeds.len());
        println!("  {detail}\n  npm run simulate -- --seed {first}");
        for line in seeds.chunks(SEEDS_IN_A_LINE) {
            println!("  {}", line.iter().map(|(seed, _)| seed.to_string()).collect::<Vec<_>>().join(" "));
        }
    }
}

/// The seeds from `first` on that break an invariant; with `stops`, only the first.
fn try_seeds(first: u64, seeds: u64, stops: bool) -> (BTreeMap<u64, Violation>, Counts) {
    let end = first + seeds;
    let next = AtomicU64::new(first);
    let is_over = AtomicBool::new(false);
    let broken: Mutex<BTreeMap<u64, Violation>> = Mutex::default();
    let all: Mutex<Counts> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let Report { broken: violation, counts, .. } = run(seed, false);
                    *all.lock().unwrap() += counts;
                    if let Some(violation) = violation {
                        broken.lock().unwrap().insert(seed, violation);
                        is_over.fetch_or(stops, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    (broken.into_inner().unwrap(), all.into_inner().unwrap())
}

#[test]
fn nothing_is_duplicated_and_nothing_is_lost_under_any_faults() {
    if let Some(seed) = number("SIMULATION_SEED") {
        let Report { broken, counts, trace } = run(seed, true);
        trace.iter().for_each(|line| println!("{line}"));
        if let Some(Violation { invariant, detail }) = broken {
            panic!("\nseed {seed}: {invariant}: {detail}");
        }
        println!("seed {seed}: every invariant holds ({} requests)", counts.requests);
        return;
    }
    let first = number("SIMULATION_FIRST").unwrap_or(1);
    let seeds = number("SIMULATION_SEEDS").unwrap_or(USUAL_SEEDS);
    let begin = Instant::now();
    let (broken, counts) = try_seeds(first, seeds, env::var_os("SIMULATION_STOPS").is_some());
    let seconds = begin.elapsed().as_secs_f64();
    let Counts { requests, calls, creates, doubts } = counts;
    let verdict =
        if broken.is_empty() { "every invariant holds".to_owned() } else { format!("{} broken", broken.len()) };
    println!(
        "{seeds} schedules, {calls} calls, {requests} requests, {creates} creates ({doubts} of unknown outcome) in \
         {seconds:.1} s: {verdict}"
    );
    if let Some((seed, Violation { invariant, detail })) = broken.first_key_value() {
        list(&broken);
        println!("what led to the first of them:");
        print_end(*seed);
        panic!("\nseed {seed}: {invariant}: {detail}\nagain: npm run simulate -- --seed {seed}");
    }
}

/// Without planted faults these seeds break no invariant, as the other test shows.
#[cfg(planted_faults)]
#[test]
fn each_planted_fault_breaks_an_invariant() {
    use jules_wasm::planted::{Fault, plant};
    let wanted = env::var("SIMULATION_FAULT").ok();
    let is_wanted = |fault: &&Fault| wanted.as_ref().is_none_or(|wanted| *wanted == format!("{fault:?}"));
    let faults: Vec<_> = Fault::ALL.iter().filter(is_wanted).collect();
    assert!(!faults.is_empty(), "there is no such fault");
    let mut missed = Vec::new();
    for fault in &faults {
        plant(Some(**fault));
        let (broken, _) = try_seeds(1, number("SIMULATION_SEEDS").unwrap_or(USUAL_SEEDS), true);
        match broken.first_key_value() {
            Some((seed, Violation { invariant, .. })) => println!("{fault:?}: caught by seed {seed}: {invariant}"),
            None => missed.push(fault),
        }
    }
    plant(None);
    println!("{} of {} planted faults caught", faults.len() - missed.len(), faults.len());
    assert!(missed.is_empty(), "not caught: {missed:?}");
}

#[test]
fn a_seed_reproduces_its_schedule() {
    for seed in [1, 2, 3] {
        let first = run(seed, true).trace;
        assert!(!first.is_empty());
        assert_eq!(first, run(seed, true).trace);
    }
}
