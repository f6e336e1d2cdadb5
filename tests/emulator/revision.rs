//! Plan revision: messages while a plan waits for approval.

use crate::support::{Service, event, events};
use serde_json::{Value, json};

/// A session of the scenario while its plan waits for approval.
fn waiting(scenario: &str) -> (Service, String) {
    let mut service = Service::with_json(json!({"scenario": scenario}));
    let session = service.create_waiting();
    (service, session)
}

fn send(service: &mut Service, session: &str, message: &str) {
    service.post(&format!("{session}:sendMessage"), json!({"prompt": message}));
}

fn approve(service: &mut Service, session: &str) {
    service.post(&format!("{session}:approvePlan"), json!({}));
}

fn plans(activities: &[Value]) -> Vec<Value> {
    activities.iter().filter_map(|activity| activity["planGenerated"].get("plan").cloned()).collect()
}

fn approved(activities: &[Value]) -> Vec<Value> {
    activities.iter().filter_map(|activity| activity["planApproved"].get("planId").cloned()).collect()
}

#[test]
fn feedback_is_answered_with_a_new_plan_that_waits_for_approval() {
    let (mut service, session) = waiting("revise");
    for round in 1..=3 {
        let before = service.activities(&session).len();
        let feedback = format!("Feedback {round}.");
        send(&mut service, &session, &feedback);
        assert_eq!(service.activities(&session).len(), before + 1);
        service.wait_steps(1);
        let activities = service.activities(&session);
        assert_eq!(events(&activities[before..]), ["userMessaged", "agentMessaged", "planGenerated"]);
        let plans = plans(&activities);
        assert_eq!(plans.len(), round + 1);
        assert_ne!(plans[round]["id"], plans[round - 1]["id"]);
        assert!(plans[round]["steps"][0]["title"].as_str().unwrap().contains(&feedback));
        assert_eq!(service.state(&session), "AWAITING_PLAN_APPROVAL");
        service.wait_steps(100);
        assert_eq!(service.state(&session), "AWAITING_PLAN_APPROVAL");
    }
}

#[test]
fn an_approval_approves_the_latest_plan() {
    let (mut service, session) = waiting("revise");
    send(&mut service, &session, "Add unit tests.");
    service.wait_steps(1);
    approve(&mut service, &session);
    assert_eq!(service.state(&session), "IN_PROGRESS");
    let activities = service.activities(&session);
    assert_eq!(approved(&activities), [plans(&activities)[1]["id"].clone()]);
    service.run_until(&session, &["COMPLETED"]);
    assert_eq!(plans(&service.activities(&session)).len(), 2);
}

#[test]
fn a_plan_approved_before_the_answer_is_revised_without_a_second_approval() {
    let (mut service, session) = waiting("revise");
    send(&mut service, &session, "Add unit tests.");
    approve(&mut service, &session);
    let mut states = Vec::new();
    for _ in 0..30 {
        service.now = service.now.plus_millis(500);
        states.push(service.state(&session));
    }
    assert!(states.iter().all(|state| state != "AWAITING_PLAN_APPROVAL"), "{states:?}");
    let activities = service.activities(&session);
    let plans = plans(&activities);
    assert_eq!(approved(&activities), [plans[0]["id"].clone(), plans[1]["id"].clone()]);
    assert_eq!(event(activities.last().unwrap()), "sessionCompleted");
}

#[test]
fn messages_that_share_an_answer_share_a_revision() {
    for (scenario, revisions) in
        [("revise", 2), ("revise, one-answer", 1), ("one-answer, revise", 1), ("question, revise", 2)]
    {
        let (mut service, session) = waiting(scenario);
        send(&mut service, &session, "a");
        send(&mut service, &session, "b");
        service.wait_steps(1);
        assert_eq!(plans(&service.activities(&session)).len(), 1 + revisions, "{scenario}");
    }
}

#[test]
fn a_message_after_the_approval_or_in_another_scenario_does_not_revise_the_plan() {
    for (scenario, is_approved) in [("revise", true), ("default", false), ("question", false)] {
        let (mut service, session) = waiting(scenario);
        if is_approved {
            approve(&mut service, &session);
        }
        send(&mut service, &session, "Add unit tests.");
        service.wait_steps(2);
        assert_eq!(plans(&service.activities(&session)).len(), 1, "{scenario}");
    }
}

#[test]
fn a_custom_script_defines_the_revised_plan() {
    let script = json!([
        {"revise": [{"title": "After “{message}”", "description": "d"}]},
        {"answers": "together"},
        {"plan": [{"title": "Before"}]},
        {"revise": []},
        {"complete": {}},
    ]);
    let mut service = Service::with_json(json!({"scenario": "mine", "scenarios": {"mine": script}}));
    let session = service.create(json!({"prompt": "x", "requirePlanApproval": true}));
    service.run_until(&session, &["AWAITING_PLAN_APPROVAL"]);
    send(&mut service, &session, "a");
    send(&mut service, &session, "b");
    service.wait_steps(1);
    let plans = plans(&service.activities(&session));
    assert_eq!(plans.len(), 2, "one answer, one revision");
    assert_eq!(
        (&plans[1]["steps"][0]["title"], &plans[1]["steps"][0]["description"]),
        (&json!("After “b”"), &json!("d"))
    );
}
