//! One schedule: a world from a seed, run to its end and checked.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::{AddAssign, Range};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::callers::{Caller, ProcessClient};
use crate::dates::DateHeader;
use crate::host::SimulatedHost;
use crate::invariants;
use crate::random::Random;
use crate::records::Known;
use crate::rendering::{PromptRendering, Shown};
use crate::server::{Behaviour, Server};
use crate::support::KEY;
use crate::world::{Sender, Violation, World};
use futures::future::{Either, join_all, select};
use jules_wasm::client::{Client, Process};
use jules_wasm::core::options::Options;
use jules_wasm::emulator::{self, Emulator};
use serde_json::{Value, json};

/// After the last fault everything ends within this time: the longest bounds of the callers in sequence, and pending retries.
const SLACK_MS: i64 = 3_600_000;

/// The result of a schedule.
#[derive(Debug)]
pub struct Report {
    /// The first violated invariant.
    pub broken: Option<Violation>,
    pub trace: Vec<String>,
    pub counts: Counts,
}

/// Statistics.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub requests: usize,
    pub calls: usize,
    pub creates: usize,
    /// Creates with an unknown outcome.
    pub doubts: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.calls += other.calls;
        self.creates += other.creates;
        self.doubts += other.doubts;
    }
}

thread_local! {
    /// A new emulator parses its scenarios; a copy does not.
    static EMULATORS: RefCell<BTreeMap<(u64, bool), Emulator>> = RefCell::default();
}

fn emulator(step_ms: u64, partial_responses: bool) -> Emulator {
    let options =
        emulator::Options { step_ms, partial_responses, scenarios: small_scenarios(), ..emulator::Options::default() };
    let make = || Emulator::new(options).unwrap();
    EMULATORS.with_borrow_mut(|made| made.entry((step_ms, partial_responses)).or_insert_with(make).clone())
}

/// The parts of the built-in scenarios with patches and images, without the expensive ones.
fn small_scenarios() -> BTreeMap<String, Value> {
    let done = |title: &str| json!({"progress": {"title": title}});
    let file = json!({"path": "a.txt", "after": "1\n"});
    [
        ("first-changes", json!([done("Ran the tests"), {"progress": {"title": "Wrote it", "files": [file]}}])),
        ("more-changes", json!([done("Tidied up"), done("Looked at the page"), done("Ran all checks")])),
    ]
    .map(|(name, script)| (name.to_owned(), script))
    .into()
}

pub fn run(seed: u64, traced: bool) -> Report {
    let random = Random::new(seed, 1);
    let step_ms = random.of(&[1, 40, 1000, 1000, 4000, 10_000]);
    let polling_ms = random.of(&[1000, 5000, 5000, 15_000]);
    let odd = behaviour(&random, step_ms, polling_ms);
    let most_in_flight = random.of(&[1, 2, 50, 50]);
    let server = Server::new(emulator(step_ms, odd.gives_parts), odd, seed);
    let world = World::new(seed, server, most_in_flight, traced);
    let outcome = catch_unwind(AssertUnwindSafe(|| play(&world, &random, seed, polling_ms)));
    if let Err(panic) = outcome {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        world.violates("nothing panics", text.unwrap_or_default());
    }
    let records = world.records.borrow();
    let doubts = records.creates.iter().filter(|create| create.known == Known::Doubt).count();
    let counts = Counts {
        requests: world.requests(),
        calls: world.calls.borrow().len(),
        creates: records.creates.len(),
        doubts,
    };
    Report { broken: world.broken(), trace: world.trace(), counts }
}

