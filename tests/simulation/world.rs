//! The world of a schedule: virtual time, the service, the requests on their way, and what holds for every request.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::books::Books;
use crate::chance::Chance;
use crate::server::Server;
use crate::support::executor::VirtualTime;
use crate::support::{KEY, START_MS, Service};
use crate::weather::{Lot, Weather};
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::http::{FetchError, Method, Request, Response};
use jules_wasm::core::time::Timestamp;

/// The client's default: after so long there is no other attempt.
const MOST_RETRY_MS: i64 = 300_000;

/// Local clocks may run this much faster or slower, in a thousand, than the virtual time.
const LARGEST_DRIFT: i64 = 5;

/// Delays of a random share of up to 30 s fill five minutes with some 25 attempts; more than twice as many are no
/// accident.
const MOST_ATTEMPTS: i64 = 60;

/// So many requests no schedule needs.
const MOST_REQUESTS: usize = 20_000;

/// What a POST has come to, as its sender can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    UnderWay,
    Done,
    Refused,
    Unclear,
}

impl Post {
    /// Whether it may have been carried out or not.
    pub fn is_open(self) -> bool {
        matches!(self, Self::UnderWay | Self::Unclear)
    }
}

/// The attempts of one request.
#[derive(Debug)]
struct Attempts {
    request: (Method, String),
    first_ms: i64,
    count: i64,
    not_before_ms: i64,
}

/// A call of the client by a caller.
#[derive(Debug)]
pub struct Call {
    pub what: String,
    pub begun_ms: i64,
    pub deadline_ms: Option<i64>,
    pub aborted_ms: Option<i64>,
    pub settled: Option<String>,
    pub posts: Vec<Post>,
    /// Whether it waits for something on the service to happen.
    waits: bool,
    attempts: Vec<Attempts>,
}

/// What calls begin with that wait for something on the service to happen.
const WAITS: [&str; 4] = ["ask", "result", "stream", "wait"];

/// A request that is on its way to the service.
pub struct Afloat {
    due_ms: i64,
    pub number: usize,
    request: Request,
}

pub struct World {
    pub time: Rc<VirtualTime>,
    pub server: RefCell<Server>,
    pub weather: Weather,
    pub chance: Chance,
    pub calls: RefCell<Vec<Call>>,
    pub books: RefCell<Books>,
    pub most_in_flight: u64,
    /// The call that is being polled.
    pub current: Cell<Option<usize>>,
    requests: Cell<usize>,
    pub in_flight: RefCell<BTreeMap<usize, u64>>,
    pub afloat: RefCell<Vec<Afloat>>,
    pub answers: RefCell<BTreeMap<usize, Response>>,
    /// The first law that was broken, in words.
    broken: RefCell<Option<String>>,
    trace: Option<RefCell<Vec<String>>>,
}

impl World {
    pub fn new(seed: u64, server: Server, most_in_flight: u64, traced: bool) -> Rc<Self> {
        Rc::new(Self {
            time: VirtualTime::starting_at(START_MS),
            server: RefCell::new(server),
            weather: Weather::new(seed),
            chance: Chance::new(seed, 13),
            calls: RefCell::default(),
            books: RefCell::default(),
            most_in_flight,
            current: Cell::new(None),
            requests: Cell::new(0),
            in_flight: RefCell::default(),
            afloat: RefCell::default(),
            answers: RefCell::default(),
            broken: RefCell::default(),
            trace: traced.then(RefCell::default),
        })
    }

    /// Milliseconds since the beginning.
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

    pub fn break_law(&self, law: impl Into<String>) {
        let law = law.into();
        self.note(|| format!("BROKEN: {law}"));
        self.broken.borrow_mut().get_or_insert(law);
    }

    pub fn broken(&self) -> Option<String> {
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
        let begun_ms = self.now_ms();
        let deadline_ms = timeout_ms.map(|millis| begun_ms + i64::try_from(millis).unwrap());
        let number = self.calls.borrow().len();
        self.note(|| {
            let limit = timeout_ms.map_or(String::new(), |millis| format!(", within {millis} ms"));
            format!("client {client} call {number}: {what}{limit}")
        });
        self.calls.borrow_mut().push(Call {
            what: what.to_owned(),
            begun_ms,
            deadline_ms,
            aborted_ms: None,
            settled: None,
            posts: Vec::new(),
            waits: WAITS.iter().any(|wait| what.starts_with(wait)),
            attempts: Vec::new(),
        });
        number
    }

