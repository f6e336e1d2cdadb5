//! The Jules service from code: sessions, plans, messages, results; and an emulator of the service for tests.
//!
//! Layers, each of which names only those before it:
//!
//! - [`core`]: what the service says and what follows from it. Pure and synchronous.
//! - [`host`]: the one port through which the outside world (requests, time, chance) is reached.
//! - [`client`]: the use-cases, asynchronous, over any [`host::Host`].
//! - `wasm`: the host of JavaScript runtimes and the exports. Compiled for wasm32 only; decides nothing.
//!
//! [`planted`] has the faults that prove the simulation, and is empty in every ordinary build.
//!
//! [`emulator`] stands apart: the service as a deterministic state machine, which never sees the client.

#[cfg(feature = "client")]
pub mod client;
pub mod core;
#[cfg(feature = "emulator")]
pub mod emulator;
#[cfg(feature = "client")]
pub mod host;
pub mod planted;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod wasm;
