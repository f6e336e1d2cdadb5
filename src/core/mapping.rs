//! From the service's JSON to the model. Never fails: what is missing gets its default, what is unknown is kept.

use super::json::{Name, Names, Node, Text};
use super::mark::Mark;
use super::model::{
    Activity, ActivityType, Artifact, ChangeSet, GitPatch, GithubRepo, GithubRepoContext, Output, Page, Plan, PlanStep,
    PullRequest, Session, Source, SourceContext,
};
use super::state::SessionState;

/// Reads a session.
pub fn session(node: Node<'_>) -> Session {
    const FIELDS: &Names<11> = &Names::of([
        Name::NAME,
        Name::ID,
        Name::PROMPT,
        Name::TITLE,
        Name::URL,
        Name::STATE,
        Name::CREATE_TIME,
        Name::UPDATE_TIME,
        Name::ARCHIVED,
        Name::SOURCE_CONTEXT,
        Name::OUTPUTS,
    ]);
    let [name, id, prompt, title, url, state, create_time, update_time, archived, context, all] = node.pick(FIELDS);
    let (name, id) = name_and_id(name, id, "sessions/");
    let mut outputs = Vec::new();
    for output in all.items() {
        read_output(output, &mut outputs);
    }
    let (state, raw_state) = read_state(state);
    Session {
        url: url.optional_text().unwrap_or_else(|| format!("https://jules.google.com/session/{id}").into()),
        name,
        id,
        prompt: prompt.text(),
        title: title.text(),
        state,
        raw_state,
        create_time: create_time.text(),
        update_time: update_time.text(),
        archived: archived.boolean(),
        source_context: context.is_object().then(|| source_context(context)),
        outputs,
    }
}

/// The state of a session; and as it was written, if this client does not know it.
pub fn state(node: Node<'_>) -> (SessionState, Option<Text>) {
    read_state(node.at(Name::STATE))
}

fn read_state(node: Node<'_>) -> (SessionState, Option<Text>) {
    let wire_state = node.str();
    let state = SessionState::from_wire(wire_state.unwrap_or("STATE_UNSPECIFIED"));
    (state.unwrap_or_default(), wire_state.filter(|_| state.is_none()).map(Text::from))
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
    const FIELDS: &Names<4> = &Names::of([
        Name::SOURCE,
        Name::GITHUB_REPO_CONTEXT,
        Name::WORKING_BRANCH,
        Name::ENVIRONMENT_VARIABLES_ENABLED,
    ]);
    let [source, github, working_branch, variables] = node.pick(FIELDS);
    SourceContext {
        source: source.text(),
        github_repo_context: github
            .is_object()
            .then(|| GithubRepoContext { starting_branch: github.at(Name::STARTING_BRANCH).text() }),
        working_branch: working_branch.optional_text(),
        environment_variables_enabled: variables.boolean(),
    }
}

/// An entry of the service's `outputs` is a union, but nothing is lost should it ever hold two members.
fn read_output(node: Node<'_>, found: &mut Vec<Output>) {
    let pull_request = node.at(Name::PULL_REQUEST);
    let change = node.at(Name::CHANGE_SET);
    let before = found.len();
    if pull_request.is_object() {
        found.push(Output::PullRequest {
            pull_request: PullRequest {
                url: pull_request.at(Name::URL).text(),
                title: pull_request.at(Name::TITLE).text(),
                description: pull_request.at(Name::DESCRIPTION).text(),
                base_ref: pull_request.at(Name::BASE_REF).optional_text(),
                head_ref: pull_request.at(Name::HEAD_REF).optional_text(),
            },
        });
    }
    if change.is_object() {
        found.push(Output::ChangeSet { change_set: change_set(change) });
    }
    if found.len() == before {
        found.push(Output::Unknown { raw: node.to_json() });
    }
}

fn change_set(node: Node<'_>) -> ChangeSet {
    let patch = node.at(Name::GIT_PATCH);
    ChangeSet {
        source: node.at(Name::SOURCE).text(),
        git_patch: GitPatch {
            unidiff_patch: patch.at(Name::UNIDIFF_PATCH).large_text(),
            base_commit_id: patch.at(Name::BASE_COMMIT_ID).text(),
            suggested_commit_message: patch.at(Name::SUGGESTED_COMMIT_MESSAGE).text(),
        },
    }
}

/// The members of an activity's union: all of them are objects, `sessionCompleted` an empty one.
const EVENTS: [Name; 7] = [
    Name::AGENT_MESSAGED,
    Name::USER_MESSAGED,
    Name::PLAN_GENERATED,
    Name::PLAN_APPROVED,
    Name::PROGRESS_UPDATED,
    Name::SESSION_COMPLETED,
    Name::SESSION_FAILED,
];

/// Reads an activity. Its cursor is that of whoever has seen what is older and this one alone; a reader sets its own.
pub fn activity(node: Node<'_>) -> Activity {
    const FIELDS: &Names<13> = &{
        let [agent_messaged, user_messaged, plan_generated, plan_approved, progress_updated, completed, failed] =
            EVENTS;
        Names::of([
            Name::NAME,
            Name::ID,
            Name::CREATE_TIME,
            Name::ORIGINATOR,
            Name::DESCRIPTION,
            Name::ARTIFACTS,
            agent_messaged,
            user_messaged,
            plan_generated,
            plan_approved,
            progress_updated,
            completed,
            failed,
        ])
    };
    let [name, id, create_time, originator, description, artifacts, events @ ..] = node.pick(FIELDS);
    let (name, id) = name_and_id(name, id, "");
    let create_time = create_time.text();
    let mut activity = Activity {
        activity_type: ActivityType::Unknown,
        cursor: Mark::alone(&create_time, &id),
        name,
        id,
        create_time,
        originator: originator.optional_text().map_or(Text::constant("system"), in_lower_case),
        description: description.optional_text(),
        message: None,
        plan: None,
        plan_id: None,
        title: None,
        reason: None,
        artifacts: artifacts.list(artifact),
        raw: None,
    };
    // Of two members the one that is named first above; no service should send two.
    match EVENTS.iter().zip(&events).find(|(_, event)| event.is_object()) {
        Some((name, event)) => read_event(*name, *event, &mut activity),
        None => activity.raw = Some(node.to_json()),
    }
    activity
}