fn behaviour(random: &Random, step_ms: u64, polling_ms: u64) -> Behaviour {
    let lag = |longest: u64| if random.percent(40) { i64::try_from(random.between(0, longest)).unwrap() } else { 0 };
    let prompts = match random.between(0, 19) {
        0 => PromptRendering::Trimmed,
        1 => PromptRendering::UnixLines,
        2 => PromptRendering::Escaped,
        3 => PromptRendering::Composed,
        4 => PromptRendering::Normalised,
        5 => PromptRendering::Cut(usize::try_from(random.between(14, 40)).unwrap()),
        6 => PromptRendering::Hidden,
        _ => PromptRendering::AsSent,
    };
    Behaviour {
        sessions_lag_ms: lag(3_000),
        has_replicas: random.percent(30),
        activities_lag_ms: lag(step_ms.min(polling_ms) - 1),
        late_percent: random.of(&[0, 0, 0, 10, 40]),
        late_message_ms: random.of(&[0, 3_000]),
        is_unordered: random.percent(25),
        young_ms: lag(15_000),
        largest_page: random.of(&[1, 2, 5, 100, 100]),
        empty_pages_percent: random.of(&[0, 0, 20]),
        coarse_ms: random.of(&[0, 0, 1, 250, 500, 1000]),
        gives_parts: !random.percent(20),
        shown: Shown { prompts, replaces_titles: random.percent(20), changes_case: random.percent(20) },
    }
}

fn play(world: &Rc<World>, random: &Random, seed: u64, polling_ms: u64) {
    let clients = Rc::new(members(world, random, polling_ms));
    let gives_titles = random.percent(50);
    world.note(|| {
        let processes: Vec<_> = clients.iter().map(|member| member.process).collect();
        let dates: Vec<_> = clients.iter().map(|member| member.client.host().dates).collect();
        let odd = &world.server.borrow().odd;
        format!("clients of the processes {processes:?}, {dates:?}; {odd:?}; {:?}", world.faults)
    });
    let callers: Vec<_> = (0..clients.len() as u64 + random.between(0, 2))
        .map(|index| Caller {
            world: Rc::clone(world),
            clients: Rc::clone(&clients),
            me: usize::try_from(index).unwrap() % clients.len(),
            name: format!("Caller {index}"),
            random: Random::new(seed, 100 + index),
            messages: Cell::new(0),
            gives_titles,
        })
        .collect();
    let horizon = u64::try_from(world.faults.calm_from_ms() + SLACK_MS).unwrap();
    let all = join_all(callers.iter().map(Caller::act));
    let ended = world.time.run(async { matches!(select(all, world.time.sleep(horizon)).await, Either::Left(_)) });
    let open = || {
        let calls = world.calls.borrow();
        let open = calls.iter().filter(|call| call.settled.is_none());
        open.map(|call| format!("{} since {} ms", call.what, call.begun_ms)).collect::<Vec<_>>().join(", ")
    };
    match ended {
        Ok(true) => {
            world.close();
            invariants::check(world);
        }
        Ok(false) => world.violates("every call settles within an hour of the last fault", open()),
        Err(_) => world.violates("no call waits forever", open()),
    }
}

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

/// The clients of one or two processes. Those of a process share its clock and ledger.
fn members(world: &Rc<World>, random: &Random, polling_ms: u64) -> Vec<ProcessClient> {
    let mut members = Vec::new();
    let processes = if random.percent(30) { 2 } else { 1 };
    for process in 0..processes {
        let (machine, shared) = (Machine::new(random), Process::default());
        for _ in 0..random.of(&[1, 1, 2, 3]) {
            let sender = Sender { client: members.len(), process };
            let host = SimulatedHost {
                world: Rc::clone(world),
                sender,
                dates: dates(random),
                ahead_ms: machine.ahead_ms,
                drift: machine.drift,
                hidden_ms: machine.hidden_ms.clone(),
            };
            members.push(ProcessClient { client: client(world, host, polling_ms, &shared), process });
        }
    }
    members
}

fn dates(random: &Random) -> DateHeader {
    match random.between(0, 9) {
        0..=4 => DateHeader::Ahead(0),
        5 | 6 => DateHeader::Ahead(random.of(&[-3_000, 3_000])),
        7 => DateHeader::Ahead(i64::try_from(random.between(0, 20_000)).unwrap() - 10_000),
        _ => DateHeader::Missing,
    }
}

fn client(world: &Rc<World>, host: SimulatedHost, polling_ms: u64, process: &Process) -> Client<SimulatedHost> {
    let mut options = Options { api_key: Some(KEY.to_owned()), ..Options::default() };
    options.config.polling_interval_ms = polling_ms;
    options.config.max_concurrent_requests = world.most_in_flight;
    Client::in_process(host, options, process.clone())
}
