//! The options of a client, and those of its calls. The façade checks what callers give, and hands over complete options
//! (pkg-template/lib/given.js); its table of defaults is compared with those here.

use serde::Deserialize;

use super::ids::DEFAULT_BASE_URL;

/// The retry policy of requests. See [`super::outcome`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RateLimitRetry {
    /// Milliseconds after the first attempt within which further attempts start. Default 300000.
    pub max_retry_time_ms: u64,
    /// The upper bound of the first delay in milliseconds. Default 1000.
    pub base_delay_ms: u64,
    /// The upper bound of all delays in milliseconds. Default 30000.
    pub max_delay_ms: u64,
}

/// Intervals, timeouts and limits of a client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnUnknownOutcome {
    /// Reconcile, and retry only if it was not.
    Reconcile,
    /// Fail immediately.
    Throw,
}

/// The options of a client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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

    #[test]
    fn the_table_of_the_facade_has_the_names_and_defaults_of_a_client_s_options() {
        let options = serde_json::from_value::<Options>(defaults(&table()["client"])).unwrap();
        assert_eq!(options, Options::default());
        // Only the key may be missing, so the table contains every field that Rust knows.
        for name in ["baseUrl", "headers", "throwOnFailure", "onUnknownOutcome", "config"] {
            let mut without = defaults(&table()["client"]);
            without.as_object_mut().unwrap().remove(name).unwrap();
            assert!(serde_json::from_value::<Options>(without).is_err(), "{name}");
        }
    }

    #[test]
    fn the_table_of_the_facade_has_every_choice_and_every_state() {
        for choice in table()["client"]["onUnknownOutcome"]["of"].as_array().unwrap() {
            serde_json::from_value::<OnUnknownOutcome>(choice.clone()).unwrap();
        }
        let states: Vec<SessionState> = serde_json::from_value(table()["states"].clone()).unwrap();
        assert_eq!(
            states.iter().map(|state| state.name()).collect::<Vec<_>>(),
            SessionState::names().collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_table_of_the_facade_has_the_names_and_defaults_of_a_configuration() {
        let table = table();
        let fields = table["session"].as_object().unwrap();
        let value = |field: &Value| match field["kind"].as_str().unwrap() {
            "boolean" => json!(true),
            "text" | "repository" => json!("a/b"),
            other => panic!("{other}"),
        };
        let object = |fields: &Value| -> Value {
            fields.as_object().unwrap().iter().map(|(name, field)| (name.clone(), value(field))).collect()
        };
        let whole: Value = fields
            .iter()
            .map(|(name, field)| (name.clone(), field.get("fields").map_or_else(|| value(field), object)))
            .collect();
        // Unknown names are rejected.
        let whole: SessionConfig = serde_json::from_value(whole).unwrap();
        assert!(whole.title.is_some() && whole.require_approval.is_some());
        assert!(whole.source.is_some_and(|source| source.working_branch.is_some() && source.environment_variables_enabled.is_some()));
        let least: SessionConfig = serde_json::from_value(json!({ "prompt": "p" })).unwrap();
        assert_eq!(json!(least.auto_pr), fields["autoPr"]["default"]);
    }
}
