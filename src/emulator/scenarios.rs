//! The built-in scenarios and those of the option `scenarios`.

use super::json::{self, Json};
use super::options::Options;
use super::script::{TimedStep, join};
use super::text::scenario_names;
use std::collections::BTreeMap;

const BUILT_IN: &str = include_str!("scenarios.json");
const DEFAULT: &str = "default";

/// How deep scenarios may be nested.
const MAX_DEPTH: usize = 8;

/// The steps of a scenario, with the steps of each scenario that it names.
fn expand(name: &str, scripts: &BTreeMap<String, Json>, depth: usize) -> Result<Vec<TimedStep>, String> {
    let items = scripts.get(name).ok_or_else(|| format!("there is no scenario \"{name}\""))?;
    let items = items.as_array().ok_or_else(|| format!("\"{name}\" must be a list of steps"))?;
    if depth > MAX_DEPTH {
        return Err(format!("\"{name}\" contains itself"));
    }
    let mut script = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let in_step = |error| format!("\"{name}\", step {}: {error}", index + 1);
        match item.as_str() {
            Some(part) => script.extend(expand(part, scripts, depth + 1)?),
            None => script.push(TimedStep::parse(item).map_err(in_step)?),
        }
    }
    Ok(script)
}

/// The scripts of all scenarios.
#[derive(Debug, Clone)]
pub(super) struct Scenarios {
    /// With their names, in order.
    scripts: Vec<(String, Vec<TimedStep>)>,
    default: Vec<String>,
}

impl Scenarios {
    /// # Errors
    /// A sentence that names the option `scenarios` or `scenario`, and the mistake.
    pub(super) fn new(options: &Options) -> Result<Self, String> {
        let mut known = options.scenarios.clone();
        let built_in = json::decode(BUILT_IN.as_bytes()).map_err(|error| error.to_string())?;
        for (name, script) in built_in.as_object().into_iter().flatten() {
            known.entry(name.clone()).or_insert_with(|| script.clone());
        }
        let mut scripts = Vec::new();
        for name in known.keys() {
            let script = expand(name, &known, 0).map_err(|error| format!("option \"scenarios\": {error}"))?;
            scripts.push((name.clone(), script));
        }
        let default: Vec<_> = scenario_names(options.scenario.as_deref().unwrap_or(DEFAULT)).collect();
        let scenarios = Self { scripts, default };
        scenarios.script(&[]).map_err(|error| format!("option \"scenario\": {error}"))?;
        Ok(scenarios)
    }

    /// The script of the named scenarios, one after the other; of the default ones if none is named.
    ///
    /// # Errors
    /// A sentence that names the unknown scenario and those that exist.
    pub(super) fn script(&self, names: &[String]) -> Result<Vec<TimedStep>, String> {
        let names = if names.is_empty() { &self.default } else { names };
        let find = |wanted| self.scripts.iter().find(|(name, _)| name == wanted).map(|(_, script)| script.clone());
        let scripts: Result<_, _> = names.iter().map(|name| find(name).ok_or(name)).collect();
        scripts.map(join).map_err(|unknown: &String| {
            let known: Vec<_> = self.scripts.iter().map(|(name, _)| name.as_str()).collect();
            format!("the emulator has no scenario \"{unknown}\", only {}", known.join(", "))
        })
    }
}
