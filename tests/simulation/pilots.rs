//! Sessions whose agent is answered by an auto-pilot, in one process or in several, one after the other.

use std::cell::{Cell, RefCell};

use crate::callers::Caller;
use crate::calling::{CallBounds, Moment, ProcessEnd};
use crate::dates::DateHeader;
use crate::host::SimulatedHost;
use crate::records::{self, Known, Operation};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jules_wasm::client::{Client, Pilot, Piloted, WaitOptions};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::pilot::{Decision, Occasion, PilotOptions};
use jules_wasm::core::wait::Waited;
use serde_json::Value;

/// Scenarios of the emulator whose sessions need answers.
const SCENARIOS: [&str; 7] = ["asks", "asks", "asks", "question", "pause", "revise", "default"];

/// How late the answers may be carried out: a later process waits for twenty seconds, and lists lag.
const LATE_MS: u64 = 6_000;

/// The silence that counts as a stall.
const STALL_MS: u64 = 60_000;

/// The user, who decides each request once.
struct User<'a> {
    caller: &'a Caller,
    session: String,
    /// Whether everything is answered.
    is_willing: bool,
    /// The decisions, by what they are for.
    decided: RefCell<Vec<(Occasion, String, Decision)>>,
    stalls: Cell<usize>,
}

impl User<'_> {
    fn decision(&self, occasion: Occasion, subject: &str) -> Decision {
        let known = self.decided.borrow().iter().find(|(of, about, _)| *of == occasion && about == subject).cloned();
        if let Some((_, _, decision)) = known {
            return decision;
        }
        let random = &self.caller.random;
        let reply = || Decision::Reply(format!("The pilot of {} about {occasion:?} {subject}", self.session));
        let decision = match occasion {
            _ if !self.is_willing && random.percent(25) => Decision::Decline,
            Occasion::Plan if self.is_willing || random.percent(70) => Decision::Approve,
            _ => reply(),
        };
        self.decided.borrow_mut().push((occasion, subject.to_owned(), decision.clone()));
        decision
    }
}

impl Pilot<Value> for User<'_> {
    fn decide<'a>(&'a self, occasion: Occasion, waited: &Waited<Value>) -> LocalBoxFuture<'a, Result<Decision, Error>> {
        if waited.session.id != self.session {
            self.caller.world.violates("an auto-pilot decides about its own session", waited.session.id.clone());
        }
        let subject = match occasion {
            Occasion::Plan | Occasion::Question => {
                waited.request.as_ref().map(|request| request.activity.clone()).unwrap_or_default()
            }
            Occasion::Stall => self.stalls.replace(self.stalls.get() + 1).to_string(),
        };
        async move {
            if self.caller.random.percent(20) {
                self.caller.rest(0, 30_000).await;
            }
            Ok(self.decision(occasion, &subject))
        }
        .boxed_local()
    }
}

impl Caller {
    pub async fn piloted(&self, number: u64) {
        self.rest(0, 30_000).await;
        let random = &self.random;
        let scenario = random.of(&SCENARIOS);
        let needs_approval = scenario == "revise" || random.percent(60);
        let wanted = self.wanted(format!("{} {number} [emulator: {scenario}]", self.name), None, needs_approval);
        let Ok(session) = self.create(self.me, &wanted, CallBounds::default()).await else { return };
        let user = User {
            caller: self,
            session: session.id,
            is_willing: random.percent(60),
            decided: RefCell::default(),
            stalls: Cell::new(0),
        };
        let options = PilotOptions {
            max_replies: if user.is_willing { 9 } else { random.between(1, 4) },
            answers_stalls: scenario == "pause" || random.percent(30),
            stall_ms: Some(STALL_MS),
        };
        let dates = DateHeader::random(random);
        let mut client = self.me;
        let ends = random.between(0, 5);
        for end in 0..=ends {
            let is_last = end == ends;
            if random.percent(60) {
                self.rest(0, random.of(&[0, 1, 8_000, 60_000])).await;
            }
            if self.answered(&user, &options, client, is_last).await {
                break;
            }
            if random.percent(60) || self.world.closed.borrow().contains(&client) {
                client = self.processes.restart(random, dates);
            }
        }
        self.record(&user, &options, needs_approval);
    }

    /// One call with the auto-pilot. Returns whether the session has ended.
    async fn answered(&self, user: &User<'_>, options: &PilotOptions, client: usize, is_last: bool) -> bool {
        let random = &self.random;
        let mut within = CallBounds { carried_out_within_ms: Some(LATE_MS), ..CallBounds::default() };
        if !is_last {
            let timeout_ms = random.between(1_000, 120_000);
            match random.between(0, 3) {
                0 => within.timeout_ms = Some(timeout_ms),
                1 => within.abort = Some(Moment::around_request(random, 25)),
                2 if client != self.me => {
                    let timeout_ms = random.of(&[Some(0), Some(3_000), None]);
                    within.process_end = Some(ProcessEnd::Closed { after_ms: random.between(0, 120_000), timeout_ms });
                }
                _ => within.process_end = Some(ProcessEnd::Killed(Moment::around_request(random, 25))),
            }
        } else if !user.is_willing {
            within.timeout_ms = Some(random.between(1_000, 200_000));
        }
        let id = user.session.as_str();
        let ends_on_decline = !is_last && random.percent(30);
        let pilot = async |client: Client<SimulatedHost>| {
            let piloted = Piloted { pilot: user, options: options.clone() };
            if ends_on_decline {
                let waited = client.wait_with_pilot(id, &WaitOptions::default(), &piloted, None).await?;
                return Ok(waited.session);
            }
            Ok(client.result_with_pilot(id, false, &piloted, None).await?.session)
        };
        let watches = Some((id, self.world.now_ms()));
        let what = format!("autopilot of {id}");
        let (call, result) = self.call_in_process(client, &what, within, watches, pilot).await;
        match result {
            Some(Ok(session)) if session.id != id => {
                self.world.violates("a result is that of its session", format!("call {call}"));
                true
            }
            Some(Ok(session)) => session.state.is_terminal(),
            // Others would find out what became of the message, and answer by hand.
            Some(Err(error)) => is_last && error.kind != ErrorKind::Closed,
            None => false,
        }
    }

    fn record(&self, user: &User<'_>, options: &PilotOptions, needs_approval: bool) {
        let decided = user.decided.take();
        let mut records = self.world.records.borrow_mut();
        for (_, _, decision) in &decided {
            let Decision::Reply(text) = decision else { continue };
            records.messages.push(Operation {
                call: 0,
                process: usize::MAX,
                session: user.session.clone(),
                text: text.clone(),
                title: None,
                known: Known::Doubt,
            });
        }
        records.piloted.push(records::Piloted {
            session: user.session.clone(),
            decisions: decided.into_iter().map(|(occasion, _, decision)| (occasion, decision)).collect(),
            is_approved_otherwise: !needs_approval,
            max_replies: options.max_replies,
            stall_ms: STALL_MS,
        });
    }
}
