//! What a session has come to.

use serde::Serialize;

use super::Client;
use super::activities::ActivityReader;
use super::partial;
use super::waiting::OnUpdate;
use crate::core::activity::{Activity, ActivityKind};
use crate::core::error::{Error, ErrorKind};
use crate::core::json_view::JsonView;
use crate::core::poll::millis;
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::streak::{self, FailureStreak};
use crate::host::{Host, LogLevel};

/// What a session has come to, once it has ended.
#[derive(Debug)]
pub struct Outcome<J> {
    /// The session, with its outputs.
    pub session: Session<J>,
    /// For a failed session: what its last `sessionFailed` activity says, if it says anything.
    pub failure_reason: Option<String>,
    /// The last change set of the activities, if there is none among the session's outputs.
    pub change_set: Option<J>,
    /// What could not be read of the activities, and why.
    pub incomplete: Vec<Incomplete>,
}

/// A part of an outcome that could not be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Incomplete {
    /// Which part.
    pub what: OutcomePart,
    /// Why it could not be read.
    pub error: Error,
}

/// The parts of an outcome that only the activities have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OutcomePart {
    /// The last change set; missing, or without its patch.
    ChangeSet,
    /// Why the session failed.
    FailureReason,
}

impl<H: Host> Client<H> {
    /// Waits until the session has ended, and returns what it came to. A session that failed is an outcome, unless
    /// `throw_on_failure`.
    pub async fn result(
        &self,
        id: &str,
        throw_on_failure: bool,
        on_update: Option<OnUpdate<'_, H::Json>>,
    ) -> Result<Outcome<H::Json>, Error> {
        let session = self.watch(id, None, on_update).await?;
        let outcome = self.outcome(session).await;
        if throw_on_failure && outcome.session.state == SessionState::Failed {
            return Err(failure(outcome));
        }
        Ok(outcome)
    }

    /// The outcome of a session that has ended. The session itself does not say why it failed, and often not what it changed
    /// (measured); its activities do. What cannot be read of these is named in the outcome: the rest is worth having.
    async fn outcome(&self, session: Session<H::Json>) -> Outcome<H::Json> {
        let wants_reason = session.state == SessionState::Failed;
        let wants_changes = !session.has_change_set();
        let mut outcome = Outcome { session, failure_reason: None, change_set: None, incomplete: Vec::new() };
        if !wants_reason && !wants_changes {
            return outcome;
        }
        let mut patience = Patience::beginning_at(self.poller_now());
        match self.last_words(&outcome.session.id, &mut patience).await {
            Ok(LastWords { reason, change }) => {
                outcome.failure_reason = reason.filter(|_| wants_reason);
                if let Some(mut change) = change.filter(|_| wants_changes) {
                    let whole = self.with_patch(&outcome.session.id, &mut change, &mut patience).await;
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

    /// Goes through the activities, of which it asks only for what shows where the last change set is (each holds those
    /// before it) and what the last failure says.
    async fn last_words(&self, id: &str, patience: &mut Patience) -> Result<LastWords<H::Json>, Error> {
        let mut reader = ActivityReader::new(self.clone(), id, None).reading(partial::LAST_WORDS);
        let mut last = LastWords { reason: None, change: None };
        loop {
            match reader.page().await {
                Ok(page) => {
                    patience.failures.reset();
                    page.into_iter().for_each(|activity| last.read(activity));
                    if reader.is_drained() {
                        return Ok(last);
                    }
                }
                Err(error) => self.rest_within(patience, error).await?,
            }
        }
    }

    /// Completes a change set of which only the beginning was asked for, by its activity.
    async fn with_patch(&self, id: &str, change: &mut Change<H::Json>, patience: &mut Patience) -> Result<(), Error> {
        // A service that does not give parts of its answers has given it.
        while !change.change_set.get("gitPatch").has_text("unidiffPatch") {
            match self.activity(id, &change.activity).await {
                Ok(activity) => {
                    if let Some(whole) = activity.change_set() {
                        change.change_set = whole;
                    }
                    break;
                }
                Err(error) => self.rest_within(patience, error).await?,
            }
        }
        Ok(())
    }

    /// Waits until what has failed by this error is to be tried again; returns the error when it is enough: a result that is
    /// there must not be kept from its caller.
    async fn rest_within(&self, patience: &mut Patience, error: Error) -> Result<(), Error> {
        let policy = &self.options().config.rate_limit_retry;
        let passed = self.poller_now().saturating_sub(patience.since_ms);
        let left = millis(policy.max_retry_time_ms).saturating_sub(passed);
        let rest = self.rest_after(&error, &mut patience.failures);
        // A transient failure has had that time already: the request was sent again until it was over.
        let Some(rest) = rest.filter(|rest| millis(*rest) < left && !streak::is_transient(&error, policy)) else {
            self.host().log(LogLevel::Warn, || format!("{} The result is given without it.", error.message));
            return Err(error);
        };
        self.host().sleep(rest).await;
        Ok(())
    }
}

/// How much trouble reading the last activities may still meet.
struct Patience {
    /// By the poller's clock. After `maxRetryTimeMs` from then on nothing is tried again.
    since_ms: i64,
    failures: FailureStreak,
}

impl Patience {
    fn beginning_at(since_ms: i64) -> Self {
        Self { since_ms, failures: FailureStreak::default() }
    }
}

struct LastWords<J> {
    /// Of the last failure.
    reason: Option<String>,
    change: Option<Change<J>>,
}

/// The last change set, and the activity that it came with.
struct Change<J> {
    activity: String,
    change_set: J,
}

impl<J: JsonView> LastWords<J> {
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
