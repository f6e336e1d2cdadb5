//! What the service speaks of, as this client gives it out: plain data, with the defaults restored that the service
//! drops, and with everything kept that this client does not know. Serialises to the API's JavaScript objects.

use serde::Serialize;

use super::error::Error;
use super::json::{Json, LargeText, Text};
use super::mark::Mark;
use super::state::SessionState;

/// A session: one task given to the agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Resource name, `sessions/{id}`.
    pub name: Text,
    /// Decimal, some 20 digits: more than any integer type of JavaScript holds, so it stays text.
    pub id: Text,
    /// What the agent was asked to do.
    pub prompt: Text,
    /// The title that was given, or one that the service made of the prompt (it may be as long as the prompt).
    pub title: Text,
    /// Where the session can be seen in a browser.
    pub url: Text,
    /// The state.
    pub state: SessionState,
    /// The state as the service wrote it, if this client does not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_state: Option<Text>,
    /// RFC 3339, as it came; empty if it did not.
    pub create_time: Text,
    /// RFC 3339, as it came; empty if it did not.
    pub update_time: Text,
    /// Whether it was taken out of the ordinary list.
    pub archived: bool,
    /// The repository it works on; none for a repoless session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_context: Option<SourceContext>,
    /// What it has brought forth. Often empty, even on completed sessions.
    pub outputs: Vec<Output>,
}

/// The repository that a session works on.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceContext {
    /// Resource name, `sources/github/{owner}/{repo}`.
    pub source: Text,
    /// What is particular to GitHub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github_repo_context: Option<GithubRepoContext>,
    /// The branch that the work is pushed to, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_branch: Option<Text>,
    /// Whether the repository's environment variables are given to the agent.
    pub environment_variables_enabled: bool,
}

/// Where in a GitHub repository a session starts.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GithubRepoContext {
    /// The branch whose newest commit, at creation, is the base.
    pub starting_branch: Text,
}

/// One thing that a session has brought forth.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Output {
    /// A pull request.
    PullRequest {
        /// The pull request.
        pull_request: PullRequest,
    },
    /// A set of changes.
    ChangeSet {
        /// The changes.
        change_set: ChangeSet,
    },
    /// Something that this client does not know.
    Unknown {
        /// As it came.
        raw: Json,
    },
}

/// A pull request that the agent has opened.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PullRequest {
    /// Where it is.
    pub url: Text,
    /// Its title.
    pub title: Text,
    /// Its description.
    pub description: Text,
    /// The branch it is to be merged into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_ref: Option<Text>,
    /// The branch it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_ref: Option<Text>,
}

/// Changes to a repository, or to the empty folder of a repoless session.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeSet {
    /// Resource name of the repository; empty for a repoless session.
    pub source: Text,
    /// The changes.
    pub git_patch: GitPatch,
}

/// A patch, with what a commit of it needs.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GitPatch {
    /// A unified diff as git writes it; empty if nothing was changed.
    pub unidiff_patch: LargeText,
    /// The commit that the patch applies to.
    pub base_commit_id: Text,
    /// A commit message that the agent suggests.
    pub suggested_commit_message: Text,
}

/// What an activity tells of. The names are those of the API's `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ActivityType {
    /// The agent wrote a message.
    AgentMessaged,
    /// The user wrote a message.
    UserMessaged,
    /// The agent wrote a plan.
    PlanGenerated,
    /// A plan was approved, by the user or by itself.
    PlanApproved,
    /// The agent reports of its work.
    ProgressUpdated,
    /// The session ended well. It may be revived, and so end again.
    SessionCompleted,
    /// The session ended by an error.
    SessionFailed,
    /// Something that this client does not know.
    #[default]
    Unknown,
}

/// One entry of a session's history. Immutable on the service.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// What it tells of.
    #[serde(rename = "type")]
    pub activity_type: ActivityType,
    /// The last part of the name.
    pub id: Text,
    /// Resource name, `sessions/{session}/activities/{id}`.
    pub name: Text,
    /// RFC 3339, as it came; empty if it did not.
    pub create_time: Text,
    /// `user`, `agent` or `system`, in lower case.
    pub originator: Text,
    /// A text about the activity; for progress, the progress's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// For messages: the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Text>,
    /// For `planGenerated`: the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// For `planApproved`: which plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<Text>,
    /// For `progressUpdated`: the headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// For `sessionFailed`: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// What was attached.
    pub artifacts: Vec<Artifact>,
    /// Where a stream can be taken up again after this activity.
    pub cursor: Mark,
    /// For `unknown`: the activity as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Json>,
}

/// What the agent is going to do.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The plan's id.
    pub id: Text,
    /// Its steps, in order.
    pub steps: Vec<PlanStep>,
    /// RFC 3339, as it came; empty if it did not.
    pub create_time: Text,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanStep {
    /// The step's id.
    pub id: Text,
    /// What is to be done.
    pub title: Text,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Counted from 0.
    pub index: i64,
}

/// Something that an activity brought with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Artifact {
    /// The changes so far: each holds those before it.
    ChangeSet(ChangeSet),
    /// An image or the like.
    Media {
        /// Base64.
        data: LargeText,
        /// Such as `image/png`.
        mime_type: Text,
    },
    /// A command that the agent ran.
    BashOutput {
        /// The command.
        command: Text,
        /// What it printed, on both channels.
        output: LargeText,
        /// Its exit code.
        exit_code: i64,
    },
    /// Something that this client does not know.
    Unknown {
        /// As it came.
        raw: Json,
    },
}

/// A repository that the service can work on.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Source {
    /// A repository on GitHub.
    GithubRepo {
        /// Resource name, `sources/github/{owner}/{repo}`.
        name: Text,
        /// `github/{owner}/{repo}`.
        id: Text,
        /// The repository.
        github_repo: GithubRepo,
    },
    /// A kind of source that this client does not know.
    Unknown {
        /// Resource name.
        name: Text,
        /// The last part of the name.
        id: Text,
        /// As it came.
        raw: Json,
    },
}

/// A repository on GitHub.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GithubRepo {
    /// The owner.
    pub owner: Text,
    /// The repository's name.
    pub repo: Text,
    /// Whether it is private.
    pub is_private: bool,
    /// The default branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<Text>,
    /// The active branches.
    pub branches: Vec<Text>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Asks for the next page. A page may be empty and yet have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// What a session has come to, once it has ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The session's id.
    pub session_id: Text,
    /// The session's title.
    pub title: Text,
    /// `completed` or `failed`.
    pub state: SessionState,
    /// Where the session can be seen in a browser.
    pub url: Text,
    /// For a failed session: what its last `sessionFailed` activity says, if it says anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<Text>,
    /// The first pull request among the outputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequest>,
    /// All outputs.
    pub outputs: Vec<Output>,
    /// The change sets among the outputs; if there are none, the last one among the activities.
    pub change_sets: Vec<ChangeSet>,
    /// What could not be read of the activities, and why. `None`: nothing is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<Vec<Incomplete>>,
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
