//! Asking: a message and the agent's reply.

use std::rc::Rc;

use super::Client;
use super::activities::ActivityReader;
use super::partial;
use super::poller::{ListedPage, Subscription};
use crate::core::activity::Activity;
use crate::core::dialogue::WINDOW_MS;
use crate::core::error::{Error, ErrorKind};
use crate::core::poll::{SessionSnapshot, millis};
use crate::core::reply::{Question, Reply};
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::wait;
use crate::host::Host;

/// How long a message may take to revive a session that had ended, and how long a session may wait for the approval of a plan
/// before the call ends without a reply.
const REVIVAL_MS: i64 = 60_000;

/// The shortest time after which a message counts as the reply although another one could follow.
const SHORTEST_GRACE_MS: i64 = 5_000;

impl<H: Host> Client<H> {
    /// Sends a message and waits for the agent's reply, by the service's order of activities (see [`crate::core::reply`]) and
    /// independent of the local clock. Fails if the session ends first, stays paused, or waits for the approval of a plan that
    /// is newer than the message.
    pub async fn ask(&self, id: &str, prompt: &str) -> Result<Activity<H::Json>, Error> {
        let (before, mut reader, mut question) = self.send_question(id, prompt).await?;
        let sent_at = self.poller_now();
        let grace_ms = self.answer_grace_ms();
        let mut likely: Option<Likely> = None;
        let mut stopped = None;
        let mut subscription = Subscription::activities(self, id).already_seen();
        loop {
            // The message was sent, so transient failures do not end the call.
            let round = round(&mut subscription, &mut reader, &mut question).await;
            let Some(snapshot) = round.map_err(|error| sent_already(id, error))? else { continue };
            match question.reply() {
                Reply::Sure(reply) => return Ok(reply.clone()),
                Reply::Likely(reply) => {
                    let before = likely.take().filter(|likely| likely.activity == reply.id);
                    let since_ms = before.map_or(self.poller_now(), |likely| likely.since_ms);
                    if snapshot.at_ms - since_ms >= grace_ms {
                        return Ok(reply.clone());
                    }
                    likely = Some(Likely { activity: reply.id.clone(), since_ms });
                }
                Reply::Missing => likely = None,
            }
            // The state may be ahead of the activities, so an end counts only after one interval.
            let may_still_revive = before.state.is_terminal() && self.poller_now() - sent_at < REVIVAL_MS;
            let settles_ms = match snapshot.state {
                // It is unknown when a message that resumes the session changes its state; third parties measured replies after
                // eight minutes.
                SessionState::Paused => Some(millis(wait::longest_silence_ms(snapshot.state, None))),
                SessionState::AwaitingPlanApproval => question.is_followed_by_a_plan().then_some(REVIVAL_MS),
                ended if ended.is_terminal() => Some(self.interval_ms()),
                _ => None,
            };
            // Per state: a paused session may have continued and ended between two polls.
            let (_, since) =
                stopped.filter(|(state, _)| *state == snapshot.state).unwrap_or((snapshot.state, self.poller_now()));
            stopped = settles_ms.map(|_| (snapshot.state, since));
            let has_settled = settles_ms.is_some_and(|settles_ms| snapshot.at_ms - since >= settles_ms);
            // Answers may become visible late.
            if has_settled && reader.has_checked() && !may_still_revive {
                return match question.reply() {
                    Reply::Sure(reply) | Reply::Likely(reply) => Ok(reply.clone()),
                    Reply::Missing => Err(unanswered(id, snapshot.state)),
                };
            }
            if stopped.is_some() && snapshot.state != SessionState::Paused || likely.is_some() {
                subscription.check_again();
            }
        }
    }

    /// Milliseconds within which answers of the agent follow one another.
    fn answer_grace_ms(&self) -> i64 {
        self.interval_ms().saturating_mul(2).max(SHORTEST_GRACE_MS)
    }

    /// Sends the message. Returns the session before it, a reader of later activities, and the question with the messages before.
    /// Holds the turn of the message throughout, since an equal message in between would be mistaken for it.
    async fn send_question(
        &self,
        id: &str,
        prompt: &str,
    ) -> Result<(Session<H::Json>, ActivityReader<H>, Question<H::Json>), Error> {
        let _turn = self.message_turn(id, prompt).await?;
        let before = self.get(id).await?;
        let (reader, known) = self.reader_with_recent_activities(&before, WINDOW_MS, partial::DIALOGUE).await?;
        let sent_from_here = self.answers().borrow().sent_lately(id, self.poller_now());
        self.send_in_turn(id, prompt).await?;
        self.message_sent(id, prompt);
        Ok((before, reader, Question::after(&known, sent_from_here, prompt, self.answer_grace_ms())))
    }
}

/// A message that is the reply unless another one follows.
struct Likely {
    activity: String,
    /// Since when, by the poller's clock.
    since_ms: i64,
}

/// Reads new activities after a change of the session, page by page, so that no page is lost if another one fails. Returns the
/// snapshot of the poll before; `None` if not all pages could be read, and the next round continues there.
async fn round<H: Host>(
    subscription: &mut Subscription<H>,
    reader: &mut ActivityReader<H>,
    question: &mut Question<H::Json>,
) -> Result<Option<SessionSnapshot>, Error> {
    let ListedPage { snapshot, request, page } =
        subscription.page(reader.check_request(), reader.narrow_request()).await?;
    let mut new = reader.take(&request, Rc::unwrap_or_clone(page));
    let mut found = false;
    loop {
        found |= !new.is_empty();
        question.read(new);
        if matches!(question.reply(), Reply::Sure(_)) {
            return Ok(Some(snapshot));
        }
        if reader.is_drained() {
            break;
        }
        new = match reader.page().await {
            Ok(new) => new,
            Err(error) => {
                subscription.tolerate(error)?;
                return Ok(None);
            }
        };
    }
    subscription.mark_listed(snapshot, found, reader.newest());
    Ok(Some(snapshot))
}

/// Adds to an error that the message was sent.
fn sent_already(id: &str, mut error: Error) -> Error {
    error.message.push_str(" The message was sent, and only the reply is missing. Do not send it again.");
    error.session_id = Some(id.to_owned());
    error
}

fn unanswered(id: &str, state: SessionState) -> Error {
    let mut error = Error::new(
        ErrorKind::InvalidState,
        format!(
            "The session {id} is {} and the agent has not replied. The message was sent. Do not send it again before \
             you have read the session's activities.",
            state.name()
        ),
    );
    error.session_id = Some(id.to_owned());
    error
}
