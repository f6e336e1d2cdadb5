//! Retries: which requests, how often and when.

use crate::support::{Answer, Delivery, SimHost, hasty, run_request};
use futures::future::{join, join_all};
use jules_wasm::client::{Change, Client};
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::core::options::OnUnknownOutcome;
use jules_wasm::host::{Host, LogLevel};
use serde_json::json;

async fn get(client: &Client<SimHost>) -> Result<(), Error> {
    client.sources(&Default::default()).await.map(drop)
}

async fn create(client: &Client<SimHost>) -> Result<(), Error> {
    client.create(&run_request(&json!({"prompt": "p"}))).await.map(drop)
}

/// Failures with an unknown outcome.
fn unclear() -> Vec<(&'static str, Delivery)> {
    let mut deliveries: Vec<_> = [500, 502, 503, 504, 408, 499, 520, 524]
        .map(|code| ("an error of the service", Delivery::status(code).committed()))
        .into_iter()
        .collect();
    deliveries.push(("a broken connection", Delivery::reset()));
    deliveries.push(("a body that broke off", Delivery::broken_body()));
    deliveries.push(("no answer in time", Delivery::silence()));
    deliveries.push(("an answer that came too late", Delivery::slow(30_001)));
    deliveries
}

/// Failures that prove that nothing was done.
fn not_done() -> Vec<(&'static str, Delivery)> {
    vec![("no connection", Delivery::no_connection())]
}

/// Refusals with `Retry-After`, which do not prove that nothing was done.
fn refused() -> Vec<(&'static str, Delivery)> {
    vec![
        ("too many requests", Delivery::status(429)),
        ("too many requests, with a time", Delivery::status(429).retry_after("2")),
        ("unavailable, with a time", Delivery::status(503).retry_after("2")),
    ]
}

/// The next POSTs have these deliveries; all other requests succeed.
fn next_posts(sim: &SimHost, deliveries: impl IntoIterator<Item = Delivery>) {
    let mut deliveries: Vec<_> = deliveries.into_iter().collect();
    deliveries.reverse();
    sim.script(move |arrival| match arrival.is("POST", "") {
        true => deliveries.pop().unwrap_or_else(Delivery::served),
        false => Delivery::served(),
    });
}

#[test]
fn reads_are_retried_after_any_failure() {
    for (what, delivery) in unclear().into_iter().chain(not_done()).chain(refused()) {
        let sim = SimHost::new();
        let client = sim.client();
        sim.run(get(&client)).unwrap();
        sim.next_deliveries([delivery.clone(), delivery]);
        sim.run(get(&client)).unwrap();
        assert_eq!(sim.calls().len(), 4, "{what}");
    }
}

#[test]
fn deletes_are_retried_and_404_after_a_lost_response_succeeds() {
    let sim = SimHost::new();
    let client = sim.client();
    let id = sim.run(client.create(&run_request(&json!({"prompt": "p"})))).unwrap().id;
    sim.next_deliveries([Delivery::reset()]);
    sim.run(client.delete(&id)).unwrap();
    assert_eq!(sim.count("DELETE", ""), 2);
}

#[test]
fn a_create_that_may_have_been_carried_out_is_sent_once() {
    for (what, delivery) in unclear() {
        let sim = SimHost::new();
        sim.next_deliveries([delivery]);
        let error = sim.run(create(&hasty(&sim))).unwrap_err();
        assert_eq!((sim.calls().len(), error.attempts, error.outcome), (1, Some(1), Some(Effect::Unknown)), "{what}");
        assert!(error.message.contains("check this before you send it again"), "{what}: {error}");
    }
}

#[test]
fn a_message_that_may_have_been_carried_out_is_sent_once() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::reset());
    assert_eq!(sim.run(hasty(&sim).send("77", "Hello")).unwrap_err().outcome, Some(Effect::Unknown));
    assert_eq!(sim.calls().len(), 1, "{:?}", sim.calls());
}

