//! A queue ordered by the time of the request, not of its arrival in the queue.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;

use futures_channel::oneshot;

/// A lock for one thread whose next holder is the waiter with the earliest time.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    is_taken: Cell<bool>,
    /// The last one has the next turn.
    waiting: RefCell<Vec<(Place, oneshot::Sender<()>)>>,
    count: Cell<u64>,
}

/// Ordered by time; with equal times, by more previous turns, then by arrival.
type Place = (i64, Reverse<u32>, u64);

/// A turn. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a>(&'a Turns);

/// A place in the queue. If it is dropped after the turn was passed to it, the turn is passed on.
struct Waiting<'a> {
    turns: &'a Turns,
    place: Place,
    turn: oneshot::Receiver<()>,
}

impl Turns {
    /// Waits for a turn. `since` is the time of the request, `turns` the number of its previous turns.
    pub(crate) async fn take(&self, since: i64, turns: u32) -> Turn<'_> {
        if self.is_taken.replace(true) {
            let (sender, turn) = oneshot::channel();
            let place = (since, Reverse(turns), self.count.replace(self.count.get() + 1));
            self.insert(place, sender);
            // Cannot fail: the queue lives longer than this borrow, and sends before it drops a sender.
            let _ = (&mut Waiting { turns: self, place, turn }.turn).await;
        }
        Turn(self)
    }

    fn insert(&self, place: Place, sender: oneshot::Sender<()>) {
        let mut waiting = self.waiting.borrow_mut();
        let index = waiting.partition_point(|(other, _)| *other > place);
        waiting.insert(index, (place, sender));
    }

    /// Removes a place, unless it has had its turn. Returns whether it was there.
    fn remove(&self, place: &Place) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        let found = waiting.binary_search_by(|(other, _)| place.cmp(other)).ok();
        found.map(|index| waiting.remove(index)).is_some()
    }

    fn pass_on(&self) {
        let next = self.waiting.borrow_mut().pop();
        match next {
            // Dropped waiters have removed their place, so the send succeeds.
            Some((_, next)) => drop(next.send(())),
            None => self.is_taken.set(false),
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.pass_on();
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.turns.remove(&self.place) && matches!(self.turn.try_recv(), Ok(Some(()))) {
            self.turns.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn the_earliest_request_goes_first() {
        let turns = Turns::default();
        let first = turns.take(5, 0).now_or_never().unwrap();
        let mut young = Box::pin(turns.take(9, 0));
        let mut again = Box::pin(turns.take(9, 1));
        let mut old = Box::pin(turns.take(1, 0));
        assert!((&mut young).now_or_never().is_none() && (&mut again).now_or_never().is_none());
        assert!((&mut old).now_or_never().is_none());
        drop(first);
        let old = old.now_or_never().unwrap();
        assert!((&mut again).now_or_never().is_none());
        drop(old);
        assert!((&mut young).now_or_never().is_none());
        drop(again.now_or_never().unwrap());
        drop(young.now_or_never().unwrap());
        assert!(turns.take(7, 0).now_or_never().is_some());
    }

    #[test]
    fn a_dropped_waiter_passes_its_turn_on() {
        let turns = Turns::default();
        let first = turns.take(0, 0).now_or_never().unwrap();
        let [mut second, mut third, mut fourth] = [1, 2, 3].map(|since| Box::pin(turns.take(since, 0)));
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        assert!((&mut fourth).now_or_never().is_none());
        drop(second);
        drop(first);
        drop(third);
        assert!(fourth.now_or_never().is_some());
    }
}
