//! The options of a client, and those of its calls.

use super::error::Error;
use super::fields::Fields;
use super::ids::{self, DEFAULT_BASE_URL};
use super::json::Json;

/// How long and how often a request is sent again. See [`super::outcome`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimitRetry {
    /// Milliseconds from the first attempt after which there is no other. Default 300000.
    pub max_retry_time_ms: u64,
    /// The bound of the first delay, in milliseconds. Default 1000.
    pub base_delay_ms: u64,
    /// The largest bound of a delay, in milliseconds. Default 30000.
    pub max_delay_ms: u64,
}

/// The numbers that a client works by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Milliseconds between two looks at a session. Default 5000.
    pub polling_interval_ms: u64,
    /// Milliseconds that one attempt may take, body included. Default 30000.
    pub request_timeout_ms: u64,
    /// How requests are sent again.
    pub rate_limit_retry: RateLimitRetry,
    /// How many requests of one client are in flight at once. Default 50.
    pub max_concurrent_requests: u64,
}

/// What to do when it is not known whether a session was made or a message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnknownOutcome {
    /// Look whether it was, and only then decide.
    Reconcile,
    /// Fail at once.
    Throw,
}

/// What a client is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The key. Not given: read from the environment at the first request.
    pub api_key: Option<String>,
    /// Where the service is, without a slash at the end. Default: the service itself.
    pub base_url: String,
    /// Headers added to every request.
    pub headers: Vec<(String, String)>,
    /// Whether `result()` rejects when a session has failed. Default false.
    pub throw_on_failure: bool,
    /// What to do when it is not known whether a session was made or a message was sent. Default: look.
    pub on_unknown_outcome: OnUnknownOutcome,
    /// The numbers.
    pub config: Config,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api_key: None,
            base_url: DEFAULT_BASE_URL.to_owned(),
            headers: Vec::new(),
            throw_on_failure: false,
            on_unknown_outcome: OnUnknownOutcome::Reconcile,
            config: Config {
                polling_interval_ms: 5000,
                request_timeout_ms: 30_000,
                rate_limit_retry: RateLimitRetry {
                    max_retry_time_ms: 300_000,
                    base_delay_ms: 1000,
                    max_delay_ms: 30_000,
                },
                max_concurrent_requests: 50,
            },
        }
    }
}

/// Sets `place` if something was given.
fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *place = value;
    }
}

impl Options {
    /// These options with those of `json` over them. What is not named there stays.
    ///
    /// ```
    /// use jules_wasm::core::json::Json;
    /// use jules_wasm::core::options::Options;
    /// let given = Json::read(br#"{ "config": { "pollingIntervalMs": 1000 } }"#).unwrap();
    /// let options = Options::default().with(given).unwrap();
    /// assert_eq!(options.config.polling_interval_ms, 1000);
    /// assert_eq!(options.config.request_timeout_ms, 30_000);
    /// assert!(Options::default().with(Json::read(br#"{ "apikey": "k" }"#).unwrap()).is_err());
    /// ```
    pub fn with(mut self, json: Json) -> Result<Self, Error> {
        let mut fields = Fields::of(json, "the client")?;
        for taken in ["fetch", "logger"] {
            fields.knows(taken);
        }
        if let Some(key) = fields.text("apiKey")? {
            self.api_key = Some(key.trim().to_owned()).filter(|key| !key.is_empty());
            if self.api_key.as_ref().is_some_and(|key| !is_header_value(key)) {
                return Err(fields.invalid("apiKey", "holds characters that a key cannot have"));
            }
        }
        if let Some(url) = fields.text("baseUrl")? {
            self.base_url = ids::base_url(&url).map_err(|problem| fields.invalid("baseUrl", problem))?;
        }
        for (name, value) in fields.texts("headers")? {
            if !is_header_name(&name) || !is_header_value(&value) {
                return Err(fields.invalid(&format!("headers.{name}"), "is no header"));
            }
            self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
            self.headers.push((name, value));
        }
        set(&mut self.throw_on_failure, fields.boolean("throwOnFailure")?);
        match fields.text("onUnknownOutcome")?.as_deref() {
            None => {}
            Some("reconcile") => self.on_unknown_outcome = OnUnknownOutcome::Reconcile,
            Some("throw") => self.on_unknown_outcome = OnUnknownOutcome::Throw,
            Some(_) => return Err(fields.invalid("onUnknownOutcome", "must be \"reconcile\" or \"throw\"")),
        }
        if let Some(config) = fields.object("config", "config.")? {
            self.config.read(config)?;
        }
        fields.finish()?;
        Ok(self)
    }

    /// These options, if they can be right where they are used. `is_in_page`: an address without a host is taken to be
    /// on that of the page; else it is one only for a `fetch` of the caller's own.
    pub fn checked(self, is_in_page: bool, has_own_fetch: bool) -> Result<Self, Error> {
        let is_relative = self.base_url.is_empty() || self.base_url.starts_with('/');
        if is_relative && !is_in_page && !has_own_fetch {
            return Err(Error::invalid("baseUrl", "begins with \"/\", but there is no page whose host it could be on"));
        }
        Ok(self)
    }
}

