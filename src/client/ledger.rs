//! The ledger of an account: what this process has created, sent and seen. All clients of one process with the same key and
//! base URL share it, so that no client mistakes a session of another client for its own.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// How long sent messages are kept. Older ones are distinguished by their time.
const MESSAGE_MEMORY_MS: i64 = 3_600_000;

/// How long 404 of a new session is treated as replication lag.
pub(super) const YOUNG_MS: i64 = 60_000;

/// How many names are kept. Older ones are distinguished by their time.
const MOST_NAMES: usize = 20_000;

/// The ledger of an account. Times are those of the host's monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    sequence: Cell<u64>,
    /// By resource name: sessions, and activities that are messages of the user.
    known: RefCell<HashMap<String, Known>>,
    messages: RefCell<Vec<(String, i64)>>,
    keeps_titles: Cell<bool>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    first_seen: u64,
    /// When this process created it; `None` if it did not.
    created_at: Option<i64>,
    /// Whether an earlier process created it.
    is_adopted: bool,
    /// Whether this process may have sent it a message.
    is_messaged: bool,
}

impl Ledger {
    /// The current position in the order in which this process sends requests and sees resources.
    pub(crate) fn now(&self) -> u64 {
        self.sequence.set(self.sequence.get() + 1);
        self.sequence.get()
    }

    /// A response contained this resource.
    pub(crate) fn saw(&self, name: &str) {
        if name.is_empty() || self.known.borrow().contains_key(name) {
            return;
        }
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST_NAMES {
            let seen: Vec<_> = known.values().map(|known| known.first_seen).collect();
            let oldest_kept = self.sequence.get().saturating_sub((seen.len() / 2) as u64);
            known.retain(|_, known| known.created_at.is_some() || known.first_seen >= oldest_kept);
        }
        known.insert(
            name.to_owned(),
            Known { first_seen: self.now(), created_at: None, is_adopted: false, is_messaged: false },
        );
    }

    /// This process has created the session.
    pub(crate) fn created(&self, name: &str, now: i64) {
        self.saw(name);
        if let Some(known) = self.known.borrow_mut().get_mut(name) {
            known.created_at = Some(now);
        }
    }

    /// An earlier process has created the session, for the work that this process goes on with.
    pub(crate) fn adopted(&self, name: &str, now: i64) {
        self.created(name, now);
        if let Some(known) = self.known.borrow_mut().get_mut(name) {
            known.is_adopted = true;
        }
    }

    /// A message to the session begins. Returns its position, as [`Ledger::now`].
    pub(crate) fn message_begins(&self, session: &str) -> u64 {
        if let Some(known) = self.known.borrow_mut().get_mut(&["sessions/", session].concat()) {
            known.is_messaged = true;
        }
        self.now()
    }

    /// Whether this process created the session and has sent it nothing, nor has an earlier one.
    pub(crate) fn is_untouched(&self, name: &str) -> bool {
        let known = self.known.borrow();
        known.get(name).is_some_and(|known| known.created_at.is_some() && !known.is_adopted && !known.is_messaged)
    }

    /// Whether the resource cannot be the result of an operation that began at `begin`: this process has seen it before, or it
    /// is the result of another operation.
    pub(crate) fn is_of_another(&self, name: &str, begin: u64) -> bool {
        let known = self.known.borrow();
        known.get(name).is_some_and(|known| known.first_seen < begin || known.created_at.is_some())
    }

    /// Whether this process created the session within the time that replication may take.
    pub(crate) fn is_young(&self, name: &str, now: i64) -> bool {
        let created_at = self.known.borrow().get(name).and_then(|known| known.created_at);
        created_at.is_some_and(|at| now - at < YOUNG_MS)
    }

    /// The last of these sessions, in the order in which they were created, that was created between these times and that this
    /// process has not deleted or archived since.
    pub(crate) fn last_created(&self, from: i64, until: i64, created: &[String]) -> Option<String> {
        let known = self.known.borrow();
        let created_at = |name: &String| known.get(name).and_then(|known| known.created_at);
        created.iter().rfind(|name| created_at(name).is_some_and(|at| (from..=until).contains(&at))).cloned()
    }

    /// This process deleted or archived the session: that a response lacks it is no longer treated as replication lag.
    pub(crate) fn removed(&self, name: &str) {
        if let Some(at) = self.known.borrow_mut().get_mut(name).and_then(|known| known.created_at.as_mut()) {
            // Longer ago than anything asks for.
            *at = i64::MIN / 2;
        }
    }

    /// A message with this key was sent.
    pub(crate) fn sent(&self, key: &str, now: i64) {
        let mut messages = self.messages.borrow_mut();
        messages.retain(|(_, at)| now - at < MESSAGE_MEMORY_MS);
        messages.push((key.to_owned(), now));
    }

    /// When messages with this key were sent within the last hour.
    pub(crate) fn sent_times(&self, key: &str) -> Vec<i64> {
        self.messages.borrow().iter().filter(|(sent, _)| sent == key).map(|(_, at)| *at).collect()
    }

    /// A session was created with a title; `is_same` is whether the response contains the same one.
    pub(crate) fn title_was_kept(&self, is_same: bool) {
        self.keeps_titles.set(is_same);
    }

    /// Whether the service kept the title of the last create. The documentation says that titles are optional, not that they
    /// are kept.
    pub(crate) fn keeps_titles(&self) -> bool {
        self.keeps_titles.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_seen_before_an_operation_or_created_by_another_is_not_its_result() {
        let ledger = Ledger::default();
        ledger.saw("sessions/before");
        let begin = ledger.now();
        ledger.saw("sessions/since");
        ledger.created("sessions/created", 0);
        for (name, is_of_another) in [("before", true), ("since", false), ("created", true), ("unseen", false)] {
            assert_eq!(ledger.is_of_another(&format!("sessions/{name}"), begin), is_of_another, "{name}");
        }
    }

    #[test]
    fn a_session_is_young_for_a_minute_unless_it_is_deleted() {
        let ledger = Ledger::default();
        ledger.created("sessions/1", 1_000);
        assert_eq!([60_999, 61_000].map(|now| ledger.is_young("sessions/1", now)), [true, false]);
        ledger.removed("sessions/1");
        assert!(!ledger.is_young("sessions/1", 2_000) && ledger.is_of_another("sessions/1", 0));
    }

    #[test]
    fn the_last_session_that_a_client_has_created_is_expected_in_its_lists_unless_it_was_removed() {
        let ledger = Ledger::default();
        ledger.created("sessions/1", 1_000);
        ledger.created("sessions/2", 2_000);
        ledger.created("sessions/3", 3_000);
        let own = ["sessions/1".to_owned(), "sessions/2".to_owned()];
        let expected = |from, until| ledger.last_created(from, until, &own);
        assert_eq!(expected(0, 5_000).as_deref(), Some("sessions/2"));
        assert_eq!(expected(0, 1_500).as_deref(), Some("sessions/1"));
        assert_eq!(expected(2_001, 5_000), None);
        ledger.removed("sessions/2");
        assert_eq!(expected(0, 5_000).as_deref(), Some("sessions/1"));
    }

    #[test]
    fn created_sessions_are_kept_however_many_others_are_seen() {
        let ledger = Ledger::default();
        ledger.created("sessions/mine", 0);
        (0..2 * MOST_NAMES).for_each(|number| ledger.saw(&format!("sessions/{number}")));
        assert!(ledger.known.borrow().len() <= MOST_NAMES && ledger.is_of_another("sessions/mine", 0));
    }
}
