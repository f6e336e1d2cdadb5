//! Records of the results of callers.

use jules_wasm::core::batch::Marker;
use jules_wasm::core::feed::Change;
use jules_wasm::core::pilot::{Decision, Occasion};
use jules_wasm::core::state::SessionState;
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

/// An item of a batch that was advanced by ticks.
#[derive(Debug)]
pub struct Item {
    pub what: String,
    /// What the title of its session ends with.
    pub marker: Marker,
    pub prompt: String,
    pub known: Known,
}

/// A session whose agent was answered by an auto-pilot.
#[derive(Debug)]
pub struct Piloted {
    pub session: String,
    /// What was decided, for each request of the agent once.
    pub decisions: Vec<(Occasion, Decision)>,
    /// Whether a plan may be approved without a decision.
    pub is_approved_otherwise: bool,
    pub max_replies: u64,
    pub stall_ms: u64,
}

/// What a feed has returned.
#[derive(Debug)]
pub struct Watched {
    pub events: Vec<(String, Change, SessionState)>,
    /// When there was a cursor.
    pub since: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub struct Records {
    pub creates: Vec<Operation>,
    pub messages: Vec<Operation>,
    pub readings: Vec<Reading>,
    pub items: Vec<Item>,
    pub piloted: Vec<Piloted>,
    pub watched: Vec<Watched>,
}
