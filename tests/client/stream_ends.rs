//! When a stream ends, and when it does not.

use crate::stream::{after, collect, fails, names};
use crate::support::scripted_session::{ID, ScriptedSession, agent, completed, failed, progress, user};
use crate::support::{Delivery, SimHost, run_request};
use jules_wasm::client::{ActivityStream, Bounds, StreamOptions};
use jules_wasm::core::activity::ActivityKind;
use jules_wasm::core::error::ErrorKind;
use jules_wasm::core::options::Limits;
use serde_json::json;

fn follow() -> StreamOptions {
    StreamOptions { follow: true, ..StreamOptions::default() }
}

#[test]
fn a_stream_does_not_end_before_the_final_activity() {
    for (state, end) in [("COMPLETED", completed()), ("FAILED", failed("Broken"))] {
        let mut script = ScriptedSession::new("IN_PROGRESS");
        script.happens(0, "a", progress("More"));
        script.state(4_000, state);
        // Listed slightly after the state change.
        script.is_listed(7_000, 3_000, "b", progress("The last step"));
        script.is_listed(7_000, 4_000, "c", end);
        let sim = SimHost::over(script);
        assert_eq!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).concat(), "abc", "{state}");
    }
}

#[test]
fn a_stream_ends_also_without_a_final_activity() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(0, "a", progress("More"));
    script.state(4_000, "COMPLETED");
    let sim = SimHost::over(script);
    assert_eq!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).concat(), "a");
    assert_eq!(sim.elapsed_ms(), 10_000, "one quiet round after that which saw the end");
}

#[test]
fn a_stream_of_an_ended_session_without_activities_ends_immediately() {
    let sim = SimHost::over(ScriptedSession::new("COMPLETED"));
    assert!(sim.run(collect(&sim, ID, StreamOptions::default())).is_empty());
    assert_eq!((sim.elapsed_ms(), sim.calls().len()), (0, 2));
}

#[test]
fn a_stream_after_the_last_activity_of_an_ended_session_ends_after_one_quiet_interval() {
    let mut script = ScriptedSession::new("COMPLETED");
    script.happens(-10, "a", completed());
    let sim = SimHost::over(script);
    let all = sim.run(collect(&sim, ID, StreamOptions::default()));
    assert!(sim.run(collect(&sim, ID, after(&all[0].cursor()))).is_empty());
    assert_eq!(sim.elapsed_ms(), 5_000);
}

#[test]
fn a_final_activity_does_not_end_the_stream_while_the_session_runs() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(0, "a", completed());
    script.happens(20_000, "b", agent("Revived by a comment"));
    script.happens(30_000, "c", completed());
    script.state(30_000, "COMPLETED");
    let sim = SimHost::over(script);
    assert_eq!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).concat(), "abc");
}

#[test]
fn a_second_end_that_is_not_listed_yet_does_not_end_the_stream() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(0, "a", progress("More"));
    script.state(4_000, "COMPLETED");
    // No poll shows that it runs again.
    script.happens(6_000, "b", user("Revive it"));
    script.changes(14_500);
    script.is_listed(18_000, 14_500, "c", completed());
    let sim = SimHost::over(script);
    assert_eq!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).concat(), "abc");
}

#[test]
fn a_stream_ends_although_each_poll_shows_another_update_time() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(0, "a", progress("More"));
    script.state(4_000, "COMPLETED");
    (0..1_000).for_each(|second| script.changes(second * 1_000));
    let sim = SimHost::over(script);
    assert_eq!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).concat(), "a");
    assert!(sim.elapsed_ms() <= 75_000, "{} ms", sim.elapsed_ms());
}

#[test]
fn paused_and_unknown_states_do_not_end_a_stream() {
    for state in ["PAUSED", "SOME_FUTURE_STATE", "AWAITING_USER_FEEDBACK"] {
        let mut script = ScriptedSession::new(state);
        script.happens(0, "a", completed());
        let sim = SimHost::over(script);
        let client = sim.client();
        let mut stream = ActivityStream::new(client.clone(), ID, StreamOptions::default());
        let ended = sim.run(async {
            stream.next().await.unwrap();
            let bounds = Bounds { limits: Limits { timeout_ms: Some(7_200_000) }, abort: None, ..Bounds::default() };
            client.bounded(bounds, "stream()", stream.next()).await
        });
        assert_eq!(ended.unwrap_err().kind, ErrorKind::Timeout, "{state}");
    }
}

