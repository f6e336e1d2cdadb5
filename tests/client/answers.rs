//! Invalid responses: redirects, pages, truncated bodies.

use crate::support::delivery::End;
use crate::support::scripted_session::{ID, ScriptedSession};
use crate::support::{Answer, Delivery, SimHost, hasty, run_request};
use jules_wasm::client::{Change, Client, PageRequest};
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::http::FetchError;
use jules_wasm::core::outcome::classify::NO_RESPONSE;
use jules_wasm::core::state::SessionState;
use serde_json::json;

async fn get(client: &Client<SimHost>) -> Result<(), Error> {
    client.sources(&Default::default()).await.map(drop)
}

async fn create(client: &Client<SimHost>) -> Result<(), Error> {
    client.create(&run_request(&json!({"prompt": "p"}))).await.map(drop)
}

#[test]
fn a_redirect_is_rejected_and_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let sim = SimHost::new();
        sim.script(move |_| Delivery::answer(Answer { status, ..Answer::default() }));
        let error = sim.run(create(&sim.client())).unwrap_err();
        assert_eq!((error.kind, error.outcome), (ErrorKind::Api, Some(Effect::Refused)), "{status}");
        assert!(error.message.contains("redirect") && error.message.contains("API key"), "{error}");
        assert_eq!(sim.calls().len(), 1);
    }
}

#[test]
fn opaque_and_cached_responses_are_reported_as_such() {
    for (status, words) in [(0, "opaque"), (304, "cache")] {
        let sim = SimHost::new();
        sim.script(move |_| Delivery::answer(Answer { status, ..Answer::default() }));
        let error = sim.run(create(&sim.client())).unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::Api, Some(status)));
        assert!(error.message.contains(words) && !error.message.contains("API key"), "{error}");
    }
}

#[test]
fn a_page_instead_of_json_is_quoted_in_the_error() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::body("<html><title>Sign in</title></html>"));
    for ended in [sim.run(get(&sim.client())), sim.run(create(&hasty(&sim)))] {
        let error = ended.unwrap_err();
        assert_eq!((error.kind, error.kind.code(), error.status), (ErrorKind::Decode, "decode_error", Some(200)));
        assert!(error.message.contains("<title>Sign in</title>"), "{error}");
    }
}

#[test]
fn a_url_that_responds_with_pages_is_an_error_within_seconds() {
    let sim = SimHost::new();
    sim.fix_random(1.0);
    sim.script(|_| Delivery::body("<html>"));
    sim.run(get(&sim.client())).unwrap_err();
    assert!(sim.elapsed_ms() <= 5_000, "{} ms", sim.elapsed_ms());
    assert!(sim.calls().len() > 1, "one page among many answers is no reason to give up");
}

#[test]
fn a_truncated_body_is_never_read_as_a_session() {
    let whole = include_str!("../fixtures/session-queued.json").trim_end();
    for length in 1..whole.len() {
        let sim = SimHost::new();
        sim.next_deliveries([Delivery::body(&whole.as_bytes()[..length])]);
        let error = sim.run(create(&hasty(&sim))).unwrap_err();
        assert_eq!((error.kind, error.outcome), (ErrorKind::Decode, Some(Effect::Unknown)), "{length}");
        assert!(error.message.contains("check this before you send it again"), "{error}");
        assert_eq!(sim.calls().len(), 1);
    }
}

#[test]
fn a_read_with_a_truncated_body_is_retried() {
    let sim = SimHost::new();
    sim.next_deliveries([Delivery::cut(20)]);
    sim.run(get(&sim.client())).unwrap();
    assert_eq!(sim.calls().len(), 2);
}

/// Bodies that are not JSON objects.
const NO_OBJECTS: [&str; 8] = ["", "\n", "null", "7", "\"text\"", "[]", "[{}]", "true"];

/// Objects without name and id.
const NOBODYS: [&str; 4] = ["{}", "{\"name\":5}", "{\"id\":\"\"}", "{\"prompt\":\"p\",\"outputs\":[]}"];

#[test]
fn a_body_that_is_not_an_object_is_neither_a_list_nor_a_session() {
    for (body, status) in NO_OBJECTS.into_iter().zip([200, 204].into_iter().cycle()) {
        let sim = SimHost::new();
        sim.script(move |_| Delivery::answer(Answer { status, body: body.into(), ..Answer::default() }));
        let client = sim.client();
        let ends = [
            sim.run(client.sessions(&Default::default())).map(drop),
            sim.run(client.sources(&Default::default())).map(drop),
            sim.run(client.activities(ID, &Default::default())).map(drop),
            sim.run(client.get(ID)).map(drop),
            sim.run(create(&hasty(&sim))),
        ];
        for end in ends {
            assert_eq!(end.unwrap_err().kind, ErrorKind::Decode, "{body}");
        }
    }
}

