//! The poller: its requests, their rate, and what remains after it.

use std::collections::BTreeMap;

use crate::support::scripted_session::{ID, ScriptedSession, completed, progress};
use crate::support::{Delivery, SimHost, run_request, session_request};
use futures::future::{join, join_all};
use jules_wasm::client::{ActivityStream, Bounds, Change, Client, PageRequest, StreamOptions};
use jules_wasm::core::options::Limits;
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;
use serde_json::json;

/// An emulator without limits whose sessions take `step_ms` per step.
pub fn emulator(step_ms: u64, scenario: &str) -> SimHost {
    SimHost::with_emulator(&json!({"stepMs": step_ms, "scenario": scenario}))
}

pub async fn make(client: &Client<SimHost>, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(client.create(&run_request(&json!({"prompt": format!("p {number}")}))).await.unwrap().id.to_string());
    }
    ids
}

pub fn within(timeout_ms: u64) -> Bounds {
    Bounds { limits: Limits { timeout_ms: Some(timeout_ms) }, ..Bounds::default() }
}

/// Waits for the ends of all, for at most this time.
pub async fn watch_for(client: &Client<SimHost>, ids: &[String], millis: u64) {
    let waits =
        ids.iter().map(|id| client.bounded(within(millis), "waitFor()", client.wait_for(id, SessionState::Completed)));
    join_all(waits).await;
}

/// The number of requests in each period of this many milliseconds.
fn by_span(sim: &SimHost, span_ms: i64) -> BTreeMap<i64, usize> {
    let mut spans = BTreeMap::new();
    for sent in sim.requests() {
        *spans.entry(sent.at_ms / span_ms).or_default() += 1;
    }
    spans
}

#[test]
fn a_session_with_several_subscribers_is_polled_once_per_interval() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 1).await;
        sim.forget_requests();
        let same: Vec<String> = std::iter::repeat_n(ids[0].clone(), 20).collect();
        watch_for(&client, &same, 59_000).await;
    });
    assert_eq!(sim.calls().len(), 12, "{:?}", sim.calls());
}

#[test]
fn many_sessions_are_one_list_per_interval_and_occasionally_a_single_poll() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 60).await;
        sim.forget_requests();
        watch_for(&client, &ids, 59_000).await;
    });
    assert_eq!((sim.count("GET", "/sessions?"), sim.count("GET", "/sessions/")), (12, 2), "{:?}", sim.calls());
    assert!(sim.count("GET", "pageSize=70&") >= 11, "no more is asked for than is needed: {:?}", sim.calls());
}

#[test]
fn hundreds_of_sessions_are_one_request_per_hundred_from_the_first_poll_on() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 350).await;
        sim.forget_requests();
        watch_for(&client, &ids, 19_000).await;
    });
    assert_eq!(sim.count("GET", "/sessions?"), 4 * 4);
    assert!(sim.calls().len() <= 4 * 4 + 1, "{:?}", sim.calls());
}

#[test]
fn a_single_session_is_polled_as_often_as_by_a_simple_loop() {
    let sim = emulator(3_000, "default");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 1).await;
        sim.forget_requests();
        client.result(&ids[0], false, None).await.unwrap();
    });
    let looks = usize::try_from(sim.elapsed_ms() / 5_000).unwrap() + 1;
    assert_eq!(sim.calls().len(), looks, "{:?}", sim.calls());
    assert_eq!(sim.count("GET", "/sessions?"), 0);
}

#[test]
fn sixty_sessions_need_a_twentieth_of_the_requests_of_single_polls() {
    let sim = emulator(30_000, "default");
    let client = sim.client();
    let looks = sim.run(async {
        let ids = make(&client, 60).await;
        sim.forget_requests();
        let begun = sim.elapsed_ms();
        let outcomes = join_all(ids.iter().map(|id| client.result(id, false, None))).await;
        assert!(outcomes.iter().all(|outcome| outcome.as_ref().unwrap().session.state == SessionState::Completed));
        (sim.elapsed_ms() - begun) / 5_000 + 1
    });
    let asking_each = 60 * usize::try_from(looks).unwrap();
    let requests = sim.calls().len();
    assert!(requests * 20 <= asking_each, "{requests} of {asking_each}");
}

