//! The client, for the façade: an export for each use-case. What they are given is complete and well formed, as
//! pkg-template/lib/given.js has checked it.

use std::cell::Cell;
use std::future::{Future, ready};
use std::rc::Rc;

use futures_util::future::AbortHandle;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::given::{bounds, function, given, signal, stream_options};
use super::global::text;
use super::host::WebHost;
use super::journal::JournalPort;
use super::json::Json;
use super::pilot::JsPilot;
use super::results::{IntoJs, error_to_js, number, object};
use super::signal::Listening;
use super::stream::Stream;
use super::task::{Work, begin_for, work};
use super::tick::TickCaller;
use crate::client::batch::{BatchOptions, JournalledOptions, TickOptions};
use crate::client::{self, Bounds, Change, Ending, OnUpdate, PageRequest, Process, WaitOptions};
use crate::core::config::{Attendance, CreateRequest, SessionConfig};
use crate::core::cursor::Cursor;
use crate::core::error::{Error, ErrorKind};
use crate::core::http::Method;
use crate::core::ids;
use crate::core::json_view::JsonView;
use crate::core::options::{Limits, Options};
use crate::core::session::Session;
use crate::core::state::SessionState;

/// Calls `onUpdate` with sessions, if there is one. The façade keeps what it throws, and throws that instead of this error.
fn notifier(on_update: Option<Function>) -> Option<impl FnMut(&Session<Json>) -> Result<(), Error>> {
    let function = on_update?;
    Some(move |session: &Session<Json>| {
        let called = function.call1(&JsValue::UNDEFINED, &session.clone().into_js());
        called.map(drop).map_err(|_| Error::new(ErrorKind::Abort, "onUpdate threw an error."))
    })
}

type WebClient = client::Client<WebHost>;

/// A client.
#[wasm_bindgen]
pub struct Client(WebClient);

thread_local! {
    /// An instance has one thread, and all its clients share one process.
    static PROCESS: Process = Process::default();
}

impl Client {
    /// Runs the use-case `run` with a client of its own, for `call` (see `use_end`), within the bounds of `options`. `title` is its name in messages.
    fn begin<T: IntoJs, F: Future<Output = Result<T, Error>> + 'static>(
        &self,
        title: &'static str,
        kind: Bounds,
        run: impl FnOnce(WebClient) -> F,
        options: &JsValue,
        call: JsValue,
    ) {
        let client = self.0.for_call();
        let work = work(run(client.clone()));
        begin_within(client, title, kind, work, options, call);
    }

    fn change(&self, title: &'static str, id: String, change: Change, options: &JsValue, call: JsValue) {
        let bounds = Bounds::of_session(&id);
        let work = |client: WebClient| async move { client.change(&id, change).await };
        self.begin(title, bounds, work, options, call);
    }
}

/// Runs the work of the client's call for `call` (see `use_end`), within the bounds of `options`. `title` is its name in messages.
fn begin_within(client: WebClient, title: &'static str, kind: Bounds, work: Work, options: &JsValue, call: JsValue) {
    let Bounds { limits, whole_ms, .. } = bounds(options);
    let (mut abort, mut listening) = (None, Ok(None));
    if let Some(signal) = signal(options) {
        let (handle, registration) = AbortHandle::new_pair();
        (abort, listening) = (Some(registration), Listening::to(&signal, handle));
    }
    let bounds = Bounds { limits, whole_ms, abort, ..kind };
    let work: Work = match listening {
        // The usual case, of which thousands may be pending.
        Ok(_) if bounds.are_none() => Box::pin(client.under_way(title, bounds.session, bounds.ending, work)),
        Ok(listening) => Box::pin(async move {
            let _listening = listening;
            client.bounded(bounds, title, work).await
        }),
        Err(error) => Box::pin(ready(Err(error))),
    };
    begin_for(call, work);
}

/// The bounds of a call that creates a session or sends a message.
fn creating() -> Bounds {
    Bounds { is_operation: true, ..Bounds::default() }
}

