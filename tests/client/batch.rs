//! Batches, and the limit of requests in flight.

use crate::polling::within;
use crate::support::{Delivery, SimHost, run_request};
use futures::future::{AbortHandle, join, join_all};
use jules_wasm::client::batch::BatchOptions;
use jules_wasm::client::{Bounds, PageRequest};
use jules_wasm::core::error::{Effect, Error, ErrorKind};
use jules_wasm::host::Host;
use serde_json::json;
use std::cell::{Cell, RefCell};

fn options(concurrency: u64, stop_on_error: bool, delay_ms: u64) -> BatchOptions {
    BatchOptions { concurrency, max_running: None, stop_on_error, delay_ms, timeout_ms: None }
}

/// The start times of items.
type Begun = Vec<(i64, usize)>;

/// Runs items with these durations. Returns their start times and results. A duration of 13 fails.
fn work(sim: &SimHost, times: &[u64], options: &BatchOptions) -> (Begun, Vec<Option<Result<usize, u64>>>) {
    let begun = RefCell::new(Vec::new());
    let results = sim.run(sim.client().batch(times.len(), options, None, |index, _| {
        let begun = &begun;
        async move {
            begun.borrow_mut().push((sim.elapsed_ms(), index));
            sim.sleep(times[index]).await;
            if times[index] == 13 { Err(13) } else { Ok(index) }
        }
    }));
    (begun.into_inner(), results)
}

#[test]
fn results_are_in_the_order_of_the_items_in_whatever_order_they_end() {
    let sim = SimHost::new();
    let (_, results) = work(&sim, &[50, 10, 40, 20, 30], &options(3, true, 0));
    assert_eq!(results, (0..5).map(|index| Some(Ok(index))).collect::<Vec<_>>());
}

#[test]
fn concurrency_is_limited_and_items_start_in_order() {
    for concurrency in [1, 3, 100] {
        let sim = SimHost::new();
        let (now, most) = (Cell::new(0_u64), Cell::new(0));
        let order = RefCell::new(Vec::new());
        let count = 20;
        sim.run(sim.client().batch(count, &options(concurrency, true, 0), None, |index, _| {
            order.borrow_mut().push(index);
            let (now, most, sim) = (&now, &most, &sim);
            async move {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                sim.sleep(1 + (index as u64 * 7) % 5).await;
                now.set(now.get() - 1);
                Ok::<_, ()>(())
            }
        }));
        assert_eq!(most.get(), concurrency.min(20));
        assert_eq!(order.into_inner(), (0..count).collect::<Vec<_>>());
    }
}

#[test]
fn no_item_starts_after_a_failure_and_items_in_progress_are_awaited() {
    let sim = SimHost::new();
    let (begun, results) = work(&sim, &[100, 13, 100, 100, 100], &options(2, true, 0));
    assert_eq!(begun, [(0, 0), (0, 1)]);
    assert_eq!(results, [Some(Ok(0)), Some(Err(13)), None, None, None]);
    assert_eq!(sim.elapsed_ms(), 100);
}

#[test]
fn without_stop_on_error_all_items_run() {
    let sim = SimHost::new();
    let (_, results) = work(&sim, &[13, 10, 13, 10], &options(2, false, 0));
    assert_eq!(results, [Some(Err(13)), Some(Ok(1)), Some(Err(13)), Some(Ok(3))]);
}

#[test]
fn there_is_a_delay_before_each_item_except_the_first() {
    let sim = SimHost::new();
    let (begun, _) = work(&sim, &[10, 10, 10], &options(1, true, 500));
    assert_eq!(begun, [(0, 0), (510, 1), (1_020, 2)]);
}

#[test]
fn after_a_failure_during_the_delay_the_next_item_does_not_start() {
    let sim = SimHost::new();
    let (begun, results) = work(&sim, &[13, 10, 10], &options(2, true, 500));
    assert_eq!((begun, results), (vec![(0, 0)], vec![Some(Err(13)), None, None]));
}

#[test]
fn an_empty_batch_ends_immediately() {
    let sim = SimHost::new();
    let (begun, results) = work(&sim, &[], &options(4, true, 500));
    assert_eq!((begun.len(), results.len(), sim.elapsed_ms()), (0, 0, 0));
}

#[test]
fn every_item_of_a_batch_of_runs_is_one_post() {
    let sim = SimHost::new();
    sim.script(|_| Delivery::slow(200));
    let client = sim.client();
    let results = sim.run(client.batch(25, &options(5, true, 0), None, |index, _| {
        let client = client.clone();
        async move { client.create(&run_request(&json!({"prompt": format!("Task {index}")}))).await }
    }));
    let prompts: Vec<_> = results.into_iter().map(|result| result.unwrap().unwrap().prompt()).collect();
    assert_eq!(prompts, (0..25).map(|index| format!("Task {index}")).collect::<Vec<_>>());
    assert_eq!((sim.count("POST", "/sessions"), sim.calls().len()), (25, 25));
    assert_eq!((sim.most_in_flight(), sim.elapsed_ms()), (5, 1_000));
}