#[test]
fn unlisted_sessions_are_polled_singly_at_the_same_rate() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    let archived = sim.run(async {
        let ids = make(&client, 5).await;
        client.change(&ids[1], Change::Archive).await.unwrap();
        sim.forget_requests();
        watch_for(&client, &ids, 29_000).await;
        ids[1].clone()
    });
    assert_eq!(sim.count("GET", "/sessions?"), 6);
    assert_eq!(sim.count("GET", &format!("/sessions/{archived}")), 6);
    assert_eq!(sim.calls().len(), 13, "and a check: {:?}", sim.calls());
}

#[test]
fn a_session_far_down_the_list_is_polled_singly() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let old = make(&client, 1).await;
        make(&client, 250).await;
        let mut ids = make(&client, 3).await;
        ids.extend(old);
        sim.forget_requests();
        watch_for(&client, &ids, 59_000).await;
    });
    let per_interval = sim.calls().len() as f64 / 12.0;
    assert!(per_interval <= 2.4, "{per_interval}: {:?}", sim.calls());
}

#[test]
fn a_session_too_new_for_the_list_is_searched_for_there_again() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 10).await;
        sim.forget_requests();
        // At first the list is empty.
        sim.script(|arrival| {
            let is_early = arrival.at_ms < 4_000 && arrival.is("GET", "/sessions?");
            if is_early { Delivery::body("{}") } else { Delivery::served() }
        });
        watch_for(&client, &ids, 300_000).await;
    });
    let late = sim.requests().iter().filter(|sent| sent.at_ms > 200_000).count();
    assert!(late <= 25, "{late} requests in twenty intervals");
}

