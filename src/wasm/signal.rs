//! Events of the runtime: a caller's `AbortSignal`, for as long as one call lasts, and a page that is seen again.

use futures_util::future::AbortHandle;
use js_sys::Reflect;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, EventTarget};

use crate::core::error::Error;

/// Listens to an event until it is dropped.
pub(super) struct Listening {
    target: EventTarget,
    event: &'static str,
    on_event: Closure<dyn FnMut()>,
}

impl Listening {
    /// Listens to what the caller gave as `signal`: nothing, or an `AbortSignal` of this realm or another.
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
        Ok(Some(Self::on(signal.into(), "abort", handle)))
    }

    /// Aborts when the event comes.
    pub(super) fn on(target: EventTarget, event: &'static str, handle: AbortHandle) -> Self {
        let on_event = Closure::new(move || handle.abort());
        // A target takes every listener.
        let _ = target.add_event_listener_with_callback(event, on_event.as_ref().unchecked_ref());
        Self { target, event, on_event }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, self.on_event.as_ref().unchecked_ref());
    }
}
