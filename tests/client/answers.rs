//! Answers that are none: redirects, pages, halves.

use crate::support::{Fate, SimHost, hasty, run_request, shown};
use jules_wasm::client::Client;
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::http::Response;
use serde_json::json;

async fn get(client: &Client<SimHost>) -> Result<(), Error> {
    client.sources(&Default::default()).await.map(drop)
}

async fn create(client: &Client<SimHost>) -> Result<(), Error> {
    client.create(&run_request(&json!({"prompt": "p"}))).await.map(drop)
}

#[test]
fn a_redirect_is_refused_and_not_followed() {
    for status in [0, 301, 302, 303, 307, 308] {
        let sim = SimHost::new();
        sim.script(move |_| Fate::answer(Response { status, ..Response::default() }));
        let error = sim.run(create(&sim.client())).unwrap_err();
        assert_eq!((error.kind, error.outcome), (ErrorKind::Api, Some(Effect::Refused)), "{status}");
        assert!(error.message.contains("redirect") && error.message.contains("API key"), "{error}");
        assert_eq!(sim.calls().len(), 1);
    }
}

#[test]
fn a_page_in_the_place_of_json_is_told_with_what_it_says() {
    let sim = SimHost::new();
    sim.script(|_| Fate::body("<html><title>Sign in</title></html>"));
    for ended in [sim.run(get(&sim.client())), sim.run(create(&hasty(&sim)))] {
        let error = ended.unwrap_err();
        assert_eq!((error.kind, error.code, error.status), (ErrorKind::Decode, "decode_error", Some(200)));
        assert!(error.message.contains("<title>Sign in</title>"), "{error}");
    }
}

#[test]
fn an_address_that_answers_with_pages_is_told_within_seconds() {
    let sim = SimHost::new();
    sim.fix_random(1.0);
    sim.script(|_| Fate::body("<html>"));
    sim.run(get(&sim.client())).unwrap_err();
    assert!(sim.elapsed_ms() <= 5_000, "{} ms", sim.elapsed_ms());
    assert!(sim.calls().len() > 1, "one page among many answers is no reason to give up");
}

#[test]
fn a_body_that_was_cut_anywhere_is_no_json_and_never_half_a_session() {
    let whole = include_str!("../fixtures/session-queued.json").trim_end();
    for length in 1..whole.len() {
        let sim = SimHost::new();
        sim.next_fates([Fate::body(&whole.as_bytes()[..length])]);
        let error = sim.run(create(&hasty(&sim))).unwrap_err();
        assert_eq!((error.kind, error.outcome), (ErrorKind::Decode, Some(Effect::Unknown)), "{length}");
        assert!(error.message.contains("look before you repeat it"), "{error}");
        assert_eq!(sim.calls().len(), 1);
    }
}

#[test]
fn a_cut_body_of_something_read_is_read_again() {
    let sim = SimHost::new();
    sim.next_fates([Fate::cut(20)]);
    sim.run(get(&sim.client())).unwrap();
    assert_eq!(sim.calls().len(), 2);
}

#[test]
fn json_of_the_wrong_kind_reads_as_nothing() {
    for body in ["null", "7", "\"text\"", "[]", "[{}]", "true"] {
        let sim = SimHost::new();
        sim.script(move |_| Fate::body(body));
        let sessions = sim.run(sim.client().sessions(&Default::default())).unwrap();
        assert_eq!(shown(&sessions), json!({"items": []}), "{body}");
        assert_eq!(sim.run(create(&hasty(&sim))).unwrap_err().kind, ErrorKind::Decode, "{body}");
    }
}

#[test]
fn an_error_without_json_is_told_with_what_it_says() {
    for body in ["", "<html>Bad gateway</html>", "{\"error\":\"text\"}", "[1]", "\u{0}\u{1}"] {
        let sim = SimHost::new();
        let answer = Response { status: 418, body: body.into(), ..Response::default() };
        sim.script(move |_| Fate::answer(answer.clone()));
        let error = sim.run(get(&sim.client())).unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::Api, Some(418)));
        assert!(error.message.starts_with("[418] GET https://jules.googleapis.com/v1alpha/sources: "), "{error}");
    }
}

#[test]
fn bytes_that_are_no_text_do_not_matter_where_nobody_looks() {
    let sim = SimHost::new();
    sim.script(|_| Fate::body(&b"{\"id\":\"77\",\"prompt\":\"\xff\xfe\"}"[..]));
    let session = sim.run(sim.client().get("77")).unwrap();
    assert_eq!((session.id.as_str(), session.prompt.as_str()), ("77", "\u{FFFD}\u{FFFD}"));
}

#[test]
fn nesting_without_end_is_refused_and_does_not_overflow() {
    let sim = SimHost::new();
    sim.script(|_| Fate::body("[".repeat(100_000)));
    assert_eq!(sim.run(create(&hasty(&sim))).unwrap_err().kind, ErrorKind::Decode);
}
