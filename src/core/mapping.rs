//! From the service's JSON to the model. Never fails: what is missing gets its default, what is unknown is kept.

use super::cursor::Mark;
use super::json::{Name, Node, Text};
use super::model::{
    Activity, ActivityType, Artifact, ChangeSet, GitPatch, GithubRepo, GithubRepoContext, Output, Page, Plan, PlanStep,
    PullRequest, Session, Source, SourceContext,
};
use super::state::SessionState;

/// Reads a session.
pub fn session(node: Node<'_>) -> Session {
    let mut session = Session::default();
    let mut named = Named::default();
    let (mut url, mut outputs) = (None, None);
    for (name, value) in node.fields() {
        match name {
            Name::NAME => named.name = value.optional_text(),
            Name::ID => named.id = value.optional_text(),
            Name::URL => url = value.optional_text(),
            Name::PROMPT => session.prompt = value.text(),
            Name::TITLE => session.title = value.text(),
            Name::STATE => (session.state, session.raw_state) = read_state(value),
            Name::CREATE_TIME => session.create_time = value.text(),
            Name::UPDATE_TIME => session.update_time = value.text(),
            Name::ARCHIVED => session.archived = value.boolean(),
            Name::SOURCE_CONTEXT => session.source_context = value.is_object().then(|| source_context(value)),
            Name::OUTPUTS => outputs = Some(value),
            _ => {}
        }
    }
    (session.name, session.id) = named.complete("sessions/");
    session.url = url.unwrap_or_else(|| format!("https://jules.google.com/session/{}", session.id).into());
    if let Some(outputs) = outputs {
        for output in outputs.items() {
            read_output(output, &mut session.outputs);
        }
    }
    session
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
    let mut context = SourceContext::default();
    for (name, value) in node.fields() {
        match name {
            Name::SOURCE => context.source = value.text(),
            Name::GITHUB_REPO_CONTEXT => {
                let read = || GithubRepoContext { starting_branch: value.at(Name::STARTING_BRANCH).text() };
                context.github_repo_context = value.is_object().then(read);
            }
            Name::WORKING_BRANCH => context.working_branch = value.optional_text(),
            Name::ENVIRONMENT_VARIABLES_ENABLED => context.environment_variables_enabled = value.boolean(),
            _ => {}
        }
    }
    context
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

/// Reads an activity. Its cursor is that of a reader who has seen this one alone; [`Cursor::admit`] sets the true one.
///
/// [`Cursor::admit`]: super::cursor::Cursor::admit
pub fn activity(node: Node<'_>) -> Activity {
    let mut activity = Activity { originator: Text::constant("system"), ..Activity::default() };
    let mut named = Named::default();
    let mut artifacts = None;
    let mut events = Events::default();
    for (name, value) in node.fields() {
        match name {
            Name::NAME => named.name = value.optional_text(),
            Name::ID => named.id = value.optional_text(),
            Name::CREATE_TIME => activity.create_time = value.text(),
            Name::ORIGINATOR => activity.originator = originator(value),
            Name::DESCRIPTION => activity.description = value.optional_text(),
            Name::ARTIFACTS => artifacts = Some(value),
            _ => events.take(name, value),
        }
    }
    (activity.name, activity.id) = named.complete("");
    activity.cursor = Mark::alone(&activity.create_time, &activity.id);
    if let Some(artifacts) = artifacts {
        activity.artifacts = artifacts.list(artifact);
    }
    match events.the_one(node) {
        Some((name, event)) => read_event(name, event, &mut activity),
        None => activity.raw = Some(node.to_json()),
    }
    activity
}

fn originator(node: Node<'_>) -> Text {
    match node.str() {
        Some("agent") => Text::constant("agent"),
        Some("user") => Text::constant("user"),
        _ => node.optional_text().map_or(Text::constant("system"), in_lower_case),
    }
}

fn in_lower_case(text: Text) -> Text {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { text.to_ascii_lowercase().into() } else { text }
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

/// What was found of an activity's union.
#[derive(Default)]
struct Events<'a> {
    count: usize,
    last: Option<(Name, Node<'a>)>,
}

impl<'a> Events<'a> {
    fn take(&mut self, name: Name, value: Node<'a>) {
        if EVENTS.contains(&name) {
            self.count += 1;
            self.last = Some((name, value));
        }
    }

    /// The event of `node`. Of two members, which no service should send, the one that is named first above.
    fn the_one(self, node: Node<'a>) -> Option<(Name, Node<'a>)> {
        if self.count == 1 {
            return self.last.filter(|(_, event)| event.is_object());
        }
        EVENTS.iter().map(|name| (*name, node.at(*name))).find(|(_, event)| event.is_object())
    }
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
            activity.activity_type = ActivityType::ProgressUpdated;
            activity.title = Some(event.at(Name::TITLE).text());
            let own = event.at(Name::DESCRIPTION).optional_text();
            activity.description = Some(own.or(activity.description.take()).unwrap_or_default());
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
    let (name, id) = Named::of(node).complete("sources/");
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

/// Reads a page of a list whose entries are under `key`.
pub fn page<T>(node: Node<'_>, key: &str, read: impl Fn(Node<'_>) -> T) -> Page<T> {
    Page {
        items: node.get(key).list(read),
        next_page_token: node.at(Name::NEXT_PAGE_TOKEN).optional_text().map(String::from),
    }
}

/// What was found of a thing's name and id.
#[derive(Default)]
struct Named {
    name: Option<Text>,
    id: Option<Text>,
}

impl Named {
    fn of(node: Node<'_>) -> Self {
        Self { name: node.at(Name::NAME).optional_text(), id: node.at(Name::ID).optional_text() }
    }

    /// The name and the id, each made of the other where one is missing.
    fn complete(self, prefix: &str) -> (Text, Text) {
        match (self.name, self.id) {
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
}
