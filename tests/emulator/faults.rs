//! Fault rules.

use crate::support::{KEY, Service, fixture};
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{Emulator, Options, Response, TransportFault};
use serde_json::{Value, json};

fn with(faults: Value) -> Service {
    Service::with_json(json!({"faults": faults}))
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

fn create(service: &mut Service) -> Response {
    service.send("POST", "/sessions", &[("X-Goog-Api-Key", KEY)], br#"{"prompt": "x"}"#)
}

fn get(service: &mut Service, path: &str) -> Response {
    service.send("GET", path, &[("X-Goog-Api-Key", KEY)], b"")
}

fn count(service: &mut Service) -> usize {
    let now = service.now;
    service.emulator.sessions(now).len()
}

#[test]
fn a_fault_with_a_status_has_the_services_error_and_nothing_is_created() {
    let cases = [
        (json!({"status": 500}), 500, "error-500-internal"),
        (json!({"status": 503}), 503, "error-503-unavailable"),
        (json!({"status": 429}), 429, "error-429-resource-exhausted"),
        (json!({"failedPrecondition": true}), 400, "error-400-failed-precondition"),
        (json!({"status": 403}), 403, "error-403-permission-denied"),
    ];
    for (fault, status, recorded) in cases {
        let mut service = with(json!([{"on": "create", "fault": fault}]));
        let response = create(&mut service);
        assert_eq!(response.status, status);
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(body["error"]["status"], fixture(recorded)["error"]["status"], "{recorded}");
        assert_eq!(body["error"]["message"], fixture(recorded)["error"]["message"], "{recorded}");
        assert_eq!(count(&mut service), 0);
        assert_eq!(create(&mut service).status, 200, "a rule applies once by default");
    }
}

#[test]
fn a_committed_create_is_carried_out_whatever_the_response() {
    let faults = [
        (json!({"status": 504, "committed": true}), 504, None),
        (json!({"failedPrecondition": true, "committed": true}), 400, None),
        (json!({"reset": true, "committed": true}), 0, Some(TransportFault::Reset)),
        (json!({"hang": true, "committed": true}), 0, Some(TransportFault::Hang)),
        (json!({"cutBody": true, "committed": true}), 200, Some(TransportFault::Cut)),
    ];
    for (fault, status, transport) in faults {
        let mut service = with(json!([{"on": "create", "fault": fault}]));
        let response = create(&mut service);
        assert_eq!((response.status, response.transport), (status, transport), "{fault}");
        assert_eq!(count(&mut service), 1, "{fault}");
    }
}

#[test]
fn a_create_lost_before_the_service_creates_nothing() {
    for fault in [json!({"reset": true}), json!({"refuse": true}), json!({"hang": true}), json!({"cutBody": true})] {
        let mut service = with(json!([{"fault": fault}]));
        let response = create(&mut service);
        assert!(response.transport.is_some() && response.fault.is_some(), "{fault}");
        assert_eq!(count(&mut service), 0, "{fault}");
    }
}

#[test]
fn a_rule_applies_to_its_operation_after_some_requests_and_some_times() {
    let mut service = with(json!([{"on": "get", "after": 1, "times": 2, "fault": {"status": 503}}]));
    let session = service.create_repoless("x");
    service.get("/sessions");
    service.get(&format!("{session}/activities"));
    let statuses: Vec<u16> = (0..5).map(|_| get(&mut service, &session).status).collect();
    assert_eq!(statuses, [200, 503, 503, 200, 200]);
}

#[test]
fn of_several_matching_rules_the_first_applies_and_the_next_waits_for_the_next_request() {
    let mut service = with(json!([
        {"on": "create", "fault": {"status": 503}},
        {"on": "create", "fault": {"reset": true}},
    ]));
    assert_eq!(create(&mut service).status, 503);
    assert_eq!(create(&mut service).transport, Some(TransportFault::Reset));
    assert_eq!(create(&mut service).status, 200);
}

#[test]
fn probabilities_follow_the_seed() {
    let statuses = |seed: u64| -> Vec<u16> {
        let rules = json!([{"probability": 0.3, "fault": {"status": 500}}]);
        let mut service = Service::with_json(json!({"seed": seed, "faults": rules}));
        (0..200).map(|_| get(&mut service, "/sources").status).collect()
    };
    assert_eq!(statuses(1), statuses(1));
    assert_ne!(statuses(1), statuses(2));
    let failed = statuses(1).iter().filter(|status| **status == 500).count();
    assert!((40..80).contains(&failed), "{failed} of 200");
    for (probability, status) in [(0, 200), (1, 500)] {
        let mut service = with(json!([{"probability": probability, "fault": {"status": 500}}]));
        assert!((0..50).all(|_| get(&mut service, "/sources").status == status));
    }
}

#[test]
fn a_retry_delay_is_in_the_header_and_in_the_details() {
    for (given, sent) in [(json!(7), "7"), (json!("Fri, 21 Aug 2026 21:05:11 GMT"), "Fri, 21 Aug 2026 21:05:11 GMT")] {
        let mut service = with(json!([{"fault": {"status": 429, "retryAfter": given, "retryInfo": "1.5s"}}]));
        let response = get(&mut service, "/sources");
        assert_eq!(header(&response, "retry-after").as_deref(), Some(sent));
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        let detail = json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"});
        assert_eq!(body["error"]["details"], json!([detail]));
    }
}

#[test]
fn html_pages_and_redirects_are_not_json() {
    let mut service = with(json!([
        {"fault": {"html": true}},
        {"fault": {"status": 200, "html": true}},
        {"fault": {"redirect": "https://elsewhere.example/login"}},
    ]));
    for status in [502, 200] {
        let page = get(&mut service, "/sources");
        assert_eq!(
            (page.status, header(&page, "content-type").unwrap().as_str()),
            (status, "text/html; charset=UTF-8")
        );
        assert!(page.body.starts_with(b"<!doctype html>"));
    }
    let redirect = get(&mut service, "/sources");
    assert_eq!(redirect.status, 302);
    assert_eq!(header(&redirect, "location").as_deref(), Some("https://elsewhere.example/login"));
}

#[test]
fn a_delay_can_be_combined_with_another_fault() {
    let mut service = with(json!([
        {"on": "create", "fault": {"delayMs": 250}},
        {"on": "create", "fault": {"status": 503, "delayMs": 40}},
    ]));
    let late = create(&mut service);
    assert_eq!((late.status, late.delay_ms, late.fault.as_deref()), (200, 250, Some("delayMs")));
    let both = create(&mut service);
    assert_eq!((both.status, both.delay_ms, both.fault.as_deref()), (503, 40, Some("status")));
}

#[test]
fn a_new_session_answers_404_for_the_configured_time() {
    let mut service = with(json!([{"fault": {"notFoundFor": 3000}}]));
    let session = service.create_repoless("x");
    for path in [session.clone(), format!("{session}/activities")] {
        assert_eq!(get(&mut service, &path).status, 404);
    }
    assert_eq!(service.get("/sessions")["sessions"].as_array().unwrap().len(), 1, "lists show it");
    service.now = service.now.plus_millis(3001);
    assert_eq!(get(&mut service, &session).status, 200);
}

#[test]
fn a_list_lag_hides_new_sessions_and_activities() {
    let mut service = with(json!([{"fault": {"listLagMs": 1500}}]));
    let session = service.create_repoless("x");
    assert_eq!(service.get("/sessions"), json!({}));
    assert_eq!(service.state(&session), "QUEUED", "the session itself is there");
    service.now = service.now.plus_millis(2501);
    assert_eq!(service.get("/sessions")["sessions"].as_array().unwrap().len(), 1);
    assert!(service.activities(&session).is_empty(), "the plan was generated half a second ago");
    service.now = service.now.plus_millis(1001);
    assert_eq!(service.activities(&session).len(), 1);
}

#[test]
fn a_skewed_clock_shows_in_the_date_and_in_all_times() {
    for skew in [-600_000, 600_000] {
        let mut service = with(json!([{"fault": {"skewMs": skew}}]));
        let response = create(&mut service);
        let off = service.now.plus_millis(skew);
        assert_eq!(response.at, service.now, "the log has the caller's time");
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        let created = Timestamp::parse(body["createTime"].as_str().unwrap()).unwrap();
        assert!(created >= off && created < off.plus_millis(2));
        let off = off.to_string();
        let clock = off.split(['T', '.']).nth(1).unwrap();
        assert!(header(&response, "date").unwrap().contains(clock));
        assert_eq!(service.emulator.next_change(), Some(service.now.plus_millis(1000)), "in the caller's time");
        service.wait_steps(1);
        assert_eq!(service.state(&format!("/{}", body["name"].as_str().unwrap())), "PLANNING");
    }
}

#[test]
fn empty_and_small_pages_contain_every_entry_once() {
    let mut service = with(json!([{"fault": {"emptyPages": true}}, {"fault": {"maxPageSize": 2}}]));
    let session = service.create_repoless("x");
    service.wait_steps(60);
    let now = service.now;
    let all = service.emulator.sessions(now)[0].events.len();
    for (list, name, count) in
        [(format!("{session}/activities"), "activities", all), ("/sources".to_owned(), "sources", 3)]
    {
        let (mut token, mut found, mut pages) = (String::new(), Vec::new(), Vec::new());
        loop {
            let page = service.get(&format!("{list}?pageSize=100&pageToken={token}"));
            let items = page[name].as_array().cloned().unwrap_or_default();
            pages.push(items.len());
            found.extend(items);
            let Some(next) = page["nextPageToken"].as_str() else { break };
            next.clone_into(&mut token);
        }
        assert_eq!(found.len(), count);
        found.dedup();
        assert_eq!(found.len(), count, "each once");
        assert!(pages.iter().step_by(2).all(|size| *size == 0), "{pages:?}");
        assert!(pages.iter().skip(1).step_by(2).all(|size| (1..=2).contains(size)), "{pages:?}");
    }
}

#[test]
fn a_condition_is_logged_with_a_successful_response() {
    let mut service = with(json!([{"on": "list", "fault": {"maxPageSize": 1}}]));
    assert_eq!(get(&mut service, "/sessions").fault.as_deref(), Some("maxPageSize"));
    assert_eq!(get(&mut service, "/sources").fault, None);
}

#[test]
fn a_mistake_in_a_rule_is_named_with_the_number_of_the_rule() {
    let cases = [
        (json!([{"fault": {"reset": true}}, {"fault": {}}]), "rule 2: `fault` must name a fault"),
        (json!([{"fault": {"reset": true, "status": 503}}]), "status and reset"),
        (json!([{"fault": {"status": 200}}]), "`status`"),
        (json!([{"fault": {"status": 302, "html": true}}]), "`status`"),
        (json!([{"on": "creates", "fault": {"reset": true}}]), "creates"),
        (json!([{"fault": {"restart": true}}]), "restart"),
        (json!([{"times": "twice", "fault": {"reset": true}}]), "`times`"),
        (json!([{"probability": 2, "fault": {"reset": true}}]), "`probability`"),
        (json!([{"times": 1, "fault": {"skewMs": 5}}]), "`skewMs`"),
        (json!([{"fault": {"refuse": true, "committed": true}}]), "`committed`"),
        (json!([{"fault": {"reset": true, "retryAfter": 1}}]), "`retryAfter`"),
        (json!([{"fault": {"status": 503, "retryAfter": "a\nb"}}]), "`retryAfter`"),
        (json!([{"fault": {"redirect": "https://ä"}}]), "`redirect`"),
        (json!([{"fault": {"maxPageSize": 0}}]), "`maxPageSize`"),
        (json!([{"fault": {"listLagMs": 5, "delayMs": 1}}]), "`delayMs`"),
        (json!({"fault": {"reset": true}}), "\"faults\""),
    ];
    for (faults, expected) in cases {
        let options = json!({"faults": faults});
        let Err(message) = Options::from_json(&options).and_then(Emulator::new) else {
            panic!("{options} was accepted")
        };
        assert!(message.contains("option \"faults\"") && message.contains(expected), "{message}");
    }
}
