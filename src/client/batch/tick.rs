//! Batches that are advanced by ticks, where no process lives as long as a session: each tick is bounded in time and requests, and
//! what the next one must know is in the state that it returns.
//!
//! A tick may end at any instant, with its state lost. So a session is created only after a list has shown that no lost tick has
//! created it. Such a list is requested when those creates are visible: either `save` has recorded when they
//! began, by the service's time, or the tick waits before it requests the list.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, LocalBoxFuture, select};

use super::journalled::JournalledOptions;
use crate::client::Client;
use crate::core::batch::slots::Permit;
use crate::core::batch::{Entry, Marker, Quota, Slots, TickState, UnprovenCreate};
use crate::core::config::SessionConfig;
use crate::core::error::{Error, ErrorKind};
use crate::core::json_view::JsonView;
use crate::core::outcome::reconcile::{REPLICATION_MS, scaled_ms};
use crate::core::session::Session;
use crate::core::time::Timestamp;
use crate::host::{Host, LogLevel};

/// The options of a tick.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TickOptions {
    /// Those that a batch in one process has too.
    pub batch: JournalledOptions,
    /// The largest number of requests, with those that are sent again.
    pub max_requests: u64,
    /// Milliseconds after which the tick ends.
    pub max_ms: u64,
    /// The name by which a tick without a state finds the sessions of the batch.
    pub name: Option<String>,
    /// Whether the caller saves the state before each create.
    pub saves: bool,
}

impl TickOptions {
    /// Reads the options of a tick of the façade.
    pub fn read(given: &impl JsonView) -> Self {
        Self {
            batch: JournalledOptions::read(given),
            max_requests: given.get("maxRequests").number().unwrap_or(40),
            max_ms: given.get("maxMs").number().unwrap_or(30_000),
            name: given.text("name"),
            saves: given.get("saves").flag().unwrap_or(false),
        }
    }
}

/// The caller of a tick.
pub trait TickPort {
    /// The configuration of an item's session; an error is the message of what the caller has thrown.
    fn configure(&self, index: usize) -> impl Future<Output = Result<SessionConfig, String>>;

    /// Saves the state. Resolves when it survives the process. Later states are saved after earlier
    /// ones, and not at all after one that could not be saved.
    fn save(&self, state: String) -> impl Future<Output = Result<(), Error>>;
}

/// How long a tick waits at most, where the state is not saved, before it requests the list that shows the creates of lost ticks.
pub(super) const LONGEST_WAIT_MS: u64 = 15_000;

/// When a tick is worthwhile in which only sessions of others hold the quota.
const OTHERS_MS: i64 = 60_000;

impl<H: Host> Client<H> {
    /// Advances the batch by one tick from this state; `null`: the first one. Returns the new state, as JSON text.
    ///
    /// # Errors
    /// The state or the options are invalid, the list of sessions cannot be read, or the state cannot be saved. In the last case
    /// sessions may have been created; the next tick finds them.
    pub async fn tick<P: TickPort>(
        &self,
        state: &H::Json,
        keys: &[String],
        options: &TickOptions,
        port: &P,
    ) -> Result<String, Error> {
        let mut tick = Tick::new(self.for_call_of(options.max_requests), state, keys, options, port)?;
        if !tick.state.is_done() {
            tick.run().await?;
        }
        Ok(tick.state.to_text())
    }
}

/// The end of a step of a create.
pub(super) enum Step<J> {
    Configured(usize, Result<SessionConfig, String>),
    /// Nothing was sent. With an error, the state could not be saved.
    NotSent(usize, Option<Error>),
    Sent(usize, Result<Session<J>, Error>),
}

pub(super) struct Tick<'a, H: Host, P> {
    pub(super) client: Client<H>,
    keys: &'a [String],
    pub(super) options: &'a TickOptions,
    pub(super) port: &'a P,
    pub(super) state: TickState,
    pub(super) slots: Slots,
    pub(super) is_first: bool,
    /// When the tick ends, by the local clock.
    pub(super) ends_at: i64,
    /// The latest time of the service in a list, where there is no `Date` header.
    pub(super) latest: Option<Timestamp>,
    /// Whether the list shows what lost ticks have created, so that this one may create.
    pub(super) may_create: bool,
    /// Whether a session of the batch has ended in this tick.
    pub(super) has_freed: bool,
    /// Whether no further create is begun.
    pub(super) stops: bool,
    /// Why the state cannot be saved.
    pub(super) failure: Option<Error>,
    /// The place from which items are created.
    pub(super) next: usize,
    /// The creates in progress, and those of them that are still waiting in the state.
    pub(super) in_progress: u64,
    pub(super) configuring: u64,
    /// A few, of which each is polled.
    pub(super) work: Vec<LocalBoxFuture<'a, Step<H::Json>>>,
}

