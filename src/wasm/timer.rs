//! Timers of the runtime, looked up each time.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::future::FutureExt;
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

use super::failure::fetch_error;
use super::global::{GLOBAL, Global};
use super::interruption::Interruption;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(then: &Closure<dyn FnMut()>, millis: i32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, js_name = clearTimeout)]
    fn clear_timeout(this: &Global) -> Function;
}

/// Runtimes store delays in 31 bits and fire longer ones at once.
const LONGEST: u64 = i32::MAX as u64;

/// The number of unused callbacks that are kept.
const MOST_IDLE: usize = 16;

/// Whether the timer has fired, and the waker for that.
#[derive(Default)]
struct Fired {
    has_fired: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Fired {
    fn fire(&self) {
        self.has_fired.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<()> {
        if self.has_fired.get() {
            return Poll::Ready(());
        }
        self.waker.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

/// A reusable callback. Creating a closure for each timer costs more than the rest of it.
struct Callback {
    fired: Rc<Fired>,
    function: Closure<dyn FnMut()>,
}

thread_local! {
    static IDLE: RefCell<Vec<Callback>> = const { RefCell::new(Vec::new()) };

    /// Whether the runtime has set a timer of this instance.
    static HAS_SET: Cell<bool> = const { Cell::new(false) };
}

/// Notes an interruption where the runtime refuses timers, unless it has set one before. For the time before a request is sent: at
/// the global scope of a Worker `fetch` is refused too, but in newer versions only by its promise, when the call has ended.
pub(super) fn try_out() {
    if !HAS_SET.get() {
        // Its first poll sets it, and dropping it clears it.
        let _ = Timer::new(0).now_or_never();
    }
}

/// Waits for `millis` milliseconds.
pub(super) async fn sleep(millis: u64) {
    let mut left = millis;
    loop {
        let part = left.min(LONGEST);
        Timer::new(i32::try_from(part).unwrap_or(i32::MAX)).await;
        left -= part;
        if left == 0 {
            return;
        }
    }
}

/// Resolves after some time, which starts at the first poll.
struct Timer {
    millis: i32,
    callback: Option<Callback>,
    /// The runtime's timer, and the `clearTimeout` at the time it was set: a later one may not know it, if a test mocks timers
    /// meanwhile.
    set: Option<(JsValue, Function)>,
}

impl Timer {
    fn new(millis: i32) -> Self {
        let callback = IDLE.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
            let fired = Rc::<Fired>::default();
            let ours = Rc::clone(&fired);
            Callback { fired, function: Closure::new(move || ours.fire()) }
        });
        Self { millis, callback: Some(callback), set: None }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { millis, callback: Some(callback), set } = &mut *self else { return Poll::Pending };
        if set.is_none() {
            let clearing = GLOBAL.with(Global::clear_timeout);
            match set_timeout(&callback.function, *millis) {
                Ok(timer) => {
                    HAS_SET.set(true);
                    *set = Some((timer, clearing));
                }
                // The next poll tries again, since several calls may share the timer.
                Err(error) => Interruption::NoTimer(fetch_error(&error, false).message).note(),
            }
        }
        callback.fired.poll(context)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Some(callback) = self.callback.take() else { return };
        callback.fired.waker.take();
        let is_cleared = match self.set.take() {
            Some((timer, clearing)) => clearing.call1(&JsValue::UNDEFINED, &timer).is_ok(),
            None => true,
        };
        if !is_cleared {
            // It may still fire, without effect.
            return mem::forget(callback);
        }
        callback.fired.has_fired.set(false);
        IDLE.with_borrow_mut(|idle| {
            if idle.len() < MOST_IDLE {
                idle.push(callback);
            }
        });
    }
}