    pub fn abort_call(&self, number: usize) {
        self.note(|| format!("call {number}: aborted by its caller"));
        self.calls.borrow_mut()[number].aborted_ms = Some(self.now_ms());
    }

    /// Notes the end of a call, and what holds for every end.
    pub fn end_call(&self, number: usize, error: Option<&Error>) {
        let told = error.map_or("done".to_owned(), |error| format!("{} {}", error.code, error.message));
        self.note(|| format!("call {number}: {told}"));
        if let Some(error) = error {
            if format!("{error:?}").contains(KEY) {
                self.break_law("the key stands in an error");
            }
            if error.kind == ErrorKind::Internal {
                self.break_law("an error of the package itself");
            }
        }
        let now = self.now_ms();
        let (aborted, deadline) = {
            let mut calls = self.calls.borrow_mut();
            let call = &mut calls[number];
            call.settled = Some(told);
            (call.aborted_ms, call.deadline_ms)
        };
        if aborted.is_some_and(|at| now > at) {
            self.break_law("a call settled later than at its abort");
        }
        if deadline.is_some_and(|at| now > at) {
            self.break_law("a call settled later than at its deadline");
        }
    }

    /// Whether the error of a call leaves it open if its POST was carried out.
    pub fn leaves_doubt(&self, number: usize, error: &Error) -> bool {
        let doubts = error.outcome == Some(Effect::Unknown);
        let cut_short = matches!(error.kind, ErrorKind::Abort | ErrorKind::Timeout);
        if cut_short && doubts && self.calls.borrow()[number].posts.iter().all(|post| *post == Post::Refused) {
            self.break_law("an abort or a deadline tells of doubt where nothing can have been done");
        }
        doubts
    }

    /// What holds when everything is over.
    pub fn close(&self) {
        if self.in_flight.borrow().values().any(|count| *count > 0) {
            self.break_law("a request is still in flight at the end");
        }
        if self.time.timers() > 0 {
            self.break_law("a timer is still set at the end");
        }
        self.deliver(i64::MAX);
    }

    pub fn send(&self, client: usize, request: &Request) -> (usize, Option<usize>, Lot) {
        let number = self.requests.replace(self.requests.get() + 1) + 1;
        assert!(number < MOST_REQUESTS, "an endless loop of requests");
        let call = self.current.get();
        let lot = self.weather.draw(self.now_ms(), request);
        self.note(|| {
            let path = request.url.split_once("/v1alpha").map_or("?", |(_, path)| path);
            let body =
                request.body.as_ref().map_or(String::new(), |body| format!(" {}", String::from_utf8_lossy(body)));
            let of = call.map_or("no call".to_owned(), |call| format!("call {call}"));
            format!("{of} #{number}: {} {path}{body} → {}", request.method.as_str(), lot.told)
        });
        if request.url.contains(KEY) || request.body.as_ref().is_some_and(|b| String::from_utf8_lossy(b).contains(KEY))
        {
            self.break_law("the key stands in a request outside its header");
        }
        match call {
            Some(call) => self.check_attempt(call, request),
            None => self.break_law("a request is sent for no call"),
        }
        if let Some(after) = lot.commit_ms {
            let due_ms = self.now_ms() + i64::try_from(after).unwrap();
            self.afloat.borrow_mut().push(Afloat { due_ms, number, request: request.clone() });
        }
        let mut in_flight = self.in_flight.borrow_mut();
        let count = in_flight.entry(client).or_default();
        *count += 1;
        if *count > self.most_in_flight {
            self.break_law("more requests in flight than maxConcurrentRequests allows");
        }
        (number, call, lot)
    }

