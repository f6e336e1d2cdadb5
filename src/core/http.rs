//! Requests and answers, as the core makes and reads them. Who carries them is the host's affair.

use std::rc::Rc;

use super::json_view::JsonView;

/// An HTTP method that the service uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads, and may be repeated.
    Get,
    /// Changes something, once for each time it arrives.
    Post,
    /// Removes, and may be repeated.
    Delete,
}

impl Method {
    /// The method as HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Header names and values, in order. Shared, since most requests of a client have the same.
pub type Headers = Rc<Vec<(String, String)>>;

/// A request, whole.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL (or one relative to the page, where the base URL is).
    pub url: String,
    /// The headers.
    pub headers: Headers,
    /// The body, if there is one.
    pub body: Option<String>,
    /// Whether the `Date` of the answer is wanted even if its status says that all is well.
    pub wants_date: bool,
    /// How many bytes of a body are read at most.
    pub most_bytes: u64,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub enum Body<J> {
    /// JSON, parsed by the host.
    Json(J),
    /// What is no JSON: its text, or the first few thousand characters of it. Empty if there is no body.
    Text(String),
    /// Reading it was given up, because it is larger than [`Request::most_bytes`] allows or than the host can hold.
    TooLarge,
}

impl<J> Default for Body<J> {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl<J: JsonView> Body<J> {
    /// The value; `null` if it is no JSON.
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

/// An answer.
#[derive(Debug, Clone)]
pub struct Response<J> {
    /// The HTTP status; 0 where a browser hides a redirect.
    pub status: u16,
    /// The text that came with the status; often empty. A host may leave it out where all is well.
    pub status_text: String,
    /// The value of the `Retry-After` header, as it came.
    pub retry_after: Option<String>,
    /// The value of the `Date` header, as it came. A host may leave it out where all is well and it is not wanted.
    pub date: Option<String>,
    /// The body.
    pub body: Body<J>,
}

impl<J> Default for Response<J> {
    fn default() -> Self {
        Self { status: 0, status_text: String::new(), retry_after: None, date: None, body: Body::default() }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Default)]
pub struct FetchError {
    /// The name of the runtime's error, such as `TypeError`.
    pub name: String,
    /// The message of the runtime's error, with the messages of its causes in parentheses: Node and Deno put the reason there.
    pub message: String,
    /// The system's code where the runtime reports one, such as `ECONNREFUSED`, from the innermost cause that has one; or the
    /// host's own, for what is no answer at all.
    pub code: Option<String>,
    /// Whether the status line had already come, so that only the body is missing.
    pub answered: bool,
    /// Whether `fetch` threw instead of returning a promise: nothing was sent. The runtimes' own never do; a caller's may.
    pub thrown: bool,
    /// Whether the runtime cannot make a request of this URL and these headers: nothing was sent, and waiting does not help.
    pub unsendable: bool,
}
