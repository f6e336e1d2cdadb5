//! The feed of changes of all sessions.

use crate::support::{Answer, Delivery, Service, SimHost, run_request, session_request};
use futures::future::{AbortHandle, join};
use jules_wasm::client::{Bounds, Change as Verb, Client, FeedEvent, SessionFeed, WatchOptions};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::feed::{Change, Feed};
use jules_wasm::core::http::{Method, Request};
use jules_wasm::core::options::Limits;
use jules_wasm::core::state::SessionState;
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{self, Emulator};
use jules_wasm::host::Host;
use serde_json::{Value, json};

type Event = FeedEvent<Value>;

async fn create(client: &Client<SimHost>, prompt: &str) -> String {
    client.create(&run_request(&json!({ "prompt": prompt }))).await.unwrap().id
}

/// The events of a feed for this time, and its end.
async fn watched(sim: &SimHost, client: &Client<SimHost>, options: WatchOptions, millis: u64) -> (Vec<Event>, Error) {
    let end = sim.elapsed_ms() + i64::try_from(millis).unwrap();
    let mut feed = SessionFeed::new(client.for_call(), options);
    let mut events = Vec::new();
    loop {
        let left = u64::try_from(end - sim.elapsed_ms()).unwrap_or(0);
        let (client, limits) = (feed.client().clone(), Limits { timeout_ms: Some(left) });
        match client.bounded(Bounds { limits, ..Bounds::default() }, "watch()", feed.next()).await {
            Ok(more) => events.extend(more),
            Err(error) => return (events, error),
        }
    }
}

fn shown(events: &[Event]) -> Vec<(&str, Change, SessionState)> {
    events.iter().map(|event| (event.session.id.as_str(), event.change, event.session.state)).collect()
}

fn count(events: &[Event], change: Change) -> usize {
    events.iter().filter(|event| event.change == change).count()
}

fn after(cursor: &str) -> WatchOptions {
    WatchOptions { after: Feed::parse(cursor).unwrap(), ..WatchOptions::default() }
}

#[test]
fn sessions_of_this_and_of_other_processes_are_seen_from_their_creation_to_their_end() {
    let sim = SimHost::new();
    let (client, other) = (sim.client(), sim.client());
    let (events, first, second) = sim.run(async {
        let first = create(&client, "Fix bug A").await;
        let creating = async {
            sim.sleep(12_000).await;
            create(&other, "Fix bug B").await
        };
        let ((events, error), second) =
            join(watched(&sim, &client, WatchOptions::default(), 3_600_000), creating).await;
        assert_eq!(error.kind, ErrorKind::Timeout);
        (events, first, second)
    });
    for (id, begins) in [(&first, Change::Present), (&second, Change::Created)] {
        let own: Vec<_> = shown(&events).into_iter().filter(|(of, _, _)| of == id).collect();
        let last = own.last().unwrap();
        assert_eq!((own[0].1, last.1, last.2), (begins, Change::Ended, SessionState::Completed));
        let between = &own[1..own.len() - 1];
        assert!(between.iter().all(|(_, change, _)| *change == Change::State), "{own:?}");
        assert!(own.windows(2).all(|pair| pair[0].2 != pair[1].2), "each state once: {own:?}");
    }
    // Whole sessions.
    let ended = events.iter().find(|event| event.change == Change::Ended).unwrap();
    assert!(ended.session.prompt().starts_with("Fix bug") && ended.session.json["outputs"].is_array());
}

#[test]
fn an_interval_costs_one_list() {
    let sim = SimHost::new();
    let client = sim.client();
    sim.run(async {
        create(&client, "Fix bug A").await;
        sim.sleep(3_600_000).await;
        sim.forget_requests();
        watched(&sim, &client, WatchOptions::default(), 60_500).await;
    });
    assert_eq!(sim.calls().len(), 13, "{:?}", sim.calls());
}

