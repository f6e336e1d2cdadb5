//! The Jules service as a deterministic state machine: `(state, now, request) -> (state, response)`.
