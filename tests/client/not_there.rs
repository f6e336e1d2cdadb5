//! Proofs that a create was not carried out.

use crate::support::{Answer, Delivery, Service, SimHost, run_request};
use futures::future::join;
use jules_wasm::client::PageRequest;
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::http::Request;
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{Emulator, Options};
use jules_wasm::host::Host;
use serde_json::{Value, json};

/// A service with this `Date` header at each time.
struct Dated(Emulator, fn(Timestamp) -> Option<String>);

impl Service for Dated {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        Answer { date: (self.1)(now), ..Service::handle(&mut self.0, now, request) }
    }
}

fn dated(faults: &Value, date: fn(Timestamp) -> Option<String>) -> SimHost {
    let options = Options::from_json(&json!({ "faults": faults })).unwrap();
    SimHost::over(Dated(Emulator::new(options).unwrap(), date))
}

fn create(sim: &SimHost, prompt: &str) -> Result<(), Error> {
    sim.run(sim.client().create(&run_request(&json!({ "prompt": prompt })))).map(drop)
}

/// The next create is carried out and its response is lost.
fn lose_the_next_answer(sim: &SimHost) {
    sim.next_deliveries([Delivery::status(503).committed()]);
}

/// The number of sessions of the service.
fn sessions(sim: &SimHost) -> usize {
    sim.script(|_| Delivery::served());
    let client = sim.client();
    let (mut count, mut page) = (0, PageRequest { page_size: Some(100), ..PageRequest::default() });
    loop {
        let found = sim.run(client.sessions(&page)).unwrap();
        count += found.items.len();
        match found.next_page_token {
            Some(token) => page.page_token = Some(token),
            None => return count,
        }
    }
}

#[test]
fn without_a_date_all_pages_are_read_before_a_create_is_sent_again() {
    for fault in [json!({ "maxPageSize": 1 }), json!({ "emptyPages": true })] {
        let sim = dated(&json!([{ "on": "list", "fault": fault }]), |_| None);
        lose_the_next_answer(&sim);
        let ours = run_request(&json!({ "prompt": "Fix bug A" }));
        let client = sim.client();
        let others = async {
            sim.sleep(100).await;
            for prompt in ["Fix bug B", "Fix bug C", "Fix bug D"] {
                sim.client().create(&run_request(&json!({ "prompt": prompt }))).await.unwrap();
            }
        };
        let (lost, ()) = sim.run(join(client.create(&ours), others));
        // Without a date a match may be older.
        assert_eq!(lost.unwrap_err().kind, ErrorKind::UnknownOutcome, "{fault}");
        assert_eq!(sessions(&sim), 4, "{fault}");
    }
}

#[test]
fn a_date_header_seconds_off_create_times_causes_no_duplicate() {
    for date in [
        (|now| Some(http_date(now.plus_millis(3_000)))) as fn(Timestamp) -> Option<String>,
        |now| Some(http_date(now.plus_millis(-3_000))),
        |now| Some(http_date(now.plus_millis(90_000))),
    ] {
        let sim = dated(&json!([]), date);
        create(&sim, "Show the clock").unwrap();
        lose_the_next_answer(&sim);
        if let Err(error) = create(&sim, "Fix bug A") {
            assert_eq!((error.kind, error.candidates.as_ref().map(Vec::len)), (ErrorKind::UnknownOutcome, Some(1)));
        }
        assert_eq!(sessions(&sim), 2);
    }
}

#[test]
fn an_incomplete_list_proves_nothing_but_contains_candidates() {
    let sim = SimHost::with_emulator(&json!({ "faults": [{ "on": "list", "fault": { "maxPageSize": 1 } }] }));
    create(&sim, "Fix bug B").unwrap();
    let mut posts = 0;
    sim.script(move |arrival| {
        posts += usize::from(arrival.is("POST", "/sessions"));
        match (arrival.is("POST", "/sessions"), arrival.is("GET", "pageToken=")) {
            (true, _) if posts == 1 => Delivery::status(503).committed(),
            (_, true) => Delivery::status(403),
            _ => Delivery::served(),
        }
    });
    let error = create(&sim, "Fix bug A").unwrap_err();
    assert_eq!((error.kind, error.candidates.as_ref().map(Vec::len)), (ErrorKind::UnknownOutcome, Some(1)));
    assert_eq!(sessions(&sim), 2);
}

