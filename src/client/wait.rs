//! Waiting until a session needs a decision, has ended or is stalled.

use super::Client;
use super::lists::PageRequest;
use super::partial;
use super::poller::{SessionUpdate, Subscription};
use super::requests::Requests;
use super::waiting::{OnUpdate, Shown};
use crate::core::error::Error;
use crate::core::json_view::JsonView;
use crate::core::poll::millis;
use crate::core::state::SessionState;
use crate::core::streak::FailureStreak;
use crate::core::time::Timestamp;
use crate::core::wait::{self, Reason, Waited};
use crate::host::Host;

/// The options of a wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaitOptions {
    /// The states that end the wait with the reason `reached`. The other reasons end it in any case.
    pub until: Vec<SessionState>,
    /// Milliseconds of the agent's silence after which the session is stalled. `None`: 15 minutes, 5 in the state `planning`.
    pub stall_ms: Option<u64>,
}

impl WaitOptions {
    /// Reads the options of `wait()` of the façade.
    pub fn read<J: JsonView>(given: &J) -> Self {
        let state = |name: &J| SessionState::from_name(&name.string()?);
        Self {
            until: given.get("until").items().iter().filter_map(state).collect(),
            stall_ms: given.get("stallMs").number(),
        }
    }
}

impl<H: Host> Client<H> {
    /// Waits until the session needs a decision, has ended, is stalled, or is in one of the states of the options.
    pub async fn wait(
        &self,
        id: &str,
        options: &WaitOptions,
        on_update: Option<OnUpdate<'_, H::Json>>,
    ) -> Result<Waited<H::Json>, Error> {
        let mut subscription = Subscription::session(self, id);
        let mut shown = Shown::to(on_update);
        let mut wait = Wait::new(self, id, options);
        loop {
            if let Some(mut update) = subscription.next_update().await? {
                if let Some(shown) = &mut shown {
                    update = self.show(id, update, shown).await?;
                }
                wait.record(update);
            }
            match wait.step().await? {
                Step::End(waited) => return Ok(*waited),
                Step::WakeAt(time) => subscription.wake_at(Some(time)),
                Step::NextPoll(time) => {
                    subscription.want_next_poll();
                    subscription.wake_at(time);
                }
                Step::PollAgain => subscription = Subscription::session(self, id).already_seen(),
            }
        }
    }
}

/// A wait in progress.
struct Wait<'a, H: Host> {
    client: &'a Client<H>,
    id: &'a str,
    options: &'a WaitOptions,
    requests: Requests<H>,
    last: Option<SessionUpdate<H::Json>>,
    /// Since when the session needs a decision, if this wait has seen it in another state before.
    asks_since_ms: Option<i64>,
    silence: Silence,
    /// The time of the next decision, which needs a poll that starts after it.
    due_ms: i64,
    failures: FailureStreak,
}

/// What a wait does next.
enum Step<J> {
    End(Box<Waited<J>>),
    /// Continue at this time of the poller's clock, or when the session has changed.
    WakeAt(i64),
    /// The same, and after the next poll in any case.
    NextPoll(Option<i64>),
    /// Poll the session now, then continue.
    PollAgain,
}

/// The start of the agent's silence.
struct Silence {
    /// By the service's clock; `None` if unknown.
    since: Option<Timestamp>,
    /// By the poller's clock.
    since_ms: i64,
}

enum Sign<J> {
    /// No activity; the wait ends with this.
    None(Box<Waited<J>>),
    /// An activity of this time of the service's clock.
    Heard(Timestamp),
    /// The session has changed, as the next poll will show.
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

    /// Records an update of the session. What it shows is as late as now: its poll may have started long before, and was retried.
    fn record(&mut self, update: SessionUpdate<H::Json>) {
        let snapshot = update.snapshot;
        let now = self.client.poller_now();
        let before = self.last.replace(update).map(|last| last.snapshot);
        if before.is_none_or(|last| (last.update_time, last.state) != (snapshot.update_time, snapshot.state)) {
            self.silence = self.silence_since(snapshot.update_time, now);
        }
        let last_running = before.is_some_and(|last| !asks(last.state));
        self.asks_since_ms = match self.asks_since_ms {
            _ if !asks(snapshot.state) => None,
            None if last_running => Some(now),
            since => since,
        };
    }

    async fn step(&mut self) -> Result<Step<H::Json>, Error> {
        let Some(update) = self.last.clone() else { return Ok(Step::PollAgain) };
        match wait::verdict(update.snapshot.state, update.raw_state.is_none(), &self.options.until) {
            Some(reason @ (Reason::NeedsApproval | Reason::NeedsReply)) => self.asked(update, reason).await,
            Some(reason) => {
                let due_ms = self.client.settles_at(self.id, update.snapshot.state).unwrap_or(i64::MIN);
                if let Some(step) = self.not_before(due_ms, &update) {
                    return Ok(step);
                }
                let session = self.client.session_of(self.id, update).await?;
                Ok(Step::End(Box::new(Waited::new(reason, session))))
            }
            None => self.silent(&update).await,
        }
    }

