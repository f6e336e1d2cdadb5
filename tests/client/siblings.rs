//! Clients of one process share a ledger, so that none adopts what another has created, sent or seen. Creates do not block other
//! requests.

use crate::support::{Delivery, KEY, SimHost, run_request};
use futures::future::{join, join_all};
use jules_wasm::client::{Change, Client, PageRequest, Process};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::options::Options;
use jules_wasm::core::session::Session;
use jules_wasm::host::Host;
use serde_json::{Value, json};

async fn create(client: &Client<SimHost>) -> Result<Session<Value>, Error> {
    client.create(&run_request(&json!({"prompt": "Fix bug A"}))).await
}

fn sibling(sim: &SimHost, process: &Process, key: &str) -> Client<SimHost> {
    let options = Options { api_key: Some(key.to_owned()), ..Options::default() };
    Client::in_process(sim.clone(), options, process.clone())
}

/// Two clients of one process.
fn siblings(sim: &SimHost) -> [Client<SimHost>; 2] {
    let process = Process::default();
    [KEY, KEY].map(|key| sibling(sim, &process, key))
}

fn sessions(sim: &SimHost) -> usize {
    sim.script(|_| Delivery::served());
    sim.run(sim.client().sessions(&PageRequest { page_size: Some(100), ..PageRequest::default() })).unwrap().items.len()
}

#[test]
fn a_refused_create_does_not_adopt_the_session_of_a_sibling() {
    for refusal in [Delivery::status(429), Delivery::status(503).retry_after("1"), Delivery::status(500)] {
        let sim = SimHost::new();
        let mut refusal = Some(refusal);
        sim.script(move |arrival| match arrival.is("POST", "/sessions") {
            true => refusal.take().unwrap_or_else(Delivery::served),
            false => Delivery::served(),
        });
        let [one, other] = siblings(&sim);
        let (first, second) = sim.run(join(create(&one), create(&other)));
        assert_ne!(first.unwrap().id, second.unwrap().id);
        assert_eq!(sessions(&sim), 2);
    }
}

#[test]
fn a_refused_message_does_not_adopt_the_message_of_a_sibling() {
    let sim = SimHost::with_emulator(&json!({"scenario": "stall"}));
    let [one, other] = siblings(&sim);
    let id = sim.run(create(&one)).unwrap().id;
    let mut posts = 0;
    sim.script(move |arrival| {
        posts += usize::from(arrival.is("POST", ":sendMessage"));
        if posts == 1 && arrival.is("POST", "") { Delivery::status(429) } else { Delivery::served() }
    });
    let later = async {
        sim.sleep(10).await;
        other.send(&id, "Hello").await
    };
    let (first, second) = sim.run(join(one.send(&id, "Hello"), later));
    let sent = [first, second].iter().filter(|sent| sent.is_ok()).count();
    let activities = sim.run(one.info(&id, Some(None))).unwrap().activities;
    let messages = activities.iter().filter(|activity| activity.message().as_deref() == Some("Hello")).count();
    assert_eq!((sent, messages), (2, 2));
}

#[test]
fn a_session_read_by_a_sibling_is_not_the_result_of_a_later_create() {
    let sim = SimHost::new();
    sim.run(create(&sim.client())).unwrap();
    let [one, other] = siblings(&sim);
    sim.run(other.sessions(&PageRequest::default())).unwrap();
    sim.next_deliveries([Delivery::status(503)]);
    sim.run(create(&one)).unwrap();
    assert_eq!(sessions(&sim), 2);
}

#[test]
fn clients_with_other_keys_share_nothing() {
    let sim = SimHost::new();
    let process = Process::default();
    let one = sibling(&sim, &process, KEY);
    let other = sibling(&sim, &process, "another-key-of-the-tests-0123456789");
    sim.run(create(&other)).unwrap();
    sim.run(sim.sleep(10_000));
    sim.next_deliveries([Delivery::status(503)]);
    assert_eq!(sim.run(create(&one)).unwrap_err().kind, ErrorKind::UnknownOutcome, "it may be this client's");
}

#[test]
fn a_404_of_a_session_just_created_by_a_sibling_is_retried() {
    let sim = SimHost::new();
    let [one, other] = siblings(&sim);
    let id = sim.run(create(&one)).unwrap().id;
    sim.next_deliveries([Delivery::status(404), Delivery::status(404)]);
    assert!(sim.run(other.get(&id)).is_ok());
}

#[test]
fn with_a_title_per_task_the_session_of_another_process_is_not_adopted() {
    let sim = SimHost::new();
    let titled = |title: &str| run_request(&json!({"prompt": "Fix bug A", "title": title}));
    let client = sim.client();
    // The service has been observed to keep titles.
    sim.run(client.create(&titled("Task 1"))).unwrap();
    let mut is_first = true;
    sim.script(move |arrival| match arrival.is("POST", "/sessions") && std::mem::take(&mut is_first) {
        true => Delivery::status(429),
        false => Delivery::served(),
    });
    let stranger = sim.client();
    let (ours, theirs) = sim.run(join(client.create(&titled("Task 2")), async {
        sim.sleep(10).await;
        stranger.create(&titled("Task 3 of another")).await
    }));
    assert_ne!(ours.unwrap().id, theirs.unwrap().id);
    assert_eq!(sessions(&sim), 3);
}

#[test]
fn identical_creates_are_in_flight_together() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::slow(300));
    let client = sim.client();
    let created = sim.run(join_all((0..20).map(|_| create(&client))));
    assert!(created.iter().all(Result::is_ok));
    assert_eq!((sim.elapsed_ms(), sim.calls().len()), (300, 20));
}

#[test]
fn hundreds_of_creates_delay_neither_approvals_nor_polls() {
    let sim = SimHost::with_emulator(&json!({"scenario": "stall"}));
    let client = sim.client();
    let id = sim.run(create(&client)).unwrap().id;
    sim.script(|arrival| {
        Delivery::slow(if arrival.is("POST", "/sessions") && !arrival.is("POST", ":") { 1_000 } else { 50 })
    });
    let begin_ms = sim.elapsed_ms();
    let creates = join_all((0..400).map(|number| {
        let client = &client;
        async move { client.create(&run_request(&json!({"prompt": format!("Fix bug {number}")}))).await }
    }));
    let approval = async {
        sim.sleep(100).await;
        client.change(&id, Change::ApprovePlan).await.unwrap();
        client.get(&id).await.unwrap();
        sim.elapsed_ms() - begin_ms
    };
    let (created, approved_ms) = sim.run(join(creates, approval));
    assert!(created.iter().all(Result::is_ok));
    assert_eq!(approved_ms, 100 + 50 + 50);
}
