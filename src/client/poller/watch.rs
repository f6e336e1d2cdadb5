//! Somebody who watches a session.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::parts::{Listed, Look, News};
use super::slab::Key;
use crate::client::Client;
use crate::client::lists::PageRequest;
use crate::core::error::Error;
use crate::core::poll::Sight;
use crate::core::time::Timestamp;
use crate::host::Host;

/// A watch over one session, until it is dropped. Nothing is asked for while nobody awaits one of its futures.
#[derive(Debug)]
pub(in crate::client) struct Watch<H: Host> {
    client: Client<H>,
    key: Key,
}

impl<H: Host> Watch<H> {
    /// Watches the session itself.
    pub(in crate::client) fn session(client: &Client<H>, id: &str) -> Self {
        Self::new(client, id, false)
    }

    /// Watches the session's activities.
    pub(in crate::client) fn activities(client: &Client<H>, id: &str) -> Self {
        Self::new(client, id, true)
    }

    fn new(client: &Client<H>, id: &str, follows: bool) -> Self {
        let key = client.poller().board().join(id, follows, client.poller_now());
        Self { client: client.clone(), key }
    }

    /// The same for whoever has seen the session by other means: passing trouble does not concern it from the beginning.
    pub(in crate::client) fn of_one_seen(self) -> Self {
        if let Some(watcher) = self.client.poller().board().watchers.get_mut(self.key) {
            watcher.has_begun = true;
        }
        self
    }

    /// The session as it is first seen, then each time that it has changed or that was asked for; `None` when the time of [`Watch::wake_at`]
    /// has come.
    pub(in crate::client) async fn look(&mut self) -> Result<Option<Look<H::Json>>, Error> {
        match self.news().await {
            News::Look(look) => Ok(Some(look)),
            News::Error(error) => Err(error),
            News::Time | News::Page(_) => Ok(None),
        }
    }

    /// Has [`Watch::look`] return the next look also if nothing has changed.
    pub(in crate::client) fn want_next_look(&self) {
        if let Some(watcher) = self.client.poller().board().watchers.get_mut(self.key) {
            watcher.wants_next = true;
        }
    }

    /// The first page of `request` when it is worth asking for; or that of the `narrow` one, when what is later than the
    /// newest known is enough.
    pub(in crate::client) async fn page(
        &mut self,
        request: PageRequest,
        narrow: Option<PageRequest>,
    ) -> Result<Listed<H::Json>, Error> {
        self.client.poller().board().follow(self.key, request, narrow);
        loop {
            match self.news().await {
                News::Page(listed) => return Ok(listed),
                News::Error(error) => return Err(error),
                News::Look(_) | News::Time => {}
            }
        }
    }

    /// Tells what came of a round that began with this look: whether it brought anything, and how new what is known is.
    pub(in crate::client) fn listed(&self, sight: Sight, found: bool, newest: Option<Timestamp>) {
        let now = self.client.poller_now();
        if let Some(plan) = self.client.poller().board().plan(self.key) {
            plan.listed(sight, found, newest, now);
        }
    }

    /// The last poll that has shown the session going on.
    pub(in crate::client) fn went_on(&self) -> Option<Sight> {
        self.client.poller().board().went_on(self.key)
    }

    /// Has the activities checked after the next poll, whether the session has changed or not.
    pub(in crate::client) fn list_again(&self) {
        if let Some(plan) = self.client.poller().board().plan(self.key) {
            plan.check_again();
        }
    }

    /// Has the activities listed after the next look, which comes no earlier than the service allows after this error;
    /// returns the error if it ends the wait.
    pub(in crate::client) fn outlive(&self, error: Error) -> Result<(), Error> {
        match self.client.poller().board().failed_to_read(self.key, &error, self.client.moment()) {
            true => Err(error),
            false => Ok(()),
        }
    }

    /// Has [`Watch::look`] end at this time of the poller's clock.
    pub(in crate::client) fn wake_at(&self, time: Option<i64>) {
        self.client.poller().board().wake_at(self.key, time);
    }

    fn news(&mut self) -> Waiting<'_, H> {
        Waiting(self)
    }
}

impl<H: Host> Drop for Watch<H> {
    fn drop(&mut self) {
        self.client.poller().board().leave(self.key);
    }
}

/// The next that there is to tell. Dropped, the watch waits no more, but stays.
struct Waiting<'a, H: Host>(&'a mut Watch<H>);

impl<H: Host> Future for Waiting<'_, H> {
    type Output = News<H::Json>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<News<H::Json>> {
        let Watch { client, key } = &*self.0;
        let poller = client.poller();
        {
            let mut board = poller.board();
            if let Some(news) = board.take_news(*key) {
                return Poll::Ready(news);
            }
            let is_new = !board.waits_on(*key, context.waker());
            if is_new {
                board.start_waiting(*key, context.waker(), client.context(), client.moment());
            }
            let leads = board.leader.is_none_or(|leader| leader == *key || !board.is_waiting(leader));
            if !leads {
                if is_new {
                    // Its coming may have changed what is due.
                    board.wake_leader();
                }
                return Poll::Pending;
            }
            board.leader = Some(*key);
        }
        poller.drive(client, context);
        match poller.board().take_news(*key) {
            Some(news) => Poll::Ready(news),
            None => Poll::Pending,
        }
    }
}

impl<H: Host> Drop for Waiting<'_, H> {
    fn drop(&mut self) {
        let Watch { client, key } = &*self.0;
        let poller = client.poller();
        poller.board().stop_waiting(*key);
        poller.clear_up();
        let mut board = poller.board();
        if board.leader.is_none_or(|leader| leader == *key) {
            board.leader = None;
            board.wake_another();
        }
    }
}
