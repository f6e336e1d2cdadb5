//! Closing a client: what it does with the calls that are under way, and its report.

use crate::journalled::{keys, options};
use crate::support::{Caller, Delivery, Disk, SimHost, run_request};
use futures::future::{join, join3};
use jules_wasm::client::batch::BatchOptions;
use jules_wasm::client::{ActivityStream, Bounds, Change, Client, Ending, StreamOptions};
use jules_wasm::core::close_report::{CloseReport, EndedCall};
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::session::Session;
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;
use serde_json::{Value, json};
use std::future::Future;

const CREATING: fn() -> Bounds = || Bounds { is_operation: true, ..Bounds::default() };

async fn create(client: &Client<SimHost>, prompt: &str) -> Result<Session<Value>, Error> {
    let (client, request) = (client.for_call(), run_request(&json!({ "prompt": prompt })));
    client.bounded(CREATING(), "run()", client.create(&request)).await
}

async fn send(client: &Client<SimHost>, id: &str, prompt: &str) -> Result<(), Error> {
    let (client, bounds) = (client.for_call(), Bounds { is_operation: true, ..Bounds::of_session(id) });
    client.bounded(bounds, "send()", client.send(id, prompt)).await
}

async fn wait(client: &Client<SimHost>, id: &str) -> Result<Session<Value>, Error> {
    let client = client.for_call();
    client.bounded(Bounds::of_session(id), "waitFor()", client.wait_for(id, SessionState::Failed)).await
}

/// Runs the work, and closes the client after this time.
async fn closed<T>(
    sim: &SimHost,
    client: &Client<SimHost>,
    after_ms: u64,
    work: impl Future<Output = T>,
) -> (T, CloseReport) {
    let closing = async {
        sim.sleep(after_ms).await;
        client.close(Some(8_000)).await
    };
    join(work, closing).await
}

fn ended(call: &'static str, session: Option<&str>) -> EndedCall {
    EndedCall { call, session_id: session.map(str::to_owned) }
}

#[test]
fn a_closed_client_begins_nothing() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(create(&client, "Fix bug A")).unwrap().id;
    assert_eq!(sim.run(client.close(None)), CloseReport::default());
    sim.forget_requests();
    let errors = [
        sim.run(create(&client, "Fix bug B")).unwrap_err(),
        sim.run(send(&client, &id, "Hurry")).unwrap_err(),
        sim.run(wait(&client, &id)).unwrap_err(),
        // Not a call of the façade, but a part of one.
        sim.run(client.get(&id)).unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind, error.outcome), (ErrorKind::Closed, Some(Effect::NotSent)), "{error}");
    }
    assert_eq!((sim.calls(), sim.run(client.close(None))), (vec![], CloseReport::default()));
}

#[test]
fn waits_and_streams_end_at_once_and_are_reported_with_their_sessions() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(create(&client, "Fix bug A")).unwrap().id;
    let mut stream = ActivityStream::new(client.for_call(), &id, StreamOptions { follow: true, ..Default::default() });
    let streaming = async {
        loop {
            let (client, bounds) = (stream.client().clone(), stream.bounds());
            let next = client.bounded(bounds, "stream()", stream.next()).await;
            if next.is_err() {
                return next.map(drop);
            }
        }
    };
    let ((waited, streamed), report) = sim.run(closed(&sim, &client, 7_000, join(wait(&client, &id), streaming)));
    let errors = [waited.unwrap_err(), streamed.unwrap_err()];
    for error in errors {
        assert_eq!((error.kind, error.outcome), (ErrorKind::Closed, None));
        assert!(error.message.contains("sessions go on"), "{error}");
    }
    let calls = vec![ended("waitFor()", Some(&id)), ended("stream()", Some(&id))];
    assert_eq!(report, CloseReport { ended: calls, ..CloseReport::default() });
    let requests = sim.calls().len();
    sim.run(sim.sleep(60_000));
    assert_eq!(sim.calls().len(), requests);
}

#[test]
fn a_create_and_a_message_that_were_sent_are_awaited_and_reported() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(create(&client, "Fix bug A")).unwrap().id;
    sim.script(|_| Delivery::slow(3_000));
    let begun = sim.elapsed_ms();
    let work = join(create(&client, "Fix bug B"), send(&client, &id, "Hurry"));
    let ((created, sent), report) = sim.run(closed(&sim, &client, 1_000, work));
    sent.unwrap();
    assert_eq!(sim.elapsed_ms() - begun, 3_000);
    assert_eq!(report, CloseReport { created: vec![created.unwrap().id], sent: vec![id], ..CloseReport::default() });
}

#[test]
fn what_is_not_answered_in_time_is_reported_as_unknown() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(create(&client, "Fix bug A")).unwrap().id;
    sim.script(|_| Delivery::slow(25_000));
    let begun = sim.elapsed_ms();
    let change = client.bounded(Bounds::of_session(&id), "archive()", client.change(&id, Change::Archive));
    let work = join3(create(&client, "Fix bug B"), send(&client, &id, "Hurry"), change);
    let ((created, sent, changed), report) = sim.run(closed(&sim, &client, 1_000, work));
    assert_eq!(sim.elapsed_ms() - begun, 9_000);
    for error in [created.map(drop).unwrap_err(), sent.unwrap_err(), changed.unwrap_err()] {
        assert_eq!((error.kind, error.outcome), (ErrorKind::Closed, Some(Effect::Unknown)), "{error}");
    }
    let requests: Vec<Value> =
        report.unknown.iter().map(|operation| serde_json::from_str(&operation.request).unwrap()).collect();
    let prompts: Vec<_> = requests.iter().map(|request| request["prompt"].as_str().unwrap()).collect();
    let sessions: Vec<_> = report.unknown.iter().map(|operation| operation.session_id.as_deref()).collect();
    assert_eq!((prompts, sessions), (vec!["Fix bug B", "Hurry"], vec![None, Some(id.as_str())]));
    assert_eq!((report.created.len(), report.ended), (0, vec![ended("archive()", Some(&id))]));
}

