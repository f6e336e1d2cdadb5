//! Records of the results of callers.

use jules_wasm::core::time::Timestamp;

/// What a caller knows about an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It was carried out; for a session, with its id.
    Done(String),
    /// It was not carried out.
    Not,
    /// Unknown, according to an error.
    Doubt,
}

/// An operation: a create with its prompt and title, or a message with its session and text.
#[derive(Debug)]
pub struct Operation {
    pub call: usize,
    pub process: usize,
    /// For a message.
    pub session: String,
    pub text: String,
    pub title: Option<String>,
    pub known: Known,
}

/// The activities that a caller has read.
#[derive(Debug)]
pub struct Reading {
    pub call: usize,
    pub session: String,
    /// The ids, grouped by batches.
    pub rounds: Vec<Vec<String>>,
    pub complete: Option<Complete>,
}

/// What a reader that has reached the end must have read.
#[derive(Debug, Clone, Copy)]
pub struct Complete {
    /// Activities that existed by then, except late ones.
    pub happened: Timestamp,
    /// Activities that were listed by then.
    pub listed: Timestamp,
    /// Whether it read without interruption. A reader that continues after a cursor more than a minute later may miss activities
    /// that became visible late in between: a known gap.
    pub is_continuous: bool,
}

#[derive(Debug, Default)]
pub struct Records {
    pub creates: Vec<Operation>,
    pub messages: Vec<Operation>,
    pub readings: Vec<Reading>,
}
