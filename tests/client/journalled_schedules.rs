//! Schedules of batches with crashes, faults, late requests and quotas, each determined by its seed.

use std::cell::Cell;
use std::rc::Rc;

use crate::journalled::{keys, sessions};
use crate::journalled_crashes::run_until;
use crate::support::{Caller, Delivery, Disk, SimHost};
use jules_wasm::client::batch::JournalledOptions;
use jules_wasm::core::batch::Status;
use serde_json::json;

/// How many schedules a test runs: few, since it is not optimised. `JOURNAL_SCHEDULES` sets another number.
const SCHEDULES: u64 = 200;

/// A generator of numbers (splitmix64). Clones share their state.
#[derive(Clone)]
pub struct Random(Rc<Cell<u64>>);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(Rc::new(Cell::new(seed)))
    }

    pub fn below(&self, most: u64) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }

    pub fn percent(&self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

pub fn delivery(random: &Random, is_post: bool, faults: u64) -> Delivery {
    let fault = if random.percent(faults) { random.below(7) } else { 99 };
    let delivery = match fault {
        0 => Delivery::status(429),
        1 => Delivery::status(429).committed(),
        2 => Delivery::status(503).retry_after("1"),
        3 => Delivery::status(500),
        4 => Delivery::status(500).committed(),
        5 => Delivery::reset(),
        6 if is_post => Delivery::broken_body(),
        _ => Delivery::served(),
    };
    Delivery { there_ms: random.below(300), back_ms: random.below(300), ..delivery }
}

fn schedule(seed: u64) {
    let random = Random::new(seed);
    let count = 2 + usize::try_from(random.below(7)).unwrap();
    let quota = random.percent(50).then(|| (if random.percent(20) { 3 } else { 20 }, 1 + random.below(3)));
    let emulator = match quota {
        Some((daily, concurrent)) => {
            let failure =
                ["rateLimit", "bareRateLimit", "failedPrecondition"][usize::try_from(random.below(3)).unwrap()];
            json!({"seed": seed, "stepMs": 400, "quota": {"daily": daily, "concurrent": concurrent, "failure": failure}})
        }
        None => json!({"seed": seed, "stepMs": 400}),
    };
    let (sim, disk) = (SimHost::with_emulator(&emulator), Disk::default());
    sim.seed(seed);
    sim.deliver_late(i64::try_from(random.below(5_000)).unwrap());
    let options = JournalledOptions {
        concurrency: 1 + random.below(4),
        max_running: random.percent(30).then(|| 1 + random.below(4)),
        per_day: quota.map(|(daily, _)| daily),
        concurrent: quota.map(|(_, most)| most),
    };
    let faults = if random.percent(50) { random.below(15) } else { 0 };
    let chance = random.clone();
    sim.script(move |arrival| delivery(&chance, arrival.request.method.as_str() == "POST", faults));
    for _ in 0..random.below(5) {
        let steps = 1 + usize::try_from(random.below(1 + random.below(200))).unwrap();
        // A run may also end early, because lists fail for too long.
        let _ = run_until(&Caller::new(&sim, &disk), count, &options, steps);
    }
    sim.script(|_| Delivery::served());
    let caller = Caller::new(&sim, &disk);
    run_until(&caller, count, &options, usize::MAX).unwrap().unwrap();

    let settled = caller.settled();
    assert_eq!(settled.len(), count, "seed {seed}");
    let all = sessions(&sim);
    for (index, key) in keys(count).iter().enumerate() {
        let of_key: Vec<_> = all.iter().filter(|(_, title)| title.starts_with(&format!("{key} ["))).collect();
        let item = settled.iter().find(|item| item.index == index).unwrap();
        match item.status {
            Status::Completed => {
                assert!(
                    of_key.len() == 1 && Some(&of_key[0].0) == item.session.as_ref(),
                    "seed {seed} {key}: {of_key:?}"
                );
            }
            // Without faults each create is decided.
            Status::Unknown => assert!(faults > 0 && of_key.len() <= 1, "seed {seed} {key}: {item:?}"),
            _ => panic!("seed {seed} {key}: {item:?}"),
        }
    }
    // Unless days have passed, all sessions of the service count.
    if let (Some(_), true) = (quota, sim.elapsed_ms() < 23 * 3_600_000) {
        let (_, _, usage) = *caller.progress.borrow().last().unwrap();
        assert_eq!(usage.unwrap().day, all.len(), "seed {seed}");
    }
}

#[test]
fn schedules_with_crashes_create_each_session_once_and_count_like_the_service() {
    let count = std::env::var("JOURNAL_SCHEDULES").map_or(SCHEDULES, |number| number.parse().unwrap());
    let first = std::env::var("JOURNAL_FIRST").map_or(0, |number| number.parse().unwrap());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || (first + thread..first + count).step_by(4).for_each(schedule));
        }
    });
}