#[test]
fn idempotent_changes_are_retried() {
    for change in [Change::ApprovePlan, Change::Archive, Change::Unarchive] {
        let sim = SimHost::new();
        let client = sim.client();
        let id = sim.run(client.create(&run_request(&json!({"prompt": "p"})))).unwrap().id;
        sim.next_deliveries([Delivery::reset(), Delivery::status(503)]);
        sim.run(client.change(&id, change)).unwrap();
        assert_eq!(sim.count("POST", &id), 3, "{change:?}");
    }
}

#[test]
fn a_create_that_was_not_carried_out_is_retried() {
    for (what, delivery) in not_done() {
        let sim = SimHost::new();
        sim.next_deliveries([delivery.clone(), delivery]);
        sim.run(create(&sim.client())).unwrap();
        assert_eq!(sim.calls(), ["POST /sessions"; 3], "{what}");
    }
}

#[test]
fn a_refused_create_is_retried_once_the_list_does_not_contain_it() {
    for (what, delivery) in refused() {
        let sim = SimHost::new();
        next_posts(&sim, [delivery.clone(), delivery]);
        sim.run(create(&sim.client())).unwrap();
        let list = "GET /sessions?pageSize=100";
        assert_eq!(sim.calls(), ["POST /sessions", list, "POST /sessions", list, "POST /sessions"], "{what}");
        let [refusal, look, ..] = &sim.requests()[..] else { panic!() };
        assert!(look.at_ms - refusal.at_ms >= 7_000, "not before the time that replication may take");
    }
}

#[test]
fn a_refused_create_that_was_carried_out_is_not_sent_again() {
    for (what, delivery) in refused() {
        let sim = SimHost::new();
        next_posts(&sim, [delivery.committed()]);
        sim.run(create(&sim.client())).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(sim.count("POST", ""), 1, "{what}");
    }
}

#[test]
fn a_refused_message_that_was_carried_out_is_not_sent_again() {
    for (what, delivery) in refused() {
        let sim = SimHost::new();
        let client = sim.client();
        let id = sim.run(client.create(&run_request(&json!({"prompt": "p"})))).unwrap().id;
        next_posts(&sim, [delivery.committed()]);
        sim.run(client.send(&id, "Hello")).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(sim.count("POST", ":sendMessage"), 1, "{what}");
    }
}

#[test]
fn without_reconciling_a_refusal_is_an_error_immediately() {
    for (what, delivery) in refused() {
        let sim = SimHost::new();
        sim.next_deliveries([delivery]);
        let error = sim.run(create(&hasty(&sim))).unwrap_err();
        assert_eq!((error.outcome, sim.calls().len(), sim.elapsed_ms()), (Some(Effect::Unknown), 1, 0), "{what}");
    }
}

#[test]
fn refused_creates_share_one_list_per_round() {
    let sim = SimHost::with_emulator(&json!({"scenario": "stall"}));
    sim.script(|arrival| match arrival.is("POST", "/sessions") && arrival.at_ms < 60_000 {
        true => Delivery { back_ms: 100, ..Delivery::status(429) },
        false => Delivery::slow(100),
    });
    let client = sim.client();
    let requests: Vec<_> = (0..60).map(|number| run_request(&json!({"prompt": format!("Fix bug {number}")}))).collect();
    let created = sim.run(join_all(requests.iter().map(|request| client.create(request))));
    assert!(created.iter().all(Result::is_ok));
    let (posts, lists) = (sim.count("POST", ""), sim.count("GET", "/sessions"));
    assert!(lists * 4 < posts, "{lists} lists for {posts} creates");
}

#[test]
fn a_retried_request_is_identical() {
    let sim = SimHost::new();
    sim.next_deliveries([Delivery::no_connection()]);
    sim.run(create(&sim.client())).unwrap();
    let [first, second] = &sim.requests()[..] else { panic!("{:?}", sim.calls()) };
    assert_eq!((&first.url, &first.headers, &first.body), (&second.url, &second.headers, &second.body));
}

