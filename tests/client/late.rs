//! Activities that become visible late, are in unordered pages, or have a future time.

use std::cell::RefCell;
use std::rc::Rc;

use crate::stream::{after, collect, names};
use crate::support::scripted_session::{ID, ScriptedSession, agent, completed, progress};
use crate::support::{Delivery, SimHost, ids, run_request};
use jules_wasm::client::{ActivityStream, StreamOptions};
use jules_wasm::core::activity::Activity;
use jules_wasm::core::cursor::Cursor;
use serde_json::{Value, json};

const BY_IDS: &str = "fields=activities%28id%2CcreateTime%29";
const HOUR_MS: i64 = 3_600_000;

/// A session with an activity every few seconds for some minutes, and support for field masks.
fn at_work(gap_ms: i64, until_ms: i64) -> ScriptedSession {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.gives_parts();
    for number in 0..until_ms / gap_ms {
        script.happens(number * gap_ms, &format!("a{number:03}"), progress("More"));
    }
    script.happens(until_ms, "end", completed());
    script.state(until_ms, "COMPLETED");
    script
}

/// The activities of a stream with the times of their return.
fn streamed(sim: &SimHost, options: StreamOptions) -> Vec<(String, i64)> {
    let mut stream = ActivityStream::new(sim.client(), ID, options);
    let mut all = Vec::new();
    sim.run(async {
        while let Some(some) = stream.next().await.unwrap() {
            all.extend(some.into_iter().map(|activity| (activity.id.to_string(), sim.elapsed_ms())));
        }
    });
    all
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn the_activities_of_an_unordered_page_are_returned_once_and_sorted() {
    for page in [1, 2, 5, 100] {
        let read = |options| {
            let mut script = at_work(900, 20_000);
            script.reverses_pages();
            script.pages_of(page);
            let sim = SimHost::over(script);
            sim.run(jules_wasm::host::Host::sleep(&sim, 30_000));
            let streamed = sim.run(collect(&sim, ID, options));
            let info = sim.run(sim.client().info(ID, Some(None))).unwrap();
            assert_eq!(ids(&info.activities).len(), 23);
            assert!(info.activities.is_sorted_by_key(|activity| activity.create_time));
            streamed
        };
        let all = read(StreamOptions::default());
        assert_eq!(all.len(), 23, "pages of {page}");
        assert!(all.is_sorted_by_key(|activity| activity.create_time), "{:?}", names(&all));
        for (index, activity) in all.iter().enumerate() {
            let rest = read(after(&activity.cursor()));
            assert_eq!(names(&rest), names(&all[index + 1..]), "pages of {page}, after {index}");
        }
    }
}

#[test]
fn an_activity_up_to_a_minute_late_is_returned_once_within_another_minute() {
    for gap_ms in [1_500, 4_000, 26_000, 70_000] {
        for late_ms in [1_000, 20_000, 40_000, 59_000] {
            for at_ms in [61_500, 83_500, 100_500, 119_500] {
                let mut script = at_work(gap_ms, 400_000);
                script.is_listed(at_ms + late_ms, at_ms, "late", progress("Late"));
                let sim = SimHost::over(script);
                let all = streamed(&sim, StreamOptions::default());
                let found: Vec<_> = all.iter().filter(|(id, _)| id == "late").collect();
                assert_eq!(found.len(), 1, "every {gap_ms} ms; at {at_ms} ms, {late_ms} ms late");
                assert!(found[0].1 <= at_ms + late_ms + 65_000, "{found:?}");
                assert_eq!(all.len(), usize::try_from(400_000 / gap_ms).unwrap() + 2);
            }
        }
    }
}

#[test]
fn a_late_activity_is_returned_before_its_stream_ends() {
    let mut script = at_work(4_000, 30_000);
    script.is_listed(28_000, 9_000, "late", progress("Late"));
    let sim = SimHost::over(script);
    assert!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).contains(&"late".to_owned()));
}

