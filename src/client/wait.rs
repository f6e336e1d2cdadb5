//! Waiting until a session needs somebody, has ended, or is stuck.

use serde::Deserialize;

use super::Client;
use super::lists::PageRequest;
use super::partial;
use super::poller::{Look, Watch};
use super::requests::Requests;
use super::waiting::{OnUpdate, Shown};
use crate::core::error::Error;
use crate::core::poll::millis;
use crate::core::state::SessionState;
use crate::core::streak::FailureStreak;
use crate::core::time::Timestamp;
use crate::core::wait::{self, Reason, Waited};
use crate::host::Host;

/// What is waited for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitOptions {
    /// The states that end the wait as reached. Others that need somebody, and the ends, do so under their own names.
    pub until: Vec<SessionState>,
    /// Milliseconds of the agent's silence after which it counts as stuck. `None`: 15 minutes, 5 while it plans.
    pub stall_ms: Option<u64>,
}

impl<H: Host> Client<H> {
    /// Waits until the session needs somebody, has ended, is stuck, or is in one of the states that are waited for.
    pub async fn wait(
        &self,
        id: &str,
        options: &WaitOptions,
        on_update: Option<OnUpdate<'_, H::Json>>,
    ) -> Result<Waited<H::Json>, Error> {
        let mut watch = Watch::session(self, id);
        let mut shown = Shown::to(on_update);
        let mut wait = Wait::new(self, id, options);
        loop {
            if let Some(mut look) = watch.look().await? {
                if let Some(shown) = &mut shown {
                    look = self.show(id, look, shown).await?;
                }
                wait.see(look);
            }
            match wait.step().await? {
                Step::End(waited) => return Ok(*waited),
                Step::WakeAt(time) => watch.wake_at(Some(time)),
                Step::NextPoll(time) => {
                    watch.want_next_look();
                    watch.wake_at(time);
                }
                Step::PollAgain => watch = Watch::session(self, id).of_one_seen(),
            }
        }
    }
}

/// A wait under way.
struct Wait<'a, H: Host> {
    client: &'a Client<H>,
    id: &'a str,
    options: &'a WaitOptions,
    requests: Requests<H>,
    last: Option<Look<H::Json>>,
    /// Since when the session has asked for somebody, if this wait has seen it do something else before.
    asks_since_ms: Option<i64>,
    silence: Silence,
    /// When it was to be decided next. The state that decides must have been seen after that.
    due_ms: i64,
    failures: FailureStreak,
}

/// What a wait does next.
enum Step<J> {
    End(Box<Waited<J>>),
    /// Goes on at this time of the poller's clock, or when the session has changed.
    WakeAt(i64),
    /// The same, and after the next poll in any case.
    NextPoll(Option<i64>),
    /// Goes on when the session was polled once more, now.
    PollAgain,
}

/// Since when the agent is silent.
struct Silence {
    /// By the service's clock; `None`: it is not known.
    since: Option<Timestamp>,
    /// By the poller's clock.
    since_ms: i64,
}

enum Sign<J> {
    /// There is none; the session, as it is now.
    None(Box<Waited<J>>),
    /// Of this time by the service's clock.
    Heard(Timestamp),
    /// The session has changed, which the next poll will show.
    Changed,
}

fn asks(state: SessionState) -> bool {
    matches!(state, SessionState::AwaitingPlanApproval | SessionState::AwaitingUserFeedback)
}

impl<'a, H: Host> Wait<'a, H> {
    fn new(client: &'a Client<H>, id: &'a str, options: &'a WaitOptions) -> Self {
        Self {
            client,
            id,
            options,
            requests: Requests::new(client, id),
            last: None,
            asks_since_ms: None,
            silence: Silence { since: None, since_ms: client.poller_now() },
            due_ms: i64::MIN,
            failures: FailureStreak::default(),
        }
    }

