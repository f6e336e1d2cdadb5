//! The auto-pilot: each plan, question and stall is answered once, also after a restart.

use crate::support::scripted_session::{ID, ScriptedSession, agent, completed, progress, user};
use crate::support::{Delivery, SimHost, session_request};
use futures::FutureExt;
use futures::future::{AbortHandle, Abortable, LocalBoxFuture, join};
use jules_wasm::client::{Bounds, Client, Outcome, Pilot, Piloted, WaitOptions};
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::pilot::{Decision, Occasion, PilotOptions};
use jules_wasm::core::state::SessionState;
use jules_wasm::core::wait::{Reason, Waited};
use jules_wasm::host::Host;
use serde_json::{Value, json};
use std::cell::RefCell;

const MINUTE: i64 = 60_000;
const QUESTION: &str = "AWAITING_USER_FEEDBACK";

type Decide = dyn Fn(Occasion, &str) -> Result<Decision, Error>;

/// A caller that takes this long for each decision.
struct Caller {
    sim: SimHost,
    takes_ms: u64,
    decide: Box<Decide>,
    /// What it was asked for: the occasion, and the question or the id of the plan.
    asked: RefCell<Vec<(Occasion, String)>>,
}

impl Caller {
    fn new(sim: &SimHost, decide: impl Fn(Occasion, &str) -> Result<Decision, Error> + 'static) -> Self {
        Self { sim: sim.clone(), takes_ms: 0, decide: Box::new(decide), asked: RefCell::default() }
    }

    fn asked(&self) -> Vec<(Occasion, String)> {
        self.asked.borrow().clone()
    }
}

impl Pilot<Value> for Caller {
    fn decide<'a>(&'a self, occasion: Occasion, waited: &Waited<Value>) -> LocalBoxFuture<'a, Result<Decision, Error>> {
        let plan = waited.plan.as_ref().map(|plan| plan["id"].as_str().unwrap_or_default().to_owned());
        let subject = plan.or_else(|| waited.question.clone()).unwrap_or_default();
        self.asked.borrow_mut().push((occasion, subject.clone()));
        async move {
            self.sim.sleep(self.takes_ms).await;
            (self.decide)(occasion, &subject)
        }
        .boxed_local()
    }
}

fn options() -> PilotOptions {
    PilotOptions { max_replies: 5, answers_stalls: false, stall_ms: None }
}

/// Approves all, and answers all questions.
fn answers(occasion: Occasion, subject: &str) -> Result<Decision, Error> {
    Ok(match occasion {
        Occasion::Plan => Decision::Approve,
        Occasion::Question => Decision::Reply(format!("Yes to: {subject}")),
        Occasion::Stall => Decision::Reply("Complete the task".to_owned()),
    })
}

async fn result(client: &Client<SimHost>, id: &str, caller: &Caller) -> Result<Outcome<Value>, Error> {
    result_with(client, id, caller, options()).await
}

async fn result_with(
    client: &Client<SimHost>,
    id: &str,
    caller: &Caller,
    options: PilotOptions,
) -> Result<Outcome<Value>, Error> {
    client.result_with_pilot(id, false, &Piloted { pilot: caller, options }, None).await
}

async fn wait(client: &Client<SimHost>, id: &str, caller: &Caller) -> Result<Waited<Value>, Error> {
    let piloted = Piloted { pilot: caller, options: options() };
    client.wait_with_pilot(id, &WaitOptions::default(), &piloted, None).await
}

#[test]
fn a_question_in_a_session_of_this_process_is_answered_at_once() {
    let steps = json!([{ "after": 0, "ask": "This?" }, "ending"]);
    let sim = SimHost::with_emulator(&json!({ "scenario": "asks", "scenarios": { "asks": steps } }));
    let client = sim.client();
    sim.run(async {
        let id = client.create(&session_request(&json!({ "prompt": "Fix bug A" }))).await.unwrap().id;
        sim.sleep(60_000).await;
        let begun = sim.elapsed_ms();
        let caller = Caller::new(&sim, answers);
        result(&client, &id, &caller).await.unwrap();
        let at_ms: Vec<_> =
            sim.requests().iter().filter(|sent| sent.path().ends_with(":sendMessage")).map(|sent| sent.at_ms).collect();
        assert_eq!(at_ms, [begun]);
    });
}

/// An emulator whose agent asks two questions, after a plan.
fn asking() -> SimHost {
    let steps =
        json!(["opening", { "ask": "This?" }, { "progress": {} }, { "ask": "Or that?" }, "more-changes", "ending"]);
    let sim = SimHost::with_emulator(&json!({ "scenario": "two", "scenarios": { "two": steps } }));
    sim.fix_random(0.5);
    sim
}

