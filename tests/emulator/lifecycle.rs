//! The life cycle of a session: steps of its script, and actions of its user.

use crate::support::{Service, event, events, in_boba};
use jules_wasm::core::time::Timestamp;
use serde_json::{Value, json};

fn message_of(activity: &Value) -> &str {
    activity["agentMessaged"]["agentMessage"].as_str().unwrap()
}

fn with_approval(prompt: &str) -> Value {
    let mut request = in_boba(prompt);
    request["requirePlanApproval"] = json!(true);
    request
}

#[test]
fn a_new_session_is_queued_and_omits_input_only_fields() {
    let mut service = Service::new();
    let mut request = with_approval("Create a boba app!");
    request["automationMode"] = json!("AUTO_CREATE_PR");
    request["title"] = json!("Boba App");
    let session = service.post("/sessions", request);
    assert_eq!(session["state"], json!("QUEUED"));
    assert_eq!(session["title"], json!("Boba App"));
    assert_eq!((session.get("requirePlanApproval"), session.get("automationMode")), (None, None));
    let id = session["id"].as_str().unwrap();
    assert!(id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    assert_eq!(session["url"], json!(format!("https://jules.google.com/session/{id}")));
}

#[test]
fn a_missing_title_is_derived_from_the_prompt() {
    let mut service = Service::new();
    let mut title =
        |prompt: &str| service.post("/sessions", json!({"prompt": prompt}))["title"].as_str().unwrap().to_owned();
    assert_eq!(title("Write hello.ts"), "Write hello.ts");
    assert_eq!(title("\n  Fix the login [emulator: question]\nIt is slow."), "Fix the login");
    let long = title(&"many words ".repeat(40));
    assert!(long.ends_with("words…") && long.chars().count() <= 80, "{long}");
}

#[test]
fn a_request_can_use_either_name_of_a_field() {
    let mut service = Service::new();
    let request = json!({"prompt": "x", "source_context": {"source": "sources/github/bobalover/boba", "github_repo_context": {"starting_branch": "develop"}}});
    let session = service.post("/sessions", request);
    assert_eq!(session["sourceContext"]["githubRepoContext"]["startingBranch"], json!("develop"));
}

#[test]
fn steps_happen_when_they_are_due_independent_of_polling() {
    let (mut often, mut once) = (Service::new(), Service::new());
    let session = often.create(in_boba("x"));
    once.create(in_boba("x"));
    for _ in 0..200 {
        often.now = often.now.plus_millis(100);
        often.get(&session);
    }
    once.wait_steps(20);
    assert_eq!(often.activities(&session), once.activities(&session));
    assert_eq!(often.get(&session), once.get(&session));
}

#[test]
fn each_activity_has_a_unique_time_in_microseconds_within_a_millisecond_of_its_due_time() {
    let mut service = Service::new();
    let start = service.now;
    let session = service.create(in_boba("x"));
    service.wait_steps(20);
    let activities = service.activities(&session);
    let times: Vec<_> =
        activities.iter().map(|activity| Timestamp::parse(activity["createTime"].as_str().unwrap()).unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    for (step, time) in times.iter().enumerate() {
        let due = start.plus_millis(1000 * (step as i64 + 2));
        let late = time.as_nanos() - due.as_nanos();
        assert!((0..1_000_000).contains(&late) && late % 1000 == 0, "step {step}: {late} ns late");
    }
    let session = service.get(&session);
    assert_eq!(session["updateTime"], activities.last().unwrap()["createTime"]);
}

#[test]
fn a_virtual_clock_can_move_to_the_next_change() {
    let mut service = Service::new();
    assert_eq!(service.emulator.next_change(), None);
    let session = service.create(in_boba("x"));
    let mut changes = 0;
    while let Some(time) = service.emulator.next_change() {
        assert!(time > service.now);
        service.now = time;
        service.get(&session);
        changes += 1;
        assert!(changes < 50);
    }
    assert_eq!(service.state(&session), "COMPLETED");
    assert_eq!(changes, 11, "one for each step of the scenario, and one for the automatic approval");
}

#[test]
fn a_plan_that_requires_approval_waits_for_it() {
    let mut service = Service::new();
    let session = service.create(with_approval("Create a boba app!"));
    service.run_until(&session, &["AWAITING_PLAN_APPROVAL"]);
    service.wait_steps(1000);
    assert_eq!(service.state(&session), "AWAITING_PLAN_APPROVAL");
    let activities = service.activities(&session);
    assert_eq!(events(&activities), ["planGenerated"]);
    let plan = &activities[0]["planGenerated"]["plan"];
    assert!(plan["steps"][0]["title"].as_str().unwrap().contains("Create a boba app!"));
    assert_eq!((plan["steps"][0].get("index"), &plan["steps"][1]["index"]), (None, &json!(1)), "0 is omitted");

    assert_eq!(service.post(&format!("{session}:approvePlan"), json!({})), json!({}));
    assert_eq!(service.state(&session), "IN_PROGRESS");
    let approved = service.activities(&session).pop().unwrap();
    assert_eq!((&approved["planApproved"]["planId"], &approved["originator"]), (&plan["id"], &json!("user")));
    service.run_until(&session, &["COMPLETED"]);
}

#[test]
fn a_plan_that_requires_no_approval_is_approved_automatically() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    service.wait_steps(2);
    assert_eq!(
        (service.state(&session), events(&service.activities(&session))),
        ("PLANNING".into(), vec!["planGenerated".into()])
    );
    service.wait_steps(1);
    assert_eq!(service.state(&session), "IN_PROGRESS");
    assert_eq!(event(&service.activities(&session)[1]), "planApproved");
}

#[test]
fn approving_when_nothing_is_pending_changes_nothing() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    for _ in 0..20 {
        let before = service.get(&session);
        assert_eq!(service.ok("POST", &format!("{session}:approvePlan"), None), json!({}));
        assert_eq!(service.get(&session), before);
        service.wait_steps(1);
    }
}

