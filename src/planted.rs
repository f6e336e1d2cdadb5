//! Planted faults: mistakes in the client that the simulation must detect.
//!
//! The code checks for each fault where it would make the mistake. In ordinary builds the check is a constant and compiles to
//! nothing; `npm run mutants` builds with `--cfg planted_faults` and plants one fault after the other.

/// A mistake that the client makes while this fault is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A refused POST is retried without reconciling.
    BlindRetry,
    /// A create that may still be processed is retried after reconciling without a match.
    PostAfterTimeout,
    /// The first list without a match proves that nothing was created, without waiting for replication.
    EarlyProof,
    /// The first list without a match proves that the message was not sent, without waiting for replication.
    MessageEarlyProof,
    /// A session created by another call is adopted.
    AdoptedTwice,
    /// Clients of one process do not share their ledger.
    LedgerNotShared,
    /// Identical operations do not take turns, and each counts only itself.
    NoKeyLock,
    /// A list with further pages is treated as complete.
    UnreadPages,
    /// A list that failed before its end is treated as complete.
    UnreadFailure,
    /// A session that is seconds older than the operation is dismissed.
    DismissedBySeconds,
    /// Times are compared as text.
    TextTimes,
    /// Lists request only activities newer than the newest.
    LateActivityLost,
    /// An activity older than the newest one is dropped.
    UnorderedDropped,
    /// The filter excludes activities with the time of the last one.
    ExclusiveFilter,
    /// An empty page ends the list.
    EmptyPageEnds,
    /// A stream ends with the session although the list may lag.
    EarlyEnd,
    /// `ask` returns any message of the agent.
    AnyAnswer,
    /// The signal is ignored.
    ForgottenAbort,
    /// `timeoutMs` is ignored.
    ForgottenDeadline,
    /// An attempt may hang forever.
    NoRequestTimeout,
    /// Retries continue after the retry window.
    NoTimeBudget,
    /// A permanent refusal is retried.
    PermanentRetried,
    /// `Retry-After` is ignored.
    RetryAfterIgnored,
    /// 404 of a new session is not retried.
    YoungNotFound,
    /// A single refusal ends a wait that has seen its session.
    HastyRefusal,
    /// The key is not removed from responses.
    KeyShown,
    /// A batch drops items in progress when it ends.
    LostSibling,
    /// A dropped waiter loses its permit.
    LostPermit,
    /// Requests without a waiting subscriber stay in flight.
    UnpolledRequest,
    /// Two polls in quick succession count as an interval.
    CloseRounds,
    /// A tick creates again what may still be carried out.
    TickUnproven,
    /// A tick creates before its state is saved.
    TickUnsaved,
    /// A tick without a saved state creates before the list can show the creates of lost ticks.
    TickHasty,
    /// A tick continues after `maxMs`.
    TickUnbounded,
    /// The auto-pilot does not count the messages of other processes.
    PilotUnlimited,
    /// A feed takes changes for returned before they are.
    FeedHasty,
    /// An empty page ends the list of the newest sessions.
    FeedStopsEarly,
    /// A closed client sends requests.
    ClosedSends,
    /// A closed client awaits calls that only read.
    ClosePatient,
    /// The report of a close does not contain what is unknown.
    CloseSilent,
}

impl Fault {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::BlindRetry,
        Self::PostAfterTimeout,
        Self::EarlyProof,
        Self::MessageEarlyProof,
        Self::AdoptedTwice,
        Self::LedgerNotShared,
        Self::NoKeyLock,
        Self::UnreadPages,
        Self::UnreadFailure,
        Self::DismissedBySeconds,
        Self::TextTimes,
        Self::LateActivityLost,
        Self::UnorderedDropped,
        Self::ExclusiveFilter,
        Self::EmptyPageEnds,
        Self::EarlyEnd,
        Self::AnyAnswer,
        Self::ForgottenAbort,
        Self::ForgottenDeadline,
        Self::NoRequestTimeout,
        Self::NoTimeBudget,
        Self::PermanentRetried,
        Self::RetryAfterIgnored,
        Self::YoungNotFound,
        Self::HastyRefusal,
        Self::KeyShown,
        Self::LostSibling,
        Self::LostPermit,
        Self::UnpolledRequest,
        Self::CloseRounds,
        Self::TickUnproven,
        Self::TickUnsaved,
        Self::TickHasty,
        Self::TickUnbounded,
        Self::PilotUnlimited,
        Self::FeedHasty,
        Self::FeedStopsEarly,
        Self::ClosedSends,
        Self::ClosePatient,
        Self::CloseSilent,
    ];
}

/// Whether the fault is planted. Never in an ordinary build.
#[cfg(not(planted_faults))]
#[inline(always)]
pub const fn planted(_: Fault) -> bool {
    false
}

#[cfg(planted_faults)]
pub use with_faults::{plant, planted};

#[cfg(planted_faults)]
mod with_faults {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Fault;

    /// One more than the number of the fault that is planted; 0 for none.
    static PLANTED: AtomicUsize = AtomicUsize::new(0);

    /// Plants one fault, or none, in place of the one before.
    pub fn plant(fault: Option<Fault>) {
        PLANTED.store(fault.map_or(0, |fault| fault as usize + 1), Ordering::Relaxed);
    }

    /// Whether the fault is planted.
    pub fn planted(fault: Fault) -> bool {
        PLANTED.load(Ordering::Relaxed) == fault as usize + 1
    }
}
