//! Batches that are advanced by ticks.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use crate::journalled::{keys, options, sessions};
use crate::support::{Caller, Delivery, Disk, SimHost, run_request};
use jules_wasm::client::PageRequest;
use jules_wasm::client::batch::{JournalledOptions, TickOptions};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::time::Timestamp;
use jules_wasm::host::Host;
use serde_json::{Value, json};

/// At most ten requests a tick, without `save`.
pub fn bounded() -> TickOptions {
    TickOptions { batch: options(), max_requests: 10, max_ms: 30_000, ..TickOptions::default() }
}

/// The same with `save`.
pub fn saving() -> TickOptions {
    TickOptions { saves: true, ..bounded() }
}

/// One tick in a new process, which is killed after this many steps. `None`: it was killed.
pub fn tick_until(
    caller: &Caller,
    count: usize,
    state: &Value,
    options: &TickOptions,
    steps: usize,
) -> Option<Result<Value, Error>> {
    let client = caller.sim.client();
    let keys = keys(count);
    let mut tick = pin!(client.tick(state, &keys, options, caller));
    let mut left = steps;
    let ended = caller.sim.run(poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        tick.as_mut().poll(context).map(Some)
    }));
    ended.map(|text| text.map(|text| serde_json::from_str(&text).unwrap()))
}

/// One tick in a new process.
pub fn tick(caller: &Caller, count: usize, state: &Value, options: &TickOptions) -> Result<Value, Error> {
    tick_until(caller, count, state, options, usize::MAX).unwrap()
}

/// Waits until the state says that a tick is worthwhile.
pub fn wait_for_next(sim: &SimHost, state: &Value) {
    let at = Timestamp::parse(state["nextTickAt"].as_str().unwrap()).unwrap();
    let now = crate::support::START_MS + sim.elapsed_ms();
    sim.run(sim.sleep(u64::try_from(at.as_millis() - now).unwrap_or(0).max(1)));
}

/// Ticks, each in a new process, until the batch is done. Returns the state and the number of ticks.
pub fn drive(caller: &Caller, count: usize, state: Value, options: &TickOptions) -> (Value, usize) {
    let mut state = state;
    for number in 1..2_000 {
        caller.sim.forget_requests();
        state = tick(caller, count, &state, options).unwrap();
        assert!(caller.sim.calls().len() <= usize::try_from(options.max_requests).unwrap());
        if state["done"] == true {
            return (state, number);
        }
        wait_for_next(&caller.sim, &state);
    }
    panic!("not done: {state}");
}

pub fn statuses(state: &Value) -> Vec<&str> {
    state["items"].as_array().unwrap().iter().map(|item| item["status"].as_str().unwrap()).collect()
}

/// Asserts that each key has one session, that of its item, and that all have completed.
pub fn assert_one_session_each(sim: &SimHost, state: &Value, count: usize, what: &str) {
    assert_eq!(statuses(state), vec!["completed"; count], "{what}: {state}");
    let all = sessions(sim);
    assert_eq!(all.len(), count, "{what}: {all:?}");
    for (key, item) in keys(count).iter().zip(state["items"].as_array().unwrap()) {
        let (id, _) = all.iter().find(|(_, title)| title.starts_with(&format!("{key} ["))).unwrap();
        assert_eq!(item["sessionId"].as_str(), Some(id.as_str()), "{what}");
    }
}

#[test]
fn twenty_sessions_are_created_and_settled_by_ticks_of_ten_requests() {
    for options in [bounded(), saving()] {
        let (sim, disk) = (SimHost::new(), Disk::default());
        let (state, ticks) = drive(&Caller::new(&sim, &disk), 20, Value::Null, &options);
        assert_one_session_each(&sim, &state, 20, "ticks");
        assert!(ticks < 20, "{ticks} ticks");
        let counts = &state["counts"];
        assert_eq!((&counts["total"], &counts["completed"], &counts["running"]), (&json!(20), &json!(20), &json!(0)));
    }
}

