//! The host of JavaScript runtimes, and the exports. No decisions here.
//!
//! Exports take `&self` and the function that is to be told the end of a clone's work, never `async fn(&self)`: a borrow that
//! lives across an await would trap whoever calls meanwhile. Errors cross as plain data; the façade makes classes of them.

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
mod host;
#[cfg(feature = "client")]
mod interruption;
#[cfg(feature = "client")]
pub mod json;
mod panic;
#[cfg(feature = "client")]
mod results;
#[cfg(feature = "client")]
mod signal;
#[cfg(feature = "client")]
pub mod stream;
#[cfg(feature = "client")]
pub mod task;
#[cfg(feature = "client")]
mod timer;
