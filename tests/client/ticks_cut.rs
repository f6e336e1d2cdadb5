//! Ticks that are cut off: a client is dropped after each step of a tick, and a new one goes on with the state that was saved.

use crate::support::{Caller, Delivery, Disk, SimHost};
use crate::ticks::{assert_one_session_each, bounded, drive, saving, tick_until};
use jules_wasm::client::batch::TickOptions;
use serde_json::{Value, json};

const COUNT: usize = 5;

/// A service to which each request takes a millisecond, as does each response, and whose lists lag.
fn slow_service(lag_ms: u64) -> SimHost {
    let faults = json!([{"fault": {"listLagMs": lag_ms}}]);
    let sim = SimHost::with_emulator(&json!({"stepMs": 2_000, "faults": faults}));
    sim.script(|_| Delivery { there_ms: 1, back_ms: 1, ..Delivery::served() });
    sim
}

/// Cuts the tick that begins after `ticks` whole ones after each of its steps, and goes on at once. Returns the number of steps.
fn cut_each_step(options: &TickOptions, lag_ms: u64, ticks: usize) -> usize {
    let mut steps = 0;
    loop {
        steps += 1;
        let (sim, disk) = (slow_service(lag_ms), Disk::default());
        let caller = Caller::new(&sim, &disk);
        let mut state = Value::Null;
        for _ in 0..ticks {
            state = crate::ticks::tick(&caller, COUNT, &state, options).unwrap();
            disk.save(&state.to_string());
        }
        let has_ended = tick_until(&caller, COUNT, &state, options, steps).is_some();
        // The state of the tick is lost even if it has ended.
        let (state, _) = drive(&caller, COUNT, disk.state(), options);
        assert_one_session_each(&sim, &state, COUNT, &format!("cut after {steps} steps of tick {ticks}"));
        if has_ended {
            return steps;
        }
    }
}

#[test]
fn a_tick_cut_off_after_any_step_creates_each_session_once() {
    for options in [bounded(), saving()] {
        // Two creates a tick, so that creates begin in several ticks.
        let options = TickOptions { max_requests: 3, ..options };
        for ticks in 0..3 {
            assert!(cut_each_step(&options, 0, ticks) >= 4, "{ticks}");
        }
    }
}

#[test]
fn a_tick_cut_off_after_any_step_creates_each_session_once_although_lists_lag() {
    for options in [bounded(), saving()] {
        for ticks in 0..2 {
            cut_each_step(&TickOptions { max_requests: 3, ..options.clone() }, 6_000, ticks);
        }
    }
}

#[test]
fn a_create_that_arrives_after_its_tick_was_cut_off_is_found_by_the_next_one() {
    for options in [bounded(), saving()] {
        for steps in 1..60 {
            let (sim, disk) = (slow_service(2_000), Disk::default());
            sim.deliver_late(5_000);
            let caller = Caller::new(&sim, &disk);
            tick_until(&caller, COUNT, &Value::Null, &options, steps);
            let (state, _) = drive(&caller, COUNT, disk.state(), &options);
            assert_one_session_each(&sim, &state, COUNT, &format!("cut after {steps} steps"));
        }
    }
}
