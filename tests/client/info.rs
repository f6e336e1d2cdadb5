//! Requesting sessions.

use crate::support::scripted_session::{ID, ScriptedSession, agent, failed, progress};
use crate::support::{Answer, Delivery, SimHost, ids, session_request};
use jules_wasm::core::activity::ActivityKind;
use jules_wasm::core::cursor::Cursor;
use jules_wasm::core::error::ErrorKind;
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;
use serde_json::json;

#[test]
fn info_returns_the_session_and_all_its_activities() {
    let mut script = ScriptedSession::new("AWAITING_PLAN_APPROVAL");
    script.happens(0, "a", json!({"planGenerated": {"plan": {"id": "p1", "steps": [{"title": "Read"}]}}}));
    script.happens(1, "b", agent("Please have a look"));
    let sim = SimHost::over(script);
    sim.run(sim.sleep(10));
    let info = sim.run(sim.client().info(ID, Some(None))).unwrap();
    assert_eq!(info.session.state, SessionState::AwaitingPlanApproval);
    assert_eq!(ids(&info.activities), ["a", "b"]);
    assert_eq!(info.activities[0].kind, ActivityKind::PlanGenerated);
    assert_eq!(info.activities[0].plan()["steps"][0]["title"], "Read");
}

#[test]
fn a_second_info_requests_only_new_activities() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.gives_parts();
    script.happens(0, "a", agent("one"));
    script.happens(1_000, "b", agent("two"));
    script.happens(2_000, "c", agent("three"));
    let sim = SimHost::over(script);
    let client = sim.client();
    sim.run(sim.sleep(1_500));
    let first = sim.run(client.info(ID, Some(None))).unwrap();
    assert_eq!(ids(&first.activities), ["a", "b"]);
    assert_eq!(sim.count("GET", "filter"), 0);

    sim.run(sim.sleep(1_500));
    sim.forget_requests();
    let cursor = Cursor::parse(first.cursor.as_deref().unwrap());
    let second = sim.run(client.info(ID, Some(cursor.clone()))).unwrap();
    assert_eq!(ids(&second.activities), ["c"]);
    assert_eq!(sim.calls().len(), 3, "what is known is asked for by ids alone: {:?}", sim.calls());
    assert_eq!(sim.count("GET", "fields=activities%28id%2CcreateTime%29"), 1);
    assert_eq!(sim.count("GET", "filter=create_time%20%3E%20%222026-08-21T21%3A05%3A13.103999999Z%22"), 1);

    sim.forget_requests();
    let third = sim.run(client.info(ID, Some(Cursor::parse(second.cursor.as_deref().unwrap())))).unwrap();
    assert!(third.activities.is_empty());
    assert_eq!(third.cursor, second.cursor);
    assert_eq!(sim.calls().len(), 2, "{:?}", sim.calls());
}

#[test]
fn a_session_without_activities_has_no_cursor_yet() {
    let sim = SimHost::over(ScriptedSession::new("QUEUED"));
    let info = sim.run(sim.client().info(ID, Some(None))).unwrap();
    assert_eq!((info.activities.len(), info.cursor), (0, None));
}

#[test]
fn info_without_activities_is_one_request() {
    let sim = SimHost::over(ScriptedSession::new("QUEUED"));
    let info = sim.run(sim.client().info(ID, None)).unwrap();
    assert_eq!((info.activities.len(), info.cursor), (0, None));
    assert_eq!(sim.calls(), [format!("GET /sessions/{ID}")]);
}

#[test]
fn info_always_asks_the_service() {
    let sim = SimHost::over(ScriptedSession::new("COMPLETED"));
    let client = sim.client();
    for _ in 0..3 {
        sim.run(client.info(ID, None)).unwrap();
    }
    assert_eq!(sim.calls().len(), 3);
}

#[test]
fn info_works_for_a_failed_session() {
    let mut script = ScriptedSession::new("FAILED");
    script.happens(0, "a", failed("Unable to install dependencies"));
    let sim = SimHost::over(script);
    let info = sim.run(sim.client().info(ID, Some(None))).unwrap();
    assert_eq!(info.session.state, SessionState::Failed);
    assert_eq!(info.activities[0].failure_reason().as_deref(), Some("Unable to install dependencies"));
}

#[test]
fn a_history_of_many_pages_is_complete_and_in_order() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    let names: Vec<_> = (0..250).map(|number| format!("a{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        script.happens(i64::try_from(number).unwrap() - 250, name, progress("More"));
    }
    let sim = SimHost::over(script);
    let info = sim.run(sim.client().info(ID, Some(None))).unwrap();
    assert_eq!(ids(&info.activities), names);
    assert_eq!(sim.count("GET", "/activities"), 3);
}

