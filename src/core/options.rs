//! The options of a client, and those of its calls. The façade checks what callers give, and hands over complete options
//! (pkg-template/lib/given.js); its table of defaults is compared with those here.

use super::ids::DEFAULT_BASE_URL;
use super::json_view::JsonView;

/// The retry policy of requests. See [`super::outcome`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimitRetry {
    /// Milliseconds after the first attempt within which further attempts start. Default 300000.
    pub max_retry_time_ms: u64,
    /// The upper bound of the first delay in milliseconds. Default 1000.
    pub base_delay_ms: u64,
    /// The upper bound of all delays in milliseconds. Default 30000.
    pub max_delay_ms: u64,
}

/// Intervals, timeouts and limits of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Milliseconds between two polls of a session. Default 5000.
    pub polling_interval_ms: u64,
    /// Milliseconds for one attempt, including the response body. Default 30000.
    pub request_timeout_ms: u64,
    /// The retry policy.
    pub rate_limit_retry: RateLimitRetry,
    /// The largest number of requests in flight. Default 50.
    pub max_concurrent_requests: u64,
}

/// What to do when it is unknown whether a session was created or a message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnknownOutcome {
    /// Reconcile, and retry only if it was not.
    Reconcile,
    /// Fail immediately.
    Throw,
}

/// The options of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The API key. `None`: read from the environment at the first request.
    pub api_key: Option<String>,
    /// The base URL without a slash at the end. Default: that of the service.
    pub base_url: String,
    /// Headers added to every request.
    pub headers: Vec<(String, String)>,
    /// Whether `result()` rejects if the session has failed. Default false.
    pub throw_on_failure: bool,
    /// What to do when it is unknown whether a session was created or a message was sent. Default: reconcile.
    pub on_unknown_outcome: OnUnknownOutcome,
    /// Intervals, timeouts and limits.
    pub config: Config,
}

impl Options {
    /// Reads the options of the façade.
    pub fn read<J: JsonView>(given: &J) -> Self {
        let default = Self::default();
        let header = |pair: &J| {
            let pair = pair.items();
            Some((pair.first()?.string()?, pair.get(1)?.string()?))
        };
        Self {
            api_key: given.get("apiKey").string(),
            base_url: given.get("baseUrl").string().unwrap_or(default.base_url),
            headers: given.get("headers").items().iter().filter_map(header).collect(),
            throw_on_failure: given.get("throwOnFailure").flag().unwrap_or(default.throw_on_failure),
            on_unknown_outcome: match given.get("onUnknownOutcome").string().as_deref() {
                Some("throw") => OnUnknownOutcome::Throw,
                _ => OnUnknownOutcome::Reconcile,
            },
            config: default.config.with(&given.get("config")),
        }
    }
}

impl Config {
    fn with<J: JsonView>(self, given: &J) -> Self {
        let number = |given: &J, name, default| given.get(name).number().unwrap_or(default);
        let (retry, default) = (given.get("rateLimitRetry"), self.rate_limit_retry);
        Self {
            polling_interval_ms: number(given, "pollingIntervalMs", self.polling_interval_ms),
            request_timeout_ms: number(given, "requestTimeoutMs", self.request_timeout_ms),
            rate_limit_retry: RateLimitRetry {
                max_retry_time_ms: number(&retry, "maxRetryTimeMs", default.max_retry_time_ms),
                base_delay_ms: number(&retry, "baseDelayMs", default.base_delay_ms),
                max_delay_ms: number(&retry, "maxDelayMs", default.max_delay_ms),
            },
            max_concurrent_requests: number(given, "maxConcurrentRequests", self.max_concurrent_requests),
        }
    }
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

/// The default of the options `concurrency`. Third parties saw the service refuse eight of ten concurrent creates, and none of five.
pub const CONCURRENCY: u64 = 4;

/// Whether this text is a valid header value.
pub fn is_header_value(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\t')
}

/// The bounds of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Milliseconds after which the call times out. `None`: no timeout.
    pub timeout_ms: Option<u64>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::core::config::SessionConfig;
    use crate::core::state::SessionState;

    /// The table by which the façade validates input. Its source contains an object in JSON.
    fn table() -> Value {
        let source = include_str!("../../pkg-template/lib/table.js");
        let (_, json) = source.split_once("TABLE = ").unwrap();
        serde_json::from_str(json.trim_end().trim_end_matches(';')).unwrap()
    }

    /// Kinds of values that are not data and not read by serde.
    const NO_DATA: [&str; 3] = ["function", "logger", "signal"];

