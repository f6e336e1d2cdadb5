//! The service allows 120 lists of activities a minute, for all sessions of a project together.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::polling::{make, within};
use crate::support::{Answer, Delivery, START_MS, Service, SimHost};
use futures::future::{join, join_all};
use jules_wasm::client::{ActivityStream, Client, StreamOptions};
use jules_wasm::core::http::Request;
use jules_wasm::core::state::SessionState;
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{self, Emulator};
use jules_wasm::host::Host;
use serde_json::{Value, json};

/// A service with a quota, and statistics of the activity lists.
struct Counted {
    emulator: Emulator,
    lists: Rc<RefCell<Lists>>,
}

#[derive(Default)]
struct Lists {
    /// The times of successful lists, in milliseconds since the start.
    served_ms: Vec<i64>,
    refused: usize,
}

impl Lists {
    /// The largest number within a minute.
    fn most_in_a_minute(&self) -> usize {
        let within = |from: &i64| self.served_ms.iter().filter(|at| (*from..from + 60_000).contains(*at)).count();
        self.served_ms.iter().map(within).max().unwrap_or(0)
    }
}

impl Service for Counted {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let answer = Service::handle(&mut self.emulator, now, request);
        if request.url.contains("/activities?") {
            let mut lists = self.lists.borrow_mut();
            match answer.status {
                429 => lists.refused += 1,
                _ => lists.served_ms.push(now.as_millis() - START_MS),
            }
        }
        answer
    }
}

/// A service with this quota and sessions with this number of steps, each of this duration, as half of each request.
fn service(quota: Option<usize>, step_ms: u64, steps: usize, takes_ms: u64) -> (SimHost, Rc<RefCell<Lists>>) {
    let progress = |number: usize| json!({"progress": {"title": format!("Step {number}")}});
    let script: Vec<Value> = (0..steps).map(progress).chain([json!({"complete": {}})]).collect();
    let mut options = json!({"stepMs": step_ms, "scenarios": {"works": script}, "scenario": "works"});
    if let Some(quota) = quota {
        options["quota"] = json!({"activityListsPerMinute": quota});
    }
    let emulator = Emulator::new(emulator::Options::from_json(&options).unwrap()).unwrap();
    let lists = Rc::default();
    let sim = SimHost::over(Counted { emulator, lists: Rc::clone(&lists) });
    sim.script(move |_| Delivery::lagging(takes_ms));
    (sim, lists)
}

/// Streams all sessions to their ends. Returns the delays of the activities in milliseconds.
async fn stream_all(sim: &SimHost, client: &Client<SimHost>, ids: &[String]) -> Vec<i64> {
    let streams = ids.iter().map(|id| async move {
        let mut stream = ActivityStream::new(client.clone(), id, StreamOptions::default());
        let mut late = BTreeMap::new();
        while let Some(activities) = stream.next().await.unwrap() {
            for activity in activities {
                let happened = activity.create_time.unwrap().as_millis() - START_MS;
                assert_eq!(late.insert(activity.id.to_string(), sim.elapsed_ms() - happened), None, "each once");
            }
        }
        late.into_values().collect::<Vec<_>>()
    });
    join_all(streams).await.into_iter().flatten().collect()
}

/// Reads the activities of all concurrently, as `info()` does. Returns the order in which they ended.
async fn info_of_all(client: &Client<SimHost>, ids: &[String]) -> Vec<usize> {
    let done = RefCell::new(Vec::new());
    join_all(ids.iter().enumerate().map(|(number, id)| {
        let done = &done;
        async move {
            client.info(id, Some(None)).await.unwrap();
            done.borrow_mut().push(number);
        }
    }))
    .await;
    done.into_inner()
}

#[test]
fn sixty_streams_lose_nothing_with_few_refused_lists() {
    for takes_ms in [0, 300] {
        let (sim, lists) = service(Some(120), 50_000, 11, takes_ms);
        let client = sim.client();
        let mut late = sim.run(async {
            let mut ids = Vec::new();
            for _ in 0..60 {
                ids.extend(make(&client, 1).await);
                sim.sleep(700).await;
            }
            stream_all(&sim, &client, &ids).await
        });
        assert_eq!(late.len(), 60 * 12);
        assert!(sim.elapsed_ms() > 600_000, "ten minutes");
        let lists = lists.borrow();
        assert!(lists.refused <= 1 && lists.most_in_a_minute() <= 120, "{} refused", lists.refused);
        late.sort_unstable();
        assert!(late[late.len() / 2] <= 5_000, "the middle one is {} ms late", late[late.len() / 2]);
        assert!(late.last().is_some_and(|longest| *longest <= 35_000), "{late:?}");
    }
}

