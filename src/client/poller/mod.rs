//! One poller for all waits and streams of a client. A session that several watch is asked for once; many sessions are
//! asked for by the list of sessions, as long as that is cheaper; there is one timer.
//!
//! It has no task of its own: whoever waits polls it. One of those who wait leads, which means that the poller wakes
//! it; the others are woken when there is something for them. When the leader goes, the next takes its place. So
//! nothing is asked for when nobody waits, and whatever ends a wait (an abort, a deadline, `break`) ends what was asked
//! for it alone, at once.

mod board;
mod driver;
mod failures;
mod looks;
mod parts;
mod schedule;
mod slab;
mod watch;

use std::cell::{Cell, RefCell, RefMut};
use std::fmt;
use std::task::Context;

pub(super) use parts::{Listed, Look};
pub(super) use watch::Watch;

use super::Client;
use crate::core::http::Method;
use crate::core::poll;
use crate::host::Host;
use crate::planted::{Fault, planted};
use board::Board;
use driver::Driver;
use parts::Moment;

/// The poller of a client.
pub(super) struct Poller<H: Host> {
    board: RefCell<Board<H::Json>>,
    /// Away while it is being polled.
    driver: RefCell<Option<Driver<H>>>,
    /// Whether the page is hidden, as last seen.
    hidden: Cell<bool>,
    /// The time as last read, or as a timer has moved it on: timers may fire a little early by the clock.
    latest: Cell<i64>,
}

impl<H: Host> Default for Poller<H> {
    fn default() -> Self {
        Self {
            board: RefCell::default(),
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
    /// The board, for as long as a sentence: never across an await or a call of a waker's owner.
    fn board(&self) -> RefMut<'_, Board<H::Json>> {
        self.board.borrow_mut()
    }

    fn pass_time(&self, time: i64) {
        self.latest.set(self.latest.get().max(time));
    }

    /// Lets the driver go on, which is made if there is none.
    fn drive(&self, client: &Client<H>, context: &mut Context<'_>) {
        let driver = self.driver.take();
        let mut driver = driver.unwrap_or_else(|| Driver::new(client.clone()));
        driver.poll(context);
        self.driver.replace(Some(driver));
    }

    /// Somebody waits no more. What nobody else waits for is dropped: nobody would poll it, and unpolled it would keep its
    /// place among the requests from others for ever.
    fn clear_up(&self) {
        let Some(mut driver) = self.driver.take() else { return };
        if !planted(Fault::UnpolledRequest) {
            driver.prune();
        }
        if self.board().is_awaited() || planted(Fault::UnpolledRequest) {
            self.driver.replace(Some(driver));
        }
    }
}

impl<H: Host> Client<H> {
    /// Milliseconds by the poller's clock, by which everything is measured that takes its time.
    pub(crate) fn poller_now(&self) -> i64 {
        let poller = self.poller();
        poller.pass_time(self.host().now());
        poller.latest.get()
    }

    /// Waits for so long. The clock has moved on by as much at least, even where a test has replaced the timers alone.
    pub(crate) async fn sleep(&self, millis: u64) {
        let due = self.poller_now().saturating_add(poll::millis(millis));
        self.host().sleep(millis).await;
        self.poller().pass_time(due);
    }

    /// The interval between two looks as the caller set it.
    pub(super) fn interval_ms(&self) -> i64 {
        poll::millis(self.options().config.polling_interval_ms)
    }

    fn moment(&self) -> Moment<'_> {
        self.poller_now();
        self.same_moment()
    }

    /// The time as last read: for the driver and what it polls, since no time passes while one polls. A look at the clock is
    /// a call out of here.
    fn same_moment(&self) -> Moment<'_> {
        let poller = self.poller();
        Moment { now: poller.latest.get(), config: &self.options().config, hidden: poller.hidden.get() }
    }

    /// The service asks to be left alone for so long, as to this session or, where it was asked for a list, as to all. That
    /// it makes no more sessions for now is no reason not to look at those there are.
    pub(super) fn leave_alone(&self, session: Option<&str>, method: Method, millis: u64) {
        if session.is_some() || method == Method::Get {
            self.poller().board().leave_alone(session, millis, self.moment());
        }
    }

    /// This client has deleted the session.
    pub(super) fn expect_not_found(&self, id: &str) {
        self.poller().board().expect_not_found(id);
    }

    /// An answer has shown the session: those who watch it have seen it.
    pub(super) fn session_was_seen(&self, id: &str) {
        self.poller().board().seen(id);
    }

    /// This client has changed the session: those who watch it see it soon.
    pub(super) fn look_soon(&self, id: &str) {
        self.poller().board().poke(id, self.moment());
    }
}