#[test]
fn a_resource_without_name_and_id_is_invalid() {
    for body in NOBODYS {
        let sim = SimHost::new();
        sim.script(move |_| Delivery::body(body));
        let client = sim.client();
        let ends = [
            sim.run(client.get(ID)).map(drop),
            sim.run(client.activity(ID, "a")).map(drop),
            sim.run(client.source("sources/github/o/r")).map(drop),
        ];
        for end in ends {
            let error = end.unwrap_err();
            assert_eq!(
                (error.kind.code(), error.status, error.attempts),
                ("decode_error", Some(200), Some(3)),
                "{body}"
            );
            assert!(error.message.contains("has neither name nor id"), "{error}");
        }
    }
}

/// An error of the service.
const ERROR: &str = r#"{"error":{"code":503,"message":"Backend error.","status":"UNAVAILABLE"}}"#;

#[test]
fn an_error_body_is_invalid_with_any_status() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::body(ERROR));
    let client = sim.client();
    let ends = [
        sim.run(client.sessions(&Default::default())).map(drop),
        sim.run(client.activities(ID, &Default::default())).map(drop),
        sim.run(client.change(ID, Change::ApprovePlan)),
        sim.run(client.delete(ID)),
        sim.run(hasty(&sim).send(ID, "m")),
    ];
    for end in ends {
        let error = end.unwrap_err();
        assert_eq!((error.kind.code(), error.outcome), ("decode_error", Some(Effect::Unknown)));
        assert!(error.message.contains("reports an error") && error.message.contains("Backend error"), "{error}");
    }
}

#[test]
fn an_empty_list_is_an_object_without_fields() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::body("{ }"));
    let page = sim.run(sim.client().sessions(&Default::default())).unwrap();
    assert_eq!((page.items.len(), page.next_page_token), (0, None));
    assert_eq!(sim.calls().len(), 1);
}

#[test]
fn a_page_whose_token_was_used_before_is_not_read() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::body(r#"{"nextPageToken":"here"}"#));
    let client = sim.client();
    let first = PageRequest { page_token: Some("here".to_owned()), ..PageRequest::default() };
    let trail = sim.run(client.sessions(&first)).unwrap().trail;
    let request = PageRequest { trail, ..first };
    let errors = [
        sim.run(client.sessions(&request)).unwrap_err(),
        sim.run(client.sources(&request)).unwrap_err(),
        sim.run(client.activities(ID, &request)).unwrap_err(),
    ];
    assert_eq!(errors.map(|error| error.kind), [ErrorKind::Decode; 3]);
    assert_eq!(sim.calls().len(), 1);
}

#[test]
fn a_wait_for_a_session_without_state_ends() {
    for body in NO_OBJECTS.into_iter().chain(NOBODYS) {
        let sim = SimHost::new();
        sim.script(move |_| Delivery::body(body));
        let client = sim.client();
        let ends = [
            sim.run(client.result(ID, false, None)).map(drop),
            sim.run(client.wait(ID, &Default::default(), None)).map(drop),
            sim.run(client.wait_for(ID, SessionState::Completed)).map(drop),
        ];
        for end in ends {
            assert_eq!(end.unwrap_err().kind, ErrorKind::Decode, "{body}");
        }
        assert!(sim.elapsed_ms() < 30_000, "{} ms", sim.elapsed_ms());
    }
}

#[test]
fn a_wait_that_has_seen_its_session_continues_through_a_burst_of_empty_responses() {
    for body in ["", "null", "{}", "{\"title\":\"t\"}"] {
        let mut script = ScriptedSession::new("IN_PROGRESS");
        script.state(100_000, "COMPLETED");
        let sim = SimHost::over(script);
        sim.script(move |arrival| match arrival.at_ms {
            10_000..18_000 => Delivery::body(body),
            _ => Delivery::served(),
        });
        let session = sim.run(sim.client().result(ID, false, None)).unwrap();
        assert_eq!((session.session.id.as_str(), session.session.state), (ID, SessionState::Completed), "{body}");
        let session = sim.run(sim.client().wait_for(ID, SessionState::Completed)).unwrap();
        assert_eq!(session.prompt(), "As taped", "{body}");
    }
}

