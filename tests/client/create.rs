//! Creating sessions.

use crate::support::{Answer, Delivery, KEY, SimHost, run_request, session_request};
use jules_wasm::core::error::ErrorKind;
use serde_json::{Value, json};

fn in_boba() -> Value {
    json!({"prompt": "Create a boba app!", "source": {"github": "bobalover/boba", "baseBranch": "main"}})
}

fn header<'a>(sent: &'a crate::support::Sent, name: &str) -> Option<&'a str> {
    sent.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

#[test]
fn a_session_with_a_repository_is_created_by_one_post_and_no_other_request() {
    let sim = SimHost::new();
    let session = sim.run(sim.client().create(&session_request(&in_boba()))).unwrap();
    assert_eq!(sim.calls(), ["POST /sessions"]);
    let sent = &sim.requests()[0];
    assert_eq!(sent.url, "https://jules.googleapis.com/v1alpha/sessions");
    assert_eq!(
        sent.json(),
        json!({
            "prompt": "Create a boba app!",
            "sourceContext": {
                "source": "sources/github/bobalover/boba",
                "githubRepoContext": {"startingBranch": "main"},
            },
            "automationMode": "AUTO_CREATE_PR",
            "requirePlanApproval": true,
        })
    );
    assert_eq!(session.prompt(), "Create a boba app!");
    assert_eq!(session.name, format!("sessions/{}", session.id));
}

#[test]
fn a_repoless_session_is_created_by_one_post_without_a_repository() {
    let sim = SimHost::new();
    let session = sim.run(sim.client().create(&session_request(&json!({"prompt": "Explain"})))).unwrap();
    assert_eq!(sim.calls(), ["POST /sessions"]);
    assert_eq!(sim.requests()[0].json(), json!({"prompt": "Explain", "requirePlanApproval": true}));
    assert_eq!(session.source(), "");
}

#[test]
fn the_headers_are_the_key_the_content_type_and_those_of_the_caller() {
    let sim = SimHost::new();
    let client = sim.client_with(|options| options.headers = vec![("X-Team".to_owned(), "tea".to_owned())]);
    let session = sim.run(client.create(&session_request(&in_boba()))).unwrap();
    sim.run(client.get(&session.id)).unwrap();
    let [create, get] = &sim.requests()[..] else { panic!("{:?}", sim.calls()) };
    assert_eq!(create.headers.len(), 3, "{:?}", create.headers);
    assert_eq!(header(create, "x-goog-api-key"), Some(KEY));
    assert_eq!(header(create, "content-type"), Some("application/json"));
    assert_eq!(header(create, "x-team"), Some("tea"));
    assert_eq!(get.headers.len(), 2, "{:?}", get.headers);
    assert_eq!((header(get, "x-goog-api-key"), header(get, "content-type")), (Some(KEY), None));
    assert_eq!(get.body, "");
}

#[test]
fn a_session_requires_approval_by_default_and_a_run_does_not() {
    let sim = SimHost::new();
    let client = sim.client();
    sim.run(client.create(&session_request(&in_boba()))).unwrap();
    sim.run(client.create(&run_request(&in_boba()))).unwrap();
    let bodies: Vec<_> = sim.requests().iter().map(super::support::Sent::json).collect();
    assert_eq!(
        bodies.iter().map(|b| b["requirePlanApproval"].clone()).collect::<Vec<_>>(),
        [json!(true), json!(false)]
    );
    assert!(bodies.iter().all(|body| body["automationMode"] == json!("AUTO_CREATE_PR")), "{bodies:?}");
}

#[test]
fn options_override_the_defaults() {
    let sim = SimHost::new();
    let mut config = in_boba();
    config["title"] = json!("Boba");
    config["autoPr"] = json!(false);
    config["requireApproval"] = json!(true);
    sim.run(sim.client().create(&run_request(&config))).unwrap();
    let body = sim.requests()[0].json();
    assert_eq!((&body["title"], &body["requirePlanApproval"]), (&json!("Boba"), &json!(true)));
    assert_eq!(body.get("automationMode"), None);
}

