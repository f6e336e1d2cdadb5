//! The emulator's exports.

use std::cell::RefCell;

use js_sys::{JSON, TypeError, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Map;
use wasm_bindgen::prelude::*;

use crate::core::time::Timestamp;
use crate::emulator::json::Json;
use crate::emulator::{Emulator, Options, Request, SessionSummary, TransportFault, VirtualClock};

/// The emulated service. All calls are synchronous, so no borrow of a `RefCell` overlaps another.
#[wasm_bindgen]
pub struct EmulatorCore {
    emulator: RefCell<Emulator>,
    /// `None` if the time comes with each call.
    clock: Option<RefCell<VirtualClock>>,
}

/// A response as JavaScript gets it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<TransportFault>,
    delay_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    at: String,
}

#[wasm_bindgen]
impl EmulatorCore {
    /// Creates an emulator. The options are a plain object or undefined; throws a `TypeError` that names an invalid option.
    /// With `start_ms` (milliseconds since 1970) it has a virtual clock that starts there, and moves while clients wait if
    /// `auto_advance`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, start_ms: Option<f64>, auto_advance: bool) -> Result<EmulatorCore, JsValue> {
        let mut options: Map<String, Json> = if options.is_undefined() { Map::new() } else { from_js(&options)? };
        // Numbers that JSON cannot represent arrive as null, and mean that the option is not set.
        options.retain(|_, value| !value.is_null());
        let result = Options::from_json(&Json::Object(options)).and_then(Emulator::new);
        let emulator = result.map_err(|error| TypeError::new(&error))?;
        let clock = start_ms.map(|start| RefCell::new(VirtualClock::new(timestamp(start), auto_advance)));
        Ok(Self { emulator: RefCell::new(emulator), clock })
    }

    /// Handles a request. Headers are pairs of name and value; `now_ms` is in milliseconds since 1970 and is ignored with a
    /// virtual clock. Returns `{status, headers, body, transport, delayMs, fault, at}` with the body as text.
    pub fn handle(
        &self,
        method: String,
        url: String,
        headers: JsValue,
        body: &Uint8Array,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        let headers: Vec<(String, String)> = from_js(&headers)?;
        let request = Request { method, target: url, headers, body: body.to_vec() };
        let emulator = &mut *self.emulator.borrow_mut();
        let response = match &self.clock {
            Some(clock) => clock.borrow_mut().handle(emulator, &request),
            None => emulator.handle(timestamp(now_ms), &request),
        };
        let response = PlainResponse {
            status: response.status,
            headers: response.headers,
            body: String::from_utf8_lossy(&response.body).into_owned(),
            transport: response.transport,
            delay_ms: response.delay_ms,
            fault: response.fault,
            at: response.at.to_string(),
        };
        to_js(&response)
    }

    /// The virtual clock's time in milliseconds since 1970; `None` without a virtual clock.
    pub fn now(&self) -> Option<f64> {
        let now = self.clock.as_ref()?.borrow().now().as_millis();
        #[expect(clippy::cast_precision_loss, reason = "exact for every date that JavaScript has")]
        let now = now as f64;
        Some(now)
    }

    /// Moves the virtual clock forward; does nothing without a virtual clock.
    pub fn advance(&self, millis: f64) {
        if let Some(clock) = &self.clock {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and not negative")]
            clock.borrow_mut().advance(millis as u64);
        }
    }

    /// The state of all sessions as a list of plain objects. `now_ms` is ignored with a virtual clock.
    pub fn sessions(&self, now_ms: f64) -> Result<JsValue, JsValue> {
        let now = self.clock.as_ref().map_or_else(|| timestamp(now_ms), |clock| clock.borrow().now());
        let sessions: Vec<SessionSummary> = self.emulator.borrow_mut().sessions(now);
        to_js(&sessions)
    }
}

/// Plain data of JavaScript. By way of JSON, which the emulator reads in any case.
fn from_js<T: DeserializeOwned>(value: &JsValue) -> Result<T, JsValue> {
    let text = JSON::stringify(value)?.as_string().unwrap_or_default();
    serde_json::from_str(&text).map_err(|error| TypeError::new(&error.to_string()).into())
}

fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    let text = serde_json::to_string(value).map_err(|error| TypeError::new(&error.to_string()))?;
    JSON::parse(&text)
}

fn timestamp(millis: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "exact for every date that JavaScript has")]
    let millis = millis as i64;
    Timestamp::from_millis(millis)
}