#[test]
fn after_its_timeout_a_batch_creates_nothing_and_each_remaining_item_fails() {
    for delay_ms in [0, 100] {
        let sim = SimHost::new();
        sim.script(|_| Delivery::slow(3_000));
        let client = sim.client();
        let options = BatchOptions { timeout_ms: Some(10_000), ..options(1, false, delay_ms) };
        let results = sim.run(client.batch(10, &options, None, |index, left| {
            let bounds = Bounds { is_operation: true, ..left.map_or_else(Bounds::default, within) };
            let client = client.clone();
            async move {
                let request = run_request(&json!({"prompt": format!("Task {index}")}));
                client.bounded(bounds, "run()", client.create(&request)).await
            }
        }));
        assert_eq!(sim.elapsed_ms(), 10_000);
        let made = results.iter().filter(|result| matches!(result, Some(Ok(_)))).count();
        let errors: Vec<_> = results.into_iter().filter_map(|result| result.unwrap().err()).collect();
        assert!(errors.iter().all(|error| error.kind == ErrorKind::Timeout));
        let outcomes: Vec<_> = errors.into_iter().map(|error| error.outcome.unwrap()).collect();
        assert_eq!((made, &outcomes[..]), (3, &[&[Effect::Unknown][..], &[Effect::NotSent; 6]].concat()[..]));
        sim.script(|_| Delivery::served());
        let page = PageRequest { page_size: Some(100), ..PageRequest::default() };
        assert_eq!(sim.run(client.sessions(&page)).unwrap().items.len(), 4, "the one in doubt, and no other");
    }
}

/// The remaining time of a second for each item, with the time at which it gets it.
fn left_of_a_second(count: usize, delay_ms: u64, item_ms: u64) -> Vec<(i64, u64)> {
    let sim = SimHost::new();
    let calls = RefCell::new(Vec::new());
    let options = BatchOptions { timeout_ms: Some(1_000), ..options(1, false, delay_ms) };
    sim.run(sim.client().batch(count, &options, None, |_, left| {
        let (left, sim) = (left.unwrap(), &sim);
        calls.borrow_mut().push((sim.elapsed_ms(), left));
        async move {
            sim.sleep(if left > 0 { item_ms } else { 0 }).await;
            Ok::<_, ()>(())
        }
    }));
    calls.into_inner()
}

#[test]
fn each_item_gets_the_remaining_time() {
    assert_eq!(left_of_a_second(4, 0, 400), [(0, 1_000), (400, 600), (800, 200), (1_200, 0)]);
}

#[test]
fn delays_end_with_the_timeout() {
    assert_eq!(left_of_a_second(4, 60_000, 10), [(0, 1_000), (1_000, 0), (1_000, 0), (1_000, 0)]);
}

#[test]
fn a_timer_that_fires_a_millisecond_early_leaves_no_time() {
    assert_eq!(left_of_a_second(2, 0, 998), [(0, 1_000), (998, 2)]);
    assert_eq!(left_of_a_second(2, 0, 999), [(0, 1_000), (999, 0)]);
}

#[test]
fn the_number_of_requests_in_flight_is_limited_and_all_succeed() {
    for most in [1, 3, 50] {
        let sim = SimHost::new();
        sim.script(|_| Delivery::slow(100));
        let client = sim.client_with(|options| options.config.max_concurrent_requests = most);
        let lists = sim.run(join_all((0..60).map(|_| async { client.sources(&Default::default()).await })));
        assert!(lists.iter().all(Result::is_ok));
        assert_eq!(sim.most_in_flight() as u64, most);
        assert_eq!(sim.elapsed_ms() as u64, 60_u64.div_ceil(most) * 100);
    }
}

#[test]
fn a_call_that_waits_for_a_retry_holds_no_permit() {
    let sim = SimHost::new();
    sim.next_deliveries([Delivery::status(429).retry_after("30")]);
    let client = sim.client_with(|options| options.config.max_concurrent_requests = 1);
    let done: RefCell<Vec<(&str, i64)>> = RefCell::default();
    let list = |name: &'static str| {
        let (client, done, sim) = (&client, &done, &sim);
        async move {
            client.sources(&Default::default()).await?;
            done.borrow_mut().push((name, sim.elapsed_ms()));
            Ok::<_, Error>(())
        }
    };
    let ended = sim.run(join_all([list("first"), list("second")]));
    assert!(ended.iter().all(Result::is_ok));
    let done = done.into_inner();
    assert_eq!(done[0], ("second", 0));
    assert!(done[1].0 == "first" && done[1].1 >= 30_000, "{done:?}");
}

#[test]
fn an_aborted_batch_has_no_more_delays() {
    let sim = SimHost::new();
    let (handle, registration) = AbortHandle::new_pair();
    let aborting = async {
        sim.sleep(50).await;
        handle.abort();
    };
    let client = sim.client();
    let options = options(2, false, 3_600_000);
    let batch = client.batch(10, &options, Some(registration), |index, _| std::future::ready(Ok::<_, ()>(index)));
    let (results, ()) = sim.run(async { join(batch, aborting).await });
    assert_eq!((results.iter().flatten().count(), sim.elapsed_ms(), sim.timers()), (10, 50, 0));
}

#[test]
fn sessions_that_run_are_limited_and_the_batch_ends_with_its_last_create() {
    let sim = SimHost::new();
    let client = sim.client();
    let options = BatchOptions { max_running: Some(3), ..options(2, true, 0) };
    let task = |index, _| {
        let client = client.clone();
        async move { client.create(&run_request(&json!({"prompt": format!("Task {index}")}))).await }
    };
    let results = sim.run(client.batch_of_sessions(7, &options, None, task, |session| Some(session.id.clone())));
    assert!(results.iter().all(|result| matches!(result, Some(Ok(_)))));
    let creates: Vec<_> = sim.requests().iter().filter(|sent| sent.method == "POST").map(|sent| sent.at_ms).collect();
    // A session of the emulator runs for some seconds, and its end is seen by the next poll.
    let waves = [&creates[..3], &creates[3..6], &creates[6..]];
    assert!(waves[0].iter().all(|at| *at < 1_000) && waves[1].iter().all(|at| *at >= 5_000), "{creates:?}");
    assert!(waves[2][0] > waves[1][2] && sim.elapsed_ms() - waves[2][0] < 1_000, "{creates:?}");
}