impl<'a, H: Host, P: TickPort> Tick<'a, H, P> {
    fn new(
        client: Client<H>,
        state: &H::Json,
        keys: &'a [String],
        options: &'a TickOptions,
        port: &'a P,
    ) -> Result<Self, Error> {
        let is_first = state.is_null();
        let state = if is_first {
            let name = options.name.clone().unwrap_or_else(|| keys.join("\n"));
            Some(TickState::first(Marker::tag_of(&name), keys.len()))
        } else {
            TickState::read(state, keys)
        };
        let state = state.ok_or_else(|| Error::invalid("state", "is not whole; pass it as tick() has returned it"))?;
        let quota = Quota { per_day: options.batch.per_day, concurrent: options.batch.concurrent };
        let ends_at = client.poller_now().saturating_add(i64::try_from(options.max_ms).unwrap_or(i64::MAX));
        let tick = Self {
            slots: Slots::new(quota).after(state.slots),
            client,
            keys,
            options,
            port,
            state,
            is_first,
            ends_at,
            latest: None,
            may_create: options.saves,
            has_freed: false,
            stops: false,
            failure: None,
            next: 0,
            in_progress: 0,
            configuring: 0,
            work: Vec::new(),
        };
        tick.check()?;
        Ok(tick)
    }

    /// What must hold before anything is sent.
    fn check(&self) -> Result<(), Error> {
        if self.options.saves || self.state.is_done() {
            return Ok(());
        }
        let least = self.scaled(REPLICATION_MS);
        if self.options.max_ms <= least {
            let problem = format!(
                "must be more than {least} without `save`: so long a tick waits until the sessions of lost ticks are visible. Give \
                 it more time, or pass `save`"
            );
            return Err(Error::invalid("maxMs", problem));
        }
        let loses_titles = |entry: &Entry| entry.session().is_some_and(|session| !session.keeps_title);
        if self.state.entries.iter().any(loses_titles) {
            let message = "The service did not keep the title of a session of this batch, so that sessions of lost ticks cannot be \
                           recognised. No session was created. Pass `save`, which does not depend on titles.";
            return Err(Error::new(ErrorKind::InvalidState, message));
        }
        Ok(())
    }

    pub(super) fn scaled(&self, millis: u64) -> u64 {
        scaled_ms(millis, &self.client.options().config.rate_limit_retry)
    }

    /// The service's time, if it is known.
    pub(super) fn known_now(&self) -> Option<Timestamp> {
        self.client.service_clock().time_at(self.client.poller_now())
    }

    pub(super) fn now(&self) -> Timestamp {
        // It must advance from tick to tick, or a pause would never end.
        let local = || Some(Timestamp::from_millis(self.client.host().wall_clock_ms())).max(self.latest);
        self.known_now().or_else(local).unwrap_or_default()
    }

    pub(super) fn key(&self, index: usize) -> &'a str {
        self.keys.get(index).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn marker(&self, index: usize) -> Marker {
        Marker::of(&self.state.batch, self.key(index))
    }

    pub(super) fn warn(&self, message: &str) {
        self.client.host().log(LogLevel::Warn, &|| message.to_owned());
    }

    /// Whether there are items to create. There may be room for them once the list is read.
    pub(super) fn wants_to_create(&self) -> bool {
        let is_open =
            |entry: &Entry| matches!(entry, Entry::Waiting | Entry::Creating(UnprovenCreate { refusal: None, .. }));
        self.state.entries.iter().any(is_open)
    }

    async fn run(&mut self) -> Result<(), Error> {
        // A clone, so that the timer does not borrow the tick.
        let client = self.client.clone();
        let mut end = pin!(client.sleep(self.options.max_ms));
        let in_time = match select(pin!(self.read()), end.as_mut()).await {
            Either::Left((read, _)) => Some(read?),
            Either::Right(_) => None,
        };
        in_time.ok_or_else(|| self.late())?;
        self.create(end.as_mut()).await?;
        self.state.next_tick_at = self.next_tick();
        self.write();
        Ok(())
    }

    fn late(&self) -> Error {
        let message = format!(
            "tick() could not read the list of sessions within {} ms (maxMs). No session was created. Tick again with the same state.",
            self.options.max_ms
        );
        let mut error = Error::new(ErrorKind::Timeout, message);
        error.failure = self.client.call_context().take_failure().map(Rc::unwrap_or_clone);
        error
    }

    /// Updates the state for its next text.
    pub(super) fn write(&mut self) {
        self.state.revision += 1;
        self.state.slots = self.slots.memory();
    }

    /// When the next tick is worthwhile, by the service's clock.
    fn next_tick(&mut self) -> Option<Timestamp> {
        let now = self.known_now()?;
        let counts = self.state.counts();
        let soon = now.plus_millis(self.client.interval_ms());
        let mut next = None;
        let mut at = |time: Timestamp| next = Some(next.map_or(time, |next: Timestamp| next.min(time)));
        if counts.running > 0 {
            at(soon);
        }
        for entry in &self.state.entries {
            if let Entry::Creating(unproven) = entry {
                at(unproven.proven_at.unwrap_or(soon).max(soon));
            }
        }
        if counts.waiting > 0 {
            let paused = self.state.paused_until.filter(|until| *until > now);
            match (paused, self.slots.permit(now)) {
                (Some(until), _) | (None, Permit::At(until)) => at(until),
                (None, Permit::Now) if self.stops => at(soon),
                (None, Permit::Now) if self.is_full() => {}
                (None, Permit::Now) => at(now),
                (None, Permit::AfterAnEnd) => at(now.plus_millis(OTHERS_MS)),
            }
        }
        next
    }
}
