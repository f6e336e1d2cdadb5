//! Actions on a session: approving its plan, answering its questions, waiting for its result.

use std::cell::Cell;
use std::future::Future;

use crate::call::Post;
use crate::callers::Caller;
use crate::calling::CallBounds;
use crate::host::SimulatedHost;
use crate::records::{Known, Operation};
use crate::server::Entry;
use futures::future::join_all;
use jules_wasm::client::{Change, Client, WaitOptions};
use jules_wasm::core::activity::Activity;
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::state::SessionState;
use jules_wasm::core::wait::Reason;
use serde_json::Value;

/// How often a caller retries calls that may be retried.
pub const TRIES: usize = 3;

/// Scenarios of the emulator whose sessions wait for an action, or forever.
pub const WAITING: [&str; 3] = ["question", "pause", "stall"];

/// A session of a caller.
pub struct SessionLife {
    pub id: String,
    pub scenario: &'static str,
    needs_approval: bool,
    /// Whether it needs no further actions.
    pub runs: Cell<bool>,
    pub given_up: Cell<bool>,
}

impl SessionLife {
    pub fn new(id: String, scenario: &'static str, needs_approval: bool) -> Self {
        let runs = Cell::new(!needs_approval && !WAITING.contains(&scenario));
        Self { id, scenario, needs_approval, runs, given_up: Cell::new(false) }
    }
}

impl Caller {
    /// Does what the session needs, sends occasional messages, and waits for its result.
    pub async fn drive(&self, life: &SessionLife, waits: bool) {
        if waits {
            self.serve(life).await;
        }
        for _ in 0..self.random.between(0, 2) {
            self.rest(0, 15_000).await;
            if self.random.percent(20) {
                self.say_at_once(life).await;
            } else {
                self.say(life, self.within(40_000)).await;
            }
        }
        let mut within = self.within(60_000);
        if !life.runs.get() {
            within.timeout_ms = Some(self.random.between(1_000, 60_000));
        }
        if self.random.percent(30) {
            return self.wait(life, within).await;
        }
        let id = &life.id;
        let watches = Some((id.as_str(), self.world.now_ms()));
        let result = async |client: Client<SimulatedHost>| client.result(id, false, None).await;
        let (call, result) = self.call_watching(self.me, &format!("result {id}"), within, watches, result).await;
        let Ok(outcome) = result else { return };
        if outcome.session.id != *id || !outcome.session.state.is_terminal() {
            self.world.violates("a result is that of its session", format!("call {call}"));
        }
        let failed = outcome.session.state == SessionState::Failed;
        if failed != (life.scenario == "fail") {
            self.world.violates("a result has the right state", format!("call {call}"));
        }
    }

    /// Waits, and checks the reason.
    async fn wait(&self, life: &SessionLife, within: CallBounds) {
        let options = WaitOptions { stall_ms: self.random.percent(30).then_some(60_000), ..WaitOptions::default() };
        let watches = Some((life.id.as_str(), self.world.now_ms()));
        let wait = async |client: Client<SimulatedHost>| client.wait(&life.id, &options, None).await;
        let (call, result) = self.call_watching(self.me, &format!("wait {}", life.id), within, watches, wait).await;
        let Ok(waited) = result else { return };
        let is_right = match waited.reason {
            Reason::Completed => life.scenario != "fail",
            Reason::Failed => life.scenario == "fail",
            // A running session has an activity every few seconds.
            Reason::Stalled => !life.runs.get(),
            Reason::UnknownState => life.scenario == "future",
            Reason::NeedsApproval | Reason::NeedsReply | Reason::Paused => true,
            Reason::Reached => false,
        };
        if waited.session.id != life.id || !is_right {
            self.world.violates(
                "a wait ends for the right reason",
                format!("call {call}: a wait for {} ended by {:?}", life.scenario, waited.reason),
            );
        }
    }

    /// Approves the plan and answers the question, with limited retries.
    async fn serve(&self, life: &SessionLife) {
        let id = &life.id;
        let mut went_well = true;
        if life.needs_approval {
            went_well = self.reach(life, SessionState::AwaitingPlanApproval).await && {
                let approve = async |client: Client<SimulatedHost>| client.change(id, Change::ApprovePlan).await;
                self.repeat(|| self.call(self.me, "approve", self.within(30_000), approve)).await
            };
        }
        let awaited = match life.scenario {
            "question" => Some(SessionState::AwaitingUserFeedback),
            "pause" => Some(SessionState::Paused),
            _ => None,
        };
        if let Some(state) = awaited.filter(|_| went_well) {
            went_well = self.reach(life, state).await && {
                let mut said = false;
                for _ in 0..TRIES {
                    said = said || self.say(life, self.within(30_000)).await;
                }
                said
            };
        }
        life.runs.set(went_well && life.scenario != "stall");
        life.given_up.set(!life.runs.get());
    }

    async fn repeat<T, F: Future<Output = (usize, Result<T, Error>)>>(&self, once: impl Fn() -> F) -> bool {
        for _ in 0..TRIES {
            if once().await.1.is_ok() {
                return true;
            }
        }
        false
    }

    async fn reach(&self, life: &SessionLife, state: SessionState) -> bool {
        let what = format!("waitFor {}", state.name());
        let reach = || {
            let watches = Some((life.id.as_str(), self.world.now_ms()));
            let wait_for = async |client: Client<SimulatedHost>| client.wait_for(&life.id, state).await;
            self.call_watching(self.me, &what, self.within(60_000), watches, wait_for)
        };
        self.repeat(reach).await
    }

