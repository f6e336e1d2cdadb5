//! Lists: pages, tokens, filters, order.

use crate::support::{Service, fixture, in_boba};
use jules_wasm::core::time::Timestamp;
use jules_wasm::emulator::Options;
use serde_json::{Value, json};

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn ids(list: &Value) -> Vec<String> {
    let items = list.as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// All pages of a list, each as the ids on it.
fn pages(service: &mut Service, path: &str, name: &str, size: usize) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut token = String::new();
    loop {
        let page = service.get(&format!("{path}?pageSize={size}{token}"));
        pages.push(ids(&page[name]));
        match page["nextPageToken"].as_str() {
            Some(next) => token = format!("&pageToken={}", encoded(next)),
            None => return pages,
        }
    }
}

/// A session of 120 activities.
fn long_session(service: &mut Service) -> String {
    let session = service.create_repoless("[emulator: long]");
    service.wait_steps(200);
    session
}

fn service_with_long_script() -> Service {
    let steps: Vec<Value> = (0..120).map(|_| json!({"progress": {}})).collect();
    Service::with_json(json!({"scenarios": {"long": steps}}))
}

#[test]
fn an_empty_list_is_an_empty_object() {
    let mut service = Service::with_json(json!({"sources": []}));
    let session = service.create_repoless("x");
    for path in ["/sources", "/sessions?filter=archived%3Dtrue", &format!("{session}/activities")] {
        assert_eq!(service.get(path), fixture("list-empty"), "{path}");
    }
}

#[test]
fn sessions_are_listed_newest_first_over_all_pages() {
    let mut service = Service::new();
    let mut created: Vec<_> =
        (0..7).map(|n| service.create_repoless(&format!("Task {n}")).replace("/sessions/", "")).collect();
    created.reverse();
    let pages = pages(&mut service, "/sessions", "sessions", 3);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    assert_eq!(pages.concat(), created);
    let times: Vec<_> = created
        .iter()
        .map(|id| service.get(&format!("/sessions/{id}"))["createTime"].as_str().map(Timestamp::parse).unwrap())
        .collect();
    assert!(times.is_sorted_by(|newer, older| newer > older), "{times:?}");
}

#[test]
fn a_page_token_stays_valid_when_a_session_is_created() {
    let mut service = Service::new();
    let first = service.create_repoless("First");
    service.create_repoless("Second");
    let token = service.get("/sessions?pageSize=1")["nextPageToken"].as_str().unwrap().to_owned();
    service.create_repoless("Third");
    let page = service.get(&format!("/sessions?pageSize=1&pageToken={token}"));
    assert_eq!(ids(&page["sessions"]), [first.replace("/sessions/", "")]);
}

#[test]
fn the_page_size_has_a_default_and_a_maximum() {
    let mut service = service_with_long_script();
    let session = long_session(&mut service);
    for _ in 0..34 {
        service.create_repoless("x");
    }
    let sizes = [("", 50), ("?pageSize=0", 50), ("?pageSize=7", 7), ("?pageSize=100", 100), ("?pageSize=1000", 100)];
    for (query, expected) in sizes {
        let page = service.get(&format!("{session}/activities{query}"));
        assert_eq!(ids(&page["activities"]).len(), expected, "{query}");
    }
    assert_eq!(ids(&service.get("/sessions")["sessions"]).len(), 30);
    let (status, answer) = service.call("GET", "/sessions?pageSize=-1", None);
    assert_eq!((status, answer), (400, fixture("error-400-invalid-argument-plain")));
    let (status, answer) = service.call("GET", "/sessions?pageSize=many", None);
    assert_eq!((status, &answer["error"]["details"][0]["fieldViolations"][0]["field"]), (400, &json!("page_size")));
}

#[test]
fn activities_are_listed_oldest_first_over_all_pages() {
    let mut service = service_with_long_script();
    let session = long_session(&mut service);
    let pages = pages(&mut service, &format!("{session}/activities"), "activities", 50);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    let mut all = pages.concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 120);
}

#[test]
fn a_page_token_of_activities_is_an_inclusive_time_in_nanoseconds() {
    let mut service = service_with_long_script();
    let session = long_session(&mut service);
    let all = service.activities(&session);
    let third = Timestamp::parse(all[2]["createTime"].as_str().unwrap()).unwrap();
    let page = service.get(&format!("{session}/activities?pageSize=2"));
    assert_eq!(page["nextPageToken"], json!(third.as_nanos().to_string()));
    let mut first_from = |nanos: i128| {
        let page = service.get(&format!("{session}/activities?pageSize=1&pageToken={nanos}"));
        page["activities"][0]["id"].clone()
    };
    assert_eq!(first_from(third.as_nanos()), all[2]["id"], "inclusive");
    assert_eq!(first_from(third.as_nanos() + 1), all[3]["id"]);
}

