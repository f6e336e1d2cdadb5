//! Batches that survive their process: a journal is written before and after each create, and read when the batch is run again.

use std::collections::VecDeque;
use std::pin::pin;

use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::ids::Ids;
use super::item::{CreateResult, Item, Journalled, Watched, Watching};
use super::port::{BatchPort, Settled};
use super::recovery::Recovery;
use crate::client::lists::PageRequest;
use crate::client::poller::Subscription;
use crate::client::{Client, Piloted};
use crate::core::batch::record::Created;
use crate::core::batch::slots::{DAY_MS, Permit, Usage};
use crate::core::batch::{Counts, Quota, Record, Slots, Status};
use crate::core::error::{Error, ErrorKind};
use crate::core::json_view::JsonView;
use crate::core::options::CONCURRENCY;
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::time::Timestamp;
use crate::host::{Host, LogLevel};
use crate::store::Stored;

/// The options of a journalled batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalledOptions {
    /// The largest number of creates in progress. Default [`CONCURRENCY`].
    pub concurrency: u64,
    /// The largest number of sessions of the batch that run at a time. `None`: no limit.
    pub max_running: Option<u64>,
    /// The account's quota of sessions in rolling 24 hours. `None`: no limit.
    pub per_day: Option<u64>,
    /// The account's quota of sessions that run at a time. `None`: no limit.
    pub concurrent: Option<u64>,
}

impl JournalledOptions {
    /// Reads the options of a batch of the façade.
    pub fn read(given: &impl JsonView) -> Self {
        Self {
            concurrency: given.get("concurrency").number().unwrap_or(CONCURRENCY),
            max_running: given.get("maxRunning").number(),
            per_day: given.get("perDay").number(),
            concurrent: given.get("concurrent").number(),
        }
    }
}

impl<H: Host> Client<H> {
    /// Creates a session for each key, once in all runs with the same journal, and waits for the ends of the sessions. Each item
    /// is settled once in each run.
    ///
    /// # Errors
    /// The journal cannot be read or written, or the service refuses the key. No further session is created then.
    pub async fn journalled_batch<P: BatchPort>(
        &self,
        keys: &[String],
        stored: Stored<H::Json>,
        options: &JournalledOptions,
        port: &P,
    ) -> Result<(), Error> {
        self.journalled_batch_with_pilot(keys, stored, options, port, None).await
    }

    /// The same with an auto-pilot for all its sessions. Its error ends the wait for that session alone.
    pub async fn journalled_batch_with_pilot<P: BatchPort>(
        &self,
        keys: &[String],
        stored: Stored<H::Json>,
        options: &JournalledOptions,
        port: &P,
        piloted: Option<&Piloted<'_, H::Json>>,
    ) -> Result<(), Error> {
        let mut run = Run::new(self, keys, options, port);
        run.piloted = piloted;
        run.resume(stored)?;
        run.run().await
    }
}

/// The end of a step.
pub(super) enum Event<'a, H: Host> {
    Created(usize, Journalled<CreateResult>),
    Watched(usize, Watching<'a, H>),
    Listed(Result<Vec<Session<H::Json>>, Error>),
}

pub(super) struct Run<'a, H: Host, P> {
    pub(super) client: &'a Client<H>,
    pub(super) keys: &'a [String],
    pub(super) options: &'a JournalledOptions,
    pub(super) port: &'a P,
    pub(super) piloted: Option<&'a Piloted<'a, H::Json>>,
    pub(super) batch: String,
    pub(super) is_new: bool,
    pub(super) counts: Counts,
    pub(super) slots: Slots,
    pub(super) queue: VecDeque<usize>,
    /// The sessions of the journal, and those that are polled.
    pub(super) own: Ids,
    pub(super) polled: Ids,
    pub(super) recovery: Recovery,
    pub(super) keeps_titles: bool,
    /// When the list is read again for the quota, by the local clock; `None` while it is read.
    pub(super) account_list_at: Option<i64>,
    pub(super) has_account_list: bool,
    pub(super) is_listing: bool,
    pub(super) reported: Option<(Counts, Option<Usage>)>,
    /// Why no further session is created.
    pub(super) failure: Option<Error>,
    /// The latest time of the service seen in a session, where there is no `Date` header, and the local time then.
    pub(super) latest: Option<(Timestamp, i64)>,
    pub(super) work: FuturesUnordered<LocalBoxFuture<'a, Event<'a, H>>>,
}

