//! The requests of the poller.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::keys::SessionKey;
use super::poll_result::PollResult;
use super::task::{Listing, Task};
use crate::client::Client;
use crate::client::lists::PageRequest;
use crate::client::partial;
use crate::client::transport::Call;
use crate::core::answer::Expected;
use crate::core::error::{Error, ErrorKind};
use crate::core::page::{MAX_PAGE_SIZE, Page};
use crate::core::poll;
use crate::core::row::FromRow;
use crate::core::session::Session;
use crate::host::Host;

/// The sessions that a list task searches for.
struct Scope {
    keys: Vec<SessionKey>,
    /// The number of those not found yet.
    left: usize,
    /// The number of the search.
    number: u32,
    /// The last entry that the list contained.
    previous: SessionKey,
    pages: u32,
}

impl<H: Host> Client<H> {
    /// Runs a task, and records its result in the registry.
    pub(super) fn run_task(self, task: Task) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            match task {
                Task::Poll(key) => self.poll_session(key).await,
                Task::List(keys, pages) => {
                    let number = self.poller().registry().start_search(&keys);
                    self.poll_list(Scope { left: keys.len(), keys, number, previous: SessionKey::default(), pages })
                        .await;
                }
                Task::Activities(listing) => self.list_for(listing).await,
            }
        })
    }

    async fn poll_session(&self, key: SessionKey) {
        let begun = self.same_moment().now;
        let asked = self.poller().registry().entry(key).map(|entry| {
            let known = entry.session.as_ref().map(|(_, session)| Rc::clone(session));
            (entry.id.clone(), entry.needs_session(), known)
        });
        let Some((id, needs_session, known)) = asked else { return };
        let call = Call::get(["sessions/", &id].concat()).of_session(&id);
        let fields = match (needs_session, &known) {
            (false, _) => Some(partial::SNAPSHOT),
            (true, Some(_)) => Some(partial::CHANGING),
            (true, None) => None,
        };
        let answer = match fields {
            Some(fields) => self.get_fields(call.expecting(Expected::Snapshot), fields).await,
            None => self.call(call).await,
        };
        match answer {
            Ok(json) => {
                let found = match known {
                    _ if !needs_session => PollResult::without_session(Session::read(json)),
                    Some(before) => PollResult::with(Session::read_again(json, &before)),
                    None => PollResult::with(Session::read(json)),
                };
                self.poller().registry().polled_singly(key, begun, found, self.same_moment());
            }
            Err(error) => self.poller().registry().failed(&[key], &error, self.same_moment()),
        }
    }

    /// Polls sessions by the list. Sessions that are not in the list are then polled singly.
    async fn poll_list(&self, mut scope: Scope) {
        let read = self.read_list(&mut scope).await;
        let mut left = scope.keys;
        left.retain(|key| self.poller().registry().is_found_by(scope.number, *key));
        if let Err(error) = &read {
            let is_refused =
                matches!(error.status, Some(400..=499)) && error.status != Some(401) && !error.is_transient();
            // A proxy may allow only single sessions, or respond to unknown paths with a page. If single sessions are refused or
            // unreadable too, their polls will show that.
            if !is_refused && error.kind != ErrorKind::Decode {
                return self.poller().registry().failed(&left, error, self.same_moment());
            }
            self.poller().registry().avoid_lists(self.same_moment());
        }
        let mut registry = self.poller().registry();
        if let Ok((seen, is_longer)) = read {
            left.iter().for_each(|key| registry.missed(*key, seen, is_longer));
        }
        left.into_iter().for_each(|key| registry.poll_singly(key));
    }

    /// Returns the number of entries read, and whether there are more.
    async fn read_list(&self, scope: &mut Scope) -> Result<(u32, bool), Error> {
        let mut request =
            PageRequest { page_size: Some(u64::from(self.first_page_size(scope))), ..PageRequest::default() };
        let mut seen = 0;
        let mut pages = 0;
        loop {
            let before = scope.left;
            // Each page is a poll of its own, with the states at the time of its request.
            let begun = self.same_moment().now;
            let call = Call::get(request.path("sessions")).expecting(Expected::Page);
            let mut page: Page<Session<H::Json>> = Page::read(self.get_fields(call, partial::SNAPSHOTS).await?);
            self.saw(page.items.iter().map(|session| session.name.as_str()));
            for session in page.items.drain(..) {
                self.record_item(session, seen, scope, begun);
                seen += 1;
            }
            pages += 1;
            let next = request.next(&page);
            let is_longer = next.is_some();
            // A page beyond the planned ones is worthwhile as long as it saves more than one request.
            let goes_on = scope.left > 0 && (pages < scope.pages || before - scope.left > 1);
            match next.filter(|_| goes_on) {
                Some(next) => request = PageRequest { page_size: Some(u64::from(MAX_PAGE_SIZE)), ..next },
                None => return Ok((seen, is_longer)),
            }
        }
    }

    /// The size of the first page: up to the last of the sessions that were in the list before.
    fn first_page_size(&self, scope: &Scope) -> u32 {
        let registry = self.poller().registry();
        let position =
            |key: &SessionKey| registry.entry(*key).filter(|entry| entry.is_listed).map(|entry| entry.position);
        let last = scope.keys.iter().try_fold(0, |last, key| Some(position(key)?.max(last)));
        last.filter(|last| *last < MAX_PAGE_SIZE).map_or(MAX_PAGE_SIZE, poll::page_size)
    }

    fn record_item(&self, session: Session<H::Json>, position: u32, scope: &mut Scope, begun: i64) {
        let mut registry = self.poller().registry();
        let Some(key) = registry.find_after(scope.previous, &session.id) else { return };
        scope.previous = key;
        let found = PollResult::without_session(session);
        // A list with an older state than a poll is outdated.
        if registry.entry(key).is_some_and(|entry| found.update_time < entry.update_time) {
            return registry.found_outdated(key, begun, self.same_moment());
        }
        registry.found(key, position);
        if registry.is_found_by(scope.number, key) {
            scope.left -= 1;
            registry.polled_by_list(key, begun, found, self.same_moment());
        }
    }

    async fn list_for(&self, listing: Listing) {
        let id = self.poller().registry().entry(listing.entry).map(|entry| entry.id.clone());
        let Some(id) = id else { return };
        match self.activities(&id, &listing.request).await {
            Ok(page) => self.poller().registry().deliver(&listing, page, self.same_moment()),
            Err(error) => self.poller().registry().failed_to_list(&listing, &error, self.same_moment()),
        }
    }
}