#[test]
fn an_empty_page_with_a_token_does_not_end_the_list() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    sim.script(|arrival| match (arrival.is("GET", "/activities"), arrival.request.url.contains("pageToken=next")) {
        (false, _) => Delivery::served(),
        (true, false) => Delivery::body(r#"{"nextPageToken":"next"}"#),
        (true, true) => Delivery::body(r#"{"activities":[{"id":"a","createTime":"2026-08-21T21:05:11Z"}]}"#),
    });
    let info = sim.run(sim.client().info(ID, Some(None))).unwrap();
    assert_eq!(ids(&info.activities), ["a"]);
}

#[test]
fn a_page_token_of_its_own_page_is_an_error() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    for name in ["a", "b", "c"] {
        script.happens(0, name, agent("At one instant"));
    }
    script.pages_of(2);
    let sim = SimHost::over(script);
    let error = sim.run(sim.client().info(ID, Some(None))).map(drop).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Decode, "{error}");
    assert!(sim.count("GET", "/activities") < 5, "{:?}", sim.calls());
}

#[test]
fn a_404_of_a_new_session_is_retried_until_it_is_visible() {
    let sim = SimHost::new();
    sim.script(|arrival| {
        if arrival.is("GET", "/sessions/") && arrival.at_ms < 4_000 {
            Delivery::status(404)
        } else {
            Delivery::served()
        }
    });
    let client = sim.client();
    let made = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap();
    let info = sim.run(client.info(&made.id, Some(None))).unwrap();
    assert_eq!(info.session.id, made.id);
    assert!(sim.elapsed_ms() >= 4_000);
}

#[test]
fn a_404_says_what_to_check() {
    let sim = SimHost::new();
    let client = sim.client();
    let error = |error: jules_wasm::core::error::Error| error.message.clone();
    let of_session = [
        error(sim.run(client.get("123")).unwrap_err()),
        error(sim.run(client.send("123", "Hello")).unwrap_err()),
        error(sim.run(client.info("123", Some(None))).map(drop).unwrap_err()),
    ];
    assert!(of_session.iter().all(|message| message.contains("Check the id.")), "{of_session:?}");
    let of_activity = error(sim.run(client.activity("123", "none")).map(drop).unwrap_err());
    assert!(of_activity.contains("Check the id."), "{of_activity}");
    sim.script(|_| {
        Delivery::answer(Answer { status: 404, body: b"<html>No such page</html>".to_vec(), ..Answer::default() })
    });
    let of_a_page = error(sim.run(client.get("123")).unwrap_err());
    assert!(of_a_page.contains("Check `baseUrl`"), "{of_a_page}");
}

#[test]
fn a_404_of_an_older_session_is_not_retried() {
    let sim = SimHost::new();
    let client = sim.client();
    let error = sim.run(client.get("123")).unwrap_err();
    assert_eq!((error.kind, error.status, sim.elapsed_ms()), (ErrorKind::Api, Some(404), 0));

    let made = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap();
    sim.run(sim.sleep(60_000));
    sim.script(|_| Delivery::status(404));
    sim.forget_requests();
    let error = sim.run(client.get(&made.id)).unwrap_err();
    assert_eq!((error.status, sim.calls().len()), (Some(404), 1), "a minute later it is not young any more");
}

#[test]
fn a_session_that_is_never_visible_is_an_error_after_a_minute() {
    let sim = SimHost::new();
    let client = sim.client();
    let made = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap();
    sim.script(|_| Delivery::status(404));
    let error = sim.run(client.get(&made.id)).unwrap_err();
    assert_eq!(error.status, Some(404));
    assert!((60_000..=90_000).contains(&sim.elapsed_ms()), "{}", sim.elapsed_ms());
}

#[test]
fn a_404_of_an_activity_is_not_retried_even_in_a_new_session() {
    let sim = SimHost::new();
    let client = sim.client();
    let made = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap();
    let error = sim.run(client.activity(&made.id, "none")).unwrap_err();
    assert_eq!((error.status, error.attempts, sim.elapsed_ms()), (Some(404), Some(1), 0));
}

#[test]
fn circular_page_tokens_are_an_error() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    sim.script(|arrival| {
        let of = |token: &str| arrival.request.url.contains(&format!("pageToken={token}"));
        match arrival.is("GET", "/activities") {
            false => Delivery::served(),
            true if of("one") => Delivery::body(r#"{"activities":[{"id":"b"}],"nextPageToken":"two"}"#),
            true if of("two") => Delivery::body(r#"{"activities":[{"id":"c"}],"nextPageToken":"one"}"#),
            true => Delivery::body(r#"{"activities":[{"id":"a"}],"nextPageToken":"one"}"#),
        }
    });
    let error = sim.run(sim.client().info(ID, Some(None))).map(drop).unwrap_err();
    assert!(error.message.contains("repeated the token"), "{error}");
    assert_eq!(sim.count("GET", "/activities"), 3);
}

#[test]
fn a_list_of_endless_empty_pages_is_an_error() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    sim.script(|arrival| match arrival.is("GET", "/activities") {
        false => Delivery::served(),
        true => Delivery::body(format!(r#"{{"nextPageToken":"{}"}}"#, arrival.number)),
    });
    let error = sim.run(sim.client().info(ID, Some(None))).map(drop).unwrap_err();
    assert!(error.kind == ErrorKind::Decode && error.message.contains("empty"), "{error}");
}
