//! Events of the runtime: the abort of a signal during a call, and a page that becomes visible.

use futures_util::future::AbortHandle;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

use super::global::field;
use crate::core::error::Error;

/// Listens to an event until it is dropped.
pub(super) struct Listening {
    target: EventTarget,
    event: &'static str,
    on_event: Closure<dyn FnMut()>,
}

impl Listening {
    /// Listens to the `signal` of a caller: none, or an `AbortSignal` of this or another realm.
    pub(super) fn to(given: &JsValue, handle: AbortHandle) -> Result<Option<Self>, Error> {
        if given.is_undefined() || given.is_null() {
            return Ok(None);
        }
        // Read once, since a custom getter may throw the next time.
        let (Some(is_aborted), true) =
            (field(given, "aborted").as_bool(), field(given, "addEventListener").is_function())
        else {
            return Err(Error::invalid("signal", "must be an AbortSignal"));
        };
        if is_aborted {
            handle.abort();
            return Ok(None);
        }
        Ok(Some(Self::on(given.clone().unchecked_into(), "abort", handle)))
    }

    /// Aborts when the event comes.
    pub(super) fn on(target: EventTarget, event: &'static str, handle: AbortHandle) -> Self {
        let on_event = Closure::new(move || handle.abort());
        // Cannot fail.
        let _ = target.add_event_listener_with_callback(event, on_event.as_ref().unchecked_ref());
        Self { target, event, on_event }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, self.on_event.as_ref().unchecked_ref());
    }
}
