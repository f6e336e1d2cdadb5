//! The poller alone, natively: many sessions that are watched, none of which changes, without a caller's promises and
//! closures and without a runtime's timers. Prints a line of JSON. `cargo bench --bench poller -- <sessions> <intervals>`

#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, reason = "a measurement that cannot be made has failed")]

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::{env, fs};

use jules_wasm::client::Client;
use jules_wasm::core::http::{Body, FetchError, Request, Response};
use jules_wasm::core::options::Options;
use jules_wasm::core::state::SessionState;
use jules_wasm::host::{Host, LogLevel};
use serde_json::{Value, json};

const PAGE: usize = 100;

/// Time that moves when nothing else does, and a service whose answers are there at once.
#[derive(Default)]
struct World {
    now_ms: Cell<i64>,
    timers: RefCell<Vec<(i64, Waker)>>,
    pages: Vec<Value>,
    requests: Cell<usize>,
}

#[derive(Clone)]
struct Near(Rc<World>);

impl Host for Near {
    type Json = Value;

    async fn fetch(&self, request: &Request) -> Result<Response<Value>, FetchError> {
        self.0.requests.set(self.0.requests.get() + 1);
        let page = match request.url.split_once("pageToken=") {
            Some((_, token)) => token.split('&').next().and_then(|token| token.parse().ok()).unwrap_or(0),
            None => 0,
        };
        let listed = request.url.contains("/sessions?");
        // Those that are looked at by themselves find what the list has of the first.
        assert!(!listed || request.url.contains("prettyPrint=false"), "pages are made without white space");
        let body = if listed { self.0.pages.get(page).cloned() } else { None };
        let alone = || json!({"state": "IN_PROGRESS", "updateTime": "2026-10-01T00:00:00.000001Z"});
        Ok(Response { status: 200, body: Body::Json(body.unwrap_or_else(alone)), ..Response::default() })
    }

    async fn sleep(&self, millis: u64) {
        let due = self.now() + i64::try_from(millis).unwrap_or(i64::MAX / 2);
        let mut is_set = false;
        poll_fn(|context| {
            if self.now() >= due {
                return Poll::Ready(());
            }
            if !std::mem::replace(&mut is_set, true) {
                self.0.timers.borrow_mut().push((due, context.waker().clone()));
            }
            Poll::Pending
        })
        .await;
    }

    fn now(&self) -> i64 {
        self.0.now_ms.get()
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn log(&self, _level: LogLevel, _message: impl FnOnce() -> String) {}
}

/// Says which task is to go on.
struct Bell {
    task: usize,
    rung: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.lock().expect("one thread").push(self.task);
    }
}

fn id(index: usize) -> String {
    format!("{}", 14_550_388_554_331_055_113_u64 - index as u64)
}

fn page(number: usize, count: usize) -> Value {
    let session = |index| {
        json!({
            "name": format!("sessions/{}", id(index)),
            "state": "IN_PROGRESS",
            "updateTime": "2026-10-01T00:00:00.000001Z",
        })
    };
    let items: Vec<_> = (number * PAGE..count.min((number + 1) * PAGE)).map(session).collect();
    let next = (number + 1) * PAGE < count;
    json!({ "sessions": items, "nextPageToken": next.then(|| (number + 1).to_string()) })
}

/// Nanoseconds of the processor, and bytes that are resident.
fn used() -> (u64, u64) {
    let number = |path: &str, place: usize| {
        let text = fs::read_to_string(path).expect("a Linux with /proc");
        text.split_whitespace().nth(place).and_then(|word| word.parse().ok()).unwrap_or(0)
    };
    (number("/proc/self/schedstat", 0), number("/proc/self/statm", 1) * 4096)
}

fn main() {
    let numbers: Vec<usize> = env::args().filter_map(|argument| argument.parse().ok()).collect();
    let &[count, intervals] = numbers.as_slice() else { return };
    let pages = (0..count.div_ceil(PAGE)).map(|number| page(number, count)).collect();
    let world = Rc::new(World { pages, ..World::default() });
    let rung = Arc::new(Mutex::new((0..count).collect::<Vec<_>>()));
    let wakers: Vec<Waker> =
        (0..count).map(|task| Waker::from(Arc::new(Bell { task, rung: Arc::clone(&rung) }))).collect();
    let options = Options { api_key: Some("key".to_owned()), ..Options::default() };
    let client = Client::new(Near(Rc::clone(&world)), options);
    let interval_ms = i64::try_from(client.options().config.polling_interval_ms).unwrap_or(0);
    let ids: Vec<String> = (0..count).map(id).collect();

    let (_, before) = used();
    let mut waits: Vec<Pin<Box<dyn Future<Output = _> + '_>>> = Vec::with_capacity(count);
    for id in &ids {
        waits.push(Box::pin(client.wait_for(id, SessionState::Completed)));
    }
    let future_bytes = waits.first().map_or(0, |wait| size_of_val(&**wait));
    let mut go_on_until = |end_ms: i64| {
        loop {
            let tasks = std::mem::take(&mut *rung.lock().expect("one thread"));
            for task in &tasks {
                if let (Some(wait), Some(waker)) = (waits.get_mut(*task), wakers.get(*task)) {
                    assert!(wait.as_mut().poll(&mut Context::from_waker(waker)).is_pending(), "a wait has ended");
                }
            }
            if tasks.is_empty() {
                let mut timers = world.timers.borrow_mut();
                let Some(next) = timers.iter().map(|(due, _)| *due).min().filter(|due| *due <= end_ms) else { return };
                world.now_ms.set(next);
                let (due, later) = timers.drain(..).partition(|(due, _)| *due <= next);
                *timers = later;
                drop(timers);
                let due: Vec<(i64, Waker)> = due;
                due.into_iter().for_each(|(_, waker)| waker.wake());
            }
        }
    };
    go_on_until(interval_ms * 3 / 2);
    let (begun, after) = used();
    world.requests.set(0);
    go_on_until(interval_ms * 3 / 2 + interval_ms * i64::try_from(intervals).unwrap_or(1));
    let (ended, _) = used();
    println!(
        "{{\"bytes\":{:.1},\"future\":{future_bytes},\"nanos\":{:.1},\"requests\":{:.1}}}",
        (after.saturating_sub(before)) as f64 / count as f64,
        (ended - begun) as f64 / count as f64 / intervals as f64,
        world.requests.get() as f64 / intervals as f64,
    );
}
