//! Replication lag: activities that are listed late, each after its own delay, and pages out of order.

use crate::support::{Service, VirtualService, in_boba};
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::{Emulator, Options};
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;

fn with(seed: u64, faults: Value) -> (Service, String) {
    let mut service = Service::with_json(json!({"seed": seed, "faults": faults}));
    let session = service.create(in_boba("x"));
    (service, session)
}

fn time(activity: &Value) -> Timestamp {
    Timestamp::parse(activity["createTime"].as_str().unwrap()).unwrap()
}

fn ids(activities: &[Value]) -> Vec<String> {
    activities.iter().map(|activity| activity["id"].as_str().unwrap().to_owned()).collect()
}

/// The time of each activity and its delay in milliseconds until it was first listed, in chronological order.
fn delays(seed: u64, lag_ms: i64) -> Vec<(Timestamp, i64)> {
    let (mut service, session) = with(seed, json!([{"on": "activities", "fault": {"activityLagMs": lag_ms}}]));
    let mut first_seen: Vec<(String, Timestamp, Timestamp)> = Vec::new();
    for _ in 0..(20 * 1000 + lag_ms) / 100 {
        for activity in service.activities(&session) {
            let id = activity["id"].as_str().unwrap().to_owned();
            if first_seen.iter().all(|(known, _, _)| *known != id) {
                first_seen.push((id, time(&activity), service.now));
            }
        }
        service.now = service.now.plus_millis(100);
    }
    let now = service.now;
    assert_eq!(first_seen.len(), service.emulator.sessions(now)[0].events.len(), "none is lost");
    first_seen.sort_by_key(|(_, time, _)| *time);
    first_seen.into_iter().map(|(_, time, seen)| (time, seen.as_millis() - time.as_millis())).collect()
}

#[test]
fn every_activity_is_listed_after_its_own_delay_also_after_newer_ones() {
    let found = delays(1, MINUTE_MS);
    assert!(found.iter().all(|(_, delay)| (-1..=MINUTE_MS + 100).contains(delay)), "{found:?}");
    let overtaken = found.windows(2).any(|pair| {
        let [(older, late), (newer, early)] = pair else { panic!("two") };
        older.plus_millis(*late) > newer.plus_millis(*early)
    });
    assert!(overtaken, "{found:?}");
    assert_eq!(found, delays(1, MINUTE_MS), "the same seed produces the same delays");
    assert_ne!(found, delays(2, MINUTE_MS));
    assert!(delays(1, 0).iter().all(|(_, delay)| *delay <= 100), "a maximum of 0 is no delay");
}

#[test]
fn an_activity_that_is_not_listed_yet_has_already_happened() {
    let (mut service, session) = with(1, json!([{"fault": {"activityLagMs": 10_000_000}}]));
    service.run_until(&session, &["COMPLETED"]);
    let now = service.now;
    let all = service.emulator.sessions(now)[0].events.len();
    assert!(service.activities(&session).len() < all);
    assert_eq!(service.emulator.sessions(now)[0].events.last().map(String::as_str), Some("sessionCompleted"));
}

#[test]
fn a_shuffled_page_has_the_same_activities_in_another_order() {
    for seed in 0..20 {
        let (mut plain, _) = with(seed, json!([]));
        let (mut shuffled, session) = with(seed, json!([{"on": "activities", "fault": {"shuffledPages": true}}]));
        plain.wait_steps(60);
        shuffled.wait_steps(60);
        let mut token = String::new();
        for _ in 0..20 {
            let path = format!("{session}/activities?pageSize=3&pageToken={token}");
            let (in_order, page) = (plain.get(&path), shuffled.get(&path));
            assert_eq!(page.get("nextPageToken"), in_order.get("nextPageToken"));
            let items = |page: &Value| page["activities"].as_array().unwrap().clone();
            let (wanted, found) = (items(&in_order), items(&page));
            assert!(found.len() < 2 || !found.is_sorted_by_key(time), "{found:?}");
            assert_eq!(shuffled.get(&path), page, "the same seed produces the same order");
            let sorted = |items: &[Value]| {
                let mut ids = ids(items);
                ids.sort();
                ids
            };
            assert_eq!(sorted(&found), sorted(&wanted));
            let Some(next) = page["nextPageToken"].as_str() else { break };
            next.clone_into(&mut token);
        }
    }
}

#[test]
fn a_virtual_clock_moves_to_when_a_late_activity_becomes_visible() {
    let options = json!({"stepMs": 0, "faults": [{"on": "activities", "fault": {"activityLagMs": MINUTE_MS}}]});
    let mut service = VirtualService::new(options, true);
    let start = service.clock.now();
    let path = format!("{}/activities", service.create(&json!({"prompt": "x"})));
    let mut counts = Vec::new();
    for _ in 0..40 {
        let page = service.ok("GET", &path, &Value::Null);
        counts.push(page["activities"].as_array().map_or(0, Vec::len));
    }
    let end = service.clock.now();
    assert!(counts.is_sorted() && counts.first() < counts.last(), "{counts:?}");
    assert!(end > start && end <= start.plus_millis(MINUTE_MS + 1), "{end}");
    let events = service.emulator.sessions(end)[0].events.len();
    assert_eq!(counts.last(), Some(&events));
}

#[test]
fn faults_of_activity_lists_are_rejected_for_other_operations() {
    for (name, value) in [("activityLagMs", json!(5)), ("shuffledPages", json!(true))] {
        let rule = |on: &str| json!({"faults": [{"on": on, "fault": {name: value}}]});
        for on in ["any", "activities"] {
            Emulator::new(Options::from_json(&rule(on)).unwrap()).unwrap();
        }
        let message = Options::from_json(&rule("list")).and_then(Emulator::new).unwrap_err();
        assert!(message.contains("rule 1") && message.contains(name) && message.contains("activities"), "{message}");
    }
    let mixed = json!({"faults": [{"fault": {"activityLagMs": 5, "delayMs": 5}}]});
    assert!(Options::from_json(&mixed).and_then(Emulator::new).unwrap_err().contains("`delayMs`"));
}
