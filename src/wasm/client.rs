//! The client, for the façade. Each export reads its arguments, calls one use-case and hands out what comes.

use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;

use futures_util::future::AbortHandle;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::exchange::{error_to_js, from_js, split, to_js};
use super::host::{WebHost, has_location};
use super::signal::Listening;
use super::stream::ActivityStream;
use super::task::{Work, begin_for, work};
use crate::client::batch::BatchOptions;
use crate::client::{self, Bounds, Change, PageRequest, Process, Span, StreamOptions, Tell, WaitOptions, state_named};
use crate::core::config::{self, Attendance, CreateRequest};
use crate::core::cursor::Cursor;
use crate::core::error::{Error, ErrorKind};
use crate::core::fields::{Fields, text_given};
use crate::core::ids;
use crate::core::model::Session;
use crate::core::options::{Limits, Options};

/// What every call can be given: a signal and a time; and what its own options are.
struct Call<'a> {
    fields: Fields<'a>,
    bounds: Bounds,
    listening: Option<Listening>,
    on_update: Option<Function>,
}

impl<'a> Call<'a> {
    fn read(options: &JsValue, what: &'a str) -> Result<Self, Error> {
        let (json, [signal, on_update]) = split(options, what, ["signal", "onUpdate"])?;
        let mut fields = Fields::of(json, what)?;
        let limits = Limits::take(&mut fields)?;
        let (mut abort, mut listening) = (None, None);
        if !signal.is_undefined() && !signal.is_null() {
            let (handle, registration) = AbortHandle::new_pair();
            (abort, listening) = (Some(registration), Listening::to(&signal, handle)?);
        }
        Ok(Self {
            bounds: Bounds { limits, abort, ..Bounds::default() },
            listening,
            on_update: function("onUpdate", &on_update)?,
            fields,
        })
    }
}

/// What a caller gave as a function: nothing, or one.
fn function(name: &str, given: &JsValue) -> Result<Option<Function>, Error> {
    match given.dyn_ref::<Function>() {
        Some(function) => Ok(Some(function.clone())),
        None if given.is_undefined() || given.is_null() => Ok(None),
        None => Err(Error::invalid(name, "must be a function")),
    }
}

/// Calls a caller's function. What it throws the façade has kept, and throws again in place of this error.
fn tell(function: &Function, value: &JsValue) -> Result<(), Error> {
    let told = function.call1(&JsValue::UNDEFINED, value);
    told.map(drop).map_err(|_| Error::new(ErrorKind::Abort, "onUpdate threw an error."))
}

/// Shows sessions to a caller's function, if there is one.
fn teller(on_update: Option<Function>) -> Option<impl FnMut(&Session) -> Result<(), Error>> {
    on_update.map(|function| move |session: &Session| tell(&function, &to_js(session)))
}

fn read_options(layers: &Array) -> Result<(WebHost, Options), Error> {
    let mut host = WebHost::default();
    let mut options = Options::default();
    for layer in layers.iter() {
        let (json, [fetch, logger]) = split(&layer, "the client's options", ["fetch", "logger"])?;
        host.fetch = function("fetch", &fetch)?.or(host.fetch);
        if logger.is_object() {
            host.logger = Some(logger);
        } else if !logger.is_undefined() && !logger.is_null() {
            return Err(Error::invalid("logger", "must be an object with `debug` and `warn`, such as console"));
        }
        options = options.with(json)?;
    }
    let options = options.checked(has_location(), host.fetch.is_some())?;
    Ok((host, options))
}

/// A client of the service.
#[wasm_bindgen]
pub struct Client(client::Client<WebHost>);

