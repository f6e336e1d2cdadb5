//! A source as decisions see it.

use super::json_view::JsonView;

/// The active branches of a source that is a repository on GitHub, as far as it names them.
pub fn branches(source: &impl JsonView) -> Vec<String> {
    let branches = source.get("githubRepo").get("branches").items();
    branches.iter().filter_map(|branch| branch.text("displayName")).collect()
}

/// Its default branch.
pub fn default_branch(source: &impl JsonView) -> Option<String> {
    source.get("githubRepo").get("defaultBranch").text("displayName")
}
