//! Errors as plain data, which the façade converts to errors of the matching JavaScript class.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Serialize, Serializer};

use super::json_text;
use super::text;

/// The kind of an error, one for each class of the façade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorKind {
    /// The service responded with an error that has no class of its own.
    Api,
    /// The service refused the key (401) or the access (403).
    Authentication,
    /// Too many requests or sessions (429).
    RateLimit,
    /// There was no response, or an incomplete one.
    Network,
    /// The caller's timeout is over.
    Timeout,
    /// The caller's signal was aborted.
    Abort,
    /// The client was closed.
    Closed,
    /// There is no API key.
    MissingApiKey,
    /// The service does not know the repository, or the branch.
    SourceNotFound,
    /// The session's state rules out the result.
    InvalidState,
    /// The session has failed, and `throwOnFailure` is set.
    SessionFailed,
    /// It is unknown whether a request was carried out, and reconciling did not decide it.
    UnknownOutcome,
    /// A response that is not JSON or lacks the expected content.
    Decode,
    /// The journal of a batch cannot be read or written.
    Journal,
    /// A function of an auto-pilot has thrown, or returned something else than an answer.
    Autopilot,
    /// An argument or option is invalid.
    InvalidArgument,
    /// A bug of this package.
    #[default]
    Internal,
}

impl ErrorKind {
    /// The stable `code` of errors of this kind.
    pub fn code(self) -> &'static str {
        match self {
            Self::Api => "api_error",
            Self::Authentication => "authentication_failed",
            Self::RateLimit => "rate_limited",
            Self::Network => "network_error",
            Self::Timeout => "timeout",
            Self::Abort => "aborted",
            Self::Closed => "client_closed",
            Self::MissingApiKey => "missing_api_key",
            Self::SourceNotFound => "source_not_found",
            Self::InvalidState => "invalid_state",
            Self::SessionFailed => "session_failed",
            Self::UnknownOutcome => "unknown_outcome",
            Self::Decode => "decode_error",
            Self::Journal => "journal_failed",
            Self::Autopilot => "autopilot_failed",
            Self::InvalidArgument => "invalid_argument",
            Self::Internal => "internal_error",
        }
    }
}

/// By hand, since what serde derives is large.
impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Whether a request was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The request did not reach the service: nothing was done.
    NotSent,
    /// The service rejected the request: nothing was done.
    Refused,
    /// The request may have been carried out or not.
    Unknown,
    /// The request was carried out; only a later step of the call is missing.
    Done,
}

/// See [`ErrorKind`].
impl Serialize for Effect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::NotSent => "notSent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Done => "done",
        })
    }
}

/// An invalid field of a request (`google.rpc.BadRequest`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldViolation {
    /// The path of the field.
    pub field: String,
    /// The problem.
    pub description: String,
}

/// The error of the runtime that caused an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Its name, such as `TypeError`.
    pub name: String,
    /// Its message.
    pub message: String,
    /// The system's code, such as `ECONNRESET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// The data of an error. Which fields are set depends on the kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorData {
    /// The kind, which the façade gets as its stable `code`.
    #[serde(rename = "code")]
    pub kind: ErrorKind,
    /// What happened, what was and was not done on the service, what to do next.
    pub message: String,
    /// The invalid argument or option.
    pub field: Option<String>,
    /// The request's method.
    pub method: Option<&'static str>,
    /// The request's URL.
    pub url: Option<String>,
    /// The HTTP status of the response.
    pub status: Option<u16>,
    /// The status text of the response.
    pub status_text: Option<String>,
    /// The canonical status, such as `NOT_FOUND`.
    pub rpc_status: Option<String>,
    /// Whether the response was too large to read. Not reported, since the message says so.
    #[serde(skip)]
    pub is_too_large: bool,
    /// Whether a precondition failed that the service does not name. Not reported, since the message says so.
    #[serde(skip)]
    pub names_no_condition: bool,
    /// The reason in the `ErrorInfo` of the response, or of a failed session.
    pub reason: Option<String>,
    /// The details of the response, as JSON text.
    pub details: Option<String>,
    /// The invalid fields.
    pub field_violations: Option<Vec<FieldViolation>>,
    /// The delay that the service asks for, in milliseconds.
    #[serde(serialize_with = "as_number")]
    pub retry_after_ms: Option<u64>,
    /// Whether the request was carried out.
    pub outcome: Option<Effect>,
    /// Whether the same request may succeed later. If it may have been carried out, check that first.
    pub retryable: Option<bool>,
    /// The number of attempts.
    pub attempts: Option<u32>,
    /// The id of the session.
    pub session_id: Option<String>,
    /// For an unknown outcome: the ids of possible results.
    pub candidates: Option<Vec<String>>,
    /// For an unknown outcome: the body of the request, as JSON text.
    pub request: Option<String>,
    /// The error of the runtime.
    pub cause: Option<Cause>,
    /// For a timeout or abort: the error of the last request if requests were failing.
    pub failure: Option<Error>,
}

