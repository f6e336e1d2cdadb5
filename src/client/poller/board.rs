//! What is watched, by whom, and when it is to be looked at next. Sends nothing; the driver does what is `ready` here and
//! notes what came of it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;
use std::task::Waker;

use super::slab::{Key, Slab};
use crate::client::lists::PageRequest;
use crate::core::error::Error;
use crate::core::json::Text;
use crate::core::model::{Activity, Page, Session};
use crate::core::options::Config;
use crate::core::poll::{APART, Follow, Sight};
use crate::core::state::SessionState;
use crate::core::time::Timestamp;

/// Before all times.
pub(super) const NEVER: i64 = i64::MIN;
/// After all times.
pub(super) const NOT_DUE: i64 = i64::MAX;

/// The time, and what goes by it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    /// Milliseconds by the local clock.
    pub(super) now: i64,
    pub(super) config: &'a Config,
    /// Whether nobody sees the page that this runs in.
    pub(super) hidden: bool,
}

/// What a look has found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) state: SessionState,
    pub(super) raw_state: Option<Text>,
    pub(super) update_time: Option<Timestamp>,
    /// The whole session, if the look has brought it.
    pub(super) session: Option<Rc<Session>>,
}

/// What a watcher is told of.
#[derive(Debug, Clone)]
pub(in crate::client) struct Look {
    /// When it was, the state, the time of the last change.
    pub(in crate::client) sight: Sight,
    /// The state as the service wrote it, if this client does not know it.
    pub(in crate::client) raw_state: Option<Text>,
    /// The whole session, if the look has brought it.
    pub(in crate::client) session: Option<Rc<Session>>,
}

/// Why a watcher is called.
#[derive(Debug)]
pub(in crate::client) enum News {
    /// The session is seen for the first time, or has changed.
    Look(Look),
    /// The session's activities were listed after this look.
    Page(Sight, Rc<Page<Activity>>),
    /// The time has come that the watcher asked for.
    Time,
    /// It could not be looked at.
    Error(Error),
}

/// Something to ask the service.
#[derive(Debug, Clone)]
pub(super) enum Task {
    /// One session.
    Look(Key),
    /// Many sessions, by this many pages of the list.
    List(Vec<Key>, u32),
    /// The activities of a session, for these watchers.
    Activities(Listing),
}

/// A request for activities, for all who want the same after the same look.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    pub(super) entry: Key,
    pub(super) sight: Sight,
    pub(super) request: PageRequest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Look(Key),
    Time(Key),
}

/// A watched session.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) watchers: Vec<Key>,
    /// How many of the watchers wait. Nothing is asked for those that do not.
    pub(super) waiting: u32,
    /// How many of those that wait want the session itself in the end.
    pub(super) wanting: u32,
    /// Whether it is being asked for, or about to be.
    pub(super) asked: bool,
    pub(super) due: i64,
    pub(super) looked_at: i64,
    pub(super) poked_at: i64,
    /// Until when the service asks to be left alone.
    pub(super) rests_until: i64,
    /// Counts the changes. 0: never seen.
    pub(super) version: u32,
    pub(super) state: SessionState,
    pub(super) raw_state: Option<Text>,
    pub(super) update_time: Option<Timestamp>,
    /// As it was last brought whole, and when that was.
    pub(super) session: Option<(i64, Rc<Session>)>,
    /// Where in the list of sessions it was last seen; a guess, if it never was.
    pub(super) place: u32,
    pub(super) is_listed: bool,
    /// How often it was asked for by itself since it was not in the list.
    pub(super) alone: u32,
}

/// Somebody who watches a session.
#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) entry: Key,
    /// There while it waits.
    pub(super) waker: Option<Waker>,
    /// Looks that began before are none for it: it may have changed the session before it came.
    pub(super) joined_at: i64,
    /// The version that it was told of.
    pub(super) seen: u32,
    /// Whether it has seen the session. Passing trouble does not concern it from then on.
    pub(super) has_begun: bool,
    pub(super) error: Option<Error>,
    pub(super) wakes_at: i64,
    pub(super) is_time: bool,
    pub(super) follower: Option<Box<Follower>>,
}

/// What whoever reads the activities adds to a watcher.
#[derive(Debug, Default)]
pub(super) struct Follower {
    pub(super) plan: Follow,
    pub(super) request: PageRequest,
    /// The look after which it has asked for a page that has not come yet.
    pub(super) asked: Option<Sight>,
    pub(super) page: Option<(Sight, Rc<Page<Activity>>)>,
}

