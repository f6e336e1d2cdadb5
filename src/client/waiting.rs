//! Waiting for what becomes of a session.

use std::future::Future;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::Client;
use super::poller::{Look, Watch};
use crate::core::error::Error;
use crate::core::reply::Words;
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::streak::FailureStreak;
use crate::host::Host;

/// Is called with a session as it is first seen, and each time that it has changed. An error of it ends the wait.
pub type OnUpdate<'a, J> = &'a mut dyn FnMut(&Session<J>) -> Result<(), Error>;

/// For how long after an approval or an answer from here the state that had asked for it is not reported again.
const ANSWER_SETTLES_MS: i64 = 15_000;

/// What a caller has been shown of a session.
pub(super) struct Shown<'a, J> {
    on_update: OnUpdate<'a, J>,
    last: Option<Session<J>>,
}

impl<'a, J> Shown<'a, J> {
    /// Boxed, since most waits have no `onUpdate`, and there may be thousands.
    pub(super) fn to(on_update: Option<OnUpdate<'a, J>>) -> Option<Box<Self>> {
        on_update.map(|on_update| Box::new(Self { on_update, last: None }))
    }
}

impl<H: Host> Client<H> {
    /// Waits until the session is in `state`, or has ended.
    pub fn wait_for(&self, id: &str, state: SessionState) -> impl Future<Output = Result<Session<H::Json>, Error>> {
        self.watch(id, Some(state), None)
    }

    /// Watches the session until it is in this state, if one is given, or has ended, through passing trouble once it was seen.
    pub(super) async fn watch(
        &self,
        id: &str,
        state: Option<SessionState>,
        on_update: Option<OnUpdate<'_, H::Json>>,
    ) -> Result<Session<H::Json>, Error> {
        let mut watch = Watch::session(self, id);
        let mut shown = Shown::to(on_update);
        loop {
            let Some(mut look) = watch.look().await? else {
                // As it is now that a message has had its time.
                watch = Watch::session(self, id).of_one_seen();
                continue;
            };
            if let Some(shown) = &mut shown {
                look = self.show(id, look, shown).await?;
            }
            let is_done = look.sight.state.is_terminal() || Some(look.sight.state) == state;
            let settles_at = self.settles_at(id, look.sight.state).filter(|_| is_done);
            if is_done && settles_at.is_none() {
                return self.session_of(id, look).await;
            }
            watch.wake_at(settles_at);
        }
    }

    /// Shows the caller what has changed. Where only the time of the last change has moved, the rest is as before.
    pub(super) fn show<'a>(
        &'a self,
        id: &'a str,
        look: Look<H::Json>,
        shown: &'a mut Shown<'_, H::Json>,
    ) -> LocalBoxFuture<'a, Result<Look<H::Json>, Error>> {
        Box::pin(self.show_what_has_changed(id, look, shown))
    }

    async fn show_what_has_changed(
        &self,
        id: &str,
        mut look: Look<H::Json>,
        shown: &mut Shown<'_, H::Json>,
    ) -> Result<Look<H::Json>, Error> {
        let session = match (&look.session, &shown.last) {
            (Some(session), _) => (**session).clone(),
            (None, Some(last))
                if (last.state, last.raw_state.as_deref()) == (look.sight.state, look.raw_state.as_deref()) =>
            {
                last.clone().updated_at(look.sight.update_time)
            }
            (None, _) => {
                let session = self.session_of(id, look.clone()).await?;
                look.session = Some(Rc::new(session.clone()));
                session
            }
        };
        if shown.last.as_ref().is_none_or(|last| !last.is_same(&session)) {
            (shown.on_update)(&session)?;
            shown.last = Some(session);
        }
        Ok(look)
    }

    /// The whole session, in the state of this look. It has been seen, so passing trouble is waited out.
    pub(super) fn session_of<'a>(
        &'a self,
        id: &'a str,
        look: Look<H::Json>,
    ) -> LocalBoxFuture<'a, Result<Session<H::Json>, Error>> {
        Box::pin(self.read_session(id, look))
    }

    async fn read_session(&self, id: &str, look: Look<H::Json>) -> Result<Session<H::Json>, Error> {
        if let Some(session) = look.session {
            return Ok(Rc::unwrap_or_clone(session));
        }
        let mut failures = FailureStreak::default();
        loop {
            match self.get(id).await {
                Ok(session) => return Ok(session.in_state(look.sight.state, look.raw_state)),
                Err(error) => {
                    let Some(rest) = self.rest_after(&error, &mut failures) else { return Err(error) };
                    self.host().sleep(rest).await;
                }
            }
        }
    }

    /// Milliseconds after which a call that has seen its session tries again what has failed by this error; `None` if the
    /// error ends the call.
    pub(super) fn rest_after(&self, error: &Error, failures: &mut FailureStreak) -> Option<u64> {
        let config = &self.options().config;
        let has_ended = failures.ends_with(error, &config.rate_limit_retry, self.poller_now());
        (!has_ended).then(|| config.polling_interval_ms.max(error.retry_after_ms.unwrap_or(0)))
    }

    /// This client has sent a message to the session.
    pub(super) fn message_sent(&self, id: &str, prompt: &str) {
        self.answers().borrow_mut().message_sent(id, Words::of(prompt), self.poller_now());
        self.look_soon(id);
    }

    /// This client has approved the session's plan.
    pub(super) fn plan_approved(&self, id: &str) {
        self.answers().borrow_mut().plan_approved(id, self.poller_now());
        self.look_soon(id);
    }

    /// Until when this may still be the state before what was done from here a moment ago: it asks for that, or is one that a
    /// message brings a session back from. `None`: not any more.
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

    /// Milliseconds for which states and lists may lag behind what was done from here.
    pub(super) fn settle_ms(&self) -> i64 {
        self.interval_ms().saturating_mul(3).min(ANSWER_SETTLES_MS)
    }
}
