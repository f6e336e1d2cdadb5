//! The responses that faults put in place of the right one: errors of the service, of Google's front ends, and of proxies.

use super::api_error::ApiError;
use super::http::Response;
use super::json::{Json, pretty};
use crate::core::time::Timestamp;
use serde::Deserialize;
use serde_json::json;

/// A response of a fault.
#[derive(Debug, Clone)]
pub(super) struct ErrorResponse {
    status: u16,
    kind: ErrorKind,
    format: BodyFormat,
    retry_after: Option<String>,
    /// A duration in its JSON form, such as `1.5s`.
    retry_info: Option<String>,
}

/// The error that the response reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorKind {
    /// The usual error of the HTTP status.
    Status,
    FailedPrecondition,
    InvalidApiKey,
}

/// The format of the body.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum BodyFormat {
    /// The service's own: an object with a member `error`.
    Default,
    Envelope(Envelope),
    /// An HTML page.
    Html,
    /// The body that the rule contains.
    Body(Json),
}

/// Envelopes of errors that other front ends of Google use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Envelope {
    /// The object in an array, as in streamed or batched responses.
    Array,
    /// `error` is a code and `error_description` the message, as from token endpoints.
    Oauth,
}

impl ErrorResponse {
    /// # Errors
    /// A sentence that names the members that cannot be combined.
    pub(super) fn new(status: u16, kind: ErrorKind, format: BodyFormat) -> Result<Self, String> {
        let may_succeed = matches!(format, BodyFormat::Html | BodyFormat::Body(_));
        if !matches!(status, 400..=599) && (status != 200 || !may_succeed) {
            return Err("`status` must be 400 to 599 (with `html` or `body` also 200)".to_owned());
        }
        Ok(Self { status, kind, format, retry_after: None, retry_info: None })
    }

    /// Adds the delays before a retry: of the header and of the detail `RetryInfo`.
    pub(super) fn with_delay(self, retry_after: Option<String>, retry_info: Option<String>) -> Self {
        Self { retry_after, retry_info, ..self }
    }

    pub(super) fn response(self, now: Timestamp) -> Response {
        let json = |body: &Json| Response::json(self.status, now, pretty(body));
        let mut response = match &self.format {
            BodyFormat::Default => json(&self.error().body),
            BodyFormat::Envelope(Envelope::Array) => json(&json!([self.error().body])),
            BodyFormat::Envelope(Envelope::Oauth) => {
                json(&json!({"error": self.oauth_code(), "error_description": self.error().message()}))
            }
            BodyFormat::Body(Json::String(text)) => {
                Response::json(self.status, now, text.clone()).with_content_type("text/plain; charset=UTF-8")
            }
            BodyFormat::Body(body) => json(body),
            BodyFormat::Html => {
                let status = self.status;
                let page = format!(
                    "<!doctype html>\n<title>{status}</title>\n<p>This page does not come from the service.</p>\n"
                );
                Response::json(status, now, page).with_content_type("text/html; charset=UTF-8")
            }
        };
        response.headers.extend(self.retry_after.map(|value| ("retry-after".to_owned(), value)));
        response
    }

    fn error(&self) -> ApiError {
        let error = match self.kind {
            ErrorKind::Status => ApiError::of_http_status(self.status),
            ErrorKind::FailedPrecondition => ApiError::failed_precondition(),
            ErrorKind::InvalidApiKey => ApiError::invalid_api_key(),
        };
        match &self.retry_info {
            Some(delay) => error.with_retry_info(delay),
            None => error,
        }
    }

    /// The error code of RFC 6749 and RFC 6750 for the status.
    fn oauth_code(&self) -> &'static str {
        match self.status {
            401 => "invalid_token",
            403 => "access_denied",
            429 | 503 => "temporarily_unavailable",
            500..=599 => "server_error",
            _ => "invalid_request",
        }
    }
}
