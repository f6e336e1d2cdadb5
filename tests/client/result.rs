//! Outcomes of sessions.

use crate::support::delivery::End;
use crate::support::scripted_session::{ID, ScriptedSession, completed, failed, progress};
use crate::support::{Delivery, SimHost, run_request};
use jules_wasm::client::{Bounds, Outcome, OutcomePart};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::options::Limits;
use jules_wasm::core::session::Session;
use jules_wasm::core::state::SessionState;
use serde_json::{Value, json};
use std::cell::RefCell;

/// Runs a session with this prompt on the emulator. Returns its outcome.
fn outcome_of(prompt: &str, repo: bool) -> Outcome<Value> {
    let sim = SimHost::new();
    let client = sim.client();
    let mut config = json!({"prompt": prompt});
    if repo {
        config["source"] = json!({"github": "bobalover/boba", "baseBranch": "main"});
    }
    sim.run(async {
        let id = client.create(&run_request(&config)).await.unwrap().id;
        client.result(&id, false, None).await.unwrap()
    })
}

/// The outputs of the session with this member.
fn outputs<'a>(outcome: &'a Outcome<Value>, member: &str) -> Vec<&'a Value> {
    let all = outcome.session.json["outputs"].as_array().into_iter().flatten();
    all.filter_map(|output| output.get(member)).collect()
}

fn missing(outcome: &Outcome<Value>) -> Vec<OutcomePart> {
    outcome.incomplete.iter().map(|part| part.what).collect()
}

#[test]
fn the_outcome_of_a_completed_session_has_its_pull_request_and_changes() {
    let outcome = outcome_of("Create a boba app!", true);
    assert_eq!(
        (outcome.session.state, outcome.session.title().as_str()),
        (SessionState::Completed, "Create a boba app!")
    );
    let pull_requests = outputs(&outcome, "pullRequest");
    assert_eq!(pull_requests[0]["url"], json!("https://github.com/bobalover/boba/pull/1"));
    assert_eq!((pull_requests.len(), &pull_requests[0]["baseRef"]), (1, &json!("main")));
    let change_sets = outputs(&outcome, "changeSet");
    assert_eq!((change_sets.len(), &change_sets[0]["source"]), (1, &json!("sources/github/bobalover/boba")));
    assert_eq!((outcome.change_set, outcome.failure_reason), (None, None), "the session has them");
}

#[test]
fn the_outcome_of_a_repoless_session_has_its_changes_and_no_pull_request() {
    let outcome = outcome_of("Write a script", false);
    assert!(outputs(&outcome, "pullRequest").is_empty());
    let change_sets = outputs(&outcome, "changeSet");
    assert_eq!((change_sets.len(), change_sets[0].get("source")), (1, None));
    assert!(change_sets[0]["gitPatch"]["unidiffPatch"].as_str().unwrap().starts_with("diff --git"));
}

#[test]
fn the_outcome_of_a_failed_session_has_the_reason_of_its_last_failure() {
    let outcome = outcome_of("[emulator: fail] Try", true);
    assert_eq!(outcome.session.state, SessionState::Failed);
    assert_eq!(outcome.failure_reason.as_deref(), Some("Unable to install dependencies"));

    let mut script = ScriptedSession::new("FAILED");
    script.happens(-30, "first", failed("The first"));
    script.happens(-20, "revived", progress("Again"));
    script.happens(-10, "last", failed("The last"));
    let outcome = SimHost::over(script);
    let outcome = outcome.run(outcome.client().result(ID, false, None)).unwrap();
    assert_eq!(outcome.failure_reason.as_deref(), Some("The last"));
}

#[test]
fn a_failure_without_a_reason_has_no_reason() {
    let sim = SimHost::over(ScriptedSession::new("FAILED"));
    let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
    assert_eq!((outcome.session.state, outcome.failure_reason), (SessionState::Failed, None));
}

