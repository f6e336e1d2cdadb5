//! Suspensions of the machine during creates and messages, with monotonic clocks that count that time or not: no duplicates, no
//! mistaken older sessions, and timeouts are kept.

use crate::support::scripted_session::{ID, ScriptedSession, progress};
use crate::support::{Answer, Delivery, Service, SimHost, run_request};
use futures::future::join;
use jules_wasm::client::{ActivityStream, Client, PageRequest, StreamOptions};
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::http::Request;
use jules_wasm::core::session::Session;
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::Emulator;
use jules_wasm::host::Host;
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

async fn create(client: &Client<SimHost>) -> Result<Session<Value>, Error> {
    client.create(&run_request(&json!({"prompt": "Fix bug A"}))).await
}

/// The sessions of the service, newest first.
fn sessions(sim: &SimHost) -> Vec<String> {
    sim.script(|_| Delivery::served());
    let request = PageRequest { page_size: Some(100), ..PageRequest::default() };
    let listed = sim.run(sim.client().sessions(&request)).unwrap().items;
    listed.into_iter().map(|session| session.id.to_string()).collect()
}

/// Suspends the machine during the next request, which ends like this.
fn suspend_during(sim: &SimHost, millis: i64, is_counted: bool, delivery: Delivery) {
    let host = sim.clone();
    let mut delivery = Some(delivery);
    sim.script(move |_| {
        let Some(delivery) = delivery.take() else { return Delivery::served() };
        host.suspend(millis, is_counted);
        delivery
    });
}

/// A client that knows the service's time.
fn client_in_use(sim: &SimHost) -> Client<SimHost> {
    let client = sim.client();
    sim.run(client.sources(&PageRequest::default())).unwrap();
    client
}

/// Every kind of suspension: its milliseconds, whether the clock counts them, and whether the client knows the service's time.
fn suspensions() -> impl Iterator<Item = (i64, bool, bool)> {
    [10_000, HOUR_MS, 24 * HOUR_MS]
        .into_iter()
        .flat_map(|millis| [(true, true), (true, false), (false, true), (false, false)].map(|(a, b)| (millis, a, b)))
}

#[test]
fn a_create_that_was_carried_out_is_not_sent_again_after_a_suspension() {
    for (millis, is_counted, is_in_use) in suspensions() {
        let sim = SimHost::new();
        let client = if is_in_use { client_in_use(&sim) } else { sim.client() };
        suspend_during(&sim, millis, is_counted, Delivery::status(500).committed());
        let created = sim.run(create(&client));
        let all = sessions(&sim);
        assert_eq!((sim.count("POST", ""), all.len()), (1, 1));
        match created {
            Ok(session) => assert_eq!(session.id, all[0]),
            Err(error) => assert_eq!(error.candidates, Some(all), "{millis} {is_counted} {is_in_use}"),
        }
    }
}

#[test]
fn the_outcome_of_a_create_that_was_not_carried_out_is_right_after_a_suspension() {
    for (millis, is_counted, is_in_use) in suspensions() {
        let sim = SimHost::new();
        let client = if is_in_use { client_in_use(&sim) } else { sim.client() };
        suspend_during(&sim, millis, is_counted, Delivery::status(500));
        match sim.run(create(&client)) {
            Ok(session) => assert_eq!(sessions(&sim), [session.id.to_string()]),
            Err(error) => {
                // By a clock that counts the suspension, the retry window is over.
                assert_eq!((error.outcome, sessions(&sim).len()), (Some(Effect::Refused), 0));
                assert!(is_counted && millis > 300_000, "{millis}");
            }
        }
    }
}

#[test]
fn a_message_is_sent_once_also_after_a_suspension() {
    for (millis, is_counted, _) in suspensions() {
        let sim = SimHost::with_emulator(&json!({"scenario": "stall"}));
        let client = sim.client();
        let id = sim.run(create(&client)).unwrap().id;
        suspend_during(&sim, millis, is_counted, Delivery::status(500).committed());
        let sent = sim.run(client.send(&id, "Hello"));
        assert_eq!(sim.count("POST", ":sendMessage"), 1);
        assert!(sent.is_ok() || sent.is_err_and(|error| error.kind == ErrorKind::UnknownOutcome));
    }
}

