//! What failures do: which of them end a subscriber's wait, how long they hold its polls back, and which a call reports that is
//! cut short.

use std::rc::Rc;

use super::board::Board;
use super::parts::{Listing, Moment, NOT_DUE, Task};
use super::slab::Key;
use crate::core::error::Error;
use crate::core::json_view::JsonView;
use crate::core::outcome::policy;
use crate::core::poll::millis;

impl<J: JsonView> Board<J> {
    /// A poll of these sessions has failed. Subscribers that have not seen their session are given the error; the others
    /// once their streak of failures ends the wait.
    pub(super) fn failed(&mut self, keys: &[Key], error: &Error, moment: Moment<'_>) {
        self.report_to_all(keys, &Rc::new(error.clone()));
        let policy = &moment.config.rate_limit_retry;
        let due = moment.now.saturating_add(self.interval_ms(moment));
        for key in keys {
            let Some(entry) = self.entries.get_mut(*key) else { continue };
            (entry.asked, entry.due) = (false, NOT_DUE);
            for watcher in &*entry.watchers {
                let Some(watcher) = self.watchers.get_mut(*watcher) else { continue };
                let Some(waker) = &watcher.waker else { continue };
                if !watcher.has_begun || watcher.failures.ends_with(error, policy, moment.now) {
                    watcher.error = Some(error.clone());
                    waker.wake_by_ref();
                    self.gives_way = true;
                }
            }
            self.rest(*key, error, moment);
            self.look_by(*key, due);
        }
    }

    /// The activities could not be listed.
    pub(super) fn failed_to_list(&mut self, listing: &Listing, error: &Error, moment: Moment<'_>) {
        let askers = self.askers(listing);
        self.report_to(&askers, &Rc::new(error.clone()));
        for key in askers {
            if let Some(follower) = self.watchers.get_mut(key).and_then(|watcher| watcher.follower.as_mut()) {
                follower.asked = None;
            }
            if self.is_ended_by(key, error, moment) {
                if let Some(watcher) = self.watchers.get_mut(key) {
                    watcher.error = Some(error.clone());
                }
                self.wake(key);
            }
        }
        self.rest(listing.entry, error, moment);
        self.schedule_unasked(listing.entry, moment);
    }

    /// A follower could not read its activities. Returns whether that ends its wait; if not, the activities are listed after
    /// the next poll.
    fn is_ended_by(&mut self, key: Key, error: &Error, moment: Moment<'_>) -> bool {
        let follower = self.watchers.get_mut(key).and_then(|watcher| watcher.follower.as_mut());
        let Some(follower) = follower else { return true };
        follower.plan.check_again();
        follower.failures.ends_with(error, &moment.config.rate_limit_retry, moment.now)
    }

    /// The same for a page that the follower asked for by itself.
    pub(super) fn failed_to_read(&mut self, key: Key, error: &Error, moment: Moment<'_>) -> bool {
        if self.is_ended_by(key, error, moment) {
            return true;
        }
        if let Some(entry) = self.watchers.get(key).map(|watcher| watcher.entry) {
            self.rest(entry, error, moment);
        }
        false
    }

    /// The session was deleted from here: that it is not found is no surprise to its subscribers.
    pub(super) fn expect_not_found(&mut self, id: &str) {
        let Ok(key) = self.find(id) else { return };
        for key in self.entries.get(key).map_or(&[][..], |entry| &*entry.watchers) {
            if let Some(watcher) = self.watchers.get_mut(*key) {
                watcher.failures.exhaust();
            }
        }
    }

    /// An attempt of the task has failed: the calls that wait for it may be cut short before it succeeds.
    pub(super) fn report(&self, task: &Task, error: &Rc<Error>) {
        match task {
            Task::Look(key) => self.report_to_all(&[*key], error),
            Task::List(keys, _) => self.report_to_all(keys, error),
            Task::Activities(listing) => self.report_to(&self.askers(listing), error),
        }
    }

    /// Polls of these sessions fail by this.
    fn report_to_all(&self, keys: &[Key], error: &Rc<Error>) {
        for entry in keys.iter().filter_map(|key| self.entries.get(*key)) {
            self.report_to(&entry.watchers, error);
        }
    }

    /// Requests for these watchers fail by this.
    fn report_to(&self, watchers: &[Key], error: &Rc<Error>) {
        for watcher in watchers.iter().filter_map(|key| self.watchers.get(*key)) {
            watcher.context.iter().for_each(|context| context.failed(error));
        }
    }

    /// The service asks to be left alone for so long. Whoever gives a request up meanwhile does not ask anew before.
    pub(super) fn leave_alone(&mut self, id: Option<&str>, wait: u64, moment: Moment<'_>) {
        let until = moment.now.saturating_add(millis(wait));
        let only = id.map(|id| self.find(id).ok());
        for (key, entry) in self.entries.iter_mut() {
            if only.is_none_or(|only| only == Some(key)) {
                entry.rests_until = entry.rests_until.max(until);
            }
        }
    }

    /// The session is left alone for as long as the service asks; until then. What is asked beyond all patience is told,
    /// and whoever comes after that finds out for himself.
    fn rest(&mut self, key: Key, error: &Error, moment: Moment<'_>) {
        let asked = policy::throttled_ms(error, &moment.config.rate_limit_retry);
        let until = moment.now.saturating_add(millis(asked.unwrap_or(0)));
        if let Some(entry) = self.entries.get_mut(key) {
            entry.rests_until = entry.rests_until.max(until);
        }
    }
}
