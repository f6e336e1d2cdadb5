//! A question after messages that the agent has not answered yet.

use crate::support::scripted_session::{ID, ScriptedSession, agent, completed, progress, user};
use crate::support::{Delivery, SimHost, run_request};
use futures::future::join;
use jules_wasm::client::{ActivityStream, StreamOptions};
use jules_wasm::core::activity::Activity;
use jules_wasm::host::Host;
use serde_json::{Value, json};

const QUESTION: &str = "What testing framework are you using?";

/// A session that answers each message separately, after this time.
fn answering_each(delay_ms: i64) -> ScriptedSession {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.on_message(move |script, now_ms, prompt| {
        script.happens(now_ms, &format!("asked: {prompt}"), user(prompt));
        script.happens(now_ms + delay_ms, &format!("answered: {prompt}"), agent(prompt));
    });
    script
}

/// A session that answers all messages at once, after this time without a new one.
fn answering_together(delay_ms: i64) -> ScriptedSession {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.on_message(move |script, now_ms, prompt| {
        script.happens(now_ms, &format!("asked: {prompt}"), user(prompt));
        script.takes_back("all");
        script.happens(now_ms + delay_ms, "all", agent("To all of that"));
    });
    script
}

/// The snippet of the document: sends these messages and then asks. Returns the reply and its time.
fn ask_after(sim: &SimHost, messages: &[&str]) -> (Activity<Value>, i64) {
    let client = sim.client();
    let reply = sim.run(async {
        for message in messages {
            client.send(ID, message).await.unwrap();
        }
        client.ask(ID, QUESTION).await.unwrap()
    });
    (reply, sim.elapsed_ms())
}

#[test]
fn a_question_right_after_a_message_gets_its_own_reply() {
    for messages in [&["Make sure to add unit tests."][..], &["One", "Two"], &["One", "Two", "Three"]] {
        for request_ms in [0, 400] {
            let sim = SimHost::over(answering_each(3_000));
            sim.script(move |_| Delivery::lagging(request_ms));
            let (reply, at_ms) = ask_after(&sim, messages);
            assert_eq!(reply.message().as_deref(), Some(QUESTION), "after {messages:?}");
            // All answers were listed, so there is nothing more to wait for.
            assert!(at_ms <= 12_000, "after {messages:?}: {at_ms} ms");
            assert_eq!(sim.count("POST", ":sendMessage"), messages.len() + 1);
        }
    }
}

#[test]
fn one_answer_to_several_messages_is_the_reply_after_the_grace_time() {
    for messages in [&["One"][..], &["One", "Two", "Three"]] {
        let sim = SimHost::over(answering_together(3_000));
        let (reply, at_ms) = ask_after(&sim, messages);
        assert_eq!(reply.message().as_deref(), Some("To all of that"));
        assert!((10_000..=20_000).contains(&at_ms), "{at_ms} ms");
    }
}

#[test]
fn without_unanswered_messages_a_question_waits_only_for_its_reply() {
    for answered_at_ms in [1_000, 30_000] {
        let mut script = answering_each(3_000);
        script.happens(-90_000, "asked before", user("Before"));
        script.happens(answered_at_ms - 60_000, "answered before", agent("Before"));
        let sim = SimHost::over(script);
        let (reply, at_ms) = ask_after(&sim, &[]);
        assert_eq!((reply.message().as_deref(), at_ms), (Some(QUESTION), 5_000));
    }
}

#[test]
fn earlier_messages_of_other_clients_count_if_they_are_listed() {
    for minutes_ago in [1, 5, 14] {
        let mut script = answering_each(3_000);
        script.happens(-60_000 * minutes_ago, "elsewhere", user("From elsewhere"));
        script.happens(-30_000, "working", progress("On it"));
        script.happens(2_000, "answered elsewhere", agent("From elsewhere"));
        let sim = SimHost::over(script);
        let (reply, _) = ask_after(&sim, &[]);
        assert_eq!(reply.message().as_deref(), Some(QUESTION), "{minutes_ago} minutes ago");
    }
}

