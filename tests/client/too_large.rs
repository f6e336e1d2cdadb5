//! Responses that are too large to read.

use crate::support::scripted_session::{ID, ScriptedSession, progress};
use crate::support::{Delivery, SimHost, ids, run_request};
use jules_wasm::client::PageRequest;
use jules_wasm::core::error::ErrorKind;
use serde_json::{Value, json};

/// More than the limit of a page.
fn too_large() -> Delivery {
    Delivery::body(vec![0; (64 << 20) + 1])
}

fn query(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

fn page_size(url: &str) -> usize {
    query(url, "pageSize").map_or(100, |size| size.parse().unwrap())
}

/// A session with this number of activities.
fn session_of(count: i64) -> SimHost {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    script.gives_parts();
    for number in 0..count {
        let event = progress("More").as_object().unwrap().clone();
        let artifacts = json!([{"media": {"data": "AAAA", "mimeType": "image/png"}}]);
        let event: serde_json::Map<String, Value> =
            event.into_iter().chain([("artifacts".to_owned(), artifacts)]).collect();
        script.happens(number - count, &format!("a{number}"), event.into());
    }
    SimHost::over(script)
}

#[test]
fn a_too_large_page_is_requested_in_smaller_pages() {
    let sim = session_of(20);
    sim.script(|arrival| {
        let is_large = arrival.is("GET", "/activities") && page_size(&arrival.request.url) > 10;
        if is_large { too_large() } else { Delivery::served() }
    });
    let info = sim.run(sim.client().info(ID, Some(None))).unwrap();
    assert_eq!(ids(&info.activities), (0..20).map(|number| format!("a{number}")).collect::<Vec<_>>());
    assert!(info.activities.iter().all(|activity| !activity.omits_artifacts && activity.json["artifacts"].is_array()));
    let lists: Vec<_> = sim
        .requests()
        .iter()
        .filter(|sent| sent.url.contains("/activities"))
        .map(|sent| page_size(&sent.url))
        .collect();
    assert_eq!(lists, [100, 25, 6, 6, 6, 6], "the size that has gone well is kept");
}

#[test]
fn a_too_large_activity_is_returned_without_artifacts() {
    let sim = session_of(9);
    // The third is too large, and so is every page that contains it.
    let begins_at = |url: &str| {
        query(url, "pageToken").map_or(0, |token| {
            let nanos: i128 = token.parse().unwrap();
            usize::try_from(nanos / 1_000_000 - i128::from(crate::support::START_MS) + 9).unwrap()
        })
    };
    sim.script(move |arrival| {
        let url = &arrival.request.url;
        let holds = (begins_at(url)..begins_at(url) + page_size(url)).contains(&2);
        let is_large = arrival.is("GET", "/activities") && holds && !url.contains("fields=");
        if is_large { too_large() } else { Delivery::served() }
    });
    let client = sim.client();
    let info = sim.run(client.info(ID, Some(None))).unwrap();
    assert_eq!(info.activities.len(), 9);
    let without: Vec<_> = info.activities.iter().filter(|activity| activity.omits_artifacts).collect();
    assert_eq!(without.iter().map(|activity| activity.id.as_str()).collect::<Vec<_>>(), ["a2"]);
    assert_eq!(without[0].json.get("artifacts"), None);
    assert_eq!(page_size(&sim.requests().last().unwrap().url), 100, "what comes after it is asked for as before");
    sim.script(|_| Delivery::served());
    let whole = sim.run(client.activity(ID, "a2")).unwrap();
    assert!(whole.json["artifacts"].is_array() && !whole.omits_artifacts, "loaded by itself");
}

#[test]
fn a_list_with_too_large_entries_is_an_error_that_says_so() {
    let sim = SimHost::new();
    sim.script(|_| too_large());
    let error = sim.run(sim.client().sessions(&PageRequest::default())).unwrap_err();
    assert_eq!((error.kind, error.retryable, error.status), (ErrorKind::Decode, Some(false), Some(200)));
    assert!(error.message.contains("more than 64 MB, which is too large to read"), "{error}");
    assert_eq!(sim.requests().iter().map(|sent| page_size(&sent.url)).collect::<Vec<_>>(), [100, 25, 6, 1]);
    assert_eq!(sim.elapsed_ms(), 0);
}

#[test]
fn a_create_with_a_too_large_response_is_reconciled() {
    let sim = SimHost::new();
    let mut is_first = true;
    sim.script(move |arrival| {
        let is_lost = arrival.is("POST", "/sessions") && std::mem::take(&mut is_first);
        if is_lost { Delivery::body(vec![0; (500 << 20) + 1]).committed() } else { Delivery::served() }
    });
    let result = sim.run(sim.client().create(&run_request(&json!({"prompt": "Fix bug A"}))));
    assert!(result.is_ok_and(|session| session.prompt() == "Fix bug A"));
    assert_eq!(sim.count("POST", "/sessions"), 1);
}
