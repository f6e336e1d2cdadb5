//! Reading the bodies of requests, as strictly as the service does: unknown fields are refused.

use super::json::{self, Json};
use super::message::Request;
use super::query::{is_field, snake_case};
use super::refusal::Refusal;
use super::sources::Catalogue;

/// A session as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) prompt: String,
    pub(super) title: Option<String>,
    pub(super) repository: Option<Repository>,
    pub(super) require_plan_approval: bool,
    pub(super) auto_create_pr: bool,
    /// How many bytes the request had, which hold all of this.
    pub(super) bytes: usize,
}

/// Where a session works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository {
    /// Such as `github/owner/repo`.
    pub(super) id: String,
    pub(super) starting_branch: String,
    pub(super) working_branch: Option<String>,
    pub(super) environment_variables_enabled: bool,
}

/// The fields of a session that are output only: accepted and ignored.
const OUTPUT_ONLY: [&str; 8] = ["name", "id", "createTime", "updateTime", "state", "url", "outputs", "archived"];

/// Reads the body of `sessions.create`.
pub(super) fn session(request: &Request, sources: &Catalogue) -> Result<Asked, Refusal> {
    let body = decode(request)?;
    let message = Message::new(&body, "session")?;
    let mut known = vec!["prompt", "title", "sourceContext", "requirePlanApproval", "automationMode"];
    known.extend(OUTPUT_ONLY);
    message.refuse_unknown(&known)?;
    let asked = Asked {
        prompt: message.text("prompt")?,
        title: Some(message.text("title")?).filter(|title| !title.is_empty()),
        repository: repository(&message, sources)?,
        require_plan_approval: message.flag("requirePlanApproval")?,
        auto_create_pr: automation_mode(&message)?,
        bytes: request.body.len(),
    };
    if asked.prompt.trim().is_empty() { Err(Refusal::invalid()) } else { Ok(asked) }
}

/// Reads the body of `sessions.sendMessage`: the message.
pub(super) fn user_message(request: &Request) -> Result<String, Refusal> {
    let body = decode(request)?;
    let message = Message::new(&body, "")?;
    message.refuse_unknown(&["prompt"])?;
    let prompt = message.text("prompt")?;
    if prompt.trim().is_empty() { Err(Refusal::invalid()) } else { Ok(prompt) }
}

/// Reads a body that may not hold anything.
pub(super) fn nothing(request: &Request) -> Result<(), Refusal> {
    let body = decode(request)?;
    Message::new(&body, "")?.refuse_unknown(&[])
}

fn decode(request: &Request) -> Result<Json, Refusal> {
    json::decode(&request.body).map_err(|error| Refusal::not_json(&error.to_string()))
}

fn automation_mode(session: &Message) -> Result<bool, Refusal> {
    match session.get("automationMode") {
        None => Ok(false),
        Some(Json::String(mode)) if mode == "AUTO_CREATE_PR" => Ok(true),
        Some(Json::String(mode)) if mode == "AUTOMATION_MODE_UNSPECIFIED" => Ok(false),
        Some(other) => Err(Refusal::bad_value(&session.place_of("automationMode"), "AutomationMode", other)),
    }
}

fn repository(session: &Message, sources: &Catalogue) -> Result<Option<Repository>, Refusal> {
    let Some(context) = session.message("sourceContext")? else { return Ok(None) };
    context.refuse_unknown(&["source", "githubRepoContext", "workingBranch", "environmentVariablesEnabled"])?;
    let source = context.text("source")?;
    // Whether the service falls back to the default branch is unknown; the field is documented as required.
    let github = context.message("githubRepoContext")?.ok_or_else(Refusal::invalid)?;
    github.refuse_unknown(&["startingBranch"])?;
    let starting_branch = github.text("startingBranch")?;
    let id = source.strip_prefix("sources/").ok_or_else(Refusal::invalid)?;
    let found = sources.find(id).ok_or_else(Refusal::invalid)?;
    if starting_branch.is_empty() || !found.has_branch(&starting_branch) {
        return Err(Refusal::invalid());
    }
    Ok(Some(Repository {
        id: found.source.id(),
        starting_branch,
        working_branch: Some(context.text("workingBranch")?).filter(|branch| !branch.is_empty()),
        environment_variables_enabled: context.flag("environmentVariablesEnabled")?,
    }))
}

/// A message of the request, and where it stands in it, for error texts.
struct Message<'a> {
    fields: &'a serde_json::Map<String, Json>,
    place: String,
}

impl<'a> Message<'a> {
    fn new(json: &'a Json, place: &str) -> Result<Self, Refusal> {
        match json {
            Json::Object(fields) => Ok(Self { fields, place: place.to_owned() }),
            _ => Err(Refusal::not_json("Unknown name \"\": Root element must be a message.")),
        }
    }

    fn refuse_unknown(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.fields.keys().find(|name| !known.iter().any(|field| is_field(name, field))) {
            Some(name) => Err(Refusal::unknown_field(name, &self.place)),
            None => Ok(()),
        }
    }

    /// The value of a field by either of its names; an explicit `null` is none.
    fn get(&self, field: &str) -> Option<&'a Json> {
        let found = self.fields.iter().find(|(name, _)| is_field(name, field));
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    fn place_of(&self, field: &str) -> String {
        let field = snake_case(field);
        if self.place.is_empty() { field } else { format!("{}.{field}", self.place) }
    }

    fn text(&self, field: &str) -> Result<String, Refusal> {
        match self.get(field) {
            None => Ok(String::new()),
            Some(Json::String(text)) => Ok(text.clone()),
            Some(other) => Err(Refusal::bad_value(&self.place_of(field), "TYPE_STRING", other)),
        }
    }

    fn flag(&self, field: &str) -> Result<bool, Refusal> {
        match self.get(field) {
            None => Ok(false),
            Some(Json::Bool(flag)) => Ok(*flag),
            Some(other) => Err(Refusal::bad_value(&self.place_of(field), "TYPE_BOOL", other)),
        }
    }

    fn message(&self, field: &str) -> Result<Option<Message<'a>>, Refusal> {
        match self.get(field) {
            None => Ok(None),
            Some(Json::Object(fields)) => Ok(Some(Message { fields, place: self.place_of(field) })),
            Some(other) => Err(Refusal::bad_value(&self.place_of(field), "TYPE_MESSAGE", other)),
        }
    }
}
