//! Faults that are planted to show that the simulation finds the mistakes a client of this service makes.
//!
//! The code asks for each fault where it would make the mistake. In every ordinary build the answer is a constant, so nothing is
//! left of the question; `npm run mutants` builds with `--cfg planted_faults` and plants one after the other.

/// A mistake that the client makes while the fault is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A POST that was refused is sent again without being reconciled.
    BlindRetry,
    /// A create that may still be under way is repeated once it was not found.
    PostAfterTimeout,
    /// The first list without a match proves that nothing was created, whatever replication takes.
    EarlyProof,
    /// A list without the message proves that it was not sent, whatever replication takes.
    MessageEarlyProof,
    /// A session that another call has created is adopted.
    AdoptedTwice,
    /// Clients of one process do not know what the others have created.
    LedgerNotShared,
    /// Identical operations do not take turns, and each counts only itself.
    NoKeyLock,
    /// A list that ends early by its page size is taken for whole.
    UnreadPages,
    /// A list that could not be read to its end is taken for whole.
    UnreadFailure,
    /// What is older than the operation by seconds is dismissed.
    DismissedBySeconds,
    /// Times are compared as text.
    TextTimes,
    /// Lists ask only for what is newer than the newest activity.
    LateActivityLost,
    /// An activity older than the newest one is dropped.
    UnorderedDropped,
    /// The filter leaves out what has the time of the last activity.
    ExclusiveFilter,
    /// What may have the time of the last activity is left out although times are coarse.
    CoarseTimesTakenForFine,
    /// An empty page is taken for the last.
    EmptyPageEnds,
    /// A stream ends with the session, whatever the list still lacks.
    EarlyEnd,
    /// A stream ends without asking again for what became visible late.
    NoLastCheck,
    /// `ask` takes any message of the agent for its answer.
    AnyAnswer,
    /// The signal is not listened to.
    ForgottenAbort,
    /// `timeoutMs` bounds nothing.
    ForgottenDeadline,
    /// An attempt may hang for ever.
    NoRequestTimeout,
    /// Attempts go on beyond the retry window.
    NoTimeBudget,
    /// A refusal that is final is retried.
    PermanentRetried,
    /// `Retry-After` is not respected.
    RetryAfterIgnored,
    /// A session that was just created and is not found yet is given up.
    YoungNotFound,
    /// One refusal ends a wait that has seen its session.
    HastyRefusal,
    /// The key is not taken out of what the service says.
    KeyShown,
    /// A batch that ends drops what is under way.
    LostSibling,
    /// A waiter that is dropped takes its permit with it.
    LostPermit,
    /// Requests that nobody waits for any more stay in flight.
    UnpolledRequest,
    /// Two polls that come close together count as an interval.
    CloseRounds,
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
        Self::CoarseTimesTakenForFine,
        Self::EmptyPageEnds,
        Self::EarlyEnd,
        Self::NoLastCheck,
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
