//! The poller with many sessions, a slow service, or one that asks for pauses.

use crate::polling::{emulator, make, watch_for, within};
use crate::support::{Delivery, SimHost};
use futures::future::{join, join_all};
use jules_wasm::client::{ActivityStream, Change, Client, PageRequest, StreamOptions};
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;
use serde_json::json;

/// The times of single polls of the session.
fn looks_at(sim: &SimHost, id: &str) -> Vec<i64> {
    let path = format!("/sessions/{id}?");
    sim.requests()
        .iter()
        .filter(|sent| sent.url.ends_with(id) || sent.url.contains(&path))
        .map(|sent| sent.at_ms)
        .collect()
}

/// Streams all of these for two minutes.
async fn follow(client: &Client<SimHost>, ids: impl IntoIterator<Item = String>) {
    join_all(ids.into_iter().map(|id| async move {
        let mut stream = ActivityStream::new(client.clone(), &id, StreamOptions::default());
        let read = async {
            while stream.next().await?.is_some() {}
            Ok(())
        };
        assert!(client.bounded(within(120_000), "stream()", read).await.is_err(), "it never ends");
    }))
    .await;
}

#[test]
fn a_slow_list_of_many_pages_is_read_about_once_per_interval() {
    for (latency, most) in [(0, 250), (100, 260), (500, 290)] {
        let sim = emulator(1_000_000, "stall");
        let client = sim.client();
        let sent = sim.run(async {
            let ids = make(&client, 1_000).await;
            sim.script(move |_| Delivery::lagging(latency));
            let counting = async {
                sim.sleep(59_000).await;
                sim.forget_requests();
                sim.sleep(120_000).await;
                sim.calls().len()
            };
            join(watch_for(&client, &ids, 180_000), counting).await.1
        });
        assert!((230..=most).contains(&sent), "{sent} requests at {latency} ms");
    }
}

#[test]
fn an_expedited_poll_of_one_session_does_not_poll_all_others() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    let pages = sim.run(async {
        let ids = make(&client, 1_000).await;
        let approving = async {
            sim.sleep(9_000).await;
            sim.forget_requests();
            for id in &ids[..60] {
                client.change(id, Change::ApprovePlan).await.unwrap();
                sim.sleep(1_000).await;
            }
            sim.count("GET", "/sessions?")
        };
        join(watch_for(&client, &ids, 100_000), approving).await.1
    });
    assert!(pages <= 250, "{pages} pages, of which 120 would have come without");
}

#[test]
fn a_new_subscriber_does_not_cause_polls_of_all_other_sessions() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    let pages = sim.run(async {
        let ids = make(&client, 1_000).await;
        let (late, early) = ids.split_at(80);
        let joining = join_all(late.iter().zip(0..).map(|(id, number)| {
            let (client, sim) = (&client, &sim);
            async move {
                sim.sleep(9_000 + 700 * number).await;
                watch_for(client, std::slice::from_ref(id), 60_000).await;
            }
        }));
        let counting = async {
            sim.sleep(8_990).await;
            sim.forget_requests();
            sim.sleep(60_000).await;
            sim.count("GET", "/sessions?")
        };
        futures::join!(watch_for(&client, early, 130_000), joining, counting).2
    });
    assert!(pages <= 250, "{pages} pages, of which 120 would have come without");
}

#[test]
fn a_singly_polled_session_has_a_whole_interval_between_polls_beside_others() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    let ids = sim.run(async {
        let ids = make(&client, 3).await;
        sim.forget_requests();
        sim.script(|arrival| match arrival.is("GET", "/sessions?") && arrival.at_ms > 8_000 {
            true => Delivery::status(403),
            false => Delivery::lagging(1_000),
        });
        watch_for(&client, &ids, 120_000).await;
        ids
    });
    let looks = looks_at(&sim, &ids[0]);
    assert!(looks.len() > 15, "{looks:?}");
    assert!(looks.windows(2).skip(1).all(|pair| pair[1] - pair[0] >= 6_000), "{looks:?}");
}

