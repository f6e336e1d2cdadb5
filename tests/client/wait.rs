//! Waiting until a session needs a decision, has ended or is stalled.

use crate::polling::within;
use crate::support::scripted_session::{ID, ScriptedSession, agent, completed, progress, user};
use crate::support::{Delivery, SimHost, run_request, session_request};
use futures::future::{AbortHandle, join, join4};
use jules_wasm::client::{ActivityStream, Bounds, Change, StreamOptions, WaitOptions};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::options::Limits;
use jules_wasm::core::session::Session;
use jules_wasm::core::state::SessionState;
use jules_wasm::core::wait::{Reason, Waited};
use jules_wasm::host::Host;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

/// Each state with the reason by which it ends a wait, and the minutes of silence until a stall.
const STATES: [(&str, Option<Reason>, i64); 10] = [
    ("STATE_UNSPECIFIED", None, 15),
    ("QUEUED", None, 15),
    ("PLANNING", None, 5),
    ("IN_PROGRESS", None, 15),
    ("AWAITING_PLAN_APPROVAL", Some(Reason::NeedsApproval), 0),
    ("AWAITING_USER_FEEDBACK", Some(Reason::NeedsReply), 0),
    ("PAUSED", Some(Reason::Paused), 0),
    ("COMPLETED", Some(Reason::Completed), 0),
    ("FAILED", Some(Reason::Failed), 0),
    ("SOME_FUTURE_STATE", Some(Reason::UnknownState), 0),
];

/// A session in this state, with a plan or question if the state requires one.
fn session_in(state: &'static str) -> ScriptedSession {
    let mut script = ScriptedSession::new(state);
    if state.starts_with("AWAITING") {
        script.happens(-2, "plan", json!({"planGenerated": {"plan": {"id": "p1"}}}));
        script.happens(-1, "question", agent("Which of the two?"));
    }
    script
}

fn wait(sim: &SimHost, options: &WaitOptions, bounds: Bounds) -> Result<Waited<Value>, Error> {
    let client = sim.client();
    sim.run(client.bounded(bounds, "wait()", client.wait(ID, options, None)))
}

/// The wait has ended by the state's reason or at that time, and has left nothing behind.
fn assert_ends(
    sim: &SimHost,
    waited: Result<Waited<Value>, Error>,
    state: &str,
    reason: Option<Reason>,
    (kind, at_ms): (ErrorKind, i64),
) {
    match reason {
        Some(reason) => assert_eq!(waited.unwrap().reason, reason, "{state}"),
        None => {
            assert_eq!(waited.unwrap_err().kind, kind, "{state}");
            assert_eq!((sim.elapsed_ms(), sim.timers(), sim.in_flight()), (at_ms, 0, 0), "{state}");
        }
    }
}

#[test]
fn every_state_ends_a_wait_by_its_reason_or_after_a_stall() {
    for (state, reason, minutes) in STATES {
        let sim = SimHost::over(session_in(state));
        let waited = wait(&sim, &WaitOptions::default(), Bounds::default()).unwrap();
        assert_eq!(waited.reason, reason.unwrap_or(Reason::Stalled), "{state}");
        assert_eq!(sim.elapsed_ms(), minutes * MINUTE, "{state}");
        assert_eq!(waited.silent_ms, (minutes > 0).then_some((minutes * MINUTE).unsigned_abs()), "{state}");
        assert_eq!((waited.session.id.as_str(), waited.session.prompt().as_str()), (ID, "As taped"), "{state}");
        assert_eq!((sim.timers(), sim.in_flight()), (0, 0), "{state}");
    }
}

#[test]
fn a_timeout_ends_a_wait_in_every_other_state() {
    for (state, reason, _) in STATES {
        let sim = SimHost::over(session_in(state));
        let bounds = Bounds { limits: Limits { timeout_ms: Some(12_345) }, ..Bounds::default() };
        let waited = wait(&sim, &WaitOptions::default(), bounds);
        assert_ends(&sim, waited, state, reason, (ErrorKind::Timeout, 12_345));
    }
}

#[test]
fn an_abort_ends_a_wait_in_every_other_state() {
    for (state, reason, _) in STATES {
        let sim = SimHost::over(session_in(state));
        let client = sim.client();
        let (handle, registration) = AbortHandle::new_pair();
        let bounds = Bounds { abort: Some(registration), ..Bounds::default() };
        let options = WaitOptions::default();
        let waiting = client.bounded(bounds, "wait()", client.wait(ID, &options, None));
        let (waited, ()) = sim.run(join(waiting, async {
            sim.sleep(7_000).await;
            handle.abort();
        }));
        assert_ends(&sim, waited, state, reason, (ErrorKind::Abort, 7_000));
    }
}