#[test]
fn a_completed_session_that_failed_before_has_no_failure_reason() {
    let mut script = ScriptedSession::new("COMPLETED");
    script.happens(-30, "first", failed("The first"));
    script.happens(-10, "last", completed());
    let sim = SimHost::over(script);
    let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
    assert_eq!((outcome.session.state, outcome.failure_reason), (SessionState::Completed, None));
}

#[test]
fn without_outputs_the_last_change_set_of_the_activities_is_used() {
    let change = |patch: &str| {
        json!({"progressUpdated": {}, "artifacts": [
            {"changeSet": {"gitPatch": {"unidiffPatch": "not the last of its activity"}}},
            {"changeSet": {"gitPatch": {"unidiffPatch": patch}}},
        ]})
    };
    let mut script = ScriptedSession::new("COMPLETED");
    for number in 0..230 {
        script.happens(number - 300, &format!("a{number}"), change(&format!("patch {number}")));
    }
    script.happens(-1, "end", completed());
    let sim = SimHost::over(script);
    let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
    assert_eq!(outcome.change_set, Some(json!({"gitPatch": {"unidiffPatch": "patch 229"}})));
    assert!(outputs(&outcome, "changeSet").is_empty());
}

#[test]
fn a_session_without_results_has_no_changes() {
    let outcome = outcome_of("[emulator: no-outputs] Look", true);
    assert_eq!((outcome.session.state, &outcome.change_set), (SessionState::Completed, &None));
    assert_eq!(outcome.session.json.get("outputs"), None);
}

#[test]
fn a_failed_session_is_an_error_only_with_throw_on_failure() {
    let mut script = ScriptedSession::new("FAILED");
    script.happens(-10, "last", failed("No disk left"));
    let sim = SimHost::over(script);
    let error = sim.run(sim.client().result(ID, true, None)).unwrap_err();
    assert_eq!((error.kind, error.kind.code()), (ErrorKind::SessionFailed, "session_failed"));
    assert_eq!((error.session_id.as_deref(), error.reason.as_deref()), (Some(ID), Some("No disk left")));

    let sim = SimHost::over(ScriptedSession::new("COMPLETED"));
    assert!(sim.run(sim.client().result(ID, true, None)).is_ok());
}

#[test]
fn on_update_is_called_for_every_change_only() {
    let mut script = ScriptedSession::new("QUEUED");
    script.state(12_000, "PLANNING");
    script.state(22_000, "IN_PROGRESS");
    script.state(42_000, "COMPLETED");
    let sim = SimHost::over(script);
    let updates = RefCell::new(Vec::new());
    let mut on_update = |session: &Session<Value>| {
        updates.borrow_mut().push((sim.elapsed_ms(), session.state.name()));
        Ok(())
    };
    sim.run(sim.client().result(ID, false, Some(&mut on_update))).unwrap();
    let expected = [(0, "queued"), (15_000, "planning"), (25_000, "inProgress"), (45_000, "completed")];
    assert_eq!(updates.into_inner(), expected);
}

#[test]
fn an_on_update_that_throws_ends_the_wait() {
    let sim = SimHost::over(ScriptedSession::new("QUEUED"));
    let thrown = Error::new(ErrorKind::Abort, "Enough");
    let ended = sim.run(sim.client().result(ID, false, Some(&mut |_| Err(thrown.clone()))));
    assert_eq!(ended.unwrap_err(), thrown);
    assert_eq!((sim.calls().len(), sim.timers()), (1, 0));
}

#[test]
fn paused_and_unknown_states_are_not_terminal() {
    for state in ["PAUSED", "SOME_FUTURE_STATE", "AWAITING_USER_FEEDBACK", "AWAITING_PLAN_APPROVAL"] {
        let sim = SimHost::over(ScriptedSession::new(state));
        let client = sim.client();
        let bounds = Bounds { limits: Limits { timeout_ms: Some(3_600_000) }, abort: None, ..Bounds::default() };
        let ended = sim.run(client.bounded(bounds, "result()", client.result(ID, false, None)));
        assert_eq!(ended.unwrap_err().kind, ErrorKind::Timeout, "{state}");
        assert_eq!(sim.elapsed_ms(), 3_600_000);
    }
}