#[derive(Debug)]
pub(super) struct Board {
    pub(super) entries: Slab<Entry>,
    pub(super) watchers: Slab<Watcher>,
    /// In the order of the ids.
    pub(super) by_id: Vec<Key>,
    pub(super) heap: BinaryHeap<Reverse<(i64, Due)>>,
    pub(super) ready: VecDeque<Task>,
    /// When the last task was begun.
    pub(super) begun_at: i64,
    /// The watcher in whose name the driver is polled.
    pub(super) leader: Option<Key>,
    /// Whether others are to have a turn before anything more is asked: those who come at the same time as somebody who has
    /// just come are asked for together; and those who have just been told something may not want any more.
    pub(super) gives_way: bool,
    /// Whether the service gives lists. A proxy may allow less than it does.
    pub(super) gives_lists: bool,
    /// Counts the lists.
    pub(super) lists: u32,
    /// Sessions that somebody waits for; of these, those that a list may show; watchers that wait for activities.
    pub(super) active: u32,
    pub(super) listable: u32,
    pub(super) following: u32,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            entries: Slab::default(),
            watchers: Slab::default(),
            by_id: Vec::new(),
            heap: BinaryHeap::new(),
            ready: VecDeque::new(),
            begun_at: NEVER,
            leader: None,
            gives_way: false,
            gives_lists: true,
            lists: 0,
            active: 0,
            listable: 0,
            following: 0,
        }
    }
}

impl Entry {
    fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            watchers: Vec::new(),
            waiting: 0,
            wanting: 0,
            asked: false,
            due: NOT_DUE,
            looked_at: NEVER,
            poked_at: NEVER,
            rests_until: NEVER,
            version: 0,
            state: SessionState::default(),
            raw_state: None,
            update_time: None,
            session: None,
            // Sessions that are watched are mostly among the newest.
            place: 0,
            is_listed: false,
            alone: 0,
        }
    }

    /// Whether somebody wants the session itself in the end.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanting > 0
    }

    pub(super) fn sight(&self) -> Sight {
        Sight { at_ms: self.looked_at, state: self.state, update_time: self.update_time }
    }

    fn look(&self) -> Look {
        let session = self.session.as_ref().filter(|(at, _)| *at == self.looked_at);
        Look {
            sight: self.sight(),
            raw_state: self.raw_state.clone(),
            session: session.map(|(_, session)| Rc::clone(session)),
        }
    }
}

impl Board {
    /// Lets somebody watch the session `id`; who reads its activities `follows` it.
    pub(super) fn join(&mut self, id: &str, follows: bool, now: i64) -> Key {
        let entry = self.find(id).unwrap_or_else(|place| {
            let key = self.entries.insert(Entry::new(id));
            self.by_id.insert(place, key);
            key
        });
        let key = self.watchers.insert(Watcher {
            entry,
            waker: None,
            joined_at: now,
            seen: 0,
            has_begun: false,
            error: None,
            wakes_at: NOT_DUE,
            is_time: false,
            follower: follows.then(Box::default),
        });
        if let Some(entry) = self.entries.get_mut(entry) {
            entry.watchers.push(key);
        }
        key
    }

    /// The entry of a session, or where it belongs.
    pub(super) fn find(&self, id: &str) -> Result<Key, usize> {
        let place = self.by_id.binary_search_by(|key| self.id_of(*key).cmp(id))?;
        self.by_id.get(place).copied().ok_or(place)
    }

    fn find_place(&self, key: Key) -> Option<usize> {
        let id = self.id_of(key);
        self.by_id.binary_search_by(|known| self.id_of(*known).cmp(id)).ok()
    }

    fn id_of(&self, key: Key) -> &str {
        self.entries.get(key).map_or("", |entry| entry.id.as_str())
    }

    /// A watcher goes. Nothing more is asked for it.
    pub(super) fn leave(&mut self, key: Key) {
        self.stop_waiting(key);
        let Some(watcher) = self.watchers.remove(key) else { return };
        let Some(entry) = self.entries.get_mut(watcher.entry) else { return };
        entry.watchers.retain(|known| *known != key);
        if entry.watchers.is_empty() {
            let place = self.find_place(watcher.entry);
            place.map(|place| self.by_id.remove(place));
            self.entries.remove(watcher.entry);
        }
        if self.watchers.is_empty() {
            *self = Self { gives_lists: self.gives_lists, ..Self::default() };
        }
    }

    pub(super) fn entry(&self, key: Key) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Whether somebody waits for what the task brings.
    pub(super) fn is_wanted(&self, task: &Task) -> bool {
        let is_awaited = |key: &Key| self.entries.get(*key).is_some_and(|entry| entry.waiting > 0);
        match task {
            Task::Look(key) => is_awaited(key),
            Task::List(keys, _) => keys.iter().any(is_awaited),
            Task::Activities(listing) => self.askers(listing).into_iter().any(|key| self.is_waiting(key)),
        }
    }

    /// The task is given up. Whoever comes for the same asks anew.
    pub(super) fn give_up(&mut self, task: &Task) {
        match task {
            Task::Look(key) => self.unask(*key),
            Task::List(keys, _) => keys.iter().for_each(|key| self.unask(*key)),
            Task::Activities(listing) => {
                for key in self.askers(listing) {
                    if let Some(follower) = self.follower(key) {
                        follower.asked = None;
                    }
                }
            }
        }
    }

