//! Streams of activities: each exactly once, in order.

use std::cell::Cell;
use std::rc::Rc;

use crate::support::scripted_session::{ID, ScriptedSession, agent, completed, progress, user};
use crate::support::{Delivery, SimHost, run_request};
use jules_wasm::client::{ActivityStream, Client, Span, StreamOptions};
use jules_wasm::core::activity::Activity;
use jules_wasm::core::cursor::Cursor;
use jules_wasm::core::error::{Error, ErrorKind};
use serde_json::{Value, json};

pub fn after(cursor: &str) -> StreamOptions {
    StreamOptions { after: Some(Cursor::parse(cursor).unwrap()), ..StreamOptions::default() }
}

pub async fn collect(sim: &SimHost, id: &str, options: StreamOptions) -> Vec<Activity<Value>> {
    let mut stream = ActivityStream::new(sim.client(), id, options);
    let mut all = Vec::new();
    while let Some(mut some) = stream.next().await.unwrap() {
        assert!(!some.is_empty(), "never nothing");
        all.append(&mut some);
    }
    assert!(stream.next().await.unwrap().is_none(), "an ended stream stays ended");
    all
}

pub fn names(activities: &[Activity<Value>]) -> Vec<String> {
    activities.iter().map(|activity| activity.id.to_string()).collect()
}

/// Reads a stream within its bounds until it fails.
pub async fn fails(client: &Client<SimHost>, stream: &mut ActivityStream<SimHost>) -> Error {
    loop {
        let bounds = stream.bounds();
        if let Err(error) = client.bounded(bounds, "stream()", stream.next()).await {
            return error;
        }
    }
}

#[test]
fn a_stream_yields_existing_activities_and_then_new_ones() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    for (at_ms, name) in [(-20, "a"), (-10, "b"), (7_000, "c"), (8_000, "d"), (31_000, "e")] {
        script.happens(at_ms, name, progress("More"));
    }
    script.happens(32_000, "f", completed());
    script.state(32_000, "COMPLETED");
    let sim = SimHost::over(script);
    let client = sim.client();
    let mut stream = ActivityStream::new(client, ID, StreamOptions::default());
    assert!(sim.calls().is_empty(), "a stream asks for nothing before it is read");
    let mut received = Vec::new();
    sim.run(async {
        while let Some(some) = stream.next().await.unwrap() {
            received.push((sim.elapsed_ms(), names(&some).concat()));
        }
    });
    let expected = [(0, "ab"), (10_000, "cd"), (35_000, "ef")].map(|(at, names)| (at, names.to_owned()));
    assert_eq!(received, expected);
    assert_eq!(sim.elapsed_ms(), 35_000, "its end is known with the last activity");
}

#[test]
fn all_activities_of_the_emulator_are_streamed_once_and_in_order() {
    for step_ms in [0, 700, 5_000] {
        let sim = SimHost::with_emulator(&json!({"stepMs": step_ms}));
        let client = sim.client();
        let (streamed, listed) = sim.run(async {
            let config = json!({"prompt": "p", "source": {"github": "bobalover/boba", "baseBranch": "main"}});
            let id = client.create(&run_request(&config)).await.unwrap().id;
            let streamed = collect(&sim, &id, StreamOptions::default()).await;
            (streamed, client.info(&id, Some(None)).await.unwrap().activities)
        });
        assert_eq!(names(&streamed), names(&listed), "{step_ms}");
        assert_eq!(streamed, listed);
        assert!(streamed.len() >= 8);
    }
}

#[test]
fn hundreds_of_activities_are_read_in_pages_once_each() {
    let steps: Vec<_> = (0..350).map(|n| json!({"progress": {"title": format!("{n}")}})).collect();
    let script: Vec<_> = [json!({"plan": []})].into_iter().chain(steps).chain([json!({"complete": {}})]).collect();
    let sim = SimHost::with_emulator(&json!({"stepMs": 0, "scenarios": {"long": script}}));
    let client = sim.client();
    let streamed = sim.run(async {
        let id = client.create(&run_request(&json!({"prompt": "[emulator: long] p"}))).await.unwrap().id;
        collect(&sim, &id, StreamOptions::default()).await
    });
    let titles: Vec<_> = streamed.iter().filter_map(|a| a.json["progressUpdated"]["title"].as_str()).collect();
    assert_eq!(titles, (0..350).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(sim.count("GET", "/activities"), 4);
}

/// Five activities of which four have the same time, in different formats.
fn equal_times() -> ScriptedSession {
    let mut script = ScriptedSession::new("COMPLETED");
    let at = ["50Z", "50.123Z", "50.123000Z", "50.123Z", "50.123000000Z", "51Z"];
    for (at, name) in at.iter().zip(["a", "b", "c", "d", "e", "f"]) {
        script.is_listed_with_time(0, &format!("2025-10-03T05:47:{at}"), name, progress("More"));
    }
    script.is_listed_with_time(0, "2025-10-03T05:47:52Z", "g", completed());
    script
}

#[test]
fn equal_times_across_pages_lose_and_repeat_nothing() {
    for page in [5, 6, 7, 100] {
        let mut script = equal_times();
        script.pages_of(page);
        let sim = SimHost::over(script);
        let streamed = sim.run(collect(&sim, ID, StreamOptions::default()));
        assert_eq!(names(&streamed).concat(), "abcdefg", "pages of {page}");
    }
}

#[test]
fn a_new_activity_with_a_known_time_is_returned() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.is_listed_with_time(0, "2026-08-21T21:05:12.123100Z", "a", progress("More"));
    script.is_listed_with_time(7_000, "2026-08-21T21:05:12.1231Z", "b", progress("At the same time, listed later"));
    script.is_listed_with_time(7_000, "2026-08-21T21:05:12.123900Z", "c", completed());
    script.state(7_000, "COMPLETED");
    let sim = SimHost::over(script);
    assert_eq!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).concat(), "abc");
}