#[test]
fn the_stall_time_is_an_option() {
    for (state, reason, _) in STATES {
        let sim = SimHost::over(session_in(state));
        let options = WaitOptions { stall_ms: Some(90_000), ..WaitOptions::default() };
        let waited = wait(&sim, &options, Bounds::default()).unwrap();
        let expected = reason.map_or((Reason::Stalled, 90_000), |reason| (reason, 0));
        assert_eq!((waited.reason, sim.elapsed_ms()), expected, "{state}");
    }
}

#[test]
fn every_state_in_until_is_reached() {
    for (state, reason, _) in STATES {
        let Some(known) = SessionState::from_wire(state) else { continue };
        let sim = SimHost::over(session_in(state));
        let options = WaitOptions { until: vec![SessionState::Queued, known], stall_ms: None };
        let waited = wait(&sim, &options, Bounds::default()).unwrap();
        assert_eq!((waited.reason, waited.session.state, sim.elapsed_ms()), (Reason::Reached, known, 0), "{reason:?}");
    }
}

#[test]
fn requests_of_the_agent_end_a_wait_for_another_state() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(22_000, "question", agent("Which of the two?"));
    script.state(22_000, "AWAITING_USER_FEEDBACK");
    let sim = SimHost::over(script);
    let options = WaitOptions { until: vec![SessionState::Completed], stall_ms: None };
    let waited = wait(&sim, &options, Bounds::default()).unwrap();
    assert_eq!((waited.reason, sim.elapsed_ms()), (Reason::NeedsReply, 25_000));
}

#[test]
fn silence_counts_from_the_last_activity_of_the_agent() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    for minute in [1, 9, 20, 33] {
        script.happens(minute * MINUTE, &format!("at {minute}"), progress("More"));
    }
    let sim = SimHost::over(script);
    let waited = wait(&sim, &WaitOptions::default(), Bounds::default()).unwrap();
    assert_eq!(waited.reason, Reason::Stalled);
    assert!((48 * MINUTE..=48 * MINUTE + 10_000).contains(&sim.elapsed_ms()), "{}", sim.elapsed_ms());
}

#[test]
fn activities_that_do_not_change_the_update_time_prevent_a_stall() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(1_000, "newest", progress("As new as anything will be"));
    script.update_time_is_ahead(40 * MINUTE);
    // Older than the newest, so `updateTime` stays; but newer than the known ones.
    let sim = SimHost::over(script);
    sim.script(|arrival| {
        let is_question = arrival.is("GET", "originator");
        if is_question && arrival.at_ms < 30 * MINUTE {
            return Delivery::body(format!(
                r#"{{"activities":[{{"name":"sessions/1/activities/2","originator":"agent","createTime":"2026-08-21T21:{}:00Z"}}]}}"#,
                10 + arrival.at_ms / MINUTE
            ));
        }
        Delivery::served()
    });
    let waited = wait(&sim, &WaitOptions::default(), Bounds::default()).unwrap();
    assert_eq!(waited.reason, Reason::Stalled);
    assert!(sim.elapsed_ms() > 30 * MINUTE, "{}", sim.elapsed_ms());
}

#[test]
fn messages_of_the_user_do_not_prevent_a_stall() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(-1_000, "before", agent("Before"));
    script.is_listed(10_000, -1_000, "said", user("Are you there?"));
    let sim = SimHost::over(script);
    let waited = wait(&sim, &WaitOptions::default(), Bounds::default()).unwrap();
    assert_eq!((waited.reason, sim.elapsed_ms()), (Reason::Stalled, 15 * MINUTE));
}

#[test]
fn a_session_that_was_silent_before_the_wait_is_stalled_immediately_if_the_services_clock_is_known() {
    let sim = SimHost::with_emulator(&json!({"scenario": "stall", "stepMs": 100}));
    let client = sim.client();
    let waited = sim.run(async {
        let id = client.create(&session_request(&json!({"prompt": "p", "requireApproval": false}))).await.unwrap().id;
        sim.sleep(3_600_000).await;
        client.wait(&id, &WaitOptions::default(), None).await.unwrap()
    });
    assert_eq!((waited.reason, sim.elapsed_ms()), (Reason::Stalled, 3_600_000));
    assert!(waited.silent_ms.unwrap() > 3_500_000);
}

