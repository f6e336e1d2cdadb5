//! The one retry rule: what a failed exchange means, when a request is sent again, and when it must be reconciled first.
//!
//! - [`classify`]: from a failed exchange to a [`Failure`], and what is known of the request's effect.
//! - [`policy`]: how many attempts, with which delays, until when.
//! - [`throttle`]: the retry budget that all calls of a client share.
//! - [`reconcile`]: how long to look for a lost session or message, and what a list proves.
//! - [`likeness`]: whether a text that the service shows can be the one that was sent.

pub mod classify;
pub mod likeness;
pub mod policy;
pub mod reconcile;
pub mod throttle;

pub use classify::Failure;