    /// The session is seen for the first time, has changed, or was polled again.
    fn see(&mut self, look: Look<H::Json>) {
        let sight = look.sight;
        let before = self.last.replace(look).map(|last| last.sight);
        if before.is_none_or(|last| (last.update_time, last.state) != (sight.update_time, sight.state)) {
            self.silence = self.silence_since(sight.update_time, sight.at_ms);
        }
        let went_on = before.is_some_and(|last| !asks(last.state));
        self.asks_since_ms = match self.asks_since_ms {
            _ if !asks(sight.state) => None,
            None if went_on => Some(sight.at_ms),
            since => since,
        };
    }

    async fn step(&mut self) -> Result<Step<H::Json>, Error> {
        let Some(look) = self.last.clone() else { return Ok(Step::PollAgain) };
        match wait::verdict(look.sight.state, look.raw_state.is_none(), &self.options.until) {
            Some(reason @ (Reason::NeedsApproval | Reason::NeedsReply)) => self.asked(look, reason).await,
            Some(reason) => {
                let due_ms = self.client.settles_at(self.id, look.sight.state).unwrap_or(i64::MIN);
                if let Some(step) = self.not_before(due_ms, &look) {
                    return Ok(step);
                }
                let session = self.client.session_of(self.id, look).await?;
                Ok(Step::End(Box::new(Waited::new(reason, session))))
            }
            None => self.silent(&look).await,
        }
    }

    /// The step to take while it is too early to end by what this look has shown. A wait ends by what a poll shows that began
    /// when it was due, or by what is new.
    fn not_before(&mut self, due_ms: i64, look: &Look<H::Json>) -> Option<Step<H::Json>> {
        let now = self.client.poller_now();
        if now < due_ms {
            self.due_ms = due_ms;
            return Some(Step::WakeAt(due_ms));
        }
        (look.sight.at_ms < self.due_ms && self.due_ms <= now).then_some(Step::PollAgain)
    }

    /// The session needs an approval or a reply. What was answered already is not reported again before something new has
    /// come of the agent, or the agent has been silent for so long that it counts as stuck.
    async fn asked(&mut self, look: Look<H::Json>, reason: Reason) -> Result<Step<H::Json>, Error> {
        let is_looked_for = self.requests.read(look.sight, reason).await;
        let request = self.requests.dialogue().request(reason);
        if request.is_none() && is_looked_for {
            return Ok(Step::NextPoll(None));
        }
        let settles_at = self.client.settles_at(self.id, look.sight.state).unwrap_or(i64::MIN);
        let mut due_ms = settles_at;
        if let Some(request) = &request {
            let answered =
                self.client.answers().borrow().answered(self.id).map(|(activity, at)| (activity.to_owned(), at));
            let is_answered_here = answered.as_ref().is_some_and(|(activity, _)| *activity == request.activity);
            if request.is_answered || is_answered_here {
                due_ms = self.answered_until_ms(look.sight.state, answered.map(|(_, at_ms)| at_ms));
            } else if answered.is_some() {
                // Another request than the one that was answered: it has come since.
                due_ms = i64::MIN;
            }
        }
        if let Some(step) = self.not_before(due_ms, &look) {
            return Ok(match step {
                Step::WakeAt(time) => Step::NextPoll(Some(time)),
                step => step,
            });
        }
        let session = self.client.session_of(self.id, look).await?;
        if let Some(request) = request {
            let now = self.client.poller_now();
            self.client.answers().borrow_mut().reported(self.id, reason, request.activity, now);
        }
        let dialogue = self.requests.dialogue();
        let mut waited = Waited::new(reason, session);
        match reason {
            Reason::NeedsApproval => waited.plan = dialogue.plan().cloned(),
            _ => waited.question = dialogue.question().map(str::to_owned),
        }
        Ok(Step::End(Box::new(waited)))
    }

    /// Until when a request that was answered is not reported, if nothing new comes.
    fn answered_until_ms(&self, state: SessionState, answered_here_ms: Option<i64>) -> i64 {
        let answered_at_ms =
            self.requests.dialogue().answered_at().and_then(|time| self.client.service_clock().local_at(time));
        let since_ms = answered_here_ms.max(answered_at_ms).unwrap_or(i64::MIN).max(self.silence.since_ms);
        let stalls_at_ms = since_ms.saturating_add(millis(wait::longest_silence_ms(state, self.options.stall_ms)));
        // It has gone on since and asks again: for something that the activities need not show.
        let asks_again_ms = self.asks_since_ms.map(|since_ms| since_ms.saturating_add(self.client.settle_ms()));
        asks_again_ms.map_or(stalls_at_ms, |asks_again_ms| asks_again_ms.min(stalls_at_ms))
    }