#[test]
fn an_answered_request_is_not_reported_again_while_the_state_lags() {
    let mut script = ScriptedSession::new("AWAITING_USER_FEEDBACK");
    script.on_message(|script, now_ms, text| {
        script.happens(now_ms, "said", user(text));
        script.state(now_ms + 4_000, "IN_PROGRESS");
        script.state(now_ms + 60_000, "COMPLETED");
    });
    let sim = SimHost::over(script);
    let client = sim.client();
    let reasons = sim.run(async {
        let first = client.wait(ID, &WaitOptions::default(), None).await.unwrap().reason;
        client.send(ID, "Yes").await.unwrap();
        (first, client.wait(ID, &WaitOptions::default(), None).await.unwrap().reason)
    });
    assert_eq!(reasons, (Reason::NeedsReply, Reason::Completed));
}

#[test]
fn an_answered_request_is_reported_again_if_the_state_persists() {
    let mut script = ScriptedSession::new("AWAITING_USER_FEEDBACK");
    script.on_message(|script, now_ms, text| script.happens(now_ms, "said", user(text)));
    let sim = SimHost::over(script);
    let client = sim.client();
    let again = sim.run(async {
        client.send(ID, "Yes").await.unwrap();
        client.wait(ID, &WaitOptions::default(), None).await.unwrap().reason
    });
    assert_eq!((again, sim.elapsed_ms()), (Reason::NeedsReply, 15_000));
}

#[test]
fn an_end_before_a_revival_by_a_message_ends_no_wait() {
    for before in ["COMPLETED", "PAUSED"] {
        let mut script = ScriptedSession::new(before);
        script.happens(-60_000, "end", completed());
        script.on_message(|script, now_ms, text| {
            // Neither the state nor the list shows it immediately.
            script.is_listed(now_ms + 4_000, now_ms, "said", user(text));
            script.state(now_ms + 4_000, "IN_PROGRESS");
            script.happens(now_ms + 60_000, "end again", completed());
            script.state(now_ms + 60_000, "COMPLETED");
        });
        let sim = SimHost::over(script);
        let client = sim.client();
        let options = WaitOptions::default();
        let mut stream = ActivityStream::new(client.clone(), ID, StreamOptions::default());
        let waiting = async { client.wait(ID, &options, None).await.map(|_| sim.elapsed_ms()) };
        let waiting_for = async { client.wait_for(ID, SessionState::Completed).await.map(|_| sim.elapsed_ms()) };
        let working = async { client.result(ID, false, None).await.map(|_| sim.elapsed_ms()) };
        let reading = async {
            while stream.next().await?.is_some() {}
            Ok(sim.elapsed_ms())
        };
        let (one, other, third, fourth) = sim.run(async {
            client.send(ID, "And the tests").await.unwrap();
            join4(waiting, waiting_for, working, reading).await
        });
        for ended in [one, other, third, fourth] {
            let ended_ms = ended.unwrap();
            assert!((60_000..=65_000).contains(&ended_ms), "{before}: {ended_ms}");
        }
    }
}

#[test]
fn a_session_that_is_not_revived_by_a_message_ends_the_wait() {
    let mut script = ScriptedSession::new("COMPLETED");
    script.on_message(|script, now_ms, text| script.happens(now_ms, "said", user(text)));
    let sim = SimHost::over(script);
    let client = sim.client();
    sim.run(client.send(ID, "Thank you")).unwrap();
    sim.run(client.result(ID, false, None)).unwrap();
    assert_eq!(sim.elapsed_ms(), 15_000);
}

#[test]
fn a_loop_over_the_reasons_completes_an_interactive_session() {
    let sim = SimHost::with_emulator(&json!({"scenario": "question", "stepMs": 2000}));
    let client = sim.client();
    let reasons = sim.run(async {
        let id = client.create(&session_request(&json!({"prompt": "p"}))).await.unwrap().id;
        let mut reasons = Vec::new();
        loop {
            let waited = client.wait(&id, &WaitOptions::default(), None).await.unwrap();
            reasons.push(waited.reason);
            match waited.reason {
                Reason::NeedsApproval => client.change(&id, Change::ApprovePlan).await.unwrap(),
                Reason::NeedsReply => client.send(&id, "The first").await.unwrap(),
                _ => return reasons,
            }
        }
    });
    assert_eq!(reasons, [Reason::NeedsApproval, Reason::NeedsReply, Reason::Completed]);
    assert_eq!((sim.count("POST", ":approvePlan"), sim.count("POST", ":sendMessage")), (1, 1));
}

#[test]
fn on_update_is_called_during_a_wait() {
    let mut script = ScriptedSession::new("QUEUED");
    script.state(12_000, "PLANNING");
    script.state(22_000, "AWAITING_PLAN_APPROVAL");
    let sim = SimHost::over(script);
    let mut updates = Vec::new();
    let mut on_update = |session: &Session<Value>| {
        updates.push(session.state.name());
        Ok(())
    };
    sim.run(sim.client().wait(ID, &WaitOptions::default(), Some(&mut on_update))).unwrap();
    assert_eq!(updates, ["queued", "planning", "awaitingPlanApproval"]);
}

