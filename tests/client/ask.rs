//! Messages and their replies.

use crate::support::scripted_session::{ID, ScriptedSession, agent, completed, failed, progress, user};
use crate::support::{Delivery, SimHost, session_request};
use futures::future::join;
use jules_wasm::client::Bounds;
use jules_wasm::core::error::ErrorKind;
use jules_wasm::core::options::Limits;
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;
use serde_json::json;

const QUESTION: &str = "What testing framework are you using?";

/// A session that lists the question, and this reply some seconds later.
fn answering(state: &'static str) -> ScriptedSession {
    let mut script = ScriptedSession::new(state);
    script.on_message(|script, now_ms, prompt| {
        script.happens(now_ms, "question", user(prompt));
        script.happens(now_ms + 7_000, "answer", agent("The one that is there"));
        script.happens(now_ms + 8_000, "more", agent("And something else"));
    });
    script
}

#[test]
fn the_agent_of_the_emulator_replies_to_a_question() {
    let sim = SimHost::new();
    let client = sim.client();
    let reply = sim.run(async {
        let id = client.create(&session_request(&json!({"prompt": "p"}))).await.unwrap().id;
        client.wait_for(&id, SessionState::AwaitingPlanApproval).await.unwrap();
        client.ask(&id, QUESTION).await.unwrap()
    });
    assert!(reply.message().as_deref().unwrap().contains(QUESTION), "{reply:?}");
    assert_eq!(sim.count("POST", ":sendMessage"), 1);
}

#[test]
fn the_reply_is_the_first_message_of_the_agent_after_the_question() {
    let sim = SimHost::over(answering("IN_PROGRESS"));
    let reply = sim.run(sim.client().ask(ID, QUESTION)).unwrap();
    assert_eq!((reply.id.as_str(), reply.message().as_deref()), ("answer", Some("The one that is there")));
}

#[test]
fn messages_before_the_question_are_not_the_reply() {
    let mut script = answering("IN_PROGRESS");
    script.happens(-3_600_000, "long-ago", agent("Long ago"));
    script.happens(-1, "just-before", agent("Just before"));
    // Written before the question, but listed only with it.
    script.is_listed(1_500, 900, "crossed", agent("Crossed the question"));
    let sim = SimHost::over(script);
    sim.script(|arrival| Delivery { there_ms: if arrival.is("POST", "") { 1_000 } else { 0 }, ..Delivery::slow(600) });
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
}

#[test]
fn the_second_of_two_equal_questions_gets_the_second_reply() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    let mut asked = 0;
    script.on_message(move |script, now_ms, prompt| {
        asked += 1;
        script.happens(now_ms, &format!("question-{asked}"), user(prompt));
        script.happens(now_ms + 100, &format!("answer-{asked}"), agent("Yes"));
    });
    let sim = SimHost::over(script);
    let client = sim.client();
    assert_eq!(sim.run(client.ask(ID, QUESTION)).unwrap().id, "answer-1");
    assert_eq!(sim.run(client.ask(ID, QUESTION)).unwrap().id, "answer-2");
}

#[test]
fn question_and_reply_may_have_the_same_time() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.is_listed_with_time(0, "2026-08-21T21:05:11.104Z", "old", agent("Old, at that very instant"));
    script.on_message(|script, now_ms, prompt| {
        script.is_listed_with_time(now_ms, "2026-08-21T21:05:11.104Z", "question", user(prompt));
        script.is_listed_with_time(now_ms, "2026-08-21T21:05:11.104000Z", "answer", agent("At that very instant too"));
    });
    let sim = SimHost::over(script);
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
}

#[test]
fn the_local_time_does_not_matter() {
    for skew_ms in [-600_000, 0, 600_000] {
        let mut script = answering("IN_PROGRESS");
        script.happens(-5_000, "before", agent("Before"));
        let sim = SimHost::over(script);
        sim.skew_clock(skew_ms);
        assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer", "{skew_ms}");
        assert_eq!(sim.elapsed_ms(), 10_000, "{skew_ms}");
    }
}