#[test]
fn a_stream_with_late_activities_waits_a_minute_for_more_at_its_end() {
    let mut script = at_work(4_000, 100_000);
    script.is_listed(40_000, 9_000, "late", progress("Late"));
    script.is_listed(150_000, 95_000, "later", progress("Later than the end"));
    let sim = SimHost::over(script);
    let all = names(&sim.run(collect(&sim, ID, StreamOptions::default())));
    assert!(all.contains(&"later".to_owned()), "{all:?}");
    assert!(sim.elapsed_ms() <= 170_000, "{} ms", sim.elapsed_ms());
}

#[test]
fn late_and_shuffled_activities_of_the_emulator_are_streamed_once_each() {
    for seed in 0..40 {
        let lag = json!({"on": "activities", "fault": {"activityLagMs": 50_000}});
        let shuffled = json!({"on": "activities", "fault": {"shuffledPages": true}});
        let sim = SimHost::with_emulator(&json!({"seed": seed, "stepMs": 20_000, "faults": [lag, shuffled]}));
        let client = sim.client();
        let (streamed, listed) = sim.run(async {
            let id = client.create(&run_request(&json!({"prompt": "p"}))).await.unwrap().id;
            let options = StreamOptions { follow: true, timeout_ms: Some(600_000), ..StreamOptions::default() };
            let mut stream = ActivityStream::new(client.clone(), &id, options);
            let mut streamed = Vec::new();
            while let Ok(Some(some)) = client.bounded(stream.bounds(), "stream()", stream.next()).await {
                streamed.extend(names(&some));
            }
            (streamed, names(&client.info(&id, Some(None)).await.unwrap().activities))
        });
        assert!(listed.len() >= 8);
        assert_eq!(sorted(streamed), sorted(listed), "seed {seed}");
    }
}

#[test]
fn the_last_minutes_are_requested_by_ids_only_once_a_minute() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.gives_parts();
    script.happens(-10, "a", progress("More"));
    script.state(600_000, "COMPLETED");
    script.happens(600_000, "end", completed());
    let sim = SimHost::over(script);
    streamed(&sim, StreamOptions::default());
    assert_eq!(sim.count("GET", BY_IDS), 10, "{:?}", sim.calls());
    assert_eq!(sim.count("GET", "/activities"), 12, "and one at the beginning, and the end");
}

#[test]
fn new_activities_are_requested_alone_and_known_ones_only_by_ids() {
    let sim = SimHost::over(at_work(7_000, 600_000));
    let count = streamed(&sim, StreamOptions::default()).len();
    let lists = sim.count("GET", "/activities") - sim.count("GET", BY_IDS);
    assert!(lists <= 600 / 5 + 12, "{lists} of {count}");
    assert!(sim.count("GET", BY_IDS) <= 11);
}

#[test]
fn late_activities_are_returned_also_without_support_for_field_masks() {
    for status in [None, Some(400)] {
        let mut script = ScriptedSession::new("IN_PROGRESS");
        for number in 0..20 {
            script.happens(number * 9_000, &format!("a{number:03}"), progress("More"));
        }
        script.is_listed(100_000, 50_500, "late", progress("Late"));
        script.happens(200_000, "end", completed());
        script.state(200_000, "COMPLETED");
        let sim = SimHost::over(script);
        sim.script(move |arrival| match status.filter(|_| arrival.is("GET", "fields=")) {
            Some(status) => Delivery::status(status),
            None => Delivery::served(),
        });
        let all = streamed(&sim, StreamOptions::default());
        assert_eq!(all.len(), 22);
        assert_eq!(all.iter().filter(|(id, _)| id == "late").count(), 1);
    }
}

