//! The service's error responses, compared with recorded ones.

use crate::support::{KEY, Service, fixture, in_boba};
use jules_wasm::emulator::{Options, Response};
use serde_json::{Value, json};

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn assert_error((status, answer): (u16, Value), code: u16, name: &str) {
    assert_eq!((status, answer), (code, fixture(name)));
}

fn with_key() -> Service {
    Service::with(Options { api_key: Some(KEY.to_owned()), ..Options::default() })
}

#[test]
fn without_a_key_every_operation_answers_401() {
    let mut service = Service::new();
    for (method, path) in [("GET", "/sources"), ("POST", "/sessions"), ("DELETE", "/sessions/1")] {
        for headers in [&[][..], &[("X-Goog-Api-Key", " ")]] {
            let response = service.send(method, path, headers, b"{}");
            assert_eq!(
                (response.status, body(&response)),
                (401, fixture("error-401-no-credential")),
                "{method} {path}"
            );
        }
    }
}

#[test]
fn the_wrong_key_answers_401_with_the_called_method() {
    let mut service = with_key();
    let response = service.send("POST", "/sessions", &[("x-goog-api-key", "wrong")], b"{}");
    assert_eq!((response.status, body(&response)), (401, fixture("error-401-invalid-or-revoked-key")));
    let operations = [
        ("GET", "/sessions", "ListSessions"),
        ("GET", "/sessions/1", "GetSession"),
        ("DELETE", "/sessions/1", "DeleteSession"),
        ("POST", "/sessions/1:sendMessage", "SendMessage"),
        ("POST", "/sessions/1:approvePlan", "ApprovePlan"),
        ("POST", "/sessions/1:archive", "ArchiveSession"),
        ("POST", "/sessions/1:unarchive", "UnarchiveSession"),
        ("GET", "/sessions/1/activities", "ListActivities"),
        ("GET", "/sessions/1/activities/2", "GetActivity"),
        ("GET", "/sources", "ListSources"),
        ("GET", "/sources/github/a/b", "GetSource"),
    ];
    for (method, path, rpc) in operations {
        let response = service.send(method, path, &[("X-Goog-Api-Key", "wrong")], b"");
        let named = &body(&response)["error"]["details"][0]["metadata"]["method"];
        assert_eq!(*named, format!("google.labs.jules.v1alpha.JulesService.{rpc}"));
    }
}

#[test]
fn the_name_of_the_key_header_is_case_insensitive() {
    let mut service = with_key();
    for name in ["x-goog-api-key", "X-GOOG-API-KEY"] {
        assert_eq!(service.send("GET", "/sources", &[(name, KEY)], b"").status, 200);
    }
}

#[test]
fn the_key_can_be_a_query_parameter() {
    let mut service = with_key();
    assert_eq!(service.send("GET", "/sources?key=test-key", &[], b"").status, 200);
    assert_eq!(service.send("GET", "/sources?key=wrong", &[], b"").status, 401);
}

#[test]
fn a_request_for_no_known_operation_answers_404() {
    let mut service = Service::new();
    let session = service.create_repoless("Write hello.ts");
    let unknown = [
        ("GET", "/".to_owned()),
        ("GET", "/users".to_owned()),
        ("GET", "/sessions/".to_owned()),
        ("PATCH", session.clone()),
        ("PUT", session.clone()),
        ("POST", session.clone()),
        ("HEAD", session.clone()),
        ("POST", format!("{session}:cancel")),
        ("GET", format!("{session}:archive")),
        ("POST", format!("{session}/activities")),
        ("DELETE", format!("{session}/activities/1")),
        ("GET", format!("{session}/activities/1/artifacts")),
        ("POST", "/sources".to_owned()),
        ("DELETE", "/sources/github/bobalover/boba".to_owned()),
    ];
    for (method, path) in unknown {
        assert_error(service.call(method, &path, None), 404, "error-404-not-found");
    }
    let elsewhere =
        jules_wasm::emulator::Request { method: "GET".into(), target: "/v1/sessions".into(), ..Default::default() };
    assert_eq!(service.emulator.handle(service.now, &elsewhere).status, 404);
}

