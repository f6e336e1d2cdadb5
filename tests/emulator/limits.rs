//! The limits of the emulator's memory.

use crate::support::{KEY, Service};
use jules_wasm::emulator::{Emulator, Options};
use serde_json::{Value, json};

fn with(limits: Value) -> Service {
    Service::with_json(json!({"limits": limits}))
}

fn post(service: &mut Service, path: &str, prompt: &str) -> (u16, Value, Option<String>) {
    let body = json!({"prompt": prompt}).to_string();
    let response = service.send("POST", path, &[("X-Goog-Api-Key", KEY)], body.as_bytes());
    (response.status, serde_json::from_slice(&response.body).unwrap(), response.fault)
}

#[test]
fn a_session_beyond_the_limit_is_rejected_until_one_is_deleted() {
    let mut service = with(json!({"sessions": 2}));
    let first = service.create_repoless("x");
    service.create_repoless("[emulator: fail] x");
    service.wait_steps(60);
    let (status, answer, fault) = post(&mut service, "/sessions", "x");
    assert_eq!((status, fault.as_deref()), (400, Some("limits")));
    assert_eq!(answer["error"]["status"], "INVALID_ARGUMENT");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("limit of 2 sessions") && message.contains("No session was created"), "{message}");
    service.ok("DELETE", &first, None);
    assert_eq!(post(&mut service, "/sessions", "x").0, 200);
    assert_eq!(post(&mut service, "/sessions", "x").0, 400);
}

#[test]
fn prompts_and_messages_count_until_their_session_is_deleted() {
    let mut service = with(json!({"bytes": 500_000}));
    let long = "x".repeat(200_000);
    let first = service.create_repoless(&long);
    let second = service.create_repoless("x");
    assert_eq!(post(&mut service, &format!("{second}:sendMessage"), &long).0, 200);
    for path in ["/sessions".to_owned(), format!("{second}:sendMessage")] {
        let (status, answer, fault) = post(&mut service, &path, &long);
        assert_eq!((status, fault.as_deref()), (400, Some("limits")), "{path}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("limit of 500000 bytes") && message.contains("Nothing was done"), "{message}");
    }
    let now = service.now;
    let messages: Vec<_> = service.emulator.sessions(now).iter().map(|session| session.messages.len()).collect();
    assert_eq!(messages, [0, 1]);
    assert_eq!(post(&mut service, "/sessions", "short").0, 200);
    service.ok("DELETE", &first, None);
    assert_eq!(post(&mut service, &format!("{second}:sendMessage"), &long).0, 200);
}

#[test]
fn activities_of_the_agent_count() {
    let mut service = with(json!({"bytes": 40_000}));
    service.create_repoless("x");
    assert_eq!(post(&mut service, "/sessions", "x").0, 200);
    service.wait_steps(60);
    let mut created = 2;
    while post(&mut service, "/sessions", "x").0 == 200 {
        created += 1;
        service.wait_steps(60);
        assert!(created < 20, "the limit is reached");
    }
}

#[test]
fn an_invalid_limit_is_named_in_the_error() {
    for (limits, named) in [
        (json!({"sessions": "many"}), "\"limits.sessions\""),
        (json!({"bytes": -1}), "\"limits.bytes\""),
        (json!({"memory": 5}), "\"limits.memory\""),
        (json!(5), "\"limits\""),
    ] {
        let message = Options::from_json(&json!({"limits": limits})).and_then(Emulator::new).unwrap_err();
        assert!(message.contains("option \"limits") && message.contains(named), "{message}");
    }
}