#[test]
fn the_filter_of_activities_is_exclusive_and_works_with_a_token() {
    let mut service = service_with_long_script();
    let session = long_session(&mut service);
    let all = service.activities(&session);
    let time = |index: usize| all[index]["createTime"].as_str().unwrap().to_owned();
    for filter in [format!("create_time > \"{}\"", time(2)), format!("create_time>\"{}\"", time(2))] {
        let page = service.get(&format!("{session}/activities?filter={}", encoded(&filter)));
        assert_eq!(page["activities"][0]["id"], all[3]["id"], "{filter}");
    }
    let filter = encoded(&format!("create_time > \"{}\"", time(2)));
    let page = service.get(&format!("{session}/activities?pageSize=2&filter={filter}"));
    let token = page["nextPageToken"].as_str().unwrap().to_owned();
    let page = service.get(&format!("{session}/activities?pageSize=2&filter={filter}&pageToken={token}"));
    assert_eq!(ids(&page["activities"])[0], all[5]["id"].as_str().unwrap());
    let last = encoded(&format!("create_time > \"{}\"", time(99)));
    let page = service.get(&format!("{session}/activities?filter={last}&pageSize=100"));
    assert_eq!(ids(&page["activities"]).len(), 20);
    assert_eq!(page.get("nextPageToken"), None, "omitted at the end");
}

#[test]
fn sessions_can_be_filtered_by_archived() {
    let mut service = Service::new();
    let archived = vec![service.create_repoless("Old").replace("/sessions/", "")];
    let current = vec![service.create_repoless("New").replace("/sessions/", "")];
    service.post(&format!("/sessions/{}:archive", archived[0]), json!({}));
    let mut listed = |filter: &str| ids(&service.get(&format!("/sessions?filter={}", encoded(filter)))["sessions"]);
    assert_eq!(listed(""), current, "without a filter, archived sessions are omitted");
    assert_eq!(listed("archived = false"), current);
    assert_eq!(listed("archived=true"), archived);
    assert_eq!(listed("archived = true OR archived = false"), [current, archived].concat());
}

#[test]
fn a_page_token_of_sources_is_the_next_id() {
    let mut service = Service::new();
    let page = service.get("/sources?pageSize=2");
    assert_eq!(page["nextPageToken"], fixture("sources-list-page1")["nextPageToken"]);
    let rest = service.get("/sources?pageSize=2&pageToken=github/bobalover/boba-web");
    assert_eq!(rest, fixture("sources-list-page2-last"));
}

#[test]
fn a_source_equals_the_fixture_without_default_values() {
    let mut expected = fixture("source");
    expected["githubRepo"].as_object_mut().unwrap().remove("isPrivate");
    let mut service = Service::new();
    assert_eq!(service.get("/sources/github/bobalover/boba"), expected);
    assert_eq!(service.get("/sources/github%2Fbobalover%2Fboba"), expected);
    assert_eq!(service.get("/sources/github/bobalover/private-tea")["githubRepo"]["isPrivate"], json!(true));
}

#[test]
fn sources_can_be_filtered_by_names() {
    let mut service = Service::new();
    let mut listed = |filter: &str| ids(&service.get(&format!("/sources?filter={}", encoded(filter)))["sources"]);
    let boba = ["github/bobalover/boba"];
    assert_eq!(listed("name=sources/github/bobalover/boba"), boba);
    assert_eq!(listed("name = \"sources/github/bobalover/boba\""), boba);
    assert_eq!(
        listed("name=sources/github/bobalover/boba OR name=sources/github/bobalover/boba-web"),
        ["github/bobalover/boba", "github/bobalover/boba-web"]
    );
    let mut strict = Service::with(Options { any_repository: false, ..Options::default() });
    assert_eq!(strict.get("/sources?filter=name%3Dsources/github/no/body"), json!({}));
}

#[test]
fn an_unsupported_filter_or_token_answers_400() {
    let mut service = Service::new();
    let session = service.create(in_boba("x"));
    let activities = format!("{session}/activities");
    let refused = [
        ("/sessions", "filter", "state = COMPLETED"),
        ("/sessions", "filter", "archived = maybe"),
        ("/sessions", "filter", "archived"),
        ("/sources", "filter", "owner=bobalover"),
        ("/sources", "filter", "name=\"open"),
        ("/sources", "filter", "name=a AND name=b"),
        (&activities, "filter", "createTime > \"2026-08-24T10:00:00Z\""),
        (&activities, "filter", "create_time > 2026-08-24T10:00:00Z"),
        (&activities, "filter", "create_time > \"yesterday\""),
        (&activities, "filter", "create_time >= \"2026-08-24T10:00:00Z\""),
        (&activities, "pageToken", "soon"),
        ("/sessions", "pageToken", "1"),
        ("/sources", "pageToken", "github/no/body"),
    ];
    for (path, name, value) in refused {
        let (status, answer) = service.call("GET", &format!("{path}?{name}={}", encoded(value)), None);
        assert_eq!((status, answer), (400, fixture("error-400-invalid-argument-plain")), "{path} {value}");
    }
}