#[test]
fn an_outdated_list_is_detected_and_not_used() {
    let sim = emulator(10_000, "no-outputs");
    let client = sim.client();
    let listed = std::rc::Rc::new(std::cell::RefCell::new(String::new()));
    sim.run(async {
        let ids = make(&client, 60).await;
        let items: Vec<_> = ids
            .iter()
            .map(|id| format!(r#"{{"name":"sessions/{id}","state":"QUEUED","updateTime":"2026-08-21T21:05:11.200Z"}}"#))
            .collect();
        *listed.borrow_mut() = format!(r#"{{"sessions":[{}]}}"#, items.join(","));
        let listed = std::rc::Rc::clone(&listed);
        sim.script(move |arrival| {
            if arrival.is("GET", "/sessions?") { Delivery::body(listed.borrow().clone()) } else { Delivery::served() }
        });
        let ended = join_all(ids.iter().map(|id| client.wait_for(id, SessionState::Completed))).await;
        assert!(ended.iter().all(|session| session.as_ref().unwrap().state == SessionState::Completed));
    });
    assert!(sim.elapsed_ms() <= 200_000, "{} ms", sim.elapsed_ms());
}

#[test]
fn single_polls_of_a_hundred_sessions_are_spread_over_the_interval() {
    let sim = emulator(1_000_000, "stall");
    sim.script(|arrival| if arrival.is("GET", "/sessions?") { Delivery::status(403) } else { Delivery::served() });
    let client = sim.client();
    let begun = sim.run(async {
        let ids = make(&client, 100).await;
        sim.forget_requests();
        let begun = sim.elapsed_ms();
        watch_for(&client, &ids, 60_000).await;
        begun
    });
    assert_eq!(begun, 0);
    let spans = by_span(&sim, 100);
    let peak = spans.values().max().unwrap();
    let mean = sim.calls().len() as f64 / 600.0;
    assert!(*peak as f64 / mean <= 3.0, "peak {peak}, mean {mean}");
    assert_eq!(sim.count("GET", "/sessions?"), 1, "a list that is refused is not asked for again");
    // Each is polled within an interval.
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for sent in sim.requests() {
        let before = last.insert(sent.path().split('?').next().unwrap().to_owned(), sent.at_ms);
        assert!(before.is_none_or(|before| sent.at_ms - before <= 5_030), "{} {:?}", sent.at_ms, before);
    }
}

#[test]
fn changes_are_noticed_within_the_interval_with_any_number_of_followed_sessions() {
    let sim = emulator(700, "default");
    let client = sim.client();
    let worst = sim.run(async {
        let ids = make(&client, 80).await;
        let streams = ids.iter().map(|id| {
            let mut stream = ActivityStream::new(client.clone(), id, StreamOptions::default());
            let sim = &sim;
            async move {
                let mut worst = 0;
                while let Some(activities) = stream.next().await.unwrap() {
                    for activity in activities {
                        let happened = activity.create_time.unwrap();
                        worst = worst.max(sim.elapsed_ms() - (happened.as_millis() - crate::support::START_MS));
                    }
                }
                worst
            }
        });
        join_all(streams).await.into_iter().max().unwrap()
    });
    assert!(worst <= 5_050, "{worst} ms");
}

#[test]
fn changes_of_many_sessions_are_noticed_within_the_interval_with_slow_lists() {
    let sim = emulator(7_000, "default");
    let client = sim.client();
    let worst = sim.run(async {
        let mut ids = Vec::new();
        for _ in 0..40 {
            ids.extend(make(&client, 1).await);
            sim.sleep(125).await;
        }
        sim.script(|_| Delivery::lagging(400));
        let waits = ids.iter().map(|id| async {
            let session = client.wait_for(id, SessionState::Completed).await.unwrap();
            let ended = session.update_time.unwrap();
            sim.elapsed_ms() - (ended.as_millis() - crate::support::START_MS)
        });
        join_all(waits).await.into_iter().max().unwrap()
    });
    assert!(worst <= 5_030, "{worst} ms");
}

#[test]
fn activities_are_listed_only_when_the_session_has_changed() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    for (at_ms, name) in [(-10, "a"), (12_000, "b"), (31_000, "c")] {
        script.happens(at_ms, name, progress("More"));
    }
    script.happens(43_000, "d", completed());
    script.state(43_000, "COMPLETED");
    let sim = SimHost::over(script);
    let client = sim.client();
    let mut stream = ActivityStream::new(client.clone(), ID, StreamOptions::default());
    let count = sim.run(async {
        let mut count = 0;
        while let Some(some) = stream.next().await.unwrap() {
            count += some.len();
        }
        count
    });
    assert_eq!((count, sim.count("GET", "/activities")), (4, 4));
    assert_eq!(sim.count("GET", &format!("/sessions/{ID}?fields=state%2CupdateTime")), 10, "{:?}", sim.calls());
}

#[test]
fn activities_that_do_not_change_the_update_time_are_found() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(-10, "a", progress("More"));
    script.is_listed(20_000, -10, "late", progress("Listed late, with the time of before"));
    script.state(300_000, "COMPLETED");
    script.happens(300_000, "end", completed());
    let sim = SimHost::over(script);
    let client = sim.client();
    let mut stream = ActivityStream::new(client.clone(), ID, StreamOptions::default());
    let received = sim.run(async {
        let mut received = Vec::new();
        while let Some(some) = stream.next().await.unwrap() {
            received.extend(some.into_iter().map(|activity| (activity.id.to_string(), sim.elapsed_ms())));
        }
        received
    });
    let late = received.iter().find(|(id, _)| id == "late").unwrap();
    assert!(late.1 <= 60_000, "{received:?}");
}

#[test]
fn two_streams_of_one_session_share_their_requests() {
    let requests_of = |streams: usize| {
        let mut tape_of = ScriptedSession::new("IN_PROGRESS");
        for number in 0..20 {
            tape_of.happens(number * 4_000, &format!("a{number}"), progress("More"));
        }
        tape_of.happens(80_000, "end", completed());
        tape_of.state(80_000, "COMPLETED");
        let sim = SimHost::over(tape_of);
        let client = sim.client();
        let counts = sim.run(join_all((0..streams).map(|_| {
            let mut stream = ActivityStream::new(client.clone(), ID, StreamOptions::default());
            async move {
                let mut count = 0;
                while let Some(some) = stream.next().await.unwrap() {
                    count += some.len();
                }
                count
            }
        })));
        assert_eq!(counts, vec![21; streams]);
        sim.calls().len()
    };
    assert_eq!(requests_of(5), requests_of(1));
}

#[test]
fn changes_by_this_client_are_noticed_soon() {
    let sim = emulator(100, "default");
    let client = sim.client();
    let seen_after = sim.run(async {
        let made = client.create(&session_request(&json!({"prompt": "p"}))).await.unwrap();
        client.wait_for(&made.id, SessionState::AwaitingPlanApproval).await.unwrap();
        let watching = client.wait_for(&made.id, SessionState::Completed);
        let approving = async {
            sim.sleep(300).await;
            client.change(&made.id, Change::ApprovePlan).await.unwrap();
            sim.elapsed_ms()
        };
        let (_, approved_at) = join(watching, approving).await;
        sim.requests().iter().map(|sent| sent.at_ms).find(|at| *at > approved_at).unwrap() - approved_at
    });
    assert_eq!(seen_after, 1_000);
}

#[test]
fn a_hidden_page_polls_less_and_at_once_when_it_is_visible_again() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 1).await;
        sim.forget_requests();
        sim.hide(true);
        let watching = watch_for(&client, &ids, 100_000);
        let looking_away = async {
            sim.sleep(70_000).await;
            assert_eq!(sim.calls().len(), 3, "at once, and after each 30 s");
            sim.hide(false);
        };
        join(watching, looking_away).await;
    });
    let times: Vec<_> = sim.requests().iter().map(|sent| sent.at_ms).collect();
    assert_eq!(times[..5], [0, 30_000, 60_000, 70_000, 75_000], "{times:?}");
}