#[test]
fn a_feed_continues_after_any_of_its_cursors_with_the_next_change() {
    let sim = SimHost::new();
    let client = sim.client();
    let whole = sim.run(async {
        let creating = async {
            for number in 0..3 {
                create(&client, &format!("Fix bug {number}")).await;
                sim.sleep(7_000).await;
            }
        };
        join(watched(&sim, &client, WatchOptions::default(), 3_600_000), creating).await.0.0
    });
    assert!(whole.len() > 6, "{:?}", shown(&whole));
    // Of the changes in between only the last state of each session can be seen.
    let ends = |events: &[Event]| {
        let ended = events.iter().filter(|event| event.change == Change::Ended);
        let mut ids: Vec<_> = ended.map(|event| event.session.id.clone()).collect();
        ids.sort();
        ids
    };
    for (place, event) in whole.iter().enumerate() {
        let (events, _) = sim.run(watched(&sim, &sim.client(), after(&event.cursor), 20_000));
        let later = &whole[place + 1..];
        assert_eq!(ends(&events), ends(later), "after event {place}");
        assert_eq!(count(&events, Change::Created), count(later, Change::Created), "after event {place}");
    }
}

#[test]
fn a_feed_that_is_interrupted_during_any_request_loses_and_repeats_nothing() {
    for number in 1..60 {
        let sim = SimHost::new();
        let client = sim.client();
        let (handle, registration) = AbortHandle::new_pair();
        sim.script(move |arrival| {
            if arrival.number == number {
                handle.abort();
            }
            Delivery::slow(30)
        });
        let events = sim.run(async {
            create(&client, "Fix bug A").await;
            let mut feed = SessionFeed::new(client.for_call(), WatchOptions::default());
            let (mut events, mut registration) = (Vec::<Event>::new(), Some(registration));
            while events.last().is_none_or(|event| event.change != Change::Ended) {
                let bounds = Bounds { abort: registration.take(), ..Bounds::default() };
                let own = feed.client().clone();
                if let Ok(more) = own.bounded(bounds, "watch()", feed.next()).await {
                    events.extend(more);
                }
            }
            events
        });
        let states: Vec<_> = events.iter().map(|event| event.session.state).collect();
        assert!(states.windows(2).all(|pair| pair[0] != pair[1]), "{states:?}");
        assert_eq!(count(&events, Change::Present), 1, "at request {number}");
    }
}

#[test]
fn sessions_beyond_the_first_page_are_seen_in_turn_and_revived_ones_too() {
    let sim = SimHost::with_emulator(&json!({ "scenario": "revive", "stepMs": 60_000 }));
    let client = sim.client();
    let (events, oldest) = sim.run(async {
        let oldest = create(&client, "The oldest").await;
        for number in 0..240 {
            client.create(&session_request(&json!({ "prompt": format!("Fix bug {number}") }))).await.unwrap();
            sim.sleep(1_000).await;
        }
        sim.forget_requests();
        let (events, _) = watched(&sim, &client, WatchOptions::default(), 3_600_000).await;
        (events, oldest)
    });
    let own: Vec<_> =
        shown(&events).into_iter().filter(|(id, _, _)| *id == oldest).map(|(_, change, _)| change).collect();
    assert_eq!(own.first(), Some(&Change::Present));
    let ends = own.iter().filter(|change| **change == Change::Ended).count();
    assert_eq!(ends, 2, "it was revived and has ended again: {own:?}");
    assert_eq!(count(&events, Change::Present), 241);
    // Two lists in an interval, besides one request for each event. The first ones read further.
    let lists = sim.calls().iter().filter(|call| call.starts_with("GET /sessions?")).count();
    assert!(lists <= 2 * 721 + 20, "{lists}");
}

#[test]
fn many_sessions_that_are_created_within_an_interval_are_all_seen() {
    let sim = SimHost::new();
    let client = sim.client();
    let events = sim.run(async {
        create(&client, "The first").await;
        let creating = async {
            sim.sleep(6_000).await;
            for number in 0..230 {
                create(&client, &format!("Fix bug {number}")).await;
            }
        };
        join(watched(&sim, &client, WatchOptions::default(), 11_000), creating).await.0.0
    });
    assert_eq!(count(&events, Change::Created), 230);
}

