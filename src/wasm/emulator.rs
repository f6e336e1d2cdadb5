//! The emulator's export.

use crate::core::time::Timestamp;
use crate::emulator::json::decode;
use crate::emulator::{Emulator, Options, Request};
use js_sys::{Array, JSON, Object, Reflect, TypeError, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

/// The service, behind plain data. Synchronous: no call is open while another comes.
#[wasm_bindgen]
pub struct EmulatorCore(RefCell<Emulator>);

#[wasm_bindgen]
impl EmulatorCore {
    /// Takes the options as a plain object (or undefined); throws a `TypeError` that names a bad one.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<EmulatorCore, JsValue> {
        let text = if options.is_undefined() { String::new() } else { JSON::stringify(options)?.into() };
        let made = decode(text.as_bytes())
            .map_err(|error| error.to_string())
            .and_then(|json| Options::from_json(&json))
            .and_then(Emulator::new);
        made.map(|emulator| Self(RefCell::new(emulator))).map_err(|error| TypeError::new(&error).into())
    }

    /// Answers a request: headers are pairs of name and value, `now_ms` is milliseconds since 1970. The answer is
    /// `{status, headers, body}` with the body as text.
    pub fn handle(
        &self,
        method: String,
        url: String,
        headers: &Array,
        body: &Uint8Array,
        now_ms: f64,
    ) -> Result<Object, JsValue> {
        let text = |pair: &Array, at: u32| pair.get(at).as_string().unwrap_or_default();
        let headers = headers.iter().map(|pair| Array::from(&pair)).map(|pair| (text(&pair, 0), text(&pair, 1)));
        let headers = headers.collect();
        let request = Request { method, target: url, headers, body: body.to_vec() };
        // The cast is exact for every date that JavaScript has.
        let response = self.0.borrow_mut().handle(Timestamp::from_millis(now_ms as i64), &request);

        let headers = Array::new();
        for (name, value) in response.headers {
            headers.push(&Array::of2(&name.into(), &value.into()));
        }
        let answer = Object::new();
        Reflect::set(&answer, &"status".into(), &response.status.into())?;
        Reflect::set(&answer, &"headers".into(), &headers)?;
        Reflect::set(&answer, &"body".into(), &String::from_utf8_lossy(&response.body).as_ref().into())?;
        Ok(answer)
    }
}
