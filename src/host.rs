//! The host: the only port of the client to the outside world.

use std::future::{Future, pending};

use crate::core::http::{FetchError, Request, Response};
use crate::core::json_view::JsonView;

/// Requests, time, randomness and the environment. Single-threaded. Dropping a future cancels its work: the request is aborted,
/// the timer cleared.
pub trait Host: 'static {
    /// A JSON value parsed by this host.
    type Json: JsonView;

    /// Sends a request, reads the whole response and parses its body. Does not follow redirects.
    fn fetch(&self, request: &Request) -> impl Future<Output = Result<Response<Self::Json>, FetchError>>;

    /// Waits for `millis` milliseconds.
    fn sleep(&self, millis: u64) -> impl Future<Output = ()>;

    /// The same as [`Host::sleep`], for frequent timers: request timeouts and the poller.
    fn timer(&self, millis: u64) -> impl Future<Output = ()> {
        self.sleep(millis)
    }

    /// Milliseconds of a monotonic clock with any origin, the same for all hosts of a process. Only for durations: the service's
    /// times are never compared with it.
    fn now(&self) -> i64;

    /// Milliseconds since 1970 by the clock of the machine, which may be wrong and may jump. Only for pauses that survive a process, where
    /// the service's clock is unknown, and for more care where it differs from that: see `ServiceClock`.
    fn wall_clock_ms(&self) -> i64;

    /// A number in `0.0..1.0`.
    fn random(&self) -> f64;

    /// The value of an environment variable, if there is one.
    fn variable(&self, name: &str) -> Option<String>;

    /// Whether requests may have a `User-Agent` of this client. Not in browsers: some forbid it, others ask the service first (CORS).
    fn takes_user_agent(&self) -> bool {
        false
    }

    /// Whether this runs in a hidden page.
    fn is_hidden(&self) -> bool {
        false
    }

    /// Waits until the page is visible again.
    fn shown(&self) -> impl Future<Output = ()> {
        pending()
    }

    /// Writes a line to the caller's logger, if there is one. The text is created only then and never contains the key.
    fn log(&self, level: LogLevel, message: &dyn Fn() -> String);
}

/// The level of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Requests that read.
    Debug,
    /// Requests that change something.
    Info,
    /// Failures that are retried.
    Warn,
}
