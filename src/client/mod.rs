//! The use-cases: sessions, runs, batches, streams. Asynchronous, over any [`crate::host::Host`].

mod activities;
mod ask;
pub mod batch;
mod bounded;
mod gate;
mod lists;
mod once;
mod outcome;
mod partial;
mod poller;
mod sessions;
mod stream;
mod transport;
mod waiting;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub use activities::ActivityReader;
pub use bounded::Bounds;
pub use lists::PageRequest;
pub use sessions::{Change, Info, state_named};
pub use stream::{ActivityStream, Span, StreamOptions};
pub use waiting::{Tell, WaitOptions};

use crate::core::budget::RetryBudget;
use crate::core::error::Effect;
use crate::core::http::Headers;
use crate::core::options::Options;
use crate::core::time::Timestamp;
use crate::core::wait::Reason;
use crate::host::Host;
use gate::Gate;
use once::Done;
use poller::Poller;

/// A client of the service. Cheap to clone; all clones are one client.
#[derive(Debug)]
pub struct Client<H>(Rc<Shared<H>>);

#[derive(Debug)]
struct Shared<H> {
    host: H,
    options: Options,
    gate: Gate,
    budget: RetryBudget,
    /// What this client has made and sent, to tell it from what it has yet to find.
    done: RefCell<Vec<Done>>,
    /// The turns of those that ask the same.
    lanes: RefCell<Vec<(String, Rc<Gate>)>>,
    /// The service's clock as the last answer told it, with the local time of that.
    service_date: Cell<Option<(Timestamp, i64)>>,
    /// When an answer was last looked at for that.
    date_sought_at: Cell<i64>,
    /// The headers of requests without a body, with the key that is in them.
    kept_headers: RefCell<Option<(String, Headers)>>,
    /// Whether the service gives parts of its answers; it is taken to until it refuses.
    gives_parts: Cell<bool>,
    /// What is known of what the call that is being polled makes (see bounded.rs).
    effect: Cell<Effect>,
    poller: Poller<H>,
    /// The sessions that this client has lately approved or answered, with the time of that by the poller's clock.
    answered: RefCell<Vec<(String, Reason, i64)>>,
}

impl<H> Clone for Client<H> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<H: Host> Client<H> {
    /// A client with these options, on this host. Sends nothing.
    pub fn new(host: H, options: Options) -> Self {
        let gate = Gate::new(options.config.max_concurrent_requests);
        Self(Rc::new(Shared {
            host,
            options,
            gate,
            budget: RetryBudget::default(),
            done: RefCell::default(),
            lanes: RefCell::default(),
            service_date: Cell::default(),
            date_sought_at: Cell::new(i64::MIN),
            kept_headers: RefCell::default(),
            gives_parts: Cell::new(true),
            effect: Cell::new(Effect::NotSent),
            poller: Poller::default(),
            answered: RefCell::default(),
        }))
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.0.host
    }

    /// The options.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    fn gate(&self) -> &Gate {
        &self.0.gate
    }

    fn budget(&self) -> &RetryBudget {
        &self.0.budget
    }

    fn done(&self) -> &RefCell<Vec<Done>> {
        &self.0.done
    }

    fn lanes(&self) -> &RefCell<Vec<(String, Rc<Gate>)>> {
        &self.0.lanes
    }

    fn date_sought_at(&self) -> &Cell<i64> {
        &self.0.date_sought_at
    }

    fn kept_headers(&self) -> &RefCell<Option<(String, Headers)>> {
        &self.0.kept_headers
    }

    fn gives_parts(&self) -> &Cell<bool> {
        &self.0.gives_parts
    }

    fn effect(&self) -> &Cell<Effect> {
        &self.0.effect
    }

    fn poller(&self) -> &Poller<H> {
        &self.0.poller
    }

    fn answered(&self) -> &RefCell<Vec<(String, Reason, i64)>> {
        &self.0.answered
    }

    fn service_date(&self) -> &Cell<Option<(Timestamp, i64)>> {
        &self.0.service_date
    }
}