#[test]
fn an_outage_does_not_count_as_silence() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.state(8 * MINUTE, "COMPLETED");
    let sim = SimHost::over(script);
    sim.script(
        |arrival| if (10_000..400_000).contains(&arrival.at_ms) { Delivery::reset() } else { Delivery::served() },
    );
    let waited = wait(&sim, &WaitOptions::default(), Bounds::default()).unwrap();
    assert_eq!(waited.reason, Reason::Completed);
}

#[test]
fn the_retries_of_a_poll_do_not_count_as_silence() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(50_000, "a", progress("a"));
    script.happens(100_000, "b", progress("b"));
    script.state(140_000, "COMPLETED");
    let sim = SimHost::over(script);
    sim.script(|arrival| match arrival.at_ms {
        _ if arrival.is("GET", "/activities") => Delivery::served(),
        40_000..60_000 => Delivery::status(429).retry_after("20"),
        60_000..106_000 => Delivery::status(503),
        _ => Delivery::served(),
    });
    let options = WaitOptions { stall_ms: Some(60_000), ..WaitOptions::default() };
    let waited = wait(&sim, &options, Bounds::default()).unwrap();
    assert_eq!(waited.reason, Reason::Completed, "{:?} at {}", waited.silent_ms, sim.elapsed_ms());
}

#[test]
fn setting_the_local_clock_does_not_count_as_silence() {
    for (before_ms, after_ms) in [(60 * MINUTE, 0), (0, 60 * MINUTE)] {
        let work: Vec<_> = (0..40).map(|step| json!({"progress": {"title": format!("Step {step}")}})).collect();
        let sim = SimHost::with_emulator(&json!({"stepMs": 20_000, "scenario": "work", "scenarios": {"work": work}}));
        let client = sim.client();
        sim.skew_clock(before_ms);
        let options = WaitOptions::default();
        let waited = sim.run(async {
            let id = client.create(&run_request(&json!({"prompt": "p"}))).await.unwrap().id;
            let waiting = client.bounded(within(600_000), "wait()", client.wait(&id, &options, None));
            let correcting = async {
                sim.sleep(67_000).await;
                sim.skew_clock(after_ms);
            };
            join(waiting, correcting).await.0
        });
        assert_eq!(waited.map(|waited| waited.reason).unwrap_err().kind, ErrorKind::Timeout);
    }
}

#[test]
fn a_wait_ends_with_the_current_state_after_the_time_for_a_revival() {
    let mut script = ScriptedSession::new("COMPLETED");
    script.on_message(|script, now_ms, text| {
        script.happens(now_ms + 13_000, "said", user(text));
        script.state(now_ms + 13_000, "IN_PROGRESS");
        script.state(now_ms + 60_000, "COMPLETED");
    });
    let sim = SimHost::over(script);
    let client = sim.client();
    sim.run(client.send(ID, "And the tests")).unwrap();
    sim.run(client.wait(ID, &WaitOptions::default(), None)).unwrap();
    assert!(sim.elapsed_ms() >= 60_000, "{} ms", sim.elapsed_ms());
}

#[test]
fn a_plan_with_feedback_is_not_reported() {
    let mut script = ScriptedSession::new("AWAITING_PLAN_APPROVAL");
    script.on_message(|script, now_ms, text| {
        script.happens(now_ms, "said", user(text));
        script.state(now_ms + 3_000, "PLANNING");
        script.state(now_ms + 60_000, "AWAITING_PLAN_APPROVAL");
    });
    let sim = SimHost::over(script);
    let client = sim.client();
    sim.run(client.send(ID, "Without the tests")).unwrap();
    let waited = sim.run(client.wait(ID, &WaitOptions::default(), None)).unwrap();
    assert_eq!(waited.reason, Reason::NeedsApproval);
    assert!(sim.elapsed_ms() >= 60_000, "{} ms", sim.elapsed_ms());
}

#[test]
fn a_wait_after_an_answer_does_not_poll_more_often() {
    let looks = |answers: bool| {
        let mut script = ScriptedSession::new("AWAITING_USER_FEEDBACK");
        script.on_message(|_, _, _| {});
        script.state(6_000, "IN_PROGRESS");
        script.state(300_000, "COMPLETED");
        let sim = SimHost::over(script);
        let client = sim.client();
        sim.run(async {
            if answers {
                client.send(ID, "Yes").await.unwrap();
            }
            client.wait_for(ID, SessionState::Completed).await.unwrap()
        });
        sim.count("GET", "")
    };
    assert_eq!(looks(true), looks(false));
}
