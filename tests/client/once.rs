//! Sessions are created and messages are sent once, whatever happens to the response.

use crate::support::{Answer, Delivery, Service, SimHost, run_request};
use futures::future::{join, join_all};
use jules_wasm::client::{Client, PageRequest};
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::http::Request;
use jules_wasm::core::session::Session;
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::Emulator;
use jules_wasm::host::Host;
use serde_json::{Value, json};

async fn create(client: &Client<SimHost>) -> Result<Session<Value>, Error> {
    client.create(&run_request(&json!({"prompt": "Fix bug A"}))).await
}

/// The number of sessions of the service.
fn sessions(sim: &SimHost) -> usize {
    sim.script(|_| Delivery::served());
    sim.run(sim.client().sessions(&PageRequest { page_size: Some(100), ..PageRequest::default() })).unwrap().items.len()
}

fn precondition() -> Delivery {
    let body = include_bytes!("../fixtures/error-400-failed-precondition.json");
    Delivery::answer(Answer { status: 400, body: body.to_vec(), ..Answer::default() })
}

/// All faults of responses to requests that were carried out.
fn lost_responses() -> Vec<(&'static str, Delivery)> {
    vec![
        ("500", Delivery::status(500).committed()),
        ("502", Delivery::status(502).committed()),
        ("503", Delivery::status(503).committed()),
        ("504", Delivery::status(504).committed()),
        ("524", Delivery::status(524).committed()),
        ("400 FAILED_PRECONDITION", precondition().committed()),
        ("a reset", Delivery::reset().committed()),
        ("silence", Delivery::silence().committed()),
        ("half a body", Delivery::cut(20)),
        ("a broken body", Delivery::broken_body().committed()),
        ("a page", Delivery::body("<html>").committed()),
    ]
}

#[test]
fn a_created_session_is_found_whatever_happened_to_the_response() {
    for (what, delivery) in lost_responses() {
        let sim = SimHost::new();
        sim.next_deliveries([delivery]);
        let session = sim.run(create(&sim.client())).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(session.prompt(), "Fix bug A", "{what}");
        assert_eq!((sim.count("POST", ""), sessions(&sim)), (1, 1), "{what}");
    }
}

#[test]
fn a_create_that_was_not_carried_out_is_sent_again_after_a_final_response() {
    for (what, delivery) in
        [("500", Delivery::status(500)), ("503", Delivery::status(503)), ("precondition", precondition())]
    {
        let sim = SimHost::new();
        sim.next_deliveries([delivery]);
        sim.run(create(&sim.client())).unwrap();
        assert_eq!((sim.count("POST", ""), sessions(&sim)), (2, 1), "{what}");
    }
}

#[test]
fn a_create_at_the_session_limit_waits_until_a_session_has_ended() {
    let sim = SimHost::new();
    let mut refused = 0;
    sim.script(move |arrival| {
        refused += u32::from(arrival.is("POST", "/sessions"));
        if arrival.is("POST", "/sessions") && refused <= 5 { precondition() } else { Delivery::served() }
    });
    sim.run(create(&sim.client())).unwrap();
    assert_eq!((sim.count("POST", ""), sessions(&sim)), (6, 1));
}

