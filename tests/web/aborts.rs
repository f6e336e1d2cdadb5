//! Aborts and timeouts, after which nothing remains.

use super::page::{Page, begin, get, js, next, pass, set, settled, stream};
use js_sys::Promise;
use jules_wasm::wasm::client::Client;
use serde_json::json;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::AbortController;

const NONE: JsValue = JsValue::UNDEFINED;

/// Starts `info` without activities, with a signal.
fn info(client: &Client, signal: &JsValue) -> Promise {
    let options = js("return { activities: false }");
    set(&options, "signal", signal);
    begin(client, "info", &NONE, &options)
}

#[wasm_bindgen_test]
async fn the_request_is_aborted_with_the_call() {
    for answer in ["return never()", "return new Response(new ReadableStream({}))"] {
        let page = Page::new(answer);
        let stop = AbortController::new().unwrap();
        let asking = info(&page.client(), &stop.signal());
        pass(10).await;
        assert!(!page.is_aborted(0));
        stop.abort();
        let error = settled(asking).await.unwrap_err();
        assert_eq!(error["code"], json!("aborted"));
        assert!(page.is_aborted(0), "{answer}");
        pass(10).await;
        assert_eq!(page.calls().length(), 1);
    }
}

#[wasm_bindgen_test]
async fn the_request_is_aborted_at_the_timeout() {
    for answer in ["return never()", "return new Response(new ReadableStream({}))"] {
        let page = Page::new(answer);
        let asking = begin(&page.client(), "info", &NONE, &js("return { timeoutMs: 20, activities: false }"));
        assert_eq!(settled(asking).await.unwrap_err()["code"], json!("timeout"));
        assert!(page.is_aborted(0), "{answer}");
    }
}

#[wasm_bindgen_test]
async fn the_request_is_aborted_at_the_request_timeout() {
    let page = Page::new("return new Response(new ReadableStream({}))")
        .with("{ config: { requestTimeoutMs: 20, rateLimitRetry: { maxRetryTimeMs: 0 } } }");
    let error = settled(info(&page.client(), &NONE)).await.unwrap_err();
    assert_eq!(error["code"], json!("network_error"));
    assert!(error["message"].as_str().unwrap().contains("20 ms"), "{error}");
    assert!(page.is_aborted(0));
}

#[wasm_bindgen_test]
async fn a_completed_request_is_not_aborted() {
    let page = Page::new("return json({ id: '77' })");
    settled(info(&page.client(), &NONE)).await.unwrap();
    pass(5).await;
    assert!(!page.is_aborted(0));
}

#[wasm_bindgen_test]
async fn an_aborted_signal_sends_nothing() {
    let page = Page::new("return json({ id: '77' })");
    let error = settled(info(&page.client(), &js("return AbortSignal.abort()"))).await.unwrap_err();
    assert_eq!((&error["code"], page.calls().length()), (&json!("aborted"), 0));
}

/// A signal that counts its listeners.
fn counting_signal() -> JsValue {
    js("return {
          aborted: false,
          added: 0,
          listeners: new Set(),
          addEventListener(type, listener) { this.added++; this.listeners.add(listener) },
          removeEventListener(type, listener) { this.listeners.delete(listener) },
          get left() { return this.listeners.size },
        }")
}

#[wasm_bindgen_test]
async fn no_listener_is_left_on_a_signal_after_a_call() {
    for answer in ["return json({ id: '77' })", "throw new TypeError('fetch failed')"] {
        let page = Page::new(answer);
        let signal = counting_signal();
        let ended = settled(info(&page.client(), &signal)).await;
        assert_eq!(ended.is_ok(), answer.starts_with("return"));
        pass(5).await;
        assert_eq!((get(&signal, "added"), get(&signal, "left")), (1.into(), 0.into()), "{answer}");
    }
}

const ACTIVITIES: &str = "if (!url.includes('/activities')) return json({ id: '77', state: 'IN_PROGRESS' });
  return json(url.includes('filter=') ? {} : { activities: [
    { id: 'a', createTime: '2026-08-21T21:05:11Z', agentMessaged: { agentMessage: 'Hello' } }] })";

#[wasm_bindgen_test]
async fn a_closed_stream_leaves_no_request_and_no_timer() {
    let page = Page::new(ACTIVITIES).with("{ config: { pollingIntervalMs: 30 } }");
    let stream = stream(&page.client(), &NONE);
    let first = settled(next(&stream)).await.unwrap();
    assert_eq!(first["entries"][0]["agentMessaged"]["agentMessage"], json!("Hello"));
    let coming = next(&stream);
    pass(5).await;
    stream.close();
    assert_eq!(settled(coming).await, Ok(json!(null)));
    let sent = page.calls().length();
    pass(80).await;
    assert_eq!(page.calls().length(), sent);
    assert_eq!(settled(next(&stream)).await, Ok(json!(null)));
}

#[wasm_bindgen_test]
async fn an_aborted_signal_rejects_a_stream_and_aborts_its_request() {
    let page = Page::new("return never()");
    let stop = AbortController::new().unwrap();
    let options = js("return {}");
    set(&options, "signal", stop.signal().unchecked_ref());
    let stream = stream(&page.client(), &options);
    let coming = next(&stream);
    pass(5).await;
    stop.abort();
    assert_eq!(settled(coming).await.unwrap_err()["code"], json!("aborted"));
    assert!(page.is_aborted(0));
}
