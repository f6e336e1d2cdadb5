//! A world to run the client in: virtual time, a service, faults by script. Compiles for every target.
// Each test binary uses its own part of this.
#![allow(dead_code, unused_imports)]

pub mod answer;
pub mod executor;
pub mod fate;
pub mod sim;
pub mod tape;

pub use answer::Answer;
pub use executor::Stuck;
pub use fate::{Arrival, Fate};
pub use sim::{KEY, START_MS, Sent, Service, SimHost};

use jules_wasm::client::Client;
use jules_wasm::core::activity::Activity;
use jules_wasm::core::config::{Attendance, CreateRequest};
use jules_wasm::core::options::OnUnknownOutcome;
use serde_json::Value;

/// What `jules.session(config)` asks for.
pub fn session_request(config: &Value) -> CreateRequest {
    CreateRequest::new(serde_json::from_value(config.clone()).unwrap(), Attendance::Interactive)
}

/// What `jules.run(config)` asks for.
pub fn run_request(config: &Value) -> CreateRequest {
    CreateRequest::new(serde_json::from_value(config.clone()).unwrap(), Attendance::Automated)
}

/// A client that fails at once where it is not known what was done.
pub fn hasty(sim: &SimHost) -> Client<SimHost> {
    sim.client_with(|options| options.on_unknown_outcome = OnUnknownOutcome::Throw)
}

pub fn ids(activities: &[Activity<Value>]) -> Vec<&str> {
    activities.iter().map(|activity| activity.id.as_str()).collect()
}
