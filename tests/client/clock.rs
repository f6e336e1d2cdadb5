//! The local clock is set while something is made or sent: nothing is made twice, and nothing older is taken for it. And
//! while time is measured: what has its time keeps it.

use crate::polling::within;
use crate::stream::fails;
use crate::support::tape::{ID, Tape, completed, progress, user};
use crate::support::{Fate, Service, SimHost, run_request};
use futures::future::{join, join3};
use jules_wasm::client::{ActivityStream, Client, PageRequest, StreamOptions};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::http::{Request, Response};
use jules_wasm::core::model::Session;
use jules_wasm::core::state::SessionState;
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::Emulator;
use jules_wasm::host::Host;
use serde_json::json;

const HOUR_MS: i64 = 3_600_000;

async fn create(client: &Client<SimHost>) -> Result<Session, Error> {
    client.create(&run_request(&json!({"prompt": "Fix bug A"}))).await
}

/// The sessions that the service has, newest first.
fn sessions(sim: &SimHost) -> Vec<String> {
    sim.script(|_| Fate::served());
    let request = PageRequest { page_size: Some(100), ..PageRequest::default() };
    let listed = sim.run(sim.client().sessions(&request)).unwrap().items;
    listed.into_iter().map(|session| session.id.to_string()).collect()
}

/// The local clock goes wrong by so much while the next request is on its way, which ends like this.
fn clock_is_set_during(sim: &SimHost, by_ms: i64, fate: Fate) {
    let host = sim.clone();
    let mut fate = Some(fate);
    sim.script(move |_| {
        let Some(fate) = fate.take() else { return Fate::served() };
        host.skew_clock(by_ms);
        fate
    });
}

/// A client that has been told the service's time.
fn client_in_use(sim: &SimHost) -> Client<SimHost> {
    let client = sim.client();
    sim.run(client.sessions(&PageRequest::default())).unwrap();
    client
}

/// A host with a session of the same words that a stranger has made half an hour ago.
fn after_a_stranger() -> (SimHost, String) {
    let sim = SimHost::new();
    let id = sim.run(create(&sim.client())).unwrap().id.to_string();
    sim.run(sim.sleep(1_800_000));
    (sim, id)
}

fn posts(sim: &SimHost) -> usize {
    sim.count("POST", "")
}

#[test]
fn a_session_that_was_made_is_found_though_the_clock_was_set_back() {
    let (sim, _) = after_a_stranger();
    let client = client_in_use(&sim);
    clock_is_set_during(&sim, -HOUR_MS, Fate::status(500).though_carried_out());
    let session = sim.run(create(&client)).unwrap();
    assert_eq!(posts(&sim), 2);
    assert_eq!(sessions(&sim)[0], session.id.as_str());
}

#[test]
fn when_the_clock_was_set_back_in_the_first_request_of_all_what_it_can_have_made_is_told() {
    let sim = SimHost::new();
    let client = sim.client();
    clock_is_set_during(&sim, -HOUR_MS, Fate::status(500).though_carried_out());
    let error = sim.run(create(&client)).unwrap_err();
    assert_eq!((error.kind, posts(&sim)), (ErrorKind::UnknownOutcome, 1));
    assert!(error.message.contains("One may be it"), "{error}");
    assert_eq!(error.candidates, Some(sessions(&sim)));
}

#[test]
fn what_was_not_found_is_not_made_again_when_the_clock_was_set_back() {
    for is_in_use in [false, true] {
        let sim = SimHost::new();
        let client = if is_in_use { client_in_use(&sim) } else { sim.client() };
        clock_is_set_during(&sim, -HOUR_MS, Fate::status(500));
        let error = sim.run(create(&client)).unwrap_err();
        assert_eq!((error.kind, posts(&sim)), (ErrorKind::UnknownOutcome, 1), "{is_in_use}");
    }
}

