//! The auto-pilot: answers plans, questions and stalls during a wait, by the decisions of its caller.
//!
//! Each request of the agent is answered once, also by a process that was started again: it is answered if a message of the user
//! follows it in the activities. A message that an earlier process or call has just sent may not be in there yet, so a request that is
//! there at the start gets a reply only after the time that replication may take, if it is still unanswered then.

use futures_util::future::LocalBoxFuture;

use super::Client;
use super::session_polls::OnUpdate;
use super::sessions::Change;
use super::wait::{WaitOptions, Waiter};
use crate::core::error::{Error, ErrorKind};
use crate::core::outcome::reconcile::{MESSAGE_REPLICATION_MS, scaled_ms};
use crate::core::pilot::{Decision, Occasion, PilotOptions, replies};
use crate::core::poll::millis;
use crate::core::streak::FailureStreak;
use crate::core::wait::Waited;
use crate::host::Host;
use crate::planted::{Fault, planted};

/// The caller of an auto-pilot.
pub trait Pilot<J> {
    /// Decides what to do. An error ends the call, and nothing is sent.
    fn decide<'a>(&'a self, occasion: Occasion, waited: &Waited<J>) -> LocalBoxFuture<'a, Result<Decision, Error>>;
}

/// An auto-pilot with its options.
pub struct Piloted<'a, J> {
    /// The caller.
    pub pilot: &'a dyn Pilot<J>,
    /// The options.
    pub options: PilotOptions,
}

/// A decision that is not carried out yet.
struct Decided {
    /// The request that it is for; empty for a stall.
    request: String,
    decision: Decision,
}

impl<H: Host> Client<H> {
    /// Waits as [`Client::wait`] does, with an auto-pilot that answers first. What it declines ends the wait.
    pub async fn wait_with_pilot<'a>(
        &'a self,
        id: &'a str,
        options: &WaitOptions,
        piloted: &'a Piloted<'a, H::Json>,
        on_update: Option<OnUpdate<'a, H::Json>>,
    ) -> Result<Waited<H::Json>, Error> {
        let options = WaitOptions { stall_ms: options.stall_ms.or(piloted.options.stall_ms), ..options.clone() };
        Flight::new(self, id, Waiter::new(self, id, &options, on_update), piloted).run(true).await
    }

    /// Waits until the session has ended. What the auto-pilot declines is left to others.
    pub(crate) async fn end_with_pilot<'a>(
        &'a self,
        id: &'a str,
        piloted: &'a Piloted<'a, H::Json>,
        on_update: Option<OnUpdate<'a, H::Json>>,
    ) -> Result<Waited<H::Json>, Error> {
        // Without an answer to stalls they need not be detected.
        let stall_ms = if piloted.options.answers_stalls { piloted.options.stall_ms } else { Some(u64::MAX) };
        let options = WaitOptions { until: Vec::new(), stall_ms };
        Flight::new(self, id, Waiter::new(self, id, &options, on_update).until_the_end(), piloted).run(false).await
    }
}

/// A wait with an auto-pilot.
struct Flight<'a, H: Host> {
    client: &'a Client<H>,
    id: &'a str,
    waiter: Waiter<'a, H>,
    piloted: &'a Piloted<'a, H::Json>,
    began_at: i64,
    /// Whether an earlier process or call may have answered: the first poll has shown the request, and this process has not created the
    /// session, or has sent it something.
    is_from_before: bool,
    replies: u64,
    decided: Option<Decided>,
    failures: FailureStreak,
}

impl<'a, H: Host> Flight<'a, H> {
    fn new(client: &'a Client<H>, id: &'a str, waiter: Waiter<'a, H>, piloted: &'a Piloted<'a, H::Json>) -> Self {
        Self {
            client,
            id,
            waiter: waiter.reading_all(),
            piloted,
            began_at: client.poller_now(),
            is_from_before: !client
                .account()
                .is_ok_and(|account| account.ledger.is_untouched(&["sessions/", id].concat())),
            replies: 0,
            decided: None,
            failures: FailureStreak::default(),
        }
    }

