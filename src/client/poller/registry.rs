//! The registry: sessions, their subscribers, and when each session is polled next. It sends nothing; the driver takes the
//! `ready` tasks and records their results.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;
use std::task::Waker;

use slotmap::SlotMap;

use super::entry::Entry;
use super::event::Event;
use super::keys::{SessionKey, SubscriberKey};
use super::moment::{Moment, NEVER, NOT_DUE};
use super::subscriber::{Follower, Subscriber};
use super::task::{Due, Listing, Task};
use crate::client::call_context::CallContext;
use crate::client::lists::PageRequest;
use crate::core::follow::Follow;
use crate::core::json_view::JsonView;
use crate::core::poll::{self, SessionSnapshot, UNLISTED};
use crate::core::streak::FailureStreak;

/// The polled sessions, their subscribers and the due tasks.
#[derive(Debug)]
pub(super) struct Registry<J> {
    /// Boxed, as the subscribers, since a map of thousands has half of its places free.
    pub(super) entries: SlotMap<SessionKey, Box<Entry<J>>>,
    pub(super) subscribers: SlotMap<SubscriberKey, Box<Subscriber<J>>>,
    /// The entries, sorted by id.
    pub(super) by_id: Vec<SessionKey>,
    pub(super) heap: BinaryHeap<Reverse<(i64, Due)>>,
    pub(super) ready: VecDeque<Task>,
    /// When the last task was started.
    pub(super) last_task_at: i64,
    /// The subscriber whose future polls the driver.
    pub(super) leader: Option<SubscriberKey>,
    /// Whether other futures run before further requests: subscribers that start at the same time are polled together, and
    /// subscribers that have just got an event may stop waiting.
    pub(super) yields: bool,
    /// Whether a follower has replaced its pending request, so that the old one may have no subscriber left.
    pub(super) is_superseded: bool,
    /// When lists are used again, after one that lagged, was refused or could not be read.
    pub(super) lists_allowed_from: i64,
    /// Until when first polls of new subscribers are collected.
    gathered_until: i64,
    /// The number of lists so far.
    pub(super) lists: u32,
    searches: u32,
    /// The number of sessions with a waiting subscriber; of these, those that a list may contain, and those whose activities are
    /// waited for.
    pub(super) active: u32,
    pub(super) listable: u32,
    pub(super) following: u32,
}

impl<J> Default for Registry<J> {
    fn default() -> Self {
        Self {
            entries: SlotMap::default(),
            subscribers: SlotMap::default(),
            by_id: Vec::new(),
            heap: BinaryHeap::new(),
            ready: VecDeque::new(),
            last_task_at: NEVER,
            leader: None,
            yields: false,
            is_superseded: false,
            lists_allowed_from: NEVER,
            gathered_until: NEVER,
            lists: 0,
            searches: 0,
            active: 0,
            listable: 0,
            following: 0,
        }
    }
}

impl<J: JsonView> Registry<J> {
    /// Adds a subscriber of the session `id`. `follows`: of its activities.
    pub(super) fn subscribe(&mut self, id: &str, follows: bool, now: i64) -> SubscriberKey {
        let entry = self.find(id).unwrap_or_else(|position| {
            let key = self.entries.insert(Box::new(Entry::new(id)));
            self.by_id.insert(position, key);
            key
        });
        // Independent of other subscribers, which may already have seen the session.
        let key = self.subscribers.insert(Box::new(Subscriber {
            entry,
            waker: None,
            context: None,
            subscribed_at: now,
            seen: 0,
            seen_at: NEVER,
            needs_next_poll: false,
            has_seen_session: false,
            failures: FailureStreak::default(),
            error: None,
            wakes_at: NOT_DUE,
            timer_has_fired: false,
            follower: follows.then(Box::default),
        }));
        if let Some(entry) = self.entries.get_mut(entry) {
            entry.subscribers.push(key);
        }
        key
    }

    /// A response contained the session.
    pub(super) fn seen(&mut self, id: &str) {
        let Ok(key) = self.find(id) else { return };
        let subscribers = self.entries.get(key).map_or(&[][..], |entry| &*entry.subscribers);
        for subscriber in subscribers {
            if let Some(subscriber) = self.subscribers.get_mut(*subscriber) {
                subscriber.has_seen_session = true;
            }
        }
    }

    /// The entry of a session, or the index in `by_id` at which to insert it.
    pub(super) fn find(&self, id: &str) -> Result<SessionKey, usize> {
        let position = self.by_id.binary_search_by(|key| self.id_of(*key).cmp(id))?;
        self.by_id.get(position).copied().ok_or(position)
    }