#[test]
fn the_reply_is_found_if_the_question_is_never_listed() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(-5_000, "before", agent("Before"));
    script.on_message(|script, now_ms, _| script.happens(now_ms + 7_000, "answer", agent("Here")));
    let sim = SimHost::over(script);
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
}

#[test]
fn the_reply_is_found_if_the_update_time_is_later_than_all_activities() {
    let mut script = answering("IN_PROGRESS");
    script.happens(-1_000, "before", agent("Before"));
    script.update_time_is_ahead(30_000);
    let sim = SimHost::over(script);
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
}

#[test]
fn progress_is_not_a_reply() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.on_message(|script, now_ms, prompt| {
        script.happens(now_ms, "question", user(prompt));
        script.happens(now_ms + 1_000, "progress", progress("Thinking"));
        script.happens(now_ms + 60_000, "answer", agent("Done thinking"));
    });
    let sim = SimHost::over(script);
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
}

#[test]
fn a_session_that_fails_before_the_reply_is_an_error_that_says_so() {
    for (state, end) in [("FAILED", failed("Broken")), ("COMPLETED", completed())] {
        let mut script = ScriptedSession::new("IN_PROGRESS");
        script.on_message(move |script, now_ms, prompt| {
            script.happens(now_ms, "question", user(prompt));
            script.happens(now_ms + 9_000, "end", end.clone());
            script.state(now_ms + 9_000, state);
        });
        let sim = SimHost::over(script);
        let error = sim.run(sim.client().ask(ID, QUESTION)).unwrap_err();
        assert_eq!((error.kind, error.session_id.as_deref()), (ErrorKind::InvalidState, Some(ID)));
        assert!(error.message.contains(&state.to_lowercase()), "{error}");
        assert!(error.message.contains("Do not send it again"), "{error}");
        assert!(sim.elapsed_ms() <= 20_000, "{}", sim.elapsed_ms());
    }
}

#[test]
fn a_message_together_with_the_end_is_the_reply() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.on_message(|script, now_ms, prompt| {
        script.happens(now_ms, "question", user(prompt));
        script.state(now_ms + 4_000, "COMPLETED");
        // The list lags behind the state.
        script.is_listed(now_ms + 6_000, now_ms + 3_000, "answer", agent("Just in time"));
        script.is_listed(now_ms + 6_000, now_ms + 4_000, "end", completed());
    });
    let sim = SimHost::over(script);
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
}

#[test]
fn a_completed_session_may_be_revived_after_a_moment() {
    let mut script = ScriptedSession::new("COMPLETED");
    script.happens(-60_000, "end", completed());
    script.on_message(|script, now_ms, prompt| {
        script.happens(now_ms, "question", user(prompt));
        script.state(now_ms + 20_000, "IN_PROGRESS");
        script.happens(now_ms + 90_000, "answer", agent("Back again"));
        script.state(now_ms + 100_000, "COMPLETED");
    });
    let sim = SimHost::over(script);
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
}

#[test]
fn a_session_that_stays_completed_is_an_error_after_a_minute() {
    for skew_ms in [-600_000, 600_000] {
        let mut script = ScriptedSession::new("COMPLETED");
        script.happens(-60_000, "end", completed());
        script.on_message(|script, now_ms, prompt| script.happens(now_ms, "question", user(prompt)));
        let sim = SimHost::over(script);
        sim.skew_clock(skew_ms);
        let error = sim.run(sim.client().ask(ID, QUESTION)).unwrap_err();
        assert_eq!((error.kind, sim.elapsed_ms()), (ErrorKind::InvalidState, 60_000));
    }
}

