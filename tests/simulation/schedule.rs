//! One schedule: a world made from a seed, run to its end, and checked.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::{AddAssign, Range};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::books::Known;
use crate::callers::{Caller, Member};
use crate::chance::Chance;
use crate::dates::Dates;
use crate::host::Local;
use crate::invariants;
use crate::server::{Oddities, Server};
use crate::shown::{Prompts, Shown};
use crate::support::KEY;
use crate::world::{Sender, Violation, World};
use futures::future::{Either, join_all, select};
use jules_wasm::client::{Client, Process};
use jules_wasm::core::options::Options;
use jules_wasm::emulator::{self, Emulator};
use serde_json::{Value, json};

/// Once nothing goes wrong any more, everything is over within this time: the longest bounds of the callers, one after
/// the other, and what was being retried when it cleared up.
const SLACK_MS: i64 = 3_600_000;

/// What came of a schedule.
#[derive(Debug)]
pub struct Report {
    /// The first invariant that was broken.
    pub broken: Option<Violation>,
    pub trace: Vec<String>,
    pub counts: Counts,
}

/// How much there was of what.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub requests: usize,
    pub calls: usize,
    pub creates: usize,
    /// Creates of which the caller does not know whether they were carried out.
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
    /// Making an emulator reads its scenarios; a copy does not.
    static EMULATORS: RefCell<BTreeMap<(u64, bool), Emulator>> = RefCell::default();
}

fn emulator(step_ms: u64, partial_responses: bool) -> Emulator {
    let options =
        emulator::Options { step_ms, partial_responses, scenarios: small_scenarios(), ..emulator::Options::default() };
    let make = || Emulator::new(options).unwrap();
    EMULATORS.with_borrow_mut(|made| made.entry((step_ms, partial_responses)).or_insert_with(make).clone())
}

/// The parts of the built-in scenarios that hold patches and pictures, without what takes long to make of these.
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
    let chance = Chance::new(seed, 1);
    let step_ms = chance.of(&[1, 40, 1000, 1000, 4000, 10_000]);
    let polling_ms = chance.of(&[1000, 5000, 5000, 15_000]);
    let odd = oddities(&chance, step_ms, polling_ms);
    let most_in_flight = chance.of(&[1, 2, 50, 50]);
    let server = Server::new(emulator(step_ms, odd.gives_parts), odd, seed);
    let world = World::new(seed, server, most_in_flight, traced);
    let outcome = catch_unwind(AssertUnwindSafe(|| play(&world, &chance, seed, polling_ms)));
    if let Err(panic) = outcome {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        world.violates("nothing panics", text.unwrap_or_default());
    }
    let books = world.books.borrow();
    let doubts = books.creates.iter().filter(|create| create.known == Known::Doubt).count();
    let counts =
        Counts { requests: world.requests(), calls: world.calls.borrow().len(), creates: books.creates.len(), doubts };
    Report { broken: world.broken(), trace: world.trace(), counts }
}

fn oddities(chance: &Chance, step_ms: u64, polling_ms: u64) -> Oddities {
    let lag = |longest: u64| if chance.percent(40) { i64::try_from(chance.between(0, longest)).unwrap() } else { 0 };
    let prompts = match chance.between(0, 19) {
        0 => Prompts::Trimmed,
        1 => Prompts::UnixLines,
        2 => Prompts::Escaped,
        3 => Prompts::Composed,
        4 => Prompts::Normalised,
        5 => Prompts::Cut(usize::try_from(chance.between(14, 40)).unwrap()),
        6 => Prompts::Hidden,
        _ => Prompts::AsSent,
    };
    Oddities {
        sessions_lag_ms: lag(3_000),
        has_replicas: chance.percent(30),
        activities_lag_ms: lag(step_ms.min(polling_ms) - 1),
        late_percent: chance.of(&[0, 0, 0, 10, 40]),
        late_message_ms: chance.of(&[0, 3_000]),
        is_unordered: chance.percent(25),
        young_ms: lag(15_000),
        largest_page: chance.of(&[1, 2, 5, 100, 100]),
        empty_pages_percent: chance.of(&[0, 0, 20]),
        coarse_ms: chance.of(&[0, 0, 1, 250, 500, 1000]),
        gives_parts: !chance.percent(20),
        shown: Shown { prompts, replaces_titles: chance.percent(20), changes_case: chance.percent(20) },
    }
}

