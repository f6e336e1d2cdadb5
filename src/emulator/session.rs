//! A session: its data, and its JSON.

use super::json::{Json, size_in_bytes, without_defaults};
use super::patch::Changes;
use super::random::Random;
use super::request_body::{NewSession, Repository};
use super::runner::Runner;
use super::script::TimedStep;
use super::text::{headline, split_directive};
use crate::core::time::Timestamp;
use serde_json::{Map, json};

/// The states that the emulator itself sets or checks. A script may set any other.
pub(super) mod state {
    pub(in super::super) const QUEUED: &str = "QUEUED";
    pub(in super::super) const AWAITING_PLAN_APPROVAL: &str = "AWAITING_PLAN_APPROVAL";
    pub(in super::super) const AWAITING_USER_FEEDBACK: &str = "AWAITING_USER_FEEDBACK";
    pub(in super::super) const IN_PROGRESS: &str = "IN_PROGRESS";
    pub(in super::super) const PAUSED: &str = "PAUSED";
    pub(in super::super) const COMPLETED: &str = "COMPLETED";
    pub(in super::super) const FAILED: &str = "FAILED";
}

/// The approximate size in memory of a session without content.
const EMPTY_SESSION_BYTES: usize = 2048;

/// An activity and its time.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    pub(super) id: String,
    pub(super) time: Timestamp,
    pub(super) json: Json,
}

#[derive(Debug, Clone)]
pub(super) struct Session {
    /// The number of the session in the order of creation, from 1.
    pub(super) number: u64,
    pub(super) id: String,
    pub(super) state: String,
    pub(super) archived: bool,
    pub(super) create_time: Timestamp,
    pub(super) activities: Vec<Activity>,
    pub(super) outputs: Vec<Json>,
    /// Fields of the session that a script has overridden.
    pub(super) overrides: Map<String, Json>,
    pub(super) changes: Changes,
    pub(super) commit_message: String,
    pub(super) auto_create_pr: bool,
    pub(super) require_plan_approval: bool,
    pub(super) repository: Option<Repository>,
    /// The first line of the prompt, without directives.
    pub(super) task: String,
    pub(super) title: String,
    pub(super) last_message: String,
    /// The commit that the work is based on: set at creation, never changed.
    pub(super) base_commit: String,
    pub(super) random: Random,
    pub(super) runner: Runner,
    prompt: String,
    /// The approximate size in memory, in bytes.
    bytes: usize,
    /// Changes with every change of the session.
    update_time: Timestamp,
}

impl Session {
    pub(super) fn new(
        number: u64,
        seed: u64,
        now: Timestamp,
        step_ms: u64,
        new_session: NewSession,
        script: Vec<TimedStep>,
    ) -> Self {
        let mut random = Random::new(seed, number);
        let (_, task) = split_directive(&new_session.prompt);
        let task = headline(&task);
        Self {
            number,
            id: random.digits(20),
            state: state::QUEUED.to_owned(),
            archived: false,
            create_time: now,
            activities: Vec::new(),
            outputs: Vec::new(),
            overrides: Map::new(),
            changes: Changes::default(),
            commit_message: task.clone(),
            auto_create_pr: new_session.auto_create_pr,
            require_plan_approval: new_session.require_plan_approval,
            repository: new_session.repository,
            title: new_session.title.unwrap_or_else(|| task.clone()),
            task,
            last_message: String::new(),
            base_commit: random.hex(40),
            random,
            runner: Runner::new(script, now, step_ms),
            bytes: EMPTY_SESSION_BYTES + new_session.bytes,
            prompt: new_session.prompt,
            update_time: now,
        }
    }

    pub(super) fn name(&self) -> String {
        format!("sessions/{}", self.id)
    }

    pub(super) fn prompt(&self) -> &str {
        &self.prompt
    }

    /// The approximate size in memory with all activities, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// When the session last changed.
    pub(super) fn update_time(&self) -> Timestamp {
        self.update_time
    }

    /// Whether it counts towards the quota of concurrent sessions. Whether the service counts paused sessions is unknown;
    /// here they do not count.
    pub(super) fn is_running(&self) -> bool {
        !self.has_ended() && self.state != state::PAUSED
    }

