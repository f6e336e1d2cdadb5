//! The outcome of a session.

use super::Client;
use super::activities::ActivityReader;
use super::partial;
use super::pilot::Piloted;
use super::session_polls::OnUpdate;
use crate::core::activity::{Activity, ActivityKind};
use crate::core::error::{Error, ErrorKind};
use crate::core::json_view::JsonView;
use crate::core::poll::millis;
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::streak::{self, FailureStreak};
use crate::host::{Host, LogLevel};

/// The outcome of a session that has ended.
#[derive(Debug)]
pub struct Outcome<J> {
    /// The session, with its outputs.
    pub session: Session<J>,
    /// For a failed session: the reason of its last `sessionFailed` activity, if any.
    pub failure_reason: Option<String>,
    /// The last change set in the activities, if there is none in the session's outputs.
    pub change_set: Option<J>,
    /// The parts that are missing because activities could not be requested.
    pub incomplete: Vec<Incomplete>,
}

/// A missing part of an outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Incomplete {
    /// Which part.
    pub what: OutcomePart,
    /// The error of the request for it.
    pub error: Error,
}

/// The parts of an outcome that come from the activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomePart {
    /// The last change set, or its patch.
    ChangeSet,
    /// Why the session failed.
    FailureReason,
}

impl OutcomePart {
    /// Its name in the façade.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChangeSet => "changeSet",
            Self::FailureReason => "failureReason",
        }
    }
}

impl<H: Host> Client<H> {
    /// Waits until the session has ended, and returns its outcome. A failed session is an error only with `throw_on_failure`.
    pub async fn result(
        &self,
        id: &str,
        throw_on_failure: bool,
        on_update: Option<OnUpdate<'_, H::Json>>,
    ) -> Result<Outcome<H::Json>, Error> {
        let session = self.poll_until(id, None, on_update).await?;
        // Boxed, since there may be thousands of waits.
        Box::pin(self.outcome_or_failure(session, throw_on_failure)).await
    }

