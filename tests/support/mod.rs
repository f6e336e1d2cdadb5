//! An environment for the client: virtual time, a service and scripted faults. Compiles for every target.
// Each test binary uses a part of this.
#![allow(dead_code, unused_imports)]

pub mod answer;
pub mod delivery;
pub mod executor;
pub mod journal;
pub mod scripted_session;
pub mod sim;

pub use answer::Answer;
pub use delivery::{Arrival, Delivery};
pub use executor::Stuck;
pub use journal::{Caller, Disk};
pub use sim::{KEY, START_MS, Sent, Service, SimHost};

use jules_wasm::client::Client;
use jules_wasm::core::activity::Activity;
use jules_wasm::core::config::{Attendance, CreateRequest, SessionConfig};
use jules_wasm::core::options::OnUnknownOutcome;
use serde_json::Value;

/// The request of `jules.session(config)`.
pub fn session_request(config: &Value) -> CreateRequest {
    CreateRequest::new(SessionConfig::read(config), Attendance::Interactive)
}

/// The request of `jules.run(config)`.
pub fn run_request(config: &Value) -> CreateRequest {
    CreateRequest::new(SessionConfig::read(config), Attendance::Automated)
}

/// A client without reconciling.
pub fn hasty(sim: &SimHost) -> Client<SimHost> {
    sim.client_with(|options| options.on_unknown_outcome = OnUnknownOutcome::Throw)
}

pub fn ids(activities: &[Activity<Value>]) -> Vec<&str> {
    activities.iter().map(|activity| activity.id.as_str()).collect()
}
