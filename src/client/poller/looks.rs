//! The poller's questions to the service.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::parts::{Found, Listing, Task};
use super::slab::Key;
use crate::client::Client;
use crate::client::lists::PageRequest;
use crate::client::partial;
use crate::client::transport::Call;
use crate::core::answer::Expected;
use crate::core::error::{Error, ErrorKind};
use crate::core::page::Page;
use crate::core::poll::{self, PAGE};
use crate::core::row::FromRow;
use crate::core::session::Session;
use crate::host::Host;

impl<J> Found<J> {
    /// What a poll has shown that was not to bring the session itself.
    fn without_session(session: Session<J>) -> Self {
        let Session { state, raw_state, update_time, .. } = session;
        Self { state, raw_state, update_time, session: None }
    }

    fn with(session: Session<J>) -> Self {
        let (state, raw_state, update_time) = (session.state, session.raw_state.clone(), session.update_time);
        Self { state, raw_state, update_time, session: Some(Rc::new(session)) }
    }
}

/// What a list task is to find.
struct Scope {
    keys: Vec<Key>,
    /// How many of these are not found yet.
    left: usize,
    /// The list's number.
    number: u32,
    /// The last that it has shown of those that are watched.
    previous: Key,
    pages: u32,
}

impl<H: Host> Client<H> {
    /// Does a task, and notes on the board what has come of it.
    pub(super) fn run_task(self, task: Task) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            match task {
                Task::Look(key) => self.look_alone(key).await,
                Task::List(keys, pages) => {
                    let number = self.poller().board().seek(&keys);
                    self.look_through_list(Scope { left: keys.len(), keys, number, previous: Key::default(), pages })
                        .await;
                }
                Task::Activities(listing) => self.list_for(listing).await,
            }
        })
    }

    async fn look_alone(&self, key: Key) {
        let begun = self.same_moment().now;
        let asked = self.poller().board().entry(key).map(|entry| {
            let known = entry.session.as_ref().map(|(_, session)| Rc::clone(session));
            (entry.id.clone(), entry.is_wanted(), known)
        });
        let Some((id, is_wanted, known)) = asked else { return };
        let call = Call::get(["sessions/", &id].concat()).of_session(&id);
        let fields = match (is_wanted, &known) {
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
                    _ if !is_wanted => Found::without_session(Session::read(json)),
                    Some(before) => Found::with(Session::read_again(json, &before)),
                    None => Found::with(Session::read(json)),
                };
                self.poller().board().looked_alone(key, begun, found, self.same_moment());
            }
            Err(error) => self.poller().board().failed(&[key], &error, self.same_moment()),
        }
    }

    /// Looks at many sessions by way of the list, and at those by themselves that it does not show.
    async fn look_through_list(&self, mut scope: Scope) {
        let read = self.read_list(&mut scope).await;
        let mut left = scope.keys;
        left.retain(|key| self.poller().board().is_found_by(scope.number, *key));
        if let Err(error) = &read {
            let is_refused =
                matches!(error.status, Some(400..=499)) && error.status != Some(401) && !error.is_transient();
            // A proxy may allow single sessions only, or answer what it does not know with a page. If it is not the list alone
            // that is refused or unreadable, the polls of single sessions show that.
            if !is_refused && error.kind != ErrorKind::Decode {
                return self.poller().board().failed(&left, error, self.same_moment());
            }
            self.poller().board().avoid_lists(self.same_moment());
        }
        let mut board = self.poller().board();
        if let Ok((seen, is_longer)) = read {
            left.iter().for_each(|key| board.missed(*key, seen, is_longer));
        }
        left.into_iter().for_each(|key| board.ask_alone(key));
    }

    /// How many were seen, and whether there are more.
    async fn read_list(&self, scope: &mut Scope) -> Result<(u32, bool), Error> {
        let mut request =
            PageRequest { page_size: Some(u64::from(self.first_page_size(scope))), ..PageRequest::default() };
        let mut seen = 0;
        let mut pages = 0;
        loop {
            let before = scope.left;
            // Each page is a look of its own: it shows what is when it is asked for.
            let begun = self.same_moment().now;
            let call = Call::get(request.path("sessions")).expecting(Expected::Page);
            let mut page: Page<Session<H::Json>> = Page::read(self.get_fields(call, partial::SNAPSHOTS).await?);
            self.saw(page.items.iter().map(|session| session.name.as_str()));
            for session in page.items.drain(..) {
                self.look_at_item(session, seen, scope, begun);
                seen += 1;
            }
            pages += 1;
            let next = request.next(&page);
            let is_longer = next.is_some();
            // Beyond the pages that were to be asked for a page is worth it as long as it spares more than one request.
            let goes_on = scope.left > 0 && (pages < scope.pages || before - scope.left > 1);
            match next.filter(|_| goes_on) {
                Some(next) => request = PageRequest { page_size: Some(u64::from(PAGE)), ..next },
                None => return Ok((seen, is_longer)),
            }
        }
    }

    /// The first page is asked for no further than to the last of those that were in the list before.
    fn first_page_size(&self, scope: &Scope) -> u32 {
        let board = self.poller().board();
        let place = |key: &Key| board.entry(*key).filter(|entry| entry.is_listed).map(|entry| entry.place);
        let last = scope.keys.iter().try_fold(0, |last, key| Some(place(key)?.max(last)));
        last.filter(|last| *last < PAGE).map_or(PAGE, poll::page_size)
    }

    fn look_at_item(&self, session: Session<H::Json>, place: u32, scope: &mut Scope, begun: i64) {
        let mut board = self.poller().board();
        let Some(key) = board.find_after(scope.previous, &session.id) else { return };
        scope.previous = key;
        let found = Found::without_session(session);
        // A list that shows what was before what a look has seen is none to rely on.
        if board.entry(key).is_some_and(|entry| found.update_time < entry.update_time) {
            return board.found_behind(key, begun, self.same_moment());
        }
        board.found(key, place);
        if board.is_found_by(scope.number, key) {
            scope.left -= 1;
            board.looked_by_list(key, begun, found, self.same_moment());
        }
    }

    async fn list_for(&self, listing: Listing) {
        let id = self.poller().board().entry(listing.entry).map(|entry| entry.id.clone());
        let Some(id) = id else { return };
        match self.activities(&id, &listing.request).await {
            Ok(page) => self.poller().board().deliver(&listing, page, self.same_moment()),
            Err(error) => self.poller().board().failed_to_list(&listing, &error, self.same_moment()),
        }
    }
}
