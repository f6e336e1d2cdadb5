//! Rate limiting of activity lists: the service has a quota per minute for all sessions of a project.

use std::cell::RefCell;

use super::Client;
use super::turns::{Turn, Turns};
use crate::core::error::Error;
use crate::core::list_rate::ListRate;
use crate::host::Host;

/// The rate limiter of the activity lists of one account. The oldest request goes first.
#[derive(Debug, Default)]
pub(crate) struct Pacer {
    turns: Turns,
    rate: RefCell<ListRate>,
}

/// A list request in flight. If it is dropped without a response, it does not count for the rate.
#[derive(Debug)]
pub(crate) struct Paced<'a> {
    pacer: &'a Pacer,
    sent_at: i64,
    /// Held by a probe: its response must arrive before the next request is sent.
    _turn: Option<Turn<'a>>,
}

impl Pacer {
    /// Waits until the list request may be sent. It was requested at `since` and has been sent `times` times before. A future
    /// that is dropped while it waits leaves the queue.
    pub(crate) async fn turn<H: Host>(&self, client: &Client<H>, since: i64, times: u32) -> Paced<'_> {
        let turn = self.turns.take(since, times).await;
        loop {
            let wait = self.rate.borrow().wait_ms(client.poller_now());
            if wait == 0 {
                break;
            }
            client.sleep(wait).await;
        }
        let sent_at = client.poller_now();
        let mut rate = self.rate.borrow_mut();
        let turn = rate.is_probing(sent_at).then_some(turn);
        rate.send(sent_at);
        Paced { pacer: self, sent_at, _turn: turn }
    }
}

impl Paced<'_> {
    /// The list succeeded, or failed with `error`, in which the service asks for a pause of `pause_ms`.
    pub(crate) fn ended(self, error: Option<&Error>, pause_ms: Option<u64>, now: i64) {
        let mut rate = self.pacer.rate.borrow_mut();
        match error {
            None => rate.succeeded(self.sent_at, now),
            Some(error) if error.status == Some(429) => rate.refused(self.sent_at, now, error, pause_ms),
            Some(_) => {}
        }
    }
}
