//! The changes of all sessions of an account, by what lists of them show one after the other.
//!
//! Lists are sorted by the time of creation (measured), newest first. So a session that is not known is new if it is younger than those
//! that were listed completely, and otherwise had ended when it was last listed, since only those are forgotten.

use super::json_view::JsonView;
use super::session::Session;
use super::state::SessionState;
use super::time::Timestamp;

/// How much earlier than the newest session another one may have been created and become visible after it.
const LATE_MS: i64 = 60_000;

/// What has happened to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It had not ended when the feed began.
    Present,
    /// It was created.
    Created,
    /// It is in another state, and has not ended.
    State,
    /// It has ended.
    Ended,
}

impl Change {
    /// Its name in the façade.
    pub fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Created => "created",
            Self::State => "state",
            Self::Ended => "ended",
        }
    }
}

/// The changes so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    /// The creation of the newest session when the newest ones were last listed completely. During the first list: when it began.
    /// `None` before.
    newest: Option<Timestamp>,
    /// From which creation on all sessions are known.
    floor: Option<Timestamp>,
    /// Whether the newest sessions were listed completely.
    has_begun: bool,
    /// Whether all sessions were listed once.
    is_whole: bool,
    /// The sessions that have not ended, and the newest ones, by id.
    known: Vec<Known>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    id: String,
    state: SessionState,
    updated: Option<Timestamp>,
    created: Option<Timestamp>,
    /// Whether it was seen in the present sweep over all sessions, or is younger.
    is_seen: bool,
}

impl Known {
    /// A session that is not returned yet.
    fn pending(id: &str, created: Option<Timestamp>) -> Self {
        Self { id: id.to_owned(), state: SessionState::Unspecified, updated: None, created, is_seen: true }
    }

    fn is_pending(&self) -> bool {
        self.state == SessionState::Unspecified && self.updated.is_none()
    }
}

impl Feed {
    /// Reads a cursor.
    pub fn parse(cursor: &str) -> Option<Self> {
        let mut parts = cursor.split('~');
        let head = parts.next()?;
        let newest = head.trim_end_matches(['-', '+']);
        let (has_begun, is_whole) = match head.get(newest.len()..)? {
            "" => (false, false),
            "-" => (true, false),
            "+" => (true, true),
            _ => return None,
        };
        let newest = time_of(newest)?;
        let mut known = Vec::new();
        for part in parts {
            let mut fields = part.split('.');
            let (id, state) = (fields.next()?, fields.next()?);
            // They are written in the order of their ids.
            if id.is_empty() || known.last().is_some_and(|last: &Known| last.id.as_str() >= id) {
                return None;
            }
            let (updated, created) = (time_of(fields.next()?)?, time_of(fields.next()?)?);
            let state = SessionState::from_name(state)?;
            known.push(Known { id: id.to_owned(), state, updated, created, is_seen: true });
        }
        Some(Self { newest, floor: floor_of(newest), has_begun, is_whole, known })
    }

    /// The cursor after the changes so far.
    pub fn cursor(&self) -> String {
        let mut text = digits(self.newest);
        if self.has_begun {
            text.push(if self.is_whole { '+' } else { '-' });
        }
        for known in &self.known {
            let created = known.created.filter(|_| self.is_recent(known));
            for (separator, field) in
                [('~', &*known.id), ('.', known.state.name()), ('.', &digits(known.updated)), ('.', &digits(created))]
            {
                text.push(separator);
                text.push_str(field);
            }
        }
        text
    }

    /// Whether no list was read completely.
    pub fn is_fresh(&self) -> bool {
        !self.has_begun
    }

    /// Whether a list that ends with a session of this creation has shown all that are new.
    pub fn reaches(&self, created: Option<Timestamp>) -> bool {
        created <= self.floor
    }

    /// A page is recorded next. During the first list, what has not ended is known before it is returned: a cursor after one of these
    /// sessions then continues with the others, even if they end meanwhile.
    pub fn begin_page<J: JsonView>(&mut self, page: &[Session<J>]) {
        if self.has_begun {
            return;
        }
        if self.newest.is_none() {
            self.newest = page.first().and_then(Session::create_time);
            self.floor = floor_of(self.newest);
        }
        for session in page.iter().filter(|session| !session.state.is_terminal()) {
            let created = session.create_time().filter(|created| Some(*created) <= self.newest);
            if let (Some(_), Err(place)) = (created, self.place_of(&session.id)) {
                self.known.insert(place, Known::pending(&session.id, created));
            }
        }
    }

    fn place_of(&self, id: &str) -> Result<usize, usize> {
        self.known.binary_search_by(|known| known.id.as_str().cmp(id))
    }

