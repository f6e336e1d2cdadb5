//! The quotas of sessions.

use crate::support::{Service, fixture};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

fn create(service: &mut Service) -> (u16, Value) {
    service.call("POST", "/sessions", Some(json!({"prompt": "x"})))
}

#[test]
fn the_daily_quota_counts_all_sessions_of_the_last_24_hours() {
    let mut service = Service::with_json(json!({"quota": {"daily": 2}}));
    let first = service.create_repoless("[emulator: fail] x");
    service.ok("DELETE", &first, None);
    service.now = service.now.plus_millis(HOUR_MS);
    assert_eq!(create(&mut service).0, 200);
    let (status, error) = create(&mut service);
    assert_eq!((status, &error["error"]["status"]), (429, &json!("RESOURCE_EXHAUSTED")));
    service.now = service.now.plus_millis(23 * HOUR_MS - 1);
    assert_eq!(create(&mut service).0, 429, "the first session is one millisecond short of a day old");
    service.now = service.now.plus_millis(1);
    assert_eq!(create(&mut service).0, 200);
    assert_eq!(create(&mut service).0, 429, "the second is 23 hours old");
}

#[test]
fn the_end_of_a_session_makes_room_in_the_concurrent_quota() {
    let mut service = Service::with_json(json!({"quota": {"concurrent": 2, "failure": "failedPrecondition"}}));
    let first = service.create_repoless("x");
    service.create_repoless("[emulator: stall] x");
    let (status, error) = create(&mut service);
    assert_eq!((status, &error["error"]["status"]), (400, &json!("FAILED_PRECONDITION")));
    service.run_until(&first, &["COMPLETED"]);
    assert_eq!(create(&mut service).0, 200);
    assert_eq!(create(&mut service).0, 400);
}

/// The error of a create beyond one of the quotas.
fn error_beyond(quota: &Value, failure: Option<&str>) -> (u16, Value) {
    let mut quota = quota.clone();
    if let Some(failure) = failure {
        quota["failure"] = json!(failure);
    }
    let mut service = Service::with_json(json!({"quota": quota}));
    assert_eq!(create(&mut service).0, 200);
    let (status, answer) = create(&mut service);
    let now = service.now;
    assert_eq!(service.emulator.sessions(now).len(), 1);
    (status, answer["error"].clone())
}

#[test]
fn the_error_names_the_daily_or_the_concurrent_quota() {
    let cases = [
        (json!({"daily": 1}), "CreateSessionRequestsPerDayPerProject", "1/d/{project}", "RATE_LIMIT_EXCEEDED"),
        (json!({"concurrent": 1}), "ConcurrentSessionsPerProject", "1/{project}", "RESOURCE_QUOTA_EXCEEDED"),
        (
            json!({"daily": 1, "concurrent": 1}),
            "CreateSessionRequestsPerDayPerProject",
            "1/d/{project}",
            "RATE_LIMIT_EXCEEDED",
        ),
    ];
    for (quota, id, unit, reason) in cases {
        for failure in [None, Some("rateLimit")] {
            let (status, error) = error_beyond(&quota, failure);
            assert_eq!((status, &error["code"], &error["status"]), (429, &json!(429), &json!("RESOURCE_EXHAUSTED")));
            let info = &error["details"][0];
            assert_eq!(info["@type"], "type.googleapis.com/google.rpc.ErrorInfo");
            assert_eq!((&info["reason"], &info["domain"]), (&json!(reason), &json!("googleapis.com")));
            let metadata = &info["metadata"];
            assert_eq!((&metadata["quota_limit"], &metadata["quota_unit"]), (&json!(id), &json!(unit)));
            assert_eq!(metadata["quota_limit_value"], "1");
            assert_eq!(metadata["service"], "jules.googleapis.com");
        }
        let (status, error) = error_beyond(&quota, Some("quotaFailure"));
        assert_eq!((status, &error["status"]), (429, &json!("RESOURCE_EXHAUSTED")));
        assert_eq!(error["message"], fixture("error-429-resource-exhausted")["error"]["message"]);
        let failure = &error["details"][0];
        assert_eq!(failure["@type"], "type.googleapis.com/google.rpc.QuotaFailure");
        let violation = &failure["violations"][0];
        assert_eq!((&violation["quotaId"], &violation["quotaValue"]), (&json!(id), &json!("1")));
    }
}

#[test]
fn the_error_can_omit_the_quota() {
    for quota in [json!({"daily": 1}), json!({"concurrent": 1})] {
        for (failure, status, recorded) in [
            ("bareRateLimit", 429, "error-429-resource-exhausted"),
            ("failedPrecondition", 400, "error-400-failed-precondition"),
        ] {
            assert_eq!(error_beyond(&quota, Some(failure)), (status, fixture(recorded)["error"].clone()), "{failure}");
        }
    }
}

#[test]
fn a_paused_session_does_not_count_and_resumes_beyond_the_quota() {
    let mut service = Service::with_json(json!({"scenario": "stall", "quota": {"concurrent": 1}}));
    let session = service.create_repoless("x");
    service.wait_steps(20);
    assert_eq!(create(&mut service).0, 429);
    service.post(&format!("{session}:archive"), json!({}));
    assert_eq!(create(&mut service).0, 200);
    service.post(&format!("{session}:sendMessage"), json!({"prompt": "Go on"}));
    assert_eq!(service.state(&session), "IN_PROGRESS");
}

#[test]
fn an_invalid_request_does_not_count() {
    let mut service = Service::with_json(json!({"quota": {"daily": 1}}));
    assert_eq!(service.call("POST", "/sessions", Some(json!({"prompt": ""}))).0, 400);
    assert_eq!(service.call("POST", "/sessions", Some(json!({"prompt": "x [emulator: unavailable]"}))).0, 503);
    assert_eq!(create(&mut service).0, 200);
}
