//! Responses have the same set of JSON paths as recorded ones.

use crate::support::{Service, fixture, in_boba};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every path in a document, such as `outputs[].pullRequest.url`; `[]` for the elements of a list.
fn paths(json: &Value) -> BTreeSet<String> {
    fn walk(json: &Value, place: &str, found: &mut BTreeSet<String>) {
        match json {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                    found.insert(place.clone());
                    walk(value, &place, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, &format!("{place}[]"), found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(json, "", &mut found);
    found
}

fn request() -> Value {
    fixture("request-create-session")
}

#[track_caller]
fn assert_same_shape(answer: &Value, name: &str) {
    assert_eq!(paths(answer), paths(&fixture(name)), "{name}");
}

#[test]
fn a_session_has_the_recorded_shape_in_every_state() {
    let mut service = Service::new();
    let created = service.post("/sessions", request());
    assert_same_shape(&created, "session-queued");
    let session = format!("/{}", created["name"].as_str().unwrap());
    assert_same_shape(&service.run_until(&session, &["PLANNING"]), "session-planning");
    assert_same_shape(&service.run_until(&session, &["AWAITING_PLAN_APPROVAL"]), "session-awaiting-plan-approval");
    service.post(&format!("{session}:approvePlan"), json!({}));
    assert_same_shape(&service.run_until(&session, &["IN_PROGRESS"]), "session-in-progress");
    assert_same_shape(&service.run_until(&session, &["COMPLETED"]), "session-completed-with-pr-and-changeset");

    let ends = [
        ("question", "AWAITING_USER_FEEDBACK", "session-awaiting-user-feedback"),
        ("pause", "PAUSED", "session-paused"),
        ("fail", "FAILED", "session-failed"),
        ("no-outputs", "COMPLETED", "session-completed-no-outputs"),
        ("future", "SOME_FUTURE_STATE", "session-unknown-future-values"),
    ];
    for (scenario, state, name) in ends {
        let session = service.create(in_boba(&format!("Create a boba app! [emulator: {scenario}]")));
        assert_same_shape(&service.run_until(&session, &[state]), name);
    }
}

#[test]
fn a_repoless_session_has_the_recorded_shape() {
    let mut service = Service::new();
    let session = service.create(fixture("request-create-repoless"));
    assert_same_shape(&service.run_until(&session, &["COMPLETED"]), "session-repoless-completed-changeset");
}

#[test]
fn an_archived_session_has_the_recorded_shape_except_for_the_change_set() {
    let mut service = Service::new();
    let mut request = request();
    request["requirePlanApproval"] = json!(false);
    request["sourceContext"]["workingBranch"] = json!("jules/boba-app");
    request["sourceContext"]["environmentVariablesEnabled"] = json!(true);
    let session = service.create(request);
    service.run_until(&session, &["COMPLETED"]);
    let mut archived = service.post(&format!("{session}:archive"), json!({}));
    archived["outputs"].as_array_mut().unwrap().truncate(1);
    assert_same_shape(&archived, "session-archived");
}

#[test]
fn activities_have_the_recorded_shapes_and_nothing_else() {
    let mut service = Service::new();
    let mut seen = BTreeSet::new();
    for scenario in ["default", "question", "fail", "future"] {
        let session = service.create(in_boba(&format!("[emulator: {scenario}]")));
        if scenario == "question" {
            service.run_until(&session, &["AWAITING_USER_FEEDBACK"]);
            service.post(&format!("{session}:sendMessage"), fixture("request-send-message"));
        }
        service.run_until(&session, &["COMPLETED", "FAILED"]);
        let page = service.get(&format!("{session}/activities?pageSize=5"));
        seen.extend(paths(&page));
        seen.extend(paths(&service.get(&format!("{session}/activities?pageSize=100"))));
    }
    let recorded = paths(&fixture("activities-list-all-types"));
    // Documented, but missing in the recorded plan.
    let documented = BTreeSet::from(["activities[].planGenerated.plan.createTime".to_owned()]);
    assert_eq!(recorded.difference(&seen).collect::<Vec<_>>(), Vec::<&String>::new(), "recorded, but never returned");
    assert_eq!(
        seen.difference(&recorded).cloned().collect::<BTreeSet<_>>(),
        documented,
        "returned, but never recorded"
    );
}

#[test]
fn lists_have_the_recorded_shapes() {
    let mut service = Service::new();
    for _ in 0..2 {
        let session = service.create(in_boba("x"));
        service.run_until(&session, &["COMPLETED"]);
    }
    let page = service.get("/sessions?pageSize=1&fields=*");
    assert_eq!(page.as_object().unwrap().keys().collect::<Vec<_>>(), ["nextPageToken", "sessions"]);
    assert_same_shape(&service.get("/sources?pageSize=2"), "sources-list-page1");
    assert_same_shape(
        &service.get("/sources?pageSize=2&pageToken=github/bobalover/boba-web"),
        "sources-list-page2-last",
    );
}

#[test]
fn a_response_is_json_with_a_date() {
    let mut service = Service::new();
    for (path, status) in [("/sources", 200), ("/nothing", 404)] {
        let response = service.send("GET", path, &[("X-Goog-Api-Key", "k")], b"");
        let header =
            |name: &str| response.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!(response.status, status);
        assert_eq!(header("content-type"), Some("application/json; charset=UTF-8"));
        assert_eq!(header("date"), Some("Fri, 21 Aug 2026 21:05:11 GMT"));
    }
}
