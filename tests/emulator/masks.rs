//! Field masks.

use crate::support::{Service, in_boba};
use serde_json::{Value, json};

fn masked(fields: &str) -> (u16, Value) {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    service.wait_steps(4);
    service.call("GET", &format!("{session}/activities?fields={fields}"), None)
}

#[test]
fn a_mask_selects_the_named_fields() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    let full = service.get(&session);
    let mut get = |fields: &str| service.get(&format!("{session}?fields={fields}"));
    assert_eq!(get("state"), json!({"state": "QUEUED"}));
    assert_eq!(get("id,state"), json!({"id": full["id"], "state": "QUEUED"}));
    let branch = json!({"sourceContext": {"githubRepoContext": {"startingBranch": "main"}}});
    for fields in [
        "sourceContext/githubRepoContext/startingBranch",
        "sourceContext(githubRepoContext(startingBranch))",
        "sourceContext.githubRepoContext.startingBranch",
        "sourceContext/*/startingBranch",
    ] {
        assert_eq!(get(fields), branch, "{fields}");
    }
    assert_eq!(get("*"), full);
    assert_eq!(
        get("sourceContext,sourceContext/source")["sourceContext"],
        full["sourceContext"],
        "the whole field has precedence"
    );
    assert_eq!(get("outputs"), json!({}), "a missing field stays missing");
}

#[test]
fn a_mask_applies_to_every_element_of_a_list() {
    let (status, page) = masked("activities(id,planGenerated/plan/steps(title)),nextPageToken");
    assert_eq!(status, 200);
    let activities = page["activities"].as_array().unwrap();
    assert_eq!(activities.len(), 3);
    assert_eq!(activities[1].as_object().unwrap().keys().collect::<Vec<_>>(), ["id"]);
    let step = activities[0]["planGenerated"]["plan"]["steps"][1].as_object().unwrap();
    assert_eq!(step.keys().collect::<Vec<_>>(), ["title"]);
}

#[test]
fn a_mask_without_the_token_drops_it() {
    let mut service = Service::new();
    let page = service.get("/sources?pageSize=1&fields=sources(id)");
    assert_eq!(page, json!({"sources": [{"id": "github/bobalover/boba"}]}));
}

#[test]
fn a_mask_with_an_unknown_field_answers_400() {
    for (fields, path) in
        [("activities(id,nope)", "activities.nope"), ("state", "state"), ("activities/*/nope", "activities.*.nope")]
    {
        let (status, answer) = masked(fields);
        assert_eq!(
            (status, &answer["error"]["details"][0]["fieldViolations"][0]["field"]),
            (400, &json!(path)),
            "{fields}"
        );
    }
}

#[test]
fn a_malformed_mask_answers_400() {
    for fields in
        ["activities(", "activities)", "activities(id", ",", "activities//id", "activities()", &"a(".repeat(5000)]
    {
        assert_eq!(masked(fields).0, 400, "{fields}");
    }
}

#[test]
fn masks_can_be_disabled() {
    let mut service = Service::with_json(json!({"partialResponses": false}));
    assert_eq!(service.call("GET", "/sources?fields=sources", None).0, 400);
    assert_eq!(service.call("GET", "/sources", None).0, 200);
}

#[test]
fn pretty_printing_can_be_disabled() {
    let mut service = Service::new();
    let text = |service: &mut Service, path: &str| {
        String::from_utf8(service.send("GET", path, &[("X-Goog-Api-Key", "k")], b"").body).unwrap()
    };
    assert!(text(&mut service, "/sources").starts_with("{\n  \"sources\": [\n"));
    assert!(!text(&mut service, "/sources?prettyPrint=false").contains('\n'));
}
