//! Sessions: making, reading, approving, messaging, ending them.

use futures_util::future::{LocalBoxFuture, try_join};

use super::Client;
use super::activities::ActivityReader;
use super::transport::Call;
use crate::core::activity::Activity;
use crate::core::config::CreateRequest;
use crate::core::cursor::Cursor;
use crate::core::error::{Error, ErrorKind};
use crate::core::ids;
use crate::core::row::FromRow;
use crate::core::session::Session;
use crate::core::source;
use crate::host::Host;

/// What can be done to a session without more words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Approves the plan that waits for it. The service accepts this, without effect, when none does (measured).
    ApprovePlan,
    /// Takes the session out of the ordinary list. A running one is paused by it (measured).
    Archive,
    /// Puts the session back into the ordinary list.
    Unarchive,
}

impl Change {
    fn verb(self) -> &'static str {
        match self {
            Self::ApprovePlan => "approvePlan",
            Self::Archive => "archive",
            Self::Unarchive => "unarchive",
        }
    }
}

/// A session with what is new of its activities.
#[derive(Debug)]
pub struct Info<J> {
    /// The session, as the service has it now.
    pub session: Session<J>,
    /// The activities after the cursor that was given.
    pub activities: Vec<Activity<J>>,
    /// The cursor after them.
    pub cursor: Option<String>,
}

impl<H: Host> Client<H> {
    /// Makes a session: one POST, and no other request unless it fails.
    pub async fn create(&self, request: &CreateRequest) -> Result<Session<H::Json>, Error> {
        match self.create_once(request).await {
            Ok(session) => Ok(session),
            Err(error) => Err(self.explain_refusal(request, error).await),
        }
    }

    /// The service answers an unknown repository or branch with a bare 400 or 404. Only then is the source looked up,
    /// so as to tell which it is.
    async fn explain_refusal(&self, request: &CreateRequest, error: Error) -> Error {
        let (Some(source), Some(branch)) = (request.source(), request.starting_branch()) else { return error };
        let bare = error.status == Some(404)
            || (error.kind == ErrorKind::Api
                && error.rpc_status.as_deref() == Some("INVALID_ARGUMENT")
                && error.field_violations.is_none());
        if !bare {
            return error;
        }
        let problem = match self.source(source).await {
            Ok(None) => format!(
                "The service does not know the repository {source}. Install the Jules app on it (in the web app), or \
                 correct source.github."
            ),
            Ok(Some(known)) => {
                let branches = source::branches(&known);
                if branches.is_empty() || branches.iter().any(|known| known == branch) {
                    return error;
                }
                format!(
                    "The repository {source} has no branch {} that the service knows. Its default branch is {}. Correct \
                     source.baseBranch.",
                    ids::quoted(branch),
                    source::default_branch(&known).as_deref().unwrap_or("not known")
                )
            }
            Err(_) => return error,
        };
        let mut told = error;
        told.kind = ErrorKind::SourceNotFound;
        told.code = ErrorKind::SourceNotFound.code();
        told.message = format!("{problem} No session was made. The service said: {}", told.message);
        told
    }

    /// The session, as the service has it now.
    pub fn get<'a>(&'a self, id: &'a str) -> LocalBoxFuture<'a, Result<Session<H::Json>, Error>> {
        Box::pin(async move {
            let json = self.call(Call::get(["sessions/", id].concat()).of_session(id)).await?;
            let session = Session::read(json);
            self.saw([session.name.as_str()]);
            Ok(session)
        })
    }

    /// The session and, if `after` is given, all its activities after that cursor (`None` in it: all).
    pub async fn info(&self, id: &str, after: Option<Option<Cursor>>) -> Result<Info<H::Json>, Error> {
        let Some(cursor) = after else {
            return Ok(Info { session: self.get(id).await?, activities: Vec::new(), cursor: None });
        };
        let mut reader = ActivityReader::new(self.clone(), id, cursor);
        let (session, activities) = try_join(self.get(id), reader.drain()).await?;
        Ok(Info { session, activities, cursor: reader.cursor() })
    }

    /// Sends a message to the agent, once.
    pub async fn send(&self, id: &str, prompt: &str) -> Result<(), Error> {
        self.send_once(id, prompt).await?;
        self.message_sent(id, prompt);
        Ok(())
    }

    /// Changes the session by a request without content. Each such change is the same if it comes twice: a plan that is
    /// approved stays so, and approving with nothing to approve has no effect (measured).
    pub async fn change(&self, id: &str, change: Change) -> Result<(), Error> {
        let verb = change.verb();
        self.call(Call::post(["sessions/", id, ":", verb].concat(), "{}".to_owned()).of_session(id).idempotent())
            .await?;
        match change {
            Change::ApprovePlan => self.plan_approved(id),
            Change::Archive | Change::Unarchive => self.look_soon(id),
        }
        Ok(())
    }

    /// Deletes the session. One that is not there is as good as deleted; one that was just made from here is on its way, and
    /// would go on at the account's expense.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        match self.call(Call::delete(["sessions/", id].concat()).of_session(id)).await {
            // Also if it would be there later, but is not waited for until then.
            Err(error) if error.status != Some(404) || error.retryable == Some(true) => Err(error),
            _ => {
                // Else 404 would be taken for replication lag.
                self.account()?.ledger.deleted(&["sessions/", id].concat(), self.poller_now());
                self.expect_not_found(id);
                self.look_soon(id);
                Ok(())
            }
        }
    }
}
