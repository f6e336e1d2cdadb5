//! The caller of a tick.

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::given::given;
use super::journal::not_written;
use crate::client::batch::TickPort;
use crate::core::config::SessionConfig;
use crate::core::error::Error;
use crate::core::json_view::JsonView;

#[wasm_bindgen]
extern "C" {
    /// The port of the façade (pkg-template/lib/tick.js).
    pub type TickCaller;

    /// Resolves with the `config` of an item, or with the `error` that the caller has thrown. Never rejects.
    #[wasm_bindgen(method)]
    fn configure(this: &TickCaller, index: usize) -> Promise;

    /// Resolves when the state is saved; rejects with what the caller has thrown.
    #[wasm_bindgen(method)]
    fn save(this: &TickCaller, state: String) -> Promise;

    #[wasm_bindgen(method, getter)]
    fn keys(this: &TickCaller) -> Vec<String>;
}

impl TickCaller {
    /// The keys of the items.
    pub(super) fn item_keys(&self) -> Vec<String> {
        self.keys()
    }
}

impl TickPort for TickCaller {
    async fn configure(&self, index: usize) -> Result<SessionConfig, String> {
        let configured = JsFuture::from(TickCaller::configure(self, index)).await.unwrap_or_default();
        let (config, error) = (given(&configured).get("config"), given(&configured).get("error"));
        if config.is_object() { Ok(SessionConfig::read(&config)) } else { Err(error.string().unwrap_or_default()) }
    }

    async fn save(&self, state: String) -> Result<(), Error> {
        JsFuture::from(TickCaller::save(self, state)).await.map(drop).map_err(|thrown| {
            not_written(
                &thrown,
                "The state of the batch cannot be saved",
                "Those that were created are in the state that was saved last, or are searched for: tick again with it.",
            )
        })
    }
}
