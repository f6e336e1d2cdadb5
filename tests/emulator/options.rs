//! The options, and the errors for invalid ones.

use crate::support::{Service, in_boba};
use jules_wasm::emulator::{Emulator, Options};
use serde_json::{Value, json};

fn error_of(options: Value) -> String {
    match Options::from_json(&options).and_then(Emulator::new) {
        Ok(_) => panic!("{options} was accepted"),
        Err(message) => message,
    }
}

#[test]
fn empty_options_are_the_defaults() {
    for none in [json!({}), json!(null)] {
        assert_eq!(Options::from_json(&none).unwrap(), Options::default());
    }
}

#[test]
fn an_unknown_or_ill_typed_option_is_named_in_the_error() {
    let cases = [
        (json!({"sead": 1}), "\"sead\""),
        (json!({"seed": "one"}), "\"seed\""),
        (json!({"seed": -1}), "\"seed\""),
        (json!({"stepMs": 0.5}), "\"stepMs\""),
        (json!({"apiKey": 1}), "\"apiKey\""),
        (json!({"anyRepository": "no"}), "\"anyRepository\""),
        (json!({"partialResponses": 0}), "\"partialResponses\""),
        (json!({"scenario": "qestion"}), "\"scenario\""),
        (json!({"sources": [{"owner": "o"}]}), "\"sources[0]\""),
        (json!({"sources": [{"owner": "o", "repo": "r", "branch": "b"}]}), "\"sources[0].branch\""),
        (json!({"sources": [{"owner": "o/o", "repo": "r"}]}), "\"sources\""),
        (json!({"scenarios": []}), "\"scenarios\""),
        (json!([]), "options"),
    ];
    for (options, named) in cases {
        let message = error_of(options);
        assert!(message.contains(named), "{message}");
    }
}

#[test]
fn a_mistake_in_a_scenario_is_named_with_the_number_of_the_step() {
    let cases = [
        (json!("opening"), "\"mine\""),
        (json!(["opening", {"sey": "x"}]), "\"mine\", step 2: unknown variant `sey`"),
        (json!([{"say": "x", "ask": "y"}]), "step 1"),
        (json!([{"say": "x", "after": -1}]), "step 1: `after`"),
        (json!([{"progress": {"tilte": "x"}}]), "step 1: unknown field `tilte`"),
        (json!([{"progress": {"files": [{"path": "a"}]}}]), "step 1: the file \"a\" must have"),
        (json!([{"refuse": {"status": "TEAPOT"}}]), "TEAPOT"),
        (json!([5]), "step 1: a step must be an object"),
        (json!(["nobody"]), "\"nobody\""),
        (json!(["mine"]), "\"mine\" contains itself"),
    ];
    for (script, expected) in cases {
        let message = error_of(json!({"scenarios": {"mine": script}}));
        assert!(message.contains("option \"scenarios\"") && message.contains(expected), "{message}");
    }
}

#[test]
fn any_repository_counts_as_connected_unless_disabled() {
    let request = json!({"prompt": "x", "sourceContext": {"source": "sources/github/owner/repo", "githubRepoContext": {"startingBranch": "any"}}});
    let mut lenient = Service::new();
    lenient.create(request.clone());
    assert_eq!(
        lenient.get("/sources/github/owner/repo")["githubRepo"]["defaultBranch"],
        json!({"displayName": "main"})
    );
    let mut strict = Service::with_json(json!({"anyRepository": false}));
    assert_eq!(strict.call("POST", "/sessions", Some(request)).0, 400);
    assert_eq!(strict.call("GET", "/sources/github/owner/repo", None).0, 404);
    strict.create(in_boba("x"));
}

#[test]
fn the_option_sources_replaces_the_default_sources() {
    let mut service = Service::with_json(json!({"anyRepository": false, "sources": [
        {"owner": "me", "repo": "tea", "isPrivate": true, "defaultBranch": "trunk", "branches": ["next"]},
    ]}));
    let source = json!({
        "name": "sources/github/me/tea",
        "id": "github/me/tea",
        "githubRepo": {
            "owner": "me", "repo": "tea", "isPrivate": true,
            "defaultBranch": {"displayName": "trunk"},
            "branches": [{"displayName": "trunk"}, {"displayName": "next"}],
        },
    });
    assert_eq!(service.get("/sources"), json!({"sources": [source]}));
    assert_eq!(service.call("POST", "/sessions", Some(in_boba("x"))).0, 400);
}
