//! A message, and the agent's answer to it.

use super::Client;
use super::activities::ActivityReader;
use crate::core::cursor::Cursor;
use crate::core::error::{Error, ErrorKind};
use crate::core::model::{Activity, ActivityType, Session};
use crate::core::time::Timestamp;
use crate::host::Host;

/// How far before the session's last change, by the service's clock, reading begins: far enough that whatever the
/// service still had under way is known as older than the question.
const MARGIN_MS: i64 = 60_000;

/// How long a session that had already ended may take to be revived by a message.
const REVIVAL_MS: i64 = 60_000;

impl<H: Host> Client<H> {
    /// Sends a message and waits for the first message of the agent after it, by the service's order of activities. No
    /// clock of this machine takes part. An error if the session ends first.
    pub async fn ask(&self, id: &str, prompt: &str) -> Result<Activity, Error> {
        let before = self.get(id).await?;
        let start = Timestamp::parse(&before.update_time).map(|t| Cursor::starting_at(t.plus_millis(-MARGIN_MS)));
        let mut reader = ActivityReader::new(self.clone(), id, start);
        reader.drain().await?;
        self.send(id, prompt).await?;
        let sent_at = self.host().now();
        let mut answer = Answer::new(prompt);
        let mut ended_before = false;
        loop {
            let session = match self.round(id, &mut reader, &mut answer).await {
                Ok(Round::Answered(reply)) => return Ok(*reply),
                Ok(Round::Over(session)) => session,
                // The message was sent; passing trouble is no reason to lose the answer.
                Err(error) if error.is_passing() => {
                    self.outlast(error).await.map_err(|error| sent_already(id, error))?;
                    self.pause().await;
                    continue;
                }
                Err(error) => return Err(sent_already(id, error)),
            };
            let ended = session.state.is_terminal();
            // The state may be ahead of the activities by a moment, so the end counts when it is seen twice.
            let may_still_revive = before.state.is_terminal() && self.host().now() - sent_at < REVIVAL_MS;
            if ended && ended_before && !may_still_revive {
                return Err(unanswered(&session));
            }
            ended_before = ended;
            self.pause().await;
        }
    }

    /// Reads page by page, so that nothing is lost should one of them fail.
    async fn round(&self, id: &str, reader: &mut ActivityReader<H>, answer: &mut Answer<'_>) -> Result<Round, Error> {
        let session = self.get(id).await?;
        loop {
            for activity in reader.page().await? {
                if let Some(reply) = answer.read(activity) {
                    return Ok(Round::Answered(Box::new(reply)));
                }
            }
            if reader.is_drained() {
                break;
            }
        }
        let over = Round::Over(Box::new(session));
        Ok(answer.end_of_round().map_or(over, |reply| Round::Answered(Box::new(reply))))
    }
}

/// What one look at the session has brought.
enum Round {
    Answered(Box<Activity>),
    Over(Box<Session>),
}

/// Finds the answer among the activities after the question.
struct Answer<'a> {
    prompt: &'a str,
    asked: bool,
    /// An agent's message that came while our own was not to be seen, and whether it has stood for a round.
    stray: Option<(Activity, bool)>,
}

impl<'a> Answer<'a> {
    fn new(prompt: &'a str) -> Self {
        Self { prompt: prompt.trim(), asked: false, stray: None }
    }

    fn read(&mut self, activity: Activity) -> Option<Activity> {
        match activity.activity_type {
            ActivityType::UserMessaged if activity.message.as_deref().map(str::trim) == Some(self.prompt) => {
                self.asked = true;
                self.stray = None;
            }
            ActivityType::AgentMessaged if self.asked => return Some(activity),
            ActivityType::AgentMessaged if self.stray.is_none() => self.stray = Some((activity, false)),
            _ => {}
        }
        None
    }

    /// The service is documented to list our own message, in the words that were sent. Should it not, the first
    /// message of the agent that was new after the sending is the answer, once a whole round has not shown ours.
    fn end_of_round(&mut self) -> Option<Activity> {
        match &mut self.stray {
            Some((_, stood)) if !*stood => *stood = true,
            Some(_) if !self.asked => return self.stray.take().map(|(activity, _)| activity),
            _ => {}
        }
        None
    }
}

/// Whoever sees an error of reading must know that the message is out.
fn sent_already(id: &str, mut error: Error) -> Error {
    error.message.push_str(" The message was sent; only its answer is missing. Do not send it again.");
    error.session_id = Some(id.to_owned());
    error
}

fn unanswered(session: &Session) -> Error {
    let mut error = Error::new(
        ErrorKind::InvalidState,
        format!(
            "The session {} is {} and the agent has not answered. The message was sent; do not send it again before \
             you have read the session's activities.",
            session.id,
            session.state.name()
        ),
    );
    error.session_id = Some(session.id.to_string());
    error
}
