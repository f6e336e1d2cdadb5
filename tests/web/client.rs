//! The client in wasm on virtual time: sessions, errors, retries, aborts.

use super::support::scripted_session::{ID, ScriptedSession, agent, completed, user};
use super::support::{Delivery, SimHost, ids, run_request, session_request};
use futures::future::{AbortHandle, join};
use jules_wasm::client::batch::BatchOptions;
use jules_wasm::client::{ActivityStream, Bounds, Change, StreamOptions};
use jules_wasm::core::error::{Effect, ErrorKind};
use jules_wasm::core::options::Limits;
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn an_interactive_session_completes_with_a_pull_request() {
    let sim = SimHost::new();
    let client = sim.client();
    sim.run(async {
        let config = json!({"prompt": "[emulator: question] p", "source": {"github": "o/r", "baseBranch": "main"}});
        let id = client.create(&session_request(&config)).await.unwrap().id;
        assert_eq!(sim.calls(), ["POST /sessions"]);
        client.wait_for(&id, SessionState::AwaitingPlanApproval).await.unwrap();
        client.change(&id, Change::ApprovePlan).await.unwrap();
        client.wait_for(&id, SessionState::AwaitingUserFeedback).await.unwrap();
        let reply = client.ask(&id, "Which one?").await.unwrap();
        assert!(reply.message().unwrap().contains("Which one?"));
        let mut stream = ActivityStream::new(client.clone(), &id, StreamOptions::default());
        let mut streamed = Vec::new();
        while let Some(mut some) = stream.next().await.unwrap() {
            streamed.append(&mut some);
        }
        let outcome = client.result(&id, false, None).await.unwrap();
        assert_eq!(outcome.session.state, SessionState::Completed);
        assert_eq!(outcome.session.json["outputs"].as_array().unwrap().len(), 2);
        assert_eq!(streamed, client.info(&id, Some(None)).await.unwrap().activities);
    });
}

#[wasm_bindgen_test]
fn a_stream_yields_each_activity_once_across_equal_times_and_pages() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    for name in ["a", "b", "c", "d"] {
        script.is_listed_with_time(0, "2026-08-21T21:05:10.123Z", name, agent("At one instant"));
    }
    script.happens(7_000, "e", user("Later"));
    script.happens(8_000, "f", completed());
    script.state(8_000, "COMPLETED");
    script.pages_of(5);
    let sim = SimHost::over(script);
    let mut stream = ActivityStream::new(sim.client(), ID, StreamOptions::default());
    let mut all = Vec::new();
    sim.run(async {
        while let Some(some) = stream.next().await.unwrap() {
            all.extend(some);
        }
    });
    assert_eq!(ids(&all).concat(), "abcdef");
}

#[wasm_bindgen_test]
fn reads_are_retried_and_ambiguous_creates_are_not() {
    let sim = SimHost::new();
    sim.next_deliveries([Delivery::reset(), Delivery::status(503)]);
    sim.run(sim.client().sources(&Default::default())).unwrap();
    assert_eq!(sim.calls().len(), 3);

    let sim = SimHost::new();
    sim.next_deliveries([Delivery { reaches_the_service: false, ..Delivery::reset() }]);
    let error = sim.run(sim.client().create(&run_request(&json!({"prompt": "p"})))).unwrap_err();
    assert_eq!((error.kind, error.outcome), (ErrorKind::UnknownOutcome, Some(Effect::Unknown)));
    assert_eq!(sim.count("POST", ""), 1);
}

#[wasm_bindgen_test]
fn delays_are_computed_as_natively() {
    let sim = SimHost::new();
    sim.fix_random(0.3);
    sim.script(|_| Delivery::status(429));
    let client = sim.client_with(|options| options.config.rate_limit_retry.max_retry_time_ms = 10_000);
    sim.run(client.sources(&Default::default())).unwrap_err();
    let at: Vec<_> = sim.requests().iter().map(|sent| sent.at_ms).collect();
    assert_eq!(at, [0, 300, 900, 2_100, 4_500, 9_300]);
}

#[wasm_bindgen_test]
fn a_timeout_and_an_abort_end_a_call_immediately() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    let client = sim.client();
    let bounds = Bounds { limits: Limits { timeout_ms: Some(12_345) }, abort: None, ..Bounds::default() };
    let ended = sim.run(client.bounded(bounds, "waitFor()", client.wait_for(ID, SessionState::Paused)));
    assert_eq!((ended.unwrap_err().kind, sim.elapsed_ms(), sim.timers()), (ErrorKind::Timeout, 12_345, 0));

    sim.script(|_| Delivery::silence());
    let (handle, registration) = AbortHandle::new_pair();
    let bounds = Bounds { abort: Some(registration), ..Bounds::default() };
    let (ended, ()) = sim.run(join(client.bounded(bounds, "info()", client.get(ID)), async {
        sim.sleep(100).await;
        handle.abort();
    }));
    assert_eq!((ended.unwrap_err().kind, sim.in_flight(), sim.timers()), (ErrorKind::Abort, 0, 0));
}

#[wasm_bindgen_test]
fn a_batch_keeps_order_and_concurrency() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::slow(100));
    let client = sim.client();
    let options =
        BatchOptions { max_running: None, concurrency: 3, stop_on_error: true, delay_ms: 0, timeout_ms: None };
    let made = sim.run(client.batch(10, &options, None, |index, _| {
        let client = client.clone();
        async move { client.create(&run_request(&json!({"prompt": index.to_string()}))).await }
    }));
    let prompts: Vec<_> = made.into_iter().map(|made| made.unwrap().unwrap().prompt()).collect();
    assert_eq!(prompts, (0..10).map(|index| index.to_string()).collect::<Vec<_>>());
    assert_eq!((sim.most_in_flight(), sim.elapsed_ms()), (3, 400));
}