    /// The next step if it is too early for a decision by this update. A decision needs a poll that started at `due_ms` or later, or
    /// a change.
    fn not_before(&mut self, due_ms: i64, update: &SessionUpdate<H::Json>) -> Option<Step<H::Json>> {
        let now = self.client.poller_now();
        if now < due_ms {
            self.due_ms = due_ms;
            return Some(Step::WakeAt(due_ms));
        }
        (update.snapshot.at_ms < self.due_ms && self.due_ms <= now).then_some(Step::PollAgain)
    }

    /// The session needs an approval or a reply. A request that has been answered is not reported again until the agent has written
    /// something new or has been silent for the stall time.
    async fn asked(&mut self, update: SessionUpdate<H::Json>, reason: Reason) -> Result<Step<H::Json>, Error> {
        let should_retry = self.requests.read(update.snapshot, reason).await;
        let request = self.requests.dialogue().request(reason);
        if request.is_none() && should_retry {
            return Ok(Step::NextPoll(None));
        }
        let settles_at = self.client.settles_at(self.id, update.snapshot.state).unwrap_or(i64::MIN);
        let mut due_ms = settles_at;
        if let Some(request) = &request {
            let answered =
                self.client.answers().borrow().answered(self.id).map(|(activity, at)| (activity.to_owned(), at));
            let is_answered_here = answered.as_ref().is_some_and(|(activity, _)| *activity == request.activity);
            if request.is_answered || is_answered_here {
                due_ms = self.answered_until_ms(update.snapshot.state, answered.map(|(_, at_ms)| at_ms));
            } else if answered.is_some() {
                // The answered request is another one, so this one is new.
                due_ms = i64::MIN;
            }
        }
        if let Some(step) = self.not_before(due_ms, &update) {
            return Ok(match step {
                Step::WakeAt(time) => Step::NextPoll(Some(time)),
                step => step,
            });
        }
        let session = self.client.session_of(self.id, update).await?;
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

    /// Until when an answered request is not reported, if the agent writes nothing new.
    fn answered_until_ms(&self, state: SessionState, answered_here_ms: Option<i64>) -> i64 {
        let answered_at_ms =
            self.requests.dialogue().answered_at().and_then(|time| self.client.service_clock().local_at(time));
        let since_ms = answered_here_ms.max(answered_at_ms).unwrap_or(i64::MIN).max(self.silence.since_ms);
        let stalls_at_ms = since_ms.saturating_add(millis(wait::longest_silence_ms(state, self.options.stall_ms)));
        // The session was in another state since and needs a decision again, possibly for something not in the activities.
        let asks_again_ms = self.asks_since_ms.map(|since_ms| since_ms.saturating_add(self.client.settle_ms()));
        asks_again_ms.map_or(stalls_at_ms, |asks_again_ms| asks_again_ms.min(stalls_at_ms))
    }

    /// The state requires no decision: check for a stall.
    async fn silent(&mut self, update: &SessionUpdate<H::Json>) -> Result<Step<H::Json>, Error> {
        let longest_ms = millis(wait::longest_silence_ms(update.snapshot.state, self.options.stall_ms));
        let stalls_at_ms = self.silence.since_ms.saturating_add(longest_ms);
        if self.client.poller_now() < stalls_at_ms {
            return Ok(Step::WakeAt(stalls_at_ms));
        }
        let sign = self.sign_of_life(update).await;
        if sign.is_ok() {
            self.failures.reset();
        }
        let now = self.client.poller_now();
        Ok(Step::WakeAt(match sign {
            Ok(Sign::None(mut waited)) => {
                // Use the service's clock if known, since the local clock may have been set forward.
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
            Err(error) => match self.client.retry_delay_ms(&error, &mut self.failures) {
                Some(delay) => now.saturating_add(millis(delay)),
                None => return Err(error),
            },
        }))
    }

    /// Requests the session and its activities for signs of the agent. The last poll may be old after an outage, and it is not
    /// documented that each activity changes `updateTime`.
    async fn sign_of_life(&self, update: &SessionUpdate<H::Json>) -> Result<Sign<H::Json>, Error> {
        if let Some(heard) = self.heard_since(self.silence.since).await? {
            return Ok(Sign::Heard(heard));
        }
        let session = self.client.get(self.id).await?;
        let seen = (session.state, session.update_time);
        Ok(if seen == (update.snapshot.state, update.snapshot.update_time) {
            Sign::None(Box::new(Waited::new(Reason::Stalled, session)))
        } else {
            Sign::Changed
        })
    }

    /// The time of the agent's last activity after `since`, if any.
    async fn heard_since(&self, since: Option<Timestamp>) -> Result<Option<Timestamp>, Error> {
        let filter = since.map(|since| format!("create_time > \"{since}\""));
        let mut request =
            PageRequest { page_size: Some(100), filter, fields: Some(partial::ORIGINATORS), ..PageRequest::default() };
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

    /// A silence that starts at this time of the service, as a response that arrived `now` has shown. If the service's clock is
    /// unknown, it starts now.
    fn silence_since(&self, time: Option<Timestamp>, now: i64) -> Silence {
        Silence {
            since: time,
            since_ms: time.and_then(|time| self.client.service_clock().local_at(time)).unwrap_or(now).min(now),
        }
    }
}
