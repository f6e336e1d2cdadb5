//! Ticks whose creates are refused.

use crate::journalled::{options, sessions};
use crate::support::{Answer, Caller, Delivery, Disk, Service, SimHost, run_request};
use crate::ticks::{assert_one_session_each, bounded, drive, saving, statuses, tick, wait_for_next};
use jules_wasm::client::batch::{JournalledOptions, TickOptions};
use jules_wasm::core::http::Request;
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{self, Emulator};
use jules_wasm::host::Host;
use serde_json::{Value, json};

fn emulator(options: &Value) -> Emulator {
    Emulator::new(emulator::Options::from_json(options).unwrap()).unwrap()
}

/// A service whose answers have no `Date` header, as for a page of another origin.
struct Undated(Emulator);

impl Service for Undated {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        Answer { date: None, ..Service::handle(&mut self.0, now, request) }
    }
}

#[test]
fn a_create_that_is_refused_for_good_costs_its_item() {
    for status in [413, 403] {
        let (sim, disk) = (SimHost::new(), Disk::default());
        let configure = |index| Some(json!({"prompt": format!("Task {index}")}));
        let caller = Caller { configure: Box::new(configure), ..Caller::new(&sim, &disk) };
        sim.script(move |arrival| {
            let is_refused = arrival.request.body.as_ref().is_some_and(|body| body.contains("Task 1"));
            if is_refused { Delivery::status(status) } else { Delivery::served() }
        });
        let (state, _) = drive(&caller, 3, Value::Null, &bounded());
        assert_eq!(statuses(&state), ["completed", "notCreated", "completed"]);
        assert!(state["items"][1]["error"].as_str().unwrap().contains("As scripted"), "{state}");
    }
}

#[test]
fn a_key_that_is_revoked_during_a_tick_costs_no_item() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let caller = Caller::new(&sim, &disk);
    sim.script(|arrival| if arrival.is("POST", "/sessions") { Delivery::status(401) } else { Delivery::served() });
    let state = tick(&caller, 9, &Value::Null, &bounded()).unwrap();
    assert_eq!(statuses(&state), ["waiting"; 9]);
    sim.script(|_| Delivery::served());
    let (state, _) = drive(&caller, 9, state, &bounded());
    assert_one_session_each(&sim, &state, 9, "a new key");
}

#[test]
fn access_that_is_lost_during_a_tick_costs_no_more_items_than_there_were_creates_in_flight() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let caller = Caller::new(&sim, &disk);
    sim.script(|arrival| if arrival.is("POST", "/sessions") { Delivery::status(403) } else { Delivery::served() });
    let options = TickOptions { batch: JournalledOptions { concurrency: 2, ..options() }, ..saving() };
    let state = tick(&caller, 9, &Value::Null, &options).unwrap();
    assert!(state["counts"]["notCreated"].as_u64().unwrap() <= 2, "{state}");
}

#[test]
fn a_refused_create_pauses_the_creates_and_is_tried_again() {
    let quota = json!({"daily": 100, "concurrent": 2, "failure": "bareRateLimit"});
    let sim = SimHost::with_emulator(&json!({"stepMs": 5_000, "quota": quota}));
    let caller = Caller::new(&sim, &Disk::default());
    let state = tick(&caller, 5, &Value::Null, &bounded()).unwrap();
    assert_eq!((&state["counts"]["running"], sim.count("POST", "/sessions") <= 5), (&json!(2), true));
    sim.forget_requests();
    let state = tick(&caller, 5, &state, &bounded()).unwrap();
    assert_eq!(sim.count("POST", "/sessions"), 0, "the refusal holds for half a minute");
    let (state, _) = drive(&caller, 5, state, &bounded());
    assert_one_session_each(&sim, &state, 5, "refused");
}

#[test]
fn a_pause_after_a_refusal_ends_although_the_clock_of_the_service_is_unknown() {
    let quota = json!({"daily": 100, "concurrent": 2, "failure": "bareRateLimit"});
    let sim = SimHost::over(Undated(emulator(&json!({"stepMs": 5_000, "quota": quota}))));
    let caller = Caller::new(&sim, &Disk::default());
    // An answer that is lost is never proven without a clock, and a refused create is one that might have been carried out.
    let mut state = Value::Null;
    for _ in 0..60 {
        state = tick(&caller, 5, &state, &bounded()).unwrap();
        if state["done"] == true {
            break;
        }
        sim.run(sim.sleep(20_000));
    }
    assert_eq!(state["done"], true, "{state}");
}

#[test]
fn a_quota_is_kept_without_a_refusal() {
    let quota = json!({"daily": 4, "concurrent": 2, "failure": "rateLimit"});
    let sim = SimHost::with_emulator(&json!({"stepMs": 5_000, "quota": quota}));
    let caller = Caller::new(&sim, &Disk::default());
    let other = run_request(&json!({"prompt": "of the web app"}));
    sim.run(sim.client().create(&other)).unwrap();
    let options =
        TickOptions { batch: JournalledOptions { per_day: Some(4), concurrent: Some(2), ..options() }, ..bounded() };
    let mut state = Value::Null;
    let mut posts = 0;
    while state["done"] != true {
        sim.forget_requests();
        state = tick(&caller, 6, &state, &options).unwrap();
        posts += sim.count("POST", "/sessions");
        if state["done"] != true {
            wait_for_next(&sim, &state);
        }
    }
    assert_eq!((posts, sessions(&sim).len(), statuses(&state)), (6, 7, vec!["completed"; 6]));
    assert!(sim.elapsed_ms() > 24 * 3_600_000);
}
