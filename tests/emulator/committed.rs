//! Committed faults: the service carries out a request and then answers with an error.

use crate::support::{KEY, Service};
use jules_wasm::emulator::{Response, SessionSummary};
use serde_json::{Value, json};

/// The error responses that a client may retry, with their statuses.
fn retryable() -> Vec<(Value, u16)> {
    let statuses = [408, 409, 429, 499, 500, 502, 503, 504];
    let plain = statuses.into_iter().map(|status| (json!({"status": status}), status));
    let with_delay = statuses.into_iter().map(|status| (json!({"status": status, "retryAfter": 1}), status));
    let others = [
        (json!({"failedPrecondition": true}), 400),
        (json!({"failedPrecondition": true, "retryAfter": 1}), 400),
        (json!({"status": 429, "retryInfo": "1.5s"}), 429),
        (json!({"html": true}), 502),
        (json!({"status": 503, "html": true, "retryAfter": 1}), 503),
    ];
    plain.chain(with_delay).chain(others).collect()
}

/// A service whose next request of this operation meets the fault, and a session whose plan waits for approval.
fn with(on: &str, fault: &Value, committed: bool) -> (Service, String) {
    let mut fault = fault.clone();
    fault["committed"] = json!(committed);
    let after = u64::from(on == "create");
    let mut service = Service::with_json(json!({"faults": [{"on": on, "after": after, "fault": fault}]}));
    let session = service.create(json!({"prompt": "x", "requirePlanApproval": true}));
    service.wait_steps(2);
    (service, session)
}

fn send(service: &mut Service, method: &str, path: &str, body: &Value) -> Response {
    service.send(method, path, &[("X-Goog-Api-Key", KEY)], body.to_string().as_bytes())
}

/// Whether the request of this operation was carried out.
fn is_done(service: &mut Service, on: &str) -> bool {
    let now = service.now;
    let sessions = service.emulator.sessions(now);
    let is_first = |check: fn(&SessionSummary) -> bool| sessions.first().is_some_and(check);
    match on {
        "create" => sessions.len() == 2,
        "send" => is_first(|session| session.messages == ["Hello"]),
        "approve" => is_first(|session| session.events.iter().any(|event| event == "planApproved")),
        "archive" => is_first(|session| session.archived),
        "delete" => sessions.is_empty(),
        _ => panic!("{on} changes nothing"),
    }
}

#[test]
fn every_operation_can_be_committed_and_answered_with_every_retryable_status() {
    for (on, method, path, body) in [
        ("create", "POST", "/sessions", json!({"prompt": "y"})),
        ("send", "POST", "{session}:sendMessage", json!({"prompt": "Hello"})),
        ("approve", "POST", "{session}:approvePlan", json!({})),
        ("archive", "POST", "{session}:archive", json!({})),
        ("delete", "DELETE", "{session}", json!({})),
    ] {
        for (fault, status) in retryable() {
            for committed in [true, false] {
                let (mut service, session) = with(on, &fault, committed);
                let response = send(&mut service, method, &path.replace("{session}", &session), &body);
                assert_eq!(response.status, status, "{on} {fault}");
                let retry_after = response.headers.iter().find(|(name, _)| name == "retry-after");
                assert_eq!(retry_after.is_some(), fault.get("retryAfter").is_some(), "{on} {fault}");
                assert_eq!(is_done(&mut service, on), committed, "{on} {fault}");
            }
        }
    }
}

#[test]
fn an_unarchive_can_be_committed_and_answered_with_503() {
    let fault = json!([{"on": "archive", "after": 1, "fault": {"status": 503, "retryAfter": 1, "committed": true}}]);
    let mut service = Service::with_json(json!({"faults": fault}));
    let session = service.create_repoless("x");
    service.post(&format!("{session}:archive"), json!({}));
    assert_eq!(send(&mut service, "POST", &format!("{session}:unarchive"), &json!({})).status, 503);
    let now = service.now;
    assert!(service.emulator.sessions(now).iter().all(|session| !session.archived));
}

#[test]
fn a_committed_fault_hides_the_services_own_error_and_nothing_is_created() {
    let fault = json!({"status": 503, "retryAfter": 1, "committed": true});
    let faults = json!([{"on": "create", "fault": fault}]);
    let mut service = Service::with_json(json!({"faults": faults, "quota": {"concurrent": 0}}));
    assert_eq!(send(&mut service, "POST", "/sessions", &json!({"prompt": "x"})).status, 503);
    let now = service.now;
    assert!(service.emulator.sessions(now).is_empty());
}
