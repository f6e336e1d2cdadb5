//! What there is, for those who look from outside: tests, and clocks.

use super::replica;
use super::route::Operation;
use super::service::Emulator;
use super::session::Session;
use crate::core::time::Timestamp;
use serde::Serialize;

/// How a session stands, as plain data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionState {
    /// Its id.
    pub id: String,
    /// The service's word, such as `IN_PROGRESS`.
    pub state: String,
    /// What it was made with.
    pub prompt: String,
    /// Its title.
    pub title: String,
    /// Such as `github/owner/repo`; none without a repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// When it was made, in RFC 3339.
    pub create_time: String,
    /// Whether it is archived.
    pub archived: bool,
    /// The messages that it got, oldest first.
    pub messages: Vec<String>,
    /// What has happened, oldest first: `planGenerated`, `planApproved` and so on.
    pub events: Vec<String>,
}

impl Emulator {
    /// How all sessions stand at `now`, in the order of their creation; deleted ones are not there.
    pub fn sessions(&mut self, now: Timestamp) -> Vec<SessionState> {
        self.let_pass(now);
        self.all_sessions().iter().map(SessionState::of).collect()
    }

    /// When the next thing happens by itself, if any does: where a virtual clock may go without missing anything.
    pub fn next_change(&self) -> Option<Timestamp> {
        let steps = self.all_sessions().iter().filter_map(|session| session.player.next_change());
        steps.chain(self.next_visible()).min().map(|time| self.callers_time(time))
    }

    /// When the quota lets activities be listed again, if a list would be refused now.
    pub(super) fn next_list(&self) -> Option<Timestamp> {
        self.account().next_list().map(|time| self.callers_time(time))
    }

    /// A time of the service's own clock by the clock of the caller.
    fn callers_time(&self, time: Timestamp) -> Timestamp {
        time.plus_millis(self.faults().skew_ms().saturating_neg())
    }

    /// When the next thing that is there already comes to be seen, by the service's own clock.
    pub(super) fn next_visible(&self) -> Option<Timestamp> {
        let lags: Vec<u64> = self.faults().hidden_for_ms().collect();
        let own_lags: Vec<u64> = self.faults().activity_lags_ms().collect();
        if lags.is_empty() && own_lags.is_empty() {
            return None;
        }
        let later = |time: Timestamp, lag: u64| time.plus_millis(i64::try_from(lag).unwrap_or(i64::MAX));
        let sessions = self.all_sessions().iter();
        let times = sessions.flat_map(|session| {
            let activities = session.activities.iter();
            let alike = activities.clone().map(|activity| activity.time).chain([session.create_time]);
            let alike = alike.flat_map(|time| lags.iter().map(move |lag| later(time, *lag)));
            let own = activities
                .flat_map(|activity| own_lags.iter().map(|most| replica::visible_from(self.seed(), activity, *most)));
            alike.chain(own)
        });
        times.filter(|time| *time > self.latest()).min()
    }

    /// When what an operation looks at was last changed; the time 0 if it is not there.
    pub(super) fn last_change(&self, look: &Operation) -> Timestamp {
        let sessions = self.all_sessions().iter();
        let looked_at = sessions.filter(|session| look.session_id().is_none_or(|id| session.id == id));
        looked_at.map(Session::update_time).max().unwrap_or_default()
    }
}

impl SessionState {
    fn of(session: &Session) -> Self {
        let said = session
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
            messages: said.map(str::to_owned).collect(),
            events: events.collect(),
        }
    }
}
