//! Parses request bodies as strictly as the service does: unknown fields are errors.

use super::api_error::ApiError;
use super::http::Request;
use super::json::{self, Json};
use super::query::{is_field, snake_case};
use super::sources::Sources;

/// The request for a new session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewSession {
    pub(super) prompt: String,
    pub(super) title: Option<String>,
    pub(super) repository: Option<Repository>,
    pub(super) require_plan_approval: bool,
    pub(super) auto_create_pr: bool,
    /// The size of the request body in bytes.
    pub(super) bytes: usize,
}

/// The repository and branches of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository {
    /// The source id, such as `github/owner/repo`.
    pub(super) id: String,
    pub(super) starting_branch: String,
    pub(super) working_branch: Option<String>,
    pub(super) environment_variables_enabled: bool,
}

/// The output-only fields of a session: accepted and ignored.
const OUTPUT_ONLY: [&str; 8] = ["name", "id", "createTime", "updateTime", "state", "url", "outputs", "archived"];

/// Parses the body of `sessions.create`.
pub(super) fn session(request: &Request, sources: &Sources) -> Result<NewSession, ApiError> {
    let body = decode(request)?;
    let message = Message::new(&body, "session")?;
    let mut known = vec!["prompt", "title", "sourceContext", "requirePlanApproval", "automationMode"];
    known.extend(OUTPUT_ONLY);
    message.reject_unknown(&known)?;
    let new_session = NewSession {
        prompt: message.text("prompt")?,
        title: Some(message.text("title")?).filter(|title| !title.is_empty()),
        repository: repository(&message, sources)?,
        require_plan_approval: message.flag("requirePlanApproval")?,
        auto_create_pr: automation_mode(&message)?,
        bytes: request.body.len(),
    };
    if new_session.prompt.trim().is_empty() { Err(ApiError::invalid_argument()) } else { Ok(new_session) }
}

/// Parses the body of `sessions.sendMessage` and returns the message.
pub(super) fn user_message(request: &Request) -> Result<String, ApiError> {
    let body = decode(request)?;
    let message = Message::new(&body, "")?;
    message.reject_unknown(&["prompt"])?;
    let prompt = message.text("prompt")?;
    if prompt.trim().is_empty() { Err(ApiError::invalid_argument()) } else { Ok(prompt) }
}

/// Checks a body that must not have any fields.
pub(super) fn empty(request: &Request) -> Result<(), ApiError> {
    let body = decode(request)?;
    Message::new(&body, "")?.reject_unknown(&[])
}

fn decode(request: &Request) -> Result<Json, ApiError> {
    json::decode(&request.body).map_err(|error| ApiError::invalid_json(&error.to_string()))
}

fn automation_mode(session: &Message) -> Result<bool, ApiError> {
    match session.get("automationMode") {
        None => Ok(false),
        Some(Json::String(mode)) if mode == "AUTO_CREATE_PR" => Ok(true),
        Some(Json::String(mode)) if mode == "AUTOMATION_MODE_UNSPECIFIED" => Ok(false),
        Some(other) => Err(ApiError::invalid_value(&session.path_of("automationMode"), "AutomationMode", other)),
    }
}

fn repository(session: &Message, sources: &Sources) -> Result<Option<Repository>, ApiError> {
    let Some(context) = session.message("sourceContext")? else { return Ok(None) };
    context.reject_unknown(&["source", "githubRepoContext", "workingBranch", "environmentVariablesEnabled"])?;
    let source = context.text("source")?;
    // The field is documented as required. Whether the service falls back to the default branch is unknown.
    let github = context.message("githubRepoContext")?.ok_or_else(ApiError::invalid_argument)?;
    github.reject_unknown(&["startingBranch"])?;
    let starting_branch = github.text("startingBranch")?;
    let id = source.strip_prefix("sources/").ok_or_else(ApiError::invalid_argument)?;
    let found = sources.find(id).ok_or_else(ApiError::invalid_argument)?;
    if starting_branch.is_empty() || !found.has_branch(&starting_branch) {
        return Err(ApiError::invalid_argument());
    }
    Ok(Some(Repository {
        id: found.source.id(),
        starting_branch,
        working_branch: Some(context.text("workingBranch")?).filter(|branch| !branch.is_empty()),
        environment_variables_enabled: context.flag("environmentVariablesEnabled")?,
    }))
}

/// A protobuf message in the body, with its path for error messages.
struct Message<'a> {
    fields: &'a serde_json::Map<String, Json>,
    path: String,
}

impl<'a> Message<'a> {
    fn new(json: &'a Json, path: &str) -> Result<Self, ApiError> {
        match json {
            Json::Object(fields) => Ok(Self { fields, path: path.to_owned() }),
            _ => Err(ApiError::invalid_json("Unknown name \"\": Root element must be a message.")),
        }
    }

    fn reject_unknown(&self, known: &[&str]) -> Result<(), ApiError> {
        match self.fields.keys().find(|name| !known.iter().any(|field| is_field(name, field))) {
            Some(name) => Err(ApiError::unknown_field(name, &self.path)),
            None => Ok(()),
        }
    }

    /// The value of a field, by either of its names; `None` also for an explicit `null`.
    fn get(&self, field: &str) -> Option<&'a Json> {
        let found = self.fields.iter().find(|(name, _)| is_field(name, field));
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    fn path_of(&self, field: &str) -> String {
        let field = snake_case(field);
        if self.path.is_empty() { field } else { format!("{}.{field}", self.path) }
    }

    fn text(&self, field: &str) -> Result<String, ApiError> {
        match self.get(field) {
            None => Ok(String::new()),
            Some(Json::String(text)) => Ok(text.clone()),
            Some(other) => Err(ApiError::invalid_value(&self.path_of(field), "TYPE_STRING", other)),
        }
    }

    fn flag(&self, field: &str) -> Result<bool, ApiError> {
        match self.get(field) {
            None => Ok(false),
            Some(Json::Bool(flag)) => Ok(*flag),
            Some(other) => Err(ApiError::invalid_value(&self.path_of(field), "TYPE_BOOL", other)),
        }
    }

    fn message(&self, field: &str) -> Result<Option<Message<'a>>, ApiError> {
        match self.get(field) {
            None => Ok(None),
            Some(Json::Object(fields)) => Ok(Some(Message { fields, path: self.path_of(field) })),
            Some(other) => Err(ApiError::invalid_value(&self.path_of(field), "TYPE_MESSAGE", other)),
        }
    }
}
