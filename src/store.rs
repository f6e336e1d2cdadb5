//! The store of a journal: the port through which a batch survives its process.

use std::future::Future;

use crate::core::error::Error;

/// A map of texts that survives the process. While it is open, no other process writes to it.
pub trait Store {
    /// Writes the record of this key. Resolves when the record survives a crash. A crash before that leaves the old record or
    /// the new one.
    fn put(&self, key: &str, record: String) -> impl Future<Output = Result<(), Error>>;
}

/// The contents of a store when it was opened.
#[derive(Debug, Default)]
pub struct Stored<J> {
    /// The record of each item of the batch: `None` if there is none, `null` if it cannot be read.
    pub items: Vec<Option<J>>,
    /// The other records.
    pub others: Vec<J>,
    /// Whether records were lost of which not even the keys are known.
    pub is_damaged: bool,
}

impl<J> Stored<J> {
    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.others.is_empty() && self.items.iter().all(Option::is_none)
    }
}
