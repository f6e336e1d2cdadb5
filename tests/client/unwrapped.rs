//! Requests that no use-case wraps.

use crate::support::{Delivery, SimHost};
use jules_wasm::core::error::{Effect, ErrorKind};
use jules_wasm::core::http::Method;
use jules_wasm::host::LogLevel;
use serde_json::json;

#[test]
fn a_get_returns_the_json_of_its_response_and_is_retried_as_all_reads_are() {
    let sim = SimHost::new();
    let client = sim.client();
    sim.next_deliveries([Delivery::status(503), Delivery::reset(), Delivery::no_connection()]);
    let list = sim.run(client.request(Method::Get, "sources?pageSize=1".into(), None)).unwrap();
    assert_eq!(list["sources"].as_array().unwrap().len(), 1);
    assert_eq!(sim.calls(), ["GET /sources?pageSize=1"; 4]);
}

#[test]
fn another_method_is_not_sent_again_after_a_failure_that_proves_nothing() {
    let methods = [Method::Post, Method::Patch, Method::Delete];
    let failures = [Delivery::status(429), Delivery::status(500), Delivery::status(503), Delivery::reset()];
    for (method, failure) in methods.into_iter().flat_map(|method| failures.iter().map(move |one| (method, one))) {
        let sim = SimHost::new();
        sim.next_deliveries([failure.clone()]);
        let body = (method != Method::Delete).then(|| r#"{"prompt":"p"}"#.to_owned());
        let error = sim.run(sim.client().request(method, "sessions/1".into(), body)).unwrap_err();
        assert_eq!((error.outcome, sim.calls().len()), (Some(Effect::Unknown), 1), "{error}");
    }
}

#[test]
fn another_method_is_sent_again_after_it_did_not_reach_the_service() {
    let sim = SimHost::new();
    let client = sim.client();
    sim.next_deliveries([Delivery::no_connection(), Delivery::no_connection()]);
    let body = r#"{"prompt":"p"}"#.to_owned();
    let session = sim.run(client.request(Method::Post, "sessions".into(), Some(body))).unwrap();
    assert_eq!(session["prompt"], json!("p"));
    assert_eq!(sim.calls(), ["POST /sessions"; 3]);
    let levels: Vec<_> = sim.log_lines().into_iter().map(|(level, _)| level).collect();
    assert_eq!(levels, [LogLevel::Warn, LogLevel::Warn, LogLevel::Info]);
}

#[test]
fn a_response_without_content_is_null_and_one_without_json_is_an_error() {
    let sim = SimHost::new();
    sim.next_deliveries([Delivery::body(""), Delivery::body("<html>")]);
    let client = sim.client();
    assert_eq!(sim.run(client.request(Method::Delete, "sessions/1".into(), None)).unwrap(), json!(null));
    let error = sim.run(client.request(Method::Delete, "sessions/1".into(), None)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Decode, "{error}");
}