#[test]
fn a_following_stream_continues_when_a_session_is_revived() {
    let sim = SimHost::new();
    let client = sim.client();
    let (ended, followed) = sim.run(async {
        let config = json!({"prompt": "[emulator: revive] p", "source": {"github": "o/r", "baseBranch": "main"}});
        let id = client.create(&run_request(&config)).await.unwrap().id;
        let mut stream = ActivityStream::new(client.clone(), &id, follow());
        let mut followed = Vec::new();
        while followed.iter().filter(|kind| **kind == ActivityKind::SessionCompleted).count() < 2 {
            for activity in stream.next().await.unwrap().unwrap() {
                followed.push(activity.kind);
            }
        }
        let ended = collect(&sim, &id, StreamOptions::default()).await;
        (ended, followed)
    });
    assert_eq!(followed.len(), ended.len());
    assert!(followed.ends_with(&[ActivityKind::ProgressUpdated, ActivityKind::SessionCompleted]), "{followed:?}");
}

#[test]
fn a_following_stream_does_not_end() {
    let mut script = ScriptedSession::new("COMPLETED");
    script.happens(-10, "a", completed());
    let sim = SimHost::over(script);
    let client = sim.client();
    let mut stream = ActivityStream::new(client.clone(), ID, follow());
    assert_eq!(names(&sim.run(stream.next()).unwrap().unwrap()).concat(), "a");
    let bounds = Bounds { limits: Limits { timeout_ms: Some(7_200_000) }, abort: None, ..Bounds::default() };
    let ended = sim.run(client.bounded(bounds, "stream()", stream.next()));
    assert_eq!(ended.unwrap_err().kind, ErrorKind::Timeout);
    assert_eq!(sim.elapsed_ms(), 7_200_000);
}

#[test]
fn a_dropped_stream_leaves_no_request_and_no_timer() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    let client = sim.client();
    let mut stream = ActivityStream::new(client.clone(), ID, StreamOptions::default());
    let bounds = Bounds { limits: Limits { timeout_ms: Some(12_000) }, abort: None, ..Bounds::default() };
    let _ = sim.run(client.bounded(bounds, "stream()", stream.next()));
    drop(stream);
    assert_eq!((sim.timers(), sim.in_flight()), (0, 0));
    let sent = sim.calls().len();
    sim.run(jules_wasm::host::Host::sleep(&sim, 60_000));
    assert_eq!(sim.calls().len(), sent);
}

#[test]
fn a_stream_ends_with_its_timeout() {
    let sim = SimHost::with_emulator(&json!({"scenario": "stall"}));
    let client = sim.client();
    let id = sim.run(client.create(&run_request(&json!({"prompt": "p"})))).unwrap().id;
    let options = StreamOptions { timeout_ms: Some(60_000), ..StreamOptions::default() };
    let mut stream = ActivityStream::new(client.clone(), &id, options);
    let error = sim.run(fails(&client, &mut stream));
    assert_eq!((error.kind, sim.elapsed_ms()), (ErrorKind::Timeout, 60_000));
    assert!(error.message.contains("within 60000 ms"), "not what was left of it at the last step: {error}");
}

#[test]
fn an_earlier_end_does_not_end_the_stream_of_a_revived_session() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(-100_000, "a", progress("More"));
    script.happens(-90_000, "b", completed());
    script.state(14_000, "COMPLETED");
    // Listed slightly after the state change.
    script.is_listed(17_000, 13_000, "c", progress("More"));
    script.is_listed(17_000, 14_000, "d", completed());
    let sim = SimHost::over(script);
    assert_eq!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).concat(), "abcd");
}

#[test]
fn an_end_before_a_running_poll_does_not_end_the_stream_when_the_session_ends_again() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.happens(-1_000, "a", progress("More"));
    // It appears between the poll and the list.
    script.happens(50, "b", completed());
    script.state(8_000, "COMPLETED");
    // Listed slightly after the state change.
    script.is_listed(12_000, 7_500, "c", progress("Revived by a comment"));
    script.is_listed(12_000, 8_000, "d", completed());
    let sim = SimHost::over(script);
    sim.script(|_| Delivery::slow(100));
    assert_eq!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).concat(), "abcd");
}

#[test]
fn an_end_long_before_the_update_time_does_not_end_the_stream() {
    let mut script = ScriptedSession::new("COMPLETED");
    script.happens(-600_000, "a", completed());
    script.update_time_is_ahead(590_000);
    // Listed slightly after the change of the session.
    script.is_listed(3_000, -10_000, "b", progress("Revived by a comment"));
    script.is_listed(3_000, -10_000, "c", completed());
    let sim = SimHost::over(script);
    assert_eq!(names(&sim.run(collect(&sim, ID, StreamOptions::default()))).concat(), "abc");
}
