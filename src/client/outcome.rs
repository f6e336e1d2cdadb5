//! What a session has come to.

use super::Client;
use super::activities::ActivityReader;
use super::partial;
use super::waiting::Tell;
use crate::core::error::{Error, ErrorKind};
use crate::core::json::Text;
use crate::core::model::{ActivityType, Artifact, ChangeSet, Outcome, Output, Session};
use crate::core::state::SessionState;
use crate::core::streak::FailureStreak;
use crate::host::Host;

impl<H: Host> Client<H> {
    /// Waits until the session has ended, and tells what it came to. A session that failed is an outcome, unless
    /// `throw_on_failure`.
    pub async fn result(
        &self,
        id: &str,
        throw_on_failure: bool,
        on_update: Option<Tell<'_>>,
    ) -> Result<Outcome, Error> {
        let session = self.watch(id, None, on_update).await?;
        let outcome = self.outcome(session).await?;
        if throw_on_failure && outcome.state == SessionState::Failed {
            let reason = outcome.failure_reason.as_deref().unwrap_or("the service gives no reason");
            let mut error =
                Error::new(ErrorKind::SessionFailed, format!("The session {} failed: {reason}.", outcome.session_id));
            error.session_id = Some(outcome.session_id.to_string());
            error.reason = outcome.failure_reason.map(String::from);
            return Err(error);
        }
        Ok(outcome)
    }

    /// The outcome of a session that has ended. The session itself says nothing of why it failed, and often nothing of
    /// what it changed (measured); its activities do.
    async fn outcome(&self, session: Session) -> Result<Outcome, Error> {
        let mut pull_request = None;
        let mut change_sets = Vec::new();
        for output in &session.outputs {
            match output {
                Output::PullRequest { pull_request: made } => pull_request = pull_request.or(Some(made.clone())),
                Output::ChangeSet { change_set } => change_sets.push(change_set.clone()),
                Output::Unknown { .. } => {}
            }
        }
        let failed = session.state == SessionState::Failed;
        let mut failure_reason = None;
        if failed || change_sets.is_empty() {
            let tail = self.last_words(&session.id).await?;
            failure_reason = tail.failure_reason.filter(|_| failed);
            if change_sets.is_empty() {
                change_sets.extend(tail.change_set);
            }
        }
        Ok(Outcome {
            session_id: session.id,
            title: session.title,
            state: session.state,
            url: session.url,
            failure_reason,
            pull_request,
            outputs: session.outputs,
            change_sets,
        })
    }

    /// Goes through the activities, of which it asks only for what tells where the last change set is (each holds those
    /// before it) and what the last failure says; then for the activity that has the change set. Passing trouble is waited
    /// out, as in the wait before.
    async fn last_words(&self, id: &str) -> Result<LastWords, Error> {
        let mut reader = ActivityReader::new(self.clone(), id, None).reading(partial::LAST_WORDS);
        let mut last = LastWords::default();
        let mut changed_by = None;
        let mut failures = FailureStreak::default();
        loop {
            let page = match reader.page().await {
                Ok(page) => page,
                // What cannot be read was asked for often enough; nothing says that it will ever be readable.
                Err(error) if error.kind == ErrorKind::Decode => return Err(error),
                Err(error) => {
                    let Some(rest) = self.rest_after(&error, &mut failures) else { return Err(error) };
                    self.host().sleep(rest).await;
                    continue;
                }
            };
            for activity in page {
                if activity.activity_type == ActivityType::SessionFailed {
                    last.failure_reason = activity.reason.filter(|reason| !reason.is_empty());
                }
                if let Some(change_set) = last_change_set(activity.artifacts) {
                    last.change_set = Some(change_set);
                    changed_by = Some(activity.id);
                }
            }
            if reader.is_drained() {
                break;
            }
        }
        let has_patch = last.change_set.as_ref().is_some_and(|set| !set.git_patch.unidiff_patch.is_empty());
        let Some(changed_by) = changed_by.filter(|_| !has_patch) else { return Ok(last) };
        loop {
            match self.activity(id, &changed_by).await {
                Ok(activity) => {
                    last.change_set = last_change_set(activity.artifacts).or(last.change_set);
                    return Ok(last);
                }
                // Without its patch the outcome is still worth having.
                Err(error) if error.kind == ErrorKind::Decode => return Ok(last),
                Err(error) => {
                    let Some(rest) = self.rest_after(&error, &mut failures) else { return Err(error) };
                    self.host().sleep(rest).await;
                }
            }
        }
    }
}

fn last_change_set(artifacts: Vec<Artifact>) -> Option<ChangeSet> {
    artifacts.into_iter().rev().find_map(|artifact| match artifact {
        Artifact::ChangeSet(change_set) => Some(change_set),
        _ => None,
    })
}

#[derive(Default)]
struct LastWords {
    change_set: Option<ChangeSet>,
    failure_reason: Option<Text>,
}
