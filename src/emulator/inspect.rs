//! The state of the emulator without a request, for tests and virtual clocks.

use super::operation::Operation;
use super::replication;
use super::service::Emulator;
use super::session::Session;
use crate::core::time::Timestamp;
use serde::Serialize;

/// The state of a session, as plain data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionSummary {
    /// Its id.
    pub id: String,
    /// The service's name of its state, such as `IN_PROGRESS`.
    pub state: String,
    /// Its prompt.
    pub prompt: String,
    /// Its title.
    pub title: String,
    /// The source id of its repository, such as `github/owner/repo`; `None` without a repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// When it was created, in RFC 3339.
    pub create_time: String,
    /// Whether it is archived.
    pub archived: bool,
    /// The user's messages, oldest first.
    pub messages: Vec<String>,
    /// The kinds of its activities, oldest first: `planGenerated`, `planApproved` and so on.
    pub events: Vec<String>,
}

impl Emulator {
    /// The state of all sessions at `now`, in the order of their creation, without deleted ones.
    pub fn sessions(&mut self, now: Timestamp) -> Vec<SessionSummary> {
        self.advance_to(now);
        self.all_sessions().iter().map(SessionSummary::of).collect()
    }

    /// When the next change is due or becomes visible, if any: a virtual clock can move there without missing a change.
    pub fn next_change(&self) -> Option<Timestamp> {
        let steps = self.all_sessions().iter().filter_map(|session| session.runner.next_change());
        steps.chain(self.next_visible()).min().map(|time| self.to_caller_clock(time))
    }

    /// When the quota next allows a list of activities, if it does not allow one now.
    pub(super) fn next_list(&self) -> Option<Timestamp> {
        self.account().next_list().map(|time| self.to_caller_clock(time))
    }

    /// Converts a time of the service's own clock to the caller's clock.
    fn to_caller_clock(&self, time: Timestamp) -> Timestamp {
        time.plus_millis(self.fault_injector().skew_ms().saturating_neg())
    }

    /// When the next session or activity that exists already becomes visible, by the service's own clock.
    pub(super) fn next_visible(&self) -> Option<Timestamp> {
        let fixed_lags: Vec<u64> = self.fault_injector().visibility_delays_ms().collect();
        let max_lags: Vec<u64> = self.fault_injector().activity_lags_ms().collect();
        if fixed_lags.is_empty() && max_lags.is_empty() {
            return None;
        }
        let later = |time: Timestamp, lag: u64| time.plus_millis(i64::try_from(lag).unwrap_or(i64::MAX));
        let sessions = self.all_sessions().iter();
        let times = sessions.flat_map(|session| {
            let activities = session.activities.iter();
            let fixed = activities.clone().map(|activity| activity.time).chain([session.create_time]);
            let fixed = fixed.flat_map(|time| fixed_lags.iter().map(move |lag| later(time, *lag)));
            let individual = activities.flat_map(|activity| {
                max_lags.iter().map(|max_lag| replication::visible_from(self.seed(), activity, *max_lag))
            });
            fixed.chain(individual)
        });
        times.filter(|time| *time > self.latest()).min()
    }

    /// When the session or sessions that a poll returns last changed; the time 0 if there is none.
    pub(super) fn last_change(&self, poll: &Operation) -> Timestamp {
        let sessions = self.all_sessions().iter();
        let polled = sessions.filter(|session| poll.session_id().is_none_or(|id| session.id == id));
        polled.map(Session::update_time).max().unwrap_or_default()
    }
}

impl SessionSummary {
    fn of(session: &Session) -> Self {
        let messages = session
            .activities
            .iter()
            .filter_map(|activity| activity.json.get("userMessaged")?.get("userMessage")?.as_str());
        let events = session.activities.iter().filter_map(|activity| {
            let common = ["name", "id", "createTime", "originator", "description", "artifacts"];
            activity.json.as_object()?.keys().find(|name| !common.contains(&name.as_str())).cloned()
        });
        Self {
            id: session.id.clone(),
            state: session.state.clone(),
            prompt: session.prompt().to_owned(),
            title: session.title.clone(),
            repository: session.repository.as_ref().map(|repository| repository.id.clone()),
            create_time: session.create_time.to_string(),
            archived: session.archived,
            messages: messages.map(str::to_owned).collect(),
            events: events.collect(),
        }
    }
}
