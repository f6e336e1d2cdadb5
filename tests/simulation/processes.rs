//! The processes of a schedule and their clients. Some exist from the start; others start later, as after a restart.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use crate::dates::DateHeader;
use crate::host::SimulatedHost;
use crate::random::Random;
use crate::support::KEY;
use crate::world::{Sender, World};
use jules_wasm::client::{Client, Process};
use jules_wasm::core::options::Options;

/// The machine of a process: its clock, and when its page is hidden.
struct Machine {
    ahead_ms: i64,
    drift: i64,
    hidden_ms: Range<i64>,
}

impl Machine {
    fn new(random: &Random) -> Self {
        let signed = |most: u64| i64::try_from(random.between(0, 2 * most)).unwrap() - i64::try_from(most).unwrap();
        let ahead_ms = if random.percent(50) { signed(600_000) } else { 0 };
        let drift = if random.percent(20) { signed(5) } else { 0 };
        let from_ms = if random.percent(20) { i64::try_from(random.between(0, 100_000)).unwrap() } else { i64::MAX };
        let to_ms = from_ms.saturating_add(i64::try_from(random.between(1, 200_000)).unwrap());
        Self { ahead_ms, drift, hidden_ms: from_ms..to_ms }
    }
}

struct ProcessClient {
    client: Client<SimulatedHost>,
    process: usize,
}

/// The clients of all processes, by number.
pub struct Processes {
    world: Rc<World>,
    polling_ms: u64,
    clients: RefCell<Vec<ProcessClient>>,
    processes: Cell<usize>,
    /// The number of clients that exist from the start.
    first: usize,
}

impl Processes {
    /// The clients of one or two processes. Those of a process share its clock and ledger.
    pub fn start(world: &Rc<World>, random: &Random, polling_ms: u64) -> Rc<Self> {
        let mut all = Self {
            world: Rc::clone(world),
            polling_ms,
            clients: RefCell::default(),
            processes: Cell::new(0),
            first: 0,
        };
        for _ in 0..if random.percent(30) { 2 } else { 1 } {
            let (process, machine, shared) = (all.next_process(), Machine::new(random), Process::default());
            for _ in 0..random.of(&[1, 1, 2, 3]) {
                all.add(process, &machine, DateHeader::random(random), &shared);
            }
        }
        all.first = all.clients.borrow().len();
        Rc::new(all)
    }

    /// A client in a process of its own that starts now. Returns its number.
    pub fn restart(&self, random: &Random, dates: DateHeader) -> usize {
        self.add(self.next_process(), &Machine::new(random), dates, &Process::default())
    }

    fn next_process(&self) -> usize {
        self.processes.replace(self.processes.get() + 1)
    }

    fn add(&self, process: usize, machine: &Machine, dates: DateHeader, shared: &Process) -> usize {
        let number = self.clients.borrow().len();
        let host = SimulatedHost {
            world: Rc::clone(&self.world),
            sender: Sender { client: number, process },
            dates,
            ahead_ms: machine.ahead_ms,
            drift: machine.drift,
            hidden_ms: machine.hidden_ms.clone(),
        };
        let mut options = Options { api_key: Some(KEY.to_owned()), ..Options::default() };
        options.config.polling_interval_ms = self.polling_ms;
        options.config.max_concurrent_requests = self.world.most_in_flight;
        let client = Client::in_process(host, options, shared.clone());
        self.clients.borrow_mut().push(ProcessClient { client, process });
        number
    }

    pub fn client(&self, number: usize) -> Client<SimulatedHost> {
        self.clients.borrow()[number].client.clone()
    }

    pub fn process(&self, number: usize) -> usize {
        self.clients.borrow()[number].process
    }

    /// The number of clients that exist from the start.
    pub fn first(&self) -> usize {
        self.first
    }

    /// The clients from the start that are in the process of this one.
    pub fn siblings(&self, number: usize) -> Vec<usize> {
        (0..self.first).filter(|at| self.process(*at) == self.process(number)).collect()
    }
}
