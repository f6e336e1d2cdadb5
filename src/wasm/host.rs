//! The host of JavaScript runtimes. `fetch`, timers and the clock are looked up at each call, so that replacements (mocked timers,
//! interceptors) take effect.

use std::cell::Cell;
use std::future::pending;

use futures_util::future::{AbortHandle, Abortable};
use js_sys::{Date, Function, Math, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, EventTarget, RequestCache, RequestInit, RequestRedirect};

use super::engine::{ReadAnswer, with_engine};
use super::failure::{fetch_error, is_of_framework, is_unsendable};
use super::global::{GLOBAL, Global, field, has};
use super::interruption::Interruption;
use super::json::Json;
use super::signal::Listening;
use super::timer;
use crate::core::http::{self, Body, FetchError, Headers};
use crate::core::outcome::classify::NO_RESPONSE;
use crate::core::text;
use crate::host::{Host, LogLevel};

/// The runtime, with the replacements of the caller.
#[derive(Debug, Default)]
pub(super) struct WebHost {
    /// What to call instead of the global `fetch`, with the number of the attempt as its third argument.
    pub(super) fetch: Option<Function>,
    /// A logger with `debug`, `info` and `warn`.
    pub(super) logger: Option<JsValue>,
}

thread_local! {
    /// Whether requests support a cache mode. Workers with a compatibility date before 2024-11-11 reject it.
    static TAKES_CACHE: bool = has(&field(&GLOBAL.with(Global::request), "prototype"), "cache");

    static SENT: Cell<u32> = const { Cell::new(0) };
}

/// The number of requests that this instance has passed to `fetch`.
pub(super) fn requests_sent() -> u32 {
    SENT.get()
}

#[wasm_bindgen]
extern "C" {
    /// Monotonic, unlike `Date.now`. Only test environments may lack it.
    #[wasm_bindgen(js_namespace = performance, js_name = now, catch)]
    fn performance_now() -> Result<f64, JsValue>;

    /// The page, if there is one.
    #[wasm_bindgen(method, getter, catch)]
    fn document(this: &Global) -> Result<Option<Document>, JsValue>;

    /// The class, if there is one.
    #[wasm_bindgen(method, getter, js_name = Request)]
    fn request(this: &Global) -> JsValue;

    /// The location of the page or worker.
    #[wasm_bindgen(method, getter, catch)]
    fn location(this: &Global) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(extends = EventTarget)]
    type Document;

    #[wasm_bindgen(method, getter)]
    fn hidden(this: &Document) -> JsValue;

    /// Without `this`, which the `fetch` of pages requires.
    #[wasm_bindgen(catch)]
    fn fetch(url: &JsValue, init: &RequestInit) -> Result<JsValue, JsValue>;
}

/// Aborts its request if it is dropped before the response.
struct Flight(Option<AbortController>);

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}

impl Host for WebHost {
    type Json = Json;

    async fn fetch(&self, request: &http::Request) -> Result<http::Response<Json>, FetchError> {
        timer::try_out();
        if Interruption::is_noted() {
            // The call is ending, so it must not send a request.
            return pending().await;
        }
        let thrown = |error: JsValue| {
            let failure = FetchError { thrown: true, ..fetch_error(&error, false) };
            (failure, Some(error).filter(is_of_framework))
        };
        let ended = async {
            let controller = AbortController::new().map_err(thrown)?;
            let answer = self.send(request, &controller).map_err(thrown)?;
            let mut flight = Flight(Some(controller));
            #[expect(clippy::cast_precision_loss, reason = "a limit of bytes is far from 2⁵³")]
            let most_bytes = request.most_bytes as f64;
            let reading = with_engine(|engine| Some(engine.read(&answer, request.wants_date, most_bytes)));
            let Some(reading) = reading else { return pending().await };
            // Never rejects.
            let read: ReadAnswer = JsFuture::from(reading).await.unwrap_or_default().unchecked_into();
            flight.0 = None;
            response(&read)
        };
        ended.await.map_err(|(mut failure, of_framework)| {
            if let Some(error) = of_framework {
                Interruption::OfFramework(error).note();
            }
            failure.unsendable = !failure.answered && failure.name == "TypeError" && self.is_unsendable(request);
            failure
        })
    }

    async fn sleep(&self, millis: u64) {
        timer::sleep(millis).await;
    }

    fn now(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds are far from the limits")]
        let now = performance_now().unwrap_or_else(|_| Date::now()) as i64;
        now
    }

    fn wall_clock_ms(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds are far from the limits")]
        let now = Date::now() as i64;
        now
    }

    fn random(&self) -> f64 {
        Math::random()
    }

