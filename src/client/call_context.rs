//! The state of a call in progress, for the error if it times out or is aborted.
//!
//! Each call has a [`super::Client`] of its own, which holds its context.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::error::{Effect, Error};

/// The context of a call, or of a task of the poller, which belongs to no call.
#[derive(Debug)]
pub(crate) struct CallContext {
    /// Whether the create or the message of the call was carried out.
    effect: Cell<Effect>,
    /// The number of its requests on their way that change something.
    writes: Cell<u32>,
    /// How many further requests it may send. `None`: any number.
    allowance: Cell<Option<u64>>,
    /// The last failure of a request that the call waits for, unless a later request for the same resource has succeeded.
    failure: RefCell<Option<Rc<Error>>>,
    /// The context of a read that the call awaits together with others.
    shared_read: RefCell<Option<Rc<CallContext>>>,
}

impl Default for CallContext {
    fn default() -> Self {
        Self {
            effect: Cell::new(Effect::NotSent),
            writes: Cell::new(0),
            allowance: Cell::new(None),
            failure: RefCell::default(),
            shared_read: RefCell::default(),
        }
    }
}

impl CallContext {
    /// Another call begins with this context: the next step of a stream.
    pub(crate) fn reset(&self) {
        self.effect.set(Effect::NotSent);
        self.failure.replace(None);
        self.shared_read.replace(None);
    }

    /// The call may send at most this many further requests.
    pub(crate) fn limit(&self, requests: u64) {
        self.allowance.set(Some(requests));
    }

    /// How many further requests the call may send.
    pub(crate) fn requests_left(&self) -> u64 {
        self.allowance.get().unwrap_or(u64::MAX)
    }

    /// Whether the call may send one more request, which then counts.
    pub(crate) fn may_send(&self) -> bool {
        let Some(left) = self.allowance.get() else { return true };
        self.allowance.set(Some(left.saturating_sub(1)));
        left > 0
    }

    /// Whether the create or the message of the call was carried out.
    pub(crate) fn effect(&self) -> Effect {
        self.effect.get()
    }

    pub(crate) fn set_effect(&self, effect: Effect) {
        self.effect.set(effect);
    }

    /// Whether a request of the call is in flight that changes something.
    pub(crate) fn is_writing(&self) -> bool {
        self.writes.get() > 0
    }

    /// Such a request is in flight until the guard is dropped.
    pub(crate) fn writing(self: Rc<Self>) -> Writing {
        self.writes.set(self.writes.get() + 1);
        Writing(self)
    }

    /// The last failure, if requests are failing.
    pub(crate) fn failure(&self) -> Option<Rc<Error>> {
        // What is awaited now has failed later than the call's own requests.
        let shared = self.shared_read.borrow().as_ref().and_then(|read| read.failure());
        shared.or_else(|| self.failure.borrow().clone())
    }

    /// Removes and returns the last failure.
    pub(crate) fn take_failure(&self) -> Option<Rc<Error>> {
        self.failure.take()
    }

    /// A request that the call waits for has failed.
    pub(crate) fn failed(&self, error: &Rc<Error>) {
        self.failure.replace(Some(Rc::clone(error)));
    }

    /// The call awaits a read that has this context, or none any more.
    pub(crate) fn awaits(&self, read: Option<Rc<CallContext>>) {
        self.shared_read.replace(read);
    }

    /// A request for the resource at this URL has succeeded.
    pub(crate) fn answered(&self, url: &str) {
        self.recovered(|failed| without_query(failed) == without_query(url));
    }

    /// Requests for the resources at such URLs have succeeded.
    pub(crate) fn recovered(&self, is_answered: impl FnOnce(&str) -> bool) {
        let is_over = |error: &Rc<Error>| error.url.as_deref().is_some_and(is_answered);
        let mut failure = self.failure.borrow_mut();
        if failure.as_ref().is_some_and(is_over) {
            *failure = None;
        }
    }
}

/// A request in flight that changes something.
pub(crate) struct Writing(Rc<CallContext>);

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.writes.set(self.0.writes.get() - 1);
    }
}

/// Whether this is the URL of a list of activities.
pub(crate) fn is_of_activities(url: &str) -> bool {
    without_query(url).ends_with("/activities")
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}
