//! Errors of `fetch` in the errors of the client.

use super::page::{Page, begin, js, settled};
use serde_json::{Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// The cause of the error of a call with this `fetch`.
async fn cause_of(fetch: &str) -> Value {
    let client = Page::new(fetch).client();
    let info = begin(&client, "info", &JsValue::UNDEFINED, &js("return { activities: false }"));
    let mut error = settled(info).await.unwrap_err();
    assert_eq!(error["code"], json!("network_error"), "{fetch}: {error}");
    error["cause"].take()
}

#[wasm_bindgen_test]
async fn messages_and_codes_of_all_causes_are_kept() {
    let cause = cause_of(
        "const [socket, tls] = [new Error('write EPIPE'), new Error('handshake failed')];
         socket.code = 'EPIPE'; tls.cause = socket; throw new TypeError('fetch failed', { cause: tls })",
    )
    .await;
    assert_eq!((&cause["code"], &cause["name"]), (&json!("EPIPE"), &json!("TypeError")));
    assert_eq!(cause["message"], json!("fetch failed (handshake failed: write EPIPE)"));
}

#[wasm_bindgen_test]
async fn several_connection_attempts_are_reported_by_the_first() {
    let cause = cause_of(
        "const attempt = (address) => Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED' });
         throw new TypeError('fetch failed', { cause: new AggregateError([attempt('::1:9'), attempt('127.0.0.1:9')]) })",
    )
    .await;
    assert_eq!(cause["code"], json!("ECONNREFUSED"));
    assert_eq!(cause["message"], json!("fetch failed (connect ECONNREFUSED ::1:9)"));
}

#[wasm_bindgen_test]
async fn circular_causes_end() {
    let cause = cause_of("const error = new TypeError('round'); error.cause = error; throw error").await;
    assert_eq!(cause["message"], json!("round"));
    let cause = cause_of("throw { get message() { throw 7 }, get cause() { throw 8 }, get code() { throw 9 } }").await;
    assert_eq!(cause["message"], json!("fetch failed"));
}

#[wasm_bindgen_test]
async fn an_error_of_a_framework_rejects_the_call_unchanged() {
    let fetch = "throw Object.assign(new Error('Dynamic server usage'), { digest: 'DYNAMIC_SERVER_USAGE', own: 7 })";
    let page = Page::new(fetch).with("{ config: {} }");
    let error =
        settled(begin(&page.client(), "run", &js("return { prompt: 'p' }"), &JsValue::UNDEFINED)).await.unwrap_err();
    assert_eq!(error, json!({ "digest": "DYNAMIC_SERVER_USAGE", "own": 7 }));
    assert_eq!(page.calls().length(), 1);
}
