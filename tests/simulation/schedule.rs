//! One schedule: a world from a seed, run to its end and checked.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;

use crate::callers::Caller;
use crate::invariants;
use crate::processes::Processes;
use crate::random::Random;
use crate::records::Known;
use crate::rendering::{PromptRendering, Shown};
use crate::server::{Behaviour, Server};
use crate::world::{Violation, World};
use futures::FutureExt;
use futures::future::{Either, LocalBoxFuture, join_all, select};
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
        ("asks", json!(["opening", {"ask": "This?"}, done("Went on"), {"ask": "Or that?"}, "more-changes", "ending"])),
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

/// The callers besides the usual ones: that of the feed, two with ticks, two with an auto-pilot, and one that closes a client.
const OTHERS: u64 = 6;

/// What they do, if anything.
fn others_at_work<'a>(others: &'a [Caller], random: &Random, clients: usize) -> Vec<LocalBoxFuture<'a, ()>> {
    let mut tasks = Vec::new();
    for (place, share) in [(1, 20), (2, 5), (3, 15), (4, 3), (5, 15)] {
        let caller = &others[place];
        let is_at_work = random.percent(share);
        let client = usize::try_from(random.between(0, clients as u64 - 1)).unwrap();
        let timeout_ms = random.of(&[Some(0), Some(500), Some(8_000), Some(8_000), None]);
        let task = async move {
            match place {
                1 | 2 => caller.ticks(0).await,
                3 | 4 => caller.piloted(0).await,
                _ => {
                    caller.rest(0, 120_000).await;
                    caller.close(client, timeout_ms).await;
                }
            }
        };
        if is_at_work {
            tasks.push(task.boxed_local());
        }
    }
    tasks
}

fn play(world: &Rc<World>, random: &Random, seed: u64, polling_ms: u64) {
    let processes = Processes::start(world, random, polling_ms);
    let gives_titles = random.percent(50);
    world.note(|| {
        let clients = 0..processes.first();
        let of: Vec<_> = clients.clone().map(|client| processes.process(client)).collect();
        let dates: Vec<_> = clients.map(|client| processes.client(client).host().dates).collect();
        let odd = &world.server.borrow().odd;
        format!("clients of the processes {of:?}, {dates:?}; {odd:?}; {:?}", world.faults)
    });
    let caller = |index: u64| Caller {
        world: Rc::clone(world),
        processes: Rc::clone(&processes),
        me: usize::try_from(index).unwrap() % processes.first(),
        name: format!("Caller {index}"),
        random: Random::new(seed, 100 + index),
        messages: Cell::new(0),
        gives_titles,
    };
    let count = processes.first() as u64 + random.between(0, 2);
    let callers: Vec<_> = (0..count + OTHERS).map(caller).collect();
    let (callers, others) = callers.split_at(usize::try_from(count).unwrap());
    let horizon = u64::try_from(world.faults.calm_from_ms() + SLACK_MS).unwrap();
    let mut tasks: Vec<LocalBoxFuture<'_, ()>> = callers.iter().map(|caller| caller.act().boxed_local()).collect();
    tasks.extend(others_at_work(others, &Random::new(seed, 2), processes.first()));
    let all = pin!(join_all(tasks));
    let all = async { matches!(select(all, world.time.sleep(horizon)).await, Either::Left(_)) };
    let watcher = &others[0];
    let ended = world.time.run(async { if watcher.random.percent(15) { watcher.feed(all).await } else { all.await } });
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
