//! Converts failed requests to errors that say what happened, what was done, and what to do next.

use super::error::{Cause, Effect, Error, ErrorKind};
use super::http::{Body, FetchError, Method, Response};
use super::ids::quoted;
use super::json_view::JsonView;
use super::outcome::Failure;
use super::rpc_status::{Quota, RpcStatus};
use super::text;
use super::time::Timestamp;

/// The failed request.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// The request's method.
    pub method: Method,
    /// The request's URL.
    pub url: &'a str,
    /// The number of attempts, including this one.
    pub attempts: u32,
    /// Whether the client has received any response before.
    pub has_contact: bool,
    /// The API key, which is removed from a body before it is truncated: half a key would not be found later.
    pub key: &'a str,
}

/// The part of a message while it is unknown whether the request was carried out.
pub const IN_DOUBT: &str = " The request may have been carried out: check this before you send it again.";

/// Its replacement once reconciling has shown that the request was not carried out.
const PROVEN_NOT_DONE: &str = " The request was not carried out: the service shows no result of it.";

/// The error of a request that was reconciled and proven not to have been carried out.
pub fn proven_not_done(mut error: Error) -> Error {
    if let Some(message) = text::replaced(&error.message, IN_DOUBT, PROVEN_NOT_DONE) {
        error.message = message;
    }
    error.outcome = Some(Effect::Refused);
    error
}

