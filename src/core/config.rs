//! What a session is to be: the caller's configuration, checked before any request, and the request made of it.

use super::error::Error;
use super::fields::{Fields, text_given};
use super::ids;
use super::json::Json;

/// Whether somebody is there to approve the plan. Sets the default of `requireApproval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// `jules.session()`: the plan waits for approval unless the caller says otherwise.
    Interactive,
    /// `jules.run()`: the agent goes ahead unless the caller says otherwise.
    Automated,
}

/// The body of a request that creates a session. The service refuses fields that it does not know, so there are none
/// but those of its discovery document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateRequest {
    prompt: String,
    title: Option<String>,
    source_context: Option<SourceContext>,
    automation_mode: Option<&'static str>,
    require_plan_approval: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SourceContext {
    source: String,
    starting_branch: String,
    working_branch: Option<String>,
    environment_variables_enabled: Option<bool>,
}

impl CreateRequest {
    /// Checks a configuration and makes the request of it.
    ///
    /// ```
    /// use jules_wasm::core::config::{Attendance, CreateRequest};
    /// use jules_wasm::core::json::Json;
    /// let config = r#"{ "prompt": "Fix it", "source": { "github": "owner/repo", "baseBranch": "main" } }"#;
    /// let request = CreateRequest::read(Json::read(config.as_bytes()).unwrap(), Attendance::Automated).unwrap();
    /// assert_eq!(request.source(), Some("sources/github/owner/repo"));
    /// let error = CreateRequest::read(Json::read(br#"{ "prompt": 7 }"#).unwrap(), Attendance::Automated).unwrap_err();
    /// assert_eq!(error.message, "prompt: must be a string, not a number. No request was sent.");
    /// ```
    pub fn read(config: Json, attendance: Attendance) -> Result<Self, Error> {
        let mut fields = Fields::of(config, "the session's configuration")?;
        let prompt = fields.required_text("prompt")?;
        let source_context = match fields.object("source", "source.")? {
            Some(source) => Some(SourceContext::read(source)?),
            None => None,
        };
        let title = fields.text("title")?.filter(|title| !title.is_empty());
        let require_approval = fields.boolean("requireApproval")?;
        let auto_pr = fields.boolean("autoPr")?.unwrap_or(true);
        fields.finish()?;
        // Without a repository there is nothing to open a pull request against.
        let automation_mode = (auto_pr && source_context.is_some()).then_some("AUTO_CREATE_PR");
        let require_plan_approval = require_approval.unwrap_or(attendance == Attendance::Interactive);
        Ok(Self { prompt, title, source_context, automation_mode, require_plan_approval })
    }

    /// The resource name of the repository, if there is one.
    pub fn source(&self) -> Option<&str> {
        self.source_context.as_ref().map(|context| context.source.as_str())
    }

    /// What the agent is to do.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// The title, if one was given.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The branch to start from, if there is a repository.
    pub fn starting_branch(&self) -> Option<&str> {
        self.source_context.as_ref().map(|context| context.starting_branch.as_str())
    }

    /// The request's body.
    pub fn body(&self) -> String {
        self.json().to_text()
    }

    fn json(&self) -> Json {
        let text = |text: &str| Json::Text(text.to_owned());
        let mut fields = vec![("prompt", text(&self.prompt))];
        fields.extend(self.title.as_deref().map(|title| ("title", text(title))));
        fields.extend(self.source_context.as_ref().map(|context| ("sourceContext", context.json())));
        fields.extend(self.automation_mode.map(|mode| ("automationMode", text(mode))));
        fields.push(("requirePlanApproval", Json::Bool(self.require_plan_approval)));
        object(fields)
    }
}

/// Checks a message to the agent.
pub fn message(prompt: Json) -> Result<String, Error> {
    text_given("prompt", prompt)
}

