//! Identical operations take turns while one of them is being reconciled, so that the result of one is not mistaken for the
//! result of another.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::planted::{Fault, planted};

/// The locks of operations, by key: operations with equal keys have results that cannot be distinguished. Unused locks are
/// removed.
#[derive(Debug, Default)]
pub(crate) struct KeyLocks(RefCell<Vec<(String, Rc<KeyLock>)>>);

impl KeyLocks {
    /// The lock of this key.
    pub(crate) fn of(&self, key: &str) -> Rc<KeyLock> {
        if planted(Fault::NoKeyLock) {
            return Rc::default();
        }
        let mut locks = self.0.borrow_mut();
        locks.retain(|(_, lock)| Rc::strong_count(lock) > 1);
        if let Some((_, lock)) = locks.iter().find(|(of, _)| of == key) {
            return Rc::clone(lock);
        }
        let lock = Rc::default();
        locks.push((key.to_owned(), Rc::clone(&lock)));
        lock
    }
}

/// The lock of one key. Requests with equal bodies may be in flight together; others wait. While an operation is unresolved,
/// only unresolved operations send requests, in turn.
#[derive(Debug, Default)]
pub(crate) struct KeyLock(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    /// The body of the requests in flight.
    body: String,
    in_flight: u32,
    /// The tickets of the unresolved operations, with whether they may be sent again.
    unresolved: Vec<(u64, bool)>,
    tickets: u64,
    wakers: Vec<Waker>,
}

impl State {
    /// The ticket of the unresolved operation that has the next turn. Those that may be sent again come first: the service may
    /// carry out the others late, and they must not claim a result whose own request would then be sent again.
    fn next(&self) -> Option<u64> {
        let first = self.unresolved.iter().find(|(_, may_repeat)| *may_repeat).or_else(|| self.unresolved.first());
        first.map(|(ticket, _)| *ticket)
    }
}

impl KeyLock {
    async fn until(&self, mut is_so: impl FnMut(&mut State) -> bool) {
        poll_fn(|context| {
            let mut state = self.0.borrow_mut();
            if is_so(&mut state) {
                return Poll::Ready(());
            }
            if !state.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                state.wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let wakers = {
            let mut state = self.0.borrow_mut();
            change(&mut state);
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until a request with this body may be sent.
    pub(crate) async fn enter(self: &Rc<Self>, body: &str) -> InFlight {
        self.until(|state| {
            let may_enter = state.unresolved.is_empty() && (state.in_flight == 0 || state.body == body);
            if may_enter {
                state.in_flight += 1;
                body.clone_into(&mut state.body);
            }
            may_enter
        })
        .await;
        InFlight(Rc::clone(self))
    }
}

/// A request that is in flight.
#[derive(Debug)]
pub(crate) struct InFlight(Rc<KeyLock>);

impl InFlight {
    /// The request has failed, and it is unknown whether it was carried out.
    pub(crate) fn into_unresolved(self) -> Unresolved {
        let mut ticket = 0;
        self.0.change(|state| {
            state.tickets += 1;
            ticket = state.tickets;
            state.unresolved.push((ticket, true));
        });
        Unresolved { lock: Rc::clone(&self.0), ticket }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.change(|state| state.in_flight -= 1);
    }
}

/// An operation that may have been carried out.
#[derive(Debug)]
pub(crate) struct Unresolved {
    lock: Rc<KeyLock>,
    ticket: u64,
}

impl Unresolved {
    /// Whether the request may be sent again when nothing is found.
    pub(crate) fn may_repeat(&self, may_repeat: bool) {
        self.lock.change(|state| {
            for (ticket, known) in &mut state.unresolved {
                if *ticket == self.ticket {
                    *known = may_repeat;
                }
            }
        });
    }

    /// Waits until no request is in flight and it is this operation's turn. The turn lasts until the guard is dropped.
    pub(crate) async fn turn(&self) {
        self.lock.until(|state| state.in_flight == 0 && state.next() == Some(self.ticket)).await;
    }

    /// The number of unresolved operations, including this one. They have equal bodies.
    pub(crate) fn equals(&self) -> usize {
        self.lock.0.borrow().unresolved.len()
    }
}

impl Drop for Unresolved {
    fn drop(&mut self) {
        self.lock.change(|state| state.unresolved.retain(|(ticket, _)| *ticket != self.ticket));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::future::Future;

    fn is_ready<T>(future: impl Future<Output = T>) -> bool {
        future.now_or_never().is_some()
    }

    #[test]
    fn equal_requests_are_in_flight_together_and_others_wait() {
        let lock = KeyLocks::default().of("key");
        let first = lock.enter("body").now_or_never().unwrap();
        let second = lock.enter("body").now_or_never().unwrap();
        assert!(!is_ready(lock.enter("other")));
        drop((first, second));
        assert!(is_ready(lock.enter("other")));
    }

    #[test]
    fn no_request_is_sent_while_an_operation_is_unresolved() {
        let lock = KeyLocks::default().of("key");
        let first = lock.enter("body").now_or_never().unwrap();
        let second = lock.enter("body").now_or_never().unwrap();
        let first = first.into_unresolved();
        assert!(!is_ready(first.turn()), "an equal request is in flight");
        let second = second.into_unresolved();
        assert_eq!((is_ready(first.turn()), is_ready(second.turn()), second.equals()), (true, false, 2));
        assert!(!is_ready(lock.enter("body")));
        drop(first);
        assert!(is_ready(second.turn()) && !is_ready(lock.enter("body")));
        drop(second);
        assert!(is_ready(lock.enter("body")));
    }

    #[test]
    fn operations_that_may_be_sent_again_have_the_first_turn() {
        let lock = KeyLocks::default().of("key");
        let in_flight = [(); 3].map(|()| lock.enter("body").now_or_never().unwrap());
        let [ambiguous, refused, other] = in_flight.map(InFlight::into_unresolved);
        ambiguous.may_repeat(false);
        assert!(is_ready(refused.turn()) && !is_ready(ambiguous.turn()));
        refused.may_repeat(false);
        assert!(is_ready(other.turn()) && !is_ready(refused.turn()));
    }

    #[test]
    fn the_end_of_a_turn_wakes_the_next() {
        let lock = KeyLocks::default().of("key");
        let first = lock.enter("body").now_or_never().unwrap().into_unresolved();
        let second = lock.clone();
        let (entered, ()) =
            futures::executor::block_on(futures::future::join(async move { second.enter("other").await }, async {
                drop(first)
            }));
        drop(entered);
    }
}
