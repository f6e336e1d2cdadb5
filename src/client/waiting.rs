//! Waiting for what becomes of a session.

use std::future::Future;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::Client;
use super::lists::PageRequest;
use super::partial;
use super::poller::{Look, Watch};
use crate::core::error::Error;
use crate::core::fields::Fields;
use crate::core::json::Text;
use crate::core::model::Session;
use crate::core::poll::millis;
use crate::core::state::SessionState;
use crate::core::streak::FailureStreak;
use crate::core::time::Timestamp;
use crate::core::wait::{self, Reason, Waited};
use crate::host::Host;

/// Is told of a session as it is first seen, and each time that it has changed. An error of it ends the wait.
pub type Tell<'a> = &'a mut dyn FnMut(&Session) -> Result<(), Error>;

/// For how long after an approval or an answer from here the state that had asked for it is not told again.
const ANSWER_SETTLES_MS: i64 = 15_000;

/// What is waited for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaitOptions {
    /// The states that end the wait as reached. Others that need somebody, and the ends, do so under their own names.
    pub until: Vec<SessionState>,
    /// Milliseconds of the agent's silence after which it counts as stuck. `None`: 15 minutes, 5 while it plans.
    pub stall_ms: Option<u64>,
}

impl WaitOptions {
    /// Takes what is waited for out of a call's options.
    pub fn take(fields: &mut Fields<'_>) -> Result<Self, Error> {
        let names = fields.text_or_texts("until")?;
        let until = names.iter().map(|name| super::state_named("until", name)).collect::<Result<_, _>>()?;
        Ok(Self { until, stall_ms: fields.number("stallMs", 1)? })
    }
}

/// What a caller has been shown of a session.
struct Shown<'a> {
    tell: Tell<'a>,
    last: Option<Session>,
}

impl<'a> Shown<'a> {
    /// Boxed, since most of those who wait are shown nothing, and there may be thousands.
    fn to(tell: Option<Tell<'a>>) -> Option<Box<Self>> {
        tell.map(|tell| Box::new(Self { tell, last: None }))
    }
}

/// Since when nothing was heard of the agent.
struct Silence {
    /// By the service's clock; `None`: it did not say.
    since: Option<Timestamp>,
    /// By the local clock.
    since_ms: i64,
}

enum Sign {
    /// There is none; the session, as it is now.
    None(Box<Session>),
    /// Of this time by the service's clock.
    Heard(Timestamp),
    /// The session has changed, which the next look will show.
    Changed,
}

impl<H: Host> Client<H> {
    /// Waits until the session is in `state`, or has ended.
    pub fn wait_for(&self, id: &str, state: SessionState) -> impl Future<Output = Result<Session, Error>> {
        self.watch(id, Some(state), None)
    }

