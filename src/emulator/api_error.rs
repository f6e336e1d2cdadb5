//! The service's error responses, in its own words where these were recorded.

use super::http::{LIMITS, QUOTA, Response};
use super::json::{Json, pretty};
use crate::core::time::Timestamp;
use serde_json::json;

const SERVICE: &str = "jules.googleapis.com";
const PACKAGE: &str = "google.labs.jules.v1alpha";

/// The usual errors: HTTP status, RPC status and message. The first one of a status is the usual one of that status.
const USUAL: [(u16, &str, &str); 11] = [
    (400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
    (400, "FAILED_PRECONDITION", "Precondition check failed."),
    (403, "PERMISSION_DENIED", "The caller does not have permission"),
    (404, "NOT_FOUND", "Requested entity was not found."),
    (409, "ABORTED", "The operation was aborted."),
    (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    (499, "CANCELLED", "The operation was cancelled."),
    (500, "INTERNAL", "Internal error encountered."),
    (501, "UNIMPLEMENTED", "Operation is not implemented, or supported, or enabled."),
    (503, "UNAVAILABLE", "The service is currently unavailable."),
    (504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
];

/// An error response of the service.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    pub(super) body: Json,
    /// The name in the log of an error that a quota or the emulator's own limits cause.
    fault: Option<&'static str>,
}

impl ApiError {
    fn new(code: u16, status: &str, message: &str) -> Self {
        let body = json!({"error": {"code": code, "message": message, "status": status}});
        Self { status: code, body, fault: None }
    }

    /// Marks the error as caused by a quota, for the log.
    pub(super) fn caused_by_quota(self) -> Self {
        Self { fault: Some(QUOTA), ..self }
    }

    /// Adds the detail `RetryInfo`. The delay is a duration in its JSON form, such as `1.5s`.
    pub(super) fn with_retry_info(self, delay: &str) -> Self {
        self.with_detail(json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}))
    }

    /// The error message.
    pub(super) fn message(&self) -> &str {
        self.body.pointer("/error/message").and_then(Json::as_str).unwrap_or_default()
    }

    pub(super) fn response(&self, now: Timestamp) -> Response {
        let fault = self.fault.map(str::to_owned);
        Response { fault, ..Response::json(self.status, now, pretty(&self.body)) }
    }

    /// Adds a detail.
    pub(super) fn with_detail(mut self, detail: Json) -> Self {
        if let Some(error) = self.body.get_mut("error").and_then(Json::as_object_mut) {
            let details = error.entry("details").or_insert_with(|| Json::Array(Vec::new()));
            details.as_array_mut().into_iter().for_each(|details| details.push(detail.clone()));
        }
        self
    }

    /// The usual error of an HTTP status. For statuses that were never recorded from the service, it follows Google's
    /// mapping of RPC statuses.
    pub(super) fn of_http_status(code: u16) -> Self {
        if code == 401 {
            return Self::missing_credentials();
        }
        let known = match code {
            502 => 503,
            code => code,
        };
        let usual = USUAL.iter().find(|(status, ..)| *status == known);
        let (_, status, message) = *usual.unwrap_or(&(code, "UNKNOWN", "Unknown error."));
        Self::new(code, status, message)
    }

    /// The usual error of an RPC status; `None` if the emulator has none for it.
    pub(super) fn of_rpc_status(status: &str) -> Option<Self> {
        let (code, status, message) = *USUAL.iter().find(|(_, known, _)| *known == status)?;
        Some(Self::new(code, status, message))
    }

    pub(super) fn not_found() -> Self {
        Self::of_http_status(404)
    }

    pub(super) fn invalid_argument() -> Self {
        Self::of_http_status(400)
    }

    /// INVALID_ARGUMENT with another message.
    pub(super) fn invalid_argument_with(message: &str) -> Self {
        Self::new(400, "INVALID_ARGUMENT", message)
    }

    /// The error of a request beyond the emulator's own limits. It is permanent: a retry cannot succeed.
    pub(super) fn beyond_limits(message: &str) -> Self {
        Self { fault: Some(LIMITS), ..Self::invalid_argument_with(message) }
    }

    /// RESOURCE_EXHAUSTED with another message.
    pub(super) fn resource_exhausted(message: &str) -> Self {
        Self::new(429, "RESOURCE_EXHAUSTED", message)
    }

    pub(super) fn failed_precondition() -> Self {
        Self::new(400, "FAILED_PRECONDITION", "Precondition check failed.")
    }

    pub(super) fn missing_credentials() -> Self {
        Self::new(
            401,
            "UNAUTHENTICATED",
            "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or \
             other valid authentication credential.",
        )
        .with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "CREDENTIALS_MISSING",
            "domain": "googleapis.com",
        }))
    }

    /// The service's error for a wrong or revoked key. Its message is misleading: the service does support API keys.
    pub(super) fn wrong_key(rpc: &str) -> Self {
        Self::new(
            401,
            "UNAUTHENTICATED",
            "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials \
             that assert a principal. See https://cloud.google.com/docs/authentication",
        )
        .with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "CREDENTIALS_MISSING",
            "domain": "googleapis.com",
            "metadata": {"method": format!("{PACKAGE}.JulesService.{rpc}"), "service": SERVICE},
        }))
    }

    /// The error for a wrong key of Google services that accept only API keys. From the Jules service only
    /// [`Self::wrong_key`] was recorded.
    pub(super) fn invalid_api_key() -> Self {
        let message = "API key not valid. Please pass a valid API key.";
        Self::invalid_argument_with(message)
            .with_detail(json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
                "metadata": {"service": SERVICE},
            }))
            .with_detail(json!({
                "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
                "locale": "en-US",
                "message": message,
            }))
    }

    pub(super) fn unknown_query(name: &str) -> Self {
        let message = format!(
            "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' could \
             not be found in request message."
        );
        Self::invalid_argument_with(&message).with_detail(bad_request(json!({"description": message})))
    }

    /// An unknown field in the message at `path`, such as `session.source_context`; the path of the body itself is empty.
    pub(super) fn unknown_field(name: &str, path: &str) -> Self {
        let place = if path.is_empty() { String::new() } else { format!(" at '{path}'") };
        Self::invalid_argument_with(&format!(
            "Invalid JSON payload received. Unknown name \"{name}\"{place}: Cannot find field."
        ))
    }

    /// A value of the wrong type in the field at `path`: `kind` is a primitive type such as `TYPE_INT32`, or a type of the API.
    pub(super) fn invalid_value(path: &str, kind: &str, value: &Json) -> Self {
        let kind = match kind.strip_prefix("TYPE_") {
            Some(_) => kind.to_owned(),
            None => format!("type.googleapis.com/{PACKAGE}.{kind}"),
        };
        let message = format!("Invalid value at '{path}' ({kind}), {value}");
        Self::invalid_argument_with(&message).with_detail(bad_request(json!({"field": path, "description": message})))
    }

    /// A field mask that selects a field which the response does not have.
    pub(super) fn invalid_mask(path: &str) -> Self {
        let description = format!("Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'.");
        Self::invalid_argument().with_detail(bad_request(json!({"field": path, "description": description})))
    }

    /// A body that is not JSON, or not an object.
    pub(super) fn invalid_json(reason: &str) -> Self {
        Self::invalid_argument_with(&format!("Invalid JSON payload received. {reason}"))
    }

    /// The error for a malformed session id, from an example in the service's documentation.
    pub(super) fn invalid_session_id() -> Self {
        Self::invalid_argument_with("Invalid session ID format")
    }
}

fn bad_request(violation: Json) -> Json {
    json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]})
}
