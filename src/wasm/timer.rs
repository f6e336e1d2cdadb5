//! Timers of the runtime, looked up at each call.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Closure<dyn FnMut()>, millis: i32) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Runtimes count timers in 31 bits and fire longer ones at once.
pub(super) const LONGEST: u64 = i32::MAX as u64;

/// So many are kept for later.
const MOST_IDLE: usize = 16;

/// Whether the time has come, and who is to be told.
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

/// Ends after some time. `gloo_timers` has such a future too, but there whoever drops one is woken by that.
pub(super) struct Sleep {
    end: Rc<End>,
    _timer: Timeout,
}

impl Sleep {
    pub(super) fn new(millis: u32) -> Self {
        let end = Rc::<End>::default();
        let ours = Rc::clone(&end);
        Self { end, _timer: Timeout::new(millis, move || ours.come()) }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.end.poll(context)
    }
}

/// What a timer needs, made once and used by one after the other.
struct Bell {
    end: Rc<End>,
    rings: Closure<dyn FnMut()>,
}

thread_local! {
    static IDLE: RefCell<Vec<Bell>> = const { RefCell::new(Vec::new()) };
}

/// The same for timers that are set again and again. A closure of its own for each costs more than all the rest of it.
pub(super) struct Timer {
    bell: Option<Bell>,
    timer: JsValue,
}

impl Timer {
    pub(super) fn new(millis: i32) -> Self {
        let bell = IDLE.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
            let end = Rc::<End>::default();
            let ours = Rc::clone(&end);
            Bell { end, rings: Closure::new(move || ours.come()) }
        });
        let timer = set_timeout(&bell.rings, millis);
        Self { bell: Some(bell), timer }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.bell.as_ref().map_or(Poll::Pending, |bell| bell.end.poll(context))
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // From here on it does not ring.
        clear_timeout(&self.timer);
        let Some(bell) = self.bell.take() else { return };
        bell.end.has_come.set(false);
        bell.end.waker.take();
        IDLE.with_borrow_mut(|idle| {
            if idle.len() < MOST_IDLE {
                idle.push(bell);
            }
        });
    }
}
