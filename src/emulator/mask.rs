//! Field masks for partial responses: `fields=a,b(c,d),e/f`.

use super::api_error::ApiError;
use super::json::Json;
use super::operation::Operation;

/// A field mask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mask {
    /// Selects everything at this level, whatever the nested masks select.
    selects_all: bool,
    fields: Vec<(String, Mask)>,
}

/// The deepest nesting of a mask. It is deeper than any response, and bounds the recursion.
const MAX_DEPTH: usize = 16;

impl Mask {
    /// Parses a mask and checks it against the fields of the operation's response.
    pub(super) fn parse(text: &str, operation: &Operation) -> Result<Self, ApiError> {
        let mask = Self::parse_all(text).ok_or_else(|| ApiError::invalid_mask(text))?;
        let schema = Self::parse_all(&schema(operation)).unwrap_or_default();
        mask.check(&schema, "")?;
        Ok(mask)
    }

    fn parse_all(text: &str) -> Option<Self> {
        let mut mask = Self::default();
        let rest = mask.parse_selectors(text, 0)?;
        rest.is_empty().then_some(mask)
    }

    /// Parses selectors up to the end or a closing parenthesis, and returns the rest of the text.
    fn parse_selectors<'t>(&mut self, text: &'t str, depth: usize) -> Option<&'t str> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut rest = text;
        loop {
            let end = rest.find([',', '(', ')']).unwrap_or(rest.len());
            let (path, after) = rest.split_at_checked(end)?;
            let nested = self.descend(path)?;
            rest = match after.strip_prefix('(') {
                Some(inner) => nested.parse_selectors(inner, depth + 1)?.strip_prefix(')')?,
                None => {
                    nested.selects_all = true;
                    after
                }
            };
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None => return Some(rest),
            }
        }
    }

    /// The nested mask at `a/b/c`, added if it is new.
    fn descend(&mut self, path: &str) -> Option<&mut Self> {
        let mut mask = self;
        for (depth, name) in path.split(['/', '.']).map(str::trim).enumerate() {
            if name.is_empty() || depth > MAX_DEPTH {
                return None;
            }
            let index = match mask.fields.iter().position(|(known, _)| known == name) {
                Some(index) => index,
                None => {
                    mask.fields.push((name.to_owned(), Self::default()));
                    mask.fields.len().checked_sub(1)?
                }
            };
            mask = mask.fields.get_mut(index).map(|(_, nested)| nested)?;
        }
        Some(mask)
    }

    fn check(&self, schema: &Self, parent: &str) -> Result<(), ApiError> {
        for (name, nested) in &self.fields {
            let path = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
            if name == "*" {
                // `*` stands for each field at this level.
                nested.fields.iter().try_for_each(|(inner, _)| {
                    let known =
                        schema.fields.iter().any(|(_, fields)| fields.fields.iter().any(|(field, _)| field == inner));
                    if known { Ok(()) } else { Err(ApiError::invalid_mask(&format!("{path}.{inner}"))) }
                })?;
                continue;
            }
            match schema.fields.iter().find(|(known, _)| known == name) {
                Some((_, fields)) => nested.check(fields, &path)?,
                None => return Err(ApiError::invalid_mask(&path)),
            }
        }
        Ok(())
    }

    /// The fields of a response that the mask selects. It applies to each element of a list.
    pub(super) fn apply(&self, response: Json) -> Json {
        self.select(response).unwrap_or_else(|| Json::Object(serde_json::Map::new()))
    }

    /// Returns `None` if the mask selects fields of a value that has none, as can happen below `*`.
    fn select(&self, value: Json) -> Option<Json> {
        if self.selects_all {
            return Some(value);
        }
        match value {
            Json::Array(items) => Some(Json::Array(items.into_iter().filter_map(|item| self.select(item)).collect())),
            Json::Object(fields) => {
                let kept = fields.into_iter().filter_map(|(name, field)| {
                    let selecting = || self.fields.iter().filter(|(known, _)| *known == name || known == "*");
                    let (_, nested) =
                        selecting().find(|(_, nested)| nested.selects_all).or_else(|| selecting().next())?;
                    Some((name, nested.select(field)?))
                });
                Some(Json::Object(kept.collect()))
            }
            _ => None,
        }
    }
}

const CHANGE_SET: &str = "changeSet(source,gitPatch(unidiffPatch,baseCommitId,suggestedCommitMessage))";
const SOURCE: &str = "name,id,githubRepo(owner,repo,isPrivate,defaultBranch(displayName),branches(displayName))";

/// The fields of an operation's response, in the syntax of a mask.
fn schema(operation: &Operation) -> String {
    let session = || {
        format!(
            "name,id,prompt,title,requirePlanApproval,automationMode,createTime,updateTime,state,url,archived,\
             sourceContext(source,githubRepoContext(startingBranch),workingBranch,environmentVariablesEnabled),\
             outputs(pullRequest(url,title,description,baseRef,headRef),{CHANGE_SET})"
        )
    };
    let activity = || {
        format!(
            "name,id,description,createTime,originator,agentMessaged(agentMessage),userMessaged(userMessage),\
             planGenerated(plan(id,steps(id,title,description,index),createTime)),planApproved(planId),\
             progressUpdated(title,description),sessionCompleted,sessionFailed(reason),\
             artifacts({CHANGE_SET},media(data,mimeType),bashOutput(command,output,exitCode))"
        )
    };
    match operation {
        Operation::CreateSession
        | Operation::GetSession(_)
        | Operation::ArchiveSession(_)
        | Operation::UnarchiveSession(_) => session(),
        Operation::ListSessions => format!("sessions({}),nextPageToken", session()),
        Operation::GetActivity { .. } => activity(),
        Operation::ListActivities(_) => format!("activities({}),nextPageToken", activity()),
        Operation::GetSource(_) => SOURCE.to_owned(),
        Operation::ListSources => format!("sources({SOURCE}),nextPageToken"),
        Operation::DeleteSession(_) | Operation::SendMessage(_) | Operation::ApprovePlan(_) => String::new(),
    }
}
