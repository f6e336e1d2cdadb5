//! What is watched, by whom, and when it is to be looked at next. Sends nothing; the driver does what is `ready` here and
//! notes what came of it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;
use std::task::Waker;

use super::parts::{Due, Entry, Follower, Listing, Moment, NEVER, NOT_DUE, News, Task, Watcher};
use super::slab::{Key, Slab};
use crate::client::call_context::CallContext;
use crate::client::lists::PageRequest;
use crate::core::follow::Follow;
use crate::core::json_view::JsonView;
use crate::core::poll::{self, APART, Sight};
use crate::core::streak::FailureStreak;

/// The sessions that are watched, those who watch them, and what is due.
#[derive(Debug)]
pub(super) struct Board<J> {
    pub(super) entries: Slab<Entry<J>>,
    pub(super) watchers: Slab<Watcher<J>>,
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
    /// Whether a follower has asked for other activities than before: that request may be under way for nobody.
    pub(super) is_superseded: bool,
    /// When lists are worth asking for again: one has lagged for long, was refused, or could not be read.
    pub(super) lists_from: i64,
    /// When those are looked at first who have come lately.
    welcome_at: i64,
    /// Counts the lists.
    pub(super) lists: u32,
    seeks: u32,
    /// Sessions that somebody waits for; of these, those that a list may show, and those whose activities are waited for.
    pub(super) active: u32,
    pub(super) listable: u32,
    pub(super) following: u32,
}

impl<J> Default for Board<J> {
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
            is_superseded: false,
            lists_from: NEVER,
            welcome_at: NEVER,
            lists: 0,
            seeks: 0,
            active: 0,
            listable: 0,
            following: 0,
        }
    }
}

impl<J: JsonView> Board<J> {
    /// Lets somebody watch the session `id`; who reads its activities `follows` it.
    pub(super) fn join(&mut self, id: &str, follows: bool, now: i64) -> Key {
        let entry = self.find(id).unwrap_or_else(|place| {
            let key = self.entries.insert(Entry::new(id));
            self.by_id.insert(place, key);
            key
        });
        // What others have seen of the session does not count: each has its own first contact.
        let key = self.watchers.insert(Watcher {
            entry,
            waker: None,
            context: None,
            joined_at: now,
            seen: 0,
            seen_at: NEVER,
            wants_next: false,
            has_begun: false,
            failures: FailureStreak::default(),
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

    /// An answer to somebody has shown the session.
    pub(super) fn seen(&mut self, id: &str) {
        let Ok(key) = self.find(id) else { return };
        let watchers = self.entries.get(key).map_or(&[][..], |entry| &*entry.watchers);
        for watcher in watchers {
            if let Some(watcher) = self.watchers.get_mut(*watcher) {
                watcher.has_begun = true;
            }
        }
    }

    /// The entry of a session, or where it belongs.
    pub(super) fn find(&self, id: &str) -> Result<Key, usize> {
        let place = self.by_id.binary_search_by(|key| self.id_of(*key).cmp(id))?;
        self.by_id.get(place).copied().ok_or(place)
    }

    /// The same for one that comes in a list after `previous`: mostly it is the one that came there the last time.
    pub(super) fn find_after(&mut self, previous: Key, id: &str) -> Option<Key> {
        let guess = self.entries.get(previous).map(|entry| entry.followed_by);
        if let Some(key) = guess.filter(|key| self.id_of(*key) == id) {
            return Some(key);
        }
        let key = self.find(id).ok()?;
        if let Some(entry) = self.entries.get_mut(previous) {
            entry.followed_by = key;
        }
        Some(key)
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
        entry.watchers.remove(key);
        if entry.watchers.is_empty() {
            let place = self.find_place(watcher.entry);
            place.map(|place| self.by_id.remove(place));
            self.entries.remove(watcher.entry);
        }
        if self.watchers.is_empty() {
            *self = Self { lists_from: self.lists_from, ..Self::default() };
        }
    }

    pub(super) fn entry(&self, key: Key) -> Option<&Entry<J>> {
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
            follower.is_some_and(|of| of.asked.as_ref() == Some(listing))
        };
        let watchers = self.entries.get(listing.entry).map_or(&[][..], |entry| &*entry.watchers);
        watchers.iter().copied().filter(has_asked).collect()
    }

    /// These are looked for in a list, of which this gives the number.
    pub(super) fn seek(&mut self, keys: &[Key]) -> u32 {
        self.seeks = self.seeks.wrapping_add(1).max(1);
        for key in keys {
            if let Some(entry) = self.entries.get_mut(*key) {
                entry.sought_by = self.seeks;
            }
        }
        self.seeks
    }

    /// Whether the list of this number is the one in which it is looked for, and it is found for the first time.
    pub(super) fn is_found_by(&mut self, number: u32, key: Key) -> bool {
        let entry = self.entries.get_mut(key).filter(|entry| entry.sought_by == number);
        entry.map(|entry| entry.sought_by = 0).is_some()
    }

    fn unask(&mut self, key: Key) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.asked = false;
        }
    }

