//! The clock that moves for those who wait.

use crate::support::{KEY, in_boba};
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{Emulator, Options, Request, Response, VirtualClock};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

struct Door {
    emulator: Emulator,
    clock: VirtualClock,
}

impl Door {
    fn new(options: Value, auto_advance: bool) -> Self {
        let emulator = Emulator::new(Options::from_json(&options).unwrap()).unwrap();
        Self { emulator, clock: VirtualClock::new(Timestamp::from_millis(0), auto_advance) }
    }

    fn send(&mut self, method: &str, path: &str, body: &Value) -> Response {
        let request = Request {
            method: method.to_owned(),
            target: format!("/v1alpha{path}"),
            headers: vec![("x-goog-api-key".to_owned(), KEY.to_owned())],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        self.clock.handle(&mut self.emulator, &request)
    }

    fn ok(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let response = self.send(method, path, body);
        assert_eq!(response.status, 200);
        serde_json::from_slice(&response.body).unwrap()
    }

    fn create(&mut self, body: &Value) -> String {
        format!("/{}", self.ok("POST", "/sessions", body)["name"].as_str().unwrap())
    }

    fn state(&mut self, session: &str) -> String {
        self.ok("GET", session, &Value::Null)["state"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_wait_goes_from_state_to_state_and_passes_none_over() {
    let mut door = Door::new(json!({"stepMs": HOUR_MS}), true);
    let session = door.create(&in_boba("x"));
    let mut states = Vec::new();
    while states.last().is_none_or(|state| state != "COMPLETED") {
        states.push(door.state(&session));
        assert!(states.len() < 40, "{states:?}");
    }
    assert_eq!(states, ["QUEUED", "PLANNING", "IN_PROGRESS", "COMPLETED"]);
    assert!(door.clock.now().as_millis() > 5 * HOUR_MS);
}

#[test]
fn who_follows_the_activities_gets_them_one_by_one_also_beside_a_wait_for_the_state() {
    let mut door = Door::new(json!({"stepMs": HOUR_MS}), true);
    let session = door.create(&in_boba("x"));
    let activities = format!("{session}/activities");
    let mut counts = vec![0];
    loop {
        // The round of a stream, with a look by somebody else in the middle of it.
        let state = door.state(&session);
        door.state(&session);
        let page = door.ok("GET", &activities, &Value::Null);
        counts.push(page["activities"].as_array().map_or(0, Vec::len));
        if state == "COMPLETED" {
            break;
        }
        assert!(counts.len() < 40, "{counts:?}");
    }
    let most = counts.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(most <= Some(3), "a step for each look of a round at the most: {counts:?}");
    assert!(counts.len() > 4, "{counts:?}");
}

#[test]
fn a_wait_for_one_session_passes_no_state_of_another_over() {
    let mut door = Door::new(json!({}), true);
    let (one, other) = (door.create(&json!({"prompt": "x"})), door.create(&json!({"prompt": "y"})));
    let mut states = Vec::new();
    while door.state(&one) != "COMPLETED" {
        let now = door.clock.now();
        let id = other.rsplit('/').next().unwrap();
        let all = door.emulator.sessions(now);
        states.push(all.iter().find(|session| session.id == id).unwrap().state.clone());
    }
    states.dedup();
    assert_eq!(states, ["QUEUED", "PLANNING", "IN_PROGRESS"]);
}

#[test]
fn a_script_without_end_or_state_ends_the_wait_all_the_same() {
    let says: Vec<Value> = (0..3000).map(|_| json!({"say": "still here"})).collect();
    let mut door = Door::new(json!({"scenario": "long", "scenarios": {"long": says}}), true);
    let session = door.create(&json!({"prompt": "x"}));
    for _ in 0..5 {
        assert_eq!(door.state(&session), "QUEUED");
    }
    assert_eq!(door.clock.now().as_millis(), 3_000_000);
}

#[test]
fn a_first_look_moves_nothing_and_neither_do_sources_or_what_went_wrong() {
    let mut door = Door::new(json!({"faults": [{"on": "get", "times": 3, "fault": {"status": 503}}]}), true);
    let session = door.create(&json!({"prompt": "x"}));
    let start = door.clock.now();
    for _ in 0..3 {
        assert_eq!(door.send("GET", &session, &Value::Null).status, 503);
        door.ok("GET", "/sources", &Value::Null);
    }
    assert_eq!(door.state(&session), "QUEUED");
    door.ok("GET", "/sessions", &Value::Null);
    door.ok("GET", &format!("{session}/activities"), &Value::Null);
    assert_eq!(door.clock.now(), start);
    assert_eq!(door.state(&session), "PLANNING");
}

#[test]
fn the_clock_stands_while_the_session_waits_for_its_user() {
    let mut body = in_boba("x");
    body["requirePlanApproval"] = json!(true);
    let mut door = Door::new(json!({}), true);
    let session = door.create(&body);
    while door.state(&session) != "AWAITING_PLAN_APPROVAL" {}
    let waiting_since = door.clock.now();
    for _ in 0..20 {
        assert_eq!(door.state(&session), "AWAITING_PLAN_APPROVAL");
    }
    assert_eq!(door.clock.now(), waiting_since);
    door.ok("POST", &format!("{session}:approvePlan"), &Value::Null);
    assert_eq!(door.state(&session), "IN_PROGRESS");
}

#[test]
fn what_is_hidden_for_a_while_comes_to_be_seen_by_looking() {
    let faults = json!([{"fault": {"notFoundFor": 300}}, {"fault": {"listLagMs": 700}}]);
    let mut door = Door::new(json!({"faults": faults}), true);
    let session = door.create(&json!({"prompt": "x"}));
    assert_eq!(door.send("GET", &session, &Value::Null).status, 404);
    assert_eq!(door.send("GET", &session, &Value::Null).status, 200);
    assert_eq!(door.clock.now().as_millis(), 300);
    assert_eq!(door.ok("GET", "/sessions", &Value::Null), json!({}));
    assert_ne!(door.ok("GET", "/sessions", &Value::Null), json!({}));
    assert_eq!(door.clock.now().as_millis(), 700);
}

#[test]
fn a_create_that_the_quota_forbids_lets_the_running_ones_go_on() {
    let mut door = Door::new(json!({"quota": {"concurrent": 1}}), true);
    door.create(&json!({"prompt": "x"}));
    let mut refused = 0;
    while door.send("POST", "/sessions", &json!({"prompt": "y"})).status == 429 {
        refused += 1;
        assert!(refused < 40);
    }
    assert!(refused > 3, "{refused}");
}

#[test]
fn a_late_answer_comes_at_once_and_the_clock_is_later() {
    let mut door = Door::new(json!({"faults": [{"fault": {"delayMs": 5000}}]}), true);
    let response = door.send("GET", "/sources", &Value::Null);
    assert_eq!((response.delay_ms, response.at.as_millis(), door.clock.now().as_millis()), (0, 0, 5000));
}

#[test]
fn without_moving_by_itself_it_moves_only_as_told() {
    let mut door = Door::new(json!({"faults": [{"on": "sources", "fault": {"delayMs": 5}}]}), false);
    let session = door.create(&json!({"prompt": "x"}));
    for _ in 0..5 {
        assert_eq!(door.state(&session), "QUEUED");
    }
    assert_eq!(door.send("GET", "/sources", &Value::Null).delay_ms, 5, "left to the caller");
    door.clock.advance(999);
    assert_eq!(door.state(&session), "QUEUED");
    door.clock.advance(1);
    assert_eq!(door.state(&session), "PLANNING");
}
