//! A call of a caller and the results of its requests.

use std::collections::BTreeSet;

use crate::support::Answer;
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::http::{FetchError, Method, Request};
use serde::de::IgnoredAny;

/// The default retry window of the client.
const MOST_RETRY_MS: i64 = 300_000;

/// Milliseconds after the failure of a create or a message within which the last list to reconcile it begins, with attempts of its
/// own.
const LAST_CHECK_MS: i64 = 61_000;

/// The largest deviation of local clocks from virtual time, per mille.
const LARGEST_DRIFT: i64 = 5;

/// Random delays of up to 30 s fill five minutes with about 25 attempts; more than twice as many are not random.
const MOST_ATTEMPTS: i64 = 60;

/// A client without any response stops retrying network errors after about 15 s, with possibly one attempt in flight.
const MOST_FIRST_CONTACT_MS: i64 = 20_000;

/// Prefixes of calls that wait for events on the service.
const WAITS: [&str; 6] = ["ask", "autopilot", "feed", "result", "stream", "wait"];

/// Prefixes of calls that must be carried out once.
const OPERATIONS: [&str; 3] = ["ask", "create", "send"];

/// The result of a POST as known to its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    UnderWay,
    Done,
    /// It was not sent, or refused permanently: nothing was done.
    Refused,
    /// It was refused temporarily, which does not prove that nothing was done.
    RefusedForNow,
    /// No response, or one that does not show what was done.
    Unclear,
}

impl Post {
    /// Whether its outcome is unknown.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Refused)
    }

    pub fn of(end: &Result<Answer, FetchError>) -> Self {
        let response = match end {
            Err(error) if is_not_sent(error) => return Self::Refused,
            Err(_) => return Self::Unclear,
            Ok(response) => response,
        };
        let is_precondition = || response.text().contains("FAILED_PRECONDITION");
        match response.status {
            _ if is_well(response) => Self::Done,
            429 => Self::RefusedForNow,
            503 if response.retry_after.is_some() => Self::RefusedForNow,
            400 if is_precondition() => Self::RefusedForNow,
            408 | 499 => Self::Unclear,
            400..500 => Self::Refused,
            _ => Self::Unclear,
        }
    }
}

/// Whether it is a complete successful response of the service.
fn is_well(response: &Answer) -> bool {
    (200..300).contains(&response.status) && serde_json::from_slice::<IgnoredAny>(&response.body).is_ok()
}

/// The codes of transient errors after which nothing was sent.
pub const NO_CONNECTION: [&str; 4] = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "UND_ERR_CONNECT_TIMEOUT"];

/// The codes of permanent errors after which nothing was sent.
pub const NO_TRUST: [&str; 4] = [
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "ERR_TLS_CERT_ALTNAME_INVALID",
];

fn has_code(error: &FetchError, codes: &[&str]) -> bool {
    error.code.as_deref().is_some_and(|code| codes.contains(&code))
}

fn is_permanent(error: &FetchError) -> bool {
    error.unsendable || has_code(error, &NO_TRUST)
}

fn is_not_sent(error: &FetchError) -> bool {
    error.thrown || is_permanent(error) || has_code(error, &NO_CONNECTION)
}

/// A request: its method, its address and its body.
type Asked = (Method, String, Option<String>);

fn asked(request: &Request) -> Asked {
    (request.method, request.url.clone(), request.body.clone())
}

/// The attempts of one request.
#[derive(Debug)]
struct Attempts {
    request: Asked,
    first_ms: i64,
    count: i64,
    /// The number of attempts after the retry window.
    late: i64,
    /// Whether one has failed permanently.
    is_hopeless: bool,
    not_before_ms: i64,
}

/// The number of requests of a call, by how they ended.
#[derive(Debug, Default, Clone, Copy)]
struct Requests {
    all: usize,
    /// Those whose end the client knows.
    ended: usize,
    /// Those that the runtime reports as failed without a response.
    failed: usize,
    /// Those of these that were not sent.
    not_sent: usize,
}

