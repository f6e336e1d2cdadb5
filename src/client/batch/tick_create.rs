//! The creates of a tick.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::tick::{Step, Tick, TickPort};
use crate::client::Client;
use crate::core::batch::record::{Begun, Created};
use crate::core::batch::slots::Permit;
use crate::core::batch::tick_state::beginning;
use crate::core::batch::{Entry, UnprovenCreate};
use crate::core::config::{Attendance, CreateRequest, SessionConfig};
use crate::core::error::{Effect, Error, ErrorKind};
use crate::core::outcome::reconcile::{Doubt, REPLICATION_MS};
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::host::Host;
use crate::planted::{Fault, planted};

impl<H: Host, P: TickPort> Tick<'_, H, P> {
    /// Creates sessions as long as there are time, requests and room. What is in progress at the end of the time is dropped, and
    /// searched for by later ticks.
    pub(super) async fn create(&mut self, mut end: Pin<&mut impl Future<Output = ()>>) -> Result<(), Error> {
        loop {
            while let Some(index) = self.next_to_create() {
                let port = self.port;
                self.work.push(Box::pin(async move { Step::Configured(index, port.configure(index).await) }));
            }
            let work = &mut self.work;
            let step = poll_fn(|context| {
                for index in 0..work.len() {
                    if let Some(Poll::Ready(step)) = work.get_mut(index).map(|step| step.as_mut().poll(context)) {
                        drop(work.swap_remove(index));
                        return Poll::Ready(Some(step));
                    }
                }
                if work.is_empty() {
                    Poll::Ready(None)
                } else if planted(Fault::TickUnbounded) {
                    Poll::Pending
                } else {
                    end.as_mut().poll(context).map(|()| None)
                }
            });
            let Some(step) = step.await else { break };
            self.handle(step);
        }
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Whether the limit of sessions that run leaves no room.
    pub(super) fn is_full(&self) -> bool {
        let counts = self.state.counts();
        let held = u64::try_from(counts.running + counts.creating).unwrap_or(u64::MAX);
        self.options.batch.max_running.is_some_and(|most| held.saturating_add(self.configuring) >= most)
    }

    /// The item whose create begins now.
    fn next_to_create(&mut self) -> Option<usize> {
        let now = self.now();
        let is_paused = !self.has_freed && self.state.paused_until.is_some_and(|until| until > now);
        let allowance = self.client.call_context().requests_left();
        if !self.may_create
            || self.client.is_closed()
            || self.stops
            || is_paused
            || self.in_progress >= self.options.batch.concurrency.min(allowance)
            || self.is_full()
        {
            return None;
        }
        let waiting = self.state.entries.iter().skip(self.next).position(|entry| matches!(entry, Entry::Waiting))?;
        if self.slots.permit(now) != Permit::Now {
            return None;
        }
        let index = self.next + waiting;
        self.next = index + 1;
        self.slots.begin();
        self.in_progress += 1;
        self.configuring += 1;
        Some(index)
    }

    fn handle(&mut self, step: Step<H::Json>) {
        let (index, entry) = match step {
            Step::Configured(index, Ok(config)) => {
                self.configuring -= 1;
                return self.begin(index, config);
            }
            Step::Configured(index, Err(message)) => {
                self.configuring -= 1;
                self.slots.end(None, self.now());
                (index, Entry::NotCreated(message))
            }
            Step::NotSent(index, error) => {
                self.stops = true;
                self.failure = self.failure.take().or(error);
                self.slots.end(None, self.now());
                (index, Entry::Waiting)
            }
            Step::Sent(index, Ok(session)) => {
                let created = self.created(index, &session);
                self.slots.end(Some((&created.id, session.state, created.at)), self.now());
                self.state.paused_until = None;
                (index, entry(created, session.state))
            }
            Step::Sent(index, Err(error)) => (index, self.failed(index, error)),
        };
        self.in_progress -= 1;
        self.set(index, entry);
    }

    pub(super) fn set(&mut self, index: usize, entry: Entry) {
        if let Some(place) = self.state.entries.get_mut(index) {
            *place = entry;
        }
    }

    /// Sends the create, after the state with it is saved.
    fn begin(&mut self, index: usize, mut config: SessionConfig) {
        config.title = Some(self.marker(index).title_with(config.title.as_deref(), self.key(index)));
        let request = CreateRequest::new(config, Attendance::Automated);
        let since = self.known_now();
        let recorded = self.client.service_clock().certain_time_at(self.client.poller_now());
        let begun = Begun { prompt: beginning(request.prompt()), ..Begun::new(&request, recorded) };
        // The request is sent before the end of the tick, and may be carried out later.
        let left_ms = self.ends_at.saturating_sub(self.client.poller_now());
        let proven_at = since.map(|since| since.plus_millis(left_ms).plus_millis(self.proof_ms(Doubt::AtWork)));
        self.set(index, Entry::Creating(UnprovenCreate { begun, proven_at, refusal: None }));
        let text = self.options.saves.then(|| {
            self.state.next_tick_at = since;
            self.write();
            self.state.to_text()
        });
        let (client, port, ends_at) = (self.client.clone(), self.port, self.ends_at);
        self.work.push(Box::pin(async move {
            if let Some(text) = text.filter(|_| !planted(Fault::TickUnsaved)) {
                if let Err(error) = port.save(text).await {
                    return Step::NotSent(index, Some(error));
                }
            }
            // The process may have been suspended meanwhile.
            if client.poller_now() >= ends_at {
                return Step::NotSent(index, None);
            }
            Step::Sent(index, send(&client, &request).await)
        }));
    }

    /// Milliseconds after a failure from which a list proves that nothing was created.
    pub(super) fn proof_ms(&self, doubt: Doubt) -> i64 {
        let policy = &self.client.options().config.rate_limit_retry;
        let last = doubt.check_times_ms(REPLICATION_MS, policy).last().copied();
        last.and_then(|millis| i64::try_from(millis).ok()).unwrap_or(0)
    }

    /// What a failed create leaves of its item.
    fn failed(&mut self, index: usize, error: Error) -> Entry {
        self.slots.end(None, self.now());
        self.warn(&error.message);
        let is_refused = error.status == Some(429) || (error.status == Some(400) && error.names_no_condition);
        if is_refused {
            let of_day = error.status == Some(429) && error.retryable == Some(false);
            let until = self.slots.refused(of_day, error.retry_after_ms, self.now());
            self.state.paused_until = Some(until);
            self.has_freed = false;
        }
        let Some(doubt) = Doubt::of(&error) else {
            // A wrong key costs no item: the next tick cannot read the list. Where the list can be read, 403 is about the item, unless
            // access is lost just now, which then costs few items.
            let is_wrong_key = error.kind == ErrorKind::MissingApiKey || error.status == Some(401);
            let is_final = error.outcome == Some(Effect::Refused) && !is_refused && !is_wrong_key;
            self.stops |= !is_final || error.status == Some(403);
            return if is_final { Entry::NotCreated(error.message.clone()) } else { Entry::Waiting };
        };
        self.stops = true;
        let proven_at = self.known_now().map(|now| now.plus_millis(self.proof_ms(doubt)));
        // A refusal with a stated reason is final once it is proven.
        let refusal = (error.status == Some(400) && !is_refused).then(|| error.message.clone());
        let begun = match self.state.entries.get(index) {
            Some(Entry::Creating(unproven)) => unproven.begun.clone(),
            _ => Begun::default(),
        };
        Entry::Creating(UnprovenCreate { begun, proven_at, refusal })
    }

    /// The session of an item.
    pub(super) fn created(&self, index: usize, session: &Session<H::Json>) -> Created {
        let keeps_title = self.marker(index).is_in(&session.title());
        Created { id: session.id.clone(), at: session.create_time(), keeps_title }
    }
}

/// The entry of an item whose session is in this state.
pub(super) fn entry(created: Created, state: SessionState) -> Entry {
    if state.is_terminal() { Entry::Ended(created, state) } else { Entry::Running(created, state) }
}

async fn send<H: Host>(client: &Client<H>, request: &CreateRequest) -> Result<Session<H::Json>, Error> {
    match client.send_create(request).await {
        Ok(session) => Ok(session),
        Err(error) => Err(client.explain_refusal(request, error).await),
    }
}
