//! The emulator's export.

use std::cell::RefCell;

use js_sys::{TypeError, Uint8Array};
use serde::Serialize;
use serde_json::Map;
use wasm_bindgen::prelude::*;

use crate::core::time::Timestamp;
use crate::emulator::json::Json;
use crate::emulator::{Emulator, Options, Request};

/// The service, behind plain data. Synchronous: no call is open while another comes.
#[wasm_bindgen]
pub struct EmulatorCore(RefCell<Emulator>);

#[derive(Serialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

#[wasm_bindgen]
impl EmulatorCore {
    /// Takes the options as a plain object (or undefined); throws a `TypeError` that names a bad one.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<EmulatorCore, JsValue> {
        let given: Option<Map<String, Json>> = serde_wasm_bindgen::from_value(options)?;
        // What is undefined comes as null, and was not given.
        let given = given.unwrap_or_default().into_iter().filter(|(_, value)| !value.is_null()).collect();
        let made = Options::from_json(&Json::Object(given)).and_then(Emulator::new);
        made.map(|emulator| Self(RefCell::new(emulator))).map_err(|error| TypeError::new(&error).into())
    }

    /// Answers a request: headers are pairs of name and value, `now_ms` is milliseconds since 1970. The answer is
    /// `{status, headers, body}` with the body as text.
    pub fn handle(
        &self,
        method: String,
        url: String,
        headers: JsValue,
        body: &Uint8Array,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        let headers: Vec<(String, String)> = serde_wasm_bindgen::from_value(headers)?;
        let request = Request { method, target: url, headers, body: body.to_vec() };
        #[expect(clippy::cast_possible_truncation, reason = "exact for every date that JavaScript has")]
        let now = Timestamp::from_millis(now_ms as i64);
        let response = self.0.borrow_mut().handle(now, &request);
        let body = String::from_utf8_lossy(&response.body).into_owned();
        Ok(serde_wasm_bindgen::to_value(&Answer { status: response.status, headers: response.headers, body })?)
    }
}
