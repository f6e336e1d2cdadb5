//! No input makes the core panic, since a panic in wasm cannot be caught. FUZZ_CASES sets the number of inputs per target; `npm run
//! fuzz` tries a million.
#![cfg(not(target_arch = "wasm32"))]

use std::env;

use jules_wasm::core::activity::Activity;
use jules_wasm::core::cursor::Cursor;
use jules_wasm::core::ids;
use jules_wasm::core::page::Page;
use jules_wasm::core::row::FromRow;
use jules_wasm::core::rpc_status::RpcStatus;
use jules_wasm::core::session::Session;
use jules_wasm::core::time::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

fn try_all<S: Strategy>(inputs: S, read: impl Fn(S::Value)) {
    let cases = env::var("FUZZ_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let ended = TestRunner::new(config).run(&inputs, |input| {
        read(input);
        Ok(())
    });
    assert!(ended.is_ok(), "{}", ended.err().map_or(String::new(), |problem| problem.to_string()));
}

/// Text in which the tokens of the given language are frequent.
fn text_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![3 => prop::sample::select(pieces).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn json() -> impl Strategy<Value = String> {
    text_of(&[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\\u",
        "d83d",
        "null",
        "true",
        "-",
        "0",
        "1e9",
        ".",
        "\"activities\":[{",
        "\"createTime\":\"2026-08-21T21:05:11.104512Z\"",
        "\"planGenerated\":{\"plan\":{\"steps\":[{",
        "\"state\":\"QUEUED\"",
        "\"artifacts\":[{\"changeSet\":{\"gitPatch\":{\"unidiffPatch\":\"",
        "\"outputs\":[",
        "\"nextPageToken\":\"",
        " ",
        "\n",
    ])
}

#[test]
fn any_body_is_read_or_rejected() {
    try_all(json(), |text| {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            drop((Session::read(value.clone()), Activity::read(value.clone()).cursor(), RpcStatus::read(&value)));
            drop(Page::<Activity<Value>>::read(value));
        }
    });
}

#[test]
fn any_text_is_encoded_in_a_query() {
    try_all(text_of(&["?", "#", "%2e", "&", "=", " ", "\0", "ü"]), |text| {
        assert!(ids::with_query("x", &[("q", &text)]).is_ascii());
    });
}

#[test]
fn any_text_is_a_valid_cursor_or_time_or_rejected() {
    let texts = text_of(&[
        "1787346421522664000",
        "1787346361522664000",
        ":",
        "AAyM99FI",
        ";",
        "a1",
        "-",
        "+",
        "9",
        "T",
        "Z",
        "2026-08-21T21:05:11",
        ".",
        "é",
    ]);
    try_all(texts, |text| {
        if let Some(cursor) = Cursor::parse(&text) {
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor.clone()), "a cursor survives being written");
            drop(cursor.filter());
        }
        if let Some(time) = Timestamp::parse(&text) {
            assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
            assert!(time.just_before() < time);
        }
    });
}
