//! Finding out whether an operation (a create, a message) was carried out although its answer does not prove it: how long
//! to look, what a list proves, and whether the request may be sent again. The service has no idempotency keys.

use super::likeness::{Likeness, compare};
use crate::core::error::{Effect, Error};
use crate::core::options::RateLimitRetry;
use crate::core::time::Timestamp;
use crate::planted::{Fault, planted};

/// Milliseconds that replication may take: a list that was asked for later shows what was carried out before. Not measured
/// (unknown); new sessions and their activities were seen to be missing for some seconds (reported by others).
pub const REPLICATION_MS: u64 = 7_000;

/// The same for the messages of a session, before one is sent again: activities were seen to come later than sessions
/// (reported by others), and a second message makes the agent work twice.
pub const MESSAGE_REPLICATION_MS: u64 = 20_000;

/// This many of the newest sessions show everything that was created during the retry window.
pub const ENOUGH_SESSIONS: usize = 100;

/// What the service's `Date` header can be off by: it has whole seconds, and the way takes time.
pub const DATE_MARGIN_MS: i64 = 2_000;

/// What is older than the operation by this much, by the `Date` header, is not its result. Large, since a proxy may put its own
/// clock into `Date`, and a machine may have been suspended.
pub const DISMISSED_MS: i64 = 3_600_000;

/// Why it is not known whether an operation was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The service refuses for now, which most often means that nothing was done.
    Refused,
    /// The service answered with an error and is done with the request. It may have carried it out all the same: sessions
    /// were created although the answer was 400 `FAILED_PRECONDITION` (reported by others).
    Answered,
    /// No answer, or that of a proxy: the service may still be at work on the request.
    AtWork,
}

impl Doubt {
    /// The doubt that an error leaves; `None` if it proves that nothing was done.
    pub fn of(error: &Error) -> Option<Self> {
        match (error.outcome, error.status, error.rpc_status.as_deref()) {
            (_, Some(400), Some("FAILED_PRECONDITION")) => Some(Self::Answered),
            (Some(Effect::Unknown), Some(429 | 503), _) if planted(Fault::BlindRetry) => None,
            (Some(Effect::Unknown), Some(429), _) => Some(Self::Refused),
            (Some(Effect::Unknown), Some(503), _) if error.retry_after_ms.is_some() => Some(Self::Refused),
            (Some(Effect::Unknown), Some(500 | 503), _) => Some(Self::Answered),
            (Some(Effect::Unknown), _, _) => Some(Self::AtWork),
            _ => None,
        }
    }

    /// Milliseconds after the failure at which to look, where replication may take so long. What is found at an early look is
    /// returned early; only the last one proves that it is not there.
    pub fn looks_ms(self, replication_ms: u64, policy: &RateLimitRetry) -> Vec<u64> {
        let early: &[u64] = match self {
            Self::Refused => &[],
            Self::Answered => &[0, 1_000, 3_000],
            Self::AtWork => &[0, 1_000, 3_000, REPLICATION_MS, 15_000, 31_000],
        };
        if planted(Fault::EarlyProof) {
            return vec![0];
        }
        let last_ms = if self == Self::AtWork { 61_000 } else { replication_ms };
        early.iter().copied().chain([last_ms]).map(|millis| scaled_ms(millis, policy)).collect()
    }

    /// Whether the request may be sent again once it is proven not to be there.
    pub fn may_repeat(self) -> bool {
        self != Self::AtWork || planted(Fault::PostAfterTimeout)
    }
}

/// A time of reconciling under this policy: shorter with a base delay below the default of a second, for tests against a
/// service whose lists do not lag.
pub fn scaled_ms(millis: u64, policy: &RateLimitRetry) -> u64 {
    const DEFAULT_BASE_DELAY_MS: u64 = 1_000;
    millis * policy.base_delay_ms.min(DEFAULT_BASE_DELAY_MS) / DEFAULT_BASE_DELAY_MS
}

/// When an operation began, by the service's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Start {
    /// The earliest and the latest that the `Date` headers make of it. They lie apart if the machine was suspended.
    range: Option<(Timestamp, Timestamp)>,
}

impl Start {
    /// Takes in what one `Date` header makes of the beginning.
    pub fn observe(&mut self, estimate: Timestamp) {
        let (earliest, latest) = self.range.unwrap_or((estimate, estimate));
        self.range = Some((earliest.min(estimate), latest.max(estimate)));
    }

