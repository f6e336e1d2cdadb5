//! The caller of a journalled batch, with the store of its journal.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::failure::fetch_error;
use super::given::given;
use super::json::Json;
use super::results::{error_to_js, object};
use crate::client::batch::{BatchPort, Settled};
use crate::core::batch::slots::Usage;
use crate::core::batch::{Counts, Status};
use crate::core::config::SessionConfig;
use crate::core::error::{Cause, Error, ErrorKind};
use crate::store::{Store, Stored};

#[wasm_bindgen]
extern "C" {
    /// The port of the façade (pkg-template/lib/batch.js).
    pub type JournalPort;

    /// Resolves with the configuration of an item, or with undefined. Never rejects.
    #[wasm_bindgen(method)]
    fn configure(this: &JournalPort, index: usize) -> Promise;

    /// Resolves when the record is written; rejects with the error of the store.
    #[wasm_bindgen(method)]
    fn put(this: &JournalPort, key: &str, record: String) -> Promise;

    #[wasm_bindgen(method)]
    fn settled(this: &JournalPort, item: JsValue);

    #[wasm_bindgen(method)]
    fn progress(this: &JournalPort, counts: JsValue, usage: JsValue);

    #[wasm_bindgen(method, getter)]
    fn keys(this: &JournalPort) -> Vec<String>;

    /// The records of the items: undefined if there is none, null for one that cannot be read.
    #[wasm_bindgen(method, getter)]
    fn items(this: &JournalPort) -> Vec<JsValue>;

    /// The other records.
    #[wasm_bindgen(method, getter)]
    fn others(this: &JournalPort) -> Vec<JsValue>;

    #[wasm_bindgen(method, getter, js_name = isDamaged)]
    fn is_damaged(this: &JournalPort) -> bool;
}

impl JournalPort {
    /// The keys of the items.
    pub(super) fn item_keys(&self) -> Vec<String> {
        self.keys()
    }

    /// The contents of the store.
    pub(super) fn stored(&self) -> Stored<Json> {
        let item = |record: JsValue| (!record.is_undefined()).then(|| Json::from(record));
        Stored {
            items: self.items().into_iter().map(item).collect(),
            others: self.others().into_iter().map(Json::from).collect(),
            is_damaged: self.is_damaged(),
        }
    }
}

impl Store for JournalPort {
    async fn put(&self, key: &str, record: String) -> Result<(), Error> {
        JsFuture::from(JournalPort::put(self, key, record)).await.map(drop).map_err(|thrown| {
            let failure = fetch_error(&thrown, false);
            let message = [
                "The journal cannot be written: ",
                failure.message.trim_end_matches('.'),
                ". No further session is created. Those that were created are in the journal or are searched for: run the \
                 batch again when it can be written.",
            ];
            let mut error = Error::new(ErrorKind::Journal, message.concat());
            error.cause = Some(Cause { name: failure.name, message: failure.message, code: failure.code });
            error
        })
    }
}

impl BatchPort for JournalPort {
    async fn configure(&self, index: usize) -> Option<SessionConfig> {
        let config = JsFuture::from(JournalPort::configure(self, index)).await.ok()?;
        (!config.is_undefined()).then(|| SessionConfig::read(&given(&config)))
    }

    fn settled(&self, item: Settled) {
        let Settled { index, status, session, error } = item;
        let error = error.map_or(JsValue::UNDEFINED, |error| error_to_js(&error));
        let fields =
            [("index", index.into()), ("status", status.name().into()), ("id", session.into()), ("fault", error)];
        JournalPort::settled(self, object(fields));
    }

    fn progress(&self, counts: &Counts, usage: Option<Usage>) {
        let counts = [
            ("total", counts.total.into()),
            (Status::Waiting.name(), counts.waiting.into()),
            (Status::Creating.name(), counts.creating.into()),
            (Status::Running.name(), counts.running.into()),
            (Status::Completed.name(), counts.completed.into()),
            (Status::Failed.name(), counts.failed.into()),
            (Status::WaitFailed.name(), counts.wait_failed.into()),
            (Status::NotCreated.name(), counts.not_created.into()),
            (Status::Unknown.name(), counts.unknown.into()),
        ];
        let usage = usage.map(|Usage { day, running }| object([("day", day.into()), ("running", running.into())]));
        JournalPort::progress(self, object(counts), usage.into());
    }
}
