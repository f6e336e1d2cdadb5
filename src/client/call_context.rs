//! What is known of a call while it is under way, for the error of one that is cut short.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::error::{Effect, Error};

/// The context of a call; or of a task of the poller, which belongs to no call.
#[derive(Debug)]
pub(crate) struct CallContext {
    /// What is known of the effect of what the call creates or sends.
    effect: Cell<Effect>,
    /// The last failure of a request that the call waits for, unless the same resource was answered since.
    failure: RefCell<Option<Rc<Error>>>,
}

impl Default for CallContext {
    fn default() -> Self {
        Self { effect: Cell::new(Effect::NotSent), failure: RefCell::default() }
    }
}

impl CallContext {
    /// What is known of the effect of what the call creates or sends.
    pub(crate) fn effect(&self) -> Effect {
        self.effect.get()
    }

    pub(crate) fn set_effect(&self, effect: Effect) {
        self.effect.set(effect);
    }

    /// What keeps failing, if anything does.
    pub(crate) fn failure(&self) -> Option<Rc<Error>> {
        self.failure.borrow().clone()
    }

    /// The same, which is forgotten.
    pub(crate) fn take_failure(&self) -> Option<Rc<Error>> {
        self.failure.take()
    }

    /// A request that the call waits for has failed.
    pub(crate) fn failed(&self, error: &Rc<Error>) {
        self.failure.replace(Some(Rc::clone(error)));
    }

    /// The resource at this address was answered.
    pub(crate) fn answered(&self, url: &str) {
        self.recovered(|failed| without_query(failed) == without_query(url));
    }

    /// The resources at such addresses were answered.
    pub(crate) fn recovered(&self, is_answered: impl FnOnce(&str) -> bool) {
        let is_over = |error: &Rc<Error>| error.url.as_deref().is_some_and(is_answered);
        let mut failure = self.failure.borrow_mut();
        if failure.as_ref().is_some_and(is_over) {
            *failure = None;
        }
    }
}

/// Whether the list of a session's activities is at this address.
pub(crate) fn is_of_activities(url: &str) -> bool {
    without_query(url).ends_with("/activities")
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}
