//! Reading on in a session's activities: what is new since the last time, each activity once.

use futures_util::future::LocalBoxFuture;

use super::Client;
use super::lists::PageRequest;
use super::partial;
use crate::core::cursor::Cursor;
use crate::core::error::Error;
use crate::core::model::{Activity, Page, Session};
use crate::core::time::Timestamp;
use crate::host::Host;

/// A reader of one session's activities, which remembers how far it has come.
#[derive(Debug)]
pub struct ActivityReader<H> {
    client: Client<H>,
    session: String,
    cursor: Cursor,
    /// The page request that goes on where the last page ended; none between two rounds.
    next: Option<PageRequest>,
    /// What is asked for of each activity, as a mask.
    fields: &'static str,
}

/// The service's maximum: fewer requests for a history.
const PAGE_SIZE: u64 = 100;

impl<H: Host> ActivityReader<H> {
    /// A reader that begins after `cursor`, or at the beginning.
    pub fn new(client: Client<H>, session: &str, cursor: Option<Cursor>) -> Self {
        let (session, cursor) = (session.to_owned(), cursor.unwrap_or_default());
        Self { client, session, cursor, next: None, fields: partial::ALL }
    }

    /// The same, of which only these fields are asked for.
    pub(super) fn reading(self, fields: &'static str) -> Self {
        Self { fields, ..self }
    }

    /// The cursor after what was read; `None` if that is nothing.
    pub fn cursor(&self) -> Option<String> {
        Some(self.cursor.to_string()).filter(|text| Cursor::parse(text).is_some())
    }

    /// Reads the next page of what is new. A page may hold nothing new and yet not be the last of its round.
    pub fn page(&mut self) -> LocalBoxFuture<'_, Result<Vec<Activity>, Error>> {
        Box::pin(self.read_page())
    }

    async fn read_page(&mut self) -> Result<Vec<Activity>, Error> {
        // Taken only when the page is there: who is interrupted asks for the same page again.
        let request = self.request();
        let page = self.client.activities(&self.session, &request).await?;
        Ok(self.take(&request, page))
    }

    /// The request for the next page, or for the first of a new round.
    pub(super) fn request(&self) -> PageRequest {
        self.next.clone().unwrap_or_else(|| PageRequest {
            page_size: Some(PAGE_SIZE),
            filter: self.cursor.filter(),
            fields: Some(self.fields),
            ..PageRequest::default()
        })
    }

    /// The same for the first page of a new round, without what is known of the last instant; `None` if there may be more
    /// of that.
    pub(super) fn narrow_request(&self) -> Option<PageRequest> {
        let filter = self.cursor.narrow_filter().filter(|_| self.next.is_none())?;
        Some(PageRequest { filter: Some(filter), ..self.request() })
    }

    /// Takes in the page that `request` has brought, and gives what is new of it.
    pub(super) fn take(&mut self, request: &PageRequest, page: Page<Activity>) -> Vec<Activity> {
        self.next = request.next(page.next_page_token);
        let mut new = Vec::new();
        for mut activity in page.items {
            if let Some(cursor) = self.cursor.admit(&activity) {
                activity.cursor = cursor;
                new.push(activity);
            }
        }
        new
    }

    /// The time of the newest activity that was read.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.cursor.watermark()
    }

    /// Whether the last page read was the last of its round.
    pub fn is_drained(&self) -> bool {
        self.next.is_none()
    }

    /// Reads everything that is new.
    pub async fn drain(&mut self) -> Result<Vec<Activity>, Error> {
        let mut all = self.page().await?;
        while !self.is_drained() {
            all.append(&mut self.page().await?);
        }
        Ok(all)
    }
}

/// How far before the session's last change, by the service's clock, reading begins: far enough that whatever the
/// service still had under way is known as older than what comes.
const MARGIN_MS: i64 = 60_000;

impl<H: Host> Client<H> {
    /// A reader that has read everything that there is of a session which was just looked at, and so gives what comes. No
    /// clock of this machine takes part.
    pub(super) async fn reader_of_what_comes(&self, session: &Session) -> Result<ActivityReader<H>, Error> {
        let start =
            Timestamp::parse(&session.update_time).map(|time| Cursor::starting_at(time.plus_millis(-MARGIN_MS)));
        let mut reader = ActivityReader::new(self.clone(), &session.id, start).reading(partial::POSITIONS);
        reader.drain().await?;
        Ok(reader.reading(partial::ALL))
    }
}
