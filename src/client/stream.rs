//! Streams of activities.

use std::rc::Rc;

use super::Client;
use super::activities::ActivityReader;
use super::bounded::Bounds;
use super::partial;
use super::poller::{ListedPage, Subscription};
use crate::core::activity::{Activity, ActivityKind};
use crate::core::cursor::Cursor;
use crate::core::error::Error;
use crate::core::poll::SessionSnapshot;
use crate::core::time::Timestamp;
use crate::host::Host;
use crate::planted::{Fault, planted};

/// The options of a stream.
#[derive(Debug, Clone, Default)]
pub struct StreamOptions {
    /// Start after this cursor. `None`: with the first activity.
    pub after: Option<Cursor>,
    /// Whether to continue after the session has ended, since it may be revived. Default false.
    pub follow: bool,
    /// Milliseconds from the opening of the stream after which it times out. `None`: no timeout.
    pub timeout_ms: Option<u64>,
    /// The caller's whole timeout if a part of it was over when the stream was opened, for messages.
    pub whole_ms: Option<u64>,
    /// Leave out the activities of this originator (`user`, `agent`, `system`).
    pub exclude_originator: Option<String>,
    /// Which activities it yields: existing ones, new ones, or both.
    pub span: Span,
    /// Whether the artifacts of the activities are not downloaded. Default false.
    pub without_artifacts: bool,
}

/// Which activities a stream yields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Span {
    /// Existing ones, then new ones.
    #[default]
    All,
    /// Existing ones only.
    SoFar,
    /// New ones only.
    ToCome,
}

impl StreamOptions {
    /// The field mask of the requests.
    fn fields(&self) -> &'static str {
        if self.without_artifacts { partial::WITHOUT_ARTIFACTS } else { partial::ALL }
    }
}

/// How much later than its last activity an ended session may have changed without having been revived in between: its pull
/// request may be added later.
const LATE_CHANGE_MS: i64 = 60_000;

/// A stream of the activities of a session: existing ones, then new ones, each exactly once. Ends when the session has ended and
/// everything was read.
#[derive(Debug)]
pub struct ActivityStream<H: Host> {
    client: Client<H>,
    session: String,
    options: StreamOptions,
    /// By the poller's clock.
    opened_at: i64,
    /// When the poll before the last round started, by the poller's clock.
    polled_at: Option<i64>,
    /// `Some` from the first request to the end.
    subscription: Option<Subscription<H>>,
    reader: ActivityReader<H>,
    phase: Phase,
    /// Whether the newest activity is an end of the session.
    shows_end: bool,
    /// Whether a complete round has found nothing new.
    quiet: bool,
    /// Whether the round was interrupted and began before the last poll.
    is_continued: bool,
    /// Whether the session was seen running, so that the list may lag behind its end.
    last_running: bool,
    /// Its end.
    ended: Option<End>,
}

/// The end of a session as polls have shown it.
#[derive(Debug, Clone, Copy)]
struct End {
    update_time: Option<Timestamp>,
    /// When it was first shown with this `updateTime`.
    since: i64,
    /// When it was first shown. Bounds the wait where every poll shows another `updateTime`.
    first_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was requested yet.
    Fresh,
    /// During a round of pages, which started after the poll of this snapshot.
    Reading(SessionSnapshot),
    /// Between two rounds.
    Waiting,
    /// The stream has ended.
    Ended,
}

impl<H: Host> ActivityStream<H> {
    /// Creates a stream. Sends nothing.
    pub fn new(client: Client<H>, session: &str, options: StreamOptions) -> Self {
        let fields = options.fields();
        let reader = ActivityReader::new(client.clone(), session, options.after.clone()).reading(fields);
        let session = session.to_owned();
        // A caller that resumes has seen the session running.
        let (shows_end, quiet, is_continued, last_running) = (false, false, false, options.after.is_some());
        let (phase, polled_at, subscription, opened_at) = (Phase::Fresh, None, None, client.poller_now());
        Self {
            client,
            session,
            options,
            opened_at,
            polled_at,
            subscription,
            reader,
            phase,
            shows_end,
            quiet,
            is_continued,
            last_running,
            ended: None,
        }
    }

    /// The bounds of the next step: the remaining time of the stream.
    pub fn bounds(&self) -> Bounds {
        let StreamOptions { timeout_ms, whole_ms, .. } = self.options;
        let remaining = Bounds::remaining(timeout_ms, whole_ms, self.client.poller_now() - self.opened_at);
        Bounds { session: Some(self.session.clone()), ..remaining }
    }

    /// The client of the stream.
    pub fn client(&self) -> &Client<H> {
        &self.client
    }

    /// When the poll before the last round started, by the poller's clock; `None` before the first.
    pub fn polled_at_ms(&self) -> Option<i64> {
        self.polled_at
    }