fn create(sim: &SimHost) -> String {
    let client = sim.client();
    let id = sim.run(client.create(&session_request(&json!({ "prompt": "Fix bug A" })))).unwrap().id;
    sim.forget_requests();
    id
}

/// The messages that were sent, in order.
fn sent(sim: &SimHost) -> Vec<String> {
    let sent = sim.requests().into_iter().filter(|request| request.path().ends_with(":sendMessage"));
    sent.map(|request| request.json()["prompt"].as_str().unwrap().to_owned()).collect()
}

/// The messages of the user that the session has.
fn heard(sim: &SimHost, id: &str) -> Vec<String> {
    let page = sim.run(sim.client().activities(id, &jules_wasm::client::PageRequest::default())).unwrap();
    let messages = page.items.iter().map(|activity| &activity.json["userMessaged"]["userMessage"]);
    messages.filter_map(|message| Some(message.as_str()?.to_owned())).collect()
}

#[test]
fn plans_are_approved_and_questions_answered_until_the_session_has_ended() {
    let sim = asking();
    let (id, caller) = (create(&sim), Caller::new(&sim, answers));
    let outcome = sim.run(result(&sim.client(), &id, &caller)).unwrap();
    assert_eq!(outcome.session.state, SessionState::Completed);
    let occasions: Vec<_> = caller.asked().into_iter().map(|(occasion, _)| occasion).collect();
    assert_eq!(occasions, [Occasion::Plan, Occasion::Question, Occasion::Question]);
    assert_eq!(sent(&sim), ["Yes to: This?", "Yes to: Or that?"]);
    assert_eq!(sim.count("POST", ":approvePlan"), 1);
}

#[test]
fn a_plan_is_rejected_with_a_message_and_the_revised_one_is_decided_anew() {
    let scenario = json!({ "scenario": "revise,default" });
    let sim = SimHost::with_emulator(&scenario);
    let (id, caller) = (
        create(&sim),
        Caller::new(&sim, {
            let seen = RefCell::new(0);
            move |_, _| {
                *seen.borrow_mut() += 1;
                Ok(if *seen.borrow() == 1 { Decision::Reply("Smaller steps".to_owned()) } else { Decision::Approve })
            }
        }),
    );
    let outcome = sim.run(result(&sim.client(), &id, &caller)).unwrap();
    assert_eq!(outcome.session.state, SessionState::Completed);
    assert_eq!((sent(&sim), sim.count("POST", ":approvePlan")), (vec!["Smaller steps".to_owned()], 1));
    let plans: Vec<_> = caller.asked().into_iter().map(|(_, plan)| plan).collect();
    assert!(plans.len() == 2 && plans[0] != plans[1], "{plans:?}");
}

#[test]
fn what_is_declined_ends_a_wait_and_is_left_to_others_by_result() {
    let sim = asking();
    let declines = |_: Occasion, _: &str| Ok(Decision::Decline);
    let (id, caller) = (create(&sim), Caller::new(&sim, declines));
    let client = sim.client();
    assert_eq!(sim.run(wait(&client, &id, &caller)).unwrap().reason, Reason::NeedsApproval);
    // The user approves and answers in the web app.
    let other = sim.client();
    let others = async {
        sim.sleep(60_000).await;
        other.change(&id, jules_wasm::client::Change::ApprovePlan).await.unwrap();
        for _ in 0..2 {
            other.wait_for(&id, SessionState::AwaitingUserFeedback).await.unwrap();
            sim.sleep(40_000).await;
            other.send(&id, "Do what you think is best").await.unwrap();
        }
    };
    let (outcome, ()) = sim.run(join(result(&client, &id, &caller), others));
    assert_eq!(outcome.unwrap().session.state, SessionState::Completed);
    // Once by wait(), and once each by result().
    assert_eq!(caller.asked().len(), 1 + 3, "{:?}", caller.asked());
    assert_eq!(sent(&sim).len(), 2);
}

#[test]
fn each_question_is_answered_once_although_the_process_is_restarted_at_any_request() {
    for silent in [true, false] {
        for number in 1.. {
            let sim = asking();
            let id = create(&sim);
            let (handle, registration) = AbortHandle::new_pair();
            let last = number;
            sim.script(move |arrival| {
                if arrival.number != last {
                    return Delivery::served();
                }
                handle.abort();
                // With or without its effect.
                if silent {
                    Delivery::silence()
                } else {
                    Delivery { reaches_the_service: false, ..Delivery::silence() }
                }
            });
            let caller = Caller::new(&sim, answers);
            let client = sim.client();
            let first = sim.run(Abortable::new(result(&client, &id, &caller), registration));
            let requests = sim.calls().len();
            sim.script(|_| Delivery::served());
            let outcome = sim.run(result(&sim.client(), &id, &caller)).unwrap();
            assert_eq!(outcome.session.state, SessionState::Completed);
            assert_eq!(heard(&sim, &id), ["Yes to: This?", "Yes to: Or that?"], "restarted at request {number}");
            if first.is_ok() {
                assert!(requests > 12 && number > requests, "{requests}");
                break;
            }
        }
    }
}

