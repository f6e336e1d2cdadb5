//! The use-cases: sessions, runs, batches, streams. Asynchronous, over any [`crate::host::Host`].

mod activities;
mod agent_requests;
mod answers;
mod ask;
pub mod batch;
mod bounded;
mod call_context;
mod closing;
mod finding;
mod key_lock;
mod ledger;
mod lists;
mod newest;
mod operation;
mod outcome;
mod pacer;
mod partial;
mod pilot;
mod poller;
mod process;
mod retry_loop;
mod semaphore;
mod service_clock;
mod session_polls;
mod sessions;
mod shared_reads;
mod stream;
mod transport;
mod turns;
mod unwrapped;
mod wait;
mod watch;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub use activities::ActivityReader;
pub use bounded::Bounds;
pub use closing::{CLOSE_TIMEOUT_MS, Ending, UnderWay};
pub use lists::PageRequest;
pub use outcome::{Incomplete, Outcome, OutcomePart};
pub use pilot::{Pilot, Piloted};
pub use process::Process;
pub use session_polls::OnUpdate;
pub use sessions::{Change, Info};
pub use stream::{ActivityStream, Span, StreamOptions};
pub use wait::WaitOptions;
pub use watch::{FeedEvent, SessionFeed, WatchOptions};

use crate::core::options::Options;
use crate::core::outcome::throttle::RetryBudget;
use crate::host::Host;
use crate::planted::{Fault, planted};
use answers::Answers;
use call_context::CallContext;
use closing::Closing;
use finding::SharedLists;
use poller::Poller;
use semaphore::Semaphore;
use service_clock::ServiceClock;

/// A client of the service. Clones share their state.
#[derive(Debug)]
pub struct Client<H: Host> {
    shared: Rc<Shared<H>>,
    /// The context of the call whose requests this client sends.
    call: Rc<CallContext>,
}

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
    /// Whether the service supports partial responses; true until it rejects one.
    supports_masks: Cell<bool>,
    poller: Poller<H>,
    answers: RefCell<Answers>,
    closing: Closing,
    /// The names of the last sessions that this client has created. Its lists show them: those of another client of the process
    /// need not be in them, since a header or `fetch` may lead to another account.
    last_created: RefCell<Vec<String>>,
}

impl<H: Host> Clone for Client<H> {
    fn clone(&self) -> Self {
        Self { shared: Rc::clone(&self.shared), call: Rc::clone(&self.call) }
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
        let shared = Rc::new(Shared {
            host,
            options,
            process,
            requests: Semaphore::new(permits),
            creates: Semaphore::new(creates),
            budget: RetryBudget::default(),
            has_contact: Cell::new(false),
            service_clock: ServiceClock::default(),
            shared_lists: SharedLists::default(),
            supports_masks: Cell::new(true),
            poller: Poller::default(),
            answers: RefCell::default(),
            closing: Closing::default(),
            last_created: RefCell::default(),
        });
        Self { shared, call: Rc::default() }
    }

    /// The same client for another call: what becomes of its requests is recorded apart from those of other calls.
    #[must_use]
    pub fn for_call(&self) -> Self {
        Self { shared: Rc::clone(&self.shared), call: Rc::default() }
    }

    /// The same client for another call, which sends at most this many requests.
    fn for_call_of(&self, requests: u64) -> Self {
        let limited = self.for_call();
        limited.call.limit(requests);
        limited
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.shared.host
    }

    /// The options.
    pub fn options(&self) -> &Options {
        &self.shared.options
    }

    fn process(&self) -> &Process {
        &self.shared.process
    }

    fn requests(&self) -> &Semaphore {
        &self.shared.requests
    }

    fn creates(&self) -> &Semaphore {
        &self.shared.creates
    }

    fn budget(&self) -> &RetryBudget {
        &self.shared.budget
    }

    fn has_contact(&self) -> &Cell<bool> {
        &self.shared.has_contact
    }

    fn service_clock(&self) -> &ServiceClock {
        &self.shared.service_clock
    }

    fn shared_lists(&self) -> &SharedLists<H::Json> {
        &self.shared.shared_lists
    }

    fn supports_masks(&self) -> &Cell<bool> {
        &self.shared.supports_masks
    }

    /// The context of the call whose requests this client sends.
    fn call_context(&self) -> &Rc<CallContext> {
        &self.call
    }

    fn poller(&self) -> &Poller<H> {
        &self.shared.poller
    }

    fn closing(&self) -> &Closing {
        &self.shared.closing
    }

    fn answers(&self) -> &RefCell<Answers> {
        &self.shared.answers
    }

    fn last_created(&self) -> &RefCell<Vec<String>> {
        &self.shared.last_created
    }
}
