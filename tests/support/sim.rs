//! The host of the tests.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, pending, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

use super::answer::Answer;
use super::delivery::{Arrival, Delivery, End};
use super::executor::{Stuck, VirtualTime};
use jules_wasm::client::Client;
use jules_wasm::core::http::{FetchError, Request, Response};
use jules_wasm::core::options::Options;
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{self, Emulator};
use jules_wasm::host::{Host, LogLevel};
use serde_json::Value;

/// 2026-08-21T21:05:11.104Z, the start of every test.
pub const START_MS: i64 = 1_787_346_311_104;

/// The key of clients of [`SimHost::client`].
pub const KEY: &str = "AIzaSy-a-key-of-the-tests-0123456789";

/// More requests than any test needs, which indicates an endless loop.
const MOST_REQUESTS: usize = 100_000;

/// A service that handles requests at its own time.
pub trait Service {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer;
}

impl Service for Emulator {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let request = emulator::Request {
            method: request.method.as_str().to_owned(),
            target: request.url.clone(),
            headers: request.headers.to_vec(),
            body: request.body.clone().unwrap_or_default().into_bytes(),
        };
        let answer = Self::handle(self, now, &request);
        let header = |name: &str| answer.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
        Answer {
            status: answer.status,
            status_text: String::new(),
            retry_after: header("retry-after"),
            date: header("date"),
            body: answer.body,
        }
    }
}

/// A sent request.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Milliseconds since the start.
    pub at_ms: i64,
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// Empty if missing.
    pub body: String,
}