#[test]
fn a_question_is_answered_once_although_the_call_is_aborted_and_made_again_in_the_same_process() {
    let steps = json!([{ "after": 0, "ask": "This?" }, { "after": 600, "complete": {} }]);
    let sim = SimHost::with_emulator(&json!({ "scenario": "asks", "scenarios": { "asks": steps } }));
    // The reply arrives although its call is aborted.
    sim.deliver_late(3_000);
    let client = sim.client();
    let id = sim.run(client.create(&session_request(&json!({ "prompt": "Fix bug A" })))).unwrap().id;
    let (handle, registration) = AbortHandle::new_pair();
    sim.script(move |arrival| {
        if !arrival.is("POST", ":sendMessage") {
            return Delivery::served();
        }
        handle.abort();
        Delivery { there_ms: 1_000, ..Delivery::served() }
    });
    let caller = Caller::new(&sim, answers);
    let (own, bounds) = (client.for_call(), Bounds { abort: Some(registration), ..Bounds::of_session(&id) });
    let aborted = sim.run(own.bounded(bounds, "result()", result(&own, &id, &caller))).unwrap_err();
    assert_eq!((aborted.kind, aborted.outcome), (ErrorKind::Abort, Some(Effect::Unknown)), "{aborted}");
    sim.script(|_| Delivery::served());
    sim.run(result(&client, &id, &caller)).unwrap();
    assert_eq!(heard(&sim, &id), ["Yes to: This?"]);
}

/// A session that asks at this time and lists messages of the user late.
fn lagging(asks_at_ms: i64, lag_ms: i64) -> ScriptedSession {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(asks_at_ms, "question", agent("Which?"));
    script.state(asks_at_ms, QUESTION);
    script.on_message(move |script, now_ms, text| {
        script.is_listed(now_ms + lag_ms, now_ms, &format!("said at {now_ms}"), user(text));
        script.state(now_ms + lag_ms, "IN_PROGRESS");
        script.happens(now_ms + 10 * MINUTE, "end", completed());
        script.state(now_ms + 10 * MINUTE, "COMPLETED");
    });
    script
}

#[test]
fn a_reply_that_an_earlier_process_has_just_sent_is_waited_for() {
    let sim = SimHost::over(lagging(0, 15_000));
    let caller = Caller::new(&sim, answers);
    sim.run(async {
        // It was killed after it had sent its reply.
        sim.client().send(ID, "Yes to: Which?").await.unwrap();
        sim.sleep(1_000).await;
    });
    sim.run(result(&sim.client(), ID, &caller)).unwrap();
    assert_eq!(sent(&sim).len(), 1);
}

#[test]
fn a_question_from_before_is_answered_after_the_time_of_replication_and_a_new_one_at_once() {
    for (asks_at_ms, answered_at_ms) in [(-MINUTE, 20_000), (7_000, 10_000)] {
        let sim = SimHost::over(lagging(asks_at_ms, 0));
        let caller = Caller::new(&sim, answers);
        sim.run(result(&sim.client(), ID, &caller)).unwrap();
        let at_ms: Vec<_> =
            sim.requests().iter().filter(|sent| sent.path().ends_with(":sendMessage")).map(|sent| sent.at_ms).collect();
        assert_eq!((at_ms, caller.asked().len()), (vec![answered_at_ms], 1));
    }
}

#[test]
fn a_question_that_somebody_answers_during_the_decision_is_not_answered_again() {
    let sim = SimHost::over(lagging(7_000, 0));
    let caller = Caller { takes_ms: 30_000, ..Caller::new(&sim, answers) };
    let other = sim.client();
    let others = async {
        sim.sleep(20_000).await;
        other.send(ID, "The second").await.unwrap();
    };
    let client = sim.client();
    let (outcome, ()) = sim.run(join(result(&client, ID, &caller), others));
    outcome.unwrap();
    assert_eq!((sent(&sim), caller.asked().len()), (vec!["The second".to_owned()], 1));
}

/// A session whose agent asks again after each message, without an end before `questions`.
fn insistent(questions: usize) -> ScriptedSession {
    let mut script = ScriptedSession::new(QUESTION);
    script.happens(-2 * MINUTE, "task", user("As taped"));
    script.happens(-MINUTE, "question-0", agent("Question 0"));
    let mut asked = 1;
    script.on_message(move |script, now_ms, text| {
        script.happens(now_ms, &format!("said at {now_ms}"), user(text));
        script.state(now_ms, "IN_PROGRESS");
        let is_over = asked == questions;
        let event = if is_over { completed() } else { agent(&format!("Question {asked}")) };
        script.happens(now_ms + 10_000, &format!("question-{asked}"), event);
        script.state(now_ms + 10_000, if is_over { "COMPLETED" } else { QUESTION });
        asked += 1;
    });
    script
}

