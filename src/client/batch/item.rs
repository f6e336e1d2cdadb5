//! The work for one item of a journalled batch: its create, and the wait for the end of its session.

use std::pin::pin;

use futures_util::future::{Either, LocalBoxFuture, select};

use super::port::BatchPort;
use crate::client::poller::{SessionUpdate, Subscription};
use crate::client::{Client, Ending};
use crate::core::batch::record::{Begun, Created};
use crate::core::batch::{Marker, Record};
use crate::core::config::{Attendance, CreateRequest};
use crate::core::error::{Effect, Error, ErrorKind};
use crate::core::json_view::JsonView;
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::text;
use crate::host::Host;

/// The result of the create of an item.
pub(super) enum CreateResult {
    /// The session was created.
    Session(Created, SessionState),
    /// The service has refused it for now.
    Refused(Error),
    /// Nothing was created. Without an error, the configuration is missing.
    Nothing(Option<Error>),
    /// After a crash: nothing was created.
    NotThere,
    /// A session may have been created.
    Unknown(Error),
    /// The client was closed before this was known. A later run finds it out.
    Interrupted,
}

/// The end of a step. An `Err` is that of the journal.
pub(super) type Journalled<T> = (T, Result<(), Error>);

/// An item with what its steps need.
pub(super) struct Item<'a, H: Host, P> {
    pub(super) client: Client<H>,
    pub(super) port: &'a P,
    pub(super) index: usize,
    pub(super) key: &'a str,
    pub(super) batch: String,
}

impl<'a, H: Host, P: BatchPort> Item<'a, H, P> {
    async fn record(&self, record: Record) -> Result<(), Error> {
        self.port.put(self.key, record.to_text(&self.batch)).await
    }

    /// Creates the session, with a record before and after. Without the first record nothing is sent.
    pub(super) async fn create(self, returns_refusals: bool) -> Journalled<CreateResult> {
        let mut config = match self.client.unless_closed(self.port.configure(self.index)).await {
            Some(Some(config)) => config,
            Some(None) => return (CreateResult::Nothing(None), Ok(())),
            None => return (CreateResult::Interrupted, Ok(())),
        };
        if config.title.is_none() {
            config.title = Some(Marker::of(&self.batch, self.key).title(self.key));
        }
        let request = CreateRequest::new(config, Attendance::Automated);
        let since = self.client.service_clock().certain_time_at(self.client.poller_now());
        let begun = Begun::new(&request, since);
        if let Err(error) = self.record(Record::Begun(begun.clone())).await {
            return (CreateResult::Nothing(Some(error.clone())), Err(error));
        }
        let client = self.client.for_call();
        let creating = Box::pin(client.create_in_batch(&request, returns_refusals));
        let result = match client.under_way("batch()", None, Ending::AtOnce, creating).await {
            Ok(session) => CreateResult::Session(created(&session, &begun), session.state),
            Err(error) => match failed(error, returns_refusals) {
                // The record of its begin stays.
                CreateResult::Unknown(_) if self.client.is_closed() => return (CreateResult::Interrupted, Ok(())),
                CreateResult::Nothing(Some(error)) if error.kind == ErrorKind::Closed => CreateResult::NotThere,
                result => result,
            },
        };
        self.record_result(begun, result).await
    }

    /// Writes what a create, or the search for it, has shown.
    pub(super) async fn record_result(self, begun: Begun, result: CreateResult) -> Journalled<CreateResult> {
        let record = match &result {
            CreateResult::Session(created, _) => Record::Created(created.clone()),
            CreateResult::Unknown(error) => Record::Unknown(begun, error.candidates.clone().unwrap_or_default()),
            CreateResult::Refused(_)
            | CreateResult::Nothing(_)
            | CreateResult::NotThere
            | CreateResult::Interrupted => Record::NotCreated,
        };
        let recorded = self.record(record).await;
        (result, recorded)
    }

    /// Waits for the next change of the session's state, and records its end.
    pub(super) async fn watch(self, mut watched: Watched<'a, H>) -> Watching<'a, H> {
        loop {
            let update = match watched.next().await {
                Ok(Some(update)) => update,
                Ok(None) => {
                    watched.subscription = Subscription::session(&self.client, &watched.created.id).already_seen();
                    continue;
                }
                Err(error) => return Watching::Failed(watched.created.id, error),
            };
            let state = update.snapshot.state;
            let settles_at = self.client.settles_at(&watched.created.id, state).filter(|_| state.is_terminal());
            watched.subscription.wake_at(settles_at);
            if !state.is_terminal() {
                return Watching::Seen(watched, state);
            }
            if settles_at.is_none() {
                let recorded = self.record(Record::Ended(watched.created.clone(), state)).await;
                return Watching::Ended((watched.created.id, state), recorded);
            }
        }
    }
}

/// A session of the batch that has not ended.
pub(super) struct Watched<'a, H: Host> {
    pub(super) created: Created,
    pub(super) subscription: Subscription<H>,
    /// The auto-pilot at work. It polls the session together with the subscription.
    pub(super) pilot: Option<LocalBoxFuture<'a, Result<(), Error>>>,
}

impl<H: Host> Watched<'_, H> {
    async fn next(&mut self) -> Result<Option<SessionUpdate<H::Json>>, Error> {
        if let Some(pilot) = &mut self.pilot {
            match select(pin!(self.subscription.next_update()), pilot).await {
                Either::Left((update, _)) => return update,
                Either::Right((result, _)) => result?,
            }
            self.pilot = None;
        }
        self.subscription.next_update().await
    }
}

/// What a wait for a session has shown.
pub(super) enum Watching<'a, H: Host> {
    /// It is in this state.
    Seen(Watched<'a, H>, SessionState),
    /// It has ended, with the result of recording that.
    Ended((String, SessionState), Result<(), Error>),
    /// The wait has failed.
    Failed(String, Error),
}

/// The session as the journal records it.
pub(super) fn created<J: JsonView>(session: &Session<J>, begun: &Begun) -> Created {
    let keeps_title = text::has_same_words(&begun.title, &session.title());
    Created { id: session.id.clone(), at: session.create_time(), keeps_title }
}

fn failed(error: Error, returns_refusals: bool) -> CreateResult {
    let may_exist = matches!(error.outcome, Some(Effect::Unknown | Effect::Done)) || error.kind == ErrorKind::Internal;
    if may_exist {
        return CreateResult::Unknown(error);
    }
    let is_refused = error.status == Some(429) || (error.status == Some(400) && error.names_no_condition);
    if is_refused && returns_refusals { CreateResult::Refused(error) } else { CreateResult::Nothing(Some(error)) }
}
