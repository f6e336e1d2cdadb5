//! Lists of sessions that lag behind for longer than replication is assumed to take.

use crate::not_there::emulated_date;
use crate::support::{Answer, Delivery, Service, SimHost, run_request};
use jules_wasm::client::{Client, Process};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::http::Request;
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{Emulator, Options};
use jules_wasm::host::Host;
use serde_json::{Value, json};

/// A service whose list shows a session this long after it was created.
struct LaggingList {
    emulator: Emulator,
    created: Vec<(Timestamp, Value)>,
    lag_ms: i64,
}

impl Service for LaggingList {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let path = request.url.split('?').next().unwrap_or_default();
        if path.ends_with("/sessions") && request.body.is_none() {
            let is_shown = |(at, _): &&(Timestamp, Value)| *at <= now.plus_millis(-self.lag_ms);
            let shown: Vec<_> = self.created.iter().rev().filter(is_shown).map(|(_, session)| session).collect();
            let body = json!({ "sessions": shown }).to_string().into_bytes();
            return Answer { status: 200, date: Some(emulated_date(now)), body, ..Answer::default() };
        }
        let answer = Service::handle(&mut self.emulator, now, request);
        if path.ends_with("/sessions") {
            self.created.push((now, serde_json::from_slice(&answer.body).unwrap()));
        }
        answer
    }
}

async fn create(client: &Client<SimHost>, prompt: &str) -> Result<(), Error> {
    client.create(&run_request(&json!({ "prompt": prompt }))).await.map(drop)
}

/// The result of a create whose response is lost, `after_ms` after another create, and the number of creates that were sent.
fn lost_create(lag_ms: i64, after_ms: u64, status: u16) -> (Result<(), Error>, usize) {
    let emulator = Emulator::new(Options::default()).unwrap();
    let sim = SimHost::over(LaggingList { emulator, created: Vec::new(), lag_ms });
    let client = sim.client();
    let result = sim.run(async {
        create(&client, "Fix bug A").await.unwrap();
        sim.sleep(after_ms).await;
        sim.next_deliveries([Delivery::status(status).committed()]);
        create(&client, "Fix bug B").await
    });
    (result, sim.count("POST", "/sessions"))
}

#[test]
fn a_list_that_lacks_another_created_session_is_no_proof_and_is_read_again_later() {
    for status in [429, 500, 503] {
        // At the last list that is usually read, it lacks the first session too.
        for lag_ms in [12_000, 25_000, 50_000] {
            let (result, posts) = lost_create(lag_ms, 500, status);
            assert!(result.is_ok() && posts == 2, "{status} {lag_ms}: {result:?} {posts}");
        }
    }
}

#[test]
fn a_create_is_not_sent_again_while_the_list_lags() {
    let (result, posts) = lost_create(10 * 60_000, 500, 500);
    assert_eq!((result.unwrap_err().kind, posts), (ErrorKind::UnknownOutcome, 2));
}

/// Two accounts behind a proxy that has their keys: a header says whose list is asked for.
struct Tenants([Emulator; 2]);

impl Service for Tenants {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let is_second =
            request.headers.iter().any(|(name, value)| (name.as_str(), value.as_str()) == ("x-tenant", "2"));
        Service::handle(&mut self.0[usize::from(is_second)], now, request)
    }
}

#[test]
fn a_list_need_not_show_what_another_client_has_created() {
    let emulator = |seed: u64| Emulator::new(Options::from_json(&json!({ "seed": seed })).unwrap()).unwrap();
    let sim = SimHost::over(Tenants([emulator(1), emulator(2)]));
    let process = Process::default();
    let client = |tenant: &str| {
        let mut options = sim.client().options().clone();
        options.headers.push(("x-tenant".to_owned(), tenant.to_owned()));
        Client::in_process(sim.clone(), options, process.clone())
    };
    let [first, second] = [client("1"), client("2")];
    sim.run(async {
        create(&first, "Fix bug A").await.unwrap();
        sim.next_deliveries([Delivery::status(429)]);
        create(&second, "Fix bug B").await.unwrap();
    });
    assert_eq!(sim.count("POST", "/sessions"), 3);
    assert!(sim.elapsed_ms() < 20_000, "{}", sim.elapsed_ms());
}

#[test]
fn a_list_that_shows_what_was_created_before_proves_that_a_create_was_not_carried_out() {
    let emulator = Emulator::new(Options::default()).unwrap();
    let sim = SimHost::over(LaggingList { emulator, created: Vec::new(), lag_ms: 5_000 });
    let client = sim.client();
    sim.run(async {
        create(&client, "Fix bug A").await.unwrap();
        sim.sleep(500).await;
        sim.next_deliveries([Delivery::status(500)]);
        create(&client, "Fix bug B").await.unwrap();
    });
    assert_eq!(sim.count("POST", "/sessions"), 3);
    assert!(sim.elapsed_ms() < 12_000, "{}", sim.elapsed_ms());
}
