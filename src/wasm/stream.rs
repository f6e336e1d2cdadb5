//! A stream of activities, for the façade's async iterable.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::AbortHandle;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::host::WebHost;
use super::signal::Listening;
use super::task::{begin_for, work};
use crate::client::{self, Bounds};

/// A stream of one session's activities.
#[wasm_bindgen]
pub struct ActivityStream {
    shared: Rc<Shared>,
    /// The name of the method in messages.
    title: Rc<str>,
    signal: JsValue,
}

struct Shared {
    /// `None` during `next` and after `close`.
    stream: RefCell<Option<client::ActivityStream<WebHost>>>,
    closed: Cell<bool>,
    under_way: RefCell<Option<AbortHandle>>,
}

impl ActivityStream {
    pub(super) fn new(stream: client::ActivityStream<WebHost>, title: String, signal: JsValue) -> Self {
        let stream = RefCell::new(Some(stream));
        Self {
            shared: Rc::new(Shared { stream, closed: Cell::new(false), under_way: RefCell::default() }),
            title: title.into(),
            signal,
        }
    }
}

#[wasm_bindgen]
impl ActivityStream {
    /// Reports the next activities to `call`, or null at the end. Must not be called during another call.
    pub fn next(&self, call: JsValue) {
        let shared = Rc::clone(&self.shared);
        let (title, signal) = (Rc::clone(&self.title), self.signal.clone());
        let next = async move {
            let Some(mut stream) = shared.stream.take() else { return Ok(None) };
            let (handle, registration) = AbortHandle::new_pair();
            shared.under_way.replace(Some(handle.clone()));
            let _listening = Listening::to(&signal, handle)?;
            let bounds = Bounds { abort: Some(registration), ..stream.bounds() };
            let client = stream.client().clone();
            let next = client.bounded(bounds, &title, stream.next()).await;
            if shared.closed.get() {
                return Ok(None);
            }
            shared.stream.replace(Some(stream));
            next
        };
        begin_for(call, work(next));
    }

    /// Ends the stream and cancels its requests and timers.
    pub fn close(&self) {
        self.shared.closed.set(true);
        self.shared.stream.replace(None);
        if let Some(handle) = self.shared.under_way.take() {
            handle.abort();
        }
    }
}
