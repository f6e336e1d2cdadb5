//! Ticks of a client that is closed.

use crate::journalled::keys;
use crate::support::{Caller, Delivery, Disk, SimHost};
use crate::ticks::{assert_one_session_each, bounded, drive, saving};
use jules_wasm::client::Ending;
use jules_wasm::core::error::ErrorKind;
use jules_wasm::host::Host;
use serde_json::{Value, json};

/// A tick of nine items whose client is closed during its first creates, with at most this many requests at a time. Creates as many
/// sessions as are in flight then; later ticks create the rest.
fn closed_during_creates(max_concurrent_requests: u64, in_flight: usize) {
    let (sim, disk) = (SimHost::with_emulator(&json!({"stepMs": 60_000})), Disk::default());
    sim.script(|_| Delivery::lagging(300));
    let caller = Caller::new(&sim, &disk);
    let client = sim.client_with(|options| options.config.max_concurrent_requests = max_concurrent_requests);
    let (keys, options, first) = (keys(9), saving(), Value::Null);
    let close = async {
        sim.sleep(500).await;
        client.close(None).await
    };
    let tick = Box::pin(client.tick(&first, &keys, &options, &caller));
    let tick = client.under_way("tick()", None, Ending::ByItself, tick);
    let (text, report) = sim.run(futures::future::join(tick, close));
    let state: Value = serde_json::from_str(&text.unwrap()).unwrap();
    assert_eq!((&state["counts"]["running"], sim.count("POST", "/sessions")), (&json!(in_flight), in_flight));
    assert_eq!(report.created.len(), in_flight);
    let (state, _) = drive(&caller, 9, state, &saving());
    assert_one_session_each(&sim, &state, 9, "closed");
}

#[test]
fn a_client_that_is_closed_creates_nothing_more_and_returns_the_state() {
    closed_during_creates(50, 4);
}

#[test]
fn a_create_of_a_tick_that_waits_for_a_permit_is_not_sent_once_the_client_is_closed() {
    closed_during_creates(1, 1);
}

#[test]
fn a_client_that_is_closed_while_a_tick_waits_ends_it_before_any_request() {
    let (sim, disk) = (SimHost::new(), Disk::default());
    let caller = Caller::new(&sim, &disk);
    let client = sim.client();
    let (keys, options, first) = (keys(2), bounded(), Value::Null);
    let close = async {
        sim.sleep(1_000).await;
        client.close(None).await
    };
    let (tick, _) = sim.run(futures::future::join(client.tick(&first, &keys, &options, &caller), close));
    assert_eq!((tick.unwrap_err().kind, sim.calls().len(), sim.elapsed_ms()), (ErrorKind::Closed, 0, 1_000));
}