fn object(fields: Vec<(&str, Json)>) -> Json {
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

impl SourceContext {
    fn json(&self) -> Json {
        let text = |text: &str| Json::Text(text.to_owned());
        let branch = object(vec![("startingBranch", text(&self.starting_branch))]);
        let mut fields = vec![("source", text(&self.source)), ("githubRepoContext", branch)];
        fields.extend(self.working_branch.as_deref().map(|branch| ("workingBranch", text(branch))));
        fields.extend(self.environment_variables_enabled.map(|on| ("environmentVariablesEnabled", Json::Bool(on))));
        object(fields)
    }

    fn read(mut fields: Fields<'_>) -> Result<Self, Error> {
        let github = fields.required_text("github")?;
        let context = Self {
            source: ids::github_source("source.github", &github)?,
            starting_branch: fields.required_text("baseBranch")?,
            working_branch: fields.text("workingBranch")?.filter(|branch| !branch.is_empty()),
            environment_variables_enabled: fields.boolean("environmentVariablesEnabled")?,
        };
        fields.finish()?;
        Ok(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(config: &Value, attendance: Attendance) -> Result<CreateRequest, Error> {
        CreateRequest::read(Json::read(config.to_string().as_bytes()).unwrap(), attendance)
    }

    fn body(config: Value, attendance: Attendance) -> Value {
        serde_json::from_str(&read(&config, attendance).unwrap().body()).unwrap()
    }

    #[test]
    fn a_session_asks_for_approval_and_a_pull_request_unless_told_otherwise() {
        let config = json!({ "prompt": "p", "title": "t", "source": { "github": "o/r", "baseBranch": "main" } });
        assert_eq!(
            body(config, Attendance::Interactive),
            json!({
                "prompt": "p",
                "title": "t",
                "sourceContext": { "source": "sources/github/o/r", "githubRepoContext": { "startingBranch": "main" } },
                "automationMode": "AUTO_CREATE_PR",
                "requirePlanApproval": true,
            })
        );
    }

    #[test]
    fn a_run_does_not_wait_for_approval() {
        let config = json!({ "prompt": "p", "source": { "github": "o/r", "baseBranch": "main" }, "autoPr": false });
        let body = body(config, Attendance::Automated);
        assert_eq!(body["requirePlanApproval"], json!(false));
        assert_eq!(body.get("automationMode"), None);
    }

    #[test]
    fn a_repoless_session_names_no_source_and_no_pull_request() {
        assert_eq!(
            body(json!({ "prompt": "p" }), Attendance::Automated),
            json!({ "prompt": "p", "requirePlanApproval": false })
        );
    }

    #[test]
    fn every_mistake_is_told_by_the_name_of_its_field() {
        let repo = |source: Value| json!({ "prompt": "p", "source": source });
        for (config, field) in [
            (json!(null), "prompt"),
            (json!("p"), "the session's configuration"),
            (json!({}), "prompt"),
            (json!({ "prompt": "" }), "prompt"),
            (json!({ "prompt": " \n" }), "prompt"),
            (json!({ "prompt": ["p"] }), "prompt"),
            (json!({ "prompt": "p", "promt": 1 }), "promt"),
            (json!({ "prompt": "p", "title": 1 }), "title"),
            (json!({ "prompt": "p", "autoPr": "yes" }), "autoPr"),
            (json!({ "prompt": "p", "requireApproval": 0 }), "requireApproval"),
            (repo(json!("o/r")), "source"),
            (repo(json!({})), "source.github"),
            (repo(json!({ "github": "boba", "baseBranch": "main" })), "source.github"),
            (repo(json!({ "github": "o/r" })), "source.baseBranch"),
            (repo(json!({ "github": "o/r", "baseBranch": "" })), "source.baseBranch"),
            (repo(json!({ "github": "o/r", "baseBranch": "main", "branch": "x" })), "source.branch"),
        ] {
            let error = read(&config, Attendance::Interactive).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{config}");
            assert!(error.message.contains(field), "{}", error.message);
        }
    }
}