#[test]
fn a_state_stays_below_two_kilobytes_a_session() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let long = |index| {
        Some(json!({"prompt": "Fix ü \u{1} it. ".repeat(1_000), "title": format!("Task {index} {}", "x".repeat(500))}))
    };
    let caller = Caller { configure: Box::new(long), ..Caller::new(&sim, &disk) };
    // Nobody answers, so that all prompts are in the state.
    sim.script(|arrival| if arrival.is("POST", "/sessions") { Delivery::silence() } else { Delivery::served() });
    let options =
        TickOptions { max_requests: 40, batch: JournalledOptions { concurrency: 30, ..options() }, ..saving() };
    let state = tick(&caller, 20, &Value::Null, &options).unwrap();
    assert_eq!(state["counts"]["creating"], 20);
    assert!(state.to_string().len() < 2_000 * 20, "{}", state.to_string().len() / 20);
}

#[test]
fn a_tick_of_a_batch_that_is_done_sends_nothing() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let (state, _) = drive(&caller, 3, Value::Null, &bounded());
    sim.forget_requests();
    assert_eq!(tick(&caller, 3, &state, &bounded()).unwrap(), state);
    assert_eq!((sim.calls(), state["nextTickAt"].is_null()), (Vec::new(), true));
}

#[test]
fn running_sessions_are_polled_by_one_list() {
    let (sim, disk) = (SimHost::with_emulator(&json!({"stepMs": 600_000})), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let state = tick(&caller, 8, &Value::Null, &saving()).unwrap();
    assert_eq!(state["counts"]["running"], 8);
    sim.forget_requests();
    let state = tick(&caller, 8, &state, &saving()).unwrap();
    assert_eq!((sim.calls().len(), statuses(&state)), (1, vec!["running"; 8]));
}

#[test]
fn sessions_that_the_list_does_not_show_are_polled_singly_in_turns() {
    let (sim, disk) = (SimHost::with_emulator(&json!({"stepMs": 1_000})), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let options =
        TickOptions { max_requests: 40, batch: JournalledOptions { concurrency: 20, ..options() }, ..saving() };
    let mut state = tick(&caller, 20, &Value::Null, &options).unwrap();
    assert_eq!(state["counts"]["running"], 20);
    // The list is empty, as if a hundred newer sessions were there.
    sim.script(|arrival| if arrival.is("GET", "/sessions?") { Delivery::body("{}") } else { Delivery::served() });
    sim.run(sim.sleep(3_600_000));
    for completed in [9, 18, 20] {
        state = tick(&caller, 20, &state, &bounded()).unwrap();
        assert_eq!(state["counts"]["completed"], completed);
    }
}

#[test]
fn a_tick_without_save_waits_until_the_creates_of_lost_ticks_are_visible() {
    for (max_ms, wait_ms) in [(8_000, 7_000), (20_000, 10_000), (60_000, 15_000)] {
        let (sim, disk) = (SimHost::new(), Disk::default());
        let caller = Caller::new(&sim, &disk);
        let lost = tick_until(&caller, 1, &Value::Null, &TickOptions { max_ms, ..bounded() }, usize::MAX);
        assert!(lost.is_some());
        assert_eq!(sim.requests()[0].at_ms, wait_ms);
        tick(&caller, 1, &Value::Null, &TickOptions { max_ms, ..bounded() }).unwrap();
        assert_eq!(sim.count("POST", "/sessions"), 1, "{max_ms}");
    }
}

#[test]
fn without_save_a_tick_needs_more_time_than_replication() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let short = TickOptions { max_ms: 7_000, ..bounded() };
    let error = tick(&Caller::new(&sim, &disk), 3, &Value::Null, &short).unwrap_err();
    assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::InvalidArgument, Some("maxMs")));
    let state = tick(&Caller::new(&sim, &disk), 3, &Value::Null, &TickOptions { saves: true, ..short }).unwrap();
    assert_eq!(state["counts"]["running"], 3);
}

