//! The API key: its sources, and where it must never appear.

use crate::support::scripted_session::{ID, ScriptedSession, failed};
use crate::support::{Answer, Delivery, KEY, SimHost, run_request};
use jules_wasm::client::{Bounds, Client};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::http::FetchError;
use jules_wasm::core::options::{Limits, Options};
use serde_json::json;

async fn create(client: &Client<SimHost>) -> Result<(), Error> {
    let config = json!({"prompt": "p", "source": {"github": "o/r", "baseBranch": "main"}});
    client.create(&run_request(&config)).await.map(drop)
}

async fn get(client: &Client<SimHost>) -> Result<(), Error> {
    client.sources(&Default::default()).await.map(drop)
}

fn keyless(sim: &SimHost) -> Client<SimHost> {
    Client::new(sim.clone(), Options::default())
}

fn key_sent(sim: &SimHost) -> String {
    sim.requests().last().unwrap().headers.iter().find(|(name, _)| name == "X-Goog-Api-Key").unwrap().1.clone()
}

#[test]
fn without_a_key_there_is_an_error_and_no_request() {
    let sim = SimHost::new();
    for blank in [None, Some(""), Some(" \n")] {
        if let Some(blank) = blank {
            sim.set_variable("JULES_API_KEY", blank);
        }
        let error = sim.run(create(&keyless(&sim))).unwrap_err();
        assert_eq!((error.kind, error.kind.code()), (ErrorKind::MissingApiKey, "missing_api_key"));
        assert!(error.message.contains("JULES_API_KEY"), "{error}");
    }
    assert!(sim.calls().is_empty());
}

#[test]
fn the_key_is_read_from_the_environment_at_the_first_request() {
    let sim = SimHost::new();
    let client = keyless(&sim);
    sim.set_variable("JULES_API_KEY", "from-the-environment");
    sim.run(create(&client)).unwrap();
    assert_eq!(key_sent(&sim), "from-the-environment");
}

#[test]
fn a_given_key_has_priority_over_the_environment() {
    let sim = SimHost::new();
    sim.set_variable("JULES_API_KEY", "from-the-environment");
    sim.run(create(&sim.client())).unwrap();
    assert_eq!(key_sent(&sim), KEY);
}

#[test]
fn white_space_around_the_key_in_the_environment_is_removed() {
    let sim = SimHost::new();
    sim.set_variable("JULES_API_KEY", " from-a-file\r\n");
    sim.run(create(&keyless(&sim))).unwrap();
    assert_eq!(key_sent(&sim), "from-a-file");
}

/// Responses that repeat the key everywhere.
fn deliveries_with_the_key() -> Vec<Delivery> {
    let error = json!({"error": {
        "code": 400,
        "status": format!("BAD_{KEY}"),
        "message": format!("The key {KEY} is not good; again: {KEY}."),
        "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": KEY, "metadata": {KEY: KEY, "list": [KEY]}},
            {"@type": "type.googleapis.com/google.rpc.BadRequest",
             "fieldViolations": [{"field": KEY, "description": format!("X-Goog-Api-Key: {KEY}")}]},
        ],
    }});
    let with_status = |status, body: String| {
        Delivery::answer(Answer { status, status_text: format!("No {KEY}"), body: body.into(), ..Answer::default() })
    };
    let mut deliveries: Vec<_> =
        [302, 400, 401, 403, 404, 409, 429, 500].map(|s| with_status(s, error.to_string())).into();
    // A page is quoted in part, without any part of the key.
    for before in 0..90 {
        let page = format!("{}{KEY} and more", "x".repeat(before));
        deliveries.push(with_status(200, page.clone()));
        deliveries.push(with_status(502, page));
    }
    for answered in [false, true] {
        deliveries.push(Delivery {
            end: crate::support::delivery::End::Error(FetchError {
                name: format!("Error-{KEY}"),
                message: format!("Headers.append: \"{KEY}\" is an invalid header value."),
                code: Some(format!("E-{KEY}")),
                answered,
                ..FetchError::default()
            }),
            ..Delivery::served()
        });
    }
    deliveries
}

/// Whether the text contains eight consecutive characters of the key.
fn tells_of_the_key(text: &str) -> bool {
    KEY.as_bytes().windows(8).any(|part| text.contains(std::str::from_utf8(part).unwrap()))
}

fn assert_silent(error: &Error) {
    for text in [format!("{error:?}"), format!("{error:#?}"), error.to_string(), serde_json::to_string(error).unwrap()]
    {
        assert!(!tells_of_the_key(&text), "{text}");
    }
}

#[test]
fn no_error_and_no_log_line_contains_the_key_for_any_response() {
    let mut kinds = Vec::new();
    for delivery in deliveries_with_the_key() {
        let sim = SimHost::new();
        sim.script(move |_| delivery.clone());
        let client = sim.client_with(|options| options.config.rate_limit_retry.max_retry_time_ms = 3_000);
        for ended in [sim.run(create(&client)), sim.run(get(&client))] {
            let error = ended.unwrap_err();
            assert_silent(&error);
            kinds.push(error.kind.code());
        }
        for (_, line) in sim.log_lines() {
            assert!(!tells_of_the_key(&line), "{line}");
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    let expected = [
        "api_error",
        "authentication_failed",
        "decode_error",
        "network_error",
        "rate_limited",
        "source_not_found",
        "unknown_outcome",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn errors_of_the_client_do_not_contain_the_key() {
    let mut script = ScriptedSession::new("FAILED");
    script.happens(-1, "end", failed("Out of luck"));
    let sim = SimHost::over(script);
    let client = sim.client();
    assert_silent(&sim.run(client.result(ID, true, None)).unwrap_err());
    let bounds = Bounds { limits: Limits { timeout_ms: Some(1) }, abort: None, ..Bounds::default() };
    sim.script(|_| Delivery::silence());
    assert_silent(&sim.run(client.bounded(bounds, "info()", client.get(ID))).unwrap_err());
    assert_silent(&sim.run(client.get(ID)).unwrap_err());
}

#[test]
fn a_key_in_the_url_of_a_proxy_or_a_custom_header_is_never_shown() {
    for delivery in deliveries_with_the_key().into_iter().chain([Delivery::served()]) {
        let sim = SimHost::new();
        sim.script(move |_| delivery.clone());
        let client = sim.client_with(|options| {
            options.base_url = format!("https://proxy.test/{KEY}/v1alpha");
            options.headers = vec![("Authorization".to_owned(), format!("Bearer {KEY}"))];
            options.config.rate_limit_retry.max_retry_time_ms = 3_000;
        });
        if let Err(error) = sim.run(get(&client)) {
            assert_silent(&error);
        }
        let lines = sim.log_lines();
        assert!(!lines.is_empty());
        for (_, line) in lines {
            assert!(!tells_of_the_key(&line), "{line}");
        }
    }
}
