//! Closing a client, and what its report must say.

use crate::call::Post;
use crate::callers::Caller;
use crate::world::World;
use jules_wasm::core::close_report::CloseReport;
use jules_wasm::core::error::{Effect, ErrorKind};
use serde_json::Value;

/// The longest time for which a close without a timeout awaits a request: its own timeout, by a slow clock. A tick, which ends by
/// itself, may take longer.
const LONGEST_REQUEST_MS: i64 = 31_000;
const LONGEST_TICK_MS: i64 = 91_000;

impl Caller {
    /// Closes the client, and compares its report with the calls that were under way.
    pub async fn close(&self, client: usize, timeout_ms: Option<u64>) {
        let world = &self.world;
        let under_way: Vec<usize> = {
            let calls = world.calls.borrow();
            (0..calls.len())
                .filter(|number| calls[*number].client == client && calls[*number].settled.is_none())
                .collect()
        };
        world.note(|| format!("client {client}: closed within {timeout_ms:?} ms, with the calls {under_way:?}"));
        let begun_ms = world.now_ms();
        world.closed.borrow_mut().insert(client);
        let report = self.processes.client(client).close(timeout_ms).await;
        world.note(|| format!("client {client}: {}", report.to_text()));
        let has_tick = under_way.iter().any(|number| world.calls.borrow()[*number].is_tick());
        let awaited_ms = if has_tick { LONGEST_TICK_MS } else { LONGEST_REQUEST_MS };
        let longest_ms = timeout_ms.map_or(awaited_ms, |timeout_ms| i64::try_from(timeout_ms).unwrap());
        if world.now_ms() - begun_ms > longest_ms {
            world.violates("a close ends within its timeout", format!("client {client}"));
        }
        check_report(world, &under_way, begun_ms, report);
    }
}

/// Each call has settled, those that only read at once, and the report contains what became of each.
fn check_report(world: &World, under_way: &[usize], begun_ms: i64, mut report: CloseReport) {
    let calls = world.calls.borrow();
    for number in under_way {
        let call = &calls[*number];
        let Some(settled_ms) = call.settled_ms else {
            world.violates("every call of a closed client settles before the close ends", format!("call {number}"));
            continue;
        };
        // A tick ends by itself, and a request that was in flight is awaited.
        let is_awaited = call.is_tick() || call.changes_something();
        if settled_ms > begun_ms && !is_awaited {
            world.violates("a close ends reads and waits at once", format!("call {number} ({})", call.what));
        }
        let is_closed = call.error_kind == Some(ErrorKind::Closed);
        let is_unknown = call.is_operation() && call.outcome == Some(Effect::Unknown);
        let is_named = match () {
            () if is_unknown => {
                let is_of = |request: &str| {
                    let request: Value = serde_json::from_str(request).unwrap_or_default();
                    request["prompt"].as_str().is_some_and(|prompt| call.what.ends_with(&format!("{prompt:?}")))
                };
                taken(&mut report.unknown, |unknown| is_of(&unknown.request))
            }
            () if is_closed && call.outcome != Some(Effect::Done) => {
                // A message of an auto-pilot, or a call that can be repeated.
                let session = call.watches.as_ref().map(|(session, _)| session);
                let is_open = call.outcome == Some(Effect::Unknown) && session.is_some();
                call.is_tick()
                    || is_open && taken(&mut report.unknown, |unknown| unknown.session_id.as_ref() == session)
                    || taken(&mut report.ended, |ended| ended.call == call.what)
            }
            () if call.error_kind.is_none() && call.what.starts_with("create") => {
                let own = call.created.as_ref();
                taken(&mut report.created, |id| own == Some(id))
            }
            () if call.error_kind.is_none() && call.what.starts_with("send") => {
                let session = call.watches.as_ref().map(|(session, _)| session);
                taken(&mut report.sent, |id| session.is_none_or(|session| session == id))
            }
            () => true,
        };
        if !is_named {
            world.violates(
                "the report of a close names each operation that was under way",
                format!("call {number} ({}) ended with {:?}: {report:?}", call.what, call.settled),
            );
        }
    }
    let sent_unclearly = |number: &usize| calls[*number].posts.iter().any(|(_, post)| *post != Post::Refused);
    if !report.unknown.is_empty() && !under_way.iter().any(sent_unclearly) {
        world.violates("a close reports as unknown only what may have been carried out", format!("{report:?}"));
    }
}

/// Removes the first item that this holds for.
fn taken<T>(items: &mut Vec<T>, is_it: impl Fn(&T) -> bool) -> bool {
    let place = items.iter().position(is_it);
    place.map(|place| items.remove(place)).is_some()
}