    /// A session as a list shows it. Returns what has changed; call it again until it is `None`.
    pub fn record<J: JsonView>(&mut self, session: &Session<J>) -> Option<Change> {
        let created = session.create_time();
        let place = self.place_of(&session.id);
        if let Some(known) = place.ok().and_then(|place| self.known.get_mut(place)) {
            known.is_seen = true;
            // A list that lags.
            if session.update_time < known.updated || session.state == known.state {
                return None;
            }
            let change = match session.state.is_terminal() {
                true => Change::Ended,
                false if known.is_pending() => Change::Present,
                false => Change::State,
            };
            (known.state, known.updated) = (session.state, session.update_time);
            return Some(change);
        }
        let is_new = if self.has_begun { created > self.floor } else { created > self.newest };
        let has_ended = session.state.is_terminal();
        // An ended session of the last minute is known, so that it is not new later.
        if has_ended && created <= self.floor {
            return None;
        }
        let change = match (is_new, has_ended) {
            (true, _) => Some(Change::Created),
            (false, true) => None,
            (false, false) if self.is_whole => Some(Change::State),
            (false, false) => Some(Change::Present),
        };
        // The end of a session that was created and has ended is a change of its own.
        let state = if is_new && has_ended { SessionState::Unspecified } else { session.state };
        let known = Known { id: session.id.clone(), state, updated: session.update_time, created, is_seen: true };
        self.known.insert(place.unwrap_or_else(|place| place), known);
        change
    }

    /// The newest sessions were listed, down to one that is known.
    pub fn listed_newest(&mut self) {
        self.has_begun = true;
        self.newest = self.newest_known().max(self.newest);
        self.floor = floor_of(self.newest);
        let known = std::mem::take(&mut self.known);
        let latest = known.iter().filter_map(|known| known.updated).max();
        // A list that lags may still show a session as it was before it ended.
        let is_fresh = |known: &Known| known.updated > floor_of(latest);
        let is_kept = |known: &Known| !known.state.is_terminal() || self.is_recent(known) || is_fresh(known);
        self.known = known.into_iter().filter(is_kept).collect();
    }

    /// A sweep over all sessions begins.
    pub fn begin_sweep(&mut self) {
        self.known.iter_mut().for_each(|known| known.is_seen = false);
    }

    /// The sweep has reached the end of the list: what it has not shown is archived or deleted, or so new that the list lags.
    pub fn end_sweep(&mut self) {
        self.is_whole = true;
        let floor = self.floor;
        self.known.retain(|known| known.is_seen || known.created > floor);
    }

    fn newest_known(&self) -> Option<Timestamp> {
        self.known.iter().filter_map(|known| known.created).max()
    }

    fn is_recent(&self, known: &Known) -> bool {
        known.created > self.floor
    }
}

fn floor_of(newest: Option<Timestamp>) -> Option<Timestamp> {
    newest.map(|newest| newest.plus_millis(-LATE_MS))
}

fn digits(time: Option<Timestamp>) -> String {
    time.map(Timestamp::digits).unwrap_or_default()
}