#[test]
fn an_unknown_session_activity_or_source_answers_404() {
    let mut service = Service::with(Options { any_repository: false, ..Options::default() });
    let session = service.create_repoless("Write hello.ts");
    for path in
        ["/sessions/404", "/sessions/404/activities", "/sources/github/no/body", &format!("{session}/activities/0")]
    {
        assert_error(service.call("GET", path, None), 404, "error-404-not-found");
    }
    for path in
        ["/sessions/404:archive", "/sessions/404:unarchive", "/sessions/404:approvePlan", "/sessions/404:sendMessage"]
    {
        assert_error(service.call("POST", path, Some(json!({"prompt": "Hello"}))), 404, "error-404-not-found");
    }
    assert_error(service.call("DELETE", "/sessions/404", None), 404, "error-404-not-found");
}

#[test]
fn an_id_with_invalid_characters_answers_400() {
    let mut service = Service::new();
    assert_error(service.call("GET", "/sessions/..%2Fsources", None), 400, "error-400-docs-example");
}

#[test]
fn an_unknown_query_name_answers_400_also_the_documented_create_time() {
    let mut service = Service::new();
    let session = service.create_repoless("Write hello.ts");
    let path = format!("{session}/activities?createTime=2026-01-17T00:03:53Z");
    assert_error(service.call("GET", &path, None), 400, "error-400-unknown-query-createTime");
    for path in [format!("{session}?pageSize=1"), "/sources?orderBy=name".to_owned()] {
        let (status, answer) = service.call("GET", &path, None);
        assert_eq!((status, &answer["error"]["status"]), (400, &json!("INVALID_ARGUMENT")), "{path}");
    }
    let (status, answer) = service.call("POST", "/sessions?requestId=1", Some(json!({"prompt": "Again"})));
    assert_eq!(status, 400, "a create accepts no query parameters: {answer}");
}

#[test]
fn the_query_parameters_of_every_google_api_are_accepted() {
    let mut service = Service::new();
    service.get("/sessions?alt=json&prettyPrint=false&fields=sessions&key=any&quotaUser=me");
    assert_error(service.call("GET", "/sessions?alt=media", None), 400, "error-400-invalid-argument-plain");
}

#[test]
fn an_unknown_field_in_a_body_answers_400_with_its_path() {
    let mut service = Service::new();
    let mut request = in_boba("Create a boba app!");
    request["sourceContext"]["branch"] = json!("main");
    assert_error(service.call("POST", "/sessions", Some(request)), 400, "error-400-unknown-json-field");

    let session = service.create_repoless("Write hello.ts");
    let places = [
        (
            "/sessions".to_owned(),
            json!({"prompt": "x", "model": "m"}),
            "Unknown name \"model\" at 'session': Cannot find field.",
        ),
        (
            format!("{session}:sendMessage"),
            json!({"prompt": "x", "text": "m"}),
            "Unknown name \"text\": Cannot find field.",
        ),
        (format!("{session}:approvePlan"), json!({"planId": "p"}), "Unknown name \"planId\": Cannot find field."),
        (format!("{session}:archive"), json!({"force": true}), "Unknown name \"force\": Cannot find field."),
    ];
    for (path, request, message) in places {
        let (status, answer) = service.call("POST", &path, Some(request));
        let message = format!("Invalid JSON payload received. {message}");
        assert_eq!((status, &answer["error"]["message"]), (400, &json!(message)));
    }
    assert_eq!(service.get("/sessions")["sessions"].as_array().unwrap().len(), 1, "nothing was created");
}

#[test]
fn an_unknown_automation_mode_answers_400_with_the_violated_field() {
    let mut service = Service::new();
    let request = json!({"prompt": "Create a boba app!", "automationMode": "MANUAL"});
    assert_error(service.call("POST", "/sessions", Some(request)), 400, "error-400-bad-enum-field-violations");
}