#[test]
fn many_concurrent_histories_end_in_order_with_few_refused_lists() {
    let (sim, lists) = service(Some(120), 0, 1, 100);
    let client = sim.client();
    let (done, took_ms) = sim.run(async {
        let ids = make(&client, 300).await;
        let begun = sim.elapsed_ms();
        (info_of_all(&client, &ids).await, sim.elapsed_ms() - begun)
    });
    assert!(lists.borrow().refused <= 1, "{} refused", lists.borrow().refused);
    assert!(lists.borrow().most_in_a_minute() <= 120);
    // Concurrent ones end in any order.
    assert!(done.iter().enumerate().all(|(place, number)| place.abs_diff(*number) <= 50), "{done:?}");
    assert!((90_000..160_000).contains(&took_ms), "{took_ms} ms");
}

#[test]
fn without_a_quota_no_list_waits() {
    let (sim, lists) = service(None, 0, 1, 0);
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 500).await;
        info_of_all(&client, &ids).await
    });
    assert_eq!((lists.borrow().served_ms.len(), sim.elapsed_ms()), (500, 0));
}

#[test]
fn a_history_of_many_pages_is_not_delayed() {
    let (sim, _) = service(Some(120), 0, 10_000, 0);
    let client = sim.client();
    let count = sim.run(async {
        let ids = make(&client, 1).await;
        client.info(&ids[0], Some(None)).await.unwrap().activities.len()
    });
    assert_eq!((count, sim.elapsed_ms()), (10_001, 0));
}

#[test]
fn states_are_known_within_an_interval_with_any_number_of_waiting_lists() {
    let (sim, lists) = service(Some(120), 7_000, 5, 0);
    let client = sim.client();
    let worst = sim.run(async {
        let ids = make(&client, 40).await;
        let waits = ids.iter().map(|id| async {
            let session = client.wait_for(id, SessionState::Completed).await.unwrap();
            let ended = session.update_time.unwrap().as_millis() - START_MS;
            sim.elapsed_ms() - ended
        });
        let many: Vec<_> = std::iter::repeat_n(ids.clone(), 10).flatten().collect();
        join(join_all(waits), info_of_all(&client, &many)).await.0.into_iter().max().unwrap()
    });
    assert!(lists.borrow().served_ms.len() >= 400);
    assert!(worst <= 5_030, "{worst} ms");
}

#[test]
fn a_dropped_list_leaves_the_queue() {
    let (sim, lists) = service(Some(120), 0, 1, 0);
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 300).await;
        info_of_all(&client, &ids[..130]).await;
        let begun = sim.elapsed_ms();
        let given_up = ids[..200].iter().map(|id| client.bounded(within(100), "info()", client.info(id, Some(None))));
        let given_up = join_all(given_up).await;
        assert!(given_up.iter().filter(|info| info.is_err()).count() >= 100);
        let sent = lists.borrow().served_ms.len();
        client.info(&ids[299], Some(None)).await.unwrap();
        assert_eq!(lists.borrow().served_ms.len(), sent + 1);
        assert!(sim.elapsed_ms() - begun <= 61_000);
    });
    assert_eq!((sim.timers(), sim.in_flight()), (0, 0));
}

#[test]
fn a_pause_of_the_service_delays_only_lists() {
    let sim = SimHost::with_emulator(&json!({"stepMs": 8_000, "scenario": "default"}));
    let client = sim.client();
    sim.script(|arrival| match arrival.is("GET", "/activities") && arrival.at_ms < 1_000 {
        true => Delivery::status(429).retry_after("30"),
        false => Delivery::served(),
    });
    sim.run(async {
        let ids = make(&client, 2).await;
        let states = async {
            sim.sleep(10).await;
            sim.forget_requests();
            let waiting = client.wait_for(&ids[1], SessionState::Planning);
            assert!(client.bounded(within(29_000), "waitFor()", waiting).await.is_ok());
            (sim.count("GET", "/activities"), sim.elapsed_ms())
        };
        let stream = async {
            let mut stream = ActivityStream::new(client.clone(), &ids[0], StreamOptions::default());
            stream.next().await.unwrap();
            assert!(sim.elapsed_ms() >= 30_000);
        };
        let (_, (lists, known_at)) = join(stream, states).await;
        assert_eq!(lists, 0);
        assert!(known_at <= 13_100, "the state of after eight seconds is known after {known_at} ms");
    });
}