/// The outer `None`: it is no time.
fn time_of(digits: &str) -> Option<Option<Timestamp>> {
    if digits.is_empty() { Some(None) } else { Timestamp::from_digits(digits).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::super::row::FromRow;
    use super::*;
    use serde_json::{Value, json};

    /// The session created and changed in these seconds.
    fn session(id: &str, created: u32, state: &str, updated: u32) -> Session<Value> {
        let time = |second: u32| format!("2026-01-01T00:{:02}:{:02}Z", second / 60, second % 60);
        Session::read(json!({"id": id, "state": state, "createTime": time(created), "updateTime": time(updated)}))
    }

    fn changes(feed: &mut Feed, list: &[Session<Value>]) -> Vec<(String, Change)> {
        let mut changes = Vec::new();
        feed.begin_page(list);
        for session in list {
            while let Some(change) = feed.record(session) {
                changes.push((session.id.clone(), change));
            }
        }
        feed.listed_newest();
        changes
    }

    fn of(id: &str, change: Change) -> (String, Change) {
        (id.to_owned(), change)
    }

    #[test]
    fn each_change_is_reported_once() {
        use Change::{Created, Ended, Present, State};
        let mut feed = Feed::default();
        let first =
            [session("c", 300, "QUEUED", 300), session("b", 200, "COMPLETED", 250), session("a", 100, "PAUSED", 100)];
        assert_eq!(changes(&mut feed, &first), [of("c", Present), of("a", Present)]);
        feed.end_sweep();
        assert_eq!(changes(&mut feed, &first), []);
        let later = [
            session("e", 400, "FAILED", 410),
            session("d", 390, "QUEUED", 390),
            session("c", 300, "IN_PROGRESS", 350),
            session("b", 200, "IN_PROGRESS", 360),
            session("a", 100, "COMPLETED", 370),
        ];
        let expected =
            [of("e", Created), of("e", Ended), of("d", Created), of("c", State), of("b", State), of("a", Ended)];
        assert_eq!(changes(&mut feed, &later), expected);
        assert_eq!(changes(&mut feed, &later), []);
        // A list that lags, and a session that becomes visible late.
        let late = session("f", 385, "QUEUED", 385);
        assert_eq!(changes(&mut feed, &[late.clone(), session("c", 300, "QUEUED", 300)]), [of("f", Created)]);
        assert_eq!(changes(&mut feed, &[late, session("c", 300, "IN_PROGRESS", 355)]), []);
    }

    #[test]
    fn a_cursor_after_each_change_continues_with_the_next_one() {
        let lists = [
            vec![session("b", 200, "QUEUED", 200), session("a", 100, "COMPLETED", 150)],
            vec![
                session("c", 300, "COMPLETED", 320),
                session("b", 200, "IN_PROGRESS", 310),
                session("a", 100, "COMPLETED", 150),
            ],
            vec![
                session("d", 310, "QUEUED", 310),
                session("c", 300, "COMPLETED", 320),
                session("b", 200, "FAILED", 330),
                session("a", 100, "PLANNING", 340),
            ],
        ];
        let mut whole = Feed::default();
        let mut expected = Vec::new();
        for list in &lists {
            expected.extend(changes(&mut whole, list));
            whole.end_sweep();
        }
        assert_eq!(expected.len(), 7, "{expected:?}");
        // The process is restarted after each change, and sees the rest of the lists again.
        let (mut feed, mut seen) = (Feed::default(), Vec::new());
        for list in &lists {
            let mut rest = true;
            while rest {
                let before = seen.len();
                feed.begin_page(list);
                let found = list.iter().find_map(|session| Some((session.id.clone(), feed.record(session)?)));
                seen.extend(found);
                rest = seen.len() > before;
                if !rest {
                    feed.listed_newest();
                    feed.end_sweep();
                }
                assert_eq!(Feed::parse(&feed.cursor()).unwrap().cursor(), feed.cursor());
                feed = Feed::parse(&feed.cursor()).unwrap();
            }
        }
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_a_whole_sweep_does_not_show_is_forgotten() {
        let mut feed = Feed::default();
        changes(&mut feed, &[session("b", 200, "QUEUED", 200), session("a", 100, "QUEUED", 100)]);
        feed.begin_sweep();
        changes(&mut feed, &[session("b", 200, "QUEUED", 200)]);
        feed.end_sweep();
        assert!(!feed.cursor().contains("~a."), "{}", feed.cursor());
    }

    #[test]
    fn after_a_cursor_of_the_first_page_the_others_are_present_and_later_sessions_are_new() {
        let first =
            [session("c", 300, "QUEUED", 300), session("b", 290, "QUEUED", 290), session("a", 100, "QUEUED", 100)];
        let mut feed = Feed::default();
        feed.begin_page(&first);
        assert_eq!(feed.record(&first[0]), Some(Change::Present));
        let mut feed = Feed::parse(&feed.cursor()).unwrap();
        let later = [
            session("d", 310, "COMPLETED", 350),
            session("c", 300, "QUEUED", 300),
            session("b", 290, "COMPLETED", 360),
            session("a", 100, "PLANNING", 330),
        ];
        let expected =
            [of("d", Change::Created), of("d", Change::Ended), of("b", Change::Ended), of("a", Change::Present)];
        assert_eq!(changes(&mut feed, &later), expected);
        assert_eq!(changes(&mut feed, &later), []);
    }

    #[test]
    fn a_list_that_lags_repeats_nothing() {
        let mut feed = Feed::default();
        let old = session("a", 100, "QUEUED", 100);
        changes(&mut feed, std::slice::from_ref(&old));
        feed.end_sweep();
        let (new, ended) = (session("b", 300, "QUEUED", 300), session("a", 100, "COMPLETED", 299));
        assert_eq!(
            changes(&mut feed, &[new.clone(), ended.clone()]),
            [of("b", Change::Created), of("a", Change::Ended)]
        );
        // A replica without the new session, and one on which the other one has not ended.
        feed.begin_sweep();
        assert_eq!(changes(&mut feed, &[ended]), []);
        feed.end_sweep();
        assert_eq!(changes(&mut feed, &[new, old]), []);
    }

    #[test]
    fn what_is_no_cursor_is_not_read() {
        for text in ["x", "1+-", "+~", "-~a", "-~a.queued.x.", "-~a.nonsense..", "-~.queued..", "+~"] {
            assert_eq!(Feed::parse(text), None, "{text}");
        }
    }
}