#[test]
fn a_value_of_the_wrong_type_answers_400_and_names_the_field() {
    let mut service = Service::new();
    let cases = [
        (json!({"prompt": 5}), "session.prompt"),
        (json!({"prompt": "x", "requirePlanApproval": "yes"}), "session.require_plan_approval"),
        (json!({"prompt": "x", "sourceContext": "sources/github/a/b"}), "session.source_context"),
    ];
    for (request, field) in cases {
        let (status, answer) = service.call("POST", "/sessions", Some(request));
        assert_eq!((status, &answer["error"]["details"][0]["fieldViolations"][0]["field"]), (400, &json!(field)));
    }
}

#[test]
fn a_missing_or_blank_prompt_answers_400() {
    let mut service = Service::new();
    let session = service.create_repoless("Write hello.ts");
    for path in ["/sessions", &format!("{session}:sendMessage")] {
        for request in [
            None,
            Some(json!({})),
            Some(json!({"prompt": ""})),
            Some(json!({"prompt": " \n"})),
            Some(json!({"prompt": null})),
        ] {
            assert_error(service.call("POST", path, request), 400, "error-400-invalid-argument-plain");
        }
    }
}

#[test]
fn a_body_that_is_not_a_json_object_answers_400() {
    let mut service = Service::new();
    for text in ["{\"prompt\":", "prompt=x", "[]", "\"x\"", "\u{0}"] {
        let response = service.send("POST", "/sessions", &[("X-Goog-Api-Key", KEY)], text.as_bytes());
        let answer = body(&response);
        assert_eq!((response.status, &answer["error"]["status"]), (400, &json!("INVALID_ARGUMENT")), "{text}");
        assert!(answer["error"]["message"].as_str().unwrap().starts_with("Invalid JSON payload received."), "{answer}");
    }
}

#[test]
fn an_unknown_source_or_branch_answers_400() {
    let mut service = Service::with(Options { any_repository: false, ..Options::default() });
    let contexts = [
        json!({"source": "sources/github/no/body", "githubRepoContext": {"startingBranch": "main"}}),
        json!({"source": "sources/github/bobalover/boba", "githubRepoContext": {"startingBranch": "trunk"}}),
        json!({"source": "sources/github/bobalover/boba-web", "githubRepoContext": {"startingBranch": "main"}}),
        json!({"source": "github/bobalover/boba", "githubRepoContext": {"startingBranch": "main"}}),
        json!({"source": "sources/github/bobalover/boba", "githubRepoContext": {}}),
        json!({"source": "sources/github/bobalover/boba"}),
        json!({}),
    ];
    for context in contexts {
        let request = json!({"prompt": "x", "sourceContext": context});
        assert_error(service.call("POST", "/sessions", Some(request)), 400, "error-400-invalid-argument-plain");
    }
}

#[test]
fn a_message_to_a_failed_session_answers_400() {
    let mut service = Service::new();
    let session = service.create_repoless("[emulator: fail]");
    service.run_until(&session, &["FAILED"]);
    let response = service.call("POST", &format!("{session}:sendMessage"), Some(json!({"prompt": "Go on"})));
    assert_error(response, 400, "error-400-failed-precondition");
}

#[test]
fn a_prompt_can_select_a_scenario_that_rejects_the_create() {
    let rejections = [
        ("quota", 429, "error-429-resource-exhausted"),
        ("precondition", 400, "error-400-failed-precondition"),
        ("precondition-created", 400, "error-400-failed-precondition"),
        ("forbidden", 403, "error-403-permission-denied"),
        ("internal", 500, "error-500-internal"),
        ("unavailable", 503, "error-503-unavailable"),
    ];
    for (scenario, code, name) in rejections {
        let mut service = Service::new();
        let request = json!({"prompt": format!("Try [emulator: {scenario}]")});
        assert_error(service.call("POST", "/sessions", Some(request)), code, name);
        let created = service.get("/sessions")["sessions"].as_array().map_or(0, Vec::len);
        assert_eq!(created, usize::from(scenario == "precondition-created"), "{scenario}");
    }
}

#[test]
fn an_unknown_scenario_answers_400_and_is_named() {
    let (status, answer) = Service::new().call("POST", "/sessions", Some(json!({"prompt": "[emulator: qestion]"})));
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(status == 400 && message.contains("\"qestion\"") && message.contains("question, quota"), "{message}");
}