#[test]
fn messages_listed_late_or_never_count_too() {
    for listed_after_ms in [2_000, 12_000, i64::MAX / 2] {
        let mut script = ScriptedSession::new("IN_PROGRESS");
        script.on_message(move |script, now_ms, prompt| {
            let listed_ms = if prompt == QUESTION { now_ms } else { now_ms + listed_after_ms };
            script.is_listed(listed_ms, now_ms, &format!("asked: {prompt}"), user(prompt));
            script.happens(now_ms + 7_000, &format!("answered: {prompt}"), agent(prompt));
        });
        let sim = SimHost::over(script);
        sim.script(|_| Delivery::slow(100));
        let (reply, _) = ask_after(&sim, &["One"]);
        assert_eq!(reply.message().as_deref(), Some(QUESTION), "listed after {listed_after_ms} ms");
    }
}

#[test]
fn both_messages_may_never_be_listed() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.on_message(|script, now_ms, prompt| {
        script.happens(now_ms + 3_000, &format!("answered: {prompt}"), agent(prompt));
    });
    let sim = SimHost::over(script);
    sim.script(|_| Delivery::slow(100));
    let (reply, at_ms) = ask_after(&sim, &["One"]);
    assert_eq!(reply.message().as_deref(), Some(QUESTION));
    assert!(at_ms <= 20_000, "{at_ms} ms");
}

#[test]
fn a_late_answer_is_sorted_in() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.on_message(|script, now_ms, prompt| {
        let late_ms = if prompt == QUESTION { 0 } else { 6_000 };
        script.happens(now_ms, &format!("asked: {prompt}"), user(prompt));
        script.is_listed(now_ms + 3_000 + late_ms, now_ms + 3_000, &format!("answered: {prompt}"), agent(prompt));
    });
    let sim = SimHost::over(script);
    sim.script(|_| Delivery::slow(100));
    assert_eq!(ask_after(&sim, &["One"]).0.message().as_deref(), Some(QUESTION));
}

#[test]
fn the_local_time_does_not_matter() {
    for skew_ms in [-600_000, 600_000] {
        let sim = SimHost::over(answering_each(3_000));
        sim.skew_clock(skew_ms);
        assert_eq!(ask_after(&sim, &["One"]).0.message().as_deref(), Some(QUESTION));
    }
}

#[test]
fn a_single_answer_is_the_reply_also_if_the_session_ends() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.on_message(|script, now_ms, prompt| {
        script.happens(now_ms, &format!("asked: {prompt}"), user(prompt));
        if prompt == QUESTION {
            script.happens(now_ms + 3_000, "answer", agent("To all of that"));
            script.happens(now_ms + 3_500, "end", completed());
            script.state(now_ms + 3_500, "COMPLETED");
        }
    });
    let sim = SimHost::over(script);
    let (reply, at_ms) = ask_after(&sim, &["One"]);
    assert_eq!(reply.id.as_str(), "answer");
    assert!(at_ms <= 20_000, "{at_ms} ms");
}

#[test]
fn skipped_answers_are_in_the_stream() {
    let mut script = answering_each(3_000);
    script.state(60_000, "COMPLETED");
    script.happens(60_000, "end", completed());
    let sim = SimHost::over(script);
    let client = sim.client();
    let read = async {
        let mut stream = ActivityStream::new(client.clone(), ID, StreamOptions::default());
        let mut ids = Vec::new();
        while let Some(some) = stream.next().await.unwrap() {
            ids.extend(some.into_iter().map(|activity| activity.id.to_string()));
        }
        ids
    };
    let ask = async {
        sim.sleep(1_000).await;
        client.send(ID, "One").await.unwrap();
        client.ask(ID, "Two?").await.unwrap()
    };
    let (ids, reply) = sim.run(join(read, ask));
    assert_eq!(reply.id.as_str(), "answered: Two?");
    let expected = ["asked: One", "asked: Two?", "answered: One", "answered: Two?", "end"];
    assert_eq!(ids, expected);
}

#[test]
fn the_agent_of_the_emulator_answers_each_message_or_all_at_once() {
    for (scenario, expected) in [("default", vec!["framework"]), ("one-answer", vec!["unit tests", "framework"])] {
        let sim = SimHost::with_emulator(&json!({"scenario": scenario, "stepMs": 4_000}));
        let client = sim.client();
        let reply = sim.run(async {
            let id = client.create(&run_request(&json!({"prompt": "p"}))).await.unwrap().id;
            client.send(&id, "Make sure to add unit tests.").await.unwrap();
            client.ask(&id, QUESTION).await.unwrap()
        });
        let text = reply.message().unwrap();
        assert!(expected.iter().all(|part| text.as_str().contains(part)), "{scenario}: {text:?}");
    }
}
