//! Schedules of ticks with crashes, faults, late requests, lagging lists and quotas, each determined by its seed.

use crate::journalled::sessions;
use crate::journalled_schedules::{Random, delivery};
use crate::support::{Caller, Delivery, Disk, SimHost};
use crate::ticks::{assert_one_session_each, drive, tick_until};
use jules_wasm::client::batch::{JournalledOptions, TickOptions};
use jules_wasm::core::batch::Status;
use serde_json::{Value, json};

/// How many schedules a test runs. `TICK_SCHEDULES` sets another number, `TICK_FIRST` the first seed.
const SCHEDULES: u64 = 150;

/// The number of sessions of the long-lived run of the same batch on the same service without faults, which are all completed.
fn long_lived(emulator: &Value, count: usize, options: &TickOptions, quota: Option<(u64, u64)>) -> usize {
    let (sim, disk) = (SimHost::with_emulator(emulator), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let (per_day, concurrent) = (quota.map(|(daily, _)| daily), quota.map(|(_, most)| most));
    let options = JournalledOptions { per_day, concurrent, ..options.batch.clone() };
    let settled = crate::journalled::run(&caller, count, &options).unwrap();
    assert!(settled.iter().all(|item| item.status == Status::Completed));
    sessions(&sim).len()
}

fn schedule(seed: u64) {
    let random = Random::new(seed);
    let count = 2 + usize::try_from(random.below(7)).unwrap();
    let quota = random.percent(40).then(|| (if random.percent(20) { 3 } else { 20 }, 1 + random.below(3)));
    let lag = json!([{"fault": {"listLagMs": random.below(6_000)}}]);
    let emulator = match quota {
        Some((daily, concurrent)) => {
            let failure =
                ["rateLimit", "bareRateLimit", "failedPrecondition"][usize::try_from(random.below(3)).unwrap()];
            let quota = json!({"daily": daily, "concurrent": concurrent, "failure": failure});
            json!({"seed": seed, "stepMs": 2_000, "faults": lag, "quota": quota})
        }
        None => json!({"seed": seed, "stepMs": 2_000, "faults": lag}),
    };
    let keeps_quota = random.percent(70);
    let options = TickOptions {
        batch: JournalledOptions {
            concurrency: 1 + random.below(4),
            max_running: random.percent(30).then(|| 1 + random.below(4)),
            per_day: quota.filter(|_| keeps_quota).map(|(daily, _)| daily),
            concurrent: quota.filter(|_| keeps_quota).map(|(_, most)| most),
        },
        max_requests: 3 + random.below(9),
        max_ms: 30_000,
        name: random.percent(50).then(|| "nightly".to_owned()),
        saves: random.percent(50),
    };
    let (sim, disk) = (SimHost::with_emulator(&emulator), Disk::default());
    sim.seed(seed);
    sim.deliver_late(i64::try_from(random.below(5_000)).unwrap());
    let faults = if random.percent(50) { random.below(15) } else { 0 };
    let chance = random.clone();
    sim.script(move |arrival| delivery(&chance, arrival.request.method.as_str() == "POST", faults));
    let caller = Caller::new(&sim, &disk);
    for _ in 0..random.below(8) {
        let steps = if random.percent(30) { usize::MAX } else { 1 + usize::try_from(random.below(60)).unwrap() };
        sim.forget_requests();
        let ended = tick_until(&caller, count, &disk.state(), &options, steps);
        assert!(sim.calls().len() <= usize::try_from(options.max_requests).unwrap(), "seed {seed}: {:?}", sim.calls());
        // The state of a tick that has ended is lost too, now and then, and the next tick comes at once or later.
        if let Some(state) = ended.and_then(Result::ok).filter(|_| random.percent(70)) {
            disk.save(&state.to_string());
        }
        sim.run(jules_wasm::host::Host::sleep(&sim, if random.percent(50) { 1 } else { random.below(120_000) }));
    }
    sim.script(|_| Delivery::served());
    let (state, _) = drive(&caller, count, disk.state(), &options);
    assert_one_session_each(&sim, &state, count, &format!("seed {seed}"));
    assert_eq!(sessions(&sim).len(), long_lived(&emulator, count, &options, quota), "seed {seed}");
}

#[test]
fn ticks_with_crashes_end_as_the_long_lived_run() {
    let count = std::env::var("TICK_SCHEDULES").map_or(SCHEDULES, |number| number.parse().unwrap());
    let first = std::env::var("TICK_FIRST").map_or(0, |number| number.parse().unwrap());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || (first + thread..first + count).step_by(4).for_each(schedule));
        }
    });
}
