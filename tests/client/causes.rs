//! The causes in the errors of timeouts and aborts.

use crate::polling::{emulator, make, within};
use crate::support::scripted_session::{ID, ScriptedSession, progress, user};
use crate::support::{Answer, Arrival, Delivery, SimHost, run_request};
use futures::future::{AbortHandle, LocalBoxFuture, join, join_all};
use jules_wasm::client::{ActivityStream, Bounds, Client, StreamOptions, WaitOptions};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;
use serde_json::json;

type Call = fn(Client<SimHost>) -> LocalBoxFuture<'static, Result<(), Error>>;

/// Every kind of call that waits, with its name.
fn calls() -> [(&'static str, Call); 7] {
    [
        ("waitFor", |client| Box::pin(async move { client.wait_for(ID, SessionState::Paused).await.map(drop) })),
        ("wait", |client| Box::pin(async move { client.wait(ID, &WaitOptions::default(), None).await.map(drop) })),
        ("result", |client| Box::pin(async move { client.result(ID, false, None).await.map(drop) })),
        ("stream", |client| {
            Box::pin(async move {
                let mut stream = ActivityStream::new(client, ID, StreamOptions::default());
                while stream.next().await?.is_some() {}
                Ok(())
            })
        }),
        ("ask", |client| Box::pin(async move { client.ask(ID, "Which?").await.map(drop) })),
        ("info", |client| Box::pin(async move { client.info(ID, Some(None)).await.map(drop) })),
        ("session", |client| {
            Box::pin(async move { client.create(&run_request(&json!({"prompt": "p"}))).await.map(drop) })
        }),
    ]
}

/// A running session that lists its messages.
fn working() -> ScriptedSession {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(-1_000, "before", progress("More"));
    script.happens(20_000, "later", progress("And more"));
    script.on_message(|script, now_ms, prompt| script.happens(now_ms, "question", user(prompt)));
    script
}

/// The ends of the call after a minute, by timeout and by signal, with these deliveries.
fn cut_short(call: Call, script: impl Fn(&Arrival<'_>) -> Delivery + Clone + 'static) -> [Error; 2] {
    let timed_out = {
        let sim = SimHost::over(working());
        sim.script(script.clone());
        let client = sim.client();
        sim.run(client.bounded(within(60_000), "It", call(client.clone()))).unwrap_err()
    };
    let sim = SimHost::over(working());
    sim.script(script);
    let client = sim.client();
    let (handle, registration) = AbortHandle::new_pair();
    let bounds = Bounds { abort: Some(registration), ..Bounds::default() };
    let aborting = async {
        sim.sleep(60_000).await;
        handle.abort();
    };
    let (aborted, ()) = sim.run(join(client.bounded(bounds, "It", call(client.clone())), aborting));
    [timed_out, aborted.unwrap_err()]
}

#[test]
fn the_cause_of_a_timeout_or_abort_is_the_last_error_of_failing_requests() {
    for (name, call) in calls() {
        // From the start, or from when the session was seen and the message sent.
        for since_ms in [0, 2_000] {
            if since_ms > 0 && matches!(name, "info" | "session") {
                continue;
            }
            let errors = cut_short(call, move |arrival| match arrival.at_ms >= since_ms {
                true => Delivery::status(503),
                false => Delivery::served(),
            });
            for (error, kind) in errors.iter().zip([ErrorKind::Timeout, ErrorKind::Abort]) {
                assert_eq!(error.kind, kind, "{name}");
                let failure = error.failure.as_ref().unwrap_or_else(|| panic!("{name} since {since_ms}: no cause"));
                assert_eq!((failure.status, failure.kind.code()), (Some(503), "api_error"), "{name}");
                assert!(error.message.contains("503"), "{error}");
            }
        }
    }
}

#[test]
fn a_failed_attempt_is_the_cause_before_its_retries_are_over() {
    for (name, call) in calls().into_iter().filter(|(name, _)| *name != "session") {
        let [timed_out, aborted] = cut_short(call, |arrival| match arrival.at_ms < 1_000 {
            true => Delivery::status(503),
            false => Delivery::slow(100_000),
        });
        for error in [timed_out, aborted] {
            assert!(error.failure.is_some(), "{name}");
        }
    }
}

#[test]
fn failing_activity_lists_are_the_cause_although_polls_succeed() {
    for (name, call) in calls().into_iter().filter(|(name, _)| matches!(*name, "stream" | "ask")) {
        for error in cut_short(call, |arrival| match arrival.is("GET", "/activities") && arrival.at_ms >= 1_000 {
            true => Delivery::status(502),
            false if arrival.is("GET", "/activities") => Delivery::slow(1_500),
            false => Delivery::served(),
        }) {
            let status = error.failure.as_ref().and_then(|failure| failure.status);
            assert_eq!(status, Some(502), "{name}");
        }
    }
}

#[test]
fn a_failure_followed_by_a_success_is_not_a_cause() {
    for (name, call) in calls().into_iter().filter(|(name, _)| !matches!(*name, "info" | "session")) {
        for error in cut_short(call, |arrival| match (3_000..40_000).contains(&arrival.at_ms) {
            true => Delivery::status(503),
            false => Delivery::served(),
        }) {
            assert_eq!(error.failure, None, "{name}");
            assert!(!error.message.contains("503"), "{error}");
        }
    }
}

#[test]
fn a_timeout_without_failures_has_no_cause() {
    for (name, call) in calls().into_iter().filter(|(name, _)| !matches!(*name, "info" | "session")) {
        for error in cut_short(call, |_| Delivery::served()) {
            assert_eq!(error.failure, None, "{name}");
        }
    }
}

#[test]
fn each_of_many_waits_has_the_cause_of_its_own_session() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 5).await;
        // The list does not show one of them, which is then polled singly.
        let bad = format!("/sessions/{}", ids[2]);
        sim.script(move |arrival| match () {
            () if arrival.is("GET", "/sessions?") => Delivery::status(403),
            () if arrival.is("GET", &bad) && arrival.at_ms > 10_000 => Delivery::status(500),
            () => Delivery::served(),
        });
        let waits = ids.iter().map(async |id| {
            let client = client.for_call();
            client.bounded(within(40_000), "waitFor()", client.wait_for(id, SessionState::Completed)).await
        });
        let causes: Vec<_> = join_all(waits).await.into_iter().map(|end| end.unwrap_err().failure.clone()).collect();
        let statuses: Vec<_> = causes.iter().map(|cause| cause.as_ref().and_then(|cause| cause.status)).collect();
        assert_eq!(statuses, [None, None, Some(500), None, None]);
    });
}

