//! The host of JavaScript runtimes. `fetch`, timers and the clock are looked up at each call, so that whoever replaces
//! them (tests with a clock of their own, interceptors) is obeyed.

use std::any::Any;
use std::future::pending;

use futures_util::future::{AbortHandle, Abortable};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Date, Function, Math, Object, Promise, Reflect, TypeError, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, RequestRedirect, Response};

use super::signal::Listening;
use crate::core::body::{Body, Source};
use crate::core::http::{self, FetchError};
use crate::host::{Host, LogLevel};

/// The runtime, with what the caller gave in its place.
#[derive(Debug, Default)]
pub(super) struct WebHost {
    /// Used instead of the runtime's own `fetch`.
    pub(super) fetch: Option<Function>,
    /// Has `debug` and `warn`, as `console` does.
    pub(super) logger: Option<JsValue>,
}

/// Bytes that JavaScript holds.
pub(super) struct Bytes(Uint8Array);

impl Bytes {
    /// The array itself, or a copy of bytes that lie elsewhere.
    pub(super) fn of(source: &dyn Source) -> Uint8Array {
        if let Some(Self(array)) = source.as_any().downcast_ref() {
            return array.clone();
        }
        let mut bytes = vec![0; source.len()];
        source.read(0, &mut bytes);
        Uint8Array::from(bytes.as_slice())
    }
}

impl Source for Bytes {
    fn len(&self) -> usize {
        self.0.length() as usize
    }

    fn read(&self, at: usize, into: &mut [u8]) {
        let end = at + into.len();
        if let (Ok(start), Ok(end)) = (u32::try_from(at), u32::try_from(end)) {
            self.0.subarray(start, end).copy_to(into);
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Aborts its request when dropped, unless all of the answer is there.
struct AbortGuard(Option<AbortController>);

impl Drop for AbortGuard {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

impl Host for WebHost {
    async fn fetch(&self, request: http::Request) -> Result<http::Response, FetchError> {
        let controller = AbortController::new().map_err(|error| fetch_error(&error, false))?;
        let init = init(&request, &controller);
        let mut guard = AbortGuard(Some(controller));
        let answer = self.send(&request.url, &init).map_err(|error| fetch_error(&error, false))?;
        let answer = JsFuture::from(answer).await.map_err(|error| fetch_error(&error, false))?;
        if !is_response(&answer) {
            let problem = TypeError::new("what fetch gave is no Response: it lacks arrayBuffer()");
            return Err(fetch_error(&problem, true));
        }
        let answer: Response = answer.unchecked_into();
        let header = |name: &str| answer.headers().get(name).ok().flatten();
        let mut response = http::Response {
            status: answer.status(),
            // Not by the class's own getter: a stand-in often has none, and that would trap.
            status_text: text(&answer, "statusText").unwrap_or_default(),
            retry_after: header("retry-after"),
            date: header("date"),
            body: Body::default(),
        };
        let body = answer.array_buffer().map_err(|error| fetch_error(&error, true))?;
        let body = JsFuture::from(body).await.map_err(|error| fetch_error(&error, true))?;
        response.body = Body::new(Bytes(Uint8Array::new(&body)));
        guard.0 = None;
        Ok(response)
    }

    async fn sleep(&self, millis: u64) {
        // Runtimes count timers in 31 bits and fire longer ones at once.
        const LONGEST: u64 = i32::MAX as u64;
        let mut left = millis;
        loop {
            let part = left.min(LONGEST);
            TimeoutFuture::new(u32::try_from(part).unwrap_or(0)).await;
            left -= part;
            if left == 0 {
                return;
            }
        }
    }

    fn now(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds are whole and far from the limits")]
        let now = Date::now() as i64;
        now
    }

    fn random(&self) -> f64 {
        Math::random()
    }

    fn variable(&self, name: &str) -> Option<String> {
        let mut place = js_sys::global().into();
        for part in ["process", "env", name] {
            // Deno may refuse to show its environment; then there is none.
            place = Reflect::get(&place, &JsValue::from_str(part)).ok().filter(|value| !value.is_undefined())?;
        }
        place.as_string()
    }

    fn is_hidden(&self) -> bool {
        // Asked only of a page: of nothing it would throw, which is dear, and this is asked often.
        let document = document();
        document.is_object() && text(&document, "visibilityState").as_deref() == Some("hidden")
    }

    async fn shown(&self) {
        while self.is_hidden() {
            let (handle, registration) = AbortHandle::new_pair();
            let _listening = Listening::on(document().unchecked_into(), "visibilitychange", handle);
            // Ends by the event, which is what the handle is for.
            let _ = Abortable::new(pending::<()>(), registration).await;
        }
    }

    fn log(&self, level: LogLevel, message: impl FnOnce() -> String) {
        let Some(logger) = &self.logger else { return };
        let name = match level {
            LogLevel::Debug => "debug",
            LogLevel::Warn => "warn",
        };
        let method = Reflect::get(logger, &JsValue::from_str(name)).ok();
        if let Some(method) = method.and_then(|method| method.dyn_into::<Function>().ok()) {
            // A logger that throws must not end the request that it tells of.
            let _ = method.call1(logger, &JsValue::from_str(&message()));
        }
    }
}

impl WebHost {
    fn send(&self, url: &str, init: &RequestInit) -> Result<Promise, JsValue> {
        let fetch = match &self.fetch {
            Some(fetch) => fetch.clone(),
            None => Reflect::get(&js_sys::global(), &JsValue::from_str("fetch"))?.dyn_into::<Function>()?,
        };
        // Called without `this`: a page's own fetch accepts no other.
        let answer = fetch.call2(&JsValue::UNDEFINED, &JsValue::from_str(url), init)?;
        Ok(Promise::resolve(&answer))
    }
}

fn init(request: &http::Request, controller: &AbortController) -> RequestInit {
    let headers = Object::new();
    for (name, value) in &request.headers {
        // Cannot fail on an object of our own making.
        let _ = Reflect::set(&headers, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    let init = RequestInit::new();
    init.set_method(request.method.as_str());
    init.set_headers(&headers);
    init.set_signal(Some(&controller.signal()));
    // A redirect would carry the key along, to another origin too. Workers know "manual", but not "error".
    init.set_redirect(RequestRedirect::Manual);
    if let Some(body) = &request.body {
        init.set_body(&JsValue::from_str(&String::from_utf8_lossy(body)));
    }
    init
}

/// The page, where there is one.
fn document() -> JsValue {
    field(&js_sys::global(), "document")
}

fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn text(of: &JsValue, name: &str) -> Option<String> {
    field(of, name).as_string().filter(|text| !text.is_empty())
}

/// Whether a caller's own fetch gave what can be read. Asked by what it has, not by its class: there are many, and those
/// that stand in for one in tests often have no headers.
fn is_response(answer: &JsValue) -> bool {
    field(answer, "arrayBuffer").is_function()
}

/// What the runtime's error tells. Node puts the system's code and words in the error's cause.
fn fetch_error(error: &JsValue, answered: bool) -> FetchError {
    let cause = field(error, "cause");
    let said = text(error, "message").or_else(|| error.as_string()).unwrap_or_else(|| "fetch failed".to_owned());
    let code = text(&cause, "code").or_else(|| text(error, "code"));
    let detail = text(&cause, "message").or_else(|| code.clone());
    FetchError {
        name: text(error, "name").unwrap_or_else(|| "Error".to_owned()),
        message: detail.map_or(said.clone(), |detail| format!("{said} ({detail})")),
        code,
        answered,
    }
}