#[test]
fn a_clock_set_back_by_less_than_the_request_took_makes_no_second_session() {
    for by_ms in [-3_000, -8_000, -12_000] {
        let sim = SimHost::new();
        let client = client_in_use(&sim);
        // The service's time is asked for anew after the request, not before.
        sim.run(sim.sleep(29_000));
        clock_is_set_during(&sim, by_ms, Fate { back_ms: 10_000, ..Fate::status(500).though_carried_out() });
        let made = sim.run(create(&client)).map(|session| session.id.to_string());
        let told = made.map_err(|error| (error.kind, error.candidates.clone()));
        let all = sessions(&sim);
        assert_eq!((posts(&sim), all.len()), (1, 1), "{by_ms}");
        let doubted = Err((ErrorKind::UnknownOutcome, Some(all.clone())));
        assert!(told == Ok(all[0].clone()) || told == doubted, "{by_ms}: {told:?}");
    }
}

#[test]
fn an_older_session_is_not_taken_for_one_that_was_not_made_though_the_clock_was_set_forward() {
    let (sim, older) = after_a_stranger();
    let client = client_in_use(&sim);
    clock_is_set_during(&sim, HOUR_MS, Fate::status(500));
    let error = sim.run(create(&client)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::UnknownOutcome);
    assert_eq!(error.candidates, Some(vec![older]));
}

#[test]
fn a_clock_that_was_set_before_the_request_does_not_matter() {
    for by_ms in [-HOUR_MS, HOUR_MS] {
        let (sim, _) = after_a_stranger();
        let client = client_in_use(&sim);
        sim.skew_clock(by_ms);
        sim.next_fates([Fate::status(500).though_carried_out()]);
        let session = sim.run(create(&client)).unwrap();
        assert_eq!((posts(&sim), sessions(&sim)[0].as_str()), (2, session.id.as_str()), "{by_ms}");
    }
}

#[test]
fn a_message_is_not_sent_twice_though_the_clock_was_set_back() {
    for (fate, is_found) in [(Fate::status(500).though_carried_out(), true), (Fate::status(500), false)] {
        let sim = SimHost::new();
        let client = sim.client();
        let id = sim.run(create(&client)).unwrap().id;
        clock_is_set_during(&sim, -HOUR_MS, fate);
        let sent = sim.run(client.send(&id, "Hello"));
        assert_eq!((sent.is_ok(), sim.count("POST", ":sendMessage")), (is_found, 1));
    }
}

#[test]
fn an_older_message_is_not_taken_for_one_that_was_not_sent_though_the_clock_was_set_forward() {
    let sim = SimHost::new();
    let id = sim.run(create(&sim.client())).unwrap().id;
    sim.run(sim.client().send(&id, "Hello")).unwrap();
    sim.run(sim.sleep(60_000));
    let client = client_in_use(&sim);
    clock_is_set_during(&sim, HOUR_MS, Fate::status(500));
    let error = sim.run(client.send(&id, "Hello")).unwrap_err();
    assert_eq!((error.kind, sim.count("POST", ":sendMessage")), (ErrorKind::UnknownOutcome, 2));
}

#[test]
fn a_completed_session_that_a_question_does_not_revive_is_told_though_the_clock_was_set_back() {
    let mut tape = Tape::new("COMPLETED");
    tape.on_message(|tape, now_ms, prompt| tape.happens(now_ms, "question", user(prompt)));
    let sim = SimHost::over(tape);
    let client = sim.client();
    let setting = async {
        sim.sleep(7_000).await;
        sim.skew_clock(-HOUR_MS);
    };
    let (answer, ()) = sim.run(join(client.ask(ID, "Still there?"), setting));
    assert_eq!((answer.unwrap_err().kind, sim.elapsed_ms()), (ErrorKind::InvalidState, 60_000));
}

#[test]
fn attempts_end_in_time_though_the_clock_was_set_back() {
    let sim = SimHost::new();
    let client = sim.client();
    sim.script(|_| Fate::no_connection());
    let setting = async {
        sim.sleep(60_000).await;
        sim.skew_clock(-24 * HOUR_MS);
    };
    let (read, made, ()) = sim.run(join3(client.get(ID), create(&client), setting));
    assert!(read.is_err() && made.is_err());
    assert!((240_000..400_000).contains(&sim.elapsed_ms()), "{}", sim.elapsed_ms());
}