    /// The same for a session that follows `previous` in a list. Usually it is the same one as in the last list.
    pub(super) fn find_after(&mut self, previous: SessionKey, id: &str) -> Option<SessionKey> {
        let guess = self.entries.get(previous).map(|entry| entry.next_in_list);
        if let Some(key) = guess.filter(|key| self.id_of(*key) == id) {
            return Some(key);
        }
        let key = self.find(id).ok()?;
        if let Some(entry) = self.entries.get_mut(previous) {
            entry.next_in_list = key;
        }
        Some(key)
    }

    fn index_of(&self, key: SessionKey) -> Option<usize> {
        let id = self.id_of(key);
        self.by_id.binary_search_by(|known| self.id_of(*known).cmp(id)).ok()
    }

    fn id_of(&self, key: SessionKey) -> &str {
        self.entries.get(key).map_or("", |entry| entry.id.as_str())
    }

    /// Removes a subscriber.
    pub(super) fn unsubscribe(&mut self, key: SubscriberKey) {
        self.stop_waiting(key);
        let Some(subscriber) = self.subscribers.remove(key) else { return };
        let Some(entry) = self.entries.get_mut(subscriber.entry) else { return };
        entry.subscribers.retain(|known| *known != key);
        if entry.subscribers.is_empty() {
            let position = self.index_of(subscriber.entry);
            position.map(|position| self.by_id.remove(position));
            self.entries.remove(subscriber.entry);
        }
        if self.subscribers.is_empty() {
            *self = Self { lists_allowed_from: self.lists_allowed_from, ..Self::default() };
        }
    }

    pub(super) fn entry(&self, key: SessionKey) -> Option<&Entry<J>> {
        self.entries.get(key).map(Box::as_ref)
    }

    /// Whether a subscriber waits for the result of the task.
    pub(super) fn awaits(&self, task: &Task) -> bool {
        let is_awaited = |key: &SessionKey| self.entries.get(*key).is_some_and(|entry| entry.waiting > 0);
        match task {
            Task::Poll(key) => is_awaited(key),
            Task::List(keys, _) => keys.iter().any(is_awaited),
            Task::Activities(listing) => self.requesters(listing).into_iter().any(|key| self.is_waiting(key)),
        }
    }

    /// The task was dropped. Later subscribers request it again.
    pub(super) fn abandon(&mut self, task: &Task) {
        match task {
            Task::Poll(key) => self.clear_requested(*key),
            Task::List(keys, _) => keys.iter().for_each(|key| self.clear_requested(*key)),
            Task::Activities(listing) => {
                for key in self.requesters(listing) {
                    if let Some(follower) = self.follower(key) {
                        follower.pending = None;
                    }
                }
            }
        }
    }

    /// The subscribers with this pending request.
    pub(super) fn requesters(&self, listing: &Listing) -> Vec<SubscriberKey> {
        let has_asked = |key: &SubscriberKey| {
            let follower = self.subscribers.get(*key).and_then(|subscriber| subscriber.follower.as_ref());
            follower.is_some_and(|of| of.pending.as_ref() == Some(listing))
        };
        let subscribers = self.entries.get(listing.entry).map_or(&[][..], |entry| &*entry.subscribers);
        subscribers.iter().copied().filter(has_asked).collect()
    }

    /// Marks these sessions as searched for in a list. Returns the number of the search.
    pub(super) fn start_search(&mut self, keys: &[SessionKey]) -> u32 {
        self.searches = self.searches.wrapping_add(1).max(1);
        for key in keys {
            if let Some(entry) = self.entries.get_mut(*key) {
                entry.searched_by = self.searches;
            }
        }
        self.searches
    }

    /// Whether this search includes the session and finds it for the first time.
    pub(super) fn is_found_by(&mut self, number: u32, key: SessionKey) -> bool {
        let entry = self.entries.get_mut(key).filter(|entry| entry.searched_by == number);
        entry.map(|entry| entry.searched_by = 0).is_some()
    }