/// The use-case `name`, with its arguments read: `id` is a session's, where it is about one, and `argument` is the
/// first that the caller gave, if it takes one. "all" is one item of a batch.
fn begin(
    client: client::Client<WebHost>,
    name: &str,
    id: String,
    argument: &JsValue,
    call: &mut Call<'_>,
) -> Result<Work, Error> {
    let text = |name| text_given(name, from_js(argument, name)?);
    Ok(match name {
        "session" | "run" | "all" => {
            let attendance = if name == "session" { Attendance::Interactive } else { Attendance::Automated };
            let request = CreateRequest::read(from_js(argument, "the session's configuration")?, attendance)?;
            work(async move { client.create(&request).await })
        }
        "info" => {
            let wanted = call.fields.boolean("activities")?.unwrap_or(true);
            let after = wanted.then(|| Cursor::parse(&argument.as_string().unwrap_or_default()));
            work(async move { client.info(&id, after).await })
        }
        "waitFor" => {
            let state = state_named("state", &text("state")?)?;
            work(async move { client.wait_for(&id, state).await })
        }
        "result" => {
            call.fields.knows("onUpdate");
            let throws = call.fields.boolean("throwOnFailure")?.unwrap_or(client.options().throw_on_failure);
            let on_update = call.on_update.take();
            work(async move {
                let mut tell = teller(on_update);
                client.result(&id, throws, tell.as_mut().map(|tell| tell as Tell<'_>)).await
            })
        }
        "wait" => {
            call.fields.knows("onUpdate");
            let options = WaitOptions::take(&mut call.fields)?;
            let on_update = call.on_update.take();
            work(async move {
                let mut tell = teller(on_update);
                client.wait(&id, &options, tell.as_mut().map(|tell| tell as Tell<'_>)).await
            })
        }
        "send" => {
            let prompt = config::message(from_js(argument, "prompt")?)?;
            work(async move { client.send(&id, &prompt).await })
        }
        "ask" => {
            let prompt = config::message(from_js(argument, "prompt")?)?;
            work(async move { client.ask(&id, &prompt).await })
        }
        "approve" | "archive" | "unarchive" => {
            let change = match name {
                "approve" => Change::ApprovePlan,
                "archive" => Change::Archive,
                _ => Change::Unarchive,
            };
            work(async move { client.change(&id, change).await })
        }
        "delete" => work(async move { client.delete(&id).await }),
        "sessions" => {
            call.fields.knows("limit");
            let request = PageRequest::take(&mut call.fields)?;
            work(async move { client.sessions(&request).await })
        }
        "sources" => {
            call.fields.knows("limit");
            let request = PageRequest::take(&mut call.fields)?;
            work(async move { client.sources(&request).await })
        }
        "source" => {
            let source = ids::github_source("github", &text("github")?)?;
            work(async move { client.source(&source).await })
        }
        "activities" => {
            let request = PageRequest::take(&mut call.fields)?;
            work(async move { client.activities(&id, &request).await })
        }
        "activity" => {
            let activity = ids::activity_id(&id, &text("activity id")?)?;
            work(async move { client.activity(&id, &activity).await })
        }
        _ => return Err(Error::new(ErrorKind::Internal, "The façade called what is not there.")),
    })
}

thread_local! {
    /// An instance has one thread.
    static PROCESS: Process = Process::default();
}

#[wasm_bindgen]
impl Client {
    /// A client whose options are `layers`, each over those before it.
    #[wasm_bindgen(constructor)]
    pub fn new(layers: &Array) -> Result<Client, JsValue> {
        let (host, options) = read_options(layers).map_err(|error| error_to_js(&error))?;
        Ok(Self(client::Client::in_process(host, options, PROCESS.with(Clone::clone))))
    }

    /// Calls the use-case `name`, which messages name `title`, within the bounds of `options`, for `call` (see `use_end`). One export for all of them: each export costs a
    /// kilobyte. See `begin` for the names and their arguments.
    pub fn call(&self, name: &str, title: String, id: String, argument: &JsValue, options: &JsValue, call: JsValue) {
        let client = self.0.clone();
        let begun = Call::read(options, &title).and_then(|mut call| {
            call.bounds.makes_something = matches!(name, "session" | "run" | "all" | "send" | "ask");
            call.bounds.awaits_answer = name == "all";
            call.bounds.whole_ms = call.fields.number("wholeMs", 0)?;
            let work = begin(client.clone(), name, id, argument, &mut call)?;
            let Call { fields, bounds, listening, on_update } = call;
            fields.finish()?;
            if on_update.is_some() {
                return Err(Error::invalid("onUpdate", format!("is not an option of {title}")));
            }
            Ok((work, bounds, listening))
        });
        let work: Work = match begun {
            // As most calls are, of which thousands may wait.
            Ok((work, bounds, _)) if bounds.are_none() => work,
            Ok((work, bounds, listening)) => Box::pin(async move {
                let _listening = listening;
                client.bounded(bounds, &title, work).await
            }),
            Err(error) => Box::pin(ready(Err(error))),
        };
        begin_for(call, work);
    }

    /// A stream of a session's activities: with `history` those so far, with `updates` those to come, else both.
    pub fn stream(&self, id: &str, span: &str, title: String, options: &JsValue) -> Result<ActivityStream, JsValue> {
        let span = match span {
            "history" => Span::SoFar,
            "updates" => Span::ToCome,
            _ => Span::All,
        };
        let read = || {
            let (json, [signal]) = split(options, &title, ["signal"])?;
            let mut fields = Fields::of(json, &title)?;
            let options = StreamOptions::take(&mut fields)?;
            fields.finish()?;
            Ok((StreamOptions { span, ..options }, signal))
        };
        let (options, signal) = read().map_err(|error: Error| error_to_js(&error))?;
        Ok(ActivityStream::new(client::ActivityStream::new(self.0.clone(), id, options), title, signal))
    }

    /// For each of `0..count`, a few at a time, awaits `configure(index)`, and `make(config, left, whole)` with what that gave,
    /// the milliseconds that are left of the batch's time and those of all of it (null: no limit). Tells `call` an array of
    /// `{value}`, `{error}` for what these threw, `{fault}` for an error of the core's, and undefined for those not begun.
    pub fn batch(&self, count: usize, options: &JsValue, configure: Function, make: Function, call: JsValue) {
        let client = self.0.clone();
        let options = split(options, "the options of all()", ["signal"]).and_then(|(json, [signal])| {
            let mut fields = Fields::of(json, "all()")?;
            fields.number("wholeMs", 0)?;
            let options = BatchOptions::take(&mut fields)?;
            fields.finish().map(|()| (options, signal))
        });
        let work = async move {
            let (options, signal) = options?;
            let abort = || {
                let (handle, registration) = AbortHandle::new_pair();
                Listening::to(&signal, handle).map(|listening| (listening, registration))
            };
            let (_listening, aborted) = abort()?;
            let run = |index: usize, left: Option<u64>| {
                let (client, options, configure, make, abort) = (&client, &options, &configure, &make, &abort);
                async move {
                    let begun = client.poller_now();
                    #[expect(clippy::cast_precision_loss, reason = "an array has fewer items")]
                    let index = JsValue::from_f64(index as f64);
                    let thrown = Rc::new(Cell::new(None));
                    // What this throws is the caller's, and none of the errors that end it early.
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
                    let bounds =
                        Bounds { limits, abort: Some(registration), makes_something: true, ..Bounds::default() };
                    let config = client.bounded(bounds, "all()", configured).await.map_err(not_begun)?;
                    if let Some(error) = thrown.take() {
                        return Err(Failed::There(error));
                    }
                    // That has taken of the time too.
                    let passed = u64::try_from(client.poller_now() - begun).unwrap_or(0);
                    let left = left.map(|left| left.saturating_sub(passed));
                    let made = make.call3(&JsValue::UNDEFINED, &config, &to_js(&left), &to_js(&options.timeout_ms));
                    promised(made).await.map_err(Failed::There)
                }
            };
            let results = client.batch(count, &options, Some(aborted), run).await;
            Ok(results.into_iter().map(|result| result.map_or(JsValue::UNDEFINED, settled)).collect::<Array>().into())
        };
        begin_for(call, Box::pin(work));
    }
}

/// Why an item of a batch failed.
enum Failed {
    /// By an error of the core's.
    Here(Error),
    /// By what the façade or the caller has thrown.
    There(JsValue),
}

fn not_begun(mut error: Error) -> Failed {
    if error.kind == ErrorKind::Timeout {
        "The time of all() is over (timeoutMs). This session was not begun.".clone_into(&mut error.message);
    }
    Failed::Here(error)
}

/// What a call into JavaScript gives in the end.
async fn promised(given: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&given?)).await
}

fn settled(result: Result<JsValue, Failed>) -> JsValue {
    let (name, value) = match result {
        Ok(value) => ("value", value),
        Err(Failed::There(thrown)) => ("error", thrown),
        Err(Failed::Here(error)) => ("fault", error_to_js(&error)),
    };
    let object = js_sys::Object::new();
    // Cannot fail on an object of our own making.
    let _ = Reflect::set(&object, &JsValue::from_str(name), &value);
    object.into()
}