/// Serializes a time as a JavaScript number, which may be inexact.
#[expect(clippy::cast_precision_loss, reason = "exact up to some 285,000 years")]
fn as_number<S: Serializer>(millis: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    millis.map(|millis| millis as f64).serialize(serializer)
}

/// An error. As large as a pointer, so that results stay small.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Error(Box<ErrorData>);

impl Error {
    /// An error with this kind and message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(ErrorData { kind, message: message.into(), ..ErrorData::default() }))
    }

    /// An invalid argument or option.
    pub fn invalid(field: &str, problem: impl fmt::Display) -> Self {
        let mut error = Self::new(ErrorKind::InvalidArgument, format!("{field}: {problem}. No request was sent."));
        error.field = Some(field.to_owned());
        error
    }

    /// Whether the error is transient, so that a wait that has seen its session continues.
    pub fn is_transient(&self) -> bool {
        let is_open = matches!(self.outcome, Some(Effect::Unknown | Effect::NotSent)) && self.retryable != Some(false);
        is_open || self.kind == ErrorKind::RateLimit
    }

    /// Removes `secret` from all texts of the error.
    #[must_use]
    pub fn without(mut self, secret: &str) -> Self {
        let clean = |text: &mut String| {
            if let Some(clean) = text::without(text, secret) {
                *text = clean;
            }
        };
        let data = &mut *self.0;
        clean(&mut data.message);
        let texts = [&mut data.field, &mut data.url, &mut data.status_text, &mut data.rpc_status, &mut data.reason];
        texts.into_iter().flatten().for_each(clean);
        if let Some(cause) = &mut data.cause {
            clean(&mut cause.name);
            clean(&mut cause.message);
            cause.code.as_mut().into_iter().for_each(clean);
        }
        for violation in data.field_violations.iter_mut().flatten() {
            clean(&mut violation.field);
            clean(&mut violation.description);
        }
        if let Some(details) = &mut data.details {
            // In JSON text, quotes and backslashes of the secret are escaped.
            let escaped = json_text::string(secret);
            let written = escaped.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(secret);
            if let Some(clean) = text::without(details, written) {
                *details = clean;
            }
        }
        self
    }
}

impl Deref for Error {
    type Target = ErrorData;

    fn deref(&self) -> &ErrorData {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut ErrorData {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_removed_from_every_text_of_an_error() {
        let secret = "AIza-secret";
        let mut error = Error::new(ErrorKind::Api, format!("bad {secret}"));
        error.url = Some(format!("https://proxy.test/?key={secret}"));
        error.reason = Some(secret.to_owned());
        error.details = Some(format!(r#"[{{"metadata":{{"key":"{secret}"}}}}]"#));
        error.cause = Some(Cause { name: "TypeError".into(), message: secret.into(), code: None });
        error.field_violations = Some(vec![FieldViolation { field: secret.into(), description: secret.into() }]);
        let shown = format!("{:?}", error.without(secret));
        assert!(!shown.contains(secret), "{shown}");
        assert!(shown.contains("[API key]"));
    }

    #[test]
    fn a_secret_that_json_escapes_is_removed_from_the_details() {
        let secret = r#"a"secret\of\mine"#;
        let mut error = Error::new(ErrorKind::Api, "bad");
        error.details = Some(serde_json::json!([{ "key": secret, secret: 1 }]).to_string());
        let details: serde_json::Value = serde_json::from_str(&error.without(secret).details.clone().unwrap()).unwrap();
        assert_eq!(details, serde_json::json!([{ "key": "[API key]", "[API key]": 1 }]));
    }
}
