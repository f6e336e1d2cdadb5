//! The Jules service as a deterministic state machine: `(state, now, request) -> (state, response)`.
//!
//! It is strict where the service is strict, and knows neither clock nor chance: the time comes with each request, all
//! ids come from a seed. What the agent does is a script ([`Options::scenarios`]); its steps fall due with time and are
//! applied at the next request, each with the time at which it was due.
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
//! Rooms: `service` takes a request to its operation (`route`, `query`, `refusal`); `create`, `filter`, `paging` and
//! `mask` read what was asked; `session` holds a session and `play` moves it on along its `script` (`player`: how far it has come); `patch` and
//! `picture` make what the agent would have made. What goes wrong `faults` reads and `strike` decides,
//! `replica` shows activities late, and
//! `error_answer` says what stands in the place of the right answer; `quota` counts what
//! the account does against its limits (`limit`); `limits` bounds
//! what is kept; `clock` moves a clock for those who wait, and `state` shows how things stand.

mod clock;
mod create;
mod error_answer;
mod faults;
mod filter;
pub mod json;
mod limit;
mod limits;
mod mask;
mod message;
mod options;
mod paging;
mod patch;
mod picture;
mod play;
mod player;
mod query;
mod quota;
mod random;
mod refusal;
mod replica;
mod route;
mod scenarios;
mod script;
mod service;
mod session;
mod sources;
mod state;
mod strike;
mod text;

pub use clock::VirtualClock;
pub use limits::Limits;
pub use message::{Request, Response, Transport};
pub use options::{Options, SourceSpec};
pub use quota::{Quota, QuotaFailure};
pub use service::Emulator;
pub use state::SessionState;