#[test]
fn activities_missing_in_a_list_of_ids_are_returned() {
    let sim = SimHost::over(at_work(9_000, 200_000));
    sim.script(|arrival| match arrival.is("GET", BY_IDS) {
        true => Delivery::body(r#"{"activities":[{"createTime":"2026-08-21T21:05:12Z"},{}]}"#),
        false => Delivery::served(),
    });
    assert_eq!(streamed(&sim, StreamOptions::default()).len(), 23);
}

#[test]
fn a_stream_after_a_cursor_returns_late_activities_once() {
    let script = || {
        let mut script = at_work(4_000, 300_000);
        for (number, late_ms) in [3_000, 17_000, 30_000, 45_000, 58_000].into_iter().enumerate() {
            let at_ms = 60_500 + i64::try_from(number).unwrap() * 30_000;
            script.is_listed(at_ms + late_ms, at_ms, &format!("late{number}"), progress("Late"));
        }
        script
    };
    let whole =
        sorted(streamed(&SimHost::over(script()), StreamOptions::default()).into_iter().map(|(id, _)| id).collect());
    assert_eq!(whole.len(), 75 + 5 + 1);
    // After each batch another reader continues, immediately or some time later.
    for rest_ms in [0, 9_000, 70_000] {
        let sim = SimHost::over(script());
        let mut all = Vec::new();
        let mut options = StreamOptions::default();
        sim.run(async {
            loop {
                let mut stream = ActivityStream::new(sim.client(), ID, options.clone());
                let Some(some) = stream.next().await.unwrap() else { break };
                drop(stream);
                options = after(&some.last().unwrap().cursor());
                all.extend(names(&some));
                jules_wasm::host::Host::sleep(&sim, rest_ms).await;
            }
        });
        assert_eq!(sorted(all), whole, "after {rest_ms} ms");
    }
}

#[test]
fn cursors_stay_short_and_repeat_nothing_with_many_activities_a_minute() {
    let read = |options| {
        let sim = SimHost::over(at_work(100, 30_000));
        sim.run(jules_wasm::host::Host::sleep(&sim, 60_000));
        sim.run(collect(&sim, ID, options))
    };
    let all = read(StreamOptions::default());
    assert_eq!(all.len(), 301);
    for (index, activity) in all.iter().enumerate().step_by(7) {
        let cursor = activity.cursor();
        assert!(cursor.len() < 300, "{cursor}");
        assert_eq!(names(&read(after(&cursor))), names(&all[index + 1..]));
    }
}

#[test]
fn info_returns_late_activities_once() {
    let mut script = at_work(4_000, 200_000);
    script.is_listed(110_000, 55_500, "late", progress("Late"));
    let sim = SimHost::over(script);
    let client = sim.client();
    let mut cursor = None;
    let mut all = Vec::new();
    sim.run(async {
        for _ in 0..30 {
            let info = client.info(ID, Some(cursor.as_deref().and_then(Cursor::parse))).await.unwrap();
            cursor = info.cursor;
            all.extend(names(&info.activities));
            jules_wasm::host::Host::sleep(&sim, 8_000).await;
        }
    });
    assert_eq!(all.len(), 52);
    assert_eq!(all.iter().filter(|id| *id == "late").count(), 1);
    assert_eq!(sorted(all.clone()).windows(2).filter(|pair| pair[0] == pair[1]).count(), 0);
}

#[test]
fn a_history_after_a_cursor_returns_late_activities() {
    let mut script = at_work(4_000, 60_000);
    script.is_listed(100_000, 55_500, "late", progress("Late"));
    let sim = SimHost::over(script);
    let history = || StreamOptions { span: jules_wasm::client::Span::SoFar, ..StreamOptions::default() };
    sim.run(jules_wasm::host::Host::sleep(&sim, 61_000));
    let all = sim.run(collect(&sim, ID, history()));
    sim.run(jules_wasm::host::Host::sleep(&sim, 50_000));
    let options = StreamOptions { after: after(&all.last().unwrap().cursor()).after, ..history() };
    assert_eq!(names(&sim.run(collect(&sim, ID, options))), ["late"]);
}

/// Streams a session in which some activities have a future time. Returns the ids with the times of their return.
fn with_some_ahead(is_ahead: impl Fn(i64) -> bool, ahead_ms: i64) -> Vec<(String, i64)> {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.gives_parts();
    for number in 0..40 {
        let at_ms = number * 7_000;
        let dated_ms = at_ms + if is_ahead(number) { ahead_ms } else { 0 };
        script.is_listed(at_ms, dated_ms, &format!("{number}"), progress("More"));
    }
    script.happens(280_000, "end", completed());
    script.state(280_000, "COMPLETED");
    let sim = SimHost::over(script);
    streamed(&sim, StreamOptions::default())
}

#[test]
fn an_activity_with_a_future_time_neither_hides_earlier_ones_nor_ends_the_stream() {
    for ahead_ms in [2_000, 90_000, 3 * HOUR_MS] {
        for ahead in [0, 5, 38, 39] {
            let all = with_some_ahead(|number| number == ahead, ahead_ms);
            assert_eq!(all.len(), 41, "{ahead} is {ahead_ms} ms ahead");
            let is_in_time =
                |(id, at_ms): &(String, i64)| id.parse::<i64>().is_ok_and(|number| *at_ms > number * 7_000 + 66_000);
            assert!(!all.iter().any(is_in_time), "{ahead} is {ahead_ms} ms ahead: {all:?}");
        }
    }
}

#[test]
fn activities_of_a_host_with_a_fast_clock_hide_no_others() {
    for ahead_ms in [1_000, 30_000, 59_000] {
        assert_eq!(with_some_ahead(|number| number % 2 == 0, ahead_ms).len(), 41, "{ahead_ms} ms");
    }
}

#[test]
fn an_end_with_a_future_time_does_not_end_the_stream_of_a_revived_session() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(0, "a", progress("More"));
    script.is_listed(4_000, 3 * HOUR_MS, "ahead", completed());
    script.state(4_000, "COMPLETED");
    script.state(5_000, "IN_PROGRESS");
    script.happens(18_000, "b", agent("Revived by a comment"));
    script.state(30_000, "COMPLETED");
    // Listed slightly after the state change.
    script.is_listed(34_000, 29_000, "c", progress("More"));
    script.is_listed(34_000, 30_000, "d", completed());
    let sim = SimHost::over(script);
    let all = sorted(names(&sim.run(collect(&sim, ID, StreamOptions::default()))));
    assert_eq!(all, ["a", "ahead", "b", "c", "d"]);
}

