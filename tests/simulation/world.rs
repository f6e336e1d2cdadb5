//! The world of a schedule: virtual time, the service, requests in flight, and the invariants of requests.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::call::{Call, Post};
use crate::faults::{Delivery, Faults};
use crate::random::Random;
use crate::records::Records;
use crate::server::{PostEffect, Server, text};
use crate::support::executor::VirtualTime;
use crate::support::{Answer, KEY, START_MS};
use jules_wasm::core::error::Error;
use jules_wasm::core::http::{FetchError, Method, Request};
use jules_wasm::core::time::Timestamp;
use serde_json::Value;

/// More requests than any schedule needs.
const MOST_REQUESTS: usize = 20_000;

/// How long refusals of a session that was seen must last before they end a wait for it.
const PASSING_MS: i64 = 4_000;

/// A violated invariant.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The invariant, in the same words for every schedule.
    pub invariant: &'static str,
    /// The details.
    pub detail: String,
}

/// A request that has not reached the service yet.
struct PendingRequest {
    due_ms: i64,
    number: usize,
    request: Request,
}

/// The client of a request.
#[derive(Debug, Clone, Copy)]
pub struct Sender {
    pub client: usize,
    pub process: usize,
}

/// The responses that a client has received.
#[derive(Debug, Default)]
struct Contact {
    /// Whether it has received any response.
    anything: bool,
    /// Since when all its requests were refused with 401, 403 or 404.
    refused_since_ms: Option<i64>,
    /// When a fault last caused such a refusal.
    refused_by_fault_ms: Option<i64>,
    /// When one of its lists of sessions last failed.
    list_failed_ms: Option<i64>,
    /// For each session, when it sent the last successful poll.
    seen_ms: BTreeMap<String, i64>,
}

pub struct World {
    pub time: Rc<VirtualTime>,
    pub server: RefCell<Server>,
    pub faults: Faults,
    pub random: Random,
    pub calls: RefCell<Vec<Call>>,
    pub records: RefCell<Records>,
    pub most_in_flight: u64,
    /// The clients that are closed.
    pub closed: RefCell<BTreeSet<usize>>,
    /// The call that is being polled.
    pub current: Cell<Option<usize>>,
    /// The effects of POSTs, by the number of the request.
    pub carried_out: RefCell<BTreeMap<usize, PostEffect>>,
    requests: Cell<usize>,
    in_flight: RefCell<BTreeMap<usize, u64>>,
    pending: RefCell<Vec<PendingRequest>>,
    answers: RefCell<BTreeMap<usize, Answer>>,
    contact: RefCell<BTreeMap<usize, Contact>>,
    /// The first violation of an invariant.
    broken: RefCell<Option<Violation>>,
    trace: Option<RefCell<Vec<String>>>,
}

impl World {
    pub fn new(seed: u64, server: Server, most_in_flight: u64, traced: bool) -> Rc<Self> {
        Rc::new(Self {
            time: VirtualTime::starting_at(START_MS),
            server: RefCell::new(server),
            faults: Faults::new(seed),
            random: Random::new(seed, 13),
            calls: RefCell::default(),
            records: RefCell::default(),
            most_in_flight,
            closed: RefCell::default(),
            current: Cell::new(None),
            carried_out: RefCell::default(),
            requests: Cell::new(0),
            in_flight: RefCell::default(),
            pending: RefCell::default(),
            answers: RefCell::default(),
            contact: RefCell::default(),
            broken: RefCell::default(),
            trace: traced.then(RefCell::default),
        })
    }

    /// Milliseconds since the start.
    pub fn now_ms(&self) -> i64 {
        self.time.now_ms() - START_MS
    }