#[wasm_bindgen]
impl Client {
    /// Creates a client with these options, of which `fetch` and `logger` are functions of the caller.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Client {
        let logger = Reflect::get(options, &JsValue::from_str("logger")).ok().filter(JsValue::is_object);
        let host = WebHost { fetch: function(options, "fetch"), logger };
        let client = client::Client::in_process(host, Options::read(&given(options)), PROCESS.with(Clone::clone));
        // After a trap, a closed client gets a new instance.
        if given(options).get("isClosed").flag() == Some(true) {
            client.begin_close();
        }
        Self(client)
    }

    /// Creates a session, for `session()`, `run()` or `all()`.
    pub fn create(&self, name: &str, config: &JsValue, options: &JsValue, call: JsValue) {
        let attendance = if name == "session" { Attendance::Interactive } else { Attendance::Automated };
        let request = CreateRequest::new(SessionConfig::read(&given(config)), attendance);
        let work = |client: WebClient| async move { client.create(&request).await };
        let bounds = Bounds { awaits_answer: name == "all", ..creating() };
        let title = match name {
            "session" => "session()",
            "run" => "run()",
            _ => "all()",
        };
        self.begin(title, bounds, work, options, call);
    }

    /// The session, with its activities after the cursor `after`.
    pub fn info(&self, id: String, after: Option<String>, options: &JsValue, call: JsValue) {
        let with_activities = given(options).get("activities").flag() != Some(false);
        let after = with_activities.then(|| Cursor::parse(&after.unwrap_or_default()));
        let bounds = Bounds::of_session(&id);
        let work = |client: WebClient| async move { client.info(&id, after).await };
        self.begin("info()", bounds, work, options, call);
    }

    /// Waits until the session is in a state or has ended.
    #[wasm_bindgen(js_name = waitFor)]
    pub fn wait_for(&self, id: String, state: &str, options: &JsValue, call: JsValue) {
        let state = SessionState::from_name(state).unwrap_or_default();
        let bounds = Bounds::of_session(&id);
        let work = |client: WebClient| async move { client.wait_for(&id, state).await };
        self.begin("waitFor()", bounds, work, options, call);
    }

    /// Waits until the session has ended.
    pub fn result(&self, id: String, options: &JsValue, call: JsValue) {
        let on_update = function(options, "onUpdate");
        let throws = given(options).get("throwOnFailure").flag().unwrap_or(self.0.options().throw_on_failure);
        let pilot = JsPilot::of(options);
        let bounds = Bounds::of_session(&id);
        let work = |client: WebClient| async move {
            let mut notify = notifier(on_update);
            let notify = notify.as_mut().map(|notify| notify as OnUpdate<'_, Json>);
            match pilot {
                // Boxed, since there may be thousands of waits, and most have none.
                Some(pilot) => Box::pin(client.result_with_pilot(&id, throws, &pilot.piloted(), notify)).await,
                None => client.result(&id, throws, notify).await,
            }
        };
        self.begin("result()", bounds, work, options, call);
    }

    /// Waits until the session needs a decision.
    pub fn wait(&self, id: String, options: &JsValue, call: JsValue) {
        let on_update = function(options, "onUpdate");
        let wait_options = WaitOptions::read(&given(options));
        let pilot = JsPilot::of(options);
        let bounds = Bounds::of_session(&id);
        let work = |client: WebClient| async move {
            let mut notify = notifier(on_update);
            let notify = notify.as_mut().map(|notify| notify as OnUpdate<'_, Json>);
            match pilot {
                Some(pilot) => Box::pin(client.wait_with_pilot(&id, &wait_options, &pilot.piloted(), notify)).await,
                None => client.wait(&id, &wait_options, notify).await,
            }
        };
        self.begin("wait()", bounds, work, options, call);
    }

    /// Sends a message.
    pub fn send(&self, id: String, prompt: String, options: &JsValue, call: JsValue) {
        let bounds = Bounds { is_operation: true, ..Bounds::of_session(&id) };
        let work = |client: WebClient| async move { client.send(&id, &prompt).await };
        self.begin("send()", bounds, work, options, call);
    }

    /// Sends a message and waits for the reply.
    pub fn ask(&self, id: String, prompt: String, options: &JsValue, call: JsValue) {
        let bounds = Bounds { is_operation: true, ..Bounds::of_session(&id) };
        let work = |client: WebClient| async move { client.ask(&id, &prompt).await };
        self.begin("ask()", bounds, work, options, call);
    }

    /// Approves the plan.
    pub fn approve(&self, id: String, options: &JsValue, call: JsValue) {
        self.change("approve()", id, Change::ApprovePlan, options, call);
    }

    /// Archives the session.
    pub fn archive(&self, id: String, options: &JsValue, call: JsValue) {
        self.change("archive()", id, Change::Archive, options, call);
    }

    /// Unarchives the session.
    pub fn unarchive(&self, id: String, options: &JsValue, call: JsValue) {
        self.change("unarchive()", id, Change::Unarchive, options, call);
    }

    /// Deletes the session.
    pub fn delete(&self, id: String, options: &JsValue, call: JsValue) {
        let bounds = Bounds::of_session(&id);
        let work = |client: WebClient| async move { client.delete(&id).await };
        self.begin("delete()", bounds, work, options, call);
    }

    /// A request that no other export wraps.
    pub fn request(&self, method: &str, path: String, body: Option<String>, options: &JsValue, call: JsValue) {
        let method = Method::named(method).ok_or_else(|| Error::invalid("method", "is not known"));
        let bounds = if matches!(method, Ok(Method::Get)) { Bounds::default() } else { creating() };
        let work = |client: WebClient| async move { client.request(method?, path, body).await };
        self.begin("request()", bounds, work, options, call);
    }

    /// A page of the account's sessions.
    pub fn sessions(&self, options: &JsValue, call: JsValue) {
        let page = PageRequest::read(&given(options));
        let work = |client: WebClient| async move { client.sessions(&page).await };
        self.begin("sessions()", Bounds::default(), work, options, call);
    }

    /// A page of the account's repositories.
    pub fn sources(&self, options: &JsValue, call: JsValue) {
        let page = PageRequest::read(&given(options));
        let work = |client: WebClient| async move { client.sources(&page).await };
        self.begin("sources()", Bounds::default(), work, options, call);
    }

    /// The source of the GitHub repository `owner/repo`.
    pub fn source(&self, github: &str, options: &JsValue, call: JsValue) {
        let name = ids::github_source(github);
        let work = |client: WebClient| async move { client.source(&name).await };
        self.begin("sources.get()", Bounds::default(), work, options, call);
    }

    /// A page of the session's activities.
    pub fn activities(&self, id: String, options: &JsValue, call: JsValue) {
        let page = PageRequest::read(&given(options));
        let bounds = Bounds::of_session(&id);
        let work = |client: WebClient| async move { client.activities(&id, &page).await };
        self.begin("activities.list()", bounds, work, options, call);
    }

    /// One of the session's activities.
    pub fn activity(&self, id: String, activity: String, options: &JsValue, call: JsValue) {
        let bounds = Bounds::of_session(&id);
        let work = |client: WebClient| async move { client.activity(&id, &activity).await };
        self.begin("activities.get()", bounds, work, options, call);
    }

    /// A stream of a session's activities: `history` yields existing ones, `updates` new ones, `stream` both.
    pub fn stream(&self, id: &str, span: &str, options: &JsValue) -> Result<Stream, JsValue> {
        let given = stream_options(options, span).map_err(|error| error_to_js(&error))?;
        let stream = client::ActivityStream::new(self.0.for_call(), id, given);
        let title = match span {
            "history" => "history()",
            "updates" => "updates()",
            _ => "stream()",
        };
        Ok(Stream::new(Box::new(stream), title, signal(options).unwrap_or(JsValue::UNDEFINED)))
    }

    /// The feed of changes of all sessions.
    pub fn watch(&self, options: &JsValue) -> Result<Stream, JsValue> {
        let given = client::WatchOptions::read(&given(options)).ok_or_else(|| {
            error_to_js(&Error::invalid("after", "is not a cursor; pass the `cursor` of an event of watch()"))
        })?;
        let feed = client::SessionFeed::new(self.0.for_call(), given);
        Ok(Stream::new(Box::new(feed), "watch()", signal(options).unwrap_or(JsValue::UNDEFINED)))
    }

    /// Runs a batch with a journal. Ends when all items of `port` are settled.
    #[wasm_bindgen(js_name = journalledBatch)]
    pub fn journalled_batch(&self, port: JournalPort, options: &JsValue, call: JsValue) {
        let journalled = JournalledOptions::read(&given(options));
        let pilot = JsPilot::of(options);
        let work = |client: WebClient| async move {
            let (keys, stored) = (port.item_keys(), port.stored());
            let piloted = pilot.as_ref().map(JsPilot::piloted);
            client.journalled_batch_with_pilot(&keys, stored, &journalled, &port, piloted.as_ref()).await
        };
        let bounds = Bounds { ending: Ending::ByItself, ..Bounds::default() };
        self.begin("batch()", bounds, work, options, call);
    }

    /// Advances a batch by one tick, from this state (null: the first). The result is the new state, as JSON text.
    pub fn tick(&self, port: TickCaller, state: &JsValue, options: &JsValue, call: JsValue) {
        let state = Json::from(state.clone());
        let tick = TickOptions::read(&given(options));
        let work = |client: WebClient| async move {
            let keys = port.item_keys();
            client.tick(&state, &keys, &tick, &port).await
        };
        let bounds = Bounds { ending: Ending::ByItself, ..Bounds::default() };
        self.begin("tick()", bounds, work, options, call);
    }

    /// For each of `0..count`, with limited concurrency, awaits `configure(index)` and then `make(config, left)` with its result
    /// and the remaining milliseconds of the batch (null: none). The result is an array of `{value}`, `{error}` for what these
    /// threw, `{fault}` for an error of the core, and undefined for items that were not started.
    pub fn batch(&self, count: usize, options: &JsValue, configure: Function, make: Function, call: JsValue) {
        let client = self.0.for_call();
        let signal = signal(options).unwrap_or(JsValue::UNDEFINED);
        let options = BatchOptions::read(&given(options));
        let work = async move {
            let abort = || {
                let (handle, registration) = AbortHandle::new_pair();
                Listening::to(&signal, handle).map(|listening| (listening, registration))
            };
            let (_listening, aborted) = abort()?;
            let run = |index: usize, left: Option<u64>| {
                let (client, configure, make, abort) = (&client, &configure, &make, &abort);
                async move {
                    let begun = client.poller_now();
                    #[expect(clippy::cast_precision_loss, reason = "an array has fewer items")]
                    let index = JsValue::from_f64(index as f64);
                    let thrown = Rc::new(Cell::new(None));
                    // Errors from here are the caller's, and do not end the batch early.
                    let (keep, configure) = (Rc::clone(&thrown), configure.clone());
                    let configured: Work = Box::pin(async move {
                        let config = promised(configure.call1(&JsValue::UNDEFINED, &index)).await;
                        Ok(config.unwrap_or_else(|error| {
                            keep.set(Some(error));
                            JsValue::UNDEFINED
                        }))
                    });
                    let (_listening, registration) = abort().map_err(Failed::Here)?;
                    let limits = Limits { timeout_ms: left };
                    let bounds = Bounds { limits, abort: Some(registration), is_operation: true, ..Bounds::default() };
                    let config = client.for_call().bounded(bounds, "all()", configured).await.map_err(not_begun)?;
                    if let Some(error) = thrown.take() {
                        return Err(Failed::There(error));
                    }
                    // The mapper has used some of the time.
                    let passed = u64::try_from(client.poller_now() - begun).unwrap_or(0);
                    let left = left.map(|left| left.saturating_sub(passed));
                    let made = make.call2(&JsValue::UNDEFINED, &config, &number(left));
                    promised(made).await.map_err(Failed::There)
                }
            };
            let results =
                client.batch_of_sessions(count, &options, Some(aborted), run, |created| text(created, "id")).await;
            if client.is_closed() && results.iter().any(Option::is_none) {
                return Err(Error::new(ErrorKind::Closed, "all() was ended, because the client was closed."));
            }
            Ok(results.into_iter().map(|result| result.map_or(JsValue::UNDEFINED, settled)).collect::<Array>().into())
        };
        let work: Work = Box::pin(work);
        begin_for(call, Box::pin(self.0.for_call().under_way("all()", None, Ending::ByItself, work)));
    }

    /// Closes the client. The result is a report of what was under way.
    pub fn close(&self, options: &JsValue, call: JsValue) {
        let client = self.0.clone();
        let timeout_ms = given(options).get("timeoutMs").number();
        begin_for(call, work(async move { Ok(client.close(timeout_ms).await) }));
    }
}

/// Why an item of a batch failed.
enum Failed {
    /// By an error of the core.
    Here(Error),
    /// By an error that the façade or the caller has thrown.
    There(JsValue),
}

fn not_begun(mut error: Error) -> Failed {
    if error.kind == ErrorKind::Timeout {
        "The timeout of all() is over (timeoutMs). The create of this session was not sent."
            .clone_into(&mut error.message);
    }
    Failed::Here(error)
}

/// The result of an asynchronous call into JavaScript.
async fn promised(given: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&given?)).await
}

fn settled(result: Result<JsValue, Failed>) -> JsValue {
    let (name, value) = match result {
        Ok(value) => ("value", value),
        Err(Failed::There(thrown)) => ("error", thrown),
        Err(Failed::Here(error)) => ("fault", error_to_js(&error)),
    };
    object(&[(name, value)])
}
