//! A client for Jules, Google's coding agent, and an emulator of the service for tests.
//!
//! Each layer depends only on those before it:
//!
//! - [`core`]: decisions, pure and synchronous.
//! - [`host`]: the port to the outside world: requests, time, randomness. [`store`]: that to the journal of a batch.
//! - [`client`]: the use-cases, asynchronous, generic over [`host::Host`].
//! - `wasm`: the host of JavaScript runtimes and the exports. Compiled for wasm32 only; decides nothing.
//!
//! [`planted`] contains the faults that test the simulation, and is empty in every ordinary build.
//!
//! [`emulator`] is the service as a deterministic state machine, independent of the client.

#[cfg(feature = "client")]
pub mod client;
pub mod core;
#[cfg(feature = "emulator")]
pub mod emulator;
#[cfg(feature = "client")]
pub mod host;
pub mod planted;
#[cfg(feature = "client")]
pub mod store;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod wasm;
