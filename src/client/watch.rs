//! The feed of changes of all sessions of an account.

use std::rc::Rc;

use super::Client;
use super::bounded::Bounds;
use super::lists::{ALL_SESSIONS, PageRequest};
use super::partial;
use super::transport::Call;
use crate::core::answer::Expected;
use crate::core::error::Error;
use crate::core::feed::{Change, Feed};
use crate::core::json_view::JsonView;
use crate::core::page::Page;
use crate::core::poll::{self, millis};
use crate::core::session::Session;
use crate::core::state::SessionState;
use crate::core::streak::FailureStreak;
use crate::host::Host;
use crate::planted::{Fault, planted};

/// The options of a feed.
#[derive(Debug, Clone, Default)]
pub struct WatchOptions {
    /// The changes after which it continues. Default: it begins now.
    pub after: Feed,
    /// Whether archived sessions are listed too. Default false.
    pub archived: bool,
    /// Only changes to these states. Empty: to all.
    pub states: Vec<SessionState>,
    /// Only sessions of this source, by its resource name.
    pub source: Option<String>,
    /// Milliseconds from the opening of the feed after which it times out. `None`: no timeout.
    pub timeout_ms: Option<u64>,
    /// The caller's whole timeout if a part of it was over when the feed was opened, for messages.
    pub whole_ms: Option<u64>,
}

/// A change of a session.
#[derive(Debug, Clone)]
pub struct FeedEvent<J> {
    /// What has changed.
    pub change: Change,
    /// The session, in the state that the list has shown.
    pub session: Session<J>,
    /// The cursor after this change.
    pub cursor: String,
}

/// The changes of all sessions, each once. One list of the newest hundred sessions in each interval; if there are more, one more page,
/// which goes through the others in turn.
#[derive(Debug)]
pub struct SessionFeed<H: Host> {
    client: Client<H>,
    options: WatchOptions,
    feed: Feed,
    opened_at: i64,
    /// When the newest sessions are listed next.
    due_at: i64,
    /// The next page with the newest sessions, if one is due.
    newest: Option<Rc<PageRequest>>,
    /// The next page of the sweep through all sessions, and whether it is due.
    sweep: Option<Rc<PageRequest>>,
    sweeps: bool,
    failures: FailureStreak,
}

impl<H: Host> SessionFeed<H> {
    /// Creates a feed. Sends nothing.
    pub fn new(client: Client<H>, mut options: WatchOptions) -> Self {
        let (feed, opened_at) = (std::mem::take(&mut options.after), client.poller_now());
        let failures = FailureStreak::default();
        Self { client, options, feed, opened_at, due_at: opened_at, newest: None, sweep: None, sweeps: false, failures }
    }

    /// The bounds of the next step: the remaining time of the feed.
    pub fn bounds(&self) -> Bounds {
        let WatchOptions { timeout_ms, whole_ms, .. } = self.options;
        Bounds::remaining(timeout_ms, whole_ms, self.client.poller_now() - self.opened_at)
    }

    /// The client of the feed.
    pub fn client(&self) -> &Client<H> {
        &self.client
    }

    /// The next changes, at least one. It never ends by itself. Continues through transient failures once a list was read. After an error,
    /// or if this future is dropped, the feed keeps its position.
    pub async fn next(&mut self) -> Result<Vec<FeedEvent<H::Json>>, Error> {
        loop {
            match self.list().await {
                Ok(events) if !events.is_empty() => return Ok(events),
                Ok(_) => self.failures.reset(),
                Err(error) if self.feed.is_fresh() => return Err(error),
                Err(error) => {
                    let Some(delay) = self.client.retry_delay_ms(&error, &mut self.failures) else { return Err(error) };
                    self.client.sleep(delay).await;
                }
            }
        }
    }

