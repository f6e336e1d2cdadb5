//! Sources: the fields that decisions need.

use super::json_view::JsonView;

/// The active branches of a GitHub repository, if present.
pub fn branches(source: &impl JsonView) -> Vec<String> {
    let branches = source.get("githubRepo").get("branches").items();
    branches.iter().filter_map(|branch| branch.text("displayName")).collect()
}

/// Its default branch, if present.
pub fn default_branch(source: &impl JsonView) -> Option<String> {
    source.get("githubRepo").get("defaultBranch").text("displayName")
}
