//! Streams for the façade's async iterables: the activities of a session, and the changes of all sessions.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{AbortHandle, LocalBoxFuture};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::host::WebHost;
use super::results::IntoJs;
use super::signal::Listening;
use super::task::begin_for;
use crate::client::{self, Bounds};
use crate::core::error::Error;

/// A stream of the client, of one kind or the other.
pub(super) trait Source {
    fn bounds(&self) -> Bounds;
    fn client(&self) -> client::Client<WebHost>;
    /// The next results; undefined at the end. Boxed, since generic code around it would be large.
    fn next(&mut self) -> LocalBoxFuture<'_, Result<JsValue, Error>>;
}

impl Source for client::ActivityStream<WebHost> {
    fn bounds(&self) -> Bounds {
        Self::bounds(self)
    }

    fn client(&self) -> client::Client<WebHost> {
        Self::client(self).clone()
    }

    fn next(&mut self) -> LocalBoxFuture<'_, Result<JsValue, Error>> {
        Box::pin(async { Self::next(self).await.map(IntoJs::into_js) })
    }
}

impl Source for client::SessionFeed<WebHost> {
    fn bounds(&self) -> Bounds {
        Self::bounds(self)
    }

    fn client(&self) -> client::Client<WebHost> {
        Self::client(self).clone()
    }

    fn next(&mut self) -> LocalBoxFuture<'_, Result<JsValue, Error>> {
        Box::pin(async { Self::next(self).await.map(IntoJs::into_js) })
    }
}

/// A stream of activities or changes.
#[wasm_bindgen]
pub struct Stream {
    shared: Rc<Shared>,
    /// The name of the method in messages.
    title: &'static str,
    signal: JsValue,
}

struct Shared {
    /// `None` during `next` and after `close`.
    source: RefCell<Option<Box<dyn Source>>>,
    closed: Cell<bool>,
    under_way: RefCell<Option<AbortHandle>>,
}

impl Stream {
    pub(super) fn new(source: Box<dyn Source>, title: &'static str, signal: JsValue) -> Self {
        let source = RefCell::new(Some(source));
        Self {
            shared: Rc::new(Shared { source, closed: Cell::new(false), under_way: RefCell::default() }),
            title,
            signal,
        }
    }
}

#[wasm_bindgen]
impl Stream {
    /// Reports the next results to `call`, or null at the end. Must not be called during another call.
    pub fn next(&self, call: JsValue) {
        let shared = Rc::clone(&self.shared);
        let (title, signal) = (self.title, self.signal.clone());
        let next = async move {
            let Some(mut source) = shared.source.take() else { return Ok(JsValue::UNDEFINED) };
            let (handle, registration) = AbortHandle::new_pair();
            shared.under_way.replace(Some(handle.clone()));
            let _listening = Listening::to(&signal, handle)?;
            let bounds = Bounds { abort: Some(registration), ..source.bounds() };
            let client = source.client();
            let next = client.bounded(bounds, title, source.next()).await;
            if shared.closed.get() {
                return Ok(JsValue::UNDEFINED);
            }
            shared.source.replace(Some(source));
            next
        };
        begin_for(call, Box::pin(next));
    }

    /// Ends the stream and cancels its requests and timers.
    pub fn close(&self) {
        self.shared.closed.set(true);
        self.shared.source.replace(None);
        if let Some(handle) = self.shared.under_way.take() {
            handle.abort();
        }
    }
}
