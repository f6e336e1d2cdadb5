//! The quota of activity lists per minute.

use crate::support::{KEY, Service, VirtualService};
use jules_wasm::emulator::{Options, Response};
use serde_json::{Value, json};

fn with(limit: u64) -> (Service, String) {
    let mut service = Service::with_json(json!({"quota": {"activityListsPerMinute": limit}}));
    let session = service.create_repoless("x");
    (service, session)
}

fn list(service: &mut Service, session: &str) -> Response {
    service.send("GET", &format!("{session}/activities"), &[("X-Goog-Api-Key", KEY)], b"")
}

#[test]
fn a_list_beyond_the_quota_has_the_error_of_googles_services() {
    let (mut service, session) = with(120);
    let statuses: Vec<u16> = (0..121).map(|_| list(&mut service, &session).status).collect();
    assert_eq!((statuses.iter().filter(|status| **status == 200).count(), statuses.last()), (120, Some(&429)));
    let refused = list(&mut service, &session);
    assert_eq!(refused.fault.as_deref(), Some("quota"));
    assert!(refused.headers.iter().all(|(name, _)| name != "retry-after"), "none was ever recorded");
    let body: Value = serde_json::from_slice(&refused.body).unwrap();
    let error = &body["error"];
    assert_eq!((&error["code"], &error["status"]), (&json!(429), &json!("RESOURCE_EXHAUSTED")));
    let info = &error["details"][0];
    assert_eq!(info["@type"], "type.googleapis.com/google.rpc.ErrorInfo");
    assert_eq!((&info["reason"], &info["domain"]), (&json!("RATE_LIMIT_EXCEEDED"), &json!("googleapis.com")));
    let metadata = &info["metadata"];
    assert_eq!(metadata["quota_limit"], "ListActivitiesRequestsPerMinutePerProject");
    assert_eq!(metadata["quota_limit_value"], "120");
    assert_eq!(metadata["quota_unit"], "1/min/{project}");
    assert_eq!(metadata["service"], "jules.googleapis.com");
    assert_eq!(error["details"][1]["@type"], "type.googleapis.com/google.rpc.Help");
}

#[test]
fn the_lists_of_all_sessions_in_any_60_seconds_count() {
    let (mut service, first) = with(2);
    let second = service.create_repoless("y");
    assert_eq!(list(&mut service, &first).status, 200);
    service.now = service.now.plus_millis(30_000);
    assert_eq!(list(&mut service, &second).status, 200);
    service.now = service.now.plus_millis(29_999);
    assert_eq!(list(&mut service, &first).status, 429, "the first list is one millisecond short of a minute ago");
    service.now = service.now.plus_millis(1);
    assert_eq!(list(&mut service, &first).status, 200, "rejected lists do not count");
    assert_eq!(list(&mut service, &second).status, 429);
}

#[test]
fn other_requests_and_a_wrong_key_do_not_count() {
    let options = json!({"apiKey": KEY, "quota": {"activityListsPerMinute": 1}});
    let mut service = Service::with_json(options);
    let session = service.create_repoless("x");
    service.wait_steps(2);
    for path in [session.as_str(), "/sessions", "/sources"] {
        service.get(path);
    }
    let path = format!("{session}/activities");
    assert_eq!(service.send("GET", &path, &[("X-Goog-Api-Key", "wrong")], b"").status, 401);
    let id = service.activities(&session)[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(list(&mut service, &session).status, 429);
    service.get(&format!("{session}/activities/{id}"));
}

#[test]
fn without_the_option_activities_can_be_listed_any_number_of_times() {
    let mut service = Service::new();
    let session = service.create_repoless("x");
    assert!((0..1000).all(|_| list(&mut service, &session).status == 200));
}

#[test]
fn setting_the_clock_back_does_not_block_lists() {
    let (mut service, session) = with(1);
    assert_eq!(list(&mut service, &session).status, 200);
    service.now = service.now.plus_millis(-3_600_000);
    assert_eq!(list(&mut service, &session).status, 200);
}

#[test]
fn a_virtual_clock_moves_to_when_the_quota_allows_a_list() {
    let options = json!({"scenario": "stall", "stepMs": 0, "quota": {"activityListsPerMinute": 3}});
    for skew in [0, 5000] {
        let mut options = options.clone();
        options["faults"] = json!([{"fault": {"skewMs": skew}}]);
        let mut service = VirtualService::new(options, true);
        let start = service.clock.now();
        let path = format!("{}/activities", service.create(&json!({"prompt": "x"})));
        let statuses = [(); 5].map(|()| service.send("GET", &path, &Value::Null).status);
        assert_eq!(statuses, [200, 200, 200, 429, 200]);
        assert_eq!(service.clock.now(), start.plus_millis(60_000));
    }
}

#[test]
fn an_invalid_quota_is_named_in_the_error() {
    let cases = [
        (json!({"activityListsPerMinute": "120"}), "\"quota.activityListsPerMinute\""),
        (json!({"activityListsPerMinute": -1}), "\"quota.activityListsPerMinute\""),
        (json!({"daily": 1.5}), "\"quota.daily\""),
        (json!({"failure": "never"}), "\"quota.failure\""),
        (json!({"activitiesPerMinute": 120}), "\"quota.activitiesPerMinute\""),
        (json!([]), "\"quota\""),
    ];
    for (quota, named) in cases {
        let message = Options::from_json(&json!({"quota": quota})).unwrap_err();
        assert!(message.contains("option \"quota") && message.contains(named), "{message}");
    }
    Options::from_json(&json!({"quota": {"activityListsPerMinute": null, "failure": null}})).unwrap();
}
