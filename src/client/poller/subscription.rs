//! Subscriptions to a session or its activities.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::event::{Event, ListedPage, SessionUpdate};
use super::keys::SubscriberKey;
use crate::client::Client;
use crate::client::lists::PageRequest;
use crate::core::error::Error;
use crate::core::poll::SessionSnapshot;
use crate::core::time::Timestamp;
use crate::host::Host;

/// A subscription to one session, until it is dropped. Nothing is requested for it while none of its futures is awaited.
#[derive(Debug)]
pub(in crate::client) struct Subscription<H: Host> {
    client: Client<H>,
    key: SubscriberKey,
}

impl<H: Host> Subscription<H> {
    /// Subscribes to the session.
    pub(in crate::client) fn session(client: &Client<H>, id: &str) -> Self {
        Self::new(client, id, false)
    }

    /// Subscribes to the activities of the session.
    pub(in crate::client) fn activities(client: &Client<H>, id: &str) -> Self {
        Self::new(client, id, true)
    }

    fn new(client: &Client<H>, id: &str, follows: bool) -> Self {
        let key = client.poller().registry().subscribe(id, follows, client.poller_now());
        Self { client: client.clone(), key }
    }

    /// Marks the session as seen by other means, so that transient failures do not end the first wait either.
    pub(in crate::client) fn already_seen(self) -> Self {
        if let Some(subscriber) = self.client.poller().registry().subscribers.get_mut(self.key) {
            subscriber.has_seen_session = true;
        }
        self
    }

    /// Resolves with the session after the first poll, then after each poll that shows a change or was requested with
    /// [`Subscription::want_next_poll`]; with `None` at the time of [`Subscription::wake_at`].
    pub(in crate::client) async fn next_update(&mut self) -> Result<Option<SessionUpdate<H::Json>>, Error> {
        match self.next_event().await {
            Event::Update(update) => Ok(Some(update)),
            Event::Error(error) => Err(error),
            Event::Timer | Event::Page(_) => Ok(None),
        }
    }

    /// Causes [`Subscription::next_update`] to resolve after the next poll even without a change.
    pub(in crate::client) fn want_next_poll(&self) {
        if let Some(subscriber) = self.client.poller().registry().subscribers.get_mut(self.key) {
            subscriber.needs_next_poll = true;
        }
    }

    /// Waits until a list of activities is due and resolves with its first page: that of `narrow` if activities newer than the
    /// known ones are sufficient, otherwise that of `request`.
    pub(in crate::client) async fn page(
        &mut self,
        request: PageRequest,
        narrow: Option<PageRequest>,
    ) -> Result<ListedPage<H::Json>, Error> {
        self.client.poller().registry().follow(self.key, request, narrow);
        loop {
            match self.next_event().await {
                Event::Page(listed) => return Ok(listed),
                Event::Error(error) => return Err(error),
                Event::Update(_) | Event::Timer => {}
            }
        }
    }

    /// Reports that the activities were listed after the poll of this snapshot. `found`: whether there were new ones; `newest`: the
    /// time of the newest known.
    pub(in crate::client) fn mark_listed(&self, snapshot: SessionSnapshot, found: bool, newest: Option<Timestamp>) {
        let now = self.client.poller_now();
        if let Some(plan) = self.client.poller().registry().plan(self.key) {
            plan.listed(snapshot, found, newest, now);
        }
    }

    /// The last snapshot of the session that was not terminal.
    pub(in crate::client) fn last_running(&self) -> Option<SessionSnapshot> {
        self.client.poller().registry().last_running(self.key)
    }

    /// Causes the activities to be checked after the next poll, whether the session has changed or not.
    pub(in crate::client) fn check_again(&self) {
        if let Some(plan) = self.client.poller().registry().plan(self.key) {
            plan.check_again();
        }
    }

    /// Handles a failed list of activities: returns the error if it ends the wait. Otherwise the activities are listed after the next
    /// poll, which comes no earlier than the error allows.
    pub(in crate::client) fn tolerate(&self, error: Error) -> Result<(), Error> {
        match self.client.poller().registry().failed_to_read(self.key, &error, self.client.moment()) {
            true => Err(error),
            false => Ok(()),
        }
    }

    /// Causes [`Subscription::next_update`] to resolve at this time of the poller's clock.
    pub(in crate::client) fn wake_at(&self, time: Option<i64>) {
        self.client.poller().registry().wake_at(self.key, time);
    }

    fn next_event(&mut self) -> Waiting<'_, H> {
        Waiting(self)
    }
}

impl<H: Host> Drop for Subscription<H> {
    fn drop(&mut self) {
        self.client.poller().registry().unsubscribe(self.key);
    }
}

/// A future of the next event. Dropping it ends the wait, but not the subscription.
struct Waiting<'a, H: Host>(&'a mut Subscription<H>);

impl<H: Host> Future for Waiting<'_, H> {
    type Output = Event<H::Json>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Event<H::Json>> {
        let Subscription { client, key } = &*self.0;
        let poller = client.poller();
        {
            let mut registry = poller.registry();
            if let Some(next_event) = registry.take_event(*key) {
                return Poll::Ready(next_event);
            }
            let is_new = !registry.replace_waker(*key, context.waker());
            if is_new {
                registry.start_waiting(*key, context.waker(), Rc::clone(client.call_context()), client.moment());
            }
            let leads = registry.leader.is_none_or(|leader| leader == *key || !registry.is_waiting(leader));
            if !leads {
                if is_new {
                    // The new subscriber may have changed what is due.
                    registry.wake_leader();
                }
                return Poll::Pending;
            }
            registry.leader = Some(*key);
        }
        poller.drive(client, context);
        match poller.registry().take_event(*key) {
            Some(next_event) => Poll::Ready(next_event),
            None => Poll::Pending,
        }
    }
}

impl<H: Host> Drop for Waiting<'_, H> {
    fn drop(&mut self) {
        let Subscription { client, key } = &*self.0;
        let poller = client.poller();
        poller.registry().stop_waiting(*key);
        poller.drop_unneeded();
        let mut registry = poller.registry();
        if registry.leader.is_none_or(|leader| leader == *key) {
            registry.leader = None;
            registry.wake_another();
        }
    }
}