    /// The fields that have defaults.
    fn defaults(fields: &Value) -> Value {
        let data =
            fields.as_object().unwrap().iter().filter(|(_, field)| !NO_DATA.contains(&field["kind"].as_str().unwrap()));
        let default = |field: &Value| field.get("fields").map(defaults).or_else(|| field.get("default").cloned());
        data.filter_map(|(name, field)| Some((name.clone(), default(field)?))).collect()
    }

    /// Data that only the façade uses.
    const OF_THE_FACADE: [&str; 1] = ["logLevel"];

    /// The names under which these fields lie, as paths.
    fn paths(fields: &Value) -> Vec<String> {
        let names = fields.as_object().unwrap().iter();
        let data = names.filter(|(name, field)| {
            !NO_DATA.contains(&field["kind"].as_str().unwrap()) && !OF_THE_FACADE.contains(&name.as_str())
        });
        data.flat_map(|(name, field)| match field.get("fields") {
            Some(inner) => paths(inner).into_iter().map(|path| format!("/{name}{path}")).collect(),
            None => vec![format!("/{name}")],
        })
        .collect()
    }

    /// What is read of an object if it has another value at one of these paths, each in turn.
    fn changed<T>(whole: &Value, paths: &[String], read: impl Fn(&Value) -> T) -> Vec<T> {
        let change = |path: &String| {
            let mut given = whole.clone();
            let (parent, name) = path.rsplit_once('/').unwrap();
            let value = &mut given.pointer_mut(parent).unwrap()[name];
            *value = match &*value {
                Value::Bool(value) => json!(!value),
                Value::Number(_) => json!(7),
                Value::Array(_) => json!([["name", "value"]]),
                Value::String(text) if text == "reconcile" => json!("throw"),
                _ => json!("another/text"),
            };
            read(&given)
        };
        paths.iter().map(change).collect()
    }

    #[test]
    fn the_table_of_the_facade_has_the_names_and_defaults_of_a_client_s_options() {
        let fields = &table()["client"];
        let whole = defaults(fields);
        assert_eq!(Options::read(&whole), Options::default());
        let changed = changed(&whole, &paths(fields), Options::read);
        let default = Options::default();
        let count = |is_other: fn(&Options, &Options) -> bool| changed.iter().filter(|o| is_other(o, &default)).count();
        assert_eq!(changed.len(), 11);
        assert!(changed.iter().all(|options| *options != default), "a name of the table is not read: {changed:?}");
        let each: [fn(&Options, &Options) -> bool; 11] = [
            |a, b| a.api_key != b.api_key,
            |a, b| a.base_url != b.base_url,
            |a, b| a.headers != b.headers,
            |a, b| a.throw_on_failure != b.throw_on_failure,
            |a, b| a.on_unknown_outcome != b.on_unknown_outcome,
            |a, b| a.config.polling_interval_ms != b.config.polling_interval_ms,
            |a, b| a.config.request_timeout_ms != b.config.request_timeout_ms,
            |a, b| a.config.max_concurrent_requests != b.config.max_concurrent_requests,
            |a, b| a.config.rate_limit_retry.max_retry_time_ms != b.config.rate_limit_retry.max_retry_time_ms,
            |a, b| a.config.rate_limit_retry.base_delay_ms != b.config.rate_limit_retry.base_delay_ms,
            |a, b| a.config.rate_limit_retry.max_delay_ms != b.config.rate_limit_retry.max_delay_ms,
        ];
        assert_eq!(each.map(count), [1; 11]);
    }

    #[test]
    fn the_table_of_the_facade_has_the_default_concurrency() {
        let table = table();
        for call in ["all", "batch", "bulk"] {
            assert_eq!(table[call]["concurrency"]["default"], json!(CONCURRENCY), "{call}");
        }
    }

    #[test]
    fn the_table_of_the_facade_has_every_state() {
        let states = table()["states"].clone();
        assert_eq!(states, json!(SessionState::names().collect::<Vec<_>>()));
    }

    #[test]
    fn the_table_of_the_facade_has_the_names_and_defaults_of_a_configuration() {
        let fields = &table()["session"];
        let whole = json!({
            "prompt": "p", "title": "t", "requireApproval": true, "autoPr": true,
            "source": { "github": "o/r", "baseBranch": "b", "workingBranch": "w", "environmentVariablesEnabled": true },
        });
        let known: Vec<_> = paths(fields);
        assert_eq!(known.len(), 8);
        assert!(known.iter().all(|path| whole.pointer(path).is_some()), "{known:?}");
        let read = SessionConfig::read(&whole);
        assert!(changed(&whole, &known, SessionConfig::read).iter().all(|config| *config != read));
        let least = SessionConfig::read(&json!({ "prompt": "p" }));
        assert_eq!(
            (json!(least.auto_pr), least.title, least.source),
            (fields["autoPr"]["default"].clone(), None, None)
        );
    }
}
