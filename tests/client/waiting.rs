//! Waiting for states, timeouts and aborts.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::support::scripted_session::{ID, ScriptedSession};
use crate::support::{Delivery, SimHost, session_request};
use futures::channel::oneshot;
use futures::future::{AbortHandle, join};
use jules_wasm::client::{Bounds, Client};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::options::Limits;
use jules_wasm::core::session::Session;
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;
use serde_json::{Value, json};

fn within(timeout_ms: u64) -> Bounds {
    Bounds { limits: Limits { timeout_ms: Some(timeout_ms) }, abort: None, ..Bounds::default() }
}

async fn wait(client: &Client<SimHost>, state: SessionState, bounds: Bounds) -> Result<Session<Value>, Error> {
    client.bounded(bounds, "waitFor()", client.wait_for(ID, state)).await
}

fn times_of_requests(sim: &SimHost) -> Vec<i64> {
    sim.requests().iter().map(|sent| sent.at_ms).collect()
}

#[test]
fn a_wait_ends_when_the_session_is_in_the_state() {
    let sim = SimHost::with_emulator(&json!({"stepMs": 3000}));
    let client = sim.client();
    let session = sim.run(async {
        let made = client.create(&session_request(&json!({"prompt": "p"}))).await.unwrap();
        client.wait_for(&made.id, SessionState::AwaitingPlanApproval).await.unwrap()
    });
    assert_eq!(session.state, SessionState::AwaitingPlanApproval);
    assert_eq!(sim.elapsed_ms(), 10_000, "planned after 6 s, seen by the look after 10 s");
}

#[test]
fn the_services_clock_is_read_from_successful_responses_every_half_minute() {
    let sim = SimHost::with_emulator(&json!({"stepMs": 600_000}));
    let asked = Rc::<RefCell<Vec<i64>>>::default();
    let seen = Rc::clone(&asked);
    sim.script(move |arrival| {
        if arrival.request.wants_date {
            seen.borrow_mut().push(arrival.at_ms);
        }
        Delivery::served()
    });
    let client = sim.client();
    sim.run(async {
        let made = client.create(&session_request(&json!({"prompt": "p"}))).await.unwrap();
        let ended =
            client.bounded(within(70_000), "waitFor()", client.wait_for(&made.id, SessionState::Completed)).await;
        assert_eq!(ended.unwrap_err().kind, ErrorKind::Timeout);
    });
    assert_eq!(*asked.borrow(), [0, 30_000, 60_000]);
}

#[test]
fn a_wait_ends_when_the_session_has_ended_without_the_state() {
    for (state, expected) in [("COMPLETED", SessionState::Completed), ("FAILED", SessionState::Failed)] {
        let mut script = ScriptedSession::new("IN_PROGRESS");
        script.state(7_000, state);
        let sim = SimHost::over(script);
        let client = sim.client();
        let session = sim.run(client.wait_for(ID, SessionState::AwaitingPlanApproval)).unwrap();
        assert_eq!((session.state, sim.elapsed_ms()), (expected, 10_000));
    }
}

#[test]
fn the_session_is_polled_once_per_interval_in_any_state() {
    for state in ["QUEUED", "PAUSED", "AWAITING_USER_FEEDBACK", "STATE_UNSPECIFIED", "SOME_FUTURE_STATE"] {
        let mut script = ScriptedSession::new(state);
        script.state(60_000, "COMPLETED");
        let sim = SimHost::over(script);
        sim.run(sim.client().wait_for(ID, SessionState::InProgress)).unwrap();
        assert_eq!(times_of_requests(&sim), (0..=12).map(|look| look * 5_000).collect::<Vec<_>>(), "{state}");
    }
}

#[test]
fn the_interval_is_an_option() {
    let mut script = ScriptedSession::new("QUEUED");
    script.state(1_000, "COMPLETED");
    let sim = SimHost::over(script);
    let client = sim.client_with(|options| options.config.polling_interval_ms = 250);
    sim.run(client.wait_for(ID, SessionState::InProgress)).unwrap();
    assert_eq!(times_of_requests(&sim), [0, 250, 500, 750, 1_000]);
}

#[test]
fn a_wait_for_the_current_state_is_one_request() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    sim.run(sim.client().wait_for(ID, SessionState::InProgress)).unwrap();
    assert_eq!((sim.calls().len(), sim.elapsed_ms()), (1, 0));
}

#[test]
fn a_timeout_ends_the_wait_to_the_millisecond() {
    for timeout_ms in [1_u64, 100, 5_000, 12_345] {
        let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
        let error = sim.run(wait(&sim.client(), SessionState::Paused, within(timeout_ms))).unwrap_err();
        assert_eq!((error.kind, error.kind.code()), (ErrorKind::Timeout, "timeout"));
        assert!(error.message.contains(&format!("{timeout_ms} ms")), "{error}");
        assert_eq!(sim.elapsed_ms(), i64::try_from(timeout_ms).unwrap());
        assert_eq!((sim.timers(), sim.in_flight()), (0, 0), "nothing is left behind");
    }
}