    /// The session goes on by itself, as far as its state says.
    async fn silent(&mut self, look: &Look<H::Json>) -> Result<Step<H::Json>, Error> {
        let longest_ms = millis(wait::longest_silence_ms(look.sight.state, self.options.stall_ms));
        let stalls_at_ms = self.silence.since_ms.saturating_add(longest_ms);
        if self.client.poller_now() < stalls_at_ms {
            return Ok(Step::WakeAt(stalls_at_ms));
        }
        let sign = self.sign_of_life(look).await;
        if sign.is_ok() {
            self.failures.reset();
        }
        let now = self.client.poller_now();
        Ok(Step::WakeAt(match sign {
            Ok(Sign::None(mut waited)) => {
                // A local clock that was set forward is no silence where the service's own is seen.
                let heard_ms = self
                    .silence
                    .since
                    .and_then(|time| self.client.service_clock().local_at(time))
                    .filter(|heard_ms| *heard_ms <= now);
                self.silence.since_ms = self.silence.since_ms.max(heard_ms.unwrap_or(i64::MIN));
                let stalls_at_ms = self.silence.since_ms.saturating_add(longest_ms);
                if stalls_at_ms <= now {
                    waited.silent_ms = u64::try_from(now - self.silence.since_ms).ok();
                    return Ok(Step::End(waited));
                }
                stalls_at_ms
            }
            Ok(Sign::Heard(time)) => {
                self.silence = self.silence_since(Some(time), now);
                self.silence.since_ms.saturating_add(longest_ms).max(now + 1)
            }
            Ok(Sign::Changed) => now.saturating_add(self.client.interval_ms()),
            Err(error) => match self.client.rest_after(&error, &mut self.failures) {
                Some(rest) => now.saturating_add(millis(rest)),
                None => return Err(error),
            },
        }))
    }

    /// What there is of the agent since the last look, which may be old if the service was not to be reached. And
    /// `updateTime` moves with each activity, but that is documented nowhere, so the activities are asked too.
    async fn sign_of_life(&self, look: &Look<H::Json>) -> Result<Sign<H::Json>, Error> {
        if let Some(heard) = self.heard_since(self.silence.since).await? {
            return Ok(Sign::Heard(heard));
        }
        let session = self.client.get(self.id).await?;
        let seen = (session.state, session.update_time);
        Ok(if seen == (look.sight.state, look.sight.update_time) {
            Sign::None(Box::new(Waited::new(Reason::Stalled, session)))
        } else {
            Sign::Changed
        })
    }

    /// The time of the agent's last activity after `since`, if there is one.
    async fn heard_since(&self, since: Option<Timestamp>) -> Result<Option<Timestamp>, Error> {
        let filter = since.map(|since| format!("create_time > \"{since}\""));
        let mut request =
            PageRequest { page_size: Some(100), filter, fields: Some(partial::VOICES), ..PageRequest::default() };
        let mut newest = None;
        loop {
            let page = self.client.activities(self.id, &request).await?;
            let heard = page.items.iter().filter(|activity| activity.originator != "user");
            newest = heard.filter_map(|activity| activity.create_time).max().max(newest);
            match request.next(&page) {
                Some(next) => request = next,
                None => return Ok(newest),
            }
        }
    }

    /// Silence since this time of the service's, which a look told that began at `at_ms`. Where the service's clock is not
    /// to be seen, since the look.
    fn silence_since(&self, time: Option<Timestamp>, at_ms: i64) -> Silence {
        Silence {
            since: time,
            since_ms: time.and_then(|time| self.client.service_clock().local_at(time)).unwrap_or(at_ms).min(at_ms),
        }
    }
}