#[test]
fn every_message_is_answered_one_step_time_later() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    service.run_until(&session, &["IN_PROGRESS"]);
    for text in ["What testing framework are you using?", "Add unit tests."] {
        let before = service.activities(&session).len();
        assert_eq!(service.post(&format!("{session}:sendMessage"), json!({"prompt": text})), json!({}));
        let mine = service.activities(&session).pop().unwrap();
        assert_eq!((&mine["userMessaged"]["userMessage"], &mine["originator"]), (&json!(text), &json!("user")));
        assert_eq!(service.activities(&session).len(), before + 1);
        service.wait_steps(1);
        let reply = service.activities(&session).pop().unwrap();
        assert!(message_of(&reply).contains(text), "{reply}");
    }
    service.run_until(&session, &["COMPLETED"]);
}

#[test]
fn messages_sent_at_once_are_answered_in_order_before_the_session_ends() {
    let mut service = Service::new();
    let session = service.create(in_boba("[emulator: no-outputs]"));
    service.run_until(&session, &["IN_PROGRESS"]);
    for text in ["One.", "Two.", "Three."] {
        service.post(&format!("{session}:sendMessage"), json!({"prompt": text}));
    }
    service.run_until(&session, &["COMPLETED"]);
    let tail = events(&service.activities(&session)[2..]);
    let [mine, reply] = ["userMessaged", "agentMessaged"];
    assert_eq!(tail, [mine, mine, mine, reply, reply, reply, "sessionCompleted"]);
}

#[test]
fn a_question_waits_for_its_answer() {
    let mut service = Service::new();
    let session = service.create(in_boba("Theme it [emulator: question]"));
    service.run_until(&session, &["AWAITING_USER_FEEDBACK"]);
    service.wait_steps(1000);
    assert_eq!(service.state(&session), "AWAITING_USER_FEEDBACK");
    assert!(message_of(service.activities(&session).last().unwrap()).ends_with('?'));
    service.post(&format!("{session}:sendMessage"), json!({"prompt": "Corgi"}));
    assert_eq!(service.state(&session), "IN_PROGRESS");
    service.run_until(&session, &["COMPLETED"]);
    let progress = service
        .activities(&session)
        .into_iter()
        .find(|a| a["progressUpdated"]["description"] == json!("Your answer was: Corgi"));
    assert!(progress.is_some());
}

