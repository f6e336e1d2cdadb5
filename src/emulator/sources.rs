//! The connected repositories.

use serde::Deserialize;

use super::json::{Json, without_defaults};
use serde_json::json;
use std::borrow::Cow;

/// A connected repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceSpec {
    /// The owner of the repository.
    pub owner: String,
    /// Its name.
    pub repo: String,
    /// Whether it is private. Default false.
    #[serde(default)]
    pub is_private: bool,
    /// The default branch. Default `main`.
    #[serde(default = "main_branch")]
    pub default_branch: String,
    /// The active branches besides the default branch. Default none.
    #[serde(default)]
    pub branches: Vec<String>,
}

fn main_branch() -> String {
    "main".to_owned()
}

/// The connected repositories, in the order of lists.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    sources: Vec<SourceSpec>,
    any_repository: bool,
}

/// A connected repository.
pub(super) struct FoundSource<'a> {
    pub(super) source: Cow<'a, SourceSpec>,
    any_branch: bool,
}

impl FoundSource<'_> {
    pub(super) fn has_branch(&self, branch: &str) -> bool {
        self.any_branch || self.source.default_branch == branch || self.source.branches.iter().any(|b| b == branch)
    }
}

impl Sources {
    /// # Errors
    /// A sentence that names the option `sources`.
    pub(super) fn new(sources: Option<Vec<SourceSpec>>, any_repository: bool) -> Result<Self, String> {
        let sources = sources.unwrap_or_else(default_sources);
        for source in &sources {
            if !is_name(&source.owner) || !is_name(&source.repo) || source.default_branch.is_empty() {
                return Err(
                    "option \"sources\": owner, repo and defaultBranch must not be empty or contain a slash".into()
                );
            }
        }
        Ok(Self { sources, any_repository })
    }

    pub(super) fn all(&self) -> &[SourceSpec] {
        &self.sources
    }

    /// The source of an id such as `github/owner/repo`.
    pub(super) fn find(&self, id: &str) -> Option<FoundSource<'_>> {
        if let Some(source) = self.sources.iter().find(|source| source.id() == id) {
            return Some(FoundSource { source: Cow::Borrowed(source), any_branch: false });
        }
        let (owner, repo) = id.strip_prefix("github/")?.split_once('/')?;
        if !self.any_repository || !is_name(owner) || !is_name(repo) {
            return None;
        }
        Some(FoundSource { source: Cow::Owned(SourceSpec::public(owner, repo, "main", &[])), any_branch: true })
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

fn default_sources() -> Vec<SourceSpec> {
    let private_tea = SourceSpec { is_private: true, ..SourceSpec::public("bobalover", "private-tea", "main", &[]) };
    vec![
        SourceSpec::public("bobalover", "boba", "main", &["develop", "feature/auth"]),
        private_tea,
        SourceSpec::public("bobalover", "boba-web", "trunk", &[]),
    ]
}

impl SourceSpec {
    fn public(owner: &str, repo: &str, default_branch: &str, others: &[&str]) -> Self {
        Self {
            owner: owner.to_owned(),
            repo: repo.to_owned(),
            is_private: false,
            default_branch: default_branch.to_owned(),
            branches: others.iter().map(|&branch| branch.to_owned()).collect(),
        }
    }

    pub(super) fn id(&self) -> String {
        format!("github/{}/{}", self.owner, self.repo)
    }

    /// The JSON of the source: `isPrivate` is omitted when false.
    pub(super) fn to_json(&self) -> Json {
        let others = self.branches.iter().filter(|branch| **branch != self.default_branch);
        let names = [&self.default_branch].into_iter().chain(others);
        let branches: Vec<Json> = names.map(|name| json!({"displayName": name})).collect();
        let repo = without_defaults(json!({
            "owner": self.owner,
            "repo": self.repo,
            "isPrivate": self.is_private,
            "defaultBranch": {"displayName": self.default_branch},
            "branches": branches,
        }));
        json!({"name": format!("sources/{}", self.id()), "id": self.id(), "githubRepo": repo})
    }
}
