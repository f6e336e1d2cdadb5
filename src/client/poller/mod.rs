//! The poller of a client, shared by all its waits and streams. A session with several subscribers is polled once; many
//! sessions are polled by the list of sessions if that is cheaper; there is one timer.
//!
//! The poller has no task of its own: the futures of waiting subscribers drive it. One of them is the leader, which the poller
//! wakes for its work; the others are woken when there is an event for them. When the leader stops waiting, another one
//! takes its position. So nothing is polled while no subscriber waits, and the end of a wait (an abort, a timeout, `break`)
//! immediately ends the requests that are only for it.

mod driver;
mod entry;
mod event;
mod failures;
mod keys;
mod moment;
mod poll_result;
mod polls;
mod registry;
mod scheduler;
mod subscriber;
mod subscription;
mod task;

use std::cell::{Cell, RefCell, RefMut};
use std::fmt;
use std::task::Context;

pub(super) use event::{ListedPage, SessionUpdate};
pub(super) use subscription::Subscription;

use super::Client;
use crate::core::http::Method;
use crate::core::poll;
use crate::host::Host;
use crate::planted::{Fault, planted};
use driver::Driver;
use moment::Moment;
use registry::Registry;

/// The poller of a client.
pub(super) struct Poller<H: Host> {
    registry: RefCell<Registry<H::Json>>,
    /// `None` while it is being polled.
    driver: RefCell<Option<Driver<H>>>,
    /// Whether the page was hidden when this was last checked.
    hidden: Cell<bool>,
    /// The last time read from the clock, or a later one at which a timer was due: timers may fire slightly early.
    latest: Cell<i64>,
}

impl<H: Host> Default for Poller<H> {
    fn default() -> Self {
        Self {
            registry: RefCell::default(),
            driver: RefCell::default(),
            hidden: Cell::new(false),
            latest: Cell::new(i64::MIN),
        }
    }
}

impl<H: Host> fmt::Debug for Poller<H> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Poller")
    }
}

impl<H: Host> Poller<H> {
    /// The registry. Never hold the borrow across an await or a wake-up.
    fn registry(&self) -> RefMut<'_, Registry<H::Json>> {
        self.registry.borrow_mut()
    }

    fn pass_time(&self, time: i64) {
        self.latest.set(self.latest.get().max(time));
    }

    /// Polls the driver, and creates one if there is none.
    fn drive(&self, client: &Client<H>, context: &mut Context<'_>) {
        let driver = self.driver.take();
        let mut driver = driver.unwrap_or_else(|| Driver::new(client.clone()));
        driver.poll(context);
        self.driver.replace(Some(driver));
    }

    /// Drops requests without a waiting subscriber, after one has stopped waiting. Such a request would not be polled any more and
    /// would hold its permit forever.
    fn drop_unneeded(&self) {
        let Some(mut driver) = self.driver.take() else { return };
        if !planted(Fault::UnpolledRequest) {
            driver.prune();
        }
        if self.registry().is_awaited() || planted(Fault::UnpolledRequest) {
            self.driver.replace(Some(driver));
        }
    }
}

impl<H: Host> Client<H> {
    /// Milliseconds of the poller's clock, which measures all durations.
    pub(crate) fn poller_now(&self) -> i64 {
        let poller = self.poller();
        poller.pass_time(self.host().now());
        poller.latest.get()
    }

    /// Waits for this time. The poller's clock advances by at least as much, even where a test has mocked only the timers.
    pub(crate) async fn sleep(&self, millis: u64) {
        let due = self.poller_now().saturating_add(poll::millis(millis));
        self.host().sleep(millis).await;
        self.poller().pass_time(due);
    }

    /// The polling interval of the options.
    pub(super) fn interval_ms(&self) -> i64 {
        poll::millis(self.options().config.polling_interval_ms)
    }

    fn moment(&self) -> Moment<'_> {
        self.poller_now();
        self.same_moment()
    }

    /// The current moment without reading the clock, which is a call into the host: for use within one poll of the driver.
    fn same_moment(&self) -> Moment<'_> {
        let poller = self.poller();
        Moment { now: poller.latest.get(), config: &self.options().config, hidden: poller.hidden.get() }
    }

    /// The service asks for a pause, for this session or, after a list, for all sessions. A refused create does not throttle the
    /// polls of existing sessions.
    pub(super) fn throttle_polls(&self, session: Option<&str>, method: Method, millis: u64) {
        if session.is_some() || method == Method::Get {
            self.poller().registry().throttle_polls(session, millis, self.moment());
        }
    }

    /// This client has deleted the session.
    pub(super) fn expect_not_found(&self, id: &str) {
        self.poller().registry().expect_not_found(id);
    }

    /// A response contained the session, so its subscribers count as having seen it.
    pub(super) fn session_was_seen(&self, id: &str) {
        self.poller().registry().seen(id);
    }

    /// This client has changed the session: it is polled soon.
    pub(super) fn expedite_poll(&self, id: &str) {
        self.poller().registry().expedite(id, self.moment());
    }
}
