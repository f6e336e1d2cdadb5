//! The error body of Google's services (AIP-193) in all known forms.

use super::error::FieldViolation;
use super::json_view::JsonView;
use super::text;

/// The quota of sessions that an error names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Sessions per 24 hours.
    Daily,
    /// Concurrent sessions.
    Concurrent,
}

/// The content of an error body.
#[derive(Debug, Default)]
pub struct RpcStatus {
    /// The message.
    pub message: Option<String>,
    /// The canonical status, such as `NOT_FOUND`.
    pub rpc_status: Option<String>,
    /// The reason of its `ErrorInfo`.
    pub reason: Option<String>,
    /// The details, as JSON text.
    pub details: Option<String>,
    /// The invalid fields.
    pub field_violations: Vec<FieldViolation>,
    /// Milliseconds to wait, from its `RetryInfo`.
    pub retry_delay_ms: Option<u64>,
    /// The quota that it names. The names of Google's quotas contain their period.
    pub quota: Option<Quota>,
}

/// Parts of messages about a wrong key, for bodies without details. A reason has priority.
const KEY_WORDS: [&str; 2] = ["api key not valid", "api key expired"];

impl RpcStatus {
    /// Reads an error body: `{"error": {…}}`; the same as the first entry of an array, as streaming and batch front ends
    /// send it; OAuth's `{"error": "…", "error_description": "…"}`; or the status itself.
    pub fn read<J: JsonView>(body: &J) -> Self {
        let first = body.items().into_iter().next();
        let body = first.as_ref().unwrap_or(body);
        let error = body.get("error");
        if let Some(code) = body.text("error") {
            let description = body.text("error_description");
            return Self { message: Some(description.unwrap_or(code)), ..Self::default() };
        }
        Self::of(if error.is_object() { &error } else { body })
    }

    fn of<J: JsonView>(error: &J) -> Self {
        let details = error.get("details");
        let mut status = Self {
            message: error.text("message"),
            rpc_status: error.text("status"),
            details: (!details.is_null()).then(|| details.to_text()),
            ..Self::default()
        };
        for detail in details.items() {
            status.take_detail(&detail);
        }
        // The older form of Google's errors.
        status.reason =
            status.reason.or_else(|| error.get("errors").items().iter().find_map(|entry| entry.text("reason")));
        status.quota = status.quota.or_else(|| quota_named_in(status.message.as_deref().unwrap_or_default()));
        status
    }

    fn take_detail<J: JsonView>(&mut self, detail: &J) {
        self.quota = self.quota.or_else(|| quota_named_in(&detail.to_text()));
        match detail.text("@type").as_deref().and_then(|kind| kind.rsplit('.').next()) {
            Some("ErrorInfo") => self.reason = detail.text("reason"),
            Some("BadRequest") => {
                let text = |violation: &J, name| violation.text(name).unwrap_or_default();
                self.field_violations.extend(detail.get("fieldViolations").items().iter().map(|violation| {
                    FieldViolation { field: text(violation, "field"), description: text(violation, "description") }
                }));
            }
            Some("RetryInfo") => self.retry_delay_ms = detail.text("retryDelay").as_deref().and_then(duration_ms),
            _ => {}
        }
    }

    /// Whether it is about a precondition that the service does not name.
    pub fn names_no_condition(&self) -> bool {
        let says = self.message.as_deref().unwrap_or_default().trim();
        self.rpc_status.as_deref() == Some("FAILED_PRECONDITION") && matches!(says, "" | "Precondition check failed.")
    }

    /// Whether it is about the API key.
    pub fn is_about_key(&self) -> bool {
        match &self.reason {
            Some(reason) => reason.starts_with("API_KEY_") || reason == "keyInvalid" || reason == "keyExpired",
            None => {
                let says = self.message.as_deref().unwrap_or_default().to_ascii_lowercase();
                KEY_WORDS.iter().any(|words| text::split_once(&says, words).is_some())
            }
        }
    }
}

fn quota_named_in(words: &str) -> Option<Quota> {
    let words = words.to_ascii_lowercase();
    let names = |spans: &[&str]| spans.iter().any(|span| text::split_once(&words, span).is_some());
    if names(&["perday", "per_day", "per day", "daily"]) {
        Some(Quota::Daily)
    } else if names(&["concurrent", "simultaneous", "at one time"]) {
        Some(Quota::Concurrent)
    } else {
        None
    }
}

/// A protobuf duration in JSON, `1.5s`, rounded up. Whole numbers only: floating point would make the wasm larger.
fn duration_ms(text: &str) -> Option<u64> {
    let (seconds, fraction) = text.strip_suffix('s')?.split_once('.').unwrap_or((text.strip_suffix('s')?, ""));
    let whole: u64 = seconds.parse().ok()?;
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    let part: u64 = thousandths.parse().ok()?;
    Some(whole.saturating_mul(1000).saturating_add(part + u64::from(fraction.len() > 3)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn read(body: &str) -> RpcStatus {
        RpcStatus::read(&serde_json::from_str::<Value>(body).unwrap_or_default())
    }

    #[test]
    fn every_form_of_an_error_is_read() {
        let status = r#"{"code":404,"message":"Not found.","status":"NOT_FOUND"}"#;
        for body in [
            format!(r#"{{"error":{status}}}"#),
            format!(r#"[{{"error":{status}}}]"#),
            format!("[{status}]"),
            status.to_owned(),
        ] {
            let read = read(&body);
            assert_eq!(
                (read.message.as_deref(), read.rpc_status.as_deref()),
                (Some("Not found."), Some("NOT_FOUND")),
                "{body}"
            );
        }
        let oauth = read(r#"{"error":"invalid_grant","error_description":"Bad token."}"#);
        assert_eq!(oauth.message.as_deref(), Some("Bad token."));
        let old = read(r#"{"error":{"code":403,"message":"No.","errors":[{"domain":"global","reason":"forbidden"}]}}"#);
        assert_eq!(old.reason.as_deref(), Some("forbidden"));
        for body in ["", "[]", "7", "null", r#""text""#, r#"{"error":7}"#] {
            assert_eq!(read(body).message, None, "{body}");
        }
    }

    #[test]
    fn an_invalid_key_is_recognised_in_every_form() {
        let info = r#"{"error":{"status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#;
        for body in [
            info,
            r#"{"error":{"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}"#,
            r#"{"error":{"errors":[{"reason":"keyInvalid"}]}}"#,
        ] {
            assert!(read(body).is_about_key(), "{body}");
        }
        assert!(!read(r#"{"error":{"message":"Bad prompt.","status":"INVALID_ARGUMENT"}}"#).is_about_key());
    }

    #[test]
    fn a_quota_is_recognised_by_its_name() {
        let quota = |detail: &str| read(&format!(r#"{{"error":{{"details":[{detail}]}}}}"#)).quota;
        for (detail, expected) in [
            (r#"{"metadata":{"quota_limit":"TasksPerDay"}}"#, Some(Quota::Daily)),
            (r#"{"violations":[{"description":"Daily limit"}]}"#, Some(Quota::Daily)),
            (r#"{"metadata":{"quota_limit":"ConcurrentSessionsPerProject"}}"#, Some(Quota::Concurrent)),
            (r#"{"metadata":{"quota_limit":"ListActivitiesRequestsPerMinutePerProject"}}"#, None),
        ] {
            assert_eq!(quota(detail), expected, "{detail}");
        }
        assert_eq!(read(r#"{"error":{"message":"Sessions per day exceeded"}}"#).quota, Some(Quota::Daily));
    }
}
