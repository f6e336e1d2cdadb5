//! Reading on in a session's activities: what is new since the last time, each activity once.

use futures_util::future::LocalBoxFuture;

use super::Client;
use super::lists::PageRequest;
use crate::core::cursor::Cursor;
use crate::core::error::Error;
use crate::core::model::Activity;
use crate::host::Host;

/// A reader of one session's activities, which remembers how far it has come.
#[derive(Debug)]
pub struct ActivityReader<H> {
    client: Client<H>,
    session: String,
    cursor: Cursor,
    /// The page request that goes on where the last page ended; none between two rounds.
    next: Option<PageRequest>,
}

/// The service's maximum: fewer requests for a history.
const PAGE_SIZE: u64 = 100;

impl<H: Host> ActivityReader<H> {
    /// A reader that begins after `cursor`, or at the beginning.
    pub fn new(client: Client<H>, session: &str, cursor: Option<Cursor>) -> Self {
        Self { client, session: session.to_owned(), cursor: cursor.unwrap_or_default(), next: None }
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
        let request = self.next.take().unwrap_or_else(|| PageRequest {
            page_size: Some(PAGE_SIZE),
            page_token: None,
            filter: self.cursor.filter(),
        });
        let page = self.client.activities(&self.session, &request).await?;
        // The filter stays as it was: a token belongs to the query that it came with. One that leads back to its own
        // page would lead there for ever.
        let next_token = page.next_page_token.filter(|token| request.page_token.as_ref() != Some(token));
        self.next = next_token.map(|token| PageRequest { page_token: Some(token), ..request });
        let mut new = Vec::new();
        for mut activity in page.items {
            if let Some(cursor) = self.cursor.admit(&activity) {
                activity.cursor = cursor;
                new.push(activity);
            }
        }
        Ok(new)
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
