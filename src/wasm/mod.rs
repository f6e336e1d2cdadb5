//! The host of JavaScript runtimes, and the exports. No decisions here.
//!
//! Exports take `&self` and report the end of the work of a clone, never `async fn(&self)`: a borrow across an await would make
//! concurrent calls trap. Errors cross as plain data, which the façade converts to its classes.

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "emulator")]
mod emulator;
#[cfg(feature = "client")]
pub mod engine;
#[cfg(feature = "client")]
mod failure;
#[cfg(feature = "client")]
mod given;
#[cfg(feature = "client")]
mod global;
#[cfg(feature = "client")]
mod host;
#[cfg(feature = "client")]
mod interruption;
#[cfg(feature = "client")]
pub mod journal;
#[cfg(feature = "client")]
pub mod json;
mod panic;
#[cfg(feature = "client")]
mod pilot;
#[cfg(feature = "client")]
mod results;
#[cfg(feature = "client")]
mod signal;
#[cfg(feature = "client")]
pub mod stream;
#[cfg(feature = "client")]
pub mod task;
#[cfg(feature = "client")]
pub mod tick;
#[cfg(feature = "client")]
mod timer;
