//! How many requests are in flight at once.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use futures_channel::oneshot;

/// Lets a number of holders in at a time, first come, first served. Single-threaded; the usual libraries' semaphores
/// are for threads, and cost several kilobytes in wasm.
#[derive(Debug)]
pub(crate) struct Gate {
    free: Cell<u64>,
    waiting: RefCell<VecDeque<oneshot::Sender<()>>>,
}

/// A place behind the gate; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit<'a>(&'a Gate);

/// A place in the queue. Who is dropped just as a place was handed to it hands that on.
struct Waiting<'a> {
    gate: &'a Gate,
    turn: oneshot::Receiver<()>,
}

impl Gate {
    pub(crate) fn new(places: u64) -> Self {
        Self { free: Cell::new(places), waiting: RefCell::default() }
    }

    pub(crate) async fn enter(&self) -> Permit<'_> {
        match self.free.get().checked_sub(1) {
            Some(left) => self.free.set(left),
            None => {
                let (sender, turn) = oneshot::channel();
                self.waiting.borrow_mut().push_back(sender);
                // Cannot fail: the gate outlives this borrow of it, and drops no sender without sending.
                let _ = (&mut Waiting { gate: self, turn }.turn).await;
            }
        }
        Permit(self)
    }

    fn leave(&self) {
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
        self.0.leave();
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Ok(Some(())) = self.turn.try_recv() {
            self.gate.leave();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn no_more_than_its_number_are_let_in_and_each_who_leaves_lets_one_in() {
        let gate = Gate::new(1);
        let first = gate.enter().now_or_never().unwrap();
        let mut second = Box::pin(gate.enter());
        let mut third = Box::pin(gate.enter());
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        drop(first);
        let second = second.now_or_never().unwrap();
        assert!((&mut third).now_or_never().is_none());
        drop(second);
        assert!(third.now_or_never().is_some());
        assert!(gate.enter().now_or_never().is_some());
    }

    #[test]
    fn who_gives_up_waiting_takes_no_place_with_it() {
        let gate = Gate::new(1);
        let first = gate.enter().now_or_never().unwrap();
        let mut second = Box::pin(gate.enter());
        let mut third = Box::pin(gate.enter());
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        drop(first);
        drop(second);
        assert!(third.now_or_never().is_some(), "the place was handed on");
    }
}
