//! Approving, messaging, archiving and deleting on the emulator.

use crate::support::{Delivery, SimHost, session_request};
use futures::future::join;
use jules_wasm::client::Change;
use jules_wasm::core::activity::ActivityKind;
use jules_wasm::core::error::ErrorKind;
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;
use serde_json::json;

#[test]
fn an_interactive_session_completes_with_plan_and_question() {
    let sim = SimHost::new();
    let client = sim.client();
    sim.run(async {
        let config = json!({
            "prompt": "Refactor. [emulator: question]",
            "source": {"github": "bobalover/boba", "baseBranch": "main"},
        });
        let id = client.create(&session_request(&config)).await.unwrap().id;
        client.wait_for(&id, SessionState::AwaitingPlanApproval).await.unwrap();
        client.change(&id, Change::ApprovePlan).await.unwrap();
        let waiting = client.wait_for(&id, SessionState::AwaitingUserFeedback).await.unwrap();
        assert_eq!(waiting.state, SessionState::AwaitingUserFeedback);
        client.send(&id, "Remove it").await.unwrap();
        let outcome = client.result(&id, false, None).await.unwrap();
        assert_eq!(outcome.session.state, SessionState::Completed);
        let url = outcome.session.json["outputs"][0]["pullRequest"]["url"].as_str().unwrap();
        assert!(url.starts_with("https://github.com/bobalover/boba/pull/"));
        let listed = client.info(&id, Some(None)).await.unwrap().activities;
        let mine: Vec<_> = listed.iter().filter(|a| a.kind == ActivityKind::UserMessaged).collect();
        assert_eq!((mine.len(), mine[0].message().as_deref()), (1, Some("Remove it")));
    });
    assert_eq!(sim.count("POST", ":approvePlan"), 1);
    assert_eq!(sim.count("POST", ":sendMessage"), 1);
}

#[test]
fn a_message_is_one_post_with_its_text() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap().id;
    sim.forget_requests();
    sim.run(client.send(&id, "Mind the “tests”\n\\o/")).unwrap();
    assert_eq!(sim.calls(), [format!("POST /sessions/{id}:sendMessage")]);
    assert_eq!(sim.requests()[0].json(), json!({"prompt": "Mind the “tests”\n\\o/"}));
}

#[test]
fn changes_without_content_are_one_post_with_an_empty_object() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap().id;
    for (change, verb) in
        [(Change::ApprovePlan, "approvePlan"), (Change::Archive, "archive"), (Change::Unarchive, "unarchive")]
    {
        sim.forget_requests();
        sim.run(client.change(&id, change)).unwrap();
        assert_eq!(sim.calls(), [format!("POST /sessions/{id}:{verb}")]);
        assert_eq!(sim.requests()[0].json(), json!({}));
    }
}

#[test]
fn an_empty_response_to_a_change_is_valid() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::body(""));
    sim.run(sim.client().change("77", Change::ApprovePlan)).unwrap();
    sim.run(sim.client().send("77", "Go on")).unwrap();
    sim.run(sim.client().delete("77")).unwrap();
    assert_eq!(sim.calls(), ["POST /sessions/77:approvePlan", "POST /sessions/77:sendMessage", "DELETE /sessions/77"]);
}

#[test]
fn deleting_a_missing_session_succeeds() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap().id;
    sim.run(sim.sleep(120_000));
    sim.run(client.delete(&id)).unwrap();
    sim.run(client.delete(&id)).unwrap();
    assert_eq!(sim.run(client.get(&id)).unwrap_err().status, Some(404));
}

#[test]
fn a_404_of_a_new_session_is_not_retried_after_its_deletion() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap().id;
    let (waited, ()) = sim.run(join(client.wait_for(&id, SessionState::Paused), async {
        sim.sleep(7_000).await;
        client.delete(&id).await.unwrap();
    }));
    assert_eq!(waited.unwrap_err().status, Some(404));
    assert!(sim.elapsed_ms() <= 8_000, "{} ms", sim.elapsed_ms());
    let before = sim.elapsed_ms();
    assert_eq!(sim.run(client.get(&id)).unwrap_err().status, Some(404));
    assert_eq!(sim.elapsed_ms(), before);
}

#[test]
fn a_session_that_is_not_visible_yet_is_deleted() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap().id;
    let made = sim.requests().len();
    sim.script(move |arrival| if arrival.number <= made + 2 { Delivery::status(404) } else { Delivery::served() });
    sim.run(client.delete(&id)).unwrap();
    assert_eq!(sim.count("DELETE", ""), 3);
    assert_eq!(
        sim.run(sim.client().get(&id)).unwrap_err().status,
        Some(404),
        "it would have gone on, and been paid for"
    );
    let before = sim.elapsed_ms();
    sim.run(client.delete(&id)).unwrap();
    assert_eq!(sim.elapsed_ms(), before, "what was deleted is not looked for");
}

#[test]
fn a_404_after_a_lost_delete_response_is_not_treated_as_replication_lag() {
    for lost in [Delivery::status(503), Delivery::body("<html>")] {
        let sim = SimHost::new();
        let client = sim.client();
        let id = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap().id;
        sim.next_deliveries([lost.committed()]);
        let before = sim.elapsed_ms();
        sim.run(client.delete(&id)).unwrap();
        assert_eq!(sim.count("DELETE", ""), 2);
        assert!(sim.elapsed_ms() - before < 2_000, "{} ms", sim.elapsed_ms() - before);
    }
}

#[test]
fn an_archived_running_session_is_paused_and_has_not_ended() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap().id;
    sim.run(client.change(&id, Change::Archive)).unwrap();
    let session = sim.run(client.get(&id)).unwrap();
    assert_eq!((session.state, &session.json["archived"]), (SessionState::Paused, &json!(true)));
    let bounds = jules_wasm::client::Bounds {
        limits: jules_wasm::core::options::Limits { timeout_ms: Some(600_000) },
        ..Default::default()
    };
    let ended = sim.run(client.bounded(bounds, "result()", client.result(&id, false, None)));
    assert_eq!(ended.unwrap_err().kind, ErrorKind::Timeout);
}

#[test]
fn a_404_of_a_new_session_counts_as_deleted_only_after_the_replication_lag() {
    let sim = SimHost::new();
    let client = sim.client_with(|options| options.config.rate_limit_retry.max_retry_time_ms = 0);
    let id = sim.run(client.create(&session_request(&json!({"prompt": "p"})))).unwrap().id;
    sim.next_deliveries([Delivery::status(404)]);
    let error = sim.run(client.delete(&id)).unwrap_err();
    assert!(error.status == Some(404) && error.message.contains("may not be visible yet: try again"), "{error}");
    sim.run(client.delete(&id)).unwrap();
    assert_eq!(sim.run(sim.client().get(&id)).unwrap_err().status, Some(404));
}