#[test]
fn a_service_without_partial_responses_is_asked_for_them_once() {
    let sim = SimHost::with_emulator(&json!({"stepMs": 3000, "partialResponses": false}));
    let client = sim.client();
    let state = sim.run(async {
        let ids = make(&client, 3).await;
        sim.forget_requests();
        let outcomes = join_all(ids.iter().map(|id| client.result(id, false, None))).await;
        let mut stream = ActivityStream::new(
            client.clone(),
            &ids[0],
            StreamOptions { without_artifacts: true, ..StreamOptions::default() },
        );
        let mut count = 0;
        while let Some(some) = stream.next().await.unwrap() {
            count += some.len();
        }
        assert!(count > 5);
        outcomes[0].as_ref().unwrap().session.state
    });
    assert_eq!(state, SessionState::Completed);
    assert_eq!(sim.count("GET", "fields="), 1, "{:?}", sim.calls());
}

#[test]
fn a_service_that_rejects_pretty_print_is_asked_once() {
    let sim = SimHost::with_emulator(&json!({"stepMs": 3000}));
    let client = sim.client();
    sim.script(|arrival| if arrival.is("GET", "prettyPrint") { Delivery::status(400) } else { Delivery::served() });
    let given = sim.run(async {
        let ids = make(&client, 1).await;
        let mut stream = ActivityStream::new(client.clone(), &ids[0], StreamOptions::default());
        let mut count = 0;
        while let Some(some) = stream.next().await.unwrap() {
            count += some.len();
        }
        count
    });
    assert!(given > 5);
    assert_eq!(sim.count("GET", "prettyPrint"), 1, "{:?}", sim.calls());
}

#[test]
fn a_bad_request_does_not_turn_partial_responses_off() {
    let sim = SimHost::new();
    let client = sim.client();
    sim.run(async {
        let id = make(&client, 1).await.remove(0);
        let bad = PageRequest {
            filter: Some("nonsense".to_owned()),
            fields: Some("activities(id)"),
            ..PageRequest::default()
        };
        client.activities(&id, &bad).await.unwrap_err();
        sim.forget_requests();
        let good = PageRequest { fields: Some("activities(id)"), ..PageRequest::default() };
        client.activities(&id, &good).await.unwrap();
    });
    assert_eq!(sim.count("GET", "fields="), 1);
}

#[test]
fn lists_are_used_again_after_transient_failures() {
    let sim = emulator(1_000_000, "stall");
    let client = sim.client_with(|options| options.config.rate_limit_retry.max_retry_time_ms = 0);
    sim.run(async {
        let ids = make(&client, 60).await;
        sim.script(|arrival| match arrival.is("GET", "/sessions?") && arrival.at_ms < 30_000 {
            true => Delivery::status(499),
            false => Delivery::served(),
        });
        watch_for(&client, &ids, 60_000).await;
        sim.forget_requests();
        watch_for(&client, &ids, 60_000).await;
    });
    assert!(sim.calls().len() < 60, "{} requests", sim.calls().len());
}
