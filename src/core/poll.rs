//! When a session is looked at again.

use super::options::Config;

/// Milliseconds until the next look at a session. One interval for every state, known or not: an unknown state must
/// never make the client ask faster.
pub fn next_look_ms(config: &Config) -> u64 {
    config.polling_interval_ms
}
