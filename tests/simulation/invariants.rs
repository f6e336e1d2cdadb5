//! The invariants at the end: every session of the service belongs to a caller or is an unknown outcome.

use std::collections::{BTreeMap, BTreeSet};

use crate::call::{Call, Post};
use crate::later_invariants::{check_items, check_piloted, check_watched};
use crate::records::{Known, Operation, Reading, Records};
use crate::server::{CreatedSession, Entry, PostEffect};
use crate::world::World;
use jules_wasm::core::error::Effect;

/// Compares the records with the state of the service.
pub fn check(world: &World) {
    // Requests still in flight have arrived by now.
    let now = world.now().plus_millis(3_600_000);
    let records = world.records.borrow();
    let mut server = world.server.borrow_mut();
    let sessions = server.sessions(now);
    check_items(world, &records.items, &sessions);
    records.watched.iter().for_each(|watched| check_watched(world, watched, &sessions));
    let is_of_item = |made: &CreatedSession| records.items.iter().any(|item| item.marker.is_in(&made.title));
    let others: Vec<_> = sessions.iter().filter(|made| !is_of_item(made)).collect();
    check_sessions(world, &records.creates, &others);
    let mut said: BTreeMap<(String, String), usize> = BTreeMap::new();
    for made in &sessions {
        for entry in server.activities(now, &made.id) {
            if let Some(message) = &entry.message {
                *said.entry((made.id.clone(), message.clone())).or_default() += 1;
            }
        }
    }
    check_messages(world, &records.messages, &said);
    for piloted in &records.piloted {
        check_piloted(world, piloted, server.activities(now, &piloted.session));
    }
    for reading in &records.readings {
        check_reading(world, reading, server.activities(now, &reading.session));
    }
    check_outcomes(world, &records);
}

/// What callers know about a session or message that exists this many times.
fn check_count(world: &World, what: &str, there: usize, of: &[&Operation], invariant: &'static str) {
    let done = of.iter().filter(|operation| matches!(operation.known, Known::Done(_))).count();
    let doubts = of.iter().filter(|operation| operation.known == Known::Doubt).count();
    if there > done + doubts {
        world.violates(
            invariant,
            format!("{there} times {what}; {done} calls report one each, and {doubts} report an unknown outcome"),
        );
    }
}

/// The title by which a session is distinguished from others with its prompt: that of a caller, not of the service.
fn title(made: &CreatedSession) -> Option<&str> {
    Some(made.title.as_str()).filter(|title| title.starts_with("Title "))
}

fn check_sessions(world: &World, creates: &[Operation], sessions: &[&CreatedSession]) {
    let is_of = |create: &Operation, made: &CreatedSession| {
        create.text == made.prompt && create.title.as_deref() == title(made)
    };
    let owners = |made: &CreatedSession| -> Vec<_> {
        creates.iter().filter(|create| create.known == Known::Done(made.id.clone())).collect()
    };
    for made in sessions {
        let owners = owners(made);
        if owners.len() > 1 && !owners.iter().skip(1).all(|owner| cannot_know(world, owners[0], owner)) {
            let calls: Vec<_> = owners.iter().map(|owner| owner.call).collect();
            world.violates(
                "a session has one owner",
                format!("{} ({:?}) has the calls {calls:?}", made.id, made.prompt),
            );
        }
    }
    for create in creates {
        if let Known::Done(id) = &create.known {
            if !sessions.iter().any(|made| made.id == *id && is_of(create, made)) {
                world.violates(
                    "a create resolves with a session of its prompt and title",
                    format!("call {}: session {id} is not one of {:?}", create.call, create.text),
                );
            }
        }
    }
    let kinds: BTreeSet<_> = sessions.iter().map(|made| (made.prompt.as_str(), title(made))).collect();
    for (prompt, title) in kinds {
        let there = sessions.iter().filter(|made| made.prompt == prompt && self::title(made) == title).count();
        let of: Vec<_> =
            creates.iter().filter(|create| create.text == prompt && create.title.as_deref() == title).collect();
        check_count(world, &format!("{prompt:?}"), there, &of, "a caller knows of every session of the service");
    }
}

/// Whether two owners of one session are in different processes, sent identical creates without a title, and one of them had no
/// conclusive response: it cannot know that the session is not its own.
fn cannot_know(world: &World, one: &Operation, other: &Operation) -> bool {
    let had_no_proof = |operation: &Operation| world.posts(operation.call).into_iter().any(Post::is_open);
    one.process != other.process && one.title.is_none() && (had_no_proof(one) || had_no_proof(other))
}

fn check_messages(world: &World, messages: &[Operation], said: &BTreeMap<(String, String), usize>) {
    for ((session, text), there) in said {
        let of: Vec<_> =
            messages.iter().filter(|message| message.session == *session && message.text == *text).collect();
        check_count(world, &format!("{text:?}"), *there, &of, "a caller knows of every message of the service");
    }
    let mut sent: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for message in messages.iter().filter(|message| matches!(message.known, Known::Done(_))) {
        *sent.entry((&message.session, &message.text)).or_default() += 1;
    }
    for ((session, text), count) in sent {
        let there = said.get(&(session.to_owned(), text.to_owned())).copied().unwrap_or(0);
        if there < count {
            world.violates(
                "each sent message exists",
                format!("{text:?} was sent {count} times, and is there {there} times"),
            );
        }
    }
}

