//! What can be set.

use super::json::Json;
use super::limits::Limits;
use super::quota::Quota;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// How the emulator is to behave. [`Options::from_json`] takes the same names in camelCase.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// What all ids follow from. Default 1.
    pub seed: u64,
    /// The one right API key. Default none: any key that is not empty is right.
    pub api_key: Option<String>,
    /// Milliseconds between two steps of a script. Default 1000; with 0 everything that need not wait for the user has
    /// happened at the request after the one that creates the session.
    pub step_ms: u64,
    /// The scenario of sessions whose prompt picks none; several names, divided by commas, are played one after the
    /// other. Default `default`.
    pub scenario: Option<String>,
    /// Scenarios by name, beside the built-in ones or in their place: each a list of steps, as in the built-in ones.
    pub scenarios: BTreeMap<String, Json>,
    /// The connected repositories. Default: three of the owner `bobalover`.
    pub sources: Option<Vec<SourceSpec>>,
    /// Whether a GitHub repository that is not among the sources counts as connected too, with any branch. Default true.
    pub any_repository: bool,
    /// Whether the query parameter `fields` is taken. Default true; else it is refused with status 400.
    pub partial_responses: bool,
    /// Rules by which requests go wrong, as plain data: `{on, after, times, probability, fault}` each. Default none.
    pub faults: Vec<Json>,
    /// How many sessions the account may create and how often it may list activities. Default any number.
    pub quota: Quota,
    /// How much the emulator keeps. Default any amount.
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

/// A connected repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceSpec {
    /// The account that it belongs to.
    pub owner: String,
    /// Its name.
    pub repo: String,
    /// Whether it is private. Default false.
    #[serde(default)]
    pub is_private: bool,
    /// The default branch. Default `main`.
    #[serde(default = "main_branch")]
    pub default_branch: String,
    /// Its active branches. The default branch is one of them even if it is not named. Default none else.
    #[serde(default)]
    pub branches: Vec<String>,
}

fn main_branch() -> String {
    "main".to_owned()
}

impl Options {
    /// Reads options from an object; `null` gives the defaults.
    ///
    /// # Errors
    /// A sentence that names the option which is unknown or has a value of the wrong type.
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

/// A value without the members that are null: what JavaScript has as undefined comes so, and was not given.
fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(without_nulls).collect()),
        Json::Object(fields) => {
            let given = fields.iter().filter(|(_, field)| !field.is_null());
            // The body of a fault is sent as it stands.
            let read = |name: &str, field: &Json| if name == "body" { field.clone() } else { without_nulls(field) };
            Json::Object(given.map(|(name, field)| (name.clone(), read(name, field))).collect())
        }
        plain => plain.clone(),
    }
}

/// Reads the value of an option, or of a member of one.
pub(super) fn read<T: DeserializeOwned>(name: &str, value: &Json) -> Result<T, String> {
    T::deserialize(value).map_err(|error| format!("option \"{name}\": {error}"))
}