impl Sent {
    /// The URL after the version, with the query.
    pub fn path(&self) -> &str {
        self.url.split_once("/v1alpha").unwrap().1
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

type Script = Box<dyn FnMut(&Arrival<'_>) -> Delivery>;

struct World {
    time: Rc<VirtualTime>,
    clock_skew_ms: Cell<i64>,
    service_ahead_ms: Cell<i64>,
    wall_ahead_ms: Cell<i64>,
    random: Cell<u64>,
    fixed_random: Cell<Option<f64>>,
    service: RefCell<Box<dyn Service>>,
    script: RefCell<Script>,
    requests: RefCell<Vec<Sent>>,
    log: RefCell<Vec<(LogLevel, String)>>,
    variables: RefCell<BTreeMap<String, String>>,
    in_flight: Cell<usize>,
    most_in_flight: Cell<usize>,
    dropped: Cell<usize>,
    /// Milliseconds after which a request that is in flight arrives although its client is dropped.
    late_ms: Cell<Option<i64>>,
    late: RefCell<Vec<(i64, Request)>>,
    hidden: Cell<bool>,
    waits_to_be_shown: RefCell<Vec<Waker>>,
}

/// A host on virtual time with a service in memory. Clones share their state. Everything is determined by the seed, the service
/// and the script.
#[derive(Clone)]
pub struct SimHost(Rc<World>);

impl SimHost {
    /// With an emulator without options.
    pub fn new() -> Self {
        Self::over(Emulator::new(emulator::Options::default()).unwrap())
    }

    /// With an emulator with options in JSON.
    pub fn with_emulator(options: &Value) -> Self {
        let options = emulator::Options::from_json(options).unwrap();
        Self::over(Emulator::new(options).unwrap())
    }

    /// With this service.
    pub fn over(service: impl Service + 'static) -> Self {
        Self(Rc::new(World {
            time: VirtualTime::starting_at(START_MS),
            clock_skew_ms: Cell::new(0),
            service_ahead_ms: Cell::new(0),
            wall_ahead_ms: Cell::new(0),
            random: Cell::new(1),
            fixed_random: Cell::new(None),
            service: RefCell::new(Box::new(service)),
            script: RefCell::new(Box::new(|_| Delivery::served())),
            requests: RefCell::default(),
            log: RefCell::default(),
            variables: RefCell::default(),
            in_flight: Cell::new(0),
            most_in_flight: Cell::new(0),
            dropped: Cell::new(0),
            late_ms: Cell::new(None),
            late: RefCell::default(),
            hidden: Cell::new(false),
            waits_to_be_shown: RefCell::default(),
        }))
    }

    /// Sets the seed of the random numbers.
    pub fn seed(&self, seed: u64) {
        self.0.random.set(seed);
    }

    /// Sets all further random numbers to this one.
    pub fn fix_random(&self, number: f64) {
        self.0.fixed_random.set(Some(number));
    }

    /// Requests that are on their way when their client is dropped arrive this much later.
    pub fn deliver_late(&self, millis: i64) {
        self.0.late_ms.set(Some(millis));
    }

    /// Hides or shows the page.
    pub fn hide(&self, hidden: bool) {
        self.0.hidden.set(hidden);
        if !hidden {
            self.0.waits_to_be_shown.take().into_iter().for_each(Waker::wake);
        }
    }

    /// Sets the offset of the local clock.
    pub fn skew_clock(&self, millis: i64) {
        self.0.clock_skew_ms.set(millis);
    }

    /// Sets how far the wall clock is ahead of the service's.
    pub fn skew_wall_clock(&self, millis: i64) {
        self.0.wall_ahead_ms.set(millis);
    }

    /// Suspends the machine. The monotonic clocks of some systems count this time, others do not.
    pub fn suspend(&self, millis: i64, is_counted: bool) {
        if is_counted {
            self.0.time.skip(millis);
        } else {
            self.0.service_ahead_ms.set(self.0.service_ahead_ms.get() + millis);
        }
    }

    pub fn set_variable(&self, name: &str, value: &str) {
        self.0.variables.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// Sets the function that decides the delivery of each request.
    pub fn script(&self, script: impl FnMut(&Arrival<'_>) -> Delivery + 'static) {
        *self.0.script.borrow_mut() = Box::new(script);
    }

    /// Sets the deliveries of the next requests; later ones succeed.
    pub fn next_deliveries(&self, deliveries: impl IntoIterator<Item = Delivery>) {
        let mut deliveries: Vec<_> = deliveries.into_iter().collect();
        deliveries.reverse();
        self.script(move |_| deliveries.pop().unwrap_or_else(Delivery::served));
    }

    /// A client with a key.
    pub fn client(&self) -> Client<Self> {
        self.client_with(|_| ())
    }

    /// A client with a key and the options that `set` sets.
    pub fn client_with(&self, set: impl FnOnce(&mut Options)) -> Client<Self> {
        let mut options = Options { api_key: Some(KEY.to_owned()), ..Options::default() };
        set(&mut options);
        Client::new(self.clone(), options)
    }

    /// Runs a future to its end; panics if it would wait forever.
    #[track_caller]
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        match self.try_run(future) {
            Ok(output) => output,
            Err(Stuck) => panic!("waits forever, after {:?}", self.calls()),
        }
    }

    /// Runs a future to its end, or until nothing can continue.
    pub fn try_run<F: Future>(&self, future: F) -> Result<F::Output, Stuck> {
        self.0.time.run(future)
    }

    /// Milliseconds since the start.
    pub fn elapsed_ms(&self) -> i64 {
        self.0.time.now_ms() - START_MS
    }

    /// The number of active timers.
    pub fn timers(&self) -> usize {
        self.0.time.timers()
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Sent> {
        self.0.requests.borrow().clone()
    }

    /// Method and path with query of all requests so far.
    pub fn calls(&self) -> Vec<String> {
        self.0.requests.borrow().iter().map(|sent| format!("{} {}", sent.method, sent.path())).collect()
    }

    /// The number of requests with this method and this part of the path so far.
    pub fn count(&self, method: &str, part: &str) -> usize {
        self.0.requests.borrow().iter().filter(|sent| sent.method == method && sent.path().contains(part)).count()
    }

    /// Clears the log of requests.
    pub fn forget_requests(&self) {
        self.0.requests.borrow_mut().clear();
    }

    pub fn log_lines(&self) -> Vec<(LogLevel, String)> {
        self.0.log.borrow().clone()
    }

    /// The number of requests in flight.
    pub fn in_flight(&self) -> usize {
        self.0.in_flight.get()
    }

    /// The largest number of requests in flight.
    pub fn most_in_flight(&self) -> usize {
        self.0.most_in_flight.get()
    }

    /// The number of requests dropped before their end.
    pub fn dropped(&self) -> usize {
        self.0.dropped.get()
    }

    fn send(&self, request: &Request) -> Delivery {
        let sent = Sent {
            at_ms: self.elapsed_ms(),
            method: request.method.as_str(),
            url: request.url.clone(),
            headers: request.headers.to_vec(),
            body: request.body.clone().unwrap_or_default(),
        };
        self.0.requests.borrow_mut().push(sent);
        let number = self.0.requests.borrow().len();
        assert!(number < MOST_REQUESTS, "an endless loop of requests");
        (self.0.script.borrow_mut())(&Arrival { number, at_ms: self.elapsed_ms(), request })
    }

    fn serve(&self, request: &Request) -> Answer {
        let now = self.0.time.now_ms();
        let (due, later) = self.0.late.take().into_iter().partition(|(due, _)| *due <= now);
        self.0.late.replace(later);
        let due: Vec<(i64, Request)> = due;
        for (due, late) in due {
            self.0.service.borrow_mut().handle(Timestamp::from_millis(due), &late);
        }
        self.0
            .service
            .borrow_mut()
            .handle(Timestamp::from_millis(self.0.time.now_ms() + self.0.service_ahead_ms.get()), request)
    }
}

/// A request in flight.
struct Flight<'a> {
    world: &'a World,
    /// The request while it is in flight.
    request: Option<&'a Request>,
    has_ended: bool,
}

impl<'a> Flight<'a> {
    fn begin(world: &'a World, request: &'a Request) -> Self {
        world.in_flight.set(world.in_flight.get() + 1);
        world.most_in_flight.set(world.most_in_flight.get().max(world.in_flight.get()));
        Self { world, request: Some(request), has_ended: false }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.world.in_flight.set(self.world.in_flight.get() - 1);
        if let (Some(request), Some(late_ms)) = (self.request, self.world.late_ms.get()) {
            self.world.late.borrow_mut().push((self.world.time.now_ms() + late_ms, request.clone()));
        }
        self.world.dropped.set(self.world.dropped.get() + usize::from(!self.has_ended));
    }
}

impl Host for SimHost {
    type Json = Value;

    async fn fetch(&self, request: &Request) -> Result<Response<Value>, FetchError> {
        let mut flight = Flight::begin(&self.0, request);
        let delivery = self.send(request);
        self.sleep(delivery.there_ms).await;
        flight.request = None;
        let answer = delivery.reaches_the_service.then(|| self.serve(request));
        self.sleep(delivery.back_ms).await;
        let end = match (delivery.end, answer) {
            (End::Instead(response), _) | (End::Answer, Some(response)) => Ok(response),
            (End::Cut(bytes), Some(answer)) => Ok(answer.cut(bytes)),
            (End::Error(error), _) => Err(error),
            (End::Silence, _) => pending().await,
            (End::Answer | End::Cut(_), None) => panic!("an answer of a service that was not reached"),
        };
        flight.has_ended = true;
        end.map(|answer| answer.received(request))
    }

    async fn sleep(&self, millis: u64) {
        self.0.time.sleep(millis).await;
    }

    fn now(&self) -> i64 {
        self.0.time.now_ms() + self.0.clock_skew_ms.get()
    }

    fn wall_clock_ms(&self) -> i64 {
        self.0.time.now_ms() + self.0.service_ahead_ms.get() + self.0.wall_ahead_ms.get()
    }

    fn is_hidden(&self) -> bool {
        self.0.hidden.get()
    }

    async fn shown(&self) {
        poll_fn(|context| {
            if !self.is_hidden() {
                return Poll::Ready(());
            }
            self.0.waits_to_be_shown.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// The splitmix64 generator.
    fn random(&self) -> f64 {
        let state = self.0.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.random.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let number = f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap()) / 4_294_967_296.0;
        self.0.fixed_random.get().unwrap_or(number)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.0.variables.borrow().get(name).cloned()
    }

    fn log(&self, level: LogLevel, message: &dyn Fn() -> String) {
        self.0.log.borrow_mut().push((level, message()));
    }
}
