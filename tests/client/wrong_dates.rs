//! A proxy that sets `Date` hours ahead of the times of the service, and hosts with wrong wall clocks.

use crate::clock::Ahead;
use crate::journalled::{options, sessions};
use crate::journalled_crashes::run_until;
use crate::support::{Caller, Delivery, Disk, SimHost, run_request};
use crate::ticks::{assert_one_session_each, bounded, drive, saving, tick_until};
use jules_wasm::client::WaitOptions;
use jules_wasm::core::error::ErrorKind;
use jules_wasm::core::wait::Reason;
use jules_wasm::emulator::{Emulator, Options};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

fn ahead(millis: i64, options: &Value) -> SimHost {
    SimHost::over(Ahead(Emulator::new(Options::from_json(options).unwrap()).unwrap(), millis))
}

#[test]
fn a_message_is_sent_once_although_dates_are_hours_ahead() {
    for hours in [5, 24] {
        let sim = ahead(hours * HOUR_MS, &json!({"scenario": "stall"}));
        let client = sim.client();
        let id = sim.run(client.create(&run_request(&json!({"prompt": "Fix bug A"})))).unwrap().id;
        sim.next_deliveries([Delivery::status(500).committed()]);
        let sent = sim.run(client.send(&id, "Hello"));
        assert_eq!(sim.count("POST", ":sendMessage"), 1, "{hours}");
        assert!(sent.is_ok() || sent.is_err_and(|error| error.kind == ErrorKind::UnknownOutcome));
    }
}

#[test]
fn a_batch_killed_after_any_step_creates_each_session_once_although_dates_are_hours_ahead() {
    for steps in 1.. {
        let sim = ahead(5 * HOUR_MS, &json!({}));
        sim.script(|_| Delivery { there_ms: 1, back_ms: 1, ..Delivery::served() });
        let disk = Disk::default();
        let caller = || Caller {
            // With titles of the caller's own, which have no marker.
            configure: Box::new(|index| {
                Some(json!({"prompt": format!("Fix bug {index}"), "title": format!("Bug {index}")}))
            }),
            ..Caller::new(&sim, &disk)
        };
        let has_ended = run_until(&caller(), 2, &options(), steps).is_some();
        run_until(&caller(), 2, &options(), usize::MAX).unwrap().unwrap();
        assert!(sessions(&sim).len() <= 2, "killed after {steps} steps");
        if has_ended {
            return;
        }
    }
}

#[test]
fn ticks_cut_off_after_any_step_create_each_session_once_although_dates_are_hours_ahead() {
    for options in [bounded(), saving()] {
        for steps in 1.. {
            let sim = ahead(5 * HOUR_MS, &json!({"stepMs": 2_000}));
            sim.script(|_| Delivery { there_ms: 1, back_ms: 1, ..Delivery::served() });
            let disk = Disk::default();
            let caller = Caller::new(&sim, &disk);
            let has_ended = tick_until(&caller, 3, &Value::Null, &options, steps).is_some();
            let (state, _) = drive(&caller, 3, disk.state(), &options);
            assert_one_session_each(&sim, &state, 3, &format!("cut after {steps} steps"));
            if has_ended {
                break;
            }
        }
    }
}

#[test]
fn a_session_does_not_count_as_stalled_because_dates_are_ahead() {
    for minutes in [20, 300] {
        let sim = ahead(minutes * HOUR_MS / 60, &json!({}));
        let client = sim.client();
        let id = sim.run(client.create(&run_request(&json!({"prompt": "Fix bug A"})))).unwrap().id;
        let waited = sim.run(client.wait(&id, &WaitOptions::default(), None)).unwrap();
        assert_eq!(waited.reason, Reason::Completed, "{minutes}");
    }
}

#[test]
fn a_wrong_wall_clock_prevents_nothing() {
    for hours in [-500_000, -5, 5, 500_000] {
        let sim = SimHost::new();
        sim.skew_wall_clock(hours * HOUR_MS);
        let client = sim.client();
        sim.next_deliveries([Delivery::status(500).committed()]);
        let created = sim.run(client.create(&run_request(&json!({"prompt": "Fix bug A"})))).unwrap();
        sim.next_deliveries([Delivery::status(500)]);
        sim.run(client.create(&run_request(&json!({"prompt": "Fix bug B"})))).unwrap();
        assert_eq!(sim.count("POST", "/sessions"), 3);
        assert!(sessions(&sim).iter().any(|(id, _)| id == created.id.as_str()));
    }
}