#[test]
fn a_stream_ends_with_its_own_time_though_the_clock_was_set_back() {
    let mut tape = Tape::new("IN_PROGRESS");
    for step in 0..1_000 {
        tape.happens(step * 10_000, &step.to_string(), progress("More"));
    }
    let sim = SimHost::over(tape);
    let client = sim.client();
    let options = StreamOptions { timeout_ms: Some(60_000), ..StreamOptions::default() };
    let mut stream = ActivityStream::new(client.clone(), ID, options);
    sim.skew_clock(-HOUR_MS);
    let error = sim.run(fails(&client, &mut stream));
    assert_eq!((error.kind, sim.elapsed_ms()), (ErrorKind::Timeout, 60_000));
}

#[test]
fn a_look_that_began_before_a_message_is_none_after_it_though_the_clock_was_set_back() {
    let mut tape = Tape::new("COMPLETED");
    tape.happens(-60_000, "end", completed());
    tape.on_message(|tape, now_ms, text| {
        tape.happens(now_ms, "said", user(text));
        tape.state(now_ms, "IN_PROGRESS");
        tape.state(now_ms + 30_000, "COMPLETED");
    });
    let sim = SimHost::over(tape);
    // The third look.
    sim.script(|arrival| Fate::slow(if arrival.at_ms == 10_000 && arrival.is("GET", "") { 4_000 } else { 0 }));
    let client = sim.client();
    let watching = async {
        let mut stream =
            ActivityStream::new(client.clone(), ID, StreamOptions { follow: true, ..StreamOptions::default() });
        let reading = async {
            while stream.next().await?.is_some() {}
            Ok(())
        };
        client.bounded(within(60_000), "stream()", reading).await
    };
    let working = async {
        sim.sleep(6_000).await;
        sim.skew_clock(-HOUR_MS);
        sim.sleep(6_000).await;
        client.send(ID, "And the tests").await.unwrap();
        client.wait_for(ID, SessionState::Completed).await.unwrap();
        sim.elapsed_ms()
    };
    let (_, ended_ms) = sim.run(join(watching, working));
    assert!(ended_ms >= 42_000, "{ended_ms}");
}

#[test]
fn a_session_that_is_not_young_any_more_is_not_waited_for_though_the_clock_was_set_back() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(create(&client)).unwrap().id;
    sim.skew_clock(-HOUR_MS);
    sim.run(client.get(&id)).unwrap();
    sim.run(sim.sleep(120_000));
    sim.script(|_| Fate::status(404));
    let before = sim.elapsed_ms();
    assert_eq!(sim.run(client.get(&id)).unwrap_err().status, Some(404));
    assert_eq!(sim.elapsed_ms(), before);
}

#[test]
fn a_session_that_was_made_is_found_though_the_clock_was_set_forward_just_before() {
    let (sim, _) = after_a_stranger();
    let client = client_in_use(&sim);
    sim.skew_clock(20_000);
    sim.next_fates([Fate::status(500).though_carried_out()]);
    let session = sim.run(create(&client)).unwrap();
    assert_eq!((posts(&sim), sessions(&sim)[0].as_str()), (2, session.id.as_str()));
}

/// A service behind something that takes the times off its answers after the first.
struct Dateless(Emulator, bool);

impl Service for Dateless {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Response {
        let answer = Service::handle(&mut self.0, now, request);
        let had_date = std::mem::replace(&mut self.1, true);
        Response { date: answer.date.filter(|_| !had_date), ..answer }
    }
}

#[test]
fn what_was_not_found_is_not_made_again_where_no_answer_has_told_the_time_since() {
    let sim = SimHost::over(Dateless(Emulator::new(Default::default()).unwrap(), false));
    let client = client_in_use(&sim);
    sim.skew_clock(HOUR_MS);
    sim.next_fates([Fate::status(500).though_carried_out()]);
    let error = sim.run(create(&client)).unwrap_err();
    assert_eq!((error.kind, posts(&sim)), (ErrorKind::UnknownOutcome, 1));
}