#[test]
fn a_network_error_does_not_end_a_wait_of_hours() {
    // Also without retries.
    for max_retry_time_ms in [300_000, 0] {
        let mut script = ScriptedSession::new("IN_PROGRESS");
        script.state(3_600_000, "COMPLETED");
        let sim = SimHost::over(script);
        sim.script(|arrival| match arrival.number % 10 {
            3 => Delivery::reset(),
            5 => Delivery::status(503),
            7 => Delivery::silence(),
            9 => Delivery::body("<html>try again</html>"),
            _ => Delivery::served(),
        });
        let client = sim.client_with(|options| options.config.rate_limit_retry.max_retry_time_ms = max_retry_time_ms);
        let outcome = sim.run(client.result(ID, false, None)).unwrap();
        assert_eq!(outcome.session.state, SessionState::Completed);
    }
}

#[test]
fn failures_of_the_last_activities_do_not_lose_them() {
    for delivery in [Delivery::status(503), Delivery::silence(), Delivery::status(404), Delivery::body("<html>")] {
        let lasts_ms =
            if matches!(delivery.end, End::Instead(_)) && !is_status(&delivery, 503) { 9_000 } else { 200_000 };
        let mut script = ScriptedSession::new("IN_PROGRESS");
        script.happens(10_000, "end", failed("No disk left"));
        script.state(10_000, "FAILED");
        let sim = SimHost::over(script);
        sim.script(move |arrival| match arrival.is("GET", "/activities") && arrival.at_ms < 10_000 + lasts_ms {
            true => delivery.clone(),
            false => Delivery::served(),
        });
        let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
        assert_eq!((outcome.failure_reason.as_deref(), missing(&outcome)), (Some("No disk left"), vec![]));
    }
}

fn is_status(delivery: &Delivery, status: u16) -> bool {
    matches!(&delivery.end, End::Instead(response) if response.status == status)
}

/// The activity with the last change set, including its patch.
fn change(patch: &str) -> Value {
    let name = format!("sessions/{ID}/activities/change");
    json!({"name": name, "artifacts": [{"changeSet": {"gitPatch": {"unidiffPatch": patch, "baseCommitId": "abc"}}}]})
}

/// A completed session with a pull request whose changes are only in its activities.
fn with_a_pull_request() -> SimHost {
    let mut script = ScriptedSession::new("COMPLETED");
    script.happens(-10, "change", change(""));
    script.outputs(json!([{"pullRequest": {"url": "https://github.com/o/r/pull/1", "title": "Done"}}]));
    SimHost::over(script)
}

#[test]
fn failures_of_the_last_change_set_do_not_lose_it() {
    let sim = with_a_pull_request();
    sim.script(move |arrival| match (arrival.is("GET", "/activities/change"), arrival.at_ms < 200_000) {
        (true, true) => Delivery::no_connection(),
        (true, false) => Delivery::body(change("the patch").to_string()),
        (false, _) => Delivery::served(),
    });
    let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
    assert_eq!(outcome.change_set.as_ref().unwrap()["gitPatch"]["unidiffPatch"], "the patch");
    assert_eq!(missing(&outcome), []);
}

/// Failures of the activities, and the longest time that `result` waits for them.
fn lasting_failures() -> [(Delivery, i64); 6] {
    [
        (Delivery::status(403), 30_000),
        (Delivery::status(404), 30_000),
        (Delivery::body("<html>"), 30_000),
        (Delivery::status(503), 300_000),
        (Delivery::no_connection(), 300_000),
        (Delivery::silence(), 330_000),
    ]
}

