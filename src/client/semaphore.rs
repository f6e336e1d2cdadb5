//! The limit of requests in flight.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::planted::{Fault, planted};
use futures_channel::oneshot;

/// A fair semaphore for one thread. Semaphores of libraries are made for threads and add several kilobytes to the wasm.
#[derive(Debug)]
pub(crate) struct Semaphore {
    free: Cell<u64>,
    waiting: RefCell<VecDeque<oneshot::Sender<()>>>,
}

/// A permit, which is released when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit<'a>(&'a Semaphore);

/// A place in the queue. If it is dropped after a permit was passed to it, the permit is passed on.
struct Waiting<'a> {
    semaphore: &'a Semaphore,
    turn: oneshot::Receiver<()>,
}

impl Semaphore {
    pub(crate) fn new(permits: u64) -> Self {
        Self { free: Cell::new(permits), waiting: RefCell::default() }
    }

    pub(crate) async fn acquire(&self) -> Permit<'_> {
        match self.free.get().checked_sub(1) {
            Some(left) => self.free.set(left),
            None => {
                let (sender, turn) = oneshot::channel();
                self.waiting.borrow_mut().push_back(sender);
                // Cannot fail: the semaphore lives longer than this borrow, and sends before it drops a sender.
                let _ = (&mut Waiting { semaphore: self, turn }.turn).await;
            }
        }
        Permit(self)
    }

    fn release(&self) {
        let mut waiting = self.waiting.borrow_mut();
        while let Some(next) = waiting.pop_front() {
            if next.send(()).is_ok() {
                return;
            }
        }
        self.free.set(self.free.get() + 1);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Ok(Some(())) = self.turn.try_recv() {
            if planted(Fault::LostPermit) {
                return;
            }
            self.semaphore.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn the_number_of_permits_is_limited() {
        let semaphore = Semaphore::new(1);
        let first = semaphore.acquire().now_or_never().unwrap();
        let mut second = Box::pin(semaphore.acquire());
        let mut third = Box::pin(semaphore.acquire());
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        drop(first);
        let second = second.now_or_never().unwrap();
        assert!((&mut third).now_or_never().is_none());
        drop(second);
        assert!(third.now_or_never().is_some());
        assert!(semaphore.acquire().now_or_never().is_some());
    }

    #[test]
    fn a_dropped_waiter_passes_its_permit_on() {
        let semaphore = Semaphore::new(1);
        let first = semaphore.acquire().now_or_never().unwrap();
        let mut second = Box::pin(semaphore.acquire());
        let mut third = Box::pin(semaphore.acquire());
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        drop(first);
        drop(second);
        assert!(third.now_or_never().is_some(), "the permit was passed on");
    }
}
