//! One schedule: a world made from a seed, run to its end, and checked.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::books;
use crate::callers::Caller;
use crate::chance::Chance;
use crate::host::Local;
use crate::server::{Oddities, Server};
use crate::support::{KEY, product_json};
use crate::world::World;
use futures::future::{Either, join_all, select};
use jules_wasm::client::Client;
use jules_wasm::core::options::Options;
use jules_wasm::emulator::{self, Emulator};
use serde_json::json;

/// Once nothing goes wrong any more, everything is over within this time: the longest bounds of the callers, one after
/// the other, and what was being retried when it cleared up.
const SLACK_MS: i64 = 3_600_000;

/// What came of a schedule.
#[derive(Debug)]
pub struct Report {
    /// The first invariant that was broken, in words.
    pub broken: Option<String>,
    pub trace: Vec<String>,
    pub requests: usize,
    pub calls: usize,
    pub sessions: usize,
}

thread_local! {
    /// Making an emulator reads its scenarios; a copy does not.
    static EMULATORS: RefCell<BTreeMap<(u64, bool), Emulator>> = RefCell::default();
}

fn emulator(step_ms: u64, partial_responses: bool) -> Emulator {
    let options = emulator::Options { step_ms, partial_responses, ..emulator::Options::default() };
    let make = || Emulator::new(options).unwrap();
    EMULATORS.with_borrow_mut(|made| made.entry((step_ms, partial_responses)).or_insert_with(make).clone())
}

pub fn run(seed: u64, traced: bool) -> Report {
    let chance = Chance::new(seed, 1);
    let step_ms = chance.of(&[1, 40, 1000, 1000, 4000]);
    let polling_ms = chance.of(&[1000, 5000, 5000, 15_000]);
    let lag = |longest: u64| if chance.percent(40) { i64::try_from(chance.between(0, longest)).unwrap() } else { 0 };
    let odd = Oddities {
        sessions_lag_ms: lag(3_000),
        activities_lag_ms: lag(step_ms.min(polling_ms) - 1),
        young_ms: lag(15_000),
        largest_page: chance.of(&[1, 2, 5, 100, 100]),
        empty_pages_percent: chance.of(&[0, 0, 20]),
        coarse_ms: chance.of(&[0, 0, 1, 250, 500, 1000]),
    };
    let most_in_flight = chance.of(&[1, 2, 50, 50]);
    let world =
        World::new(seed, Server::new(emulator(step_ms, !chance.percent(20)), odd, seed), most_in_flight, traced);
    let outcome = catch_unwind(AssertUnwindSafe(|| play(&world, &chance, seed, polling_ms)));
    if let Err(panic) = outcome {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        world.break_law(format!("no panic: {}", text.unwrap_or_default()));
    }
    let calls = world.calls.borrow().len();
    let sessions = world.books.borrow().creates.len();
    Report { broken: world.broken(), trace: world.trace(), requests: world.requests(), calls, sessions }
}

fn play(world: &Rc<World>, chance: &Chance, seed: u64, polling_ms: u64) {
    let clients: Rc<Vec<_>> =
        Rc::new((0..chance.between(1, 3)).map(|number| client(world, chance, number, polling_ms)).collect());
    world.note(|| format!("{} clients; {:?}; {:?}", clients.len(), world.server.borrow().odd, world.weather));
    let callers: Vec<_> = (0..clients.len() as u64 + chance.between(0, 2))
        .map(|index| Caller {
            world: Rc::clone(world),
            clients: Rc::clone(&clients),
            me: usize::try_from(index).unwrap() % clients.len(),
            name: format!("Caller {index}"),
            chance: Chance::new(seed, 100 + index),
            messages: Cell::new(0),
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
            books::check(world);
        }
        Ok(false) => world.break_law(format!("a call has not settled an hour after the last fault: {}", open())),
        Err(_) => world.break_law(format!("a call waits for what can never come: {}", open())),
    }
}

fn client(world: &Rc<World>, chance: &Chance, number: u64, polling_ms: u64) -> Client<Local> {
    let ahead_ms = if chance.percent(50) { i64::try_from(chance.between(0, 1_200_000)).unwrap() - 600_000 } else { 0 };
    let drift = if chance.percent(20) { i64::try_from(chance.between(0, 10)).unwrap() - 5 } else { 0 };
    let options = product_json(&json!({
        "apiKey": KEY,
        "config": {"pollingIntervalMs": polling_ms, "maxConcurrentRequests": world.most_in_flight},
    }));
    let options = Options::default().with(options).unwrap();
    let hidden_from_ms = if chance.percent(20) { i64::try_from(chance.between(0, 100_000)).unwrap() } else { i64::MAX };
    let hidden_to_ms = hidden_from_ms.saturating_add(i64::try_from(chance.between(1, 200_000)).unwrap());
    let client = usize::try_from(number).unwrap();
    let host = Local { world: Rc::clone(world), client, ahead_ms, drift, hidden_ms: hidden_from_ms..hidden_to_ms };
    Client::new(host, options)
}
