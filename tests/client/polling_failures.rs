//! Which failures of polls end the calls that wait for a session they have seen.

use crate::polling::{emulator, make, within};
use crate::support::scripted_session::{ID, ScriptedSession, agent, completed, progress, user};
use crate::support::{Arrival, Delivery, SimHost};
use futures::future::{LocalBoxFuture, join_all};
use jules_wasm::client::{ActivityStream, Client, StreamOptions, WaitOptions};
use jules_wasm::core::error::{Error, ErrorKind};
use jules_wasm::core::state::SessionState;
use jules_wasm::host::Host;

/// The start of the failures.
const TROUBLE_MS: i64 = 60_000;

/// Possible responses of another server at this URL.
const UNREADABLE: [&str; 4] = ["<html>Log in to the network</html>", "null", r#"{"error":{"code":1}}"#, r#"{"st"#];

/// A session that works for an hour, reports twice a minute, answers questions after two minutes, then completes.
fn working() -> ScriptedSession {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    for step in 1..120 {
        script.happens(step * 30_000, &format!("step-{step}"), progress("More"));
    }
    script.happens(3_600_000, "end", completed());
    script.state(3_600_000, "COMPLETED");
    script.on_message(|script, now_ms, prompt| {
        script.happens(now_ms, "question", user(prompt));
        script.happens(now_ms + 120_000, "answer", agent("Here"));
    });
    script
}

async fn read_to_the_end(client: &Client<SimHost>) -> Result<(), Error> {
    let mut stream = ActivityStream::new(client.clone(), ID, StreamOptions::default());
    while stream.next().await?.is_some() {}
    Ok(())
}

/// Runs every kind of call that waits, each in its own simulation, with its name.
fn each_call(
    script: impl Fn(&Arrival<'_>) -> Delivery + Clone + 'static,
    check: impl Fn(&str, &SimHost, Result<(), Error>),
) {
    type Call = fn(Client<SimHost>) -> LocalBoxFuture<'static, Result<(), Error>>;
    let calls: [(&str, Call); 5] = [
        ("waitFor", |client| Box::pin(async move { client.wait_for(ID, SessionState::Paused).await.map(drop) })),
        ("wait", |client| Box::pin(async move { client.wait(ID, &WaitOptions::default(), None).await.map(drop) })),
        ("result", |client| Box::pin(async move { client.result(ID, false, None).await.map(drop) })),
        ("stream", |client| Box::pin(async move { read_to_the_end(&client).await })),
        ("ask", |client| Box::pin(async move { client.ask(ID, "Which?").await.map(drop) })),
    ];
    for (name, call) in calls {
        let sim = SimHost::over(working());
        sim.script(script.clone());
        let client = sim.client();
        let ended = sim.run(client.bounded(within(7_200_000), name, call(client.clone())));
        assert_eq!((sim.timers(), sim.in_flight()), (0, 0), "{name}");
        check(name, &sim, ended);
    }
}

#[test]
fn permanently_unreadable_responses_end_every_wait() {
    for body in UNREADABLE {
        let trouble = move |arrival: &Arrival<'_>| {
            if arrival.at_ms >= TROUBLE_MS { Delivery::body(body) } else { Delivery::served() }
        };
        each_call(trouble, |name, sim, ended| {
            let error = ended.expect_err(name);
            assert_eq!((error.kind, error.kind.code()), (ErrorKind::Decode, "decode_error"), "{name} {body}");
            let lasted_ms = sim.elapsed_ms() - TROUBLE_MS;
            assert!((10_000..60_000).contains(&lasted_ms), "{name} {body}: {lasted_ms} ms");
        });
    }
}

#[test]
fn permanent_refusals_end_every_wait() {
    for status in [302, 401, 403, 404, 410] {
        let trouble = move |arrival: &Arrival<'_>| {
            if arrival.at_ms >= TROUBLE_MS { Delivery::status(status) } else { Delivery::served() }
        };
        each_call(trouble, |name, sim, ended| {
            assert_eq!(ended.expect_err(name).status, Some(status), "{name}");
            let lasted_ms = sim.elapsed_ms() - TROUBLE_MS;
            assert!((20_000..60_000).contains(&lasted_ms), "{name} {status}: {lasted_ms} ms");
        });
    }
}

#[test]
fn a_short_burst_of_refusals_or_unreadable_responses_ends_no_wait() {
    for (delivery, burst_ms) in [
        (Delivery::status(401), 18_000),
        (Delivery::status(403), 18_000),
        (Delivery::status(404), 18_000),
        (Delivery::body("<html>Log in</html>"), 8_000),
    ] {
        // Again every five minutes: a success in between resets the count.
        let trouble = move |arrival: &Arrival<'_>| {
            let is_burst = arrival.at_ms > TROUBLE_MS && arrival.at_ms % 300_000 < burst_ms;
            if is_burst { delivery.clone() } else { Delivery::served() }
        };
        each_call(trouble, |name, _, ended| {
            ended.expect(name);
        });
    }
}

