//! The faults of a schedule, and when they stop.

use std::ops::Range;

use crate::answers::{BETWEEN, OWN, html, key_told, precondition, status};
use crate::call::{NO_CONNECTION, NO_TRUST};
use crate::random::Random;
use crate::support::delivery::{End, network_error};
use jules_wasm::core::http::{FetchError, Method, Request};

/// The delivery of one request. Commit and response are independent: a service may still process a request that its sender has
/// dropped.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Milliseconds until the service carries it out; `None`: never.
    pub commit_ms: Option<u64>,
    /// Milliseconds until its sender gets the result, if ever.
    pub end_ms: u64,
    pub end: End,
    /// Whether dropping it prevents that it is carried out later.
    pub dies_with_sender: bool,
    /// Whether it is refused with 401, 403 or 404 without a cause.
    pub refuses: bool,
    /// For the trace.
    pub label: String,
}

/// A period of virtual time in which a percentage of requests has a fault.
#[derive(Debug, Clone, Copy)]
struct FaultPeriod {
    until_ms: i64,
    percent: u64,
    /// No request reaches the service.
    outage: bool,
}

/// A short period in which every request is refused with a status that ends most calls.
#[derive(Debug, Clone)]
struct RefusalBurst {
    span_ms: Range<i64>,
    status: u16,
}

/// The time until which a process has no network from its start, and the error of its runtime.
#[derive(Debug, Clone)]
struct FirstContact {
    until_ms: i64,
    error: FetchError,
}