#[test]
fn refusals_do_not_increase_the_polling_rate() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 10).await;
        sim.forget_requests();
        let mut lists = 0;
        sim.script(move |arrival| {
            lists += u32::from(arrival.is("GET", "/sessions?"));
            if lists % 2 == 1 { Delivery::status(429).retry_after("2") } else { Delivery::served() }
        });
        watch_for(&client, &ids, 120_000).await;
    });
    let lists = sim.count("GET", "/sessions?");
    assert!(lists <= 40, "{lists} requests for lists, half of them refused");
}

#[test]
fn many_followed_sessions_are_polled_at_most_twice_per_interval() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 100).await;
        sim.forget_requests();
        sim.script(|_| Delivery::lagging(600));
        follow(&client, ids).await;
    });
    let lists = sim.count("GET", "/sessions?");
    assert!(lists <= 48, "{lists} in 24 intervals");
}

#[test]
fn several_streams_of_one_session_do_not_increase_the_polling_rate() {
    let requests = |streams: usize| {
        let sim = emulator(1_000_000, "stall");
        let client = sim.client();
        sim.run(async {
            let ids = make(&client, 4).await;
            sim.forget_requests();
            follow(&client, std::iter::repeat_n(ids, streams).flatten()).await;
        });
        sim.calls().len()
    };
    assert!(requests(50) <= requests(1) + 4, "{} instead of {}", requests(50), requests(1));
}

#[test]
fn existing_activities_are_returned_soon_with_any_interval() {
    for interval in [60_000, 600_000] {
        let sim = SimHost::with_emulator(&json!({"stepMs": 10, "scenario": "default"}));
        let client = sim.client_with(|options| options.config.polling_interval_ms = interval);
        let took = sim.run(async {
            let ids = make(&client, 20).await;
            sim.sleep(10_000).await;
            let begun = sim.elapsed_ms();
            join_all(ids.iter().map(|id| {
                let mut stream = ActivityStream::new(client.clone(), id, StreamOptions::default());
                async move { assert!(stream.next().await.unwrap().is_some()) }
            }))
            .await;
            sim.elapsed_ms() - begun
        });
        assert!(took <= 5_000, "{took} ms at an interval of {interval}");
    }
}

#[test]
fn a_new_subscriber_is_polled_within_a_short_time() {
    let sim = SimHost::with_emulator(&json!({"stepMs": 10, "scenario": "default"}));
    let client = sim.client_with(|options| options.config.polling_interval_ms = 60_000);
    let waited = sim.run(async {
        let ids = make(&client, 2).await;
        sim.sleep(10_000).await;
        let first = client.bounded(within(100_000), "waitFor()", client.wait_for(&ids[0], SessionState::Paused));
        let second = async {
            sim.sleep(100).await;
            client.bounded(within(5_000), "waitFor()", client.wait_for(&ids[1], SessionState::Completed)).await
        };
        join(first, second).await.1
    });
    assert_eq!(waited.unwrap().state, SessionState::Completed);
}

#[test]
fn an_expedited_poll_obeys_retry_after() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 1).await;
        sim.forget_requests();
        sim.script(|arrival| match arrival.is("GET", "/activities") && arrival.at_ms < 30_000 {
            true => Delivery::status(429).retry_after("30"),
            false => Delivery::served(),
        });
        let approving = async {
            sim.sleep(2_000).await;
            client.change(&ids[0], Change::ApprovePlan).await.unwrap();
        };
        let waiting = watch_for(&client, &ids, 40_000);
        futures::join!(follow(&client, ids.clone()), approving, waiting);
    });
    let early = sim.requests().iter().filter(|sent| sent.method == "GET" && (1..30_000).contains(&sent.at_ms)).count();
    assert_eq!(early, 0, "{:?}", sim.calls());
}

#[test]
fn a_due_poll_obeys_retry_after() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 3).await;
        sim.forget_requests();
        let listing = async {
            sim.sleep(2_000).await;
            sim.next_deliveries([Delivery::status(429).retry_after("30")]);
            client.sessions(&PageRequest::default()).await.unwrap();
        };
        join(watch_for(&client, &ids, 40_000), listing).await;
    });
    let early = sim.requests().iter().filter(|sent| (2_001..32_000).contains(&sent.at_ms)).count();
    assert_eq!(early, 0, "{:?}", sim.calls());
}
