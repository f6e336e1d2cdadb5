//! Reading the activities of a session incrementally, each exactly once.

use futures_util::future::LocalBoxFuture;

use super::Client;
use super::lists::PageRequest;
use super::partial;
use crate::core::activity::{Activity, ActivityKind};
use crate::core::cursor::{self, Cursor};
use crate::core::error::Error;
use crate::core::page::Page;
use crate::core::session::Session;
use crate::core::time::Timestamp;
use crate::host::Host;
use crate::planted::{Fault, planted};

/// A reader of the activities of a session, with its position. It reads in rounds of pages: either activities newer than the
/// newest known, or all after the floor of its cursor, which finds late ones.
#[derive(Debug)]
pub struct ActivityReader<H: Host> {
    client: Client<H>,
    session: String,
    cursor: Cursor,
    /// The request for the next page of the round; `None` between two rounds.
    next: Option<PageRequest>,
    /// Whether the round reads everything after the floor.
    is_wide: bool,
    /// The time of the newest known activity when the round began.
    newest_before: Option<Timestamp>,
    /// Whether an activity has ever become visible after a newer one.
    has_come_late: bool,
    /// Activities of which the round knows only the ids, and which it has to request.
    missing: Vec<(Option<Timestamp>, String)>,
    /// The field mask of the requests.
    fields: &'static str,
}

impl<H: Host> ActivityReader<H> {
    /// A reader that starts after `cursor`, or with the first activity.
    pub fn new(client: Client<H>, session: &str, cursor: Option<Cursor>) -> Self {
        let (session, cursor) = (session.to_owned(), cursor.unwrap_or_default());
        Self {
            client,
            session,
            cursor,
            next: None,
            is_wide: false,
            newest_before: None,
            has_come_late: false,
            missing: Vec::new(),
            fields: partial::ALL,
        }
    }

    /// The same reader with another field mask.
    pub(super) fn reading(self, fields: &'static str) -> Self {
        Self { fields, ..self }
    }

    /// The cursor after the activities read; `None` if there are none.
    pub fn cursor(&self) -> Option<String> {
        (!self.cursor.is_empty()).then(|| self.cursor.to_string())
    }

