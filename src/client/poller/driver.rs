//! What does the poller's work: one timer, and the requests that are under way.

use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::future::{FutureExt, LocalBoxFuture};

use super::parts::Task;
use crate::client::Client;
use crate::client::call_context::CallContext;
use crate::host::Host;

type Work = LocalBoxFuture<'static, ()>;

/// Looks when it is time to look. There is one while somebody watches; dropped, it leaves no timer and no request.
pub(super) struct Driver<H: Host> {
    client: Client<H>,
    under_way: Vec<UnderWay>,
    /// For the time at which there is something to do.
    timer: Option<(i64, Work)>,
    /// For when a hidden page is seen again.
    shown: Option<Work>,
}

struct UnderWay {
    /// For whom it is; kept so as to drop what nobody waits for any more.
    task: Task,
    work: Work,
    /// Its own: it is polled in the name of whoever leads.
    context: Rc<CallContext>,
}

impl UnderWay {
    fn poll<H: Host>(&mut self, client: &Client<H>, context: &mut Context<'_>) -> Poll<()> {
        let leader = client.enter(Rc::clone(&self.context));
        let polled = self.work.poll_unpin(context);
        client.enter(leader);
        if let Some(error) = self.context.take_failure() {
            client.poller().board().report(&self.task, &error);
        }
        polled
    }
}

impl<H: Host> Driver<H> {
    pub(super) fn new(client: Client<H>) -> Self {
        Self { client, under_way: Vec::new(), timer: None, shown: None }
    }

    /// Goes on as far as it can now.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) {
        self.client.poller_now();
        self.watch_the_page(context);
        loop {
            self.under_way.retain_mut(|task| task.poll(&self.client, context).is_pending());
            if std::mem::take(&mut self.client.poller().board().gives_way) {
                context.waker().wake_by_ref();
                return;
            }
            if self.begin_tasks() {
                continue;
            }
            let next = self.client.poller().board().next_wake(&self.client.options().config);
            let Some(at) = next else {
                self.timer = None;
                return;
            };
            if !self.is_time(at, context) {
                return;
            }
        }
    }

    fn begin_tasks(&mut self) -> bool {
        if std::mem::take(&mut self.client.poller().board().is_superseded) {
            self.prune();
        }
        let moment = self.client.same_moment();
        self.client.poller().board().queue_due(moment);
        let mut has_begun = false;
        loop {
            let Some(task) = self.client.poller().board().next_task(moment) else { return has_begun };
            let work = self.client.clone().run_task(task.clone());
            self.under_way.push(UnderWay { task, work, context: Rc::default() });
            has_begun = true;
        }
    }

    /// Whether it is `at` by now. The clock may have been set back since, or stand still in a test; the timer is right.
    fn is_time(&mut self, at: i64, context: &mut Context<'_>) -> bool {
        if self.timer.as_ref().is_none_or(|(time, _)| *time != at) {
            let client = self.client.clone();
            let millis = u64::try_from(at.saturating_sub(client.same_moment().now)).unwrap_or(0);
            self.timer = Some((at, Box::pin(async move { client.host().timer(millis).await })));
        }
        let has_fired = self.timer.as_mut().is_some_and(|(_, timer)| timer.poll_unpin(context) == Poll::Ready(()));
        if has_fired {
            self.timer = None;
            self.client.poller().pass_time(at);
        }
        has_fired
    }

    fn watch_the_page(&mut self, context: &mut Context<'_>) {
        let is_hidden = self.client.host().is_hidden();
        let was_hidden = self.client.poller().hidden.replace(is_hidden);
        if !is_hidden {
            self.shown = None;
            // Perhaps while nobody waited, and so nobody was told.
            if was_hidden {
                self.client.poller().board().reschedule_all(self.client.same_moment());
            }
            return;
        }
        let client = &self.client;
        let shown = self.shown.get_or_insert_with(|| {
            let client = client.clone();
            Box::pin(async move { client.host().shown().await })
        });
        if shown.poll_unpin(context).is_ready() {
            self.shown = None;
            self.client.poller().hidden.set(false);
            self.client.poller().board().reschedule_all(self.client.same_moment());
        }
    }

    /// Drops what nobody waits for.
    pub(super) fn prune(&mut self) {
        let mut board = self.client.poller().board();
        let is_wanted = |under_way: &UnderWay| board.is_wanted(&under_way.task);
        let (kept, dropped): (Vec<_>, Vec<_>) = std::mem::take(&mut self.under_way).into_iter().partition(is_wanted);
        dropped.iter().for_each(|under_way| board.give_up(&under_way.task));
        self.under_way = kept;
        // What is dropped gives its place among the requests back, and so may wake somebody: not while the board is held.
        drop(board);
        drop(dropped);
    }
}
