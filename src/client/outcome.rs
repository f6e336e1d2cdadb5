//! What a session has come to.

use super::Client;
use super::activities::ActivityReader;
use super::partial;
use super::waiting::Tell;
use crate::core::error::{Error, ErrorKind};
use crate::core::json::Text;
use crate::core::model::{
    Activity, ActivityType, Artifact, ChangeSet, Incomplete, Outcome, OutcomePart, Output, Session,
};
use crate::core::poll::millis;
use crate::core::state::SessionState;
use crate::core::streak::{self, FailureStreak};
use crate::host::{Host, LogLevel};

impl<H: Host> Client<H> {
    /// Waits until the session has ended, and returns what it came to. A session that failed is an outcome, unless
    /// `throw_on_failure`.
    pub async fn result(
        &self,
        id: &str,
        throw_on_failure: bool,
        on_update: Option<Tell<'_>>,
    ) -> Result<Outcome, Error> {
        let session = self.watch(id, None, on_update).await?;
        let outcome = self.outcome(session).await;
        if throw_on_failure && outcome.state == SessionState::Failed {
            return Err(failure(outcome));
        }
        Ok(outcome)
    }

    /// The outcome of a session that has ended. The session itself does not say why it failed, and often not what it changed
    /// (measured); its activities do. What cannot be read of these is named in the outcome: the rest is worth having.
    async fn outcome(&self, session: Session) -> Outcome {
        let mut pull_request = None;
        let mut change_sets = Vec::new();
        for output in &session.outputs {
            match output {
                Output::PullRequest { pull_request: made } => pull_request = pull_request.or(Some(made.clone())),
                Output::ChangeSet { change_set } => change_sets.push(change_set.clone()),
                Output::Unknown { .. } => {}
            }
        }
        let wants_reason = session.state == SessionState::Failed;
        let wants_changes = change_sets.is_empty();
        let mut failure_reason = None;
        let mut incomplete = Vec::new();
        if wants_reason || wants_changes {
            let mut patience = Patience::beginning_at(self.poller_now());
            match self.last_words(&session.id, &mut patience).await {
                Ok(LastWords { reason, mut change }) => {
                    failure_reason = reason.filter(|_| wants_reason);
                    if let Some(change) = change.as_mut().filter(|_| wants_changes) {
                        let whole = self.with_patch(&session.id, change, &mut patience).await;
                        incomplete.extend(whole.err().map(|error| (OutcomePart::ChangeSet, error)));
                        change_sets.push(change.change_set.clone());
                    }
                }
                Err(error) => {
                    incomplete.extend(wants_reason.then(|| (OutcomePart::FailureReason, error.clone())));
                    incomplete.extend(wants_changes.then_some((OutcomePart::ChangeSet, error)));
                }
            }
        }
        Outcome {
            session_id: session.id,
            title: session.title,
            state: session.state,
            url: session.url,
            failure_reason,
            pull_request,
            outputs: session.outputs,
            change_sets,
            incomplete: (!incomplete.is_empty())
                .then(|| incomplete.into_iter().map(|(what, error)| Incomplete { what, error }).collect()),
        }
    }

    /// Goes through the activities, of which it asks only for what shows where the last change set is (each holds those
    /// before it) and what the last failure says.
    async fn last_words(&self, id: &str, patience: &mut Patience) -> Result<LastWords, Error> {
        let mut reader = ActivityReader::new(self.clone(), id, None).reading(partial::LAST_WORDS);
        let mut last = LastWords::default();
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
    async fn with_patch(&self, id: &str, change: &mut Change, patience: &mut Patience) -> Result<(), Error> {
        // A service that does not give parts of its answers has given it.
        while change.change_set.git_patch.unidiff_patch.is_empty() {
            match self.activity(id, &change.activity).await {
                Ok(activity) => {
                    if let Some(whole) = last_change_set(activity.artifacts) {
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

#[derive(Default)]
struct LastWords {
    /// Of the last failure.
    reason: Option<Text>,
    change: Option<Change>,
}

/// The last change set, and the activity that it came with.
struct Change {
    activity: Text,
    change_set: ChangeSet,
}

impl LastWords {
    fn read(&mut self, activity: Activity) {
        if activity.activity_type == ActivityType::SessionFailed {
            self.reason = activity.reason.filter(|reason| !reason.is_empty());
        }
        if let Some(change_set) = last_change_set(activity.artifacts) {
            self.change = Some(Change { activity: activity.id, change_set });
        }
    }
}

fn last_change_set(artifacts: Vec<Artifact>) -> Option<ChangeSet> {
    artifacts.into_iter().rev().find_map(|artifact| match artifact {
        Artifact::ChangeSet(change_set) => Some(change_set),
        _ => None,
    })
}

fn failure(outcome: Outcome) -> Error {
    let unread = outcome.incomplete.iter().flatten().find(|part| part.what == OutcomePart::FailureReason);
    let reason = match (&outcome.failure_reason, unread) {
        (Some(reason), _) => reason.to_string(),
        (None, Some(part)) => format!("its reason could not be read ({})", part.error.message.trim_end_matches('.')),
        (None, None) => "the service gives no reason".to_owned(),
    };
    let mut error =
        Error::new(ErrorKind::SessionFailed, format!("The session {} failed: {reason}.", outcome.session_id));
    error.session_id = Some(outcome.session_id.to_string());
    error.reason = outcome.failure_reason.map(String::from);
    error
}
