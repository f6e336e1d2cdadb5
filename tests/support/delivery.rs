//! The delivery of requests.

use super::answer::Answer;
use jules_wasm::core::http::{FetchError, Request};
use serde_json::json;

/// A request when it is sent.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// The number of the request, from 1.
    pub number: usize,
    /// Milliseconds since the start.
    pub at_ms: i64,
    pub request: &'a Request,
}

impl Arrival<'_> {
    /// Whether this is a request with this method and `part` in its URL.
    pub fn is(&self, method: &str, part: &str) -> bool {
        self.request.method.as_str() == method && self.request.url.contains(part)
    }
}

/// The delivery of one request: its duration, whether the service carries it out, and its end for the sender.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Milliseconds until it reaches the service.
    pub there_ms: u64,
    pub reaches_the_service: bool,
    /// Milliseconds from then to its end.
    pub back_ms: u64,
    pub end: End,
}

/// The end of a request for its sender.
#[derive(Debug, Clone)]
pub enum End {
    /// The service's response.
    Answer,
    /// The first bytes of the service's response, as if they were all.
    Cut(usize),
    /// This response.
    Instead(Answer),
    /// No response.
    Error(FetchError),
    /// Never.
    Silence,
}

impl Delivery {
    /// Carried out, with an immediate response.
    pub fn served() -> Self {
        Self { there_ms: 0, reaches_the_service: true, back_ms: 0, end: End::Answer }
    }

    /// Carried out immediately, with a response after `millis`.
    pub fn slow(millis: u64) -> Self {
        Self { back_ms: millis, ..Self::served() }
    }

    /// Carried out after half of `millis`, with a response after `millis`.
    pub fn lagging(millis: u64) -> Self {
        Self { there_ms: millis / 2, ..Self::slow(millis / 2) }
    }

    /// Carried out, with a silently truncated response.
    pub fn cut(bytes: usize) -> Self {
        Self { end: End::Cut(bytes), ..Self::served() }
    }

    /// Carried out, without a response.
    pub fn silence() -> Self {
        Self { end: End::Silence, ..Self::served() }
    }

    /// Carried out, then the connection is lost.
    pub fn reset() -> Self {
        Self { end: End::Error(network_error("ECONNRESET", false)), ..Self::served() }
    }

    /// Carried out, and the connection is lost during the body.
    pub fn broken_body() -> Self {
        Self { end: End::Error(network_error("UND_ERR_SOCKET", true)), ..Self::served() }
    }

    /// No connection: the request does not reach the service.
    pub fn no_connection() -> Self {
        let end = End::Error(network_error("ECONNREFUSED", false));
        Self { reaches_the_service: false, end, ..Self::served() }
    }

    /// `fetch` rejects with this error; the request does not reach the service.
    pub fn rejected(error: FetchError) -> Self {
        Self { reaches_the_service: false, end: End::Error(error), ..Self::served() }
    }

    /// This response instead of the service's; the request does not reach the service.
    pub fn answer(response: Answer) -> Self {
        Self { reaches_the_service: false, end: End::Instead(response), ..Self::served() }
    }

    /// Status 200 and this body; the request does not reach the service.
    pub fn body(text: impl Into<Vec<u8>>) -> Self {
        Self::answer(Answer { status: 200, body: text.into(), ..Answer::default() })
    }

    /// An error status; the request does not reach the service.
    pub fn status(code: u16) -> Self {
        let body = json!({"error": {"code": code, "message": "As scripted."}}).to_string().into_bytes();
        Self::answer(Answer { status: code, body, ..Answer::default() })
    }

    /// Adds a `Retry-After` header to a response that is not the service's.
    pub fn retry_after(mut self, value: &str) -> Self {
        if let End::Instead(response) = &mut self.end {
            response.retry_after = Some(value.to_owned());
        }
        self
    }

    /// The same, but the service carries out the request.
    pub fn committed(self) -> Self {
        Self { reaches_the_service: true, ..self }
    }
}

/// A rejection of a runtime's `fetch`.
pub fn network_error(code: &str, answered: bool) -> FetchError {
    FetchError {
        name: "TypeError".to_owned(),
        message: format!("fetch failed ({code})"),
        code: Some(code.to_owned()),
        answered,
        ..FetchError::default()
    }
}
