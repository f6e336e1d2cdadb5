//! The invariants at the end of batches that are advanced by ticks, of auto-pilots and of feeds.

use std::collections::BTreeMap;

use crate::records::{Item, Known, Piloted, Watched};
use crate::server::{CreatedSession, Entry};
use crate::world::World;
use jules_wasm::core::feed::Change;
use jules_wasm::core::pilot::{Decision, Occasion};

/// How much earlier than the stall time after a message another one may follow it: a process that starts again reads the service's
/// clock from another `Date` header, and a message may be carried out late.
const STALL_MARGIN_MS: i64 = 20_000;

/// Each item has one session, that of its state, unless the state says otherwise.
pub fn check_items(world: &World, items: &[Item], sessions: &[CreatedSession]) {
    for item in items {
        let own: Vec<_> = sessions.iter().filter(|made| item.marker.is_in(&made.title)).collect();
        let ids: Vec<_> = own.iter().map(|made| made.id.as_str()).collect();
        let detail = || format!("{}: {:?}, with the sessions {ids:?}", item.what, item.known);
        if own.len() > 1 {
            world.violates("ticks create one session for an item", detail());
        }
        let is_right = match &item.known {
            Known::Done(id) => ids.contains(&id.as_str()) && own.iter().all(|made| made.prompt == item.prompt),
            Known::Not => own.is_empty(),
            Known::Doubt => true,
        };
        if !is_right {
            world.violates("the state of a batch names the session of each item", detail());
        }
    }
}

/// Each request of the agent is answered at most once, and as decided.
pub fn check_piloted(world: &World, piloted: &Piloted, entries: &[Entry]) {
    let mut replies = 0;
    let mut rescues = Vec::new();
    for (occasion, decision) in &piloted.decisions {
        let Decision::Reply(text) = decision else { continue };
        let said: Vec<_> = entries.iter().filter(|entry| entry.message.as_ref() == Some(text)).collect();
        if said.len() > 1 {
            world.violates(
                "an auto-pilot answers each request once",
                format!("{text:?} was said {} times in {}", said.len(), piloted.session),
            );
        }
        replies += said.len() as u64;
        if *occasion == Occasion::Stall {
            rescues.extend(said.iter().map(|entry| entry.happened.as_millis()));
        }
    }
    if replies > piloted.max_replies {
        world.violates("an auto-pilot sends at most maxReplies messages", format!("{replies} in {}", piloted.session));
    }
    rescues.sort_unstable();
    let least_ms = i64::try_from(piloted.stall_ms).unwrap() - STALL_MARGIN_MS;
    if rescues.windows(2).any(|pair| pair[1] - pair[0] < least_ms) {
        world.violates(
            "a message after a stall is followed by another one only after another stall",
            format!("{rescues:?}"),
        );
    }
    let is_approved = entries.iter().any(|entry| entry.json["planApproved"].is_object());
    let may_approve =
        piloted.is_approved_otherwise || piloted.decisions.iter().any(|(_, decision)| *decision == Decision::Approve);
    if is_approved && !may_approve {
        world.violates("a plan is approved only if that was decided", piloted.session.clone());
    }
}

/// The last event of each session is its state, each state is reported once, and each new session.
pub fn check_watched(world: &World, watched: &Watched, sessions: &[CreatedSession]) {
    let mut events: BTreeMap<&str, Vec<(Change, _)>> = BTreeMap::new();
    for (id, change, state) in &watched.events {
        events.entry(id).or_default().push((*change, *state));
    }
    for made in sessions {
        let own = events.remove(made.id.as_str()).unwrap_or_default();
        let detail = || format!("{} in the state {:?}: {own:?}", made.id, made.state);
        let is_new = watched.since.is_some_and(|since| made.created > since);
        let has_ended = made.state.is_terminal();
        let is_its_state =
            |(change, state): &(Change, _)| *state == made.state && has_ended == (*change == Change::Ended);
        if own.is_empty() && (is_new || !has_ended) {
            world.violates("a feed contains each session", detail());
        }
        if own.last().is_some_and(|last| !is_its_state(last)) {
            world.violates("the last change of a session in a feed is its state", detail());
        }
        let is_repeated = |pair: &[(Change, _)]| pair[0].1 == pair[1].1 && pair[0].0 != Change::Created;
        let begins = own.iter().skip(1).filter(|(change, _)| matches!(change, Change::Created | Change::Present));
        if own.windows(2).any(is_repeated) || begins.count() > 0 {
            world.violates("a feed contains each change once", detail());
        }
        if is_new && own.first().is_some_and(|(change, _)| *change != Change::Created) {
            world.violates("a feed contains the creation of each session", detail());
        }
    }
    if !events.is_empty() {
        world.violates("a feed contains only sessions of the service", format!("{events:?}"));
    }
}
