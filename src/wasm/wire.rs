//! One exchange: from what `fetch` gave to the end of the answer's body.
//!
//! The callbacks are made once and serve one exchange after the other. Made anew for each promise they were the dearest part
//! of a small exchange: the runtime keeps a registry of them, to free those that nobody holds. And whoever waits is woken
//! once, when all is there.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{TypeError, Uint8Array};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortController;

use super::failure::{fetch_error, is_of_framework};
use super::host::{Bytes, field, text};
use crate::core::body::Body;
use crate::core::http::{FetchError, Response};
use crate::core::outcome::classify::NO_RESPONSE;

#[wasm_bindgen]
extern "C" {
    /// What fetch gave. Asked by what it has, not by its class: there are many, and those that stand in for one in tests often
    /// lack things. Whatever is asked of it may throw.
    type Answer;

    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &Answer) -> Result<f64, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &Answer) -> Result<Headers, JsValue>;

    #[wasm_bindgen(method, catch, js_name = arrayBuffer)]
    fn array_buffer(this: &Answer) -> Result<JsValue, JsValue>;

    type Headers;

    #[wasm_bindgen(method, catch)]
    fn get(this: &Headers, name: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = Uint8Array)]
    type Read;

    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn new(buffer: &JsValue) -> Result<Read, JsValue>;

    #[wasm_bindgen(js_name = Promise)]
    type Settling;

    #[wasm_bindgen(static_method_of = Settling, js_class = "Promise")]
    fn resolve(value: &JsValue) -> Settling;

    /// Without the promise that it gives: to hold one for a moment is an entry of a table.
    #[wasm_bindgen(method, js_class = "Promise")]
    fn then(this: &Settling, then: &Callback, or_else: &Callback);
}

type Callback = Closure<dyn FnMut(JsValue)>;

/// A body of so many bytes is taken over at once; a larger one stays where it is, and is read in parts.
const SMALL: u32 = 4096;

/// So many lines are kept for later.
const MOST_IDLE: usize = 16;

thread_local! {
    /// The lines that nobody uses and that no callback is to come for.
    static IDLE: RefCell<Vec<Rc<Line>>> = const { RefCell::new(Vec::new()) };

    static RETRY_AFTER: JsValue = JsValue::from_str("retry-after");
    static DATE: JsValue = JsValue::from_str("date");
}

/// How an exchange ends: with the answer, or with why there is none, and the error itself where it is a framework's own.
type Ended = Result<Response, (FetchError, Option<JsValue>)>;

enum Stage {
    Asked {
        wants_date: bool,
    },
    Reading(Response),
    /// What was asked for is being looked at.
    Busy,
    Done(Ended),
    /// Nobody waits. A callback that comes all the same is the last of the exchange.
    Left,
}

/// Leads one exchange at a time through its two promises.
struct Line {
    stage: RefCell<Stage>,
    waker: Cell<Option<Waker>>,
    callbacks: RefCell<Option<[Callback; 3]>>,
}

impl Line {
    fn take() -> Rc<Self> {
        if let Some(line) = IDLE.with_borrow_mut(Vec::pop) {
            return line;
        }
        let line =
            Rc::new(Self { stage: RefCell::new(Stage::Left), waker: Cell::default(), callbacks: RefCell::default() });
        let callback = |does: fn(&Rc<Self>, JsValue)| {
            let line = Rc::clone(&line);
            Closure::new(move |value| does(&line, value))
        };
        line.callbacks.replace(Some([callback(Self::answered), callback(Self::read), callback(Self::failed)]));
        line
    }

    /// No callback is to come any more.
    fn give_back(self: &Rc<Self>) {
        self.stage.replace(Stage::Left);
        IDLE.with_borrow_mut(|idle| {
            if idle.len() < MOST_IDLE {
                idle.push(Rc::clone(self));
            } else {
                // These hold the line as well.
                self.callbacks.take();
            }
        });
    }

    fn on_settled(&self, promise: &JsValue, which: fn(&[Callback; 3]) -> &Callback) {
        if let Some(callbacks) = &*self.callbacks.borrow() {
            let [_, _, failed] = callbacks;
            // Not all that has a `then` keeps a promise's rules.
            Settling::resolve(promise).then(which(callbacks), failed);
        }
    }