fn check_reading(world: &World, reading: &Reading, entries: &[Entry]) {
    let call = reading.call;
    let place = |id: &String| entries.iter().find(|entry| entry.id == *id);
    let mut ids = BTreeSet::new();
    for id in reading.rounds.iter().flatten() {
        if place(id).is_none() {
            world.violates("only activities of the session are yielded", format!("call {call}: {id}"));
        }
        if !ids.insert(id) {
            world.violates("each activity is yielded once", format!("call {call}: {id}"));
        }
    }
    for round in &reading.rounds {
        let times: Vec<_> = round.iter().filter_map(place).map(|entry| entry.shown).collect();
        if !times.is_sorted() {
            world.violates("activities of one round are in order", format!("call {call}: {times:?}"));
        }
    }
    let Some(complete) = reading.complete else { return };
    for entry in entries.iter().filter(|entry| !ids.contains(&entry.id)) {
        let was_there = match entry.is_late {
            true => complete.is_continuous && entry.is_listed_at(complete.listed),
            false => entry.is_listed_at(complete.listed) || entry.happened < complete.happened,
        };
        if was_there {
            let (id, at) = (&entry.id, &entry.shown);
            let kind = match entry.is_late {
                true => "late activities are returned",
                false => "a reader that reaches the end has read everything",
            };
            let late_s = entry.listed_from_ms.saturating_sub(entry.happened.as_millis()).max(0) as f64 / 1000.0;
            world.violates(kind, format!("call {call}: {id} of {at}, listed {late_s} s later, is missing"));
        }
    }
}

/// The outcome in an error is true.
fn check_outcomes(world: &World, records: &Records) {
    let carried_out = world.carried_out.borrow();
    let owned: BTreeSet<_> = records
        .creates
        .iter()
        .filter_map(|create| match &create.known {
            Known::Done(id) => Some(id),
            _ => None,
        })
        .collect();
    for (number, call) in world.calls.borrow().iter().enumerate() {
        let done: Vec<_> = call.posts.iter().filter_map(|(post, _)| carried_out.get(post)).collect();
        // Sessions of other calls are known.
        let is_known = |what: &PostEffect| matches!(what, PostEffect::Session(id) if owned.contains(id));
        let outcome = call.outcome.filter(|_| call.is_operation());
        match outcome {
            Some(Effect::NotSent | Effect::Refused) if done.iter().any(|what| !is_known(what)) => {
                let said = if outcome == Some(Effect::NotSent) { "not sent" } else { "refused" };
                let invariant = "an operation reported as not sent or refused was not carried out";
                world.violates(invariant, format!("call {number} ({}) was reported as {said}", call.what));
            }
            Some(Effect::Done) if done.is_empty() => {
                world.violates("what is reported as done was carried out", format!("call {number} ({})", call.what));
            }
            _ => check_candidates(world, number, call, &done, is_known),
        }
        check_doubt(world, records, number, call);
    }
}

/// For how long the client's time may stand still after a long delay, since a slow clock has advanced less than its timers: it may
/// use a list that began shortly before.
const STANDS_STILL_MS: i64 = 1_500;

/// An unknown outcome of a create is really unknown.
fn check_doubt(world: &World, records: &Records, number: usize, call: &Call) {
    let (Some(candidates), true) = (&call.candidates, call.what.starts_with("create")) else { return };
    // Lists that time out have failed when they are dropped, or never.
    let could_look =
        !world.had_bad_lists_since(call.client, call.begun_ms - STANDS_STILL_MS) && call.requests_have_ended();
    if candidates.is_empty() && call.was_refused() && could_look {
        world.violates(
            "a refused create without a match has no unknown outcome",
            format!("call {number} ({})", call.what),
        );
    }
    let Some(create) = records.creates.iter().find(|create| create.call == number) else { return };
    let calls = world.calls.borrow();
    let is_anothers = |other: &&Operation| {
        let is_before = calls[other.call].settled_ms < call.settled_ms;
        other.process == create.process
            && is_before
            && matches!(&other.known, Known::Done(id) if candidates.contains(id))
    };
    if let Some(other) = records.creates.iter().find(is_anothers) {
        world.violates(
            "no candidate of an unknown outcome is known to belong to another call",
            format!("call {number}: {candidates:?}, of which call {} has one", other.call),
        );
    }
}

/// A call's own session that it has received in lists is among the candidates of an unknown outcome.
fn check_candidates(
    world: &World,
    number: usize,
    call: &Call,
    done: &[&PostEffect],
    is_known: impl Fn(&PostEffect) -> bool,
) {
    let Some(candidates) = &call.candidates else { return };
    for what in done {
        let PostEffect::Session(id) = what else { continue };
        if call.shown.contains(id) && !is_known(what) && !candidates.contains(id) {
            world.violates(
                "a created and listed session is a candidate of an unknown outcome",
                format!("call {number}: {id}, candidates {candidates:?}"),
            );
        }
    }
}
