//! Responses as bytes, and their conversion by a host.

use jules_wasm::core::http::{self, Body, Request};
use serde_json::Value;

/// A response with its body in bytes.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub status_text: String,
    pub retry_after: Option<String>,
    pub date: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The beginning of the response.
    pub fn cut(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The response as returned by the host of runtimes, which reads headers only if needed.
    pub fn received(self, request: &Request) -> http::Response<Value> {
        let is_date_wanted = request.wants_date || !(200..300).contains(&self.status);
        let body = if self.body.len() as u64 > request.most_bytes {
            Body::TooLarge
        } else {
            serde_json::from_str(&self.text()).map_or_else(|_| Body::Text(self.text()), Body::Json)
        };
        http::Response {
            status: self.status,
            status_text: self.status_text,
            retry_after: self.retry_after,
            date: self.date.filter(|_| is_date_wanted),
            body,
        }
    }
}
