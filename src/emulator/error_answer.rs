//! An answer that something before the service gives, or the service in distress: what a fault puts in the place of the
//! right one.

use super::json::{Json, pretty};
use super::message::Response;
use super::refusal::Refusal;
use crate::core::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

/// An answer that a fault gives.
#[derive(Debug, Clone)]
pub(super) struct ErrorAnswer {
    status: u16,
    what: What,
    form: Form,
    retry_after: Option<String>,
    /// A duration as JSON writes it, such as `1.5s`.
    retry_info: Option<String>,
}

/// What the answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// What the service says with the status.
    Status,
    FailedPrecondition,
    InvalidApiKey,
}

/// How it says so.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// The service's own: an object with an `error`.
    Plain,
    Envelope(Envelope),
    /// A page for people.
    Html,
    /// A body as it was given.
    Body(Json),
}

/// Forms of an error that other front ends of Google give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Envelope {
    /// The object in a list, as where answers are streamed or batched.
    Array,
    /// `error` is a word and `error_description` the message, as where tokens are issued.
    Oauth,
}

impl ErrorAnswer {
    /// # Errors
    /// A sentence that names what does not go together.
    pub(super) fn new(status: u16, what: What, form: Form) -> Result<Self, String> {
        let may_succeed = matches!(form, Form::Html | Form::Body(_));
        if !matches!(status, 400..=599) && (status != 200 || !may_succeed) {
            return Err("`status` is one of an error, 400 to 599 (with `html` or `body` also 200)".to_owned());
        }
        Ok(Self { status, what, form, retry_after: None, retry_info: None })
    }

    /// The same, with when to try again.
    pub(super) fn with_delay(self, retry_after: Option<String>, retry_info: Option<String>) -> Self {
        Self { retry_after, retry_info, ..self }
    }

    pub(super) fn response(self, now: Timestamp) -> Response {
        let json = |body: &Json| Response::json(self.status, now, pretty(body));
        let mut response = match &self.form {
            Form::Plain => json(&self.refusal().body),
            Form::Envelope(Envelope::Array) => json(&json!([self.refusal().body])),
            Form::Envelope(Envelope::Oauth) => {
                json(&json!({"error": self.oauth_error(), "error_description": self.refusal().message()}))
            }
            Form::Body(Json::String(text)) => {
                Response::json(self.status, now, text.clone()).of_type("text/plain; charset=UTF-8")
            }
            Form::Body(body) => json(body),
            Form::Html => {
                let status = self.status;
                let page = format!(
                    "<!doctype html>\n<title>{status}</title>\n<p>This page is no answer of the service.</p>\n"
                );
                Response::json(status, now, page).of_type("text/html; charset=UTF-8")
            }
        };
        response.headers.extend(self.retry_after.map(|value| ("retry-after".to_owned(), value)));
        response
    }

    fn refusal(&self) -> Refusal {
        let refusal = match self.what {
            What::Status => Refusal::of_code(self.status),
            What::FailedPrecondition => Refusal::failed_precondition(),
            What::InvalidApiKey => Refusal::invalid_api_key(),
        };
        match &self.retry_info {
            Some(delay) => refusal.with_retry_info(delay),
            None => refusal,
        }
    }

    /// The word of RFC 6749 (and 6750) for the status.
    fn oauth_error(&self) -> &'static str {
        match self.status {
            401 => "invalid_token",
            403 => "access_denied",
            429 | 503 => "temporarily_unavailable",
            500..=599 => "server_error",
            _ => "invalid_request",
        }
    }
}