#[test]
fn one_more_attempt_follows_a_suspension_during_a_backoff() {
    let sim = SimHost::new();
    sim.fix_random(1.0);
    sim.next_deliveries([Delivery::no_connection(), Delivery::no_connection()]);
    let client = sim.client();
    let suspension = async {
        sim.sleep(1_500).await;
        sim.suspend(HOUR_MS, true);
    };
    let (sources, ()) = sim.run(join(client.sources(&PageRequest::default()), suspension));
    assert!(sources.is_ok());
    assert_eq!(sim.calls().len(), 3);
}

#[test]
fn a_stream_times_out_right_after_a_suspension() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    for step in 0..1_000 {
        script.happens(step * 10_000, &step.to_string(), progress("More"));
    }
    let sim = SimHost::over(script);
    let client = sim.client();
    let options = StreamOptions { timeout_ms: Some(60_000), ..StreamOptions::default() };
    let mut stream = ActivityStream::new(client.clone(), ID, options);
    let suspension = async {
        sim.sleep(30_000).await;
        sim.suspend(HOUR_MS, true);
    };
    let (error, ()) = sim.run(join(crate::stream::fails(&client, &mut stream), suspension));
    assert_eq!((error.kind, sim.elapsed_ms()), (ErrorKind::Timeout, 30_000 + HOUR_MS));
}

/// A service behind a proxy that removes the `Date` header of all responses, or of all except the first.
struct Dateless {
    emulator: Emulator,
    has_dates: bool,
}

impl Service for Dateless {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let answer = Service::handle(&mut self.emulator, now, request);
        let had_dates = std::mem::take(&mut self.has_dates);
        Answer { date: answer.date.filter(|_| had_dates), ..answer }
    }
}

fn dateless(has_dates: bool) -> SimHost {
    SimHost::over(Dateless { emulator: Emulator::new(Default::default()).unwrap(), has_dates })
}

#[test]
fn a_lost_create_is_found_by_an_earlier_date_header() {
    let sim = dateless(true);
    let client = client_in_use(&sim);
    sim.next_deliveries([Delivery::status(500).committed()]);
    assert_eq!(sim.run(create(&client)).unwrap().id, sessions(&sim)[0]);
    assert_eq!(sim.count("POST", ""), 1);
}

#[test]
fn without_any_date_a_match_is_a_candidate_and_a_create_without_match_is_sent_again() {
    for is_carried_out in [true, false] {
        let sim = dateless(false);
        sim.next_deliveries([Delivery { reaches_the_service: is_carried_out, ..Delivery::status(500) }]);
        let created = sim.run(create(&sim.client()));
        let all = sessions(&sim);
        assert_eq!(all.len(), 1);
        match created {
            Ok(session) => assert!(!is_carried_out && session.id == all[0]),
            Err(error) => assert_eq!((is_carried_out, &error.candidates), (true, &Some(all))),
        }
    }
}

/// The emulator behind a proxy that sets `Date` by its own clock, which is ahead by this time.
pub struct Ahead(pub Emulator, pub i64);

impl Service for Ahead {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let date = Service::handle(&mut self.0.clone(), now.plus_millis(self.1), request).date;
        Answer { date, ..Service::handle(&mut self.0, now, request) }
    }
}

#[test]
fn a_date_header_ahead_of_create_times_causes_no_duplicate() {
    for seconds in [-18_000, -600, -10, -3, 3, 10, 600, 18_000, 86_400] {
        let sim = SimHost::over(Ahead(Emulator::new(Default::default()).unwrap(), seconds * 1_000));
        let client = client_in_use(&sim);
        sim.next_deliveries([Delivery::status(500).committed()]);
        let created = sim.run(create(&client));
        let all = sessions(&sim);
        assert_eq!((sim.count("POST", ""), all.len()), (1, 1), "{seconds}");
        assert!(created.is_ok_and(|session| session.id == all[0]) || seconds > 2, "{seconds}");
    }
}
