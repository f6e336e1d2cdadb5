//! The virtual clock.

use crate::support::{VirtualService, in_boba};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

#[test]
fn polling_a_session_moves_the_clock_from_state_to_state() {
    let mut service = VirtualService::new(json!({"stepMs": HOUR_MS}), true);
    let session = service.create(&in_boba("x"));
    let mut states = Vec::new();
    while states.last().is_none_or(|state| state != "COMPLETED") {
        states.push(service.state(&session));
        assert!(states.len() < 40, "{states:?}");
    }
    assert_eq!(states, ["QUEUED", "PLANNING", "IN_PROGRESS", "COMPLETED"]);
    assert!(service.clock.now().as_millis() > 5 * HOUR_MS);
}

#[test]
fn a_stream_gets_activities_one_by_one_also_while_another_caller_polls_the_state() {
    let mut service = VirtualService::new(json!({"stepMs": HOUR_MS}), true);
    let session = service.create(&in_boba("x"));
    let activities = format!("{session}/activities");
    let mut counts = vec![0];
    loop {
        // One round of a stream, with a poll by another caller in between.
        let state = service.state(&session);
        service.state(&session);
        let page = service.ok("GET", &activities, &Value::Null);
        counts.push(page["activities"].as_array().map_or(0, Vec::len));
        if state == "COMPLETED" {
            break;
        }
        assert!(counts.len() < 40, "{counts:?}");
    }
    let max_new = counts.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(max_new <= Some(3), "at most one step for each poll of a round: {counts:?}");
    assert!(counts.len() > 4, "{counts:?}");
}

#[test]
fn polling_one_session_skips_no_state_of_another() {
    let mut service = VirtualService::new(json!({}), true);
    let (one, other) = (service.create(&json!({"prompt": "x"})), service.create(&json!({"prompt": "y"})));
    let mut states = Vec::new();
    while service.state(&one) != "COMPLETED" {
        let now = service.clock.now();
        let id = other.rsplit('/').next().unwrap();
        let all = service.emulator.sessions(now);
        states.push(all.iter().find(|session| session.id == id).unwrap().state.clone());
    }
    states.dedup();
    assert_eq!(states, ["QUEUED", "PLANNING", "IN_PROGRESS"]);
}

#[test]
fn a_poll_skips_a_bounded_number_of_steps() {
    let steps: Vec<Value> = (0..3000).map(|_| json!({"say": "still here"})).collect();
    let mut service = VirtualService::new(json!({"scenario": "long", "scenarios": {"long": steps}}), true);
    let session = service.create(&json!({"prompt": "x"}));
    for _ in 0..5 {
        assert_eq!(service.state(&session), "QUEUED");
    }
    assert_eq!(service.clock.now().as_millis(), 3_000_000);
}

#[test]
fn a_first_poll_a_list_of_sources_and_a_failed_poll_do_not_move_the_clock() {
    let mut service =
        VirtualService::new(json!({"faults": [{"on": "get", "times": 3, "fault": {"status": 503}}]}), true);
    let session = service.create(&json!({"prompt": "x"}));
    let start = service.clock.now();
    for _ in 0..3 {
        assert_eq!(service.send("GET", &session, &Value::Null).status, 503);
        service.ok("GET", "/sources", &Value::Null);
    }
    assert_eq!(service.state(&session), "QUEUED");
    service.ok("GET", "/sessions", &Value::Null);
    service.ok("GET", &format!("{session}/activities"), &Value::Null);
    assert_eq!(service.clock.now(), start);
    assert_eq!(service.state(&session), "PLANNING");
}

#[test]
fn the_clock_stands_still_while_a_session_waits_for_its_user() {
    let mut body = in_boba("x");
    body["requirePlanApproval"] = json!(true);
    let mut service = VirtualService::new(json!({}), true);
    let session = service.create(&body);
    while service.state(&session) != "AWAITING_PLAN_APPROVAL" {}
    let waiting_since = service.clock.now();
    for _ in 0..20 {
        assert_eq!(service.state(&session), "AWAITING_PLAN_APPROVAL");
    }
    assert_eq!(service.clock.now(), waiting_since);
    service.ok("POST", &format!("{session}:approvePlan"), &Value::Null);
    assert_eq!(service.state(&session), "IN_PROGRESS");
}

#[test]
fn polling_moves_the_clock_to_when_a_hidden_session_becomes_visible() {
    let faults = json!([{"fault": {"notFoundFor": 300}}, {"fault": {"listLagMs": 700}}]);
    let mut service = VirtualService::new(json!({"faults": faults}), true);
    let session = service.create(&json!({"prompt": "x"}));
    assert_eq!(service.send("GET", &session, &Value::Null).status, 404);
    assert_eq!(service.send("GET", &session, &Value::Null).status, 200);
    assert_eq!(service.clock.now().as_millis(), 300);
    assert_eq!(service.ok("GET", "/sessions", &Value::Null), json!({}));
    assert_ne!(service.ok("GET", "/sessions", &Value::Null), json!({}));
    assert_eq!(service.clock.now().as_millis(), 700);
}

#[test]
fn a_create_beyond_the_quota_moves_the_clock_for_running_sessions() {
    let mut service = VirtualService::new(json!({"quota": {"concurrent": 1}}), true);
    service.create(&json!({"prompt": "x"}));
    let mut refused = 0;
    while service.send("POST", "/sessions", &json!({"prompt": "y"})).status == 429 {
        refused += 1;
        assert!(refused < 40);
    }
    assert!(refused > 3, "{refused}");
}

#[test]
fn a_delayed_response_moves_the_clock_instead() {
    let mut service = VirtualService::new(json!({"faults": [{"fault": {"delayMs": 5000}}]}), true);
    let response = service.send("GET", "/sources", &Value::Null);
    assert_eq!((response.delay_ms, response.at.as_millis(), service.clock.now().as_millis()), (0, 0, 5000));
}

#[test]
fn without_auto_advance_the_clock_moves_only_by_advance() {
    let mut service = VirtualService::new(json!({"faults": [{"on": "sources", "fault": {"delayMs": 5}}]}), false);
    let session = service.create(&json!({"prompt": "x"}));
    for _ in 0..5 {
        assert_eq!(service.state(&session), "QUEUED");
    }
    assert_eq!(service.send("GET", "/sources", &Value::Null).delay_ms, 5, "left to the caller");
    service.clock.advance(999);
    assert_eq!(service.state(&session), "QUEUED");
    service.clock.advance(1);
    assert_eq!(service.state(&session), "PLANNING");
}
