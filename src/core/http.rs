//! Requests and responses. The host sends them.

use super::json_view::JsonView;

/// An HTTP method that the service uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads a resource. Idempotent.
    Get,
    /// Changes something each time it arrives.
    Post,
    /// Changes fields of a resource.
    Patch,
    /// Deletes a resource. Idempotent.
    Delete,
}

impl Method {
    /// The name of the method.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The method of this name, in capitals.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Patch, Self::Delete].into_iter().find(|method| method.as_str() == name)
    }
}

/// The `User-Agent` of requests, where the runtime sends none of its own.
pub const USER_AGENT: &str = concat!("jules-wasm/", env!("CARGO_PKG_VERSION"));

/// Header names and values, in order.
pub type Headers = Vec<(String, String)>;

/// A complete request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL (or one relative to the page, where the base URL is).
    pub url: String,
    /// The headers.
    pub headers: Headers,
    /// The body, if any.
    pub body: Option<String>,
    /// Whether to read the `Date` header of a successful response.
    pub wants_date: bool,
    /// The largest body to read, in bytes.
    pub most_bytes: u64,
    /// The number of this attempt to send it, from 1.
    pub attempt: u32,
}

/// The body of a response.
#[derive(Debug, Clone)]
pub enum Body<J> {
    /// JSON, parsed by the host.
    Json(J),
    /// Text that is not JSON, or its first few thousand characters. Empty without a body.
    Text(String),
    /// Not read, because it is larger than [`Request::most_bytes`] or than the host can hold.
    TooLarge,
}

impl<J> Default for Body<J> {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl<J: JsonView> Body<J> {
    /// The value; `null` if it is not JSON.
    pub fn into_json(self) -> J {
        if let Self::Json(json) = self { json } else { J::default() }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        match self {
            Self::Json(json) => json.to_text(),
            Self::Text(text) => text.clone(),
            Self::TooLarge => String::new(),
        }
    }
}

/// A response.
#[derive(Debug, Clone)]
pub struct Response<J> {
    /// The HTTP status; 0 where a browser hides a redirect.
    pub status: u16,
    /// The status text, often empty. A host may omit it from successful responses.
    pub status_text: String,
    /// The value of the `Retry-After` header.
    pub retry_after: Option<String>,
    /// The value of the `Date` header. A host may omit it from successful responses if it is not wanted.
    pub date: Option<String>,
    /// The body.
    pub body: Body<J>,
}

impl<J> Default for Response<J> {
    fn default() -> Self {
        Self { status: 0, status_text: String::new(), retry_after: None, date: None, body: Body::default() }
    }
}

/// Why there is no response.
#[derive(Debug, Clone, Default)]
pub struct FetchError {
    /// The name of the runtime's error, such as `TypeError`.
    pub name: String,
    /// The message of the runtime's error, with the messages of its causes in parentheses: Node and Deno put the reason there.
    pub message: String,
    /// The system's code if the runtime reports one, such as `ECONNREFUSED`, from the innermost cause that has one; or the host's
    /// own code if `fetch` did not resolve with a response.
    pub code: Option<String>,
    /// Whether the status line had arrived, so that only the body is missing.
    pub answered: bool,
    /// Whether `fetch` threw instead of returning a promise: nothing was sent. Only custom ones do.
    pub thrown: bool,
    /// Whether the URL or a header is invalid for the runtime: nothing was sent, and waiting does not help.
    pub unsendable: bool,
}
