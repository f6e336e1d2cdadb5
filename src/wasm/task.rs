//! The tasks of this instance: one for each call, in the async context of its caller.

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

/// A running use-case. Boxed, since generic code around it would double the size of the wasm.
pub(super) type Work = Pin<Box<dyn Future<Output = Result<JsValue, Error>>>>;

/// Converts the result of a use-case to JavaScript.
pub(super) fn work<T: IntoJs>(future: impl Future<Output = Result<T, Error>> + 'static) -> Work {
    // Not an async block, which would store the future twice.
    Box::pin(future.map(|end| end.map(IntoJs::into_js)))
}

#[wasm_bindgen]
extern "C" {
    /// The function of the façade that runs a step of a call in the async context of its caller.
    #[wasm_bindgen(extends = Function)]
    #[derive(Clone)]
    pub type Enter;

    #[wasm_bindgen(method, js_name = call)]
    fn run(this: &Enter, of: &JsValue, call: &JsValue, step: &mut dyn FnMut());
}

thread_local! {
    static ON_END: RefCell<Option<Function>> = const { RefCell::new(None) };
    static ENTER: RefCell<Option<Enter>> = const { RefCell::new(None) };
}

/// Sets the function that is called at the end of each call: with `call`, whether it succeeded, and its result or its error as
/// plain data. Creating a promise here would mean a second one per call. `enter`, in runtimes with async contexts, runs each
/// step of a call in the context of its caller: tasks are woken from any context, and functions of the caller would otherwise
/// run in the wrong one.
#[wasm_bindgen(js_name = useEnd)]
pub fn use_end(on_end: Function, enter: Option<Enter>) {
    ON_END.with_borrow_mut(|place| *place = Some(on_end));
    ENTER.with_borrow_mut(|place| *place = enter);
}

/// Runs the work, and reports its end to `call`.
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
        // Cloned first, since it may start another call.
        if let Some(on_end) = ON_END.with_borrow(Clone::clone) {
            // The function of the façade does not throw.
            let _ = on_end.call3(&JsValue::UNDEFINED, &call, &is_well, &value);
        }
    });
}

/// Polls the work, and ends it after an interruption. The error is plain data, or an error of a framework.
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