    /// Watches the session until it is in this state, if one is given, or has ended, through passing trouble once it was seen.
    pub(super) async fn watch(
        &self,
        id: &str,
        state: Option<SessionState>,
        tell: Option<Tell<'_>>,
    ) -> Result<Session, Error> {
        let mut watch = Watch::session(self, id);
        let mut shown = Shown::to(tell);
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

    /// Waits until the session needs somebody, has ended, is stuck, or is in one of the states that are waited for.
    pub async fn wait(&self, id: &str, options: &WaitOptions, tell: Option<Tell<'_>>) -> Result<Waited, Error> {
        let verdict = |look: &Look| wait::verdict(look.sight.state, look.raw_state.is_none(), &options.until);
        let mut watch = Watch::session(self, id);
        let mut shown = Shown::to(tell);
        let mut last: Option<Look> = None;
        let mut silence = Silence { since: None, since_ms: self.poller_now() };
        let mut failures = FailureStreak::default();
        loop {
            let look = watch.look().await?;
            if look.is_none() && last.take_if(|last| verdict(last).is_some()).is_some() {
                // As it is now that what was done has had its time.
                watch = Watch::session(self, id).of_one_seen();
                continue;
            }
            if let Some(mut look) = look {
                if let Some(shown) = &mut shown {
                    look = self.show(id, look, shown).await?;
                }
                let has_moved = last.as_ref().is_none_or(|last| {
                    (last.sight.update_time, last.sight.state) != (look.sight.update_time, look.sight.state)
                });
                if has_moved {
                    silence = self.silence_since(look.sight.update_time, look.sight.at_ms);
                }
                last = Some(look);
            }
            let Some(look) = &last else { continue };
            let verdict = verdict(look);
            let longest = wait::longest_silence_ms(look.sight.state, options.stall_ms);
            let mut wakes_at = silence.since_ms.saturating_add(millis(longest));
            if verdict.is_some() {
                wakes_at = self.settles_at(id, look.sight.state).unwrap_or(i64::MIN);
            }
            if self.poller_now() < wakes_at {
                watch.wake_at(Some(wakes_at));
                continue;
            }
            if let Some(reason) = verdict {
                let session = self.session_of(id, look.clone()).await?;
                return Ok(Waited { reason, session, silent_ms: None });
            }
            let sign = self.sign_of_life(id, look, &silence).await;
            if sign.is_ok() {
                failures.reset();
            }
            let wakes_at = match sign {
                Ok(Sign::None(session)) => {
                    let now = self.poller_now();
                    // A local clock that was set forward is no silence where the service's own is seen.
                    let heard_ms = silence
                        .since
                        .and_then(|time| self.service_clock().local_at(time))
                        .filter(|heard_ms| *heard_ms <= now);
                    silence.since_ms = silence.since_ms.max(heard_ms.unwrap_or(i64::MIN));
                    let stalls_at = silence.since_ms.saturating_add(millis(longest));
                    if stalls_at <= now {
                        let silent_ms = u64::try_from(now - silence.since_ms).ok();
                        return Ok(Waited { reason: Reason::Stalled, session: *session, silent_ms });
                    }
                    stalls_at
                }
                Ok(Sign::Heard(time)) => {
                    silence = self.silence_since(Some(time), self.poller_now());
                    silence.since_ms.saturating_add(millis(longest)).max(self.poller_now() + 1)
                }
                Ok(Sign::Changed) => self.poller_now().saturating_add(self.interval_ms()),
                Err(error) => match self.rest_after(&error, &mut failures) {
                    Some(rest) => self.poller_now().saturating_add(millis(rest)),
                    None => return Err(error),
                },
            };
            watch.wake_at(Some(wakes_at));
        }
    }

    /// What there is of the agent since the last look, which may be old if the service was not to be reached. And
    /// `updateTime` moves with each activity, but that is documented nowhere, so the activities are asked too.
    async fn sign_of_life(&self, id: &str, look: &Look, silence: &Silence) -> Result<Sign, Error> {
        if let Some(heard) = self.heard_since(id, silence.since).await? {
            return Ok(Sign::Heard(heard));
        }
        let session = self.get(id).await?;
        let seen = (session.state, Timestamp::parse(&session.update_time));
        Ok(if seen == (look.sight.state, look.sight.update_time) {
            Sign::None(Box::new(session))
        } else {
            Sign::Changed
        })
    }

    /// Shows the caller what has changed. Where only the time of the last change has moved, the rest is as before.
    fn show<'a>(
        &'a self,
        id: &'a str,
        look: Look,
        shown: &'a mut Shown<'_>,
    ) -> LocalBoxFuture<'a, Result<Look, Error>> {
        Box::pin(self.show_what_has_changed(id, look, shown))
    }

    async fn show_what_has_changed(&self, id: &str, mut look: Look, shown: &mut Shown<'_>) -> Result<Look, Error> {
        let session = match (&look.session, &shown.last) {
            (Some(session), _) => (**session).clone(),
            (None, Some(last))
                if (last.state, last.raw_state.as_deref()) == (look.sight.state, look.raw_state.as_deref()) =>
            {
                let update_time = look.sight.update_time.map_or(Text::default(), |time| time.to_string().into());
                Session { update_time, ..last.clone() }
            }
            (None, _) => {
                let session = self.session_of(id, look.clone()).await?;
                look.session = Some(Rc::new(session.clone()));
                session
            }
        };
        if shown.last.as_ref() != Some(&session) {
            (shown.tell)(&session)?;
            shown.last = Some(session);
        }
        Ok(look)
    }

    /// The whole session, in the state of this look. It has been seen, so passing trouble is waited out.
    fn session_of<'a>(&'a self, id: &'a str, look: Look) -> LocalBoxFuture<'a, Result<Session, Error>> {
        Box::pin(self.read_session(id, look))
    }

    async fn read_session(&self, id: &str, look: Look) -> Result<Session, Error> {
        if let Some(session) = look.session {
            return Ok(Rc::unwrap_or_clone(session));
        }
        let mut failures = FailureStreak::default();
        loop {
            match self.get(id).await {
                Ok(session) => {
                    return Ok(Session { state: look.sight.state, raw_state: look.raw_state, ..session });
                }
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

    /// Silence since this time of the service's, which a look told that began at `at_ms`. Where the service's clock is not
    /// to be seen, since the look.
    fn silence_since(&self, time: Option<Timestamp>, at_ms: i64) -> Silence {
        Silence {
            since: time,
            since_ms: time.and_then(|time| self.service_clock().local_at(time)).unwrap_or(at_ms).min(at_ms),
        }
    }

    /// The time of the agent's last activity after `since`, if there is one.
    async fn heard_since(&self, id: &str, since: Option<Timestamp>) -> Result<Option<Timestamp>, Error> {
        let filter = since.map(|since| format!("create_time > \"{since}\""));
        let mut request =
            PageRequest { page_size: Some(100), filter, fields: Some(partial::VOICES), ..PageRequest::default() };
        let mut newest = None;
        loop {
            let page = self.activities(id, &request).await?;
            let heard = page.items.iter().filter(|activity| activity.originator != "user");
            newest = heard.filter_map(|activity| Timestamp::parse(&activity.create_time)).max().max(newest);
            match request.next(page.next_page_token) {
                Some(next) => request = next,
                None => return Ok(newest),
            }
        }
    }

    /// This client has done something to the session, and perhaps what its state had asked for.
    pub(super) fn has_changed(&self, id: &str, answers: Option<Reason>) {
        self.look_soon(id);
        let Some(reason) = answers else { return };
        let now = self.poller_now();
        let mut answered = self.answered().borrow_mut();
        answered.retain(|(_, _, at)| now - at < ANSWER_SETTLES_MS);
        answered.push((id.to_owned(), reason, now));
    }

    /// Until when this may still be the state before what was done from here a moment ago: it asks for that, or is one that a
    /// message brings a session back from. `None`: not any more.
    pub(super) fn settles_at(&self, id: &str, state: SessionState) -> Option<i64> {
        let is_planned = state == SessionState::AwaitingPlanApproval;
        let is_stopped =
            matches!(state, SessionState::AwaitingUserFeedback | SessionState::Paused) || state.is_terminal();
        if !is_planned && !is_stopped {
            return None;
        }
        let settles_ms = millis(self.options().config.polling_interval_ms.saturating_mul(3)).min(ANSWER_SETTLES_MS);
        let answered = self.answered().borrow();
        // A message can have the plan made anew: the old one is not to be approved for it.
        let done =
            answered.iter().filter(|(session, to, _)| session == id && (is_planned || *to == Reason::NeedsReply));
        let settles_at = done.map(|(_, _, at)| at.saturating_add(settles_ms)).max();
        settles_at.filter(|settles_at| self.poller_now() < *settles_at)
    }
}
