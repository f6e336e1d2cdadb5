//! The poller when subscribers end or do not wait.

use crate::polling::{emulator, make, watch_for, within};
use crate::support::scripted_session::{ID, ScriptedSession, progress};
use crate::support::{Delivery, SimHost};
use futures::future::{AbortHandle, join, join_all, select};
use jules_wasm::client::{ActivityStream, Bounds, StreamOptions};
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;

#[test]
fn after_the_last_subscriber_nothing_is_left() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 30).await;
        sim.script(|_| Delivery::slow(400));
        let (handles, waits): (Vec<_>, Vec<_>) = ids
            .iter()
            .map(|id| {
                let (handle, registration) = AbortHandle::new_pair();
                let bounds = Bounds { abort: Some(registration), ..Bounds::default() };
                (handle, client.bounded(bounds, "waitFor()", client.wait_for(id, SessionState::Completed)))
            })
            .unzip();
        let leaving = async {
            sim.sleep(10_200).await;
            for handle in handles {
                handle.abort();
                sim.sleep(10).await;
            }
        };
        join(join_all(waits), leaving).await;
    });
    assert_eq!((sim.timers(), sim.in_flight()), (0, 0));
    let sent = sim.calls().len();
    sim.run(sim.sleep(60_000));
    assert_eq!(sim.calls().len(), sent);
}

#[test]
fn a_wait_continues_after_the_end_of_another_one() {
    let sim = emulator(2_000, "default");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 2).await;
        let brief =
            Box::pin(client.bounded(within(7_000), "waitFor()", client.wait_for(&ids[0], SessionState::Failed)));
        let long = Box::pin(client.result(&ids[1], false, None));
        let (first, second) = join(brief, long).await;
        assert!(first.is_err());
        assert_eq!(second.unwrap().session.state, SessionState::Completed);
    });
}

#[test]
fn each_wait_is_woken_only_for_its_own_events() {
    use futures::stream::{FuturesUnordered, StreamExt};
    let sim = emulator(2_000, "default");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 3).await;
        // Each with its own waker, so that only woken ones are polled. The first is the leader, and ends first.
        let waits: FuturesUnordered<_> = ids
            .iter()
            .enumerate()
            .map(|(number, id)| {
                let client = &client;
                async move {
                    let wait = client.result(id, false, None);
                    let wait =
                        if number == 0 { client.bounded(within(3_000), "result()", wait).await } else { wait.await };
                    wait.is_ok()
                }
            })
            .collect();
        let mut ended: Vec<bool> = waits.collect().await;
        ended.sort_unstable();
        assert_eq!(ended, [false, true, true]);
    });
    assert!(sim.elapsed_ms() < 60_000, "{} ms", sim.elapsed_ms());
}

#[test]
fn a_stream_that_is_not_read_sends_no_requests() {
    let sim = emulator(5_000, "default");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 2).await;
        let mut idle = ActivityStream::new(client.clone(), &ids[0], StreamOptions::default());
        idle.next().await.unwrap();
        sim.forget_requests();
        // Another wait does not cause requests for a stream that is not read.
        watch_for(&client, &ids[1..], 60_000).await;
        assert_eq!(sim.count("GET", &format!("/sessions/{}", ids[0])), 0);
        let mut rest = 0;
        while let Some(some) = idle.next().await.unwrap() {
            rest += some.len();
        }
        assert!(rest > 3, "and loses nothing by it");
    });
}

#[test]
fn an_unawaited_request_holds_no_permit() {
    let sim = emulator(1_000, "question");
    sim.script(|_| Delivery::slow(300));
    let client = sim.client_with(|options| options.config.max_concurrent_requests = 1);
    sim.run(async {
        let ids = make(&client, 3).await;
        let mut streams: Vec<_> =
            ids.iter().map(|id| ActivityStream::new(client.clone(), id, StreamOptions::default())).collect();
        for _ in 0..3 {
            for (stream, id) in streams.iter_mut().zip(&ids) {
                let next = Box::pin(stream.next());
                select(next, Box::pin(sim.sleep(9_000))).await;
                client.send(id, "And a test").await.unwrap();
            }
        }
    });
    assert_eq!(sim.most_in_flight(), 1);
}

#[test]
fn a_page_that_becomes_visible_between_two_waits_is_not_hidden_any_more() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(-10, "a", progress("More"));
    script.happens(1_000, "b", progress("More"));
    let sim = SimHost::over(script);
    let mut stream = ActivityStream::new(sim.client(), ID, StreamOptions::default());
    sim.run(async {
        sim.hide(true);
        stream.next().await.unwrap();
        sim.sleep(500).await;
        sim.hide(false);
        stream.next().await.unwrap();
    });
    assert!(sim.elapsed_ms() <= 5_000, "{} ms", sim.elapsed_ms());
}