impl Exchange<'_> {
    fn error(&self, kind: ErrorKind, failure: Failure, message: String) -> Error {
        let effect = failure.effect();
        let attempts = if self.attempts > 1 { format!(" Attempts: {}.", self.attempts) } else { String::new() };
        let mut error = Error::new(kind, format!("{message}{}{attempts}", self.effect_text(effect)));
        error.method = Some(self.method.as_str());
        error.url = Some(self.url.to_owned());
        error.outcome = Some(effect);
        error.retryable = Some(failure.is_retryable());
        error.attempts = Some(self.attempts);
        error
    }

    fn effect_text(&self, effect: Effect) -> &'static str {
        match (self.method, effect) {
            (Method::Get, _) | (_, Effect::Refused | Effect::Done) => "",
            (_, Effect::NotSent) => " The request did not reach the service: nothing was done.",
            (_, Effect::Unknown) => IN_DOUBT,
        }
    }

    /// There was no response, or an incomplete one.
    pub fn no_answer(&self, rejection: &FetchError) -> (Failure, Error) {
        let failure = Failure::of_fetch(rejection);
        let what = match failure {
            Failure::Ambiguous if rejection.answered => "got an incomplete response",
            Failure::NotSent | Failure::Permanent { not_sent: true } => "was not sent",
            _ => "got no response",
        };
        let message = format!(
            "{} {} {what}: {}.{}",
            self.method.as_str(),
            self.url,
            rejection.message.trim_end_matches('.'),
            self.network_advice(failure, rejection)
        );
        let mut error = self.error(ErrorKind::Network, failure, message);
        let FetchError { name, message, code, .. } = rejection.clone();
        error.cause = Some(Cause { name, message, code });
        (failure, error)
    }

    /// What to check, if the runtime gives a reason or the client has not received any response yet.
    fn network_advice(&self, failure: Failure, rejection: &FetchError) -> &'static str {
        let says = |words: &str| text::split_once(&rejection.message, words).is_some();
        let code = rejection.code.as_deref().unwrap_or_default();
        let is_permission =
            code == "ERR_ACCESS_DENIED" || matches!(rejection.name.as_str(), "NotCapable" | "PermissionDenied");
        match failure {
            Failure::Permanent { not_sent: true } if is_permission => {
                " The runtime has no permission to access this host: start it with --allow-net."
            }
            Failure::Permanent { not_sent: true } if rejection.unsendable || code.starts_with("ERR_INVALID") => {
                " The URL or a header is invalid: check `baseUrl`, `apiKey` and `headers`."
            }
            Failure::Permanent { not_sent: true } if says("URL") || says("scheme") || says("port") => {
                " The runtime does not allow requests to this URL: check `baseUrl`."
            }
            Failure::Permanent { not_sent: true } => {
                " The server's certificate is not trusted: check `baseUrl`. Behind a proxy that inspects TLS, make its \
                 certificate known to the runtime (Node: NODE_EXTRA_CA_CERTS)."
            }
            Failure::NotSent => " Check the network, the proxy and `baseUrl`.",
            Failure::Ambiguous if !self.has_contact && code.is_empty() => {
                " The runtime gives no reason. In a page it is CORS, a blocked request or a missing network: check the \
                 browser's console. Against CORS, set `baseUrl` to a proxy of your own."
            }
            _ => "",
        }
    }

    /// The response did not arrive in time.
    pub fn timed_out(&self, timeout_ms: u64) -> (Failure, Error) {
        let message = format!(
            "{} {} got no complete response within {timeout_ms} ms (config.requestTimeoutMs).",
            self.method.as_str(),
            self.url
        );
        (Failure::Ambiguous, self.error(ErrorKind::Network, Failure::Ambiguous, message))
    }

    /// The body of a successful response is invalid. `problem` is a predicate about it.
    pub fn unreadable<J: JsonView>(&self, response: &Response<J>, problem: &str) -> (Failure, Error) {
        let message = format!(
            "{} {} got a response with status {} and a body that {problem}: {}.",
            self.method.as_str(),
            self.url,
            response.status,
            self.snippet(&response.body)
        );
        let mut error = self.error(ErrorKind::Decode, Failure::Unreadable, message);
        error.status = Some(response.status);
        (Failure::Unreadable, error)
    }

    /// The body is larger than `most_bytes`.
    pub fn too_large(&self, status: u16, most_bytes: u64) -> (Failure, Error) {
        let message = format!(
            "{} {} got a response with status {status} and a body of more than {} MB, which is too large to read.",
            self.method.as_str(),
            self.url,
            most_bytes >> 20
        );
        let mut error = self.error(ErrorKind::Decode, Failure::TooLarge, message);
        error.status = Some(status);
        error.is_too_large = true;
        (Failure::TooLarge, error)
    }

    /// The beginning of a body, for messages.
    fn snippet<J: JsonView>(&self, body: &Body<J>) -> String {
        let text = body.text();
        let text = text::without(&text, self.key).unwrap_or(text);
        if text.trim().is_empty() { "the body is empty".to_owned() } else { quoted(text.trim()) }
    }

    /// The status is an error, or a redirect, which would send the key to another URL.
    pub fn error_status<J: JsonView>(&self, response: &Response<J>, is_young: bool) -> (Failure, Error) {
        let status = match &response.body {
            Body::Json(json) => RpcStatus::read(json),
            _ => RpcStatus::default(),
        };
        let retry_after_ms = retry_after_ms(response).or(status.retry_delay_ms);
        let failure = match Failure::of_status(response.status, retry_after_ms, is_young) {
            // A daily quota is not available again within minutes.
            Failure::Refused { .. } if status.quota == Some(Quota::Daily) => Failure::Final,
            failure => failure,
        };
        let kind = match response.status {
            401 | 403 => ErrorKind::Authentication,
            400 if status.is_about_key() => ErrorKind::Authentication,
            429 => ErrorKind::RateLimit,
            _ => ErrorKind::Api,
        };
        let mut message = self.status_message(response, &status, retry_after_ms);
        message.push_str(match failure {
            Failure::NotVisibleYet => " The session was created a moment ago and may not be visible yet: try again.",
            _ => self.advice(response.status, &status),
        });
        let mut error = self.error(kind, failure, message);
        error.status = Some(response.status);
        error.status_text = Some(response.status_text.clone());
        error.names_no_condition = status.names_no_condition();
        error.rpc_status = status.rpc_status;
        error.reason = status.reason;
        error.details = status.details;
        error.field_violations = Some(status.field_violations).filter(|violations| !violations.is_empty());
        error.retry_after_ms = retry_after_ms;
        (failure, error)
    }

    fn status_message<J: JsonView>(
        &self,
        response: &Response<J>,
        status: &RpcStatus,
        retry_after_ms: Option<u64>,
    ) -> String {
        let Response { status: code, status_text, body, .. } = response;
        let said = match (code, &status.message) {
            (0, _) => "an opaque response: the runtime hides a redirect or a blocked request".to_owned(),
            (304, _) => {
                "\"not modified\", although the request had no condition: a cache responds in place of the service"
                    .to_owned()
            }
            (300..400, _) => "a redirect, which is not followed because it would send the API key elsewhere".to_owned(),
            (_, Some(message)) => message.trim_end_matches('.').to_owned(),
            (_, None) => self.snippet(body),
        };
        let name = status.rpc_status.as_deref().unwrap_or(status_text);
        let space = if name.is_empty() { "" } else { " " };
        let mut message = format!("[{code}{space}{name}] {} {}: {said}.", self.method.as_str(), self.url);
        for violation in &status.field_violations {
            message.push_str(&format!(" {}: {}.", violation.field, violation.description.trim_end_matches('.')));
        }
        if let Some(wait) = retry_after_ms {
            message.push_str(&format!(" The service asks for a delay of {wait} ms."));
        }
        message
    }

    /// What to do next, by the status. The service's text is misleading: for a wrong key it says that API keys are not supported.
    fn advice(&self, code: u16, status: &RpcStatus) -> &'static str {
        match (code, status.quota) {
            (404, _) if status.message.is_none() => " Check `baseUrl`.",
            (404, _) if text::split_once(self.url, "/sessions/").is_some() => {
                " Check the id. What was deleted, or is of another account than the API key, is not found either."
            }
            (401, _) => {
                " Check the API key: it is missing, wrong or revoked (create keys in the settings of the web app)."
            }
            (400, _) if status.is_about_key() => {
                " Check the API key: it is wrong, expired or revoked (create keys in the settings of the web app)."
            }
            (403, _) if status.is_about_key() => " The API key is not allowed here: check its restrictions.",
            (403, _) => " The API key is valid but has no access to this resource.",
            (429, Some(Quota::Daily)) => {
                " The sessions of the last 24 hours are used up (15, 100 or 300 by plan). Waiting for minutes does not help: \
                 create the next one when the oldest of them is 24 hours old."
            }
            (429, Some(Quota::Concurrent)) => {
                " The account is at its limit of concurrent sessions (3, 15 or 60 by plan): create the next one when one of \
                 them has ended."
            }
            (429, None) => {
                " Too many requests, or the limit of daily or concurrent sessions is reached: wait, then try again."
            }
            (400, _) if status.names_no_condition() => {
                " The service does not say which precondition failed. For a create it is usually the limit of concurrent \
                 or daily sessions; for a message, the session has ended."
            }
            _ => "",
        }
    }
}

