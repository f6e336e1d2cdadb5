//! The caller of a journalled batch, with the store of its journal.

use js_sys::{Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::failure::fetch_error;
use super::given::given;
use super::json::Json;
use super::results::{error_to_js, object};
use crate::client::batch::{BatchPort, Settled};
use crate::core::batch::Counts;
use crate::core::batch::slots::Usage;
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
            not_written(
                &thrown,
                "The journal cannot be written",
                "Those that were created are in the journal or are searched for: run the batch again when it can be written.",
            )
        })
    }
}

/// The error of a store of the caller.
pub(super) fn not_written(thrown: &JsValue, what: &str, advice: &str) -> Error {
    let failure = fetch_error(thrown, false);
    let why = failure.message.trim_end_matches('.');
    let message = [what, ": ", why, ". No further session is created. ", advice].concat();
    let mut error = Error::new(ErrorKind::Journal, message);
    error.cause = Some(Cause { name: failure.name, message: failure.message, code: failure.code });
    error
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
        JournalPort::settled(self, object(&fields));
    }

    fn progress(&self, counts: &Counts, usage: Option<Usage>) {
        let shown = object(&[]);
        for (name, count) in counts.fields() {
            // Cannot fail on our own object.
            let _ = Reflect::set(&shown, &name.into(), &count.into());
        }
        let usage = usage.map(|Usage { day, running }| object(&[("day", day.into()), ("running", running.into())]));
        JournalPort::progress(self, shown, usage.into());
    }
}
