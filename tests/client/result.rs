//! What a session has come to.

use crate::support::fate::End;
use crate::support::tape::{ID, Tape, completed, failed, progress};
use crate::support::{Fate, SimHost, run_request};
use jules_wasm::client::{Bounds, Outcome, OutcomePart};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::options::Limits;
use jules_wasm::core::session::Session;
use jules_wasm::core::state::SessionState;
use serde_json::{Value, json};
use std::cell::RefCell;

/// Lets the emulator play a session of this prompt, and gives its outcome.
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

/// The outputs of the session that have this member.
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

    let mut tape = Tape::new("FAILED");
    tape.happens(-30, "first", failed("The first"));
    tape.happens(-20, "revived", progress("Again"));
    tape.happens(-10, "last", failed("The last"));
    let outcome = SimHost::over(tape);
    let outcome = outcome.run(outcome.client().result(ID, false, None)).unwrap();
    assert_eq!(outcome.failure_reason.as_deref(), Some("The last"));
}

#[test]
fn a_failure_without_a_reason_has_no_reason() {
    let sim = SimHost::over(Tape::new("FAILED"));
    let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
    assert_eq!((outcome.session.state, outcome.failure_reason), (SessionState::Failed, None));
}

#[test]
fn a_completed_session_that_failed_before_has_no_failure_reason() {
    let mut tape = Tape::new("COMPLETED");
    tape.happens(-30, "first", failed("The first"));
    tape.happens(-10, "last", completed());
    let sim = SimHost::over(tape);
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
    let mut tape = Tape::new("COMPLETED");
    for number in 0..230 {
        tape.happens(number - 300, &format!("a{number}"), change(&format!("patch {number}")));
    }
    tape.happens(-1, "end", completed());
    let sim = SimHost::over(tape);
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
    let mut tape = Tape::new("FAILED");
    tape.happens(-10, "last", failed("No disk left"));
    let sim = SimHost::over(tape);
    let error = sim.run(sim.client().result(ID, true, None)).unwrap_err();
    assert_eq!((error.kind, error.code), (ErrorKind::SessionFailed, "session_failed"));
    assert_eq!((error.session_id.as_deref(), error.reason.as_deref()), (Some(ID), Some("No disk left")));

    let sim = SimHost::over(Tape::new("COMPLETED"));
    assert!(sim.run(sim.client().result(ID, true, None)).is_ok());
}

#[test]
fn on_update_is_called_for_every_change_only() {
    let mut tape = Tape::new("QUEUED");
    tape.state(12_000, "PLANNING");
    tape.state(22_000, "IN_PROGRESS");
    tape.state(42_000, "COMPLETED");
    let sim = SimHost::over(tape);
    let told = RefCell::new(Vec::new());
    let mut tell = |session: &Session<Value>| {
        told.borrow_mut().push((sim.elapsed_ms(), session.state.name()));
        Ok(())
    };
    sim.run(sim.client().result(ID, false, Some(&mut tell))).unwrap();
    let expected = [(0, "queued"), (15_000, "planning"), (25_000, "inProgress"), (45_000, "completed")];
    assert_eq!(told.into_inner(), expected);
}

#[test]
fn an_on_update_that_throws_ends_the_wait() {
    let sim = SimHost::over(Tape::new("QUEUED"));
    let thrown = Error::new(ErrorKind::Abort, "Enough");
    let ended = sim.run(sim.client().result(ID, false, Some(&mut |_| Err(thrown.clone()))));
    assert_eq!(ended.unwrap_err(), thrown);
    assert_eq!((sim.calls().len(), sim.timers()), (1, 0));
}

#[test]
fn paused_and_unknown_states_are_not_terminal() {
    for state in ["PAUSED", "SOME_FUTURE_STATE", "AWAITING_USER_FEEDBACK", "AWAITING_PLAN_APPROVAL"] {
        let sim = SimHost::over(Tape::new(state));
        let client = sim.client();
        let bounds = Bounds { limits: Limits { timeout_ms: Some(3_600_000) }, abort: None, ..Bounds::default() };
        let ended = sim.run(client.bounded(bounds, "result()", client.result(ID, false, None)));
        assert_eq!(ended.unwrap_err().kind, ErrorKind::Timeout, "{state}");
        assert_eq!(sim.elapsed_ms(), 3_600_000);
    }
}

#[test]
fn a_network_error_does_not_end_a_wait_of_hours() {
    // Also where no request is to be sent a second time.
    for max_retry_time_ms in [300_000, 0] {
        let mut tape = Tape::new("IN_PROGRESS");
        tape.state(3_600_000, "COMPLETED");
        let sim = SimHost::over(tape);
        sim.script(|arrival| match arrival.number % 10 {
            3 => Fate::reset(),
            5 => Fate::status(503),
            7 => Fate::silence(),
            9 => Fate::body("<html>try again</html>"),
            _ => Fate::served(),
        });
        let client = sim.client_with(|options| options.config.rate_limit_retry.max_retry_time_ms = max_retry_time_ms);
        let outcome = sim.run(client.result(ID, false, None)).unwrap();
        assert_eq!(outcome.session.state, SessionState::Completed);
    }
}

