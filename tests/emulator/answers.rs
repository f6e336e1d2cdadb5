//! The agent's answers to messages: one for each, or one for several.

use crate::support::{Service, event, events};
use jules_wasm::emulator::{Emulator, Options};
use serde_json::{Value, json};

fn send(service: &mut Service, session: &str, message: &str) {
    service.post(&format!("{session}:sendMessage"), json!({"prompt": message}));
}

/// The texts of all messages among the activities.
fn texts(activities: &[Value]) -> Vec<String> {
    let text = |activity: &Value| {
        let message =
            activity["agentMessaged"].get("agentMessage").or_else(|| activity["userMessaged"].get("userMessage"));
        message.map(|message| message.as_str().unwrap().to_owned())
    };
    activities.iter().filter_map(text).collect()
}

/// A session of the scenario that waits for approval and has no messages yet.
fn waiting(scenario: &str) -> (Service, String) {
    let mut service = Service::with_json(json!({"scenario": scenario}));
    let session = service.create_waiting();
    (service, session)
}

#[test]
fn messages_are_answered_one_by_one_in_order() {
    for together in [false, true] {
        let (mut service, session) = waiting("default");
        send(&mut service, &session, "First.");
        if !together {
            service.wait_steps(1);
        }
        send(&mut service, &session, "Second?");
        service.wait_steps(2);
        let texts = texts(&service.activities(&session));
        assert_eq!(texts.len(), 4, "{texts:?}");
        let answers: Vec<_> = texts.iter().filter(|text| text.contains('“')).collect();
        assert!(answers[0].contains("“First.”") && answers[1].contains("“Second?”"), "{texts:?}");
    }
}

#[test]
fn messages_within_one_step_time_can_share_one_answer() {
    let (mut service, session) = waiting("one-answer");
    send(&mut service, &session, "First.");
    service.now = service.now.plus_millis(999);
    send(&mut service, &session, "Second?");
    service.now = service.now.plus_millis(999);
    let before = texts(&service.activities(&session));
    assert_eq!(before, ["First.", "Second?"], "the answer comes one step time after the last message");
    service.now = service.now.plus_millis(1);
    let after = texts(&service.activities(&session));
    assert_eq!(after.len(), 3);
    assert!(after[2].contains("“First.”") && after[2].contains("“Second?”"), "{after:?}");
    send(&mut service, &session, "Third.");
    service.wait_steps(1);
    let after = texts(&service.activities(&session));
    assert!(
        after[4].contains("“Third.”") && !after[4].contains("“First.”"),
        "a single message has its own answer: {after:?}"
    );
}

#[test]
fn a_session_continues_after_one_answer_to_several_messages() {
    let (mut service, session) = waiting("one-answer");
    service.post(&format!("{session}:approvePlan"), json!({}));
    service.run_until(&session, &["AWAITING_USER_FEEDBACK"]);
    let before = service.activities(&session).len();
    send(&mut service, &session, "Remove it.");
    send(&mut service, &session, "No, wait: keep it.");
    service.run_until(&session, &["COMPLETED"]);
    let after = service.activities(&session);
    let expected = ["userMessaged", "userMessaged", "agentMessaged", "progressUpdated"];
    assert_eq!(events(&after[before..before + 4]), expected);
    assert_eq!(after[before + 3]["progressUpdated"]["description"], "Your answer was: No, wait: keep it.");
    assert_eq!(event(after.last().unwrap()), "sessionCompleted");
}

#[test]
fn a_script_can_change_the_answer_mode() {
    let steps =
        json!([{"answers": "together"}, {"ask": "One?"}, {"answers": "each"}, {"ask": "Two?"}, {"complete": {}}]);
    let mut service = Service::with_json(json!({"scenario": "mine", "scenarios": {"mine": steps}}));
    let session = service.create_repoless("x");
    for question in [1, 2] {
        service.run_until(&session, &["AWAITING_USER_FEEDBACK"]);
        let before = service.activities(&session).len();
        send(&mut service, &session, "a");
        send(&mut service, &session, "b");
        service.wait_steps(1);
        assert_eq!(service.activities(&session).len() - before, 2 + question, "answers to question {question}");
    }
    service.run_until(&session, &["COMPLETED"]);
}

#[test]
fn an_unknown_answer_mode_is_named_in_the_error() {
    let options = Options::from_json(&json!({"scenarios": {"mine": [{"answers": "never"}]}})).unwrap();
    let message = Emulator::new(options).unwrap_err();
    assert!(message.contains("\"mine\", step 1") && message.contains("`never`"), "{message}");
}
