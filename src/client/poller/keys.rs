//! The keys of what the registry holds.

use slotmap::new_key_type;

new_key_type! {
    /// The key of a session in the registry.
    pub(super) struct SessionKey;
    /// The key of a subscriber.
    pub(super) struct SubscriberKey;
}