#[test]
fn a_permanent_refusal_is_an_error_immediately() {
    for (status, kind) in [
        (400, ErrorKind::Api),
        (401, ErrorKind::Authentication),
        (403, ErrorKind::Authentication),
        (404, ErrorKind::Api),
        (409, ErrorKind::Api),
        (501, ErrorKind::Api),
    ] {
        let sim = SimHost::new();
        sim.next_deliveries([Delivery::status(status)]);
        let error = sim.run(get(&sim.client())).unwrap_err();
        assert_eq!((error.kind, error.status, error.attempts), (kind, Some(status), Some(1)));
        assert_eq!((sim.calls().len(), sim.elapsed_ms()), (1, 0));
    }
}

#[test]
fn retry_after_is_obeyed_and_not_exceeded_by_much() {
    for (number, at_least, at_most) in [(0.0, 7_000, 7_000), (1.0, 8_000, 8_000)] {
        let sim = SimHost::new();
        sim.fix_random(number);
        sim.next_deliveries([Delivery::status(429).retry_after("7")]);
        sim.run(get(&sim.client())).unwrap();
        let second = sim.requests()[1].at_ms;
        assert!((at_least..=at_most).contains(&second), "{second}");
    }
}

#[test]
fn retry_after_may_be_a_date_by_the_services_clock() {
    let sim = SimHost::new();
    sim.fix_random(0.0);
    sim.skew_clock(600_000);
    sim.next_deliveries([Delivery::answer(Answer {
        status: 503,
        retry_after: Some("Fri, 21 Aug 2026 21:05:41 GMT".to_owned()),
        date: Some("Fri, 21 Aug 2026 21:05:11 GMT".to_owned()),
        ..Answer::default()
    })]);
    sim.run(create(&sim.client())).unwrap();
    assert_eq!(sim.requests()[1].at_ms, 30_000);
}

#[test]
fn a_retry_after_beyond_the_retry_window_is_an_error_after_reconciling() {
    for value in ["300", "86400"] {
        let sim = SimHost::new();
        sim.next_deliveries([Delivery::status(429).retry_after(value)]);
        let error = sim.run(create(&sim.client())).unwrap_err();
        assert_eq!((error.kind, error.kind.code()), (ErrorKind::RateLimit, "rate_limited"));
        assert_eq!(error.retry_after_ms, value.parse::<u64>().ok().map(|seconds| seconds * 1_000));
        assert_eq!((error.outcome, sim.count("POST", ""), sim.elapsed_ms()), (Some(Effect::Refused), 1, 7_000));
        assert!(error.message.contains("The request was not carried out"), "{error}");
    }
}

#[test]
fn delays_double_up_to_the_largest_within_the_retry_window() {
    let sim = SimHost::new();
    sim.fix_random(1.0);
    sim.script(|_| Delivery::status(503));
    let error = sim.run(get(&sim.client())).unwrap_err();
    let at: Vec<_> = sim.requests().iter().map(|sent| sent.at_ms).collect();
    let gaps: Vec<_> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps[..7], [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    assert!(sim.elapsed_ms() < 300_000 && sim.elapsed_ms() > 265_000, "{}", sim.elapsed_ms());
    assert_eq!((error.kind, error.status), (ErrorKind::Api, Some(503)));
    assert_eq!(error.attempts.map(|n| n as usize), Some(at.len()));
    assert!(error.message.contains(&format!("Attempts: {}", at.len())), "{error}");
}

#[test]
fn the_options_set_the_retry_policy() {
    let sim = SimHost::new();
    sim.fix_random(1.0);
    sim.script(|_| Delivery::status(429));
    let client = sim.client_with(|options| {
        let policy = &mut options.config.rate_limit_retry;
        (policy.max_retry_time_ms, policy.base_delay_ms, policy.max_delay_ms) = (1_000, 100, 300);
    });
    sim.run(get(&client)).unwrap_err();
    assert_eq!(sim.requests().iter().map(|sent| sent.at_ms).collect::<Vec<_>>(), [0, 100, 300, 600, 900]);

    let sim = SimHost::new();
    sim.script(|_| Delivery::status(429));
    let client = sim.client_with(|options| options.config.rate_limit_retry.max_retry_time_ms = 0);
    sim.run(get(&client)).unwrap_err();
    assert_eq!(sim.calls().len(), 1, "no time for retries is no retry");
}

#[test]
fn retries_of_many_clients_are_spread() {
    let second_attempt = |seed| {
        let sim = SimHost::new();
        sim.seed(seed);
        sim.next_deliveries([Delivery::status(429)]);
        sim.run(get(&sim.client())).unwrap();
        sim.requests()[1].at_ms
    };
    let mut delays: Vec<_> = (0..40).map(second_attempt).collect();
    assert!(delays.iter().all(|delay| (0..=1_000).contains(delay)), "{delays:?}");
    delays.sort_unstable();
    delays.dedup();
    assert!(delays.len() > 30, "{delays:?}");
    assert_eq!(second_attempt(7), second_attempt(7), "one seed, one course of things");
}

#[test]
fn a_stalled_response_ends_after_the_request_timeout() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::silence());
    let client = sim.client_with(|options| {
        options.config.request_timeout_ms = 2_500;
        options.on_unknown_outcome = OnUnknownOutcome::Throw;
    });
    let error = sim.run(create(&client)).unwrap_err();
    assert_eq!((error.kind, sim.elapsed_ms()), (ErrorKind::Network, 2_500));
    assert!(error.message.contains("2500 ms"), "{error}");
    assert_eq!((sim.in_flight(), sim.timers(), sim.dropped()), (0, 0, 1));
}

