//! The use-cases: sessions, runs, batches, streams. Asynchronous, over any [`crate::host::Host`].

mod activities;
mod ask;
pub mod batch;
mod bounded;
mod gate;
mod lists;
mod outcome;
mod sessions;
mod stream;
mod transport;

use std::cell::RefCell;
use std::rc::Rc;

pub use activities::ActivityReader;
pub use bounded::Bounds;
pub use lists::PageRequest;
pub use sessions::{Change, Info, state_named};
pub use stream::{ActivityStream, StreamOptions};

use crate::core::options::Options;
use crate::host::Host;
use gate::Gate;

/// A client of the service. Cheap to clone; all clones are one client.
#[derive(Debug)]
pub struct Client<H>(Rc<Shared<H>>);

#[derive(Debug)]
struct Shared<H> {
    host: H,
    options: Options,
    gate: Gate,
    /// Sessions that were made in the last minute, with the local time of it.
    just_made: RefCell<Vec<(String, i64)>>,
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
        Self(Rc::new(Shared { host, options, gate, just_made: RefCell::default() }))
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

    fn just_made(&self) -> &RefCell<Vec<(String, i64)>> {
        &self.0.just_made
    }
}