/// A service whose lists begin with an empty page.
struct EmptyFirst(Emulator);

impl Service for EmptyFirst {
    fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let is_list = request.method == Method::Get && request.url.contains("/sessions?");
        if is_list && !request.url.contains("pageToken") {
            return Answer { status: 200, body: b"{\"nextPageToken\":\"first\"}".to_vec(), ..Answer::default() };
        }
        let url = request.url.replace("pageToken=first&", "");
        Service::handle(&mut self.0, now, &Request { url, ..request.clone() })
    }
}

#[test]
fn an_empty_page_does_not_end_the_list_of_the_newest_sessions() {
    let sim = SimHost::over(EmptyFirst(Emulator::new(emulator::Options::default()).unwrap()));
    let client = sim.client();
    let events = sim.run(async {
        create(&client, "Fix bug A").await;
        let creating = async {
            for number in 0..3 {
                sim.sleep(120_000).await;
                create(&client, &format!("Fix bug {number}")).await;
            }
        };
        join(watched(&sim, &client, WatchOptions::default(), 3_600_000), creating).await.0.0
    });
    assert_eq!((count(&events, Change::Created), count(&events, Change::Ended)), (3, 4), "{:?}", shown(&events));
}

#[test]
fn after_the_first_cursor_nothing_is_lost_that_happens_until_the_feed_continues() {
    let sim = SimHost::new();
    let client = sim.client();
    let (rest, created) = sim.run(async {
        create(&client, "Fix bug A").await;
        create(&client, "Fix bug B").await;
        let mut feed = SessionFeed::new(client.for_call(), WatchOptions::default());
        let first = feed.next().await.unwrap();
        assert_eq!(count(&first, Change::Present), 2);
        sim.sleep(1_000).await;
        let created = create(&client, "Fix bug C").await;
        sim.sleep(3_600_000).await;
        (watched(&sim, &client, after(&first[0].cursor), 60_000).await.0, created)
    });
    assert_eq!(count(&rest, Change::Ended), 3, "{:?}", shown(&rest));
    assert_eq!(shown(&rest)[0], (created.as_str(), Change::Created, SessionState::Completed));
}

#[test]
fn states_sources_and_archived_sessions_are_selected() {
    let sim = SimHost::new();
    let client = sim.client();
    let repo = "sources/github/bobalover/boba";
    let (all, states, source, archived) = sim.run(async {
        let archived = create(&client, "Fix bug A").await;
        client.change(&archived, Verb::Archive).await.unwrap();
        let config = json!({ "prompt": "Fix bug B", "source": { "github": "bobalover/boba", "baseBranch": "main" } });
        client.create(&session_request(&config)).await.unwrap();
        create(&client, "Fix bug C").await;
        let watch = async |options| watched(&sim, &client, options, 1_000).await.0.len();
        (
            watch(WatchOptions::default()).await,
            watch(WatchOptions { states: vec![SessionState::Failed], ..WatchOptions::default() }).await,
            watch(WatchOptions { source: Some(repo.to_owned()), ..WatchOptions::default() }).await,
            watch(WatchOptions { archived: true, ..WatchOptions::default() }).await,
        )
    });
    assert_eq!((all, states, source, archived), (2, 0, 1, 3));
}

#[test]
fn a_feed_continues_through_an_outage_but_a_first_failure_ends_it() {
    let sim = SimHost::new();
    let client = sim.client();
    sim.run(async {
        create(&client, "Fix bug A").await;
        sim.script(|arrival| match (10_000..1_200_000).contains(&arrival.at_ms) {
            true => Delivery::status(503),
            false => Delivery::served(),
        });
        let (events, error) = watched(&sim, &client, WatchOptions::default(), 3_600_000).await;
        assert_eq!((events.last().unwrap().change, error.kind), (Change::Ended, ErrorKind::Timeout));
        sim.script(|_| Delivery::status(403));
        let (events, error) = watched(&sim, &client, WatchOptions::default(), 60_000).await;
        assert_eq!((events.len(), error.kind), (0, ErrorKind::Authentication));
    });
}