fn in_lower_case(text: Text) -> Text {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { text.to_ascii_lowercase().into() } else { text }
}

fn read_event(name: Name, event: Node<'_>, activity: &mut Activity) {
    match name {
        Name::AGENT_MESSAGED => {
            activity.activity_type = ActivityType::AgentMessaged;
            activity.message = Some(event.at(Name::AGENT_MESSAGE).text());
        }
        Name::USER_MESSAGED => {
            activity.activity_type = ActivityType::UserMessaged;
            activity.message = Some(event.at(Name::USER_MESSAGE).text());
        }
        Name::PLAN_GENERATED => {
            activity.activity_type = ActivityType::PlanGenerated;
            activity.plan = Some(plan(event.at(Name::PLAN)));
        }
        Name::PLAN_APPROVED => {
            activity.activity_type = ActivityType::PlanApproved;
            activity.plan_id = Some(event.at(Name::PLAN_ID).text());
        }
        Name::PROGRESS_UPDATED => {
            const FIELDS: &Names<2> = &Names::of([Name::TITLE, Name::DESCRIPTION]);
            let [title, own] = event.pick(FIELDS);
            activity.activity_type = ActivityType::ProgressUpdated;
            activity.title = Some(title.text());
            activity.description = Some(own.optional_text().or(activity.description.take()).unwrap_or_default());
        }
        Name::SESSION_COMPLETED => activity.activity_type = ActivityType::SessionCompleted,
        _ => {
            activity.activity_type = ActivityType::SessionFailed;
            activity.reason = Some(event.at(Name::REASON).text());
        }
    }
}

fn plan(node: Node<'_>) -> Plan {
    let step = |step: Node<'_>| PlanStep {
        id: step.at(Name::ID).text(),
        title: step.at(Name::TITLE).text(),
        description: step.at(Name::DESCRIPTION).optional_text(),
        index: step.at(Name::INDEX).integer(),
    };
    Plan {
        id: node.at(Name::ID).text(),
        steps: node.at(Name::STEPS).list(step),
        create_time: node.at(Name::CREATE_TIME).text(),
    }
}

fn artifact(node: Node<'_>) -> Artifact {
    let (change, media, bash) = (node.at(Name::CHANGE_SET), node.at(Name::MEDIA), node.at(Name::BASH_OUTPUT));
    if change.is_object() {
        Artifact::ChangeSet(change_set(change))
    } else if media.is_object() {
        Artifact::Media { data: media.at(Name::DATA).large_text(), mime_type: media.at(Name::MIME_TYPE).text() }
    } else if bash.is_object() {
        Artifact::BashOutput {
            command: bash.at(Name::COMMAND).text(),
            output: bash.at(Name::OUTPUT).large_text(),
            exit_code: bash.at(Name::EXIT_CODE).integer(),
        }
    } else {
        Artifact::Unknown { raw: node.to_json() }
    }
}

/// Reads a source.
pub fn source(node: Node<'_>) -> Source {
    let (name, id) = name_and_id(node.at(Name::NAME), node.at(Name::ID), "sources/");
    let id = name.after("sources/").unwrap_or(id);
    let repo = node.at(Name::GITHUB_REPO);
    if !repo.is_object() {
        return Source::Unknown { name, id, raw: node.to_json() };
    }
    let github_repo = GithubRepo {
        owner: repo.at(Name::OWNER).text(),
        repo: repo.at(Name::REPO).text(),
        is_private: repo.at(Name::IS_PRIVATE).boolean(),
        default_branch: repo.at(Name::DEFAULT_BRANCH).at(Name::DISPLAY_NAME).optional_text(),
        branches: repo.at(Name::BRANCHES).list(|branch| branch.at(Name::DISPLAY_NAME).text()),
    };
    Source::GithubRepo { name, id, github_repo }
}

/// Reads a page of sessions. An entry without a name is none that anybody could ask for, and nothing of it would be kept.
pub fn sessions(node: Node<'_>) -> Page<Session> {
    let mut page = page(node, "sessions", session);
    page.items.retain(|session| !session.id.is_empty());
    page
}

/// Reads a page of a list whose entries are under `key`.
pub fn page<T>(node: Node<'_>, key: &str, read: impl Fn(Node<'_>) -> T) -> Page<T> {
    Page {
        items: node.get(key).list(read),
        next_page_token: node.at(Name::NEXT_PAGE_TOKEN).optional_text().map(String::from),
    }
}

/// Whether it is told what this is.
pub fn is_named(node: Node<'_>) -> bool {
    let (_, id) = name_and_id(node.at(Name::NAME), node.at(Name::ID), "");
    !id.is_empty()
}

/// The name and the id, each made of the other where one is missing.
fn name_and_id(name: Node<'_>, id: Node<'_>, prefix: &str) -> (Text, Text) {
    match (name.optional_text(), id.optional_text()) {
        (Some(name), Some(id)) => (name, id),
        (Some(name), None) => {
            let id = name.last_part();
            (name, id)
        }
        (None, Some(id)) if prefix.is_empty() => (id.clone(), id),
        (None, Some(id)) => (format!("{prefix}{id}").into(), id),
        (None, None) => (Text::default(), Text::default()),
    }
}