#[test]
fn a_list_entry_without_name_and_id_is_left_out() {
    let sim = SimHost::new();
    sim.script(|_| {
        Delivery::body(r#"{"sessions":[null,7,{},{"name":5,"title":"t"},{"name":"sessions/1"},{"id":"2"}]}"#)
    });
    let sessions = sim.run(sim.client().sessions(&Default::default())).unwrap();
    assert_eq!(sessions.items.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
}

#[test]
fn an_empty_body_is_valid_for_operations_without_a_result() {
    for body in NO_OBJECTS.into_iter().chain(NOBODYS) {
        let sim = SimHost::new();
        sim.script(move |_| Delivery::body(body));
        let client = sim.client();
        for change in [Change::ApprovePlan, Change::Archive, Change::Unarchive] {
            sim.run(client.change(ID, change)).unwrap();
        }
        sim.run(client.send(ID, "m")).unwrap();
        sim.run(client.delete(ID)).unwrap();
        assert_eq!(sim.calls().len(), 5, "{body}");
    }
}

#[test]
fn an_error_response_without_json_is_quoted() {
    for body in ["", "<html>Bad gateway</html>", "{\"error\":\"text\"}", "[1]", "\u{0}\u{1}"] {
        let sim = SimHost::new();
        let answer = Answer { status: 418, body: body.into(), ..Answer::default() };
        sim.script(move |_| Delivery::answer(answer.clone()));
        let error = sim.run(get(&sim.client())).unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::Api, Some(418)));
        assert!(error.message.starts_with("[418] GET https://jules.googleapis.com/v1alpha/sources: "), "{error}");
    }
}

#[test]
fn invalid_utf8_in_unused_fields_does_not_matter() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::body(&b"{\"id\":\"77\",\"prompt\":\"\xff\xfe\"}"[..]));
    let session = sim.run(sim.client().get("77")).unwrap();
    assert_eq!((session.id.as_str(), session.prompt().as_str()), ("77", "\u{FFFD}\u{FFFD}"));
}

#[test]
fn endless_nesting_is_rejected_without_overflow() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::body("[".repeat(100_000)));
    assert_eq!(sim.run(create(&hasty(&sim))).unwrap_err().kind, ErrorKind::Decode);
}

/// The host's report of a faulty `fetch`.
fn fetch_that(says: &str, code: &str, answered: bool) -> Delivery {
    let (name, message, code) = ("TypeError".to_owned(), says.to_owned(), Some(code.to_owned()));
    Delivery {
        end: End::Error(FetchError { name, message, code, answered, ..FetchError::default() }),
        ..Delivery::served()
    }
}

#[test]
fn an_invalid_url_is_an_error_immediately() {
    let sim = SimHost::new();
    let delivery = fetch_that("Failed to parse URL from /api (Invalid URL)", "ERR_INVALID_URL", false);
    sim.script(move |_| Delivery { reaches_the_service: false, ..delivery.clone() });
    for ended in [sim.run(get(&sim.client())), sim.run(create(&sim.client()))] {
        let error = ended.unwrap_err();
        assert_eq!(
            (error.kind, error.outcome, error.retryable),
            (ErrorKind::Network, Some(Effect::NotSent), Some(false))
        );
        assert_eq!((error.attempts, sim.elapsed_ms()), (Some(1), 0));
    }
}

#[test]
fn a_fetch_without_a_response_is_an_error_immediately_and_the_outcome_of_a_create_is_unknown() {
    let sim = SimHost::new();
    sim.script(|_| fetch_that("what fetch gave is no Response", NO_RESPONSE, true));
    let error = sim.run(get(&sim.client())).unwrap_err();
    assert_eq!((error.kind, error.retryable, error.attempts), (ErrorKind::Network, Some(false), Some(1)));
    assert!(error.message.contains("no Response"), "{error}");
    let error = sim.run(create(&sim.client())).unwrap_err();
    assert_eq!((error.kind, error.outcome), (ErrorKind::Network, Some(Effect::Unknown)));
    assert_eq!((sim.calls().len(), sim.elapsed_ms()), (3, 0), "{:?}", sim.calls());
}

#[test]
fn a_fetch_without_a_response_ends_a_wait() {
    let sim = SimHost::over(ScriptedSession::new("IN_PROGRESS"));
    sim.script(|arrival| match arrival.at_ms {
        ..10_000 => Delivery::served(),
        _ => fetch_that("what fetch gave is no Response", NO_RESPONSE, true),
    });
    let error = sim.run(sim.client().wait_for(ID, SessionState::Completed)).unwrap_err();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Network, Some(1)));
}
