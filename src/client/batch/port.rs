//! The port of a journalled batch to its caller.

use std::future::Future;

use crate::core::batch::slots::Usage;
use crate::core::batch::{Counts, Status};
use crate::core::config::SessionConfig;
use crate::core::error::Error;
use crate::store::Store;

/// The caller of a journalled batch, with its store.
pub trait BatchPort: Store {
    /// The configuration of an item's session. `None`: there is none, and the caller knows why.
    fn configure(&self, index: usize) -> impl Future<Output = Option<SessionConfig>>;

    /// An item is settled.
    fn settled(&self, item: Settled);

    /// The counts have changed. `usage`: how much of the quota is used, if there is one.
    fn progress(&self, counts: &Counts, usage: Option<Usage>);
}

/// An item that is settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// Its place among the items.
    pub index: usize,
    /// Its status.
    pub status: Status,
    /// The id of its session, if it is known.
    pub session: Option<String>,
    /// Why it was not created, is unknown or could not be waited for. `None` also if the configuration was missing.
    pub error: Option<Error>,
}
