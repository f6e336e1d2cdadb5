//! A session's activities as they come.

use std::rc::Rc;

use super::Client;
use super::activities::ActivityReader;
use super::bounded::Bounds;
use super::partial;
use super::poller::{Listed, Watch};
use crate::core::activity::{Activity, ActivityKind};
use crate::core::cursor::Cursor;
use crate::core::error::Error;
use crate::core::options::Limits;
use crate::core::poll::Sight;
use crate::host::Host;
use crate::planted::{Fault, planted};

/// How a stream begins and ends, and what it leaves out.
#[derive(Debug, Clone, Default)]
pub struct StreamOptions {
    /// Begin after this cursor. `None`: with the first activity.
    pub after: Option<Cursor>,
    /// Go on when the session has ended: it may be revived. Default false.
    pub follow: bool,
    /// Milliseconds, from the opening of the stream, after which it gives up. `None`: never by itself.
    pub timeout_ms: Option<u64>,
    /// The time that the caller gave, if a part of it was over when the stream was opened; for words.
    pub whole_ms: Option<u64>,
    /// Leave out the activities of this originator (`user`, `agent`, `system`).
    pub exclude_originator: Option<String>,
    /// Which activities there are: those so far, those to come, or both.
    pub span: Span,
    /// Whether the activities come without their artifacts, which are not downloaded then. Default false.
    pub without_artifacts: bool,
}

/// Which activities a stream gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Span {
    /// Those so far, then those that come.
    #[default]
    All,
    /// Those so far. The stream ends with the last of them.
    SoFar,
    /// Those that come from now on.
    ToCome,
}

impl StreamOptions {
    /// What is asked for of each activity.
    fn fields(&self) -> &'static str {
        if self.without_artifacts { partial::WITHOUT_ARTIFACTS } else { partial::ALL }
    }
}

/// By how much a session may have changed after the activity that tells of its end without having been revived in between, for
/// all that is known: its pull request may come later.
const LATE_CHANGE_MS: i64 = 60_000;

/// The activities of a session: those that are there, then those that come, each once, in order. Ends when the session
/// has ended and everything was read.
#[derive(Debug)]
pub struct ActivityStream<H: Host> {
    client: Client<H>,
    session: String,
    options: StreamOptions,
    /// By the poller's clock.
    opened_at: i64,
    /// By the poller's clock; that of the last round.
    looked_at: Option<i64>,
    /// There from the first request on, until the end.
    watch: Option<Watch<H>>,
    reader: ActivityReader<H>,
    phase: Phase,
    /// Whether the newest activity tells of the session's end.
    end_was_told: bool,
    /// Whether a whole round has found nothing new.
    quiet: bool,
    /// Whether the round began before the last look: it was interrupted.
    is_continued: bool,
    /// Whether the session was seen going on, as far as is known: the list may lag behind its end then.
    went_on: bool,
    /// When it was first seen to have ended since.
    ended_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was asked yet.
    Fresh,
    /// In the middle of a round, which began with this look at the session: pages are being read.
    Reading(Sight),
    /// Between two rounds.
    Waiting,
    /// There is nothing more to come.
    Ended,
}

impl<H: Host> ActivityStream<H> {
    /// A stream of this session's activities. Sends nothing yet.
    pub fn new(client: Client<H>, session: &str, options: StreamOptions) -> Self {
        let fields = options.fields();
        let reader = ActivityReader::new(client.clone(), session, options.after.clone()).reading(fields);
        let session = session.to_owned();
        // Who resumes was there when the session went on.
        let (end_was_told, quiet, is_continued, went_on) = (false, false, false, options.after.is_some());
        let (phase, looked_at, watch, opened_at) = (Phase::Fresh, None, None, client.poller_now());
        Self {
            client,
            session,
            options,
            opened_at,
            looked_at,
            watch,
            reader,
            phase,
            end_was_told,
            quiet,
            is_continued,
            went_on,
            ended_at: None,
        }
    }

    /// What bounds the next step: what is left of the stream's time.
    pub fn bounds(&self) -> Bounds {
        let passed = u64::try_from(self.client.poller_now() - self.opened_at).unwrap_or(0);
        let Self { options: StreamOptions { timeout_ms, whole_ms, .. }, .. } = self;
        let limits = Limits { timeout_ms: timeout_ms.map(|timeout| timeout.saturating_sub(passed)) };
        Bounds { limits, whole_ms: whole_ms.or(*timeout_ms), ..Bounds::default() }
    }

    /// The client that the stream asks through.
    pub fn client(&self) -> &Client<H> {
        &self.client
    }

    /// When, by the poller's clock, the session was looked at last before its activities were read; `None`: not yet.
    pub fn looked_at_ms(&self) -> Option<i64> {
        self.looked_at
    }