    fn answered(self: &Rc<Self>, answer: JsValue) {
        let Stage::Asked { wants_date } = self.stage.replace(Stage::Busy) else { return self.give_back() };
        match begin_to_read(&answer.unchecked_into(), wants_date) {
            Ok((response, body)) => {
                // A getter of the caller's may have ended the call.
                if matches!(*self.stage.borrow(), Stage::Busy) {
                    self.stage.replace(Stage::Reading(response));
                }
                self.on_settled(&body, |[_, read, _]| read);
            }
            Err(error) => self.finish(Err((error, None))),
        }
    }

    fn read(self: &Rc<Self>, buffer: JsValue) {
        let Stage::Reading(mut response) = self.stage.replace(Stage::Busy) else { return self.give_back() };
        self.finish(match body(&buffer) {
            Ok(body) => {
                response.body = body;
                Ok(response)
            }
            Err(error) => Err((fetch_error(&error, true), None)),
        });
    }

    fn failed(self: &Rc<Self>, error: JsValue) {
        let was_answered = match self.stage.replace(Stage::Busy) {
            Stage::Asked { .. } => false,
            Stage::Reading(_) => true,
            _ => return self.give_back(),
        };
        let failure = fetch_error(&error, was_answered);
        self.finish(Err((failure, Some(error).filter(is_of_framework))));
    }

    fn finish(self: &Rc<Self>, end: Ended) {
        if !matches!(*self.stage.borrow(), Stage::Busy) {
            return self.give_back();
        }
        self.stage.replace(Stage::Done(end));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// An exchange that is under way. Dropped before the end it aborts the request.
pub(super) struct Exchange(Option<(Rc<Line>, AbortController)>);

impl Exchange {
    /// Waits for what `fetch` gave. `wants_date`: also where the status says that all is well.
    pub(super) fn new(promise: &JsValue, controller: AbortController, wants_date: bool) -> Self {
        let line = Line::take();
        line.stage.replace(Stage::Asked { wants_date });
        line.on_settled(promise, |[answered, _, _]| answered);
        Self(Some((line, controller)))
    }
}

impl Future for Exchange {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some((line, _)) = &self.0 else { return Poll::Pending };
        if !matches!(*line.stage.borrow(), Stage::Done(_)) {
            line.waker.set(Some(context.waker().clone()));
            return Poll::Pending;
        }
        let Stage::Done(end) = line.stage.replace(Stage::Left) else { return Poll::Pending };
        line.give_back();
        self.0 = None;
        Poll::Ready(end)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let Some((line, controller)) = self.0.take() else { return };
        line.waker.take();
        let stage = line.stage.replace(Stage::Left);
        if let Stage::Done(_) = stage {
            line.give_back();
        } else {
            controller.abort();
        }
    }
}

fn begin_to_read(answer: &Answer, wants_date: bool) -> Result<(Response, JsValue), FetchError> {
    let odd = |error: JsValue| {
        if field(answer, "arrayBuffer").is_function() {
            return fetch_error(&error, true);
        }
        let problem = TypeError::new("what fetch gave is no Response: it lacks arrayBuffer()");
        FetchError { code: Some(NO_RESPONSE.to_owned()), ..fetch_error(&problem, true) }
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a status has three digits, or is none"
    )]
    let status = answer.status().map_err(odd)? as u16;
    let body = answer.array_buffer().map_err(odd)?;
    let mut response = Response { status, ..Response::default() };
    let is_well = (200..300).contains(&status);
    if !is_well || wants_date {
        let headers = answer.headers();
        let header = |name: &JsValue| headers.as_ref().ok()?.get(name).ok()?.as_string();
        response.retry_after = RETRY_AFTER.with(header);
        response.date = DATE.with(header);
    }
    if !is_well {
        response.status_text = text(answer, "statusText").unwrap_or_default();
    }
    Ok((response, body))
}

fn body(buffer: &JsValue) -> Result<Body, JsValue> {
    let array: Uint8Array = Read::new(buffer)?.unchecked_into();
    let length = array.length();
    if length > SMALL {
        return Ok(Body::new(Bytes::new(array, length)));
    }
    let mut bytes = vec![0; length as usize];
    array.copy_to(&mut bytes);
    Ok(bytes.into())
}
