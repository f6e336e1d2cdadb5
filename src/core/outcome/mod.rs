//! The retry rule: what a failed request means, when it is sent again, and when it must be reconciled first.
//!
//! - [`classify`]: converts a failed request to a [`Failure`] and the certainty of its effect.
//! - [`policy`]: the number of attempts, their delays and the retry window.
//! - [`throttle`]: the retry budget shared by all calls of a client.
//! - [`reconcile`]: how long to search for a lost session or message, and what a list proves.
//! - [`likeness`]: whether a text in a response can be the one that was sent.

pub mod classify;
pub mod likeness;
pub mod policy;
pub mod reconcile;
pub mod throttle;

pub use classify::Failure;
