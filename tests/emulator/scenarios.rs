//! The built-in scenarios, and the format of scripts.

use crate::support::{Service, event, events, in_boba};
use serde_json::{Value, json};

fn artifacts(activities: &[Value]) -> Vec<String> {
    let all = activities.iter().flat_map(|activity| activity["artifacts"].as_array().cloned().unwrap_or_default());
    all.flat_map(|artifact| artifact.as_object().unwrap().keys().cloned().collect::<Vec<_>>()).collect()
}

fn with_pr(prompt: &str) -> Value {
    let mut request = in_boba(prompt);
    request["automationMode"] = json!("AUTO_CREATE_PR");
    request
}

#[test]
fn the_default_scenario_has_every_kind_of_artifact_and_completes() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    service.run_until(&session, &["COMPLETED"]);
    let activities = service.activities(&session);
    for kind in ["bashOutput", "changeSet", "media"] {
        assert!(artifacts(&activities).contains(&kind.to_owned()), "{kind}");
    }
    assert!(activities.iter().any(|activity| activity["progressUpdated"] == json!({})), "progress without any text");
    assert_eq!(event(activities.last().unwrap()), "sessionCompleted");
}

#[test]
fn a_pull_request_requires_auto_create_pr_and_a_repository() {
    let mut service = Service::new();
    let mut outputs = |request: Value| {
        let session = service.create(request);
        service.run_until(&session, &["COMPLETED"])["outputs"].as_array().cloned().unwrap()
    };
    let kinds = |outputs: &[Value]| {
        outputs.iter().flat_map(|o| o.as_object().unwrap().keys().cloned().collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let with_request = outputs(with_pr("x"));
    assert_eq!(kinds(&with_request), ["pullRequest", "changeSet"]);
    assert!(
        with_request[0]["pullRequest"]["url"].as_str().unwrap().starts_with("https://github.com/bobalover/boba/pull/")
    );
    assert_eq!(kinds(&outputs(in_boba("x"))), ["changeSet"]);
    assert_eq!(kinds(&outputs(json!({"prompt": "x", "automationMode": "AUTO_CREATE_PR"}))), ["changeSet"]);
}

#[test]
fn a_pull_request_uses_the_branches_of_the_session() {
    let mut service = Service::new();
    let mut request = with_pr("x");
    request["sourceContext"]["githubRepoContext"]["startingBranch"] = json!("feature/auth");
    request["sourceContext"]["workingBranch"] = json!("jules/boba-app");
    let session = service.create(request);
    let pull_request = service.run_until(&session, &["COMPLETED"])["outputs"][0]["pullRequest"].clone();
    assert_eq!(
        (&pull_request["baseRef"], &pull_request["headRef"]),
        (&json!("feature/auth"), &json!("jules/boba-app"))
    );
}

#[test]
fn the_screenshot_is_a_png_of_200_by_120_pixels() {
    let mut service = Service::new();
    let session = service.create_repoless("x");
    service.run_until(&session, &["COMPLETED"]);
    let media = service.activities(&session).into_iter().find_map(|a| a["artifacts"][0].get("media").cloned()).unwrap();
    assert_eq!(media["mimeType"], json!("image/png"));
    let data = media["data"].as_str().unwrap();
    assert!(
        data.starts_with("iVBORw0KGgoAAAANSUhEUgAAAMgAAAB4"),
        "signature, IHDR, 200, 120: {}",
        data.get(..40).unwrap()
    );
}

#[test]
fn the_last_activity_of_a_failed_session_has_the_reason() {
    let mut service = Service::new();
    let session = service.create(in_boba("[emulator: fail]"));
    let answer = service.run_until(&session, &["FAILED", "COMPLETED"]);
    assert_eq!((&answer["state"], answer.get("outputs")), (&json!("FAILED"), None));
    let activities = service.activities(&session);
    assert_eq!(activities.last().unwrap()["sessionFailed"], json!({"reason": "Unable to install dependencies"}));
    let exit_codes =
        activities.iter().filter_map(|a| a["artifacts"][0]["bashOutput"].get("exitCode")).collect::<Vec<_>>();
    assert_eq!(exit_codes, [&json!(1)]);
}

#[test]
fn a_session_can_complete_without_outputs() {
    let mut service = Service::new();
    let session = service.create(with_pr("[emulator: no-outputs]"));
    assert_eq!(service.run_until(&session, &["COMPLETED"]).get("outputs"), None);
    assert_eq!(events(&service.activities(&session)), ["planGenerated", "planApproved", "sessionCompleted"]);
}

#[test]
fn the_revive_scenario_completes_a_second_time() {
    let mut service = Service::new();
    let session = service.create(in_boba("[emulator: revive]"));
    service.run_until(&session, &["COMPLETED"]);
    let before = service.activities(&session).len();
    service.wait_steps(3);
    assert_eq!(service.state(&session), "IN_PROGRESS");
    let answer = service.run_until(&session, &["COMPLETED"]);
    assert_eq!(events(&service.activities(&session)[before..]), ["progressUpdated", "sessionCompleted"]);
    let patch = answer["outputs"][0]["changeSet"]["gitPatch"]["unidiffPatch"].as_str().unwrap();
    assert!(patch.contains("CHANGELOG.md") && patch.contains("README.md"), "the outputs contain old and new changes");
}

#[test]
fn a_message_resumes_a_paused_session() {
    let mut service = Service::new();
    let session = service.create(in_boba("[emulator: pause]"));
    service.run_until(&session, &["PAUSED"]);
    service.wait_steps(1000);
    assert_eq!(service.state(&session), "PAUSED");
    service.post(&format!("{session}:sendMessage"), json!({"prompt": "Complete the task"}));
    service.run_until(&session, &["COMPLETED"]);
}

#[test]
fn a_stalled_session_stays_in_progress_without_activities() {
    let mut service = Service::new();
    let session = service.create(in_boba("[emulator: stall]"));
    service.wait_steps(10);
    let before = service.activities(&session);
    service.wait_steps(100_000);
    assert_eq!((service.state(&session), service.activities(&session)), ("IN_PROGRESS".to_owned(), before));
    assert_eq!(service.emulator.next_change(), None);
}

#[test]
fn the_future_scenario_has_values_that_no_client_knows() {
    let mut service = Service::new();
    let session = service.create(in_boba("[emulator: future]"));
    let answer = service.run_until(&session, &["SOME_FUTURE_STATE"]);
    assert_eq!(answer["outputs"], json!([{"futureOutput": {"x": "y"}}]));
    service.run_until(&session, &["COMPLETED"]);
    let activities = service.activities(&session);
    assert!(events(&activities).contains(&"futureEvent".to_owned()) && events(&activities).contains(&String::new()));
    assert!(artifacts(&activities).contains(&"futureArtifact".to_owned()));
}

#[test]
fn combined_scenarios_share_one_plan_and_the_last_ending() {
    let mut service = Service::new();
    let session = service.create(in_boba("Theme it [emulator: question, fail]"));
    service.run_until(&session, &["AWAITING_USER_FEEDBACK"]);
    service.post(&format!("{session}:sendMessage"), json!({"prompt": "Corgi"}));
    service.run_until(&session, &["FAILED"]);
    let activities = service.activities(&session);
    let count = |name: &str| activities.iter().filter(|activity| event(activity) == name).count();
    assert_eq!((count("planGenerated"), count("sessionCompleted"), count("sessionFailed")), (1, 0, 1));
}

#[test]
fn the_agents_texts_omit_the_directive() {
    let mut service = Service::new();
    let session = service.create(in_boba("Add a corgi theme [emulator: default]"));
    let answer = service.run_until(&session, &["COMPLETED"]);
    assert_eq!(answer["prompt"], json!("Add a corgi theme [emulator: default]"), "the prompt itself is unchanged");
    let texts = serde_json::to_string(&service.activities(&session)).unwrap();
    assert!(texts.contains("Add a corgi theme") && !texts.contains("[emulator"));
}

#[test]
fn the_option_selects_the_scenario_and_a_prompt_overrides_it() {
    let mut service = Service::with_json(json!({"scenario": "fail"}));
    let (failing, fine) = (service.create_repoless("x"), service.create_repoless("x [emulator: default]"));
    service.wait_steps(30);
    assert_eq!((service.state(&failing), service.state(&fine)), ("FAILED".to_owned(), "COMPLETED".to_owned()));
}

#[test]
fn a_custom_scenario_runs_like_a_built_in_one() {
    let mut service = Service::with_json(json!({"scenario": "mine", "scenarios": {"mine": [
        {"state": "PLANNING"},
        {"after": 5, "plan": [{"title": "Only step of {title}", "description": "For {repo}"}]},
        {"say": "Hello, {task}; {unknown} stays"},
        {"activity": {"originator": "system", "description": "As it stands"}},
        "ending",
    ]}}));
    let session = service.create(json!({"prompt": "World", "title": "T"}));
    service.wait_steps(5);
    assert_eq!(service.state(&session), "PLANNING");
    service.run_until(&session, &["COMPLETED"]);
    let activities = service.activities(&session);
    let step = &activities[0]["planGenerated"]["plan"]["steps"][0];
    assert_eq!((&step["title"], &step["description"]), (&json!("Only step of T"), &json!("For the workspace")));
    assert_eq!(activities[2]["agentMessaged"]["agentMessage"], json!("Hello, World; {unknown} stays"));
    assert_eq!(activities[3]["description"], json!("As it stands"));
}

#[test]
fn with_a_step_time_of_0_the_next_request_sees_the_end_of_the_script() {
    let mut service = Service::with_json(json!({"stepMs": 0}));
    let created = service.post("/sessions", in_boba("x"));
    assert_eq!(created["state"], json!("QUEUED"));
    assert_eq!(service.state(&format!("/{}", created["name"].as_str().unwrap())), "COMPLETED");
}
