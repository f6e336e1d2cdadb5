//! Determinism and property tests.

use crate::support::{Service, in_boba};
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{Emulator, Options, Quota, QuotaFailure, Request, Response, TransportFault, VirtualClock};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The responses of a run through all operations.
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
fn the_same_seed_and_requests_produce_the_same_bytes() {
    assert_eq!(conversation(7), conversation(7));
}

#[test]
fn another_seed_produces_other_ids() {
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
fn setting_the_clock_back_keeps_the_order_of_activities() {
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

/// Requests with real paths and names, filled with arbitrary values.
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
        "\\[emulator: (question|one-answer|revise|fail|revive|pause|future|quota|default|x)(, (fail|revive|stall))?\\]"
            .prop_map(|prompt| {
                json!({"prompt": prompt, "requirePlanApproval": true, "automationMode": "AUTO_CREATE_PR"})
                    .to_string()
                    .into_bytes()
            }),
        any::<String>().prop_map(|text| in_boba(&text).to_string().into_bytes()),
    ];
    (method, path, query, body).prop_map(|(method, path, query, body)| Request {
        method: method.to_owned(),
        target: if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) },
        headers: vec![("x-goog-api-key".to_owned(), "k".to_owned())],
        body,
    })
}

/// Fault rules of every kind, with numbers of the whole range.
fn any_rule() -> impl Strategy<Value = Value> {
    let count = || prop_oneof![0..4_u64, any::<u64>()];
    let fault = prop_oneof![
        (400..600_u16, any::<bool>(), count())
            .prop_map(|(status, committed, delay)| json!({"status": status, "committed": committed, "delayMs": delay})),
        prop_oneof![Just("reset"), Just("hang"), Just("cutBody")]
            .prop_map(|name| json!({name: true, "committed": true})),
        prop_oneof![Just("refuse"), Just("html"), Just("failedPrecondition"), Just("emptyPages")]
            .prop_map(|name| json!({name: true})),
        (prop_oneof![Just("delayMs"), Just("notFoundFor"), Just("listLagMs")], count())
            .prop_map(|(name, millis)| json!({name: millis})),
        (1..50_usize).prop_map(|size| json!({"maxPageSize": size})),
        Just(json!({"shuffledPages": true})),
        (400..600_u16, prop_oneof![Just("array"), Just("oauth")])
            .prop_map(|(status, envelope)| json!({"status": status, "envelope": envelope})),
        (400..600_u16, any::<String>()).prop_map(|(status, body)| json!({"status": status, "body": body})),
        count().prop_map(|millis| json!({"activityLagMs": millis})),
        "[!-~]{0,20}".prop_map(|url| json!({"redirect": url})),
    ];
    let on = "(create|get|list|send|approve|activities|archive|delete|sources|any)";
    let rule = (on, count(), count(), 0.0..=1.0_f64, fault)
        .prop_filter("faults of activity lists are invalid for other operations", |(on, _, _, _, fault)| {
            let needs_activities = fault.get("shuffledPages").or_else(|| fault.get("activityLagMs")).is_some();
            !needs_activities || on == "activities" || on == "any"
        })
        .prop_map(|(on, after, times, probability, fault)| json!({"on": on, "after": after, "times": times, "probability": probability, "fault": fault}));
    prop_oneof![9 => rule, 1 => any::<i64>().prop_map(|skew| json!({"fault": {"skewMs": skew}}))]
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
            let answer: Value = serde_json::from_slice(&response.body).unwrap();
            prop_assert!(answer.is_object());
            match response.status {
                200 => prop_assert!(answer.get("error").is_none()),
                status => prop_assert_eq!(&answer["error"]["code"], &json!(status)),
            }
            if let Some(created) = answer["id"].as_str().filter(|id| !id.contains('/')) {
                id = created.to_owned();
            }
            emulator.next_change();
        }
    }
    #[test]
    fn no_faults_quota_or_virtual_clock_break_it_either(
        requests in prop::collection::vec((any_request(), prop_oneof![0..5000_u64, any::<u64>()]), 1..25),
        faults in prop::collection::vec(any_rule(), 0..5),
        (seed, daily, concurrent) in (any::<u64>(), prop::option::of(0..4_usize), prop::option::of(0..3_usize)),
        (start, auto_advance) in (prop_oneof![Just(1_787_346_311_104), any::<i64>()], any::<bool>()),
    ) {
        let quota = Quota { daily, concurrent, activity_lists_per_minute: concurrent, failure: QuotaFailure::default() };
        let mut emulator = Emulator::new(Options { seed, faults, quota, ..Options::default() }).unwrap();
        let mut clock = VirtualClock::new(Timestamp::from_millis(start), auto_advance);
        let mut id = "1".to_owned();
        for (mut request, passed) in requests {
            clock.advance(passed);
            request.target = request.target.replace("{id}", &id);
            let response = clock.handle(&mut emulator, &request);
            prop_assert_eq!(response.status == 0, matches!(response.transport, Some(TransportFault::Reset | TransportFault::Refuse | TransportFault::Hang)));
            if let Some(session) = emulator.sessions(clock.now()).first() {
                id.clone_from(&session.id);
            }
            emulator.next_change();
        }
    }
}
