//! From the service's JSON to the model. Never fails: what is missing gets its default, what is unknown is kept.

use super::cursor::Cursor;
use super::json::Node;
use super::model::{
    Activity, ActivityType, Artifact, ChangeSet, GitPatch, GithubRepo, GithubRepoContext, Output, Page, Plan, PlanStep,
    PullRequest, Session, Source, SourceContext,
};
use super::state::SessionState;

/// Reads a session.
pub fn session(node: Node<'_>) -> Session {
    let (name, id) = name_and_id(node, "sessions/");
    let (state, raw_state) = state(node);
    Session {
        url: node.get("url").optional_text().unwrap_or_else(|| format!("https://jules.google.com/session/{id}")),
        name,
        id,
        prompt: node.get("prompt").text(),
        title: node.get("title").text(),
        state,
        raw_state,
        create_time: node.get("createTime").text(),
        update_time: node.get("updateTime").text(),
        archived: node.get("archived").boolean(),
        source_context: Some(node.get("sourceContext")).filter(|context| context.is_object()).map(source_context),
        outputs: node.get("outputs").items().flat_map(outputs).collect(),
    }
}

/// The state of a session; and as it was written, if this client does not know it.
pub fn state(node: Node<'_>) -> (SessionState, Option<String>) {
    let wire_state = node.get("state").str().unwrap_or("STATE_UNSPECIFIED");
    let state = SessionState::from_wire(wire_state);
    (state.unwrap_or_default(), state.is_none().then(|| wire_state.to_owned()))
}

/// Reads a session of which only what can change was asked for; the rest is as `before`. A service that gives the whole
/// all the same is taken at its word.
pub fn session_again(node: Node<'_>, before: &Session) -> Session {
    let new = session(node);
    if !new.id.is_empty() {
        return new;
    }
    Session {
        name: before.name.clone(),
        id: before.id.clone(),
        prompt: before.prompt.clone(),
        url: before.url.clone(),
        create_time: before.create_time.clone(),
        source_context: before.source_context.clone(),
        ..new
    }
}

fn source_context(node: Node<'_>) -> SourceContext {
    let github = node.get("githubRepoContext");
    SourceContext {
        source: node.get("source").text(),
        github_repo_context: github
            .is_object()
            .then(|| GithubRepoContext { starting_branch: github.get("startingBranch").text() }),
        working_branch: node.get("workingBranch").optional_text(),
        environment_variables_enabled: node.get("environmentVariablesEnabled").boolean(),
    }
}

/// An entry of the service's `outputs` is a union, but nothing is lost should it ever hold two members.
fn outputs(node: Node<'_>) -> Vec<Output> {
    let pull_request = node.get("pullRequest");
    let change = node.get("changeSet");
    let mut found = Vec::new();
    if pull_request.is_object() {
        found.push(Output::PullRequest {
            pull_request: PullRequest {
                url: pull_request.get("url").text(),
                title: pull_request.get("title").text(),
                description: pull_request.get("description").text(),
                base_ref: pull_request.get("baseRef").optional_text(),
                head_ref: pull_request.get("headRef").optional_text(),
            },
        });
    }
    if change.is_object() {
        found.push(Output::ChangeSet { change_set: change_set(change) });
    }
    if found.is_empty() {
        found.push(Output::Unknown { raw: node.to_json() });
    }
    found
}

fn change_set(node: Node<'_>) -> ChangeSet {
    let patch = node.get("gitPatch");
    ChangeSet {
        source: node.get("source").text(),
        git_patch: GitPatch {
            unidiff_patch: patch.get("unidiffPatch").text(),
            base_commit_id: patch.get("baseCommitId").text(),
            suggested_commit_message: patch.get("suggestedCommitMessage").text(),
        },
    }
}

/// Reads an activity. Its cursor is that of a reader who has seen this one alone; [`Cursor::admit`] sets the true one.
pub fn activity(node: Node<'_>) -> Activity {
    let (name, id) = name_and_id(node, "");
    let mut activity = Activity {
        activity_type: ActivityType::Unknown,
        name,
        id,
        create_time: node.get("createTime").text(),
        originator: node
            .get("originator")
            .optional_text()
            .map_or_else(|| "system".to_owned(), |o| o.to_ascii_lowercase()),
        description: node.get("description").optional_text(),
        message: None,
        plan: None,
        plan_id: None,
        title: None,
        reason: None,
        artifacts: node.get("artifacts").items().map(artifact).collect(),
        cursor: String::new(),
        raw: None,
    };
    event(node, &mut activity);
    activity.cursor = Cursor::default().admit(&activity).unwrap_or_default();
    activity
}

