//! Batches within the quota of an account.

use crate::journalled::{options, run, sessions};
use crate::support::{Caller, Disk, SimHost, run_request};
use jules_wasm::client::batch::JournalledOptions;
use jules_wasm::core::batch::Status;
use serde_json::json;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

fn within(per_day: Option<u64>, concurrent: Option<u64>) -> JournalledOptions {
    JournalledOptions { per_day, concurrent, ..options() }
}

/// A service with a quota, and the answers of its creates: the time and the status.
fn service(daily: u64, concurrent: u64, failure: &str, step_ms: u64) -> SimHost {
    let quota = json!({"daily": daily, "concurrent": concurrent, "failure": failure});
    SimHost::with_emulator(&json!({"stepMs": step_ms, "quota": quota}))
}

fn creates(sim: &SimHost) -> usize {
    sim.requests().iter().filter(|sent| sent.method == "POST" && sent.path() == "/sessions").count()
}

#[test]
fn forty_items_on_three_slots_and_fifteen_a_day_are_created_without_a_refusal() {
    for failure in ["rateLimit", "bareRateLimit", "failedPrecondition"] {
        let (sim, disk) = (service(15, 3, failure, 60_000), Disk::default());
        let caller = Caller::new(&sim, &disk);
        let settled = run(&caller, 40, &within(Some(15), Some(3))).unwrap();
        assert!(settled.iter().all(|item| item.status == Status::Completed));
        assert_eq!((creates(&sim), sessions(&sim).len()), (40, 40), "no create was refused, so each was sent once");
        assert!((2 * DAY_MS..2 * DAY_MS + 3_600_000).contains(&sim.elapsed_ms()), "{}", sim.elapsed_ms());
        let usages: Vec<_> = caller.progress.borrow().iter().filter_map(|(_, _, usage)| *usage).collect();
        assert!(usages.iter().all(|usage| usage.day <= 15 && usage.running <= 3));
    }
}

#[test]
fn a_slot_is_refilled_within_an_interval_of_the_end_of_its_session() {
    let (sim, disk) = (service(300, 3, "rateLimit", 20_000), Disk::default());
    let caller = Caller::new(&sim, &disk);
    run(&caller, 12, &within(None, Some(3))).unwrap();
    assert_eq!(creates(&sim), 12);
    // How long a session runs, from its own activities: each wave begins within an interval of the end of the one before.
    let starts: Vec<_> = sim.requests().iter().filter(|sent| sent.method == "POST").map(|sent| sent.at_ms).collect();
    let session_ms = {
        let (sim, disk) = (service(300, 3, "rateLimit", 20_000), Disk::default());
        run(&Caller::new(&sim, &disk), 1, &within(None, Some(3))).unwrap();
        sim.elapsed_ms()
    };
    for (before, after) in starts.iter().zip(&starts[3..]) {
        let idle_ms = after - before - session_ms;
        assert!(idle_ms <= 5_000 + 100, "{idle_ms} ms after the end was seen");
    }
}

#[test]
fn sessions_of_others_and_archived_ones_count() {
    let (sim, disk) = (service(5, 3, "rateLimit", 60_000), Disk::default());
    let client = sim.client();
    for number in 0..2 {
        let session = sim.run(client.create(&run_request(&json!({"prompt": format!("Other {number}")})))).unwrap();
        sim.run(client.change(&session.id, jules_wasm::client::Change::Archive)).unwrap();
    }
    let settled = run(&Caller::new(&sim, &disk), 6, &within(Some(5), Some(3))).unwrap();
    assert_eq!((settled.len(), creates(&sim)), (6, 2 + 6));
    assert!(sim.elapsed_ms() >= DAY_MS);
}

#[test]
fn a_refusal_that_the_count_does_not_explain_is_tried_again_and_loses_nothing() {
    for failure in ["rateLimit", "quotaFailure", "bareRateLimit", "failedPrecondition"] {
        let (sim, disk) = (service(300, 2, failure, 5_000), Disk::default());
        // The plan allows fewer than was given.
        let settled = run(&Caller::new(&sim, &disk), 8, &within(None, Some(4))).unwrap();
        assert!(settled.iter().all(|item| item.status == Status::Completed), "{failure}: {settled:?}");
        assert_eq!(sessions(&sim).len(), 8);
        assert!(creates(&sim) < 20, "{failure}: {}", creates(&sim));
    }
}

#[test]
fn a_day_that_is_used_up_by_deleted_sessions_pauses_the_batch() {
    let (sim, disk) = (service(3, 3, "rateLimit", 1_000), Disk::default());
    let client = sim.client();
    for _ in 0..3 {
        let session = sim.run(client.create(&run_request(&json!({"prompt": "Other"})))).unwrap();
        sim.run(client.delete(&session.id)).unwrap();
    }
    let settled = run(&Caller::new(&sim, &disk), 1, &within(Some(3), Some(3))).unwrap();
    assert_eq!(settled[0].status, Status::Completed);
    assert!(creates(&sim) < 3 + 200, "{}", creates(&sim));
}