    /// The next activities, at least one; `None` at the end. Continues through transient failures once the session was seen. After
    /// an error the stream keeps its position.
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

    /// Reads one page.
    async fn step(&mut self) -> Result<Vec<Activity<H::Json>>, Error> {
        if self.phase == Phase::Fresh {
            self.begin().await?;
        }
        let activities = match self.phase {
            Phase::Reading(_) => match self.reader.page().await {
                Ok(activities) => activities,
                Err(error) => {
                    let Some(subscription) = &self.subscription else { return Err(error) };
                    subscription.tolerate(error)?;
                    self.phase = Phase::Waiting;
                    return Ok(Vec::new());
                }
            },
            _ => self.first_page().await?,
        };
        if let Some(newest) = activities.last() {
            let ends = [ActivityKind::SessionCompleted, ActivityKind::SessionFailed];
            self.shows_end = ends.contains(&newest.kind);
            self.quiet = false;
        }
        // If a poll has shown the session running after this activity, it is an earlier end, and the session was revived. If it has
        // ended again, the list may lag behind that.
        let has_gone_on = |snapshot: SessionSnapshot| {
            let later_ms = if snapshot.state.is_terminal() { LATE_CHANGE_MS } else { 0 };
            self.reader.newest().map(|newest| newest.plus_millis(later_ms)) <= snapshot.update_time
        };
        // Not every such poll is followed by a list.
        let last_running = self.subscription.as_ref().and_then(Subscription::last_running);
        let polls = if let Phase::Reading(snapshot) = self.phase { Some(snapshot) } else { None }
            .into_iter()
            .chain(last_running);
        self.shows_end &= !polls.into_iter().any(has_gone_on);
        if self.reader.is_drained() {
            self.end_round();
        }
        Ok(activities)
    }

    async fn begin(&mut self) -> Result<(), Error> {
        if self.options.span == Span::ToCome {
            let session = self.client.get(&self.session).await?;
            self.reader = self.client.reader_of_new_activities(&session).await?.reading(self.options.fields());
            self.last_running = true;
            self.subscription = Some(Subscription::activities(&self.client, &self.session).already_seen());
        }
        self.phase = Phase::Waiting;
        Ok(())
    }

    /// The first page of a round. The session is polled before its activities are read: if it has ended, all of them exist by then.
    async fn first_page(&mut self) -> Result<Vec<Activity<H::Json>>, Error> {
        let (request, narrow) = (self.reader.check_request(), self.reader.narrow_request());
        let subscription =
            self.subscription.get_or_insert_with(|| Subscription::activities(&self.client, &self.session));
        let ListedPage { snapshot, request, page } = subscription.page(request, narrow).await?;
        self.phase = Phase::Reading(snapshot);
        self.polled_at = Some(snapshot.at_ms);
        self.quiet = true;
        self.is_continued = !self.reader.is_drained();
        Ok(self.reader.take(&request, Rc::unwrap_or_clone(page)))
    }

    /// If the last activity of an ended session is not its end, the list may lag behind the state. Then the end counts when a round
    /// that began an interval after the end was seen has found nothing new.
    fn end_round(&mut self) {
        let Phase::Reading(snapshot) = self.phase else { return };
        let has_ended = snapshot.state.is_terminal();
        // The list of a session that is or was running may be incomplete.
        self.last_running |= !has_ended || !self.quiet;
        // If it has changed since, it may have been revived and have ended again. The time of the response counts, since the poll
        // may have taken long.
        let now = self.client.poller_now();
        let first_at = self.ended.map_or(now, |ended| ended.first_at);
        let same_end = self.ended.filter(|ended| ended.update_time == snapshot.update_time);
        let since = same_end.map_or(now, |ended| ended.since);
        self.ended = has_ended.then_some(End { update_time: snapshot.update_time, since, first_at });
        let has_settled = !self.last_running
            || planted(Fault::CloseRounds)
            || snapshot.at_ms - since >= self.client.interval_ms()
            || snapshot.at_ms - first_at >= LATE_CHANGE_MS;
        let may_revive = self.client.settles_at(&self.session, snapshot.state).is_some();
        let is_known = self.shows_end || self.quiet && has_settled || planted(Fault::EarlyEnd);
        // If activities have become visible late, the last one may too.
        let has_checked = self.reader.has_checked() && !self.is_continued;
        let is_complete = has_checked && (!self.reader.has_come_late() || snapshot.at_ms - since >= LATE_CHANGE_MS);
        let is_over = !may_revive && has_ended && is_known && is_complete;
        self.phase = Phase::Waiting;
        if self.options.span == Span::SoFar || is_over && !self.options.follow {
            self.phase = Phase::Ended;
            self.subscription = None;
        } else if let Some(subscription) = &self.subscription {
            subscription.mark_listed(snapshot, !self.quiet, self.reader.newest());
            if has_ended && !is_over {
                subscription.check_again();
            }
        }
    }
}
