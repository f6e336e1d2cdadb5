//! How many sessions an account may make.

use crate::support::Service;
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

fn create(service: &mut Service) -> (u16, Value) {
    service.call("POST", "/sessions", Some(json!({"prompt": "x"})))
}

#[test]
fn the_daily_quota_counts_24_hours_back_whatever_became_of_the_sessions() {
    let mut service = Service::with_json(json!({"quota": {"daily": 2}}));
    let first = service.create_repoless("[emulator: fail] x");
    service.ok("DELETE", &first, None);
    service.now = service.now.plus_millis(HOUR_MS);
    assert_eq!(create(&mut service).0, 200);
    let (status, refusal) = create(&mut service);
    assert_eq!((status, &refusal["error"]["status"]), (429, &json!("RESOURCE_EXHAUSTED")));
    service.now = service.now.plus_millis(23 * HOUR_MS - 1);
    assert_eq!(create(&mut service).0, 429, "a millisecond before the first is a day old");
    service.now = service.now.plus_millis(1);
    assert_eq!(create(&mut service).0, 200);
    assert_eq!(create(&mut service).0, 429, "the second is 23 hours old");
}

#[test]
fn so_many_sessions_run_at_one_time_and_an_end_makes_room() {
    let mut service = Service::with_json(json!({"quota": {"concurrent": 2, "failure": "failedPrecondition"}}));
    let first = service.create_repoless("x");
    service.create_repoless("[emulator: stall] x");
    let (status, refusal) = create(&mut service);
    assert_eq!((status, &refusal["error"]["status"]), (400, &json!("FAILED_PRECONDITION")));
    service.run_until(&first, &["COMPLETED"]);
    assert_eq!(create(&mut service).0, 200);
    assert_eq!(create(&mut service).0, 400);
}

#[test]
fn a_bad_request_is_refused_as_such_and_costs_nothing() {
    let mut service = Service::with_json(json!({"quota": {"daily": 1}}));
    assert_eq!(service.call("POST", "/sessions", Some(json!({"prompt": ""}))).0, 400);
    assert_eq!(service.call("POST", "/sessions", Some(json!({"prompt": "x [emulator: unavailable]"}))).0, 503);
    assert_eq!(create(&mut service).0, 200);
}