    /// Whether the session has completed or failed. A completed session can become active again.
    pub(super) fn has_ended(&self) -> bool {
        self.state == state::COMPLETED || self.state == state::FAILED
    }

    /// Sets the update time for a change that is due at `due`, and returns it. It is some microseconds after `due`, like real
    /// times, and after all earlier changes.
    pub(super) fn touch(&mut self, due: Timestamp) -> Timestamp {
        let jitter = i128::from(1 + self.random.below(900));
        let wanted = due.as_nanos().div_euclid(1000) + jitter;
        let latest = self.update_time.as_nanos().div_euclid(1000);
        let time = Timestamp::from_nanos(wanted.max(latest + 1) * 1000).unwrap_or(due);
        self.update_time = time;
        time
    }

    /// Adds an activity at the time `due`.
    pub(super) fn record(
        &mut self,
        due: Timestamp,
        originator: &str,
        event: &str,
        content: Json,
        artifacts: Vec<Json>,
    ) {
        let activity = json!({"originator": originator, event: content, "artifacts": artifacts});
        if let Json::Object(fields) = without_defaults(activity) {
            self.record_raw(due, fields);
        }
    }

    /// Adds an activity with these fields, plus name, id and time.
    pub(super) fn record_raw(&mut self, due: Timestamp, mut fields: Map<String, Json>) {
        let time = self.touch(due);
        let id = self.random.hex(32);
        let name = format!("{}/activities/{id}", self.name());
        let own = [("name", name), ("id", id.clone()), ("createTime", time.to_string())];
        fields.extend(own.map(|(name, text)| (name.to_owned(), text.into())));
        let json = Json::Object(fields);
        self.bytes = self.bytes.saturating_add(size_in_bytes(&json));
        self.activities.push(Activity { id, time, json });
    }

    /// All changes so far as a change set; `None` without changes. Without a repository it has no source and no base commit.
    pub(super) fn change_set(&self) -> Option<Json> {
        if self.changes.is_empty() {
            return None;
        }
        let repository = self.repository.as_ref();
        Some(without_defaults(json!({
            "source": repository.map(|repository| format!("sources/{}", repository.id)),
            "gitPatch": without_defaults(json!({
                "unidiffPatch": self.changes.to_patch(),
                "baseCommitId": repository.map(|_| &self.base_commit),
                "suggestedCommitMessage": self.commit_message,
            })),
        })))
    }

    /// The pull request, if the session was created to open one. Its number is the session's.
    pub(super) fn pull_request(&mut self) -> Option<Json> {
        let repository = self.repository.as_ref().filter(|_| self.auto_create_pr)?;
        let suffix = self.base_commit.chars().rev().take(8).collect::<String>();
        let head = repository.working_branch.clone().unwrap_or_else(|| format!("jules-{}-{suffix}", self.id));
        let path = repository.id.strip_prefix("github/").unwrap_or(&repository.id);
        Some(json!({
            "url": format!("https://github.com/{path}/pull/{}", self.number),
            "title": self.title,
            "description": format!("{}\n\nAsked for: {}", self.commit_message, self.task),
            "baseRef": repository.starting_branch,
            "headRef": head,
        }))
    }

    /// The JSON of the session, without default values and without input-only fields.
    pub(super) fn to_json(&self) -> Json {
        let mut json = without_defaults(json!({
            "name": self.name(),
            "id": self.id,
            "prompt": self.prompt,
            "title": self.title,
            "createTime": self.create_time.to_string(),
            "updateTime": self.update_time.to_string(),
            "state": self.state,
            "url": format!("https://jules.google.com/session/{}", self.id),
            "sourceContext": self.repository.as_ref().map(Repository::to_json),
            "archived": self.archived,
            "outputs": self.outputs,
        }));
        if let Json::Object(fields) = &mut json {
            fields.extend(self.overrides.clone());
        }
        json
    }
}

impl Repository {
    fn to_json(&self) -> Json {
        without_defaults(json!({
            "source": format!("sources/{}", self.id),
            "githubRepoContext": {"startingBranch": self.starting_branch},
            "workingBranch": self.working_branch,
            "environmentVariablesEnabled": self.environment_variables_enabled,
        }))
    }
}