#[test]
fn an_unknown_repository_is_reported_after_one_request_for_it() {
    let sim = SimHost::with_emulator(&json!({"anyRepository": false}));
    let config = json!({"prompt": "p", "source": {"github": "nobody/nothing", "baseBranch": "main"}});
    let error = sim.run(sim.client().create(&session_request(&config))).unwrap_err();
    assert_eq!(sim.calls(), ["POST /sessions", "GET /sources/github/nobody/nothing"]);
    assert_eq!(
        (error.kind, error.kind.code(), error.status),
        (ErrorKind::SourceNotFound, "source_not_found", Some(400))
    );
    assert!(error.message.contains("nobody/nothing") && error.message.contains("No session was created"), "{error}");
}

#[test]
fn an_unknown_branch_is_reported_with_the_default_branch() {
    let sim = SimHost::new();
    let config = json!({"prompt": "p", "source": {"github": "bobalover/boba", "baseBranch": "mian"}});
    let error = sim.run(sim.client().create(&session_request(&config))).unwrap_err();
    assert_eq!(sim.calls(), ["POST /sessions", "GET /sources/github/bobalover/boba"]);
    assert_eq!(error.kind, ErrorKind::SourceNotFound);
    assert!(error.message.contains("\"mian\"") && error.message.contains("main"), "{error}");
}

#[test]
fn a_refusal_with_details_causes_no_other_request() {
    for (fixture, kind) in [
        ("error-400-bad-enum-field-violations", ErrorKind::Api),
        ("error-401-invalid-or-revoked-key", ErrorKind::Authentication),
        ("error-403-permission-denied", ErrorKind::Authentication),
    ] {
        let sim = SimHost::new();
        let body = std::fs::read(format!("{}/tests/fixtures/{fixture}.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let status = fixture.split('-').nth(1).unwrap().parse().unwrap();
        sim.next_deliveries([Delivery::answer(Answer { status, body, ..Answer::default() })]);
        let error = sim.run(sim.client().create(&session_request(&in_boba()))).unwrap_err();
        assert_eq!((error.kind, error.status), (kind, Some(status)), "{fixture}");
        assert_eq!(sim.calls(), ["POST /sessions"], "{fixture}");
    }
}

#[test]
fn for_a_known_repository_the_error_of_the_service_is_returned() {
    let sim = SimHost::new();
    let body =
        r#"{"error":{"code":400,"message":"Request contains an invalid argument.","status":"INVALID_ARGUMENT"}}"#;
    sim.next_deliveries([Delivery::answer(Answer { status: 400, body: body.into(), ..Answer::default() })]);
    let error = sim.run(sim.client().create(&session_request(&in_boba()))).unwrap_err();
    assert_eq!((error.kind, error.rpc_status.as_deref()), (ErrorKind::Api, Some("INVALID_ARGUMENT")));
    assert_eq!(sim.calls(), ["POST /sessions", "GET /sources/github/bobalover/boba"]);
}

#[test]
fn if_the_repository_cannot_be_requested_the_error_of_the_service_is_returned() {
    let sim = SimHost::new();
    let refusal = r#"{"error":{"code":400,"message":"Bad.","status":"INVALID_ARGUMENT"}}"#;
    let refusal = Delivery::answer(Answer { status: 400, body: refusal.into(), ..Answer::default() });
    sim.next_deliveries([refusal, Delivery::status(403)]);
    let error = sim.run(crate::support::hasty(&sim).create(&session_request(&in_boba()))).unwrap_err();
    assert_eq!((error.kind, error.status), (ErrorKind::Api, Some(400)));
}

#[test]
fn a_create_response_without_name_and_id_is_an_error() {
    let sim = SimHost::new();
    sim.next_deliveries([Delivery::body("{}")]);
    let error = sim.run(crate::support::hasty(&sim).create(&session_request(&in_boba()))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!(error.message.contains("check this before you send it again"), "{error}");
    assert_eq!(sim.calls(), ["POST /sessions"]);
}

#[test]
fn the_id_alone_identifies_a_session() {
    let sim = SimHost::new();
    sim.next_deliveries([Delivery::body(r#"{"id":"77"}"#)]);
    let session = sim.run(sim.client().create(&session_request(&in_boba()))).unwrap();
    assert_eq!(
        (session.name.as_str(), session.state),
        ("sessions/77", jules_wasm::core::state::SessionState::Unspecified)
    );
}
