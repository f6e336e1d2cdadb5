//! What becomes of each request: the faults of a schedule, and when they stop.

use crate::chance::Chance;
use crate::support::KEY;
use crate::support::fate::{End, network_error};
use jules_wasm::core::http::{Method, Request, Response};
use serde_json::json;

/// What becomes of one request. Commit and answer are apart: a service may still be at work on a request that its
/// sender has given up.
#[derive(Debug, Clone)]
pub struct Lot {
    /// Milliseconds until the service carries it out; `None`: never.
    pub commit_ms: Option<u64>,
    /// Milliseconds until its sender is told, if ever.
    pub end_ms: u64,
    pub end: End,
    /// Whether a sender that gives up keeps it from being carried out later.
    pub dies_with_sender: bool,
    /// For the trace.
    pub told: String,
}

/// A span of virtual time in which so many of a hundred requests meet a fault.
#[derive(Debug, Clone, Copy)]
struct Front {
    until_ms: i64,
    percent: u64,
    /// No request reaches the service.
    outage: bool,
}

/// The faults of a schedule.
#[derive(Debug)]
pub struct Weather {
    fronts: Vec<Front>,
    chance: Chance,
}

impl Weather {
    pub fn new(seed: u64) -> Self {
        let chance = Chance::new(seed, 11);
        let mut fronts = Vec::new();
        let mut until_ms = 0;
        for _ in 0..chance.between(0, 3) {
            let outage = chance.percent(15);
            let longest = if outage { 900_000 } else { 120_000 };
            until_ms += i64::try_from(chance.between(1_000, longest)).unwrap();
            let percent = chance.of(&[5, 15, 15, 30, 60]);
            fronts.push(Front { until_ms, percent, outage });
        }
        Self { fronts, chance }
    }

    /// From when on nothing goes wrong any more, in milliseconds since the beginning.
    pub fn calm_from_ms(&self) -> i64 {
        self.fronts.last().map_or(0, |front| front.until_ms)
    }

    pub fn draw(&self, at_ms: i64, request: &Request) -> Lot {
        match self.fronts.iter().find(|front| at_ms < front.until_ms) {
            Some(front) if front.outage => self.outage(),
            Some(front) if self.chance.percent(front.percent) => self.fault(request.method == Method::Post),
            _ => self.served(),
        }
    }

    fn served(&self) -> Lot {
        let end_ms = self.chance.between(0, 120);
        Lot {
            commit_ms: Some(self.chance.between(0, end_ms)),
            end_ms,
            end: End::Answer,
            dies_with_sender: self.chance.percent(50),
            told: "served".to_owned(),
        }
    }

    fn outage(&self) -> Lot {
        let (end, told) = match self.chance.between(0, 3) {
            0 => (End::Silence, "silence"),
            1 => (End::Error(network_error("ECONNRESET", false)), "reset"),
            2 => (End::Instead(status(503, None)), "503"),
            _ => (End::Error(network_error("ECONNREFUSED", false)), "no connection"),
        };
        Lot { commit_ms: None, end, told: format!("outage: {told}"), ..self.served() }
    }

    fn fault(&self, is_post: bool) -> Lot {
        let chance = &self.chance;
        let served = self.served();
        // Carried out before it fails, not at all, or, where nobody says that the service is done with it, later.
        let before = if chance.percent(50) { served.commit_ms } else { None };
        let whenever = if chance.percent(30) { Some(chance.between(0, 90_000)) } else { before };
        let lot = |commit_ms: Option<u64>, end: End, told: &str| {
            let done = match commit_ms {
                None => "not carried out".to_owned(),
                Some(at) if at <= served.end_ms => "carried out".to_owned(),
                Some(at) => format!("carried out after {at} ms"),
            };
            Lot { commit_ms, end, told: format!("{told}, {done}"), ..served.clone() }
        };
        match chance.between(0, 15) {
            0 => lot(before, End::Instead(status(500, None)), "500"),
            1 => lot(before, End::Instead(status(503, None)), "503"),
            2 => lot(whenever, End::Instead(status(502, None)), "502"),
            3 => lot(whenever, End::Instead(status(504, None)), "504"),
            4 => lot(whenever, End::Error(network_error("ECONNRESET", false)), "reset"),
            5 => lot(whenever, End::Silence, "silence"),
            6 => lot(served.commit_ms, End::Error(network_error("UND_ERR_SOCKET", true)), "broken body"),
            7 => lot(served.commit_ms, End::Cut(usize::try_from(chance.between(1, 40)).unwrap()), "cut body"),
            8 if is_post => lot(before, End::Instead(precondition()), "400 FAILED_PRECONDITION"),
            9 => {
                let seconds = if chance.percent(5) { 86_400 } else { chance.between(1, 40) };
                let code = chance.of(&[429, 429, 503]);
                let wait = seconds.to_string();
                lot(None, End::Instead(status(code, Some(&wait))), &format!("{code}, Retry-After {wait}"))
            }
            10 => lot(None, End::Instead(status(429, None)), "429"),
            11 => Lot { end_ms: chance.between(200, 29_000), told: "slow".to_owned(), ..served },
            12 => Lot { end_ms: chance.between(29_900, 45_000), told: "too slow".to_owned(), ..served },
            13 => lot(None, End::Instead(key_told(chance.of(&[500, 403, 401]))), "an error that holds the key"),
            14 => lot(None, End::Instead(html()), "200 with a page of HTML"),
            _ => lot(None, End::Error(network_error("ECONNREFUSED", false)), "no connection"),
        }
    }
}

fn status(code: u16, retry_after: Option<&str>) -> Response {
    let body = json!({"error": {"code": code, "message": "As scripted."}}).to_string().into_bytes().into();
    Response { status: code, retry_after: retry_after.map(str::to_owned), body, ..Response::default() }
}

fn precondition() -> Response {
    let error = json!({"code": 400, "message": "Precondition check failed.", "status": "FAILED_PRECONDITION"});
    Response { status: 400, body: json!({"error": error}).to_string().into_bytes().into(), ..Response::default() }
}

fn key_told(code: u16) -> Response {
    let error = json!({"code": code, "message": format!("Bad key {KEY}."), "details": [{"key": KEY}]});
    Response { status: code, body: json!({"error": error}).to_string().into_bytes().into(), ..Response::default() }
}

fn html() -> Response {
    Response { status: 200, body: b"<html>Sign in to the network</html>".to_vec().into(), ..Response::default() }
}