    pub(super) fn is_awaited(&self) -> bool {
        self.active > 0
    }

    /// Whether the watcher waits already; from now on by this waker.
    pub(super) fn waits_on(&mut self, key: Key, waker: &Waker) -> bool {
        let known = self.watchers.get_mut(key).and_then(|watcher| watcher.waker.as_mut());
        known.map(|known| known.clone_from(waker)).is_some()
    }

    /// A watcher waits from now on.
    pub(super) fn start_waiting(&mut self, key: Key, waker: &Waker, context: Rc<CallContext>, moment: Moment<'_>) {
        let Some(watcher) = self.watchers.get_mut(key) else { return };
        (watcher.waker, watcher.context) = (Some(waker.clone()), Some(context));
        let (entry_key, follows, joined_at) = (watcher.entry, watcher.follower.is_some(), watcher.joined_at);
        let Some(entry) = self.entries.get_mut(entry_key) else { return };
        self.following += u32::from(follows && !entry.is_followed());
        entry.waiting += 1;
        entry.wanting += u32::from(!follows);
        if entry.waiting == 1 {
            self.active += 1;
            self.listable += u32::from(entry.place != APART);
        }
        if entry.looked_at < joined_at {
            self.gives_way = true;
            if self.welcome_at < moment.now {
                // The first to come is not kept waiting; whoever joins others is asked for together with those who follow.
                let is_first = self.active == 1;
                self.welcome_at = moment.now + if is_first { 0 } else { poll::gathering_ms(moment.config) };
            }
            self.look_by(entry_key, self.welcome_at);
        } else {
            self.schedule(entry_key, moment);
            self.list_activities(entry_key, moment);
        }
    }

    /// A watcher does not wait any more.
    pub(super) fn stop_waiting(&mut self, key: Key) {
        let Some(watcher) = self.watchers.get_mut(key) else { return };
        watcher.context = None;
        if watcher.waker.take().is_none() {
            return;
        }
        let follows = watcher.follower.is_some();
        let Some(entry) = self.entries.get_mut(watcher.entry) else { return };
        entry.waiting -= 1;
        entry.wanting -= u32::from(!follows);
        self.following -= u32::from(follows && !entry.is_followed());
        if entry.waiting == 0 {
            entry.due = NOT_DUE;
            self.active -= 1;
            self.listable -= u32::from(entry.place != APART);
        }
    }

    /// What there is to tell the watcher, once.
    pub(super) fn take_news(&mut self, key: Key) -> Option<News<J>> {
        let watcher = self.watchers.get_mut(key)?;
        let entry = self.entries.get(watcher.entry)?;
        if let Some(error) = watcher.error.take() {
            return Some(News::Error(error));
        }
        if let Some(follower) = &mut watcher.follower {
            return follower.page.take().map(News::Page);
        }
        if watcher.has_news_of(entry) {
            (watcher.seen, watcher.seen_at, watcher.wants_next) = (entry.version, entry.looked_at, false);
            watcher.has_begun = true;
            return Some(News::Look(entry.look()));
        }
        std::mem::take(&mut watcher.is_time).then_some(News::Time)
    }

    /// Which activities a follower wants next: when its plan wants a check, and when it wants what is later than it knows.
    pub(super) fn follow(&mut self, key: Key, request: PageRequest, narrow: Option<PageRequest>) {
        if let Some(follower) = self.follower(key) {
            (follower.request, follower.narrow) = (request, narrow);
        }
    }

    /// When the session was last seen going on.
    pub(super) fn went_on(&self, key: Key) -> Option<Sight> {
        self.entries.get(self.watchers.get(key)?.entry)?.went_on
    }

    /// A follower's plan of what to read when.
    pub(super) fn plan(&mut self, key: Key) -> Option<&mut Follow> {
        self.follower(key).map(|follower| &mut follower.plan)
    }

    fn follower(&mut self, key: Key) -> Option<&mut Follower<J>> {
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
