//! The use-cases: sessions, runs, batches, streams. Asynchronous, over any [`crate::host::Host`].

mod activities;
mod answers;
mod ask;
pub mod batch;
mod bounded;
mod call_context;
mod finding;
mod key_lock;
mod ledger;
mod lists;
mod operation;
mod outcome;
mod pacer;
mod partial;
mod poller;
mod process;
mod requests;
mod retry_loop;
mod semaphore;
mod service_clock;
mod sessions;
mod shared_reads;
mod stream;
mod transport;
mod turns;
mod unwrapped;
mod wait;
mod waiting;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub use activities::ActivityReader;
pub use bounded::Bounds;
pub use lists::PageRequest;
pub use outcome::{Incomplete, Outcome, OutcomePart};
pub use process::Process;
pub use sessions::{Change, Info};
pub use stream::{ActivityStream, Span, StreamOptions};
pub use wait::WaitOptions;
pub use waiting::OnUpdate;

use crate::core::http::Headers;
use crate::core::options::Options;
use crate::core::outcome::throttle::RetryBudget;
use crate::host::Host;
use crate::planted::{Fault, planted};
use answers::Answers;
use call_context::CallContext;
use finding::SharedLists;
use poller::Poller;
use semaphore::Semaphore;
use service_clock::ServiceClock;

/// A client of the service. Clones share their state.
#[derive(Debug)]
pub struct Client<H: Host>(Rc<Shared<H>>);

#[derive(Debug)]
struct Shared<H: Host> {
    host: H,
    options: Options,
    process: Process,
    /// Limits of all requests in flight, and of the creates among them.
    requests: Semaphore,
    creates: Semaphore,
    budget: RetryBudget,
    /// Whether any response was received, with any status.
    has_contact: Cell<bool>,
    service_clock: ServiceClock,
    shared_lists: SharedLists<H::Json>,
    /// The headers of requests without a body, and the API key in them.
    kept_headers: RefCell<Option<(String, Headers)>>,
    /// Whether the service supports partial responses; true until it rejects one.
    gives_parts: Cell<bool>,
    /// The context of the call, or of the poller's task, that is being polled.
    context: RefCell<Rc<CallContext>>,
    poller: Poller<H>,
    answers: RefCell<Answers>,
}

impl<H: Host> Clone for Client<H> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<H: Host> Client<H> {
    /// Creates a client that shares no state with others. Sends nothing.
    pub fn new(host: H, options: Options) -> Self {
        Self::in_process(host, options, Process::default())
    }

    /// Creates a client that shares the ledger with other clients of its process. Sends nothing.
    pub fn in_process(host: H, options: Options, process: Process) -> Self {
        let process = if planted(Fault::LedgerNotShared) { Process::default() } else { process };
        let permits = options.config.max_concurrent_requests;
        let creates = permits.saturating_sub((permits / 5).max(1)).max(1);
        Self(Rc::new(Shared {
            host,
            options,
            process,
            requests: Semaphore::new(permits),
            creates: Semaphore::new(creates),
            budget: RetryBudget::default(),
            has_contact: Cell::new(false),
            service_clock: ServiceClock::default(),
            shared_lists: SharedLists::default(),
            kept_headers: RefCell::default(),
            gives_parts: Cell::new(true),
            context: RefCell::default(),
            poller: Poller::default(),
            answers: RefCell::default(),
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

    fn process(&self) -> &Process {
        &self.0.process
    }

    fn requests(&self) -> &Semaphore {
        &self.0.requests
    }

    fn creates(&self) -> &Semaphore {
        &self.0.creates
    }

    fn budget(&self) -> &RetryBudget {
        &self.0.budget
    }

    fn has_contact(&self) -> &Cell<bool> {
        &self.0.has_contact
    }

    fn service_clock(&self) -> &ServiceClock {
        &self.0.service_clock
    }

    fn shared_lists(&self) -> &SharedLists<H::Json> {
        &self.0.shared_lists
    }

    fn kept_headers(&self) -> &RefCell<Option<(String, Headers)>> {
        &self.0.kept_headers
    }

    fn gives_parts(&self) -> &Cell<bool> {
        &self.0.gives_parts
    }

    fn context(&self) -> Rc<CallContext> {
        Rc::clone(&self.0.context.borrow())
    }

    /// Sets the context of the future that is polled now. Returns the previous one.
    fn enter(&self, context: Rc<CallContext>) -> Rc<CallContext> {
        self.0.context.replace(context)
    }

    fn poller(&self) -> &Poller<H> {
        &self.0.poller
    }

    fn answers(&self) -> &RefCell<Answers> {
        &self.0.answers
    }
}
