//! Lists of activities take turns: the service allows so many a minute for all sessions of a project together.

use std::cell::RefCell;

use super::Client;
use super::turns::{Turn, Turns};
use crate::core::error::Error;
use crate::core::list_rate::ListRate;
use crate::host::Host;

/// What paces the lists of activities of one account, whoever asks for them: the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Pacer {
    turns: Turns,
    rate: RefCell<ListRate>,
}

/// A list that is under way. Dropped without an answer, it says nothing of the rate.
#[derive(Debug)]
pub(crate) struct Paced<'a> {
    pacer: &'a Pacer,
    sent_at: i64,
    /// Kept by one that has to be answered before the next is sent.
    _turn: Option<Turn<'a>>,
}

impl Pacer {
    /// Waits until the list may be sent that was asked for at `since`, and was sent so many times before. Whoever is dropped while it waits leaves the queue.
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
    /// The list was answered, or has failed by this error, with which the service asks for this pause.
    pub(crate) fn ended(self, error: Option<&Error>, pause_ms: Option<u64>, now: i64) {
        let mut rate = self.pacer.rate.borrow_mut();
        match error {
            None => rate.succeeded(self.sent_at, now),
            Some(error) if error.status == Some(429) => rate.refused(self.sent_at, now, error, pause_ms),
            Some(_) => {}
        }
    }
}
