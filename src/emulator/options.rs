//! The options of the emulator.

use super::json::{Json, read};
use super::limits::Limits;
use super::quota::Quota;
use super::sources::SourceSpec;
use std::collections::BTreeMap;

/// The options of the emulator. [`Options::from_json`] takes the same names in camelCase.
#[derive(Debug, Clone, PartialEq)]
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
        let mut options = Self::default();
        let fields = match json {
            Json::Null => return Ok(options),
            Json::Object(fields) => fields,
            _ => return Err("the options must be an object".to_owned()),
        };
        for (name, value) in fields {
            match name.as_str() {
                "seed" => options.seed = read(name, value)?,
                "apiKey" => options.api_key = read(name, value)?,
                "stepMs" => options.step_ms = read(name, value)?,
                "scenario" => options.scenario = read(name, value)?,
                "scenarios" => options.scenarios = read(name, value)?,
                "sources" => options.sources = read(name, value)?,
                "anyRepository" => options.any_repository = read(name, value)?,
                "partialResponses" => options.partial_responses = read(name, value)?,
                "faults" => options.faults = read(name, &without_nulls(value))?,
                "quota" => options.quota = Quota::from_json(&without_nulls(value))?,
                "limits" => options.limits = Limits::from_json(&without_nulls(value))?,
                _ => return Err(format!("unknown option \"{name}\"")),
            }
        }
        Ok(options)
    }
}

/// Removes members that are null: `undefined` in JavaScript arrives as null and means that the member is not set.
fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(without_nulls).collect()),
        Json::Object(fields) => {
            let set = fields.iter().filter(|(_, field)| !field.is_null());
            // The body of a fault is sent unchanged.
            let convert = |name: &str, field: &Json| if name == "body" { field.clone() } else { without_nulls(field) };
            Json::Object(set.map(|(name, field)| (name.clone(), convert(name, field))).collect())
        }
        plain => plain.clone(),
    }
}