    /// The age of something that was created at this time.
    fn age(&self, created: Option<Timestamp>) -> Age {
        let (Some((earliest, latest)), Some(created)) = (self.range, created) else { return Age::Unknown };
        let dismissed_ms = if planted(Fault::DismissedBySeconds) { DATE_MARGIN_MS } else { DISMISSED_MS };
        if created < earliest.plus_millis(-dismissed_ms) {
            Age::Older
        } else if created >= latest.plus_millis(-DATE_MARGIN_MS) {
            Age::New
        } else {
            Age::Unknown
        }
    }

    /// The earliest time that matters; `None` if no `Date` header was seen.
    pub fn horizon(&self) -> Option<Timestamp> {
        self.range.map(|(earliest, _)| earliest.plus_millis(-DISMISSED_MS))
    }
}

/// How old something is compared with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    /// Older by so much that it is not its result.
    Older,
    /// Older by less, or not dated.
    Unknown,
    /// Created since the operation began.
    New,
}

/// How well something that the service shows fits an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// It is the operation's result, or that of an equal one.
    Exact,
    /// It can be the operation's result.
    Candidate,
    /// It is not.
    None,
}

/// What a create asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The prompt.
    pub prompt: &'a str,
    /// The title, if one was given.
    pub title: Option<&'a str>,
    /// The resource name of the repository; empty if there is none.
    pub source: &'a str,
    /// Whether the service was seen to keep a title that was given.
    pub keeps_titles: bool,
}

/// What the service shows of a session.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The prompt; empty if it is not shown.
    pub prompt: &'a str,
    /// The title; empty if it is not shown.
    pub title: &'a str,
    /// The resource name of the repository; empty if there is none, or if it is not shown.
    pub source: &'a str,
    /// When it was created.
    pub created: Option<Timestamp>,
}

impl Wanted<'_> {
    /// How well a session fits, of which this process knew nothing before the create began.
    pub fn compare(&self, shown: &Shown<'_>, start: &Start) -> Match {
        let age = start.age(shown.created);
        let is_bare = shown.source.is_empty() && shown.prompt.trim().is_empty();
        if age == Age::Older || !(is_bare || shown.source.eq_ignore_ascii_case(self.source)) {
            return Match::None;
        }
        let title = self.title.map_or(Likeness::Same, |title| compare(title, shown.title));
        match (compare(self.prompt, shown.prompt), title) {
            (Likeness::Different, _) => Match::None,
            (_, Likeness::Different) if self.keeps_titles => Match::None,
            (Likeness::Same, Likeness::Same) if age == Age::New => Match::Exact,
            _ => Match::Candidate,
        }
    }
}

/// How well a message of the user's fits one that was sent.
pub fn compare_message(sent: &str, shown: &str, created: Option<Timestamp>, start: &Start) -> Match {
    match (compare(sent, shown), start.age(created)) {
        (Likeness::Different, _) | (_, Age::Older) => Match::None,
        (Likeness::Same, Age::New) => Match::Exact,
        _ => Match::Candidate,
    }
}

/// What a whole list proves of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certainty<T> {
    /// It was carried out; this came of it.
    Found(T),
    /// It cannot be known; these can have come of it.
    Unknown(Vec<T>),
    /// Nothing can have come of it so far.
    NotThere,
}

/// Weighs the matches of a list, newest first. `equals`: how many equal operations of this process are unresolved, this one
/// included, or 0 if it is not this one's turn. They may have any of the results, since nothing but the order tells them
/// apart.
pub fn weigh<T>(matches: impl IntoIterator<Item = (T, Match)>, equals: usize) -> Certainty<T> {
    let (mut exact, mut candidates) = (Vec::new(), Vec::new());
    for (item, fit) in matches {
        match fit {
            Match::Exact => exact.push(item),
            Match::Candidate => candidates.push(item),
            Match::None => {}
        }
    }
    if exact.len() <= equals {
        if let Some(oldest) = exact.pop() {
            return Certainty::Found(oldest);
        }
    }
    exact.append(&mut candidates);
    if exact.is_empty() { Certainty::NotThere } else { Certainty::Unknown(exact) }
}

