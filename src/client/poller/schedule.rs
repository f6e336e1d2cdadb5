//! What is to be asked when, and whom an answer concerns.

use std::cmp::Reverse;
use std::rc::Rc;

use super::board::Board;
use super::parts::{Due, Found, Listed, Listing, Moment, NEVER, NOT_DUE, Task, Watcher};
use super::slab::Key;
use crate::client::call_context::is_of_activities;
use crate::core::activity::Activity;
use crate::core::follow::Round;
use crate::core::json_view::JsonView;
use crate::core::options::Config;
use crate::core::page::Page;
use crate::core::poll::{self, APART, PAGE, millis};

impl<J: JsonView> Board<J> {
    pub(super) fn interval_ms(&self, moment: Moment<'_>) -> i64 {
        millis(poll::interval_ms(moment.config, moment.hidden))
    }

    /// The session is to be looked at by this time, if somebody waits for it.
    pub(super) fn look_by(&mut self, key: Key, time: i64) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        if entry.waiting > 0 && time < entry.due {
            entry.due = time;
            self.heap.push(Reverse((time, Due::Look(key))));
        }
    }

    /// The session is to be looked at an interval after the answer to the last look, earlier if it is not alone, or soon if it
    /// was changed from here since.
    pub(super) fn schedule(&mut self, key: Key, moment: Moment<'_>) {
        let interval = self.interval_ms(moment);
        let turns = poll::turns_ms(moment.config, self.following, self.active);
        let Some(entry) = self.entries.get_mut(key) else { return };
        entry.due = NOT_DUE;
        let in_company = entry.is_followed() || entry.by_list;
        let took = entry.answered_at.saturating_sub(entry.looked_at);
        let pause = if in_company { poll::pause_in_company_ms(interval, took, turns) } else { interval };
        let mut due = entry.answered_at.saturating_add(pause);
        if entry.poked_at >= entry.looked_at && entry.poked_at != NEVER {
            due = due.min(entry.poked_at.saturating_add(millis(poll::soon_ms(moment.config))));
        }
        self.look_by(key, due.max(moment.now));
    }

    /// The session was changed from here: the next look comes soon.
    pub(super) fn poke(&mut self, id: &str, moment: Moment<'_>) {
        let Ok(key) = self.find(id) else { return };
        if let Some(entry) = self.entries.get_mut(key) {
            entry.poked_at = moment.now;
        }
        self.look_by(key, moment.now.saturating_add(millis(poll::soon_ms(moment.config))));
        self.wake_leader();
    }

    /// The page is seen again: what would have been due by now is due.
    pub(super) fn reschedule_all(&mut self, moment: Moment<'_>) {
        let waiting: Vec<Key> =
            self.entries.iter().filter(|(_, entry)| entry.waiting > 0 && !entry.asked).map(|(key, _)| key).collect();
        waiting.into_iter().for_each(|key| self.schedule(key, moment));
    }

    pub(super) fn wake_leader(&mut self) {
        match self.leader {
            Some(leader) if self.is_waiting(leader) => self.wake(leader),
            _ => self.wake_another(),
        }
    }

    /// Makes tasks of what is due.
    pub(super) fn queue_due(&mut self, moment: Moment<'_>) {
        let mut due = Vec::new();
        while let Some(Reverse((time, what))) = self.heap.peek().copied() {
            if time > moment.now {
                break;
            }
            self.heap.pop();
            match what {
                Due::Look(key) => {
                    let Some(entry) = self.entries.get_mut(key).filter(|entry| entry.due == time) else { continue };
                    entry.due = NOT_DUE;
                    let rests_until = entry.rests_until;
                    if rests_until > moment.now {
                        self.look_by(key, rests_until);
                        continue;
                    }
                    // The end of what is under way says when the next look is due.
                    if !entry.asked && !self.is_listed_for_all(key) {
                        due.push(key);
                    }
                }
                Due::Time(key) => {
                    let watcher = self.watchers.get_mut(key).filter(|watcher| watcher.wakes_at == time);
                    if let Some(watcher) = watcher {
                        (watcher.wakes_at, watcher.is_time) = (NOT_DUE, true);
                        self.wake(key);
                    }
                }
            }
        }
        let pages = if due.is_empty() { 0 } else { self.pages_worthwhile(&due, moment) };
        due.iter().for_each(|key| self.set_asked(*key));
        let by_list = |place: u32| place < pages.saturating_mul(PAGE);
        let is_listed = |board: &Self, key: &Key| board.entries.get(*key).is_some_and(|entry| by_list(entry.place));
        let (listed, single): (Vec<Key>, Vec<Key>) = due.into_iter().partition(|key| is_listed(self, key));
        if !listed.is_empty() {
            // The list shows also those whose time has not come; they are spared a request of their own.
            let mut scope = listed;
            for (key, entry) in self.entries.iter_mut() {
                let is_free = !entry.asked && entry.rests_until <= moment.now;
                if entry.waiting > 0 && is_free && by_list(entry.place) {
                    (entry.due, entry.asked) = (NOT_DUE, true);
                    scope.push(key);
                }
            }
            self.lists = self.lists.wrapping_add(1);
            if self.lists % poll::LISTS_BETWEEN_SPOT_CHECKS == 0 {
                // Another one each time.
                let turn = (self.lists / poll::LISTS_BETWEEN_SPOT_CHECKS) as usize % scope.len();
                self.ready.push_back(Task::Look(scope.swap_remove(turn)));
            }
            self.ready.push_back(Task::List(scope, pages));
        }
        self.ready.extend(single.into_iter().map(Task::Look));
    }

    fn set_asked(&mut self, key: Key) {
        if let Some(entry) = self.entries.get_mut(key) {
            (entry.due, entry.asked) = (NOT_DUE, true);
        }
    }

    /// Whether all who wait for this session have its activities on their way. What they bring comes before another look.
    fn is_listed_for_all(&self, key: Key) -> bool {
        let watchers = self.entries.get(key).map_or(&[][..], |entry| &*entry.watchers);
        let waiting =
            watchers.iter().filter_map(|key| self.watchers.get(*key)).filter(|watcher| watcher.waker.is_some());
        waiting.into_iter().all(|watcher| watcher.follower.as_ref().is_some_and(|of| of.is_served_soon()))
    }

    /// How many pages of the list are to be asked for, now that some are `due`: what is due soon counts as well, since the list
    /// would spare its request. What was just looked at is no reason to ask for a page.
    fn pages_worthwhile(&self, due: &[Key], moment: Moment<'_>) -> u32 {
        if self.listable < 2 || moment.now < self.lists_from {
            return 0;
        }
        let soon = moment.now.saturating_add(self.interval_ms(moment) / 2);
        let next = self.entries.iter().filter(|(_, entry)| entry.waiting > 0 && !entry.asked && entry.due <= soon);
        let due = due.iter().filter_map(|key| self.entries.get(*key));
        poll::pages_worthwhile(next.map(|(_, entry)| entry).chain(due).map(|entry| entry.place))
    }

    /// The next task, if it is its turn.
    pub(super) fn next_task(&mut self, moment: Moment<'_>) -> Option<Task> {
        while let Some(task) = self.ready.pop_front() {
            if self.is_wanted(&task) {
                self.ready.push_front(task);
                break;
            }
            self.give_up(&task);
        }
        if self.turn_ms(moment.config)? > moment.now {
            return None;
        }
        self.begun_at = moment.now;
        self.ready.pop_front()
    }

    /// When the next task may begin.
    fn turn_ms(&self, config: &Config) -> Option<i64> {
        self.ready.front()?;
        Some(self.begun_at.saturating_add(millis(poll::spacing_ms(config, self.active))))
    }

    /// When there is something to do next.
    pub(super) fn next_wake(&mut self, config: &Config) -> Option<i64> {
        while let Some(Reverse((time, what))) = self.heap.peek().copied() {
            let is_stale = match what {
                Due::Look(key) => self.entries.get(key).is_none_or(|entry| entry.due != time),
                Due::Time(key) => self.watchers.get(key).is_none_or(|watcher| watcher.wakes_at != time),
            };
            if !is_stale {
                break;
            }
            self.heap.pop();
        }
        let due = self.heap.peek().map(|Reverse((time, _))| *time);
        due.into_iter().chain(self.turn_ms(config)).min()
    }

    /// Notes what a look at this session alone has found.
    pub(super) fn looked_alone(&mut self, key: Key, begun: i64, found: Found<J>, moment: Moment<'_>) {
        self.was_alone(key);
        self.looked(key, begun, found, false, moment);
    }

    /// Notes what a list has shown of this session.
    pub(super) fn looked_by_list(&mut self, key: Key, begun: i64, found: Found<J>, moment: Moment<'_>) {
        self.looked(key, begun, found, true, moment);
    }

    /// Notes what a look has found that began at `begun`, and whom it concerns.
    fn looked(&mut self, key: Key, begun: i64, found: Found<J>, by_list: bool, moment: Moment<'_>) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        (entry.asked, entry.due, entry.by_list) = (false, NOT_DUE, by_list);
        (entry.looked_at, entry.answered_at) = (begun, moment.now);
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
            entry.went_on = Some(entry.sight());
        }
        let mut is_late = false;
        for watcher in &*entry.watchers {
            let Some(watcher) = self.watchers.get_mut(*watcher) else { continue };
            watcher.failures.reset();
            watcher.has_begun = true;
            watcher.context.iter().for_each(|context| context.recovered(|url| !is_of_activities(url)));
            let Some(waker) = &watcher.waker else { continue };
            if watcher.joined_at > begun {
                is_late = true;
            } else if watcher.follower.is_none() && watcher.has_news_of(entry) {
                waker.wake_by_ref();
                self.gives_way = true;
            }
        }
        if is_late {
            self.look_by(key, moment.now);
        } else {
            self.schedule(key, moment);
        }
        self.list_activities(key, moment);
    }

    /// Has the activities of a session listed for those of its followers who are to read them after the last look.
    pub(super) fn list_activities(&mut self, key: Key, moment: Moment<'_>) {
        if self.following == 0 {
            return;
        }
        let Some(entry) = self.entries.get(key).filter(|entry| entry.rests_until <= moment.now) else { return };
        let sight = entry.sight();
        let watchers = entry.watchers.to_vec();
        for watcher_key in watchers {
            let Some(watcher) = self.watchers.get_mut(watcher_key) else { continue };
            let is_for_it = watcher.waker.is_some() && watcher.joined_at <= sight.at_ms;
            let Some(follower) = watcher.follower.as_mut().filter(|_| is_for_it) else { continue };
            let can_wait = follower.asked.as_ref().map(|listing| listing.request.is_routine);
            if can_wait == Some(false) || follower.page.is_some() {
                continue;
            }
            let Some(round) = follower.plan.wants(&sight) else { continue };
            // What is new does not wait for what can.
            match can_wait {
                Some(_) if round == Round::RoutineCheck => continue,
                Some(_) => self.is_superseded = true,
                None => {}
            }
            let narrow = follower.narrow.as_ref().filter(|_| round == Round::Narrow);
            let mut request = narrow.unwrap_or(&follower.request).clone();
            request.is_routine = round == Round::RoutineCheck;
            let listing = Listing { entry: key, sight, request };
            let is_new = self.askers(&listing).is_empty();
            if let Some(follower) = self.watchers.get_mut(watcher_key).and_then(|watcher| watcher.follower.as_mut()) {
                follower.asked = Some(listing.clone());
            }
            if is_new {
                self.ready.push_back(Task::Activities(listing));
            }
        }
    }

    /// Gives a page of activities to those who have asked for it.
    pub(super) fn deliver(&mut self, listing: &Listing, page: Page<Activity<J>>, moment: Moment<'_>) {
        let page = Rc::new(page);
        for key in self.askers(listing) {
            if let Some(Watcher { follower: Some(follower), context, .. }) = self.watchers.get_mut(key) {
                follower.asked = None;
                follower.failures.reset();
                context.iter().for_each(|context| context.recovered(|_| true));
                let (sight, request) = (listing.sight, listing.request.clone());
                follower.page = Some(Listed { sight, request, page: Rc::clone(&page) });
            }
            self.wake(key);
        }
        self.schedule_unasked(listing.entry, moment);
    }

    pub(super) fn schedule_unasked(&mut self, key: Key, moment: Moment<'_>) {
        if self.entries.get(key).is_some_and(|entry| !entry.asked) {
            self.schedule(key, moment);
        }
    }

    /// A session was found at this place of the list.
    pub(super) fn found(&mut self, key: Key, place: u32) {
        self.put(key, place, true);
    }

    /// A list that began at `begun` has shown of this session what was before what a look had seen. If that look was long
    /// before, then what the list shows of the others may be as old: all are asked for by themselves for a while.
    pub(super) fn found_behind(&mut self, key: Key, begun: i64, moment: Moment<'_>) {
        let interval = self.interval_ms(moment);
        let Some(entry) = self.entries.get(key) else { return };
        if begun - entry.looked_at >= interval / 2 {
            self.avoid_lists(moment);
        }
    }

    /// Lists are not to be relied on now: all sessions are polled one by one for a while.
    pub(super) fn avoid_lists(&mut self, moment: Moment<'_>) {
        let span = self.interval_ms(moment).saturating_mul(i64::from(poll::LOOKS_ALONE));
        self.lists_from = moment.now.saturating_add(span);
    }

    /// A session was not found among the first `seen` of the list, which is longer or not.
    pub(super) fn missed(&mut self, key: Key, seen: u32, is_longer: bool) {
        let Some(entry) = self.entries.get(key) else { return };
        // One that was there has left the list; one that never was may be further down.
        let place = if is_longer && !entry.is_listed { seen } else { APART };
        self.put(key, place, false);
    }

    fn put(&mut self, key: Key, place: u32, is_listed: bool) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        if entry.waiting > 0 {
            self.listable += u32::from(place != APART);
            self.listable -= u32::from(entry.place != APART);
        }
        (entry.place, entry.is_listed, entry.alone) = (place, is_listed, 0);
    }

    /// A session that was not in the list is looked for there again after some looks: it may have been too young for it,
    /// or have been archived for a while.
    fn was_alone(&mut self, key: Key) {
        let Some(entry) = self.entries.get_mut(key).filter(|entry| entry.place == APART) else { return };
        entry.alone += 1;
        if entry.alone >= poll::LOOKS_ALONE {
            self.put(key, 0, false);
        }
    }

    /// Asks for a session by itself that the list did not show.
    pub(super) fn ask_alone(&mut self, key: Key) {
        self.ready.push_back(Task::Look(key));
    }
}