#[test]
fn permanently_failing_activity_lists_end_their_readers_although_polls_succeed() {
    for (delivery, kind) in
        [(Delivery::body("<html>"), ErrorKind::Decode), (Delivery::status(403), ErrorKind::Authentication)]
    {
        let trouble = move |arrival: &Arrival<'_>| {
            let is_listing = arrival.is("GET", "/activities");
            if is_listing && arrival.at_ms >= TROUBLE_MS { delivery.clone() } else { Delivery::served() }
        };
        each_call(trouble, |name, sim, ended| {
            if matches!(name, "stream" | "ask") {
                assert_eq!(ended.expect_err(name).kind, kind, "{name}");
                assert!(sim.elapsed_ms() < 2 * TROUBLE_MS + 60_000, "{name}: {} ms", sim.elapsed_ms());
            } else {
                ended.expect(name);
            }
        });
    }
}

#[test]
fn a_later_page_that_is_permanently_unreadable_ends_a_stream() {
    let mut script = ScriptedSession::new("IN_PROGRESS");
    (0..5).for_each(|number| script.happens(number - 100, &format!("a{number}"), progress("More")));
    script.pages_of(2);
    let sim = SimHost::over(script);
    sim.script(|arrival| if arrival.is("GET", "pageToken") { Delivery::body("<html>") } else { Delivery::served() });
    let client = sim.client();
    let error = sim.run(client.bounded(within(3_600_000), "stream", read_to_the_end(&client))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!((10_000..60_000).contains(&sim.elapsed_ms()), "{} ms", sim.elapsed_ms());
}

#[test]
fn a_refused_or_unreadable_first_poll_is_an_error_immediately() {
    for (delivery, within_ms) in
        [(Delivery::status(403), 0), (Delivery::status(404), 0), (Delivery::body("<html>"), 5_000)]
    {
        let sim = SimHost::over(working());
        sim.script(move |_| delivery.clone());
        assert!(sim.run(sim.client().result(ID, false, None)).is_err());
        assert!(sim.elapsed_ms() <= within_ms, "{} ms", sim.elapsed_ms());
    }
}

/// Runs two results to their end, with this response for their list.
fn two_results(list: impl Fn(&Arrival<'_>) -> Option<Delivery> + 'static) -> SimHost {
    let sim = emulator(60_000, "default");
    let client = sim.client();
    sim.run(async {
        let ids = make(&client, 2).await;
        sim.script(move |arrival| {
            let delivery = arrival.is("GET", "/sessions?").then(|| list(arrival)).flatten();
            delivery.unwrap_or_else(Delivery::served)
        });
        sim.forget_requests();
        for outcome in join_all(ids.iter().map(|id| client.result(id, false, None))).await {
            assert_eq!(outcome.unwrap().session.state, SessionState::Completed);
        }
    });
    sim
}

#[test]
fn after_an_unreadable_list_sessions_are_polled_singly() {
    for delivery in [Delivery::body("<!doctype html>"), Delivery::status(404)] {
        let sim = two_results(move |_| Some(delivery.clone()));
        let lists = i64::try_from(sim.count("GET", "/sessions?")).unwrap();
        assert!(lists <= 3 * (sim.elapsed_ms() / 60_000 + 1), "{lists} lists in {} ms", sim.elapsed_ms());
    }
}

#[test]
fn a_burst_of_refused_lists_turns_them_off_temporarily() {
    let sim = two_results(|arrival| (10_000..14_000).contains(&arrival.at_ms).then(|| Delivery::status(403)));
    let minutes = sim.elapsed_ms() / 60_000;
    let singles = i64::try_from(sim.count("GET", "/sessions/")).unwrap();
    assert!(singles < 2 * 12 * 2 + 12 * minutes / 3, "{singles} polls of single sessions in {minutes} minutes");
}

#[test]
fn a_subscriber_added_during_an_outage_gets_the_error_and_the_others_continue() {
    let sim = SimHost::over(working());
    sim.script(|arrival| match (TROUBLE_MS..TROUBLE_MS + 12_000).contains(&arrival.at_ms) {
        true => Delivery::status(403),
        false => Delivery::served(),
    });
    let client = sim.client();
    let late = async {
        sim.sleep(66_000).await;
        client.wait_for(ID, SessionState::Paused).await
    };
    let (early, late) = sim.run(futures::future::join(client.result(ID, false, None), late));
    assert_eq!((early.unwrap().session.state, late.unwrap_err().status), (SessionState::Completed, Some(403)));
}
