//! The caller of a journalled batch, with a store that survives its processes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::SimHost;
use jules_wasm::client::batch::{BatchPort, Settled, TickPort};
use jules_wasm::core::batch::Counts;
use jules_wasm::core::batch::slots::Usage;
use jules_wasm::core::config::SessionConfig;
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::host::Host;
use jules_wasm::store::{Store, Stored};
use serde_json::{Value, json};

/// The records of a journal, as they are on the disk.
#[derive(Debug, Clone, Default)]
pub struct Disk(Rc<RefCell<BTreeMap<String, String>>>);

impl Disk {
    pub fn stored(&self, keys: &[String]) -> Stored<Value> {
        let read = |text: &String| serde_json::from_str(text).unwrap_or_default();
        let records = self.0.borrow();
        let items = keys.iter().map(|key| records.get(key).map(read)).collect();
        let others = records.iter().filter(|(key, _)| !keys.contains(key)).map(|(_, text)| read(text)).collect();
        Stored { items, others, is_damaged: false }
    }

    pub fn record(&self, key: &str) -> Value {
        self.0.borrow().get(key).map(|text| serde_json::from_str(text).unwrap_or_default()).unwrap_or_default()
    }

    pub fn write(&self, key: &str, text: &str) {
        self.0.borrow_mut().insert(key.to_owned(), text.to_owned());
    }

    pub fn remove(&self, key: &str) {
        self.0.borrow_mut().remove(key);
    }
}

/// A caller.
pub struct Caller {
    pub sim: SimHost,
    pub disk: Disk,
    /// The configuration of each item; `None`: `map` has thrown.
    pub configure: Box<dyn Fn(usize) -> Option<Value>>,
    pub settled: RefCell<Vec<Settled>>,
    pub progress: RefCell<Vec<(i64, Counts, Option<Usage>)>>,
    /// How many records can be written before the disk is full.
    pub room: Cell<usize>,
}

impl Caller {
    /// With identical prompts.
    pub fn new(sim: &SimHost, disk: &Disk) -> Self {
        Self {
            sim: sim.clone(),
            disk: disk.clone(),
            configure: Box::new(|_| Some(json!({"prompt": "Fix the login bug"}))),
            settled: RefCell::default(),
            progress: RefCell::default(),
            room: Cell::new(usize::MAX),
        }
    }

    pub fn settled(&self) -> Vec<Settled> {
        self.settled.borrow().clone()
    }
}

impl Store for Caller {
    /// Takes time before and after the write, so that a process can be killed there.
    async fn put(&self, key: &str, record: String) -> Result<(), Error> {
        self.sim.sleep(1).await;
        if self.room.get() == 0 {
            return Err(Error::new(ErrorKind::Journal, "The disk is full."));
        }
        self.room.set(self.room.get() - 1);
        self.disk.write(key, &record);
        self.sim.sleep(1).await;
        Ok(())
    }
}

impl BatchPort for Caller {
    async fn configure(&self, index: usize) -> Option<SessionConfig> {
        self.sim.sleep(1).await;
        (self.configure)(index).map(|config| SessionConfig::read(&config))
    }

    fn settled(&self, item: Settled) {
        self.settled.borrow_mut().push(item);
    }

    fn progress(&self, counts: &Counts, usage: Option<Usage>) {
        self.progress.borrow_mut().push((self.sim.elapsed_ms(), *counts, usage));
    }
}

/// The place of the state of a batch that is advanced by ticks.
const STATE: &str = "state";

impl Disk {
    /// The state that was saved last; `null` if there is none.
    pub fn state(&self) -> Value {
        self.record(STATE)
    }

    pub fn save(&self, state: &str) {
        self.write(STATE, state);
    }
}

impl TickPort for Caller {
    async fn configure(&self, index: usize) -> Result<SessionConfig, String> {
        BatchPort::configure(self, index).await.ok_or_else(|| "map has thrown".to_owned())
    }

    async fn save(&self, state: String) -> Result<(), Error> {
        self.put(STATE, state).await
    }
}