/// A call of a caller. All times are in milliseconds since the start.
#[derive(Debug)]
pub struct Call {
    pub what: String,
    pub client: usize,
    /// The session that it polls, and since when it, or its stream, does.
    pub watches: Option<(String, i64)>,
    /// The longest time after which a POST of it is carried out.
    pub carried_out_within_ms: Option<u64>,
    pub begun_ms: i64,
    pub deadline_ms: Option<i64>,
    pub aborted_ms: Option<i64>,
    pub settled: Option<String>,
    pub settled_ms: Option<i64>,
    /// The kind and the outcome of its error.
    pub error_kind: Option<ErrorKind>,
    pub outcome: Option<Effect>,
    pub candidates: Option<Vec<String>>,
    /// The session that it has created.
    pub created: Option<String>,
    /// The results of its POSTs as known to the sender, by the numbers of the requests.
    pub posts: Vec<(usize, Post)>,
    /// The sessions in lists that it has received since its first POST.
    pub shown: BTreeSet<String>,
    requests: Requests,
    attempts: Vec<Attempts>,
}

impl Call {
    pub fn new(what: &str, client: usize, begun_ms: i64, timeout_ms: Option<u64>) -> Self {
        Self {
            what: what.to_owned(),
            client,
            watches: None,
            carried_out_within_ms: None,
            begun_ms,
            deadline_ms: timeout_ms.map(|millis| begun_ms + i64::try_from(millis).unwrap()),
            aborted_ms: None,
            settled: None,
            settled_ms: None,
            error_kind: None,
            outcome: None,
            candidates: None,
            created: None,
            posts: Vec::new(),
            shown: BTreeSet::new(),
            requests: Requests::default(),
            attempts: Vec::new(),
        }
    }

    /// Whether it waits for events on the service.
    pub fn waits(&self) -> bool {
        WAITS.iter().any(|wait| self.what.starts_with(wait))
    }

    /// Whether it must be carried out once.
    pub fn is_operation(&self) -> bool {
        OPERATIONS.iter().any(|operation| self.what.starts_with(operation))
    }

    /// Whether it advances a batch by a tick.
    pub fn is_tick(&self) -> bool {
        self.what.starts_with("tick")
    }

    /// Whether it has sent a request that changes something.
    pub fn changes_something(&self) -> bool {
        !self.posts.is_empty()
    }

    /// Whether it may send a POST to this address: an auto-pilot only one for its session.
    pub fn may_answer(&self, url: &str) -> bool {
        let own = self.watches.as_ref().filter(|_| self.what.starts_with("autopilot"));
        own.is_none_or(|(session, _)| url.contains(&format!("/sessions/{session}:")))
    }

    pub fn requests_sent(&self) -> usize {
        self.requests.all
    }

    /// Whether all attempts were refused permanently or not sent.
    pub fn can_have_done_nothing(&self) -> bool {
        self.posts.iter().all(|(_, post)| *post == Post::Refused)
    }

    /// Whether all its POSTs were refused, temporarily or permanently: the service no longer processes them.
    pub fn was_refused(&self) -> bool {
        self.posts.iter().all(|(_, post)| matches!(post, Post::Refused | Post::RefusedForNow))
    }

    /// Whether none of its requests was dropped.
    pub fn requests_have_ended(&self) -> bool {
        self.requests.ended == self.requests.all
    }