impl<'a, H: Host, P: BatchPort> Run<'a, H, P> {
    fn new(client: &'a Client<H>, keys: &'a [String], options: &'a JournalledOptions, port: &'a P) -> Self {
        let slots = Slots::new(Quota { per_day: options.per_day, concurrent: options.concurrent });
        Self {
            account_list_at: slots.has_quota().then(|| client.poller_now()),
            has_account_list: !slots.has_quota(),
            client,
            keys,
            options,
            port,
            piloted: None,
            batch: String::new(),
            is_new: false,
            counts: Counts::of(keys.len()),
            slots,
            queue: VecDeque::new(),
            own: Ids::default(),
            polled: Ids::default(),
            recovery: Recovery::default(),
            keeps_titles: false,
            is_listing: false,
            reported: None,
            failure: None,
            latest: None,
            work: FuturesUnordered::new(),
        }
    }

    /// The service's time.
    pub(super) fn now(&self) -> Timestamp {
        let local = self.client.poller_now();
        let latest = || self.latest.map(|(time, at)| time.plus_millis(local.saturating_sub(at)));
        self.client.service_clock().time_at(local).or_else(latest).unwrap_or(Timestamp::from_millis(local))
    }

    fn knows_time(&self) -> bool {
        self.latest.is_some() || self.client.service_clock().time_at(self.client.poller_now()).is_some()
    }

    async fn run(&mut self) -> Result<(), Error> {
        if self.is_new {
            // A store that cannot be written to fails here, before anything is created.
            self.port.put("", Record::Batch.to_text(&self.batch)).await?;
        }
        if !self.queue.is_empty() && self.next_list().is_none() && !self.knows_time() {
            // By its time a create is found after a crash. A wrong key or URL fails here, before anything is created.
            self.client.sessions(&PageRequest { page_size: Some(1), ..PageRequest::default() }).await?;
        }
        loop {
            self.list();
            let wake_at = self.fill();
            self.report();
            self.stop_if_closed();
            match &self.failure {
                Some(error) if self.counts.creating == self.recovery.sought.len() => return Err(error.clone()),
                None if self.counts.open() == 0 => return Ok(()),
                _ => {}
            }
            let wake_at = [wake_at, self.next_list()].into_iter().flatten().min();
            if let Some(event) = self.next_event(wake_at).await {
                self.handle(event);
            } else if wake_at.is_none() && !self.client.is_closed() {
                return Err(Error::new(ErrorKind::Internal, "A batch has nothing to wait for."));
            }
        }
    }

    /// Begins nothing more once the client is closed. The journal has what a later run needs.
    fn stop_if_closed(&mut self) {
        if self.client.is_closed() && self.failure.is_none() {
            self.failure = Some(Error::new(
                ErrorKind::Closed,
                "batch() was ended, because the client was closed. It creates no further session. Run it again with its journal, \
                 and it goes on where it was.",
            ));
            for id in self.polled.iter() {
                self.client.batch_wait_ended(id);
            }
        }
    }

