//! Requests of the agent: reported with the plan or question, and not again after an answer.

use crate::support::scripted_session::{ID, ScriptedSession, agent, progress, user};
use crate::support::{Delivery, SimHost};
use futures::future::join;
use jules_wasm::client::{Change, Client, WaitOptions};
use jules_wasm::core::error::Error;
use jules_wasm::core::wait::{Reason, Waited};
use jules_wasm::host::Host;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const PLAN_STATE: &str = "AWAITING_PLAN_APPROVAL";
const QUESTION_STATE: &str = "AWAITING_USER_FEEDBACK";

fn plan(id: &str) -> Value {
    json!({"originator": "agent", "planGenerated": {"plan": {"id": id, "steps": [{"title": format!("As {id} says")}]}}})
}

fn approved(id: &str) -> Value {
    json!({"originator": "user", "planApproved": {"planId": id}})
}

async fn wait(client: &Client<SimHost>) -> Result<Waited<Value>, Error> {
    client.wait(ID, &WaitOptions::default(), None).await
}

/// The reason of a wait, its plan and question, and its time.
fn report(sim: &SimHost, waited: &Waited<Value>) -> (Reason, Option<String>, Option<String>, i64) {
    let plan = waited.plan.as_ref().map(|plan| plan["id"].as_str().unwrap().to_owned());
    (waited.reason, plan, waited.question.as_ref().map(ToString::to_string), sim.elapsed_ms())
}

fn approval(plan: &str, at_ms: i64) -> (Reason, Option<String>, Option<String>, i64) {
    (Reason::NeedsApproval, Some(plan.to_owned()), None, at_ms)
}

fn reply(question: &str, at_ms: i64) -> (Reason, Option<String>, Option<String>, i64) {
    (Reason::NeedsReply, None, Some(question.to_owned()), at_ms)
}

/// A session whose plan needs an approval, and which lists its messages.
fn planned() -> ScriptedSession {
    let mut script = ScriptedSession::new(PLAN_STATE);
    script.happens(-1_000, "plan-1", plan("p1"));
    script.on_message(|script, now_ms, text| script.happens(now_ms, &format!("said at {now_ms}"), user(text)));
    script
}

#[test]
fn a_wait_returns_the_last_plan_or_the_last_question() {
    for (state, expected) in [(PLAN_STATE, approval("p2", 0)), (QUESTION_STATE, reply("Or this?", 0))] {
        let mut script = ScriptedSession::new(state);
        script.happens(-5_000, "plan-1", plan("p1"));
        script.happens(-4_000, "message-1", agent("This?"));
        script.happens(-3_000, "said", user("No"));
        script.happens(-2_000, "plan-2", plan("p2"));
        script.happens(-1_000, "message-2", agent("Or this?"));
        let sim = SimHost::over(script);
        let waited = sim.run(wait(&sim.client())).unwrap();
        assert_eq!(report(&sim, &waited), expected);
        assert_eq!(sim.count("GET", "/activities"), 1, "{:?}", sim.calls());
    }
}

#[test]
fn a_plan_is_found_however_old_and_among_any_number_of_activities() {
    let mut script = ScriptedSession::new(PLAN_STATE);
    script.happens(-300 * MINUTE, "plan-1", plan("p1"));
    for number in 0..250 {
        script.happens(number * 1_000 - 290 * MINUTE, &format!("progress-{number}"), progress("More"));
    }
    let sim = SimHost::over(script);
    let waited = sim.run(wait(&sim.client())).unwrap();
    assert_eq!(report(&sim, &waited), approval("p1", 0));
}

#[test]
fn a_plan_that_is_listed_after_the_state_change_is_waited_for() {
    let mut script = ScriptedSession::new("PLANNING");
    script.state(4_000, PLAN_STATE);
    script.is_listed(9_000, 3_500, "plan-1", plan("p1"));
    let sim = SimHost::over(script);
    let waited = sim.run(wait(&sim.client())).unwrap();
    assert_eq!(report(&sim, &waited), approval("p1", 10_000));
}

#[test]
fn a_plan_that_is_never_listed_is_reported_as_missing() {
    for delivery in [Delivery::served(), Delivery::status(403), Delivery::body("<html>"), Delivery::body("{}")] {
        let sim = SimHost::over(ScriptedSession::new(PLAN_STATE));
        sim.script(move |arrival| if arrival.is("GET", "/activities") { delivery.clone() } else { Delivery::served() });
        let waited = sim.run(wait(&sim.client())).unwrap();
        assert_eq!((waited.reason, waited.plan), (Reason::NeedsApproval, None));
        assert!(sim.elapsed_ms() <= 20_000, "{} ms", sim.elapsed_ms());
    }
}

