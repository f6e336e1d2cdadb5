//! A session: what the service keeps of it, and how it writes it.

use super::create::{Asked, Repository};
use super::json::Json;
use super::limits::weight;
use super::patch::Changes;
use super::player::Player;
use super::random::Random;
use super::script::Timed;
use super::text::{headline, split_directive};
use crate::core::time::Timestamp;
use serde_json::{Map, json};

/// The states that the emulator's own rules speak of. A script may set any other.
pub(super) mod state {
    pub(in super::super) const QUEUED: &str = "QUEUED";
    pub(in super::super) const AWAITING_PLAN_APPROVAL: &str = "AWAITING_PLAN_APPROVAL";
    pub(in super::super) const AWAITING_USER_FEEDBACK: &str = "AWAITING_USER_FEEDBACK";
    pub(in super::super) const IN_PROGRESS: &str = "IN_PROGRESS";
    pub(in super::super) const PAUSED: &str = "PAUSED";
    pub(in super::super) const COMPLETED: &str = "COMPLETED";
    pub(in super::super) const FAILED: &str = "FAILED";
}

/// What a session takes without anything in it, roughly.
const LEAST_BYTES: usize = 2048;

/// An activity and its time.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    pub(super) id: String,
    pub(super) time: Timestamp,
    pub(super) json: Json,
}

#[derive(Debug, Clone)]
pub(super) struct Session {
    /// Counts the sessions of this emulator: a later one has a higher number.
    pub(super) number: u64,
    pub(super) id: String,
    pub(super) state: String,
    pub(super) archived: bool,
    pub(super) create_time: Timestamp,
    pub(super) activities: Vec<Activity>,
    pub(super) outputs: Vec<Json>,
    /// Fields that a script has laid over the session.
    pub(super) overlay: Map<String, Json>,
    pub(super) changes: Changes,
    pub(super) commit_message: String,
    pub(super) auto_create_pr: bool,
    pub(super) require_plan_approval: bool,
    pub(super) repository: Option<Repository>,
    /// The first line of the prompt, without directives.
    pub(super) task: String,
    pub(super) title: String,
    pub(super) last_message: String,
    /// The commit that the work starts from: set at creation, never moved.
    pub(super) base_commit: String,
    pub(super) random: Random,
    pub(super) player: Player,
    prompt: String,
    /// How many bytes it takes, roughly.
    bytes: usize,
    /// Moves with every change.
    update_time: Timestamp,
}

impl Session {
    pub(super) fn new(number: u64, seed: u64, now: Timestamp, step_ms: u64, asked: Asked, script: Vec<Timed>) -> Self {
        let mut random = Random::new(seed, number);
        let (_, task) = split_directive(&asked.prompt);
        let task = headline(&task);
        Self {
            number,
            id: random.digits(20),
            state: state::QUEUED.to_owned(),
            archived: false,
            create_time: now,
            activities: Vec::new(),
            outputs: Vec::new(),
            overlay: Map::new(),
            changes: Changes::default(),
            commit_message: task.clone(),
            auto_create_pr: asked.auto_create_pr,
            require_plan_approval: asked.require_plan_approval,
            repository: asked.repository,
            title: asked.title.unwrap_or_else(|| task.clone()),
            task,
            last_message: String::new(),
            base_commit: random.hex(40),
            random,
            player: Player::new(script, now, step_ms),
            bytes: LEAST_BYTES + asked.bytes,
            prompt: asked.prompt,
            update_time: now,
        }
    }

    pub(super) fn name(&self) -> String {
        format!("sessions/{}", self.id)
    }

    pub(super) fn prompt(&self) -> &str {
        &self.prompt
    }

    /// How many bytes it takes with its activities, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// When anything of it was last changed.
    pub(super) fn update_time(&self) -> Timestamp {
        self.update_time
    }

    /// Whether it is one of those that the account may only have so many of. Whether the service counts paused ones is
    /// unknown; they are not at work.
    pub(super) fn is_running(&self) -> bool {
        !self.is_over() && self.state != state::PAUSED
    }

