//! Virtual time: runs futures on one thread, and advances to the next timer when none can continue.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// How often the work may be polled at the same time before this counts as an endless loop.
const MOST_POLLS_AT_ONE_INSTANT: u32 = 1_000_000;

/// Nothing can continue and no timer is set: the future would wait forever.
#[derive(Debug, PartialEq, Eq)]
pub struct Stuck;

/// A clock that advances only when nothing else can continue, with its timers.
#[derive(Debug, Default)]
pub struct VirtualTime {
    now_ms: Cell<i64>,
    timers_set: Cell<u64>,
    /// By the time at which they fire, then in the order in which they were set.
    timers: RefCell<BTreeMap<(i64, u64), Waker>>,
}

impl VirtualTime {
    pub fn starting_at(now_ms: i64) -> Rc<Self> {
        Rc::new(Self { now_ms: Cell::new(now_ms), ..Self::default() })
    }

    pub fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    /// Advances the time without running anything, so that due timers are late.
    pub fn skip(&self, millis: i64) {
        self.now_ms.set(self.now_ms() + millis);
    }

    /// The number of active timers.
    pub fn timers(&self) -> usize {
        self.timers.borrow().len()
    }

    /// Fires after `millis`, when nothing else can continue.
    pub fn sleep(self: &Rc<Self>, millis: u64) -> Sleep {
        let due = self.now_ms().saturating_add(i64::try_from(millis).unwrap_or(i64::MAX));
        Sleep { time: Rc::clone(self), due, number: None }
    }

    /// Runs a future to its end.
    pub fn run<F: Future>(&self, future: F) -> Result<F::Output, Stuck> {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        let mut polls = 0;
        loop {
            while flag.0.swap(false, Ordering::Relaxed) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Ok(output);
                }
                polls += 1;
                assert!(polls < MOST_POLLS_AT_ONE_INSTANT, "an endless loop that never waits");
            }
            let Some(((due, _), waker)) = self.timers.borrow_mut().pop_first() else { return Err(Stuck) };
            if due > self.now_ms() {
                self.now_ms.set(due);
                polls = 0;
            }
            waker.wake();
        }
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A sleep; when dropped, its timer is cleared.
#[derive(Debug)]
pub struct Sleep {
    time: Rc<VirtualTime>,
    due: i64,
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let time = Rc::clone(&self.time);
        let mut timers = time.timers.borrow_mut();
        match self.number {
            None => {
                let number = time.timers_set.replace(time.timers_set.get() + 1);
                self.number = Some(number);
                timers.insert((self.due, number), context.waker().clone());
                Poll::Pending
            }
            Some(number) => match timers.get_mut(&(self.due, number)) {
                None => Poll::Ready(()),
                Some(waker) => {
                    waker.clone_from(context.waker());
                    Poll::Pending
                }
            },
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.time.timers.borrow_mut().remove(&(self.due, number));
        }
    }
}
