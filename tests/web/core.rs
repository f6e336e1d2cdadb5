//! The core under wasm: 32-bit pointers, no floating-point code, the same answers.

use jules_wasm::core::cursor::Cursor;
use jules_wasm::core::json::{Node, decode, encode};
use jules_wasm::core::mapping;
use jules_wasm::core::model::{Activity, ActivityType, Artifact};
use jules_wasm::core::time::Timestamp;
use wasm_bindgen_test::wasm_bindgen_test;

const ALL_TYPES: &str = include_str!("../fixtures/activities-list-all-types.json");

#[wasm_bindgen_test]
fn times_are_read_compared_and_written_to_the_nanosecond() {
    let time = Timestamp::parse("2026-08-21T21:07:01.522664Z").unwrap();
    assert_eq!(time.as_nanos(), 1_787_346_421_522_664_000);
    assert_eq!(time.digits(), "1787346421522664000");
    assert_eq!(Timestamp::from_digits(&time.digits()), Some(time));
    assert_eq!(time.just_before().to_string(), "2026-08-21T21:07:01.522663999Z");
    assert!(Timestamp::parse("2025-10-03T05:47:50Z") < Timestamp::parse("2025-10-03T05:47:50.000000001Z"));
    assert_eq!(Timestamp::parse("9999-12-31T23:59:59.999999999Z").unwrap().digits(), "253402300799999999999");
}

#[wasm_bindgen_test]
fn json_comes_out_as_it_went_in() {
    for text in ["31415926535897932384", "-0.5e+10", r#"{"b":[1,"2",{"c":null}],"a":"\"\\\n\u0001é😀"}"#] {
        assert_eq!(encode(&decode(text.as_bytes()).unwrap()), text);
    }
    assert!(decode(b"<html>").is_err());
    assert!(decode("[".repeat(1_000_000).as_bytes()).is_err(), "and the stack is not used up");
}

#[wasm_bindgen_test]
fn a_recorded_list_is_read_whole() {
    let body = decode(ALL_TYPES.as_bytes()).unwrap();
    let page = mapping::page(Node::of(&body), "activities", mapping::activity);
    assert_eq!(page.items.len(), 12);
    assert_eq!(
        page.items[0].plan.as_ref().unwrap().steps.iter().map(|step| step.index).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4]
    );
    assert!(matches!(&page.items[2].artifacts[0], Artifact::BashOutput { exit_code: 0, .. }));
    assert_eq!(page.items[9].activity_type, ActivityType::Unknown);
    assert!(page.items[9].raw.is_some());
}

#[wasm_bindgen_test]
fn a_cursor_goes_on_after_every_activity_of_a_recorded_list() {
    let body = decode(ALL_TYPES.as_bytes()).unwrap();
    let items = mapping::page(Node::of(&body), "activities", mapping::activity).items;
    let mut reader = Cursor::default();
    for (index, activity) in items.iter().enumerate() {
        let time = Timestamp::parse(&activity.create_time);
        assert!(reader.admit(time, &activity.id));
        let mut resumed = Cursor::parse(&reader.mark(time).to_string()).unwrap();
        let is_new = |activity: &&Activity| resumed.admit(Timestamp::parse(&activity.create_time), &activity.id);
        let rest = items.iter().filter(is_new).count();
        assert_eq!(rest, items.len() - index - 1);
    }
}