    /// Whether the session has ended, for all that is known: it may still be revived.
    pub(super) fn is_over(&self) -> bool {
        self.state == state::COMPLETED || self.state == state::FAILED
    }

    /// The exact time of something that happens at `due`: some microseconds later, as real times are, and after all
    /// that happened before.
    pub(super) fn stamp(&mut self, due: Timestamp) -> Timestamp {
        let jitter = i128::from(1 + self.random.below(900));
        let wanted = due.as_nanos().div_euclid(1000) + jitter;
        let latest = self.update_time.as_nanos().div_euclid(1000);
        let time = Timestamp::from_nanos(wanted.max(latest + 1) * 1000).unwrap_or(due);
        self.update_time = time;
        time
    }

    /// Adds an activity that happens at `due`.
    pub(super) fn record(
        &mut self,
        due: Timestamp,
        originator: &str,
        event: &str,
        content: Json,
        artifacts: Vec<Json>,
    ) {
        let mut fields = Map::new();
        fields.insert("originator".to_owned(), originator.into());
        fields.insert(event.to_owned(), content);
        if !artifacts.is_empty() {
            fields.insert("artifacts".to_owned(), artifacts.into());
        }
        self.record_raw(due, fields);
    }

    /// Adds an activity as it stands; only name, id and time are set.
    pub(super) fn record_raw(&mut self, due: Timestamp, mut fields: Map<String, Json>) {
        let time = self.stamp(due);
        let id = self.random.hex(32);
        fields.insert("name".to_owned(), format!("{}/activities/{id}", self.name()).into());
        fields.insert("id".to_owned(), id.as_str().into());
        fields.insert("createTime".to_owned(), time.to_string().into());
        let json = Json::Object(fields);
        self.bytes = self.bytes.saturating_add(weight(&json));
        self.activities.push(Activity { id, time, json });
    }

    /// All changes so far as a change set; `None` if there are none. Without a repository there is no source and no
    /// base commit.
    pub(super) fn change_set(&self) -> Option<Json> {
        if self.changes.is_empty() {
            return None;
        }
        let (patch, message) = (self.changes.to_patch(), &self.commit_message);
        Some(match &self.repository {
            Some(repository) => json!({
                "source": format!("sources/{}", repository.id),
                "gitPatch": {
                    "unidiffPatch": patch,
                    "baseCommitId": self.base_commit,
                    "suggestedCommitMessage": message,
                },
            }),
            None => json!({"gitPatch": {"unidiffPatch": patch, "suggestedCommitMessage": message}}),
        })
    }

    /// The pull request of a session that was to make one; its number follows from the session's.
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

    /// The resource as the service writes it: without what has its default value, and without the fields that are
    /// input only.
    pub(super) fn to_json(&self) -> Json {
        let mut fields = Map::new();
        let mut set = |name: &str, value: Json| fields.insert(name.to_owned(), value);
        set("name", self.name().into());
        set("id", self.id.as_str().into());
        set("prompt", self.prompt.as_str().into());
        set("title", self.title.as_str().into());
        set("createTime", self.create_time.to_string().into());
        set("updateTime", self.update_time.to_string().into());
        set("state", self.state.as_str().into());
        set("url", format!("https://jules.google.com/session/{}", self.id).into());
        if let Some(repository) = &self.repository {
            set("sourceContext", repository.to_json());
        }
        if self.archived {
            set("archived", true.into());
        }
        if !self.outputs.is_empty() {
            set("outputs", self.outputs.clone().into());
        }
        fields.extend(self.overlay.clone());
        Json::Object(fields)
    }
}

impl Repository {
    fn to_json(&self) -> Json {
        let mut fields = Map::new();
        fields.insert("source".to_owned(), format!("sources/{}", self.id).into());
        fields.insert("githubRepoContext".to_owned(), json!({"startingBranch": self.starting_branch}));
        if let Some(branch) = &self.working_branch {
            fields.insert("workingBranch".to_owned(), branch.as_str().into());
        }
        if self.environment_variables_enabled {
            fields.insert("environmentVariablesEnabled".to_owned(), true.into());
        }
        Json::Object(fields)
    }
}
