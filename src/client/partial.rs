//! Asking for less: some fields of an answer only, and none of the white space that the service indents it with.
//!
//! The system parameters `fields` and `prettyPrint` are documented for Google's services, but not for this one; two other
//! clients use the first in production (reported by others). So they are tried, and a service that answers them with 400
//! is not asked so again.

use super::Client;
use super::transport::Call;
use crate::core::error::Error;
use crate::core::ids;
use crate::host::Host;

/// Everything, in the mask's language. It is what the service gives without a mask too.
pub(super) const ALL: &str = "*";

/// What a poll of a session needs, if nobody is to get the session.
pub(super) const SNAPSHOT: &str = "state,updateTime";

/// What can change of a session that was read before.
pub(super) const CHANGING: &str = "state,updateTime,title,archived,outputs";

/// What a poll of many sessions needs.
pub(super) const SNAPSHOTS: &str = "sessions(name,state,updateTime),nextPageToken";

/// Everything of activities but their artifacts. What kind an activity is that this client does not know cannot be
/// asked for in advance.
pub(super) const WITHOUT_ARTIFACTS: &str = "activities(name,id,description,createTime,originator,agentMessaged,\
    userMessaged,planGenerated,planApproved,progressUpdated,sessionCompleted,sessionFailed),nextPageToken";

/// What tells where a reader would be that has read everything.
pub(super) const POSITIONS: &str = "activities(name,createTime),nextPageToken";

/// What tells which activities there are.
pub(super) const IDS: &str = "activities(id,createTime),nextPageToken";

/// What tells when the agent was last heard of.
pub(super) const VOICES: &str = "activities(name,createTime,originator),nextPageToken";

/// What the messages of a session's user are known by.
pub(super) const MESSAGES: &str = "activities(name,createTime,userMessaged),nextPageToken";

/// What the agent asks for, and what the user has answered.
pub(super) const DIALOGUE: &str =
    "activities(name,createTime,agentMessaged,userMessaged,planGenerated,planApproved),nextPageToken";

/// What tells which activity has the last change set, and why a session failed.
pub(super) const LAST_WORDS: &str =
    "activities(name,createTime,sessionFailed,artifacts(changeSet(source,gitPatch(baseCommitId)))),nextPageToken";

impl<H: Host> Client<H> {
    /// Makes the call, a GET, for these `fields` of what it asks for, or all of it, indented, if the service does not give
    /// parts.
    pub(super) async fn get_fields(&self, call: Call<'_>, fields: &str) -> Result<H::Json, Error> {
        if !self.gives_parts().get() {
            return self.call(call).await;
        }
        let path = call.path();
        let masked = if fields == ALL { path.to_owned() } else { ids::with_parameter(path, "fields", fields) };
        match self.call(call.clone().to(ids::with_parameter(&masked, "prettyPrint", "false"))).await {
            // Only an answer to the same request without them tells that it was these.
            Err(error) if error.status == Some(400) => {
                let answer = self.call(call).await?;
                self.gives_parts().set(false);
                Ok(answer)
            }
            answered => answered,
        }
    }
}
