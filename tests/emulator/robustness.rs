//! The same requests give the same bytes, and no request whatever breaks the emulator.

use crate::support::{Service, in_boba};
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{Emulator, Options, Request, Response};
use proptest::prelude::*;
use serde_json::json;

/// A run through all operations; every answer of it.
fn conversation(seed: u64) -> Vec<Response> {
    let mut service = Service::with(Options { seed, ..Options::default() });
    let session = service.create(in_boba("Add a theme [emulator: question]"));
    let mut answers = Vec::new();
    let mut send = |service: &mut Service, method: &str, path: &str, body: &str| {
        answers.push(service.send(method, path, &[("X-Goog-Api-Key", "k")], body.as_bytes()));
    };
    for step in 0..20 {
        service.wait_steps(1);
        send(&mut service, "GET", &session, "");
        send(&mut service, "GET", &format!("{session}/activities"), "");
        if step == 10 {
            send(&mut service, "POST", &format!("{session}:sendMessage"), &json!({"prompt": "Corgi"}).to_string());
            send(&mut service, "POST", "/sessions", &in_boba("Another").to_string());
        }
    }
    send(&mut service, "POST", &format!("{session}:archive"), "{}");
    send(&mut service, "GET", "/sessions?pageSize=1", "");
    send(&mut service, "DELETE", &session, "");
    answers
}

#[test]
fn the_same_seed_and_requests_give_the_same_bytes() {
    assert_eq!(conversation(7), conversation(7));
}

#[test]
fn another_seed_gives_other_ids() {
    let ids = |seed| {
        let mut service = Service::with(Options { seed, ..Options::default() });
        (0..3).map(|_| service.create(in_boba("x"))).collect::<Vec<_>>()
    };
    let mut all = [ids(1), ids(2), ids(3)].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 9);
}

#[test]
fn a_clock_that_is_set_back_keeps_the_order_of_what_happened() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    service.wait_steps(3);
    service.get(&session);
    service.wait_steps(-1000);
    service.post(&format!("{session}:sendMessage"), json!({"prompt": "Hello."}));
    let newer = service.create(in_boba("y"));
    service.wait_steps(2000);
    let times: Vec<_> =
        service.activities(&session).iter().map(|a| Timestamp::parse(a["createTime"].as_str().unwrap())).collect();
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    assert_eq!(format!("/{}", service.get("/sessions")["sessions"][0]["name"].as_str().unwrap()), newer);
}

/// Requests that reach far into the emulator: real paths and names, with anything in between.
fn any_request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![Just("GET"), Just("POST"), Just("DELETE"), Just("PATCH"), Just("")];
    let path = prop_oneof![
        Just("/v1alpha/sessions".to_owned()),
        Just("/v1alpha/sources".to_owned()),
        Just("/v1alpha/sessions/{id}".to_owned()),
        Just("/v1alpha/sessions/{id}/activities".to_owned()),
        "/v1alpha/sessions/\\{id\\}:(sendMessage|approvePlan|archive|unarchive|x)",
        "/v1alpha/sources/[a-z/%.]{0,20}",
        "(https://[a-z]{1,5})?/v1alpha/[a-z/:%{}0-9]{0,20}",
        any::<String>(),
    ];
    let value = prop_oneof![
        "[ -~]{0,20}",
        any::<String>(),
        Just("create_time > \"2026-08-21T21:05:11Z\"".to_owned()),
        "-?[0-9]{0,40}",
        "[a-z*,/()]{0,30}"
    ];
    let query = prop::collection::vec(
        ("(filter|pageSize|pageToken|fields|alt|prettyPrint|key|x|page_size)", value)
            .prop_map(|(name, value)| format!("{name}={value}")),
        0..3,
    );
    let body = prop_oneof![
        Just(Vec::new()),
        any::<Vec<u8>>(),
        any::<String>().prop_map(|prompt| json!({"prompt": prompt}).to_string().into_bytes()),
        "\\[emulator: (question|fail|revive|pause|future|quota|default|x)(, (fail|revive|stall))?\\]".prop_map(
            |prompt| json!({"prompt": prompt, "requirePlanApproval": true, "automationMode": "AUTO_CREATE_PR"})
                .to_string()
                .into_bytes()
        ),
        any::<String>().prop_map(|text| in_boba(&text).to_string().into_bytes()),
    ];
    (method, path, query, body).prop_map(|(method, path, query, body)| Request {
        method: method.to_owned(),
        target: if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) },
        headers: vec![("x-goog-api-key".to_owned(), "k".to_owned())],
        body,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_at_any_time_breaks_the_emulator(
        requests in prop::collection::vec((any_request(), prop_oneof![0..5000_i64, any::<i64>()]), 1..25),
        step_ms in prop_oneof![0..2000_u64, any::<u64>()],
    ) {
        let mut emulator = Emulator::new(Options { step_ms, ..Options::default() }).unwrap();
        let mut now = Timestamp::from_millis(1_787_346_311_104);
        let mut id = "1".to_owned();
        for (mut request, passed) in requests {
            now = now.plus_millis(passed);
            request.target = request.target.replace("{id}", &id);
            let response = emulator.handle(now, &request);
            let answer: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
            prop_assert!(answer.is_object());
            match response.status {
                200 => prop_assert!(answer.get("error").is_none()),
                status => prop_assert_eq!(&answer["error"]["code"], &json!(status)),
            }
            if let Some(made) = answer["id"].as_str().filter(|id| !id.contains('/')) {
                id = made.to_owned();
            }
            emulator.next_change();
        }
    }
}