    /// The next event; `None` at this local time, if no step is in progress, or when the client is closed.
    async fn next_event(&mut self, wake_at: Option<i64>) -> Option<Event<'a, H>> {
        let client = self.client;
        let next = self.next_event_by(wake_at);
        if client.is_closed() { next.await } else { client.unless_closed(next).await.flatten() }
    }

    async fn next_event_by(&mut self, wake_at: Option<i64>) -> Option<Event<'a, H>> {
        let Some(at) = wake_at else { return self.work.next().await };
        let millis = u64::try_from(at.saturating_sub(self.client.poller_now())).unwrap_or(0);
        let sleep = pin!(self.client.sleep(millis));
        if self.work.is_empty() {
            sleep.await;
            return None;
        }
        match select(self.work.next(), sleep).await {
            Either::Left((event, _)) => event,
            Either::Right(_) => None,
        }
    }

    fn report(&mut self) {
        let usage = self.slots.has_quota().then(|| self.slots.usage(self.now()));
        let now = Some((self.counts, usage));
        if self.reported != now {
            self.reported = now;
            self.port.progress(&self.counts, usage);
        }
    }

    pub(super) fn item(&self, index: usize) -> Item<'a, H, P> {
        let key = self.keys.get(index).map(String::as_str).unwrap_or_default();
        Item { client: self.client.clone(), port: self.port, index, key, batch: self.batch.clone() }
    }

    /// Starts the creates that may start. Returns the local time at which the next one may.
    fn fill(&mut self) -> Option<i64> {
        let limit = |limit: Option<u64>| limit.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
        let may_create =
            self.failure.is_none() && self.recovery.sought.is_empty() && self.has_account_list && !self.is_listing;
        while may_create
            && self.counts.creating < limit(Some(self.options.concurrency))
            && self.counts.creating + self.counts.running < limit(self.options.max_running)
        {
            let index = *self.queue.front()?;
            let now = self.now();
            match self.slots.permit(now) {
                Permit::Now => {}
                Permit::At(time) => {
                    let wait_ms = time.as_millis() - now.as_millis();
                    let at = self.client.poller_now().saturating_add(wait_ms.max(1));
                    // Until then the sessions of others do not matter.
                    self.account_list_at = self.account_list_at.map(|next| next.max(at));
                    return Some(at);
                }
                Permit::AfterAnEnd => return None,
            }
            self.queue.pop_front();
            self.slots.begin();
            self.counts.change(Status::Waiting, Status::Creating);
            let (item, returns_refusals) = (self.item(index), self.slots.has_quota());
            self.work.push(Box::pin(async move { Event::Created(index, item.create(returns_refusals).await) }));
        }
        None
    }

    /// When the sessions are listed next.
    fn next_list(&self) -> Option<i64> {
        if self.is_listing || self.failure.is_some() {
            return None;
        }
        if !self.recovery.sought.is_empty() {
            return self.recovery.next_check(self.client);
        }
        self.account_list_at.filter(|_| !self.queue.is_empty())
    }

    /// Lists the sessions if that is due.
    fn list(&mut self) {
        let now = self.client.poller_now();
        if self.next_list().is_none_or(|at| at > now) {
            return;
        }
        self.is_listing = true;
        let day_ago = self.slots.has_quota().then(|| self.now().plus_millis(-DAY_MS));
        let sought = (!self.recovery.sought.is_empty()).then(|| self.recovery.horizon());
        let horizon = match (sought, day_ago) {
            (Some(sought), Some(day_ago)) => sought.map(|sought| sought.min(day_ago)),
            (Some(horizon), None) | (None, horizon) => horizon,
        };
        // The first list shows the service's time, which the horizon of a day depends on.
        let horizon = horizon.filter(|_| self.knows_time());
        let client = self.client.clone();
        self.work.push(Box::pin(async move { Event::Listed(client.sessions_since(&|| horizon).await) }));
    }

    fn handle(&mut self, event: Event<'a, H>) {
        match event {
            Event::Created(index, (result, recorded)) => {
                self.keep(recorded);
                self.created(index, result);
            }
            Event::Watched(index, watching) => match watching {
                Watching::Seen(watched, state) => {
                    let now = self.now();
                    self.slots.saw(&watched.created.id, state, watched.created.at, now);
                    self.watch_on(index, watched);
                }
                Watching::Ended((id, state), recorded) => {
                    self.keep(recorded);
                    let now = self.now();
                    self.slots.saw(&id, state, None, now);
                    self.end(index, &id, state, Status::Running);
                }
                Watching::Failed(id, error) => {
                    let now = self.now();
                    self.slots.saw(&id, SessionState::Failed, None, now);
                    self.polled.remove(&id);
                    self.settle(index, Status::Running, Status::WaitFailed, Some(id), Some(error));
                }
            },
            Event::Listed(list) => self.listed(list),
        }
    }

    /// The journal cannot be written any more: what is not recorded must not be created.
    fn keep(&mut self, recorded: Result<(), Error>) {
        if let Err(error) = recorded {
            self.failure.get_or_insert(error);
        }
    }

    fn created(&mut self, index: usize, result: CreateResult) {
        let now = self.now();
        match result {
            CreateResult::Session(created, state) => {
                self.slots.end(Some((&created.id, state, created.at)), now);
                self.watch(index, created, state, Status::Creating);
            }
            CreateResult::NotThere | CreateResult::Interrupted => {
                self.slots.end(None, now);
                self.counts.change(Status::Creating, Status::Waiting);
                self.queue.push_front(index);
            }
            CreateResult::Refused(error) => {
                self.client.host().log(LogLevel::Warn, &|| {
                    format!("{} The batch tries again when a session has ended, or later.", error.message)
                });
                self.slots.end(None, now);
                // The daily quota is known by an error that no retry can cure.
                let of_day = error.status == Some(429) && error.retryable == Some(false);
                self.slots.refused(of_day, error.retry_after_ms, now);
                self.counts.change(Status::Creating, Status::Waiting);
                self.queue.push_front(index);
            }
            CreateResult::Nothing(error) => {
                self.slots.end(None, now);
                let ends_all =
                    |error: &Error| matches!(error.kind, ErrorKind::Authentication | ErrorKind::MissingApiKey);
                if let Some(error) = error.clone().filter(ends_all) {
                    self.failure.get_or_insert(error);
                }
                self.settle(index, Status::Creating, Status::NotCreated, None, error);
            }
            CreateResult::Unknown(error) => {
                self.slots.end(None, now);
                self.settle(index, Status::Creating, Status::Unknown, None, Some(error));
            }
        }
    }

    /// Waits for the end of the session.
    pub(super) fn watch(&mut self, index: usize, created: Created, state: SessionState, from: Status) {
        self.count(&created, state);
        self.polled.insert(&created.id);
        self.counts.change(from, Status::Running);
        if let Ok(account) = self.client.account() {
            let (name, now) = (["sessions/", &created.id].concat(), self.client.poller_now());
            if from == Status::Waiting {
                account.ledger.adopted(&name, now)
            } else {
                account.ledger.created(&name, now)
            }
        }
        let subscription = Subscription::session(self.client, &created.id).already_seen();
        let pilot = self.piloted.map(|piloted| -> LocalBoxFuture<'a, Result<(), Error>> {
            let (client, id) = (self.client.for_call(), created.id.clone());
            Box::pin(async move { client.end_with_pilot(&id, piloted, None).await.map(drop) })
        });
        self.watch_on(index, Watched { created, subscription, pilot });
    }

    fn watch_on(&mut self, index: usize, watched: Watched<'a, H>) {
        let item = self.item(index);
        self.work.push(Box::pin(async move { Event::Watched(index, item.watch(watched).await) }));
    }

    pub(super) fn end(&mut self, index: usize, id: &str, state: SessionState, from: Status) {
        let status = if state == SessionState::Completed { Status::Completed } else { Status::Failed };
        self.polled.remove(id);
        self.settle(index, from, status, Some(id.to_owned()), None);
    }

    fn settle(&mut self, index: usize, from: Status, status: Status, session: Option<String>, error: Option<Error>) {
        self.counts.change(from, status);
        self.port.settled(Settled { index, status, session, error });
    }
}
