//! The use-cases: sessions, runs, batches, streams. Asynchronous, over any [`crate::host::Host`].