#[test]
fn after_feedback_only_the_next_plan_is_reported() {
    // With and without the feedback in the list.
    for is_listed in [true, false] {
        let mut script = planned();
        script.on_message(move |script, now_ms, text| {
            if is_listed {
                script.happens(now_ms, "said", user(text));
            }
            script.happens(now_ms + 4 * MINUTE, "working", progress("Thinking it over"));
            script.happens(now_ms + 8 * MINUTE, "plan-2", plan("p2"));
        });
        let sim = SimHost::over(script);
        let client = sim.client();
        let (first, second) = sim.run(async {
            let first = report(&sim, &wait(&client).await.unwrap());
            client.send(ID, "Leave out the tests").await.unwrap();
            (first, report(&sim, &wait(&client).await.unwrap()))
        });
        assert_eq!((first, second), (approval("p1", 0), approval("p2", 8 * MINUTE)), "listed: {is_listed}");
    }
}

#[test]
fn after_feedback_a_message_of_the_agent_is_reported() {
    let mut script = planned();
    script.on_message(|script, now_ms, text| {
        script.happens(now_ms, "said", user(text));
        script.happens(now_ms + 2 * MINUTE, "why", agent("The tests are needed"));
    });
    let sim = SimHost::over(script);
    let client = sim.client();
    let second = sim.run(async {
        wait(&client).await.unwrap();
        client.send(ID, "Leave out the tests").await.unwrap();
        report(&sim, &wait(&client).await.unwrap())
    });
    assert_eq!(second, approval("p1", 2 * MINUTE));
}

#[test]
fn after_feedback_the_old_plan_is_reported_once_the_stall_time_is_over() {
    for (stall_ms, expected_ms) in [(None, 15 * MINUTE), (Some(90_000), 90_000)] {
        let sim = SimHost::over(planned());
        let client = sim.client();
        let options = WaitOptions { stall_ms, ..WaitOptions::default() };
        let second = sim.run(async {
            client.wait(ID, &options, None).await.unwrap();
            client.send(ID, "Leave out the tests").await.unwrap();
            report(&sim, &client.wait(ID, &options, None).await.unwrap())
        });
        assert_eq!(second, approval("p1", expected_ms));
        // A poll per interval, and a list of activities per minute.
        let minutes = usize::try_from(expected_ms / MINUTE).unwrap();
        assert!(sim.count("GET", "/activities") <= minutes + 6, "{} lists", sim.count("GET", "/activities"));
        assert!(sim.calls().len() <= 13 * minutes + 12, "{} requests", sim.calls().len());
    }
}

#[test]
fn feedback_of_another_client_counts_if_it_is_listed() {
    for answer in [user("Leave out the tests"), approved("p1")] {
        let mut script = planned();
        script.happens(-500, "answer", answer);
        script.happens(3 * MINUTE, "plan-2", plan("p2"));
        let sim = SimHost::over(script);
        let waited = sim.run(wait(&sim.client())).unwrap();
        assert_eq!(report(&sim, &waited), approval("p2", 3 * MINUTE));
    }
}

#[test]
fn old_feedback_without_an_answer_is_reported_immediately_if_the_services_clock_is_known() {
    let sim = SimHost::with_emulator(&json!({
        "scenario": "silent", "stepMs": 100, "scenarios": {"silent": [{"state": "PLANNING"}, {"plan": [{"title": "Do it"}]}]}
    }));
    let client = sim.client();
    let request = crate::support::session_request(&json!({"prompt": "p"}));
    let id = sim.run(client.create(&request)).unwrap().id;
    let reported = |client: &Client<SimHost>| sim.run(client.wait(&id, &WaitOptions::default(), None)).unwrap();
    assert_eq!(reported(&client).reason, Reason::NeedsApproval);
    sim.run(client.send(&id, "Change it")).unwrap();
    // The agent of the emulator answers each message, which is something new.
    assert_eq!(reported(&client).reason, Reason::NeedsApproval);
    assert!(sim.elapsed_ms() < 20_000, "{} ms", sim.elapsed_ms());
}

#[test]
fn an_approved_plan_is_not_reported_again_while_the_state_lags() {
    let mut script = planned();
    script.happens(1_000, "approved", approved("p1"));
    script.state(4 * MINUTE, "IN_PROGRESS");
    script.state(6 * MINUTE, "COMPLETED");
    let sim = SimHost::over(script);
    let client = sim.client();
    let second = sim.run(async {
        wait(&client).await.unwrap();
        sim.sleep(1_500).await;
        wait(&client).await.unwrap()
    });
    assert_eq!((second.reason, second.plan), (Reason::Completed, None));
}