#[test]
fn an_operation_that_is_reconciled_is_unknown_and_sends_no_further_request() {
    for delivery in [Delivery::status(429), Delivery::status(503)] {
        let sim = SimHost::new();
        sim.next_deliveries([delivery]);
        let client = sim.client();
        let (result, report) = sim.run(closed(&sim, &client, 200, create(&client, "Fix bug A")));
        let error = result.unwrap_err();
        assert_eq!(error.outcome, Some(Effect::Unknown), "{error}");
        assert_eq!((report.unknown.len(), report.ended.len()), (1, 0), "{report:?}");
        let requests = sim.calls();
        sim.run(sim.sleep(120_000));
        assert_eq!((sim.calls().len(), sim.count("POST", "/sessions")), (requests.len(), 1));
    }
}

#[test]
fn a_create_that_waits_for_a_permit_is_not_sent() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::slow(3_000));
    let client = sim.client_with(|options| options.config.max_concurrent_requests = 1);
    let work = join(create(&client, "Fix bug A"), create(&client, "Fix bug B"));
    let ((first, second), report) = sim.run(closed(&sim, &client, 1_000, work));
    let error = second.unwrap_err();
    assert_eq!((error.kind, error.outcome), (ErrorKind::Closed, Some(Effect::NotSent)));
    assert_eq!((report.created, report.ended), (vec![first.unwrap().id], vec![ended("run()", None)]));
    assert_eq!(sim.count("POST", "/sessions"), 1);
}

#[test]
fn a_batch_starts_no_further_item() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::slow(2_000));
    let client = sim.client();
    let options =
        BatchOptions { concurrency: 2, max_running: None, stop_on_error: false, delay_ms: 0, timeout_ms: None };
    let batch = client.batch(9, &options, None, |index, _| {
        let client = client.clone();
        async move { create(&client, &format!("Fix bug {index}")).await }
    });
    let batch = async { Ok(batch.await) };
    let batch = client.under_way("all()", None, Ending::ByItself, Box::pin(batch));
    let (results, report) = sim.run(closed(&sim, &client, 3_000, batch));
    let results = results.unwrap();
    assert_eq!(results.iter().filter(|result| matches!(result, Some(Ok(_)))).count(), 4);
    assert_eq!(results.iter().filter(|result| result.is_none()).count(), 5);
    // The first two were created before.
    assert_eq!((report.created.len(), sim.count("POST", "/sessions")), (2, 4));
}

/// Runs a batch of eight items, and closes its client after this time.
fn batch_closed_after(
    after_ms: u64,
    deliveries: &[fn() -> Delivery],
) -> (SimHost, Disk, Result<(), Error>, CloseReport) {
    let (sim, disk) = (SimHost::new(), Disk::default());
    sim.fix_random(0.5);
    let deliveries = deliveries.to_vec();
    sim.script(move |arrival| {
        let place = arrival.number % deliveries.len().max(1);
        if arrival.is("POST", "/sessions") { deliveries[place]() } else { Delivery::slow(20) }
    });
    let caller = Caller::new(&sim, &disk);
    let (client, keys, options) = (sim.client(), keys(8), options());
    let batch = client.journalled_batch(&keys, disk.stored(&keys), &options, &caller);
    let bounds = Bounds { ending: Ending::ByItself, ..Bounds::default() };
    let work = client.bounded(bounds, "batch()", batch);
    let (result, report) = sim.run(closed(&sim, &client, after_ms, work));
    (sim, disk, result, report)
}

#[test]
fn a_batch_with_a_journal_ends_and_goes_on_in_a_later_run_with_one_session_for_each_key() {
    let quick: fn() -> Delivery = || Delivery::slow(40);
    let slow: fn() -> Delivery = || Delivery::slow(20_000);
    let unavailable: fn() -> Delivery = || Delivery::status(503);
    for deliveries in [&[quick][..], &[quick, slow], &[quick, unavailable]] {
        for after_ms in (0..200).step_by(13) {
            let (sim, disk, result, report) = batch_closed_after(after_ms, deliveries);
            let error = result.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Closed, "{error}");
            let made = sim.count("POST", "/sessions");
            sim.run(sim.sleep(30_000));
            assert_eq!(sim.count("POST", "/sessions"), made, "nothing is begun after the close");
            assert!(report.created.len() + report.unknown.len() <= made);
            sim.script(|_| Delivery::slow(20));
            let caller = Caller::new(&sim, &disk);
            let settled = crate::journalled::run(&caller, 8, &options()).unwrap();
            assert_eq!(settled.iter().filter(|item| item.session.is_some()).count(), 8, "after {after_ms} ms");
            assert_eq!(crate::journalled::sessions(&sim).len(), 8, "after {after_ms} ms");
        }
    }
}

#[test]
fn a_batch_reports_the_sessions_whose_ends_it_waited_for() {
    let (sim, _, result, report) = batch_closed_after(5_000, &[|| Delivery::slow(40)]);
    assert_eq!(result.unwrap_err().kind, ErrorKind::Closed);
    let mut waited: Vec<_> = report.ended.iter().filter_map(|call| call.session_id.clone()).collect();
    waited.sort();
    let mut made: Vec<_> = crate::journalled::sessions(&sim).into_iter().map(|(id, _)| id).collect();
    made.sort();
    assert_eq!((waited, report.created.len()), (made, 0));
}
