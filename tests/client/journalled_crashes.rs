//! Processes that are killed during a batch with a journal: a client is dropped, and a new one is built on the same store and
//! the same service.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use crate::journalled::{keys, options, sessions};
use crate::support::{Caller, Delivery, Disk, SimHost};
use futures::future::poll_fn;
use jules_wasm::client::batch::JournalledOptions;
use jules_wasm::core::batch::Status;
use jules_wasm::core::error::Error;

/// Runs the batch in a new process, which is killed after this many steps. `None`: it was killed.
pub fn run_until(
    caller: &Caller,
    count: usize,
    options: &JournalledOptions,
    steps: usize,
) -> Option<Result<(), Error>> {
    let client = caller.sim.client();
    let keys = keys(count);
    caller.settled.borrow_mut().clear();
    let mut batch = pin!(client.journalled_batch(&keys, caller.disk.stored(&keys), options, caller));
    let mut left = steps;
    caller.sim.run(poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        batch.as_mut().poll(context).map(Some)
    }))
}

/// A service to which each request takes a millisecond, as does each response.
fn slow_service() -> SimHost {
    let sim = SimHost::new();
    sim.script(|_| Delivery { there_ms: 1, back_ms: 1, ..Delivery::served() });
    sim
}

fn assert_each_item_has_one_session(sim: &SimHost, caller: &Caller, count: usize, what: &str) {
    let settled = caller.settled();
    let mut ids: Vec<_> = settled.iter().filter_map(|item| item.session.clone()).collect();
    ids.sort();
    ids.dedup();
    assert!(settled.iter().all(|item| item.status == Status::Completed), "{what}: {settled:?}");
    assert_eq!((settled.len(), ids.len(), sessions(sim).len()), (count, count, count), "{what}");
}

#[test]
fn a_batch_killed_after_any_step_creates_each_session_once() {
    const COUNT: usize = 3;
    for steps in 1.. {
        let (sim, disk) = (slow_service(), Disk::default());
        let has_ended = run_until(&Caller::new(&sim, &disk), COUNT, &options(), steps).is_some();
        let caller = Caller::new(&sim, &disk);
        run_until(&caller, COUNT, &options(), usize::MAX).unwrap().unwrap();
        assert_each_item_has_one_session(&sim, &caller, COUNT, &format!("killed after {steps} steps"));
        if has_ended {
            assert!(steps > 30, "{steps} steps");
            return;
        }
    }
}
