//! Decisions of journalled batches: what the journal says of an item, what a list proves of a create that a crash has
//! interrupted, and whether the account's quota allows a further session.

pub mod counts;
mod marker;
pub mod record;
pub mod recover;
pub mod slots;
pub mod tick_state;

pub use counts::{Counts, Status};
pub use marker::Marker;
pub use record::Record;
pub use slots::{Quota, Slots};
pub use tick_state::{Entry, TickState, UnprovenCreate};
