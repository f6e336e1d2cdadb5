//! Timers of the runtime, looked up at each call.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use gloo_timers::callback::Timeout;
use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

use super::host::{GLOBAL, Global};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Closure<dyn FnMut()>, millis: i32) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = clearTimeout)]
    fn clear_timeout(this: &Global) -> Function;
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

/// What there is now to clear a timer with that is set now. What there is later may know nothing of it, as when a test puts
/// timers of its own in place meanwhile.
fn clearing() -> Function {
    GLOBAL.with(Global::clear_timeout)
}

fn clear(timer: &JsValue, with: &Function) {
    // What it throws is no trouble of whoever needs the timer no more.
    let _ = with.call1(&JsValue::UNDEFINED, timer);
}

/// Ends after some time. `gloo_timers` has such a future too, but there whoever drops one is woken by that.
pub(super) struct Sleep {
    end: Rc<End>,
    timer: Option<Timeout>,
    clearing: Function,
}

impl Sleep {
    pub(super) fn new(millis: u32) -> Self {
        let end = Rc::<End>::default();
        let ours = Rc::clone(&end);
        let clearing = clearing();
        Self { end, timer: Some(Timeout::new(millis, move || ours.come())), clearing }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.end.poll(context)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if clearing() != self.clearing {
            // Dropped, it would be given to what does not know it, and ring for a closure that is no more.
            if let Some(timer) = self.timer.take() {
                clear(&timer.forget(), &self.clearing);
            }
        }
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
    /// Cleared with anything else it might ring for who has its bell next.
    clearing: Function,
}

impl Timer {
    pub(super) fn new(millis: i32) -> Self {
        let bell = IDLE.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
            let end = Rc::<End>::default();
            let ours = Rc::clone(&end);
            Bell { end, rings: Closure::new(move || ours.come()) }
        });
        let clearing = clearing();
        let timer = set_timeout(&bell.rings, millis);
        Self { bell: Some(bell), timer, clearing }
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
        clear(&self.timer, &self.clearing);
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