    pub fn start(&self) -> Timestamp {
        Timestamp::from_millis(START_MS)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.time.now_ms())
    }

    pub fn requests(&self) -> usize {
        self.requests.get()
    }

    pub fn violates(&self, invariant: &'static str, detail: impl Into<String>) {
        let detail = detail.into();
        self.note(|| format!("BROKEN: {invariant}: {detail}"));
        self.broken.borrow_mut().get_or_insert(Violation { invariant, detail });
    }

    pub fn broken(&self) -> Option<Violation> {
        self.broken.borrow().clone()
    }

    pub fn note(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace.borrow_mut().push(format!("{:>10.3} s  {}", self.now_ms() as f64 / 1000.0, line()));
        }
    }

    pub fn trace(&self) -> Vec<String> {
        self.trace.as_ref().map(|trace| trace.borrow().clone()).unwrap_or_default()
    }

    pub fn begin_call(&self, client: usize, what: &str, timeout_ms: Option<u64>) -> usize {
        let number = self.calls.borrow().len();
        self.note(|| {
            let limit = timeout_ms.map_or(String::new(), |millis| format!(", within {millis} ms"));
            format!("client {client} call {number}: {what}{limit}")
        });
        self.calls.borrow_mut().push(Call::new(what, client, self.now_ms(), timeout_ms));
        number
    }

    pub fn abort_call(&self, number: usize) {
        self.note(|| format!("call {number}: aborted by its caller"));
        self.calls.borrow_mut()[number].aborted_ms = Some(self.now_ms());
    }

    /// The process of the call was killed.
    pub fn kill_call(&self, number: usize) {
        self.note(|| format!("call {number}: its process is killed"));
        let mut calls = self.calls.borrow_mut();
        calls[number].aborted_ms = Some(self.now_ms());
        calls[number].settled = Some("killed".to_owned());
    }

    /// Records the end of a call, and checks the invariants of ends.
    pub fn end_call(&self, number: usize, error: Option<&Error>) {
        let label = error.map_or("done".to_owned(), |error| {
            format!("{} {} (outcome {:?})", error.kind.code(), error.message, error.outcome)
        });
        self.note(|| format!("call {number}: {label}"));
        if error.is_some_and(|error| format!("{error:?}").contains(KEY)) {
            self.violates("no error contains the key", label.clone());
        }
        let broken = self.calls.borrow_mut()[number].settles(self.now_ms(), label.clone(), error);
        broken.into_iter().for_each(|invariant| self.violates(invariant, format!("call {number}: {label}")));
        if let Some(error) = error {
            self.check_refused_watch(number, error);
        }
    }

    /// A wait that has seen its session continues through a short burst of refusals.
    fn check_refused_watch(&self, number: usize, error: &Error) {
        if !matches!(error.status, Some(401 | 403 | 404)) || error.method != Some("GET") {
            return;
        }
        let is_hasty = {
            let calls = self.calls.borrow();
            let call = &calls[number];
            let contact = self.contact.borrow();
            let (Some((session, since_ms)), Some(contact)) = (&call.watches, contact.get(&call.client)) else { return };
            let was_seen = contact.seen_ms.get(session).is_some_and(|seen_ms| seen_ms > since_ms);
            was_seen && contact.refused_since_ms.is_none_or(|since_ms| self.now_ms() - since_ms < PASSING_MS)
        };
        if is_hasty {
            self.violates("a wait survives a short burst of refusals", format!("call {number}: {}", error.message));
        }
    }

    /// Checks the invariants at the end.
    pub fn close(&self) {
        if self.in_flight.borrow().values().any(|count| *count > 0) {
            self.violates("no request is in flight at the end", "");
        }
        if self.time.timers() > 0 {
            self.violates("no timer is set at the end", "");
        }
        self.deliver(i64::MAX);
    }

    pub fn send(&self, sender: Sender, request: &Request) -> (usize, Option<usize>, Delivery) {
        let number = self.requests.replace(self.requests.get() + 1) + 1;
        assert!(number < MOST_REQUESTS, "an endless loop of requests");
        let call = self.current.get();
        let lot = self.faults.draw(self.now_ms(), request, sender.process);
        self.note(|| {
            let path = request.url.split_once("/v1alpha").map_or("?", |(_, path)| path);
            let body = request.body.as_ref().map_or(String::new(), |body| format!(" {body}"));
            let of = call.map_or("no call".to_owned(), |call| format!("call {call}"));
            format!("{of} #{number}: {} {path}{body} → {}", request.method.as_str(), lot.label)
        });
        if request.url.contains(KEY) || request.body.as_ref().is_some_and(|body| body.contains(KEY)) {
            self.violates("the key stands in no request but in its header", format!("request {number}"));
        }
        if self.closed.borrow().contains(&sender.client) {
            self.violates("a closed client sends nothing", format!("request {number}"));
        }
        match call {
            Some(call) => self.check_attempt(call, number, sender, request, &lot),
            None => self.violates("every request is sent for a call", format!("request {number}")),
        }
        let longest_ms = call.and_then(|call| self.calls.borrow()[call].carried_out_within_ms).unwrap_or(u64::MAX);
        if let Some(after) = lot.commit_ms.map(|after| after.min(longest_ms)) {
            let due_ms = self.now_ms() + i64::try_from(after).unwrap();
            self.pending.borrow_mut().push(PendingRequest { due_ms, number, request: request.clone() });
        }
        let mut in_flight = self.in_flight.borrow_mut();
        let count = in_flight.entry(sender.client).or_default();
        *count += 1;
        if *count > self.most_in_flight {
            self.violates("no more requests are in flight than maxConcurrentRequests allows", format!("{count}"));
        }
        (number, call, lot)
    }

    fn check_attempt(&self, call: usize, number: usize, sender: Sender, request: &Request, lot: &Delivery) {
        let is_first_contact = {
            let mut contact = self.contact.borrow_mut();
            let contact = contact.entry(sender.client).or_default();
            if lot.refuses {
                contact.refused_by_fault_ms = Some(self.now_ms());
            }
            !contact.anything
        };
        // With a low limit of requests in flight, an attempt may have waited for a permit.
        let may_queue = self.most_in_flight < 10;
        let broken = {
            let mut calls = self.calls.borrow_mut();
            calls[call].sends(self.now_ms(), number, request, is_first_contact, may_queue)
        };
        broken.into_iter().for_each(|invariant| self.violates(invariant, format!("call {call}, request {number}")));
        if request.method == Method::Post && !self.calls.borrow()[call].may_answer(&request.url) {
            self.violates("an auto-pilot answers for its own session", format!("call {call}, request {number}"));
        }
    }

    /// The result of a request as known to its sender.
    pub fn learn(
        &self,
        sender: Sender,
        call: Option<usize>,
        (number, sent_ms): (usize, i64),
        request: &Request,
        end: &Result<Answer, FetchError>,
    ) {
        self.note(|| match end {
            Ok(response) => format!("#{number} answered {} {}", response.status, shortened(&response.body)),
            Err(error) => format!("#{number} {}", error.message),
        });
        let now = self.now_ms();
        let came_to = Post::of(end);
        let is_poll = call.is_some_and(|call| self.calls.borrow()[call].waits());
        self.observe(sender.client, request, end, came_to == Post::Done, is_poll.then_some(sent_ms));
        let Some(call) = call else { return };
        let mut calls = self.calls.borrow_mut();
        let call = &mut calls[call];
        call.learns(now, number, request, end, came_to);
        if let Ok(response) = end {
            if is_list_of_sessions(request) && !call.posts.is_empty() {
                call.shown.extend(listed(&response.body));
            }
        }
    }

    fn observe(
        &self,
        client: usize,
        request: &Request,
        end: &Result<Answer, FetchError>,
        is_well: bool,
        polled_ms: Option<i64>,
    ) {
        let mut contact = self.contact.borrow_mut();
        let contact = contact.entry(client).or_default();
        let now = self.now_ms();
        if !is_well && is_list_of_sessions(request) {
            contact.list_failed_ms = Some(now);
        }
        let Ok(response) = end else { return };
        contact.anything = true;
        match response.status {
            _ if is_well => {
                contact.refused_since_ms = None;
                let of_session = request.url.split_once("/v1alpha/sessions/");
                if let (Some((_, rest)), Some(polled_ms)) = (of_session, polled_ms) {
                    let end = rest.find(['/', ':', '?']).unwrap_or(rest.len());
                    contact.seen_ms.insert(rest[..end].to_owned(), polled_ms);
                }
            }
            401 | 403 | 404 => {
                contact.refused_since_ms.get_or_insert(now);
            }
            _ => {}
        }
    }

    /// Carries out all requests that have reached the service by then, in order of arrival.
    pub fn deliver(&self, until_ms: i64) {
        let mut pending = self.pending.borrow_mut();
        let mut due: Vec<PendingRequest> = Vec::new();
        let mut index = 0;
        while index < pending.len() {
            if pending[index].due_ms <= until_ms { due.push(pending.swap_remove(index)) } else { index += 1 }
        }
        due.sort_by_key(|pending| (pending.due_ms, pending.number));
        for PendingRequest { due_ms, number, request } in due {
            let at = Timestamp::from_millis(START_MS + due_ms);
            let (answer, carried_out) = self.server.borrow_mut().carry_out(at, &request);
            if let Some(what) = carried_out {
                self.carried_out.borrow_mut().insert(number, what);
            }
            self.answers.borrow_mut().insert(number, answer);
        }
    }

    /// The service's response to a request, if it has reached the service.
    pub fn take_answer(&self, number: usize) -> Option<Answer> {
        self.deliver(self.now_ms());
        self.answers.borrow_mut().remove(&number)
    }

    /// A request is no longer in flight. `is_lost`: it will not reach the service if it has not yet.
    pub fn land(&self, client: usize, number: usize, is_lost: bool) {
        *self.in_flight.borrow_mut().get_mut(&client).unwrap() -= 1;
        if is_lost {
            self.deliver(self.now_ms());
            self.pending.borrow_mut().retain(|pending| pending.number != number);
        }
        self.answers.borrow_mut().remove(&number);
    }

    /// Whether a fault has caused a refusal with 401, 403 or 404 for this client since this time.
    pub fn was_refused_since(&self, client: usize, since_ms: i64) -> bool {
        let contact = self.contact.borrow();
        contact.get(&client).and_then(|contact| contact.refused_by_fault_ms).is_some_and(|at_ms| at_ms >= since_ms)
    }

    /// Whether a list of sessions of this client has failed since this time.
    pub fn had_bad_lists_since(&self, client: usize, since_ms: i64) -> bool {
        let contact = self.contact.borrow();
        contact.get(&client).and_then(|contact| contact.list_failed_ms).is_some_and(|at_ms| at_ms >= since_ms)
    }

    /// The results of a call's POSTs as known to its caller.
    pub fn posts(&self, call: usize) -> Vec<Post> {
        self.calls.borrow()[call].posts.iter().map(|(_, post)| *post).collect()
    }
}

fn is_list_of_sessions(request: &Request) -> bool {
    request.method == Method::Get && request.url.contains("/v1alpha/sessions?")
}

/// The ids of the sessions in a page.
fn listed(body: &[u8]) -> BTreeSet<String> {
    let page: Value = serde_json::from_slice(body).unwrap_or_default();
    let sessions = page["sessions"].as_array().into_iter().flatten();
    sessions.map(|session| text(&session["name"]).replace("sessions/", "")).collect()
}

fn shortened(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = text.chars().take(110).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