#[test]
fn a_timeout_also_ends_requests_and_delays() {
    for delivery in [Delivery::silence(), Delivery::slow(20_000), Delivery::status(429).retry_after("60")] {
        let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
        sim.script(move |_| delivery.clone());
        let error = sim.run(wait(&sim.client(), SessionState::Paused, within(7_000))).unwrap_err();
        assert_eq!((error.kind, sim.elapsed_ms(), sim.timers(), sim.in_flight()), (ErrorKind::Timeout, 7_000, 0, 0));
    }
}

#[test]
fn a_wait_with_a_timeout_of_zero_polls_once() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    let error = sim.run(wait(&sim.client(), SessionState::Paused, within(0))).unwrap_err();
    assert_eq!((error.kind, sim.calls().len(), sim.elapsed_ms()), (ErrorKind::Timeout, 1, 0));
}

#[test]
fn an_abort_drops_the_request_and_nothing_more_is_sent() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    sim.script(|_| Delivery::slow(1_000));
    let client = sim.client();
    let (handle, registration) = AbortHandle::new_pair();
    let bounds = Bounds { abort: Some(registration), ..Bounds::default() };
    let (ended, ()) = sim.run(join(wait(&client, SessionState::Paused, bounds), async {
        sim.sleep(6_500).await;
        assert_eq!(sim.in_flight(), 1);
        handle.abort();
    }));
    let error = ended.unwrap_err();
    assert_eq!((error.kind, error.kind.code()), (ErrorKind::Abort, "aborted"));
    assert_eq!((sim.elapsed_ms(), sim.in_flight(), sim.dropped(), sim.timers()), (6_500, 0, 1, 0));
    let sent = sim.calls().len();
    sim.run(sim.sleep(60_000));
    assert_eq!(sim.calls().len(), sent);
}

#[test]
fn an_abort_between_two_polls_leaves_no_timer() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    let client = sim.client();
    let (handle, registration) = AbortHandle::new_pair();
    let bounds = Bounds { abort: Some(registration), limits: Limits { timeout_ms: Some(60_000) }, ..Bounds::default() };
    let (ended, ()) = sim.run(join(wait(&client, SessionState::Paused, bounds), async {
        sim.sleep(2_000).await;
        handle.abort();
    }));
    assert_eq!(ended.unwrap_err().kind, ErrorKind::Abort);
    assert_eq!((sim.elapsed_ms(), sim.timers(), sim.calls().len()), (2_000, 0, 1));
}

#[test]
fn an_aborted_signal_sends_nothing() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    let (handle, registration) = AbortHandle::new_pair();
    handle.abort();
    let bounds = Bounds { abort: Some(registration), ..Bounds::default() };
    let error = sim.run(wait(&sim.client(), SessionState::Paused, bounds)).unwrap_err();
    assert_eq!((error.kind, sim.calls().len()), (ErrorKind::Abort, 0));
}

#[test]
fn an_aborted_call_releases_its_permit() {
    let sim = SimHost::over(ScriptedSession::new("COMPLETED"));
    sim.next_deliveries([Delivery::silence()]);
    let client = sim.client_with(|options| options.config.max_concurrent_requests = 1);
    let (handle, registration) = AbortHandle::new_pair();
    let bounds = Bounds { abort: Some(registration), ..Bounds::default() };
    let (notify, notified) = oneshot::channel();
    let (first, second) = sim.run(async {
        let first = async {
            let ended = wait(&client, SessionState::Paused, bounds).await;
            notify.send(()).unwrap();
            ended
        };
        let second = async {
            sim.sleep(100).await;
            let waiting = client.get(ID);
            let aborting = async {
                sim.sleep(100).await;
                handle.abort();
                notified.await.unwrap();
            };
            join(waiting, aborting).await.0
        };
        join(first, second).await
    });
    assert_eq!(first.unwrap_err().kind, ErrorKind::Abort);
    assert_eq!((second.unwrap().state, sim.elapsed_ms()), (SessionState::Completed, 200));
}

#[test]
fn a_wait_that_could_never_end_is_found_by_the_simulation() {
    let sim = SimHost::new();
    assert!(sim.try_run(std::future::pending::<()>()).is_err());
}

#[test]
fn after_a_suspension_longer_than_the_retry_window_there_is_one_more_attempt() {
    // In the first poll of a wait, and while a session that was seen is requested.
    for fails_from_ms in [0, 12_000] {
        let mut script = ScriptedSession::new("IN_PROGRESS");
        script.state(20_000, "COMPLETED");
        let sim = SimHost::over(script);
        let is_suspended = Rc::new(Cell::new(false));
        let suspended = Rc::clone(&is_suspended);
        sim.script(move |arrival| match arrival.at_ms >= fails_from_ms && !suspended.get() {
            true => Delivery::status(503),
            false => Delivery::served(),
        });
        let client = sim.client();
        let suspending = async {
            sim.sleep(u64::try_from(fails_from_ms).unwrap() + 40_000).await;
            is_suspended.set(true);
            sim.skew_clock(3_600_000);
        };
        let (session, ()) = sim.run(join(client.wait_for(ID, SessionState::Completed), suspending));
        assert_eq!(session.unwrap().state, SessionState::Completed);
    }
}
