//! Reconciling: finding out whether an operation (a create, a message) with an inconclusive response was carried out. How long
//! to check, what a list proves, and whether the request may be sent again. The service has no idempotency keys.

use super::likeness::{Likeness, compare};
use crate::core::error::{Effect, Error};
use crate::core::options::RateLimitRetry;
use crate::core::time::Timestamp;
use crate::planted::{Fault, planted};

/// The assumed maximum of the replication lag in milliseconds: a list requested later than this contains the result. The real
/// maximum is unknown; third parties report that new sessions and their activities were missing for some seconds.
pub const REPLICATION_MS: u64 = 7_000;

/// The same for messages. Larger, since third parties report that activities appear later than sessions, and a duplicate message
/// makes the agent work twice.
pub const MESSAGE_REPLICATION_MS: u64 = 20_000;

/// This many of the newest sessions include everything that was created during the retry window.
pub const ENOUGH_SESSIONS: usize = 100;

/// The error of times derived from the service's `Date` header: it has whole seconds, and requests take time.
pub const DATE_MARGIN_MS: i64 = 2_000;

/// A session or message that is older than the operation by this much, by the `Date` header, is not its result. Large, since a
/// proxy may set `Date` by its own clock, and a machine may have been suspended.
pub const DISMISSED_MS: i64 = 3_600_000;

/// Why it is unknown whether an operation was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The service refused the request for now, which usually means that nothing was done.
    Refused,
    /// The service responded with an error and no longer processes the request. It may have carried it out: third parties report
    /// sessions that were created although the response was 400 `FAILED_PRECONDITION`.
    Answered,
    /// There was no response, or that of a proxy: the service may still be processing the request.
    AtWork,
}

impl Doubt {
    /// The doubt after this error; `None` if the error proves that nothing was done.
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

    /// Milliseconds after the failure at which to list, for this maximum of the replication lag. An early list may find the
    /// result; only the last one proves that there is none.
    pub fn check_times_ms(self, replication_ms: u64, policy: &RateLimitRetry) -> Vec<u64> {
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

    /// The times of further lists where the last one was seen to lag by more than the assumed maximum. No longer lag is assumed.
    pub fn late_check_times_ms(policy: &RateLimitRetry) -> [u64; 3] {
        [15_000, 31_000, 61_000].map(|millis| scaled_ms(millis, policy))
    }

    /// Whether the request may be sent again once it is proven that it was not carried out.
    pub fn may_repeat(self) -> bool {
        self != Self::AtWork || planted(Fault::PostAfterTimeout)
    }
}

/// Scales a time of reconciling: shorter in proportion to a base delay below the default of a second, for tests against a service
/// without replication lag.
pub fn scaled_ms(millis: u64, policy: &RateLimitRetry) -> u64 {
    const DEFAULT_BASE_DELAY_MS: u64 = 1_000;
    millis * policy.base_delay_ms.min(DEFAULT_BASE_DELAY_MS) / DEFAULT_BASE_DELAY_MS
}

/// When an operation began, by the service's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Start {
    /// The earliest and the latest estimate. They differ if the machine was suspended, or if the clock of the `Date` headers is
    /// ahead of another one.
    range: Option<(Timestamp, Timestamp)>,
}

impl Start {
    /// Adds an estimate from a `Date` header, whose clock is ahead of the host's wall clock by at least `ahead_ms`.
    pub fn observe(&mut self, estimate: Timestamp, ahead_ms: i64) {
        let (earliest, latest) = self.range.unwrap_or((estimate, estimate));
        self.range = Some((earliest.min(estimate.plus_millis(-ahead_ms)), latest.max(estimate)));
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

    /// The earliest relevant time; `None` if there was no `Date` header.
    pub fn horizon(&self) -> Option<Timestamp> {
        self.range.map(|(earliest, _)| earliest.plus_millis(-DISMISSED_MS))
    }
}

/// How old something is compared with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    /// Too old to be its result.
    Older,
    /// Slightly older, or without a time.
    Unknown,
    /// Created after the operation began.
    New,
}

/// Whether a session or message is the result of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// It is the result of the operation or of an equal one.
    Exact,
    /// It may be the result.
    Candidate,
    /// It is not the result.
    None,
}

/// The session that a create requested.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The prompt.
    pub prompt: &'a str,
    /// The title, if the create set one.
    pub title: Option<&'a str>,
    /// The resource name of the repository; empty if there is none.
    pub source: &'a str,
    /// Whether the service has been observed to keep titles.
    pub keeps_titles: bool,
}

/// A session in a list.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The prompt; empty if missing.
    pub prompt: &'a str,
    /// The title; empty if missing.
    pub title: &'a str,
    /// The resource name of the repository; empty if missing.
    pub source: &'a str,
    /// When it was created.
    pub created: Option<Timestamp>,
}

impl Wanted<'_> {
    /// Compares a session that this process did not know before the create began.
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

/// Compares a message of the user with one that was sent.
pub fn compare_message(sent: &str, shown: &str, created: Option<Timestamp>, start: &Start) -> Match {
    match (compare(sent, shown), start.age(created)) {
        (Likeness::Different, _) | (_, Age::Older) => Match::None,
        (Likeness::Same, Age::New) => Match::Exact,
        _ => Match::Candidate,
    }
}

/// What a complete list proves about an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certainty<T> {
    /// It was carried out, with this result.
    Found(T),
    /// It may have been carried out, with one of these results.
    Unknown(Vec<T>),
    /// There is no possible result so far.
    NotThere,
}