#[test]
fn an_answered_question_is_not_reported_again_but_the_next_one_is() {
    for is_listed in [true, false] {
        let mut script = ScriptedSession::new(QUESTION_STATE);
        script.happens(-1_000, "question-1", agent("Which?"));
        script.on_message(move |script, now_ms, text| {
            if is_listed {
                script.happens(now_ms, "said", user(text));
            }
            script.happens(now_ms + 7 * MINUTE, "question-2", agent("And where?"));
        });
        let sim = SimHost::over(script);
        let client = sim.client();
        let (first, second) = sim.run(async {
            let first = report(&sim, &wait(&client).await.unwrap());
            client.send(ID, "The first").await.unwrap();
            (first, report(&sim, &wait(&client).await.unwrap()))
        });
        assert_eq!((first, second), (reply("Which?", 0), reply("And where?", 7 * MINUTE)));
    }
}

#[test]
fn a_quick_answer_of_the_agent_is_reported_with_the_next_poll() {
    let mut script = ScriptedSession::new(QUESTION_STATE);
    script.happens(-1_000, "question-1", agent("Which?"));
    script.on_message(|script, now_ms, text| {
        script.happens(now_ms, "said", user(text));
        script.happens(now_ms + 2_000, "question-2", agent("And where?"));
    });
    let sim = SimHost::over(script);
    let client = sim.client();
    let second = sim.run(async {
        wait(&client).await.unwrap();
        client.send(ID, "The first").await.unwrap();
        report(&sim, &wait(&client).await.unwrap())
    });
    assert_eq!((second.0, second.2.as_deref()), (Reason::NeedsReply, Some("And where?")));
    assert!(second.3 <= 7_000, "{} ms", second.3);
}

#[test]
fn a_session_that_needs_a_decision_again_without_a_new_message_is_reported() {
    let mut script = ScriptedSession::new(QUESTION_STATE);
    script.happens(-1_000, "question-1", agent("Which?"));
    script.on_message(|script, now_ms, text| {
        script.happens(now_ms, "said", user(text));
        script.state(now_ms + 2_000, "IN_PROGRESS");
        script.state(now_ms + 2 * MINUTE, QUESTION_STATE);
    });
    let sim = SimHost::over(script);
    let client = sim.client();
    let second = sim.run(async {
        wait(&client).await.unwrap();
        client.send(ID, "The first").await.unwrap();
        report(&sim, &wait(&client).await.unwrap())
    });
    assert_eq!(second.0, Reason::NeedsReply);
    assert!((2 * MINUTE..=2 * MINUTE + 25_000).contains(&second.3), "{} ms", second.3);
}

#[test]
fn an_approval_does_not_answer_a_question() {
    let mut script = ScriptedSession::new(QUESTION_STATE);
    script.happens(-2_000, "plan-1", plan("p1"));
    script.happens(-1_000, "question-1", agent("Which?"));
    script.is_listed(1, 1, "approved", approved("p1"));
    let sim = SimHost::over(script);
    sim.script(|arrival| if arrival.is("POST", ":approvePlan") { Delivery::body("{}") } else { Delivery::served() });
    let client = sim.client();
    let second = sim.run(async {
        wait(&client).await.unwrap();
        client.change(ID, Change::ApprovePlan).await.unwrap();
        report(&sim, &wait(&client).await.unwrap())
    });
    assert_eq!(second, reply("Which?", 0));
}

#[test]
fn waits_of_several_sessions_keep_their_answers_apart() {
    let sim = SimHost::with_emulator(&json!({"scenario": "question", "stepMs": 2_000}));
    let client = sim.client();
    let lead = |prompt: &'static str| {
        let client = client.clone();
        async move {
            let request = crate::support::session_request(&json!({"prompt": prompt}));
            let id = client.create(&request).await.unwrap().id;
            let mut reasons = Vec::new();
            loop {
                let waited = client.wait(&id, &WaitOptions::default(), None).await.unwrap();
                reasons.push(waited.reason);
                match waited.reason {
                    Reason::NeedsApproval => {
                        assert_eq!(waited.plan.unwrap()["steps"].as_array().unwrap().len(), 5);
                        client.change(&id, Change::ApprovePlan).await.unwrap();
                    }
                    Reason::NeedsReply => {
                        assert!(waited.question.unwrap().contains("Which do you prefer?"));
                        client.send(&id, "The first").await.unwrap();
                    }
                    _ => return reasons,
                }
            }
        }
    };
    let (one, other) = sim.run(join(lead("one"), lead("other")));
    let expected = [Reason::NeedsApproval, Reason::NeedsReply, Reason::Completed];
    assert_eq!((one.as_slice(), other.as_slice()), (&expected[..], &expected[..]));
}
