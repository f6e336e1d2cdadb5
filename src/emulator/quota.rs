//! How many sessions an account may make.

use super::refusal::Refusal;
use crate::core::time::Timestamp;
use serde::Deserialize;
use std::collections::VecDeque;

const DAY_MS: i64 = 24 * 3_600_000;

/// What the account's plan allows. The service's plans have 15, 100 or 300 sessions in rolling 24 hours, of which 3, 15
/// or 60 run at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quota {
    /// How many sessions can be made within 24 hours. Failed and deleted ones count. Default: any number.
    pub daily: Option<usize>,
    /// How many can run at one time. Ended and paused ones do not count. Default: any number.
    pub concurrent: Option<usize>,
    /// How a create is refused that is one too many. Default [`QuotaFailure::RateLimit`].
    pub failure: QuotaFailure,
}

/// How a create is refused that is one too many. Both were reported of the service; which it uses when is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum QuotaFailure {
    /// With status 429, `RESOURCE_EXHAUSTED`.
    #[default]
    RateLimit,
    /// With status 400, `FAILED_PRECONDITION`.
    FailedPrecondition,
}

/// The quota, and what of it is used.
#[derive(Debug, Clone)]
pub(super) struct Account {
    quota: Quota,
    /// When the sessions of the last 24 hours were made, oldest first.
    made: VecDeque<Timestamp>,
}

impl Account {
    pub(super) fn new(quota: Quota) -> Self {
        Self { quota, made: VecDeque::new() }
    }

    /// Refuses a session more than there may be, with so many running.
    pub(super) fn check(&mut self, now: Timestamp, running: usize) -> Result<(), Refusal> {
        let day_ago = now.plus_millis(-DAY_MS);
        while self.made.front().is_some_and(|made| *made <= day_ago) {
            self.made.pop_front();
        }
        let is_full = |used: usize, limit: Option<usize>| limit.is_some_and(|limit| used >= limit);
        if !is_full(self.made.len(), self.quota.daily) && !is_full(running, self.quota.concurrent) {
            return Ok(());
        }
        Err(match self.quota.failure {
            QuotaFailure::RateLimit => Refusal::of_code(429),
            QuotaFailure::FailedPrecondition => Refusal::failed_precondition(),
        }
        .by_quota())
    }

    /// Counts a session that was made. Without a daily quota nothing need be remembered.
    pub(super) fn note(&mut self, now: Timestamp) {
        if self.quota.daily.is_some() {
            self.made.push_back(now);
        }
    }
}
