//! Batches that are advanced by ticks, each in a process of its own. Some ticks are killed or lose their states, and some overlap.

use std::cell::{Cell, RefCell};

use crate::callers::Caller;
use crate::calling::{CallBounds, Moment, ProcessEnd};
use crate::dates::DateHeader;
use crate::records::{Item, Known};
use futures::future::join;
use jules_wasm::client::batch::{JournalledOptions, TickOptions, TickPort};
use jules_wasm::core::batch::Marker;
use jules_wasm::core::config::SessionConfig;
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::time::Timestamp;
use serde_json::{Value, json};

/// Scenarios of the items.
const SCENARIOS: [&str; 8] =
    ["default", "default", "default", "fail", "no-outputs", "revive", "precondition-created", "forbidden"];

/// After so many ticks a batch has ended, unless the service has refused it for a day.
const MOST_TICKS: usize = 600;

/// A refusal until later than this is not waited for.
const LONGEST_PAUSE_MS: i64 = 1_200_000;

/// How late a request may be carried out, where it must be found by a list without a saved state, and where the state names it.
const SOON_MS: u64 = 3_000;
const LATE_MS: u64 = 40_000;

/// What the list must show before a tick without a saved state of the last one may begin where creates are not waited for.
const REPLICATED_MS: u64 = 12_000;

/// A batch, and what survives its processes.
struct Batch {
    name: String,
    keys: Vec<String>,
    prompts: Vec<String>,
    /// Whether `map` gives titles.
    gives_titles: bool,
    options: TickOptions,
    dates: DateHeader,
    /// Whether states are lost that were stored.
    is_lossy: bool,
    /// Whether a state is stored only after the one before it, so that ticks may overlap.
    compares_revisions: bool,
    stored: RefCell<Vec<Value>>,
    /// Whether a process may end before its tick.
    is_hazardous: Cell<bool>,
}

impl Batch {
    fn latest(&self) -> Value {
        self.stored.borrow().last().cloned().unwrap_or_default()
    }

    /// Stores a state, unless another tick has stored one meanwhile.
    fn store(&self, state: Value) -> bool {
        let before = self.latest()["revision"].as_u64().unwrap_or(0);
        if self.compares_revisions && state["revision"] != before + 1 {
            return false;
        }
        self.stored.borrow_mut().push(state);
        true
    }
}

/// The process of a tick.
struct TickProcess<'a> {
    caller: &'a Caller,
    batch: &'a Batch,
    /// States are saved one after the other: how many were passed to `save`, and how many of them it has handled.
    passed: Cell<u64>,
    handled: Cell<u64>,
    /// Whether one could not be saved. Then no later one is, as in the façade: its revision would fit after that of another tick.
    has_failed: Cell<bool>,
}

impl TickPort for TickProcess<'_> {
    async fn configure(&self, index: usize) -> Result<SessionConfig, String> {
        self.caller.rest(0, 40).await;
        let mut config = json!({"prompt": self.batch.prompts[index]});
        if self.batch.gives_titles {
            config["title"] = format!("Task {index}").into();
        }
        Ok(SessionConfig::read(&config))
    }

    async fn save(&self, state: String) -> Result<(), Error> {
        let turn = self.passed.replace(self.passed.get() + 1);
        while self.handled.get() < turn {
            self.caller.rest(1, 1).await;
        }
        let random = &self.caller.random;
        let may_fail = self.batch.is_hazardous.get();
        self.caller.rest(0, 40).await;
        let is_full = may_fail && random.percent(4);
        let is_saved = !is_full && !self.has_failed.get() && self.batch.store(serde_json::from_str(&state).unwrap());
        self.caller.rest(0, 40).await;
        let is_known = !(may_fail && random.percent(4));
        self.has_failed.set(self.has_failed.get() || !is_saved || !is_known);
        self.handled.set(turn + 1);
        if is_saved && is_known { Ok(()) } else { Err(Error::new(ErrorKind::Journal, "It cannot be saved.")) }
    }
}

impl Caller {
    pub async fn ticks(&self, number: u64) {
        self.rest(0, 30_000).await;
        let batch = self.random_batch(number);
        let kills = self.random.between(0, 8);
        for number in 0..MOST_TICKS {
            let is_calm = self.world.now_ms() > self.world.faults.calm_from_ms();
            batch.is_hazardous.set(number < usize::try_from(kills).unwrap() || !is_calm);
            if batch.compares_revisions && self.random.percent(50) {
                let late = async {
                    self.rest(0, 2_000).await;
                    self.tick(&batch, batch.latest()).await
                };
                join(self.tick(&batch, batch.latest()), late).await;
            } else {
                self.tick(&batch, self.state_for(&batch).await).await;
            }
            if self.has_ended(&batch).await {
                return self.settle(&batch);
            }
        }
        self.world.violates("a batch that is advanced by ticks ends", format!("{}: {}", batch.name, batch.latest()));
    }