#[test]
fn a_session_that_stays_paused_or_needs_approval_is_an_error() {
    let plan = || json!({"planGenerated": {"plan": {"id": "p2", "steps": [{"title": "Anew"}]}}});
    for (state, answers_with_a_plan, expected) in [
        ("PAUSED", false, Some(900_000)),
        ("AWAITING_PLAN_APPROVAL", true, Some(65_000)),
        // An earlier plan: the agent may still reply.
        ("AWAITING_PLAN_APPROVAL", false, None),
        ("IN_PROGRESS", true, None),
    ] {
        let mut script = ScriptedSession::new(state);
        script.happens(-60_000, "first-plan", plan());
        script.on_message(move |script, now_ms, prompt| {
            script.happens(now_ms, "question", user(prompt));
            if answers_with_a_plan {
                script.happens(now_ms + 4_000, "plan", plan());
            }
        });
        let sim = SimHost::over(script);
        let bounds = Bounds { limits: Limits { timeout_ms: Some(3_600_000) }, ..Bounds::default() };
        let client = sim.client();
        let error = sim.run(client.bounded(bounds, "ask()", client.ask(ID, QUESTION))).unwrap_err();
        let (kind, ended_ms) = expected.map_or((ErrorKind::Timeout, 3_600_000), |ms| (ErrorKind::InvalidState, ms));
        assert_eq!((error.kind, sim.elapsed_ms()), (kind, ended_ms), "{state} {answers_with_a_plan}");
    }
}

#[test]
fn a_reply_listed_after_the_end_is_found_although_the_session_was_paused_before() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.on_message(|script, now_ms, prompt| {
        script.happens(now_ms, "question", user(prompt));
        script.state(now_ms + 1_000, "PAUSED");
        // It continues and ends between two polls.
        script.is_listed(now_ms + 36_500, now_ms + 31_000, "answer", agent("The one that is there"));
        script.state(now_ms + 32_000, "COMPLETED");
    });
    let sim = SimHost::over(script);
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
}

#[test]
fn a_paused_session_may_reply_late() {
    let mut script = ScriptedSession::new("PAUSED");
    script.on_message(|script, now_ms, prompt| {
        script.happens(now_ms, "question", user(prompt));
        script.happens(now_ms + 480_000, "answer", agent("After eight minutes"));
    });
    let sim = SimHost::over(script);
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
}

#[test]
fn a_completed_session_of_the_emulator_is_revived_by_a_question() {
    let sim = SimHost::new();
    let client = sim.client();
    let reply = sim.run(async {
        let config = json!({"prompt": "p", "requireApproval": false});
        let id = client.create(&session_request(&config)).await.unwrap().id;
        client.result(&id, false, None).await.unwrap();
        client.ask(&id, QUESTION).await.unwrap()
    });
    assert!(reply.message().as_deref().unwrap().contains(QUESTION));
}

#[test]
fn a_message_with_an_unknown_outcome_is_not_sent_again() {
    let sim = SimHost::over(answering("IN_PROGRESS"));
    sim.script(|arrival| if arrival.is("POST", ":sendMessage") { Delivery::reset() } else { Delivery::served() });
    let error = sim.run(sim.client().ask(ID, QUESTION)).unwrap_err();
    assert_eq!((error.kind, sim.count("POST", "")), (ErrorKind::UnknownOutcome, 1));
}

#[test]
fn a_reply_is_found_among_many_other_activities() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    for number in 0..300 {
        script.happens(number - 400, &format!("old-{number}"), agent("Old"));
    }
    script.on_message(|script, now_ms, prompt| {
        script.happens(now_ms, "question", user(prompt));
        for number in 0..150 {
            script.happens(now_ms + 1 + number, &format!("new-{number}"), progress("New"));
        }
        script.happens(now_ms + 500, "answer", agent("Found"));
    });
    let sim = SimHost::over(script);
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
}

#[test]
fn an_outage_right_after_the_message_does_not_lose_the_reply() {
    let sim = SimHost::over(answering("AWAITING_USER_FEEDBACK"));
    let mut is_sent = false;
    sim.script(move |arrival| {
        if is_sent && arrival.at_ms < 400_000 {
            return Delivery::status(503);
        }
        is_sent |= arrival.is("POST", ":sendMessage");
        Delivery::served()
    });
    assert_eq!(sim.run(sim.client().ask(ID, QUESTION)).unwrap().id, "answer");
    assert_eq!(sim.count("POST", ""), 1);
}