#[test]
fn a_response_at_the_last_moment_counts() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::slow(29_999));
    sim.run(create(&sim.client())).unwrap();
    assert_eq!(sim.calls().len(), 1);
}

#[test]
fn the_log_has_a_line_for_every_request_and_every_retry() {
    let sim = SimHost::new();
    sim.fix_random(0.5);
    sim.next_deliveries([Delivery::status(503), Delivery::no_connection()]);
    sim.run(get(&sim.client())).unwrap();
    let lines = sim.log_lines();
    let levels: Vec<_> = lines.iter().map(|(level, _)| *level).collect();
    assert_eq!(levels, [LogLevel::Debug, LogLevel::Warn, LogLevel::Warn, LogLevel::Debug]);
    assert!(lines[0].1.ends_with("/sources answered 503"), "{lines:?}");
    assert!(
        lines[1].1.contains("Next attempt in 500 ms; the last one starts at most 300000 ms after the first"),
        "{lines:?}"
    );
    assert!(lines[2].1.contains("ECONNREFUSED"), "{lines:?}");
}

#[test]
fn retry_after_is_obeyed_once_by_any_number_of_calls() {
    let sim = SimHost::with_emulator(&json!({"stepMs": 1_000_000, "scenario": "stall"}));
    sim.script(
        |arrival| {
            if arrival.at_ms < 60_000 { Delivery::status(429).retry_after("60") } else { Delivery::lagging(1_500) }
        },
    );
    let client = sim.client();
    let made = sim.run(join_all((0..100).map(|number| {
        let client = &client;
        async move { client.create(&run_request(&json!({"prompt": format!("p {number}")}))).await }
    })));
    assert!(made.iter().all(Result::is_ok));
    assert!(sim.elapsed_ms() < 120_000, "{} ms", sim.elapsed_ms());
}

#[test]
fn a_call_with_a_long_retry_after_does_not_remain_the_probe() {
    let sim = SimHost::new();
    let mut asked = 0;
    sim.script(move |arrival| {
        asked += 1;
        match (asked, arrival.at_ms) {
            (1, _) => Delivery::status(429).retry_after("1"),
            (2, _) => Delivery::status(429).retry_after("250"),
            (_, ..30_000) => Delivery::status(503),
            _ => Delivery::lagging(100),
        }
    });
    let client = sim.client();
    let others = async {
        sim.sleep(5_000).await;
        let answers = join_all((0..30).map(|_| get(&client))).await;
        assert!(answers.iter().all(Result::is_ok));
        sim.elapsed_ms()
    };
    let (first, others_at) = sim.run(async { join(get(&client), others).await });
    assert!(first.is_ok() && others_at < 100_000, "{others_at} ms");
}
