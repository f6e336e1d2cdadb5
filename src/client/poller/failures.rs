//! Failures: which of them end a subscriber's wait, how long they throttle its polls, and which are the cause of a timeout or
//! abort.

use std::rc::Rc;

use super::keys::{SessionKey, SubscriberKey};
use super::moment::{Moment, NOT_DUE};
use super::registry::Registry;
use super::task::{Listing, Task};
use crate::core::error::Error;
use crate::core::json_view::JsonView;
use crate::core::outcome::policy;
use crate::core::poll::millis;

impl<J: JsonView> Registry<J> {
    /// A poll of these sessions has failed. Subscribers that have not seen their session get the error; the others only when their
    /// streak of failures ends the wait.
    pub(super) fn failed(&mut self, keys: &[SessionKey], error: &Error, moment: Moment<'_>) {
        self.report_to_all(keys, &Rc::new(error.clone()));
        let policy = &moment.config.rate_limit_retry;
        let due = moment.now.saturating_add(self.interval_ms(moment));
        for key in keys {
            let Some(entry) = self.entries.get_mut(*key) else { continue };
            (entry.requested, entry.due) = (false, NOT_DUE);
            for subscriber in &*entry.subscribers {
                let Some(subscriber) = self.subscribers.get_mut(*subscriber) else { continue };
                let Some(waker) = &subscriber.waker else { continue };
                if !subscriber.has_seen_session || subscriber.failures.ends_with(error, policy, moment.now) {
                    subscriber.error = Some(error.clone());
                    waker.wake_by_ref();
                    self.yields = true;
                }
            }
            self.throttle_entry(*key, error, moment);
            self.poll_by(*key, due);
        }
    }

    /// The activities could not be listed.
    pub(super) fn failed_to_list(&mut self, listing: &Listing, error: &Error, moment: Moment<'_>) {
        let requesters = self.requesters(listing);
        self.report_to(&requesters, &Rc::new(error.clone()));
        for key in requesters {
            if let Some(follower) = self.subscribers.get_mut(key).and_then(|subscriber| subscriber.follower.as_mut()) {
                follower.pending = None;
            }
            if self.is_ended_by(key, error, moment) {
                if let Some(subscriber) = self.subscribers.get_mut(key) {
                    subscriber.error = Some(error.clone());
                }
                self.wake(key);
            }
        }
        self.throttle_entry(listing.entry, error, moment);
        self.schedule_unless_requested(listing.entry, moment);
    }

    /// A follower could not list its activities. Returns whether that ends its wait; if not, they are listed after the next poll.
    fn is_ended_by(&mut self, key: SubscriberKey, error: &Error, moment: Moment<'_>) -> bool {
        let follower = self.subscribers.get_mut(key).and_then(|subscriber| subscriber.follower.as_mut());
        let Some(follower) = follower else { return true };
        follower.plan.check_again();
        follower.failures.ends_with(error, &moment.config.rate_limit_retry, moment.now)
    }

    /// The same for a page that the follower requested itself.
    pub(super) fn failed_to_read(&mut self, key: SubscriberKey, error: &Error, moment: Moment<'_>) -> bool {
        if self.is_ended_by(key, error, moment) {
            return true;
        }
        if let Some(entry) = self.subscribers.get(key).map(|subscriber| subscriber.entry) {
            self.throttle_entry(entry, error, moment);
        }
        false
    }

    /// This client has deleted the session: the next 404 ends the waits of its subscribers.
    pub(super) fn expect_not_found(&mut self, id: &str) {
        let Ok(key) = self.find(id) else { return };
        for key in self.entries.get(key).map_or(&[][..], |entry| &*entry.subscribers) {
            if let Some(subscriber) = self.subscribers.get_mut(*key) {
                subscriber.failures.exhaust();
            }
        }
    }

    /// An attempt of the task has failed. It becomes the cause if the waiting calls end before a success.
    pub(super) fn report(&self, task: &Task, error: &Rc<Error>) {
        match task {
            Task::Poll(key) => self.report_to_all(&[*key], error),
            Task::List(keys, _) => self.report_to_all(keys, error),
            Task::Activities(listing) => self.report_to(&self.requesters(listing), error),
        }
    }

    /// Polls of these sessions fail with this error.
    fn report_to_all(&self, keys: &[SessionKey], error: &Rc<Error>) {
        for entry in keys.iter().filter_map(|key| self.entries.get(*key)) {
            self.report_to(&entry.subscribers, error);
        }
    }

    /// Requests for these subscribers fail with this error.
    fn report_to(&self, subscribers: &[SubscriberKey], error: &Rc<Error>) {
        for subscriber in subscribers.iter().filter_map(|key| self.subscribers.get(*key)) {
            subscriber.context.iter().for_each(|context| context.failed(error));
        }
    }

    /// The service asks for a pause of `wait` ms, of this session or of all. It also applies to requests that are dropped and
    /// requested again meanwhile.
    pub(super) fn throttle_polls(&mut self, id: Option<&str>, wait: u64, moment: Moment<'_>) {
        let until = moment.now.saturating_add(millis(wait));
        let only = id.map(|id| self.find(id).ok());
        for (key, entry) in &mut self.entries {
            if only.is_none_or(|only| only == Some(key)) {
                entry.throttled_until = entry.throttled_until.max(until);
            }
        }
    }

    /// Throttles the polls of the session by the `Retry-After` of this error. One beyond the retry window is returned as an error
    /// and not remembered.
    fn throttle_entry(&mut self, key: SessionKey, error: &Error, moment: Moment<'_>) {
        let asked = policy::throttled_ms(error, &moment.config.rate_limit_retry);
        let until = moment.now.saturating_add(millis(asked.unwrap_or(0)));
        if let Some(entry) = self.entries.get_mut(key) {
            entry.throttled_until = entry.throttled_until.max(until);
        }
    }
}
