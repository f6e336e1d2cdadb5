//! The driver of the poller: its timer and its requests in flight.

use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::future::{FutureExt, LocalBoxFuture};

use super::task::Task;
use crate::client::Client;
use crate::client::call_context::CallContext;
use crate::host::Host;

type Work = LocalBoxFuture<'static, ()>;

/// Runs due tasks. It exists while a subscriber waits; dropping it cancels its timer and requests.
pub(super) struct Driver<H: Host> {
    client: Client<H>,
    in_flight: Vec<InFlight>,
    /// The timer for the next due task, with its time.
    timer: Option<(i64, Work)>,
    /// Resolves when a hidden page is visible again.
    shown: Option<Work>,
}

struct InFlight {
    /// The task, from which it is known whether a subscriber still waits for it.
    task: Task,
    work: Work,
    /// The context of its requests.
    context: Rc<CallContext>,
}

impl InFlight {
    fn poll<H: Host>(&mut self, client: &Client<H>, context: &mut Context<'_>) -> Poll<()> {
        let polled = self.work.poll_unpin(context);
        if let Some(error) = self.context.take_failure() {
            client.poller().registry().report(&self.task, &error);
        }
        polled
    }
}

impl<H: Host> Driver<H> {
    pub(super) fn new(client: Client<H>) -> Self {
        Self { client, in_flight: Vec::new(), timer: None, shown: None }
    }

    /// Runs until nothing more can be done now.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) {
        self.client.poller_now();
        self.observe_visibility(context);
        loop {
            self.in_flight.retain_mut(|task| task.poll(&self.client, context).is_pending());
            if std::mem::take(&mut self.client.poller().registry().yields) {
                context.waker().wake_by_ref();
                return;
            }
            if self.start_tasks() {
                continue;
            }
            let next = self.client.poller().registry().next_wake(&self.client.options().config);
            let Some(at) = next else {
                self.timer = None;
                return;
            };
            if !self.timer_has_fired(at, context) {
                return;
            }
        }
    }

    fn start_tasks(&mut self) -> bool {
        if std::mem::take(&mut self.client.poller().registry().is_superseded) {
            self.prune();
        }
        let moment = self.client.same_moment();
        self.client.poller().registry().queue_due(moment);
        let mut has_seen_session = false;
        loop {
            let Some(task) = self.client.poller().registry().next_task(moment) else { return has_seen_session };
            let client = self.client.for_call();
            let context = Rc::clone(client.call_context());
            let work = client.run_task(task.clone());
            self.in_flight.push(InFlight { task, work, context });
            has_seen_session = true;
        }
    }

    /// Whether the time `at` has come. The timer decides: the clock may have been set back, or stand still in a test.
    fn timer_has_fired(&mut self, at: i64, context: &mut Context<'_>) -> bool {
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

    fn observe_visibility(&mut self, context: &mut Context<'_>) {
        let is_hidden = self.client.host().is_hidden();
        let was_hidden = self.client.poller().hidden.replace(is_hidden);
        if !is_hidden {
            self.shown = None;
            // It may have become visible while no subscriber waited.
            if was_hidden {
                self.client.poller().registry().reschedule_all(self.client.same_moment());
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
            self.client.poller().registry().reschedule_all(self.client.same_moment());
        }
    }

    /// Drops requests that no subscriber waits for.
    pub(super) fn prune(&mut self) {
        let mut registry = self.client.poller().registry();
        let is_awaited = |in_flight: &InFlight| registry.awaits(&in_flight.task);
        let (kept, dropped): (Vec<_>, Vec<_>) = std::mem::take(&mut self.in_flight).into_iter().partition(is_awaited);
        dropped.iter().for_each(|in_flight| registry.abandon(&in_flight.task));
        self.in_flight = kept;
        // Dropping releases permits and may wake other tasks, so the registry must not be borrowed.
        drop(registry);
        drop(dropped);
    }
}
