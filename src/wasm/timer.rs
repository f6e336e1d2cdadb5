//! Timers of the runtime, looked up each time that one is set.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

use super::failure::fetch_error;
use super::host::{GLOBAL, Global};
use super::interruption::Interruption;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(then: &Closure<dyn FnMut()>, millis: i32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, js_name = clearTimeout)]
    fn clear_timeout(this: &Global) -> Function;
}

/// Runtimes count timers in 31 bits and fire longer ones at once.
const LONGEST: u64 = i32::MAX as u64;

/// So many are kept for later.
const MOST_IDLE: usize = 16;

/// Whether the time has come, and who is woken then.
#[derive(Default)]
struct End {
    has_come: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl End {
    fn come(&self) {
        self.has_come.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<()> {
        if self.has_come.get() {
            return Poll::Ready(());
        }
        self.waker.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

/// What a timer needs, made once and used by one after the other. A closure of its own for each costs more than all the rest.
struct Bell {
    end: Rc<End>,
    rings: Closure<dyn FnMut()>,
}

thread_local! {
    static IDLE: RefCell<Vec<Bell>> = const { RefCell::new(Vec::new()) };
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

/// Ends after some time, which begins when it is first polled.
struct Timer {
    millis: i32,
    bell: Option<Bell>,
    /// The runtime's timer, and what there was to clear it with when it was set: what there is later may not know it, as when a
    /// test puts timers of its own in place meanwhile.
    set: Option<(JsValue, Function)>,
}

impl Timer {
    fn new(millis: i32) -> Self {
        let bell = IDLE.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
            let end = Rc::<End>::default();
            let ours = Rc::clone(&end);
            Bell { end, rings: Closure::new(move || ours.come()) }
        });
        Self { millis, bell: Some(bell), set: None }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { millis, bell: Some(bell), set } = &mut *self else { return Poll::Pending };
        if set.is_none() {
            let clearing = GLOBAL.with(Global::clear_timeout);
            match set_timeout(&bell.rings, *millis) {
                Ok(timer) => *set = Some((timer, clearing)),
                // A timer only ever ends. Whoever polls next tries again: the time is perhaps that of several calls.
                Err(error) => Interruption::NoTimer(fetch_error(&error, false).message).note(),
            }
        }
        bell.end.poll(context)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Some(bell) = self.bell.take() else { return };
        bell.end.waker.take();
        let is_cleared = match self.set.take() {
            Some((timer, clearing)) => clearing.call1(&JsValue::UNDEFINED, &timer).is_ok(),
            None => true,
        };
        if !is_cleared {
            // It may still ring, for nobody.
            return mem::forget(bell);
        }
        bell.end.has_come.set(false);
        IDLE.with_borrow_mut(|idle| {
            if idle.len() < MOST_IDLE {
                idle.push(bell);
            }
        });
    }
}