/// What a list shows of an operation.
pub struct Finding<T> {
    /// What it proves.
    pub certainty: Certainty<T>,
    /// Whether the list lacks a session that it should show, so that what it does not show may exist nevertheless.
    pub is_lagging: bool,
}

impl<T> From<Certainty<T>> for Finding<T> {
    fn from(certainty: Certainty<T>) -> Self {
        Self { certainty, is_lagging: false }
    }
}

/// Weighs the matches of a list, newest first. `equals`: the number of unresolved equal operations of this process, including
/// this one, or 0 if it is not this one's turn. Any of them may claim any of their results, since these differ only in their
/// order.
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

/// Weighs the messages of the user in a session. `unseen`: the matches of messages that this process had not read before the
/// operation began; `seen`: the number of matches among the others; `sent_before`: the number of equal messages that this
/// process sent in the last hour, which are in both; `has_recent_equal`: whether one of these was sent too recently to be
/// distinguished by time.
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
    fn every_doubt_is_reconciled_until_after_the_replication_lag() {
        for (doubt, may_repeat, last_ms) in
            [(Doubt::Refused, true, 7_000), (Doubt::Answered, true, 7_000), (Doubt::AtWork, false, 61_000)]
        {
            let checks = doubt.check_times_ms(REPLICATION_MS, &policy(1_000));
            assert_eq!(
                checks,
                doubt.check_times_ms(REPLICATION_MS, &policy(30_000)),
                "a longer base delay does not scale"
            );
            let short = doubt.check_times_ms(REPLICATION_MS, &policy(1));
            assert_eq!(short.last(), checks.last().map(|last| last / 1_000).as_ref());
            assert_eq!((doubt.may_repeat(), checks.last()), (may_repeat, Some(&last_ms)), "{doubt:?}");
            assert!(checks.is_sorted());
        }
    }

    const NOW_S: i64 = 1_800_000_000;

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp::new(NOW_S + seconds, 0))
    }

    fn start() -> Start {
        let mut start = Start::default();
        start.observe(Timestamp::new(NOW_S, 0), 0);
        start
    }

    const WANTED: Wanted<'_> =
        Wanted { prompt: "Fix the login bug", title: None, source: "sources/github/o/r", keeps_titles: false };

    const SHOWN: Shown<'_> = Shown { prompt: WANTED.prompt, title: "Login", source: WANTED.source, created: None };

    #[test]
    fn sessions_match_by_age_texts_and_repository() {
        for (what, shown, fit) in [
            ("new", Shown { created: at(1), ..SHOWN }, Match::Exact),
            ("within the margin", Shown { created: at(-2), ..SHOWN }, Match::Exact),
            ("slightly too old", Shown { created: at(-3), ..SHOWN }, Match::Candidate),
            ("older by an hour", Shown { created: at(-3601), ..SHOWN }, Match::None),
            ("without a time", SHOWN, Match::Candidate),
            ("cut", Shown { created: at(1), prompt: "Fix the login", ..SHOWN }, Match::Candidate),
            ("without its prompt", Shown { created: at(1), prompt: "", ..SHOWN }, Match::Candidate),
            ("without prompt and source", Shown { created: at(1), prompt: "", source: "", ..SHOWN }, Match::Candidate),
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
    fn a_title_distinguishes_sessions_if_the_service_keeps_titles() {
        let fit = |title: &'static str, keeps_titles| {
            let wanted = Wanted { title: Some("Login of shop A"), keeps_titles, ..WANTED };
            wanted.compare(&Shown { created: at(1), title, ..SHOWN }, &start())
        };
        assert_eq!([true, false].map(|keeps| fit("Login of shop A", keeps)), [Match::Exact; 2]);
        assert_eq!([true, false].map(|keeps| fit("Login of shop B", keeps)), [Match::None, Match::Candidate]);
        assert_eq!([true, false].map(|keeps| fit("Login of s\u{2026}", keeps)), [Match::Candidate; 2]);
    }

    #[test]
    fn of_two_estimates_the_earlier_dismisses_and_the_later_accepts() {
        let mut start = start();
        start.observe(Timestamp::new(NOW_S + 7_200, 0), 0);
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
    fn messages_match_by_age_and_words() {
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
    fn equal_messages_are_distinguished_by_time_and_number() {
        use Match::{Candidate, Exact, None};
        let unknown = || Certainty::Unknown(Vec::new());
        for (what, unseen, seen, sent_before, has_recent_equal, certainty) in [
            ("nothing", &[None][..], 0, 0, false, Certainty::NotThere),
            ("the message", &[Exact], 0, 0, false, Certainty::Found(())),
            ("the message and an equal one before", &[Candidate, Exact], 0, 1, false, Certainty::Found(())),
            ("an equal one before", &[Candidate], 0, 1, false, Certainty::NotThere),
            ("an equal one before, which was read", &[], 1, 1, false, Certainty::NotThere),
            ("another candidate besides", &[Candidate], 1, 1, false, unknown()),
            ("an equal one of another client", &[Candidate], 0, 0, false, unknown()),
            ("two at once", &[Exact, Exact], 0, 0, false, unknown()),
            ("one of two shortly after one another", &[Exact], 0, 1, true, unknown()),
            ("none of two shortly after one another", &[None], 0, 1, true, Certainty::NotThere),
        ] {
            assert_eq!(weigh_messages(unseen, seen, sent_before, has_recent_equal), certainty, "{what}");
        }
    }
}