    fn next_text(&self) -> String {
        let number = self.messages.replace(self.messages.get() + 1);
        format!("{} says {number}", self.name)
    }

    /// Sends a message or asks. Returns whether it is known to have been carried out.
    async fn say(&self, life: &SessionLife, within: CallBounds) -> bool {
        let text = self.next_text();
        if self.random.percent(50) {
            self.send(self.me, life, &text, within).await
        } else {
            self.ask(life, &text, within).await
        }
    }

    /// Sends the same message several times concurrently, by several clients of the process.
    async fn say_at_once(&self, life: &SessionLife) {
        let text = self.next_text();
        let all = (0..self.random.between(2, 3)).map(|_| self.send(self.sibling(), life, &text, self.within(40_000)));
        join_all(all.collect::<Vec<_>>()).await;
    }

    async fn send(&self, client: usize, life: &SessionLife, text: &str, within: CallBounds) -> bool {
        let send = async |client: Client<SimulatedHost>| client.send(&life.id, text).await;
        let (call, result) = self.call(client, &format!("send {text:?}"), within, send).await;
        self.note_message(client, call, life, text, result.as_ref().err())
    }

    async fn ask(&self, life: &SessionLife, text: &str, within: CallBounds) -> bool {
        let ask = async |client: Client<SimulatedHost>| client.ask(&life.id, text).await;
        let (call, result) = self.call(self.me, &format!("ask {text:?}"), within, ask).await;
        self.check_answer(call, &life.id, text, &result);
        self.note_message(self.me, call, life, text, result.as_ref().err())
    }

    fn note_message(&self, client: usize, call: usize, life: &SessionLife, text: &str, error: Option<&Error>) -> bool {
        // An `ask` may fail after its message was sent, as its POST shows.
        let posts = self.world.posts(call);
        let known = match error {
            None => Known::Done(String::new()),
            Some(_) if posts.contains(&Post::Done) => Known::Done(String::new()),
            Some(error) if posts.iter().any(|post| post.is_open()) && error.method != Some("POST") => Known::Doubt,
            Some(error) => self.known(Err(error)),
        };
        let done = matches!(known, Known::Done(_));
        self.world.records.borrow_mut().messages.push(Operation {
            call,
            process: self.processes.process(client),
            session: life.id.clone(),
            text: text.to_owned(),
            title: None,
            known,
        });
        done
    }

    /// The reply is a message of the agent after the question, preceded by at most as many others as there were unanswered
    /// messages. A message that is not listed yet cannot be returned, and messages with equal times are ordered only if pages
    /// are.
    fn check_answer(&self, call: usize, id: &str, text: &str, result: &Result<Activity<Value>, Error>) {
        let now = self.world.now();
        let mut server = self.world.server.borrow_mut();
        let (is_unordered, is_coarse) = (server.odd.is_unordered, server.odd.coarse_ms > 1);
        let entries = server.activities(now, id);
        let Some(asked) = entries.iter().position(|entry| entry.message.as_deref() == Some(text)) else { return };
        let is_answer = |entry: &&Entry| entry.json["agentMessaged"].is_object();
        let unanswered = entries[..asked].iter().fold(0_usize, |open, entry| {
            (open + usize::from(entry.message.is_some())).saturating_sub(usize::from(is_answer(&entry)))
        });
        let listed: Vec<_> = entries[asked..].iter().filter(is_answer).filter(|e| e.is_listed_at(now)).collect();
        // If activities are unordered, late or have coarse times, the order does not show which message is the reply. It is still
        // one of the agent, and not older than the question if that was listed in time.
        if is_unordered || is_coarse || entries.iter().any(|entry| entry.is_late) {
            let is_possible = |answer: &Activity<Value>| {
                let found = entries.iter().filter(is_answer).find(|entry| answer.id == entry.id);
                found.is_some_and(|entry| entry.is_listed_at(now) && entry.shown >= entries[asked].shown)
            };
            let was_listed = entries[asked].is_listed_at(now.plus_millis(-15_000));
            if was_listed && result.as_ref().is_ok_and(|answer| !is_possible(answer)) {
                self.world.violates("ask gives a message that can be the answer", format!("call {call}"));
            }
            return;
        }
        let is_in_time = |entry: &Entry| !entry.is_late;
        let is_before = |one: &Entry, other: &Entry| !is_unordered || one.shown < other.shown;
        let taken = |answer: &Activity<Value>| {
            let place = listed.iter().position(|entry| answer.id == entry.id)?;
            Some(listed[..place].iter().filter(|e| is_in_time(e) && is_before(e, listed[place])).count())
        };
        match result {
            Ok(answer) if taken(answer).is_some_and(|place| place <= unanswered) => {}
            Ok(answer) => self.world.violates("ask gives the answer", format!("call {call}: {}", answer.id)),
            Err(error) if error.kind == ErrorKind::InvalidState && error.status.is_none() => {
                if listed.iter().any(|entry| is_in_time(entry) && is_before(&entries[asked], entry)) {
                    self.world.violates("ask reports no answer only where there is none", format!("call {call}"));
                }
            }
            Err(_) => {}
        }
    }
}