    fn check_attempt(&self, number: usize, request: &Request) {
        let now = self.now_ms();
        let mut laws = Vec::new();
        let mut calls = self.calls.borrow_mut();
        let call = &mut calls[number];
        if call.aborted_ms.is_some() {
            laws.push("a request is sent for a call after its abort");
        }
        if call.settled.is_some() {
            laws.push("a request is sent for a call that has settled");
        }
        if request.method == Method::Post {
            call.posts.push(Post::UnderWay);
        }
        let asked = |attempts: &&mut Attempts| attempts.request == (request.method, request.url.clone());
        match call.attempts.iter_mut().find(asked) {
            Some(attempts) => {
                attempts.count += 1;
                // What waits ask for may be asked by several at one time, each with attempts of its own.
                let waits = request.method == Method::Get && call.waits;
                if !waits && now < attempts.not_before_ms {
                    laws.push("a request is sent again before the time that Retry-After asked for");
                }
                let lasted_ms = now - attempts.first_ms;
                if attempts.count > MOST_ATTEMPTS * (1 + lasted_ms / MOST_RETRY_MS) {
                    laws.push("a request is sent again more often than the retry rule allows");
                }
                // A wait outlives an outage: it asks again once the retry rule has given one look up.
                // Where few may be in flight at once, an attempt may have had to wait for its place.
                let queue_ms = if self.most_in_flight < 10 { MOST_RETRY_MS } else { 0 };
                if !waits && lasted_ms > queue_ms + MOST_RETRY_MS + MOST_RETRY_MS * LARGEST_DRIFT / 1000 {
                    laws.push("a request is sent again after the time that the retry rule allows");
                }
            }
            None => {
                let request = (request.method, request.url.clone());
                call.attempts.push(Attempts { request, first_ms: now, count: 1, not_before_ms: now });
            }
        }
        drop(calls);
        laws.into_iter().for_each(|law| self.break_law(law));
    }

    /// What the sender now knows of a request.
    pub fn learn(&self, call: usize, number: usize, request: &Request, end: &Result<Response, FetchError>) {
        self.note(|| match end {
            Ok(response) => format!("#{number} answered {} {}", response.status, shortened(&response.body.to_vec())),
            Err(error) => format!("#{number} {}", error.message),
        });
        let mut calls = self.calls.borrow_mut();
        let call = &mut calls[call];
        let is_precondition = |r: &Response| String::from_utf8_lossy(&r.body.to_vec()).contains("FAILED_PRECONDITION");
        let post = match end {
            Ok(r)
                if (200..300).contains(&r.status)
                    && serde_json::from_slice::<serde_json::Value>(&r.body.to_vec()).is_ok() =>
            {
                Post::Done
            }
            Ok(r) if r.status == 503 && r.retry_after.is_some() => Post::Refused,
            Ok(r) if r.status == 400 && is_precondition(r) => Post::Unclear,
            Ok(r) if (400..500).contains(&r.status) && r.status != 408 => Post::Refused,
            Err(error) if error.code.as_deref() == Some("ECONNREFUSED") => Post::Refused,
            _ => Post::Unclear,
        };
        if request.method == Method::Post {
            if let Some(open) = call.posts.iter_mut().rev().find(|post| **post == Post::UnderWay) {
                *open = post;
            }
        }
        let asked = (request.method, request.url.clone());
        if post == Post::Done {
            call.attempts.retain(|attempts| attempts.request != asked);
        }
        let wait = end.as_ref().ok().and_then(|response| response.retry_after.as_ref()?.parse::<i64>().ok());
        if let (Some(seconds), Some(attempts)) = (wait, call.attempts.iter_mut().find(|a| a.request == asked)) {
            attempts.not_before_ms = self.now_ms() + seconds * 1000;
        }
    }

    /// Lets the service carry out what has reached it by then, in the order of arrival.
    pub fn deliver(&self, until_ms: i64) {
        let mut afloat = self.afloat.borrow_mut();
        let mut due: Vec<Afloat> = Vec::new();
        let mut index = 0;
        while index < afloat.len() {
            if afloat[index].due_ms <= until_ms { due.push(afloat.swap_remove(index)) } else { index += 1 }
        }
        due.sort_by_key(|afloat| (afloat.due_ms, afloat.number));
        for Afloat { due_ms, number, request } in due {
            let at = Timestamp::from_millis(START_MS + due_ms);
            let answer = self.server.borrow_mut().handle(at, &request);
            self.answers.borrow_mut().insert(number, answer);
        }
    }
}

fn shortened(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = text.chars().take(110).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
