//! What the callers have got, and what must be true of it when everything is over.

use std::collections::BTreeMap;

use crate::server::text;
use crate::world::World;

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

/// Something that was asked to be done once: a session by its prompt, a message by its session and its text.
#[derive(Debug)]
pub struct Deed {
    pub call: usize,
    pub session: String,
    pub text: String,
    pub known: Known,
}

/// What a caller has read of a session's activities.
#[derive(Debug)]
pub struct Reading {
    pub call: usize,
    pub session: String,
    pub ids: Vec<String>,
    /// For a stream that ended by itself: when it had last looked at the session.
    pub complete_at_ms: Option<i64>,
}

#[derive(Debug, Default)]
pub struct Books {
    pub creates: Vec<Deed>,
    pub messages: Vec<Deed>,
    pub readings: Vec<Reading>,
}

/// Checks the books against what the service has.
pub fn check(world: &World) {
    let now = world.now();
    // What was still on its way has arrived at last, perhaps long after everybody has gone.
    let now = now.plus_millis(3_600_000);
    let books = world.books.borrow();
    let mut server = world.server.borrow_mut();
    let sessions = server.sessions(now);
    check_sessions(world, &books.creates, &sessions);
    let mut said: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (id, _) in &sessions {
        for activity in server.activities(now, id) {
            if let Some(message) = activity.json["userMessaged"]["userMessage"].as_str() {
                *said.entry((id.clone(), message.to_owned())).or_default() += 1;
            }
        }
    }
    check_messages(world, &books.messages, &said);
    for reading in &books.readings {
        let entries = server.activities(now, &reading.session);
        let order: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
        if !order.iter().zip(&reading.ids).all(|(there, read)| there == read) || reading.ids.len() > order.len() {
            world.break_law(format!("call {}: activities were not given each once, in order", reading.call));
        }
        let Some(at_ms) = reading.complete_at_ms else { continue };
        let by_then = entries.iter().filter(|entry| entry.happened < world.start().plus_millis(at_ms)).count();
        if reading.ids.len() < by_then {
            let missing = text(&entries[reading.ids.len()].json["createTime"]);
            world.break_law(format!("call {}: a stream ended before the activity of {missing}", reading.call));
        }
    }
}

fn check_sessions(world: &World, creates: &[Deed], sessions: &[(String, String)]) {
    let owner = |id: &str| creates.iter().filter(|deed| deed.known == Known::Done(id.to_owned())).count();
    for (id, prompt) in sessions {
        if owner(id) > 1 {
            world.break_law(format!("session {id} ({prompt}) is owned by {} callers", owner(id)));
        }
    }
    for deed in creates {
        if let Known::Done(id) = &deed.known {
            if !sessions.iter().any(|(there, prompt)| there == id && *prompt == deed.text) {
                world.break_law(format!("call {}: session {id} is not one of {}", deed.call, deed.text));
            }
        }
    }
    let prompts: BTreeMap<&str, ()> = sessions.iter().map(|(_, prompt)| (prompt.as_str(), ())).collect();
    for prompt in prompts.keys() {
        let there = sessions.iter().filter(|(_, of)| of == prompt).count();
        let of: Vec<_> = creates.iter().filter(|deed| deed.text == *prompt).collect();
        let owned = of.iter().filter(|deed| matches!(deed.known, Known::Done(_))).count();
        let doubts = of.iter().filter(|deed| deed.known == Known::Doubt).count();
        if there > owned + doubts {
            world.break_law(format!(
                "the service has {there} sessions of {prompt:?}; callers own {owned}, and errors tell of {doubts} more"
            ));
        }
    }
}

fn check_messages(world: &World, messages: &[Deed], said: &BTreeMap<(String, String), usize>) {
    for ((session, text), there) in said {
        let of: Vec<_> = messages.iter().filter(|deed| deed.session == *session && deed.text == *text).collect();
        let sent = of.iter().filter(|deed| matches!(deed.known, Known::Done(_))).count();
        let doubts = of.iter().filter(|deed| deed.known == Known::Doubt).count();
        if *there > sent + doubts {
            world.break_law(format!(
                "the service has the message {text:?} {there} times; it was sent {sent} times, and errors tell of {doubts} more"
            ));
        }
    }
    for deed in messages.iter().filter(|deed| matches!(deed.known, Known::Done(_))) {
        if !said.contains_key(&(deed.session.clone(), deed.text.clone())) {
            world.break_law(format!(
                "call {}: the message {:?} was sent, and the service has it not",
                deed.call, deed.text
            ));
        }
    }
}