    async fn run(&mut self, ends_on_decline: bool) -> Result<Waited<H::Json>, Error> {
        loop {
            let waited = self.waiter.next().await?;
            let Some(occasion) = Occasion::of(&waited) else {
                if ends_on_decline || waited.session.state.is_terminal() {
                    return Ok(waited);
                }
                self.waiter.skip(&waited);
                continue;
            };
            if occasion == Occasion::Stall && !self.is_silent(&waited).await? {
                continue;
            }
            let Some(decision) = self.decision(occasion, &waited).await? else { continue };
            if decision == Decision::Decline {
                if ends_on_decline {
                    return Ok(waited);
                }
                self.waiter.skip(&waited);
                continue;
            }
            self.carry_out(occasion, decision).await?;
        }
    }

    /// Whether the user, of whom another process may be a part, is silent too.
    async fn is_silent(&mut self, waited: &Waited<H::Json>) -> Result<bool, Error> {
        if let Err(error) = self.waiter.read_dialogue().await {
            let Some(delay) = self.client.retry_delay_ms(&error, &mut self.failures) else { return Err(error) };
            self.waiter.check_stall_at(self.client.poller_now().saturating_add(millis(delay)));
            return Ok(false);
        }
        Ok(!self.waiter.user_spoke_lately(waited.session.state))
    }

    /// What to do about it now; `None` if it is to be looked at again first.
    async fn decision(&mut self, occasion: Occasion, waited: &Waited<H::Json>) -> Result<Option<Decision>, Error> {
        let request = match (&waited.request, occasion) {
            (Some(request), Occasion::Plan | Occasion::Question) => request.activity.clone(),
            _ => String::new(),
        };
        if !planted(Fault::PilotUnlimited) {
            self.replies = self.replies.max(replies(self.waiter.dialogue(), &waited.session.prompt()));
        }
        let may_reply = self.replies < self.piloted.options.max_replies;
        let is_known = self.decided.as_ref().is_some_and(|decided| decided.request == request);
        if !is_known {
            if !may_reply && occasion != Occasion::Plan {
                return Ok(Some(Decision::Decline));
            }
            let asked_at = self.client.poller_now();
            self.is_from_before &= !self.waiter.has_changed();
            let decision = self.piloted.pilot.decide(occasion, waited).await?;
            self.decided = Some(Decided { request, decision: decision.clone() });
            let took_ms = self.client.poller_now().saturating_sub(asked_at);
            let due_at = self.earliest_reply(&decision);
            if decision != Decision::Decline && (took_ms >= self.client.interval_ms() || due_at > asked_at) {
                // Another client may have answered meanwhile, or the agent has written something new.
                self.look_again(occasion, due_at.max(self.client.poller_now()));
                return Ok(None);
            }
        }
        let decision = self.decided.take().map_or(Decision::Decline, |decided| decided.decision);
        let is_too_much = !may_reply && matches!(decision, Decision::Reply(_));
        Ok(Some(if is_too_much { Decision::Decline } else { decision }))
    }

    /// When a reply to a request that was there before may be sent.
    fn earliest_reply(&self, decision: &Decision) -> i64 {
        if !self.is_from_before || !matches!(decision, Decision::Reply(_)) {
            return i64::MIN;
        }
        let policy = &self.client.options().config.rate_limit_retry;
        self.began_at.saturating_add(millis(scaled_ms(MESSAGE_REPLICATION_MS, policy)))
    }

    fn look_again(&mut self, occasion: Occasion, at: i64) {
        match occasion {
            Occasion::Stall => self.waiter.check_stall_at(at),
            Occasion::Plan | Occasion::Question => self.waiter.look_again_at(at),
        }
    }

    async fn carry_out(&mut self, occasion: Occasion, decision: Decision) -> Result<(), Error> {
        let result = match &decision {
            Decision::Approve => self.client.change(self.id, Change::ApprovePlan).await,
            Decision::Reply(message) => self.client.send(self.id, message).await,
            Decision::Decline => Ok(()),
        };
        let Err(error) = result else {
            self.failures.reset();
            self.replies += u64::from(matches!(decision, Decision::Reply(_)));
            if occasion == Occasion::Stall {
                self.waiter.restart_silence();
            }
            return Ok(());
        };
        // Whether an unknown message was sent is for the caller to find out. Other failures may be those of a session that has ended
        // or was answered meanwhile.
        if error.kind == ErrorKind::UnknownOutcome {
            return Err(error);
        }
        let Some(delay) = self.client.retry_delay_ms(&error, &mut self.failures) else { return Err(error) };
        self.decided = None;
        self.look_again(occasion, self.client.poller_now().saturating_add(millis(delay)));
        Ok(())
    }
}