fn play(world: &Rc<World>, chance: &Chance, seed: u64, polling_ms: u64) {
    let clients = Rc::new(members(world, chance, polling_ms));
    let gives_titles = chance.percent(50);
    world.note(|| {
        let processes: Vec<_> = clients.iter().map(|member| member.process).collect();
        let dates: Vec<_> = clients.iter().map(|member| member.client.host().dates).collect();
        let odd = &world.server.borrow().odd;
        format!("clients of the processes {processes:?}, {dates:?}; {odd:?}; {:?}", world.weather)
    });
    let callers: Vec<_> = (0..clients.len() as u64 + chance.between(0, 2))
        .map(|index| Caller {
            world: Rc::clone(world),
            clients: Rc::clone(&clients),
            me: usize::try_from(index).unwrap() % clients.len(),
            name: format!("Caller {index}"),
            chance: Chance::new(seed, 100 + index),
            messages: Cell::new(0),
            gives_titles,
        })
        .collect();
    let horizon = u64::try_from(world.weather.calm_from_ms() + SLACK_MS).unwrap();
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
        Err(_) => world.violates("no call waits for what can never come", open()),
    }
}

/// What a process runs on: its clock, and when nobody sees the page that it is.
struct Machine {
    ahead_ms: i64,
    drift: i64,
    hidden_ms: Range<i64>,
}

impl Machine {
    fn new(chance: &Chance) -> Self {
        let signed = |most: u64| i64::try_from(chance.between(0, 2 * most)).unwrap() - i64::try_from(most).unwrap();
        let ahead_ms = if chance.percent(50) { signed(600_000) } else { 0 };
        let drift = if chance.percent(20) { signed(5) } else { 0 };
        let from_ms = if chance.percent(20) { i64::try_from(chance.between(0, 100_000)).unwrap() } else { i64::MAX };
        let to_ms = from_ms.saturating_add(i64::try_from(chance.between(1, 200_000)).unwrap());
        Self { ahead_ms, drift, hidden_ms: from_ms..to_ms }
    }
}

/// The clients of one process or two; those of a process have its clock, and share what is shared within a process.
fn members(world: &Rc<World>, chance: &Chance, polling_ms: u64) -> Vec<Member> {
    let mut members = Vec::new();
    let processes = if chance.percent(30) { 2 } else { 1 };
    for process in 0..processes {
        let (machine, shared) = (Machine::new(chance), Process::default());
        for _ in 0..chance.of(&[1, 1, 2, 3]) {
            let sender = Sender { client: members.len(), process };
            let host = Local {
                world: Rc::clone(world),
                sender,
                dates: dates(chance),
                ahead_ms: machine.ahead_ms,
                drift: machine.drift,
                hidden_ms: machine.hidden_ms.clone(),
            };
            members.push(Member { client: client(world, host, polling_ms, &shared), process });
        }
    }
    members
}

fn dates(chance: &Chance) -> Dates {
    match chance.between(0, 9) {
        0..=4 => Dates::Ahead(0),
        5 | 6 => Dates::Ahead(chance.of(&[-3_000, 3_000])),
        7 => Dates::Ahead(i64::try_from(chance.between(0, 20_000)).unwrap() - 10_000),
        _ => Dates::Missing,
    }
}

fn client(world: &Rc<World>, host: Local, polling_ms: u64, process: &Process) -> Client<Local> {
    let mut options = Options { api_key: Some(KEY.to_owned()), ..Options::default() };
    options.config.polling_interval_ms = polling_ms;
    options.config.max_concurrent_requests = world.most_in_flight;
    Client::in_process(host, options, process.clone())
}