#[test]
fn an_outcome_without_readable_activities_names_its_missing_parts() {
    for (delivery, longest_ms) in lasting_failures() {
        let sim = with_a_pull_request();
        let label = format!("{:?}", delivery.end);
        sim.script(move |arrival| if arrival.is("GET", "/activities") { delivery.clone() } else { Delivery::served() });
        let outcome = sim.run(sim.client().result(ID, true, None)).unwrap();
        assert_eq!(outcome.session.state, SessionState::Completed);
        assert_eq!(outputs(&outcome, "pullRequest")[0]["title"], "Done");
        assert_eq!((missing(&outcome), outcome.change_set), (vec![OutcomePart::ChangeSet], None), "{label}");
        assert!(sim.elapsed_ms() <= longest_ms, "{label}: {} ms", sim.elapsed_ms());
        assert_eq!((sim.timers(), sim.in_flight()), (0, 0));
    }
}

#[test]
fn a_change_set_without_readable_patch_is_returned_and_named() {
    for (delivery, longest_ms) in lasting_failures() {
        let sim = with_a_pull_request();
        sim.script(
            move |arrival| if arrival.is("GET", "/activities/change") { delivery.clone() } else { Delivery::served() },
        );
        let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
        assert_eq!(outcome.change_set.as_ref().unwrap()["gitPatch"]["baseCommitId"], "abc");
        assert_eq!(missing(&outcome), [OutcomePart::ChangeSet]);
        assert!(sim.elapsed_ms() <= longest_ms, "{} ms", sim.elapsed_ms());
    }
}

#[test]
fn the_retry_window_bounds_the_requests_of_an_outcome() {
    for (delivery, _) in lasting_failures() {
        let sim = with_a_pull_request();
        sim.script(move |arrival| if arrival.is("GET", "/activities") { delivery.clone() } else { Delivery::served() });
        let client = sim.client_with(|options| {
            options.config.rate_limit_retry.max_retry_time_ms = 2_000;
            options.config.request_timeout_ms = 500;
        });
        let outcome = sim.run(client.result(ID, false, None)).unwrap();
        assert!(!outcome.incomplete.is_empty());
        assert!(sim.elapsed_ms() <= 2_500, "{} ms", sim.elapsed_ms());
    }
}

#[test]
fn a_failed_session_without_readable_activities_is_reported_as_failed() {
    let parts = [OutcomePart::FailureReason, OutcomePart::ChangeSet];
    let refused = || {
        let sim = SimHost::over(ScriptedSession::new("FAILED"));
        sim.script(|arrival| if arrival.is("GET", "/activities") { Delivery::status(403) } else { Delivery::served() });
        sim
    };
    let sim = refused();
    let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
    assert_eq!((outcome.session.state, outcome.failure_reason.as_deref()), (SessionState::Failed, None));
    assert_eq!(missing(&outcome), parts);
    assert!(outcome.incomplete.iter().all(|part| part.error.status == Some(403)));

    let sim = refused();
    let error = sim.run(sim.client().result(ID, true, None)).unwrap_err();
    assert_eq!((error.kind, error.reason.as_deref()), (ErrorKind::SessionFailed, None));
    assert!(error.message.contains("could not be read") && error.message.contains("403"), "{error}");
}

#[test]
fn a_complete_outcome_names_no_missing_parts() {
    let outcome = outcome_of("Create a boba app!", true);
    assert_eq!(missing(&outcome), []);
}

#[test]
fn a_burst_of_refusals_at_the_end_does_not_lose_the_session() {
    // With several sessions the end is seen by the list, and the session is requested afterwards.
    let sim = SimHost::with_emulator(&json!({"stepMs": 10_000}));
    let client = sim.client();
    sim.run(async {
        let ids = crate::polling::make(&client, 2).await;
        let mut left = 4;
        let ids_in_paths: Vec<_> = ids.iter().map(|id| format!("/sessions/{id}?")).collect();
        sim.script(move |arrival| {
            let is_hit = arrival.at_ms > 20_000 && left > 0 && !arrival.is("GET", "/sessions?");
            if is_hit && ids_in_paths.iter().any(|part| arrival.is("GET", part.trim_end_matches('?'))) {
                left -= 1;
                return Delivery::status(404);
            }
            Delivery::served()
        });
        for outcome in futures::future::join_all(ids.iter().map(|id| client.result(id, false, None))).await {
            assert_eq!(outcome.unwrap().session.state, SessionState::Completed);
        }
    });
}