#[test]
fn max_replies_limits_the_replies_of_all_processes() {
    let sim = SimHost::over(insistent(9));
    let caller = Caller::new(&sim, answers);
    for expected in [2, 5, 5] {
        let options = PilotOptions { max_replies: expected, ..options() };
        let client = sim.client();
        let piloted = Piloted { pilot: &caller, options };
        let waited = sim.run(client.wait_with_pilot(ID, &WaitOptions::default(), &piloted, None)).unwrap();
        assert_eq!((waited.reason, sent(&sim).len() as u64), (Reason::NeedsReply, expected));
    }
    assert_eq!(caller.asked().len(), 5, "nothing is asked that could not be sent");
}

#[test]
fn a_stalled_session_gets_a_message_and_another_one_only_after_another_stall() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(0, "progress", progress("Looking for the cause"));
    let mut rescues = 0;
    script.on_message(move |script, now_ms, text| {
        script.happens(now_ms, &format!("said at {now_ms}"), user(text));
        rescues += 1;
        if rescues == 2 {
            script.happens(now_ms + MINUTE, "end", completed());
            script.state(now_ms + MINUTE, "COMPLETED");
        }
    });
    let sim = SimHost::over(script);
    let caller = Caller::new(&sim, answers);
    let options = PilotOptions { answers_stalls: true, ..options() };
    sim.run(result_with(&sim.client(), ID, &caller, options)).unwrap();
    let minutes: Vec<_> = sim
        .requests()
        .iter()
        .filter(|sent| sent.path().ends_with(":sendMessage"))
        .map(|sent| sent.at_ms / MINUTE)
        .collect();
    assert_eq!(minutes, [15, 30]);
}

#[test]
fn a_paused_session_is_rescued_too_and_without_an_answer_to_stalls_it_is_waited_for() {
    for answers_stalls in [true, false] {
        let mut script = ScriptedSession::new("PAUSED");
        script.happens(-MINUTE, "progress", progress("Looking for the cause"));
        script.happens(60 * MINUTE, "end", completed());
        script.state(60 * MINUTE, "COMPLETED");
        script.on_message(move |script, now_ms, text| {
            script.happens(now_ms, "said", user(text));
            script.happens(now_ms + MINUTE, "early end", completed());
            script.state(now_ms + MINUTE, "COMPLETED");
        });
        let sim = SimHost::over(script);
        let caller = Caller::new(&sim, answers);
        let options = PilotOptions { answers_stalls, ..options() };
        sim.run(result_with(&sim.client(), ID, &caller, options)).unwrap();
        assert_eq!(sent(&sim).len(), usize::from(answers_stalls));
        assert_eq!(sim.elapsed_ms() < 30 * MINUTE, answers_stalls);
    }
}

#[test]
fn an_error_of_the_caller_ends_the_call_and_sends_nothing() {
    let sim = asking();
    let fails = |_: Occasion, _: &str| Err(Error::new(ErrorKind::Abort, "onPlan threw an error."));
    let (id, caller) = (create(&sim), Caller::new(&sim, fails));
    let error = sim.run(result(&sim.client(), &id, &caller)).unwrap_err();
    assert_eq!((error.message.as_str(), sim.count("POST", "/")), ("onPlan threw an error.", 0));
}

#[test]
fn a_reply_whose_answer_is_lost_is_reconciled_and_sent_once() {
    let sim = asking();
    let id = create(&sim);
    sim.script(|arrival| match arrival.is("POST", ":sendMessage") {
        true => Delivery::reset(),
        false => Delivery::served(),
    });
    let caller = Caller::new(&sim, answers);
    sim.run(result(&sim.client(), &id, &caller)).unwrap();
    assert_eq!(heard(&sim, &id), ["Yes to: This?", "Yes to: Or that?"]);
    assert_eq!(sent(&sim).len(), 2);
}

#[test]
fn a_reply_that_the_service_refuses_for_long_is_sent_when_it_is_available_again() {
    let sim = asking();
    let id = create(&sim);
    sim.script(|arrival| match arrival.is("POST", ":sendMessage") && arrival.at_ms < 20 * MINUTE {
        true => Delivery::status(503),
        false => Delivery::served(),
    });
    let caller = Caller::new(&sim, answers);
    sim.run(result(&sim.client(), &id, &caller)).unwrap();
    assert_eq!(heard(&sim, &id), ["Yes to: This?", "Yes to: Or that?"]);
}