    /// Records that a request is sent. Returns violated invariants. `is_first_contact`: its client has not had any response;
    /// `may_queue`: the limit of requests in flight is so low that an attempt may have waited for a permit.
    pub fn sends(
        &mut self,
        now: i64,
        number: usize,
        request: &Request,
        is_first_contact: bool,
        may_queue: bool,
    ) -> Vec<&'static str> {
        let mut broken = Vec::new();
        if self.aborted_ms.is_some() {
            broken.push("no request is sent for a call after its abort");
        }
        if self.settled.is_some() {
            broken.push("no request is sent for a call that has settled");
        }
        let has_failed = self.requests.failed == self.requests.all;
        self.requests.all += 1;
        if request.method == Method::Post {
            self.posts.push((number, Post::UnderWay));
        }
        // Requests of waits may be sent by several calls at the same time, each with its own attempts.
        let waits = request.method == Method::Get && self.waits();
        let request = asked(request);
        let Some(attempts) = self.attempts.iter_mut().find(|attempts| attempts.request == request) else {
            self.attempts.push(Attempts {
                request,
                first_ms: now,
                count: 1,
                late: 0,
                is_hopeless: false,
                not_before_ms: now,
            });
            return broken;
        };
        attempts.count += 1;
        if attempts.is_hopeless {
            broken.push("permanent failures are not retried");
        }
        if !waits && now < attempts.not_before_ms {
            broken.push("Retry-After is obeyed");
        }
        let lasted_ms = now - attempts.first_ms;
        if is_first_contact && has_failed && !may_queue && lasted_ms > MOST_FIRST_CONTACT_MS {
            broken.push("network errors before any response end the retries within seconds");
        }
        if attempts.count > MOST_ATTEMPTS * (1 + lasted_ms / MOST_RETRY_MS) {
            broken.push("a request has no more attempts than the retry policy allows");
        }
        // A wait continues through outages: it polls again after the retries of one poll have ended.
        let queue_ms = if may_queue { MOST_RETRY_MS } else { 0 };
        let reconciled_ms = if attempts.request.0 == Method::Get { LAST_CHECK_MS } else { 0 };
        if !waits && lasted_ms > queue_ms + reconciled_ms + MOST_RETRY_MS + MOST_RETRY_MS * LARGEST_DRIFT / 1000 {
            // One attempt follows each delay, also after an equal request was reconciled.
            attempts.late += 1;
            if attempts.late > 1 {
                broken.push("a request is not retried repeatedly after the retry window");
            }
        }
        broken
    }

    /// Records the end of a request.
    pub fn learns(&mut self, now: i64, number: usize, request: &Request, end: &Result<Answer, FetchError>, post: Post) {
        let asked = asked(request);
        self.requests.ended += 1;
        if let Err(error) = end {
            self.requests.failed += 1;
            self.requests.not_sent += usize::from(is_not_sent(error));
            if let Some(attempts) = self.attempts.iter_mut().find(|attempts| attempts.request == asked) {
                attempts.is_hopeless |= is_permanent(error);
            }
        }
        if let Some((_, open)) = self.posts.iter_mut().find(|(of, _)| *of == number) {
            *open = post;
        }
        if post == Post::Done {
            self.attempts.retain(|attempts| attempts.request != asked);
        }
        let wait = end.as_ref().ok().and_then(|response| response.retry_after.as_ref()?.parse::<i64>().ok());
        if let (Some(seconds), Some(attempts)) = (wait, self.attempts.iter_mut().find(|a| a.request == asked)) {
            attempts.not_before_ms = now + seconds * 1000;
        }
    }

    /// Records its end. Returns violated invariants.
    pub fn settles(&mut self, now: i64, label: String, error: Option<&Error>) -> Vec<&'static str> {
        let mut broken = Vec::new();
        self.settled = Some(label);
        self.settled_ms = Some(now);
        self.error_kind = error.map(|error| error.kind);
        self.outcome = error.and_then(|error| error.outcome);
        self.candidates = error.and_then(|error| error.candidates.clone());
        if self.aborted_ms.is_some_and(|at| now > at) {
            broken.push("a call settles at its abort");
        }
        if self.deadline_ms.is_some_and(|at| now > at) {
            broken.push("a call settles at its timeout");
        }
        let Some(error) = error else { return broken };
        if error.kind == ErrorKind::Internal {
            broken.push("no error is an internal error");
        }
        let is_cut_short = matches!(error.kind, ErrorKind::Abort | ErrorKind::Timeout | ErrorKind::Closed);
        if is_cut_short && self.outcome == Some(Effect::Unknown) && self.can_have_done_nothing() {
            broken.push("a timeout or abort has an unknown outcome only if something may have been carried out");
        }
        let Requests { all, not_sent, .. } = self.requests;
        if !is_cut_short && all > 0 && all == not_sent {
            if error.kind != ErrorKind::Network {
                broken.push("a request that could not be sent is a network error");
            }
            if self.outcome != Some(Effect::NotSent) {
                broken.push("a request that could not be sent is reported as not sent");
            }
        }
        broken
    }
}