#[test]
fn a_failing_list_is_the_cause_for_all_sessions_polled_by_it() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 5).await;
        sim.script(|arrival| if arrival.at_ms > 10_000 { Delivery::status(503) } else { Delivery::served() });
        let waits = ids.iter().map(async |id| {
            let client = client.for_call();
            client.bounded(within(40_000), "waitFor()", client.wait_for(id, SessionState::Completed)).await
        });
        for end in join_all(waits).await {
            assert_eq!(end.unwrap_err().failure.clone().unwrap().status, Some(503));
        }
    });
}

#[test]
fn a_failing_list_is_the_cause_for_all_creates_reconciled_by_it() {
    let sim = SimHost::new();
    let client = sim.client();
    sim.script(|arrival| match arrival.is("POST", "/sessions") {
        true => Delivery::status(429),
        false => Delivery::status(503),
    });
    let creates = ["Fix bug A", "Fix bug B"].map(async |prompt| {
        let client = client.for_call();
        let request = run_request(&json!({ "prompt": prompt }));
        client.bounded(within(60_000), "session()", client.create(&request)).await
    });
    for end in sim.run(join_all(creates)) {
        assert_eq!(end.unwrap_err().failure.clone().unwrap().status, Some(503));
    }
}

#[test]
fn a_stream_continued_in_another_call_has_its_cause_there() {
    let sim = SimHost::over(working());
    sim.script(|arrival| if arrival.at_ms > 4_000 { Delivery::status(503) } else { Delivery::served() });
    let client = sim.client();
    let mut stream = ActivityStream::new(client.clone(), ID, StreamOptions::default());
    assert!(sim.run(client.bounded(within(3_000), "stream()", stream.next())).unwrap().is_some());
    let error = sim.run(client.bounded(within(3_000), "stream()", stream.next())).unwrap_err();
    assert_eq!(error.failure, None, "nothing has failed yet");
    let error = sim.run(client.bounded(within(30_000), "stream()", stream.next())).unwrap_err();
    assert_eq!(error.failure.clone().unwrap().status, Some(503));
}

#[test]
fn no_cause_contains_the_key() {
    let key = crate::support::KEY;
    for (name, call) in calls() {
        let body = json!({"error": {"code": 503, "message": format!("Bad {key}")}}).to_string();
        let errors = cut_short(call, move |_| {
            let response = Answer { status: 503, ..Default::default() };
            Delivery::answer(Answer { body: body.clone().into_bytes(), ..response })
        });
        assert!(errors.iter().all(|error| error.failure.is_some() && !format!("{error:?}").contains(key)), "{name}");
    }
}
