//! Waiting for states of a session.

use std::future::Future;
use std::ops::ControlFlow;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::Client;
use super::poller::{SessionUpdate, Subscription};
use crate::core::error::Error;
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::streak::FailureStreak;
use crate::host::Host;

/// Called with the session after the first poll and after each poll that shows a change. An error ends the wait.
pub type OnUpdate<'a, J> = &'a mut dyn FnMut(&Session<J>) -> Result<(), Error>;

/// How long after an approval or message of this client the state that required it is not reported again.
const ANSWER_SETTLES_MS: i64 = 15_000;

/// The last session passed to `onUpdate`.
pub(super) struct Shown<'a, J> {
    on_update: OnUpdate<'a, J>,
    last: Option<Session<J>>,
}

impl<'a, J> Shown<'a, J> {
    /// Boxed, since there may be thousands of waits, and most have no `onUpdate`.
    pub(super) fn to(on_update: Option<OnUpdate<'a, J>>) -> Option<Box<Self>> {
        on_update.map(|on_update| Box::new(Self { on_update, last: None }))
    }
}

impl<H: Host> Client<H> {
    /// Waits until the session is in `state` or has ended.
    pub fn wait_for(&self, id: &str, state: SessionState) -> impl Future<Output = Result<Session<H::Json>, Error>> {
        self.poll_until(id, Some(state), None)
    }

    /// Polls the session until it is in `state`, if given, or has ended. Continues through transient failures once the session was
    /// seen.
    pub(super) async fn poll_until(
        &self,
        id: &str,
        state: Option<SessionState>,
        on_update: Option<OnUpdate<'_, H::Json>>,
    ) -> Result<Session<H::Json>, Error> {
        let mut subscription = Subscription::session(self, id);
        let mut shown = Shown::to(on_update);
        loop {
            let Some(update) = subscription.next_update().await? else {
                // The time for a revival by a message is over: poll again.
                subscription = Subscription::session(self, id).already_seen();
                continue;
            };
            // Boxed, since there may be thousands of waits, and nearly all await the next update.
            match Box::pin(self.decide(id, state, update, shown.as_deref_mut())).await? {
                ControlFlow::Break(session) => return Ok(session),
                ControlFlow::Continue(settles_at) => subscription.wake_at(settles_at),
            }
        }
    }

    /// Whether a wait ends with this update, and with which session; otherwise when it is checked again without another update.
    async fn decide(
        &self,
        id: &str,
        state: Option<SessionState>,
        mut update: SessionUpdate<H::Json>,
        shown: Option<&mut Shown<'_, H::Json>>,
    ) -> Result<ControlFlow<Session<H::Json>, Option<i64>>, Error> {
        if let Some(shown) = shown {
            update = self.show(id, update, shown).await?;
        }
        let is_done = update.snapshot.state.is_terminal() || Some(update.snapshot.state) == state;
        let settles_at = self.settles_at(id, update.snapshot.state).filter(|_| is_done);
        if is_done && settles_at.is_none() {
            return self.session_of(id, update).await.map(ControlFlow::Break);
        }
        Ok(ControlFlow::Continue(settles_at))
    }

    /// Calls `onUpdate` if the session has changed. If only `updateTime` has changed, the rest is not requested again.
    pub(super) fn show<'a>(
        &'a self,
        id: &'a str,
        update: SessionUpdate<H::Json>,
        shown: &'a mut Shown<'_, H::Json>,
    ) -> LocalBoxFuture<'a, Result<SessionUpdate<H::Json>, Error>> {
        Box::pin(self.report_change(id, update, shown))
    }

    async fn report_change(
        &self,
        id: &str,
        mut update: SessionUpdate<H::Json>,
        shown: &mut Shown<'_, H::Json>,
    ) -> Result<SessionUpdate<H::Json>, Error> {
        let session = match (&update.session, &shown.last) {
            (Some(session), _) => (**session).clone(),
            (None, Some(last))
                if (last.state, last.raw_state.as_deref()) == (update.snapshot.state, update.raw_state.as_deref()) =>
            {
                last.clone().updated_at(update.snapshot.update_time)
            }
            (None, _) => {
                let session = self.session_of(id, update.clone()).await?;
                update.session = Some(Rc::new(session.clone()));
                session
            }
        };
        if shown.last.as_ref().is_none_or(|last| !last.is_same(&session)) {
            (shown.on_update)(&session)?;
            shown.last = Some(session);
        }
        Ok(update)
    }

    /// The whole session, in the state of this update. It has been seen, so transient failures are retried.
    pub(super) fn session_of<'a>(
        &'a self,
        id: &'a str,
        update: SessionUpdate<H::Json>,
    ) -> LocalBoxFuture<'a, Result<Session<H::Json>, Error>> {
        Box::pin(self.read_session(id, update))
    }

    async fn read_session(&self, id: &str, update: SessionUpdate<H::Json>) -> Result<Session<H::Json>, Error> {
        if let Some(session) = update.session {
            return Ok(Rc::unwrap_or_clone(session));
        }
        let mut failures = FailureStreak::default();
        loop {
            match self.get(id).await {
                Ok(session) => return Ok(session.in_state(update.snapshot.state, update.raw_state)),
                Err(error) => {
                    let Some(delay) = self.retry_delay_ms(&error, &mut failures) else { return Err(error) };
                    self.host().sleep(delay).await;
                }
            }
        }
    }

    /// Milliseconds after which a call that has seen its session retries after this error; `None` if the error ends the call.
    pub(super) fn retry_delay_ms(&self, error: &Error, failures: &mut FailureStreak) -> Option<u64> {
        let config = &self.options().config;
        let has_ended = failures.ends_with(error, &config.rate_limit_retry, self.poller_now());
        (!has_ended).then(|| config.polling_interval_ms.max(error.retry_after_ms.unwrap_or(0)))
    }

    /// This client has sent a message to the session.
    pub(super) fn message_sent(&self, id: &str, prompt: &str) {
        self.answers().borrow_mut().message_sent(id, prompt, self.poller_now());
        self.expedite_poll(id);
    }

    /// This client has approved the session's plan.
    pub(super) fn plan_approved(&self, id: &str) {
        self.answers().borrow_mut().plan_approved(id, self.poller_now());
        self.expedite_poll(id);
    }

    /// Until when `state` may be outdated, since this client has just approved a plan or sent a message: a state that required
    /// this, or one from which a message revives a session. `None` if it counts now.
    pub(super) fn settles_at(&self, id: &str, state: SessionState) -> Option<i64> {
        let is_stopped =
            matches!(state, SessionState::AwaitingUserFeedback | SessionState::Paused) || state.is_terminal();
        let answers = self.answers().borrow();
        let done_at = match state {
            SessionState::AwaitingPlanApproval => answers.plan_answered_at_ms(id),
            _ if is_stopped => answers.message_at_ms(id),
            _ => None,
        };
        let settles_at = done_at?.saturating_add(self.settle_ms());
        (self.poller_now() < settles_at).then_some(settles_at)
    }

    /// Milliseconds for which states and lists may lag behind actions of this client.
    pub(super) fn settle_ms(&self) -> i64 {
        self.interval_ms().saturating_mul(3).min(ANSWER_SETTLES_MS)
    }
}
