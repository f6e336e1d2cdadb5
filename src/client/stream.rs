//! A session's activities as they come.

use super::Client;
use super::activities::ActivityReader;
use crate::core::cursor::Cursor;
use crate::core::error::Error;
use crate::core::fields::Fields;
use crate::core::ids;
use crate::core::model::{Activity, ActivityType};
use crate::core::options::Limits;
use crate::host::Host;

/// How a stream begins and ends, and what it leaves out.
#[derive(Debug, Clone, Default)]
pub struct StreamOptions {
    /// Begin after this cursor. `None`: with the first activity.
    pub after: Option<Cursor>,
    /// Go on when the session has ended: it may be revived. Default false.
    pub follow: bool,
    /// Milliseconds, from the opening of the stream, after which it gives up. `None`: never by itself.
    pub timeout_ms: Option<u64>,
    /// Leave out the activities of this originator (`user`, `agent`, `system`).
    pub exclude_originator: Option<String>,
}

impl StreamOptions {
    /// Takes a stream's options out of a call's options.
    pub fn take(fields: &mut Fields<'_>) -> Result<Self, Error> {
        let after = match fields.text("after")? {
            None => None,
            Some(text) => Some(Cursor::parse(&text).ok_or_else(|| {
                fields
                    .invalid("after", format!("{} is no cursor; give the `cursor` of an activity", ids::quoted(&text)))
            })?),
        };
        let follow = fields.boolean("follow")?.unwrap_or(false);
        let exclude_originator = match fields.object("exclude", "exclude.")? {
            None => None,
            Some(mut exclude) => {
                let originator = exclude.text("originator")?.map(|originator| originator.to_ascii_lowercase());
                exclude.finish()?;
                originator
            }
        };
        let timeout_ms = fields.number("timeoutMs", 0)?;
        Ok(Self { after, follow, timeout_ms, exclude_originator })
    }
}

/// The activities of a session: those that are there, then those that come, each once, in order. Ends when the session
/// has ended and everything was read.
#[derive(Debug)]
pub struct ActivityStream<H> {
    client: Client<H>,
    session: String,
    options: StreamOptions,
    /// By the local clock.
    opened_at: i64,
    reader: ActivityReader<H>,
    phase: Phase,
    /// Whether the session was seen.
    has_begun: bool,
    /// Whether the newest activity tells of the session's end.
    end_was_told: bool,
    /// Whether a whole round has found nothing new.
    quiet: bool,
    /// Whether the session went on when it was looked at for the last round but this one.
    went_on: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was asked yet.
    Fresh,
    /// In the middle of a round: the session was looked at, pages are being read.
    Reading { session_has_ended: bool },
    /// Between two rounds.
    Waiting,
    /// There is nothing more to come.
    Ended,
}

impl<H: Host> ActivityStream<H> {
    /// A stream of this session's activities. Sends nothing yet.
    pub fn new(client: Client<H>, session: &str, options: StreamOptions) -> Self {
        let reader = ActivityReader::new(client.clone(), session, options.after.clone());
        let session = session.to_owned();
        // Who resumes was there when the session went on, as far as is known: the list may lag behind its end.
        let (end_was_told, quiet, went_on) = (false, false, options.after.is_some());
        let (phase, has_begun, opened_at) = (Phase::Fresh, false, client.host().now());
        Self { client, session, options, opened_at, reader, phase, has_begun, end_was_told, quiet, went_on }
    }

    /// What is left of the stream's time.
    pub fn limits(&self) -> Limits {
        let passed = u64::try_from(self.client.host().now() - self.opened_at).unwrap_or(0);
        Limits { timeout_ms: self.options.timeout_ms.map(|timeout| timeout.saturating_sub(passed)) }
    }

    /// The client that the stream asks through.
    pub fn client(&self) -> &Client<H> {
        &self.client
    }

    /// The next activities, at least one; `None` when there is nothing more to come. Once the session was seen, passing
    /// trouble is waited out. An error leaves the stream where it was: the next call goes on from there.
    pub async fn next(&mut self) -> Result<Option<Vec<Activity>>, Error> {
        loop {
            match self.step().await {
                Ok(Some(activities)) => return Ok(Some(activities)),
                Ok(None) if self.phase == Phase::Ended => return Ok(None),
                Ok(None) => {}
                Err(error) if self.has_begun && error.is_passing() => {
                    self.phase = Phase::Waiting;
                    self.client.outlast(error).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// One request further; gives what it brought, if that is anything.
    async fn step(&mut self) -> Result<Option<Vec<Activity>>, Error> {
        match self.phase {
            Phase::Ended => {}
            Phase::Waiting => {
                self.client.pause().await;
                self.begin_round().await?;
            }
            Phase::Fresh => self.begin_round().await?,
            Phase::Reading { session_has_ended } => {
                let mut activities = self.reader.page().await?;
                self.note(&activities);
                if self.reader.is_drained() {
                    self.end_round(session_has_ended);
                }
                let excluded = self.options.exclude_originator.as_deref();
                activities.retain(|activity| Some(activity.originator.as_str()) != excluded);
                return Ok(Some(activities).filter(|activities| !activities.is_empty()));
            }
        }
        Ok(None)
    }

    /// The session is looked at before its activities are read: if it has ended by then, they are all there to read.
    async fn begin_round(&mut self) -> Result<(), Error> {
        let session_has_ended = self.client.get(&self.session).await?.state.is_terminal();
        self.has_begun = true;
        self.quiet = true;
        self.phase = Phase::Reading { session_has_ended };
        Ok(())
    }

    fn note(&mut self, activities: &[Activity]) {
        if let Some(newest) = activities.last() {
            let ends = [ActivityType::SessionCompleted, ActivityType::SessionFailed];
            self.end_was_told = ends.contains(&newest.activity_type);
            self.quiet = false;
        }
    }

    /// An ended session whose last word is not its end may have one to come, should the list lag behind the state; a
    /// quiet round is waited for then, and not that which first saw the end.
    fn end_round(&mut self, session_has_ended: bool) {
        let is_over = session_has_ended && (self.end_was_told || self.quiet && !self.went_on);
        self.went_on = !session_has_ended;
        self.phase = if is_over && !self.options.follow { Phase::Ended } else { Phase::Waiting };
    }
}