#[test]
fn times_are_not_ordered_as_text() {
    let mut script = ScriptedSession::new("COMPLETED");
    let at = ["50Z", "50.123Z", "50.123456Z", "50.123456789Z", "50.5Z"];
    for (at, name) in at.iter().zip(["a", "b", "c", "d", "e"]) {
        script.is_listed_with_time(0, &format!("2025-10-03T05:47:{at}"), name, progress("More"));
    }
    script.pages_of(1);
    let sim = SimHost::over(script);
    assert_eq!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).concat(), "abcde");
}

#[test]
fn a_stream_starts_after_the_cursor_of_any_activity() {
    for page in [5, 100] {
        let read = |options| {
            let mut script = equal_times();
            script.pages_of(page);
            let sim = SimHost::over(script);
            sim.run(collect(&sim, ID, options))
        };
        let all = read(StreamOptions::default());
        for (index, activity) in all.iter().enumerate() {
            let rest = read(after(&activity.cursor()));
            assert_eq!(names(&rest), names(&all[index + 1..]), "after {}", activity.cursor());
        }
    }
}

#[test]
fn excluded_activities_are_left_out_and_the_stream_still_ends() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(0, "a", user("Mine"));
    script.happens(1_000, "b", agent("Yours"));
    script.happens(2_000, "c", user("Mine again"));
    script.happens(9_000, "d", json!({"originator": "USER", "userMessaged": {"userMessage": "In capitals"}}));
    script.happens(14_000, "e", completed());
    script.state(14_000, "COMPLETED");
    let sim = SimHost::over(script);
    let options = StreamOptions { exclude_originator: Some("user".to_owned()), ..StreamOptions::default() };
    assert_eq!(names(&sim.run(collect(&sim, ID, options))).concat(), "be");
}

#[test]
fn a_stream_keeps_its_position_after_an_error() {
    // From each request in turn on the key is refused until the stream fails; then it is continued.
    let requests = {
        let mut script = equal_times();
        script.pages_of(5);
        let sim = SimHost::over(script);
        sim.run(collect(&sim, ID, StreamOptions::default()));
        sim.calls().len()
    };
    assert!(requests >= 3);
    for bad in 1..=requests {
        let mut script = equal_times();
        script.pages_of(5);
        let sim = SimHost::over(script);
        let refused = Rc::new(Cell::new(true));
        let refuses = Rc::clone(&refused);
        sim.script(move |arrival| match arrival.number >= bad && refuses.get() {
            true => Delivery::status(403),
            false => Delivery::served(),
        });
        let mut stream = ActivityStream::new(sim.client(), ID, StreamOptions::default());
        let (mut all, mut errors) = (Vec::new(), 0);
        sim.run(async {
            loop {
                match stream.next().await {
                    Ok(Some(mut some)) => all.append(&mut some),
                    Ok(None) => break,
                    Err(error) => {
                        assert_eq!(error.kind, ErrorKind::Authentication);
                        errors += 1;
                        refused.set(false);
                    }
                }
            }
        });
        assert_eq!((names(&all).concat().as_str(), errors), ("abcdefg", 1), "request {bad}");
    }
}

#[test]
fn a_reader_interrupted_at_any_time_loses_nothing() {
    use futures::future::{Either, select};
    use std::pin::pin;
    for cut_ms in (0..30).map(|n| n * 400) {
        let mut script = equal_times();
        script.pages_of(5);
        let sim = SimHost::over(script);
        sim.script(|_| Delivery::slow(1_000));
        let mut stream = ActivityStream::new(sim.client(), ID, StreamOptions::default());
        let mut all = Vec::new();
        sim.run(async {
            let mut limit_ms = cut_ms;
            loop {
                let next = match select(pin!(stream.next()), pin!(jules_wasm::host::Host::sleep(&sim, limit_ms))).await
                {
                    Either::Left((next, _)) => next.unwrap(),
                    Either::Right(_) => {
                        limit_ms = u64::MAX;
                        continue;
                    }
                };
                let Some(mut some) = next else { break };
                all.append(&mut some);
            }
        });
        assert_eq!(names(&all).concat(), "abcdefg", "cut after {cut_ms} ms");
        assert_eq!((sim.timers(), sim.in_flight()), (0, 0));
    }
}

#[test]
fn a_stream_of_new_activities_continues_after_an_early_outage() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(-10, "before", progress("Before"));
    script.happens(1_000, "after", progress("After"));
    let sim = SimHost::over(script);
    // Existing activities are read, then the service fails for a while.
    sim.script(|arrival| match arrival.number > 2 && arrival.at_ms < 400_000 {
        true => Delivery::status(503),
        false => Delivery::served(),
    });
    let options = StreamOptions { span: Span::ToCome, ..StreamOptions::default() };
    let mut stream = ActivityStream::new(sim.client(), ID, options);
    assert_eq!(names(&sim.run(stream.next()).unwrap().unwrap()), ["after"]);
}