#[test]
fn a_refusal_right_after_the_message_says_that_it_was_sent() {
    let sim = SimHost::over(answering("IN_PROGRESS"));
    let mut is_sent = false;
    sim.script(move |arrival| {
        let delivery = if is_sent { Delivery::status(403) } else { Delivery::served() };
        is_sent |= arrival.is("POST", ":sendMessage");
        delivery
    });
    let error = sim.run(sim.client().ask(ID, QUESTION)).unwrap_err();
    assert_eq!((error.status, error.session_id.as_deref()), (Some(403), Some(ID)));
    assert!(error.message.contains("Do not send it again"), "{error}");
}

/// A session that lists each message and, after this time, an answer: `answer-1` to `question-1`.
fn answering_each_after(millis: i64) -> ScriptedSession {
    let mut script = ScriptedSession::new("AWAITING_USER_FEEDBACK");
    let mut asked = 0;
    script.on_message(move |script, now_ms, prompt| {
        asked += 1;
        script.happens(now_ms, &format!("question-{asked}"), user(prompt));
        script.happens(now_ms + millis, &format!("answer-{asked}"), agent("Yes"));
    });
    script
}

/// A host with requests of half a second.
fn far_from(script: ScriptedSession) -> SimHost {
    let sim = SimHost::over(script);
    sim.script(|_| Delivery { there_ms: 250, ..Delivery::slow(250) });
    sim
}

fn sent_at(sim: &SimHost) -> Vec<i64> {
    sim.requests().iter().filter(|sent| sent.path().ends_with(":sendMessage")).map(|sent| sent.at_ms).collect()
}

#[test]
fn two_concurrent_equal_questions_get_a_reply_each() {
    for (first, second) in [("Go on?", "Go on?"), ("Go on?", " Go on?\n")] {
        let sim = far_from(answering_each_after(100));
        let client = sim.client();
        let (one, other) = sim.run(join(client.ask(ID, first), client.ask(ID, second)));
        assert_eq!((one.unwrap().id.as_str(), other.unwrap().id.as_str()), ("answer-1", "answer-2"), "{second:?}");
    }
}

#[test]
fn an_equal_message_is_not_mistaken_for_the_question() {
    let sim = far_from(answering_each_after(100));
    let client = sim.client();
    let sending = async {
        // The question is about to be sent.
        sim.sleep(600).await;
        client.send(ID, "Go on?").await
    };
    let (answer, sent) = sim.run(join(client.ask(ID, "Go on?"), sending));
    sent.unwrap();
    assert_eq!((answer.unwrap().id.as_str(), sent_at(&sim)), ("answer-1", vec![1_000, 1_500]));
}

#[test]
fn an_equal_question_waits_until_the_first_is_sent_not_for_its_reply() {
    let sim = far_from(answering_each_after(60_000));
    let client = sim.client();
    let (one, other) = sim.run(join(client.ask(ID, "Go on?"), client.ask(ID, "Go on?")));
    // Each is a request of the session, one of its activities, and the message.
    assert_eq!(sent_at(&sim), [1_000, 2_500]);
    one.unwrap();
    other.unwrap();
}

#[test]
fn a_different_question_does_not_wait_and_gets_its_own_reply() {
    let sim = far_from(answering_each_after(100));
    let client = sim.client();
    let (one, other) = sim.run(join(client.ask(ID, "Go on?"), client.ask(ID, "Or stop?")));
    assert_eq!(sent_at(&sim), [1_000, 1_000]);
    assert_eq!((one.unwrap().id.as_str(), other.unwrap().id.as_str()), ("answer-1", "answer-2"));
}

#[test]
fn an_aborted_question_does_not_block_an_equal_one() {
    let sim = far_from(answering_each_after(100));
    let client = sim.client();
    let bounds = Bounds { limits: Limits { timeout_ms: Some(700) }, ..Bounds::default() };
    let given_up = client.bounded(bounds, "ask()", client.ask(ID, "Go on?"));
    let (given_up, answer) = sim.run(join(given_up, client.ask(ID, "Go on?")));
    assert_eq!(given_up.unwrap_err().kind, ErrorKind::Timeout);
    assert_eq!((answer.unwrap().id.as_str(), sent_at(&sim)), ("answer-1", vec![1_700]));
}