/// `Retry-After`: seconds, or a date, which is compared with the `Date` of the response and never with the local clock.
fn retry_after_ms<J>(response: &Response<J>) -> Option<u64> {
    let value = response.retry_after.as_deref()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(seconds.saturating_mul(1000));
    }
    let until = http_date(value)?;
    let now = http_date(response.date.as_deref()?)?;
    Some(u64::try_from(until.as_millis() - now.as_millis()).unwrap_or(0))
}

/// Parses `Sun, 06 Nov 1994 08:49:37 GMT`, the only format that is still used.
pub fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split(' ').skip(1);
    let (day, month, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const POST: Exchange<'_> = Exchange {
        method: Method::Post,
        url: "https://service.test/v1alpha/sessions",
        attempts: 1,
        has_contact: true,
        key: "a-key-of-the-tests",
    };

    fn body(text: &str) -> Body<Value> {
        serde_json::from_str(text).map_or(Body::Text(text.to_owned()), Body::Json)
    }

    fn answer(status: u16, fixture: &str) -> Response<Value> {
        let path = format!("{}/tests/fixtures/{fixture}.json", env!("CARGO_MANIFEST_DIR"));
        Response {
            status,
            status_text: "Text".into(),
            body: body(&std::fs::read_to_string(path).unwrap()),
            ..Response::default()
        }
    }

    #[test]
    fn a_wrong_key_is_recognised_by_status_and_reason() {
        let (failure, error) = POST.error_status(&answer(401, "error-401-invalid-or-revoked-key"), false);
        assert_eq!((failure, error.kind), (Failure::Final, ErrorKind::Authentication));
        assert_eq!(error.reason.as_deref(), Some("CREDENTIALS_MISSING"));
        assert_eq!(error.rpc_status.as_deref(), Some("UNAUTHENTICATED"));
        assert!(error.message.contains("wrong or revoked"), "{}", error.message);
    }

    #[test]
    fn a_precondition_is_guessed_only_if_the_service_does_not_name_it() {
        let message = |response: &Response<Value>| POST.error_status(response, false).1.message.clone();
        let bare = answer(400, "error-400-failed-precondition");
        let guess = message(&bare);
        assert!(guess.contains("limit of concurrent") && guess.contains("has ended"), "{guess}");
        let said = r#"{"error":{"message":"Repository access is not ready","status":"FAILED_PRECONDITION"}}"#;
        let answered = |text: &str| message(&Response { status: 400, body: body(text), ..Response::default() });
        assert!(
            answered(r#"{"error":{"message":" ","status":"FAILED_PRECONDITION"}}"#).contains("limit of concurrent")
        );
        assert!(!answered(r#"{"error":{"message":"","status":"INVALID_ARGUMENT"}}"#).contains("limit of concurrent"));
        let stated = answered(said);
        assert!(stated.ends_with("Repository access is not ready."), "{stated}");
    }

    #[test]
    fn invalid_fields_are_named() {
        let (_, error) = POST.error_status(&answer(400, "error-400-bad-enum-field-violations"), false);
        let violations = error.field_violations.clone().unwrap();
        assert!(!violations.is_empty() && error.message.contains(&violations[0].field), "{}", error.message);
    }

    #[test]
    fn an_error_response_without_json_is_quoted() {
        let response = Response { status: 502, body: body("<html>Bad gateway</html>"), ..Response::default() };
        let (failure, error) = POST.error_status(&response, false);
        assert_eq!((failure, error.outcome), (Failure::Ambiguous, Some(Effect::Unknown)));
        assert!(
            error.message.contains("Bad gateway") && error.message.contains("check this before you send it again"),
            "{error}"
        );
    }

    #[test]
    fn retry_after_may_be_seconds_a_date_or_a_detail() {
        let with = |retry_after: &str| Response::<Value> {
            status: 429,
            retry_after: Some(retry_after.into()),
            date: Some("Sun, 06 Nov 1994 08:49:37 GMT".into()),
            ..Response::default()
        };
        let wait = |response: &Response<Value>| POST.error_status(response, false).1.retry_after_ms;
        assert_eq!(wait(&with("7")), Some(7000));
        assert_eq!(wait(&with("Sun, 06 Nov 1994 08:50:07 GMT")), Some(30_000));
        assert_eq!(wait(&with("soon")), None);
        let info =
            r#"{"error":{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}}"#;
        assert_eq!(wait(&Response { status: 429, body: body(info), ..Response::default() }), Some(1500));
    }

    #[test]
    fn a_daily_quota_is_distinguished_from_a_short_limit() {
        let with = |detail: &str| {
            let text = format!(r#"{{"error":{{"status":"RESOURCE_EXHAUSTED","details":[{detail}]}}}}"#);
            Response { status: 429, body: body(&text), ..Response::default() }
        };
        let daily = r#"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","metadata":{"quota_limit":"TasksPerDay"}}"#;
        let short = r#"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","metadata":{"quota_limit":"PerMinute"}}"#;
        let (failure, error) = POST.error_status(&with(daily), false);
        assert_eq!((failure, error.kind, error.retryable), (Failure::Final, ErrorKind::RateLimit, Some(false)));
        let (failure, error) = POST.error_status(&with(short), false);
        assert_eq!((failure, error.retryable), (Failure::Refused { retry_after_ms: None }, Some(true)));
    }

    #[test]
    fn a_redirect_is_rejected_with_a_reason() {
        for status in [302, 307] {
            let (failure, error) = POST.error_status(&Response::<Value> { status, ..Response::default() }, false);
            assert_eq!(failure, Failure::Final);
            assert!(error.message.contains("redirect"), "{error}");
        }
    }

    #[test]
    fn after_a_refused_connection_the_error_says_that_nothing_was_done() {
        let failure =
            FetchError { code: Some("ECONNREFUSED".into()), message: "fetch failed".into(), ..FetchError::default() };
        let (_, error) = POST.no_answer(&failure);
        assert_eq!(error.outcome, Some(Effect::NotSent));
        assert!(error.message.contains("nothing was done"), "{error}");
    }
}