#[test]
fn failures_of_the_last_activities_do_not_lose_them() {
    for fate in [Fate::status(503), Fate::silence(), Fate::status(404), Fate::body("<html>")] {
        let lasts_ms = if matches!(fate.end, End::Instead(_)) && !is_status(&fate, 503) { 9_000 } else { 200_000 };
        let mut tape = Tape::new("IN_PROGRESS");
        tape.happens(10_000, "end", failed("No disk left"));
        tape.state(10_000, "FAILED");
        let sim = SimHost::over(tape);
        sim.script(move |arrival| match arrival.is("GET", "/activities") && arrival.at_ms < 10_000 + lasts_ms {
            true => fate.clone(),
            false => Fate::served(),
        });
        let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
        assert_eq!((outcome.failure_reason.as_deref(), missing(&outcome)), (Some("No disk left"), vec![]));
    }
}

fn is_status(fate: &Fate, status: u16) -> bool {
    matches!(&fate.end, End::Instead(response) if response.status == status)
}

/// The activity with the last change set: the whole patch is in the activity itself.
fn change(patch: &str) -> Value {
    let name = format!("sessions/{ID}/activities/change");
    json!({"name": name, "artifacts": [{"changeSet": {"gitPatch": {"unidiffPatch": patch, "baseCommitId": "abc"}}}]})
}

/// A completed session that has a pull request, but whose changes only its activities have.
fn with_a_pull_request() -> SimHost {
    let mut tape = Tape::new("COMPLETED");
    tape.happens(-10, "change", change(""));
    tape.outputs(json!([{"pullRequest": {"url": "https://github.com/o/r/pull/1", "title": "Done"}}]));
    SimHost::over(tape)
}

#[test]
fn failures_of_the_last_change_set_do_not_lose_it() {
    let sim = with_a_pull_request();
    sim.script(move |arrival| match (arrival.is("GET", "/activities/change"), arrival.at_ms < 200_000) {
        (true, true) => Fate::no_connection(),
        (true, false) => Fate::body(change("the patch").to_string()),
        (false, _) => Fate::served(),
    });
    let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
    assert_eq!(outcome.change_set.as_ref().unwrap()["gitPatch"]["unidiffPatch"], "the patch");
    assert_eq!(missing(&outcome), []);
}

/// What a session's activities can meet, and the longest that a result waits for them then.
fn lasting_failures() -> [(Fate, i64); 6] {
    [
        (Fate::status(403), 30_000),
        (Fate::status(404), 30_000),
        (Fate::body("<html>"), 30_000),
        (Fate::status(503), 300_000),
        (Fate::no_connection(), 300_000),
        (Fate::silence(), 330_000),
    ]
}

#[test]
fn an_outcome_without_readable_activities_names_its_missing_parts() {
    for (fate, longest_ms) in lasting_failures() {
        let sim = with_a_pull_request();
        let told = format!("{:?}", fate.end);
        sim.script(move |arrival| if arrival.is("GET", "/activities") { fate.clone() } else { Fate::served() });
        let outcome = sim.run(sim.client().result(ID, true, None)).unwrap();
        assert_eq!(outcome.session.state, SessionState::Completed);
        assert_eq!(outputs(&outcome, "pullRequest")[0]["title"], "Done");
        assert_eq!((missing(&outcome), outcome.change_set), (vec![OutcomePart::ChangeSet], None), "{told}");
        assert!(sim.elapsed_ms() <= longest_ms, "{told}: {} ms", sim.elapsed_ms());
        assert_eq!((sim.timers(), sim.in_flight()), (0, 0));
    }
}

#[test]
fn a_change_set_without_readable_patch_is_returned_and_named() {
    for (fate, longest_ms) in lasting_failures() {
        let sim = with_a_pull_request();
        sim.script(move |arrival| if arrival.is("GET", "/activities/change") { fate.clone() } else { Fate::served() });
        let outcome = sim.run(sim.client().result(ID, false, None)).unwrap();
        assert_eq!(outcome.change_set.as_ref().unwrap()["gitPatch"]["baseCommitId"], "abc");
        assert_eq!(missing(&outcome), [OutcomePart::ChangeSet]);
        assert!(sim.elapsed_ms() <= longest_ms, "{} ms", sim.elapsed_ms());
    }
}

#[test]
fn the_retry_window_bounds_the_requests_of_an_outcome() {
    for (fate, _) in lasting_failures() {
        let sim = with_a_pull_request();
        sim.script(move |arrival| if arrival.is("GET", "/activities") { fate.clone() } else { Fate::served() });
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
        let sim = SimHost::over(Tape::new("FAILED"));
        sim.script(|arrival| if arrival.is("GET", "/activities") { Fate::status(403) } else { Fate::served() });
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
    // Several are watched, so the end is seen by the list, and the session is asked for afterwards.
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
                return Fate::status(404);
            }
            Fate::served()
        });
        for outcome in futures::future::join_all(ids.iter().map(|id| client.result(id, false, None))).await {
            assert_eq!(outcome.unwrap().session.state, SessionState::Completed);
        }
    });
}