/// A service whose list shows the oldest sessions first, in pages of 100, or repeats a page token before its end.
struct Listing {
    emulator: Emulator,
    created: Vec<Value>,
    repeats_token: bool,
}

impl Service for Listing {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
        let is_of_sessions = path.ends_with("/sessions");
        if is_of_sessions && request.body.is_none() {
            let number =
                |name: &str| query.split('&').find_map(|field| field.strip_prefix(name)?.parse::<usize>().ok());
            let start = number("pageToken=").unwrap_or(0);
            let end = (start + 100).min(self.created.len());
            let next = if end < self.created.len() { Some(if self.repeats_token { start } else { end }) } else { None };
            let page =
                json!({ "sessions": self.created[start..end], "nextPageToken": next.map(|next| next.to_string()) });
            let (body, date) = (page.to_string().into_bytes(), Some(emulated_date(now)));
            return Answer { status: 200, date, body, ..Answer::default() };
        }
        let answer = Service::handle(&mut self.emulator, now, request);
        if is_of_sessions {
            self.created.push(serde_json::from_slice(&answer.body).unwrap());
        }
        answer
    }
}

/// The result of a create that is carried out and answered with 503, after 120 others, and the number of all sessions.
fn create_after_others(repeats_token: bool) -> (Result<(), Error>, usize) {
    let emulator = Emulator::new(Options::default()).unwrap();
    let sim = SimHost::over(Listing { emulator, created: Vec::new(), repeats_token });
    for number in 0..120 {
        sim.run(sim.sleep(1_000));
        create(&sim, &format!("Other task {number}")).unwrap();
    }
    lose_the_next_answer(&sim);
    let result = create(&sim, "Fix bug A");
    (result, sim.count("POST", "/sessions"))
}

#[test]
fn a_list_that_is_not_newest_first_is_read_to_its_end() {
    let (result, posts) = create_after_others(false);
    assert_eq!((result.map_err(|error| error.kind), posts), (Ok(()), 121));
}

#[test]
fn a_list_that_repeats_a_page_token_proves_nothing() {
    let (result, posts) = create_after_others(true);
    assert_eq!((result.unwrap_err().kind, posts), (ErrorKind::UnknownOutcome, 121));
}

fn http_date(time: Timestamp) -> String {
    let date = emulated_date(time);
    assert!(date.ends_with(" GMT"), "{date}");
    date
}

/// The `Date` header of an emulator at this time.
pub fn emulated_date(time: Timestamp) -> String {
    let request = Request {
        method: jules_wasm::core::http::Method::Get,
        url: "https://jules.googleapis.com/v1alpha/sessions".to_owned(),
        headers: Default::default(),
        body: None,
        wants_date: true,
        most_bytes: u64::MAX,
        attempt: 1,
    };
    let mut emulator = Emulator::new(Options::default()).unwrap();
    Service::handle(&mut emulator, time, &request).date.unwrap()
}

/// A service whose list of sessions is nothing but empty pages.
struct EndlessList(Emulator, usize);

impl Service for EndlessList {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let path = request.url.split('?').next().unwrap_or_default();
        if !path.ends_with("/sessions") || request.body.is_some() {
            return Service::handle(&mut self.0, now, request);
        }
        self.1 += 1;
        let body = json!({ "nextPageToken": self.1.to_string() }).to_string().into_bytes();
        Answer { status: 200, date: Some(emulated_date(now)), body, ..Answer::default() }
    }
}

#[test]
fn a_list_of_endless_empty_pages_proves_nothing() {
    let sim = SimHost::over(EndlessList(Emulator::new(Options::default()).unwrap(), 0));
    lose_the_next_answer(&sim);
    let error = create(&sim, "Fix bug A").unwrap_err();
    assert_eq!((error.kind, sim.count("POST", "/sessions")), (ErrorKind::UnknownOutcome, 1));
}