/// The faults of a schedule.
#[derive(Debug)]
pub struct Faults {
    fronts: Vec<FaultPeriod>,
    bursts: Vec<RefusalBurst>,
    /// By process, of those that exist from the start.
    first_contacts: [Option<FirstContact>; 2],
    random: Random,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        let random = Random::new(seed, 11);
        let mut fronts = Vec::new();
        let mut until_ms = 0;
        for _ in 0..random.between(0, 3) {
            let outage = random.percent(15);
            let longest = if outage { 900_000 } else { 120_000 };
            until_ms += i64::try_from(random.between(1_000, longest)).unwrap();
            let percent = random.of(&[5, 15, 15, 30, 60]);
            fronts.push(FaultPeriod { until_ms, percent, outage });
        }
        let mut bursts = Vec::new();
        let mut from_ms = 0;
        for _ in 0..if random.percent(25) { random.between(1, 3) } else { 0 } {
            from_ms += i64::try_from(random.between(20_000, 90_000)).unwrap();
            let to_ms = from_ms + i64::try_from(random.between(300, 3_500)).unwrap();
            bursts.push(RefusalBurst { span_ms: from_ms..to_ms, status: random.of(&[401, 403, 404]) });
            from_ms = to_ms;
        }
        let first_contact = || {
            let until_ms = i64::try_from(random.between(5_000, 50_000)).unwrap();
            let error = match random.between(0, 5) {
                0 | 1 => network_error(random.of(&NO_CONNECTION), false),
                2 | 3 => network_error(random.of(&NO_TRUST), false),
                4 => FetchError { unsendable: true, ..without_code("Headers are no headers") },
                // All information from a browser.
                _ => without_code("Failed to fetch"),
            };
            random.percent(8).then_some(FirstContact { until_ms, error })
        };
        let first_contacts = [first_contact(), first_contact()];
        Self { fronts, bursts, first_contacts, random }
    }

    /// The end of all faults, in milliseconds since the start.
    pub fn calm_from_ms(&self) -> i64 {
        let fronts = self.fronts.iter().map(|front| front.until_ms);
        let bursts = self.bursts.iter().map(|burst| burst.span_ms.end);
        let first = self.first_contacts.iter().flatten().map(|first| first.until_ms);
        fronts.chain(bursts).chain(first).max().unwrap_or(0)
    }

    pub fn draw(&self, at_ms: i64, request: &Request, process: usize) -> Delivery {
        let first = self.first_contacts.get(process).and_then(Option::as_ref);
        if let Some(first) = first.filter(|first| at_ms < first.until_ms) {
            return self.unreachable(first.error.clone());
        }
        if let Some(burst) = self.bursts.iter().find(|burst| burst.span_ms.contains(&at_ms)) {
            let end = End::Instead(status(burst.status, None));
            return self.not_served(end, true, format!("burst of {}", burst.status));
        }
        match self.fronts.iter().find(|front| at_ms < front.until_ms) {
            Some(front) if front.outage => self.outage(),
            Some(front) if self.random.percent(front.percent) => self.fault(request.method == Method::Post),
            _ => self.served(),
        }
    }

    fn served(&self) -> Delivery {
        let end_ms = self.random.between(0, 120);
        Delivery {
            commit_ms: Some(self.random.between(0, end_ms)),
            end_ms,
            end: End::Answer,
            dies_with_sender: self.random.percent(50),
            refuses: false,
            label: "served".to_owned(),
        }
    }

    fn not_served(&self, end: End, refuses: bool, label: String) -> Delivery {
        Delivery { commit_ms: None, end, refuses, label, ..self.served() }
    }

    fn unreachable(&self, error: FetchError) -> Delivery {
        let label = format!("not reached: {}", error.message);
        self.not_served(End::Error(error), false, label)
    }

    fn not_sent(&self) -> Delivery {
        let error = match self.random.between(0, 4) {
            0 => FetchError { thrown: true, ..without_code("fetch threw") },
            _ => network_error(self.random.of(&NO_CONNECTION), false),
        };
        self.unreachable(error)
    }

    fn outage(&self) -> Delivery {
        let (end, label) = match self.random.between(0, 3) {
            0 => (End::Silence, "silence"),
            1 => (End::Error(network_error("ECONNRESET", false)), "reset"),
            2 => (End::Instead(status(503, None)), "503"),
            _ => return self.not_sent(),
        };
        self.not_served(end, false, format!("outage: {label}"))
    }

    fn fault(&self, is_post: bool) -> Delivery {
        let random = &self.random;
        let served = self.served();
        // Carried out before it fails, not at all, or later if the response does not exclude that.
        let before = if random.percent(50) { served.commit_ms } else { None };
        let whenever = if random.percent(30) { Some(random.between(0, 90_000)) } else { before };
        let lot = |commit_ms: Option<u64>, end: End, label: &str| {
            let done = match commit_ms {
                None => "not carried out".to_owned(),
                Some(at) if at <= served.end_ms => "carried out".to_owned(),
                Some(at) => format!("carried out after {at} ms"),
            };
            Delivery { commit_ms, end, label: format!("{label}, {done}"), ..served.clone() }
        };
        match random.between(0, 17) {
            0..=3 => {
                let code = random.of(&OWN);
                let seconds = if random.percent(5) { 86_400 } else { random.between(1, 40) };
                let is_timed = matches!(code, 429 | 503) && random.percent(60);
                let wait = is_timed.then(|| seconds.to_string());
                let label = wait.as_ref().map_or(code.to_string(), |wait| format!("{code}, Retry-After {wait}"));
                lot(before, End::Instead(status(code, wait.as_deref())), &label)
            }
            4 | 5 => {
                let code = random.of(&BETWEEN);
                lot(whenever, End::Instead(status(code, None)), &code.to_string())
            }
            6 | 7 => lot(whenever, End::Error(network_error("ECONNRESET", false)), "reset"),
            8 => lot(whenever, End::Silence, "silence"),
            9 => lot(served.commit_ms, End::Error(network_error("UND_ERR_SOCKET", true)), "broken body"),
            10 => lot(served.commit_ms, End::Cut(usize::try_from(random.between(1, 40)).unwrap()), "cut body"),
            11 if is_post => lot(before, End::Instead(precondition()), "400 FAILED_PRECONDITION"),
            12 => Delivery { end_ms: random.between(200, 29_000), label: "slow".to_owned(), ..served },
            13 => Delivery { end_ms: random.between(29_900, 45_000), label: "too slow".to_owned(), ..served },
            14 => {
                let code = random.of(&[500, 403, 401, 404]);
                self.not_served(End::Instead(key_told(code)), code < 500, format!("{code} with the key"))
            }
            15 => self.not_served(End::Instead(html()), false, "200 with a page of HTML".to_owned()),
            _ => self.not_sent(),
        }
    }
}

fn without_code(message: &str) -> FetchError {
    FetchError { name: "TypeError".to_owned(), message: message.to_owned(), ..FetchError::default() }
}
