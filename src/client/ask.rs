//! A message, and the agent's answer to it.

use std::rc::Rc;

use super::Client;
use super::activities::ActivityReader;
use super::partial;
use super::poller::{Listed, Watch};
use crate::core::activity::Activity;
use crate::core::dialogue::WINDOW_MS;
use crate::core::error::{Error, ErrorKind};
use crate::core::poll::{Sight, millis};
use crate::core::reply::{Question, Reply};
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::wait;
use crate::host::Host;

/// How long a session that had already ended may take to be revived by a message, and one that answers by a plan to say
/// something after all.
const REVIVAL_MS: i64 = 60_000;

/// How long at least a reply must stand that another message could still follow.
const SHORTEST_GRACE_MS: i64 = 5_000;

impl<H: Host> Client<H> {
    /// Sends a message and waits for the agent's reply to it, by the service's order of activities (see
    /// [`crate::core::reply`]). No clock of this machine takes part. An error if the session ends first, or stands still:
    /// paused, or with a plan that it has made after the message and that waits for an approval.
    pub async fn ask(&self, id: &str, prompt: &str) -> Result<Activity<H::Json>, Error> {
        let (before, mut reader, mut question) = self.send_question(id, prompt).await?;
        let sent_at = self.poller_now();
        let grace_ms = self.answer_grace_ms();
        let mut likely: Option<Likely> = None;
        let mut stopped = None;
        let mut watch = Watch::activities(self, id).of_one_seen();
        loop {
            // The message was sent; passing trouble is no reason to lose the answer.
            let round = round(&mut watch, &mut reader, &mut question).await;
            let Some(sight) = round.map_err(|error| sent_already(id, error))? else { continue };
            match question.reply() {
                Reply::Sure(reply) => return Ok(reply.clone()),
                Reply::Likely(reply) => {
                    let before = likely.take().filter(|likely| likely.activity == reply.id);
                    let since_ms = before.map_or(self.poller_now(), |likely| likely.since_ms);
                    if sight.at_ms - since_ms >= grace_ms {
                        return Ok(reply.clone());
                    }
                    likely = Some(Likely { activity: reply.id.clone(), since_ms });
                }
                Reply::Missing => likely = None,
            }
            // The state may be ahead of the activities by a moment, so the end counts when it is seen for an interval.
            let may_still_revive = before.state.is_terminal() && self.poller_now() - sent_at < REVIVAL_MS;
            let settles_ms = match sight.state {
                // It is unknown when a message that wakes the session changes its state; answers came after eight minutes
                // (measured by others).
                SessionState::Paused => Some(millis(wait::longest_silence_ms(sight.state, None))),
                SessionState::AwaitingPlanApproval => question.is_followed_by_a_plan().then_some(REVIVAL_MS),
                ended if ended.is_terminal() => Some(self.interval_ms()),
                _ => None,
            };
            // Each by itself: one that stood still may have gone on and ended between two looks.
            let (_, since) =
                stopped.filter(|(state, _)| *state == sight.state).unwrap_or((sight.state, self.poller_now()));
            stopped = settles_ms.map(|_| (sight.state, since));
            let has_settled = settles_ms.is_some_and(|settles_ms| sight.at_ms - since >= settles_ms);
            // Answers may become visible late.
            if has_settled && reader.has_checked() && !may_still_revive {
                return match question.reply() {
                    Reply::Sure(reply) | Reply::Likely(reply) => Ok(reply.clone()),
                    Reply::Missing => Err(unanswered(id, sight.state)),
                };
            }
            if stopped.is_some() && sight.state != SessionState::Paused || likely.is_some() {
                watch.list_again();
            }
        }
    }

    /// Milliseconds within which answers of the agent follow one another.
    fn answer_grace_ms(&self) -> i64 {
        self.interval_ms().saturating_mul(2).max(SHORTEST_GRACE_MS)
    }

    /// Sends the message. Returns the session as it was before, a reader of what comes from then on, and what is known of the
    /// messages before. All in the turn of the message, since the same words sent from elsewhere in between would be taken
    /// for it.
    async fn send_question(
        &self,
        id: &str,
        prompt: &str,
    ) -> Result<(Session<H::Json>, ActivityReader<H>, Question<H::Json>), Error> {
        let _turn = self.message_turn(id, prompt).await?;
        let before = self.get(id).await?;
        let (reader, known) = self.reader_with_the_last(&before, WINDOW_MS, partial::DIALOGUE).await?;
        let sent_from_here = self.answers().borrow().sent_lately(id, self.poller_now());
        self.send_in_turn(id, prompt).await?;
        self.message_sent(id, prompt);
        Ok((before, reader, Question::after(&known, sent_from_here, prompt, self.answer_grace_ms())))
    }
}

/// A message that is the reply unless something else follows.
struct Likely {
    activity: String,
    /// Since when it is, by the poller's clock.
    since_ms: i64,
}

/// Reads what has come when the session has changed, page by page, so that nothing is lost should one of them fail. Returns
/// the poll that it began with; `None`: not all of it could be read, and the next round goes on from there.
async fn round<H: Host>(
    watch: &mut Watch<H>,
    reader: &mut ActivityReader<H>,
    question: &mut Question<H::Json>,
) -> Result<Option<Sight>, Error> {
    let Listed { sight, request, page } = watch.page(reader.check_request(), reader.narrow_request()).await?;
    let mut new = reader.take(&request, Rc::unwrap_or_clone(page));
    let mut found = false;
    loop {
        found |= !new.is_empty();
        question.read(new);
        if matches!(question.reply(), Reply::Sure(_)) {
            return Ok(Some(sight));
        }
        if reader.is_drained() {
            break;
        }
        new = match reader.page().await {
            Ok(new) => new,
            Err(error) => {
                watch.outlive(error)?;
                return Ok(None);
            }
        };
    }
    watch.listed(sight, found, reader.newest());
    Ok(Some(sight))
}

/// Whoever sees an error of reading must know that the message is out.
fn sent_already(id: &str, mut error: Error) -> Error {
    error.message.push_str(" The message was sent; only its answer is missing. Do not send it again.");
    error.session_id = Some(id.to_owned());
    error
}

fn unanswered(id: &str, state: SessionState) -> Error {
    let mut error = Error::new(
        ErrorKind::InvalidState,
        format!(
            "The session {id} is {} and the agent has not answered. The message was sent. Do not send it again before \
             you have read the session's activities.",
            state.name()
        ),
    );
    error.session_id = Some(id.to_owned());
    error
}