#[test]
fn a_message_revives_a_completed_session_which_completes_again() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    service.run_until(&session, &["COMPLETED"]);
    let before = service.activities(&session).len();
    service.post(&format!("{session}:sendMessage"), json!({"prompt": "One more thing."}));
    assert_eq!(service.state(&session), "IN_PROGRESS");
    service.run_until(&session, &["COMPLETED"]);
    let tail = events(&service.activities(&session)[before..]);
    assert_eq!(tail, ["userMessaged", "agentMessaged", "sessionCompleted"]);
}

#[test]
fn archiving_a_running_session_pauses_it_until_the_next_message() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    service.run_until(&session, &["IN_PROGRESS"]);
    let archived = service.post(&format!("{session}:archive"), json!({}));
    assert_eq!((&archived["state"], &archived["archived"]), (&json!("PAUSED"), &json!(true)));
    assert!(archived["sourceContext"].is_object());
    let before = service.activities(&session).len();
    service.wait_steps(1000);
    assert_eq!(service.activities(&session).len(), before);
    let back = service.post(&format!("{session}:unarchive"), json!({}));
    assert_eq!((&back["state"], back.get("archived")), (&json!("PAUSED"), None));
    service.post(&format!("{session}:sendMessage"), json!({"prompt": "Go on."}));
    service.run_until(&session, &["COMPLETED"]);
}

#[test]
fn a_resumed_session_still_waits_for_the_approval_of_its_plan() {
    let mut service = Service::new();
    let session = service.create(with_approval("x"));
    service.run_until(&session, &["AWAITING_PLAN_APPROVAL"]);
    service.post(&format!("{session}:archive"), json!({}));
    service.post(&format!("{session}:approvePlan"), json!({}));
    assert_eq!(service.state(&session), "PAUSED");
    service.post(&format!("{session}:sendMessage"), json!({"prompt": "Go on."}));
    assert_eq!(service.state(&session), "AWAITING_PLAN_APPROVAL");
    service.post(&format!("{session}:approvePlan"), json!({}));
    service.run_until(&session, &["COMPLETED"]);
}

#[test]
fn archiving_a_completed_session_keeps_its_state() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    service.run_until(&session, &["COMPLETED"]);
    assert_eq!(service.post(&format!("{session}:archive"), json!({}))["state"], json!("COMPLETED"));
}

#[test]
fn a_deleted_session_answers_404() {
    let mut service = Service::new();
    let (session, other) = (service.create_repoless("x"), service.create_repoless("y"));
    assert_eq!(service.ok("DELETE", &session, None), json!({}));
    for (method, path) in
        [("GET", session.clone()), ("DELETE", session.clone()), ("GET", format!("{session}/activities"))]
    {
        assert_eq!(service.call(method, &path, None).0, 404);
    }
    service.get(&other);
}

#[test]
fn sessions_run_independently_of_one_another() {
    let (mut together, mut alone) = (Service::new(), Service::new());
    let first = together.create(in_boba("First"));
    let second = together.create(with_approval("Second"));
    alone.create(in_boba("First"));
    together.wait_steps(3);
    together.post(&format!("{second}:approvePlan"), json!({}));
    together.wait_steps(17);
    alone.wait_steps(20);
    assert_eq!(together.activities(&first), alone.activities(&first));
    assert_eq!(together.state(&second), "COMPLETED");
}

#[test]
fn an_activity_can_be_requested_by_its_name() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    service.wait_steps(20);
    for activity in service.activities(&session) {
        assert_eq!(service.get(&format!("/{}", activity["name"].as_str().unwrap())), activity);
        let id = activity["id"].as_str().unwrap();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }
}