    fn variable(&self, name: &str) -> Option<String> {
        global_text(&["process", "env", name])
    }

    fn takes_user_agent(&self) -> bool {
        let is_worker = || global_text(&["navigator", "userAgent"]).is_some_and(|name| name == "Cloudflare-Workers");
        // Node, Deno and Bun; in Electron's pages and in jsdom there is a document.
        let is_server = || global_text(&["process", "versions", "node"]).is_some() && page().is_none();
        is_server() || is_worker() || global_text(&["EdgeRuntime"]).is_some()
    }

    fn is_hidden(&self) -> bool {
        page().is_some_and(|page| page.hidden().is_truthy())
    }

    async fn shown(&self) {
        while let Some(page) = page().filter(|page| page.hidden().is_truthy()) {
            let (handle, registration) = AbortHandle::new_pair();
            let _listening = Listening::on(page.into(), "visibilitychange", handle);
            // The event ends it through the handle.
            let _ = Abortable::new(pending::<()>(), registration).await;
        }
    }

    fn log(&self, level: LogLevel, message: &dyn Fn() -> String) {
        let Some(logger) = &self.logger else { return };
        let name = match level {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
        };
        let method = Reflect::get(logger, &JsValue::from_str(name)).ok();
        if let Some(method) = method.and_then(|method| method.dyn_into::<Function>().ok()) {
            // A logger that throws must not end its request.
            let _ = method.call1(logger, &JsValue::from_str(&message()));
        }
    }
}

/// The response, or the failure and, if it belongs to a framework, the error itself.
fn response(read: &ReadAnswer) -> Result<http::Response<Json>, (FetchError, Option<JsValue>)> {
    if read.has_failed() {
        let error = read.error();
        let mut failure = fetch_error(&error, read.answered());
        if read.is_no_response() {
            failure.code = Some(NO_RESPONSE.to_owned());
        }
        return Err((failure, Some(error).filter(is_of_framework)));
    }
    let json = read.json();
    let body = match (json.is_undefined(), read.text()) {
        (false, _) => Body::Json(json.into()),
        (true, Some(text)) => Body::Text(text),
        (true, None) => Body::TooLarge,
    };
    Ok(http::Response {
        status: read.status().unwrap_or_default(),
        status_text: read.status_text().unwrap_or_default(),
        retry_after: read.retry_after(),
        date: read.date(),
        body,
    })
}

impl WebHost {
    /// Whether `fetch` cannot have sent this. Unknown for relative URLs with a custom `fetch`.
    fn is_unsendable(&self, request: &http::Request) -> bool {
        let may_be_relative =
            self.fetch.is_some() && !has_location() && text::split_once(&request.url, "://").is_none();
        !may_be_relative
            && is_unsendable(&request.url.as_str().into(), request.method.as_str(), &object_of(&request.headers))
    }

    fn send(&self, request: &http::Request, controller: &AbortController) -> Result<JsValue, JsValue> {
        let (url, init) = (JsValue::from_str(&request.url), init_of(request, controller));
        SENT.set(SENT.get().wrapping_add(1));
        match &self.fetch {
            Some(fetch) => fetch.call3(&JsValue::UNDEFINED, &url, &init, &request.attempt.into()),
            None => fetch(&url, &init),
        }
    }
}

fn init_of(request: &http::Request, controller: &AbortController) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(request.method.as_str());
    // A redirect would send the key to another URL. Workers support "manual", but not "error".
    init.set_redirect(RequestRedirect::Manual);
    if TAKES_CACHE.with(|takes| *takes) {
        // Frameworks wrap `fetch` with caches, from which a poll would never show a change.
        init.set_cache(RequestCache::NoStore);
    }
    init.set_headers(&object_of(&request.headers));
    init.set_signal(Some(&controller.signal()));
    if let Some(body) = &request.body {
        init.set_body(&JsValue::from_str(body));
    }
    init
}

fn object_of(headers: &Headers) -> Object {
    let object = Object::new();
    for (name, value) in headers.iter() {
        // Cannot fail on our own object.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    object
}

/// Whether relative URLs can be resolved.
pub(super) fn has_location() -> bool {
    GLOBAL.with(Global::location).is_ok_and(|location| location.is_object())
}

/// The text at this path of properties of the global object.
fn global_text(path: &[&str]) -> Option<String> {
    let mut place = js_sys::global().into();
    for part in path {
        // Deno may deny access to the environment.
        place = Reflect::get(&place, &JsValue::from_str(part)).ok().filter(|value| !value.is_undefined())?;
    }
    place.as_string()
}

fn page() -> Option<Document> {
    GLOBAL.with(Global::document).ok().flatten()
}