    fn clear_requested(&mut self, key: SessionKey) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.requested = false;
        }
    }

    pub(super) fn is_awaited(&self) -> bool {
        self.active > 0
    }

    /// Replaces the waker of a waiting subscriber. Returns whether it was waiting.
    pub(super) fn replace_waker(&mut self, key: SubscriberKey, waker: &Waker) -> bool {
        let known = self.subscribers.get_mut(key).and_then(|subscriber| subscriber.waker.as_mut());
        known.map(|known| known.clone_from(waker)).is_some()
    }

    /// A subscriber starts waiting.
    pub(super) fn start_waiting(
        &mut self,
        key: SubscriberKey,
        waker: &Waker,
        context: Rc<CallContext>,
        moment: Moment<'_>,
    ) {
        let Some(subscriber) = self.subscribers.get_mut(key) else { return };
        (subscriber.waker, subscriber.context) = (Some(waker.clone()), Some(context));
        let (entry_key, follows, subscribed_at) =
            (subscriber.entry, subscriber.follower.is_some(), subscriber.subscribed_at);
        let Some(entry) = self.entries.get_mut(entry_key) else { return };
        self.following += u32::from(follows && !entry.is_followed());
        entry.waiting += 1;
        entry.waiting_for_session += u32::from(!follows);
        if entry.waiting == 1 {
            self.active += 1;
            self.listable += u32::from(entry.position != UNLISTED);
        }
        if entry.polled_at < subscribed_at {
            self.yields = true;
            if self.gathered_until < moment.now {
                // The first subscriber is polled at once; later ones are collected and polled together.
                let is_first = self.active == 1;
                self.gathered_until = moment.now + if is_first { 0 } else { poll::gathering_ms(moment.config) };
            }
            self.poll_by(entry_key, self.gathered_until);
        } else {
            self.schedule(entry_key, moment);
            self.list_activities(entry_key, moment);
        }
    }

    /// A subscriber stops waiting.
    pub(super) fn stop_waiting(&mut self, key: SubscriberKey) {
        let Some(subscriber) = self.subscribers.get_mut(key) else { return };
        subscriber.context = None;
        if subscriber.waker.take().is_none() {
            return;
        }
        let follows = subscriber.follower.is_some();
        let Some(entry) = self.entries.get_mut(subscriber.entry) else { return };
        entry.waiting -= 1;
        entry.waiting_for_session -= u32::from(!follows);
        self.following -= u32::from(follows && !entry.is_followed());
        if entry.waiting == 0 {
            entry.due = NOT_DUE;
            self.active -= 1;
            self.listable -= u32::from(entry.position != UNLISTED);
        }
    }

    /// Removes and returns the next event of the subscriber.
    pub(super) fn take_event(&mut self, key: SubscriberKey) -> Option<Event<J>> {
        let subscriber = self.subscribers.get_mut(key)?;
        let entry = self.entries.get(subscriber.entry)?;
        if let Some(error) = subscriber.error.take() {
            return Some(Event::Error(error));
        }
        if let Some(follower) = &mut subscriber.follower {
            return follower.page.take().map(Event::Page);
        }
        if subscriber.has_event_of(entry) {
            (subscriber.seen, subscriber.seen_at, subscriber.needs_next_poll) = (entry.version, entry.polled_at, false);
            subscriber.has_seen_session = true;
            return Some(Event::Update(entry.update()));
        }
        std::mem::take(&mut subscriber.timer_has_fired).then_some(Event::Timer)
    }

    /// Sets the next requests of a follower: for a check, and for activities newer than the known ones.
    pub(super) fn follow(&mut self, key: SubscriberKey, request: PageRequest, narrow: Option<PageRequest>) {
        if let Some(follower) = self.follower(key) {
            (follower.request, follower.narrow) = (request, narrow);
        }
    }

    /// The last snapshot of the session that was not terminal.
    pub(super) fn last_running(&self, key: SubscriberKey) -> Option<SessionSnapshot> {
        self.entries.get(self.subscribers.get(key)?.entry)?.last_running
    }

    /// The plan of a follower: what it lists when.
    pub(super) fn plan(&mut self, key: SubscriberKey) -> Option<&mut Follow> {
        self.follower(key).map(|follower| &mut follower.plan)
    }

    fn follower(&mut self, key: SubscriberKey) -> Option<&mut Follower<J>> {
        self.subscribers.get_mut(key)?.follower.as_deref_mut()
    }

    /// Sets the time at which the subscriber is woken if it waits; `None` cancels this.
    pub(super) fn wake_at(&mut self, key: SubscriberKey, time: Option<i64>) {
        if let Some(subscriber) = self.subscribers.get_mut(key) {
            subscriber.wakes_at = time.unwrap_or(NOT_DUE);
            subscriber.timer_has_fired = false;
            if let Some(time) = time {
                self.heap.push(Reverse((time, Due::Timer(key))));
            }
        }
    }

    /// Wakes a waiting subscriber, which becomes the leader.
    pub(super) fn wake_another(&self) {
        if let Some(waker) = self.subscribers.iter().find_map(|(_, subscriber)| subscriber.waker.as_ref()) {
            waker.wake_by_ref();
        }
    }

    /// Whether this subscriber waits.
    pub(super) fn is_waiting(&self, key: SubscriberKey) -> bool {
        self.subscribers.get(key).is_some_and(|subscriber| subscriber.waker.is_some())
    }

    /// Wakes a waiting subscriber.
    pub(super) fn wake(&mut self, key: SubscriberKey) {
        if let Some(waker) = self.subscribers.get(key).and_then(|subscriber| subscriber.waker.as_ref()) {
            waker.wake_by_ref();
            self.yields = true;
        }
    }
}