    /// The next activities, at least one; `None` when there is nothing more to come. Once the session was seen, passing
    /// trouble is waited out. An error leaves the stream where it was: the next call goes on from there.
    pub async fn next(&mut self) -> Result<Option<Vec<Activity<H::Json>>>, Error> {
        while self.phase != Phase::Ended {
            let mut activities = self.step().await?;
            let excluded = self.options.exclude_originator.as_deref();
            activities.retain(|activity| Some(activity.originator.as_str()) != excluded);
            if !activities.is_empty() {
                return Ok(Some(activities));
            }
        }
        Ok(None)
    }

    /// One page further.
    async fn step(&mut self) -> Result<Vec<Activity<H::Json>>, Error> {
        if self.phase == Phase::Fresh {
            self.begin().await?;
        }
        let activities = match self.phase {
            Phase::Reading(_) => match self.reader.page().await {
                Ok(activities) => activities,
                Err(error) => {
                    let Some(watch) = &self.watch else { return Err(error) };
                    watch.outlive(error)?;
                    self.phase = Phase::Waiting;
                    return Ok(Vec::new());
                }
            },
            _ => self.first_page().await?,
        };
        if let Some(newest) = activities.last() {
            let ends = [ActivityKind::SessionCompleted, ActivityKind::SessionFailed];
            self.end_was_told = ends.contains(&newest.kind);
            self.quiet = false;
        }
        // One that a look has seen the session go on after is an end of before, whenever it was read: it was revived since. Of a
        // session that has ended again the list may lag behind that.
        let has_gone_on = |sight: Sight| {
            let later_ms = if sight.state.is_terminal() { LATE_CHANGE_MS } else { 0 };
            self.reader.newest().map(|newest| newest.plus_millis(later_ms)) <= sight.update_time
        };
        // Not every look that shows so is followed by a list.
        let went_on = self.watch.as_ref().and_then(Watch::went_on);
        let looks = if let Phase::Reading(sight) = self.phase { Some(sight) } else { None }.into_iter().chain(went_on);
        self.end_was_told &= !looks.into_iter().any(has_gone_on);
        if self.reader.is_drained() {
            self.end_round();
        }
        Ok(activities)
    }

    async fn begin(&mut self) -> Result<(), Error> {
        if self.options.span == Span::ToCome {
            let session = self.client.get(&self.session).await?;
            self.reader = self.client.reader_of_what_comes(&session).await?.reading(self.options.fields());
            self.went_on = true;
            self.watch = Some(Watch::activities(&self.client, &self.session).of_one_seen());
        }
        self.phase = Phase::Waiting;
        Ok(())
    }

    /// The first page of a round. The session is looked at before its activities are read: if it has ended by then, they
    /// are all there to read.
    async fn first_page(&mut self) -> Result<Vec<Activity<H::Json>>, Error> {
        let (request, narrow) = (self.reader.check_request(), self.reader.narrow_request());
        let watch = self.watch.get_or_insert_with(|| Watch::activities(&self.client, &self.session));
        let Listed { sight, request, page } = watch.page(request, narrow).await?;
        self.phase = Phase::Reading(sight);
        self.looked_at = Some(sight.at_ms);
        self.quiet = true;
        self.is_continued = !self.reader.is_drained();
        Ok(self.reader.take(&request, Rc::unwrap_or_clone(page)))
    }

    /// An ended session whose last word is not its end may have one to come, should the list lag behind the state. So
    /// the end counts when a round has found nothing new that began an interval after the end was seen.
    fn end_round(&mut self) {
        let Phase::Reading(sight) = self.phase else { return };
        let has_ended = sight.state.is_terminal();
        // What the list has shown last of a session that goes on, or went on, need not be all.
        self.went_on |= !has_ended || !self.quiet;
        // The look may have taken long: what counts is when its answer was there.
        let since = *self.ended_at.get_or_insert(self.client.poller_now());
        if !has_ended {
            self.ended_at = None;
        }
        let has_settled =
            !self.went_on || planted(Fault::CloseRounds) || sight.at_ms - since >= self.client.interval_ms();
        let may_revive = self.client.settles_at(&self.session, sight.state).is_some();
        let is_known = self.end_was_told || self.quiet && has_settled || planted(Fault::EarlyEnd);
        // Where activities have come late, the last may as well.
        let has_checked = self.reader.has_checked() && !self.is_continued;
        let is_complete = planted(Fault::NoLastCheck)
            || has_checked && (!self.reader.has_come_late() || sight.at_ms - since >= LATE_CHANGE_MS);
        let is_over = !may_revive && has_ended && is_known && is_complete;
        self.phase = Phase::Waiting;
        if self.options.span == Span::SoFar || is_over && !self.options.follow {
            self.phase = Phase::Ended;
            self.watch = None;
        } else if let Some(watch) = &self.watch {
            watch.listed(sight, !self.quiet, self.reader.newest());
            if has_ended && !is_over {
                watch.list_again();
            }
        }
    }
}
