//! Errors in formats that differ from the service's own.

use crate::support::{KEY, Service, fixture};
use jules_wasm::emulator::{Emulator, Options, Response};
use serde_json::{Value, json};

/// The response to a list of sources that meets the fault.
fn response_with(fault: &Value) -> Response {
    let mut service = Service::with_json(json!({"faults": [{"fault": fault}]}));
    service.send("GET", "/sources", &[("X-Goog-Api-Key", KEY)], b"")
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn content_type(response: &Response) -> &str {
    response.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str()).unwrap()
}

#[test]
fn an_invalid_api_key_has_the_error_of_googles_other_services() {
    let response = response_with(&json!({"invalidApiKey": true}));
    assert_eq!((response.status, response.fault.as_deref()), (400, Some("invalidApiKey")));
    let error = &body(&response)["error"];
    assert_eq!((&error["code"], &error["status"]), (&json!(400), &json!("INVALID_ARGUMENT")));
    assert_eq!(error["message"], "API key not valid. Please pass a valid API key.");
    let info = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "jules.googleapis.com"},
    });
    assert_eq!(error["details"][0], info);
}

#[test]
fn an_error_can_be_wrapped_in_an_array() {
    for (fault, status, recorded) in [
        (json!({"status": 503, "envelope": "array"}), 503, "error-503-unavailable"),
        (json!({"status": 404, "envelope": "array"}), 404, "error-404-not-found"),
        (json!({"failedPrecondition": true, "envelope": "array"}), 400, "error-400-failed-precondition"),
    ] {
        let response = response_with(&fault);
        assert_eq!((response.status, body(&response)), (status, json!([fixture(recorded)])), "{fault}");
    }
    let limited = response_with(&json!({"status": 429, "retryInfo": "2s", "retryAfter": 2, "envelope": "array"}));
    assert_eq!(body(&limited)[0]["error"]["details"][0]["retryDelay"], "2s");
    let key = response_with(&json!({"invalidApiKey": true, "envelope": "array"}));
    assert_eq!(body(&key)[0]["error"]["details"][0]["reason"], "API_KEY_INVALID");
}

#[test]
fn an_error_can_have_the_oauth_format() {
    for (status, code) in [
        (400, "invalid_request"),
        (401, "invalid_token"),
        (403, "access_denied"),
        (429, "temporarily_unavailable"),
        (500, "server_error"),
        (503, "temporarily_unavailable"),
    ] {
        let response = response_with(&json!({"status": status, "envelope": "oauth"}));
        let body = body(&response);
        assert_eq!((response.status, &body["error"]), (status, &json!(code)));
        assert!(!body["error_description"].as_str().unwrap().is_empty());
    }
}

#[test]
fn the_body_of_a_fault_is_sent_unchanged() {
    let given = json!({"code": 5, "message": "not found", "details": [], "extra": null});
    for status in [200, 404, 503] {
        let response = response_with(&json!({"status": status, "body": given}));
        assert_eq!((response.status, body(&response)), (status, given.clone()));
        assert_eq!(content_type(&response), "application/json; charset=UTF-8");
    }
    let text = response_with(&json!({"status": 502, "body": "upstream connect error"}));
    assert_eq!(
        (text.body.as_slice(), content_type(&text)),
        (&b"upstream connect error"[..], "text/plain; charset=UTF-8")
    );
}

#[test]
fn a_fault_of_any_format_can_be_committed() {
    for fault in [
        json!({"status": 503, "envelope": "array"}),
        json!({"status": 429, "envelope": "oauth"}),
        json!({"failedPrecondition": true, "envelope": "array"}),
        json!({"status": 504, "body": {"error": {}}}),
        json!({"status": 200, "body": {"another": "schema"}}),
    ] {
        for committed in [false, true] {
            let mut fault = fault.clone();
            fault["committed"] = json!(committed);
            let mut service = Service::with_json(json!({"faults": [{"on": "create", "fault": fault}]}));
            service.send("POST", "/sessions", &[("X-Goog-Api-Key", KEY)], br#"{"prompt": "x"}"#);
            let now = service.now;
            assert_eq!(service.emulator.sessions(now).len(), usize::from(committed), "{fault}");
        }
    }
}

#[test]
fn members_that_cannot_be_combined_are_named_in_the_error() {
    let cases = [
        (json!({"status": 503, "envelope": "list"}), "`list`"),
        (json!({"reset": true, "envelope": "array"}), "`envelope`"),
        (json!({"delayMs": 5, "body": "x"}), "`body`"),
        (json!({"envelope": "array"}), "must name a fault"),
        (json!({"status": 503, "envelope": "array", "html": true}), "cannot be combined"),
        (json!({"status": 503, "body": "x", "envelope": "array"}), "cannot be combined"),
        (json!({"status": 200, "envelope": "array"}), "`status`"),
        (json!({"status": 302, "body": "x"}), "`status`"),
        (json!({"invalidApiKey": true, "body": "x"}), "cannot be combined with `invalidApiKey`"),
        (json!({"invalidApiKey": true, "status": 401}), "status and invalidApiKey"),
        (json!({"invalidApiKey": true, "committed": true}), "`committed`"),
    ];
    for (fault, expected) in cases {
        let message = Options::from_json(&json!({"faults": [{"fault": fault}]})).and_then(Emulator::new).unwrap_err();
        assert!(message.contains("option \"faults\", rule 1") && message.contains(expected), "{fault}: {message}");
    }
}