    /// Those who have asked for this.
    pub(super) fn askers(&self, listing: &Listing) -> Vec<Key> {
        let has_asked = |key: &Key| {
            let follower = self.watchers.get(*key).and_then(|watcher| watcher.follower.as_ref());
            follower.is_some_and(|of| of.asked == Some(listing.sight) && of.request == listing.request)
        };
        let watchers = self.entries.get(listing.entry).map_or(&[][..], |entry| &entry.watchers);
        watchers.iter().copied().filter(has_asked).collect()
    }

    fn unask(&mut self, key: Key) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.asked = false;
        }
    }

    pub(super) fn is_awaited(&self) -> bool {
        self.active > 0
    }

    /// A watcher waits from now on, or still does. True if it did not before.
    pub(super) fn start_waiting(&mut self, key: Key, waker: &Waker, moment: Moment<'_>) -> bool {
        let Some(watcher) = self.watchers.get_mut(key) else { return false };
        if let Some(known) = &mut watcher.waker {
            known.clone_from(waker);
            return false;
        }
        watcher.waker = Some(waker.clone());
        let (entry_key, follows, joined_at) = (watcher.entry, watcher.follower.is_some(), watcher.joined_at);
        let Some(entry) = self.entries.get_mut(entry_key) else { return false };
        entry.waiting += 1;
        entry.wanting += u32::from(!follows);
        self.following += u32::from(follows);
        if entry.waiting == 1 {
            self.active += 1;
            self.listable += u32::from(entry.place != APART);
        }
        if entry.looked_at < joined_at {
            self.gives_way = true;
            self.look_by(entry_key, moment.now);
        } else {
            self.schedule(entry_key, moment);
            self.list_activities(entry_key, moment);
        }
        true
    }

    /// A watcher does not wait any more.
    pub(super) fn stop_waiting(&mut self, key: Key) {
        let Some(watcher) = self.watchers.get_mut(key) else { return };
        if watcher.waker.take().is_none() {
            return;
        }
        let follows = watcher.follower.is_some();
        let Some(entry) = self.entries.get_mut(watcher.entry) else { return };
        entry.waiting -= 1;
        entry.wanting -= u32::from(!follows);
        self.following -= u32::from(follows);
        if entry.waiting == 0 {
            entry.due = NOT_DUE;
            self.active -= 1;
            self.listable -= u32::from(entry.place != APART);
        }
    }

    /// What there is to tell the watcher, once.
    pub(super) fn take_news(&mut self, key: Key) -> Option<News> {
        let watcher = self.watchers.get_mut(key)?;
        let entry = self.entries.get(watcher.entry)?;
        if let Some(error) = watcher.error.take() {
            return Some(News::Error(error));
        }
        if let Some(follower) = &mut watcher.follower {
            return follower.page.take().map(|(sight, page)| News::Page(sight, page));
        }
        if watcher.has_news_of(entry) {
            watcher.seen = entry.version;
            watcher.has_begun = true;
            return Some(News::Look(entry.look()));
        }
        std::mem::take(&mut watcher.is_time).then_some(News::Time)
    }

    /// Which activities a follower wants next.
    pub(super) fn follow(&mut self, key: Key, request: &PageRequest) {
        if let Some(follower) = self.follower(key) {
            follower.request = request.clone();
        }
    }

    /// A follower's plan of what to read when.
    pub(super) fn plan(&mut self, key: Key) -> Option<&mut Follow> {
        self.follower(key).map(|follower| &mut follower.plan)
    }

    fn follower(&mut self, key: Key) -> Option<&mut Follower> {
        self.watchers.get_mut(key)?.follower.as_deref_mut()
    }

    /// The watcher is to be woken at this time, if it waits then; `None`: not any more.
    pub(super) fn wake_at(&mut self, key: Key, time: Option<i64>) {
        if let Some(watcher) = self.watchers.get_mut(key) {
            watcher.wakes_at = time.unwrap_or(NOT_DUE);
            watcher.is_time = false;
            if let Some(time) = time {
                self.heap.push(Reverse((time, Due::Time(key))));
            }
        }
    }

    /// Somebody who waits, so as to lead; after the one who did.
    pub(super) fn wake_another(&self) {
        if let Some(waker) = self.watchers.iter().find_map(|(_, watcher)| watcher.waker.as_ref()) {
            waker.wake_by_ref();
        }
    }

    /// Whether this watcher waits.
    pub(super) fn is_waiting(&self, key: Key) -> bool {
        self.watchers.get(key).is_some_and(|watcher| watcher.waker.is_some())
    }

    /// Wakes a watcher that waits.
    pub(super) fn wake(&mut self, key: Key) {
        if let Some(waker) = self.watchers.get(key).and_then(|watcher| watcher.waker.as_ref()) {
            waker.wake_by_ref();
            self.gives_way = true;
        }
    }
}

impl Watcher {
    pub(super) fn has_news_of(&self, entry: &Entry) -> bool {
        entry.looked_at >= self.joined_at && entry.version != self.seen
    }
}
