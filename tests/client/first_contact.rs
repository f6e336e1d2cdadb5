//! Failures that are reported soon: network errors before any response, and permanent ones.

use crate::support::{Delivery, SimHost, hasty, run_request};
use jules_wasm::client::{Bounds, Client, PageRequest};
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::http::FetchError;
use serde_json::json;

async fn create(client: &Client<SimHost>) -> Result<(), Error> {
    client.create(&run_request(&json!({"prompt": "p"}))).await.map(drop)
}

async fn get(client: &Client<SimHost>) -> Result<(), Error> {
    client.sources(&PageRequest::default()).await.map(drop)
}

fn rejection(name: &str, message: &str, code: Option<&str>) -> Delivery {
    let code = code.map(str::to_owned);
    Delivery::rejected(FetchError { name: name.to_owned(), message: message.to_owned(), code, ..FetchError::default() })
}

/// The rejections of runtimes without a network, whether they prove that nothing was sent, and a part of the hint.
fn network_failures() -> Vec<(Delivery, bool, &'static str)> {
    vec![
        (rejection("TypeError", "fetch failed (getaddrinfo ENOTFOUND host)", Some("ENOTFOUND")), true, "proxy"),
        (rejection("TypeError", "fetch failed (connect ECONNREFUSED)", Some("ECONNREFUSED")), true, "proxy"),
        (rejection("TypeError", "Failed to fetch", None), false, "CORS"),
        (rejection("Error", "Network connection lost.", None), false, "CORS"),
    ]
}

#[test]
fn network_errors_before_any_response_end_a_create_within_seconds_with_a_hint() {
    for (delivery, is_not_sent, hint) in network_failures() {
        let sim = SimHost::new();
        sim.script(move |_| delivery.clone());
        let error = sim.run(create(&sim.client())).unwrap_err();
        let outcome = if is_not_sent { Effect::NotSent } else { Effect::Unknown };
        assert_eq!((error.kind, error.outcome), (ErrorKind::Network, Some(outcome)), "{error}");
        assert!(error.message.contains(hint) && error.cause.is_some(), "{error}");
        assert!(sim.elapsed_ms() <= 16_000, "{} ms", sim.elapsed_ms());
        assert_eq!(sim.count("POST", "") > 1, is_not_sent, "what may have been sent is not sent again");
    }
}

#[test]
fn network_errors_before_any_response_end_reads_within_seconds() {
    for (delivery, ..) in network_failures() {
        let sim = SimHost::new();
        sim.script(move |_| delivery.clone());
        let error = sim.run(get(&sim.client())).unwrap_err();
        assert_eq!((error.kind, sim.elapsed_ms() <= 16_000), (ErrorKind::Network, true), "{error}");
    }
}

#[test]
fn network_errors_after_a_response_are_retried() {
    for (delivery, ..) in network_failures() {
        let sim = SimHost::new();
        let client = sim.client();
        sim.run(get(&client)).unwrap();
        sim.script(move |arrival| if arrival.at_ms < 60_000 { delivery.clone() } else { Delivery::served() });
        sim.run(get(&client)).unwrap();
    }
}

#[test]
fn permanent_failures_end_immediately() {
    for (name, message, code, hint) in [
        ("TypeError", "fetch failed (self-signed certificate)", Some("DEPTH_ZERO_SELF_SIGNED_CERT"), "certificate"),
        ("TypeError", "fetch failed (certificate has expired)", Some("CERT_HAS_EXPIRED"), "certificate"),
        (
            "TypeError",
            "fetch failed (client error (Connect): invalid peer certificate: UnknownIssuer)",
            None,
            "certificate",
        ),
        ("NotCapable", "Requires net access to \"host:443\"", None, "--allow-net"),
        ("TypeError", "fetch failed (connect ERR_ACCESS_DENIED)", Some("ERR_ACCESS_DENIED"), "--allow-net"),
        ("TypeError", "Failed to parse URL from /x (Invalid URL)", Some("ERR_INVALID_URL"), "baseUrl"),
        ("TypeError", "fetch failed (bad port)", None, "baseUrl"),
    ] {
        let sim = SimHost::new();
        let delivery = rejection(name, message, code);
        sim.script(move |_| delivery.clone());
        for client in [sim.client(), hasty(&sim)] {
            sim.forget_requests();
            let error = sim.run(create(&client)).unwrap_err();
            assert_eq!((error.kind, error.outcome), (ErrorKind::Network, Some(Effect::NotSent)), "{error}");
            assert_eq!((sim.calls().len(), sim.elapsed_ms()), (1, 0), "{message}");
            assert!(error.message.contains(hint), "{error}");
        }
    }
}

#[test]
fn the_timeout_of_the_caller_has_priority() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::no_connection());
    let client = sim.client();
    let limits = jules_wasm::core::options::Limits { timeout_ms: Some(2_000) };
    let bounds = Bounds { limits, is_operation: true, ..Bounds::default() };
    let error = sim.run(client.bounded(bounds, "run()", create(&client))).unwrap_err();
    assert_eq!((error.kind, error.outcome, sim.elapsed_ms()), (ErrorKind::Timeout, Some(Effect::NotSent), 2_000));
}