#[test]
fn two_streams_of_one_session_share_their_checks() {
    let sim = SimHost::over(at_work(7_000, 300_000));
    let client = sim.client();
    let seen: Rc<RefCell<Vec<Vec<Activity<Value>>>>> = Rc::default();
    let read = || async {
        let mut stream = ActivityStream::new(client.clone(), ID, StreamOptions::default());
        let mut all = Vec::new();
        while let Some(mut some) = stream.next().await.unwrap() {
            all.append(&mut some);
        }
        seen.borrow_mut().push(all);
    };
    sim.run(async { futures::join!(read(), read()) });
    assert!(sim.count("GET", BY_IDS) <= 6, "{:?}", sim.calls());
    assert_eq!(seen.borrow()[0], seen.borrow()[1]);
}

#[test]
fn activities_that_appear_during_an_interrupted_round_are_returned_before_the_end() {
    let mut script = at_work(3_000, 9_000);
    script.pages_of(1);
    script.is_listed(40_000, 500, "late", progress("Late"));
    let sim = SimHost::over(script);
    sim.run(jules_wasm::host::Host::sleep(&sim, 20_000));
    // The second page of the history fails for a while.
    let mut lists = 0;
    sim.script(move |arrival| {
        lists += usize::from(arrival.is("GET", "/activities"));
        if arrival.is("GET", "/activities") && lists > 1 && arrival.at_ms < 60_000 {
            Delivery::status(503)
        } else {
            Delivery::served()
        }
    });
    let client = sim.client_with(|options| options.config.rate_limit_retry.max_retry_time_ms = 5_000);
    let mut stream = ActivityStream::new(client, ID, StreamOptions::default());
    let mut all = Vec::new();
    sim.run(async {
        while let Some(some) = stream.next().await.unwrap() {
            all.extend(names(&some));
        }
    });
    assert_eq!(sorted(all), ["a000", "a001", "a002", "end", "late"]);
}