/// Weighs the user's messages of a session. `unseen`: how those fit that this process had not read before the operation
/// began; `seen`: how many of the others fit; `sent_before`: how many equal messages this process has sent in the last hour,
/// which are among both; `has_recent_equal`: whether one of them was sent so shortly before that times do not tell it apart.
pub fn weigh_messages(unseen: &[Match], seen: usize, sent_before: usize, has_recent_equal: bool) -> Certainty<()> {
    let count = |fit| unseen.iter().filter(|found| **found == fit).count();
    let (exact, candidates) = (count(Match::Exact), count(Match::Candidate));
    if exact == 1 && !has_recent_equal {
        Certainty::Found(())
    } else if exact == 0 && candidates <= sent_before.saturating_sub(seen) && !(has_recent_equal && candidates > 0) {
        Certainty::NotThere
    } else {
        Certainty::Unknown(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::error::ErrorKind;
    use super::*;

    #[test]
    fn every_error_leaves_one_doubt() {
        let precondition = Some("FAILED_PRECONDITION");
        for (outcome, status, rpc_status, retry_after_ms, doubt) in [
            (Effect::Unknown, Some(429), None, None, Some(Doubt::Refused)),
            (Effect::Unknown, Some(503), None, Some(1), Some(Doubt::Refused)),
            (Effect::Unknown, Some(500), None, None, Some(Doubt::Answered)),
            (Effect::Unknown, Some(503), None, None, Some(Doubt::Answered)),
            (Effect::Refused, Some(400), precondition, None, Some(Doubt::Answered)),
            (Effect::Unknown, Some(408), None, None, Some(Doubt::AtWork)),
            (Effect::Unknown, Some(502), None, None, Some(Doubt::AtWork)),
            (Effect::Unknown, Some(504), None, None, Some(Doubt::AtWork)),
            (Effect::Unknown, Some(200), None, None, Some(Doubt::AtWork)),
            (Effect::Unknown, None, None, None, Some(Doubt::AtWork)),
            (Effect::Refused, Some(400), Some("INVALID_ARGUMENT"), None, None),
            (Effect::Refused, Some(403), None, None, None),
            (Effect::Refused, Some(429), None, None, None),
            (Effect::NotSent, None, None, None, None),
        ] {
            let mut error = Error::new(ErrorKind::Api, "");
            (error.outcome, error.status, error.rpc_status) = (Some(outcome), status, rpc_status.map(str::to_owned));
            error.retry_after_ms = retry_after_ms;
            assert_eq!(Doubt::of(&error), doubt, "{outcome:?} {status:?} {rpc_status:?}");
        }
    }

    fn policy(base_delay_ms: u64) -> RateLimitRetry {
        RateLimitRetry { max_retry_time_ms: 300_000, base_delay_ms, max_delay_ms: 30_000 }
    }

    #[test]
    fn every_doubt_is_looked_into_until_after_the_time_that_replication_may_take() {
        for (doubt, may_repeat, last_ms) in
            [(Doubt::Refused, true, 7_000), (Doubt::Answered, true, 7_000), (Doubt::AtWork, false, 61_000)]
        {
            let looks = doubt.looks_ms(REPLICATION_MS, &policy(1_000));
            assert_eq!(looks, doubt.looks_ms(REPLICATION_MS, &policy(30_000)), "never longer than it may take");
            let short = doubt.looks_ms(REPLICATION_MS, &policy(1));
            assert_eq!(short.last(), looks.last().map(|last| last / 1_000).as_ref());
            assert_eq!((doubt.may_repeat(), looks.last()), (may_repeat, Some(&last_ms)), "{doubt:?}");
            assert!(looks.is_sorted());
        }
    }

    const NOW_S: i64 = 1_800_000_000;

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp::new(NOW_S + seconds, 0))
    }

    fn start() -> Start {
        let mut start = Start::default();
        start.observe(Timestamp::new(NOW_S, 0));
        start
    }

    const WANTED: Wanted<'_> =
        Wanted { prompt: "Fix the login bug", title: None, source: "sources/github/o/r", keeps_titles: false };

    const SHOWN: Shown<'_> = Shown { prompt: WANTED.prompt, title: "Login", source: WANTED.source, created: None };

    #[test]
    fn every_session_fits_by_its_age_its_texts_and_its_repository() {
        for (what, shown, fit) in [
            ("new", Shown { created: at(1), ..SHOWN }, Match::Exact),
            ("within the margin", Shown { created: at(-2), ..SHOWN }, Match::Exact),
            ("slightly too old", Shown { created: at(-3), ..SHOWN }, Match::Candidate),
            ("older by an hour", Shown { created: at(-3601), ..SHOWN }, Match::None),
            ("not dated", SHOWN, Match::Candidate),
            ("cut", Shown { created: at(1), prompt: "Fix the login", ..SHOWN }, Match::Candidate),
            ("without its prompt", Shown { created: at(1), prompt: "", ..SHOWN }, Match::Candidate),
            ("almost nothing shown", Shown { created: at(1), prompt: "", source: "", ..SHOWN }, Match::Candidate),
            ("another prompt", Shown { created: at(1), prompt: "Write the tests", ..SHOWN }, Match::None),
            ("another case", Shown { created: at(1), source: "sources/github/O/R", ..SHOWN }, Match::Exact),
            ("another repository", Shown { created: at(1), source: "sources/github/o/s", ..SHOWN }, Match::None),
            ("no repository", Shown { created: at(1), source: "", ..SHOWN }, Match::None),
        ] {
            assert_eq!(WANTED.compare(&shown, &start()), fit, "{what}");
        }
        assert_eq!(WANTED.compare(&Shown { created: at(-99_999), ..SHOWN }, &Start::default()), Match::Candidate);
    }

    #[test]
    fn a_title_tells_sessions_apart_where_the_service_keeps_titles() {
        let fit = |title: &'static str, keeps_titles| {
            let wanted = Wanted { title: Some("Login of shop A"), keeps_titles, ..WANTED };
            wanted.compare(&Shown { created: at(1), title, ..SHOWN }, &start())
        };
        assert_eq!([true, false].map(|keeps| fit("Login of shop A", keeps)), [Match::Exact; 2]);
        assert_eq!([true, false].map(|keeps| fit("Login of shop B", keeps)), [Match::None, Match::Candidate]);
        assert_eq!([true, false].map(|keeps| fit("Login of s\u{2026}", keeps)), [Match::Candidate; 2]);
    }

    #[test]
    fn a_start_that_is_dated_twice_dismisses_by_the_earlier_and_accepts_by_the_later() {
        let mut start = start();
        start.observe(Timestamp::new(NOW_S + 7_200, 0));
        for (seconds, fit) in [(-3601, Match::None), (0, Match::Candidate), (7_200, Match::Exact)] {
            assert_eq!(WANTED.compare(&Shown { created: at(seconds), ..SHOWN }, &start), fit, "{seconds}");
        }
    }

    #[test]
    fn every_list_proves_one_thing() {
        use Match::{Candidate, Exact, None};
        for (matches, equals, certainty) in [
            (&[][..], 1, Certainty::NotThere),
            (&[None], 1, Certainty::NotThere),
            (&[Exact], 1, Certainty::Found(0)),
            (&[Candidate, Exact], 1, Certainty::Found(1)),
            (&[Exact, Exact], 1, Certainty::Unknown(vec![0, 1])),
            (&[Exact, Exact], 2, Certainty::Found(1)),
            (&[Candidate], 2, Certainty::Unknown(vec![0])),
            (&[Exact], 0, Certainty::Unknown(vec![0])),
            (&[None], 0, Certainty::NotThere),
        ] {
            assert_eq!(weigh(matches.iter().copied().enumerate(), equals), certainty, "{matches:?} {equals}");
        }
    }

    #[test]
    fn every_message_fits_by_its_age_and_its_words() {
        for (shown, created, fit) in [
            ("Hello", at(0), Match::Exact),
            ("Hello", at(-10), Match::Candidate),
            ("Hello", at(-4_000), Match::None),
            ("", at(0), Match::Candidate),
            ("Bye", at(0), Match::None),
        ] {
            assert_eq!(compare_message("Hello", shown, created, &start()), fit, "{shown} {created:?}");
        }
    }

    #[test]
    fn equal_messages_are_told_apart_by_their_times_and_their_number() {
        use Match::{Candidate, Exact, None};
        let unknown = || Certainty::Unknown(Vec::new());
        for (what, unseen, seen, sent_before, has_recent_equal, certainty) in [
            ("nothing", &[None][..], 0, 0, false, Certainty::NotThere),
            ("the message", &[Exact], 0, 0, false, Certainty::Found(())),
            ("the message and an equal one before", &[Candidate, Exact], 0, 1, false, Certainty::Found(())),
            ("an equal one before", &[Candidate], 0, 1, false, Certainty::NotThere),
            ("an equal one before, which was read", &[], 1, 1, false, Certainty::NotThere),
            ("one that can be it beside that", &[Candidate], 1, 1, false, unknown()),
            ("an equal one of somebody else", &[Candidate], 0, 0, false, unknown()),
            ("two at once", &[Exact, Exact], 0, 0, false, unknown()),
            ("one of two shortly after one another", &[Exact], 0, 1, true, unknown()),
            ("none of two shortly after one another", &[None], 0, 1, true, Certainty::NotThere),
        ] {
            assert_eq!(weigh_messages(unseen, seen, sent_before, has_recent_equal), certainty, "{what}");
        }
    }
}