#[test]
fn a_lost_answer_is_searched_for_and_only_created_again_once_it_is_proven() {
    for is_carried_out in [true, false] {
        let (sim, disk) = (SimHost::new(), Disk::default());
        let caller = Caller::new(&sim, &disk);
        sim.script(move |arrival| {
            if arrival.is("POST", "/sessions") {
                Delivery { reaches_the_service: is_carried_out, ..Delivery::reset() }
            } else {
                Delivery::served()
            }
        });
        let state = tick(&caller, 2, &Value::Null, &bounded()).unwrap();
        assert_eq!(statuses(&state), ["creating", "creating"]);
        sim.script(|_| Delivery::served());
        let answered = sim.elapsed_ms();
        sim.forget_requests();
        let mut state = state;
        while state["done"] != true {
            wait_for_next(&sim, &state);
            state = tick(&caller, 2, &state, &bounded()).unwrap();
        }
        assert_one_session_each(&sim, &state, 2, "lost answers");
        let again = sim.requests().iter().filter(|sent| sent.method == "POST").map(|sent| sent.at_ms).min();
        assert_eq!(again.is_some(), !is_carried_out);
        assert!(again.is_none_or(|at_ms| at_ms - answered >= 60_000), "{again:?}");
    }
}

#[test]
fn max_running_limits_the_sessions_that_run() {
    let (sim, disk) = (SimHost::with_emulator(&json!({"stepMs": 5_000})), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let options = TickOptions { batch: JournalledOptions { max_running: Some(3), ..options() }, ..bounded() };
    let state = tick(&caller, 7, &Value::Null, &options).unwrap();
    assert_eq!((&state["counts"]["running"], &state["counts"]["waiting"]), (&json!(3), &json!(4)));
    let (state, _) = drive(&caller, 7, state, &options);
    assert_one_session_each(&sim, &state, 7, "max_running");
}

#[test]
fn what_map_throws_costs_its_item() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let configure = |index| (index != 1).then(|| json!({"prompt": format!("Task {index}")}));
    let caller = Caller { configure: Box::new(configure), ..Caller::new(&sim, &disk) };
    let (state, _) = drive(&caller, 3, Value::Null, &bounded());
    assert_eq!(statuses(&state), ["completed", "notCreated", "completed"]);
    assert_eq!(state["items"][1]["error"], "map has thrown");
}

#[test]
fn a_wrong_key_and_an_unreachable_service_reject_the_tick_before_a_create() {
    let sim = SimHost::with_emulator(&json!({"apiKey": "another"}));
    let error = tick(&Caller::new(&sim, &Disk::default()), 3, &Value::Null, &saving()).unwrap_err();
    assert_eq!((error.kind, sim.calls().len()), (ErrorKind::Authentication, 1));
    let sim = SimHost::new();
    sim.script(|_| Delivery::status(503));
    let error = tick(&Caller::new(&sim, &Disk::default()), 3, &Value::Null, &saving()).unwrap_err();
    assert_eq!(
        (error.status.or(error.failure.as_ref().and_then(|failure| failure.status)), sim.count("POST", "")),
        (Some(503), 0)
    );
    assert!(sim.calls().len() <= 10);
}

#[test]
fn a_state_that_cannot_be_saved_ends_the_tick_before_the_create() {
    for room in 0..4 {
        let (sim, disk) = (SimHost::new(), Disk::default());
        let caller = Caller::new(&sim, &disk);
        caller.room.set(room);
        let error = tick(&caller, 6, &Value::Null, &saving()).unwrap_err();
        assert_eq!((error.kind, sim.count("POST", "/sessions")), (ErrorKind::Journal, room));
        let caller = Caller::new(&sim, &disk);
        let (state, _) = drive(&caller, 6, disk.state(), &saving());
        assert_one_session_each(&sim, &state, 6, "a full disk");
    }
}

#[test]
fn what_is_not_a_state_is_rejected_before_any_request() {
    let sim = SimHost::new();
    let of = |item: Value| json!({"batch": "abcdef", "items": [item]});
    for state in [
        json!({}),
        json!("a"),
        json!(3),
        of(json!({"status": "lost"})),
        of(json!({"status": "completed"})),
        of(json!(1)),
    ] {
        let error = tick(&Caller::new(&sim, &Disk::default()), 1, &state, &bounded()).unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::InvalidArgument, Some("state")), "{state}");
    }
    assert_eq!(sim.calls(), [""; 0]);
}

#[test]
fn items_can_be_added_between_ticks() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let state = tick(&caller, 2, &Value::Null, &bounded()).unwrap();
    let (state, _) = drive(&caller, 4, state, &bounded());
    assert_one_session_each(&sim, &state, 4, "added");
}