    /// Reads the next page. A page may contain nothing new although its round continues.
    pub fn page(&mut self) -> LocalBoxFuture<'_, Result<Vec<Activity<H::Json>>, Error>> {
        Box::pin(self.read_page(self.request()))
    }

    async fn read_page(&mut self, request: PageRequest) -> Result<Vec<Activity<H::Json>>, Error> {
        // The position changes only after the response, so that an interrupted call requests the same page again.
        let page = self.client.activities(&self.session, &request).await?;
        Ok(self.take(&request, page))
    }

    /// The request for the next page, or for the first page from the newest known on.
    pub(super) fn request(&self) -> PageRequest {
        self.next.clone().unwrap_or_else(|| self.first(self.cursor.onward_filter(), self.fields))
    }

    /// The request for the first page after the newest known; `None` during a round, and if nothing is known.
    pub(super) fn narrow_request(&self) -> Option<PageRequest> {
        let filter = self.cursor.narrow_filter().filter(|_| self.next.is_none())?;
        Some(self.first(Some(filter), self.fields))
    }

    /// The request for the next page, or for the first page of everything after the floor: ids only, since most are known.
    pub(super) fn check_request(&self) -> PageRequest {
        let fields = if self.cursor.is_empty() { self.fields } else { partial::IDS };
        let filter = if planted(Fault::LateActivityLost) { self.cursor.narrow_filter() } else { self.cursor.filter() };
        self.next.clone().unwrap_or_else(|| self.first(filter, fields))
    }

    fn first(&self, filter: Option<String>, fields: &'static str) -> PageRequest {
        PageRequest { filter, fields: Some(fields), ..PageRequest::of_full_pages() }
    }

    /// Processes the page of `request`. Returns its new activities, sorted by time.
    pub(super) fn take(&mut self, request: &PageRequest, page: Page<Activity<H::Json>>) -> Vec<Activity<H::Json>> {
        if self.next.is_none() {
            self.is_wide = request.filter == self.cursor.filter();
            self.missing.clear();
            self.newest_before = self.cursor.newest();
        }
        let ends = planted(Fault::EmptyPageEnds) && page.items.is_empty();
        self.next = request.next(&page).filter(|_| !ends);
        let by_ids = request.fields == Some(partial::IDS);
        let mut new = Vec::new();
        for (time, mut activity) in in_order(page.items) {
            // A service without field masks sends the whole activity.
            if by_ids && activity.kind == ActivityKind::Bare {
                if !self.cursor.covers(time, &activity.id) {
                    self.missing.push((time, activity.id));
                }
            } else if self.cursor.admit(time, &activity.id) {
                self.has_come_late |= time.is_some() && time < self.newest_before;
                activity.cursor = Some(self.cursor.after(time));
                new.push(activity);
            }
        }
        if by_ids {
            self.fetch_missing();
        }
        let has_all = || self.missing.iter().all(|(time, id)| id.is_empty() || self.cursor.covers(*time, id));
        if self.next.is_none() && self.is_wide && has_all() {
            self.cursor.settle();
        }
        new
    }

    /// Continues the round with the missing activities once the oldest of them is known. If one is newer than all known ones,
    /// everything after it is missing too.
    fn fetch_missing(&mut self) {
        let is_new = |(time, _): &(Option<Timestamp>, String)| *time > self.newest_before;
        if self.missing.is_empty() || self.next.is_some() && !self.missing.iter().any(is_new) {
            return;
        }
        let oldest = self.missing.iter().map(|(time, _)| *time).min().flatten();
        let filter = oldest.map(cursor::not_older_than).or_else(|| self.cursor.filter());
        self.next = Some(self.first(filter, self.fields));
    }

    /// The time of the newest activity read.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.cursor.newest()
    }

    /// Whether the last page read was the last of its round.
    pub fn is_drained(&self) -> bool {
        self.next.is_none()
    }

    /// Whether the last round has read everything after the floor.
    pub(super) fn has_checked(&self) -> bool {
        self.is_drained() && self.is_wide
    }

    /// Whether an activity has become visible after a newer one since this reader began.
    pub(super) fn has_come_late(&self) -> bool {
        self.has_come_late
    }

    /// Reads all new activities, including late ones, sorted by time.
    pub async fn drain(&mut self) -> Result<Vec<Activity<H::Json>>, Error> {
        let mut all = self.read_page(self.check_request()).await?;
        while !self.is_drained() {
            all.append(&mut self.page().await?);
        }
        Ok(in_order(all).into_iter().map(|(_, activity)| activity).collect())
    }
}

/// The activities with their times, oldest first. One without a time stays after its predecessor.
fn in_order<J>(activities: Vec<Activity<J>>) -> Vec<(Option<Timestamp>, Activity<J>)> {
    let mut before = None;
    let mut placed: Vec<_> = activities
        .into_iter()
        .map(|activity| {
            let time = activity.create_time;
            before = time.or(before);
            (before, time, activity)
        })
        .collect();
    if planted(Fault::TextTimes) {
        placed.sort_by_cached_key(|(place, ..)| place.map(|time| time.to_string()));
    } else {
        placed.sort_by_cached_key(|(place, ..)| *place);
    }
    placed.into_iter().map(|(_, time, activity)| (time, activity)).collect()
}

/// How far before the session's `updateTime` reading begins: far enough that late activities are recognised as older.
const MARGIN_MS: i64 = 60_000;

impl<H: Host> Client<H> {
    /// A reader that has read all existing activities of a session that was just polled, and returns only new ones. Independent of
    /// the local clock.
    pub(super) async fn reader_of_new_activities(
        &self,
        session: &Session<H::Json>,
    ) -> Result<ActivityReader<H>, Error> {
        Ok(self.reader_with_recent_activities(session, MARGIN_MS, partial::POSITIONS).await?.0)
    }

    /// The same, with the activities that it has read: these `fields`, from `span_ms` before the session's `updateTime` on.
    pub(super) async fn reader_with_recent_activities(
        &self,
        session: &Session<H::Json>,
        span_ms: i64,
        fields: &'static str,
    ) -> Result<(ActivityReader<H>, Vec<Activity<H::Json>>), Error> {
        let start = session.update_time.map(|time| Cursor::starting_at(time.plus_millis(-span_ms)));
        let mut reader = ActivityReader::new(self.clone(), &session.id, start).reading(fields);
        let known = reader.drain().await?;
        Ok((reader.reading(partial::ALL), known))
    }
}
