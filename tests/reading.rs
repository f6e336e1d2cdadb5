//! Decisions can read every response, whatever is missing or wrong in it.
#![cfg(not(target_arch = "wasm32"))]
// Clippy exempts test functions, but not the functions that they call.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::fs;

use jules_wasm::core::activity::{Activity, ActivityKind};
use jules_wasm::core::failure::Exchange;
use jules_wasm::core::http::{Body, Method, Response};
use jules_wasm::core::page::Page;
use jules_wasm::core::row::FromRow;
use jules_wasm::core::session::Session;
use jules_wasm::core::source;
use jules_wasm::core::state::SessionState;
use serde_json::{Value, json};

fn load(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// All recorded responses, by name.
fn all() -> Vec<(String, Value)> {
    let folder = format!("{}/tests/fixtures", env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = files.filter_map(|file| file.strip_suffix(".json").map(str::to_owned));
    let mut all: Vec<_> = names.map(|name| (name.clone(), load(&name))).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert!(all.len() > 35, "only {}", all.len());
    all
}

type Read = (Session<Value>, Activity<Value>, Page<Session<Value>>, Page<Activity<Value>>);

/// Reads a response as every possible type.
fn read(answer: &Value) -> Read {
    let session = Session::read(answer.clone());
    let activity = Activity::read(answer.clone());
    drop((session.prompt(), session.title(), session.source(), session.create_time(), session.has_change_set()));
    drop((activity.message(), activity.plan(), activity.approved_plan(), activity.failure_reason()));
    drop((activity.change_set(), activity.cursor()));
    drop((source::branches(answer), source::default_branch(answer)));
    let exchange = Exchange {
        method: Method::Get,
        url: "https://service.test/v1alpha/x",
        attempts: 1,
        has_contact: true,
        key: "",
    };
    let response = Response { status: 400, body: Body::Json(answer.clone()), ..Response::default() };
    assert!(!exchange.error_status(&response, false).1.message.is_empty());
    (session, activity, Page::read(answer.clone()), Page::read(answer.clone()))
}

/// The pointers (RFC 6901) of all values in a document except the root.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut children = |key: &str, child: &Value| {
        let key = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(key.clone());
        found.extend(pointers(child).into_iter().map(|below| key.clone() + &below));
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| children(&index.to_string(), item)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| children(name, field)),
        _ => {}
    }
    found
}

/// Values of every type, including edge cases.
fn wrong_values() -> [Value; 13] {
    [
        json!(null),
        json!(7),
        json!(-1),
        json!(1.5e300),
        json!(u64::MAX),
        json!(true),
        json!(""),
        json!("text"),
        json!("\u{0}\u{1F}\u{FFFF}/:,;"),
        json!([]),
        json!([null, 7, "text", [], {}]),
        json!({}),
        json!({"futureField": {"a": [1]}}),
    ]
}

#[test]
fn reading_never_fails_for_missing_or_wrong_values() {
    let mut count = 0;
    for (_, answer) in all() {
        for pointer in pointers(&answer) {
            for value in wrong_values() {
                let mut answer = answer.clone();
                *answer.pointer_mut(&pointer).unwrap() = value;
                read(&answer);
                count += 1;
            }
        }
    }
    assert!(count > 8_000, "only {count}");
}

#[test]
fn the_activities_of_every_type_are_known_by_kind_time_and_originator() {
    let (_, _, _, page) = read(&load("activities-list-all-types"));
    let kinds: Vec<_> = page.items.iter().map(|activity| activity.kind).collect();
    use ActivityKind::*;
    let expected = [
        PlanGenerated,
        PlanApproved,
        ProgressUpdated,
        ProgressUpdated,
        AgentMessaged,
        UserMessaged,
        ProgressUpdated,
        ProgressUpdated,
        Unknown,
        Unknown,
        SessionCompleted,
        SessionFailed,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(page.next_page_token.as_deref(), Some("1787346421522664000"));
    assert_eq!(page.items[0].cursor(), "1759470222801653999:1759470222801654000:AAZhIEN3");
    assert_eq!(page.items[1].originator, "user");
    assert_eq!(page.items[5].message().as_deref(), Some("Please also add integration tests"));
    assert!(page.items[10].change_set().is_some());
    assert_eq!(page.items[11].failure_reason().as_deref(), Some("Unable to install dependencies"));
}

#[test]
fn an_empty_object_is_an_empty_list_and_an_empty_token_is_none() {
    for page in [json!({}), json!({"nextPageToken": ""}), json!({"sessions": null, "activities": 7})] {
        let (_, _, sessions, activities) = read(&page);
        assert!(sessions.items.is_empty() && activities.items.is_empty());
        assert_eq!((sessions.next_page_token, activities.next_page_token), (None, None));
    }
}

#[test]
fn an_unknown_state_is_kept_and_a_missing_one_is_none() {
    let read = |state: Value| read(&json!({"name": "sessions/7", "state": state})).0;
    let unknown = read(json!("SLEEPING"));
    assert_eq!((unknown.state, unknown.raw_state.as_deref()), (SessionState::Unspecified, Some("SLEEPING")));
    for state in [json!(null), json!(""), json!(7), json!("STATE_UNSPECIFIED")] {
        let session = read(state);
        assert_eq!((session.state, session.raw_state), (SessionState::Unspecified, None));
    }
}
