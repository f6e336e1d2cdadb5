//! Partial responses: field masks, and no indentation.
//!
//! The system parameters `fields` and `prettyPrint` are documented for Google's services, but not for this one. Two other
//! clients use `fields` in production. So both are tried, and not used again after a 400.

use super::Client;
use super::transport::Call;
use crate::core::error::Error;
use crate::core::ids;
use crate::host::Host;

/// All fields, the same as no mask.
pub(super) const ALL: &str = "*";

/// For polls of a session that need only a snapshot.
pub(super) const SNAPSHOT: &str = "state,updateTime";

/// The fields of a session that can change.
pub(super) const CHANGING: &str = "state,updateTime,title,archived,outputs";

/// For polls of many sessions.
pub(super) const SNAPSHOTS: &str = "sessions(name,state,updateTime),nextPageToken";

/// For polls of the sessions of a batch, and the search for its creates.
pub(super) const SESSIONS: &str = "sessions(name,id,state,prompt,title,createTime,sourceContext),nextPageToken";

/// For the changes of all sessions.
pub(super) const FEED: &str =
    "sessions(name,state,createTime,updateTime,title,sourceContext(source),url,archived),nextPageToken";

/// Activities without artifacts. Unknown kinds of activities cannot be in the mask.
pub(super) const WITHOUT_ARTIFACTS: &str = "activities(name,id,description,createTime,originator,agentMessaged,\
    userMessaged,planGenerated,planApproved,progressUpdated,sessionCompleted,sessionFailed),nextPageToken";

/// The fields that determine the position of a reader.
pub(super) const POSITIONS: &str = "activities(name,createTime),nextPageToken";

/// The ids of activities.
pub(super) const IDS: &str = "activities(id,createTime),nextPageToken";

/// The fields that show when the agent was last active.
pub(super) const ORIGINATORS: &str = "activities(name,createTime,originator),nextPageToken";

/// The messages of the user.
pub(super) const MESSAGES: &str = "activities(name,createTime,userMessaged),nextPageToken";

/// The dialogue of agent and user.
pub(super) const DIALOGUE: &str =
    "activities(name,createTime,agentMessaged,userMessaged,planGenerated,planApproved),nextPageToken";

/// The fields that show which activity has the last change set, and why a session failed.
pub(super) const OUTCOME: &str =
    "activities(name,createTime,sessionFailed,artifacts(changeSet(source,gitPatch(baseCommitId)))),nextPageToken";

impl<H: Host> Client<H> {
    /// Sends a GET with a field mask, or without one if the service does not support partial responses.
    pub(super) async fn get_fields(&self, call: Call<'_>, fields: &str) -> Result<H::Json, Error> {
        if !self.supports_masks().get() {
            return self.call(call).await;
        }
        let path = call.path();
        let masked = if fields == ALL { path.to_owned() } else { ids::with_parameter(path, "fields", fields) };
        match self.call(call.clone().to(ids::with_parameter(&masked, "prettyPrint", "false"))).await {
            // The parameters are the cause only if the same request without them succeeds.
            Err(error) if error.status == Some(400) => {
                let answer = self.call(call).await?;
                self.supports_masks().set(false);
                Ok(answer)
            }
            answered => answered,
        }
    }
}
