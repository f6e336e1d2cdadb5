//! The core in wasm: the same results with 32-bit pointers.

use super::page::give_functions;
use jules_wasm::core::activity::Activity;
use jules_wasm::core::cursor::Cursor;
use jules_wasm::core::json_view::JsonView;
use jules_wasm::core::page::Page;
use jules_wasm::core::row::FromRow;
use jules_wasm::core::session::Session;
use jules_wasm::core::state::SessionState;
use jules_wasm::core::time::Timestamp;
use jules_wasm::wasm::json::Json;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

const ALL_TYPES: &str = include_str!("../fixtures/activities-list-all-types.json");
const COMPLETED: &str = include_str!("../fixtures/session-completed-with-pr-and-changeset.json");

#[wasm_bindgen_test]
fn times_have_nanosecond_precision() {
    let time = Timestamp::parse("2026-08-21T21:07:01.522664Z").unwrap();
    assert_eq!(time.as_nanos(), 1_787_346_421_522_664_000);
    assert_eq!(time.digits(), "1787346421522664000");
    assert_eq!(Timestamp::from_digits(&time.digits()), Some(time));
    assert_eq!(time.just_before().to_string(), "2026-08-21T21:07:01.522663999Z");
    assert!(Timestamp::parse("2025-10-03T05:47:50Z") < Timestamp::parse("2025-10-03T05:47:50.000000001Z"));
    assert_eq!(Timestamp::parse("9999-12-31T23:59:59.999999999Z").unwrap().digits(), "253402300799999999999");
}

/// The recorded pages, with the name of their list.
const PAGES: [(&str, &str); 6] = [
    ("activities", ALL_TYPES),
    ("activities", include_str!("../fixtures/activities-list-quickstart.json")),
    ("activities", include_str!("../fixtures/activities-revived-after-completed.json")),
    ("sessions", include_str!("../fixtures/sessions-list-page1.json")),
    ("sessions", include_str!("../fixtures/sessions-list-page2-last.json")),
    ("sessions", include_str!("../fixtures/list-empty.json")),
];

/// Values of every type, including edge cases.
fn wrong_values() -> [Value; 11] {
    [
        json!(null),
        json!(7),
        json!(true),
        json!(""),
        json!("text"),
        json!("\u{0}\u{1F}\u{FFFF}/:,;"),
        json!([]),
        json!([null, 7, "text", [], {}]),
        json!({}),
        json!({"id": "a"}),
        json!({"futureField": {"a": [1]}}),
    ]
}

/// A page, and its variants with each part of its entries replaced by each wrong value.
fn mutations(list: &str, page: &Value) -> Vec<Value> {
    let mut found = vec![page.clone()];
    let entries = page.get(list).and_then(Value::as_array).map_or(0, Vec::len);
    for index in 0..entries {
        let names: Vec<_> = page[list][index].as_object().unwrap().keys().cloned().collect();
        for value in wrong_values() {
            let mut mutated = page.clone();
            mutated[list][index] = value.clone();
            found.push(mutated);
            for name in &names {
                let mut mutated = page.clone();
                mutated[list][index][name] = value.clone();
                found.push(mutated);
            }
        }
    }
    found
}

/// The fields that decisions need of the entries of a page.
fn decided<J: JsonView>(list: &str, page: J, one_by_one: bool) -> Vec<String> {
    let session = |it: Session<J>| format!("{:?}", (it.name, it.id, it.state, it.raw_state, it.update_time));
    let activity =
        |it: Activity<J>| format!("{:?}", (it.id.clone(), it.create_time, it.originator.clone(), it.kind, it.cursor()));
    match (list, one_by_one) {
        ("sessions", false) => Page::<Session<J>>::read(page).items.into_iter().map(session).collect(),
        ("sessions", true) => page.get(list).items().into_iter().map(Session::read).map(session).collect(),
        (_, false) => Page::<Activity<J>>::read(page).items.into_iter().map(activity).collect(),
        (_, true) => page.get(list).items().into_iter().map(Activity::read).map(activity).collect(),
    }
}

#[wasm_bindgen_test]
fn rows_engine_values_and_serde_values_of_a_page_agree() {
    give_functions();
    let mut count = 0;
    for (list, text) in PAGES {
        for page in mutations(list, &serde_json::from_str(text).unwrap()) {
            let expected = decided(list, page.clone(), false);
            let parsed = || Json::from(js_sys::JSON::parse(&page.to_string()).unwrap());
            assert_eq!(decided(list, parsed(), false), expected, "{page}");
            assert_eq!(decided(list, parsed(), true), expected, "{page}");
            count += 1;
        }
    }
    assert!(count > 1_000, "only {count}");
}

#[wasm_bindgen_test]
fn an_engine_value_is_read_like_a_serde_value() {
    give_functions();
    let value: Value = serde_json::from_str(COMPLETED).unwrap();
    let json = Json::from(js_sys::JSON::parse(COMPLETED).unwrap());
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(json.names()), JsonView::names(&value));
    let (ours, theirs) = (Session::read(json), Session::read(value));
    assert_eq!((ours.prompt(), ours.title(), ours.source()), (theirs.prompt(), theirs.title(), theirs.source()));
    assert_eq!((ours.create_time(), ours.has_change_set()), (theirs.create_time(), theirs.has_change_set()));
    let parsed = |session: &Session<Json>| serde_json::from_str::<Value>(&session.json.to_text()).unwrap();
    assert_eq!(parsed(&ours), theirs.json);
    let again = |text: &str| Session::read_again(Json::from(js_sys::JSON::parse(text).unwrap()), &ours);
    let expected = Session::read_again(json!({"state": "PAUSED", "title": "New"}), &theirs);
    assert_eq!(parsed(&again(r#"{"state":"PAUSED","title":"New"}"#)), expected.json);
    assert!(!again(r#"{"state":"PAUSED"}"#).is_same(&ours));
    let reordered = js_sys::JSON::parse(&theirs.json.to_string()).unwrap();
    assert!(Session::read(Json::from(reordered)).is_same(&ours));
    let paused = ours.clone().in_state(SessionState::Paused, None).updated_at(None);
    assert_eq!(parsed(&paused), theirs.in_state(SessionState::Paused, None).updated_at(None).json);
}

#[wasm_bindgen_test]
fn a_cursor_continues_after_every_activity_of_a_recorded_list() {
    let items = Page::<Activity<Value>>::read(serde_json::from_str(ALL_TYPES).unwrap()).items;
    let mut reader = Cursor::default();
    for (index, activity) in items.iter().enumerate() {
        let time = activity.create_time;
        assert!(reader.admit(time, &activity.id));
        let mut resumed = Cursor::parse(&reader.after(time)).unwrap();
        let is_new = |activity: &&Activity<Value>| resumed.admit(activity.create_time, &activity.id);
        let rest = items.iter().filter(is_new).count();
        assert_eq!(rest, items.len() - index - 1);
    }
}
