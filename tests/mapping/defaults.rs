//! What the service drops because it is the default comes back.

use crate::fixtures::{Kind, load};
use serde_json::json;

#[test]
fn the_first_step_of_a_plan_has_the_index_0() {
    let model = Kind::Activities.read(&load("activities-list-all-types"));
    let steps = model["items"][0]["plan"]["steps"].as_array().unwrap().clone();
    assert_eq!(steps.iter().map(|step| step["index"].clone()).collect::<Vec<_>>(), [0, 1, 2, 3, 4].map(|n| json!(n)));
}

#[test]
fn a_command_that_went_well_has_the_exit_code_0() {
    let model = Kind::Activities.read(&load("activities-list-all-types"));
    assert_eq!(model["items"][2]["artifacts"][0]["exitCode"], json!(0));
    assert_eq!(model["items"][7]["artifacts"][0]["exitCode"], json!(1));
}

#[test]
fn a_public_repository_is_not_private_and_has_no_branches_but_those_named() {
    let model = Kind::Source.read(&load("source-minimal-proto3"));
    assert_eq!((&model["type"], &model["githubRepo"]["isPrivate"]), (&json!("githubRepo"), &json!(false)));
    assert_eq!(model["githubRepo"]["branches"], json!([]));
}

#[test]
fn a_session_of_nothing_but_its_name_is_a_session() {
    let model = Kind::Session.read(&json!({"name": "sessions/77"}));
    let expected = json!({
        "name": "sessions/77",
        "id": "77",
        "prompt": "",
        "title": "",
        "url": "https://jules.google.com/session/77",
        "state": "unspecified",
        "createTime": "",
        "updateTime": "",
        "archived": false,
        "outputs": [],
    });
    assert_eq!(model, expected);
}

#[test]
fn an_activity_of_nothing_but_its_name_and_event_is_an_activity() {
    let model = Kind::Activity.read(&json!({"name": "sessions/77/activities/a", "agentMessaged": {}}));
    let expected = json!({
        "type": "agentMessaged",
        "id": "a",
        "name": "sessions/77/activities/a",
        "createTime": "",
        "originator": "system",
        "message": "",
        "artifacts": [],
        "cursor": "::AAyM99FI",
    });
    assert_eq!(model, expected);
}

#[test]
fn an_empty_list_is_a_list() {
    for kind in [Kind::Sessions, Kind::Activities, Kind::Sources] {
        assert_eq!(kind.read(&load("list-empty")), json!({"items": []}));
    }
}

#[test]
fn an_empty_token_is_no_token() {
    assert_eq!(Kind::Sessions.read(&json!({"nextPageToken": ""})), json!({"items": []}));
}

#[test]
fn a_change_set_without_a_patch_has_an_empty_one() {
    let artifact = &Kind::Activities.read(&load("activities-list-all-types"))["items"][7]["artifacts"][1];
    assert_eq!(artifact["gitPatch"]["unidiffPatch"], json!(""));
    let bare = Kind::Activity.read(&json!({"name": "a", "progressUpdated": {}, "artifacts": [{"changeSet": {}}]}));
    let empty = json!({"unidiffPatch": "", "baseCommitId": "", "suggestedCommitMessage": ""});
    assert_eq!(bare["artifacts"][0], json!({"type": "changeSet", "source": "", "gitPatch": empty}));
}

#[test]
fn an_output_with_two_members_loses_neither() {
    let both = json!({"pullRequest": {"url": "u"}, "changeSet": {"source": "s"}});
    let model = Kind::Session.read(&json!({"name": "sessions/77", "outputs": [both]}));
    assert_eq!(
        (&model["outputs"][0]["type"], &model["outputs"][1]["type"]),
        (&json!("pullRequest"), &json!("changeSet"))
    );
}

#[test]
fn integers_written_as_text_are_integers() {
    let step = json!({"planGenerated": {"plan": {"steps": [{"index": "3"}]}}});
    assert_eq!(Kind::Activity.read(&step)["plan"]["steps"][0]["index"], json!(3));
}
