//! A caller's `AbortSignal`, for as long as one call lasts.

use futures_util::future::AbortHandle;
use js_sys::Reflect;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

use crate::core::error::Error;

/// Listens to a signal until it is dropped.
pub(super) struct Listening {
    signal: AbortSignal,
    on_abort: Closure<dyn FnMut()>,
}

impl Listening {
    /// Begins to listen to what the caller gave as `signal`: nothing, or an `AbortSignal` of this realm or another.
    pub(super) fn to(given: &JsValue, handle: AbortHandle) -> Result<Option<Self>, Error> {
        if given.is_undefined() || given.is_null() {
            return Ok(None);
        }
        let has = |name: &str| Reflect::get(given, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
        if has("aborted").as_bool().is_none() || !has("addEventListener").is_function() {
            return Err(Error::invalid("signal", "must be an AbortSignal"));
        }
        let signal: AbortSignal = given.clone().unchecked_into();
        if signal.aborted() {
            handle.abort();
            return Ok(None);
        }
        let on_abort = Closure::new(move || handle.abort());
        // A signal takes every listener.
        let _ = signal.add_event_listener_with_callback("abort", on_abort.as_ref().unchecked_ref());
        Ok(Some(Self { signal, on_abort }))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener_with_callback("abort", self.on_abort.as_ref().unchecked_ref());
    }
}
