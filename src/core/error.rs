//! Errors as plain data. The façade makes an `Error` of the matching JavaScript class of each.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Serialize, Serializer};

use super::json_text;
use super::text;

/// What went wrong, by the class that the façade makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorKind {
    /// The service answered with an error that has no class of its own.
    Api,
    /// The service refused the key (401) or the access (403).
    Authentication,
    /// Too many requests or sessions (429).
    RateLimit,
    /// No answer came, or only a part of one.
    Network,
    /// The time that the caller gave is over.
    Timeout,
    /// The caller's signal was aborted.
    Abort,
    /// There is no API key.
    MissingApiKey,
    /// The service does not know the repository, or the branch.
    SourceNotFound,
    /// The session is not in a state in which this can be done.
    InvalidState,
    /// The session failed, and the caller asked to have that thrown.
    SessionFailed,
    /// It is not known whether a request was carried out, and looking did not tell.
    UnknownOutcome,
    /// An answer that is no JSON.
    Decode,
    /// An argument or an option that cannot be right.
    InvalidArgument,
    /// A fault of this package.
    Internal,
}

impl ErrorKind {
    /// The stable `code` of the errors of this kind, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Api => "api_error",
            Self::Authentication => "authentication_failed",
            Self::RateLimit => "rate_limited",
            Self::Network => "network_error",
            Self::Timeout => "timeout",
            Self::Abort => "aborted",
            Self::MissingApiKey => "missing_api_key",
            Self::SourceNotFound => "source_not_found",
            Self::InvalidState => "invalid_state",
            Self::SessionFailed => "session_failed",
            Self::UnknownOutcome => "unknown_outcome",
            Self::Decode => "decode_error",
            Self::InvalidArgument => "invalid_argument",
            Self::Internal => "internal_error",
        }
    }
}

/// What is known of a request's effect on the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// The request did not reach the service: nothing was done.
    NotSent,
    /// The service said no: nothing was done.
    Refused,
    /// The request may have been carried out or not.
    Unknown,
    /// The request was carried out; what came after it was cut short.
    Done,
}

/// A field of a request that the service objects to (`google.rpc.BadRequest`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldViolation {
    /// Which field.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

/// The runtime's own error below ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Its name, such as `TypeError`.
    pub name: String,
    /// What it says.
    pub message: String,
    /// The system's code, such as `ECONNRESET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Everything that an error tells. Which fields are there depends on the kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorData {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The stable name of the kind for programs.
    pub code: &'static str,
    /// What happened, what was and was not done on the service, what to do next.
    pub message: String,
    /// The argument or option that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The request's method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<&'static str>,
    /// The request's URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The answer's HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The answer's status text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_text: Option<String>,
    /// The canonical status, such as `NOT_FOUND`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpc_status: Option<String>,
    /// Whether it is about an answer that is too large to be read. Not reported: the message says so.
    #[serde(skip)]
    pub is_too_large: bool,
    /// Whether it is about a condition that the service does not name. Not reported: the message says so.
    #[serde(skip)]
    pub names_no_condition: bool,
    /// The reason in the answer's `ErrorInfo`, or of a failed session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The answer's details as they came, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// The fields that the service objects to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_violations: Option<Vec<FieldViolation>>,
    /// How long the service asks to wait, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_number")]
    pub retry_after_ms: Option<u64>,
    /// What is known of the request's effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Effect>,
    /// Whether the same request may go well later, as far as the answer tells. What may have been carried out is to be
    /// looked for first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// How often the request was sent, or tried to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// The session that this is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// For an unknown outcome: the ids of the sessions that it can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<String>>,
    /// For an unknown outcome: the body of the request, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The runtime's own error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Of a call that was cut short: what kept failing until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Error>,
}

/// Writes it as a number of JavaScript, which any time has its place in, if not exactly.
#[expect(clippy::cast_precision_loss, reason = "exact up to some 285,000 years")]
fn as_number<S: Serializer>(millis: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    millis.map(|millis| millis as f64).serialize(serializer)
}

/// An error. One pointer wide, so that results stay small.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Error(Box<ErrorData>);

impl Error {
    /// An error of this kind with this message and nothing else.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(ErrorData {
            kind,
            code: kind.code(),
            message: message.into(),
            field: None,
            method: None,
            url: None,
            status: None,
            status_text: None,
            rpc_status: None,
            is_too_large: false,
            names_no_condition: false,
            reason: None,
            details: None,
            field_violations: None,
            retry_after_ms: None,
            outcome: None,
            retryable: None,
            attempts: None,
            session_id: None,
            candidates: None,
            request: None,
            cause: None,
            failure: None,
        }))
    }

    /// The argument or option `field` cannot be right.
    pub fn invalid(field: &str, problem: impl fmt::Display) -> Self {
        let mut error = Self::new(ErrorKind::InvalidArgument, format!("{field}: {problem}. No request was sent."));
        error.field = Some(field.to_owned());
        error
    }

    /// Whether it tells of something that passes: a wait that has already seen its session goes on then.
    pub fn is_transient(&self) -> bool {
        let is_open = matches!(self.outcome, Some(Effect::Unknown | Effect::NotSent)) && self.retryable != Some(false);
        is_open || self.kind == ErrorKind::RateLimit
    }

    /// Takes `secret` out of everything the error tells.
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
            // In JSON text a quote or a backslash of the secret is escaped.
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
    fn a_secret_is_taken_out_of_every_text_of_an_error() {
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
    fn a_secret_that_json_escapes_is_taken_out_of_the_details() {
        let secret = r#"a"secret\of\mine"#;
        let mut error = Error::new(ErrorKind::Api, "bad");
        error.details = Some(serde_json::json!([{ "key": secret, secret: 1 }]).to_string());
        let details: serde_json::Value = serde_json::from_str(&error.without(secret).details.clone().unwrap()).unwrap();
        assert_eq!(details, serde_json::json!([{ "key": "[API key]", "[API key]": 1 }]));
    }
}