#[test]
fn an_error_instead_of_the_list_causes_no_second_create() {
    let sim = SimHost::new();
    sim.script(|arrival| match arrival.number {
        1 => Delivery::status(503).committed(),
        2..6 => Delivery::body(r#"{"error":{"code":503,"message":"Try again.","status":"UNAVAILABLE"}}"#),
        _ => Delivery::served(),
    });
    let error = sim.run(create(&sim.client())).unwrap_err();
    assert_eq!((error.kind, sim.count("POST", ""), sessions(&sim)), (ErrorKind::UnknownOutcome, 1, 1));
}

#[test]
fn a_create_refused_with_a_reason_is_reconciled_but_not_sent_again() {
    let sim = SimHost::new();
    let said = r#"{"error":{"message":"Repository access is not ready","status":"FAILED_PRECONDITION"}}"#;
    sim.script(move |arrival| match arrival.is("POST", "/sessions") {
        true => Delivery::answer(Answer { status: 400, body: said.into(), ..Answer::default() }),
        false => Delivery::served(),
    });
    let error = sim.run(create(&sim.client())).unwrap_err();
    assert_eq!((error.status, error.outcome), (Some(400), Some(Effect::Refused)));
    assert_eq!(sim.count("POST", ""), 1);
    assert!(sim.elapsed_ms() < 10_000 && sim.count("GET", "/sessions") > 1, "{} ms", sim.elapsed_ms());
}

#[test]
fn a_request_that_may_still_be_processed_is_never_sent_again() {
    for (what, delivery) in [
        ("504", Delivery::status(504)),
        ("524", Delivery::status(524)),
        ("reset", Delivery::reset()),
        ("silence", Delivery::silence()),
    ] {
        let sim = SimHost::new();
        sim.next_deliveries([Delivery { reaches_the_service: false, ..delivery }]);
        let error = sim.run(create(&sim.client())).unwrap_err();
        assert_eq!((error.kind, error.outcome), (ErrorKind::UnknownOutcome, Some(Effect::Unknown)), "{what}");
        assert_eq!(error.candidates, Some(Vec::new()));
        let request: Value = serde_json::from_str(error.request.as_deref().unwrap()).unwrap();
        assert_eq!(request["prompt"], "Fix bug A", "what to look for later");
        assert_eq!((sim.count("POST", ""), sessions(&sim)), (1, 0), "{what}");
    }
}

#[test]
fn a_successful_create_and_a_plain_refusal_are_one_request() {
    let sim = SimHost::new();
    sim.run(create(&sim.client())).unwrap();
    assert_eq!(sim.calls(), ["POST /sessions"]);
    let sim = SimHost::new();
    sim.next_deliveries([Delivery::status(401)]);
    sim.run(create(&sim.client())).unwrap_err();
    assert_eq!(sim.calls(), ["POST /sessions"]);
}

/// Another process created an equal session this long ago.
fn after_another_process(seconds: u64) -> SimHost {
    let sim = SimHost::new();
    sim.run(create(&sim.client())).unwrap();
    sim.run(sim.sleep(seconds * 1_000));
    sim
}

#[test]
fn an_equal_session_that_is_hours_older_is_not_the_result() {
    let sim = after_another_process(4_000);
    sim.next_deliveries([Delivery::status(503)]);
    sim.run(create(&sim.client())).unwrap();
    assert_eq!(sessions(&sim), 2);
}

#[test]
fn an_equal_session_that_is_slightly_older_is_a_candidate() {
    let sim = after_another_process(60);
    sim.next_deliveries([Delivery::status(503)]);
    let error = sim.run(create(&sim.client())).unwrap_err();
    assert_eq!((error.kind, error.candidates.as_ref().map(Vec::len)), (ErrorKind::UnknownOutcome, Some(1)));
    assert_eq!(sessions(&sim), 1);
}

#[test]
fn a_session_that_was_read_before_is_not_the_result() {
    type Reading = fn(&SimHost, &Client<SimHost>, &str);
    let readings: [Reading; 2] = [
        |sim, client, _| drop(sim.run(client.sessions(&PageRequest::default())).unwrap()),
        |sim, client, id| drop(sim.run(client.get(id)).unwrap()),
    ];
    for read in readings {
        let sim = SimHost::new();
        let id = sim.run(create(&sim.client())).unwrap().id;
        let client = sim.client();
        read(&sim, &client, &id);
        sim.next_deliveries([Delivery::status(503)]);
        assert_ne!(sim.run(create(&client)).unwrap().id, id);
        assert_eq!(sessions(&sim), 2);
    }
}

#[test]
fn the_local_clock_does_not_matter() {
    for skew in [-600_000, 600_000] {
        let sim = SimHost::new();
        sim.skew_clock(skew);
        sim.run(create(&sim.client())).unwrap();
        sim.run(sim.sleep(120_000));
        sim.next_deliveries([Delivery::status(503).committed()]);
        sim.run(create(&sim.client())).unwrap();
        assert_eq!((sim.count("POST", ""), sessions(&sim)), (2, 2), "{skew}");
    }
}

#[test]
fn sixty_identical_creates_get_sixty_sessions() {
    let sim = SimHost::new();
    let mut count = 0;
    sim.script(move |arrival| {
        count += 1;
        match (arrival.is("POST", "/sessions"), count % 3) {
            (true, 0) => Delivery::status(503).committed(),
            (true, 1) => Delivery::status(503),
            _ => Delivery::served(),
        }
    });
    let client = sim.client();
    let made = sim.run(join_all((0..60).map(|_| create(&client))));
    let mut ids: Vec<_> = made.into_iter().map(|session| session.unwrap().id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), sessions(&sim)), (60, 60));
}

