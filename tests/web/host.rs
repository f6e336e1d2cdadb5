//! The host of JavaScript runtimes: requests, responses, timers, logger, environment.

use super::page::{Page, begin, client_with, data, get, js, pass, set, settled};
use jules_wasm::wasm::client::Client;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const NONE: JsValue = JsValue::UNDEFINED;

/// `info` without activities: one GET.
async fn info(client: &Client) -> Result<Value, Value> {
    settled(begin(client, "info", &NONE, &js("return { activities: false }"))).await
}

#[wasm_bindgen_test]
async fn fetch_is_called_with_exactly_the_documented_request() {
    let page = Page::new("return json({ id: '77', state: 'QUEUED' })").with("{ headers: { 'X-Team': 'tea' } }");
    let client = page.client();
    let made = settled(begin(&client, "session", &js("return { prompt: 'Grüße' }"), &NONE)).await.unwrap();
    assert_eq!((&made["id"], &made["state"]), (&json!("77"), &json!("QUEUED")));
    let call = page.call(0);
    assert_eq!(call["url"], json!("https://jules.googleapis.com/v1alpha/sessions"));
    assert_eq!((&call["method"], &call["redirect"]), (&json!("POST"), &json!("manual")));
    assert_eq!(call["cache"], json!("no-store"));
    assert_eq!(call["body"], json!(r#"{"prompt":"Grüße","requirePlanApproval":true}"#));
    let mut headers =
        json!({"X-Goog-Api-Key": "a-key-of-the-tests", "Content-Type": "application/json", "X-Team": "tea"});
    if get(&js_sys::global(), "document").is_undefined() {
        headers["User-Agent"] = json!(jules_wasm::core::http::USER_AGENT);
    }
    assert_eq!(call["headers"], headers);
    assert_eq!(page.calls().length(), 1);

    info(&client).await.unwrap();
    let call = page.call(1);
    assert_eq!((&call["method"], call.get("body")), (&json!("GET"), None));
    assert_eq!(call["cache"], json!("no-store"));
    assert_eq!(call["url"], json!("https://jules.googleapis.com/v1alpha/sessions/77"));
    assert!(!call["fields"].as_array().unwrap().contains(&json!("body")), "{call}");
}

#[wasm_bindgen_test]
async fn the_current_fetch_is_called_without_this() {
    let page = Page::new("return json({ id: '77', prompt: 'ours' })");
    let ours = get(&page.options, "fetch");
    let options = js("return { apiKey: 'a-key-of-the-tests' }");
    let client = client_with(&options);
    let global = js_sys::global();
    let theirs = get(&global, "fetch");
    set(&global, "fetch", &ours);
    let seen = info(&client).await;
    set(&global, "fetch", &theirs);
    assert_eq!(seen.unwrap()["session"]["prompt"], json!("ours"));
    assert_eq!(page.calls().length(), 1);

    let strict = js("'use strict'; const state = {};
        return { state, async fetch() { state.isBare = this === undefined; return new Response('{\"id\":\"77\"}') } }");
    set(&page.options, "fetch", &get(&strict, "fetch"));
    info(&page.client()).await.unwrap();
    assert_eq!(get(&get(&strict, "state"), "isBare"), JsValue::TRUE);
}

#[wasm_bindgen_test]
async fn status_headers_and_body_of_a_response_are_read() {
    let page = Page::new(
        "return json({ error: { code: 429, message: 'Enough.', status: 'RESOURCE_EXHAUSTED' } }, 429,
           { 'Retry-After': 'Sun, 06 Nov 1994 08:49:44 GMT', Date: 'Sun, 06 Nov 1994 08:49:37 GMT' })",
    );
    let error = info(&page.client()).await.unwrap_err();
    let seen = [&error["code"], &error["status"], &error["rpcStatus"], &error["retryAfterMs"]];
    assert_eq!(seen, [&json!("rate_limited"), &json!(429), &json!("RESOURCE_EXHAUSTED"), &json!(7000)]);
}

#[wasm_bindgen_test]
async fn a_body_of_a_megabyte_is_complete() {
    let page = Page::new("return json({ id: '77', prompt: 'ß'.repeat(1_000_000) })");
    let seen = info(&page.client()).await.unwrap();
    assert_eq!(seen["session"]["prompt"].as_str().unwrap().chars().count(), 1_000_000);
}

#[wasm_bindgen_test]
async fn visible_and_opaque_redirects_are_rejected() {
    for answer in ["Response.redirect('https://elsewhere.test/', 302)", "Response.error()"] {
        let page = Page::new(&format!("return {answer}"));
        let error = info(&page.client()).await.unwrap_err();
        assert_eq!(error["code"], json!("api_error"), "{answer}");
        assert!(error["message"].as_str().unwrap().contains("redirect"), "{error}");
        assert_eq!(page.calls().length(), 1);
    }
}

#[wasm_bindgen_test]
async fn name_message_and_code_of_a_runtime_error_are_kept() {
    let page = Page::new(
        "const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
         throw new TypeError('fetch failed', { cause })",
    );
    let error = info(&page.client()).await.unwrap_err();
    let expected = json!({
        "name": "TypeError",
        "message": "fetch failed (connect ECONNREFUSED 127.0.0.1:9)",
        "code": "ECONNREFUSED",
    });
    assert_eq!((&error["code"], &error["outcome"]), (&json!("network_error"), &json!("notSent")));
    assert_eq!(error["cause"], expected);
}

#[wasm_bindgen_test]
async fn unusual_rejections_of_fetch_are_network_errors() {
    for (fetch, said) in [
        ("throw undefined", "fetch failed"),
        ("throw null", "fetch failed"),
        ("throw 'just text'", "just text"),
        ("throw { message: 7, code: 8, cause: 'x' }", "fetch failed"),
        ("throw Object.assign(new Error(''), { code: 'ConnectionRefused' })", "ConnectionRefused"),
    ] {
        let page = Page::new(fetch);
        let error = info(&page.client()).await.unwrap_err();
        assert_eq!(error["code"], json!("network_error"), "{fetch}");
        assert!(error["message"].as_str().unwrap().contains(said), "{fetch}: {error}");
    }
}

#[wasm_bindgen_test]
async fn a_fetch_without_a_response_is_an_error_that_says_so() {
    for answer in ["undefined", "null", "7", "'text'", "{}", "{ status: 200, headers: {}, json: async () => ({}) }"] {
        let page = Page::new(&format!("return {answer}"));
        let error = settled(begin(&page.client(), "run", &js("return { prompt: 'p' }"), &NONE)).await.unwrap_err();
        assert_eq!((&error["code"], &error["outcome"]), (&json!("network_error"), &json!("unknown")), "{answer}");
        assert!(error["message"].as_str().unwrap().contains("no Response"), "{answer}: {error}");
    }
}

#[wasm_bindgen_test]
async fn a_mocked_response_is_read_as_far_as_possible() {
    let page = Page::new(
        "const body = new TextEncoder().encode('{\"id\":\"77\"}');
         return { status: 200, headers: new Map(), arrayBuffer: async () => body.buffer }",
    );
    assert_eq!(info(&page.client()).await.unwrap()["session"]["id"], json!("77"));
}

#[wasm_bindgen_test]
async fn a_response_that_throws_is_a_network_error() {
    let client = |answer: &str| Page::new(&format!("return {answer}")).client();
    for answer in [
        "{ get status() { throw new TypeError('odd') }, async arrayBuffer() {} }",
        "{ status: 200, arrayBuffer() { throw new TypeError('odd') } }",
        "{ status: 200, async arrayBuffer() { throw new TypeError('odd') } }",
    ] {
        let error = info(&client(answer)).await.unwrap_err();
        assert_eq!((&error["code"], &error["cause"]["message"]), (&json!("network_error"), &json!("odd")), "{answer}");
    }
    // Neither throwing headers nor a body that is not a buffer ends the instance.
    let error = info(&client("{ status: 500, get headers() { throw 7 }, async arrayBuffer() {} }")).await.unwrap_err();
    assert_eq!(error["status"], json!(500));
    let error = info(&client("{ status: 200, async arrayBuffer() { return -1 } }")).await.unwrap_err();
    assert_eq!(error["code"], json!("network_error"));
}

#[wasm_bindgen_test]
async fn a_fetch_that_throws_synchronously_is_a_network_error() {
    let page = Page::new("").with("{ fetch() { throw new TypeError('Not here') } }");
    let error = info(&page.client()).await.unwrap_err();
    assert_eq!((&error["code"], &error["cause"]["message"]), (&json!("network_error"), &json!("Not here")));
}

#[wasm_bindgen_test]
async fn an_incomplete_body_is_reported_as_such() {
    let page = Page::new(
        "return new Response(new ReadableStream({
           start(body) { body.enqueue(new TextEncoder().encode('{\"id\":')); body.error(new TypeError('terminated')) },
         }))",
    );
    let error = settled(begin(&page.client(), "run", &js("return { prompt: 'p' }"), &NONE)).await.unwrap_err();
    assert_eq!((&error["code"], &error["outcome"]), (&json!("network_error"), &json!("unknown")));
    assert!(error["message"].as_str().unwrap().contains("got an incomplete response"), "{error}");
}

