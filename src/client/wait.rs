//! Waiting until a session needs a decision, has ended or is stalled.

use super::Client;
use super::agent_requests::AgentRequests;
use super::lists::PageRequest;
use super::partial;
use super::poller::{SessionUpdate, Subscription};
use super::session_polls::{OnUpdate, Shown};
use crate::core::activity::Activity;
use crate::core::cursor::later_than;
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
        Self { until: SessionState::read_all(&given.get("until")), stall_ms: given.get("stallMs").number() }
    }
}

impl<H: Host> Client<H> {
    /// Waits until the session needs a decision, has ended, is stalled, or is in one of the states of the options.
    pub async fn wait<'a>(
        &'a self,
        id: &'a str,
        options: &WaitOptions,
        on_update: Option<OnUpdate<'a, H::Json>>,
    ) -> Result<Waited<H::Json>, Error> {
        Waiter::new(self, id, options, on_update).next().await
    }
}

/// A wait with its polls, which can go on after a result.
pub(super) struct Waiter<'a, H: Host> {
    wait: Wait<'a, H>,
    subscription: Subscription<H>,
    shown: Option<Box<Shown<'a, H::Json>>>,
    /// Whether it has returned a result, so that the last poll is looked at again first.
    goes_on: bool,
    changes: u32,
}

impl<'a, H: Host> Waiter<'a, H> {
    pub(super) fn new(
        client: &'a Client<H>,
        id: &'a str,
        options: &WaitOptions,
        on_update: Option<OnUpdate<'a, H::Json>>,
    ) -> Self {
        Self {
            wait: Wait::new(client, id, options),
            subscription: Subscription::session(client, id),
            shown: Shown::to(on_update),
            goes_on: false,
            changes: 0,
        }
    }

    /// Only the end of the session and a need for a decision end the wait, and a stall.
    pub(super) fn until_the_end(mut self) -> Self {
        self.wait.is_to_the_end = true;
        self
    }

    /// The dialogue is read from its beginning.
    pub(super) fn reading_all(mut self) -> Self {
        self.wait.requests.read_all();
        self
    }

    /// The result of the wait, or the next one.
    pub(super) async fn next(&mut self) -> Result<Waited<H::Json>, Error> {
        let Self { wait, subscription, shown, goes_on, changes } = self;
        let (client, id) = (wait.client, wait.id);
        loop {
            if !std::mem::take(goes_on) {
                if let Some(mut update) = subscription.next_update().await? {
                    if let Some(shown) = shown {
                        update = client.show(id, update, shown).await?;
                    }
                    *changes += u32::from(wait.record(update));
                }
            }
            // Boxed, since there may be thousands of waits, and nearly all await the next update.
            match Box::pin(wait.step()).await? {
                Step::End(waited) => {
                    *goes_on = true;
                    return Ok(*waited);
                }
                Step::WakeAt(time) => subscription.wake_at(Some(time)),
                Step::NextPoll(time) => {
                    subscription.want_next_poll();
                    subscription.wake_at(time);
                }
                Step::PollAgain => *subscription = Subscription::session(client, id).already_seen(),
            }
        }
    }

    /// Whether the session has changed since the first poll.
    pub(super) fn has_changed(&self) -> bool {
        self.changes > 1
    }

    /// The activities of the dialogue so far.
    pub(super) fn dialogue(&self) -> &[Activity<H::Json>] {
        self.wait.requests.activities()
    }

    /// Reads the dialogue now.
    pub(super) async fn read_dialogue(&mut self) -> Result<(), Error> {
        self.wait.requests.read_now().await
    }

    /// Whether the user has written within the time of a stall, as far as the service's clock is known. Then the stall is later.
    pub(super) fn user_spoke_lately(&mut self, state: SessionState) -> bool {
        let wait = &mut self.wait;
        let spoke_at =
            wait.requests.dialogue().answered_at().and_then(|time| wait.client.service_clock().local_at(time));
        let longest_ms = millis(wait::longest_silence_ms(state, wait.options.stall_ms));
        wait.silence.since_ms = wait.silence.since_ms.max(spoke_at.unwrap_or(i64::MIN)).min(wait.client.poller_now());
        wait.silence.since_ms.saturating_add(longest_ms) > wait.client.poller_now()
    }

    /// The request of this result is not returned again, or the stall not before another one.
    pub(super) fn skip(&mut self, waited: &Waited<H::Json>) {
        self.wait.skipped = Some(waited.request.as_ref().map(|request| request.activity.clone()).unwrap_or_default());
        if !matches!(waited.reason, Reason::NeedsApproval | Reason::NeedsReply) || is_answered(waited) {
            self.restart_silence();
        }
    }

