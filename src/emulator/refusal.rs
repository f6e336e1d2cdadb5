//! Every way to say no, with the service's own words where they were recorded.

use super::json::{Json, pretty};
use super::message::{LIMITS, QUOTA, Response};
use crate::core::time::Timestamp;
use serde_json::json;

const SERVICE: &str = "jules.googleapis.com";
const PACKAGE: &str = "google.labs.jules.v1alpha";

/// An answer with an error body.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) body: Json,
    /// What the log calls it, if it is none of the service's usual refusals.
    fault: Option<&'static str>,
}

impl Refusal {
    fn new(code: u16, status: &str, message: &str) -> Self {
        let body = json!({"error": {"code": code, "message": message, "status": status}});
        Self { status: code, body, fault: None }
    }

    /// The same, as the answer to what the quota forbids.
    pub(super) fn by_quota(self) -> Self {
        Self { fault: Some(QUOTA), ..self }
    }

    /// The same, with when to try again: a duration as JSON writes it, such as `1.5s`.
    pub(super) fn with_retry_info(self, delay: &str) -> Self {
        self.with_detail(json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}))
    }

    /// What it says to people.
    pub(super) fn message(&self) -> &str {
        self.body.pointer("/error/message").and_then(Json::as_str).unwrap_or_default()
    }

    pub(super) fn response(&self, now: Timestamp) -> Response {
        let fault = self.fault.map(str::to_owned);
        Response { fault, ..Response::json(self.status, now, pretty(&self.body)) }
    }

    /// The same, with one more detail.
    pub(super) fn with_detail(mut self, detail: Json) -> Self {
        if let Some(error) = self.body.get_mut("error").and_then(Json::as_object_mut) {
            let details = error.entry("details").or_insert_with(|| Json::Array(Vec::new()));
            details.as_array_mut().into_iter().for_each(|details| details.push(detail.clone()));
        }
        self
    }

    /// The refusal that goes with an HTTP status of an error. What the service says with those that were never
    /// recorded of it follows the usual mapping of RPC statuses.
    pub(super) fn of_code(code: u16) -> Self {
        let (status, message) = match code {
            400 => ("INVALID_ARGUMENT", "Request contains an invalid argument."),
            401 => return Self::no_credential(),
            403 => ("PERMISSION_DENIED", "The caller does not have permission"),
            404 => ("NOT_FOUND", "Requested entity was not found."),
            409 => ("ABORTED", "The operation was aborted."),
            429 => ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
            499 => ("CANCELLED", "The operation was cancelled."),
            500 => ("INTERNAL", "Internal error encountered."),
            501 => ("UNIMPLEMENTED", "Operation is not implemented, or supported, or enabled."),
            502 | 503 => ("UNAVAILABLE", "The service is currently unavailable."),
            504 => ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
            _ => ("UNKNOWN", "Unknown error."),
        };
        Self::new(code, status, message)
    }

    /// The refusal that goes with an RPC status, in the service's usual words; `None` for a status it has none for.
    pub(super) fn of_status(status: &str) -> Option<Self> {
        let (code, message) = match status {
            "FAILED_PRECONDITION" => (400, "Precondition check failed."),
            "INTERNAL" => (500, "Internal error encountered."),
            "INVALID_ARGUMENT" => (400, "Request contains an invalid argument."),
            "NOT_FOUND" => (404, "Requested entity was not found."),
            "PERMISSION_DENIED" => (403, "The caller does not have permission"),
            "RESOURCE_EXHAUSTED" => (429, "Resource has been exhausted (e.g. check quota)."),
            "UNAVAILABLE" => (503, "The service is currently unavailable."),
            _ => return None,
        };
        Some(Self::new(code, status, message))
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "Requested entity was not found.")
    }

    pub(super) fn invalid() -> Self {
        Self::new(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
    }

    /// An invalid argument in words of the emulator's own, for what the service does not know either.
    pub(super) fn invalid_because(message: &str) -> Self {
        Self::new(400, "INVALID_ARGUMENT", message)
    }

    /// What the emulator itself does not keep. A client that tried again would not succeed.
    pub(super) fn beyond_limits(message: &str) -> Self {
        Self { fault: Some(LIMITS), ..Self::invalid_because(message) }
    }

    /// Something is used up, in these words.
    pub(super) fn exhausted(message: &str) -> Self {
        Self::new(429, "RESOURCE_EXHAUSTED", message)
    }

    pub(super) fn failed_precondition() -> Self {
        Self::new(400, "FAILED_PRECONDITION", "Precondition check failed.")
    }

    pub(super) fn no_credential() -> Self {
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

    /// What the service says of a wrong or revoked key, although it does support API keys.
    pub(super) fn bad_key(rpc: &str) -> Self {
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

    /// What Google's services say of a wrong key that are reached through API keys alone. Of the service itself only
    /// [`Self::bad_key`] was recorded.
    pub(super) fn invalid_api_key() -> Self {
        let message = "API key not valid. Please pass a valid API key.";
        Self::invalid_because(message)
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
        Self::invalid_because(&message).with_detail(bad_request(json!({"description": message})))
    }

    /// A field of the body that the message at `place` (such as `session.source_context`; empty at the top) lacks.
    pub(super) fn unknown_field(name: &str, place: &str) -> Self {
        let place = if place.is_empty() { String::new() } else { format!(" at '{place}'") };
        Self::invalid_because(&format!(
            "Invalid JSON payload received. Unknown name \"{name}\"{place}: Cannot find field."
        ))
    }

    /// A value that cannot be read as its field's type: `kind` is `TYPE_INT32` and the like, or a type of the API.
    pub(super) fn bad_value(place: &str, kind: &str, value: &Json) -> Self {
        let kind = match kind.strip_prefix("TYPE_") {
            Some(_) => kind.to_owned(),
            None => format!("type.googleapis.com/{PACKAGE}.{kind}"),
        };
        let message = format!("Invalid value at '{place}' ({kind}), {value}");
        Self::invalid_because(&message).with_detail(bad_request(json!({"field": place, "description": message})))
    }

    /// A field mask that names what the answer does not have.
    pub(super) fn bad_mask(path: &str) -> Self {
        let description = format!("Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'.");
        Self::invalid().with_detail(bad_request(json!({"field": path, "description": description})))
    }

    pub(super) fn not_json(reason: &str) -> Self {
        Self::invalid_because(&format!("Invalid JSON payload received. {reason}"))
    }

    /// The documentation's example of a bad request.
    pub(super) fn bad_session_id() -> Self {
        Self::invalid_because("Invalid session ID format")
    }
}

fn bad_request(violation: Json) -> Json {
    json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]})
}