#[test]
fn creates_with_indistinguishable_results_get_a_session_each() {
    for other in [
        json!({"prompt": " Fix bug A\n"}),
        json!({"prompt": "Fix bug A", "title": "Bug A"}),
        json!({"prompt": "Fix bug A", "requireApproval": true}),
    ] {
        let sim = SimHost::new();
        let client = sim.client();
        // Ours is not carried out at first; the other one exists during reconciling, but has no response yet.
        let mut posts = 0;
        sim.script(move |arrival| {
            posts += usize::from(arrival.is("POST", "/sessions"));
            match (arrival.is("POST", "/sessions"), posts) {
                (true, 1) => Delivery::status(503),
                (true, 2) => Delivery::slow(5_000),
                _ => Delivery::served(),
            }
        });
        let request = run_request(&other);
        let (ours, theirs) = sim.run(join(create(&client), client.create(&request)));
        assert_ne!(ours.unwrap().id, theirs.unwrap().id, "{other}");
        assert_eq!(sessions(&sim), 2, "{other}");
    }
}

#[test]
fn with_two_candidates_none_is_the_result() {
    let sim = SimHost::new();
    let stranger = sim.client();
    // During our request another client creates an equal session.
    sim.next_deliveries([Delivery { back_ms: 500, ..Delivery::status(503).committed() }]);
    let client = sim.client();
    let (ours, theirs) = sim.run(join(create(&client), create(&stranger)));
    let error = ours.unwrap_err();
    assert_eq!(error.kind, ErrorKind::UnknownOutcome);
    let candidates = error.candidates.clone().unwrap();
    assert_eq!(candidates.len(), 2);
    assert!(candidates.contains(&theirs.unwrap().id));
}

#[test]
fn an_error_contains_the_total_number_of_attempts() {
    let sim = SimHost::new();
    let mut posts = 0;
    sim.script(move |arrival| {
        if !arrival.is("POST", "/sessions") {
            return Delivery::served();
        }
        posts += 1;
        match posts {
            1 => Delivery::status(429),
            2 => Delivery::status(503),
            _ => Delivery { reaches_the_service: false, ..Delivery::reset() },
        }
    });
    let error = sim.run(create(&sim.client())).unwrap_err();
    assert_eq!((error.kind, error.attempts, sim.count("POST", "")), (ErrorKind::UnknownOutcome, Some(3), 3));
    assert!(error.message.contains("Attempts: 3."), "{error}");
}

#[test]
fn a_create_response_without_an_id_is_an_unknown_outcome_with_the_request() {
    for client in [SimHost::client, crate::support::hasty] {
        let sim = SimHost::new();
        sim.script(|arrival| if arrival.is("POST", "/sessions") { Delivery::body("{}") } else { Delivery::served() });
        let error = sim.run(create(&client(&sim))).unwrap_err();
        assert_eq!((error.method, error.status, error.attempts), (Some("POST"), Some(200), Some(1)), "{error}");
        assert!(error.url.as_deref().is_some_and(|url| url.ends_with("/sessions")), "{error}");
        assert!(error.message.contains("neither name nor id"), "{error}");
    }
}

#[test]
fn without_reconciling_the_error_is_returned_immediately() {
    let sim = SimHost::new();
    sim.next_deliveries([Delivery::status(503)]);
    let error = sim.run(create(&crate::support::hasty(&sim))).unwrap_err();
    assert_eq!((error.status, error.outcome, sim.calls().len()), (Some(503), Some(Effect::Unknown), 1));
}

#[test]
fn a_message_is_sent_once_whatever_happened_to_the_response() {
    for (what, delivery) in lost_responses() {
        let sim = SimHost::new();
        let client = sim.client();
        let id = sim.run(create(&client)).unwrap().id;
        sim.next_deliveries([delivery]);
        sim.run(client.send(&id, "Hello")).unwrap_or_else(|error| panic!("{what}: {error}"));
        sim.script(|_| Delivery::served());
        let all = sim.run(client.info(&id, Some(None))).unwrap().activities;
        assert_eq!(all.iter().filter(|a| a.message().as_deref() == Some("Hello")).count(), 1, "{what}");
        assert_eq!(sim.count("POST", ":sendMessage"), 1, "{what}");
    }
}

#[test]
fn a_message_that_was_not_carried_out_is_sent_again_after_a_final_response() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(create(&client)).unwrap().id;
    sim.next_deliveries([Delivery::status(503)]);
    sim.run(client.send(&id, "Hello")).unwrap();
    let all = sim.run(client.info(&id, Some(None))).unwrap().activities;
    assert_eq!(all.iter().filter(|a| a.message().as_deref() == Some("Hello")).count(), 1);
    assert_eq!(sim.count("POST", ":sendMessage"), 2);
}