    /// The silence starts again.
    pub(super) fn restart_silence(&mut self) {
        self.wait.silence.since_ms = self.wait.client.poller_now();
    }

    /// The next check for a stall is at this time.
    pub(super) fn check_stall_at(&mut self, time: i64) {
        let state = self.wait.last.as_ref().map(|last| last.snapshot.state).unwrap_or_default();
        let longest_ms = millis(wait::longest_silence_ms(state, self.wait.options.stall_ms));
        self.wait.silence.since_ms = time.saturating_sub(longest_ms);
    }

    /// The request is returned again after a poll and a list at this time or later, if it is still there.
    pub(super) fn look_again_at(&mut self, time: i64) {
        (self.wait.held_until_ms, self.wait.due_ms) = (time, time);
        self.wait.requests.check_again();
    }
}

fn is_answered<J>(waited: &Waited<J>) -> bool {
    waited.request.as_ref().is_some_and(|request| request.is_answered)
}

/// A wait in progress.
struct Wait<'a, H: Host> {
    client: &'a Client<H>,
    id: &'a str,
    options: WaitOptions,
    requests: AgentRequests<H>,
    last: Option<SessionUpdate<H::Json>>,
    /// Since when the session needs a decision, if this wait has seen it in another state before.
    asks_since_ms: Option<i64>,
    silence: Silence,
    /// The time of the next decision, which needs a poll that starts after it.
    due_ms: i64,
    /// When the next request for a decision is reported at the earliest.
    held_until_ms: i64,
    /// The activity of the request that is not reported.
    skipped: Option<String>,
    /// Whether being paused and unknown states do not end the wait.
    is_to_the_end: bool,
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

/// What a check for a stall has shown.
enum Check<J> {
    /// No activity of the agent; the wait ends with this.
    Silent(Box<Waited<J>>),
    /// An activity of the agent, at this time of the service's clock.
    Active(Timestamp),
    /// The session has changed, as the next poll will show.
    Changed,
}

fn asks(state: SessionState) -> bool {
    matches!(state, SessionState::AwaitingPlanApproval | SessionState::AwaitingUserFeedback)
}

impl<'a, H: Host> Wait<'a, H> {
    fn new(client: &'a Client<H>, id: &'a str, options: &WaitOptions) -> Self {
        Self {
            client,
            id,
            options: options.clone(),
            requests: AgentRequests::new(client, id),
            last: None,
            asks_since_ms: None,
            silence: Silence { since: None, since_ms: client.poller_now() },
            due_ms: i64::MIN,
            held_until_ms: i64::MIN,
            skipped: None,
            is_to_the_end: false,
            failures: FailureStreak::default(),
        }
    }

    /// Records an update of the session. What it shows is as late as now: its poll may have started long before, and was retried.
    /// Returns whether it shows a change.
    fn record(&mut self, update: SessionUpdate<H::Json>) -> bool {
        let snapshot = update.snapshot;
        let now = self.client.poller_now();
        let before = self.last.replace(update).map(|last| last.snapshot);
        let has_changed =
            before.is_none_or(|last| (last.update_time, last.state) != (snapshot.update_time, snapshot.state));
        if has_changed {
            self.silence = self.silence_since(snapshot.update_time, now);
        }
        let last_running = before.is_some_and(|last| !asks(last.state));
        self.asks_since_ms = match self.asks_since_ms {
            _ if !asks(snapshot.state) => None,
            None if last_running => Some(now),
            since => since,
        };
        has_changed
    }