#[wasm_bindgen_test]
async fn an_interval_longer_than_the_largest_timer_does_not_pass_at_once() {
    // Beyond 31 and 32 bits.
    for interval in ["2_147_483_648", "3_000_000_000", "4_294_967_296", "4_294_967_297", "Number.MAX_SAFE_INTEGER"] {
        let page = Page::new("return json({ id: '77', state: 'IN_PROGRESS' })")
            .with(&format!("{{ config: {{ pollingIntervalMs: {interval} }} }}"));
        let stop = js("return new AbortController()");
        let options = js("return {}");
        set(&options, "signal", &get(&stop, "signal"));
        let waiting = begin(&page.client(), "waitFor", &"paused".into(), &options);
        pass(40).await;
        assert_eq!(page.calls().length(), 1, "{interval}");
        stop.unchecked_ref::<web_sys::AbortController>().abort();
        assert_eq!(settled(waiting).await.unwrap_err()["code"], json!("aborted"));
    }
}

#[wasm_bindgen_test]
async fn the_methods_of_the_logger_are_called() {
    let page = Page::new("return state.calls.length < 2 ? json({}, 503) : json({ id: '77' })").with(
        "{ config: { rateLimitRetry: { baseDelayMs: 1 } },
           logger: { lines: state.lines = [], debug(line) { this.lines.push(['debug', line]) },
                     warn(line) { this.lines.push(['warn', line]) } } }",
    );
    info(&page.client()).await.unwrap();
    let lines = data(&get(&page.state, "lines"));
    let levels: Vec<_> = lines.as_array().unwrap().iter().map(|line| line[0].clone()).collect();
    assert_eq!(levels, [json!("debug"), json!("warn"), json!("debug")], "{lines}");
    assert!(lines[0][1].as_str().unwrap().ends_with("/sessions/77 answered 503"), "{lines}");
    assert!(!lines.to_string().contains("a-key-of-the-tests"), "{lines}");
}

#[wasm_bindgen_test]
async fn a_logger_that_throws_or_lacks_a_method_ends_no_call() {
    for logger in ["{ debug() { throw new Error('full') } }", "{}", "{ debug: 7, warn: null }"] {
        let page = Page::new("return json({ id: '77' })").with(&format!("{{ logger: {logger} }}"));
        assert!(info(&page.client()).await.is_ok(), "{logger}");
    }
}

#[wasm_bindgen_test]
async fn the_key_is_read_from_the_environment_at_the_first_request() {
    let page = Page::new("return json({ id: '77' })").with("{ apiKey: undefined }");
    let client = page.client();
    js("globalThis.process ??= { isOurs: true }; process.env ??= {}; delete process.env.JULES_API_KEY");
    let without = info(&client).await;
    assert_eq!(without.unwrap_err()["code"], json!("missing_api_key"));
    assert_eq!(page.calls().length(), 0);
    js("process.env.JULES_API_KEY = 'from-the-environment'");
    let with = info(&client).await;
    js("delete process.env.JULES_API_KEY; if (process.isOurs) delete globalThis.process");
    assert!(with.is_ok());
    assert_eq!(page.call(0)["headers"]["X-Goog-Api-Key"], json!("from-the-environment"));
}
