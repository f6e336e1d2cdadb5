//! Operations on sessions: create, get, approve, send, archive, delete.

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

/// A change of a session by a request without content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Approves the current plan. Without one, the service accepts the request without any effect (measured).
    ApprovePlan,
    /// Archives the session, which pauses a running one (measured).
    Archive,
    /// Reverses archiving.
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

/// A session with its new activities.
#[derive(Debug)]
pub struct Info<J> {
    /// The session, as the service has it now.
    pub session: Session<J>,
    /// The activities after the given cursor.
    pub activities: Vec<Activity<J>>,
    /// The cursor after them.
    pub cursor: Option<String>,
}

impl<H: Host> Client<H> {
    /// Creates a session: one POST, and no other request unless it fails.
    pub async fn create(&self, request: &CreateRequest) -> Result<Session<H::Json>, Error> {
        match self.create_once(request).await {
            Ok(session) => Ok(session),
            Err(error) => Err(self.explain_refusal(request, error).await),
        }
    }

    /// The same for an item of a batch, which with `returns_refusals` decides itself when to try again after a refusal.
    pub(crate) async fn create_in_batch(
        &self,
        request: &CreateRequest,
        returns_refusals: bool,
    ) -> Result<Session<H::Json>, Error> {
        if !returns_refusals {
            return self.create(request).await;
        }
        match self.create_unless_refused(request).await {
            Ok(session) => Ok(session),
            Err(error) => Err(self.explain_refusal(request, error).await),
        }
    }

    /// The service responds to an unknown repository or branch with a 400 or 404 without details. Only then the source is requested
    /// to find out which it is.
    pub(super) fn explain_refusal<'a>(&'a self, request: &'a CreateRequest, error: Error) -> LocalBoxFuture<'a, Error> {
        Box::pin(async move {
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
                    "The service does not know the repository {source}. Install the Jules app on it in the web app, or \
                     correct source.github."
                ),
                Ok(Some(known)) => {
                    let branches = source::branches(&known);
                    if branches.is_empty() || branches.iter().any(|known| known == branch) {
                        return error;
                    }
                    format!(
                        "The service knows no branch {} of the repository {source}. Its default branch is {}. Correct \
                         source.baseBranch.",
                        ids::quoted(branch),
                        source::default_branch(&known).as_deref().unwrap_or("not known")
                    )
                }
                Err(_) => return error,
            };
            let mut explained = error;
            explained.kind = ErrorKind::SourceNotFound;
            explained.message =
                format!("{problem} No session was created. The service responded: {}", explained.message);
            explained
        })
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

    /// Changes the session by a request without content. All these changes are idempotent: an approved plan stays approved, and
    /// approving without a plan has no effect (measured).
    pub async fn change(&self, id: &str, change: Change) -> Result<(), Error> {
        let verb = change.verb();
        self.call(Call::post(["sessions/", id, ":", verb].concat(), "{}".to_owned()).of_session(id).idempotent())
            .await?;
        match change {
            Change::ApprovePlan => self.plan_approved(id),
            Change::Archive | Change::Unarchive => self.expedite_poll(id),
        }
        if change == Change::Archive {
            // It leaves the list of sessions.
            self.account()?.ledger.removed(&["sessions/", id].concat());
        }
        Ok(())
    }

    /// Deletes the session. 404 is a success, except for a session that this process has just created: it may not be visible yet
    /// and would continue at the account's expense.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        match self.call(Call::delete(["sessions/", id].concat()).of_session(id)).await {
            // Includes a 404 by replication lag for which the retry window is over.
            Err(error) if error.status != Some(404) || error.retryable == Some(true) => Err(error),
            _ => {
                // Otherwise 404 would be treated as replication lag.
                self.account()?.ledger.removed(&["sessions/", id].concat());
                self.expect_not_found(id);
                self.expedite_poll(id);
                Ok(())
            }
        }
    }
}