    /// The same with an auto-pilot, which answers plans, questions and stalls. What it declines is left to others.
    pub async fn result_with_pilot<'a>(
        &'a self,
        id: &'a str,
        throw_on_failure: bool,
        piloted: &'a Piloted<'a, H::Json>,
        on_update: Option<OnUpdate<'a, H::Json>>,
    ) -> Result<Outcome<H::Json>, Error> {
        let waited = self.end_with_pilot(id, piloted, on_update).await?;
        self.outcome_or_failure(waited.session, throw_on_failure).await
    }

    async fn outcome_or_failure(
        &self,
        session: Session<H::Json>,
        throw_on_failure: bool,
    ) -> Result<Outcome<H::Json>, Error> {
        let outcome = self.outcome(session).await;
        if throw_on_failure && outcome.session.state == SessionState::Failed {
            return Err(failure(outcome));
        }
        Ok(outcome)
    }

    /// The outcome of a session that has ended. A session has no failure reason and often no changes (measured); its activities
    /// do. If these cannot be requested, the outcome names the missing parts.
    async fn outcome(&self, session: Session<H::Json>) -> Outcome<H::Json> {
        let wants_reason = session.state == SessionState::Failed;
        let wants_changes = !session.has_change_set();
        let mut outcome = Outcome { session, failure_reason: None, change_set: None, incomplete: Vec::new() };
        if !wants_reason && !wants_changes {
            return outcome;
        }
        let mut limit = RetryLimit::starting_at(self.poller_now());
        match self.last_activities(&outcome.session.id, &mut limit).await {
            Ok(LastActivities { reason, change }) => {
                outcome.failure_reason = reason.filter(|_| wants_reason);
                if let Some(mut change) = change.filter(|_| wants_changes) {
                    let whole = self.with_patch(&outcome.session.id, &mut change, &mut limit).await;
                    outcome
                        .incomplete
                        .extend(whole.err().map(|error| Incomplete { what: OutcomePart::ChangeSet, error }));
                    outcome.change_set = Some(change.change_set);
                }
            }
            Err(error) => {
                let parts = [(wants_reason, OutcomePart::FailureReason), (wants_changes, OutcomePart::ChangeSet)];
                let missing = parts.into_iter().filter(|(is_wanted, _)| *is_wanted);
                outcome.incomplete.extend(missing.map(|(_, what)| Incomplete { what, error: error.clone() }));
            }
        }
        outcome
    }

    /// Reads the activities with the fields that are needed to find the last change set (each includes those before it) and the last
    /// failure reason.
    async fn last_activities(&self, id: &str, limit: &mut RetryLimit) -> Result<LastActivities<H::Json>, Error> {
        let mut reader = ActivityReader::new(self.clone(), id, None).reading(partial::OUTCOME);
        let mut last = LastActivities { reason: None, change: None };
        loop {
            match reader.page().await {
                Ok(page) => {
                    limit.failures.reset();
                    page.into_iter().for_each(|activity| last.read(activity));
                    if reader.is_drained() {
                        return Ok(last);
                    }
                }
                Err(error) => self.wait_for_retry(limit, error).await?,
            }
        }
    }

    /// Requests the activity of a change set without its patch.
    async fn with_patch(&self, id: &str, change: &mut Change<H::Json>, limit: &mut RetryLimit) -> Result<(), Error> {
        // A service without field masks has already sent it.
        while !change.change_set.get("gitPatch").has_text("unidiffPatch") {
            match self.activity(id, &change.activity).await {
                Ok(activity) => {
                    if let Some(whole) = activity.change_set() {
                        change.change_set = whole;
                    }
                    break;
                }
                Err(error) => self.wait_for_retry(limit, error).await?,
            }
        }
        Ok(())
    }

    /// Waits before a retry after this error; returns the error when the time is over, since the rest of the outcome is available.
    async fn wait_for_retry(&self, limit: &mut RetryLimit, error: Error) -> Result<(), Error> {
        let policy = &self.options().config.rate_limit_retry;
        let passed = self.poller_now().saturating_sub(limit.since_ms);
        let left = millis(policy.max_retry_time_ms).saturating_sub(passed);
        let delay = self.retry_delay_ms(&error, &mut limit.failures);
        // A transient failure was already retried for that time.
        let Some(delay) = delay.filter(|delay| millis(*delay) < left && !streak::is_transient(&error, policy)) else {
            self.host().log(LogLevel::Warn, &|| format!("{} The result is returned without it.", error.message));
            return Err(error);
        };
        self.host().sleep(delay).await;
        Ok(())
    }
}

/// The limit of retries for the last activities.
struct RetryLimit {
    /// The start of `maxRetryTimeMs`, by the poller's clock.
    since_ms: i64,
    failures: FailureStreak,
}

impl RetryLimit {
    fn starting_at(since_ms: i64) -> Self {
        Self { since_ms, failures: FailureStreak::default() }
    }
}

struct LastActivities<J> {
    /// The reason of the last failure.
    reason: Option<String>,
    change: Option<Change<J>>,
}

/// The last change set, with the id of its activity.
struct Change<J> {
    activity: String,
    change_set: J,
}

impl<J: JsonView> LastActivities<J> {
    fn read(&mut self, activity: Activity<J>) {
        if activity.kind == ActivityKind::SessionFailed {
            self.reason = activity.failure_reason();
        }
        if let Some(change_set) = activity.change_set() {
            self.change = Some(Change { activity: activity.id, change_set });
        }
    }
}

fn failure<J>(outcome: Outcome<J>) -> Error {
    let Outcome { session, failure_reason, incomplete, .. } = outcome;
    let unread = incomplete.iter().find(|part| part.what == OutcomePart::FailureReason);
    let reason = match (&failure_reason, unread) {
        (Some(reason), _) => reason.clone(),
        (None, Some(part)) => format!("its reason could not be read ({})", part.error.message.trim_end_matches('.')),
        (None, None) => "the service gives no reason".to_owned(),
    };
    let mut error = Error::new(ErrorKind::SessionFailed, format!("The session {} failed: {reason}.", session.id));
    error.session_id = Some(session.id);
    error.reason = failure_reason;
    error
}