/// The event is whichever of the union's members is there; all of them are objects, `sessionCompleted` an empty one.
fn event(node: Node<'_>, activity: &mut Activity) {
    let member = |name: &str| Some(node.get(name)).filter(|member| member.is_object());
    if let Some(event) = member("agentMessaged") {
        activity.activity_type = ActivityType::AgentMessaged;
        activity.message = Some(event.get("agentMessage").text());
    } else if let Some(event) = member("userMessaged") {
        activity.activity_type = ActivityType::UserMessaged;
        activity.message = Some(event.get("userMessage").text());
    } else if let Some(event) = member("planGenerated") {
        activity.activity_type = ActivityType::PlanGenerated;
        activity.plan = Some(plan(event.get("plan")));
    } else if let Some(event) = member("planApproved") {
        activity.activity_type = ActivityType::PlanApproved;
        activity.plan_id = Some(event.get("planId").text());
    } else if let Some(event) = member("progressUpdated") {
        activity.activity_type = ActivityType::ProgressUpdated;
        activity.title = Some(event.get("title").text());
        let own = event.get("description").optional_text();
        activity.description = Some(own.or(activity.description.take()).unwrap_or_default());
    } else if member("sessionCompleted").is_some() {
        activity.activity_type = ActivityType::SessionCompleted;
    } else if let Some(event) = member("sessionFailed") {
        activity.activity_type = ActivityType::SessionFailed;
        activity.reason = Some(event.get("reason").text());
    } else {
        activity.raw = Some(node.to_json());
    }
}

fn plan(node: Node<'_>) -> Plan {
    let step = |step: Node<'_>| PlanStep {
        id: step.get("id").text(),
        title: step.get("title").text(),
        description: step.get("description").optional_text(),
        index: step.get("index").integer(),
    };
    Plan {
        id: node.get("id").text(),
        steps: node.get("steps").items().map(step).collect(),
        create_time: node.get("createTime").text(),
    }
}

fn artifact(node: Node<'_>) -> Artifact {
    let (change, media, bash) = (node.get("changeSet"), node.get("media"), node.get("bashOutput"));
    if change.is_object() {
        Artifact::ChangeSet(change_set(change))
    } else if media.is_object() {
        Artifact::Media { data: media.get("data").text(), mime_type: media.get("mimeType").text() }
    } else if bash.is_object() {
        Artifact::BashOutput {
            command: bash.get("command").text(),
            output: bash.get("output").text(),
            exit_code: bash.get("exitCode").integer(),
        }
    } else {
        Artifact::Unknown { raw: node.to_json() }
    }
}

/// Reads a source.
pub fn source(node: Node<'_>) -> Source {
    let (name, id) = name_and_id(node, "sources/");
    let id = name.strip_prefix("sources/").map_or(id, str::to_owned);
    let repo = node.get("githubRepo");
    if !repo.is_object() {
        return Source::Unknown { name, id, raw: node.to_json() };
    }
    let github_repo = GithubRepo {
        owner: repo.get("owner").text(),
        repo: repo.get("repo").text(),
        is_private: repo.get("isPrivate").boolean(),
        default_branch: repo.get("defaultBranch").get("displayName").optional_text(),
        branches: repo.get("branches").items().map(|branch| branch.get("displayName").text()).collect(),
    };
    Source::GithubRepo { name, id, github_repo }
}

/// Reads a page of a list whose entries are under `key`.
pub fn page<T>(node: Node<'_>, key: &str, read: impl Fn(Node<'_>) -> T) -> Page<T> {
    Page {
        items: node.get(key).items().map(read).collect(),
        next_page_token: node.get("nextPageToken").optional_text(),
    }
}

/// The name and the id, each made of the other where one is missing.
fn name_and_id(node: Node<'_>, prefix: &str) -> (String, String) {
    let name = node.get("name").optional_text();
    let id = node.get("id").optional_text();
    match (name, id) {
        (Some(name), Some(id)) => (name, id),
        (Some(name), None) => {
            let id = name.rsplit('/').next().unwrap_or_default().to_owned();
            (name, id)
        }
        (None, Some(id)) => (format!("{prefix}{id}"), id),
        (None, None) => (String::new(), String::new()),
    }
}