#[test]
fn an_equal_message_is_not_mistaken_for_one_that_was_not_sent() {
    for (first, second) in [("Hello", "Hello"), ("Hello", "Hello\n")] {
        let sim = SimHost::new();
        let client = sim.client();
        let id = sim.run(create(&client)).unwrap().id;
        sim.run(client.send(&id, first)).unwrap();
        sim.next_deliveries([Delivery::status(503)]);
        let error = sim.run(client.send(&id, second)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::UnknownOutcome, "{second:?}");
    }
}

#[test]
fn a_message_to_a_failed_session_fails_after_reconciling_not_after_minutes() {
    let sim = SimHost::with_emulator(&json!({"scenario": "fail"}));
    let client = sim.client();
    let id = sim.run(create(&client)).unwrap().id;
    sim.run(client.result(&id, false, None)).unwrap();
    let before = sim.elapsed_ms();
    let error = sim.run(client.send(&id, "Hello")).unwrap_err();
    assert_eq!((error.status, error.outcome), (Some(400), Some(Effect::Refused)));
    assert_eq!(sim.count("POST", ":sendMessage"), 1);
    assert!(sim.elapsed_ms() - before < 25_000, "{} ms", sim.elapsed_ms() - before);
}

/// A service that changes prompts and titles in this way.
struct Editing(Emulator, fn(&str) -> String);

impl Service for Editing {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let mut request = request.clone();
        if let Some(mut body) = request.body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok()) {
            for name in ["prompt", "title"] {
                if let Some(text) = body[name].as_str().map(self.1) {
                    body[name] = text.into();
                }
            }
            request.body = Some(body.to_string());
        }
        Service::handle(&mut self.0, now, &request)
    }
}

fn editing(edit: fn(&str) -> String) -> SimHost {
    SimHost::over(Editing(Emulator::new(Default::default()).unwrap(), edit))
}

fn tidied(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_created_session_is_found_although_the_service_normalised_its_prompt() {
    let sim = editing(tidied);
    let client = sim.client();
    sim.next_deliveries([Delivery::status(500).committed()]);
    let config = json!({"prompt": "Fix bug A:  \r\n- here\r\n- there\t\r\n", "title": "Bug A "});
    let id = sim.run(client.create(&run_request(&config))).unwrap().id;
    assert_eq!((sim.count("POST", ""), sessions(&sim)), (1, 1));
    sim.next_deliveries([Delivery::status(500).committed()]);
    sim.run(client.send(&id, "Hello \r\nthere")).unwrap();
    assert_eq!(sim.count("POST", ":sendMessage"), 1);
}

#[test]
fn an_equal_session_with_another_title_is_a_candidate_and_no_second_create_is_sent() {
    let sim = editing(|text| text.chars().take(20).collect());
    sim.next_deliveries([Delivery::status(500).committed()]);
    let config = json!({"prompt": "Fix bug A", "title": "A title that is longer than the service likes"});
    let error = sim.run(sim.client().create(&run_request(&config))).unwrap_err();
    assert_eq!((error.kind, error.candidates.as_ref().map(Vec::len)), (ErrorKind::UnknownOutcome, Some(1)));
    assert_eq!((sim.count("POST", ""), sessions(&sim)), (1, 1));
}

#[test]
fn a_create_that_is_reconciled_does_not_keep_its_list_from_being_retried() {
    let sim = SimHost::new();
    sim.fix_random(0.1);
    let (mut posts, mut lists) = (0, 0);
    sim.script(move |arrival| {
        posts += usize::from(arrival.is("POST", "/sessions"));
        lists += usize::from(arrival.is("GET", "/sessions?"));
        match arrival.is("POST", "/sessions") {
            // It retries, and is the one that finds out when the service is back.
            true if posts == 1 => Delivery::no_connection(),
            true if posts == 2 => Delivery::status(503).committed(),
            // More often than the retry budget pays for.
            false if lists <= 15 => Delivery::status(503),
            _ => Delivery::served(),
        }
    });
    sim.run(create(&sim.client())).unwrap();
    assert_eq!((sim.count("POST", "/sessions"), sessions(&sim)), (2, 1));
    assert!(sim.elapsed_ms() < 60_000, "{} ms", sim.elapsed_ms());
}
