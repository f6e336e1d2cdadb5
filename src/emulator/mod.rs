//! The Jules service as a deterministic state machine: `(state, now, request) -> (state, response)`.
//!
//! It is as strict as the service. It reads no clock and no random numbers: the time comes with each request, and all
//! ids follow from a seed. A script ([`Options::scenarios`]) says what the agent does. Its steps become due as time
//! passes; the next request applies all due steps, each with the time at which it was due.
//!
//! ```
//! use jules_wasm::core::time::Timestamp;
//! use jules_wasm::emulator::{Emulator, Options, Request};
//!
//! let mut emulator = Emulator::new(Options::default()).unwrap();
//! let request = Request {
//!     method: "POST".to_owned(),
//!     target: "/v1alpha/sessions".to_owned(),
//!     headers: vec![("X-Goog-Api-Key".to_owned(), "any".to_owned())],
//!     body: br#"{"prompt": "Write hello.ts"}"#.to_vec(),
//! };
//! let response = emulator.handle(Timestamp::from_millis(0), &request);
//! assert_eq!(response.status, 200);
//! ```
//!
//! Modules, in the order in which a request passes them:
//!
//! - `http`: requests and responses. `operation`: which of the service's operations a request calls. `query`: its parameters.
//! - `service`: performs the operation, with `request_body`, `filter`, `paging` and `mask` for what the request asks for, and
//!   `api_error` for what the service answers when it refuses.
//! - `session`: one session. `scenarios` and `script` define what its agent does, `runner` holds its position in the script,
//!   `steps` applies the steps. `patch` and `screenshot` produce artifacts.
//! - `fault_rules` reads the option `faults`, `injection` decides which faults a request meets, `error_response` builds the
//!   responses of faults, `replication` delays and shuffles activities.
//! - `quota` counts what the account uses of its quotas (`quota_limit`). `limits` bounds the emulator's own memory.
//! - `clock` is a virtual clock that moves while a client waits. `inspect` shows the sessions to tests and to that clock.

mod api_error;
mod clock;
mod error_response;
mod fault_rules;
mod filter;
mod http;
mod injection;
mod inspect;
pub mod json;
mod limits;
mod mask;
mod operation;
mod options;
mod paging;
mod patch;
mod query;
mod quota;
mod quota_limit;
mod random;
mod replication;
mod request_body;
mod runner;
mod scenarios;
mod screenshot;
mod script;
mod service;
mod session;
mod sources;
mod steps;
mod text;

pub use clock::VirtualClock;
pub use http::{Request, Response, TransportFault};
pub use inspect::SessionSummary;
pub use limits::Limits;
pub use options::Options;
pub use quota::{Quota, QuotaFailure};
pub use service::Emulator;
pub use sources::SourceSpec;
