//! The tasks of this instance: one for each call, in the caller's async context.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::FutureExt;
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use super::host;
use super::interruption::Interruption;
use super::results::{IntoJs, error_to_js};
use crate::core::error::{Effect, Error, ErrorKind};

/// A use-case at work. Boxed, so that everything around it is compiled once: generic, it made half of the file.
pub(super) type Work = Pin<Box<dyn Future<Output = Result<JsValue, Error>>>>;

/// The work whose result goes to JavaScript.
pub(super) fn work<T: IntoJs>(future: impl Future<Output = Result<T, Error>> + 'static) -> Work {
    // No async block: it would hold the future twice, before and while it is awaited.
    Box::pin(future.map(|end| end.map(IntoJs::into_js)))
}

#[wasm_bindgen]
extern "C" {
    /// The façade's function that runs a step of a call in the async context in which the call was begun.
    #[wasm_bindgen(extends = Function)]
    #[derive(Clone)]
    pub type Enter;

    #[wasm_bindgen(method, js_name = call)]
    fn run(this: &Enter, of: &JsValue, call: &JsValue, step: &mut dyn FnMut());
}

thread_local! {
    static TELL_END: RefCell<Option<Function>> = const { RefCell::new(None) };
    static ENTER: RefCell<Option<Enter>> = const { RefCell::new(None) };
}

/// Gives this instance what it is to call at the end of each call: with what the call was begun with, whether it went well,
/// and its result, or the error as plain data. A promise made here instead would be a second one for each call. `enter`, where
/// the runtime has async contexts, runs each step of a call in the call's own: tasks are woken from anywhere, and without it a
/// caller's function would run in the context of another.
#[wasm_bindgen(js_name = useEnd)]
pub fn use_end(tell: Function, enter: Option<Enter>) {
    TELL_END.with_borrow_mut(|place| *place = Some(tell));
    ENTER.with_borrow_mut(|place| *place = enter);
}

/// Does the work, and tells `call` of its end.
pub(super) fn begin_for(call: JsValue, mut work: Work) {
    spawn_local(async move {
        let mut has_sent = false;
        let end = poll_fn(|context| {
            let mut polled = Poll::Pending;
            let mut step = || polled = step(&mut work, &mut has_sent, context);
            match ENTER.with_borrow(Clone::clone) {
                Some(enter) => enter.run(&JsValue::UNDEFINED, &call, &mut step),
                None => step(),
            }
            polled
        });
        let (is_well, value) = match end.await {
            Ok(value) => (JsValue::TRUE, value),
            Err(error) => (JsValue::FALSE, error),
        };
        // Out of its place first: who is told may begin another call.
        if let Some(tell) = TELL_END.with_borrow(Clone::clone) {
            // The façade's own; it throws nothing.
            let _ = tell.call3(&JsValue::UNDEFINED, &call, &is_well, &value);
        }
    });
}

/// Goes on with the work, and ends it where it cannot go on. An error is plain data, or a framework's own.
fn step(work: &mut Work, has_sent: &mut bool, context: &mut Context<'_>) -> Poll<Result<JsValue, JsValue>> {
    let sent_before = host::requests_sent();
    let polled = work.poll_unpin(context).map_err(|error| error_to_js(&error));
    *has_sent |= host::requests_sent() != sent_before;
    match (polled, Interruption::take()) {
        (Poll::Ready(Ok(value)), _) => Poll::Ready(Ok(value)),
        (_, Some(Interruption::OfFramework(error))) => Poll::Ready(Err(error)),
        (Poll::Pending, Some(Interruption::NoTimer(why))) => Poll::Ready(Err(error_to_js(&no_timer(&why, *has_sent)))),
        (polled, _) => polled,
    }
}

fn no_timer(why: &str, has_sent: bool) -> Error {
    let (outcome, effect) = if has_sent {
        (Effect::Unknown, "A request of this call may have been carried out: check this before you send it again.")
    } else {
        (Effect::NotSent, "Nothing was sent.")
    };
    let message = format!(
        "The runtime refused to set a timer ({why}). {effect} Make the call where timers are allowed: a Worker allows \
         them in event handlers, not at the top level of a module."
    );
    let mut error = Error::new(ErrorKind::InvalidState, message);
    error.outcome = Some(outcome);
    error
}
