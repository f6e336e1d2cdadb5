//! Partial responses: `fields=a,b(c,d),e/f`.

use super::json::Json;
use super::refusal::Refusal;
use super::route::Operation;

/// A selection of fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mask {
    /// Everything here, whatever else is selected below.
    whole: bool,
    fields: Vec<(String, Mask)>,
}

/// A mask nested deeper than any answer is refused, so that no request can exhaust the stack.
const DEEPEST: usize = 16;

impl Mask {
    /// Reads a mask and checks it against what the operation answers.
    pub(super) fn parse(text: &str, operation: &Operation) -> Result<Self, Refusal> {
        let mask = Self::read_all(text).ok_or_else(|| Refusal::bad_mask(text))?;
        let schema = Self::read_all(&schema(operation)).unwrap_or_default();
        mask.check(&schema, "")?;
        Ok(mask)
    }

    fn read_all(text: &str) -> Option<Self> {
        let mut mask = Self::default();
        let rest = mask.read(text, 0)?;
        rest.is_empty().then_some(mask)
    }

    /// Reads selectors up to the end or a closing bracket; gives what follows.
    fn read<'t>(&mut self, text: &'t str, depth: usize) -> Option<&'t str> {
        if depth > DEEPEST {
            return None;
        }
        let mut rest = text;
        loop {
            let end = rest.find([',', '(', ')']).unwrap_or(rest.len());
            let (path, after) = rest.split_at_checked(end)?;
            let place = self.descend(path)?;
            rest = match after.strip_prefix('(') {
                Some(inner) => place.read(inner, depth + 1)?.strip_prefix(')')?,
                None => {
                    place.whole = true;
                    after
                }
            };
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None => return Some(rest),
            }
        }
    }

    /// The mask below `a/b/c`, made if it is new.
    fn descend(&mut self, path: &str) -> Option<&mut Self> {
        let mut place = self;
        for (depth, name) in path.split(['/', '.']).map(str::trim).enumerate() {
            if name.is_empty() || depth > DEEPEST {
                return None;
            }
            let index = match place.fields.iter().position(|(known, _)| known == name) {
                Some(index) => index,
                None => {
                    place.fields.push((name.to_owned(), Self::default()));
                    place.fields.len().checked_sub(1)?
                }
            };
            place = place.fields.get_mut(index).map(|(_, below)| below)?;
        }
        Some(place)
    }

    fn check(&self, schema: &Self, place: &str) -> Result<(), Refusal> {
        for (name, below) in &self.fields {
            let path = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            if name == "*" {
                // Below a star any of the fields here may answer.
                below.fields.iter().try_for_each(|(inner, _)| {
                    let known =
                        schema.fields.iter().any(|(_, fields)| fields.fields.iter().any(|(field, _)| field == inner));
                    if known { Ok(()) } else { Err(Refusal::bad_mask(&format!("{path}.{inner}"))) }
                })?;
                continue;
            }
            match schema.fields.iter().find(|(known, _)| known == name) {
                Some((_, fields)) => below.check(fields, &path)?,
                None => return Err(Refusal::bad_mask(&path)),
            }
        }
        Ok(())
    }

    /// What the mask selects of an answer. A list is looked through, element by element.
    pub(super) fn apply(&self, answer: Json) -> Json {
        self.select(answer).unwrap_or_else(|| Json::Object(serde_json::Map::new()))
    }

    /// Nothing is selected where fields of a plain value are asked for, as below a star.
    fn select(&self, value: Json) -> Option<Json> {
        if self.whole {
            return Some(value);
        }
        match value {
            Json::Array(items) => Some(Json::Array(items.into_iter().filter_map(|item| self.select(item)).collect())),
            Json::Object(fields) => {
                let kept = fields.into_iter().filter_map(|(name, field)| {
                    let selecting = || self.fields.iter().filter(|(known, _)| *known == name || known == "*");
                    let (_, below) = selecting().find(|(_, below)| below.whole).or_else(|| selecting().next())?;
                    Some((name, below.select(field)?))
                });
                Some(Json::Object(kept.collect()))
            }
            _ => None,
        }
    }
}

const CHANGE_SET: &str = "changeSet(source,gitPatch(unidiffPatch,baseCommitId,suggestedCommitMessage))";
const SOURCE: &str = "name,id,githubRepo(owner,repo,isPrivate,defaultBranch(displayName),branches(displayName))";

/// The fields of an operation's answer, written as a mask.
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