#[test]
fn a_state_that_is_lost_completely_is_found_again_by_the_name_however_old() {
    for (name, is_found) in [(Some("nightly".to_owned()), true), (None, false)] {
        let (sim, disk) = (SimHost::new(), Disk::default());
        let caller = Caller::new(&sim, &disk);
        let options = TickOptions { name, ..bounded() };
        drive(&caller, 5, Value::Null, &options);
        let (state, _) = drive(&caller, 5, Value::Null, &options);
        assert_one_session_each(&sim, &state, 5, "within an hour the keys suffice");
        sim.run(sim.sleep(48 * 3_600_000));
        let (state, _) = drive(&caller, 5, Value::Null, &options);
        assert_eq!((statuses(&state), sessions(&sim).len()), (vec!["completed"; 5], if is_found { 5 } else { 10 }));
    }
}

#[test]
fn a_named_batch_is_searched_for_in_the_whole_list() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let options = TickOptions { name: Some("nightly".to_owned()), ..bounded() };
    drive(&caller, 2, Value::Null, &options);
    create_others(&sim, 450);
    let (state, _) = drive(&caller, 3, Value::Null, &options);
    assert_eq!((statuses(&state), sessions_of(&sim, "item-")), (vec!["completed"; 3], 3));
}

fn create_others(sim: &SimHost, count: usize) {
    let (client, other) = (sim.client(), run_request(&json!({"prompt": "of others"})));
    for _ in 0..count {
        sim.run(client.create(&other)).unwrap();
    }
}

/// The number of sessions whose title begins like this.
fn sessions_of(sim: &SimHost, title: &str) -> usize {
    let client = sim.client();
    let mut request = PageRequest { page_size: Some(100), ..PageRequest::default() };
    let mut count = 0;
    loop {
        let page = sim.run(client.sessions(&request)).unwrap();
        count += page.items.iter().filter(|session| session.title().starts_with(title)).count();
        match page.next_page_token {
            Some(token) => request.page_token = Some(token),
            None => return count,
        }
    }
}

#[test]
fn a_tick_that_may_send_too_few_requests_to_create_anything_says_so() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    create_others(&sim, 250);
    let caller = Caller::new(&sim, &disk);
    let state = tick(&caller, 1, &Value::Null, &TickOptions { max_requests: 9, ..saving() }).unwrap();
    let options =
        TickOptions { max_requests: 2, batch: JournalledOptions { per_day: Some(500), ..options() }, ..saving() };
    let error = tick(&caller, 2, &state, &options).unwrap_err();
    assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::InvalidArgument, Some("maxRequests")));
}

#[test]
fn a_session_that_was_deleted_is_settled_as_one_whose_wait_has_failed() {
    let (sim, disk) = (SimHost::with_emulator(&json!({"stepMs": 3_600_000})), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let state = tick(&caller, 1, &Value::Null, &saving()).unwrap();
    let id = state["items"][0]["sessionId"].as_str().unwrap().to_owned();
    sim.run(sim.client().delete(&id)).unwrap();
    let young = tick(&caller, 1, &state, &saving()).unwrap();
    assert_eq!(statuses(&young), ["running"], "a new session may not be visible yet");
    sim.run(sim.sleep(120_000));
    let state = tick(&caller, 1, &young, &saving()).unwrap();
    assert_eq!((statuses(&state), state["items"][0]["sessionId"].as_str()), (vec!["waitFailed"], Some(id.as_str())));
}

#[test]
fn two_sessions_of_one_key_leave_the_item_unknown_with_both() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let client = sim.client();
    // Two ticks that overlap.
    let keys = keys(1);
    let (first, options) = (Value::Null, bounded());
    let tick = || client.tick(&first, &keys, &options, &caller);
    let (a, b) = sim.run(futures::future::join(tick(), tick()));
    assert!(a.is_ok() && b.is_ok());
    assert_eq!(sessions(&sim).len(), 2);
    let state = crate::ticks::tick(&caller, 1, &first, &options).unwrap();
    assert_eq!((statuses(&state), sim.count("POST", "/sessions")), (vec!["unknown"], 2));
    assert_eq!(state["items"][0]["candidates"].as_array().unwrap().len(), 2);
}
