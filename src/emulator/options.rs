//! The options of the emulator.

use super::json::Json;
use super::limits::Limits;
use super::quota::Quota;
use super::sources::SourceSpec;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The options of the emulator. [`Options::from_json`] takes the same names in camelCase.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    /// The seed of all ids and random choices. Default 1.
    pub seed: u64,
    /// The only API key that is accepted. Default `None`: any non-empty key is accepted.
    pub api_key: Option<String>,
    /// Milliseconds between two steps of a script. Default 1000. With 0 the first request after the create sees all steps that
    /// do not wait for the user.
    pub step_ms: u64,
    /// The scenario of sessions whose prompt selects none; several names, separated by commas, run one after the other.
    /// Default `default`.
    pub scenario: Option<String>,
    /// Additional scenarios by name, each a list of steps. They replace built-in scenarios of the same name.
    pub scenarios: BTreeMap<String, Json>,
    /// The connected repositories. Default: three of the owner `bobalover`.
    pub sources: Option<Vec<SourceSpec>>,
    /// Whether GitHub repositories that are not among the sources count as connected, with any branch. Default true.
    pub any_repository: bool,
    /// Whether the query parameter `fields` is supported. Default true; otherwise it is rejected with status 400.
    pub partial_responses: bool,
    /// Fault rules as plain data: `{on, after, times, probability, fault}`. Default none.
    pub faults: Vec<Json>,
    /// The account's quotas. Default unlimited.
    pub quota: Quota,
    /// Limits of the emulator's memory. Default unlimited.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            api_key: None,
            step_ms: 1000,
            scenario: None,
            scenarios: BTreeMap::new(),
            sources: None,
            any_repository: true,
            partial_responses: true,
            faults: Vec::new(),
            quota: Quota::default(),
            limits: Limits::default(),
        }
    }
}

impl Options {
    /// Parses options from an object; `null` returns the defaults.
    ///
    /// # Errors
    /// A sentence that names the option that is unknown or has a value of the wrong type.
    pub fn from_json(json: &Json) -> Result<Self, String> {
        if json.is_null() {
            return Ok(Self::default());
        }
        // serde also reads the fields of a struct from a list.
        for (name, value) in
            [("the options", json), ("option \"quota\":", &json["quota"]), ("option \"limits\":", &json["limits"])]
        {
            if !value.is_object() && !value.is_null() {
                return Err(format!("{name} must be an object"));
            }
        }
        let read = serde_path_to_error::deserialize(&without_nulls(json));
        read.map_err(|error| format!("option \"{}\": {}", error.path(), error.inner()))
    }
}

/// Removes members that are null: `undefined` in JavaScript arrives as null and means that the member is not set.
fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(without_nulls).collect()),
        Json::Object(fields) => {
            let set = fields.iter().filter(|(_, field)| !field.is_null());
            // The body of a fault and the activities of scenarios are sent unchanged.
            let is_sent = |name: &str| matches!(name, "body" | "scenarios");
            let convert = |name: &str, field: &Json| if is_sent(name) { field.clone() } else { without_nulls(field) };
            Json::Object(set.map(|(name, field)| (name.clone(), convert(name, field))).collect())
        }
        plain => plain.clone(),
    }
}
