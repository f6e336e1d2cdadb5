//! The outcome in the errors of creates and messages that time out or are aborted.

use crate::polling::within;
use crate::support::{Delivery, SimHost, run_request};
use futures::future::{AbortHandle, join};
use jules_wasm::client::{Bounds, Client};
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::options::Limits;
use jules_wasm::core::session::Session;
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;
use serde_json::{Value, json};
use std::future::Future;

async fn create(client: &Client<SimHost>) -> Result<Session<Value>, Error> {
    client.create(&run_request(&json!({"prompt": "Fix bug A"}))).await
}

/// Runs a create or message, and aborts it after this time; with `None`, before its start.
async fn aborted<T>(
    sim: &SimHost,
    client: &Client<SimHost>,
    after_ms: Option<u64>,
    work: impl Future<Output = Result<T, Error>>,
) -> Error {
    let (handle, registration) = AbortHandle::new_pair();
    let bounds = Bounds { abort: Some(registration), is_operation: true, ..Bounds::default() };
    let aborting = async {
        if let Some(millis) = after_ms {
            sim.sleep(millis).await;
        }
        handle.abort();
    };
    let ((), ended) = join(aborting, client.bounded(bounds, "run()", work)).await;
    let error = ended.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Abort);
    error
}

/// The outcome of a create that is aborted after a second, with these deliveries of its requests.
fn outcome_after_a_second(deliveries: impl IntoIterator<Item = Delivery>) -> (Option<Effect>, usize) {
    let sim = SimHost::new();
    sim.fix_random(0.5);
    sim.next_deliveries(deliveries);
    let client = sim.client();
    let error = sim.run(aborted(&sim, &client, Some(1_000), create(&client)));
    let warnings = error.message.matches("may have been carried out").count();
    assert_eq!(warnings, usize::from(error.outcome == Some(Effect::Unknown)), "{error}");
    (error.outcome, sim.count("POST", "/sessions"))
}

#[test]
fn a_create_aborted_before_its_start_was_not_sent() {
    let sim = SimHost::new();
    let client = sim.client();
    let error = sim.run(aborted(&sim, &client, None, create(&client)));
    assert_eq!((error.outcome, sim.calls().len()), (Some(Effect::NotSent), 0));
    assert!(error.message.ends_with("No session was created and no message was sent."), "{}", error.message);
}

#[test]
fn a_create_aborted_while_it_waits_for_a_permit_was_not_sent() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::slow(5_000));
    let client = sim.client_with(|options| options.config.max_concurrent_requests = 1);
    let first = run_request(&json!({"prompt": "Fix bug B"}));
    let (first, error) = sim.run(join(client.create(&first), aborted(&sim, &client, Some(1_000), create(&client))));
    first.unwrap();
    assert_eq!((error.outcome, sim.calls().len()), (Some(Effect::NotSent), 1));
}

#[test]
fn a_create_that_is_aborted_while_an_identical_one_is_reconciled_was_not_sent() {
    let sim = SimHost::new();
    sim.next_deliveries([Delivery::status(503)]);
    let client = sim.client();
    let second = async {
        sim.sleep(1_000).await;
        aborted(&sim, &client, Some(1_000), create(&client)).await
    };
    let (first, error) = sim.run(join(create(&client), second));
    first.unwrap();
    assert_eq!((error.outcome, sim.count("POST", "")), (Some(Effect::NotSent), 2));
}

#[test]
fn a_create_aborted_after_attempts_without_effect_was_not_carried_out() {
    let outcome = outcome_after_a_second([(); 9].map(|()| Delivery::no_connection()));
    assert_eq!(outcome, (Some(Effect::NotSent), 2));
}

#[test]
fn a_create_aborted_after_it_was_sent_may_have_been_carried_out() {
    assert_eq!(outcome_after_a_second([Delivery::slow(5_000)]), (Some(Effect::Unknown), 1));
    assert_eq!(
        outcome_after_a_second([Delivery::status(429).retry_after("60")]),
        (Some(Effect::Unknown), 1),
        "no proof"
    );
    let lost = || Delivery::status(503).committed();
    assert_eq!(
        outcome_after_a_second([lost(), Delivery::slow(5_000)]),
        (Some(Effect::Unknown), 1),
        "while it is looked for"
    );
}

#[test]
fn a_refusal_does_not_resolve_the_doubt_of_an_earlier_attempt() {
    let sim = SimHost::new();
    let mut posts = 0;
    sim.script(move |arrival| {
        posts += usize::from(arrival.is("POST", ""));
        match posts {
            1 if arrival.is("POST", "") => Delivery::status(503),
            2 => Delivery::status(429).retry_after("60"),
            _ => Delivery::served(),
        }
    });
    let client = sim.client();
    let error = sim.run(aborted(&sim, &client, Some(20_000), create(&client)));
    assert_eq!((error.outcome, sim.count("POST", "")), (Some(Effect::Unknown), 2));
}

