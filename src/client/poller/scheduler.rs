//! The scheduler: which task is due when, and which subscribers a result concerns.

use std::cmp::Reverse;
use std::rc::Rc;

use super::event::ListedPage;
use super::keys::SessionKey;
use super::moment::{Moment, NEVER, NOT_DUE};
use super::poll_result::PollResult;
use super::registry::Registry;
use super::subscriber::Subscriber;
use super::task::{Due, Listing, Task};
use crate::client::call_context::is_of_activities;
use crate::core::activity::Activity;
use crate::core::follow::Round;
use crate::core::json_view::JsonView;
use crate::core::options::Config;
use crate::core::page::{MAX_PAGE_SIZE, Page};
use crate::core::poll::{self, UNLISTED, millis};

impl<J: JsonView> Registry<J> {
    pub(super) fn interval_ms(&self, moment: Moment<'_>) -> i64 {
        millis(poll::interval_ms(moment.config, moment.hidden))
    }

    /// Schedules a poll of the session at this time or earlier, if a subscriber waits.
    pub(super) fn poll_by(&mut self, key: SessionKey, time: i64) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        if entry.waiting > 0 && time < entry.due {
            entry.due = time;
            self.heap.push(Reverse((time, Due::Poll(key))));
        }
    }

    /// Schedules the next poll of the session: one interval after the last response; earlier if it is polled in a group; soon if
    /// this client has changed it since.
    pub(super) fn schedule(&mut self, key: SessionKey, moment: Moment<'_>) {
        let interval = self.interval_ms(moment);
        let turns = poll::turns_ms(moment.config, self.following, self.active);
        let Some(entry) = self.entries.get_mut(key) else { return };
        entry.due = NOT_DUE;
        let in_group = entry.is_followed() || entry.by_list;
        let took = entry.answered_at.saturating_sub(entry.polled_at);
        let pause = if in_group { poll::group_pause_ms(interval, took, turns) } else { interval };
        let mut due = entry.answered_at.saturating_add(pause);
        if entry.expedited_at >= entry.polled_at && entry.expedited_at != NEVER {
            due = due.min(entry.expedited_at.saturating_add(millis(poll::expedited_ms(moment.config))));
        }
        self.poll_by(key, due.max(moment.now));
    }

    /// This client has changed the session: it is polled soon.
    pub(super) fn expedite(&mut self, id: &str, moment: Moment<'_>) {
        let Ok(key) = self.find(id) else { return };
        if let Some(entry) = self.entries.get_mut(key) {
            entry.expedited_at = moment.now;
        }
        self.poll_by(key, moment.now.saturating_add(millis(poll::expedited_ms(moment.config))));
        self.wake_leader();
    }

    /// The page is visible again: polls that would have been due are due.
    pub(super) fn reschedule_all(&mut self, moment: Moment<'_>) {
        let waiting: Vec<SessionKey> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.waiting > 0 && !entry.requested)
            .map(|(key, _)| key)
            .collect();
        waiting.into_iter().for_each(|key| self.schedule(key, moment));
    }

    pub(super) fn wake_leader(&mut self) {
        match self.leader {
            Some(leader) if self.is_waiting(leader) => self.wake(leader),
            _ => self.wake_another(),
        }
    }

    /// Creates tasks for due polls.
    pub(super) fn queue_due(&mut self, moment: Moment<'_>) {
        let mut due = Vec::new();
        while let Some(Reverse((time, what))) = self.heap.peek().copied() {
            if time > moment.now {
                break;
            }
            self.heap.pop();
            match what {
                Due::Poll(key) => {
                    let Some(entry) = self.entries.get_mut(key).filter(|entry| entry.due == time) else { continue };
                    entry.due = NOT_DUE;
                    let throttled_until = entry.throttled_until;
                    if throttled_until > moment.now {
                        self.poll_by(key, throttled_until);
                        continue;
                    }
                    // A request in flight schedules the next poll at its end.
                    if !entry.requested && !self.all_await_activities(key) {
                        due.push(key);
                    }
                }
                Due::Timer(key) => {
                    let subscriber = self.subscribers.get_mut(key).filter(|subscriber| subscriber.wakes_at == time);
                    if let Some(subscriber) = subscriber {
                        (subscriber.wakes_at, subscriber.timer_has_fired) = (NOT_DUE, true);
                        self.wake(key);
                    }
                }
            }
        }
        let pages = if due.is_empty() { 0 } else { self.pages_worthwhile(&due, moment) };
        due.iter().for_each(|key| self.set_requested(*key));
        let by_list = |position: u32| position < pages.saturating_mul(MAX_PAGE_SIZE);
        let is_listed =
            |registry: &Self, key: &SessionKey| registry.entries.get(*key).is_some_and(|entry| by_list(entry.position));
        let (listed, single): (Vec<SessionKey>, Vec<SessionKey>) =
            due.into_iter().partition(|key| is_listed(self, key));
        if !listed.is_empty() {
            // The list also contains sessions that are not due yet, which then need no request of their own.
            let mut scope = listed;
            for (key, entry) in self.entries.iter_mut() {
                let is_free = !entry.requested && entry.throttled_until <= moment.now;
                if entry.waiting > 0 && is_free && by_list(entry.position) {
                    (entry.due, entry.requested) = (NOT_DUE, true);
                    scope.push(key);
                }
            }
            self.lists = self.lists.wrapping_add(1);
            if self.lists % poll::LISTS_BETWEEN_SPOT_CHECKS == 0 {
                // A different one each time.
                let turn = (self.lists / poll::LISTS_BETWEEN_SPOT_CHECKS) as usize % scope.len();
                self.ready.push_back(Task::Poll(scope.swap_remove(turn)));
            }
            self.ready.push_back(Task::List(scope, pages));
        }
        self.ready.extend(single.into_iter().map(Task::Poll));
    }

    fn set_requested(&mut self, key: SessionKey) {
        if let Some(entry) = self.entries.get_mut(key) {
            (entry.due, entry.requested) = (NOT_DUE, true);
        }
    }

    /// Whether all waiting subscribers of this session wait for activities in flight. These have priority over another poll.
    fn all_await_activities(&self, key: SessionKey) -> bool {
        let subscribers = self.entries.get(key).map_or(&[][..], |entry| &*entry.subscribers);
        let waiting = subscribers
            .iter()
            .filter_map(|key| self.subscribers.get(*key))
            .filter(|subscriber| subscriber.waker.is_some());
        waiting.into_iter().all(|subscriber| subscriber.follower.as_ref().is_some_and(|of| of.awaits_new()))
    }

    /// How many pages of the list are worthwhile for the `due` sessions. Sessions that are due soon count too, since the list saves
    /// their requests; those that were just polled do not.
    fn pages_worthwhile(&self, due: &[SessionKey], moment: Moment<'_>) -> u32 {
        if self.listable < 2 || moment.now < self.lists_allowed_from {
            return 0;
        }
        let soon = moment.now.saturating_add(self.interval_ms(moment) / 2);
        let next = self.entries.iter().filter(|(_, entry)| entry.waiting > 0 && !entry.requested && entry.due <= soon);
        let due = due.iter().filter_map(|key| self.entries.get(*key));
        poll::pages_worthwhile(next.map(|(_, entry)| entry).chain(due).map(|entry| entry.position))
    }

    /// The next task, if it may start now.
    pub(super) fn next_task(&mut self, moment: Moment<'_>) -> Option<Task> {
        while let Some(task) = self.ready.pop_front() {
            if self.awaits(&task) {
                self.ready.push_front(task);
                break;
            }
            self.abandon(&task);
        }
        if self.next_task_at(moment.config)? > moment.now {
            return None;
        }
        self.last_task_at = moment.now;
        self.ready.pop_front()
    }

    /// When the next task may start.
    fn next_task_at(&self, config: &Config) -> Option<i64> {
        self.ready.front()?;
        Some(self.last_task_at.saturating_add(millis(poll::spacing_ms(config, self.active))))
    }

    /// When the driver has to run next.
    pub(super) fn next_wake(&mut self, config: &Config) -> Option<i64> {
        while let Some(Reverse((time, what))) = self.heap.peek().copied() {
            let is_stale = match what {
                Due::Poll(key) => self.entries.get(key).is_none_or(|entry| entry.due != time),
                Due::Timer(key) => self.subscribers.get(key).is_none_or(|subscriber| subscriber.wakes_at != time),
            };
            if !is_stale {
                break;
            }
            self.heap.pop();
        }
        let due = self.heap.peek().map(|Reverse((time, _))| *time);
        due.into_iter().chain(self.next_task_at(config)).min()
    }

    /// Records the result of a poll of this session alone.
    pub(super) fn polled_singly(&mut self, key: SessionKey, begun: i64, found: PollResult<J>, moment: Moment<'_>) {
        self.count_single_poll(key);
        self.polled(key, begun, found, false, moment);
    }

    /// Records the result of a list for this session.
    pub(super) fn polled_by_list(&mut self, key: SessionKey, begun: i64, found: PollResult<J>, moment: Moment<'_>) {
        self.polled(key, begun, found, true, moment);
    }

    /// Records the result of a poll that started at `begun`, and wakes the subscribers that it concerns.
    fn polled(&mut self, key: SessionKey, begun: i64, found: PollResult<J>, by_list: bool, moment: Moment<'_>) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        (entry.requested, entry.due, entry.by_list) = (false, NOT_DUE, by_list);
        (entry.polled_at, entry.answered_at) = (begun, moment.now);
        let has_changed = entry.version == 0
            || entry.state != found.state
            || entry.raw_state != found.raw_state
            || entry.update_time != found.update_time
            || found.session.as_ref().is_some_and(|new| {
                entry.session.as_ref().is_some_and(|(_, old)| !Rc::ptr_eq(old, new) && !old.is_same(new))
            });
        if has_changed {
            entry.version = entry.version.wrapping_add(1).max(1);
        }
        (entry.state, entry.raw_state, entry.update_time) = (found.state, found.raw_state, found.update_time);
        if let Some(session) = found.session {
            entry.session = Some((begun, session));
        }
        if !entry.state.is_terminal() {
            entry.last_running = Some(entry.snapshot());
        }
        let mut is_late = false;
        for subscriber in &*entry.subscribers {
            let Some(subscriber) = self.subscribers.get_mut(*subscriber) else { continue };
            subscriber.failures.reset();
            subscriber.has_seen_session = true;
            subscriber.context.iter().for_each(|context| context.recovered(|url| !is_of_activities(url)));
            let Some(waker) = &subscriber.waker else { continue };
            if subscriber.subscribed_at > begun {
                is_late = true;
            } else if subscriber.follower.is_none() && subscriber.has_event_of(entry) {
                waker.wake_by_ref();
                self.yields = true;
            }
        }
        if is_late {
            self.poll_by(key, moment.now);
        } else {
            self.schedule(key, moment);
        }
        self.list_activities(key, moment);
    }

    /// Queues lists of activities for the followers of a session that need one after the last poll.
    pub(super) fn list_activities(&mut self, key: SessionKey, moment: Moment<'_>) {
        if self.following == 0 {
            return;
        }
        let Some(entry) = self.entries.get(key).filter(|entry| entry.throttled_until <= moment.now) else { return };
        let snapshot = entry.snapshot();
        let subscribers = entry.subscribers.to_vec();
        for subscriber_key in subscribers {
            let Some(subscriber) = self.subscribers.get_mut(subscriber_key) else { continue };
            let is_for_it = subscriber.waker.is_some() && subscriber.subscribed_at <= snapshot.at_ms;
            let Some(follower) = subscriber.follower.as_mut().filter(|_| is_for_it) else { continue };
            let can_wait = follower.pending.as_ref().map(|listing| listing.request.is_routine);
            if can_wait == Some(false) || follower.page.is_some() {
                continue;
            }
            let Some(round) = follower.plan.next_round(&snapshot) else { continue };
            // New activities do not wait for a routine check.
            match can_wait {
                Some(_) if round == Round::RoutineCheck => continue,
                Some(_) => self.is_superseded = true,
                None => {}
            }
            let narrow = follower.narrow.as_ref().filter(|_| round == Round::Narrow);
            let mut request = narrow.unwrap_or(&follower.request).clone();
            request.is_routine = round == Round::RoutineCheck;
            let listing = Listing { entry: key, snapshot, request };
            let is_new = self.requesters(&listing).is_empty();
            if let Some(follower) =
                self.subscribers.get_mut(subscriber_key).and_then(|subscriber| subscriber.follower.as_mut())
            {
                follower.pending = Some(listing.clone());
            }
            if is_new {
                self.ready.push_back(Task::Activities(listing));
            }
        }
    }

    /// Passes a page of activities to the subscribers that requested it.
    pub(super) fn deliver(&mut self, listing: &Listing, page: Page<Activity<J>>, moment: Moment<'_>) {
        let page = Rc::new(page);
        for key in self.requesters(listing) {
            if let Some(Subscriber { follower: Some(follower), context, .. }) =
                self.subscribers.get_mut(key).map(Box::as_mut)
            {
                follower.pending = None;
                follower.failures.reset();
                context.iter().for_each(|context| context.recovered(|_| true));
                let (snapshot, request) = (listing.snapshot, listing.request.clone());
                follower.page = Some(ListedPage { snapshot, request, page: Rc::clone(&page) });
            }
            self.wake(key);
        }
        self.schedule_unless_requested(listing.entry, moment);
    }

    pub(super) fn schedule_unless_requested(&mut self, key: SessionKey, moment: Moment<'_>) {
        if self.entries.get(key).is_some_and(|entry| !entry.requested) {
            self.schedule(key, moment);
        }
    }

    /// A session was found at this position of the list.
    pub(super) fn found(&mut self, key: SessionKey, position: u32) {
        self.set_position(key, position, true);
    }

    /// A list that started at `begun` contained an older state of this session than an earlier poll. If that poll was long before,
    /// the list may be as old for all sessions: they are polled singly for a while.
    pub(super) fn found_outdated(&mut self, key: SessionKey, begun: i64, moment: Moment<'_>) {
        let interval = self.interval_ms(moment);
        let Some(entry) = self.entries.get(key) else { return };
        if begun - entry.polled_at >= interval / 2 {
            self.avoid_lists(moment);
        }
    }

    /// Lists are not reliable now: all sessions are polled singly for a while.
    pub(super) fn avoid_lists(&mut self, moment: Moment<'_>) {
        let span = self.interval_ms(moment).saturating_mul(i64::from(poll::SINGLE_POLLS));
        self.lists_allowed_from = moment.now.saturating_add(span);
    }

    /// A session was not found among the first `seen` entries of the list. `is_longer`: whether the list has more.
    pub(super) fn missed(&mut self, key: SessionKey, seen: u32, is_longer: bool) {
        let Some(entry) = self.entries.get(key) else { return };
        // A session that was in the list has left it; another one may be further down.
        let position = if is_longer && !entry.is_listed { seen } else { UNLISTED };
        self.set_position(key, position, false);
    }

    fn set_position(&mut self, key: SessionKey, position: u32, is_listed: bool) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        if entry.waiting > 0 {
            self.listable += u32::from(position != UNLISTED);
            self.listable -= u32::from(entry.position != UNLISTED);
        }
        (entry.position, entry.is_listed, entry.single_polls) = (position, is_listed, 0);
    }

    /// Counts polls of a session that is not in the list, and searches for it there again after some of them: it may have been too
    /// new, or archived for a while.
    fn count_single_poll(&mut self, key: SessionKey) {
        let Some(entry) = self.entries.get_mut(key).filter(|entry| entry.position == UNLISTED) else { return };
        entry.single_polls += 1;
        if entry.single_polls >= poll::SINGLE_POLLS {
            self.set_position(key, 0, false);
        }
    }

    /// Polls a session singly that was not in the list.
    pub(super) fn poll_singly(&mut self, key: SessionKey) {
        self.ready.push_back(Task::Poll(key));
    }
}
