//! A message, and the agent's answer to it.

use std::rc::Rc;

use super::Client;
use super::activities::ActivityReader;
use super::poller::{Listed, Watch};
use crate::core::error::{Error, ErrorKind};
use crate::core::model::{Activity, ActivityType, Session};
use crate::core::poll::{Sight, millis};
use crate::core::state::SessionState;
use crate::core::text;
use crate::core::wait;
use crate::host::Host;

/// How long a session that had already ended may take to be revived by a message, and one that answers by a plan to say
/// something after all.
const REVIVAL_MS: i64 = 60_000;

impl<H: Host> Client<H> {
    /// Sends a message and waits for the first message of the agent after it, by the service's order of activities. No
    /// clock of this machine takes part. An error if the session ends first, or stands still: paused, or with a plan that it
    /// has made after the message and that waits for an approval.
    pub async fn ask(&self, id: &str, prompt: &str) -> Result<Activity, Error> {
        let (before, mut reader) = self.send_from_here(id, prompt).await?;
        let sent_at = self.poller_now();
        let mut answer = Answer::new(prompt, self.interval_ms());
        let mut stopped = None;
        let mut watch = Watch::activities(self, id).of_one_seen();
        loop {
            // The message was sent; passing trouble is no reason to lose the answer.
            let round = round(&mut watch, &mut reader, &mut answer).await;
            let sight = match round.map_err(|error| sent_already(id, error))? {
                Round::Answered(reply) => return Ok(*reply),
                Round::Over(sight) => sight,
                Round::Interrupted => continue,
            };
            // The state may be ahead of the activities by a moment, so the end counts when it is seen for an interval.
            let may_still_revive = before.state.is_terminal() && self.poller_now() - sent_at < REVIVAL_MS;
            let settles_ms = match sight.state {
                // It is unknown when a message that wakes the session changes its state; answers came after eight minutes
                // (measured by others).
                SessionState::Paused => Some(millis(wait::longest_silence_ms(sight.state, None))),
                SessionState::AwaitingPlanApproval => answer.has_plan.then_some(REVIVAL_MS),
                ended if ended.is_terminal() => Some(self.interval_ms()),
                _ => None,
            };
            // Each by itself: one that stood still may have gone on and ended between two looks.
            let (_, since) =
                stopped.filter(|(state, _)| *state == sight.state).unwrap_or((sight.state, self.poller_now()));
            stopped = settles_ms.map(|_| (sight.state, since));
            if settles_ms.is_some_and(|settles_ms| sight.at_ms - since >= settles_ms) && !may_still_revive {
                return Err(unanswered(id, sight.state));
            }
            if stopped.is_some() && sight.state != SessionState::Paused || answer.stray.is_some() {
                watch.list_again();
            }
        }
    }

    /// Sends the message. Gives the session as it was before, and a reader of what comes from then on: in the turn of the
    /// message, since the same words sent from elsewhere in between would be taken for it.
    async fn send_from_here(&self, id: &str, prompt: &str) -> Result<(Session, ActivityReader<H>), Error> {
        let _turn = self.message_turn(id, prompt).await?;
        let before = self.get(id).await?;
        let reader = self.reader_of_what_comes(&before).await?;
        self.send_in_turn(id, prompt).await?;
        self.message_sent(id);
        Ok((before, reader))
    }
}

/// Reads what has come when the session has changed, page by page, so that nothing is lost should one of them fail.
async fn round<H: Host>(
    watch: &mut Watch<H>,
    reader: &mut ActivityReader<H>,
    answer: &mut Answer<'_>,
) -> Result<Round, Error> {
    let Listed { sight, request, page } = watch.page(reader.request(), None).await?;
    let mut new = reader.take(&request, Rc::unwrap_or_clone(page));
    let mut found = false;
    loop {
        found |= !new.is_empty();
        if let Some(reply) = new.into_iter().find_map(|activity| answer.read(activity)) {
            return Ok(Round::Answered(Box::new(reply)));
        }
        if reader.is_drained() {
            break;
        }
        new = match reader.page().await {
            Ok(new) => new,
            Err(error) => {
                watch.outlive(error)?;
                return Ok(Round::Interrupted);
            }
        };
    }
    watch.listed(sight, found, reader.newest());
    let now = watch.now();
    Ok(answer.end_of_round(sight.at_ms, now).map_or(Round::Over(sight), |reply| Round::Answered(Box::new(reply))))
}

/// What one round has brought.
enum Round {
    Answered(Box<Activity>),
    Over(Sight),
    /// Not all of it could be read; the next goes on from there.
    Interrupted,
}

/// Finds the answer among the activities after the question.
struct Answer<'a> {
    /// Known again by its words: what the service makes of the blanks between them is unknown.
    prompt: &'a str,
    asked: bool,
    /// Whether the agent has made a plan since.
    has_plan: bool,
    /// An agent's message that came while our own was not to be seen, and the time of the look that first showed it.
    stray: Option<(Activity, Option<i64>)>,
    /// Milliseconds for which it must stand.
    interval_ms: i64,
}

impl<'a> Answer<'a> {
    fn new(prompt: &'a str, interval_ms: i64) -> Self {
        Self { prompt, asked: false, has_plan: false, stray: None, interval_ms }
    }

    fn read(&mut self, activity: Activity) -> Option<Activity> {
        match activity.activity_type {
            ActivityType::UserMessaged
                if activity.message.as_deref().is_some_and(|message| text::has_same_words(message, self.prompt)) =>
            {
                self.asked = true;
                self.stray = None;
            }
            ActivityType::PlanGenerated => self.has_plan |= self.asked,
            ActivityType::AgentMessaged if self.asked => return Some(activity),
            ActivityType::AgentMessaged if self.stray.is_none() => self.stray = Some((activity, None)),
            _ => {}
        }
        None
    }

    /// The service is documented to list our own message, in the words that were sent. Should it not, the first
    /// message of the agent that was new after the sending is the answer, once rounds for an interval have not shown
    /// ours.
    fn end_of_round(&mut self, at_ms: i64, now: i64) -> Option<Activity> {
        let (_, seen_at) = self.stray.as_mut()?;
        if at_ms - *seen_at.get_or_insert(now) < self.interval_ms {
            return None;
        }
        self.stray.take().map(|(activity, _)| activity)
    }
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
            "The session {id} is {} and the agent has not answered. The message was sent; do not send it again before \
             you have read the session's activities.",
            state.name()
        ),
    );
    error.session_id = Some(id.to_owned());
    error
}
