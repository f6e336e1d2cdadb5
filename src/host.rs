//! The one port through which the client reaches the outside world.

use std::future::{Future, pending};

use crate::core::http::{FetchError, Request, Response};
use crate::core::json_view::JsonView;

/// What the client needs of the world. Single-threaded; a future that is dropped stops what it began: the request is
/// aborted, the timer cleared.
pub trait Host: 'static {
    /// JSON as this host parses it.
    type Json: JsonView;

    /// Sends a request, reads the whole answer and parses its body. Redirects are not followed.
    fn fetch(&self, request: &Request) -> impl Future<Output = Result<Response<Self::Json>, FetchError>>;

    /// Waits for `millis` milliseconds.
    fn sleep(&self, millis: u64) -> impl Future<Output = ()>;

    /// The same as [`Host::sleep`], for what is set again and again: a deadline for each request, the poller's next poll.
    fn timer(&self, millis: u64) -> impl Future<Output = ()> {
        self.sleep(millis)
    }

    /// Milliseconds by a monotonic clock with any origin: it never goes back, whatever becomes of the time of day. All
    /// hosts of one process have the same. Only for durations: the service's times are never compared with it.
    fn now(&self) -> i64;

    /// A number in `0.0..1.0`.
    fn random(&self) -> f64;

    /// The value of an environment variable, where there is an environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// Whether this runs in a page that nobody sees at present.
    fn is_hidden(&self) -> bool {
        false
    }

    /// Waits until the page is seen again.
    fn shown(&self) -> impl Future<Output = ()> {
        pending()
    }

    /// Writes a line to the caller's logger, if there is one. The text is only made then, and never holds the key.
    fn log(&self, level: LogLevel, message: impl FnOnce() -> String);
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Every exchange.
    Debug,
    /// What went wrong and is tried again.
    Warn,
}