    /// Lists the next page, when it is due, and returns the changes that it shows.
    async fn list(&mut self) -> Result<Vec<FeedEvent<H::Json>>, Error> {
        let sweep = self.sweep.clone().filter(|_| self.sweeps);
        let (request, is_newest) = match (self.newest.clone(), sweep) {
            (Some(newest), _) => (newest, true),
            (None, Some(sweep)) => (sweep, false),
            (None, None) => {
                let wait_ms = self.due_at.saturating_sub(self.client.poller_now());
                self.client.sleep(u64::try_from(wait_ms).unwrap_or(0)).await;
                let interval_ms = poll::interval_ms(&self.client.options().config, self.client.host().is_hidden());
                self.due_at = self.client.poller_now().saturating_add(millis(interval_ms));
                self.sweeps = true;
                let filter = self.options.archived.then(|| ALL_SESSIONS.to_owned());
                let first = Rc::new(PageRequest { filter, ..PageRequest::of_full_pages() });
                self.newest = Some(Rc::clone(&first));
                (first, true)
            }
        };
        request.leads_on()?;
        let call = Call::get(request.path("sessions")).expecting(Expected::Page);
        let page: Page<Session<H::Json>> = Page::read(self.client.get_fields(call, partial::FEED).await?);
        self.client.saw(page.items.iter().map(|session| session.name.as_str()));
        // Kept until the changes are returned.
        let mut feed = self.feed.clone();
        if is_newest && request.page_token.is_none() && self.sweep.is_none() {
            feed.begin_sweep();
        }
        let mut changes = Vec::new();
        let own: Vec<_> = page.items.iter().filter(|session| self.is_of_source(session)).cloned().collect();
        feed.begin_page(&own);
        for session in &own {
            while let Some(change) = feed.record(session) {
                let is_wanted = self.options.states.is_empty() || self.options.states.contains(&session.state);
                if is_wanted {
                    changes.push((change, session.clone(), feed.cursor()));
                }
            }
        }
        let next = request.next(&page).map(Rc::new);
        // More sessions than a page has were created within the interval. A page without any may be followed by others.
        let reaches = page.items.last().map_or(planted(Fault::FeedStopsEarly), |last| feed.reaches(last.create_time()));
        let (mut sweep, mut further) = (self.sweep.clone(), None);
        if is_newest && !reaches && next.is_some() {
            further = next;
        } else {
            if is_newest {
                feed.listed_newest();
                sweep = sweep.or(next);
            } else {
                sweep = next;
            }
            if sweep.is_none() {
                feed.end_sweep();
            }
        }
        if let (Some((_, _, cursor)), None) = (changes.last_mut(), &further) {
            *cursor = feed.cursor();
        }
        if planted(Fault::FeedHasty) {
            self.feed = feed.clone();
        }
        let events = self.events(changes).await?;
        self.sweeps = is_newest;
        (self.feed, self.newest, self.sweep) = (feed, further, sweep);
        Ok(events)
    }

    fn is_of_source(&self, session: &Session<H::Json>) -> bool {
        self.options.source.as_ref().is_none_or(|source| session.source().eq_ignore_ascii_case(source))
    }

    /// The changes with the whole sessions. A list contains only what is needed to see the changes.
    async fn events(&self, changes: Vec<(Change, Session<H::Json>, String)>) -> Result<Vec<FeedEvent<H::Json>>, Error> {
        let mut events = Vec::new();
        for (change, listed, cursor) in changes {
            let session = match self.client.get(&listed.id).await {
                Ok(whole) => whole.in_state(listed.state, listed.raw_state),
                // It was deleted since.
                Err(error) if error.status == Some(404) => listed,
                Err(error) => return Err(error),
            };
            events.push(FeedEvent { change, session, cursor });
        }
        Ok(events)
    }
}

impl WatchOptions {
    /// Reads the options of `watch()` of the façade. `None`: the cursor is none.
    pub fn read<J: JsonView>(given: &J) -> Option<Self> {
        Some(Self {
            after: given.get("after").string().map_or(Some(Feed::default()), |cursor| Feed::parse(&cursor))?,
            archived: given.get("archived").flag() == Some(true),
            states: SessionState::read_all(&given.get("state")),
            source: given.get("source").string().map(|source| crate::core::ids::github_source(&source)),
            timeout_ms: given.get("timeoutMs").number(),
            whole_ms: given.get("wholeMs").number(),
        })
    }
}