impl Config {
    fn read(&mut self, mut fields: Fields<'_>) -> Result<(), Error> {
        set(&mut self.polling_interval_ms, fields.number("pollingIntervalMs", 1)?);
        set(&mut self.request_timeout_ms, fields.number("requestTimeoutMs", 1)?);
        set(&mut self.max_concurrent_requests, fields.count("maxConcurrentRequests", 1)?);
        if let Some(mut retry) = fields.object("rateLimitRetry", "config.rateLimitRetry.")? {
            let policy = &mut self.rate_limit_retry;
            set(&mut policy.max_retry_time_ms, retry.number("maxRetryTimeMs", 0)?);
            set(&mut policy.base_delay_ms, retry.number("baseDelayMs", 0)?);
            set(&mut policy.max_delay_ms, retry.number("maxDelayMs", 0)?);
            retry.finish()?;
        }
        fields.finish()
    }
}

fn is_header_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Whether a header can carry this text.
pub fn is_header_value(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\t')
}

/// What a call may be bounded by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Milliseconds after which the call gives up; `None`: never by itself.
    pub timeout_ms: Option<u64>,
}

impl Limits {
    /// Takes the limits out of a call's options. The other that each call has, its signal, is no data.
    pub fn take(fields: &mut Fields<'_>) -> Result<Self, Error> {
        fields.knows("signal");
        Ok(Self { timeout_ms: fields.number("timeoutMs", 0)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: serde_json::Value) -> Json {
        Json::read(value.to_string().as_bytes()).unwrap()
    }

    macro_rules! json {
        ($($tokens:tt)+) => { json(serde_json::json!($($tokens)+)) };
    }

    #[test]
    fn later_options_go_over_earlier_ones_field_by_field() {
        let options = Options::default()
            .with(
                json!({ "apiKey": "k1", "headers": { "X-A": "1", "X-B": "1" }, "config": { "pollingIntervalMs": 7 } }),
            )
            .and_then(|o| {
                o.with(json!({ "headers": { "x-a": "2" }, "config": { "rateLimitRetry": { "baseDelayMs": 3 } } }))
            })
            .unwrap();
        assert_eq!(options.api_key.as_deref(), Some("k1"));
        assert_eq!(options.headers, [("X-B".to_owned(), "1".to_owned()), ("x-a".to_owned(), "2".to_owned())]);
        assert_eq!((options.config.polling_interval_ms, options.config.rate_limit_retry.base_delay_ms), (7, 3));
        assert_eq!(options.config.rate_limit_retry.max_delay_ms, 30_000);
    }

    #[test]
    fn the_base_url_needs_no_slash_at_its_end() {
        let options = Options::default().with(json!({ "baseUrl": "http://127.0.0.1:8787/v1alpha/" })).unwrap();
        assert_eq!(options.base_url, "http://127.0.0.1:8787/v1alpha");
    }

    #[test]
    fn a_base_url_without_a_host_is_for_pages_and_for_a_fetch_that_knows_what_to_do_with_it() {
        for base_url in ["/", "/api/jules"] {
            let options = Options::default().with(json!({ "baseUrl": base_url })).unwrap();
            assert_eq!(options.clone().checked(false, false).unwrap_err().field.as_deref(), Some("baseUrl"));
            assert!(options.clone().checked(true, false).is_ok() && options.checked(false, true).is_ok());
        }
        assert!(Options::default().checked(false, false).is_ok());
    }

    #[test]
    fn every_mistake_is_told_by_the_name_of_its_option() {
        for (options, field) in [
            (json!({ "apiKey": 1 }), "apiKey"),
            (json!({ "apiKey": "a\nb" }), "apiKey"),
            (json!({ "baseURL": "x" }), "baseURL"),
            (json!({ "baseUrl": "ftp://x" }), "baseUrl"),
            (json!({ "baseUrl": "https://x.y/v1?key=k" }), "baseUrl"),
            (json!({ "headers": { "X": 1 } }), "headers.X"),
            (json!({ "headers": { "a b": "1" } }), "headers.a b"),
            (json!({ "throwOnFailure": 1 }), "throwOnFailure"),
            (json!({ "config": { "pollingIntervalMs": "5s" } }), "config.pollingIntervalMs"),
            (json!({ "config": { "pollingIntervalMs": 0 } }), "config.pollingIntervalMs"),
            (json!({ "config": { "requestTimeoutMs": -1 } }), "config.requestTimeoutMs"),
            (json!({ "config": { "maxConcurrentRequests": 1.5 } }), "config.maxConcurrentRequests"),
            (json!({ "config": { "pollInterval": 1 } }), "config.pollInterval"),
            (json!({ "config": { "rateLimitRetry": { "tries": 1 } } }), "config.rateLimitRetry.tries"),
        ] {
            let error = Options::default().with(options.clone()).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{options:?}");
        }
    }
}