    fn random_batch(&self, number: u64) -> Batch {
        let random = &self.random;
        let keeps_titles = !self.world.server.borrow().odd.shown.replaces_titles;
        let saves = !keeps_titles || random.percent(50);
        let name = format!("{} batch {number}", self.name);
        let count = usize::try_from(random.between(1, 6)).unwrap();
        let is_alike = keeps_titles && random.percent(40);
        let scenario = random.of(&SCENARIOS);
        let prompt = |index: usize| match is_alike {
            true => format!("The same [emulator: {scenario}]"),
            false => format!("{name} item {index} [emulator: {}]", random.of(&SCENARIOS)),
        };
        let some = |share, low, high| random.percent(share).then(|| random.between(low, high));
        // Small pages take long.
        let is_slow = self.world.server.borrow().odd.largest_page < 100;
        let max_ms = random.of(&[if is_slow { 40_000 } else { 8_000 }, 20_000, 30_000, 30_000, 60_000]);
        Batch {
            keys: (0..count).map(|index| format!("item {index}")).collect(),
            prompts: (0..count).map(prompt).collect(),
            gives_titles: random.percent(30),
            options: TickOptions {
                batch: JournalledOptions {
                    concurrency: random.between(1, 4),
                    max_running: some(30, 1, 4),
                    per_day: some(15, 100, 300),
                    concurrent: some(15, 20, 60),
                },
                max_requests: random.between(3, 40),
                max_ms,
                name: Some(name.clone()),
                saves,
            },
            dates: DateHeader::random(random),
            is_lossy: keeps_titles && random.percent(40),
            compares_revisions: saves && random.percent(40),
            stored: RefCell::default(),
            is_hazardous: Cell::new(true),
            name,
        }
    }

    /// The state for the next tick: that of the last one, or an older one.
    async fn state_for(&self, batch: &Batch) -> Value {
        let stored = batch.stored.borrow().clone();
        if !batch.is_lossy || batch.compares_revisions || !batch.is_hazardous.get() || !self.random.percent(30) {
            return stored.last().cloned().unwrap_or_default();
        }
        if batch.options.saves {
            self.rest(REPLICATED_MS, 3 * REPLICATED_MS).await;
        }
        let place = usize::try_from(self.random.between(0, stored.len() as u64)).unwrap();
        batch.stored.borrow_mut().truncate(place);
        batch.latest()
    }

    /// One tick, in a process of its own.
    async fn tick(&self, batch: &Batch, state: Value) {
        let random = &self.random;
        let client = self.processes.restart(random, batch.dates);
        let process = TickProcess {
            caller: self,
            batch,
            passed: Cell::new(0),
            handled: Cell::new(0),
            has_failed: Cell::new(false),
        };
        let mut options = batch.options.clone();
        // Small pages need more requests.
        options.max_requests += 40 * u64::from(self.world.server.borrow().odd.largest_page < 100);
        let mut within = if batch.is_hazardous.get() { self.within(40_000) } else { CallBounds::default() };
        within.carried_out_within_ms = Some(if batch.is_lossy || !options.saves { SOON_MS } else { LATE_MS });
        if batch.is_hazardous.get() {
            within.process_end = match random.between(0, 9) {
                0..=4 => Some(ProcessEnd::Killed(Moment::around_request(random, 8))),
                5 => Some(ProcessEnd::Closed {
                    after_ms: random.between(0, options.max_ms),
                    timeout_ms: random.of(&[Some(0), Some(2_000), Some(8_000), None]),
                }),
                _ => None,
            };
        }
        let begun_ms = self.world.now_ms();
        let what = format!("tick of {}", batch.name);
        let (call, result) = self
            .call_in_process(client, &what, within, None, async |client| {
                client.tick(&state, &batch.keys, &options, &process).await
            })
            .await;
        let took_ms = u64::try_from(self.world.now_ms() - begun_ms).unwrap();
        let sent = self.world.calls.borrow()[call].requests_sent();
        if result.is_some() && took_ms > options.max_ms + options.max_ms / 100 {
            self.world.violates("a tick ends within maxMs", format!("call {call}: {took_ms} ms"));
        }
        if u64::try_from(sent).unwrap() > options.max_requests {
            self.world.violates("a tick sends at most maxRequests", format!("call {call}: {sent}"));
        }
        if let Some(Ok(text)) = result {
            self.world.note(|| text.clone());
            let is_stored = !(batch.is_hazardous.get() && random.percent(20));
            if is_stored {
                batch.store(serde_json::from_str(&text).unwrap());
            }
        }
    }

    /// Whether the batch is done, or not to be continued here. Waits until the next tick otherwise.
    async fn has_ended(&self, batch: &Batch) -> bool {
        let state = batch.latest();
        if state["done"] == true {
            return true;
        }
        if batch.is_hazardous.get() {
            self.rest(0, self.random.of(&[1, 2_000, 60_000])).await;
            return false;
        }
        let next = state["nextTickAt"].as_str().and_then(Timestamp::parse);
        let left_ms = next.map_or(20_000, |next| next.as_millis() - self.world.now().as_millis());
        if left_ms > LONGEST_PAUSE_MS {
            return true;
        }
        self.world.time.sleep(u64::try_from(left_ms).unwrap_or(0).max(1_000)).await;
        false
    }

    /// Records what the batch says of its items.
    fn settle(&self, batch: &Batch) {
        let state = batch.latest();
        let tag = Marker::tag_of(&batch.name);
        for (index, (key, prompt)) in batch.keys.iter().zip(&batch.prompts).enumerate() {
            let item = &state["items"][index];
            let known = match (item["sessionId"].as_str(), item["status"].as_str()) {
                (Some(id), _) => Known::Done(id.to_owned()),
                (None, Some("unknown" | "creating")) => Known::Doubt,
                (None, _) => Known::Not,
            };
            let item = Item {
                what: format!("{key} of {}", batch.name),
                marker: Marker::of(&tag, key),
                prompt: prompt.clone(),
                known,
            };
            self.world.records.borrow_mut().items.push(item);
        }
    }
}
