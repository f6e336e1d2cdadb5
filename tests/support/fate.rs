//! What becomes of a request on its way.

use super::answer::Answer;
use jules_wasm::core::http::{FetchError, Request};
use serde_json::json;

/// A request at the moment at which it is sent.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// Counts all requests from 1.
    pub number: usize,
    /// Milliseconds since the beginning.
    pub at_ms: i64,
    pub request: &'a Request,
}

impl Arrival<'_> {
    /// Whether this is a request of the method, with `part` in its URL.
    pub fn is(&self, method: &str, part: &str) -> bool {
        self.request.method.as_str() == method && self.request.url.contains(part)
    }
}

/// What becomes of one request: how long it travels, whether the service carries it out, and how it ends for the one
/// who sent it.
#[derive(Debug, Clone)]
pub struct Fate {
    /// Milliseconds until it reaches the service.
    pub there_ms: u64,
    pub reaches_the_service: bool,
    /// Milliseconds from there to its end.
    pub back_ms: u64,
    pub end: End,
}

/// How a request ends for the one who sent it.
#[derive(Debug, Clone)]
pub enum End {
    /// With the service's answer.
    Answer,
    /// With the first bytes of the service's answer, as if they were all.
    Cut(usize),
    /// With this answer.
    Instead(Answer),
    /// Without an answer.
    Error(FetchError),
    /// Never.
    Silence,
}

impl Fate {
    /// Carried out, and answered at once.
    pub fn served() -> Self {
        Self { there_ms: 0, reaches_the_service: true, back_ms: 0, end: End::Answer }
    }

    /// Carried out at once, answered after `millis`.
    pub fn slow(millis: u64) -> Self {
        Self { back_ms: millis, ..Self::served() }
    }

    /// Carried out, and answered after `millis`, half of them there and half back.
    pub fn lagging(millis: u64) -> Self {
        Self { there_ms: millis / 2, ..Self::slow(millis / 2) }
    }

    /// Carried out, and the answer's end is missing without anybody's having noticed.
    pub fn cut(bytes: usize) -> Self {
        Self { end: End::Cut(bytes), ..Self::served() }
    }

    /// Carried out, but the answer never comes.
    pub fn silence() -> Self {
        Self { end: End::Silence, ..Self::served() }
    }

    /// Carried out, then the connection breaks.
    pub fn reset() -> Self {
        Self { end: End::Error(network_error("ECONNRESET", false)), ..Self::served() }
    }

    /// Carried out, and the connection breaks in the middle of the body.
    pub fn broken_body() -> Self {
        Self { end: End::Error(network_error("UND_ERR_SOCKET", true)), ..Self::served() }
    }

    /// No connection: the service never hears of it.
    pub fn no_connection() -> Self {
        let end = End::Error(network_error("ECONNREFUSED", false));
        Self { reaches_the_service: false, end, ..Self::served() }
    }

    /// No answer: `fetch` rejects with this; the service never hears of it.
    pub fn rejected(error: FetchError) -> Self {
        Self { reaches_the_service: false, end: End::Error(error), ..Self::served() }
    }

    /// Answered by this instead; the service never hears of it.
    pub fn answer(response: Answer) -> Self {
        Self { reaches_the_service: false, end: End::Instead(response), ..Self::served() }
    }

    /// Answered by status 200 and this body; the service never hears of it.
    pub fn body(text: impl Into<Vec<u8>>) -> Self {
        Self::answer(Answer { status: 200, body: text.into(), ..Answer::default() })
    }

    /// Answered by an error status; the service never hears of it.
    pub fn status(code: u16) -> Self {
        let body = json!({"error": {"code": code, "message": "As scripted."}}).to_string().into_bytes();
        Self::answer(Answer { status: code, body, ..Answer::default() })
    }

    /// With a `Retry-After` header, if it ends with an answer of its own.
    pub fn retry_after(mut self, value: &str) -> Self {
        if let End::Instead(response) = &mut self.end {
            response.retry_after = Some(value.to_owned());
        }
        self
    }

    /// The same, but the service has carried it out.
    pub fn though_carried_out(self) -> Self {
        Self { reaches_the_service: true, ..self }
    }
}

/// What a runtime's fetch rejects with.
pub fn network_error(code: &str, answered: bool) -> FetchError {
    FetchError {
        name: "TypeError".to_owned(),
        message: format!("fetch failed ({code})"),
        code: Some(code.to_owned()),
        answered,
        ..FetchError::default()
    }
}