#[test]
fn concurrent_calls_report_their_own_outcome() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::slow(5_000));
    let first = sim.client_with(|options| options.config.max_concurrent_requests = 1);
    let second = first.for_call();
    let other = run_request(&json!({"prompt": "Fix bug B"}));
    let (sent, waiting) = sim.run(join(
        aborted(&sim, &first, Some(1_000), create(&first)),
        aborted(&sim, &second, Some(900), second.create(&other)),
    ));
    assert_eq!((sent.outcome, waiting.outcome), (Some(Effect::Unknown), Some(Effect::NotSent)));
}

#[test]
fn a_question_aborted_while_it_waits_for_the_reply_was_sent() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(create(&client)).unwrap().id;
    let error = sim.run(aborted(&sim, &client, Some(1), client.ask(&id, "Well?")));
    assert_eq!((error.outcome, sim.count("POST", ":sendMessage")), (Some(Effect::Done), 1));
    assert!(error.message.ends_with("The message was sent, and only the reply is missing: do not send it again."));
}

#[test]
fn a_create_without_time_is_not_started() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(create(&client)).unwrap().id;
    sim.forget_requests();
    let bounds = || Bounds { is_operation: true, ..within(0) };
    let errors = sim.run(async {
        [
            client.bounded(bounds(), "run()", create(&client)).await.err().unwrap(),
            client.bounded(bounds(), "send()", client.send(&id, "Hello")).await.unwrap_err(),
            client.bounded(bounds(), "ask()", client.ask(&id, "Well?")).await.err().unwrap(),
        ]
    });
    assert!(errors.iter().all(|error| (error.kind, error.outcome) == (ErrorKind::Timeout, Some(Effect::NotSent))));
    assert_eq!(sim.calls(), [""; 0]);
}

#[test]
fn a_wait_without_time_polls_once() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(create(&client)).unwrap().id;
    sim.forget_requests();
    let ended = sim.run(client.bounded(within(0), "waitFor()", client.wait_for(&id, SessionState::Paused)));
    assert_eq!((ended.unwrap_err().outcome, sim.calls().len()), (None, 1));
}

#[test]
fn a_question_with_a_lost_response_counts_as_sent_once_it_is_found() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(create(&client)).unwrap().id;
    sim.script(|arrival| match arrival.is("POST", ":sendMessage") {
        true => Delivery::status(503).committed(),
        false => Delivery::served(),
    });
    let error = sim.run(aborted(&sim, &client, Some(1), client.ask(&id, "Well?")));
    assert_eq!((error.outcome, sim.count("POST", ":sendMessage")), (Some(Effect::Done), 1));
}

/// A create of a batch that is aborted or times out a second after its start: its end, and the time of that.
fn cut_after_a_second(sim: &SimHost, delivery: Delivery, by_time: bool) -> (Result<String, Error>, i64) {
    sim.script(move |_| delivery.clone());
    let (handle, registration) = AbortHandle::new_pair();
    let limits = Limits { timeout_ms: by_time.then_some(1_000) };
    let bounds =
        Bounds { limits, abort: Some(registration), is_operation: true, awaits_answer: true, ..Bounds::default() };
    let client = sim.client();
    let request = run_request(&json!({"prompt": "A task"}));
    let abort = async {
        sim.sleep(1_000).await;
        if !by_time {
            handle.abort();
        }
    };
    let (created, ()) = sim.run(join(client.bounded(bounds, "all()", client.create(&request)), abort));
    (created.map(|session| session.id.to_string()), sim.elapsed_ms())
}

#[test]
fn a_create_of_an_aborted_batch_is_known_if_its_response_arrives_soon() {
    for by_time in [false, true] {
        let sim = SimHost::new();
        let (created, ended_ms) = cut_after_a_second(&sim, Delivery::slow(3_000), by_time);
        assert!(created.is_ok(), "{created:?}");
        assert_eq!((ended_ms, sim.calls().len(), sim.in_flight()), (3_000, 1, 0));
    }
}

#[test]
fn a_create_of_an_aborted_batch_waits_shortly_and_sends_no_second_request() {
    let cases = [(Delivery::silence(), 6_000), (Delivery { back_ms: 2_000, ..Delivery::status(503) }, 2_000)];
    for (delivery, expected_ms) in cases {
        for by_time in [false, true] {
            let sim = SimHost::new();
            let (created, ended_ms) = cut_after_a_second(&sim, delivery.clone(), by_time);
            let error = created.unwrap_err();
            assert!(matches!(error.kind, ErrorKind::Abort | ErrorKind::Timeout), "{error}");
            assert_eq!((error.outcome, ended_ms), (Some(Effect::Unknown), expected_ms), "{error}");
            assert_eq!((sim.calls().len(), sim.in_flight(), sim.timers()), (1, 0, 0));
        }
    }
}
