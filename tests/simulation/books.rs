//! What the callers have got.

use jules_wasm::core::time::Timestamp;

/// What a caller knows of something that it asked to be done once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It is done; for a session, this is its id.
    Done(String),
    /// It is not done.
    Not,
    /// An error has said that it may be done or not.
    Doubt,
}

/// Something that was asked to be done once: a session by its prompt and title, a message by its session and its text.
#[derive(Debug)]
pub struct Operation {
    pub call: usize,
    pub process: usize,
    /// Of a message.
    pub session: String,
    pub text: String,
    pub title: Option<String>,
    pub known: Known,
}

/// What a caller has read of a session's activities.
#[derive(Debug)]
pub struct Reading {
    pub call: usize,
    pub session: String,
    /// The ids, by what was given at once.
    pub rounds: Vec<Vec<String>>,
    pub complete: Option<Complete>,
}

/// What a reader must have read that came to its end.
#[derive(Debug, Clone, Copy)]
pub struct Complete {
    /// What had happened by then, unless it is late.
    pub happened: Timestamp,
    /// What was listed by then.
    pub listed: Timestamp,
    /// Whether it read without a break. One that goes on by a cursor after more than a minute may miss what became visible
    /// late in between: a known gap.
    pub is_continuous: bool,
}

#[derive(Debug, Default)]
pub struct Books {
    pub creates: Vec<Operation>,
    pub messages: Vec<Operation>,
    pub readings: Vec<Reading>,
}
