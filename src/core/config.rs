//! The configuration of a session, and the request to create it.

use super::ids;
use super::json_text::{object, string};
use super::json_view::JsonView;

/// The configuration of a session, validated by the façade (pkg-template/lib/given.js).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionConfig {
    /// The task for the agent.
    pub prompt: String,
    /// The title. `None`: the service derives one.
    pub title: Option<String>,
    /// The repository. `None`: a repoless session.
    pub source: Option<SourceConfig>,
    /// Whether the plan needs an approval. The default depends on [`Attendance`].
    pub require_approval: Option<bool>,
    /// Whether the service opens a pull request. Default true.
    pub auto_pr: bool,
}

/// The repository that a session works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceConfig {
    /// `owner/repo`.
    pub github: String,
    /// The branch to start from.
    pub base_branch: String,
    /// The branch to push to. `None`: a new one.
    pub working_branch: Option<String>,
    /// Whether the agent has access to the repository's environment variables. `None`: left to the service.
    pub environment_variables_enabled: Option<bool>,
}

impl SessionConfig {
    /// Reads a configuration of the façade.
    pub fn read(given: &impl JsonView) -> Self {
        let source = Some(given.get("source")).filter(|source| !source.is_null());
        Self {
            prompt: given.get("prompt").string().unwrap_or_default(),
            title: given.get("title").string(),
            source: source.as_ref().map(SourceConfig::read),
            require_approval: given.get("requireApproval").flag(),
            auto_pr: given.get("autoPr").flag().unwrap_or(true),
        }
    }
}

impl SourceConfig {
    fn read(given: &impl JsonView) -> Self {
        Self {
            github: given.get("github").string().unwrap_or_default(),
            base_branch: given.get("baseBranch").string().unwrap_or_default(),
            working_branch: given.get("workingBranch").string(),
            environment_variables_enabled: given.get("environmentVariablesEnabled").flag(),
        }
    }
}

/// Whether a user attends the session. Determines the default of `requireApproval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// `jules.session()`: the plan needs an approval by default.
    Interactive,
    /// `jules.run()`: the plan needs no approval by default.
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
    /// The request for a session with this configuration.
    ///
    /// ```
    /// use jules_wasm::core::config::{Attendance, CreateRequest, SessionConfig};
    /// let config = serde_json::json!({ "prompt": "Fix it", "source": { "github": "owner/repo", "baseBranch": "main" } });
    /// let request = CreateRequest::new(SessionConfig::read(&config), Attendance::Automated);
    /// assert_eq!(request.source(), Some("sources/github/owner/repo"));
    /// ```
    pub fn new(config: SessionConfig, attendance: Attendance) -> Self {
        let SessionConfig { prompt, title, source, require_approval, auto_pr } = config;
        // Without a repository there is nothing to open a pull request against.
        let automation_mode = (auto_pr && source.is_some()).then_some("AUTO_CREATE_PR");
        let require_plan_approval = require_approval.unwrap_or(attendance == Attendance::Interactive);
        let source_context = source.map(SourceContext::new);
        Self { prompt, title, source_context, automation_mode, require_plan_approval }
    }

    /// The resource name of the repository, if there is one.
    pub fn source(&self) -> Option<&str> {
        self.source_context.as_ref().map(|context| context.source.as_str())
    }

    /// The task for the agent.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// The title, if given.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The branch to start from, if there is a repository.
    pub fn starting_branch(&self) -> Option<&str> {
        self.source_context.as_ref().map(|context| context.starting_branch.as_str())
    }

    /// The body of the request.
    pub fn body(&self) -> String {
        let mut fields = vec![("prompt", string(&self.prompt))];
        fields.extend(self.title.as_deref().map(|title| ("title", string(title))));
        fields.extend(self.source_context.as_ref().map(|context| ("sourceContext", context.body())));
        fields.extend(self.automation_mode.map(|mode| ("automationMode", string(mode))));
        fields.push(("requirePlanApproval", self.require_plan_approval.to_string()));
        object(&fields)
    }
}

impl SourceContext {
    fn body(&self) -> String {
        let branch = object(&[("startingBranch", string(&self.starting_branch))]);
        let mut fields = vec![("source", string(&self.source)), ("githubRepoContext", branch)];
        fields.extend(self.working_branch.as_deref().map(|branch| ("workingBranch", string(branch))));
        fields.extend(self.environment_variables_enabled.map(|on| ("environmentVariablesEnabled", on.to_string())));
        object(&fields)
    }

    fn new(source: SourceConfig) -> Self {
        Self {
            source: ids::github_source(&source.github),
            starting_branch: source.base_branch,
            working_branch: source.working_branch,
            environment_variables_enabled: source.environment_variables_enabled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn body(config: Value, attendance: Attendance) -> Value {
        let request = CreateRequest::new(SessionConfig::read(&config), attendance);
        serde_json::from_str(&request.body()).unwrap()
    }

    #[test]
    fn a_session_requires_approval_and_a_pull_request_by_default() {
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
    fn a_repoless_session_has_no_source_and_no_pull_request() {
        assert_eq!(
            body(json!({ "prompt": "p" }), Attendance::Automated),
            json!({ "prompt": "p", "requirePlanApproval": false })
        );
    }
}