    async fn step(&mut self) -> Result<Step<H::Json>, Error> {
        let Some(update) = self.last.clone() else { return Ok(Step::PollAgain) };
        match wait::verdict(update.snapshot.state, update.raw_state.is_none(), &self.options.until) {
            Some(reason @ (Reason::NeedsApproval | Reason::NeedsReply)) => self.asked(update, reason).await,
            Some(Reason::Paused | Reason::UnknownState) if self.is_to_the_end => self.silent(&update).await,
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
        let mut request = self.requests.dialogue().request(reason);
        if request.is_none() && should_retry {
            return Ok(Step::NextPoll(None));
        }
        let is_skipped = |skipped: &String| *skipped == request.as_ref().map_or("", |request| &request.activity);
        if self.skipped.as_ref().is_some_and(is_skipped) {
            return Ok(Step::NextPoll(None));
        }
        let settles_at = self.client.settles_at(self.id, update.snapshot.state).unwrap_or(i64::MIN);
        let mut due_ms = settles_at;
        if let Some(request) = &mut request {
            let answered =
                self.client.answers().borrow().answered(self.id).map(|(activity, at)| (activity.to_owned(), at));
            let is_answered_here = answered.as_ref().is_some_and(|(activity, _)| *activity == request.activity);
            request.is_answered |= is_answered_here;
            if request.is_answered {
                due_ms = self.answered_until_ms(update.snapshot.state, answered.map(|(_, at_ms)| at_ms));
            } else if answered.is_some() {
                // The answered request is another one, so this one is new.
                due_ms = i64::MIN;
            }
        }
        if let Some(step) = self.not_before(due_ms.max(self.held_until_ms), &update) {
            return Ok(match step {
                Step::WakeAt(time) => Step::NextPoll(Some(time)),
                step => step,
            });
        }
        let session = self.client.session_of(self.id, update).await?;
        let now = self.client.poller_now();
        if let Some(request) = &request {
            self.client.answers().borrow_mut().reported(self.id, reason, request.activity.clone(), now);
        }
        let dialogue = self.requests.dialogue();
        let mut waited = Waited { request, ..Waited::new(reason, session) };
        waited.silent_ms = is_answered(&waited).then(|| u64::try_from(now - self.silence.since_ms).unwrap_or(0));
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
        let asks_again_ms = self
            .asks_since_ms
            .filter(|_| !self.is_to_the_end)
            .map(|since_ms| since_ms.saturating_add(self.client.settle_ms()));
        asks_again_ms.map_or(stalls_at_ms, |asks_again_ms| asks_again_ms.min(stalls_at_ms))
    }

    /// The state requires no decision: check for a stall.
    async fn silent(&mut self, update: &SessionUpdate<H::Json>) -> Result<Step<H::Json>, Error> {
        let longest_ms = millis(wait::longest_silence_ms(update.snapshot.state, self.options.stall_ms));
        let stalls_at_ms = self.silence.since_ms.saturating_add(longest_ms);
        if self.client.poller_now() < stalls_at_ms {
            return Ok(Step::WakeAt(stalls_at_ms));
        }
        let check = self.check_for_activity(update).await;
        if check.is_ok() {
            self.failures.reset();
        }
        let now = self.client.poller_now();
        Ok(Step::WakeAt(match check {
            Ok(Check::Silent(mut waited)) => {
                // Use the service's clock if known, since the local clock may have been set forward.
                let active_ms = self
                    .silence
                    .since
                    .and_then(|time| self.client.service_clock().local_at(time))
                    .filter(|active_ms| *active_ms <= now);
                self.silence.since_ms = self.silence.since_ms.max(active_ms.unwrap_or(i64::MIN));
                let stalls_at_ms = self.silence.since_ms.saturating_add(longest_ms);
                if stalls_at_ms <= now {
                    waited.silent_ms = u64::try_from(now - self.silence.since_ms).ok();
                    return Ok(Step::End(waited));
                }
                stalls_at_ms
            }
            Ok(Check::Active(time)) => {
                self.silence = self.silence_since(Some(time), now);
                self.silence.since_ms.saturating_add(longest_ms).max(now + 1)
            }
            Ok(Check::Changed) => now.saturating_add(self.client.interval_ms()),
            Err(error) => match self.client.retry_delay_ms(&error, &mut self.failures) {
                Some(delay) => now.saturating_add(millis(delay)),
                None => return Err(error),
            },
        }))
    }

    /// Requests the session and its activities to find out whether the agent is active. The last poll may be old after an outage, and it is not
    /// documented that each activity changes `updateTime`.
    async fn check_for_activity(&self, update: &SessionUpdate<H::Json>) -> Result<Check<H::Json>, Error> {
        if let Some(time) = self.agent_active_since(self.silence.since).await? {
            return Ok(Check::Active(time));
        }
        let session = self.client.get(self.id).await?;
        let seen = (session.state, session.update_time);
        Ok(if seen == (update.snapshot.state, update.snapshot.update_time) {
            Check::Silent(Box::new(Waited::new(Reason::Stalled, session)))
        } else {
            Check::Changed
        })
    }

    /// The time of the agent's last activity after `since`, if any.
    async fn agent_active_since(&self, since: Option<Timestamp>) -> Result<Option<Timestamp>, Error> {
        let filter = since.map(later_than);
        let mut request = PageRequest { filter, fields: Some(partial::ORIGINATORS), ..PageRequest::of_full_pages() };
        let mut newest = None;
        loop {
            let page = self.client.activities(self.id, &request).await?;
            let own = page.items.iter().filter(|activity| activity.originator != "user");
            newest = own.filter_map(|activity| activity.create_time).max().max(newest);
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
