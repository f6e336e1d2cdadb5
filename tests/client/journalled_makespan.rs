//! How long a batch with a quota takes, compared with the ideal of the same policy.

use crate::journalled::{options, run, sessions};
use crate::support::{Caller, Delivery, Disk, SimHost};
use jules_wasm::client::batch::JournalledOptions;
use jules_wasm::core::batch::Status;
use serde_json::{Map, json};

const SESSIONS: usize = 100;
const SLOTS: usize = 15;
const MINUTE_MS: i64 = 60_000;

/// How long the session of an item runs, in minutes: 5 to 30, as most do, without an order.
fn varied(index: usize) -> i64 {
    5 + i64::try_from(index * 17 % 26).unwrap()
}

/// All the same, so that they end together and all slots are refilled at once.
fn equal(_: usize) -> i64 {
    10
}

/// List scheduling: each item, in their order, takes the slot that is free first, at the same instant.
fn ideal_ms(minutes: fn(usize) -> i64) -> i64 {
    let mut free_at = [0; SLOTS];
    for index in 0..SESSIONS {
        let slot = free_at.iter_mut().min().unwrap();
        *slot += minutes(index) * MINUTE_MS;
    }
    free_at.into_iter().max().unwrap()
}

/// How long the batch takes, from its start to the end that it reports, with polls and creates of 300 ms each.
fn took_ms(minutes: fn(usize) -> i64) -> i64 {
    let scenarios: Map<_, _> =
        (5..=30).map(|minutes| (format!("m{minutes}"), json!([{"complete": {}, "after": minutes}]))).collect();
    let quota = json!({"daily": 300, "concurrent": SLOTS, "failure": "rateLimit"});
    let sim = SimHost::with_emulator(&json!({"stepMs": MINUTE_MS, "scenarios": scenarios, "quota": quota}));
    sim.script(|_| Delivery::lagging(300));
    let configure = move |index| Some(json!({"prompt": format!("Task {index} [emulator: m{}]", minutes(index))}));
    let caller = Caller { configure: Box::new(configure), ..Caller::new(&sim, &Disk::default()) };
    let quota = JournalledOptions { per_day: Some(300), concurrent: Some(SLOTS as u64), ..options() };
    let settled = run(&caller, SESSIONS, &quota).unwrap();
    assert!(settled.iter().all(|item| item.status == Status::Completed));
    let took_ms = sim.elapsed_ms();
    assert_eq!((sessions(&sim).len(), sim.count("POST", "/sessions")), (SESSIONS, SESSIONS), "no create was refused");
    took_ms
}

#[test]
fn a_hundred_sessions_on_fifteen_slots_end_within_two_percent_of_the_ideal() {
    for minutes in [varied, equal] {
        let (took, ideal) = (took_ms(minutes), ideal_ms(minutes));
        println!("{took} ms, ideal {ideal} ms");
        assert!(took * 100 <= ideal * 102, "{took} ms, ideal {ideal} ms");
    }
}
